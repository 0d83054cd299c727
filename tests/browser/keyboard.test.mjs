import assert from "node:assert/strict";
import { GALLERY, GALLERY_STATUSES, fill } from "./support/gallery.mjs";
import { confirmButton, main, lineSays } from "./support/pages.mjs";
import { story } from "./support/story.mjs";

const ABOUT = { settings: GALLERY, expected: GALLERY_STATUSES };

story("the first Tab offers to skip to the content, on every page", ABOUT, async ({ world, page }) => {
  for (const { name, open } of await fill(world)) {
    await open(page);
    await page.evaluate(startAtTheTop);
    const skip = page.getByRole("link", { name: "Skip to the content" });
    await page.keyboard.press("Tab");
    assert.ok(await skip.evaluate((link) => link === document.activeElement), `${name}: no skip link`);
    const box = await skip.boundingBox();
    assert.ok(box.x >= 0 && box.y >= 0, `${name}: the skip link is not seen`);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement.localName === "main");
  }
});

story("Tab comes to everything, and one sees where it is", ABOUT, async ({ world, page }) => {
  for (const { name, open } of await fill(world)) {
    await open(page);
    await page.evaluate(startAtTheTop);
    const all = await page.evaluate(markControls);
    const missed = new Set(Array.from({ length: all }, (_, number) => `${number}`));
    const unseen = [];
    // Scrolled boxes and the parts of a date take a Tab of their own.
    for (let left = 3 * all + 30; left > 0 && missed.size > 0; left--) {
      await page.keyboard.press("Tab");
      const { number, seen, shown } = await page.evaluate(focused);
      missed.delete(number);
      if (!seen) unseen.push(shown);
    }
    const missing = await page.evaluate(
      (numbers) => numbers.map((n) => document.querySelector(`[data-control="${n}"]`).outerHTML),
      [...missed],
    );
    assert.deepEqual(missing, [], `${name}: never reached`);
    assert.deepEqual(unseen, [], `${name}: focus that is not seen`);
  }
});

story("forms are sent by Enter", {}, async ({ world, page }) => {
  await page.goto("/submit");
  await page.getByLabel("Company domains").fill("stripe.com");
  await page.getByLabel("Freshness, days").press("Enter");
  await confirmButton(page).press("Enter");
  await page.getByRole("heading", { name: "Leads of this batch" }).waitFor();
  await lineSays(page, "stripe.com", "Started");
  assert.deepEqual(await world.charged(), ["stripe.com"]);

  await page.goto("/");
  await page.getByLabel("Search").fill("nobody");
  await page.keyboard.press("Enter");
  await main(page).getByRole("heading", { name: "No lead fits this filter" }).waitFor();
  assert.match(page.url(), /[?&]q=nobody/);
});

/** The next Tab comes to the first control, also where a field has the focus from the beginning. */
function startAtTheTop() {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
}

/** Numbers what a person must be able to reach, and answers how much there is. */
function markControls() {
  const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const shown = [...document.querySelectorAll(controls)].filter((control) => control.checkVisibility());
  shown.forEach((control, number) => (control.dataset.control = number));
  return shown.length;
}

/** What has the focus, and whether that is to be seen. */
function focused() {
  const control = document.activeElement;
  const style = getComputedStyle(control);
  const box = control.getBoundingClientRect();
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  return {
    number: control.dataset.control,
    seen: control === document.body || (outlined && inside),
    shown: control.outerHTML.slice(0, 200),
  };
}
