import assert from "node:assert/strict";
import { main, part, press, signIn } from "./support/pages.mjs";
import { story } from "./support/story.mjs";
import { TOKEN } from "./support/world.mjs";

const LOCKED = { settings: { WARMSHEET_ADMIN_TOKEN: TOKEN }, expected: [401] };
const asked = (page) => page.getByRole("heading", { name: "Sign in", level: 1 });

for (const look of ["desk", "no script"]) {
  story(`a wrong token is told, the right one leads to the page that was wanted: ${look}`, { ...LOCKED, look }, async ({ page }) => {
    await page.goto("/?status=completed");
    await asked(page).waitFor();
    await signIn(page, "not the token at all");
    await page.getByRole("alert").getByText("That is not the admin token of this service.").waitFor();
    assert.deepEqual(await page.context().cookies(), []);
    assert.equal(await page.getByLabel("Admin token").inputValue(), "", "a token never comes back");

    await signIn(page);
    await main(page).getByRole("heading", { name: "All leads" }).waitFor();
    assert.match(page.url(), /\/\?status=completed$/);
    const [cookie, ...others] = await page.context().cookies();
    assert.deepEqual(others, []);
    assert.ok(cookie.httpOnly, "scripts cannot read it");
    assert.equal(cookie.sameSite, "Lax");

    await press(page, page.getByRole("button", { name: "Sign out" }));
    await asked(page).waitFor();
    assert.deepEqual(await page.context().cookies(), []);
    await page.context().addCookies([cookie]);
    await page.goto("/");
    await asked(page).waitFor();
  });
}

story("signing out everywhere ends what another browser shows", LOCKED, async ({ world, page, open }) => {
  const [lead] = await world.add("stripe.com");
  const other = await open("desk");
  await other.goto(`/leads/${lead}`);
  await signIn(other);
  await part(other, "Timeline").waitFor();
  await page.goto("/system");
  await signIn(page);
  const sessions = part(page, "Who is signed in");
  assert.equal(await sessions.getByRole("row").count(), 3, "two browsers below the header");
  assert.equal(await sessions.getByText("this one").count(), 1);

  await press(page, sessions.getByRole("button", { name: "Sign out everywhere" }));
  await asked(page).waitFor();
  await asked(other).waitFor();
  assert.equal(await other.getByText("stripe.com").count(), 0, "nothing is left to read");
  await signIn(other);
  await part(other, "Timeline").waitFor();
});

// Without JavaScript, for the page itself goes to the form as soon as it is signed out.
story("a form of somebody who was signed out meanwhile does nothing and says so", { ...LOCKED, look: "no script" }, async ({ page }) => {
  await page.goto("/");
  await signIn(page);
  await page.context().clearCookies();
  await press(page, main(page).getByRole("button", { name: "Pause spending" }));
  await page.getByRole("alert").getByText("so nothing was done", { exact: false }).waitFor();
  await signIn(page);
  await main(page).getByRole("button", { name: "Pause spending" }).waitFor();
});
