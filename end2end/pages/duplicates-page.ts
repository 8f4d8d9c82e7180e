import type { Locator, Page } from "@playwright/test";
import type { Dataset, Person } from "./people";

/** Pictures that are there nearly twice, in groups, and what is done with them. */
export class DuplicatesPage {
  readonly groups: Locator;
  /** What was found, in words. */
  readonly told: Locator;

  constructor(readonly page: Page) {
    this.groups = page.getByRole("region", { name: /^\d+ images$/ });
    this.told = page.getByRole("status").filter({ hasText: /compared/ });
  }

  async open(dataset: Dataset, query = "") {
    await this.page.goto(`${dataset.address}/duplicates${query}`);
  }

  /** The picture of this name, with its caption and its button. */
  figure(name: string): Locator {
    return this.groups.getByRole("listitem").filter({ hasText: name });
  }

  /** Asks what it would write to keep what is said of this picture. */
  async keep(name: string) {
    await this.figure(name).getByRole("button", { name: /^Keep this caption for all/ }).click();
  }
}

/** A dataset of four pictures: two are the same, one is said to show the same, and a model speaks of all but the last. */
export async function twins(root: Person, name = "Twins"): Promise<Dataset> {
  const dataset = await root.dataset(name, { pictures: ["scene-01.png", "scene-02.png", "scene-03.png"] });
  dataset.images["again.png"] = await root.add(dataset, "scene-01.png", "again.png");
  await root.model(dataset, "florence");
  const said = {
    "scene-01.png": "a red dog beside a tall tree and a small house",
    "scene-02.png": "a red dog beside a tall tree and a small boat",
    "again.png": "a red cat beside a tall tree",
  };
  for (const [picture, text] of Object.entries(said)) {
    await root.say("florence", dataset.images[picture], text);
  }
  return dataset;
}
