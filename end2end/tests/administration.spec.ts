import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import { PASSWORD } from "../pages/people";
import { expect, test } from "../pages/test";

test("a second person is invited, and signs up", async ({ accounts, admin, browser, page, root }) => {
  await accounts.signIn(root);
  await accounts.menu.click();
  await page.getByRole("link", { name: "Administration" }).click();
  const link = await admin.invite();
  await expect(page.getByRole("heading", { name: "An invitation" })).toBeVisible();
  const other = await browser.newContext();
  const guest = await other.newPage();
  await guest.goto(link);
  const name = `guest-${Date.now().toString(36)}`;
  await guest.getByLabel("Name").fill(name);
  await guest.getByLabel("Password").fill(PASSWORD);
  await guest.getByRole("button", { name: "Make the account" }).click();
  await expect(guest.getByLabel(`${name}, your menu`)).toBeVisible();
  // She is no administrator: there is nothing for her.
  await guest.getByLabel(`${name}, your menu`).click();
  await expect(guest.getByRole("link", { name: "Administration" })).toHaveCount(0);
  expect((await guest.goto("/admin"))?.status()).toBe(404);
  expect((await guest.goto("/admin/audit-log"))?.status()).toBe(404);

  await admin.open();
  await admin.change(name, "Make an administrator");
  await expect(admin.notice).toHaveText(`${name} is an administrator now.`);
  await guest.goto("/admin");
  await expect(guest.getByRole("heading", { name: "Administration" })).toBeVisible();
  await admin.open();
  await admin.change(name, "Disable the account");
  await expect(admin.notice).toContainText("is signed out and can't sign in any more");
  await guest.reload();
  await expect(guest).toHaveURL(/\/sign-in/);
  await other.close();
});

test("a link sets somebody's password", async ({ accounts, admin, page, root }) => {
  const anna = await root.invite("anna");
  await accounts.signIn(root);
  await admin.open();
  await admin.change(anna.name, "Make a link for a new password");
  await expect(page.getByRole("heading", { name: `A new password for ${anna.name}` })).toBeVisible();
  const link = await admin.link.inputValue();
  await accounts.signOut();
  await page.goto(link);
  await page.getByLabel("New password").fill("another horse battery");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText("The password is changed")).toBeVisible();
});

test("the log tells who did what, and is filtered", async ({ accounts, admin, page, root }) => {
  const anna = await root.invite("anna");
  await anna.dataset("Logged");
  await accounts.signIn(root);
  await admin.open();
  await page.getByRole("link", { name: "Audit log" }).click();
  await expect(admin.entries.first()).toContainText("root signed in");
  await expect(admin.entries.first()).not.toContainText("UTC");
  await admin.filterLog({ who: anna.name });
  await expect(admin.entries).toHaveCount(2);
  await expect(admin.entries.first()).toContainText(`${anna.name} made the dataset Logged`);
  await admin.filterLog({ who: anna.name, what: "disabled an account" });
  await expect(page.getByText("Nothing of the kind was done.")).toBeVisible();
  await admin.filterLog({ who: "nobody-at-all" });
  await expect(admin.problem).toContainText("nobody with an account here is called so");
  await expect(page.getByLabel("Who")).toHaveValue("nobody-at-all");
  await page.getByRole("link", { name: "Show everything" }).click();
  await expect(page).toHaveURL("/admin/audit-log");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("people are invited and changed by forms", async ({ accounts, admin, root }) => {
    const anna = await root.invite("anna");
    await accounts.signIn(root);
    await admin.open();
    expect(await admin.invite()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-up\?token=/);
    await admin.change(anna.name, "Disable the account");
    await expect(admin.notice).toContainText(anna.name);
    await admin.page.goto("/admin/audit-log");
    await admin.filterLog({ what: "disabled an account" });
    await expect(admin.entries.first()).toContainText(`root disabled the account of ${anna.name}`);
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("administration can be read, and fits a narrow window", async ({ accounts, admin, page, root }) => {
      const anna = await root.invite("anna");
      await accounts.signIn(root);
      await admin.open();
      await admin.change(anna.name, "Disable the account");
      await (await admin.find(anna.name)).getByLabel(`Change ${anna.name}`).click();
      await expectNoViolations(page);
      await page.keyboard.press("Escape");
      await admin.invite();
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoViolations(page);
      await expectNoHorizontalScroll(page);
      await page.goto("/admin/audit-log?who=nobody-at-all");
      await expectNoViolations(page);
      await page.goto("/admin/audit-log");
      await expectNoViolations(page);
      await expectNoHorizontalScroll(page);
    });
  });
}
