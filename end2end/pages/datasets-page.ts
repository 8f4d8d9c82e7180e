import type { Locator, Page } from "@playwright/test";

/** The list of all datasets. */
export class DatasetsPage {
  constructor(readonly page: Page) {}

  async open() {
    await this.page.goto("/");
  }

  card(name: string): Locator {
    return this.page.getByRole("main").getByRole("listitem").filter({ hasText: name });
  }

  async openDataset(name: string) {
    await this.page.getByRole("link", { name }).first().click();
  }

  async make(name: string, { slug = "", about = "", isPublic = false } = {}) {
    const field = this.page.getByLabel("Name", { exact: true });
    if (!(await field.isVisible())) {
      await this.page.getByText("New dataset").click();
    }
    await field.fill(name);
    await this.page.getByLabel("Short name").fill(slug);
    await this.page.getByLabel("What it is about").fill(about);
    await this.page.getByLabel("Everybody may look at it").setChecked(isPublic);
    await this.page.getByRole("button", { name: "Make the dataset" }).click();
  }
}
