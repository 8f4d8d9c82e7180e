// Takes the README's picture of a running server:
// npm run screenshot -- http://localhost:8000 "/playground?sample=scene-01.png&task=od"
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";

const server = process.argv[2] ?? "http://localhost:8000";
const address = process.argv[3] ?? "/playground?sample=scene-02.png&task=dense_region_caption";
const path = fileURLToPath(new URL("../docs/images/caption-page.png", import.meta.url));

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking"],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: "light" });
await page.goto(`${server}${address}`);
await page.locator("body[data-hydrated]").waitFor();
await page.screenshot({ path });
await browser.close();
console.log(path);
