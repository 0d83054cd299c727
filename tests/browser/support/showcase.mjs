// A service in the middle of its work, for the README's picture.
import { eventually } from "./eventually.mjs";
import { World } from "./world.mjs";

// By these names the sandbox draws a report for each.
const HELD = ["acme.com", "globex.com", "initech.com", "umbrella.com", "hooli.com", "wayne.com", "stark.com"];
const DONE = ["stripe.com", "linear.app", "blocked-partner.com", "failed-vendor.io", "figma.com/about"];
const UNDER_WAY = ["notion.so", "miro.com", "asana.com", "loom.com", "airtable.com"];
/** Runs then take about a minute, and the first look at them shows different stages. */
const SPEED = 1.5;
/** The first look comes after 20 seconds. */
const PATIENCE = 90_000;

/** Starts it and waits until runs are seen at different stages. */
export async function startShowcase() {
  const world = await World.start({ speed: SPEED, settings: { WARMSHEET_APPROVE_ABOVE: "6" } });
  try {
    await world.add(...HELD);
    await world.add(...DONE);
    await world.until({ held: HELD.length, waiting: 4 });
    await world.finishRuns();
    await world.until({ completed: 2, blocked: 1, failed: 1, rejected: 1 });
    await world.add("stripe.com");
    await world.add(...UNDER_WAY);
    await eventually("runs at different stages", () => atDifferentStages(world), PATIENCE);
    return world;
  } catch (error) {
    await world.stop();
    throw error;
  }
}

async function atDifferentStages(world) {
  const page = await (await fetch(world.address)).text();
  const stages = ["Reading signals", "Finding contacts", "Writing drafts"];
  return stages.filter((stage) => page.includes(stage)).length > 1;
}
