// The client.

import { Arena } from "./arena.js";
import { Captions } from "./captions.js";
import { Datasets } from "./datasets.js";
import { Images } from "./images.js";
import { Jobs } from "./jobs.js";
import type { BatchOptions, Box, CaptionEvent, CaptionOptions, IndexedBatchResult } from "./options.js";
import { named, type Picture } from "./pictures.js";
import { Review } from "./review.js";
import { Transport, fill, type Asked, type ClientOptions, type Query } from "./transport.js";
import type {
  BatchResponse,
  CaptionResponse,
  HealthResponse,
  MeResponse,
  ModelInfoResponse,
  SystemInfoResponse,
  Task,
  TasksResponse,
} from "./types.js";

/**
 * A Vasari server.
 *
 * Every method throws a `VasariError` where the server refuses or can't be reached. Requests that do no harm when they come
 * twice are sent again where the server is busy (status 429 and 503), after the time that it asks for. Captions are among
 * them, because each is sent with an `Idempotency-Key`.
 */
export class Vasari {
  /** Datasets, their sources and measures. */
  readonly datasets: Datasets;
  /** The pictures of a dataset: added, listed, searched for, fetched. */
  readonly images: Images;
  /** What is said of a picture: read, written, and how it was before. */
  readonly captions: Captions;
  /** Who looks at which submitted captions, and what they decide. */
  readonly review: Review;
  /** Long work: captions of many pictures, bulk edits, imports, exports. */
  readonly jobs: Jobs;
  /** Which of two captions people prefer, without knowing whose they are. */
  readonly arena: Arena;

  private readonly transport: Transport;

  /** `server` is where the server is, such as `https://vasari.example.org`. */
  constructor(
    private readonly server: string = "http://localhost:8000",
    private readonly options: ClientOptions = {},
  ) {
    this.transport = new Transport(server, options);
    this.datasets = new Datasets(this.transport);
    this.images = new Images(this.transport);
    this.captions = new Captions(this.transport);
    this.review = new Review(this.transport);
    this.jobs = new Jobs(this.transport);
    this.arena = new Arena(this.transport);
  }

  /** The same client, whose requests end when the signal says so. */
  withSignal(signal: AbortSignal): Vasari {
    return new Vasari(this.server, { ...this.options, signal });
  }

  /**
   * Captions a picture, or does with it what `task` says. `confidence` of the answer is from 0 to 1, `processing_time` in
   * seconds, and regions are in pixels. Without a picture, `options` name one by its URL, or one of a dataset.
   */
  caption(image: Picture | null, options: CaptionOptions = {}): Promise<CaptionResponse> {
    return this.transport.json({ ...captionRequest(image, options), headers: withKey() });
  }

  /** Captions a picture, and gives the words as they become certain. The last event has the whole answer. */
  async *streamCaption(
    image: Picture | null,
    options: CaptionOptions = {},
  ): AsyncGenerator<CaptionEvent, void, undefined> {
    for await (const { name, data } of this.transport.events(captionRequest(image, { ...options, stream: true }))) {
      if (name === "text") {
        yield { text: (data as { text: string }).text };
      } else if (name === "caption") {
        yield { text: "", answer: data as CaptionResponse };
      }
    }
  }

  /**
   * Captions several pictures (1 to 64), all in the same way. They must fit into one request of the server, which reads 10 MB
   * unless it is told otherwise. One that can't be captioned has an `error` in the place of its caption.
   */
  captionBatch(images: Iterable<Picture>, options: BatchOptions = {}): Promise<BatchResponse> {
    return this.transport.json({ ...batchRequest(images, options), headers: withKey() });
  }

  /** The same, and gives each result as it comes, in any order, with its picture's `index`. */
  async *streamBatch(
    images: Iterable<Picture>,
    options: BatchOptions = {},
  ): AsyncGenerator<IndexedBatchResult, void, undefined> {
    const asked = { ...batchRequest(images, options), headers: { Accept: "application/x-ndjson" } };
    for await (const line of this.transport.lines<Partial<IndexedBatchResult>>(asked)) {
      if (line.index !== undefined) {
        yield line as IndexedBatchResult;
      }
    }
  }

  /** What can be asked of a picture. */
  async tasks(): Promise<Task[]> {
    return (await this.get<TasksResponse>("/tasks")).tasks;
  }

  /** Which model answers, and what it does unless it is told otherwise. */
  modelInfo(): Promise<ModelInfoResponse> {
    return this.get("/model_info");
  }

  /** What the server runs on. Memory is in bytes. */
  systemInfo(): Promise<SystemInfoResponse> {
    return this.get("/system_info");
  }

  /** Whether the server is well. */
  health(): Promise<HealthResponse> {
    return this.get("/health");
  }

  /** Whose key this is, and what it may do. */
  me(): Promise<MeResponse> {
    return this.get("/api/v1/me");
  }

  /** Asks for what this client has no method for: the answer's JSON, undefined where it is empty. */
  request<T = unknown>(method: string, path: string, { query, json }: { query?: Query; json?: unknown } = {}): Promise<T> {
    return this.transport.json({ method, path, json, query: query ?? {} });
  }

  private get<T>(path: string): Promise<T> {
    return this.transport.json({ method: "GET", path });
  }
}

function withKey(): Record<string, string> {
  // `crypto.randomUUID` is missing where a page came without TLS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { "Idempotency-Key": Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") };
}

function captionRequest(image: Picture | null, options: CaptionOptions & { stream?: boolean }): Asked {
  const [method, path] = ["POST", "/caption"];
  if (image === null) {
    return { method, path, json: options };
  }
  const { name, data } = named(image);
  const form = fill(new FormData(), fields(options));
  form.append("image", data, name);
  return { method, path, form };
}

function batchRequest(images: Iterable<Picture>, options: BatchOptions): Asked {
  const form = fill(new FormData(), fields(options));
  for (const [index, image] of [...images].entries()) {
    const { name, data } = named(image, index);
    form.append("images", data, name);
  }
  return { method: "POST", path: "/batch_caption", form };
}

/** The options as a form has them. */
function fields({ region, ...options }: { region?: Box }): Query {
  return { ...options, region: region?.join(",") };
}
