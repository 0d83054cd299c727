import assert from "node:assert/strict";
import { GALLERY, GALLERY_STATUSES, fill } from "./support/gallery.mjs";
import { lineSays, main, openReport, submitDomains } from "./support/pages.mjs";
import { story } from "./support/story.mjs";

const PHONE = { look: "phone", settings: GALLERY, expected: GALLERY_STATUSES };
/** The narrowest that people still have, pixels. */
const SMALL = { width: 360, height: 740 };

story("on a phone no page scrolls sideways and everything can be tapped", PHONE, async ({ world, page }) => {
  const faults = [];
  for (const { name, open } of await fill(world)) {
    await open(page);
    for (const screen of [SMALL, page.viewportSize()]) {
      await page.setViewportSize(screen);
      // Not the page's own `innerWidth`: a phone zooms out until everything fits.
      const wide = await page.evaluate(() => document.scrollingElement.scrollWidth);
      for (const entry of await page.evaluate(brokenEntries)) faults.push(`${name}: ${entry} takes two lines`);
      if (wide > screen.width) faults.push(`${name}: ${wide} px wide on a screen of ${screen.width}`);
    }
    faults.push(...(await untappable(page)).map((what) => `${name}: ${what}`));
  }
  assert.deepEqual(faults, []);
});

story("on a phone domains are sent and their reports read", { look: "phone" }, async ({ world, page }) => {
  await submitDomains(page, ["stripe.com"]);
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await lineSays(page, "stripe.com", "Done");
  await openReport(page, "stripe.com");
  await main(page).getByRole("heading", { name: "Drafts" }).waitFor();
  await main(page).getByRole("rowheader", { name: "1" }).first().waitFor();
});

/** Entries of the header whose words do not stand in one line. */
function brokenEntries() {
  const lines = (entry) => {
    const text = document.createRange();
    text.selectNodeContents(entry);
    const bottoms = [...text.getClientRects()].filter(({ width }) => width > 0).map(({ bottom }) => Math.round(bottom / 8));
    return new Set(bottoms).size;
  };
  const entries = [...document.querySelectorAll(".brand, .top nav a, .top button")];
  return entries.map((entry) => entry.lastChild).filter((text) => lines(text) > 1).map((text) => text.textContent);
}

/** Controls that something else covers, or that lie outside of the screen. */
function untappable(page) {
  return page.evaluate(() => {
    const faults = [];
    const controls = "a[href], button, input:not([type=hidden]), select, textarea, summary";
    for (const control of document.querySelectorAll(controls)) {
      if (control.matches(".skip") || !control.checkVisibility({ visibilityProperty: true })) continue;
      control.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      const label = control.labels?.[0];
      // A link in running text has a box a line; one is enough.
      const reached = [...control.getClientRects()].some((box) => {
        const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return hit && (control.contains(hit) || label?.contains(hit));
      });
      if (!reached) faults.push(control.outerHTML.slice(0, 200));
    }
    return faults;
  });
}
