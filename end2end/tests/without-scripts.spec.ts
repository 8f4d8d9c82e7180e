import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const scene = sample("scene-02.png");

test.use({ javaScriptEnabled: false });

test("the plain form captions a picture and draws its boxes", async ({ captionPage, page }) => {
  await captionPage.open("/playground", { scripts: false });
  await captionPage.choose(scene.path);
  await captionPage.ask();
  await expect(captionPage.caption).toHaveText(scene.caption);
  await expect(captionPage.picture).toHaveAttribute("src", /^data:image\//);
  expect(await captionPage.confidence()).toBeGreaterThan(50);

  await captionPage.chooseTask("Objects");
  await captionPage.choose(scene.path);
  await captionPage.ask();
  await expect(captionPage.drawnRegions).toHaveCount(scene.labels.length);
  await expect(page.getByLabel("Task", { exact: true })).toHaveValue("<OD>");
});

test("samples are links, and another task asks about the same sample", async ({ captionPage }) => {
  await captionPage.open("/playground", { scripts: false });
  await captionPage.takeSample(scene.caption);
  await expect(captionPage.caption).toHaveText(scene.caption);
  await captionPage.chooseTask("Objects");
  await captionPage.ask();
  await expect(captionPage.drawnRegions).toHaveCount(scene.labels.length);
});

test("the input shows only for tasks that take one", async ({ captionPage, page }) => {
  await captionPage.open("/playground", { scripts: false });
  const input = page.getByRole("textbox");
  await expect(input).toBeHidden();
  await captionPage.chooseTask("What I name");
  await expect(input).toBeVisible();
});

test("what is no picture is refused on the page", async ({ captionPage }) => {
  await captionPage.open("/playground", { scripts: false });
  await captionPage.choose({ name: "letter.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n") });
  await captionPage.ask();
  await expect(captionPage.problem).toContainText("Try another picture");
});
