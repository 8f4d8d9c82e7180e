-- The arena: of two captions of a picture, shown without their sources, which one somebody prefers.

-- Two captions that were put before a person, which of them on which side, and as they were then.
CREATE TABLE comparisons (
    id uuid PRIMARY KEY,
    dataset_id uuid NOT NULL,
    image_id uuid NOT NULL,
    left_source_id uuid NOT NULL,
    left_version integer NOT NULL,
    right_source_id uuid NOT NULL,
    right_version integer NOT NULL,
    -- Votes of somebody whose account goes stay, as nobody's.
    shown_to uuid REFERENCES users (id) ON DELETE SET NULL,
    shown_at timestamptz NOT NULL,
    CONSTRAINT comparisons_image_id_fkey FOREIGN KEY (dataset_id, image_id)
        REFERENCES dataset_images (dataset_id, id) ON DELETE CASCADE,
    -- Both are captions of this picture.
    CONSTRAINT comparisons_left_fkey FOREIGN KEY (image_id, left_source_id)
        REFERENCES captions (image_id, source_id) ON DELETE CASCADE,
    CONSTRAINT comparisons_right_fkey FOREIGN KEY (image_id, right_source_id)
        REFERENCES captions (image_id, source_id) ON DELETE CASCADE,
    CONSTRAINT comparisons_sources_check CHECK (left_source_id <> right_source_id),
    CONSTRAINT comparisons_versions_check CHECK (left_version >= 1 AND right_version >= 1)
);
-- Nobody is asked about the same two twice, whichever way round.
CREATE UNIQUE INDEX comparisons_pair_key ON comparisons
    (shown_to, image_id, least(left_source_id, right_source_id), greatest(left_source_id, right_source_id));
-- The votes of a dataset, the latest first: ids sort by time.
CREATE INDEX comparisons_dataset_id_idx ON comparisons (dataset_id, id);
-- What a person was shown in a dataset: what they have not answered yet, how many they have.
CREATE INDEX comparisons_shown_to_idx ON comparisons (shown_to, dataset_id, id);
CREATE INDEX comparisons_left_idx ON comparisons (image_id, left_source_id);
CREATE INDEX comparisons_right_idx ON comparisons (image_id, right_source_id);

-- What they said. One that was taken back is gone, and can be given anew.
CREATE TABLE votes (
    comparison_id uuid PRIMARY KEY REFERENCES comparisons (id) ON DELETE CASCADE,
    outcome text NOT NULL,
    voted_at timestamptz NOT NULL,
    -- Skipped: they would rather not say, and are not asked again.
    CONSTRAINT votes_outcome_check CHECK (outcome IN ('left', 'right', 'tie', 'both_bad', 'skipped'))
);

-- Pictures in an order that has nothing to do with when they came or what they are called: by the sum of their bytes. The
-- arena begins anywhere in it, so that the first pictures of a dataset are not asked about most.
CREATE INDEX dataset_images_shuffled_idx ON dataset_images (dataset_id, sha256) WHERE deleted_at IS NULL;
