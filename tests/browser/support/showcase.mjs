// A service in the middle of its work, for the README's picture.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
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
/** Leads that finished on each of the days before today, yesterday first: a month of a small team. */
const PAST = [9, 0, 0, 11, 7, 12, 8, 14, 0, 1, 10, 6, 13, 5, 9, 0, 0, 8, 12, 4, 7, 10, 0, 0, 3, 6, 5, 2, 4];
/** A report's, credits. */
const PRICE = 40;
const DAY = 86_400_000;

/** Starts it and waits until runs are seen at different stages. */
export async function startShowcase() {
  const world = await World.start({ speed: SPEED, settings: { WARMSHEET_APPROVE_ABOVE: "6" } });
  try {
    await world.add(...HELD);
    await world.add(...DONE);
    await world.until({ held: HELD.length, waiting: 4 });
    await world.finishRuns();
    await world.until({ completed: 2, blocked: 1, failed: 1, rejected: 1 });
    rememberPast(world);
    await world.add("stripe.com");
    await world.add(...UNDER_WAY);
    await eventually("runs at different stages", () => atDifferentStages(world), PATIENCE);
    return world;
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/** Figures of past days, as if this service had run for a month. */
function rememberPast(world) {
  const grow = (name, amount) =>
    `INSERT INTO tally (name, amount) VALUES ('${name}', ${amount})
     ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount;`;
  const days = PAST.flatMap((leads, before) => {
    const day = new Date(Date.now() - (before + 1) * DAY).toISOString().slice(0, 10);
    return leads === 0 ? [] : [grow(`finished ${day}`, leads), grow(`spent ${day}`, leads * PRICE)];
  });
  const all = PAST.reduce((sum, leads) => sum + leads, 0);
  days.push(grow("leads completed", all), grow("charged", all * PRICE));
  execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(world.folder, "warmsheet.db"), days.join("\n")]);
}

async function atDifferentStages(world) {
  const page = await (await fetch(world.address)).text();
  const stages = ["Reading signals", "Finding contacts", "Writing drafts"];
  return stages.filter((stage) => page.includes(stage)).length > 1;
}
