import type { Page } from "@playwright/test";
import { expectNoHorizontalScroll } from "../pages/accessible";
import { generatedDataset, generatedName } from "../pages/generated";
import { expect, test } from "../pages/test";

const SCENES = Array.from({ length: 12 }, (_, number) => `scene-${String(number + 1).padStart(2, "0")}.png`);

test("boxes are drawn when they are asked for, by a link or by a key", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Boxes", { pictures: SCENES.slice(0, 2) });
  await root.outline(dataset.images[SCENES[0]], "a dog", [{ label: "dog", box: [20, 30, 120, 160] }]);
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  // They say nothing that the caption doesn't: for who can't see them they aren't there, and have no role.
  const boxes = grid.tiles.first().locator("svg rect");
  await expect(boxes).toHaveCount(0);
  await page.getByRole("link", { name: "Boxes", exact: true }).click();
  await expect(boxes).toHaveCount(1);
  await expect(page).toHaveURL(/boxes=true/);
  const [box, picture] = [(await boxes.boundingBox())!, (await grid.picture("a dog").boundingBox())!];
  const scale = picture.width / Number(await grid.picture("a dog").getAttribute("width"));
  expect(Math.abs(box.x - picture.x - 20 * scale), "where it is in the picture").toBeLessThan(3);
  expect(Math.abs(box.width - 100 * scale)).toBeLessThan(4);
  await grid.link("a dog").focus();
  await page.keyboard.press("b");
  await expect(boxes).toHaveCount(0);
  await page.keyboard.press("b");
  await expect(boxes).toHaveCount(1);
});

test("pictures that leave before they have come are not waited for", async ({ grid, page, root }) => {
  const dataset = await generatedDataset(root, 600);
  const [asked, aborted] = [new Set<string>(), new Set<string>()];
  page.on("request", (request) => request.url().includes("/thumbnails/") && asked.add(request.url()));
  page.on("requestfailed", (request) => request.url().includes("/thumbnails/") && aborted.add(request.url()));
  // A server that never answers: what is still waited for at the end is what the browser did not give up.
  await page.route("**/thumbnails/**", () => {});
  await grid.page.goto(dataset.address, { waitUntil: "domcontentloaded" });
  await grid.ready();
  await page.mouse.move(700, 500);
  for (let turns = 0; turns < 12; turns += 1) {
    await page.mouse.wheel(0, 1500);
    await page.waitForTimeout(60);
  }
  await expect.poll(() => aborted.size, { message: "what has left is given up" }).toBeGreaterThan(20);
  const there = await grid.pictures.getByRole("img").evaluateAll((images: HTMLImageElement[]) => images.map(({ src }) => src));
  for (const source of there) {
    expect(aborted, "what is there is waited for").not.toContain(source);
  }
  await page.unroute("**/thumbnails/**");
});

test("captions of chosen pictures are approved and rejected at once, and that is undone", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Bulk", { pictures: SCENES.slice(0, 4) });
  for (const scene of SCENES.slice(0, 3)) {
    await root.write(dataset.images[scene], `a caption of ${scene}`);
  }
  const statuses = async () =>
    Promise.all(SCENES.slice(0, 3).map(async (scene) => (await root.captions(dataset.images[scene]))[0].status));
  await accounts.signIn(root, dataset.address);
  await grid.ready();
  await grid.choose(SCENES[0]);
  await grid.choose(SCENES[2]);
  await grid.choose(SCENES[3]);
  await grid.selection.getByRole("button", { name: "Approve captions" }).click();
  await expect(page.getByText("2 captions approved")).toBeVisible();
  expect(await statuses()).toEqual(["approved", "draft", "approved"]);
  await expect(grid.selection).toHaveCount(0);
  await grid.choose(SCENES[0]);
  await grid.choose(SCENES[1]);
  await grid.selection.getByText("Reject captions").click();
  await grid.selection.getByLabel("Why?").fill("No animal is named.");
  await grid.selection.getByRole("button", { name: "Reject them" }).click();
  await expect(page.getByText("2 captions rejected")).toBeVisible();
  expect((await root.captions(dataset.images[SCENES[1]]))[0].reason).toBe("No animal is named.");
  expect(await statuses()).toEqual(["rejected", "rejected", "approved"]);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("Undone", { exact: true })).toBeVisible();
  expect(await statuses(), "each as it was").toEqual(["approved", "draft", "approved"]);
});

test("all that match are approved by a job, and nothing else is", async ({ accounts, grid, page, root, work }) => {
  test.slow();
  const dataset = await generatedDataset(root, 312);
  await expect.poll(() => root.found(dataset, "bird"), { timeout: 60_000 }).toBe(100);
  await accounts.signIn(root, `${dataset.address}?q=bird&captions=generated`);
  await grid.ready();
  await grid.pictures.getByRole("link").first().focus();
  await page.keyboard.press("ControlOrMeta+a");
  await grid.selection.getByRole("button", { name: "Select all 100 pictures that match" }).click();
  await expect(grid.selection).toContainText("All 100 pictures that match selected");
  await grid.selection.getByRole("button", { name: "Approve captions" }).click();
  await page.waitForURL(/\/jobs\/[0-9a-f-]+$/);
  await work.waitFor("Done");
  // A third are birds and a tenth was approved before; of ten birds that is one.
  await expect.poll(() => root.found(dataset, "bird status:approved"), { timeout: 60_000 }).toBe(100);
  expect(await root.found(dataset, "bird status:draft")).toBe(0);
  expect(await root.found(dataset, "status:approved")).toBe(120);
  expect(await root.found(dataset, "status:draft")).toBe(180);
});

test("the way back from a numbered page shows the pictures of the page before", async ({ grid, page, root }) => {
  const dataset = await root.dataset("Numbered", { pictures: SCENES, isPublic: true });
  await grid.open(dataset, "?page_size=5&sort=name");
  expect(await grid.names()).toEqual(SCENES.slice(0, 5));
  await page.getByRole("link", { name: "Page 2" }).click();
  await expect(page).toHaveURL(/page=2/);
  await grid.ready();
  expect(await grid.names()).toEqual(SCENES.slice(5, 10));
  await page.goBack();
  await grid.ready();
  await expect.poll(() => grid.names()).toEqual(SCENES.slice(0, 5));
  await expect(page.getByRole("link", { name: "Page 1", exact: true })).toHaveAttribute("aria-current", "page");
  await page.goForward();
  await grid.ready();
  await expect.poll(() => grid.names()).toEqual(SCENES.slice(5, 10));
});

test("who isn't signed in is led to sign in, and from there to the export", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Guests", { pictures: SCENES.slice(0, 3), isPublic: true });
  await root.write(dataset.images[SCENES[0]], "a dog");
  await grid.open(dataset, "?missing=root");
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("link", { name: "Sign in to export" }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await accounts.fill("root", "correct horse battery");
  await expect(page.getByRole("heading", { name: "Export", level: 1 })).toBeVisible();
  await expect(page).toHaveURL(/export\?missing=root/);
});

/** How much what is seen of the page has moved by itself so far: its cumulative layout shift. */
async function recordShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const shifts = { total: 0 };
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
        shifts.total += entry.hadRecentInput ? 0 : entry.value;
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  return () => page.evaluate(() => (window as unknown as { shifts: { total: number } }).shifts.total);
}

test("nothing moves by itself while a page comes", async ({ accounts, grid, image, page, root }) => {
  const dataset = await root.dataset("Steady", { pictures: SCENES });
  for (const scene of SCENES) {
    await root.write(dataset.images[scene], `a caption that is long enough to take a second line under the picture ${scene}`);
  }
  await accounts.signIn(root);
  const shifts = await recordShifts(page);
  for (const address of [dataset.address, `${dataset.address}?place=over`, `${dataset.address}?page_size=5`]) {
    await page.goto(address);
    await grid.ready();
    await page.waitForLoadState("networkidle");
    expect(await shifts(), address).toBeLessThan(0.02);
  }
  await page.goto(dataset.image(SCENES[0]));
  await image.ready();
  await page.waitForLoadState("networkidle");
  expect(await shifts(), "the picture's page").toBeLessThan(0.02);
});

test("pages fit windows from 390 to 2560 pixels", async ({ accounts, grid, page, root }) => {
  const dataset = await root.dataset("Widths", { pictures: SCENES });
  for (const source of ["one-with-a-long-name-that-goes-on", "two"]) {
    await root.model(dataset, source);
    await root.say(source, dataset.images[SCENES[0]], `${source}: averylongwordthatcannotbebrokenanywhereatallandgoesonandon`);
  }
  await accounts.signIn(root);
  const addresses = ["", "/compare", "/arena", "/board", "/settings", "/export", "/caption", "/import"];
  const tooWide: string[] = [];
  for (const address of ["/", ...addresses.map((end) => dataset.address + end), dataset.image(SCENES[0])]) {
    await page.goto(address);
    for (const width of [390, 2560]) {
      await page.setViewportSize({ width, height: 860 });
      // What is laid out by scripts has a moment to follow.
      await page.waitForTimeout(200);
      await expectNoHorizontalScroll(page).catch(() => tooWide.push(`${address.replace(dataset.slug, "…")} at ${width}`));
    }
  }
  expect(tooWide).toEqual([]);
  await grid.open(dataset);
  const frames = await grid.pictures.getByRole("img").evaluateAll((images) => images.map((image) => image.getBoundingClientRect().right));
  expect(Math.max(...frames), "the rows use the width").toBeGreaterThan(2300);
});

test.describe("with less motion", () => {
  test.use({ contextOptions: { reducedMotion: "reduce" } });

  test("nothing is seen to move", async ({ accounts, grid, image, page, root }) => {
    const dataset = await root.dataset("Still", { pictures: SCENES.slice(0, 3) });
    await root.write(dataset.images[SCENES[0]], "a dog");
    /** The longest time, in seconds, that something takes to change its looks, if it is more than a picture or two. */
    const longest = () =>
      page.evaluate(() => {
        const seconds = (times: string) => Math.max(...times.split(",").map((time) => Number.parseFloat(time) * (time.includes("ms") ? 0.001 : 1)));
        return Math.max(
          ...[...document.querySelectorAll("*")].map((element) => {
            const { animationName, animationDuration, transitionDuration } = getComputedStyle(element);
            return Math.max(animationName === "none" ? 0 : seconds(animationDuration), seconds(transitionDuration));
          }),
        );
      });
    await accounts.signIn(root, dataset.address);
    await grid.ready();
    expect(await longest()).toBeLessThan(0.02);
    await page.goto(dataset.image(SCENES[0]));
    await image.ready();
    expect(await longest()).toBeLessThan(0.02);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    expect(await longest(), "for others something does").toBeGreaterThan(0.05);
  });
});

test.describe("in Berlin", () => {
  test.use({ locale: "de-DE", timezoneId: "Europe/Berlin" });

  test("numbers and moments are written as they are there", async ({ accounts, grid, image, page, root }) => {
    const dataset = await generatedDataset(root, 1504);
    await grid.open(dataset);
    await expect(page.getByText("1.504 images")).toBeVisible();
    await expect.poll(() => root.found(dataset, "bird"), { timeout: 60_000 }).toBe(497);
    await grid.open(dataset, "?page_size=1");
    await expect(page.getByRole("link", { name: /^Page 1[.,]?504$/ })).toBeVisible();
    await accounts.signIn(root, `${dataset.address}?sort=name`);
    await grid.ready();
    await grid.pictures.getByRole("link").first().click();
    await image.ready();
    await image.expectName(generatedName(1));
    const isLocal = async () => {
      const moments = await page.getByRole("main").locator("time").evaluateAll((moments) =>
        moments.map((moment) => [moment.getAttribute("datetime")!, moment.textContent!]),
      );
      expect(moments.length).toBeGreaterThan(0);
      for (const [at, words] of moments) {
        const style = { dateStyle: "medium", timeStyle: "short", timeZone: "Europe/Berlin" } as const;
        expect(words).toBe(new Date(at).toLocaleString("de-DE", style));
      }
    };
    await expect(isLocal).toPass({ timeout: 10_000 });
    await page.goto("/account");
    await expect(isLocal).toPass({ timeout: 10_000 });
  });
});
