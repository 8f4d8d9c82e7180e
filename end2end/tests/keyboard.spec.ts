import type { Page } from "@playwright/test";
import { twoSources } from "../pages/arena-page";
import { expect, test } from "../pages/test";

const SCENES = Array.from({ length: 12 }, (_, number) => `scene-${String(number + 1).padStart(2, "0")}.png`);

/** What the Tab key stops at, and of each stop what is wrong with how it is seen. */
async function stops(page: Page, most = 60): Promise<{ reached: string[]; faults: string[] }> {
  const [reached, faults]: [string[], string[]] = [[], []];
  for (let presses = 0; presses < most; presses += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement | null;
      if (!focused || focused === document.body) {
        return null;
      }
      const label = (focused as HTMLInputElement).labels?.[0];
      const name = (focused.ariaLabel ?? label?.innerText ?? focused.innerText ?? "").trim().replace(/\s+/g, " ").slice(0, 40) || focused.outerHTML.slice(0, 80);
      // What is hidden from the eye has something beside it that is seen instead.
      const isSeen = focused.getBoundingClientRect().width > 2;
      const seen = isSeen ? focused : (label ?? (focused.nextElementSibling as HTMLElement));
      const marked = [seen, ...seen.querySelectorAll("*"), ...(seen.parentElement ? [seen.parentElement] : [])].some((element) => {
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
      });
      // Any part of it that nothing lies over will do.
      const { left, top, right, bottom, width, height } = seen.getBoundingClientRect();
      const places = [0.1, 0.5, 0.9].flatMap((x) => [0.1, 0.5, 0.9].map((y) => [left + x * width, top + y * height]));
      const isThere = places.some(([x, y]) => {
        const hit = document.elementFromPoint(x, y);
        return hit && (seen.contains(hit) || hit.contains(seen));
      });
      const isInside = bottom > 0 && right > 0 && top < innerHeight && left < innerWidth;
      return { name, marked, isThere: isThere && isInside };
    });
    if (!stop) {
      break;
    }
    reached.push(stop.name);
    if (!stop.marked) {
      faults.push(`${stop.name}: nothing shows that it has the focus`);
    }
    if (!stop.isThere) {
      faults.push(`${stop.name}: it can't be seen`);
    }
  }
  return { reached, faults };
}

test("wherever the Tab key stops, that is seen", async ({ accounts, image, page, root }) => {
  test.slow();
  const dataset = await twoSources(root, SCENES, "Tabs");
  await accounts.signIn(root);
  const faults: string[] = [];
  for (const [end, needed] of [
    ["", ["Search", "Pictures to add", "More"]],
    ["/compare", ["Pin", "Pick", "Edit"]],
    ["/arena", ["Left is better", "Skip"]],
    ["/board", ["Vote"]],
  ] as const) {
    await page.goto(dataset.address + end);
    await page.waitForLoadState("networkidle");
    const found = await stops(page);
    faults.push(...found.faults.map((fault) => `${end || "grid"}: ${fault}`));
    for (const name of needed) {
      expect(found.reached.some((reached) => reached.includes(name)), `${name} among ${found.reached.join(" | ")}`).toBe(true);
    }
  }
  await page.goto(dataset.image(SCENES[1]));
  await image.ready();
  faults.push(...(await stops(page)).faults.map((fault) => `image: ${fault}`));
  expect(faults).toEqual([]);
});
