// Where the programs are that the tests stand on.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** The debug binary: what `WARMSHEET_TEST_BINARY` names, else the one that cargo builds here. */
export function binary() {
  const named = process.env.WARMSHEET_TEST_BINARY;
  const path = named || join(targetFolder(), "debug/warmsheet");
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build makes it`);
  return path;
}

function targetFolder() {
  const asked = ["metadata", "--format-version=1", "--no-deps", "--locked"];
  const told = execFileSync("cargo", asked, { cwd: REPOSITORY, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(told).target_directory;
}

/** Debian's Chromium. */
export function chromium() {
  try {
    return execFileSync("which", ["chromium"], { encoding: "utf8" }).trim();
  } catch {
    throw new Error("chromium is missing: scripts/browser-tests installs it");
  }
}
