import assert from "node:assert/strict";
import { confirm, line, lineSays, main, openReport, part, press, pressPreview, submitDomains } from "./support/pages.mjs";
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

/** Pages of this context note every call that a script of a stranger would make. */
async function watchCalls(page) {
  // A call of `alert` that the browser suppresses must be seen as well.
  await page.addInitScript(() => {
    window.called = [];
    for (const name of ["alert", "confirm", "prompt", "open"]) {
      window[name] = () => window.called.push(name);
    }
  });
}

async function harmless(page) {
  assert.deepEqual(await page.evaluate(() => window.called), [], "nothing of a stranger runs");
  const foreign = "script, img, iframe, object, embed, video, style, base, b > b, th b";
  assert.equal(await main(page).locator(foreign).count(), 0);
  assert.deepEqual(await page.evaluate(ownHandlers), []);
  assert.deepEqual(await badLinks(page), []);
}

/** Elements with a handler or a style of their own; no page of ours has any. */
function ownHandlers() {
  const all = [...document.querySelectorAll("*")];
  const named = (element) => [...element.attributes].some(({ name }) => name.startsWith("on") || name === "style");
  return all.filter(named).map((element) => element.outerHTML.slice(0, 200));
}

story("a hostile result is shown as text and does nothing", {}, async ({ world, page }) => {
  await watchCalls(page);
  await submitDomains(page, ["hostile-example.com", "<img src=x onerror=alert(1)>.com"]);
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await lineSays(page, "hostile-example.com", "Done");
  await line(page, "<img src=x onerror=alert(1)>.com").waitFor();
  await harmless(page);
  await page.goto("/");
  await line(page, "<img src=x onerror=alert(1)>.com").waitFor();
  await harmless(page);

  await openReport(page, "hostile-example.com");
  await harmless(page);
  await main(page).getByRole("heading", { name: "<script>alert('sandbox')</script>", level: 1 }).waitFor();
  await part(page, "Signals").getByRole("heading", { name: '"><img src=x onerror=alert(1)>' }).waitFor();
  await part(page, "Signals").getByText("javascript:alert(1)", { exact: true }).first().waitFor();
  await part(page, "Contacts").getByText("=cmd|' /C calc'!A0", { exact: true }).waitFor();
  const table = main(page).getByRole("table");
  await table.getByText("<script>alert('sandbox')</script>", { exact: true }).first().waitFor();
  await table.getByRole("columnheader", { name: "<b>key</b>", exact: true }).waitFor();
  const outside = table.getByRole("link", { name: /^https:\/\/example\.com\/a+/ });
  assert.match(await outside.getAttribute("rel"), /noopener noreferrer nofollow/);
  await main(page).getByText("The run as Citedy answered it").click();
  for (const long of await main(page).locator("details.long > summary").all()) await long.click();
  await harmless(page);
});

/** What a person may paste who was sent it by somebody. */
const PASTED = [
  "<script>alert(1)</script>.com",
  '"><img src=x onerror=alert(1)>',
  "</textarea><script>alert(1)</script>",
  "javascript:alert(1)",
  "=HYPERLINK(\"https://example.com/\")",
  "stripe.com",
];
const FILE = {
  name: "'><img src=x onerror=alert(1)>.csv",
  mimeType: "text/csv",
  buffer: Buffer.from("Domain,Buyer roles\nnotion.so,<b>CMO</b>\n'\"><svg onload=alert(1)>,\n"),
};

story("hostile text and a hostile file are shown as text, from the preview to the dashboard", {}, async ({ world, page }) => {
  await watchCalls(page);
  await page.goto("/submit");
  await page.getByLabel("Company domains").fill(PASTED.join("\n"));
  await page.getByLabel("Or a file").setInputFiles(FILE);
  await page.getByLabel("Buyer roles").fill('"><script>alert(1)</script>');
  await pressPreview(page);
  const unusable = part(page, /^Not usable/);
  await unusable.getByText("<script>alert(1)</script>.com", { exact: true }).waitFor();
  await unusable.getByText("javascript:alert(1)", { exact: true }).waitFor();
  await part(page, "New reports: 2").getByText("<b>CMO</b>", { exact: true }).waitFor();
  await harmless(page);

  await press(page, main(page).getByRole("button", { name: "Change" }));
  assert.equal(await page.getByLabel("Company domains").inputValue(), PASTED.join("\n"));
  await main(page).getByText(FILE.name, { exact: false }).waitFor();
  await harmless(page);
  await pressPreview(page);
  await confirm(page);
  await page.getByRole("heading", { level: 1 }).filter({ hasText: FILE.name }).waitFor();
  await lineSays(page, "stripe.com", "Started");
  await harmless(page);
  await page.goto("/");
  await line(page, "javascript:alert(1)").waitFor();
  await harmless(page);
  await openReport(page, "notion.so");
  await part(page, "Facts").getByText("<b>CMO</b>").waitFor();
  await harmless(page);
  assert.deepEqual((await world.charged()).sort(), ["notion.so", "stripe.com"]);
});
