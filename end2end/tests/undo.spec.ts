import { AccountPages } from "../pages/account-pages";
import { expectNoViolations } from "../pages/accessible";
import { ImagePage } from "../pages/image-page";
import { expect, test } from "../pages/test";

const SCENES = ["scene-01.png", "scene-02.png", "scene-03.png"];

test("what was done is undone in another browser on another day, and done again", async ({ accounts, browser, image, page, root }) => {
  const dataset = await root.dataset("Undo", { pictures: SCENES });
  await root.write(dataset.images[SCENES[0]], "a dog");
  const [{ id, source }] = await root.captions(dataset.images[SCENES[0]]);
  await root.change(id, 1, "a brown dog");
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  await page.keyboard.press("a");
  await expect(image.card(source).getByText("Approved").first()).toBeVisible();

  // Another browser, which has not seen any of it happen.
  const other = await (await browser.newContext()).newPage();
  await new AccountPages(other).signIn(root, dataset.image(SCENES[0]));
  const again = new ImagePage(other);
  await again.ready();
  await other.keyboard.press("Control+z");
  await expect(other.getByText("Undone", { exact: true })).toBeVisible();
  await expect(again.card(source).getByText("Draft").first()).toBeVisible();
  await other.keyboard.press("Control+z");
  await expect(again.text(source)).toHaveText("a dog");
  await other.keyboard.press("Control+z");
  await expect(other.getByText("There is nothing of yours to undo in this dataset.")).toBeVisible();
  await other.keyboard.press("Control+Shift+z");
  await expect(again.text(source)).toHaveText("a brown dog");
  await other.keyboard.press("Control+y");
  await expect(again.card(source).getByText("Approved").first()).toBeVisible();
  await other.context().close();
});

test("two people undo what each of them did, and keep what the other wrote since", async ({ accounts, browser, page, root }) => {
  const dataset = await root.dataset("Together", { pictures: SCENES });
  for (const scene of SCENES) {
    await root.write(dataset.images[scene], `a caption of ${scene}`);
  }
  const captions = await Promise.all(SCENES.map(async (scene) => (await root.captions(dataset.images[scene]))[0]));
  const anna = await root.invite("anna");
  await root.share(dataset, anna, "annotator");
  await root.change(captions[0].id, 1, "root was here");
  await root.change(captions[1].id, 1, "root was here too");
  await anna.change(captions[1].id, 2, "anna was here");

  const annas = await (await browser.newContext()).newPage();
  await new AccountPages(annas).signIn(anna, `${dataset.address}/changes`);
  await expect(annas.getByRole("list", { name: "Changes" }).getByRole("listitem")).toHaveCount(3);
  await annas.getByRole("link", { name: "Mine" }).click();
  await expect(annas.getByRole("list", { name: "Changes" }).getByRole("listitem")).toHaveCount(1);
  await expectNoViolations(annas);

  await accounts.signIn(root, `${dataset.address}/changes`);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("alert")).toContainText("changed since");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Undone", { exact: true })).toBeVisible();
  const texts = async () => Promise.all(SCENES.map(async (scene) => (await root.captions(dataset.images[scene]))[0].text));
  expect(await texts()).toEqual([`a caption of ${SCENES[0]}`, "anna was here", `a caption of ${SCENES[2]}`]);

  await annas.getByRole("button", { name: "Undo" }).click();
  await expect(annas.getByText("Undone", { exact: true })).toBeVisible();
  expect((await texts())[1]).toBe("root was here too");
  await annas.getByRole("button", { name: "Redo" }).click();
  await expect(annas.getByText("Undone", { exact: true })).toHaveCount(0);
  expect((await texts())[1]).toBe("anna was here");
  await annas.context().close();
});

test("one's own first caption is taken back, and what it said is in the field again", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("First", { pictures: SCENES.slice(0, 1) });
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  await page.getByLabel("Your caption").fill("a dog on a meadow");
  await page.getByRole("button", { name: "Save your caption" }).click();
  await expect(image.cards).toHaveCount(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(image.cards).toHaveCount(0);
  await expect(page.getByLabel("Your caption")).toHaveValue("a dog on a meadow");
  expect(await root.captions(dataset.images[SCENES[0]])).toEqual([]);
});

test("the tiles show how one source differs from another", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Differ", { pictures: SCENES });
  await root.model(dataset, "florence");
  for (const scene of SCENES) {
    await root.write(dataset.images[scene], "a brown dog on the grass");
  }
  await root.say("florence", dataset.images[SCENES[0]], "a white dog on the grass");
  await accounts.signIn(root, `${dataset.address}?captions=florence`);
  await grid.ready();
  const menu = page.getByRole("group").filter({ hasText: "Captions from" });
  await menu.locator("summary").click();
  await menu.getByRole("link", { name: "root", exact: true }).last().click();
  await expect(page).toHaveURL(/against=root/);
  const tile = grid.tiles.first();
  await expect(tile.getByRole("deletion")).toHaveText("brown");
  await expect(tile.getByRole("insertion")).toHaveText("white");
  await expect(grid.pictures.getByRole("deletion")).toHaveCount(1);
  await page.reload();
  await grid.ready();
  await expect(tile.getByRole("deletion")).toHaveText("brown");
  await menu.locator("summary").click();
  await menu.getByRole("link", { name: "No differences" }).click();
  await expect(grid.pictures.getByRole("deletion")).toHaveCount(0);
});
