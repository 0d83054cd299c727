import assert from "node:assert/strict";
import { violations } from "./support/accessible.mjs";
import { GALLERY, GALLERY_STATUSES, fill } from "./support/gallery.mjs";
import { main, press } from "./support/pages.mjs";
import { story } from "./support/story.mjs";

const ABOUT = { settings: GALLERY, expected: [...GALLERY_STATUSES, 422] };

for (const look of ["desk", "dark", "phone"]) {
  story(`axe finds nothing serious on any page: ${look}`, { ...ABOUT, look }, async ({ world, page }) => {
    const found = [];
    const see = async (name) => found.push(...(await violations(page)).map((line) => `${name}: ${line}`));
    await page.goto("/");
    await see("dashboard-empty");
    for (const { name, path } of await fill(world)) {
      await page.goto(path);
      await see(name);
    }
    await page.goto("/");
    await press(page, main(page).getByRole("button", { name: "Pause spending" }));
    await see("dashboard-paused");
    await page.goto("/submit");
    await page.getByLabel("Buyer roles").fill("a, b, c, d, e, f, g");
    await page.getByLabel("Company domains").fill("stripe.com");
    await press(page, main(page).getByRole("button", { name: "Find warm leads" }));
    await page.getByRole("alert").waitFor();
    await see("submit-problem");
    assert.deepEqual(found, []);
  });
}
