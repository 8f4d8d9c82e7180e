import { test as base, expect } from "@playwright/test";
import { CaptionPage } from "./caption-page";

interface Fixtures {
  captionPage: CaptionPage;
  /** What the browser complained about. Every test ends by looking here. */
  complaints: string[];
}

/** Playwright's `test` with the caption page, and with the rule that no test may leave an error in the console. */
export const test = base.extend<Fixtures>({
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
      page.on("console", (message) => {
        // A refused request is an answer, and the page shows it; Chromium logs it as an error all the same.
        const isRefusal = /status of (4\d\d|503)/.test(message.text()) && /\/(caption)?$/.test(message.location().url);
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
});

export { expect };
