import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "@playwright/test";

/** How long the program may take to say that it is there: its database is made first. */
const PATIENCE = 60_000;

/** The program, run by the test for itself alone. */
export class Server {
  /** What it has written so far. */
  out = "";
  err = "";
  /** How it ended, once it has. */
  code: number | null = null;

  private constructor(
    private readonly process: ChildProcess,
    readonly origin: string,
  ) {
    process.stdout!.on("data", (piece: Buffer) => (this.out += piece));
    process.stderr!.on("data", (piece: Buffer) => (this.err += piece));
    process.once("exit", (code, signal) => (this.code = code ?? (signal ? 128 : 0)));
  }

  /** Starts `vasari` with these arguments on a port of its own. */
  static async start(...words: string[]): Promise<Server> {
    const program = process.env.VASARI_BIN ?? fileURLToPath(new URL("../../target/debug/vasari", import.meta.url));
    const port = await freePort();
    const running = spawn(program, [...words, "--host", "127.0.0.1", "--port", String(port)], {
      // As from a folder that it knows nothing of.
      cwd: mkdtempSync(join(tmpdir(), "vasari-e2e-cwd-")),
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Server(running, `http://127.0.0.1:${port}`);
  }

  /** The address that it asks to be opened. */
  async address(): Promise<string> {
    const told = () => /Open (\S+) in a browser/.exec(this.out)?.[1];
    await expect.poll(() => told() ?? (this.code === null ? undefined : `ended: ${this.err}`), { timeout: PATIENCE }).toBeTruthy();
    expect(this.code, this.err).toBeNull();
    return told()!;
  }

  /** The link for the first administrator. */
  async firstLink(): Promise<string> {
    const told = () => /(\S+\/sign-up\?token=\S+)/.exec(this.out)?.[1];
    await expect.poll(told, { timeout: PATIENCE }).toBeTruthy();
    return told()!;
  }

  /** Waits until it has ended by itself, and gives its code. */
  async ended(): Promise<number> {
    await expect.poll(() => this.code, { timeout: PATIENCE }).not.toBeNull();
    return this.code!;
  }

  /** Ends it, and with it its database. */
  async stop() {
    if (this.code === null) {
      this.process.kill("SIGTERM");
      await this.ended();
    }
  }
}

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
