// How a person gets about: the pages by what they say, not by how they are made.

/** The pages' own part, below the header. */
export const main = (page) => page.getByRole("main");

/** Pastes domains into the form and sends it; ends where the new leads are listed. */
export async function submitDomains(page, domains) {
  await page.goto("/submit");
  await page.getByLabel("Company domains").fill(domains.join("\n"));
  await main(page).getByRole("button", { name: "Find warm leads" }).click();
  await confirmSubmission(page);
}

/** What stands between the sent form and the new leads. */
export async function confirmSubmission(page) {
  await page.getByRole("heading", { name: "Leads", exact: true }).waitFor();
  await restPointer(page);
}

/** Off every button: a page does not refresh itself under a pointer that may be about to press. */
export async function restPointer(page) {
  await page.mouse.move(1, 1);
}

/** The line of a domain in a list of leads. */
export function line(page, domain) {
  const company = page.getByRole("link", { name: domain, exact: true });
  return page.getByRole("row").filter({ has: company });
}

/** Waits until the line of a domain says this. */
export async function lineSays(page, domain, text) {
  await line(page, domain).getByText(text, { exact: true }).waitFor();
}

/** From a list of leads to the report of one of them. */
export async function openReport(page, domain) {
  await page.getByRole("link", { name: domain, exact: true }).click();
  await page.getByRole("heading", { name: domain, level: 1 }).waitFor();
  await restPointer(page);
}

/** Presses a button and waits for the page that follows. */
export async function press(page, button) {
  const next = page.waitForEvent("framenavigated");
  await button.click();
  await next;
  await page.waitForLoadState();
  await restPointer(page);
}

/** Follows a download link and answers the file's name and bytes. */
export async function download(page, link) {
  const begun = page.waitForEvent("download");
  await link.click();
  const file = await begun;
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  return { name: file.suggestedFilename(), bytes: Buffer.concat(chunks) };
}
