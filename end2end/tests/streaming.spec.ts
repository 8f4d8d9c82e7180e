import { answer, goOn, streamSlowly } from "../pages/captions";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const scene = sample("scene-02.png");
const event = (name: string, data: object) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

test("a caption grows as the server writes it", async ({ captionPage, page }) => {
  const last = event("caption", answer("a brown dog runs"));
  await streamSlowly(page, [
    event("text", { text: "a brown " }),
    event("text", { text: "dög" }),
    last.slice(0, 40),
    last.slice(40),
  ]);
  await captionPage.open();
  await captionPage.choose(scene.path);
  const growing = page.getByRole("article", { name: "The model is looking" });
  await expect(growing.getByRole("paragraph").first()).toHaveText("a brown");
  await goOn(page);
  await expect(growing.getByRole("paragraph").first()).toHaveText("a brown dög");
  await goOn(page);
  await goOn(page);
  await expect(growing).toBeHidden();
  await expect(captionPage.caption).toHaveText("a brown dog runs");
});

test("places are not shown as tokens while they come", async ({ captionPage, page }) => {
  await streamSlowly(page, [
    event("text", { text: "dog<loc_12><loc_3" }),
    event("text", { text: "4><loc_5><loc_6>red app" }),
    event("error", { title: "Something went wrong here", status: 500, detail: "The fault is on our side.", request_id: "r1" }),
  ]);
  await captionPage.open("/playground?task=od");
  await captionPage.choose(scene.path);
  const growing = page.getByRole("article", { name: "The model is looking" }).getByRole("paragraph").first();
  await expect(growing).toHaveText("dog");
  await goOn(page);
  await expect(growing).toHaveText("dog, red app");
  await goOn(page);
  await expect(captionPage.problem).toContainText("The fault is on our side.");
});

test("a connection that breaks is told, and the picture is still there", async ({ captionPage, page }) => {
  await streamSlowly(page, [event("text", { text: "a brown " })]);
  await captionPage.open();
  await captionPage.choose(scene.path);
  await goOn(page);
  await expect(captionPage.problem).toContainText("The server didn't answer");
  await expect(captionPage.picture).toBeVisible();
});
