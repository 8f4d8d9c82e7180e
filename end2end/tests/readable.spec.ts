import { expectNoViolations } from "../pages/accessible";
import { twoSources } from "../pages/arena-page";
import { twins } from "../pages/duplicates-page";
import { photograph } from "../pages/exif";
import { generatedDataset } from "../pages/generated";
import { measuredDataset } from "../pages/metrics-page";
import type { Dataset, Person } from "../pages/people";
import { submitted } from "../pages/review-page";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const SCENES = Array.from({ length: 6 }, (_, number) => `scene-${String(number + 1).padStart(2, "0")}.png`);

/** Pictures of which two have captions in different states. */
async function reviewed(root: Person): Promise<Dataset> {
  const dataset = await root.dataset("Readable", { pictures: SCENES });
  await root.write(dataset.images[SCENES[0]], "a dog");
  await root.write(dataset.images[SCENES[1]], "a small dog beside a tree and a house");
  await expect.poll(() => root.found(dataset, "dog"), { message: "the index follows" }).toBe(2);
  return dataset;
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("links for one time, and pages that say why there is none", async ({ accounts, arena, context, page, root }) => {
      const anna = await root.invite("anna");
      await page.goto(`/reset?token=${await root.passwordReset(anna)}`);
      await expect(page.getByLabel("New password")).toBeVisible();
      await expectNoViolations(page);
      await page.goto(`/sign-up?token=${await root.invitation()}`);
      await expect(page.getByRole("button", { name: "Make the account" })).toBeVisible();
      await expectNoViolations(page);
      expect((await page.goto(`/sign-up?token=${"a".repeat(43)}`))?.status()).toBe(410);
      await expectNoViolations(page);
      expect((await page.goto("/nothing/here"))?.status()).toBe(404);
      await expectNoViolations(page);
      const dataset = await twoSources(root, SCENES.slice(0, 1));
      await root.share(dataset, anna, "viewer");
      await accounts.signIn(anna);
      expect((await page.goto(`${dataset.address}/arena`))?.status()).toBe(403);
      await expectNoViolations(page);
      await root.share(dataset, anna, "annotator");
      await arena.open(dataset);
      await context.clearCookies();
      await arena.answers.getByRole("button", { name: "Skip" }).click();
      await expect(page.getByRole("heading", { name: "Sign in first" })).toBeVisible();
      await expectNoViolations(page);
    });

    test("the grid with suggestions, facets and numbered pages, and with nothing in it", async ({ accounts, grid, page, root }) => {
      const dataset = await reviewed(root);
      await accounts.signIn(root, dataset.address);
      await grid.ready();
      const search = page.getByRole("combobox", { name: /Search/ });
      await search.pressSequentially("stat");
      await expect(page.getByRole("option").first()).toBeVisible();
      await page.keyboard.press("ArrowDown");
      await expect(page.getByRole("option").first()).toHaveAttribute("aria-selected", "true");
      await expectNoViolations(page);
      await page.keyboard.press("Escape");
      for (const facet of ["Shape and text", "Words in the caption", "Megapixels", "Added"]) {
        await grid.filters.getByText(facet).click();
      }
      await grid.filters.getByRole("link", { name: "5–9" }).click();
      await expect(grid.tiles).toHaveCount(1);
      await expectNoViolations(page);
      await grid.open(dataset, "?page_size=2&page=2");
      await expect(page.getByRole("navigation", { name: "Pages" })).toBeVisible();
      await expectNoViolations(page);
      await grid.open(dataset, "?status=rejected");
      await expect(page.getByRole("heading", { name: "No picture goes through these filters" })).toBeVisible();
      await expectNoViolations(page);
      await grid.open(dataset, "?q=dog%20status:good");
      await expect(page.getByRole("alert")).toBeVisible();
      await expectNoViolations(page);
      await page.getByRole("button", { name: "Keys" }).click();
      await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
      await expectNoViolations(page);
      await grid.open(await root.dataset("Empty"));
      await expect(page.getByRole("heading", { name: "No pictures yet" })).toBeVisible();
      await expectNoViolations(page);
    });

    test("the grid with files that were added, and with what was just done", async ({ accounts, grid, page, root }) => {
      const dataset = await reviewed(root);
      await accounts.signIn(root, dataset.address);
      await grid.ready();
      await grid.drop([sample("scene-07.png"), { name: "broken.png", bytes: Buffer.from("no picture") }]);
      await expect(page.getByRole("region", { name: "1 file added" })).toBeVisible();
      await expectNoViolations(page);
      await grid.choose(SCENES[2]);
      await grid.selection.getByRole("button", { name: "Delete" }).click();
      await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
      await expectNoViolations(page);
    });

    test("a picture with a conflict, with what the camera wrote, zoomed, and with boxes", async ({ accounts, image, page, root }) => {
      await page.goto("/sign-in");
      const dataset = await root.dataset("Readable", { pictures: SCENES.slice(0, 1) });
      dataset.images["photo.jpg"] = await root.addBytes(dataset, "photo.jpg", "image/jpeg", await photograph(page, "Vasari"));
      await root.write(dataset.images["photo.jpg"], "a dog");
      const [{ id }] = await root.captions(dataset.images["photo.jpg"]);
      await accounts.signIn(root, dataset.image("photo.jpg"));
      await image.ready();
      await page.getByText("About the file").click();
      await page.getByText("What the camera wrote (EXIF)").first().click();
      await expect(page.getByText("Vasari", { exact: false }).last()).toBeVisible();
      const field = await image.edit("root");
      await root.change(id, 1, "a cat");
      await field.fill("a horse");
      await expect(image.card("root").getByRole("alert")).toBeVisible();
      await expectNoViolations(page);
      await image.card("root").getByRole("button", { name: "Take theirs" }).click();
      await image.picture.dblclick();
      await expectNoViolations(page);
      await page.getByRole("button", { name: "Keys" }).click();
      await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
      await expectNoViolations(page);

      await page.goto(dataset.image(SCENES[0]));
      await image.ready();
      await page.keyboard.press("r");
      await page.getByLabel("Task", { exact: true }).selectOption("<OD>");
      await page.getByRole("button", { name: "Run the task" }).click();
      await expect(image.boxes.first()).toBeVisible();
      await expectNoViolations(page);
      await image.cards.first().getByRole("region", { name: "Regions" }).getByRole("button").first().focus();
      await expectNoViolations(page);
    });

    test("near-duplicates, what keeping a caption would write, and what was dismissed", async ({ accounts, duplicates, page, root }) => {
      const dataset = await twins(root);
      await accounts.signIn(root);
      await duplicates.open(dataset);
      await expect(duplicates.groups).toHaveCount(1);
      await expectNoViolations(page);
      await duplicates.keep("scene-01.png");
      await expect(page.getByRole("button", { name: "Write 2 captions" })).toBeVisible();
      await expectNoViolations(page);
      await duplicates.open(dataset, "?by=caption");
      await expectNoViolations(page);
      await duplicates.open(dataset, "?distance=99");
      await expectNoViolations(page);
      await duplicates.open(dataset);
      await page.getByRole("button", { name: "These are not duplicates" }).click();
      await expect(page.getByRole("heading", { name: "No near-duplicates" })).toBeVisible();
      await expectNoViolations(page);
      await duplicates.open(dataset, "?dismissed=true");
      await expect(duplicates.groups).toHaveCount(1);
      await expectNoViolations(page);
    });

    test("work: checked, stopped and failed jobs, an export of a selection, a name that is taken", async ({ accounts, datasets, grid, page, root, work }) => {
      test.slow();
      const dataset = await reviewed(root);
      await accounts.signIn(root);
      await work.openImport(dataset);
      const rows = [`{"image": "${SCENES[0]}", "caption": "a swan"}`, '{"image": "nowhere.png", "caption": "x"}'].join("\n");
      await page.getByLabel("File", { exact: true }).setInputFiles({ name: "a.jsonl", mimeType: "text/plain", buffer: Buffer.from(rows) });
      await work.start("Check the file");
      await work.waitFor("Done");
      await expect(work.failures).toHaveCount(1);
      await expectNoViolations(page);

      await work.openImport(dataset);
      const file = { name: "a.parquet", mimeType: "application/octet-stream", buffer: Buffer.from("no such thing") };
      await page.getByLabel("File", { exact: true }).setInputFiles(file);
      await work.start("Import without checking");
      await work.waitFor("Failed");
      await expectNoViolations(page);

      await grid.open(dataset);
      await grid.choose(SCENES[1]);
      await grid.selection.getByRole("button", { name: "Export" }).click();
      await expect(page.getByRole("radio", { name: "The selection: 1 image" })).toBeChecked();
      await expectNoViolations(page);

      await work.openCaptioning(await generatedDataset(root, 200));
      await work.start("Caption 200 images");
      await page.getByRole("button", { name: "Stop it" }).click();
      await work.waitFor("Stopped");
      await expectNoViolations(page);
      await page.goto("/jobs");
      await expectNoViolations(page);

      await datasets.open();
      await datasets.make("The same", { slug: dataset.slug });
      await expect(page.getByRole("main").getByRole("alert")).toBeVisible();
      await expectNoViolations(page);
    });

    test("the arena, the board and captions side by side", async ({ accounts, arena, compare, page, root }) => {
      const dataset = await twoSources(root, SCENES.slice(0, 3));
      await accounts.signIn(root);
      await arena.open(dataset);
      await expectNoViolations(page);
      await page.keyboard.press("ArrowLeft");
      await expect(arena.last).toBeVisible();
      await expectNoViolations(page);
      await page.getByRole("button", { name: "Keys" }).click();
      await expectNoViolations(page);
      await page.keyboard.press("Escape");
      await page.goto(`${dataset.address}/board`);
      await expect(page.getByRole("table")).toBeVisible();
      await expectNoViolations(page);
      await compare.open(dataset, "?reference=model-x");
      await compare.cell(SCENES[0], 1).getByRole("button", { name: /^Pick/ }).click();
      await expect(compare.cell(SCENES[0], 1)).toContainText("Approved");
      await expectNoViolations(page);
    });

    test("captions in numbers, and those behind a bar", async ({ accounts, metrics, page, root }) => {
      test.slow();
      const dataset = await measuredDataset(root, SCENES);
      await accounts.signIn(root);
      await metrics.open(dataset, "?reference=human&metric=rouge_l");
      for (const notes of await page.getByRole("main").locator("summary", { hasText: /as a table|measured|hedge/ }).all()) {
        await notes.click();
      }
      await expect(page.getByRole("region", { name: "The scatter plot as a table" })).toBeVisible();
      await expectNoViolations(page);
      await metrics.histogram("florence").getByRole("link").first().focus();
      await expectNoViolations(page);
      await page.emulateMedia({ colorScheme, contrast: "more" });
      await expectNoViolations(page);
      await page.emulateMedia({ colorScheme, contrast: null });
      await metrics.histogram("florence").getByRole("link").first().click();
      await expect(metrics.captions.first()).toBeVisible();
      await expectNoViolations(page);
      await metrics.open(dataset, "?status=rejected");
      await expect(page.getByRole("heading", { name: "No captions here" })).toBeVisible();
      await expectNoViolations(page);
    });

    test("the queue of review, its progress, and the form that assigns", async ({ accounts, page, review, root }) => {
      const { dataset, people: [anna] } = await submitted(root, SCENES.slice(0, 3), ["anna"]);
      await root.write(dataset.images[SCENES[0]], "another word");
      await accounts.signIn(root);
      await review.open(dataset);
      await review.listens();
      await page.keyboard.press("x");
      await expect(review.reason).toBeFocused();
      await page.getByText("1 other caption").click();
      await expectNoViolations(page);
      await review.reason.fill("blurred");
      await review.reason.press("Enter");
      await expect(review.last).toBeVisible();
      await expectNoViolations(page);
      await review.press("k");
      await expectNoViolations(page);
      await page.getByRole("button", { name: "Keys" }).click();
      await expectNoViolations(page);
      await page.goto(`${dataset.address}/review/assign`);
      await page.getByRole("checkbox", { name: anna.name }).check();
      await expectNoViolations(page);
      await page.getByRole("button", { name: "Assign", exact: true }).click();
      await expect(page.getByRole("status").filter({ hasText: "2 images assigned." })).toBeVisible();
      await expectNoViolations(page);
      await review.open(dataset);
      await expect(page.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
      await expectNoViolations(page);
    });

    for (const media of [{ contrast: "more" }, { forcedColors: "active" }] as const) {
      test(`the grid and a picture with ${Object.entries(media).flat().join(": ")}`, async ({ accounts, grid, image, page, root }) => {
        const dataset = await reviewed(root);
        const ownColours = !("forcedColors" in media);
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce", ...media });
        await accounts.signIn(root, dataset.address);
        await grid.ready();
        await grid.choose(SCENES[2]);
        await expectNoViolations(page, { ownColours });
        await page.goto(dataset.image(SCENES[0]));
        await image.ready();
        await expectNoViolations(page, { ownColours });
      });
    }
  });
}
