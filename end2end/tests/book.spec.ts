import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import { BookPage } from "../pages/book-page";
import { expect, test } from "../pages/test";

test("whoever looks for help finds the book, and goes through it", async ({ accounts, page, root }) => {
  const book = new BookPage(page);
  await accounts.signIn(root);
  await page.getByLabel(`${root.name}, your menu`).click();
  await page.getByRole("link", { name: "Documentation" }).click();
  await expect(page).toHaveURL(/\/docs\/book\/index\.html$/);
  await expect(book.contents.getByRole("link", { name: "What Vasari is" })).toHaveAttribute("aria-current", "page");
  await book.content.getByRole("link", { name: /^Next/ }).click();
  await expect(book.content.getByRole("heading", { level: 1 })).toHaveText("First steps");
  await book.contents.getByRole("link", { name: "Make a dataset" }).click();
  await expect(page).toHaveURL(/first_steps\.html#make-a-dataset$/);
  await expect(book.content.getByRole("heading", { name: "Make a dataset" })).toBeInViewport();
});

test("the search finds words on all pages, by keyboard alone", async ({ page }) => {
  const book = new BookPage(page);
  await book.open();
  await book.search.focus();
  await page.keyboard.type("rollback bulk");
  await expect(book.found.first()).toBeVisible();
  await expect(page.getByRole("search").getByRole("status")).toHaveText(/\d+ places?/);
  await expectNoViolations(page);
  await page.keyboard.press("ArrowDown");
  await expect(book.found.first().getByRole("link")).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(book.search).toBeFocused();
  await expect(book.found).toHaveCount(0);
  await book.search.fill("no-such-word-anywhere");
  await expect(page.getByRole("search").getByRole("status")).toHaveText("0 places");
  await book.search.fill("blind arena");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\.html#/);
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme });

    test("every page can be read by everybody, also on a phone, and all its files are there", async ({ page }) => {
      // Each page is looked at twice, and axe takes seconds where the machine is busy.
      test.setTimeout(600_000);
      const book = new BookPage(page);
      const missing: string[] = [];
      page.on("response", (answer) => answer.status() < 400 || missing.push(answer.url()));
      await book.open();
      const pages = await book.pages();
      expect(pages.length).toBeGreaterThan(10);
      for (const address of pages) {
        await page.setViewportSize({ width: 1280, height: 860 });
        await book.open(address);
        await expectNoViolations(page);
        await page.setViewportSize({ width: 390, height: 800 });
        await expectNoHorizontalScroll(page);
      }
      await page.getByRole("banner").getByRole("link", { name: "Contents" }).click();
      await expect(book.contents.getByRole("link", { name: "The gallery" })).toBeInViewport();
      await expectNoViolations(page);
      expect(missing).toEqual([]);
    });
  });
}

test("no page of the book runs what stands in it", async ({ page, request }) => {
  const book = new BookPage(page);
  await book.open();
  for (const address of await book.pages()) {
    const answer = await request.get(`/docs/book/${address}`);
    const policy = answer.headers()["content-security-policy"];
    expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
    expect(policy).not.toMatch(/unsafe|nonce|https?:/);
    expect(await answer.text()).not.toMatch(/<style|<script(?! src="search\.js" defer>)|\sstyle=|\son(click|load|error)=/);
  }
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("pages and their list are there, and the search is not", async ({ page }) => {
    const book = new BookPage(page);
    await book.open("operations.html");
    await expect(book.search).toBeHidden();
    await book.contents.getByRole("link", { name: "Search", exact: true }).click();
    await expect(book.content.getByRole("heading", { level: 1 })).toHaveText("Search");
  });
});
