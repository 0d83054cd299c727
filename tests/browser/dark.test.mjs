import assert from "node:assert/strict";
import { GALLERY, GALLERY_STATUSES, fill } from "./support/gallery.mjs";
import { story } from "./support/story.mjs";

const ABOUT = { settings: GALLERY, expected: GALLERY_STATUSES };

/** How light the page's ground and its text are, from 0 to 1. */
function lightness(page) {
  return page.evaluate(() => {
    const style = getComputedStyle(document.body);
    return [style.backgroundColor, style.color].map((colour) => {
      const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);
      return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
    });
  });
}

story("every page is dark for whom dark is set, and light otherwise", ABOUT, async ({ world, page }) => {
  for (const { name, open } of await fill(world)) {
    await open(page);
    await page.emulateMedia({ colorScheme: "light" });
    const [ground, text] = await lightness(page);
    assert.ok(ground > 0.85 && text < 0.25, `${name} in light: ${ground}, ${text}`);
    await page.emulateMedia({ colorScheme: "dark" });
    const [darkGround, lightText] = await lightness(page);
    assert.ok(darkGround < 0.15 && lightText > 0.75, `${name} in dark: ${darkGround}, ${lightText}`);
  }
});
