import { expect, test } from "../pages/test";

/** What a visitor may have to download before the pages are alive, in bytes. */
const BUDGET = 400_000;

test("what the pages download is small, and kept", async ({ page, request }) => {
  const files: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.startsWith("/pkg/")) {
      files.push(url.pathname + url.search);
    }
  });
  await page.goto("/playground");
  await expect(page.locator("body")).toHaveAttribute("data-hydrated", "true");
  expect(files.some((file) => file.includes(".wasm"))).toBe(true);
  for (const file of new Set(files)) {
    const answer = await request.get(file, { headers: { "accept-encoding": "br" } });
    const isFont = file.includes("woff2");
    const size = isFont ? (await answer.body()).length : Number(answer.headers()["content-length"]);
    expect(size, file).toBeGreaterThan(1000);
    expect(size, file).toBeLessThan(BUDGET);
    if (!isFont) {
      expect(answer.headers()["content-encoding"], file).toBe("br");
      expect(file, "a new build has a new address").toContain("?v=");
      expect(answer.headers()["cache-control"], file).toContain("immutable");
    }
  }
});
