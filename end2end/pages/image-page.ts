import { expect, type Locator, type Page } from "@playwright/test";

/** One picture with its captions. */
export class ImagePage {
  readonly picture: Locator;
  /** What the picture is seen through. */
  readonly frame: Locator;
  readonly cards: Locator;
  readonly boxes: Locator;

  constructor(readonly page: Page) {
    this.picture = page.getByRole("region", { name: "Picture", exact: true }).getByRole("img").first();
    this.frame = page.getByRole("region", { name: "Picture", exact: true }).locator("> div").first();
    this.cards = page.getByRole("region", { name: "Captions" }).getByRole("article");
    this.boxes = page.getByRole("group", { name: "Regions on the picture" }).getByRole("img");
  }

  async open(address: string, { scripts = true } = {}) {
    await this.page.goto(address);
    if (scripts) {
      await this.ready();
    }
  }

  async ready() {
    await expect(this.page.locator("body")).toHaveAttribute("data-hydrated", "true");
  }

  /** What a source says. */
  card(source: string): Locator {
    return this.cards.filter({ has: this.page.getByRole("heading", { name: source, exact: true }) });
  }

  text(source: string): Locator {
    return this.card(source).getByRole("paragraph").first();
  }

  /** Opens a caption's editor, and gives its field. */
  async edit(source: string): Promise<Locator> {
    await this.card(source).getByText("Edit", { exact: false }).first().click();
    return this.card(source).getByRole("textbox");
  }

  async expectName(name: string) {
    await expect(this.page.getByRole("heading", { level: 1, name })).toBeVisible();
  }
}
