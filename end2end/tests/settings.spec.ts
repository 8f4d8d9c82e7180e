import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import { expect, test } from "../pages/test";

test("an owner changes what a dataset is", async ({ accounts, grid, page, root, settings }) => {
  const owner = await root.invite("owner");
  const dataset = await owner.dataset("Old", { pictures: ["scene-01.png"] });
  await accounts.signIn(owner, dataset.address);
  await grid.page.getByRole("main").getByRole("link", { name: "Settings" }).click();
  await expect(page).toHaveURL(`${dataset.address}/settings`);
  await settings.name.fill("New <i>name</i>");
  await page.getByLabel("What it is about").fill("It ends a field: </textarea><b>");
  await page.getByLabel("Everybody may look at it").check();
  await settings.save.click();
  await expect(settings.notice).toHaveText("The changes are saved.");
  await expect(page.getByRole("heading", { name: "Settings of New <i>name</i>" })).toBeVisible();
  await expect(page.getByLabel("What it is about")).toHaveValue("It ends a field: </textarea><b>");
  await accounts.signOut();
  await page.goto(dataset.address);
  await expect(page).toHaveTitle(/New <i>name<\/i>/);
});

test("what members see follows their role", async ({ accounts, page, root, settings }) => {
  const [owner, anna] = [await root.invite("owner"), await root.invite("anna")];
  const dataset = await owner.dataset("Shared", { pictures: ["scene-01.png"] });
  await accounts.signIn(owner);
  await settings.open(dataset);
  await expect(settings.member(owner.name)).toContainText("The only owner stays");
  await settings.addMember("nobody-at-all", "viewer");
  await expect(settings.problem).toContainText("nobody with an account here is called so");
  await expect(page.getByLabel("Their name here")).toHaveValue("nobody-at-all");
  await settings.addMember(anna.name, "viewer");
  await expect(settings.notice).toHaveText("They are a member now.");
  await accounts.signOut();

  await accounts.signIn(anna, dataset.image("scene-01.png"));
  await expect(page.getByRole("main").getByRole("img").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Save your caption" })).toHaveCount(0);
  await settings.open(dataset);
  await expect(settings.member(owner.name)).toBeVisible();
  await expect(settings.save).toHaveCount(0);
  await expect(page.getByRole("main").getByRole("button")).toHaveCount(0);
  await accounts.signOut();

  await accounts.signIn(owner);
  await settings.open(dataset);
  await settings.setRole(anna.name, "annotator");
  await expect(settings.notice).toHaveText("The role is changed.");
  await accounts.signOut();
  await accounts.signIn(anna, dataset.image("scene-01.png"));
  await expect(page.getByRole("button", { name: "Save your caption" })).toBeVisible();
  await accounts.signOut();

  await accounts.signIn(owner);
  await settings.open(dataset);
  await settings.removeMember(anna.name);
  await expect(settings.notice).toHaveText("They are no member any more.");
  await accounts.signOut();
  await accounts.signIn(anna);
  expect((await page.goto(`${dataset.address}/settings`))?.status()).toBe(404);
});

test("sources are renamed and deleted, and the dataset at last", async ({ accounts, page, root, settings }) => {
  const owner = await root.invite("owner");
  const dataset = await owner.dataset("Ending", { pictures: ["scene-01.png"] });
  await owner.write(dataset.images["scene-01.png"], "a dog");
  const [{ source }] = await owner.captions(dataset.images["scene-01.png"]);
  await accounts.signIn(owner);
  await settings.open(dataset);
  await expect(settings.source(source)).toContainText("1 caption by you");
  await settings.renameSource(source, "first-try");
  await expect(settings.notice).toHaveText("The source has its new name.");
  await settings.deleteSource("first-try", "first");
  await expect(settings.problem).toContainText("give its name once more");
  await settings.deleteSource("first-try", "first-try");
  await expect(settings.notice).toHaveText("The source is deleted.");
  await expect(page.getByText("Nobody has written a caption yet.")).toBeVisible();
  await settings.deleteDataset("ending");
  await expect(settings.problem).toContainText("write its short name");
  await settings.deleteDataset(dataset.slug);
  await expect(page).toHaveURL("/");
  expect((await page.goto(dataset.address))?.status()).toBe(404);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("members and the dataset are changed by forms", async ({ accounts, page, root, settings }) => {
    const [owner, anna] = [await root.invite("owner"), await root.invite("anna")];
    const dataset = await owner.dataset("Plain");
    await accounts.signIn(owner);
    await settings.open(dataset);
    await settings.addMember(anna.name, "reviewer");
    await settings.setRole(anna.name, "owner");
    await expect(settings.notice).toHaveText("The role is changed.");
    await settings.removeMember(owner.name);
    await expect(page).toHaveURL("/");
    await accounts.signOut();
    await accounts.signIn(anna);
    await settings.open(dataset);
    await settings.deleteDataset(dataset.slug);
    await expect(page).toHaveURL("/");
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("settings can be read, and fit a narrow window", async ({ accounts, page, root, settings }) => {
      const [owner, anna] = [await root.invite("owner"), await root.invite("anna")];
      const dataset = await owner.dataset("Readable", { pictures: ["scene-01.png"], isPublic: true });
      await owner.write(dataset.images["scene-01.png"], "a dog");
      await owner.share(dataset, anna, "annotator");
      const [{ source }] = await owner.captions(dataset.images["scene-01.png"]);
      await settings.open(dataset);
      await expectNoViolations(page);
      await accounts.signIn(owner);
      await settings.open(dataset);
      await page.getByLabel(`Remove ${anna.name}`).click();
      await page.getByLabel(`Rename ${source}`).click();
      // The bar lies over what was scrolled below it.
      const toTop = () => page.evaluate(() => window.scrollTo(0, 0));
      await toTop();
      await expectNoViolations(page);
      await settings.deleteDataset("other");
      await expect(settings.problem).toBeVisible();
      await page.setViewportSize({ width: 360, height: 740 });
      await toTop();
      await expectNoViolations(page);
      await expectNoHorizontalScroll(page);
    });
  });
}
