import { readFileSync } from "node:fs";
import { SOURCES, twoSources } from "../pages/arena-page";
import { expect, test } from "../pages/test";

const SCENES = ["scene-01.png", "scene-02.png", "scene-03.png", "scene-04.png", "scene-05.png"];

test("two captions are compared by keys, without their sources until there is a vote", async ({ accounts, arena, page, root }) => {
  const dataset = await twoSources(root, SCENES);
  await accounts.signIn(root, `${dataset.address}/arena`);
  const outcomes: [string, RegExp][] = [
    ["ArrowLeft", /^You preferred model-. \(left\) to model-. \(right\)/],
    ["ArrowRight", /^You preferred model-. \(right\) to model-. \(left\)/],
    ["ArrowUp", /^For you model-. \(left\) was as good as model-. \(right\)/],
    ["ArrowDown", /^For you both model-. \(left\) and model-. \(right\) were bad/],
    [" ", /^You skipped model-. \(left\) and model-. \(right\)/],
  ];
  const asked: string[] = [];
  for (const [votes, [key, words]] of outcomes.entries()) {
    await expect(page.getByText(`${votes} ${votes === 1 ? "vote" : "votes"} so far`)).toBeVisible();
    const texts = await arena.texts();
    const picture = texts[0].slice(texts[0].indexOf("scene"));
    expect([...texts].sort()).toEqual(Object.values(SOURCES).map((words) => `${words} on ${picture}`));
    expect(await arena.source(), "nothing tells whose they are").not.toMatch(/model-[xy]/);
    asked.push(picture);
    await page.keyboard.press(key);
    await expect(arena.last).toHaveText(words);
    const [left, right] = [...(await arena.last.innerText()).matchAll(/(model-.) \((left|right)\)/g)]
      .sort((a, b) => a[2].localeCompare(b[2]))
      .map(([, source]) => SOURCES[source as keyof typeof SOURCES]);
    expect(texts, "the names that are told then are those of who said it").toEqual([`${left} on ${picture}`, `${right} on ${picture}`]);
  }
  expect([...asked].sort(), "each picture once").toEqual(SCENES);
  await expect(page.getByRole("heading", { name: "You have compared them all" })).toBeVisible();

  // The last one is taken back, and asked again as it was.
  await page.keyboard.press("u");
  await expect(arena.left).toContainText(asked.at(-1)!);
  await expect(arena.last).toHaveCount(0);
});

test("a vote that is taken back is asked again just as it was", async ({ accounts, arena, page, root }) => {
  const dataset = await twoSources(root, SCENES);
  await accounts.signIn(root, `${dataset.address}/arena`);
  const before = await arena.texts();
  await arena.answers.getByRole("button", { name: "Right is better" }).click();
  await expect(arena.last).toBeVisible();
  expect(await arena.texts()).not.toEqual(before);
  await page.getByRole("button", { name: "Take it back" }).click();
  await expect(page.getByText("0 votes so far")).toBeVisible();
  expect(await arena.texts()).toEqual(before);
});

test("the board ranks what people prefer, and gives the votes away", async ({ accounts, arena, page, root }) => {
  const dataset = await twoSources(root, SCENES);
  await accounts.signIn(root, `${dataset.address}/board`);
  await expect(page.getByRole("heading", { name: "No votes yet" })).toBeVisible();
  await page.getByRole("link", { name: "Go to the arena" }).click();
  for (let vote = 0; vote < SCENES.length; vote += 1) {
    await expect(page.getByText(new RegExp(`^${vote} votes? so far$`))).toBeVisible();
    await page.keyboard.press((await arena.side("a clear dog")) === "left" ? "ArrowLeft" : "ArrowRight");
  }
  await page.getByRole("link", { name: "See the board" }).click();
  const standings = await arena.standings();
  expect(standings.map(([rank, source]) => [rank, source])).toEqual([["1", "model-x"], ["2", "model-y"]]);
  expect(Number(standings[0][2])).toBeGreaterThan(Number(standings[1][2]));
  expect(standings.map((row) => row.slice(4))).toEqual([["5", "100 %"], ["5", "0 %"]]);
  await expect(page.getByText("5 votes from 1 person.")).toBeVisible();

  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the votes" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe(`${dataset.slug}-votes.jsonl`);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n").map((line) => JSON.parse(line));
  expect(new Set(lines.map(({ image }) => image))).toEqual(new Set(Object.values(dataset.images)));
  expect(lines.map((line) => line[`${line.outcome}_source`])).toEqual(SCENES.map(() => "model-x"));
  expect(lines.map((line) => line.voter_name)).toEqual(SCENES.map(() => "root"));
});

test("a choice of pictures and sources is kept from vote to vote", async ({ accounts, arena, page, root }) => {
  const dataset = await twoSources(root, SCENES);
  await root.write(dataset.images[SCENES[1]], "what a person wrote");
  const query = `q=${encodeURIComponent('"scene-02.png"')}`;
  await expect.poll(() => root.found(dataset, '"scene-02.png"'), { message: "the index follows" }).toBe(1);
  await accounts.signIn(root, `${dataset.address}?${query}`);
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("link", { name: "Compare blind" }).click();
  // Three sources speak of the one picture: three pairs.
  for (let votes = 0; votes < 3; votes += 1) {
    await expect(page.getByText(new RegExp(`^${votes} votes? so far$`))).toBeVisible();
    await expect(page.getByText("scene-02.png").first()).toBeVisible();
    await page.keyboard.press("ArrowUp");
  }
  await expect(page.getByText("You have been asked about every pair that this choice leaves.")).toBeVisible();
  await page.goto(`${dataset.address}/arena?sources=model-x&sources=root`);
  await expect(page.getByText("Only model-x, root")).toBeVisible();
  await expect(page.getByText("You have been asked about every pair that this choice leaves.")).toBeVisible();
});

test("the board tells how far people agree", async ({ accounts, arena, page, root }) => {
  const dataset = await twoSources(root, SCENES.slice(0, 2));
  const anna = await root.invite("anna");
  await root.share(dataset, anna, "annotator");
  for (const [person, preferred] of [[root, ["model-x", "model-x"]], [anna, ["model-x", "model-y"]]] as const) {
    for (const source of preferred) {
      await person.vote(dataset, Object.keys(SOURCES), source);
    }
  }
  await accounts.signIn(root, `${dataset.address}/board`);
  expect((await arena.standings()).map((row) => [row[1], row[4], row[5]])).toEqual([["model-x", "4", "75 %"], ["model-y", "4", "25 %"]]);
  await expect(page.getByText("4 votes from 2 people.")).toBeVisible();
  await expect(page.getByText(/^2 pairs were judged by more than one person, who said the same in (0|50|100) % of cases/)).toBeVisible();
});

test("who only looks sees the board, and has no vote", async ({ accounts, page, root }) => {
  const dataset = await twoSources(root, SCENES.slice(0, 1));
  const viewer = await root.invite("viewer");
  await root.share(dataset, viewer, "viewer");
  await accounts.signIn(viewer, `${dataset.address}/board`);
  await expect(page.getByRole("heading", { name: "No votes yet" })).toBeVisible();
  await expect(page.getByRole("main").getByRole("link", { name: /Vote|Go to the arena/ })).toHaveCount(0);
  const answer = await page.goto(`${dataset.address}/arena`);
  expect(answer?.status()).toBe(403);
  await expect(page.getByRole("button", { name: "Left is better" })).toHaveCount(0);
});

test("captions stay text in the arena whatever is in them", async ({ accounts, arena, page, root }) => {
  const dataset = await twoSources(root, []);
  const image = await root.add(dataset, SCENES[0]);
  const hostile = ["<script>alert(1)</script>", "</p><img src=x onerror=alert(2)>"];
  for (const [place, source] of Object.keys(SOURCES).entries()) {
    await root.say(source, image, hostile[place]);
  }
  await accounts.signIn(root, `${dataset.address}/arena`);
  expect((await arena.texts()).sort()).toEqual([...hostile].sort());
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("votes are forms, and so is the way back", async ({ accounts, arena, page, root }) => {
    const dataset = await twoSources(root, SCENES.slice(0, 2));
    await accounts.signIn(root, `${dataset.address}/arena`);
    await arena.answers.getByRole("button", { name: "Left is better" }).click();
    await expect(arena.last).toHaveText(/\(left\) to model-. \(right\)/);
    await page.getByRole("button", { name: "Take it back" }).click();
    await expect(page.getByText("0 votes so far")).toBeVisible();
    await arena.answers.getByRole("button", { name: "As good" }).click();
    await arena.answers.getByRole("button", { name: "Skip" }).click();
    await expect(page.getByRole("heading", { name: "You have compared them all" })).toBeVisible();
    await page.getByRole("link", { name: "See the board" }).click();
    expect((await arena.standings()).map((row) => row[4])).toEqual(["1", "1"]);
  });
});
