// What only Node can do: read folders, and write files.

import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import { open, readdir, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, extname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";

import type { Vasari } from "./client.js";
import { VasariError } from "./errors.js";
import type { NamedFile } from "./pictures.js";
import type { CreateExportBody, JobResponse } from "./types.js";

/** How files of the formats end that the server reads. */
const SUFFIXES = new Set([".jpg", ".jpeg", ".png", ".gif", ".webp"]);

/** A file, which is read when it is sent. */
export async function fileAt(path: string): Promise<NamedFile> {
  return { name: basename(path), data: await openAsBlob(path) };
}

/** All pictures of a folder, called by their paths in it, in the order of their names. */
export async function picturesIn(folder: string): Promise<NamedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const pictures = entries.filter((entry) => entry.isFile() && SUFFIXES.has(extname(entry.name).toLowerCase()));
  const paths = pictures.map((entry) => join(entry.parentPath, entry.name)).sort();
  return Promise.all(
    paths.map(async (path) => ({
      name: relative(folder, path).split(sep).join("/"),
      data: await openAsBlob(path),
    })),
  );
}

/**
 * Downloads what an export wrote. What breaks off goes on where it was. The file appears under its name when it is whole,
 * and is compared with the sum that the server tells.
 */
export async function download(client: Vasari, job: string, to: string): Promise<void> {
  const part = `${to}.part`;
  const file = await open(part, "w");
  let tag: string | null;
  try {
    tag = await fetchInto(client, job, file);
  } finally {
    await file.close();
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(part), hash);
  if (tag !== null && tag.replaceAll('"', "") !== hash.digest("hex")) {
    await rm(part);
    throw new VasariError({ type: "damaged", title: "What came is not what the server has", detail: to, status: 0 });
  }
  await rename(part, to);
}

/** Exports a dataset, waits for it, and downloads the file. */
export async function exportToFile(
  client: Vasari,
  dataset: string,
  to: string,
  what: CreateExportBody,
  onProgress?: (state: JobResponse) => void,
): Promise<void> {
  const job = await client.jobs.export(dataset, what);
  await client.jobs.wait(job.id, onProgress);
  await download(client, job.id, to);
}

/** How often in a row a download may bring nothing before it is given up. */
const MOST_FAILURES = 3;

async function fetchInto(client: Vasari, job: string, file: FileHandle): Promise<string | null> {
  let tag: string | null = null;
  let byte = 0;
  for (let failures = 0; ; ) {
    const answer = await client.jobs.openFile(job, byte > 0 && tag !== null ? { byte, tag } : undefined);
    if (answer.response.status !== 206 && byte > 0) {
      // The file has become another one meanwhile: all of it comes.
      byte = 0;
      await file.truncate();
    }
    tag = answer.response.headers.get("etag");
    try {
      for await (const chunk of answer.chunks()) {
        await file.write(chunk, 0, chunk.length, byte);
        byte += chunk.length;
        failures = 0;
      }
      return tag;
    } catch (error) {
      failures += 1;
      if (!(error instanceof VasariError) || failures > MOST_FAILURES) {
        throw error;
      }
    }
  }
}
