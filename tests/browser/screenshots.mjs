// Pictures for people to look at: every page of a gallery in three looks, and `readme.png`.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch, openContext } from "./support/browser.mjs";
import { GALLERY, fill } from "./support/gallery.mjs";
import { startShowcase } from "./support/showcase.mjs";
import { World } from "./support/world.mjs";

const LOOKS = ["desk", "dark", "phone"];
/** What of a very long page is enough, pixels. */
const TALLEST = 4000;
/** What the README shows: the dashboard down to its first leads, pixels. */
const README = { width: 1280, height: 1350 };

const [folder] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const browser = await launch();
try {
  await beside(World.start({ settings: GALLERY }), takeGallery);
  await beside(startShowcase(), takeReadme);
} finally {
  await browser.close();
}

/** Uses a world and stops it. */
async function beside(starting, use) {
  const world = await starting;
  try {
    await use(world);
  } catch (error) {
    console.error(world.log);
    throw error;
  } finally {
    await world.stop();
  }
}

async function takeGallery(world) {
  const pages = await fill(world);
  for (const look of LOOKS) {
    const context = await openContext(browser, look, world.address);
    const page = await context.newPage();
    for (const { name, open } of pages) {
      await open(page);
      await take(page, `${name}.${look}.png`);
    }
    await context.close();
  }
}

async function takeReadme(world) {
  const context = await openContext(browser, "desk", world.address);
  const page = await context.newPage();
  await page.setViewportSize(README);
  await page.goto("/");
  await page.screenshot({ path: join(folder, "readme.png"), animations: "disabled" });
  await context.close();
}

async function take(page, name) {
  const { width, height } = await page.evaluate(() => ({
    width: innerWidth,
    height: document.documentElement.scrollHeight,
  }));
  const clip = { x: 0, y: 0, width, height: Math.min(height, TALLEST) };
  await page.screenshot({ path: join(folder, name), fullPage: true, clip, animations: "disabled" });
}
