import { expectNoViolations } from "../pages/accessible";
import type { Dataset, Person } from "../pages/people";
import { expect, test } from "../pages/test";

const SCENES = Array.from({ length: 6 }, (_, number) => `scene-${String(number + 1).padStart(2, "0")}.png`);

/** Pictures of which two have captions that the search index knows, and what the author is called as a source. */
async function indexed(root: Person): Promise<{ dataset: Dataset; source: string }> {
  const dataset = await root.dataset("Found", { pictures: SCENES });
  await root.write(dataset.images[SCENES[0]], "a dog");
  await root.write(dataset.images[SCENES[1]], "a small dog beside a tree and a house");
  const [{ source }] = await root.captions(dataset.images[SCENES[0]]);
  await expect.poll(() => root.found(dataset, "dog"), { message: "the index follows" }).toBe(2);
  return { dataset, source };
}

test("the search box suggests what can be named, by keys and by pointer", async ({ accounts, grid, page, root }) => {
  const { dataset, source } = await indexed(root);
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await page.keyboard.press("/");
  const search = page.getByRole("combobox", { name: /Search/ });
  await expect(search).toBeFocused();
  const options = page.getByRole("listbox", { name: "Suggestions" }).getByRole("option");
  await search.pressSequentially("stat");
  await expect(options.first()).toContainText("status:");
  await expectNoViolations(page);
  await page.keyboard.press("ArrowDown");
  await expect(options.first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect(search).toHaveValue("status:");
  await options.filter({ hasText: "status:draft" }).click();
  await expect(search).toHaveValue("status:draft ");
  await search.pressSequentially(`has:${source.slice(0, 2)}`);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await expect(search).toHaveValue(`status:draft has:${source} `);
  await expect(options).toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=status%3Adraft%20has/);
  await expect(grid.tiles).toHaveCount(2);
});

test("the search box suggests on each page of a dataset, and finds from there", async ({ accounts, grid, page, root }) => {
  const { dataset } = await indexed(root);
  await accounts.signIn(root);
  for (const end of ["/compare", "/arena", "/board", "/settings", "/export", "/caption", "/import"]) {
    await page.goto(dataset.address + end);
    await page.waitForLoadState("networkidle");
    const search = page.getByRole("combobox", { name: /Search/ });
    await search.pressSequentially("stat");
    await expect(page.getByRole("option").first(), end).toContainText("status:");
  }
  await page.getByRole("combobox", { name: /Search/ }).fill("dog");
  await page.keyboard.press("Enter");
  await grid.ready();
  await expect(page).toHaveURL(/q=dog/);
  await expect(grid.tiles).toHaveCount(2);
});

test("facets count, filter and become chips that take them away", async ({ accounts, grid, page, root }) => {
  const { dataset } = await indexed(root);
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  const facet = (title: string) => grid.filters.getByRole("group").filter({ hasText: title });
  await facet("Words in the caption").getByText("Words in the caption").click();
  await expect(facet("Words in the caption").getByRole("listitem").filter({ hasText: "5–9" })).toContainText("1");
  await facet("Words in the caption").getByRole("link", { name: "5–9" }).click();
  await expect(grid.tiles).toHaveCount(1);
  await expect(page.getByText("1 image", { exact: true })).toBeVisible();
  const chips = page.getByRole("list", { name: "Active filters" });
  await chips.getByRole("link", { name: "Remove the filter words:5..9" }).click();
  await expect(grid.tiles).toHaveCount(SCENES.length);
  await expect(chips).toHaveCount(0);

  await page.getByRole("combobox", { name: /Search/ }).fill("dog OR cat");
  await page.keyboard.press("Enter");
  await expect(grid.tiles).toHaveCount(2);
  await facet("Words in the caption").getByRole("link", { name: "1–4" }).click();
  await expect(page).toHaveURL(/q=%28dog%20OR%20cat%29%20words/);
  await expect(grid.tiles).toHaveCount(1);
  await page.goBack();
  await expect(grid.tiles).toHaveCount(2);
  await expect(page.getByRole("combobox", { name: /Search/ })).toHaveValue("dog OR cat");
});

test("a query that can't be understood says where", async ({ accounts, grid, page, root }) => {
  const { dataset } = await indexed(root);
  await accounts.signIn(root, `${dataset.address}?q=dog%20status:good`);
  await grid.ready();
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("draft, submitted, approved");
  await expect(alert.locator("mark")).toHaveText("good");
});

test("pictures are sorted by what the index knows, with numbered pages as well", async ({ accounts, grid, page, root }) => {
  const { dataset } = await indexed(root);
  await accounts.signIn(root, `${dataset.address}?bare=true`);
  await grid.ready();
  await page.getByText("As added").first().click();
  await page.getByRole("link", { name: "Longest caption" }).click();
  await expect(page).toHaveURL(/sort=-length/);
  await expect.poll(async () => (await grid.names())[0]).toBe(SCENES[1]);
  await page.goto(`${dataset.address}?sort=-name&page_size=4&bare=true`);
  await grid.ready();
  expect(await grid.names()).toEqual(SCENES.toReversed().slice(0, 4));
  await page.getByRole("link", { name: "Page 2" }).click();
  await grid.ready();
  expect(await grid.names()).toEqual(SCENES.toReversed().slice(4));
});

test("a view is saved, shared with others, and deleted", async ({ accounts, browser, grid, page, root }) => {
  const { dataset } = await indexed(root);
  const ben = await root.invite("ben");
  await root.share(dataset, ben, "viewer");
  await accounts.signIn(root, `${dataset.address}?q=dog&sort=-name`);
  await grid.ready();
  await grid.filters.getByText("Save this view").click();
  await grid.filters.getByLabel("Name").fill("Dogs <i>first</i>");
  await grid.filters.getByLabel("Share it with everybody here").check();
  await grid.filters.getByRole("button", { name: "Save the view" }).click();
  await expect(page).toHaveURL(/q=dog&sort=-name/);

  // Somebody else, without scripts.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const other = await context.newPage();
  await other.goto(`/sign-in?next=${encodeURIComponent(dataset.address)}`);
  await other.getByLabel("Name").fill(ben.name);
  await other.getByLabel("Password").fill("correct horse battery");
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByRole("link", { name: "Dogs <i>first</i>" }).click();
  await expect(other.getByRole("list", { name: "Pictures" }).getByRole("img")).toHaveCount(2);
  await expect(other.getByRole("button", { name: "Delete the view" })).toHaveCount(0);
  await context.close();

  await grid.ready();
  await grid.filters.getByRole("button", { name: "Delete the view Dogs <i>first</i>" }).click();
  await expect(grid.filters.getByRole("link", { name: "Dogs <i>first</i>" })).toHaveCount(0);
});

test("a task is run from a picture's page, and what it says is kept", async ({ accounts, image, page, root }) => {
  const { dataset } = await indexed(root);
  await accounts.signIn(root, dataset.image(SCENES[3]));
  await image.ready();
  await expect(image.cards).toHaveCount(0);
  await page.keyboard.press("r");
  await expect(page.getByLabel("Task", { exact: true })).toBeFocused();
  await page.getByLabel("Task", { exact: true }).selectOption("<OD>");
  await expect(page.getByLabel("What the task asks about")).toBeHidden();
  await page.getByRole("button", { name: "Run the task" }).click();
  await expect(image.cards).toHaveCount(1);
  await expect(image.boxes.first()).toBeVisible();
  await expect(page.getByText("The caption is kept")).toBeVisible();
  expect(await root.captions(dataset.images[SCENES[3]])).toHaveLength(1);
  await expectNoViolations(page);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("facets, orders and tasks are links and forms", async ({ accounts, grid, image, page, root }) => {
    const { dataset } = await indexed(root);
    await accounts.signIn(root, `${dataset.address}?sort=-length&bare=true`);
    expect((await grid.names())[0]).toBe(SCENES[1]);
    await grid.filters.getByText("Shape and text").click();
    await grid.filters.getByRole("link", { name: "No words" }).click();
    await expect(grid.tiles.getByRole("img")).toHaveCount(SCENES.length - 2);
    await page.goto(dataset.image(SCENES[4]));
    await page.locator("summary").filter({ hasText: "Run a task" }).click();
    await page.getByLabel("Task", { exact: true }).selectOption("<CAPTION_TO_PHRASE_GROUNDING>");
    await page.getByRole("button", { name: "Run the task" }).click();
    await expect(page.getByRole("alert")).toContainText("text");
    await page.getByLabel("Task", { exact: true }).selectOption("<CAPTION>");
    await page.getByRole("button", { name: "Run the task" }).click();
    await expect(image.cards).toHaveCount(1);
  });
});
