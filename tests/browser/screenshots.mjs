// Pictures for people to look at: every page of a gallery in three looks.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch, openContext } from "./support/browser.mjs";
import { GALLERY, fill } from "./support/gallery.mjs";
import { World } from "./support/world.mjs";

const LOOKS = ["desk", "dark", "phone"];
/** What of a very long page is enough, pixels. */
const TALLEST = 4000;

const [folder] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const world = await World.start({ settings: GALLERY });
const browser = await launch();
try {
  const pages = await fill(world);
  for (const look of LOOKS) {
    const context = await openContext(browser, look, world.address);
    const page = await context.newPage();
    for (const { name, path } of pages) {
      await page.goto(path);
      await take(page, join(folder, `${name}.${look}.png`));
    }
    await context.close();
  }
  console.log(`${pages.length * LOOKS.length} pictures in ${folder}`);
} catch (error) {
  console.error(world.log);
  throw error;
} finally {
  await browser.close();
  await world.stop();
}

async function take(page, path) {
  const { width, height } = await page.evaluate(() => ({
    width: innerWidth,
    height: document.documentElement.scrollHeight,
  }));
  const clip = { x: 0, y: 0, width, height: Math.min(height, TALLEST) };
  await page.screenshot({ path, fullPage: true, clip, animations: "disabled" });
}
