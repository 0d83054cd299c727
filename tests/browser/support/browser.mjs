// Debian's Chromium, a new profile each time, and the looks in which people have it.
import { chromium as driver } from "playwright-core";
import { chromium } from "./places.mjs";

/** How long a page may take to show what is waited for, milliseconds. */
const PATIENCE = 15_000;

const LOOKS = {
  desk: { viewport: { width: 1280, height: 900 } },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  "no script": { viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
};

export async function launch() {
  return driver.launch({
    executablePath: chromium(),
    chromiumSandbox: process.getuid() !== 0,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Whatever a page or the browser itself asks for, nothing leaves this machine.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
}

/** A window of somebody who has never been here, as a person has it: one of `LOOKS`. */
export async function openContext(browser, look, address) {
  const context = await browser.newContext({
    baseURL: address,
    locale: "en-GB",
    timezoneId: "UTC",
    // What changes slowly is looked at before it has changed.
    reducedMotion: "reduce",
    ...LOOKS[look],
  });
  context.setDefaultTimeout(PATIENCE);
  return context;
}
