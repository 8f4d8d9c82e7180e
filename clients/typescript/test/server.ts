// Servers for the tests: the real one, and one that answers as a test says.

import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Vasari, type ClientOptions } from "../src/index.js";

function variable(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set; end2end/clients/test_typescript_client.py runs these tests against a server`);
  }
  return value;
}

/** The real server, as somebody with an account. */
export function realServer(options: ClientOptions = {}): Vasari {
  return new Vasari(variable("VASARI_URL"), { key: variable("VASARI_KEY"), ...options });
}

/** The folder of a server's drawn scenes. */
export const samples = () => variable("VASARI_SAMPLES");

export async function scene(name: string): Promise<File> {
  return new File([await readFile(join(samples(), name))], name, { type: "image/png" });
}

/** Everything that comes. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** The connection breaks off after so many bytes of the body. */
  breaksAfter?: number;
  /** Milliseconds until it comes. */
  delay?: number;
}

export type Got = IncomingMessage & { content: string };

/** Runs a server whose answers are `reply`'s while `work` is done, and gives the requests that it got. */
export async function withStub(reply: (request: Got) => Reply, work: (address: string, got: Got[]) => Promise<void>) {
  const got: Got[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk as Buffer);
    }
    const request = Object.assign(incoming, { content: Buffer.concat(chunks).toString("latin1") });
    got.push(request);
    const { status = 200, headers = {}, body = "", breaksAfter, delay = 0 } = reply(request);
    await new Promise((resolve) => setTimeout(resolve, delay));
    const bytes = Buffer.from(body);
    response.writeHead(status, { "Content-Length": bytes.length, Connection: "close", ...headers });
    if (breaksAfter === undefined) {
      response.end(bytes);
    } else {
      // Whoever reads has time to: a stream that fails forgets what was not read yet.
      response.write(bytes.subarray(0, breaksAfter), () => setTimeout(() => response.socket?.end(), 300));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, got);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
