import { overlap, sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const scene = sample("scene-02.png");
const other = sample("scene-01.png");

test("a chosen picture is captioned truly, with its confidence", async ({ captionPage }) => {
  await captionPage.open();
  await captionPage.choose(scene.path);
  await expect(captionPage.caption).toHaveText(scene.caption);
  await expect(captionPage.picture).toHaveAttribute("alt", scene.caption);
  expect(await captionPage.confidence()).toBeGreaterThan(50);
  await expect(captionPage.page.getByText("The demo model answers here")).toBeVisible();
});

test("a dropped picture is shown, beside the one before, and a sample gives way", async ({ captionPage, page }) => {
  await captionPage.open();
  await captionPage.takeSample(other.caption);
  await expect(captionPage.caption).toHaveText(other.caption);
  await captionPage.drop([scene]);
  await expect(captionPage.caption).toHaveText(scene.caption);
  await expect(captionPage.rows).toHaveCount(0);
  await captionPage.drop([{ ...other, name: "another.png" }]);
  await expect(captionPage.caption).toHaveText(other.caption);
  await expect(captionPage.rows).toHaveCount(2);
  await page.getByRole("button", { name: "Picture before" }).click();
  await expect(captionPage.caption).toHaveText(scene.caption);
});

test("a pasted picture is captioned", async ({ captionPage, page }) => {
  await captionPage.open();
  await page.evaluate(([name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], name, { type: "image/png" }));
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, [scene.name, scene.bytes.toString("base64")] as const);
  await expect(captionPage.caption).toHaveText(scene.caption);
});

test("objects are drawn as boxes that light up with their names", async ({ captionPage, page }) => {
  await captionPage.open();
  await captionPage.takeSample(scene.caption);
  await expect(captionPage.caption).toHaveText(scene.caption);
  await captionPage.chooseTask("Objects");
  await captionPage.ask();
  await expect(captionPage.drawnRegions.first()).toBeVisible();
  await expect(captionPage.drawnRegions).toHaveCount(scene.labels.length);
  for (const label of scene.labels) {
    await expect(captionPage.regions.filter({ hasText: label })).toHaveCount(1);
    expect(overlap(await captionPage.drawnBox(label), scene.boxes[label]), `the box of the ${label}`).toBeGreaterThan(0.5);
  }
  expect(page.url()).toContain(`/playground?sample=${scene.name}&task=od`);

  const [label] = scene.labels;
  const drawn = page.getByRole("group", { name: "Regions on the picture" }).getByRole("img", { name: label });
  await captionPage.regions.getByRole("button", { name: label }).focus();
  await expect(drawn).toHaveClass(/is-lit/);
  await drawn.hover();
  await expect(captionPage.regions.getByRole("button", { name: label })).toHaveClass(/is-lit/);
  await expect(captionPage.phrase(label)).toHaveClass(/is-lit/);
  await captionPage.phrase(label).focus();
  await expect(drawn).toHaveClass(/is-lit/);
});

test("a task that asks about something waits for it", async ({ captionPage, page }) => {
  await captionPage.open();
  const field = page.getByLabel("What to find");
  await expect(field).toBeHidden();
  await captionPage.takeSample(scene.caption);
  await captionPage.chooseTask("What I name");
  await captionPage.ask();
  await expect(field).toBeFocused();
  await field.fill(scene.labels[1]);
  await captionPage.ask();
  await expect(captionPage.drawnRegions.first()).toBeVisible();
});

test("a region drawn on the picture is what the task asks about", async ({ captionPage, page }) => {
  await captionPage.open(`/playground?sample=${scene.name}`);
  await captionPage.chooseTask("What is in it");
  const frame = (await captionPage.picture.boundingBox())!;
  const side = Math.min(frame.width, frame.height);
  const at = (x: number, y: number): [number, number] => [
    frame.x + (frame.width - side) / 2 + x * side,
    frame.y + (frame.height - side) / 2 + y * side,
  ];
  await page.mouse.move(...at(0.25, 0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.75, 0.5), { steps: 4 });
  await page.mouse.up();
  await expect(captionPage.caption).not.toBeEmpty();
  const locations = (await page.getByRole("textbox", { name: "Region" }).inputValue()).match(/\d+/g)!.map(Number);
  for (const [place, expected] of [250, 250, 750, 500].entries()) {
    expect(Math.abs(locations[place] - expected)).toBeLessThanOrEqual(3);
  }
});

test("a region can be written in pixels", async ({ captionPage, page }) => {
  await captionPage.open(`/playground?sample=${scene.name}`);
  await captionPage.chooseTask("What is in it");
  const [label] = scene.labels;
  await page.getByRole("textbox", { name: "Region" }).fill(scene.boxes[label].join(", "));
  await captionPage.ask();
  await expect(captionPage.caption).toContainText(label.split(" ").at(-1)!);
});

test("the address holds the page's state", async ({ captionPage }) => {
  await captionPage.open(`/playground?sample=${scene.name}&task=od`);
  await expect(captionPage.page.getByLabel("Task", { exact: true })).toHaveValue("<OD>");
  await expect(captionPage.drawnRegions).toHaveCount(scene.labels.length);
});

test("what is no picture is refused in words, and the page goes on", async ({ captionPage }) => {
  await captionPage.open();
  await captionPage.choose({ name: "letter.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7\n") });
  await expect(captionPage.problem).toContainText("Try another picture");
  await expect(captionPage.problem).toContainText(/Request \S+/);
  await captionPage.choose(scene.path);
  await expect(captionPage.caption).toHaveText(scene.caption);
});
