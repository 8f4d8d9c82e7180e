import type { Page } from "@playwright/test";
import type { Dataset, Person } from "../pages/people";
import { expect, test } from "../pages/test";

const SCENES = ["scene-01.png", "scene-02.png", "scene-03.png"];

/** What three models say of the first picture; the last of them says nothing of the others. */
const TEXTS = { first: "a brown dog runs on grass", second: "a dog runs on green grass", third: "<b>a cat</b>" };

async function spoken(root: Person): Promise<Dataset> {
  const dataset = await root.dataset("Compared", { pictures: SCENES });
  for (const [source, text] of Object.entries(TEXTS)) {
    await root.model(dataset, source);
    await root.say(source, dataset.images[SCENES[0]], text);
    if (source !== "third") {
      await root.say(source, dataset.images[SCENES[1]], `${text} again`);
    }
  }
  return dataset;
}

/** How a piece of text is marked beside its colour. */
async function line(page: Page, role: "insertion" | "deletion"): Promise<string> {
  return page.getByRole(role).first().evaluate((piece) => getComputedStyle(piece).textDecorationLine);
}

test("sources stand side by side, chosen by a form that keeps the filter", async ({ accounts, compare, page, root }) => {
  const dataset = await spoken(root);
  await expect.poll(() => root.found(dataset, "dog"), { message: "the index follows" }).toBe(2);
  await accounts.signIn(root, `${dataset.address}?q=dog&missing=nobody`);
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("link", { name: "Compare sources" }).click();
  expect(await compare.sources()).toEqual(Object.keys(TEXTS));
  await compare.open(dataset, "?q=dog");
  await expect(page.getByRole("rowheader")).toHaveCount(2);
  await expect(compare.cell(SCENES[0], 2)).toContainText(TEXTS.third);
  await expect(compare.cell(SCENES[1], 2)).toHaveText("Nothing");
  await page.getByRole("checkbox", { name: "second" }).uncheck();
  await page.getByRole("button", { name: "Show", exact: true }).click();
  expect(await compare.sources()).toEqual(["first", "third"]);
  await expect(page).toHaveURL(/q=dog/);
  await expect(page.getByRole("rowheader")).toHaveCount(2);
  await compare.pin("third");
  await expect(page).toHaveURL(/q=dog/);
  expect(await compare.sources()).toEqual(["third", "first"]);
});

test("differences from a pinned source are marked, and not by colour alone", async ({ accounts, compare, page, root }) => {
  const dataset = await spoken(root);
  await accounts.signIn(root);
  await compare.open(dataset);
  await expect(page.getByRole("insertion")).toHaveCount(0);
  await compare.pin("first");
  await expect(page.getByRole("link", { name: "Unpin first as the reference" })).toBeVisible();
  const cell = compare.cell(SCENES[0], 1);
  await expect(cell.getByRole("deletion")).toHaveText(/brown/);
  await expect(cell.getByRole("insertion")).toHaveText(/green/);
  await expect(compare.cell(SCENES[0], 0).getByRole("insertion")).toHaveCount(0);
  expect(await line(page, "insertion")).toBe("underline");
  expect(await line(page, "deletion")).toBe("line-through");

  // Each text by itself: what it has of its own is marked, and what it lacks is not in it.
  await page.getByLabel("Differences").selectOption({ index: 1 });
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(compare.cell(SCENES[0], 1).getByRole("paragraph")).toHaveText(TEXTS.second);
  await expect(compare.cell(SCENES[0], 1).getByRole("insertion")).toHaveText(/green/);
  await page.getByLabel("Differences").selectOption({ index: 2 });
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByRole("insertion").or(page.getByRole("deletion"))).toHaveCount(0);
  await page.getByRole("link", { name: "Unpin first as the reference" }).click();
  await expect(page.getByRole("link", { name: "Pin first as the reference" })).toBeVisible();
});

test("the caption that is picked is the approved one, and the one before it a draft again", async ({ accounts, compare, page, root }) => {
  const dataset = await spoken(root);
  const statuses = async () =>
    Object.fromEntries((await root.captions(dataset.images[SCENES[0]])).map(({ source, status }) => [source, status]));
  await accounts.signIn(root);
  await compare.open(dataset);
  await compare.cell(SCENES[0], 0).getByRole("button", { name: "Pick the caption of first" }).click();
  await expect(compare.cell(SCENES[0], 0)).toContainText("Approved");
  expect(await statuses()).toEqual({ first: "approved", second: "draft", third: "draft" });
  await compare.cell(SCENES[0], 1).getByRole("button", { name: "Pick the caption of second" }).click();
  await expect(compare.cell(SCENES[0], 1)).toContainText("Approved");
  await expect(compare.cell(SCENES[0], 0)).toContainText("Draft");
  await expect(compare.cell(SCENES[0], 1).getByRole("button", { name: "Picked" })).toBeDisabled();
  expect(await statuses()).toEqual({ first: "draft", second: "approved", third: "draft" });
});

test("cells are gone through by keys, picked and edited", async ({ accounts, compare, image, page, root }) => {
  const dataset = await spoken(root);
  await accounts.signIn(root);
  await compare.open(dataset);
  await page.keyboard.press("ArrowDown");
  await expect(compare.cell(SCENES[0], 0)).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await expect(compare.cell(SCENES[1], 1)).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowUp");
  await expect(compare.cell(SCENES[0], 0)).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(compare.cell(SCENES[0], 0), "there is nothing above it").toBeFocused();
  await page.keyboard.press("p");
  await expect(compare.cell(SCENES[0], 0)).toContainText("Approved");
  expect((await root.captions(dataset.images[SCENES[0]])).find(({ source }) => source === "first")?.status).toBe("approved");

  await expect(compare.cell(SCENES[0], 0), "the page was loaded anew, and one is where one was").toBeFocused();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("e");
  await image.ready();
  await image.expectName(SCENES[0]);
  await expect(image.card("second").getByRole("textbox")).toBeVisible();
});

test("keys go on where a caption was picked", async ({ accounts, compare, page, root }) => {
  const dataset = await spoken(root);
  await accounts.signIn(root);
  await compare.open(dataset);
  for (const key of ["ArrowDown", "ArrowDown", "p"]) {
    await page.keyboard.press(key);
  }
  await expect(compare.cell(SCENES[1], 0)).toContainText("Approved");
  await page.keyboard.press("ArrowRight");
  await expect(compare.cell(SCENES[1], 1)).toBeFocused();
});

test("more rows than fit on a page are a key away, and keep what was chosen", async ({ accounts, compare, page, root }) => {
  const dataset = await root.dataset("Rows");
  const names = Array.from({ length: 27 }, (_, number) => `p${String(number).padStart(2, "0")}.png`);
  for (const name of names) {
    dataset.images[name] = await root.add(dataset, SCENES[0], name);
  }
  for (const source of ["first", "second"]) {
    await root.model(dataset, source);
    await root.say(source, dataset.images[names[26]], `what ${source} says`);
  }
  await accounts.signIn(root);
  await compare.open(dataset, "?sort=name&reference=second");
  await expect(page.getByRole("rowheader")).toHaveCount(25);
  await page.keyboard.press("n");
  await expect(page.getByRole("rowheader")).toHaveCount(2);
  expect(await compare.sources()).toEqual(["second", "first"]);
  await expect(compare.cell(names[26], 1).getByRole("insertion")).toHaveText(/first/);
  // Who picks on a later page stays there.
  await compare.cell(names[26], 1).getByRole("button", { name: /^Pick/ }).click();
  await expect(compare.cell(names[26], 1)).toContainText("Approved");
  await page.getByRole("link", { name: "From the start" }).click();
  await expect(page.getByRole("rowheader")).toHaveCount(25);
});

test("a caption that somebody has changed meanwhile is not picked unseen", async ({ accounts, compare, page, root }) => {
  const dataset = await spoken(root);
  await accounts.signIn(root);
  await compare.open(dataset);
  const { id, version } = (await root.captions(dataset.images[SCENES[0]])).find(({ source }) => source === "first")!;
  await root.change(id, version, "a cow");
  await compare.cell(SCENES[0], 0).getByRole("button", { name: /^Pick/ }).click();
  await expect(page.getByText(/changed/i).first()).toBeVisible();
  expect((await root.captions(dataset.images[SCENES[0]])).find((caption) => caption.id === id)).toMatchObject({ status: "draft", text: "a cow" });
});

test("who only looks compares, and picks nothing", async ({ accounts, compare, page, root }) => {
  const dataset = await spoken(root);
  const viewer = await root.invite("viewer");
  await root.share(dataset, viewer, "viewer");
  await accounts.signIn(viewer);
  await compare.open(dataset);
  await expect(compare.cell(SCENES[0], 2)).toContainText(TEXTS.third);
  await expect(page.getByRole("button", { name: /^Pick/ })).toHaveCount(0);
  await expect(page.getByRole("link", { name: /^Edit/ })).toHaveCount(0);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("columns, pins and picks are links and forms", async ({ accounts, compare, page, root }) => {
    const dataset = await spoken(root);
    await accounts.signIn(root);
    await compare.open(dataset, "?sort=-name");
    await compare.pin("second");
    expect(await compare.sources()).toEqual(["second", "first", "third"]);
    await expect(compare.cell(SCENES[0], 1).getByRole("insertion")).toHaveText(/brown/);
    await page.getByRole("checkbox", { name: "third" }).uncheck();
    await page.getByRole("button", { name: "Show", exact: true }).click();
    expect(await compare.sources()).toEqual(["second", "first"]);
    await compare.cell(SCENES[0], 1).getByRole("button", { name: "Pick the caption of first" }).click();
    await expect(compare.cell(SCENES[0], 1)).toContainText("Approved");
    expect(await compare.sources(), "the choice stays").toEqual(["second", "first"]);
    await expect(page).toHaveURL(/sort=-name/);
  });
});
