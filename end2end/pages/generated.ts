import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Dataset, type Person } from "./people";

/** What stands on every third generated picture. */
const NOUNS = ["bird", "boat", "house"];

/** The name of the generated picture of this number, which counts from 1. */
export function generatedName(number: number): string {
  return `generated/${String(number).padStart(7, "0")}.png`;
}

/**
 * A dataset of so many pictures, each with a caption: rows written straight into the database of the tested server, whose
 * triggers and search index do the rest. The pictures' files are the samples', again and again.
 */
export async function generatedDataset(root: Person, pictures: number): Promise<Dataset> {
  const dataset = await root.dataset("Large", { isPublic: true });
  const scenes = Array.from({ length: 12 }, (_, number) => `scene-${String(number + 1).padStart(2, "0")}.png`);
  for (const scene of scenes) {
    await root.add(dataset, scene, `given/${scene}`);
  }
  run(`
    WITH dataset AS (SELECT id FROM datasets WHERE slug = '${dataset.slug}'),
    given AS (
      SELECT sha256, row_number() OVER (ORDER BY id) - 1 AS number FROM dataset_images
      WHERE dataset_id = (SELECT id FROM dataset)
    ),
    source AS (
      INSERT INTO caption_sources (id, dataset_id, slug, kind, created_at)
      SELECT gen_random_uuid(), id, 'generated', 'import', now() FROM dataset RETURNING id
    ),
    added AS (
      INSERT INTO dataset_images (id, dataset_id, sha256, file_name, added_at)
      -- Version 7 UUIDs of one millisecond each, a year ahead: after those that were given.
      SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint + 31536000000 + i), 12, '0') || '70008000'
          || lpad(to_hex(i), 12, '0'))::uuid,
        dataset.id, given.sha256, 'generated/' || lpad(i::text, 7, '0') || '.png', now()
      FROM dataset, generate_series(1, ${pictures - scenes.length}) AS i JOIN given ON given.number = i % ${scenes.length}
      RETURNING id, dataset_id, file_name
    )
    INSERT INTO captions (id, dataset_id, image_id, source_id, text, status, updated_at)
    SELECT gen_random_uuid(), dataset_id, added.id, source.id,
      'a ' || (ARRAY['${NOUNS.join("', '")}'])[1 + substring(file_name, 11, 7)::int % 3] || ' on ' || file_name,
      CASE WHEN substring(file_name, 11, 7)::int % 10 = 0 THEN 'approved' ELSE 'draft' END, now()
    FROM added, source;
  `);
  return dataset;
}

/** Has the database of the tested server carry out a statement. */
function run(sql: string) {
  const socket = join(process.env.VASARI_E2E_FOLDER!, "data/postgres/run");
  const options = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--host", socket, "--username", "vasari"];
  execFileSync("psql", [...options, "--command", sql, "vasari"], { stdio: ["ignore", "ignore", "inherit"] });
}
