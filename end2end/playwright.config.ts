import { createServer } from "node:net";
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
const baseURL = `http://127.0.0.1:${process.env.VASARI_E2E_PORT}`;
const program = process.env.VASARI_BIN ?? fromRoot("target/debug/vasari");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  reporter: [["list"]],
  forbidOnly: Boolean(process.env.CI),
  // One model answers all of them: more workers would only make each other wait.
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 30_000 },
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1280, height: 860 },
    baseURL,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"],
    },
  },
  webServer: {
    command: `"${program}" serve --log-level warn --host 127.0.0.1 --port ${process.env.VASARI_E2E_PORT}`,
    url: `${baseURL}/livez`,
    timeout: 120_000,
    stdout: "ignore",
    stderr: "pipe",
  },
});
