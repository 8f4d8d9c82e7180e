// Pictures on their way to the server.

/** A picture, or another file: a `File` as it is, what is in one, or that with a name. */
export type Picture = Blob | Uint8Array | NamedFile;

/** What is in a file, and what it is called. */
export interface NamedFile {
  name: string;
  data: Blob;
}

/** A picture with a name: its own, else its place, such as `image-1`. */
export function named(picture: Picture, index = 0): NamedFile {
  if (picture instanceof Uint8Array) {
    return { name: `image-${index + 1}`, data: new Blob([picture as Uint8Array<ArrayBuffer>]) };
  }
  if (!(picture instanceof Blob)) {
    return picture;
  }
  // Browsers tell of a chosen folder's files where they lie in it; the folder's own name comes first.
  const file = picture as Partial<File>;
  const place = file.webkitRelativePath?.split("/").slice(1).join("/");
  return { name: place || file.name || `image-${index + 1}`, data: picture };
}

/** A file with its place among those that are added. */
export interface PlacedFile extends NamedFile {
  index: number;
}

// The server takes up to 64 in a form.
const MOST_IN_A_REQUEST = 32;

/** The files in lots, each for one request; a file that is larger than that goes alone. */
export function* packed(files: Iterable<PlacedFile>, mostBytes: number): Generator<PlacedFile[], void, undefined> {
  let lot: PlacedFile[] = [];
  let size = 0;
  for (const file of files) {
    if (lot.length > 0 && (size + file.data.size > mostBytes || lot.length === MOST_IN_A_REQUEST)) {
      yield lot;
      [lot, size] = [[], 0];
    }
    lot.push(file);
    size += file.data.size;
  }
  if (lot.length > 0) {
    yield lot;
  }
}

/** Does the work on each item, several at a time. The first that fails ends it. */
export async function inParallel<Item>(
  items: Iterable<Item>,
  atATime: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let hasFailed = false;
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done && !hasFailed; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, atATime) }, worker));
}
