// How requests fail.

import type { JobResponse, ProblemDocument, StoredCaptionResponse } from "./types.js";

/** What an answer says besides its problem document. */
export interface ErrorHeaders {
  requestId?: string | undefined;
  retryAfter?: number | undefined;
}

/** A request that failed, as the server's problem document (RFC 9457) tells it. */
export class VasariError extends Error {
  /** The HTTP status; 0 where the server could not be reached. */
  readonly status: number;
  /** A stable name of the kind of problem, such as `/problems/missing-image`: what to compare. */
  readonly type: string;
  /** What happened, in a few words. */
  readonly title: string;
  /** What is wrong here and what would be right. */
  readonly detail: string;
  /** What to quote when asking for help; it stands in the server's log. */
  readonly requestId: string | undefined;
  /** Seconds after which the server asks to try again. */
  readonly retryAfter: number | undefined;
  /** The whole problem document. */
  readonly problem: ProblemDocument;

  constructor(problem: ProblemDocument, headers: ErrorHeaders = {}, options?: ErrorOptions) {
    super(problem.detail ? `${problem.title}: ${problem.detail}` : problem.title, options);
    this.name = new.target.name;
    this.status = problem.status;
    this.type = problem.type;
    this.title = problem.title;
    this.detail = problem.detail ?? "";
    this.requestId = problem.request_id ?? headers.requestId;
    this.retryAfter = headers.retryAfter;
    this.problem = problem;
  }

  /** The last part of the type, such as `missing-image`. */
  get kind(): string {
    return this.type.slice(this.type.lastIndexOf("/") + 1);
  }
}

/** The change contradicts what is there: mostly, somebody has changed the caption since the version that you saw. */
export class ConflictError extends VasariError {
  /** What is there now, with the version to send if you still want your change; undefined where it isn't told. */
  get current(): StoredCaptionResponse | undefined {
    return (this.problem.current ?? undefined) as StoredCaptionResponse | undefined;
  }

  /** What you sent; undefined where it isn't told. */
  get sent(): unknown {
    return this.problem.sent ?? undefined;
  }
}

/** A job that was waited for failed as a whole or was cancelled. */
export class JobFailedError extends VasariError {
  constructor(readonly job: JobResponse) {
    const title = job.state === "cancelled" ? "The job was cancelled" : "The job failed";
    super({ type: "job-failed", title, status: 0, detail: job.error ?? "" });
  }
}

/** The error that a problem document tells of. */
export function errorOfProblem(problem: ProblemDocument, headers: ErrorHeaders = {}): VasariError {
  return new (problem.status === 409 ? ConflictError : VasariError)(problem, headers);
}

/** The error that a failing answer tells of. */
export function errorOfResponse(response: Response, text: string): VasariError {
  const requestId = response.headers.get("x-request-id") ?? undefined;
  const seconds = response.headers.get("retry-after");
  // A date is allowed as well, and no part of Vasari sends one.
  const retryAfter = seconds !== null && /^\d+$/.test(seconds) ? Number(seconds) : undefined;
  const plain: ProblemDocument = {
    type: "about:blank",
    title: response.statusText || "The request failed",
    detail: text.slice(0, 500),
    status: response.status,
  };
  return errorOfProblem({ ...plain, ...parsed(text), status: response.status }, { requestId, retryAfter });
}

/** The members of a JSON object; something between here and the server may send what it likes. */
function parsed(text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? { detail: "", ...json } : {};
  } catch {
    return {};
  }
}

/** The error of a server that gave no whole answer. */
export function errorOfNetwork(cause: unknown, isTimeout: boolean): VasariError {
  const [type, title] = isTimeout ? ["timed-out", "The server took too long"] : ["unreachable", "The server can't be reached"];
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new VasariError({ type, title, detail, status: 0 }, {}, { cause });
}
