import AxeBuilder from "@axe-core/playwright";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const scene = sample("scene-02.png");
const address = `/?sample=${scene.name}&task=od`;

test("keys choose a picture, copy the caption and show themselves", async ({ captionPage, page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await captionPage.open();
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("o");
  await (await chooser).setFiles(scene.path);
  await expect(captionPage.caption).toHaveText(scene.caption);

  await page.keyboard.press("c");
  await expect(page.getByText("Caption copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(scene.caption);

  await page.keyboard.press("?");
  await expect(captionPage.keys).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(captionPage.keys).toBeHidden();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`the ${colorScheme} page has enough contrast and a name for everything`, async ({ captionPage, page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    for (const place of ["/", address]) {
      await captionPage.open(place);
      const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
    }
  });
}

test("a narrow page fits its window", async ({ captionPage, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const place of ["/", address]) {
    await captionPage.open(place);
    await captionPage.expectNoHorizontalScroll();
  }
  await captionPage.chooseTask("The phrases of a sentence");
  await captionPage.expectNoHorizontalScroll();
});
