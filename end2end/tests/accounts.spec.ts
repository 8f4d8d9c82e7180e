import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import { PASSWORD } from "../pages/people";
import { expect, test } from "../pages/test";

test("an invitation makes an account, and is used up", async ({ accounts, page, root }) => {
  const token = await root.invitation();
  await accounts.makeAccount(token, "short", "too short");
  // The browser itself keeps the form back.
  await expect(page).toHaveURL(/\/sign-up/);
  await accounts.makeAccount(token, "root");
  await expect(accounts.problem).toContainText("Somebody has this name already");
  await expect(page.getByLabel("Name")).toHaveValue("root");
  const name = `Ada-${Date.now()}`;
  await accounts.makeAccount(token, name);
  await expect(page).toHaveURL("/");
  await accounts.expectSignedIn(name);
  await accounts.signOut();
  await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
  await page.goto(`/sign-up?token=${token}`);
  await expect(page.getByRole("heading", { name: "This link does nothing any more" })).toBeVisible();
  await expectNoViolations(page);
});

test("whoever signs in goes where they wanted to go, and nowhere else", async ({ accounts, page, root }) => {
  const dataset = await root.dataset("secret");
  await page.goto("/sign-in");
  await accounts.fill("root", "wrong horse battery");
  await expect(accounts.problem).toContainText("The name or the password is wrong");
  await expect(page.getByLabel("Name")).toHaveValue("root");
  await accounts.signIn(root, dataset.address);
  await expect(page).toHaveURL(dataset.address);
  await page.goto("/sign-in?next=//evil.example/");
  await expect(page).toHaveURL("/");
  await accounts.signOut();
  await page.goto("/sign-in?next=https://evil.example/");
  await accounts.fill("root", PASSWORD);
  await expect(page).toHaveURL("/");
});

test("an administrator's link sets a password", async ({ accounts, page, root }) => {
  const anna = await root.invite("anna");
  await page.goto(`/reset?token=${await root.passwordReset(anna)}`);
  await page.getByLabel("New password").fill("another horse battery");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText("The password is changed")).toBeVisible();
  await accounts.fill(anna.name, "another horse battery");
  await accounts.expectSignedIn(anna.name);
});

test("what is private is not there for others", async ({ page, root }) => {
  const dataset = await root.dataset("hidden", { pictures: ["scene-01.png"] });
  for (const address of [dataset.address, dataset.image("scene-01.png"), "/nothing/here"]) {
    const answer = await page.goto(address);
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
    await expect(page.getByRole("main").getByText(/^Request /)).toBeVisible();
  }
  await page.getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=%2Fnothing%2Fhere$/);
});

test("a session outlives its short token", async ({ accounts, context, page, root }) => {
  await accounts.signIn(root);
  await context.clearCookies({ name: "vasari_access" });
  await page.goto("/");
  await accounts.expectSignedIn("root");
  expect((await context.cookies()).some(({ name, httpOnly }) => name === "vasari_access" && httpOnly)).toBe(true);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("signing in and out are forms", async ({ accounts, page, root }) => {
    await accounts.signIn(root);
    await accounts.expectSignedIn("root");
    await accounts.signOut();
    await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the forms can be read and fit a narrow window", async ({ accounts, page, root }) => {
      await page.setViewportSize({ width: 360, height: 740 });
      await page.goto("/sign-in");
      await expectNoViolations(page);
      await accounts.fill("nobody", "wrong horse battery");
      await expect(accounts.problem).toBeVisible();
      await expectNoViolations(page);
      await page.goto(`/sign-up?token=${await root.invitation()}`);
      await expectNoViolations(page);
      await expectNoHorizontalScroll(page);
    });
  });
}
