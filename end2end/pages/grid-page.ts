import { expect, type Locator, type Page } from "@playwright/test";
import type { Dataset } from "./people";

/** The pictures of a dataset. */
export class GridPage {
  readonly pictures: Locator;
  readonly tiles: Locator;
  readonly filters: Locator;
  readonly selection: Locator;

  constructor(readonly page: Page) {
    this.pictures = page.getByRole("list", { name: "Pictures" });
    this.tiles = this.pictures.getByRole("listitem");
    this.filters = page.getByRole("complementary", { name: "Filters" });
    this.selection = page.getByRole("region", { name: "Selection" });
  }

  /** Opens a dataset, and waits for its scripts unless there are none. */
  async open(dataset: Dataset, query = "", { scripts = true } = {}) {
    await this.page.goto(`${dataset.address}${query}`);
    if (scripts) {
      await this.ready();
    }
  }

  async ready() {
    await expect(this.page.locator("body")).toHaveAttribute("data-hydrated", "true");
  }

  /** A picture by its alternative text: its caption where one is shown, its name otherwise. */
  picture(name: string): Locator {
    return this.pictures.getByRole("img", { name });
  }

  link(name: string): Locator {
    return this.pictures.getByRole("link").filter({ has: this.page.getByRole("img", { name, exact: true }) });
  }

  /** The names of the pictures that are there, in order. */
  async names(): Promise<string[]> {
    return this.pictures.getByRole("img").evaluateAll((images) => images.map((image) => image.getAttribute("alt") ?? ""));
  }

  async choose(name: string) {
    await this.pictures.getByRole("checkbox", { name: `Select ${name}` }).click();
  }

  filter(section: string, name: string): Locator {
    return this.filters.getByRole("region", { name: section }).getByRole("link", { name, exact: true });
  }

  /** Drops files on the page, as from a folder. */
  async drop(files: { name: string; bytes: Buffer; type?: string }[]) {
    const transfer = await this.page.evaluateHandle(
      (files) => {
        const transfer = new DataTransfer();
        for (const { name, base64, type } of files) {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([bytes], name, { type }));
        }
        return transfer;
      },
      files.map(({ name, bytes, type = "image/png" }) => ({ name, base64: bytes.toString("base64"), type })),
    );
    const target = this.page.getByRole("main");
    await target.dispatchEvent("dragover", { dataTransfer: transfer });
    await target.dispatchEvent("drop", { dataTransfer: transfer });
  }
}
