// One story: a service of its own, somebody at a browser, and what must hold of every page.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { launch, openContext } from "./browser.mjs";
import { watch } from "./watch.mjs";
import { World } from "./world.mjs";

/** Milliseconds; what a story waits for gives up earlier and says more. */
const LONGEST = 170_000;

let browser;
const theBrowser = () => (browser ??= launch());
after(async () => (await browser)?.close());

/**
 * Tells one story. `look` is how the browser is had, `settings` are the service's, `speed` is
 * the sandbox's, `expected` are statuses of 400 and more that belong to the story. `tell` gets
 * `world`, `page` and `open`, which opens another page with another look.
 */
export function story(name, options, tell) {
  const { look = "desk", expected = [], ...about } = options;
  test(name, { timeout: LONGEST + 10_000 }, async () => {
    const world = await World.start(about);
    const open = visitors(world, new Set(expected));
    try {
      const page = await open(look);
      await withinTime(tell({ world, page, open }));
      assert.deepEqual(open.faults(), [], "what no page may do");
    } catch (error) {
      console.error(`${await open.shown()}\n${world.log}`);
      if (open.faults().length > 0) console.error(`-- what no page may do\n${open.faults().join("\n")}`);
      throw error;
    } finally {
      await open.close();
      await world.stop();
    }
  });
}

/** Opens watched pages. */
export function visitors(world, expected = new Set()) {
  const contexts = [];
  const watched = [];
  const open = async (look) => {
    const context = await openContext(await theBrowser(), look, world.address);
    contexts.push(context);
    watched.push(watch(context, world.address, expected));
    return context.newPage();
  };
  open.faults = () => watched.flat();
  open.close = async () => {
    for (const context of contexts) await context.close();
  };
  /** What the open pages show, for the reader of a failure. */
  open.shown = async () => {
    const told = [];
    for (const page of contexts.flatMap((context) => context.pages())) {
      const text = page.locator("body").innerText({ timeout: 1000 });
      told.push(`-- ${page.url()}\n${await text.catch((error) => error.message)}`);
    }
    return told.join("\n");
  };
  return open;
}

async function withinTime(telling) {
  let clock;
  const late = new Promise((_, reject) => {
    clock = setTimeout(() => reject(new Error(`not told within ${LONGEST} ms`)), LONGEST);
  });
  try {
    await Promise.race([telling, late]);
  } finally {
    clearTimeout(clock);
  }
}
