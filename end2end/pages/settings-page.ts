import type { Locator, Page } from "@playwright/test";
import type { Dataset } from "./people";

/** The settings of a dataset. */
export class SettingsPage {
  readonly problem: Locator;
  readonly notice: Locator;
  readonly name: Locator;
  readonly save: Locator;

  constructor(readonly page: Page) {
    const main = page.getByRole("main");
    this.problem = main.getByRole("alert");
    this.notice = main.getByRole("status");
    this.name = main.getByLabel("Name", { exact: true }).first();
    this.save = main.getByRole("button", { name: "Save" });
  }

  async open(dataset: Dataset) {
    await this.page.goto(`${dataset.address}/settings`);
  }

  member(name: string): Locator {
    return this.page.getByRole("list", { name: "Members" }).getByRole("listitem").filter({ hasText: name });
  }

  source(name: string): Locator {
    return this.page.getByRole("list", { name: "Sources of captions" }).getByRole("listitem").filter({ hasText: name });
  }

  async addMember(name: string, role: string) {
    await this.page.getByLabel("Their name here").fill(name);
    await this.page.getByLabel("Role", { exact: true }).selectOption(role);
    await this.page.getByRole("button", { name: "Add", exact: true }).click();
  }

  async setRole(name: string, role: string) {
    await this.page.getByLabel(`Role of ${name}`, { exact: true }).selectOption(role);
    await this.page.getByRole("button", { name: `Change the role of ${name}` }).click();
  }

  async removeMember(name: string) {
    await this.page.getByLabel(`Remove ${name}`).click();
    await this.member(name).getByRole("button", { name: "Remove from the dataset" }).click();
  }

  async renameSource(name: string, newName: string) {
    await this.page.getByLabel(`Rename ${name}`).click();
    await this.source(name).getByLabel("Name", { exact: true }).fill(newName);
    await this.source(name).getByRole("button", { name: "Rename the source" }).click();
  }

  async deleteSource(name: string, confirmation: string) {
    const button = this.source(name).getByRole("button", { name: "Delete the source" });
    if (!(await button.isVisible())) {
      await this.page.getByLabel(`Delete ${name}`).click();
    }
    await this.source(name).getByLabel(/^Write .* to confirm$/).fill(confirmation);
    await button.click();
  }

  async deleteDataset(confirmation: string) {
    const section = this.page.getByRole("region", { name: "Delete it" });
    const button = section.getByRole("button", { name: "Delete the dataset", exact: true });
    if (!(await button.isVisible())) {
      await section.getByLabel("Delete the dataset…").click();
    }
    await section.getByLabel(/^Write .* to confirm$/).fill(confirmation);
    await button.click();
  }
}
