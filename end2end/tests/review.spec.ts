import type { Browser, Page } from "@playwright/test";
import { AccountPages } from "../pages/account-pages";
import type { Person } from "../pages/people";
import { ReviewPage, submitted } from "../pages/review-page";
import { expect, test } from "../pages/test";

const SCENES = ["scene-01.png", "scene-02.png", "scene-03.png", "scene-04.png", "scene-05.png", "scene-06.png"];

/** Somebody else, at a browser of their own. */
async function elsewhere(browser: Browser, person: Person): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await new AccountPages(page).signIn(person);
  return page;
}

test("two people review side by side by keys, and never the same picture", async ({ accounts, browser, page, review, root }) => {
  const { dataset, people: [anna, ben] } = await submitted(root, SCENES, ["anna", "ben"]);
  await accounts.signIn(anna);
  const other = new ReviewPage(await elsewhere(browser, ben));
  await review.open(dataset);
  await other.open(dataset);
  const desks = [review, other];
  const decided: string[] = [];
  for (let turn = 0; turn < SCENES.length; turn += 1) {
    const names = [await review.name(), await other.name()];
    expect(names[0] === "" || names[0] !== names[1], names.join(" and ")).toBe(true);
    // Whoever's turn it is, or whoever has something left.
    const at = names[turn % 2] ? turn % 2 : (turn + 1) % 2;
    decided.push(names[at]);
    await desks[at].press("a");
  }
  expect([...decided].sort(), "each once").toEqual(SCENES);
  for (const desk of desks) {
    await desk.open(dataset);
    await expect(desk.page.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
  }
  for (const image of Object.values(dataset.images)) {
    expect((await root.captions(image)).map(({ status }) => status)).toEqual(["approved"]);
  }
  await page.getByRole("link", { name: "See the progress" }).click();
  await expect(page.getByText("6 of 6 submitted captions decided: 100 %")).toBeVisible();
  const counts = Object.fromEntries((await review.people()).map(([name, today, all]) => [name, [today, all]]));
  expect(counts).toEqual({ [anna.name]: ["3", "3"], [ben.name]: ["3", "3"], root: ["0", "0"] });
  await other.page.context().close();
});

test("a rejection says why, and whoever wrote the caption reads that", async ({ accounts, browser, image, page, review, root }) => {
  const { dataset, annotator, people: [anna] } = await submitted(root, SCENES.slice(0, 2), ["anna"]);
  await accounts.signIn(anna);
  await review.open(dataset);
  await review.listens();
  await page.keyboard.press("x");
  await expect(review.reason).toBeFocused();
  await page.keyboard.type("There is no aardvark <b>here</b>.");
  await page.keyboard.press("Enter");
  await expect(review.last).toHaveText(`${annotator.name} of ${SCENES[0]}: You rejected it: There is no aardvark <b>here</b>.`);
  await expect(review.picture).toHaveAttribute("alt", SCENES[1]);

  const theirs = await elsewhere(browser, annotator);
  await theirs.goto(`${dataset.address}?status=rejected`);
  await theirs.goto(dataset.image(SCENES[0]));
  await expect(theirs.getByText("There is no aardvark <b>here</b>.")).toBeVisible();
  const [{ id, version }] = await root.captions(dataset.images[SCENES[0]]);
  await annotator.change(id, version, "no aardvark at all");
  await theirs.reload();
  await expect(theirs.getByText("There is no aardvark")).toHaveCount(0);
  await theirs.getByText("History", { exact: true }).click();
  await expect(theirs.getByText("There is no aardvark <b>here</b>.")).toBeVisible();
  await theirs.context().close();

  // On a picture's own page one says why as well.
  await page.goto(dataset.image(SCENES[1]));
  await image.ready();
  await image.card(annotator.name.toLowerCase()).getByText("Reject", { exact: false }).first().click();
  await image.cards.getByRole("textbox", { name: "Why?" }).fill("too short");
  await page.getByRole("button", { name: "Reject it" }).click();
  await expect(image.cards.getByText("too short")).toBeVisible();
  await page.keyboard.press("u");
  await expect(image.cards.getByText("too short")).toHaveCount(0);
  await expect(image.cards.getByText("Submitted")).toBeVisible();
});

test("one goes back to what one decided, and takes it back", async ({ accounts, page, review, root }) => {
  const { dataset, annotator, people: [anna] } = await submitted(root, SCENES.slice(0, 3), ["anna"]);
  await accounts.signIn(anna);
  await review.open(dataset);
  await review.press("a");
  await expect(review.last).toHaveText(`${annotator.name} of ${SCENES[0]}: You approved it.`);
  await review.listens();
  await page.keyboard.press("x");
  await review.reason.fill("blurred");
  await review.reason.press("Enter");
  await expect(review.picture).toHaveAttribute("alt", SCENES[2]);
  await review.press("k");
  await expect(page.getByText("You rejected it: blurred")).toBeVisible();
  await review.press("ArrowLeft");
  await expect(page.getByText("You approved it.")).toBeVisible();
  await expect(review.picture).toHaveAttribute("alt", SCENES[0]);
  await expect(page.getByRole("button", { name: "Approve" })).toHaveCount(0);
  await review.press("j");
  await expect(review.picture).toHaveAttribute("alt", SCENES[1]);
  await review.press("u");
  // It waits again, for whoever took it back.
  await expect(review.picture).toHaveAttribute("alt", SCENES[1]);
  await expect(review.cards.getByText("Submitted")).toBeVisible();
  await expect(page.getByText("2 waiting · 1 decided by you today")).toBeVisible();
  await review.press("a");
  await review.press("a");
  await expect(page.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
  await review.press("u");
  await expect(review.picture).toHaveAttribute("alt", SCENES[2]);
});

test("a caption is mended and approved in one go", async ({ accounts, page, review, root }) => {
  const { dataset, people: [anna] } = await submitted(root, SCENES.slice(0, 1), ["anna"]);
  await accounts.signIn(anna);
  await review.open(dataset);
  await review.listens();
  await page.keyboard.press("e");
  const field = page.getByRole("textbox", { name: /^Caption of/ });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue(`what is on ${SCENES[0]}`);
  const [{ id, version }] = await root.captions(dataset.images[SCENES[0]]);
  await root.change(id, version, "somebody was quicker");
  await root.setStatus(id, version + 1, "submitted");
  await field.fill("a better\nword");
  await page.getByRole("button", { name: "Save and approve" }).click();
  // Nothing is lost, and both stand there.
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(review.cards.getByText("somebody was quicker")).toBeVisible();
  await expect(field).toHaveValue("a better\nword");
  await page.getByRole("button", { name: "Save and approve" }).click();
  await expect(review.last).toBeVisible();
  expect(await root.captions(dataset.images[SCENES[0]])).toMatchObject([{ text: "a better\nword", status: "approved" }]);
});

test("what is skipped comes back when it is asked for, and what is left is free at once", async ({ accounts, browser, page, review, root }) => {
  const { dataset, people: [anna, ben] } = await submitted(root, SCENES.slice(0, 2), ["anna", "ben"]);
  await accounts.signIn(anna);
  await review.open(dataset);
  await review.press("s");
  await expect(review.picture).toHaveAttribute("alt", SCENES[1]);
  await review.press("ArrowRight");
  await expect(page.getByText("Only what you skipped is left for you: 2 images.")).toBeVisible();
  await page.getByRole("button", { name: "Show them again" }).click();
  await expect(review.picture).toHaveAttribute("alt", SCENES[0]);
  await review.listens();
  await page.getByRole("link", { name: `Back to ${dataset.name}` }).click();
  await expect(page).toHaveURL(dataset.address);
  const other = new ReviewPage(await elsewhere(browser, ben));
  await expect(async () => {
    await other.open(dataset);
    expect(await other.name()).toBe(SCENES[0]);
  }).toPass();
  await other.page.context().close();
});

test("an owner assigns pictures, which come first and to nobody else", async ({ accounts, browser, grid, page, review, root }) => {
  const { dataset, people: [anna] } = await submitted(root, SCENES.slice(0, 3), ["anna"]);
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await grid.choose(SCENES[2]);
  await grid.selection.getByRole("button", { name: "Assign" }).click();
  await expect(page.getByRole("radio", { name: "The selection: 1 image" })).toBeChecked();
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("to: name 1 to 100 people");
  await page.getByRole("checkbox", { name: anna.name }).check();
  await page.getByRole("button", { name: "Assign", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "1 image assigned." })).toBeVisible();
  expect((await review.people()).find(([name]) => name === anna.name)?.at(-1)).toBe("1");

  const theirs = new ReviewPage(await elsewhere(browser, anna));
  await theirs.open(dataset);
  await expect(theirs.picture).toHaveAttribute("alt", SCENES[2]);
  await expect(theirs.page.getByText("Assigned to you")).toBeVisible();
  await theirs.page.goto(`${dataset.address}/review/assign`);
  await expect(theirs.page.getByRole("checkbox", { name: "root" }), "others' work is the owner's to give").toHaveCount(0);
  await theirs.page.context().close();

  await page.getByRole("button", { name: `Take back ${SCENES[2]}` }).click();
  await expect(page.getByRole("status").filter({ hasText: "1 assignment taken back." })).toBeVisible();
  await expect(page.getByText("Nothing is assigned.")).toBeVisible();
});

test("the menu leads reviewers there with the filter, and nobody else", async ({ accounts, page, review, root }) => {
  const { dataset, annotator, people: [anna] } = await submitted(root, SCENES.slice(0, 3), ["anna"]);
  await expect.poll(() => root.found(dataset, '"scene-02.png"'), { message: "the index follows" }).toBe(1);
  await accounts.signIn(anna, `${dataset.address}?q=${encodeURIComponent('"scene-02.png"')}`);
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("link", { name: "Review", exact: true }).click();
  await expect(review.picture).toHaveAttribute("alt", SCENES[1]);
  await review.press("a");
  await expect(page.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
  await page.getByRole("link", { name: "Review all images" }).click();
  await expect(review.picture).toHaveAttribute("alt", SCENES[0]);

  await page.context().clearCookies();
  await accounts.signIn(annotator, dataset.address);
  await page.getByText("More", { exact: true }).click();
  await expect(page.getByRole("link", { name: "Compare blind" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Review", exact: true })).toHaveCount(0);
  expect((await page.goto(`${dataset.address}/review`))?.status()).toBe(403);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("everything is a form or a link", async ({ accounts, page, review, root }) => {
    const { dataset, annotator, people: [anna] } = await submitted(root, SCENES.slice(0, 3), ["anna"]);
    await accounts.signIn(anna, `${dataset.address}/review`);
    await review.cards.getByText("Reject").first().click();
    await review.reason.fill("blurred");
    await page.getByRole("button", { name: "Reject it" }).click();
    await expect(review.last).toHaveText(`${annotator.name} of ${SCENES[0]}: You rejected it: blurred`);
    await page.getByRole("button", { name: "Take it back" }).click();
    await expect(review.picture).toHaveAttribute("alt", SCENES[0]);
    await page.getByRole("button", { name: "Skip" }).click();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("link", { name: "Previous" }).click();
    await expect(page.getByText("You approved it.")).toBeVisible();
    await page.getByRole("link", { name: "Back to the queue" }).click();
    await expect(review.picture).toHaveAttribute("alt", SCENES[2]);
    await page.goto(`${dataset.address}/review/assign`);
    await page.getByLabel("At most").fill("1");
    await page.getByRole("button", { name: "Take them" }).click();
    await expect(page.getByRole("status").filter({ hasText: "1 image assigned." })).toBeVisible();
    await page.getByRole("button", { name: "Take back" }).click();
    await expect(page.getByText("Nothing is assigned.")).toBeVisible();
  });
});
