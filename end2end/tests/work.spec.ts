import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import type { Dataset, Person } from "../pages/people";
import { expect, test } from "../pages/test";

const SCENES = ["scene-01.png", "scene-02.png", "scene-03.png", "scene-04.png"];

/** Anna's dataset, in which she has said something of the first two pictures. */
async function birds(root: Person): Promise<{ anna: Person; dataset: Dataset }> {
  const anna = await root.invite("anna");
  const dataset = await anna.dataset("Birds", { pictures: SCENES });
  await anna.write(dataset.images[SCENES[0]], "a duck, \"swimming\"");
  await anna.write(dataset.images[SCENES[1]], "a goose");
  return { anna, dataset };
}

const TABLE = {
  name: "birds.csv",
  mimeType: "text/csv",
  buffer: Buffer.from(`img,prompt\n${SCENES[0]},a <b>swan</b>\nnowhere.png,nothing\n${SCENES[1]},\n`),
};

test("a file is checked, told row by row, and imported from there", async ({ accounts, grid, page, root, work }) => {
  const { anna, dataset } = await birds(root);
  await accounts.signIn(anna, dataset.address);
  await grid.ready();
  await work.more("Import captions");
  await page.getByLabel("File", { exact: true }).setInputFiles(TABLE);
  await page.getByText("Columns where the file").click();
  await expect(page.getByText("Its columns: img, prompt.")).toBeVisible();
  await page.getByLabel("File name").fill("img");
  await page.getByLabel("Caption", { exact: true }).fill("prompt");

  // What is wrong is said, and nothing is lost.
  const source = page.getByLabel("Source of captions that name none");
  await source.fill("??");
  await page.getByRole("button", { name: "Check the file" }).click();
  await expect(work.problem).toContainText("letters or digits");
  await expect(page.getByLabel("Caption", { exact: true })).toHaveValue("prompt");
  await source.fill("Bert's prompts");
  await work.start("Check the file");
  await work.waitFor("Done");
  await expect(page.getByText("Nothing has been changed yet.")).toBeVisible();
  await expect(page.getByText("1 caption new")).toBeVisible();
  await expect(work.failures.filter({ hasText: "nowhere.png" })).toContainText("Row 2");
  await expectNoViolations(page);
  await work.start("Import 1 caption");
  await work.waitFor("Done");
  await expect(page.getByRole("heading", { name: "What the import changed" })).toBeVisible();
  await grid.open(dataset, "?captions=bert-s-prompts");
  await expect(grid.pictures.getByText("a <b>swan</b>")).toBeVisible();
});

test("a dropped file is taken, and one that names no format is asked about", async ({ accounts, grid, page, root, work }) => {
  const { anna, dataset } = await birds(root);
  await accounts.signIn(anna, `${dataset.address}/import`);
  await grid.ready();
  const row = JSON.stringify({ image: SCENES[2], caption: "a heron" });
  await grid.drop([{ name: "captions", bytes: Buffer.from(`${row}\n`), type: "text/plain" }]);
  await page.getByRole("button", { name: "Import without checking" }).click();
  await expect(work.problem).toContainText("must be one of");
  await page.getByLabel("Format").selectOption("JSON lines (.jsonl)");
  await work.start("Import without checking");
  await work.waitFor("Done");
  await grid.open(dataset, "?captions=import");
  await expect(grid.pictures.getByText("a heron")).toBeVisible();
});

test("an export has exactly what the grid's filter shows", async ({ accounts, grid, page, root, work }) => {
  const { anna, dataset } = await birds(root);
  const [{ source }] = await anna.captions(dataset.images[SCENES[0]]);
  await accounts.signIn(anna, `${dataset.address}?bare=true`);
  await grid.ready();
  await grid.filter("Has a caption of", source).click();
  await expect(grid.tiles).toHaveCount(2);
  const labels = await grid.pictures.getByRole("checkbox").evaluateAll((boxes) => boxes.map((box) => box.ariaLabel ?? ""));
  const shown = labels.map((label) => label.replace("Select ", ""));
  await work.more("Export these images");
  await expect(page.getByRole("list").filter({ hasText: `Has a caption of ${source}` }).first()).toBeVisible();
  await page.getByRole("radio", { name: "CSV table" }).check();
  await work.start(/^Export/);
  await expect(page.getByText("Has a caption of")).toBeVisible();
  await work.waitFor("Done");
  const { name, text } = await work.download();
  expect(name).toMatch(/\.csv$/);
  const rows = text.trim().split("\n").slice(1);
  expect(rows.map((row) => row.split(",")[0]).sort()).toEqual([...shown].sort());
  expect(text).toContain('a duck, ""swimming""');
});

test("the button says what it exports, whatever is chosen", async ({ accounts, page, root, work }) => {
  const { anna, dataset } = await birds(root);
  await accounts.signIn(anna);
  await work.openExport(dataset);
  const button = page.getByRole("main").getByRole("button");
  await expect(button).toHaveText(/./);
  await expect(button).toHaveAccessibleName("Export 2 captions");
  await page.getByRole("radio", { name: "The best of each image" }).check();
  await expect(button).toHaveAccessibleName("Export 4 images, one caption each");
  await page.getByRole("radio", { name: "Images alone" }).check();
  await expect(button).toHaveAccessibleName("Export 4 images");
  await page.getByRole("radio", { name: "JSON lines" }).check();
  await page.getByRole("radio", { name: "One source" }).check();
  await page.getByRole("main").getByRole("button").click();
  await expect(work.problem).toContainText("choose whose captions");
  await expect(page.getByRole("radio", { name: "One source" })).toBeChecked();
});

test("a selection is exported", async ({ accounts, grid, page, root, work }) => {
  const { anna, dataset } = await birds(root);
  await accounts.signIn(anna, dataset.address);
  await grid.ready();
  await grid.choose(SCENES[1]);
  await grid.choose(SCENES[3]);
  await grid.selection.getByRole("button", { name: "Export" }).click();
  await expect(page.getByRole("radio", { name: "The selection: 2 images" })).toBeChecked();
  await expectNoViolations(page);
  await work.start("Export the captions of 2 images");
  await work.waitFor("Done");
  const { text } = await work.download();
  expect(text).toContain("a goose");
  expect(text).not.toContain("a duck");
});

test("a selection is captioned while the page follows, and people's captions stay", async ({ accounts, grid, page, root, work }) => {
  const { anna, dataset } = await birds(root);
  await accounts.signIn(anna, dataset.address);
  await grid.ready();
  await grid.choose(SCENES[0]);
  await grid.choose(SCENES[2]);
  await grid.selection.getByRole("button", { name: "Caption", exact: true }).click();
  await page.getByLabel("Task").selectOption("Detailed caption");
  await expect(page.getByLabel("What to look for")).toBeHidden();
  await work.start("Caption 2 images");
  await work.waitFor("Done");
  await expect(page.locator("#job-numbers")).toHaveText("2 images");
  await page.getByRole("link", { name: "Show the captions in the grid" }).click();
  await grid.ready();
  await expect(grid.tiles).toHaveCount(2);
  const captions = await anna.captions(dataset.images[SCENES[0]]);
  expect(captions).toHaveLength(2);
  expect(captions.map(({ text }) => text)).toContain('a duck, "swimming"');
});

test("a job is seen to go on, stopped, and taken up again", async ({ accounts, page, root, work }) => {
  test.slow();
  const anna = await root.invite("anna");
  const dataset = await anna.dataset("Many");
  for (let number = 0; number < 60; number += 1) {
    await anna.add(dataset, SCENES[number % SCENES.length], `${number}.png`);
  }
  await accounts.signIn(anna);
  await work.openCaptioning(dataset);
  await expect(page.getByText("All of the dataset: 60 images")).toBeVisible();
  await page.getByText("Parameters as the server").click();
  await page.getByLabel("Beams").fill("99");
  await page.getByRole("button", { name: "Caption 60 images" }).click();
  await expect(work.problem).toContainText("num_beams");
  // As slow as it gets, so that there is something to stop.
  await page.getByLabel("Beams").fill("16");
  await work.start("Caption 60 images");
  const numbers = page.locator("#job-numbers");
  await expect(numbers).toHaveText(/^[1-9]\d? of 60 images/);
  const first = await numbers.textContent();
  await expect(numbers).not.toHaveText(first!);
  await expect(work.ring).toHaveAccessibleName(/^1 job running/);
  await page.getByRole("button", { name: "Stop it" }).click();
  await work.waitFor("Stopped");
  await expect(numbers).toHaveText(/^Stopped after \d+ of 60 images/);
  await expect(page.getByRole("link", { name: "Reload to see" })).toBeHidden();
  await expectNoViolations(page);
  await page.getByRole("button", { name: "Go on with it" }).click();
  await page.getByRole("main").getByRole("link", { name: "All jobs" }).click();
  const row = page.getByRole("listitem").filter({ hasText: "Caption images" });
  await expect(row).toContainText("Done", { timeout: 60_000 });
  await expect(row).toContainText("60 images");
  await expect(work.ring).toHaveAccessibleName("Jobs");
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the same forms work", async ({ accounts, page, root, work }) => {
    const { anna, dataset } = await birds(root);
    await accounts.signIn(anna, dataset.address);
    await work.more("Export these images");
    await work.start("Export 2 captions");
    await work.waitFor("Done", { scripts: false });
    expect((await work.download()).text).toContain("a goose");

    await work.openImport(dataset);
    await page.getByLabel("File", { exact: true }).setInputFiles(TABLE);
    await page.getByText("Columns where the file").click();
    await page.getByLabel("File name").fill("img");
    await page.getByLabel("Caption", { exact: true }).fill("prompt");
    await work.start("Check the file");
    await work.waitFor("Done", { scripts: false });
    await expect(work.failures.filter({ hasText: "nowhere.png" })).toBeVisible();
    await work.start("Import 1 caption");
    await work.waitFor("Done", { scripts: false });

    await work.openCaptioning(dataset, `?missing=import`);
    await expect(page.getByRole("radio", { name: "What the filter finds" })).toBeChecked();
    await work.start(/^Caption/);
    await expect(page.getByRole("link", { name: "Reload to see" }).or(work.state.getByText("Done"))).toBeVisible();
    await work.waitFor("Done", { scripts: false });
    await expect(page.locator("#job-numbers")).toHaveText("3 images");
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the pages can be read, and fit a narrow window", async ({ accounts, page, root, work }) => {
      const { anna, dataset } = await birds(root);
      await accounts.signIn(anna, "/jobs");
      await expect(page.getByRole("heading", { name: "No jobs yet" })).toBeVisible();
      const look = async () => {
        await page.setViewportSize({ width: 1280, height: 860 });
        await expectNoViolations(page);
        await page.setViewportSize({ width: 360, height: 740 });
        await expectNoHorizontalScroll(page);
      };
      await look();
      await work.openImport(dataset);
      await page.getByText("Columns where the file").click();
      await look();
      await work.openCaptioning(dataset);
      await page.getByText("Parameters as the server").click();
      await look();
      await work.openExport(dataset, "?missing=nobody");
      await look();
      await work.start(/^Export/);
      await work.waitFor("Done");
      await look();
      await page.goto("/jobs");
      await look();
      await page.goto(dataset.address);
      await page.getByText("More", { exact: true }).click();
      await look();
    });
  });
}
