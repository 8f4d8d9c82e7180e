import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import type { Dataset, Person } from "../pages/people";
import { expect, test } from "../pages/test";

const SCENES = ["scene-01.png", "scene-02.png", "scene-03.png"];

/** A dataset in which its owner has written a caption of each picture. */
async function written(root: Person): Promise<Dataset> {
  const dataset = await root.dataset("Edits", { pictures: SCENES });
  for (const [number, scene] of SCENES.entries()) {
    await root.write(dataset.images[scene], `a colour picture, number ${number}`);
  }
  return dataset;
}

test("captions of a selection are changed after a preview, and rolled back but for what came later", async ({ accounts, grid, page, root, work }) => {
  const dataset = await written(root);
  const other = await root.invite("ben");
  await root.share(dataset, other, "annotator");
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await grid.choose(SCENES[0]);
  await grid.choose(SCENES[2]);
  await grid.selection.getByRole("button", { name: "Edit", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Edit captions", level: 1 })).toBeVisible();
  await expect(page.getByRole("radio", { name: "The selection: 2 images" })).toBeChecked();
  await page.getByLabel("Change", { exact: true }).selectOption("Find and replace");
  await page.getByLabel("Find", { exact: true }).fill("colour");
  await page.getByLabel("Replace with").fill("color");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByText("2 of 2 captions would change.")).toBeVisible();
  const preview = page.getByRole("region", { name: "What would change" });
  await expect(preview.getByRole("deletion")).toHaveText(["colour", "colour"]);
  await expect(preview.getByRole("insertion")).toHaveText(["color", "color"]);
  await work.start("Change 2 captions");
  await work.waitFor("Done");
  const text = async (scene: string) => (await root.captions(dataset.images[scene]))[0].text;
  expect(await Promise.all(SCENES.map(text))).toEqual([
    "a color picture, number 0",
    "a colour picture, number 1",
    "a color picture, number 2",
  ]);

  const [latest] = await root.captions(dataset.images[SCENES[2]]);
  await other.change(latest.id, latest.version, "a monochrome picture");
  await page.getByRole("button", { name: "Roll it back" }).click();
  await page.waitForURL((url) => url.pathname.startsWith("/jobs/"));
  await expect(page.getByRole("heading", { name: "Roll a bulk edit back" })).toBeVisible();
  await work.waitFor("Done");
  await expect(page.getByText("1 caption as it was before")).toBeVisible();
  await expect(page.getByText("1 caption changed since, which stays so")).toBeVisible();
  expect(await text(SCENES[0])).toBe("a colour picture, number 0");
  expect(await text(SCENES[2])).toBe("a monochrome picture");
});

test("what can't be understood is said beside the form, which keeps what was written", async ({ accounts, page, root }) => {
  const dataset = await written(root);
  await accounts.signIn(root, `${dataset.address}/edit`);
  await page.getByLabel("Change", { exact: true }).selectOption("Replace by a regular expression");
  await page.getByLabel("Find", { exact: true }).fill("(open");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByRole("alert")).toContainText("unclosed group");
  await expect(page.getByLabel("Find", { exact: true })).toHaveValue("(open");
  await page.getByLabel("Find", { exact: true }).fill("(colour) (picture)");
  await page.getByLabel("Replace with").fill("$2 in $1");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByText("3 of 3 captions would change.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Change 3 captions" })).toBeVisible();
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the form and its preview can be read, and fit a narrow window", async ({ accounts, page, root }) => {
      const dataset = await written(root);
      await accounts.signIn(root, `${dataset.address}/edit`);
      await expectNoViolations(page);
      await page.getByLabel("Change", { exact: true }).selectOption("Put a text before");
      await page.getByLabel("Text", { exact: true }).fill("photo of ");
      await page.getByRole("button", { name: "Preview" }).click();
      await expect(page.getByRole("heading", { name: "What would change" })).toBeVisible();
      await expectNoViolations(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoHorizontalScroll(page);
    });
  });
}
