import assert from "node:assert/strict";
import { confirm, confirmButton, download, lineSays, main, openReport, part, press, pressPreview, preview, stays } from "./support/pages.mjs";
import { story } from "./support/story.mjs";
import { workbookText } from "./support/zip.mjs";

/** As people paste: two in a line, one with www, one with a path, one twice. */
const MESS = "https://www.stripe.com/, notion.so\nfigma.com/about\n\nlinear.app\tSTRIPE.com";
const BOUGHT = ["linear.app", "notion.so", "stripe.com"];
const ELSEWHERE = "miro.com";

/** What a preview of `MESS` tells. */
async function messIsSorted(page) {
  await main(page).getByRole("heading", { name: "3 reports for 120 credits (1.20 USD)" }).waitFor();
  const bought = part(page, "New reports: 3");
  for (const company of BOUGHT) await bought.getByText(company, { exact: true }).waitFor();
  const bad = part(page, "Not usable: 1").getByRole("listitem");
  assert.match(await bad.innerText(), /line 2\s+figma\.com\/about\s+.*did you mean figma\.com/i);
  const copy = part(page, "Copies: 1").getByRole("listitem");
  assert.match(await copy.innerText(), /line 4\s+stripe\.com\s+as in line 1/);
}

/** The batch's own workbook holds its own leads only. */
async function holdsOnlyItsOwn(page) {
  const downloads = page.getByRole("group", { name: "Download the leads of this batch" });
  const workbook = await download(page, downloads.getByRole("link", { name: "XLSX" }));
  const text = workbookText(workbook.bytes);
  for (const company of BOUGHT) assert.ok(text.includes(company), company);
  assert.ok(!text.includes(ELSEWHERE), "a lead of another batch");
}

story("a pasted mess is sorted and priced, changed, confirmed and followed to its end", {}, async ({ world, page }) => {
  await world.add(ELSEWHERE);
  await world.until({ waiting: 1 });
  await preview(page, MESS);
  await messIsSorted(page);
  assert.deepEqual(await world.charged(), [ELSEWHERE], "a preview buys nothing");

  await press(page, main(page).getByRole("button", { name: "Change" }));
  assert.equal(await page.getByLabel("Company domains").inputValue(), MESS);
  await page.getByLabel("Max contacts").selectOption("2");
  await pressPreview(page);
  await messIsSorted(page);
  await main(page).getByRole("definition").filter({ hasText: "max contacts 2" }).waitFor();
  assert.equal(await confirmButton(page).innerText(), "Buy 3 reports for 120 credits (1.20 USD)");

  await confirm(page);
  const unloaded = await stays(page);
  for (const company of BOUGHT) await lineSays(page, company, "Started");
  const progress = part(page, "Progress");
  await progress.getByText("0 of 4 finished, 3 under way, 1 not usable").waitFor();
  await progress.getByText("120 of 120 credits spent (1.20 USD of 1.20 USD)").waitFor();
  await world.finishRuns();
  await progress.getByText("Finished", { exact: true }).waitFor();
  await progress.getByText("3 of 4 finished, 1 not usable").waitFor();
  await progress.getByText("120 of 120 credits spent (1.20 USD of 1.20 USD)").waitFor();
  const bar = progress.getByRole("progressbar");
  assert.deepEqual(await bar.evaluate((bar) => [bar.value, bar.max]), [4, 4]);
  for (const company of BOUGHT) await lineSays(page, company, "Done");
  await unloaded();
  await holdsOnlyItsOwn(page);
  assert.deepEqual((await world.charged()).sort(), [...BOUGHT, ELSEWHERE].sort());
});

story("without JavaScript, a mess is previewed, changed, confirmed and downloaded", { look: "no script" }, async ({ world, page }) => {
  await world.add(ELSEWHERE);
  await world.until({ waiting: 1 });
  await preview(page, MESS);
  await messIsSorted(page);
  await press(page, main(page).getByRole("button", { name: "Change" }));
  assert.equal(await page.getByLabel("Company domains").inputValue(), MESS);
  await pressPreview(page);
  await confirm(page);
  await world.until({ waiting: 4 });
  await world.finishRuns();
  // The page reloads itself while there is something to come.
  await part(page, "Progress").getByText("3 of 4 finished, 1 not usable").waitFor();
  await holdsOnlyItsOwn(page);
});

story("what was probably meant is taken by one button", {}, async ({ page }) => {
  await preview(page, "figma.com/about\nnotion.so");
  await press(page, main(page).getByRole("button", { name: "Use the 1 suggested domain" }));
  await page.getByRole("status").getByText("1 row was changed to what was probably meant", { exact: false }).waitFor();
  assert.equal(await page.getByLabel("Company domains").inputValue(), "figma.com\nnotion.so");
  await pressPreview(page);
  await part(page, "New reports: 2").waitFor();
});

const LIST = {
  name: "my companies.csv",
  type: "text/csv",
  text: 'Domain,Max contacts,Buyer roles\nlinear.app,1,"CMO, Head of SEO"\nwww.notion.so,,\nno domain,,\n',
};

/** The rows of `LIST` with options of the form, from the preview to the reports. */
async function fileIsBought(world, page) {
  await page.getByLabel("Drafts").selectOption("2");
  await pressPreview(page);
  const rows = part(page, "New reports: 2").getByRole("listitem");
  assert.match(await rows.nth(0).innerText(), /row 2\s+linear\.app\s+.*CMO, Head of SEO.*max contacts 1/);
  assert.match(await rows.nth(1).innerText(), /row 3\s+notion\.so\s+drafts 2/);
  await part(page, "Not usable: 1").getByText("no domain", { exact: true }).waitFor();

  await press(page, main(page).getByRole("button", { name: "Change" }));
  await page.getByLabel("With the 3 rows of my companies.csv").waitFor();
  await pressPreview(page);
  await confirm(page);
  await page.getByRole("heading", { name: /my companies\.csv/, level: 1 }).waitFor();
  await lineSays(page, "linear.app", "Started");
  await openReport(page, "linear.app");
  const facts = part(page, "Facts");
  await facts.getByText("CMO, Head of SEO", { exact: false }).waitFor();
  assert.deepEqual((await world.charged()).sort(), ["linear.app", "notion.so"]);
}

story("a file is chosen; its rows keep their own options", {}, async ({ world, page }) => {
  await page.goto("/submit");
  const file = { name: LIST.name, mimeType: LIST.type, buffer: Buffer.from(LIST.text) };
  await page.getByLabel("Or a file").setInputFiles(file);
  await fileIsBought(world, page);
});

story("a file is dropped onto the form", {}, async ({ world, page }) => {
  await page.goto("/submit");
  const dropped = await page.evaluateHandle(({ name, type, text }) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], name, { type }));
    return transfer;
  }, LIST);
  const field = page.getByLabel("Company domains");
  await field.dispatchEvent("dragover", { dataTransfer: dropped });
  await field.dispatchEvent("drop", { dataTransfer: dropped });
  await fileIsBought(world, page);
});

story("two quick clicks, going back and reloading buy once", {}, async ({ world, page }) => {
  await preview(page, "stripe.com\nnotion.so");
  // Apart enough for the form to be sent twice. The second sending ends the navigation that the
  // first began, so only what is shown in the end is waited for.
  await confirmButton(page).dblclick({ delay: 10 });
  await page.getByRole("heading", { name: "Leads of this batch" }).waitFor();
  const batch = new URL(page.url()).pathname;
  await world.until({ waiting: 2 });

  // The preview is what a form answered, so the browser may ask before it shows it again.
  await page.goBack();
  await page.reload();
  await page.getByRole("heading", { name: "Preview", level: 1 }).waitFor();
  await confirm(page);
  assert.equal(new URL(page.url()).pathname, batch, "the same form is the same batch");
  await main(page).getByText("2 rows of this form had been sent before", { exact: false }).waitFor();
  await page.reload();
  await world.until({ waiting: 2 });
  assert.deepEqual((await world.charged()).sort(), ["notion.so", "stripe.com"]);
});

story("what is reported already costs nothing", {}, async ({ world, page }) => {
  await world.add("stripe.com");
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await world.until({ completed: 1 });
  await preview(page, "stripe.com");
  await main(page).getByRole("heading", { name: "0 credits: stored reports serve all of it" }).waitFor();
  await part(page, "Reused: 1").getByRole("link").waitFor();
  await confirm(page);
  await lineSays(page, "stripe.com", "Reused");
  assert.equal((await world.charged()).length, 1);
});
