import { test as base, expect } from "@playwright/test";
import { AccountPages } from "./account-pages";
import { AdminPage } from "./admin-page";
import { ArenaPage } from "./arena-page";
import { CaptionPage } from "./caption-page";
import { ComparePage } from "./compare-page";
import { DatasetsPage } from "./datasets-page";
import { DuplicatesPage } from "./duplicates-page";
import { GridPage } from "./grid-page";
import { ImagePage } from "./image-page";
import { MetricsPage } from "./metrics-page";
import { OwnAccountPage } from "./own-account-page";
import { Person, administrator } from "./people";
import { ReviewPage } from "./review-page";
import { SettingsPage } from "./settings-page";
import { WorkPages } from "./work-pages";

interface Fixtures {
  captionPage: CaptionPage;
  accounts: AccountPages;
  ownAccount: OwnAccountPage;
  admin: AdminPage;
  settings: SettingsPage;
  datasets: DatasetsPage;
  grid: GridPage;
  image: ImagePage;
  work: WorkPages;
  arena: ArenaPage;
  compare: ComparePage;
  metrics: MetricsPage;
  review: ReviewPage;
  duplicates: DuplicatesPage;
  /** What the browser complained about. Every test ends by looking here. */
  complaints: string[];
}

interface WorkerFixtures {
  /** The administrator, over HTTP: makes what tests look at. */
  root: Person;
}

/** Playwright's `test` with the pages, and with the rule that no test may leave an error in the console. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => {
        // Whoever asks for an element's place before the style sheet is there, as Playwright does, makes Chromium give up
        // the fade between two pages, and say so as an error of nobody's script.
        const isFadeGivenUp = error.message.includes("ViewTransition opt-in disabled");
        if (!isFadeGivenUp) complaints.push(`uncaught: ${error.message}`);
      });
      page.on("console", (message) => {
        // A refused request is an answer, and the page shows it; Chromium logs it as an error all the same.
        const isRefusal = /status of (4\d\d|503)/.test(message.text());
        // A trace, while it is recorded, fetches the pictures that the page shows; the page's policy doesn't let it.
        const isTrace = /^Connecting to 'blob:/.test(message.text());
        if (["error", "warning"].includes(message.type()) && !isRefusal && !isTrace) {
          complaints.push(`${message.type()}: ${message.text()}`);
        }
      });
      await use(complaints);
      expect(complaints, "the console stays empty").toEqual([]);
    },
    { auto: true },
  ],
  captionPage: async ({ page }, use) => use(new CaptionPage(page)),
  accounts: async ({ page }, use) => use(new AccountPages(page)),
  ownAccount: async ({ page }, use) => use(new OwnAccountPage(page)),
  admin: async ({ page }, use) => use(new AdminPage(page)),
  settings: async ({ page }, use) => use(new SettingsPage(page)),
  datasets: async ({ page }, use) => use(new DatasetsPage(page)),
  grid: async ({ page }, use) => use(new GridPage(page)),
  image: async ({ page }, use) => use(new ImagePage(page)),
  work: async ({ page }, use) => use(new WorkPages(page)),
  arena: async ({ page }, use) => use(new ArenaPage(page)),
  compare: async ({ page }, use) => use(new ComparePage(page)),
  metrics: async ({ page }, use) => use(new MetricsPage(page)),
  review: async ({ page }, use) => use(new ReviewPage(page)),
  duplicates: async ({ page }, use) => use(new DuplicatesPage(page)),
  root: [
    async ({ playwright }, use, { project }) => {
      const request = await playwright.request.newContext({ baseURL: project.use.baseURL });
      await use(await administrator(request));
      await request.dispose();
    },
    { scope: "worker" },
  ],
});

export { expect };
