import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../../model/demo/samples/", import.meta.url);

export interface Sample {
  name: string;
  path: string;
  bytes: Buffer;
  /** What it truly shows. */
  caption: string;
  labels: string[];
}

interface Line {
  image: string;
  caption: string;
  objects: { label: string }[];
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
  return { name, path, bytes: readFileSync(path), caption: line.caption, labels };
}
