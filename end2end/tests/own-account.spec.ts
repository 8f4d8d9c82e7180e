import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import { PASSWORD } from "../pages/people";
import { expect, test } from "../pages/test";

test("a password is changed, and signs one in", async ({ accounts, ownAccount, page, root }) => {
  const anna = await root.invite("anna");
  await accounts.signIn(anna);
  await accounts.menu.click();
  await page.getByRole("link", { name: "Account" }).click();
  await expect(page.getByRole("heading", { name: "Account" })).toBeVisible();
  await ownAccount.changePassword("wrong horse battery", "another horse battery");
  await expect(ownAccount.problem).toContainText("The present password is another one");
  await expect(page.getByLabel("Present password")).toBeFocused();
  await ownAccount.changePassword(PASSWORD, "another horse battery");
  await expect(ownAccount.notice).toContainText("The password is changed");
  await accounts.signOut();
  await page.goto("/sign-in");
  await accounts.fill(anna.name, PASSWORD);
  await expect(accounts.problem).toContainText("The name or the password is wrong");
  await accounts.fill(anna.name, "another horse battery");
  await accounts.expectSignedIn(anna.name);
});

test("a key is made, copied, used against the API, and revoked", async ({ accounts, context, ownAccount, page, request, root }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const anna = await root.invite("anna");
  await accounts.signIn(anna);
  await ownAccount.open();
  await ownAccount.makeKey("nightly <b>", { scopes: [] });
  await expect(ownAccount.problem).toContainText("a key is for something");
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("nightly <b>");
  await ownAccount.makeKey("nightly <b>", { scopes: ["read"], ends: "in a year" });
  const key = await ownAccount.takeKey();
  expect(key).toMatch(/^vas_/);
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);

  const me = () => request.get("/api/v1/me", { headers: { authorization: `Bearer ${key}` } });
  const told = await (await me()).json();
  expect([told.user.name, told.scopes]).toEqual([anna.name, ["read"]]);
  await ownAccount.open();
  await expect(ownAccount.keys.filter({ hasText: "nightly <b>" })).toContainText(`${key.slice(0, 12)}…`);
  await expect(page.getByText(key)).toHaveCount(0);
  await expect(ownAccount.keys).toContainText("last used");
  await ownAccount.revokeKey("nightly <b>");
  await expect(ownAccount.notice).toContainText("The key is revoked");
  await expect(page.getByText("You have no keys")).toBeVisible();
  expect((await me()).status()).toBe(401);
});

test("devices are told apart, and signed out", async ({ accounts, browser, ownAccount, page, root }) => {
  const anna = await root.invite("anna");
  await accounts.signIn(anna);
  const other = await browser.newContext({ userAgent: "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X) Version/18 Safari/605" });
  const tablet = await other.newPage();
  await tablet.goto("/sign-in");
  await tablet.getByLabel("Name").fill(anna.name);
  await tablet.getByLabel("Password").fill(PASSWORD);
  await tablet.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await expect(tablet.getByLabel(`${anna.name}, your menu`)).toBeVisible();

  await ownAccount.open();
  await expect(ownAccount.devices.filter({ hasText: "In use" })).toContainText("Chrome on");
  // What scripts write is in the reader's language and without a zone.
  await expect(ownAccount.devices.first()).not.toContainText("UTC");
  await ownAccount.devices.filter({ hasText: "Safari on an iPad" }).getByRole("button", { name: "Sign out" }).click();
  await expect(ownAccount.notice).toContainText("signed out");
  await expect(ownAccount.devices.filter({ hasText: "iPad" })).toHaveCount(0);
  await tablet.reload();
  await expect(tablet.getByRole("link", { name: "Sign in" })).toBeVisible();
  await other.close();

  await page.getByLabel("Sign out everywhere…").click();
  await page.getByRole("button", { name: "Sign out everywhere", exact: true }).click();
  await expect(page.getByText("You are signed out everywhere.")).toBeVisible();
  await ownAccount.open();
  await expect(page).toHaveURL(/\/sign-in\?next=%2Faccount$/);
});

test("keys that mean nothing on a page aren't on its sheet", async ({ accounts, ownAccount, page, root }) => {
  await accounts.signIn(root);
  await ownAccount.open();
  await page.keyboard.press("?");
  const sheet = page.getByRole("dialog", { name: "Keys" });
  await expect(sheet.getByText("Show these keys")).toBeVisible();
  await expect(sheet.getByText("Search", { exact: true })).toHaveCount(0);
  await expect(sheet.getByText("Undo what was done last")).toHaveCount(0);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("keys are made and revoked by forms", async ({ accounts, ownAccount, page, root }) => {
    await accounts.signIn(await root.invite("anna"));
    await ownAccount.open();
    await expect(ownAccount.devices.first()).toContainText("UTC");
    await ownAccount.makeKey("plain");
    expect(await ownAccount.takeKey()).toMatch(/^vas_/);
    await expect(page.getByRole("button", { name: "Copy" })).toBeHidden();
    await ownAccount.revokeKey("plain");
    await expect(ownAccount.notice).toContainText("The key is revoked");
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the account can be read, and fits a narrow window", async ({ accounts, ownAccount, page, root }) => {
      await accounts.signIn(await root.invite("anna"));
      await ownAccount.open();
      await ownAccount.makeKey("a-rather-long-name-for-a-key-of-a-machine");
      await expect(ownAccount.madeKey).toBeVisible();
      await expectNoViolations(page);
      await page.getByLabel(/^Revoke /).click();
      await ownAccount.changePassword("wrong horse battery", "another horse battery");
      await expect(ownAccount.problem).toBeVisible();
      await page.getByLabel(/^Revoke /).click();
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoViolations(page);
      await expectNoHorizontalScroll(page);
    });
  });
}
