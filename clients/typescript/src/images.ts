// The pictures of a dataset.

import { VasariError } from "./errors.js";
import { inParallel, named, packed, type Picture, type PlacedFile } from "./pictures.js";
import { path, type Transport } from "./transport.js";
import type {
  AddedImage,
  AddedImagesResponse,
  FoundImageResponse,
  ImageResponse,
  ListedImageResponse,
  SearchResponse,
  StatusName,
} from "./types.js";

/** How pictures are added. */
export interface UploadOptions {
  /** How many requests go out at the same time; 4 unless said otherwise. */
  concurrency?: number;
  /** How much goes into a request with several pictures; a server reads 10 MB unless told otherwise, so 8 MB here. */
  requestBytes?: number;
  /** Told how many of the files are done, and how many there are, again and again. */
  onProgress?: (done: number, total: number) => void;
}

/** Which pictures are listed, in which order, and what of them. */
export type ListImagesQuery = {
  /** In the order in which they were added unless said otherwise. */
  sort?: "added" | "name";
  /** Only with a caption of this source. */
  source?: string;
  /** Only without a caption of this source. */
  missing?: string;
  /** Only with a caption in this state. */
  status?: StatusName;
  /** With what this source says of each, as `caption`. */
  captions?: string;
  /** With the regions of those captions. */
  boxes?: boolean;
};

/** How what is found is shown. */
export type SearchQuery = {
  /**
   * `relevance`, `added`, `name`, `updated`, `confidence`, `length`, `disagreement` or `box_disagreement`; a dash before it
   * for the largest first.
   */
  sort?: string;
  /** Whose captions to show of each; all where nobody is named. */
  source?: readonly string[];
};

/** What is wrong with the files and not with the request as a whole. */
const OF_FILES = [400, 413, 415, 422];

/** The pictures of a dataset. */
export class Images {
  constructor(private readonly transport: Transport) {}

  /**
   * Adds pictures to a dataset. For owners. What the server can't read has an `error` in the place of its picture. The same
   * file under the same name changes nothing, so what broke off is simply done again. Resolves to what came of each file, in
   * their order.
   */
  async upload(dataset: string, pictures: Iterable<Picture>, options: UploadOptions = {}): Promise<AddedImage[]> {
    const files = Array.from(pictures, (picture, index) => ({ ...named(picture, index), index }));
    const results: AddedImage[] = new Array(files.length);
    let done = 0;
    const lots = packed(files, options.requestBytes ?? 8_000_000);
    await inParallel(lots, options.concurrency ?? 4, async (lot) => {
      for (const [index, added] of await this.send(dataset, lot)) {
        results[index] = added;
        done += 1;
      }
      options.onProgress?.(done, files.length);
    });
    return results;
  }

  private async send(dataset: string, lot: PlacedFile[]): Promise<[number, AddedImage][]> {
    const form = new FormData();
    for (const { data, name } of lot) {
      form.append("images", data, name);
    }
    try {
      const asked = { method: "POST", path: path("datasets", dataset, "images"), form, repeats: true };
      const { results } = await this.transport.json<AddedImagesResponse>(asked);
      return lot.map((file, place) => [file.index, results[place] as AddedImage]);
    } catch (error) {
      const [first, ...others] = lot;
      if (!(error instanceof VasariError && OF_FILES.includes(error.status) && first)) {
        throw error;
      }
      if (others.length === 0) {
        return [[first.index, { filename: first.name, error: error.problem }]];
      }
      // One of them may be at fault; which, only the server can tell.
      const alone = [];
      for (const file of lot) {
        alone.push(...(await this.send(dataset, [file])));
      }
      return alone;
    }
  }

  /** All pictures of a dataset, fetched page by page. */
  list(dataset: string, query: ListImagesQuery = {}): AsyncGenerator<ListedImageResponse, void, undefined> {
    return this.transport.pages(path("datasets", dataset, "images"), query);
  }

  /** All pictures that a search finds (at most 1,000 characters), fetched page by page. */
  search(dataset: string, q: string, query: SearchQuery = {}): AsyncGenerator<FoundImageResponse, void, undefined> {
    return this.transport.pages(path("datasets", dataset, "search"), { q, ...query });
  }

  /** One page of what a search finds, 1 to 200 pictures (`limit`), with how many there are in all as `total`. */
  searchPage(
    dataset: string,
    q: string,
    query: SearchQuery & { limit?: number; cursor?: string | null } = {},
  ): Promise<SearchResponse> {
    return this.transport.json({ method: "GET", path: path("datasets", dataset, "search"), query: { q, ...query } });
  }

  /** A picture, by its id. Its size is in pixels, as shown, and in bytes. */
  get(image: string): Promise<ImageResponse> {
    return this.transport.json({ method: "GET", path: path("images", image) });
  }

  /** A picture's file, as it was sent. */
  file(image: string): Promise<Blob> {
    return this.transport.blob({ method: "GET", path: path("images", image, "file") });
  }

  /** A picture as WebP, whose longer side has so many pixels. */
  thumbnail(image: string, pixels: 256 | 512 | 1440 = 256): Promise<Blob> {
    return this.transport.blob({ method: "GET", path: path("images", image, "thumbnails", pixels) });
  }

  /** Takes a picture out of its dataset; `restore` brings it back for a while. For owners. */
  delete(image: string): Promise<void> {
    return this.transport.json({ method: "DELETE", path: path("images", image) });
  }

  /** Brings back a picture that was deleted. For owners. */
  restore(image: string): Promise<void> {
    return this.transport.json({ method: "POST", path: path("images", image, "restore") });
  }
}
