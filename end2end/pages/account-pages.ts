import { expect, type Locator, type Page } from "@playwright/test";
import { PASSWORD, type Person } from "./people";

/** Signing in, making an account, choosing a password. */
export class AccountPages {
  readonly problem: Locator;
  readonly menu: Locator;

  constructor(readonly page: Page) {
    this.problem = page.getByRole("alert");
    this.menu = page.getByLabel(/, your menu$/);
  }

  /** Signs somebody in, and waits until they are where they wanted to go. */
  async signIn(person: Pick<Person, "name">, next = "/") {
    await this.page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await this.fill(person.name, PASSWORD);
    await this.page.waitForURL((url) => url.pathname !== "/sign-in");
  }

  async fill(name: string, password: string) {
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  }

  async makeAccount(token: string, name: string, password = PASSWORD) {
    await this.page.goto(`/sign-up?token=${token}`);
    await this.page.getByLabel("Name").fill(name);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Make the account" }).click();
  }

  async signOut() {
    await this.menu.click();
    await this.page.getByRole("button", { name: "Sign out" }).click();
  }

  async expectSignedIn(name: string) {
    await expect(this.page.getByLabel(`${name}, your menu`)).toBeVisible();
  }
}
