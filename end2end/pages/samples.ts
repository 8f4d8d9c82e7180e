import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../../model/demo/samples/", import.meta.url);

/** Left, top, right, bottom in pixels. */
export type Box = [number, number, number, number];

export interface Sample {
  name: string;
  path: string;
  bytes: Buffer;
  /** What it truly shows. */
  caption: string;
  labels: string[];
  /** Where each label's object is. */
  boxes: Record<string, Box>;
}

interface Line {
  image: string;
  caption: string;
  objects: { label: string; bbox: Box }[];
}

/** A committed scene, with what is known to be on it. */
export function sample(name: string): Sample {
  const lines = readFileSync(new URL("captions.jsonl", folder), "utf8").trim().split("\n");
  const line = lines.map((line) => JSON.parse(line) as Line).find(({ image }) => image === name);
  if (!line) {
    throw new Error(`captions.jsonl tells nothing about ${name}`);
  }
  const path = fileURLToPath(new URL(name, folder));
  const labels = line.objects.map(({ label }) => label);
  const boxes = Object.fromEntries(line.objects.map(({ label, bbox }) => [label, bbox]));
  return { name, path, bytes: readFileSync(path), caption: line.caption, labels, boxes };
}

/** How much two boxes agree: the area they share over the area they cover together. */
export function overlap(a: Box, b: Box): number {
  const area = ([left, top, right, bottom]: Box) => Math.max(0, right - left) * Math.max(0, bottom - top);
  const shared = area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);
  return shared / (area(a) + area(b) - shared);
}
