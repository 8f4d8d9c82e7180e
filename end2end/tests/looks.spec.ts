import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { type Dataset, type Person, signUp } from "../pages/people";
import { sample } from "../pages/samples";
import { Server } from "../pages/server";
import { test as base, expect } from "../pages/test";

/** What is looked at, and that it lies on a server of its own: what other tests leave behind would be seen. */
const test = base.extend<object, { server: Server; looked: Dataset }>({
  server: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "vasari-e2e-looks-"));
      // The account that Postgres runs as must get there.
      chmodSync(folder, 0o755);
      const quiet = ["--log-level", "warn", "--rate-limit", "off", "--address-rate-limit", "off"];
      const server = await Server.start("serve", ...quiet, "--data-dir", join(folder, "data"));
      await server.address();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  root: [
    async ({ playwright, server }, use) => {
      const request = await playwright.request.newContext({ baseURL: server.origin });
      const token = new URL(await server.firstLink()).searchParams.get("token")!;
      await use(await signUp(request, "root", token));
      await request.dispose();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.origin),
  looked: [async ({ root }, use) => use(await scenes(root)), { scope: "worker", timeout: 120_000 }],
});

const SCENES = Array.from({ length: 12 }, (_, number) => `scene-${String(number + 1).padStart(2, "0")}.png`);

/** Pictures with captions of two models and of a person, in different states, and two votes on them. */
async function scenes(root: Person): Promise<Dataset> {
  const dataset = await root.dataset("looks", { pictures: SCENES, title: "Street scenes", isPublic: true });
  await root.model(dataset, "florence-2-large.caption", { num_beams: 3 });
  await root.model(dataset, "blip-base");
  for (const [number, scene] of SCENES.entries()) {
    const { caption, labels, boxes } = sample(scene);
    const regions = labels.map((label) => ({ label, box: boxes[label], confidence: 0.8 }));
    await root.say("florence-2-large.caption", dataset.images[scene], caption, { confidence: 0.62, regions });
    if (number % 3 !== 2) {
      await root.say("blip-base", dataset.images[scene], `there is ${caption.replace(/ and /, " next to ")} in the picture`);
    }
  }
  const sources = ["florence-2-large.caption", "blip-base"];
  for (let votes = 0; votes < 6; votes += 1) {
    await root.vote(dataset, sources, sources[votes < 4 ? 0 : 1]);
  }
  await root.work(dataset, "exports", { format: "csv" });
  const edit = { operation: "set_status", status: "submitted" };
  await root.work(dataset, "bulk-edits", { images: { images: [dataset.images[SCENES[1]]] }, of_source: "blip-base", edit });
  await root.write(dataset.images[SCENES[0]], "What a person wrote, with a second sentence. It is longer than the others.");
  return dataset;
}

/** Waits until all is drawn, and writes what is another at each run as it is at none. */
async function settle(page: Page) {
  await page.waitForLoadState("networkidle");
  await page.evaluate(async () => {
    await document.fonts.ready;
    const shown = [...document.images].filter((image) => image.loading !== "lazy" || image.getBoundingClientRect().top < innerHeight);
    await Promise.all(shown.map((image) => image.decode().catch(() => undefined)));
    for (const moment of document.querySelectorAll("time")) {
      moment.textContent = "Nov 28, 2026, 5:00 PM";
    }
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const viewport of [{ width: 1280, height: 860 }, { width: 390, height: 844 }]) {
    test.describe(`in ${colorScheme}, ${viewport.width} pixels wide`, () => {
      test.use({ colorScheme, viewport, contextOptions: { reducedMotion: "reduce" } });

      /** Looks at the page, beside how it was looked at last. */
      async function look(page: Page, name: string) {
        await settle(page);
        const options = { animations: "disabled", caret: "hide", maxDiffPixelRatio: 0.02 } as const;
        await expect(page).toHaveScreenshot(`${name}-${colorScheme}-${viewport.width}.png`, options);
      }

      test("the pages look as they did", async ({ accounts, arena, compare, datasets, grid, image, looked, page, root }) => {
        test.slow();
        await accounts.signIn(root);
        await datasets.open();
        await look(page, "datasets");
        await grid.open(looked);
        await look(page, "grid");
        await image.open(looked.image(SCENES[0]));
        await look(page, "image");
        await compare.open(looked, "?sources=florence-2-large.caption&sources=blip-base&reference=florence-2-large.caption");
        await look(page, "compare");
        await arena.open(looked);
        // Which picture comes, and what stands on which side, is left to chance.
        await page.getByRole("img", { name: "The picture" }).evaluate((picture: HTMLImageElement, id) => {
          picture.src = `/api/v1/images/${id}/thumbnails/1440`;
        }, looked.images[SCENES[0]]);
        await arena.left.evaluate((text) => (text.textContent = "a dog beside a tree"));
        await arena.right.evaluate((text) => (text.textContent = "there is a dog next to a tree in the picture, and a house with a red roof behind it"));
        await look(page, "arena");
        await page.goto(`${looked.address}/board`);
        await look(page, "board");
        await page.goto(`/jobs?dataset=${looked.slug}`);
        await look(page, "jobs");
      });
    });
  }
}
