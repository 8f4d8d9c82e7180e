// Who looks at which submitted captions, and what they decide.

import { path, type Transport } from "./transport.js";
import type {
  DecisionBody,
  DecisionResponse,
  LeaseResponse,
  NextReviewResponse,
  ReviewProgressResponse,
  SelectionSchema,
  StoredCaptionResponse,
} from "./types.js";

/** Review, for reviewers. */
export class Review {
  constructor(private readonly transport: Transport) {}

  /** The next picture to review, which is yours for five minutes; `item` is null where none waits. */
  next(dataset: string, images?: SelectionSchema): Promise<NextReviewResponse> {
    return this.transport.json({ method: "POST", path: path("datasets", dataset, "review", "next"), json: { images } });
  }

  /** Says that you are still looking: the picture stays yours for five more minutes. */
  renew(lease: string): Promise<LeaseResponse> {
    return this.transport.json({ method: "PUT", path: path("review-leases", lease) });
  }

  /** Gives a picture back. */
  release(lease: string): Promise<void> {
    return this.transport.json({ method: "DELETE", path: path("review-leases", lease) });
  }

  /** Gives a picture back, and isn't given it again. */
  skip(lease: string): Promise<void> {
    return this.transport.json({ method: "POST", path: path("review-leases", lease, "skip") });
  }

  /** Approves or rejects a caption. Where it was changed since the version that you saw: `ConflictError`. */
  decide(caption: string, decision: DecisionBody): Promise<StoredCaptionResponse> {
    return this.transport.json({ method: "PUT", path: path("captions", caption, "decision"), json: decision });
  }

  /** Takes a decision of yours back: the caption waits again. */
  takeBack(caption: string, version: number): Promise<StoredCaptionResponse> {
    return this.transport.json({ method: "DELETE", path: path("captions", caption, "decision"), query: { version } });
  }

  /** What you have decided, the newest first. */
  decisions(dataset: string): AsyncGenerator<DecisionResponse, void, undefined> {
    return this.transport.pages(path("datasets", dataset, "review", "decisions"));
  }

  /** How far the review of a dataset is; `share` is from 0 to 1. */
  progress(dataset: string): Promise<ReviewProgressResponse> {
    return this.transport.json({ method: "GET", path: path("datasets", dataset, "review", "progress") });
  }
}
