-- What is there nearly twice: pictures that look alike, and who says that they are not the same.

-- 64 bits that are alike where pictures look alike, made of the smallest thumbnail. Nothing where it has yet to be made:
-- for pictures that came before this column, or through a server that does not know of it.
ALTER TABLE images ADD COLUMN perceptual_hash bigint;
CREATE INDEX images_unhashed_idx ON images (sha256) WHERE perceptual_hash IS NULL;

-- Groups that somebody has looked at and found to be no duplicates. A group is not shown again as long as all its pictures
-- are in one of these; with another picture it is another group.
CREATE TABLE duplicate_dismissals (
    id uuid PRIMARY KEY,
    dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    -- What they were found by.
    kind text NOT NULL,
    -- No keys of another table: a picture that goes leaves the rest as it was.
    images uuid[] NOT NULL,
    dismissed_by uuid REFERENCES users (id) ON DELETE SET NULL,
    dismissed_at timestamptz NOT NULL,
    CONSTRAINT duplicate_dismissals_kind_check CHECK (kind IN ('image', 'caption')),
    CONSTRAINT duplicate_dismissals_images_check CHECK (cardinality(images) BETWEEN 2 AND 1000)
);
-- Those of a dataset, the latest first: ids sort by time.
CREATE INDEX duplicate_dismissals_dataset_id_idx ON duplicate_dismissals (dataset_id, kind, id);
CREATE INDEX duplicate_dismissals_dismissed_by_idx ON duplicate_dismissals (dismissed_by);

-- One caption kept for several pictures is a job, so that it is in the history and can be rolled back.
ALTER TABLE jobs
    DROP CONSTRAINT jobs_kind_check,
    ADD CONSTRAINT jobs_kind_check CHECK (
        kind IN ('caption', 'import', 'export', 'bulk_edit', 'keep_caption', 'rollback', 'reindex')
    );
