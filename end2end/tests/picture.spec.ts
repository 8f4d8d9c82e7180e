import { createHash } from "node:crypto";
import { goOn, streamSlowly } from "../pages/captions";
import { photograph } from "../pages/exif";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const SCENES = ["scene-01.png", "scene-02.png", "scene-03.png", "scene-04.png"];

/** Something of each shape that a region can have. */
const REGIONS = [
  { label: "dog", box: [20, 30, 120, 160], confidence: 0.75 },
  { label: "red sign", quad: [150, 20, 220, 30, 215, 80, 145, 70] },
  { label: "tree", polygons: [[200, 150, 260, 150, 230, 280], [270, 200, 300, 200, 285, 290]] },
];

test("words and the shapes that they speak of light up together", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("Phrases", { pictures: SCENES.slice(0, 1) });
  await root.outline(dataset.images[SCENES[0]], "A dog beside a red sign", REGIONS);
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  const phrase = (words: string) => image.text("root").getByRole("mark").filter({ hasText: words });
  const shape = (name: string) => page.getByRole("group", { name: "Regions on the picture" }).getByRole("img", { name });
  const row = (name: string) => page.getByRole("region", { name: "Regions" }).getByRole("button", { name });
  const lit = /(^|\s)is-lit(\s|$)/;
  await phrase("dog").hover();
  await expect(shape("dog")).toHaveClass(lit);
  await expect(row("dog")).toHaveClass(lit);
  await expect(shape("red sign")).not.toHaveClass(lit);
  await phrase("red sign").focus();
  await expect(shape("red sign")).toHaveClass(lit);
  await page.keyboard.press("Tab");
  await expect(shape("red sign")).not.toHaveClass(lit);

  // And back: from the picture to the words, and from the list to the picture.
  await shape("dog").hover();
  await expect(phrase("dog")).toHaveClass(lit);
  await expect(phrase("red sign")).not.toHaveClass(lit);
  await row("tree").focus();
  await expect(shape("tree")).toHaveClass(lit);
  await expect(row("dog")).toContainText("75 %");
});

test("boxes, quads and polygons lie where they were told to", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("Shapes", { pictures: SCENES.slice(0, 1) });
  await root.outline(dataset.images[SCENES[0]], "A dog", REGIONS);
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  await expect(image.boxes).toHaveCount(3);
  const [left, top, scale] = await image.picture.evaluate((picture: HTMLImageElement) => {
    // The frame has another shape than the picture, which lies in its middle, as large as it goes.
    const { x, y, width, height } = picture.getBoundingClientRect();
    const [whole, high] = ["width", "height"].map((side) => Number(picture.getAttribute(side)));
    const scale = Math.min(width / whole, height / high);
    return [x + (width - whole * scale) / 2, y + (height - high * scale) / 2, scale];
  });
  for (const [name, corners] of [
    ["dog", [20, 30, 120, 160]],
    ["red sign", [145, 20, 220, 80]],
    ["tree", [200, 150, 300, 290]],
  ] as const) {
    // What is drawn, less its label.
    const place = await image.boxes.and(page.getByLabel(name, { exact: true })).evaluate((group) => {
      const shapes = [...group.querySelectorAll(":scope > :not(text)")] as SVGGraphicsElement[];
      const places = shapes.map((shape) => {
        const { x, y, width, height } = shape.getBBox();
        const matrix = shape.getScreenCTM()!;
        const [from, to] = [new DOMPoint(x, y), new DOMPoint(x + width, y + height)].map((point) => point.matrixTransform(matrix));
        return [from.x, from.y, to.x, to.y];
      });
      const side = (of: typeof Math.min, number: number) => of(...places.map((place) => place[number]));
      return [side(Math.min, 0), side(Math.min, 1), side(Math.max, 2), side(Math.max, 3)];
    });
    const wanted = corners.map((corner, number) => (number % 2 ? top : left) + corner * scale);
    for (const [number, side] of place.entries()) {
      expect(Math.abs(side - wanted[number]), `${name}, side ${number}`).toBeLessThan(2);
    }
  }
  await page.keyboard.press("b");
  await expect(image.boxes).toHaveCount(0);
  await page.getByRole("button", { name: "Boxes" }).click();
  await expect(image.boxes).toHaveCount(3);
});

test("letters choose a caption and say how far its review is", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("Letters", { pictures: SCENES.slice(0, 1) });
  for (const source of ["one", "two"]) {
    await root.model(dataset, source);
    await root.say(source, dataset.images[SCENES[0]], `what ${source} says`);
  }
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  const statuses = async () =>
    Object.fromEntries((await root.captions(dataset.images[SCENES[0]])).map(({ source, status }) => [source, status]));
  await expect(image.picture).toHaveAttribute("alt", "what one says");
  await page.keyboard.press("j");
  await expect(image.picture).toHaveAttribute("alt", "what two says");
  await page.keyboard.press("s");
  await expect(image.card("two").getByText("Submitted")).toBeVisible();
  await page.keyboard.press("k");
  await page.keyboard.press("x");
  await expect(image.card("one").getByRole("textbox", { name: "Why?" })).toBeFocused();
  await page.keyboard.type("no such dog");
  await page.keyboard.press("Enter");
  await expect(image.card("one").getByText("Rejected")).toBeVisible();
  await expect(image.card("one").getByText("no such dog")).toBeVisible();
  expect(await statuses()).toEqual({ one: "rejected", two: "submitted" });
  await page.keyboard.press("j");
  await page.keyboard.press("a");
  await expect(image.card("two").getByText("Approved")).toBeVisible();
  expect(await statuses()).toEqual({ one: "rejected", two: "approved" });
});

test("what the model says is seen while it comes", async ({ accounts, image, page, root }) => {
  const dataset = await root.dataset("Growing", { pictures: SCENES.slice(0, 1) });
  const text = (words: string) => `event: text\ndata: ${JSON.stringify({ text: words })}\n\n`;
  const problem = { title: "Something went wrong here", status: 500, detail: "The fault is on our side.", request_id: "r1" };
  await streamSlowly(page, [text("a brown "), text("dog"), `event: error\ndata: ${JSON.stringify(problem)}\n\n`]);
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  await page.keyboard.press("r");
  const run = page.getByRole("group").filter({ hasText: "Run a task" });
  await run.getByRole("button", { name: "Run the task" }).click();
  await expect(run.getByText("a brown", { exact: true })).toBeVisible();
  await expect(run.getByRole("button", { name: "Run the task" })).toBeDisabled();
  await goOn(page);
  await expect(run.getByText("a brown dog", { exact: true })).toBeVisible();
  await goOn(page);
  await expect(run.getByText("a brown dog")).toHaveCount(0);
  await expect(page.getByText("The fault is on our side.")).toBeVisible();
  await expect(run.getByRole("button", { name: "Run the task" })).toBeEnabled();
});

test("a model's caption tells how sure it is and what was asked", async ({ accounts, image, root }) => {
  const dataset = await root.dataset("Sure", { pictures: SCENES.slice(0, 1) });
  await root.model(dataset, "blip", { num_beams: 3, "<b>odd</b>": "<i>value</i>" });
  await root.say("blip", dataset.images[SCENES[0]], "a dog", { confidence: 0.42 });
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  const card = image.card("blip");
  await expect(card.getByText("42 %")).toBeVisible();
  await expect(card.getByText("Model", { exact: true })).toBeVisible();
  await expect(card.getByText("num_beams")).toBeHidden();
  await card.getByText(/stand-in/).click();
  await expect(card.getByRole("term").filter({ hasText: "num_beams" })).toBeVisible();
  await expect(card.getByRole("definition").filter({ hasText: "3" })).toBeVisible();
  await expect(card.getByText("<i>value</i>")).toBeVisible();
});

test("the history tells who changed what, and the caption is copied", async ({ accounts, context, image, page, root }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const anna = await root.invite("anna");
  const dataset = await root.dataset("History", { pictures: SCENES.slice(0, 1) });
  await root.share(dataset, anna, "annotator");
  await root.write(dataset.images[SCENES[0]], "a dog");
  const [{ id }] = await root.captions(dataset.images[SCENES[0]]);
  await anna.change(id, 1, "a brown dog");
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  await image.card("root").getByText("History").click();
  const versions = image.card("root").getByRole("list").getByRole("listitem");
  await expect(versions.filter({ hasText: "a brown dog" })).toContainText(anna.name);
  await expect(versions.filter({ hasText: "Version 1" })).toContainText("root");
  await image.card("root").getByRole("button", { name: "Copy" }).click();
  await expect(page.getByText("Caption copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("a brown dog");
});

test("what is known of the file is told: its sum, and what the camera wrote", async ({ accounts, image, page, root }) => {
  await page.goto("/sign-in");
  const maker = "<script>alert(1)</script>";
  const bytes = await photograph(page, maker);
  const dataset = await root.dataset("Camera", { pictures: SCENES.slice(0, 1) });
  dataset.images["photo.jpg"] = await root.addBytes(dataset, "photo.jpg", "image/jpeg", bytes);
  await accounts.signIn(root, dataset.image("photo.jpg"));
  await image.ready();
  await page.getByText("About the file").click();
  await expect(page.getByText(createHash("sha256").update(bytes).digest("hex"))).toBeVisible();
  await expect(page.getByText("64 × 48 pixels")).toBeVisible();
  await page.getByText("What the camera wrote (EXIF)").first().click();
  await expect(page.getByRole("term").filter({ hasText: "Make" })).toBeVisible();
  await expect(page.getByRole("definition").filter({ hasText: maker })).toBeVisible();

  await page.goto(dataset.image(SCENES[0]));
  await image.ready();
  await page.getByText("About the file").click();
  const sum = createHash("sha256").update(sample(SCENES[0]).bytes).digest("hex");
  await expect(page.getByText(sum)).toBeVisible();
  await page.getByText("What the camera wrote (EXIF)").first().click();
  await expect(page.getByText("The file has none.")).toBeVisible();
});

test("the arrows stay within a search, in its order, and Escape leads back to it", async ({ accounts, grid, image, page, root }) => {
  const dataset = await root.dataset("Search", { pictures: SCENES });
  // Found in another order than they were added in.
  await root.write(dataset.images[SCENES[0]], "a dog and a great many other things that make this caption long");
  await root.write(dataset.images[SCENES[1]], "a cat");
  await root.write(dataset.images[SCENES[3]], "a dog");
  await expect.poll(() => root.found(dataset, "dog"), { message: "the index follows" }).toBe(2);
  await accounts.signIn(root, `${dataset.address}?q=dog&bare=true&sort=-name`);
  await grid.ready();
  expect(await grid.names()).toEqual([SCENES[3], SCENES[0]]);
  await grid.link(SCENES[3]).click();
  await image.ready();
  await image.expectName(SCENES[3]);
  await page.keyboard.press("ArrowRight");
  await image.expectName(SCENES[0]);
  await expect(page.getByRole("link", { name: "Picture after" })).toHaveCount(0);
  await page.keyboard.press("ArrowLeft");
  await image.expectName(SCENES[3]);
  await expect(page.getByRole("link", { name: "Picture before" })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/q=dog/);
  await grid.ready();
  expect(await grid.names()).toEqual([SCENES[3], SCENES[0]]);
});

test("whose captions the grid shows, of those the picture's page speaks first", async ({ accounts, grid, image, root }) => {
  const dataset = await root.dataset("Main", { pictures: SCENES.slice(0, 2) });
  // The second by its name, but the one that the grid shows: it has said the most.
  for (const [source, scenes] of [["alpha", SCENES.slice(0, 1)], ["beta", SCENES.slice(0, 2)]] as const) {
    await root.model(dataset, source);
    for (const scene of scenes) {
      await root.say(source, dataset.images[scene], `what ${source} says`);
    }
  }
  await accounts.signIn(root, `${dataset.address}?captions=beta`);
  await grid.ready();
  await grid.pictures.getByRole("link").first().click();
  await image.ready();
  await expect(image.picture).toHaveAttribute("alt", "what beta says");
  await grid.open(dataset);
  const shown = (await grid.names())[0];
  await grid.pictures.getByRole("link").first().click();
  await image.ready();
  await expect(image.picture).toHaveAttribute("alt", shown);
});

test("what a job said before is in the history, with the way to the job", async ({ accounts, image, page, root }) => {
  test.slow();
  const dataset = await root.dataset("Jobs", { pictures: SCENES.slice(0, 1) });
  await root.work(dataset, "caption-jobs", { task: "<CAPTION>" });
  await accounts.signIn(root, dataset.image(SCENES[0]));
  await image.ready();
  const card = image.cards.first();
  await card.getByText("History").click();
  await card.getByRole("list").getByRole("link", { name: "by a job" }).click();
  await expect(page.getByRole("heading", { name: "Caption images", level: 1 })).toBeVisible();
});
