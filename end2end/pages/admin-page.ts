import type { Locator, Page } from "@playwright/test";

/** The people and the audit log, for administrators. */
export class AdminPage {
  readonly problem: Locator;
  readonly notice: Locator;
  /** The link that was just made. */
  readonly link: Locator;
  readonly entries: Locator;

  constructor(readonly page: Page) {
    const main = page.getByRole("main");
    this.problem = main.getByRole("alert");
    this.notice = main.getByRole("status");
    this.link = page.getByRole("textbox", { name: "Link" });
    this.entries = page.getByRole("list", { name: "Audit log" }).getByRole("listitem");
  }

  async open() {
    await this.page.goto("/admin");
  }

  /** Somebody in the list, on whatever page of it they are. */
  async find(name: string): Promise<Locator> {
    const person = this.page.getByRole("list", { name: "People" }).getByRole("listitem").filter({ hasText: name });
    const more = this.page.getByRole("link", { name: "More people" });
    while (!(await person.count()) && (await more.count())) {
      await more.click();
      await this.page.waitForLoadState();
    }
    return person;
  }

  async invite(): Promise<string> {
    await this.page.getByRole("button", { name: "Invite somebody" }).click();
    return this.link.inputValue();
  }

  /** Does what the menu of somebody offers. */
  async change(name: string, what: string) {
    const person = await this.find(name);
    await person.getByLabel(`Change ${name}`).click();
    await person.getByRole("button", { name: what }).click();
  }

  async filterLog({ who = "", what = "everything" } = {}) {
    await this.page.getByLabel("Who").fill(who);
    await this.page.getByLabel("What").selectOption(what);
    await this.page.getByRole("button", { name: "Show", exact: true }).click();
  }
}
