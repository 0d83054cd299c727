import assert from "node:assert/strict";
import { lineSays, main, part, restPointer, stays } from "./support/pages.mjs";
import { story } from "./support/story.mjs";

const stage = (page, name, leads) =>
  main(page).getByRole("navigation", { name: "Leads by state" }).getByRole("link", { name: new RegExp(`^${name}\\s+${leads}$`) });

story("two people at the dashboard both see all that happens", {}, async ({ world, page, open }) => {
  const pages = [page, await open("desk")];
  const unloaded = [];
  for (const each of pages) {
    await each.goto("/");
    await main(each).getByRole("heading", { name: "Nothing here yet" }).waitFor();
    unloaded.push(await stays(each));
  }
  const all = async (sees) => Promise.all(pages.map(sees));
  await world.add("stripe.com", "notion.so");
  await all((each) => lineSays(each, "stripe.com", "Started"));
  await all((each) => stage(each, "Waiting", 2).or(stage(each, "Under way", 2)).waitFor());
  await world.finishRuns();
  await all((each) => lineSays(each, "notion.so", "Done"));
  await all((each) => stage(each, "Done", 2).waitFor());
  await all((each) => main(each).getByRole("img", { name: /^Leads finished by day, .*: 2 leads/ }).waitFor());
  await all((each) => main(each).getByRole("img", { name: /^Credits spent by day, .*: 80 credits/ }).waitFor());
  for (const check of unloaded) await check();
});

story("what somebody has opened or typed stays while the page changes around it", {}, async ({ world, page }) => {
  await world.add("stripe.com");
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await world.until({ completed: 1 });
  await page.goto("/");
  await main(page).getByText("In numbers").click();
  await page.getByLabel("Search").fill("half a wor");
  await restPointer(page);
  await world.add("notion.so");
  await lineSays(page, "notion.so", "Started");
  await world.finishRuns();
  await lineSays(page, "notion.so", "Done");
  const today = part(page, "The last 30 days").getByRole("cell", { name: "80", exact: true });
  await today.waitFor();
  assert.equal(await page.getByLabel("Search").inputValue(), "half a wor");
});

story("the system page tells of the endpoint, and of an event while it is open", {}, async ({ world, page }) => {
  await page.goto("/system");
  const unloaded = await stays(page);
  const webhooks = part(page, "Webhooks");
  await webhooks.getByRole("row").filter({ hasText: `${world.address}/webhooks/citedy` }).getByText("this service").waitFor();
  await webhooks.getByText("The endpoint is registered and a secret is set.").waitFor();
  await webhooks.getByText("None has come.").waitFor();
  await world.add("stripe.com");
  await world.until({ waiting: 1 });
  await world.finishRuns();
  await world.until({ completed: 1 });
  await webhooks.getByRole("heading", { name: "Last events here" }).waitFor();
  await webhooks.getByRole("columnheader", { name: "Received" }).waitFor();
  await webhooks.getByText("No callback with a wrong signature has come since the start.").waitFor();
  await main(page).getByRole("region", { name: "This instance" }).getByText("here", { exact: true }).waitFor();
  await unloaded();
});
