/** How long anything may take, milliseconds. */
export const DEADLINE = 60_000;
/** Between two looks, milliseconds. */
const PAUSE = 50;

/**
 * Looks again and again until `look` answers something true, and answers that. When it does not
 * in time, the error says what was waited for and what the last look threw or answered.
 */
export async function eventually(what, look, deadline = DEADLINE) {
  const end = Date.now() + deadline;
  for (;;) {
    let last;
    try {
      last = await look();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`not within ${deadline} ms: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
