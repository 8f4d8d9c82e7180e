-- Long work that goes on by itself: captioning a dataset, imports, exports, bulk edits. A queue elsewhere in this database
-- (schema graphile_worker, which its library keeps) says which server does what next; these tables hold what was asked,
-- how far it is, and what came of each part, so that nothing is done twice whatever the queue does.

CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    -- None for what concerns the whole instance.
    dataset_id uuid REFERENCES datasets (id) ON DELETE CASCADE,
    kind text NOT NULL,
    -- What was asked, as the program reads it.
    request jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    -- What was found out when it was planned, such as the source that captions go to; or how far a job without items is.
    plan jsonb,
    -- Unknown until it is planned.
    total bigint,
    done bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    -- What came of it.
    result jsonb,
    -- Why it failed as a whole, in words for people.
    error text,
    -- In whose name it works. Nobody: whoever runs the program.
    created_by uuid REFERENCES users (id) ON DELETE CASCADE,
    as_admin boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    -- Since when, and from how much on, its pace is measured: a pause does not count.
    pace_since timestamptz,
    pace_from bigint NOT NULL DEFAULT 0,
    CONSTRAINT jobs_kind_check CHECK (kind IN ('caption', 'import', 'export', 'bulk_edit')),
    CONSTRAINT jobs_request_check CHECK (jsonb_typeof(request) = 'object'),
    CONSTRAINT jobs_state_check CHECK (state IN ('waiting', 'running', 'succeeded', 'failed', 'cancelled')),
    CONSTRAINT jobs_counts_check CHECK (done >= 0 AND failed >= 0 AND done + failed <= coalesce(total, done + failed)),
    CONSTRAINT jobs_finished_at_check CHECK ((finished_at IS NULL) = (state IN ('waiting', 'running'))),
    CONSTRAINT jobs_error_check CHECK (char_length(error) <= 2000)
);
-- The jobs of a dataset and of a person, the newest first: ids sort by time.
CREATE INDEX jobs_dataset_id_idx ON jobs (dataset_id, id);
CREATE INDEX jobs_created_by_idx ON jobs (created_by, id);
-- What the sweeper takes away.
CREATE INDEX jobs_finished_at_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL;

-- The parts of a job, where it has parts; of other jobs only those that failed.
CREATE TABLE job_items (
    job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    -- What it is about. The picture or the caption may have gone meanwhile.
    image_id uuid,
    caption_id uuid,
    -- What people call it, where that is all there is: a line of a file.
    label text,
    state text NOT NULL DEFAULT 'waiting',
    attempts smallint NOT NULL DEFAULT 0,
    error text,
    PRIMARY KEY (job_id, position),
    CONSTRAINT job_items_state_check CHECK (state IN ('waiting', 'done', 'failed')),
    CONSTRAINT job_items_label_check CHECK (char_length(label) <= 1000),
    CONSTRAINT job_items_error_check CHECK (char_length(error) <= 2000)
);
CREATE INDEX job_items_waiting_idx ON job_items (job_id, position) WHERE state = 'waiting';
CREATE INDEX job_items_failed_idx ON job_items (job_id, position) WHERE state = 'failed';

-- Which job changed a caption: a transaction says so by the setting vasari.job, and the history keeps it.
ALTER TABLE caption_versions ADD COLUMN job_id uuid;
CREATE INDEX caption_versions_job_id_idx ON caption_versions (job_id, caption_id) WHERE job_id IS NOT NULL;

CREATE OR REPLACE FUNCTION record_caption_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a change of a caption counts its version up by one' USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO caption_versions
        (caption_id, version, text, regions, confidence, status, changed_by, changed_at, job_id)
    VALUES (NEW.id, NEW.version, NEW.text, NEW.regions, NEW.confidence, NEW.status, NEW.updated_by, NEW.updated_at,
        nullif(current_setting('vasari.job', true), '')::uuid);
    RETURN NULL;
END
$$;

-- Who may know of a job: whoever asked for it and still sees the dataset, and who writes captions there. One place for the
-- rule that every query repeats.
CREATE FUNCTION may_see_job(of_dataset uuid, creator uuid, reader uuid, is_admin boolean) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT is_admin OR (
        CASE WHEN of_dataset IS NULL THEN coalesce(creator = reader, false)
        ELSE rank_in_dataset(of_dataset, reader, is_admin) >= CASE WHEN creator = reader THEN 1 ELSE 2 END END
    )
$$;
