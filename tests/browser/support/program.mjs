// A program of ours beside a test: started with nothing but the settings given, heard through
// its output, and stopped by its process id, also when the test process is.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { eventually } from "./eventually.mjs";

/** How long a program may take to stop by itself, milliseconds. */
const STOP = 10_000;

const running = new Set();
const killAll = () => running.forEach((child) => child.kill("SIGKILL"));
process.on("exit", killAll);
for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]]) {
  process.on(signal, () => process.exit(code));
}

export class Program {
  /** Lines of standard output and standard error. */
  lines = [];

  /** Starts `command`, an array, in `folder`; its environment is `settings` and nothing else. */
  constructor(command, folder, settings = {}) {
    const [file, ...args] = command;
    this.child = spawn(file, args, {
      cwd: folder,
      env: settings,
      stdio: ["ignore", "pipe", "pipe"],
    });
    running.add(this.child);
    this.ended = new Promise((resolve) => {
      this.child.on("error", (error) => {
        this.lines.push(String(error));
        resolve();
      });
      this.child.on("exit", resolve);
    }).then(() => running.delete(this.child));
    for (const output of [this.child.stdout, this.child.stderr]) {
      createInterface({ input: output }).on("line", (line) => this.lines.push(line));
    }
  }

  get log() {
    return this.lines.join("\n");
  }

  /** Waits until `find` finds something in a line of its output, and answers that. */
  async says(what, find) {
    let found;
    await eventually(what, () => {
      for (const line of this.lines) found ??= find(line);
      return found || !running.has(this.child);
    }).catch((error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
    if (!found) throw new Error(`it ended before this: ${what}\n${this.log}`);
    return found;
  }

  async stop() {
    this.child.kill("SIGTERM");
    const impatient = setTimeout(() => this.child.kill("SIGKILL"), STOP);
    await this.ended;
    clearTimeout(impatient);
  }
}
