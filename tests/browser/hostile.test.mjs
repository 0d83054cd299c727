import assert from "node:assert/strict";
import { lineSays, main, openReport, submitDomains } from "./support/pages.mjs";
import { story } from "./support/story.mjs";

/** Every link that does not lead to our own pages, and why it should not be there. */
function badLinks(page) {
  return page.evaluate(() => {
    const faults = [];
    for (const link of document.querySelectorAll("a[href], area[href], form[action], [src]")) {
      const url = new URL(link.href ?? link.action ?? link.src, location.href);
      if (url.origin === location.origin) continue;
      const tokens = link.getAttribute("rel")?.split(" ") ?? [];
      const safe = ["noopener", "noreferrer", "nofollow"].every((token) => tokens.includes(token));
      if (!/^https?:$/.test(url.protocol) || link.localName !== "a" || !safe) faults.push(link.outerHTML);
    }
    return faults;
  });
}

story("a hostile result is shown as text and does nothing", {}, async ({ world, page }) => {
  // A call of `alert` that the browser suppresses must be seen as well.
  await page.addInitScript(() => {
    window.called = [];
    for (const name of ["alert", "confirm", "prompt", "open"]) {
      window[name] = () => window.called.push(name);
    }
  });
  await submitDomains(page, ["hostile-example.com", "<img src=x onerror=alert(1)>.com"]);
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await lineSays(page, "hostile-example.com", "Done");
  await harmless(page);

  await openReport(page, "hostile-example.com");
  await harmless(page);
  const table = main(page).getByRole("table");
  await table.getByText("<script>alert('sandbox')</script>", { exact: true }).first().waitFor();
  await table.getByRole("columnheader", { name: "<b>key</b>", exact: true }).waitFor();
  const outside = table.getByRole("link", { name: /^https:\/\/example\.com\/a+/ });
  assert.match(await outside.getAttribute("rel"), /noopener noreferrer nofollow/);
  await main(page).getByText("The run as Citedy answered it").click();
  await harmless(page);
});

async function harmless(page) {
  assert.deepEqual(await page.evaluate(() => window.called), [], "nothing of a result runs");
  assert.equal(await main(page).locator("script, img, iframe, object, embed, b > b, th b").count(), 0);
  assert.deepEqual(await badLinks(page), []);
}
