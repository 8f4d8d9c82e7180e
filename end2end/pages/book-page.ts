import { expect, type Locator, type Page } from "@playwright/test";

/** The documentation. */
export class BookPage {
  readonly contents: Locator;
  readonly content: Locator;
  readonly search: Locator;
  readonly found: Locator;

  constructor(private readonly page: Page) {
    this.contents = page.getByRole("navigation", { name: "Documentation" });
    this.content = page.getByRole("main");
    this.search = page.getByRole("searchbox", { name: "Search the documentation" });
    this.found = page.getByRole("search").getByRole("listitem");
  }

  async open(page = "") {
    await this.page.goto(`/docs/book/${page}`);
    await expect(this.content.getByRole("heading", { level: 1 })).toBeVisible();
  }

  /** The addresses of all pages. */
  async pages(): Promise<string[]> {
    const links = await this.contents.getByRole("link").all();
    const addresses = await Promise.all(links.map((link) => link.getAttribute("href")));
    return addresses.filter((address): address is string => address !== null && !address.includes("#"));
  }
}
