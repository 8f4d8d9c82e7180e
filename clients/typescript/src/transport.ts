// How requests go out and answers come in.

import { VasariError, errorOfNetwork, errorOfProblem, errorOfResponse } from "./errors.js";
import { eventsOf, linesOf, type ServerEvent } from "./stream.js";
import type { Page, ProblemDocument } from "./types.js";

/** How a client behaves. */
export interface ClientOptions {
  /** An API key, where the server asks for one. */
  key?: string;
  /** Milliseconds without a byte from the server after which a request is given up; 60,000 unless said otherwise. */
  timeout?: number;
  /** How often a request is sent again that the server turned away; 3 unless said otherwise, 0 for never. */
  retries?: number;
  /** Milliseconds; where `Retry-After` asks for more than this (60,000), the error is thrown at once. */
  longestWait?: number;
  /** Ends all requests of this client. */
  signal?: AbortSignal;
  /** In the place of the `fetch` that is there. */
  fetch?: typeof fetch;
}

type Value = string | number | boolean | readonly string[] | null | undefined;

/** Parameters of a query; what is undefined is left out. */
export type Query = Readonly<Record<string, Value>>;

/** What is asked of the server. */
export interface Asked {
  method: string;
  path: string;
  query?: Query;
  json?: unknown;
  form?: FormData;
  headers?: Readonly<Record<string, string>>;
  /** Whether it does nothing more when it comes twice, although its method says nothing of the kind. */
  repeats?: boolean;
}

/** A path of the API, whose parts may hold anything. */
export function path(...parts: (string | number)[]): string {
  return `/api/v1/${parts.map(encodeURIComponent).join("/")}`;
}

/** Adds what is given to a form or a query. */
export function fill<T extends FormData | URLSearchParams>(target: T, fields: Query): T {
  for (const [name, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) {
        target.append(name, String(item));
      }
    }
  }
  return target;
}

/** An answer whose body is yet to come. It must be read to its end or closed. */
export class Answer {
  constructor(
    readonly response: Response,
    private readonly patience: Patience,
  ) {}

  /** What comes, in pieces. */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = this.response.body?.getReader();
    try {
      for (;;) {
        const next = await reader?.read();
        if (!next || next.done) {
          return;
        }
        this.patience.renew();
        yield next.value;
      }
    } catch (cause) {
      throw this.patience.errorOf(cause);
    } finally {
      this.patience.end();
    }
  }

  /** All of it. */
  async blob(): Promise<Blob> {
    const chunks: BlobPart[] = [];
    for await (const chunk of this.chunks()) {
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
    }
    return new Blob(chunks, { type: this.response.headers.get("content-type") ?? "" });
  }

  /** All of it, as text. */
  async text(): Promise<string> {
    return (await this.blob()).text();
  }
}

/** Ends a request that has been silent for too long, or that its caller no longer wants. */
class Patience {
  private readonly controller = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isOver = false;
  readonly signal: AbortSignal;

  constructor(
    private readonly milliseconds: number,
    private readonly caller: AbortSignal | undefined,
  ) {
    this.signal = caller ? AbortSignal.any([this.controller.signal, caller]) : this.controller.signal;
    this.renew();
  }

  renew(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.isOver = true;
      this.controller.abort();
    }, this.milliseconds);
  }

  /** Nothing more is expected; what still comes is not wanted. */
  end(): void {
    clearTimeout(this.timer);
    this.controller.abort();
  }

  /** What to throw where the network threw this: to callers who ended it themselves, what they ended it with. */
  errorOf(cause: unknown): unknown {
    return this.caller?.aborted ? this.caller.reason : errorOfNetwork(cause, this.isOver);
  }
}

/** A server, and how to show it who asks. */
export class Transport {
  readonly retries: number;
  private readonly server: string;

  constructor(
    server: string,
    private readonly options: ClientOptions,
  ) {
    this.server = server.replace(/\/+$/, "");
    this.retries = options.retries ?? 3;
  }

  /** The answer to a request: its JSON, undefined where it is empty. */
  async json<T>(asked: Asked): Promise<T> {
    const text = await (await this.open(asked)).text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** The answer to a request, which is a file. */
  async blob(asked: Asked): Promise<Blob> {
    return (await this.open(asked)).blob();
  }

  /** All items of a list that comes in pages, each page when it is reached. */
  async *pages<Item>(at: string, query: Query = {}): AsyncGenerator<Item, void, undefined> {
    let cursor: string | null = null;
    do {
      const page: Page<Item> = await this.json({ method: "GET", path: at, query: { limit: 200, ...query, cursor } });
      yield* page.items;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  /** Server-sent events as they come; one that tells of an error is thrown. */
  async *events(asked: Asked): AsyncGenerator<ServerEvent, void, undefined> {
    for await (const event of eventsOf((await this.open(asked)).chunks())) {
      if (event.name === "error") {
        throw errorOfProblem(event.data as ProblemDocument);
      }
      yield event;
    }
  }

  /** Lines of JSON as they come. */
  async *lines<T>(asked: Asked): AsyncGenerator<T, void, undefined> {
    for await (const line of linesOf((await this.open(asked)).chunks())) {
      yield JSON.parse(line) as T;
    }
  }

  /** An answer whose body is yet to come. What the server turns away is sent again where that does no harm. */
  async open(asked: Asked): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.attempt(asked);
      } catch (error) {
        const wait = error instanceof VasariError ? this.wait(asked, error, attempt) : undefined;
        if (wait === undefined) {
          throw error;
        }
        await sleep(wait, this.options.signal);
      }
    }
  }

  private async attempt(asked: Asked): Promise<Answer> {
    const patience = new Patience(this.options.timeout ?? 60_000, this.options.signal);
    const headers = new Headers(asked.headers);
    if (this.options.key) {
      headers.set("Authorization", `Bearer ${this.options.key}`);
    }
    if (asked.json !== undefined) {
      headers.set("Content-Type", "application/json");
    }
    const body = asked.form ?? (asked.json === undefined ? null : JSON.stringify(asked.json));
    let response: Response;
    try {
      const send = this.options.fetch ?? fetch;
      response = await send(this.url(asked), { method: asked.method, headers, body, signal: patience.signal });
    } catch (cause) {
      patience.end();
      throw patience.errorOf(cause);
    }
    const answer = new Answer(response, patience);
    if (!response.ok) {
      throw errorOfResponse(response, await answer.text());
    }
    return answer;
  }

  private url({ path, query = {} }: Asked): string {
    const parameters = fill(new URLSearchParams(), query);
    return parameters.size > 0 ? `${this.server}${path}?${parameters}` : `${this.server}${path}`;
  }

  /** Milliseconds until the next attempt after that many; undefined where there is none. */
  private wait(asked: Asked, error: VasariError, attempt: number): number | undefined {
    const mayPass = [0, 429, 503].includes(error.status) || error.kind === "idempotency-key-in-use";
    const isRepeatable =
      asked.repeats || ["GET", "PUT", "DELETE"].includes(asked.method) || "Idempotency-Key" in (asked.headers ?? {});
    if (attempt >= this.retries || !mayPass || !isRepeatable) {
      return undefined;
    }
    // Clients that were turned away together don't come back together.
    const own = 500 * 2 ** attempt * (0.5 + Math.random() / 2);
    const wait = error.retryAfter === undefined ? own : 1000 * error.retryAfter;
    return wait <= (this.options.longestWait ?? 60_000) ? wait : undefined;
  }
}

/** Waits; a signal ends it early, with its reason as the error. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) {
      stop();
    }
  });
}
