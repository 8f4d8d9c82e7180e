// Measures a gallery that is served: what its pages take, what scrolling through it takes, and what Lighthouse says.
//
//   node end2end/bench/pages.js http://localhost:8000 /datasets/many   (CHROMIUM_PATH names Chromium)
//
// Prints one JSON object.
import { chromium } from "@playwright/test";
import lighthouse, { desktopConfig } from "lighthouse";

const [server, dataset] = process.argv.slice(2);
const CALLS = 200;
const PORT = 9333;

/** What pages take from the request to the last byte, in milliseconds. */
async function time(path) {
  const times = [];
  for (let call = 0; call < CALLS; call += 1) {
    const began = performance.now();
    const answer = await fetch(server + path, { headers: { accept: "text/html" } });
    await answer.text();
    if (!answer.ok) {
      throw new Error(`${path} answers ${answer.status}`);
    }
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))];
  return { path, p50_ms: at(0.5), p95_ms: at(0.95), p99_ms: at(0.99) };
}

/** Scrolls to the end of the grid, and tells of the tasks that kept the page from answering. */
async function scroll(browser) {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => {
      window.longTasks.push(...list.getEntries().map((entry) => entry.duration));
    }).observe({ type: "longtask", buffered: true });
  });
  await page.goto(`${server}${dataset}`);
  await page.locator('body[data-hydrated="true"]').waitFor();
  const atLoad = await page.evaluate(() => window.longTasks.splice(0));
  const began = Date.now();
  let before = -1;
  let resting = 0;
  while (resting < 20) {
    await page.mouse.wheel(0, 1200);
    await page.waitForTimeout(30);
    const now = await page.evaluate(() => window.scrollY);
    resting = now === before ? resting + 1 : 0;
    before = now;
  }
  const tasks = await page.evaluate(() => window.longTasks);
  const last = await page.locator("#grid .tile").last().getAttribute("data-number");
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  await page.close();
  const longest = (tasks) => Math.max(0, ...tasks);
  return {
    tiles: Number(last) + 1,
    seconds: (Date.now() - began) / 1000,
    nodes,
    load_longest_ms: longest(atLoad),
    longest_ms: longest(tasks),
    over_50_ms: tasks.length,
  };
}

/** Lighthouse's scores, from 0 to 100, and what it found wanting. */
async function judge(path, config) {
  const flags = { port: PORT, output: "json", logLevel: "error", onlyCategories: ["performance", "accessibility", "best-practices"] };
  const { lhr } = await lighthouse(server + path, flags, config);
  const scores = Object.values(lhr.categories).map((category) => [category.id, Math.round(category.score * 100)]);
  const wanting = Object.values(lhr.audits)
    .filter((audit) => audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode !== "informative")
    .map((audit) => `${audit.id}: ${audit.displayValue ?? audit.title}`);
  return { path, ...Object.fromEntries(scores), wanting };
}

const first = await (await fetch(`${server}${dataset}`, { headers: { accept: "application/json" } })).json();
const image = `${dataset}/images/${first.images[0].id}`;
const pages = [];
for (const path of ["/", dataset, `${dataset}?sort=name`, `${dataset}?q=dog`, `${dataset}?q=is:landscape&sort=-name`, image]) {
  pages.push(await time(path));
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH,
  args: ["--no-sandbox", "--disable-background-networking", `--remote-debugging-port=${PORT}`],
});
try {
  const scrolled = await scroll(browser);
  const desktop = [await judge(dataset, desktopConfig), await judge(image, desktopConfig)];
  const mobile = [await judge(dataset)];
  console.log(JSON.stringify({ pages, scrolled, desktop, mobile }));
} finally {
  await browser.close();
}
