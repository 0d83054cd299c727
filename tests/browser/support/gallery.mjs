// A service with something of everything, and how to come to what there is to see: the one list
// of pages for everything that must hold on all of them.
import { main, press, pressPreview, preview, signIn, visit } from "./pages.mjs";
import { TOKEN } from "./world.mjs";

/** What the service of a gallery is set to: nine leads at once wait for approval, and one signs in. */
export const GALLERY = { WARMSHEET_APPROVE_ABOVE: "8", WARMSHEET_ADMIN_TOKEN: TOKEN };
/** What belongs to the pages of a gallery that tell of an error. */
export const GALLERY_STATUSES = [400, 401, 404, 422];

// At the sandbox they all get a report; by others' names blocked or failed may be drawn.
const REPORTED = ["stripe.com", "notion.so", "linear.app"];
const ENDS = ["blocked-example.com", "failed-example.com", "hostile-example.com", "norows-example.com"];
const REFUSED = "figma.com/about";
const PARKED = "basecamp.com";
const RETRIED = "failed-vendor.com";
const UNDER_WAY = ["asana.com", "miro.com"];
const HELD = ["acme.com", "globex.com", "initech.com", "umbrella.com", "hooli.com", "wayne.com",
  "stark.com", "wonka.com", "cyberdyne.com"];
/** New, unusable, copied, and stored already. */
const MIXED = ["figma.com", REFUSED, "www.figma.com", "not a domain", REPORTED[0]].join("\n");
const FILE = {
  name: "companies of a rather long name, as people give them.csv",
  mimeType: "text/csv",
  buffer: Buffer.from("Domain,Max contacts,Buyer roles\nloom.com,1,\"CMO, Head of SEO\"\ndropbox.com,,\n"),
};

/**
 * Fills a service until every state is there, and answers the pages, `{ name, open }`; each `open`
 * brings a browser there from wherever it is, signed in or not.
 */
export async function fill(world) {
  const done = await world.add(...REPORTED, ...ENDS, REFUSED);
  await world.until({ waiting: REPORTED.length + ENDS.length });
  await world.finishRuns();
  await world.until({ completed: 5, blocked: 1, failed: 1, rejected: 1 });
  const [retried] = await world.add(RETRIED);
  for (const attempt of [1, 2]) {
    await world.until({ waiting: 1 });
    await world.finishRuns();
    await world.until({ failed: 2 });
    if (attempt === 1) await world.retry(retried);
  }

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
  const leads = { stripe, blocked, failed, hostile, norows, refused, retried, parked, reused, moving, held };
  const batches = { done: stripe, moving, held };
  return [
    ...DOORS,
    at("dashboard", "/"),
    at("dashboard-filtered", "/?status=completed"),
    at("dashboard-no-match", "/?q=nobody"),
    ...FORMS,
    ...Object.entries(leads).map(([name, id]) => at(`lead-${name}`, `/leads/${id}`)),
    ...Object.entries(batches).map(([name, id]) => ({ name: `batch-${name}`, open: (page) => openBatch(page, id) })),
    at("system", "/system"),
    at("not-found", "/leads/L0000000000AA"),
    at("bad-filter", "/?from=yesterday"),
  ];
}

const at = (name, path) => ({ name, open: (page) => visit(page, path) });

const DOORS = [
  { name: "sign-in", open: askedToSignIn },
  {
    name: "sign-in-refused",
    open: async (page) => {
      await askedToSignIn(page);
      await signIn(page, "not the token at all");
    },
  },
];

const FORMS = [
  at("submit", "/submit"),
  {
    name: "submit-problem",
    open: async (page) => {
      await visit(page, "/submit");
      await page.getByLabel("Buyer roles").fill("a, b, c, d, e, f, g");
      await page.getByLabel("Company domains").fill("stripe.com");
      await press(page, main(page).getByRole("button", { name: "Preview" }));
      await page.getByRole("alert").waitFor();
    },
  },
  { name: "preview", open: previewMixed },
  { name: "preview-unusable", open: (page) => preview(page, REFUSED) },
  { name: "preview-held", open: (page) => preview(page, HELD.map((domain) => `new-${domain}`).join("\n")) },
  {
    name: "submit-changed",
    open: async (page) => {
      await previewMixed(page);
      await press(page, main(page).getByRole("button", { name: "Change" }));
    },
  },
];

async function askedToSignIn(page) {
  await page.goto("about:blank"); // whatever is shown must not miss the cookie
  await page.context().clearCookies();
  await page.goto("/");
}

async function previewMixed(page) {
  await visit(page, "/submit");
  await page.getByLabel("Company domains").fill(MIXED);
  await page.getByLabel("Or a file").setInputFiles(FILE);
  await pressPreview(page);
}

/** The batch that a lead came with. */
async function openBatch(page, lead) {
  await visit(page, `/leads/${lead}`);
  await press(page, main(page).getByRole("link", { name: "Leads that came with it" }));
}
