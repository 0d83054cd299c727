// What no page may do, whatever it is tested for.

/**
 * Watches every page of a context. Answers the list of faults, which grows; it stays empty as
 * long as nothing fails, logs an error, breaks the content security policy, opens a dialog or
 * asks another host than `address`. An answer of 400 or more is a fault too, unless `expected`
 * has its status.
 */
export function watch(context, address, expected = new Set()) {
  const faults = [];
  context.on("weberror", (error) => faults.push(`page error: ${error.error().stack}`));
  context.on("console", (message) => {
    // Chromium repeats here every answer with a bad status, which is looked at below.
    const repeated = message.text().startsWith("Failed to load resource: the server responded");
    // Breaches of the policy come as errors as well.
    if (message.type() === "error" && !repeated) {
      faults.push(`console error at ${message.location().url}: ${message.text()}`);
    }
  });
  context.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  context.on("request", (request) => {
    if (new URL(request.url()).origin !== address) faults.push(`request to ${request.url()}`);
  });
  context.on("response", (response) => {
    const status = response.status();
    if (status >= 400 && !expected.has(status)) {
      faults.push(`${response.request().method()} ${response.url()}: ${status}`);
    }
  });
  return faults;
}
