import type { Locator, Page } from "@playwright/test";
import type { Dataset, Person } from "./people";

/** What waits for a reviewer, one picture at a time; how far that is; and who is to look at what. */
export class ReviewPage {
  readonly picture: Locator;
  readonly cards: Locator;
  /** What was decided last. */
  readonly last: Locator;
  /** Where it is said why a caption is rejected. */
  readonly reason: Locator;

  constructor(readonly page: Page) {
    this.picture = page.getByRole("figure").getByRole("img");
    this.cards = page.getByRole("region", { name: "Captions" }).getByRole("article");
    this.last = page.getByRole("status").filter({ hasText: /: You (approved|rejected) it/ });
    this.reason = page.getByRole("textbox", { name: "Why?" });
  }

  async open(dataset: Dataset, query = "") {
    await this.page.goto(`${dataset.address}/review${query}`);
  }

  /** Which picture is shown; empty where none is. */
  async name(): Promise<string> {
    await this.page.getByRole("heading", { name: "Review", exact: true }).waitFor();
    return (await this.picture.count()) ? ((await this.picture.getAttribute("alt")) ?? "") : "";
  }

  card(source: string): Locator {
    return this.cards.filter({ has: this.page.getByRole("heading", { name: source, exact: true }) });
  }

  /** Presses a key once the page listens, and waits for what the server answers. */
  async press(key: string) {
    await this.listens();
    await Promise.all([this.page.waitForEvent("load"), this.page.keyboard.press(key)]);
  }

  /** Waits until keys mean something. */
  async listens() {
    await this.page.locator("body[data-hydrated]").waitFor();
  }

  /** The rows of the table of people, cell by cell. */
  async people(): Promise<string[][]> {
    const rows = await this.page.getByRole("table").getByRole("row").all();
    return Promise.all(
      rows.slice(1).map(async (row) => {
        const cells = await row.getByRole("cell").or(row.getByRole("rowheader")).allInnerTexts();
        return cells.map((cell) => cell.trim());
      }),
    );
  }
}

/** A dataset whose pictures have captions that somebody has submitted, and the people who work on it. */
export async function submitted(root: Person, pictures: string[], reviewers: string[], name = "Review") {
  const dataset = await root.dataset(name, { pictures });
  const annotator = await root.invite("annotator");
  await root.share(dataset, annotator, "annotator");
  for (const picture of pictures) {
    await annotator.submit(dataset.images[picture], `what is on ${picture}`);
  }
  const people: Person[] = [];
  for (const reviewer of reviewers) {
    const person = await root.invite(reviewer);
    await root.share(dataset, person, "reviewer");
    people.push(person);
  }
  return { dataset, annotator, people };
}
