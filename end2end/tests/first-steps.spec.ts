import { appendFileSync, chmodSync, copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectNoViolations } from "../pages/accessible";
import { PASSWORD } from "../pages/people";
import { sample } from "../pages/samples";
import { Server } from "../pages/server";
import { expect, test } from "../pages/test";

/** Servers that tests have started, and that end with them. */
const started: Server[] = [];

test.afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

async function start(...words: string[]): Promise<Server> {
  const server = await Server.start(...words);
  started.push(server);
  return server;
}

/** A new folder that the account which Postgres runs as gets into. */
function folder(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `vasari-e2e-${name}-`));
  chmodSync(path, 0o755);
  return path;
}

test("a new server shows sample scenes, and makes whoever comes first its administrator", async ({ accounts, grid, image, page }) => {
  test.slow();
  const server = await start("serve", "--log-level", "warn", "--data-dir", join(folder("new"), "data"));
  const address = await server.address();
  expect(address).toBe(`${server.origin}/datasets/samples`);
  await page.goto(address);
  await grid.ready();
  await expect(page.getByRole("heading", { name: "Sample scenes", level: 1 })).toBeVisible();
  await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
  await expect(grid.tiles.first()).toBeVisible();

  // What the scenes show, and what the model says of them once its job is done.
  await expect(async () => {
    await page.goto(address);
    await grid.ready();
    await expect(grid.filters.getByRole("region", { name: "Has a caption of" }).getByRole("listitem")).toHaveCount(2, { timeout: 1000 });
  }).toPass({ timeout: 120_000 });
  await grid.pictures.getByRole("link").first().click();
  await image.ready();
  await expect(image.cards).toHaveCount(2);

  await page.goto(await server.firstLink());
  await expectNoViolations(page);
  await page.getByLabel("Name").fill("Ada");
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Make the account" }).click();
  await accounts.expectSignedIn("Ada");
  await page.goto(`${server.origin}/admin`);
  await expect(page.getByRole("list", { name: "People" }).getByRole("listitem").filter({ hasText: "Ada" })).toContainText(/administrator/i);
  // The link was for one account.
  expect((await page.goto(await server.firstLink()))?.status()).toBe(410);
});

/** A folder of pictures with captions in a file beside it, two rows of which are broken. */
function gallery(): { pictures: string; captions: string } {
  const [root, scenes] = [folder("gallery"), Array.from({ length: 7 }, (_, number) => `scene-0${number + 1}.png`)];
  const [pictures, captions] = [join(root, "My Photos"), join(root, "captions.jsonl")];
  mkdirSync(pictures);
  const rows = scenes.map((scene) => {
    copyFileSync(sample(scene).path, join(pictures, scene));
    return JSON.stringify({ image: scene, caption: sample(scene).caption });
  });
  writeFileSync(captions, [...rows, "{broken", JSON.stringify({ image: "nowhere.png", caption: "x" })].join("\n") + "\n");
  return { pictures, captions };
}

test("a folder is shown in numbered pages, found in, and looked at anew when it is shown again", async ({ grid, page }) => {
  test.slow();
  const { pictures, captions } = gallery();
  const data = join(folder("data"), "data");
  const words = ["gallery", "--dataset_dir", pictures, "--captions_file", captions, "--page_size", "5", "--enable_search", "--data-dir", data];
  const server = await start(...words);
  await page.goto(await server.address());
  await expect(async () => {
    await page.goto(server.origin);
    await page.getByRole("link", { name: "My Photos" }).first().click();
    await grid.ready();
    await expect(grid.tiles).toHaveCount(5, { timeout: 500 });
    await expect(page.getByRole("link", { name: "Page 2" })).toBeVisible({ timeout: 500 });
  }, "pages of five from the start page on").toPass({ timeout: 60_000 });
  await page.getByRole("link", { name: "Page 2" }).click();
  await grid.ready();
  await expect(grid.tiles).toHaveCount(2);

  // What can't be taken in is told, row by row, and keeps nothing else back.
  await expect.poll(() => server.err).toContain("nowhere.png");
  expect(server.err).toContain("line 8: ");

  const { caption, labels } = sample("scene-02.png");
  await page.getByRole("combobox", { name: /Search/ }).fill(labels[0]);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/q=/);
  await expect(async () => {
    await page.reload();
    await grid.ready();
    await expect(grid.pictures.getByText(caption)).toBeVisible({ timeout: 500 });
  }, "the index follows").toPass({ timeout: 30_000 });
  await server.stop();

  copyFileSync(sample("scene-08.png").path, join(pictures, "scene-08.png"));
  appendFileSync(captions, `${JSON.stringify({ image: "scene-08.png", caption: "one more picture" })}\n`);
  const again = await start(...words);
  const address = await again.address();
  await expect(async () => {
    await page.goto(address);
    await grid.ready();
    await expect(page.getByText("8 images")).toBeVisible({ timeout: 500 });
    await page.goto(`${again.origin}${new URL(address).pathname}?page_size=5&page=2`);
    await grid.ready();
    await expect(grid.pictures.getByText("one more picture")).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
});

test("a folder that can't be kept, or isn't there, is refused in words", async () => {
  const { pictures } = gallery();
  const without = await start("gallery", "--dataset-dir", pictures, "--database-url", "none", "--data-dir", join(folder("none"), "data"));
  expect(await without.ended()).toBe(1);
  expect(without.err).toContain("--database-url none");
  expect(without.err, "no program speaks to people in backtraces").not.toMatch(/panicked|RUST_BACKTRACE/);
  const nowhere = await start("gallery", "--dataset-dir", join(pictures, "nowhere"));
  expect(await nowhere.ended()).toBe(1);
  expect(nowhere.err).toMatch(/nowhere.* can't be read/);
});
