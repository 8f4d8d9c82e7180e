import { StandIn } from "../pages/captions";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const scenes = ["scene-01.png", "scene-02.png", "scene-03.png", "scene-04.png"].map(sample);

test("dropped pictures are captioned, each on its own", async ({ captionPage, page }) => {
  await captionPage.open();
  await captionPage.drop(scenes);
  await expect(captionPage.rows).toHaveCount(scenes.length);
  for (const { name, caption } of scenes) {
    await expect(captionPage.row(name)).toContainText(caption);
  }
  await expect(captionPage.caption).toHaveText(scenes[0].caption);
  await captionPage.row(scenes[2].name).getByRole("button").first().click();
  await expect(captionPage.caption).toHaveText(scenes[2].caption);

  await captionPage.chooseTask("Objects");
  await page.getByRole("button", { name: "Caption 4 pictures again" }).click();
  await expect(captionPage.drawnRegions).toHaveCount(scenes[2].labels.length);
  await expect(page.getByRole("button", { name: "Save 4 JSON lines" })).toBeVisible();
});

test("a few requests run at once, and one or all can be cancelled", async ({ captionPage, page }) => {
  const server = await StandIn.for(page);
  await captionPage.open();
  await captionPage.drop(scenes);
  await expect.poll(() => server.open).toBe(3);
  await expect(captionPage.row(scenes[3].name)).toContainText("Waiting");
  await server.answer("the first one");
  await expect(captionPage.row(scenes[0].name)).toContainText("the first one");
  await expect.poll(() => server.open).toBe(3);
  await expect(captionPage.progress).toHaveAttribute("value", "1");
  await expect(page.getByText(/1 of 4 · about \d+ s left/)).toBeVisible();

  await captionPage.row(scenes[1].name).getByRole("button", { name: `Cancel ${scenes[1].name}` }).click();
  await expect(captionPage.row(scenes[1].name)).toContainText("Cancelled");
  await page.getByRole("button", { name: "Cancel all" }).click();
  await expect(captionPage.row(scenes[3].name)).toContainText("Cancelled");
  await expect(captionPage.row(scenes[0].name)).toContainText("the first one");
  await expect(captionPage.progress).toBeHidden();
});

test("a busy server is asked again when it says", async ({ captionPage, page }) => {
  const server = await StandIn.for(page);
  await captionPage.open();
  await captionPage.choose(scenes[0].path);
  await expect.poll(() => server.open).toBe(1);
  await server.refuse(1);
  await expect(page.getByText(/It will be asked again in \d s/)).toBeVisible();
  await expect.poll(() => server.open).toBe(1);
  await server.answer("there it is");
  await expect(captionPage.caption).toHaveText("there it is");
  expect(server.seen).toBe(2);
});

test("a server that stays busy is left to the person", async ({ captionPage, page }) => {
  const server = await StandIn.for(page);
  await captionPage.open();
  await captionPage.choose(scenes[0].path);
  await expect.poll(() => server.open).toBe(1);
  await server.refuse(3600);
  await expect(captionPage.problem).toContainText("Every place in the queue is taken");
  await captionPage.problem.getByRole("button", { name: "Try again" }).click();
  await expect.poll(() => server.open).toBe(1);
  await server.answer("at last");
  await expect(captionPage.caption).toHaveText("at last");
});

test("one picture that is none fails alone", async ({ captionPage }) => {
  await captionPage.open();
  await captionPage.drop([scenes[0], { name: "broken.png", bytes: Buffer.from("no picture at all") }, scenes[1]]);
  await expect(captionPage.row("broken.png")).toContainText("Failed: ");
  await expect(captionPage.row(scenes[0].name)).toContainText(scenes[0].caption);
  await expect(captionPage.row(scenes[1].name)).toContainText(scenes[1].caption);
  await expect(captionPage.row("broken.png").getByRole("button", { name: "Try again broken.png" })).toBeVisible();
});

test("what was removed can be brought back", async ({ captionPage, page }) => {
  await captionPage.open();
  await captionPage.drop(scenes.slice(0, 3));
  await expect(captionPage.row(scenes[2].name)).toContainText(scenes[2].caption);
  await captionPage.row(scenes[1].name).getByRole("button", { name: "Remove" }).click();
  await expect(captionPage.rows).toHaveCount(2);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(captionPage.rows).toHaveCount(3);
  await expect(captionPage.rows.nth(1)).toContainText(scenes[1].caption);

  await page.getByRole("button", { name: "Remove all" }).click();
  await expect(page.getByText("Drop pictures here")).toBeVisible();
  await page.keyboard.press("u");
  await expect(captionPage.rows).toHaveCount(3);
});

test("all answers are saved as JSON lines", async ({ captionPage, page }) => {
  await captionPage.open();
  await captionPage.drop(scenes.slice(0, 2));
  await expect(captionPage.row(scenes[1].name)).toContainText(scenes[1].caption);
  await expect(captionPage.caption).toHaveText(scenes[0].caption);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save 2 JSON lines" }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe("captions.jsonl");
  const { readFile } = await import("node:fs/promises");
  const lines = (await readFile(await saved.path(), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  expect(lines.map(({ file, caption }) => [file, caption])).toEqual(
    scenes.slice(0, 2).map(({ name, caption }) => [name, caption]),
  );
  expect(lines[0].model_info.name, "what the page itself doesn't read is there too").toBe("vasari-demo");
});
