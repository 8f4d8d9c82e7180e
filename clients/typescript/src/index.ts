// A client for Vasari, which captions pictures with Florence-2.

export { Vasari } from "./client.js";
export { ConflictError, JobFailedError, VasariError } from "./errors.js";
export type { ListImagesQuery, SearchQuery, UploadOptions } from "./images.js";
export type { ImportOptions } from "./jobs.js";
export type {
  BatchOptions,
  Box,
  CaptionEvent,
  CaptionOptions,
  Filters,
  IndexedBatchResult,
} from "./options.js";
export type { NamedFile, Picture } from "./pictures.js";
export type { Answer, ClientOptions } from "./transport.js";
export type * from "./types.js";
