// The real binary twice: a sandbox in Citedy's place and the service that asks it, on free ports
// of this machine and in a folder of their own.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.mjs";
import { binary } from "./places.mjs";
import { Program } from "./program.mjs";

/** The key of the agent; any will do at a sandbox. */
const KEY = "citedy_agent_test";
/** What opens a service that is set to ask for it. */
export const TOKEN = "an admin token for the browser tests";
/** Runs then end only when a test says so. */
const STANDSTILL = 0.001;
/** A port that was free may be taken a moment later; then another one is tried. */
const TRIES = 3;
const LOOPBACK = "127.0.0.1";

export class World {
  /**
   * Starts both. `settings` are environment variables of the service; `speed` is how many times
   * faster than the real thing runs are.
   */
  static async start({ settings = {}, speed = STANDSTILL } = {}) {
    const world = new World();
    world.folder = await mkdtemp(join(tmpdir(), "warmsheet-browser-"));
    try {
      await world.#startSandbox(speed);
      for (let left = TRIES; !world.address; left--) {
        await world.#startService(settings).catch((error) => {
          if (left === 1 || !/in use/i.test(error.message)) throw error;
        });
      }
      return world;
    } catch (error) {
      await world.stop();
      throw error;
    }
  }

  async #startSandbox(speed) {
    const options = ["--bind", `${LOOPBACK}:0`, "--speed", `${speed}`, "--rate-limit", "100000"];
    this.sandbox = new Program([binary(), "sandbox", ...options], this.folder);
    const address = (line) => line.match(/CITEDY_BASE_URL=(\S+)/)?.[1];
    this.citedy = await this.sandbox.says("the sandbox is ready", address);
  }

  /** With a webhook, so that the end of a run is known at once. */
  async #startService(settings) {
    const bind = `${LOOPBACK}:${await freePort()}`;
    const webhook = await this.#ask("/api/agent/webhooks", { url: `http://${bind}/webhooks/citedy` });
    this.service = new Program([binary(), "serve"], this.folder, {
      CITEDY_API_KEY: KEY,
      CITEDY_BASE_URL: this.citedy,
      CITEDY_WEBHOOK_SECRETS: webhook.secret,
      CITEDY_REQUESTS_PER_MINUTE: "60000",
      WARMSHEET_BIND: bind,
      WARMSHEET_PUBLIC_URL: `http://${bind}`,
      WARMSHEET_SYNC_SECONDS: "1",
      ...settings,
    });
    this.address = await this.service.says("the service is ready", readyAddress);
  }

  /** Ends every run that is under way, as its domain's name says. */
  async finishRuns() {
    await this.#ask("/sandbox/finish", { all: true });
  }

  /** From now on the sandbox fails so, such as `409=1`, and in no other way. */
  async faults(...faults) {
    await this.#ask("/sandbox/faults", { faults });
  }

  /** The domains that were charged for, in order of charge. */
  async charged() {
    const ledger = await this.#ask("/sandbox/ledger");
    return ledger.charges.map((charge) => charge.domain);
  }

  /** Sends domains past the form, each as given or with options; answers the leads' ids. */
  async add(...domains) {
    const leads = domains.map((one) => (typeof one === "string" ? { domain: one } : one));
    const answer = await this.#tell("/api/v1/leads", { leads });
    return answer.leads.map((lead) => lead.id);
  }

  /** Sends a lead again past its page. */
  async retry(id) {
    await this.#tell(`/api/v1/leads/${id}/retry`, {});
  }

  async status() {
    return this.#tell("/api/v1/status");
  }

  /** Waits until so many leads are in each of the states given, `{ waiting: 2 }`. */
  async until(counts) {
    await eventually(`leads by state: ${JSON.stringify(counts)}`, async () => {
      const { leads } = await this.status();
      if (Object.entries(counts).every(([state, count]) => leads[state] === count)) return true;
      throw new Error(JSON.stringify(leads));
    });
  }

  async #tell(path, body) {
    return json(this.address + path, body, { authorization: `Bearer ${TOKEN}` });
  }

  async #ask(path, body) {
    return json(this.citedy + path, body, { authorization: `Bearer ${KEY}` });
  }

  async stop() {
    await this.service?.stop();
    await this.sandbox?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get log() {
    return `-- the service\n${this.service?.log}\n-- the sandbox\n${this.sandbox?.log}`;
  }
}

function readyAddress(line) {
  if (!line.includes("warmsheet is ready")) return undefined;
  return JSON.parse(line).address;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, LOOPBACK, resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks by GET, or by POST with a body, and answers the JSON that comes back. */
async function json(address, body, headers = {}) {
  const answer = await fetch(address, body ? {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  } : { headers });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${address}: ${answer.status} ${text}`);
  return JSON.parse(text);
}
