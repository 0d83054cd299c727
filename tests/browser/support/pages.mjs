// How a person gets about: the pages by what they say, not by how they are made.
import assert from "node:assert/strict";
import { TOKEN } from "./world.mjs";

/** The pages' own part, below the header. */
export const main = (page) => page.getByRole("main");

/** What confirms a preview. */
export const confirmButton = (page) => main(page).getByRole("button", { name: /^(Buy|Take|Submit) / });

/** Signs in at the form that is shown, and ends at the page that was wanted. */
export async function signIn(page, token = TOKEN) {
  await page.getByLabel("Admin token").fill(token);
  await press(page, main(page).getByRole("button", { name: "Sign in" }));
}

/** Goes to a page, and signs in where that is asked for. */
export async function visit(page, path) {
  await page.goto(path);
  if ((await page.title()).startsWith("Sign in")) await signIn(page);
}

/** Opens the form, pastes this and presses "Preview". */
export async function preview(page, text) {
  await visit(page, "/submit");
  await page.getByLabel("Company domains").fill(text);
  await pressPreview(page);
}

/** From the filled form to its preview. */
export async function pressPreview(page) {
  await press(page, main(page).getByRole("button", { name: "Preview" }));
  await page.getByRole("heading", { name: "Preview", level: 1 }).waitFor();
}

/** From a preview to the page of the new batch. */
export async function confirm(page) {
  await press(page, confirmButton(page));
  await page.getByRole("heading", { name: "Leads of this batch" }).waitFor();
}

/** Pastes domains and buys them; ends at the page of the batch. */
export async function submitDomains(page, domains) {
  await preview(page, domains.join("\n"));
  await confirm(page);
}

/** A part of a page, by its heading or its name. */
export const part = (page, name) => main(page).getByRole("region", { name });

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
  await press(page, page.getByRole("link", { name: domain, exact: true }));
  await page.getByRole("heading", { name: "Timeline" }).waitFor();
}

/** Marks the page as loaded; answers what fails when it has been loaded again since. */
export async function stays(page) {
  await page.evaluate(() => (window.sameDocument = true));
  return async () => assert.equal(await page.evaluate(() => window.sameDocument), true, "the page was loaded again");
}

/** Presses a button or a link and waits for the page that follows. */
export async function press(page, control) {
  const next = page.waitForEvent("framenavigated");
  await control.click();
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
