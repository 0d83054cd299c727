import assert from "node:assert/strict";
import { download, line, lineSays, main, openReport, part, press, stays, submitDomains } from "./support/pages.mjs";
import { story } from "./support/story.mjs";
import { sheetNames, workbookText } from "./support/zip.mjs";

const COMPANIES = ["stripe.com", "notion.so"];

story("pasted domains become reports before one's eyes, and a workbook", {}, async ({ world, page }) => {
  await submitDomains(page, [...COMPANIES, "figma.com/about"]);
  const unloaded = await stays(page);
  await line(page, "figma.com/about").getByText("did you mean figma.com").waitFor();
  for (const company of COMPANIES) await lineSays(page, company, "Started");

  await world.finishRuns();
  for (const company of COMPANIES) await lineSays(page, company, "Done");
  await unloaded();

  await page.goto("/");
  const downloads = page.getByRole("group", { name: "Download these leads" });
  const workbook = await download(page, downloads.getByRole("link", { name: "XLSX" }));
  assert.equal(workbook.name, "warmsheet-leads.xlsx");
  assert.deepEqual(sheetNames(workbook.bytes), ["Warm leads", "Summary", "Leads"]);
  for (const company of COMPANIES) assert.ok(workbookText(workbook.bytes).includes(company), company);

  await openReport(page, "stripe.com");
  await part(page, "Rows").first().getByRole("row").nth(1).waitFor();
  const own = page.getByRole("group", { name: "This lead" });
  const one = await download(page, own.getByRole("link", { name: "XLSX" }));
  const text = workbookText(one.bytes);
  assert.ok(text.includes("stripe.com") && !text.includes("notion.so"), "the report's own leads only");
  assert.deepEqual((await world.charged()).sort(), [...COMPANIES].sort());
});

story("an open report fills itself when its run ends", {}, async ({ world, page }) => {
  await submitDomains(page, ["stripe.com"]);
  await openReport(page, "stripe.com");
  const unloaded = await stays(page);
  await main(page).getByText("There is no result yet.", { exact: false }).waitFor();

  await world.until({ waiting: 1 });
  await world.finishRuns();
  await main(page).getByRole("status").getByText("Done", { exact: true }).waitFor();
  await main(page).getByRole("columnheader", { name: "#" }).waitFor();
  await main(page).getByRole("heading", { name: "Drafts" }).waitFor();
  await unloaded();
});

story("a form that cannot be used says why and keeps what was typed", { expected: [422] }, async ({ world, page }) => {
  await page.goto("/submit");
  await page.getByLabel("Company domains").fill("stripe.com");
  await page.getByLabel("Buyer roles").fill("a, b, c, d, e, f, g");
  await press(page, main(page).getByRole("button", { name: "Preview" }));
  await page.getByRole("alert").getByText(/buyer roles/i).waitFor();
  assert.equal(await page.getByLabel("Company domains").inputValue(), "stripe.com");
  assert.deepEqual(await world.charged(), []);
});
