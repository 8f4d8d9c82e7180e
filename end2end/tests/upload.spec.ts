import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const [one, two] = [sample("scene-01.png"), sample("scene-02.png")];

test("dropped files are added, and each that fails says why", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Uploads");
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await grid.drop([one, two, { name: "broken.png", bytes: one.bytes.subarray(0, 900) }, { ...two, name: one.name }]);
  const uploads = page.getByRole("region", { name: "2 files added" });
  await expect(uploads).toBeVisible();
  await expect(uploads).toContainText("2 failed");
  await expect(uploads.getByRole("listitem").filter({ hasText: "broken.png" })).toContainText(/cut off|corrupt/i);
  await expect(uploads.getByRole("listitem").filter({ hasText: one.name })).toContainText("has another picture of this name");
  await expect(grid.tiles).toHaveCount(2);
  await expect(page.getByText("2 images")).toBeVisible();
  await uploads.getByRole("button", { name: "Close" }).click();
  await expect(uploads).toHaveCount(0);
  await page.reload();
  await expect(grid.tiles).toHaveCount(2);
});

test("files are chosen as well", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Chooser");
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await page.getByRole("button", { name: "Pictures to add", exact: true }).setInputFiles([one.path, two.path]);
  await expect(grid.tiles).toHaveCount(2);
});

/** A folder on the disk with pictures at two depths, and with what is none. */
function folder(): string {
  const path = join(mkdtempSync(join(tmpdir(), "vasari-e2e-folder-")), "holiday");
  mkdirSync(join(path, "beach"), { recursive: true });
  writeFileSync(join(path, "one.png"), one.bytes);
  writeFileSync(join(path, "beach", "two.png"), two.bytes);
  writeFileSync(join(path, "notes.txt"), "no picture");
  return path;
}

test("a chosen folder is added with its paths, less what is no picture", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Folder");
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await page.getByLabel("A folder of pictures to add").setInputFiles(folder());
  await expect(page.getByText("1 file left out: no picture")).toBeVisible();
  await expect(grid.tiles).toHaveCount(2);
  expect((await grid.names()).sort()).toEqual(["holiday/beach/two.png", "holiday/one.png"]);
});

test("a dropped folder is added with its paths as well", async ({ accounts, context, grid, page, root }) => {
  const dataset = await root.dataset("Dropped");
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  // Scripts can't make a folder to drop; the browser's own protocol can.
  const protocol = await context.newCDPSession(page);
  const data = { items: [], files: [folder()], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await protocol.send("Input.dispatchDragEvent", { type, x: 700, y: 500, data });
  }
  await expect(grid.tiles).toHaveCount(2);
  expect((await grid.names()).sort()).toEqual(["holiday/beach/two.png", "holiday/one.png"]);
});

test("each file tells how far it is, and what is under way is cancelled", async ({ accounts, context, grid, page, root }) => {
  const dataset = await root.dataset("Cancelled");
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  // A slow line, so that there is something to see.
  const protocol = await context.newCDPSession(page);
  await protocol.send("Network.enable");
  const line = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 };
  await protocol.send("Network.emulateNetworkConditions", line);
  const names = ["a.png", "b.png", "c.png", "d.png", "e.png"];
  await grid.drop(names.map((name) => ({ name, bytes: Buffer.alloc(3_000_000) })));
  const uploads = page.getByRole("region", { name: "Adding 5 files" });
  const row = (name: string) => uploads.getByRole("listitem").filter({ hasText: name });
  await expect(row("a.png")).toContainText(/Sending, [1-9]\d? %/);
  await expect(row("e.png")).toContainText("Waiting");
  const aborted: string[] = [];
  page.on("requestfailed", (request) => aborted.push(request.method()));
  await uploads.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("region", { name: /files/ })).toHaveCount(0);
  await expect.poll(() => aborted.filter((method) => method === "POST").length).toBe(3);
  await protocol.send("Network.emulateNetworkConditions", { ...line, uploadThroughput: -1 });
  await page.reload();
  await grid.ready();
  await expect(page.getByRole("heading", { name: "No pictures yet" })).toBeVisible();
});

test("only owners may add pictures", async ({ accounts, grid, page, root }) => {
  const reviewer = await root.invite("reviewer");
  const dataset = await root.dataset("Guarded", { pictures: [one.name] });
  await root.share(dataset, reviewer, "reviewer");
  await accounts.signIn(reviewer, dataset.address);
  await grid.ready();
  await expect(page.getByText("Add pictures")).toHaveCount(0);
  await grid.choose(one.name);
  await expect(grid.selection.getByRole("button", { name: "Delete" })).toHaveCount(0);
});

test.describe("without scripts", () => {
  test.use({ javaScriptEnabled: false });

  test("pictures are added by a plain form", async ({ accounts, grid, page, root }) => {
    const dataset = await root.dataset("Plain");
    await accounts.signIn(root, dataset.address);
    await page.getByLabel("Pictures to add").and(page.locator(":visible")).setInputFiles([one.path, two.path]);
    await page.getByRole("button", { name: "Add pictures" }).click();
    await expect(grid.pictures.getByRole("img")).toHaveCount(2);
    expect((await grid.names()).sort()).toEqual([one.name, two.name]);

    // What is wrong with one of them is told, and keeps nothing else back.
    const broken = { name: "broken.png", mimeType: "image/png", buffer: one.bytes.subarray(0, 900) };
    const three = { name: "three.png", mimeType: "image/png", buffer: sample("scene-03.png").bytes };
    await page.getByLabel("Pictures to add").and(page.locator(":visible")).setInputFiles([broken, three]);
    await page.getByRole("button", { name: "Add pictures" }).click();
    await expect(page.getByText(/broken\.png/).first()).toBeVisible();
    await page.goto(dataset.address);
    await expect(grid.pictures.getByRole("img")).toHaveCount(3);
  });
});
