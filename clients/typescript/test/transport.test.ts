// How the client behaves where a server is busy or a network breaks.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";

import { Vasari, type ClientOptions } from "../src/index.js";
import { download } from "../src/node.js";
import { all, withStub, type Got, type Reply } from "./server.js";

const problem = { type: "/problems/overloaded", title: "Too many requests are being answered", status: 503 };
const picture = new Uint8Array([112, 105, 99]);

/** Turns away so many requests, and answers those after them. */
function busy(times: number, retryAfter = "0"): () => Reply {
  let left = times;
  return () => {
    left -= 1;
    const headers = { "Content-Type": "application/problem+json", "Retry-After": retryAfter };
    return left >= 0 ? { status: 503, headers, body: JSON.stringify(problem) } : { body: "{}" };
  };
}

test("a caption is asked for again under the same key", () =>
  withStub(busy(2), async (address, got) => {
    assert.deepEqual(await new Vasari(address).caption(picture, { task: "od" }), {});
    const keys = new Set(got.map((request) => request.headers["idempotency-key"]));
    assert.equal(got.length, 3);
    assert.equal(keys.size, 1);
    assert.match(String([...keys][0]), /^[0-9a-f]{32}$/);
    assert(got.every((request) => request.content.includes("pic") && request.content.includes("od")));
  }));

test("a server is given the time that it asks for", () =>
  withStub(busy(1, "1"), async (address, got) => {
    const began = performance.now();
    await new Vasari(address).health();
    assert(performance.now() - began >= 1000);
    assert.equal(got.length, 2);
  }));

test("what does harm twice is not sent twice", () =>
  withStub(busy(2), async (address, got) => {
    const client = new Vasari(address);
    await assert.rejects(client.jobs.caption("scenes"), { status: 503 });
    assert.equal(got.length, 1);
    await assert.rejects(all(client.streamCaption(picture)), { status: 503 });
    assert.equal(got.length, 2);
  }));

const bounds: [ClientOptions, string, number][] = [
  [{ retries: 2 }, "0", 3],
  [{ retries: 0 }, "0", 1],
  [{ longestWait: 5000 }, "60", 1],
];
for (const [options, retryAfter, attempts] of bounds) {
  test(`attempts are bounded by ${JSON.stringify(options)}`, () =>
    withStub(busy(9, retryAfter), async (address, got) => {
      await assert.rejects(new Vasari(address, options).health(), { kind: "overloaded" });
      assert.equal(got.length, attempts);
    }));
}

test("what something between says is an error too", () =>
  withStub(
    () => ({ status: 404, body: "nothing", headers: { "Content-Type": "application/json", "X-Request-Id": "7" } }),
    async (address, got) => {
      await assert.rejects(new Vasari(address).health(), { status: 404, detail: "nothing", requestId: "7" });
      assert.equal(got.length, 1);
    },
  ));

test("a server that is away has status 0", async () => {
  let gone = "";
  await withStub(busy(0), async (address) => void (gone = address));
  await assert.rejects(new Vasari(gone, { retries: 0 }).health(), { status: 0, kind: "unreachable" });
});

test("a server that says nothing is given up", () =>
  withStub(
    () => ({ delay: 1000 }),
    async (address) => {
      const client = new Vasari(address, { timeout: 100, retries: 0 });
      await assert.rejects(client.health(), { status: 0, kind: "timed-out" });
    },
  ));

test("a signal ends requests and waits, with its own reason", () =>
  withStub(busy(9, "30"), async (address) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const waiting = new Vasari(address).withSignal(controller.signal).health();
    setTimeout(() => controller.abort(reason), 50);
    await assert.rejects(waiting, (error) => error === reason);
    await assert.rejects(new Vasari(address, { signal: controller.signal }).health(), (error) => error === reason);
  }));

test("pages are fetched as they are reached", () => {
  const answer = ({ url = "" }: Got) => {
    const number = Number(new URL(url, "http://stub").searchParams.get("cursor"));
    return { body: JSON.stringify({ items: [{ slug: `${number}` }], next_cursor: number < 2 ? `${number + 1}` : null }) };
  };
  return withStub(answer, async (address, got) => {
    const datasets = new Vasari(address).datasets.list();
    assert.equal((await datasets.next()).value?.slug, "0");
    assert.equal(got.length, 1);
    assert.deepEqual((await all(datasets)).map((dataset) => dataset.slug), ["1", "2"]);
    assert.equal(got.length, 3);
  });
});

test("lines end at line feeds alone", () => {
  const caption = "a\u2028b\u0085c";
  const body = [0, 1].map((index) => `${JSON.stringify({ index, caption })}\n`).join("");
  return withStub(
    () => ({ body }),
    async (address) => {
      const results = await all(new Vasari(address).streamBatch([picture, picture]));
      assert.deepEqual(results.map((result) => result.caption), [caption, caption]);
    },
  );
});

test("an error in a stream is thrown", () => {
  const body = `event: text\ndata: {"text": "a"}\n\n: alive\n\nevent: error\ndata: ${JSON.stringify(problem)}\n\n`;
  return withStub(
    () => ({ body }),
    async (address) => {
      const events = new Vasari(address).streamCaption(picture);
      assert.deepEqual((await events.next()).value, { text: "a" });
      await assert.rejects(events.next(), { status: 503 });
    },
  );
});

test("a job is watched on after the stream broke off", () => {
  const states = ["running", "succeeded"];
  const answer = () => {
    const body = `event: job\ndata: ${JSON.stringify({ id: "7", state: states.shift() })}\n\n`;
    return { body, headers: { "Content-Length": "900" }, breaksAfter: body.length };
  };
  return withStub(answer, async (address, got) => {
    assert.equal((await new Vasari(address).jobs.wait("7")).state, "succeeded");
    assert.equal(got.length, 2);
  });
});

const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

function file(tag: string, breaksAfter?: number): (request: Got) => Reply {
  return ({ headers }) => {
    const start = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
    const reply = { status: start ? 206 : 200, headers: { ETag: `"${tag}"` }, body: content.subarray(start) };
    return start || breaksAfter === undefined ? reply : { ...reply, breaksAfter };
  };
}

test("a download goes on where it broke off", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vasari-client-"));
  const tag = createHash("sha256").update(content).digest("hex");
  await withStub(file(tag, 50_000), async (address, got) => {
    await download(new Vasari(address), "7", join(folder, "file.bin"));
    assert.equal(got.length, 2);
    assert.equal(got[1]?.headers["if-range"], `"${tag}"`);
  });
  assert.deepEqual(await readFile(join(folder, "file.bin")), content);
});

test("a download that came wrong is no file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vasari-client-"));
  await withStub(file("0".repeat(64)), async (address) => {
    await assert.rejects(download(new Vasari(address), "7", join(folder, "file.bin")), { kind: "damaged" });
  });
  assert.deepEqual(await readdir(folder), []);
});
