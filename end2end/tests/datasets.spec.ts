import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import { expect, test } from "../pages/test";

test("a dataset is made, and stands among the others with what is in it", async ({ accounts, datasets, grid, page, root }) => {
  const anna = await root.invite("anna");
  await accounts.signIn(anna);
  const slug = `street-scenes-${Date.now()}`;
  await datasets.make(`Street scenes ${slug}`, { slug, about: "What <b>streets</b> look like" });
  await expect(page).toHaveURL(`/datasets/${slug}`);
  await expect(page.getByRole("heading", { name: "No pictures yet" })).toBeVisible();
  await grid.ready();
  await datasets.open();
  const card = datasets.card(slug);
  await expect(card).toContainText("0 images · 0 captions");
  await expect(card).toContainText("Private");
  await expect(card).toContainText("You are owner");
  await expect(card).toContainText("What <b>streets</b> look like");
});

test("a short name is made of the name, and is told when it is taken", async ({ accounts, datasets, page, root }) => {
  const anna = await root.invite("anna");
  await accounts.signIn(anna);
  const name = `Birds of ${Date.now()}`;
  await datasets.make(name);
  await expect(page).toHaveURL(`/datasets/${name.toLowerCase().replaceAll(" ", "-")}`);
  await datasets.open();
  await datasets.make(name, { about: "again" });
  await expect(page.getByRole("alert")).toContainText("Another dataset has this slug");
  await expect(page.getByLabel("What it is about")).toHaveValue("again");
  await expectNoViolations(page);
});

test("what is public is there for everybody, with its first pictures", async ({ datasets, page, root }) => {
  const pictures = ["scene-01.png", "scene-02.png", "scene-03.png"];
  const dataset = await root.dataset("Open", { pictures, isPublic: true });
  await datasets.open();
  const card = datasets.card(dataset.name);
  await expect(card).toContainText("3 images");
  await expect(card.locator("img")).toHaveCount(3);
  await expect(page.getByText("New dataset")).toHaveCount(0);
  await datasets.openDataset(dataset.name);
  await expect(page).toHaveURL(dataset.address);
});

test("links from when the playground was here lead to it", async ({ page }) => {
  await page.goto("/?task=od&num_beams=2");
  await expect(page).toHaveURL("/playground?task=od&num_beams=2");
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the list can be read, and fits a narrow window", async ({ accounts, datasets, page, root }) => {
      await root.dataset("Readable", { pictures: ["scene-01.png"], isPublic: true });
      await datasets.open();
      await expectNoViolations(page);
      await accounts.signIn(root);
      await accounts.menu.click();
      await expectNoViolations(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoHorizontalScroll(page);
    });
  });
}
