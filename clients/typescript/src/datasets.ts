// Datasets, their sources and measures.

import type { Filters } from "./options.js";
import { path, type Transport } from "./transport.js";
import type {
  CaptionMetricsResponse,
  CreateDatasetBody,
  CreateSourceBody,
  DatasetResponse,
  FacetsResponse,
  SourceResponse,
  UpdateDatasetBody,
} from "./types.js";

/** Datasets, by their slugs. */
export class Datasets {
  constructor(private readonly transport: Transport) {}

  /** The datasets that you may look at. */
  list(): AsyncGenerator<DatasetResponse, void, undefined> {
    return this.transport.pages(path("datasets"));
  }

  /** A dataset. */
  get(dataset: string): Promise<DatasetResponse> {
    return this.transport.json({ method: "GET", path: path("datasets", dataset) });
  }

  /** Makes a dataset, of which you are the owner. */
  create(dataset: CreateDatasetBody): Promise<DatasetResponse> {
    return this.transport.json({ method: "POST", path: path("datasets"), json: dataset });
  }

  /** Changes what is given of a dataset. For owners. */
  update(dataset: string, changes: UpdateDatasetBody): Promise<DatasetResponse> {
    return this.transport.json({ method: "PATCH", path: path("datasets", dataset), json: changes });
  }

  /** Deletes a dataset with its pictures and captions, for good. For owners. */
  delete(dataset: string): Promise<void> {
    return this.transport.json({ method: "DELETE", path: path("datasets", dataset) });
  }

  /** Who says something of the pictures: people, models and imports. */
  sources(dataset: string): AsyncGenerator<SourceResponse, void, undefined> {
    return this.transport.pages(path("datasets", dataset, "sources"));
  }

  /** Makes a source for captions that come from elsewhere. For annotators. */
  createSource(dataset: string, source: CreateSourceBody): Promise<SourceResponse> {
    return this.transport.json({ method: "POST", path: path("datasets", dataset, "sources"), json: source });
  }

  /** How many pictures that a search finds have which property. */
  facets(dataset: string, q?: string): Promise<FacetsResponse> {
    return this.transport.json({ method: "GET", path: path("datasets", dataset, "facets"), query: { q } });
  }

  /**
   * Measures the captions, source by source: how long, how repetitive, how near to the source `reference`. BLEU, METEOR and
   * ROUGE are from 0 to 1, CIDEr from 0 to 10. Measuring a hundred thousand captions takes seconds.
   */
  metrics(dataset: string, query: Filters & { reference?: string } = {}): Promise<CaptionMetricsResponse> {
    return this.transport.json({ method: "GET", path: path("datasets", dataset, "metrics"), query });
  }
}
