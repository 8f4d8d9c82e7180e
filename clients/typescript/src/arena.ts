// Which of two captions people prefer.

import type { Filters } from "./options.js";
import { path, type Transport } from "./transport.js";
import type {
  BoardResponse,
  ComparisonResponse,
  NextComparisonBody,
  NextComparisonResponse,
  OutcomeName,
  VoteResponse,
} from "./types.js";

/** Comparisons of two captions of a picture, without their sources' names. */
export class Arena {
  constructor(private readonly transport: Transport) {}

  /** Two captions that you have not been asked about; `comparison` is null where there are none left. */
  next(dataset: string, which: NextComparisonBody = {}): Promise<NextComparisonResponse> {
    return this.transport.json({ method: "POST", path: path("datasets", dataset, "arena", "next"), json: which });
  }

  /** Says which you prefer. The answer names the sources; another vote takes the place of this one. */
  vote(comparison: string, outcome: OutcomeName): Promise<ComparisonResponse> {
    return this.transport.json({ method: "PUT", path: path("comparisons", comparison, "vote"), json: { outcome } });
  }

  /** Takes a vote back. */
  takeBack(comparison: string): Promise<ComparisonResponse> {
    return this.transport.json({ method: "DELETE", path: path("comparisons", comparison, "vote") });
  }

  /** The sources by what people prefer: a score of 1000 is one like the others, 400 more ten times as often. */
  board(dataset: string, filters: Filters = {}): Promise<BoardResponse> {
    return this.transport.json({ method: "GET", path: path("datasets", dataset, "board"), query: filters });
  }

  /** All votes. */
  votes(dataset: string): AsyncGenerator<VoteResponse, void, undefined> {
    return this.transport.pages(path("datasets", dataset, "votes"));
  }
}
