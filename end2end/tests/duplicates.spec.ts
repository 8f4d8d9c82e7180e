import { twins } from "../pages/duplicates-page";
import { expect, test } from "../pages/test";

const SAID = "a red dog beside a tall tree and a small house";

test("one caption is kept for pictures that look alike, seen first, and rolled back", async ({ accounts, duplicates, page, root }) => {
  const dataset = await twins(root);
  await root.write(dataset.images["again.png"], "a dog");
  await accounts.signIn(root, dataset.address);
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("link", { name: "Near-duplicates" }).click();
  await expect(duplicates.told).toHaveText("1 group of 2 images, of 4 images that were compared.");
  await expect(duplicates.groups).toHaveCount(1);
  const other = duplicates.figure("again.png");
  await expect(other.getByRole("deletion").first(), "what the first one says and this one doesn't").toHaveText("dog");
  await expect(other.getByRole("insertion").first()).toHaveText("cat");
  await expect(duplicates.figure("scene-02.png")).toHaveCount(0);

  await duplicates.keep("scene-01.png");
  await expect(page.getByText("1 caption would be new.")).toBeVisible();
  await expect(page.getByText("1 caption of yours would say something else.")).toBeVisible();
  expect((await root.captions(dataset.images["scene-01.png"])).map(({ source }) => source), "nothing is written yet").toEqual(["florence"]);
  await page.getByRole("button", { name: "Write 2 captions" }).click();
  await expect(page.getByRole("heading", { name: "Keep a caption for 2 images" })).toBeVisible();
  await expect(page.getByText("2 captions written")).toBeVisible();
  const own = async (name: string) => (await root.captions(dataset.images[name])).find(({ source }) => source === "root")?.text;
  expect([await own("scene-01.png"), await own("again.png")]).toEqual([SAID, SAID]);

  await page.getByRole("button", { name: "Roll it back" }).click();
  await expect(page.getByText("1 caption taken away, as there was none before")).toBeVisible();
  await expect(page.getByText("1 caption as it was before")).toBeVisible();
  expect([await own("scene-01.png"), await own("again.png")]).toEqual([undefined, "a dog"]);
});

test("a caption of one's own that changes after it was seen stays", async ({ accounts, duplicates, page, root }) => {
  const dataset = await twins(root);
  await root.write(dataset.images["again.png"], "a dog");
  await accounts.signIn(root);
  await duplicates.open(dataset);
  await duplicates.keep("scene-01.png");
  await root.write(dataset.images["again.png"], "a dog that sleeps", 1);
  await page.getByRole("button", { name: "Write 2 captions" }).click();
  await expect(page.getByText("Your caption of this image has changed since you saw it")).toBeVisible();
  const captions = await root.captions(dataset.images["again.png"]);
  expect(captions.find(({ source }) => source === "root")?.text).toBe("a dog that sleeps");
});

test("a group that is no duplicates goes, and comes back", async ({ accounts, duplicates, page, root }) => {
  const dataset = await twins(root);
  await accounts.signIn(root);
  await duplicates.open(dataset);
  await page.getByRole("button", { name: "These are not duplicates" }).click();
  await expect(page.getByRole("heading", { name: "No near-duplicates" })).toBeVisible();
  await page.getByRole("link", { name: "1 group dismissed" }).click();
  await expect(duplicates.groups).toHaveCount(1);
  await page.getByRole("button", { name: "Take back" }).click();
  await expect(page.getByRole("heading", { name: "Nothing dismissed" })).toBeVisible();
  await page.getByRole("link", { name: "Back to the groups" }).click();
  await expect(duplicates.groups).toHaveCount(1);
});

test("similar captions of different pictures are found, as near as is wanted", async ({ accounts, duplicates, page, root }) => {
  const dataset = await twins(root);
  await accounts.signIn(root);
  await duplicates.open(dataset);
  await page.getByRole("link", { name: "Similar captions" }).click();
  await expect(duplicates.told).toHaveText("1 group of 2 images, of 3 captions that were compared.");
  await expect(duplicates.figure("scene-02.png").getByRole("insertion")).toHaveText("boat");
  await page.getByLabel("Words that differ").selectOption("The same words");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/by=caption.*distance=0/);
  await expect(page.getByRole("heading", { name: "No similar captions" })).toBeVisible();
});

test("the filter of the search is the page's, and what is wrong is told on it", async ({ accounts, duplicates, page, root }) => {
  const dataset = await twins(root);
  await accounts.signIn(root);
  await duplicates.open(dataset, "?missing=florence");
  await expect(duplicates.told).toHaveText("0 groups of 0 images, of 1 image that were compared.");
  await expect(page.getByRole("main").getByText("Has none of")).toBeVisible();
  await duplicates.open(dataset, "?distance=99");
  await expect(page.getByRole("alert")).toContainText("distance");
});

test("who only looks sees the groups, and has no buttons", async ({ accounts, duplicates, page, root }) => {
  const dataset = await twins(root);
  const viewer = await root.invite("viewer");
  await root.share(dataset, viewer, "viewer");
  await accounts.signIn(viewer);
  await duplicates.open(dataset);
  await expect(duplicates.groups).toHaveCount(1);
  await expect(page.getByRole("main").getByRole("button", { name: /Keep|not duplicates/ })).toHaveCount(0);
});

test("captions stay text whatever is in them", async ({ accounts, duplicates, page, root }) => {
  const dataset = await root.dataset("Hostile", { pictures: ["scene-01.png"] });
  dataset.images["again.png"] = await root.add(dataset, "scene-01.png", "again.png");
  const hostile = "<img src=x onerror=alert(1)></p><script>alert(2)</script>";
  await root.write(dataset.images["scene-01.png"], hostile);
  await accounts.signIn(root);
  await duplicates.open(dataset);
  await expect(duplicates.figure("scene-01.png")).toContainText(hostile);
  await duplicates.keep("scene-01.png");
  await expect(page.getByText(hostile).first()).toBeVisible();
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("groups are worked off by forms", async ({ accounts, duplicates, page, root }) => {
    const dataset = await twins(root);
    await accounts.signIn(root);
    await duplicates.open(dataset);
    await page.getByLabel("First").selectOption("The closest");
    await page.getByRole("button", { name: "Show" }).click();
    await duplicates.keep("scene-01.png");
    await page.getByRole("button", { name: "Write 2 captions" }).click();
    await expect(page.getByRole("heading", { name: "Keep a caption for 2 images" })).toBeVisible();
    await duplicates.open(dataset);
    await page.getByRole("button", { name: "These are not duplicates" }).click();
    await expect(page.getByRole("heading", { name: "No near-duplicates" })).toBeVisible();
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [390, 1280]) {
    test.describe(`in ${colorScheme}, ${width} pixels wide`, () => {
      test.use({ colorScheme, viewport: { width, height: 844 } });

      test("nothing scrolls sideways", async ({ accounts, duplicates, page, root }, info) => {
        const dataset = await twins(root);
        await accounts.signIn(root);
        const look = async (name: string) => {
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(overflow, name).toBeLessThanOrEqual(0);
          await info.attach(name, { body: await page.screenshot({ fullPage: true }), contentType: "image/png" });
        };
        await duplicates.open(dataset);
        await expect(duplicates.groups).toHaveCount(1);
        await look("groups");
        await duplicates.keep("scene-01.png");
        await look("keep");
        await duplicates.open(dataset, "?by=caption&distance=20");
        await look("captions");
        await duplicates.open(dataset, "?distance=0&missing=florence");
        await look("empty");
      });
    });
  }
}
