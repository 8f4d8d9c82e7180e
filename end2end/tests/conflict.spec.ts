import type { Browser, Page } from "@playwright/test";
import { AccountPages } from "../pages/account-pages";
import { ImagePage } from "../pages/image-page";
import type { Dataset, Person } from "../pages/people";
import { OVERLOADED } from "../pages/captions";
import { expect, test } from "../pages/test";

const SCENE = "scene-01.png";

/** Somebody who writes in the dataset, in a browser of their own, on the picture's page. */
async function atThePicture(browser: Browser, root: Person, dataset: Dataset, name: string): Promise<ImagePage> {
  const person = await root.invite(name);
  await root.share(dataset, person, "annotator");
  const page: Page = await (await browser.newContext()).newPage();
  await new AccountPages(page).signIn(person, dataset.image(SCENE));
  const image = new ImagePage(page);
  await image.ready();
  return image;
}

/** Anna and Ben, who both have the same caption open to change it. */
async function both(browser: Browser, root: Person) {
  const dataset = await root.dataset("Conflict", { pictures: [SCENE] });
  await root.write(dataset.images[SCENE], "a dog");
  const [{ source }] = await root.captions(dataset.images[SCENE]);
  const [anna, ben] = [await atThePicture(browser, root, dataset, "anna"), await atThePicture(browser, root, dataset, "ben")];
  const [annas, bens] = [await anna.edit(source), await ben.edit(source)];
  const kept = async () => (await root.captions(dataset.images[SCENE]))[0].text;
  const close = () => Promise.all([anna, ben].map(({ page }) => page.context().close()));
  return { source, anna, annas, ben, bens, kept, close };
}

test("who saves second sees both texts, and keeps theirs", async ({ browser, root }) => {
  const { source, anna, annas, ben, bens, kept, close } = await both(browser, root);
  await annas.fill("a brown dog");
  await anna.card(source).getByRole("button", { name: "Save" }).click();
  await expect(anna.text(source)).toHaveText("a brown dog");
  await bens.fill("a dog on the left");
  await ben.card(source).getByRole("button", { name: "Save" }).click();
  // The fold closes when it is saved; in a conflict both texts must be seen.
  const conflict = ben.card(source).getByRole("alert");
  await expect(conflict).toContainText("a brown dog");
  await expect(bens).toBeVisible();
  await expect(bens).toHaveValue("a dog on the left");
  expect(await kept(), "nothing is overwritten before somebody decides").toBe("a brown dog");
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await expect(conflict).toHaveCount(0);
  await expect.poll(kept).toBe("a dog on the left");

  // What was written over is in the history, with who wrote it.
  await ben.card(source).getByText("History").click();
  const versions = ben.card(source).getByRole("list").getByRole("listitem");
  await expect(versions.filter({ hasText: "Version 2" })).toContainText("anna");
  await expect(versions.filter({ hasText: "Version 3" })).toContainText("ben");
  await close();
});

test("who pauses second sees both texts, and takes the other's", async ({ browser, root }) => {
  const { source, anna, annas, ben, bens, kept, close } = await both(browser, root);
  // Neither presses a button: what is written is saved in a pause.
  await annas.fill("a brown dog");
  await expect.poll(kept).toBe("a brown dog");
  await bens.fill("a black dog");
  const conflict = ben.card(source).getByRole("alert");
  await expect(conflict).toContainText("a brown dog");
  await expect(ben.card(source).getByText("Not saved: somebody else changed it")).toBeVisible();
  await conflict.getByRole("button", { name: "Take theirs" }).click();
  await expect(bens).toHaveValue("a brown dog");
  await expect(ben.text(source)).toHaveText("a brown dog");
  expect(await kept()).toBe("a brown dog");

  // From there on Ben is up to date, and Anna is not.
  await bens.fill("a brown dog, barking");
  await expect.poll(kept).toBe("a brown dog, barking");
  await annas.fill("a brown dog, sleeping");
  await expect(anna.card(source).getByRole("alert")).toContainText("a brown dog, barking");
  await close();
});

test("the same correction by two people is no conflict", async ({ browser, root }) => {
  const { source, annas, ben, bens, kept, close } = await both(browser, root);
  await annas.fill("a brown dog");
  await expect.poll(kept).toBe("a brown dog");
  await bens.fill("a brown dog");
  await expect(ben.text(source)).toHaveText("a brown dog");
  await expect(ben.card(source).getByRole("alert")).toHaveCount(0);
  await close();
});

test("who leaves in the middle of a sentence keeps it", async ({ accounts, image, page, root }) => {
  const scenes = [SCENE, "scene-02.png"];
  const dataset = await root.dataset("Leaving", { pictures: scenes });
  await root.write(dataset.images[SCENE], "a dog");
  const kept = async () => (await root.captions(dataset.images[SCENE]))[0].text;
  await accounts.signIn(root, dataset.image(SCENE));
  await image.ready();
  await (await image.edit("root")).fill("a dog ru");
  await page.getByRole("link", { name: "Picture after" }).click();
  await image.expectName(scenes[1]);
  await expect.poll(kept).toBe("a dog ru");
  await page.getByRole("link", { name: "Picture before" }).click();
  await image.expectName(SCENE);
  await (await image.edit("root")).fill("a dog runs");
  await page.goto("/");
  await expect.poll(kept, "the browser sends it after the page is gone").toBe("a dog runs");
});

test("what could not be saved is told, stays where it was written, and is saved later", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("Away", { pictures: [SCENE] });
  await root.write(dataset.images[SCENE], "a dog");
  await accounts.signIn(root, dataset.image(SCENE));
  await image.ready();
  const field = await image.edit("root");
  await page.route("**/api/v1/captions/*", (route) =>
    route.fulfill({ status: 503, headers: { "content-type": "application/problem+json" }, body: JSON.stringify(OVERLOADED) }),
  );
  await field.fill("a brown dog");
  await expect(image.card("root").getByText(/^Not saved: Every place in the queue is taken/)).toBeVisible();
  await expect(field).toHaveValue("a brown dog");
  expect((await root.captions(dataset.images[SCENE]))[0].text).toBe("a dog");
  await page.unroute("**/api/v1/captions/*");
  await field.press("Control+Enter");
  await expect(image.text("root")).toHaveText("a brown dog");
  expect((await root.captions(dataset.images[SCENE]))[0].text).toBe("a brown dog");
});

test("who is signed out elsewhere while they write loses nothing", async ({ accounts, context, image, root }) => {
  const dataset = await root.dataset("Expired", { pictures: [SCENE], isPublic: true });
  await root.write(dataset.images[SCENE], "a dog");
  await accounts.signIn(root, dataset.image(SCENE));
  await image.ready();
  const field = await image.edit("root");
  await context.clearCookies();
  await field.fill("a brown dog");
  await expect(image.card("root").getByText(/^Not saved: /)).toBeVisible();
  await expect(field).toHaveValue("a brown dog");
  expect((await root.captions(dataset.images[SCENE]))[0].text).toBe("a dog");
});
