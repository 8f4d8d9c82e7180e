import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** What axe found out about the colours of an element before it gave up. */
interface Colours {
  contrastRatio?: number;
  expectedContrastRatio?: string;
}

/**
 * Nothing on the page breaks a rule of WCAG 2.2 AA that a program can check. Where the system chooses the colours there are
 * none of the page's to check: axe would hold the page's letters against the system's ground.
 */
export async function expectNoViolations(page: Page, { ownColours = true } = {}) {
  const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
  const axe = new AxeBuilder({ page }).withTags(tags).disableRules(ownColours ? [] : ["color-contrast"]);
  const { violations, incomplete } = await axe.analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`);
  // Axe leaves open whether a single letter, or a text that something lies over, has enough contrast. Where it has measured
  // both colours all the same, that decides. Text on a picture or on a gradient has no one colour behind it: it can't be
  // decided here, and the style sheet puts a plain ground under it.
  for (const { nodes } of incomplete.filter(({ id }) => id === "color-contrast")) {
    for (const { any, html } of nodes) {
      const { contrastRatio, expectedContrastRatio } = (any[0]?.data ?? {}) as Colours;
      if (contrastRatio && contrastRatio < Number.parseFloat(expectedContrastRatio ?? "4.5")) {
        told.push(`color-contrast, left open by axe: ${html} ${JSON.stringify(any[0].data)}`);
      }
    }
  }
  expect(told).toEqual([]);
}

/** Nothing sticks out to the right. */
export async function expectNoHorizontalScroll(page: Page) {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, "pixels that stick out to the right").toBe(0);
}
