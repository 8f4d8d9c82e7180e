import { expectNoHorizontalScroll, expectNoViolations } from "../pages/accessible";
import type { Dataset, Person } from "../pages/people";
import { expect, test } from "../pages/test";

const SCENES = ["scene-01.png", "scene-02.png", "scene-03.png"];

async function captioned(root: Person, text = "a dog"): Promise<{ dataset: Dataset; source: string; caption: string }> {
  const dataset = await root.dataset("Pictures", { pictures: SCENES });
  await root.write(dataset.images[SCENES[0]], text);
  const [{ source, id }] = await root.captions(dataset.images[SCENES[0]]);
  return { dataset, source, caption: id };
}

test("keys go from picture to picture, and back to the dataset", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("Keys", { pictures: SCENES });
  await accounts.signIn(root, dataset.address);
  await page.goto(dataset.image(SCENES[0]));
  await image.ready();
  await image.expectName(SCENES[0]);
  await page.keyboard.press("ArrowRight");
  await image.expectName(SCENES[1]);
  await expect(page).toHaveURL(dataset.image(SCENES[1]));
  await expect(page).toHaveTitle(new RegExp(SCENES[1]));
  await page.keyboard.press("ArrowRight");
  await image.expectName(SCENES[2]);
  await page.keyboard.press("ArrowRight");
  await image.expectName(SCENES[2]);
  await page.getByRole("link", { name: "Picture before" }).click();
  await image.expectName(SCENES[1]);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(new RegExp(dataset.address));
});

test("a caption is saved as it is written, and taken back", async ({ accounts, image, page, root }) => {
  const { dataset, source } = await captioned(root);
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  await page.keyboard.press("e");
  const field = image.card(source).getByRole("textbox");
  await expect(field).toBeFocused();
  await field.fill("a brown dog");
  await expect(image.card(source).getByText("Not saved yet")).toBeVisible();
  await expect(image.text(source)).toHaveText("a brown dog");
  expect((await root.captions(dataset.images[SCENES[0]]))[0].text).toBe("a brown dog");
  await field.fill("a brown dog runs");
  await page.keyboard.press("Control+Enter");
  await expect(image.text(source)).toHaveText("a brown dog runs");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(image.text(source)).toHaveText("a dog");

  await image.card(source).getByText("History").click();
  const versions = image.card(source).getByRole("list").getByRole("listitem");
  await expect(versions).toHaveCount(4);
  await versions.filter({ hasText: "a brown dog runs" }).getByRole("button", { name: "Restore" }).click();
  await expect(image.text(source)).toHaveText("a brown dog runs");
});

test("nothing is lost when somebody else has changed the caption", async ({ accounts, image, root }) => {
  const { dataset, source, caption } = await captioned(root);
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  const field = await image.edit(source);
  await root.change(caption, 1, "a cat");
  await field.fill("a horse");
  const conflict = image.card(source).getByRole("alert");
  await expect(conflict).toContainText("a cat");
  await expect(field).toHaveValue("a horse");
  await conflict.getByRole("button", { name: "Keep mine" }).click();
  await expect(conflict).toHaveCount(0);
  await expect(image.text(source)).toHaveText("a horse");
  await root.change(caption, 3, "a cow");
  await field.fill("a sheep");
  await conflict.getByRole("button", { name: "Take theirs" }).click();
  await expect(field).toHaveValue("a cow");
  await expect(image.text(source)).toHaveText("a cow");
});

test("a review is a key, and can be undone", async ({ accounts, image, page, root }) => {
  const { dataset, source } = await captioned(root);
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  await page.keyboard.press("a");
  await expect(image.card(source).getByText("Approved")).toBeVisible();
  await page.keyboard.press("u");
  await expect(image.card(source).getByText("Draft", { exact: true })).toBeVisible();
  await image.card(source).getByRole("button", { name: "Submit" }).click();
  await expect(image.card(source).getByText("Submitted")).toBeVisible();
});

test("who only looks is offered nothing else", async ({ accounts, image, root }) => {
  const viewer = await root.invite("viewer");
  const { dataset, source } = await captioned(root, "<script>alert(1)</script>");
  await root.share(dataset, viewer, "viewer");
  await accounts.signIn(viewer, dataset.image(SCENES[0]));
  await image.ready();
  await expect(image.text(source)).toHaveText("<script>alert(1)</script>");
  for (const name of ["Approve", "Reject", "Submit"]) {
    await expect(image.card(source).getByRole("button", { name })).toHaveCount(0);
  }
  await expect(image.card(source).getByRole("textbox")).toHaveCount(0);
  await expect(image.card(source).getByRole("button", { name: "Copy" })).toBeVisible();
});

test("the picture is zoomed by wheel and key, and moved", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("Zoom", { pictures: SCENES });
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  const width = () => image.picture.evaluate((picture) => picture.getBoundingClientRect().width);
  const whole = await width();
  await page.keyboard.press("+");
  await expect.poll(width).toBeCloseTo(whole * 1.5, 0);
  await image.picture.hover();
  await page.mouse.wheel(0, -120);
  await expect.poll(width).toBeGreaterThan(whole * 1.6);
  await page.keyboard.press("0");
  await expect.poll(width).toBeCloseTo(whole, 0);
  await image.picture.dblclick();
  await expect.poll(width).toBeCloseTo(whole * 2.5, 0);
  await expect(image.picture).toHaveAttribute("src", /\/file$/);

  // It goes along with the pointer that holds it.
  const place = () => image.picture.evaluate((picture) => picture.getBoundingClientRect().x);
  const [before, frame] = [await place(), (await image.frame.boundingBox())!];
  const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 40, y, { steps: 4 });
  await page.mouse.up();
  await expect.poll(place).toBeCloseTo(before - 40, 0);
  await page.mouse.move(x, y);
  expect(await place(), "once it is let go, it stays").toBeCloseTo(before - 40, 0);
});

test("Shift and the arrows move a zoomed picture, no farther than its edge", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("Moved", { pictures: SCENES });
  await accounts.signIn(root, dataset.image(SCENES[1]));
  await image.ready();
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  const place = () => image.picture.evaluate((picture) => {
    const { x, y, right } = picture.getBoundingClientRect();
    return { x, y, right };
  });
  const before = await place();
  await page.keyboard.press("Shift+ArrowRight");
  await expect.poll(async () => (await place()).x).toBeLessThan(before.x - 10);
  await page.keyboard.press("Shift+ArrowDown");
  await expect.poll(async () => (await place()).y).toBeLessThan(before.y - 10);
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("Shift+ArrowUp");
  await expect.poll(async () => (await place()).x).toBeCloseTo(before.x, 0);
  await expect.poll(async () => (await place()).y).toBeCloseTo(before.y, 0);
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press("Shift+ArrowRight");
  }
  const frame = (await image.frame.boundingBox())!;
  expect((await place()).right, "no gap beside it").toBeGreaterThanOrEqual(frame.x + frame.width - 1);
  await image.expectName(SCENES[1]);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("captions are changed by plain forms, and conflicts are told", async ({ accounts, image, page, root }) => {
    const { dataset, source, caption } = await captioned(root);
    await accounts.signIn(root, dataset.image(SCENES[0]));
    const field = await image.edit(source);
    await field.fill("a brown dog\nruns");
    await image.card(source).getByRole("button", { name: "Save" }).click();
    await expect(image.text(source)).toHaveText("a brown dog\nruns");
    await (await image.edit(source)).fill("a horse");
    await root.change(caption, 2, "a cat");
    await image.card(source).getByRole("button", { name: "Save" }).click();
    await expect(image.card(source).getByRole("alert")).toContainText("Somebody changed this caption");
    await expect(image.text(source)).toHaveText("a cat");
    await expect(image.card(source).getByRole("textbox")).toHaveValue("a horse");
    await image.card(source).getByRole("button", { name: "Save" }).click();
    await expect(image.text(source)).toHaveText("a horse");
    await image.card(source).getByRole("button", { name: "Approve" }).click();
    await expect(image.card(source).getByText("Approved")).toBeVisible();
    await page.getByRole("link", { name: "Picture after" }).click();
    await image.expectName(SCENES[1]);
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`in ${colorScheme}`, () => {
    test.use({ colorScheme, contextOptions: { reducedMotion: "reduce" } });

    test("the picture's page can be read, and fits a narrow window", async ({ accounts, image, page, root }) => {
      const { dataset, source } = await captioned(root);
      await accounts.signIn(root, dataset.image(SCENES[0]));
      await image.ready();
      await image.edit(source);
      await image.card(source).getByText("History").click();
      await page.getByText("About the file").click();
      await expectNoViolations(page);
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoHorizontalScroll(page);
    });
  });
}
