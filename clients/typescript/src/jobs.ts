// Long work that goes on by itself.

import { JobFailedError, VasariError } from "./errors.js";
import type { NamedFile } from "./pictures.js";
import { fill, path, type Answer, type Asked, type Transport } from "./transport.js";
import type {
  BulkEditPreviewResponse,
  CreateBulkEditBody,
  CreateCaptionJobBody,
  CreateExportBody,
  FailedItemResponse,
  FormatName,
  JobResponse,
} from "./types.js";

/** How a file is imported. */
export type ImportOptions = {
  /** Where the file's name or what it holds does not tell. */
  format?: FormatName;
  /** The source of captions that name none; `import` unless said otherwise. */
  source?: string;
  /** Which column is which field, such as `prompt=caption`. */
  mapping?: readonly string[];
  /** Find out what would happen and change nothing; `applyImport` does it. */
  dry_run?: boolean;
};

const ENDED = ["succeeded", "failed", "cancelled"];

/** Jobs: started, followed, stopped. Methods that start one resolve at once, and the job goes on at the server. */
export class Jobs {
  constructor(private readonly transport: Transport) {}

  /** Your jobs and those of datasets that you write captions in, the newest first. */
  list(dataset?: string): AsyncGenerator<JobResponse, void, undefined> {
    return this.transport.pages(path("jobs"), { dataset });
  }

  /** A job as it is. `pace` is in items a second, `seconds_left` at this pace. */
  get(job: string): Promise<JobResponse> {
    return this.transport.json({ method: "GET", path: path("jobs", job) });
  }

  /**
   * The job as it goes on: at once, whenever something has changed, and when it has ended. A server that goes away meanwhile
   * is asked again, as often in a row as the client sends requests again.
   */
  async *watch(job: string): AsyncGenerator<JobResponse, void, undefined> {
    let failures = 0;
    for (;;) {
      let cause: unknown;
      try {
        for await (const { data } of this.transport.events({ method: "GET", path: path("jobs", job, "events") })) {
          const state = data as JobResponse;
          failures = 0;
          yield state;
          if (ENDED.includes(state.state)) {
            return;
          }
        }
      } catch (error) {
        if (!(error instanceof VasariError && error.status === 0)) {
          throw error;
        }
        cause = error;
      }
      failures += 1;
      if (failures > this.transport.retries) {
        const title = "The server stopped telling how the job goes on";
        throw new VasariError({ type: "unreachable", title, status: 0 }, {}, { cause });
      }
    }
  }

  /**
   * The job when it has succeeded; a `JobFailedError` where it failed or was cancelled. Items of it may have failed all the
   * same: `failed` counts them, and `errors` lists them.
   */
  async wait(job: string, onProgress?: (state: JobResponse) => void): Promise<JobResponse> {
    let last: JobResponse | undefined;
    for await (const state of this.watch(job)) {
      onProgress?.(state);
      last = state;
    }
    const ended = last as JobResponse;
    if (ended.state !== "succeeded") {
      throw new JobFailedError(ended);
    }
    return ended;
  }

  /** Stops a job. What is done stays, and `resume` takes it up again. */
  cancel(job: string): Promise<JobResponse> {
    return this.start(path("jobs", job, "cancel"));
  }

  /** Takes a job up again that was stopped or has failed; items that failed are tried once more. */
  resume(job: string): Promise<JobResponse> {
    return this.start(path("jobs", job, "resume"));
  }

  /** Starts a job that takes a bulk edit back, except where somebody has changed a caption since. */
  rollBack(job: string): Promise<JobResponse> {
    return this.start(path("jobs", job, "rollback"));
  }

  /** The items that failed, and why. */
  errors(job: string): AsyncGenerator<FailedItemResponse, void, undefined> {
    return this.transport.pages(path("jobs", job, "errors"));
  }

  /** Captions pictures of a dataset, as a new source. For annotators. */
  caption(dataset: string, what: CreateCaptionJobBody = {}): Promise<JobResponse> {
    return this.start(path("datasets", dataset, "caption-jobs"), what);
  }

  /** What a bulk edit would change, with examples. */
  previewBulkEdit(dataset: string, edit: CreateBulkEditBody): Promise<BulkEditPreviewResponse> {
    const at = path("datasets", dataset, "bulk-edits", "preview");
    return this.transport.json({ method: "POST", path: at, json: edit, repeats: true });
  }

  /** Changes many captions alike. For annotators; to approve and reject, for reviewers. */
  bulkEdit(dataset: string, edit: CreateBulkEditBody): Promise<JobResponse> {
    return this.start(path("datasets", dataset, "bulk-edits"), edit);
  }

  /** Takes in captions, and pictures where the file holds them; a server takes 2 GB unless told otherwise. For owners. */
  importFile(dataset: string, file: File | NamedFile, options: ImportOptions = {}): Promise<JobResponse> {
    const form = fill(new FormData(), options);
    form.append("file", file instanceof Blob ? file : file.data, file.name);
    return this.transport.json({ method: "POST", path: path("datasets", dataset, "imports"), form });
  }

  /** Does what a dry run, which has succeeded, found out. For owners. */
  applyImport(dataset: string, dryRun: string): Promise<JobResponse> {
    return this.start(path("datasets", dataset, "imports", dryRun, "apply"));
  }

  /** Writes pictures and captions into a file, which `file` fetches once the job has succeeded. */
  export(dataset: string, what: CreateExportBody): Promise<JobResponse> {
    return this.start(path("datasets", dataset, "exports"), what);
  }

  /** What an export wrote, for seven days. For files that don't fit into memory, Node has `download` of `vasari/node`. */
  file(job: string): Promise<Blob> {
    return this.transport.blob({ method: "GET", path: path("jobs", job, "file") });
  }

  /** The same as it comes; from a byte on, where the file is still the one with this ETag. */
  openFile(job: string, from?: { byte: number; tag: string }): Promise<Answer> {
    const asked: Asked = { method: "GET", path: path("jobs", job, "file") };
    const headers = from && { Range: `bytes=${from.byte}-`, "If-Range": from.tag };
    return this.transport.open(headers ? { ...asked, headers } : asked);
  }

  private start(at: string, json?: unknown): Promise<JobResponse> {
    return this.transport.json({ method: "POST", path: at, json });
  }
}
