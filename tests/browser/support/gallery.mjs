// A service with something of everything, and the addresses of what there is to see: the one list
// of pages for everything that must hold on all of them.

/** What the service of a gallery is set to, so that nine leads at once wait for approval. */
export const GALLERY = { WARMSHEET_APPROVE_ABOVE: "8" };
/** What belongs to the pages of a gallery that tell of an error. */
export const GALLERY_STATUSES = [404, 400];

// At the sandbox they all get a report; by others' names blocked or failed may be drawn.
const REPORTED = ["stripe.com", "notion.so", "linear.app"];
const ENDS = ["blocked-example.com", "failed-example.com", "hostile-example.com", "norows-example.com"];
const REFUSED = "figma.com/about";
const PARKED = "basecamp.com";
const UNDER_WAY = ["asana.com", "miro.com"];
const HELD = ["acme.com", "globex.com", "initech.com", "umbrella.com", "hooli.com", "wayne.com",
  "stark.com", "wonka.com", "cyberdyne.com"];

/** Fills a service until every state is there, and answers the pages, `{ name, path }`. */
export async function fill(world) {
  const done = await world.add(...REPORTED, ...ENDS, REFUSED);
  await world.until({ waiting: REPORTED.length + ENDS.length });
  await world.finishRuns();
  await world.until({ completed: 5, blocked: 1, failed: 1, rejected: 1 });

  await world.faults("409=1");
  const [parked] = await world.add(PARKED);
  await world.until({ parked: 1 });
  await world.faults();

  const [reused] = await world.add(REPORTED[0]);
  await world.until({ reused: 1 });
  const [moving] = await world.add(...UNDER_WAY);
  await world.until({ waiting: UNDER_WAY.length });
  const [held] = await world.add(...HELD);
  await world.until({ held: HELD.length });

  const [stripe, , , blocked, failed, hostile, norows, refused] = done;
  const leads = { stripe, blocked, failed, hostile, norows, refused, parked, reused, moving, held };
  return [
    { name: "dashboard", path: "/" },
    { name: "dashboard-filtered", path: "/?status=completed" },
    { name: "dashboard-no-match", path: "/?q=nobody" },
    { name: "submit", path: "/submit" },
    ...Object.entries(leads).map(([name, id]) => ({ name: `lead-${name}`, path: `/leads/${id}` })),
    { name: "not-found", path: "/leads/L0000000000AA" },
    { name: "bad-filter", path: "/?from=yesterday" },
  ];
}
