import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import type { Dataset, Person } from "../pages/people";
import { expect, test } from "../pages/test";

const SCENES = Array.from({ length: 12 }, (_, number) => `scene-${String(number + 1).padStart(2, "0")}.png`);

/** Pictures of which the first has been captioned by somebody and approved. */
async function captioned(root: Person): Promise<{ dataset: Dataset; author: Person }> {
  const author = await root.invite("ben");
  const dataset = await root.dataset("Scenes", { pictures: SCENES, isPublic: true });
  await root.share(dataset, author, "annotator");
  await author.write(dataset.images[SCENES[0]], "a dog on the <i>left</i>");
  await author.write(dataset.images[SCENES[1]], "a cat");
  return { dataset, author };
}

test("pictures lie in rows of one height that fill the width, and don't move when scripts take over", async ({ browser, grid, page, root }) => {
  const dataset = await root.dataset("Rows", { pictures: SCENES, isPublic: true });
  const plain = await browser.newContext({ javaScriptEnabled: false, viewport: page.viewportSize() });
  const before = await plain.newPage();
  await before.goto(dataset.address);
  const places = (page: typeof before) =>
    page.getByRole("list", { name: "Pictures" }).getByRole("img").evaluateAll((images) =>
      images.map((image) => {
        const { x, y, width, height } = image.getBoundingClientRect();
        return [x, y, width, height].map(Math.round);
      }),
    );
  await grid.open(dataset);
  await expect(grid.tiles).toHaveCount(SCENES.length);
  const now = await places(page);
  expect(now).toEqual(await places(before));
  expect(new Set(now.filter(([, y]) => y === now[0][1]).map(([, , , height]) => height)).size).toBe(1);
  await plain.close();
});

test("order and filters stand in the address, and the way back is the browser's", async ({ grid, page, root }) => {
  const { dataset, author } = await captioned(root);
  await grid.open(dataset);
  const source = await root.captions(dataset.images[SCENES[0]]).then(([caption]) => caption.source);
  expect(source, "a person's source is called after them").toBe(author.name.toLowerCase());
  await grid.filter("Has a caption of", source).click();
  await expect(page).toHaveURL(new RegExp(`source=${source}`));
  await expect(grid.tiles).toHaveCount(2);
  await expect(page.getByText("2 images")).toBeVisible();
  await grid.filter("Has a caption of", source).click();
  await expect(grid.tiles).toHaveCount(SCENES.length);
  await grid.filter("Has none of", source).click();
  await expect(grid.tiles).toHaveCount(SCENES.length - 2);
  await page.goBack();
  await page.goBack();
  await expect(grid.tiles).toHaveCount(2);
  await page.reload();
  await grid.ready();
  await expect(grid.tiles).toHaveCount(2);
  await grid.filter("Has a caption that is", "Rejected").click();
  await expect(page.getByRole("heading", { name: "No picture goes through these filters" })).toBeVisible();
  await page.getByRole("link", { name: "Show all pictures" }).click();
  await expect(grid.tiles).toHaveCount(SCENES.length);
});

test("captions stand under or on the pictures, as text whatever is in them", async ({ grid, page, root }) => {
  const { dataset } = await captioned(root);
  const [{ source }] = await root.captions(dataset.images[SCENES[0]]);
  await grid.open(dataset);
  await expect(grid.pictures.getByText("a dog on the <i>left</i>")).toBeVisible();
  const captions = page.getByRole("group").filter({ hasText: "Captions from" });
  await captions.getByText(source).first().click();
  await captions.getByRole("link", { name: "No captions" }).click();
  await expect(grid.pictures.getByText("a cat")).toHaveCount(0);
  await captions.getByRole("link", { name: source, exact: true }).click();
  await expect(grid.pictures.getByText("a dog on the <i>left</i>")).toBeVisible();
  await expect(grid.pictures.getByText("No caption").first()).toBeVisible();
  await page.getByRole("link", { name: "Over" }).click();
  await expect(page).toHaveURL(/place=over/);
  await expect(grid.pictures.getByText("a cat")).toBeVisible();
  await page.getByRole("link", { name: "Large" }).click();
  await expect(page).toHaveURL(/size=l/);
  await expect(grid.picture("a cat")).toBeVisible();
});

test("pictures are chosen by click, range and key", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Chosen", { pictures: SCENES });
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await grid.choose(SCENES[1]);
  await expect(grid.selection).toContainText("1 picture selected");
  await grid.picture(SCENES[4]).click({ modifiers: ["Shift"] });
  await expect(grid.selection).toContainText("4 pictures selected");
  await grid.picture(SCENES[2]).click({ modifiers: ["ControlOrMeta"] });
  await expect(grid.selection).toContainText("3 pictures selected");
  await page.keyboard.press("Escape");
  await expect(grid.selection).toHaveCount(0);

  await grid.link(SCENES[0]).focus();
  await page.keyboard.press("ArrowRight");
  await expect(grid.link(SCENES[1])).toBeFocused();
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+ArrowRight");
  await expect(grid.selection).toContainText("2 pictures selected");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Home");
  await expect(grid.link(SCENES[0])).toBeFocused();
  await page.keyboard.press("End");
  await expect(grid.link(SCENES[11])).toBeFocused();
  await page.keyboard.press("ControlOrMeta+a");
  await expect(grid.selection).toContainText("12 pictures selected");
});

test("chosen pictures are deleted, and brought back", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Deleted", { pictures: SCENES.slice(0, 4) });
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await grid.choose(SCENES[0]);
  await grid.choose(SCENES[1]);
  await grid.selection.getByRole("button", { name: "Delete" }).click();
  await expect(grid.tiles).toHaveCount(2);
  await expect(page.getByText("2 images")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(grid.tiles).toHaveCount(4);
  await expect(page.getByText("4 images")).toBeVisible();
});

test("an endless list goes on, and is there again after a picture", async ({ grid, image, page, root }) => {
  const dataset = await root.dataset("Long", { isPublic: true });
  const names = Array.from({ length: 150 }, (_, number) => `p${String(number).padStart(3, "0")}.png`);
  for (const [number, name] of names.entries()) {
    dataset.images[name] = await root.add(dataset, SCENES[number % SCENES.length], name);
  }
  await page.setViewportSize({ width: 900, height: 600 });
  await grid.open(dataset, "?sort=name");
  await expect(page.getByText("150 images")).toBeVisible();
  await grid.link(names[0]).focus();
  while ((await grid.picture(names[149]).count()) === 0) {
    await page.mouse.wheel(0, 2000);
    await page.waitForTimeout(50);
  }
  // Only what is seen is there, and a window's height of it above and below, each row of which may begin sooner.
  const strays = () =>
    grid.tiles.evaluateAll((tiles) => {
      const room = 1.1 * window.innerHeight;
      return tiles.map((tile) => tile.getBoundingClientRect()).filter(({ top, bottom }) => bottom < -room || top > window.innerHeight + room).length;
    });
  await expect.poll(strays).toBe(0);
  await expect(grid.picture(names[0])).toHaveCount(0);
  await grid.link(names[140]).scrollIntoViewIfNeeded();
  const place = () => grid.picture(names[140]).evaluate((picture) => Math.round(picture.getBoundingClientRect().y));
  const before = await place();
  await grid.link(names[140]).click();
  await image.expectName(names[140]);
  await page.goBack();
  await grid.ready();
  await expect(grid.link(names[140])).toBeFocused();
  expect(await place()).toBe(before);

  await grid.link(names[140]).click();
  await image.ready();
  await page.keyboard.press("ArrowRight");
  await image.expectName(names[141]);
  await page.keyboard.press("Escape");
  await grid.ready();
  await expect(grid.link(names[141])).toBeFocused();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("numbered pages and the rest of the list are links", async ({ grid, page, root }) => {
    const dataset = await root.dataset("Pages", { pictures: SCENES, isPublic: true });
    await grid.open(dataset, "?page_size=5&sort=name", { scripts: false });
    expect(await grid.names()).toEqual(SCENES.slice(0, 5));
    await page.getByRole("link", { name: "Next" }).click();
    expect(await grid.names()).toEqual(SCENES.slice(5, 10));
    await page.getByRole("link", { name: "Page 3" }).click();
    expect(await grid.names()).toEqual(SCENES.slice(10));
    await expect(page.getByRole("link", { name: "Next" })).toHaveCount(0);
    await page.getByRole("link", { name: "Scroll" }).click();
    expect(await grid.names()).toEqual(SCENES);
    await grid.open(dataset, `?sort=name&at=${dataset.images[SCENES[6]]}`, { scripts: false });
    expect(await grid.names()).toEqual(SCENES.slice(6));
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the grid can be read, and fits a narrow window", async ({ accounts, grid, page, root }) => {
      const { dataset } = await captioned(root);
      const [{ source }] = await root.captions(dataset.images[SCENES[0]]);
      await accounts.signIn(root, `${dataset.address}?captions=${source}`);
      await grid.ready();
      await grid.choose(SCENES[5]);
      await expectNoViolations(page);
      await page.getByRole("link", { name: "Over" }).click();
      await expectNoViolations(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoHorizontalScroll(page);
      await expectNoViolations(page);
    });
  });
}
