import assert from "node:assert/strict";
import { confirm, line, lineSays, main, openReport, part, press, preview, submitDomains } from "./support/pages.mjs";
import { story } from "./support/story.mjs";

const THREE = ["stripe.com", "notion.so", "linear.app"];
const CAREFUL = { settings: { WARMSHEET_APPROVE_ABOVE: "2" } };

const held = (page) => part(page, "Waiting for your approval");

story("a big batch waits, says its price, and starts once it is approved", CAREFUL, async ({ world, page }) => {
  await submitDomains(page, THREE);
  await page.goto("/");
  await held(page).getByText("120 credits").waitFor();
  for (const company of THREE) await lineSays(page, company, "Waiting for approval");
  assert.deepEqual(await world.charged(), [], "nothing is bought before");

  await press(page, held(page).getByRole("button", { name: /^Approve Form: / }));
  await world.until({ held: 0, waiting: 3 });
  for (const company of THREE) await lineSays(page, company, "Started");
  assert.deepEqual((await world.charged()).sort(), [...THREE].sort());
});

story("a big batch is approved on its own page", CAREFUL, async ({ world, page }) => {
  await preview(page, THREE.join("\n"));
  await main(page).getByText("More than 2 at once waits for your approval", { exact: false }).waitFor();
  await confirm(page);
  const progress = part(page, "Progress");
  await progress.getByText("Waits for your approval").waitFor();
  await progress.getByText("120 credits").first().waitFor();
  assert.deepEqual(await world.charged(), [], "nothing is bought before");
  await press(page, progress.getByRole("button", { name: "Approve" }));
  for (const company of THREE) await lineSays(page, company, "Started");
  assert.deepEqual((await world.charged()).sort(), [...THREE].sort());
});

story("a big batch that is cancelled costs nothing", CAREFUL, async ({ world, page }) => {
  await submitDomains(page, THREE);
  await page.goto("/");
  await press(page, held(page).getByRole("button", { name: /^Cancel Form/ }));
  for (const company of THREE) await lineSays(page, company, "Cancelled");
  await held(page).waitFor({ state: "detached" });
  await world.until({ cancelled: 3 });
  assert.deepEqual(await world.charged(), []);
});

story("one lead of a batch is approved, another is cancelled", CAREFUL, async ({ world, page }) => {
  await submitDomains(page, THREE);
  await openReport(page, "notion.so");
  await press(page, main(page).getByRole("button", { name: /^Approve \(40 credits/ }));
  await world.until({ held: 2, waiting: 1 });
  await page.goto("/");
  await openReport(page, "linear.app");
  await press(page, main(page).getByRole("button", { name: "Cancel" }));
  await main(page).getByRole("status").getByText("Cancelled", { exact: true }).waitFor();
  await world.until({ held: 1, waiting: 1, cancelled: 1 });
  assert.deepEqual(await world.charged(), ["notion.so"]);
});

story("a pause keeps everything from being bought until it is lifted", {}, async ({ world, page }) => {
  await page.goto("/");
  await press(page, main(page).getByRole("button", { name: "Pause spending" }));
  await main(page).getByRole("heading", { name: "Paused" }).waitFor();
  await submitDomains(page, ["stripe.com"]);
  await lineSays(page, "stripe.com", "Paused");
  await main(page).getByRole("heading", { name: "Paused" }).waitFor();
  assert.deepEqual(await world.charged(), []);

  await press(page, main(page).getByRole("button", { name: "Resume" }));
  await lineSays(page, "stripe.com", "Started");
  assert.deepEqual(await world.charged(), ["stripe.com"]);
});

story("a failed lead is retried once, also by somebody who has an old page", { expected: [409] }, async ({ world, page, open }) => {
  await submitDomains(page, ["failed-example.com"]);
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await lineSays(page, "failed-example.com", "Failed");
  await openReport(page, "failed-example.com");
  // It does not hear that things have moved on.
  const old = await open("no script");
  await old.goto(page.url());

  await press(page, main(page).getByRole("button", { name: "Retry (40 credits, 0.40 USD)" }));
  await world.until({ failed: 0, waiting: 1 });
  await world.finishRuns();
  await world.until({ failed: 1 });

  await press(old, main(old).getByRole("button", { name: /^Retry/ }));
  await old.getByRole("heading", { name: "Not possible any more" }).waitFor();
  assert.equal((await world.charged()).length, 2, "the first attempt and one retry");
  await page.goto("/");
  assert.match(await line(page, "failed-example.com").innerText(), /80/, "two attempts cost 80 credits");
});

story("a lead whose charge is not known is bought again only after a tick", {}, async ({ world, page }) => {
  await world.faults("409=1");
  await submitDomains(page, ["stripe.com"]);
  await lineSays(page, "stripe.com", "Needs a look");
  await world.faults();
  await openReport(page, "stripe.com");
  const buy = main(page).getByRole("button", { name: /^Buy another attempt/ });
  await buy.click();
  assert.equal(await buy.isVisible(), true, "the browser asks for the tick first");
  await main(page).getByLabel("I have looked, and a second charge is fine").check();
  await press(page, buy);
  await world.until({ parked: 0, waiting: 1 });
});
