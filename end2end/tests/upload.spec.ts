import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const [one, two] = [sample("scene-01.png"), sample("scene-02.png")];

test("dropped files are added, and each that fails says why", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Uploads");
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await grid.drop([one, two, { name: "broken.png", bytes: one.bytes.subarray(0, 900) }, { ...two, name: one.name }]);
  const uploads = page.getByRole("region", { name: /^3 files added|2 files added/ });
  await expect(uploads).toBeVisible();
  await expect(uploads).toContainText("2 failed");
  await expect(uploads.getByRole("listitem").filter({ hasText: "broken.png" })).toContainText(/cut off|corrupt/i);
  await expect(uploads.getByRole("listitem").filter({ hasText: one.name })).toContainText("has another picture of this name");
  await expect(grid.tiles).toHaveCount(2);
  await expect(page.getByText("2 images")).toBeVisible();
  await uploads.getByRole("button", { name: "Close" }).click();
  await expect(uploads).toHaveCount(0);
  await page.reload();
  await expect(grid.tiles).toHaveCount(2);
});

test("files are chosen as well", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Chooser");
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await page.getByLabel("Pictures to add").setInputFiles([one.path, two.path]);
  await expect(grid.tiles).toHaveCount(2);
});

test("only owners may add pictures", async ({ accounts, grid, page, root }) => {
  const reviewer = await root.invite("reviewer");
  const dataset = await root.dataset("Guarded", { pictures: [one.name] });
  await root.share(dataset, reviewer, "reviewer");
  await accounts.signIn(reviewer, dataset.address);
  await grid.ready();
  await expect(page.getByText("Add pictures")).toHaveCount(0);
  await grid.choose(one.name);
  await expect(grid.selection.getByRole("button", { name: "Delete" })).toHaveCount(0);
});
