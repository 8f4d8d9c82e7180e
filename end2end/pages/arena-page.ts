import type { Locator, Page } from "@playwright/test";
import type { Dataset, Person } from "./people";

/** Two models, and how what each of them says of a picture begins. */
export const SOURCES = { "model-x": "a clear dog", "model-y": "a vague thing" };

/** Two captions without their sources, and which is better; and the board that comes of it. */
export class ArenaPage {
  readonly left: Locator;
  readonly right: Locator;
  /** What was said last, and whose captions they were. */
  readonly last: Locator;
  readonly answers: Locator;

  constructor(readonly page: Page) {
    const text = (side: string) => page.getByRole("region", { name: side, exact: true }).getByRole("paragraph");
    this.left = text("Left");
    this.right = text("Right");
    this.last = page.getByRole("status").filter({ hasText: /^(You|For you) / });
    this.answers = page.getByRole("form", { name: "Which caption is better?" });
  }

  async open(dataset: Dataset) {
    await this.page.goto(`${dataset.address}/arena`);
  }

  /** The two texts, left and right. */
  async texts(): Promise<string[]> {
    return [await this.left.innerText(), await this.right.innerText()];
  }

  /** Where the caption stands that says this. */
  async side(text: string): Promise<"left" | "right"> {
    return (await this.left.innerText()).includes(text) ? "left" : "right";
  }

  /** The page's words and what it is made of, less what was said of the last pair. */
  async source(): Promise<string> {
    const whole = await this.page.getByRole("main").innerHTML();
    return (await this.last.count()) ? whole.replace(await this.last.innerHTML(), "") : whole;
  }

  /** The rows of the board, cell by cell. */
  async standings(): Promise<string[][]> {
    const rows = await this.page.getByRole("table").getByRole("row").all();
    return Promise.all(
      rows.slice(1).map(async (row) => {
        const cells = await row.getByRole("cell").or(row.getByRole("rowheader")).allInnerTexts();
        return cells.map((cell) => cell.trim());
      }),
    );
  }
}

/** A dataset in which two models speak of each picture. */
export async function twoSources(root: Person, pictures: string[], name = "Arena"): Promise<Dataset> {
  const dataset = await root.dataset(name, { pictures });
  for (const [source, words] of Object.entries(SOURCES)) {
    await root.model(dataset, source);
    for (const picture of pictures) {
      await root.say(source, dataset.images[picture], `${words} on ${picture}`);
    }
  }
  return dataset;
}
