import assert from "node:assert/strict";
import { violations } from "./support/accessible.mjs";
import { GALLERY, GALLERY_STATUSES, fill } from "./support/gallery.mjs";
import { main, press, visit } from "./support/pages.mjs";
import { story } from "./support/story.mjs";

const ABOUT = { settings: GALLERY, expected: GALLERY_STATUSES };
const DESK = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const LOOKS = [
  { look: "light", colorScheme: "light", screen: DESK },
  { look: "dark", colorScheme: "dark", screen: DESK },
  { look: "phone", colorScheme: "light", screen: PHONE },
];

story("axe finds nothing serious on any page, in light, in dark and on a phone", ABOUT, async ({ world, page }) => {
  const found = [];
  const see = async (name) => {
    for (const { look, colorScheme, screen } of LOOKS) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(screen);
      found.push(...(await violations(page)).map((line) => `${name}, ${look}: ${line}`));
    }
  };
  await visit(page, "/");
  await see("dashboard-empty");
  await visit(page, "/system");
  await see("system-empty");
  for (const { name, open } of await fill(world)) {
    await open(page);
    await see(name);
  }
  await visit(page, "/");
  await press(page, main(page).getByRole("button", { name: "Pause spending" }));
  await see("dashboard-paused");
  assert.deepEqual(found, []);
});
