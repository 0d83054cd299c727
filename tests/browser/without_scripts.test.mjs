import assert from "node:assert/strict";
import { download, lineSays, main, openReport, press, submitDomains } from "./support/pages.mjs";
import { story } from "./support/story.mjs";
import { sheetNames, workbookText } from "./support/zip.mjs";

story("without JavaScript, domains are sent, a reload shows how they fare, downloads work", { look: "no script" }, async ({ world, page }) => {
  await submitDomains(page, ["stripe.com", "failed-example.com"]);
  await world.until({ waiting: 2 });
  await page.reload();
  await lineSays(page, "stripe.com", "Started");

  await world.finishRuns();
  await world.until({ completed: 1, failed: 1 });
  await page.reload();
  await lineSays(page, "stripe.com", "Done");
  await lineSays(page, "failed-example.com", "Failed");

  const downloads = page.getByRole("group", { name: "Download the leads of this batch" });
  const workbook = await download(page, downloads.getByRole("link", { name: "XLSX" }));
  assert.deepEqual(sheetNames(workbook.bytes), ["Warm leads", "Summary", "Leads"]);
  assert.ok(workbookText(workbook.bytes).includes("stripe.com"));
  const csv = await download(page, downloads.getByRole("link", { name: "CSV" }));
  assert.match(csv.bytes.toString("utf8"), /stripe\.com/);

  await openReport(page, "stripe.com");
  await main(page).getByRole("columnheader", { name: "#" }).waitFor();
});

story("without JavaScript, a page that will change reloads itself", { look: "no script" }, async ({ world, page }) => {
  await submitDomains(page, ["stripe.com"]);
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await lineSays(page, "stripe.com", "Done");
});

story("without JavaScript, a person can pause, resume and retry", { look: "no script" }, async ({ world, page }) => {
  await page.goto("/");
  await press(page, main(page).getByRole("button", { name: "Pause spending" }));
  await main(page).getByRole("heading", { name: "Paused" }).waitFor();
  await press(page, main(page).getByRole("button", { name: "Resume" }));
  await main(page).getByRole("button", { name: "Pause spending" }).waitFor();

  await submitDomains(page, ["failed-example.com"]);
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await world.until({ failed: 1 });
  await page.reload();
  await openReport(page, "failed-example.com");
  await press(page, main(page).getByRole("button", { name: /^Retry/ }));
  await world.until({ failed: 0, waiting: 1 });
  assert.deepEqual(await world.charged(), ["failed-example.com", "failed-example.com"]);
});
