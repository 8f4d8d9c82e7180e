import { readFileSync } from "node:fs";
import { expect, type Locator, type Page } from "@playwright/test";
import type { Dataset } from "./people";

/** Import, export, captioning, and the jobs that come of them. */
export class WorkPages {
  readonly problem: Locator;
  /** How many of one's jobs go on, in the bar on top. */
  readonly ring: Locator;

  constructor(readonly page: Page) {
    this.problem = page.getByRole("main").getByRole("alert");
    this.ring = page.getByRole("banner").getByRole("link", { name: /^(Jobs|\d+ jobs? running)/ });
  }

  async openImport(dataset: Dataset) {
    await this.page.goto(`${dataset.address}/import`);
    await expect(this.page.getByRole("heading", { name: "Import", level: 1 })).toBeVisible();
  }

  async openExport(dataset: Dataset, query = "") {
    await this.page.goto(`${dataset.address}/export${query}`);
    await expect(this.page.getByRole("heading", { name: "Export", level: 1 })).toBeVisible();
  }

  async openCaptioning(dataset: Dataset, query = "") {
    await this.page.goto(`${dataset.address}/caption${query}`);
    await expect(this.page.getByRole("heading", { name: "Caption images", level: 1 })).toBeVisible();
  }

  /** Follows an item of the menu above the grid. */
  async more(item: string) {
    await this.page.getByText("More", { exact: true }).click();
    await this.page.getByRole("link", { name: item }).click();
  }

  /** Presses a form's button, and waits for the job's page. */
  async start(button: string | RegExp) {
    await this.page.getByRole("main").getByRole("button", { name: button }).click();
    await this.page.waitForURL(/\/jobs\/[0-9a-f-]+$/);
  }

  /** The job's state, as its page says it now. */
  get state(): Locator {
    return this.page.locator(".job-state").first();
  }

  /** Waits until the page says so, reloading it where there are no scripts. */
  async waitFor(state: "Done" | "Stopped" | "Failed", { scripts = true } = {}) {
    await expect(async () => {
      if (!scripts) {
        await this.page.reload();
      }
      await expect(this.state).toHaveText(state, { timeout: scripts ? 25_000 : 500 });
    }).toPass({ timeout: 60_000 });
  }

  /** The text of the file that the job's page offers. */
  async download(): Promise<{ name: string; text: string }> {
    const coming = this.page.waitForEvent("download");
    await this.page.getByRole("link", { name: /^Download / }).click();
    const download = await coming;
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  }

  /** The items that failed. */
  get failures(): Locator {
    return this.page.getByRole("region", { name: /failed|can't be taken in/ }).getByRole("listitem");
  }
}
