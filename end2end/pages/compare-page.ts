import { expect, type Locator, type Page } from "@playwright/test";
import type { Dataset } from "./people";

/** What several sources say of the same pictures, side by side. */
export class ComparePage {
  readonly columns: Locator;

  constructor(readonly page: Page) {
    this.columns = page.getByRole("columnheader");
  }

  async open(dataset: Dataset, query = "") {
    await this.page.goto(`${dataset.address}/compare${query}`);
    await expect(this.page.getByRole("heading", { name: "Compare", level: 1 })).toBeVisible();
  }

  /** What the columns are called, less the pictures' own and less their buttons. */
  async sources(): Promise<string[]> {
    const heads = await this.columns.allInnerTexts();
    return heads.slice(1).map((head) => head.split(/\s/)[0]);
  }

  row(picture: string): Locator {
    return this.page.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: picture }) });
  }

  /** What the source of this column says of a picture. */
  cell(picture: string, column: number): Locator {
    return this.row(picture).getByRole("cell").nth(column);
  }

  async pin(source: string) {
    await this.page.getByRole("link", { name: `Pin ${source} as the reference` }).click();
  }
}
