import { expectNoHorizontalScroll } from "../pages/accessible";
import { measuredDataset, SAID } from "../pages/metrics-page";
import { expect, test } from "../pages/test";

const SCENES = Array.from({ length: 6 }, (_, number) => `scene-${String(number + 1).padStart(2, "0")}.png`);

test("sources are measured, and against the reference that is chosen", async ({ accounts, grid, metrics, page, root }) => {
  const dataset = await measuredDataset(root, SCENES);
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("link", { name: "Metrics" }).click();
  await expect(page.getByRole("heading", { name: "Metrics", level: 1 })).toBeVisible();
  await expect(page.getByText("15 captions of 6 images.", { exact: false })).toBeVisible();
  expect((await metrics.row("wordy"))[0]).toBe("3");
  await expect(page.getByRole("columnheader", { name: "BLEU-4" })).toHaveCount(0);

  await page.getByLabel("Reference").selectOption("human");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("columnheader", { name: "BLEU-4" })).toBeVisible();
  expect(page.url()).toContain("reference=human");
  expect((await metrics.row("human")).slice(-5)).toEqual(["–", "–", "–", "–", "–"]);
  const [florence, wordy] = [await metrics.row("florence"), await metrics.row("wordy")];
  expect([florence.at(-1), wordy.at(-1)], "images that both have").toEqual(["6", "3"]);
  expect(Number(florence.at(-4)), "ROUGE-L").toBeGreaterThan(Number(wordy.at(-4)));
  await page.getByText("Phrases that hedge").click();
  await expect(page.getByText("“it appears”")).toBeVisible();
});

test("each bar leads to the captions that it counts", async ({ accounts, metrics, page, root }) => {
  test.slow();
  const dataset = await measuredDataset(root, SCENES);
  await accounts.signIn(root);
  await metrics.open(dataset, "?reference=human");
  for (const measure of ["Words", "Repetition", "CIDEr"]) {
    await metrics.histograms.getByRole("link", { name: measure, exact: true }).click();
    await expect(metrics.histograms.getByRole("link", { name: measure, exact: true })).toHaveAttribute("aria-current", "true");
    const charts = page.url();
    for (const source of measure === "CIDEr" ? ["florence", "wordy"] : Object.keys(SAID)) {
      const bars = await metrics.bars(metrics.histogram(source));
      expect(bars.reduce((sum, { count }) => sum + count, 0), `${measure} of ${source}`).toBe(SAID[source].length);
      for (const { count, address } of bars) {
        await page.goto(address);
        await expect(metrics.captions, address).toHaveCount(count);
      }
      await page.goto(charts);
    }
  }

  // By a click, with what stands there.
  await metrics.open(dataset, "?metric=words");
  await metrics.histogram("florence").getByRole("link", { name: "1 caption: 2 words" }).click();
  await expect(metrics.captions).toHaveCount(1);
  await expect(metrics.captions).toContainText("a boat");
  await expect(page.getByText("1 caption of 1 image")).toBeVisible();
  await metrics.captions.getByRole("link").click();
  await expect(page).toHaveURL(new RegExp(dataset.image(SCENES[3])));
});

test("marks of the scatter plot lead to captions, which can be sorted and worked on", async ({ accounts, metrics, page, root }) => {
  const dataset = await measuredDataset(root, SCENES);
  await accounts.signIn(root);
  await metrics.open(dataset, "?reference=human");
  await page.getByLabel("Plot captions of").selectOption("florence");
  await page.getByLabel("from left to right").selectOption("rouge_l");
  await page.getByLabel("upwards").selectOption("words");
  await page.getByRole("button", { name: "Show" }).click();
  const marks = await metrics.bars(metrics.scatter.getByRole("group"));
  expect(marks.reduce((sum, { count }) => sum + count, 0)).toBe(SAID.florence.length);
  for (const { address, count, words } of marks) {
    expect(words).toMatch(/^\d captions?: ROUGE-L .*, \d+ words?$/);
    await page.goto(address);
    await expect(metrics.captions).toHaveCount(count);
  }

  await page.goto(`${dataset.address}/metrics/captions?of=florence&reference=human`);
  await page.getByLabel("Order").selectOption("-words");
  await page.getByRole("button", { name: "Sort" }).click();
  await expect(metrics.captions.first()).toContainText("two birds sit on a wire");
  await expect(metrics.captions.last()).toContainText("a boat");
  await page.getByRole("button", { name: "Export" }).click();
  await expect(page.getByRole("radio", { name: "The selection: 6 images" })).toBeChecked();
});

test("a search narrows what is measured", async ({ accounts, metrics, page, root }) => {
  const dataset = await measuredDataset(root, SCENES);
  await expect.poll(() => root.found(dataset, "dog"), { message: "the index follows" }).toBe(1);
  await accounts.signIn(root);
  await metrics.open(dataset, "?q=dog");
  await expect(page.getByText("3 captions of 1 image.", { exact: false })).toBeVisible();
  await page.getByRole("link", { name: "All captions" }).click();
  await expect(page.getByText("15 captions of 6 images.", { exact: false })).toBeVisible();
  await metrics.open(dataset, "?q=(dog");
  await expect(page.getByRole("alert")).toContainText("parenthes");
  await metrics.open(dataset, "?status=approved");
  await expect(page.getByRole("heading", { name: "No captions here" })).toBeVisible();
});

for (const width of [1280, 390]) {
  test(`nothing sticks out at ${width} pixels`, async ({ accounts, metrics, page, root }) => {
    await page.setViewportSize({ width, height: 900 });
    const dataset = await measuredDataset(root, SCENES);
    await accounts.signIn(root);
    await metrics.open(dataset, "?reference=human");
    await expect(metrics.scatter).toBeVisible();
    await expectNoHorizontalScroll(page);
    await page.goto(`${dataset.address}/metrics/captions?of=wordy&reference=human&words_from=1`);
    await expect(metrics.captions).toHaveCount(3);
    await expectNoHorizontalScroll(page);
  });
}

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("the choice is a form, and charts are links", async ({ accounts, metrics, page, root }) => {
    const dataset = await measuredDataset(root, SCENES);
    await accounts.signIn(root, `${dataset.address}/metrics`);
    await page.getByLabel("Reference").selectOption("human");
    await page.getByRole("button", { name: "Show" }).click();
    await metrics.histograms.getByRole("link", { name: "ROUGE-L", exact: true }).click();
    await metrics.histogram("florence").getByRole("link").last().click();
    await expect(metrics.captions.first()).toContainText("a dog beside a tree");
  });
});
