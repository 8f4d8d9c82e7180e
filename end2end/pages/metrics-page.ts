import type { Locator, Page } from "@playwright/test";
import type { Dataset, Person } from "./people";

/** What three sources say of the first pictures of a dataset; the last one of fewer than the others. */
export const SAID: Record<string, string[]> = {
  human: ["a dog beside a tree", "a house with a red roof", "two birds", "a boat on a lake at dawn", "a cat sleeps", "a car"],
  florence: ["a dog beside a tree", "a house with a roof", "two birds sit on a wire", "a boat", "a cat sleeps on a mat", "a red car"],
  wordy: ["it appears to be a dog, possibly a dog beside a tree, a dog beside a tree", "it seems to be a house", "some kind of bird"],
};

/** Captions in numbers: a table, charts, and the captions behind them. */
export class MetricsPage {
  readonly table: Locator;
  readonly histograms: Locator;
  readonly scatter: Locator;
  /** The captions behind a part of a chart. */
  readonly captions: Locator;

  constructor(readonly page: Page) {
    this.table = page.getByRole("region", { name: "Sources in numbers" }).getByRole("table");
    this.histograms = page.getByRole("region", { name: "Histograms", exact: true });
    this.scatter = page.getByRole("region", { name: "Scatter plot", exact: true });
    this.captions = page.getByRole("main").getByRole("listitem").filter({ has: page.getByRole("img") });
  }

  async open(dataset: Dataset, query = "") {
    await this.page.goto(`${dataset.address}/metrics${query}`);
  }

  /** A source's row, cell by cell. */
  async row(source: string): Promise<string[]> {
    const row = this.table.getByRole("row").filter({ has: this.page.getByRole("rowheader", { name: source }) });
    const cells = await row.getByRole("cell").allInnerTexts();
    return cells.map((cell) => cell.replaceAll(/\s+/g, " ").trim());
  }

  /** A source's histogram, or the scatter plot: what it counts, bar by bar, and where each leads. */
  async bars(chart: Locator): Promise<{ count: number; address: string; words: string }[]> {
    const links = await chart.getByRole("link").all();
    return Promise.all(
      links.map(async (link) => {
        const words = (await link.getAttribute("aria-label"))!;
        return { count: Number.parseInt(words, 10), address: (await link.getAttribute("href"))!, words };
      }),
    );
  }

  /** The chart of a source. */
  histogram(source: string): Locator {
    return this.histograms.getByRole("group", { name: new RegExp(`^${source}: `) });
  }
}

/** A dataset of which sources say what {@link SAID} has. */
export async function measuredDataset(root: Person, pictures: string[]): Promise<Dataset> {
  const dataset = await root.dataset("Measured", { pictures });
  for (const [source, texts] of Object.entries(SAID)) {
    await root.model(dataset, source);
    for (const [place, text] of texts.entries()) {
      await root.say(source, dataset.images[pictures[place]], text);
    }
  }
  return dataset;
}
