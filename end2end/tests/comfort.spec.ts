import { expectNoViolations } from "../pages/accessible";
import { StandIn } from "../pages/captions";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const scene = sample("scene-02.png");
const other = sample("scene-01.png");
const address = `/playground?sample=${scene.name}&task=od`;

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

test("arrow keys go from picture to picture, and single letters can be turned off", async ({ captionPage, page }) => {
  await captionPage.open();
  await captionPage.drop([scene, other]);
  await expect(captionPage.row(other.name)).toContainText(other.caption);
  await captionPage.row(scene.name).getByRole("button").first().focus();
  await page.keyboard.press("ArrowRight");
  await expect(captionPage.row(other.name).getByRole("button").first()).toBeFocused();
  await expect(captionPage.caption).toHaveText(other.caption);
  await page.keyboard.press("Tab");
  await expect(captionPage.row(other.name).getByRole("button", { name: "Remove" })).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(captionPage.caption).toHaveText(scene.caption);

  await page.keyboard.press("?");
  await captionPage.keys.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("x");
  await expect(captionPage.rows).toHaveCount(2);
  await page.reload();
  await captionPage.open();
  await page.keyboard.press("?");
  await expect(captionPage.keys).toBeHidden();
});

test("everything is reached with the keyboard alone", async ({ captionPage, page }) => {
  await captionPage.open(`/playground?sample=${scene.name}`);
  const reached: string[] = [];
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => {
      const at = document.activeElement!;
      return at.getAttribute("aria-label") ?? (at as HTMLInputElement).labels?.[0]?.innerText ?? at.textContent ?? "";
    }));
  }
  for (const name of ["Keys", "Picture file", "Task", "Parameters", "Caption the picture again", "Copy caption", "Code for this"]) {
    expect(reached.some((words) => words.includes(name)), `${name} among ${reached.join(" | ")}`).toBe(true);
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`the ${colorScheme} page has enough contrast and a name for everything`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("empty, with parameters that are wrong and with code", async ({ captionPage, page }) => {
      await captionPage.open();
      await expectNoViolations(page);
      await captionPage.setParameters({ Beams: "99", "Top p": "0.5" });
      await captionPage.codeIn("Python");
      await expectNoViolations(page);
    });

    test("with boxes, lit and not", async ({ captionPage, page }) => {
      await captionPage.open(address);
      await expectNoViolations(page);
      await captionPage.phrase(scene.labels[0]).focus();
      await expectNoViolations(page);
    });

    test("with several pictures, waiting, working, done, failed and cancelled", async ({ captionPage, page }) => {
      const server = await StandIn.for(page);
      await captionPage.open();
      await captionPage.drop(["scene-01.png", "scene-02.png", "scene-03.png", "scene-04.png", "scene-05.png", "scene-06.png"].map(sample));
      await expect.poll(() => server.open).toBe(3);
      await server.answer("a first caption");
      // Each place that comes free is taken by the next picture: wait for both, so that it is known who is refused.
      await expect.poll(() => server.seen).toBe(4);
      await captionPage.row("scene-02.png").getByRole("button", { name: "Cancel" }).click();
      await expect.poll(() => server.seen).toBe(5);
      await expect.poll(() => server.open).toBe(3);
      await server.refuse(3600);
      await server.refuse(3600);
      await server.refuse(30);
      await expect(captionPage.row("scene-05.png")).toContainText("again in");
      await expectNoViolations(page);
      await captionPage.row("scene-05.png").getByRole("button").first().click();
      await expectNoViolations(page);
      await captionPage.row("scene-03.png").getByRole("button").first().click();
      await expect(captionPage.problem).toBeVisible();
      await expectNoViolations(page);
      await captionPage.row("scene-01.png").getByRole("button", { name: "Remove" }).click();
      await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
      await expectNoViolations(page);
    });

    test("the keys", async ({ captionPage, page }) => {
      await captionPage.open();
      await page.getByRole("button", { name: "Keys" }).click();
      await expect(captionPage.keys).toBeVisible();
      await expectNoViolations(page);
    });
  });
}

test("a narrow page fits its window", async ({ captionPage, page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  for (const place of ["/playground", address]) {
    await captionPage.open(place);
    await captionPage.expectNoHorizontalScroll();
  }
  await captionPage.chooseTask("The phrases of a sentence");
  await captionPage.setParameters({ Beams: "99" });
  await captionPage.codeIn("curl");
  await captionPage.expectNoHorizontalScroll();
  await captionPage.chooseTask("Caption");
  await captionPage.setParameters({ Beams: "1" });
  await captionPage.drop([{ ...scene, name: `${"a-very-long-name-".repeat(8)}.png` }, other]);
  await expect(captionPage.row(other.name)).toContainText(other.caption);
  await captionPage.expectNoHorizontalScroll();
});
