import { expect, type Locator, type Page } from "@playwright/test";

/** One's own account: the password, devices, keys. */
export class OwnAccountPage {
  readonly problem: Locator;
  readonly notice: Locator;
  readonly devices: Locator;
  readonly keys: Locator;
  /** The key that was just made. */
  readonly madeKey: Locator;

  constructor(readonly page: Page) {
    const main = page.getByRole("main");
    this.problem = main.getByRole("alert");
    this.notice = main.getByRole("status");
    this.devices = page.getByRole("list", { name: "Signed in on" }).getByRole("listitem");
    this.keys = page.getByRole("list", { name: "API keys" }).locator("> li");
    this.madeKey = page.getByRole("textbox", { name: "Key", exact: true });
  }

  async open() {
    await this.page.goto("/account");
  }

  async changePassword(old: string, password: string) {
    await this.page.getByLabel("Present password").fill(old);
    await this.page.getByLabel("New password").fill(password);
    await this.page.getByRole("button", { name: "Change the password" }).click();
  }

  async makeKey(name: string, { scopes = ["read"], ends = "in 30 days" } = {}) {
    await this.page.getByLabel("Name", { exact: true }).fill(name);
    for (const scope of ["caption", "read", "write"]) {
      const box = this.page.getByRole("checkbox", { name: new RegExp(`^${scope} `) });
      await box.setChecked(scopes.includes(scope));
    }
    await this.page.getByLabel("It ends").selectOption(ends);
    await this.page.getByRole("button", { name: "Make the key" }).click();
  }

  /** The key that was just made, as it stands on the page. */
  async takeKey(): Promise<string> {
    await expect(this.madeKey).toBeFocused();
    return this.madeKey.inputValue();
  }

  async revokeKey(name: string) {
    await this.page.getByLabel(`Revoke ${name}`).click();
    await this.keys.filter({ hasText: name }).getByRole("button", { name: "Revoke the key" }).click();
  }
}
