import assert from "node:assert/strict";
import { download, main, openReport, part, press, stays, submitDomains } from "./support/pages.mjs";
import { story } from "./support/story.mjs";
import { sheetNames } from "./support/zip.mjs";

/** Opens the report of a company once its run has ended. */
async function reportOf(world, page, domain, end = { completed: 1 }) {
  await submitDomains(page, [domain]);
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await world.until(end);
  await openReport(page, domain);
}

story("a report shows its parts, and a draft is copied as it stands", {}, async ({ world, page }) => {
  await reportOf(world, page, "stripe.com");
  for (const name of ["Company", "Score", "Signals", "Contacts", "Drafts", "Timeline", "Rows"]) {
    await part(page, name).first().waitFor();
  }
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: world.address });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const said = page.locator("#copied");
  const first = main(page).getByRole("article", { name: "Draft 1" });
  for (const what of ["text", "subject"]) {
    const button = first.getByRole("button", { name: `Copy the ${what} of draft 1` });
    const wanted = await page.locator(`#${await button.getAttribute("data-copy")}`).textContent();
    assert.ok(wanted.trim().length > 10, `a ${what} to copy`);
    await button.click();
    await said.getByText("Copied", { exact: true }).waitFor();
    await first.getByText("Copied", { exact: true }).waitFor();
    assert.equal(await clipboard(), wanted);
    await said.getByText("Copied", { exact: true }).waitFor({ state: "detached" });
  }
});

story("where a browser does not let pages copy, the draft is selected for the reader", {}, async ({ world, page }) => {
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"));
  });
  await reportOf(world, page, "stripe.com");
  const button = main(page).getByRole("button", { name: "Copy the text of draft 1" });
  await button.click();
  await main(page).getByText("Selected: press Ctrl+C", { exact: false }).first().waitFor();
  const text = await page.locator(`#${await button.getAttribute("data-copy")}`).innerText();
  assert.equal((await page.evaluate(() => String(getSelection()))).trim(), text.trim());
});

story("Citedy's own export of a run is downloaded in every format", {}, async ({ world, page }) => {
  await reportOf(world, page, "stripe.com");
  const own = main(page).getByRole("group", { name: /^Citedy.s own export/ });
  const json = await download(page, own.getByRole("link", { name: "JSON" }));
  assert.equal(json.name, "citedy-stripe.com.json");
  JSON.parse(json.bytes.toString("utf8"));
  const csv = await download(page, own.getByRole("link", { name: "CSV" }));
  assert.equal(csv.name, "citedy-stripe.com.csv");
  assert.match(csv.bytes.toString("utf8"), /stripe/);
  const xlsx = await download(page, own.getByRole("link", { name: "XLSX" }));
  assert.equal(xlsx.name, "citedy-stripe.com.xlsx");
  assert.ok(sheetNames(xlsx.bytes).length > 0);
  assert.deepEqual(await world.charged(), ["stripe.com"], "an export is free");
});

story("an open page follows a retry, and tells of both attempts", {}, async ({ world, page, open }) => {
  await reportOf(world, page, "failed-example.com", { failed: 1 });
  const watching = await open("desk");
  await watching.goto(page.url());
  const unloaded = await stays(watching);
  const timeline = part(watching, "Timeline");
  await timeline.getByText("Charged 40 credits, 0.40 USD").waitFor();
  assert.equal(await timeline.getByRole("heading", { level: 3 }).count(), 0, "one attempt needs no heading");

  await press(page, main(page).getByRole("button", { name: "Retry (40 credits, 0.40 USD)" }));
  await timeline.getByRole("heading", { name: "Attempt 2" }).waitFor();
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await world.until({ failed: 1 });
  await timeline.getByText("Charged 40 credits, 0.40 USD").nth(1).waitFor();
  for (const number of [1, 2]) {
    await timeline.getByRole("heading", { name: `Attempt ${number}` }).waitFor();
    await timeline.getByText(`Sent to Citedy (attempt ${number})`).waitFor();
  }
  await unloaded();
});
