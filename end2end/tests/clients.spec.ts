import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { sample } from "../pages/samples";
import { expect, test } from "../pages/test";

const scene = sample("scene-02.png");
/** The client of the contract's page, to the letter. */
const client = readFileSync(new URL("../clients/snippets/caption.js", import.meta.url), "utf8");

/** The TypeScript client. */
const vasari = fileURLToPath(new URL("../../clients/typescript/src/index.ts", import.meta.url));

let elsewhere: Server;

test.beforeAll(async () => {
  elsewhere = createServer((_, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
});

test.afterAll(() => {
  elsewhere.close();
});

test("a page of another origin captions a picture", async ({ baseURL }, { project }) => {
  // The client writes port 8000, where another program may listen: this browser goes to the server's own instead.
  const { launchOptions = {} } = project.use;
  const rule = `--host-resolver-rules=MAP localhost:8000 ${new URL(baseURL ?? "").host}`;
  const browser = await chromium.launch({ ...launchOptions, args: [...(launchOptions.args ?? []), rule] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
    const answer = await page.evaluate(`(async () => {
      const bytes = Uint8Array.from(atob("${scene.bytes.toString("base64")}"), (letter) => letter.charCodeAt(0));
      const imageFile = new File([bytes], "${scene.name}", { type: "image/png" });
      ${client}
      return response.json();
    })()`);
    expect(answer).toMatchObject({ caption: scene.caption, model_info: { model_type: "florence-2" } });
  } finally {
    await browser.close();
  }
});

test("the TypeScript client works in a page of another origin", async ({ baseURL, page }) => {
  const built = await build({ entryPoints: [vasari], bundle: true, format: "iife", globalName: "vasari", write: false });
  await page.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`);
  await page.addScriptTag({ content: built.outputFiles[0]!.text });
  const told = await page.evaluate(`(async () => {
    const bytes = Uint8Array.from(atob("${scene.bytes.toString("base64")}"), (letter) => letter.charCodeAt(0));
    const picture = new File([bytes], "${scene.name}", { type: "image/png" });
    const client = new vasari.Vasari("${baseURL}");
    const { caption } = await client.caption(picture);
    let streamed;
    for await (const event of client.streamCaption(picture)) streamed = event.answer?.caption;
    const refusal = await client.caption(picture, { num_beams: 0 }).catch((error) => error);
    return { caption, streamed, refused: [refusal instanceof vasari.VasariError, refusal.kind, refusal.requestId !== undefined] };
  })()`);
  expect(told).toEqual({ caption: scene.caption, streamed: scene.caption, refused: [true, "invalid-field", true] });
});
