// What is said of a picture.

import { path, type Transport } from "./transport.js";
import type {
  AddCaptionBody,
  CaptionVersionResponse,
  PutOwnCaptionBody,
  SeenCaption,
  StatusName,
  StoredCaptionResponse,
  TurnedResponse,
  UpdateCaptionBody,
  UpdatedCaptionsResponse,
} from "./types.js";

/**
 * Captions of pictures. Whoever changes one says which version they saw; where somebody has changed it since, a
 * `ConflictError` has what it is now as `current`.
 */
export class Captions {
  constructor(private readonly transport: Transport) {}

  /** What each source says of a picture; `against` is the id of one of its captions, with which the others are compared. */
  list(image: string, against?: string): Promise<StoredCaptionResponse[]> {
    return this.transport.json({ method: "GET", path: path("images", image, "captions"), query: { against } });
  }

  /** Writes your own caption of a picture: without a version for your first, else with the one that you saw. For annotators. */
  write(image: string, caption: PutOwnCaptionBody): Promise<StoredCaptionResponse> {
    return this.transport.json({ method: "PUT", path: path("images", image, "captions", "mine"), json: caption });
  }

  /** Deletes your own caption of a picture with its history, for good. For annotators. */
  delete(image: string, version: number): Promise<void> {
    const at = path("images", image, "captions", "mine");
    return this.transport.json({ method: "DELETE", path: at, query: { version } });
  }

  /** Adds what a model or an import says of a picture; the same again changes nothing. For annotators. */
  add(image: string, caption: AddCaptionBody): Promise<StoredCaptionResponse> {
    const at = path("images", image, "captions");
    return this.transport.json({ method: "POST", path: at, json: caption, repeats: true });
  }

  /** Changes a caption's text and regions, or how far its review is. For annotators; to decide, for reviewers. */
  update(caption: string, changes: UpdateCaptionBody): Promise<StoredCaptionResponse> {
    return this.transport.json({ method: "PATCH", path: path("captions", caption), json: changes });
  }

  /**
   * Says how far the review of up to 1,000 captions is, as one act. What somebody has changed since stays. `reason` says why
   * they are rejected, in at most 1,000 characters; with `rejected` alone.
   */
  setStatus(
    dataset: string,
    captions: Iterable<SeenCaption>,
    status: StatusName,
    reason?: string,
  ): Promise<UpdatedCaptionsResponse> {
    const seen = Array.from(captions, ({ id, version }) => ({ id, version }));
    const json = { captions: seen, status, reason };
    return this.transport.json({ method: "PATCH", path: path("datasets", dataset, "captions"), json });
  }

  /** What a caption has been, and who made it so. */
  versions(caption: string): Promise<CaptionVersionResponse[]> {
    return this.transport.json({ method: "GET", path: path("captions", caption, "versions") });
  }

  /** Makes a caption what it was at the version `to`, where it is still at the `version` that you saw. */
  restore(caption: string, to: number, version: number): Promise<StoredCaptionResponse> {
    const at = path("captions", caption, "versions", to, "restore");
    return this.transport.json({ method: "POST", path: at, json: { version } });
  }

  /** Takes back what you did last to captions of a dataset. */
  undo(dataset: string): Promise<TurnedResponse> {
    return this.transport.json({ method: "POST", path: path("datasets", dataset, "undo"), json: {} });
  }

  /** Does again what you took back last. */
  redo(dataset: string): Promise<TurnedResponse> {
    return this.transport.json({ method: "POST", path: path("datasets", dataset, "redo") });
  }
}
