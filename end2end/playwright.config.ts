import { chmodSync, mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, devices } from "@playwright/test";

const fromRoot = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** A port that nothing listens on. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

// The configuration is read once more by every worker; the environment carries the port to them.
process.env.VASARI_E2E_PORT ??= String(await freePort());
if (!process.env.VASARI_E2E_FOLDER) {
  process.env.VASARI_E2E_FOLDER = mkdtempSync(join(tmpdir(), "vasari-e2e-"));
  // The account that Postgres runs as must get there.
  chmodSync(process.env.VASARI_E2E_FOLDER, 0o755);
}
const folder = process.env.VASARI_E2E_FOLDER;
// The link for the first administrator is in it.
process.env.VASARI_E2E_WELCOME = join(folder, "welcome.txt");
const baseURL = `http://127.0.0.1:${process.env.VASARI_E2E_PORT}`;
const program = process.env.VASARI_BIN ?? fromRoot("target/debug/vasari");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  snapshotPathTemplate: "{testDir}/../looks/{arg}{ext}",
  reporter: [["list"]],
  forbidOnly: Boolean(process.env.CI),
  // One model answers all of them: more workers would only make each other wait.
  workers: 1,
  // What passes the second time alone is listed as flaky. That time is recorded; to record all of them costs a sixth more.
  retries: 1,
  timeout: 90_000,
  expect: { timeout: 30_000 },
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1280, height: 860 },
    baseURL,
    trace: "on-first-retry",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"],
    },
  },
  webServer: {
    command: [
      `exec "${program}" serve --log-level warn --host 127.0.0.1 --port ${process.env.VASARI_E2E_PORT}`,
      `--data-dir "${join(folder, "data")}" --rate-limit off --address-rate-limit off > "${process.env.VASARI_E2E_WELCOME}"`,
    ].join(" "),
    // Its database stops with it.
    gracefulShutdown: { signal: "SIGTERM", timeout: 20_000 },
    url: `${baseURL}/livez`,
    timeout: 120_000,
    stdout: "ignore",
    stderr: "pipe",
  },
});
