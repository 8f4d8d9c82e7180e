// What can be said of a request, and what comes back in pieces. Names are those of the API.

import type { BatchForm, BatchResult, CaptionFormBody, CaptionResponse, StatusName } from "./types.js";

/** Left, top, right and bottom in pixels. */
export type Box = readonly [number, number, number, number];

/** What is asked about a picture, and how the answer is searched for. What is left out is the server's default. */
export interface CaptionOptions extends Omit<CaptionFormBody, "image" | "stream" | "region"> {
  /** The input of a task that takes a box: left, top, right and bottom in pixels. */
  region?: Box;
}

/** The same for several pictures. */
export interface BatchOptions extends Omit<BatchForm, "images" | "stream" | "region"> {
  /** The input of a task that takes a box: left, top, right and bottom in pixels. */
  region?: Box;
}

/** A piece of a caption that is still being made. */
export interface CaptionEvent {
  /** What the caption has grown by; empty in the last event. */
  text: string;
  /** The whole answer, in the last event alone. */
  answer?: CaptionResponse;
}

/** What came of a picture of a batch that is answered in any order. */
export interface IndexedBatchResult extends BatchResult {
  /** Which of the pictures, from 0. */
  index: number;
}

/** Which pictures of a dataset: those for which all of it holds. */
export type Filters = {
  /** Those that this search finds. */
  q?: string;
  /** Those with a caption of this source. */
  source?: string;
  /** Those without a caption of this source. */
  missing?: string;
  /** Those with a caption in this state. */
  status?: StatusName;
};
