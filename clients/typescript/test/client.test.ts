// The client against the real server.

import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";

import { ConflictError, JobFailedError, VasariError, type Vasari } from "../src/index.js";
import { exportToFile, fileAt, picturesIn } from "../src/node.js";
import { all, realServer, samples, scene } from "./server.js";

const WORDS = "a penguin and a red apple on a yellow background";
const DATASET = "typescript";

let client: Vasari;
let folder: string;

before(async () => {
  client = realServer();
  folder = await mkdtemp(join(tmpdir(), "vasari-client-"));
  await mkdir(join(folder, "pictures/deeper"), { recursive: true });
  await copyFile(join(samples(), "scene-01.png"), join(folder, "pictures/deeper/scene-01.png"));
  await copyFile(join(samples(), "scene-02.png"), join(folder, "pictures/scene-02.png"));
  await copyFile(join(samples(), "scene-03.png"), join(folder, "pictures/scene-03.png"));
  await writeFile(join(folder, "pictures/broken.png"), "no picture");
  await writeFile(join(folder, "pictures/notes.txt"), "not even called one");
  await client.datasets.create({ slug: DATASET, name: "Scenes" });
  const told: [number, number][] = [];
  const pictures = await picturesIn(join(folder, "pictures"));
  const added = await client.images.upload(DATASET, pictures, { onProgress: (...now) => told.push(now) });
  const names = ["broken.png", "deeper/scene-01.png", "scene-02.png", "scene-03.png"];
  assert.deepEqual(added.map((result) => result.filename), names);
  assert.equal(added[0]?.error?.type, "/problems/unsupported-image");
  assert.deepEqual(added.map((result) => result.already_there), [undefined, false, false, false]);
  assert.deepEqual(told.at(-1), [4, 4]);
  const [again] = await client.images.upload(DATASET, [await scene("scene-02.png")]);
  assert.equal(again?.already_there, true);
});

after(() => client.datasets.delete(DATASET));

/** Does something with a picture that nobody has said anything of. */
async function withImage(work: (image: string) => Promise<void>) {
  const [added] = await client.images.upload(DATASET, [await scene("scene-04.png")]);
  assert(added?.image);
  try {
    await work(added.image.id);
  } finally {
    await client.images.delete(added.image.id);
  }
}

test("a picture is captioned, and its objects are found", async () => {
  const file = await scene("scene-02.png");
  const answer = await client.caption(file);
  assert.equal(answer.caption, WORDS);
  assert(answer.confidence > 0 && answer.confidence <= 1);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const objects = await client.caption(bytes, { task: "<OD>", num_beams: 3, timings: true });
  assert.deepEqual(objects.regions.map((region) => region.label), ["penguin", "red apple"]);
  assert(objects.timings);
  const region = await client.caption(file, { task: "region_to_description", region: [101, 100, 197, 245] });
  assert.match(region.caption, /penguin/);
});

test("a stream brings the same words", async () => {
  const events = await all(client.streamCaption(await scene("scene-02.png")));
  assert.equal(events.at(-1)?.answer?.caption, WORDS);
  assert(["", WORDS].includes(events.map((event) => event.text).join("")));
});

test("of a batch, what can't be captioned fails alone", async () => {
  const images = [await scene("scene-02.png"), new Uint8Array([1, 2, 3])];
  const { results } = await client.captionBatch(images, { batch_size: 2 });
  assert.deepEqual(results.map((result) => result.filename), ["scene-02.png", "image-2"]);
  assert.deepEqual(results.map((result) => result.caption ?? result.error?.status), [WORDS, 415]);
  const streamed = await all(client.streamBatch(images));
  assert.deepEqual(streamed.map((result) => result.index).sort(), [0, 1]);
});

test("what there is", async () => {
  assert.equal((await client.tasks()).length, 15);
  assert.equal((await client.modelInfo()).model_type, "florence-2");
  assert.equal((await client.health()).status, "healthy");
  assert((await client.systemInfo()).system.cpu_cores > 0);
  assert.equal((await client.me()).user.name, "anna");
  const sessions = await client.request<{ items: unknown[] }>("GET", "/api/v1/sessions", { query: { limit: 1 } });
  assert.deepEqual(sessions.items, []);
});

test("an error says what the problem document says", async () => {
  await assert.rejects(client.caption(await scene("scene-02.png"), { num_beams: 0 }), (error) => {
    assert(error instanceof VasariError);
    assert.deepEqual([error.status, error.type, error.kind], [400, "/problems/invalid-field", "invalid-field"]);
    assert(error.title && error.requestId);
    assert.match(error.detail, /num_beams/);
    return true;
  });
  await assert.rejects(realServer({ key: "wrong" }).me(), { status: 401 });
});

test("lists and search", async () => {
  const slugs = (await all(client.datasets.list())).map((dataset) => dataset.slug);
  assert(slugs.includes(DATASET));
  const names = (await all(client.images.list(DATASET, { sort: "name" }))).map((image) => image.file_name);
  assert.deepEqual(names, ["deeper/scene-01.png", "scene-02.png", "scene-03.png"]);
  // The index follows what is written within moments.
  const deadline = performance.now() + 20_000;
  while ((await client.images.searchPage(DATASET, "name:scene")).total < 3) {
    assert(performance.now() < deadline);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const found = await all(client.images.search(DATASET, "name:scene", { sort: "name" }));
  assert.deepEqual(found.map((image) => image.file_name), names);
  const first = await client.images.searchPage(DATASET, "name:scene", { sort: "name", limit: 2 });
  const rest = await client.images.searchPage(DATASET, "name:scene", { sort: "name", limit: 2, cursor: first.next_cursor });
  assert.deepEqual([...first.items, ...rest.items].map((image) => image.file_name), names);
  await assert.rejects(all(client.images.search(DATASET, "words:many")), (error) => {
    return error instanceof VasariError && error.problem.position === 6;
  });
});

test("a picture comes back as it went", async () => {
  const image = (await all(client.images.list(DATASET))).find((listed) => listed.file_name === "scene-02.png");
  assert(image);
  const file = await client.images.file(image.id);
  assert.deepEqual(Buffer.from(await file.arrayBuffer()), await readFile(join(samples(), "scene-02.png")));
  assert.equal((await client.images.thumbnail(image.id)).type, "image/webp");
  await client.images.delete(image.id);
  await client.images.restore(image.id);
  assert.equal((await client.images.get(image.id)).width, 320);
});

test("a caption is kept in a dataset", () =>
  withImage(async (image) => {
    const answer = await client.caption(null, { dataset: DATASET, image_id: image, num_beams: 1 });
    const [kept] = await client.captions.list(image);
    assert.equal(kept?.id, answer.stored?.caption);
    assert.equal(kept?.text, answer.caption);
  }));

test("captions are written in turn", () =>
  withImage(async (image) => {
    const mine = await client.captions.write(image, { text: "A scene.", regions: [{ label: "all", box: [0, 0, 9, 9] }] });
    const changed = await client.captions.write(image, { text: "Another scene.", version: mine.version });
    await assert.rejects(client.captions.write(image, { text: "A third.", version: mine.version }), (error) => {
      assert(error instanceof ConflictError);
      assert.deepEqual([error.current?.text, error.current?.version], ["Another scene.", changed.version]);
      assert.equal((error.sent as { text: string }).text, "A third.");
      return true;
    });
    const versions = await client.captions.versions(mine.id);
    assert.deepEqual(versions.map((version) => version.text), ["Another scene.", "A scene."]);
    const restored = await client.captions.restore(mine.id, 1, changed.version);
    assert.equal(restored.text, "A scene.");
    await client.captions.setStatus(DATASET, [restored], "submitted");
    assert.equal((await client.captions.undo(DATASET)).captions[0]?.status, "draft");
    assert.equal((await client.captions.redo(DATASET)).captions[0]?.status, "submitted");
    const [now] = await client.captions.list(image, mine.id);
    assert(now);
    await client.captions.delete(image, now.version);
    assert.deepEqual(await client.captions.list(image), []);
  }));

test("captions of elsewhere are added", () =>
  withImage(async (image) => {
    await client.datasets.createSource(DATASET, { slug: "other", kind: "import" });
    const added = await client.captions.add(image, { source: "other", text: "A scene, elsewhere.", confidence: 0.5 });
    assert.equal(added.confidence, 0.5);
    assert((await all(client.datasets.sources(DATASET))).some((source) => source.slug === "other"));
  }));

test("review", () =>
  withImage(async (image) => {
    const mine = await client.captions.write(image, { text: "A scene to review." });
    const submitted = await client.captions.update(mine.id, { version: mine.version, status: "submitted" });
    const { item } = await client.review.next(DATASET);
    assert.equal(item?.image.id, image);
    await client.review.renew(item.lease.id);
    const approved = await client.review.decide(mine.id, { decision: "approved", version: submitted.version });
    assert.equal(approved.status, "approved");
    const late = client.review.decide(mine.id, { decision: "rejected", version: submitted.version });
    await assert.rejects(late, ConflictError);
    assert.equal((await all(client.review.decisions(DATASET)))[0]?.caption, mine.id);
    assert.equal((await client.review.takeBack(mine.id, approved.version)).status, "submitted");
    const again = await client.review.next(DATASET);
    assert(again.item);
    await client.review.skip(again.item.lease.id);
    assert.equal((await client.review.next(DATASET)).item ?? null, null);
    assert((await client.review.progress(DATASET)).captions.submitted >= 1);
  }));

test("jobs are watched, cancelled and taken up again", async () => {
  const job = await client.jobs.caption(DATASET, { parameters: { num_beams: 1 } });
  const states = await all(client.jobs.watch(job.id));
  assert.equal(states.at(-1)?.state, "succeeded");
  assert.equal(states.at(-1)?.done, 3);
  assert((await all(client.jobs.list(DATASET))).some((listed) => listed.id === job.id));
  const other = await client.jobs.caption(DATASET, { task: "more_detailed_caption", parameters: { num_beams: 16 } });
  assert.equal((await client.jobs.cancel(other.id)).state, "cancelled");
  await assert.rejects(client.jobs.wait(other.id), (error) => error instanceof JobFailedError && error.job.id === other.id);
  await client.jobs.resume(other.id);
  await client.jobs.cancel(other.id);
});

test("a bulk edit is previewed, done and rolled back", () =>
  withImage(async (image) => {
    await client.captions.write(image, { text: "A picture of a scene." });
    const edit = { operation: "replace", find: "A picture of a", replacement: "A" };
    const what = { edit, images: { images: [image] }, of_source: "anna" };
    assert.equal((await client.jobs.previewBulkEdit(DATASET, what)).changed, 1);
    const job = await client.jobs.wait((await client.jobs.bulkEdit(DATASET, what)).id);
    assert.equal((await client.captions.list(image))[0]?.text, "A scene.");
    await client.jobs.wait((await client.jobs.rollBack(job.id)).id);
    assert.equal((await client.captions.list(image))[0]?.text, "A picture of a scene.");
  }));

test("a file is imported, and a dataset exported", async () => {
  const path = join(folder, "captions.jsonl");
  const lines = ["scene-02.png", "missing.png"].map((image) => JSON.stringify({ image, prompt: `text of ${image}` }));
  await writeFile(path, `${lines.join("\n")}\n`);
  const options = { source: "notes", mapping: ["prompt=caption"], dry_run: true };
  const dry = await client.jobs.wait((await client.jobs.importFile(DATASET, await fileAt(path), options)).id);
  assert.deepEqual((await all(client.jobs.errors(dry.id))).map((error) => error.position), [2]);
  await client.jobs.wait((await client.jobs.applyImport(DATASET, dry.id)).id);
  const to = join(folder, "scenes.csv");
  await exportToFile(client, DATASET, to, { format: "csv", captions: { source: "notes" } });
  assert.match(await readFile(to, "utf8"), /text of scene-02\.png/);
  assert(!(await readdir(folder)).includes("scenes.csv.part"));
});

test("the arena, and captions in numbers", () =>
  withImage(async (image) => {
    await client.captions.write(image, { text: "three words here" });
    await client.captions.add(image, { source: "other", text: "A scene." });
    const { comparison } = await client.arena.next(DATASET, { images: { images: [image] } });
    assert.equal(comparison?.image, image);
    const vote = await client.arena.vote(comparison.id, "left");
    assert(vote.left.source && vote.left.source !== vote.right.source);
    assert.equal((await all(client.arena.votes(DATASET)))[0]?.outcome, "left");
    assert.equal((await client.arena.board(DATASET)).sources[0]?.source, vote.left.source);
    assert.equal((await client.arena.takeBack(comparison.id)).outcome ?? null, null);
    const { sources } = await client.datasets.metrics(DATASET, { source: "anna", reference: "anna" });
    assert.equal(sources.find((source) => source.source === "anna")?.summaries["words"]?.mean, 3);
    assert((await client.datasets.facets(DATASET)).facets.length > 0);
  }));
