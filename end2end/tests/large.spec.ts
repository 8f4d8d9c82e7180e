import { generatedDataset, generatedName } from "../pages/generated";
import type { Dataset } from "../pages/people";
import { expect, test } from "../pages/test";

const PICTURES = 100_000;

test.describe("a dataset of 100,000 pictures", () => {
  test.describe.configure({ mode: "serial", timeout: 240_000 });
  let dataset: Dataset;

  test.beforeAll(async ({ root }) => {
    dataset = await generatedDataset(root, PICTURES);
    // The index follows in its own time.
    await expect.poll(() => root.found(dataset, "on"), { timeout: 200_000 }).toBe(PICTURES - 12);
  });

  test("is scrolled through with no more on the page than what is seen", async ({ grid, page }) => {
    await grid.open(dataset);
    await expect(page.getByText("100,000 images")).toBeVisible();
    const number = async () => Number(await grid.page.locator("#grid [data-number]").last().getAttribute("data-number"));
    await page.mouse.move(700, 500);
    while ((await number()) < 2000) {
      await page.mouse.wheel(0, 4000);
      await page.waitForTimeout(20);
      expect(await grid.tiles.count()).toBeLessThan(200);
    }
    // What is seen is drawn, not only its colour.
    const drawn = () =>
      grid.pictures.getByRole("img").evaluateAll((images: HTMLImageElement[]) => {
        const seen = images.filter((image) => {
          const { top, bottom } = image.getBoundingClientRect();
          return top >= 0 && bottom <= window.innerHeight;
        });
        return seen.length > 0 && seen.every((image) => image.complete && image.naturalWidth > 0);
      });
    await expect.poll(drawn).toBe(true);
  });

  test("has a scroll bar for all of it, and the way back to anywhere in it", async ({ grid, image, page }) => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await grid.open(dataset, "?sort=name&bare=true");
    const numbers = () =>
      grid.page.locator("#grid [data-number]").evaluateAll((tiles) => tiles.map((tile) => Number(tile.getAttribute("data-number"))));
    const scroll = (share: number) => page.evaluate((share) => window.scrollTo(0, document.body.scrollHeight * share), share);
    await scroll(0.5);
    await expect.poll(async () => Math.abs((await numbers())[0] / PICTURES - 0.5), { message: "the middle" }).toBeLessThan(0.02);
    const middle = (await numbers())[0];
    await page.mouse.move(640, 400);
    for (let turns = 0; turns < 20; turns += 1) {
      await page.mouse.wheel(0, -900);
      await page.waitForTimeout(60);
    }
    await expect.poll(async () => (await numbers())[0], { message: "upwards from there" }).toBeLessThan(middle - 50);
    const tiles = await grid.tiles.count();
    expect(tiles, "no gaps and no heaps").toBeGreaterThan(10);
    expect(tiles).toBeLessThan(200);

    // Away, and back by the browser's own button.
    const seen = await grid.names();
    const link = grid.link(seen[Math.floor(seen.length / 2)]);
    const name = seen[Math.floor(seen.length / 2)];
    await link.click();
    await image.expectName(name);
    await image.ready();
    await page.goBack();
    await grid.ready();
    await expect(grid.link(name)).toBeFocused();
    await scroll(1);
    await expect.poll(async () => (await numbers()).at(-1)).toBe(PICTURES - 1);
    await page.keyboard.press("Home");
    await expect.poll(async () => (await numbers())[0]).toBe(0);
  });

  test("is left after thousands of pictures, and found again there", async ({ grid, page }) => {
    test.setTimeout(240_000);
    await grid.open(dataset, "?sort=name&size=s&bare=true");
    const last = async () => Number(await grid.page.locator("#grid [data-number]").last().getAttribute("data-number"));
    await page.mouse.move(640, 400);
    while ((await last()) < 6000) {
      await page.mouse.wheel(0, 3000);
      await page.waitForTimeout(20);
    }
    const before = await last();
    await page.goto("/");
    await page.goBack();
    await grid.ready();
    await expect.poll(async () => Math.abs((await last()) - before), { message: "as far as it was" }).toBeLessThan(300);
  });

  test("has a page of any number, and neighbours in its middle", async ({ grid, image, page }) => {
    await grid.open(dataset, "?page_size=50&page=1000");
    const first = 49_951 - 12;
    const link = page.getByRole("list", { name: "Pictures" }).getByRole("link").first();
    await expect(page.getByRole("link", { name: "Page 2000" })).toBeVisible();
    await link.click();
    await image.expectName(generatedName(first));
    await page.keyboard.press("ArrowRight");
    await image.expectName(generatedName(first + 1));
    await page.keyboard.press("ArrowLeft");
    await image.expectName(generatedName(first));
    await page.keyboard.press("ArrowLeft");
    await image.expectName(generatedName(first - 1));
  });

  test("is searched, counted and sorted as a whole", async ({ grid, page }) => {
    await grid.open(dataset, "?q=bird&sort=-name");
    const birds = Math.floor((PICTURES - 12) / 3);
    await expect(page.getByText(`${birds.toLocaleString("en-US")} images`)).toBeVisible();
    await expect(grid.pictures.getByText("bird").first()).toBeVisible();
    await grid.open(dataset, "?q=" + encodeURIComponent('"generated/0077777.png"'));
    await expect(grid.tiles).toHaveCount(1);
    await grid.open(dataset, "?status=approved");
    await expect(page.getByText("9,998 images")).toBeVisible();
  });

  test("is chosen as a whole, for an export of exactly that", async ({ accounts, grid, page, root, work }) => {
    await accounts.signIn(root, `${dataset.address}?q=status:approved`);
    await grid.ready();
    await grid.link(await grid.names().then((names) => names[0])).focus();
    await page.keyboard.press("ControlOrMeta+a");
    await grid.selection.getByRole("button", { name: "Select all 9,998 pictures that match" }).click();
    await expect(grid.selection).toContainText("All 9,998 pictures that match selected");
    await grid.selection.getByRole("link", { name: "Export" }).click();
    await expect(page.getByText("What the filter finds: 9,998 images")).toBeVisible();
    await page.getByRole("radio", { name: "CSV table" }).check();
    await work.start(/^Export/);
    await work.waitFor("Done");
    const { text } = await work.download();
    const rows = text.trim().split("\n").slice(1);
    const names = new Set(rows.map((row) => row.split(",")[0]));
    expect(names.size).toBe(9998);
    expect([...names].every((name) => name.endsWith("0.png")), "every tenth is approved").toBe(true);
  });
});
