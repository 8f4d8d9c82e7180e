-- Review: why a caption was rejected, who is to look at which pictures, who is looking at one just now, and how much has been
-- decided.

-- Nothing is written while it is counted anew.
LOCK TABLE dataset_images, captions IN SHARE ROW EXCLUSIVE MODE;

-- Why a caption was rejected, in words for whoever wrote it.
ALTER TABLE captions
    ADD COLUMN reason text,
    ADD CONSTRAINT captions_reason_check CHECK (reason IS NULL OR status = 'rejected' AND char_length(reason) BETWEEN 1 AND 1000);
ALTER TABLE caption_versions ADD COLUMN reason text;

-- What is no longer rejected has no reason, whoever changes it and however.
CREATE FUNCTION forget_reason() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.reason := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER captions_forget_reason BEFORE UPDATE ON captions
    FOR EACH ROW WHEN (NEW.reason IS NOT NULL AND NEW.status <> 'rejected') EXECUTE FUNCTION forget_reason();

CREATE OR REPLACE FUNCTION record_caption_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a change of a caption counts its version up by one' USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO caption_versions
        (caption_id, version, text, regions, confidence, status, reason, edited, changed_by, changed_at, job_id)
    VALUES
        (NEW.id, NEW.version, NEW.text, NEW.regions, NEW.confidence, NEW.status, NEW.reason, NEW.edited, NEW.updated_by,
            NEW.updated_at, nullif(current_setting('vasari.job', true), '')::uuid);
    RETURN NULL;
END
$$;

-- What a person has decided, the latest last.
CREATE INDEX caption_versions_decided_idx ON caption_versions (changed_by, changed_at, caption_id)
    WHERE status IN ('approved', 'rejected');

-- Pictures that a member is to look at. One that has ended stays, so that whoever takes their decision back has the picture
-- again; one of somebody who leaves the dataset goes with them, and the picture is everybody's.
CREATE TABLE review_assignments (
    image_id uuid PRIMARY KEY,
    dataset_id uuid NOT NULL,
    reviewer uuid NOT NULL,
    assigned_by uuid REFERENCES users (id) ON DELETE SET NULL,
    assigned_at timestamptz NOT NULL,
    -- Since when nothing of the picture waits any more.
    ended_at timestamptz,
    CONSTRAINT review_assignments_image_id_fkey FOREIGN KEY (dataset_id, image_id)
        REFERENCES dataset_images (dataset_id, id) ON DELETE CASCADE,
    CONSTRAINT review_assignments_reviewer_fkey FOREIGN KEY (dataset_id, reviewer)
        REFERENCES dataset_members (dataset_id, user_id) ON DELETE CASCADE
);
CREATE INDEX review_assignments_reviewer_idx ON review_assignments (dataset_id, reviewer, image_id) WHERE ended_at IS NULL;
CREATE INDEX review_assignments_open_idx ON review_assignments (dataset_id, image_id) WHERE ended_at IS NULL;
CREATE INDEX review_assignments_gone_idx ON review_assignments (dataset_id, reviewer);
CREATE INDEX review_assignments_assigned_by_idx ON review_assignments (assigned_by);

-- Who is looking at which picture just now: nobody else is given it before the lease has expired. Each showing is another id,
-- so that a page that goes away late takes nothing from the one that came after it.
CREATE TABLE review_leases (
    image_id uuid PRIMARY KEY,
    dataset_id uuid NOT NULL,
    id uuid NOT NULL,
    reviewer uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    CONSTRAINT review_leases_id_key UNIQUE (id),
    -- Nobody looks at two pictures of a dataset at once; so a lease that nobody ends stands in nobody's way for long.
    CONSTRAINT review_leases_reviewer_key UNIQUE (dataset_id, reviewer),
    CONSTRAINT review_leases_image_id_fkey FOREIGN KEY (dataset_id, image_id)
        REFERENCES dataset_images (dataset_id, id) ON DELETE CASCADE
);
CREATE INDEX review_leases_reviewer_idx ON review_leases (reviewer);

-- Pictures that somebody would rather look at later.
CREATE TABLE review_skips (
    image_id uuid NOT NULL,
    reviewer uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    dataset_id uuid NOT NULL,
    skipped_at timestamptz NOT NULL,
    PRIMARY KEY (image_id, reviewer),
    CONSTRAINT review_skips_image_id_fkey FOREIGN KEY (dataset_id, image_id)
        REFERENCES dataset_images (dataset_id, id) ON DELETE CASCADE
);
CREATE INDEX review_skips_reviewer_idx ON review_skips (reviewer, dataset_id);

-- Who may not review any more has nothing to look at.
CREATE FUNCTION end_reviewing_of_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.role NOT IN ('reviewer', 'owner') THEN
        DELETE FROM review_assignments
        WHERE dataset_id = OLD.dataset_id AND reviewer = OLD.user_id AND ended_at IS NULL;
        DELETE FROM review_leases WHERE dataset_id = OLD.dataset_id AND reviewer = OLD.user_id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER dataset_members_end_reviewing AFTER UPDATE OF role OR DELETE ON dataset_members
    FOR EACH ROW EXECUTE FUNCTION end_reviewing_of_member();

CREATE FUNCTION end_reviewing_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM review_assignments AS given USING dataset_members AS member
    WHERE member.user_id = NEW.id AND given.dataset_id = member.dataset_id AND given.reviewer = NEW.id
    AND ended_at IS NULL;
    DELETE FROM review_leases WHERE reviewer = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_end_reviewing AFTER UPDATE OF disabled_at ON users
    FOR EACH ROW WHEN (NEW.disabled_at IS NOT NULL) EXECUTE FUNCTION end_reviewing_of_user();

-- How many captions of a source are in which state: the counts of 0008, in more pieces.
DELETE FROM caption_counts;
ALTER TABLE caption_counts
    ADD COLUMN status text NOT NULL,
    DROP CONSTRAINT caption_counts_pkey,
    ADD PRIMARY KEY (source_id, status, piece);

DROP FUNCTION count_captions(uuid, bigint);
CREATE FUNCTION count_captions(counted_source uuid, counted_status text, more bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO caption_counts AS old (source_id, status, piece, captions)
    SELECT id, counted_status, piece_of_count(), more FROM caption_sources WHERE id = counted_source AND more <> 0
    ON CONFLICT (source_id, status, piece) DO UPDATE SET captions = old.captions + excluded.captions
$$;

CREATE OR REPLACE FUNCTION count_changed_images() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_images(dataset_id, more) FROM (
        SELECT latter.dataset_id, sum(CASE WHEN latter.deleted_at IS NULL THEN 1 ELSE -1 END)::bigint AS more
        FROM former JOIN latter USING (id) WHERE (former.deleted_at IS NULL) <> (latter.deleted_at IS NULL)
        GROUP BY latter.dataset_id ORDER BY latter.dataset_id
    ) AS changes;
    PERFORM count_captions(source_id, status, more) FROM (
        SELECT source_id, status, sum(CASE WHEN latter.deleted_at IS NULL THEN 1 ELSE -1 END)::bigint AS more
        FROM former JOIN latter USING (id) JOIN captions ON image_id = latter.id
        WHERE (former.deleted_at IS NULL) <> (latter.deleted_at IS NULL)
        GROUP BY source_id, status ORDER BY source_id, status
    ) AS changes;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION count_new_captions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_captions(source_id, status, more) FROM (
        SELECT source_id, status, count(*) AS more FROM added JOIN dataset_images AS image ON image.id = image_id
        WHERE deleted_at IS NULL GROUP BY source_id, status ORDER BY source_id, status
    ) AS changes;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION count_gone_captions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_captions(source_id, status, -fewer) FROM (
        SELECT source_id, status, count(*) AS fewer FROM gone JOIN dataset_images AS image ON image.id = image_id
        WHERE deleted_at IS NULL GROUP BY source_id, status ORDER BY source_id, status
    ) AS changes;
    RETURN NULL;
END
$$;

-- How much somebody has decided on which day, in Greenwich. A decision counts until who made it takes it back or changes
-- their mind; that others change what it was about makes it no less their work.
CREATE TABLE review_counts (
    dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    reviewer uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    day date NOT NULL,
    status text NOT NULL,
    piece smallint NOT NULL,
    decisions bigint NOT NULL,
    PRIMARY KEY (dataset_id, reviewer, day, status, piece)
);
CREATE INDEX review_counts_reviewer_idx ON review_counts (reviewer);

CREATE FUNCTION count_decisions(counted_dataset uuid, counted_reviewer uuid, counted_day date, counted_status text, more bigint)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO review_counts AS old (dataset_id, reviewer, day, status, piece, decisions)
    SELECT datasets.id, users.id, counted_day, counted_status, piece_of_count(), more
    FROM datasets, users WHERE datasets.id = counted_dataset AND users.id = counted_reviewer AND more <> 0
    ON CONFLICT (dataset_id, reviewer, day, status, piece) DO UPDATE SET decisions = old.decisions + excluded.decisions
$$;

CREATE FUNCTION follow_changed_captions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_captions(source_id, status, more) FROM (
        SELECT source_id, status, sum(sign)::bigint AS more FROM (
            SELECT former.image_id, former.source_id, former.status, -1 AS sign
            FROM former JOIN latter USING (id) WHERE former.status <> latter.status
            UNION ALL
            SELECT latter.image_id, latter.source_id, latter.status, 1
            FROM former JOIN latter USING (id) WHERE former.status <> latter.status
        ) AS moved JOIN dataset_images AS image ON image.id = image_id
        WHERE deleted_at IS NULL GROUP BY source_id, status ORDER BY source_id, status
    ) AS changes;
    IF NOT EXISTS (
        SELECT FROM former JOIN latter USING (id)
        WHERE former.status IN ('approved', 'rejected') OR latter.status IN ('approved', 'rejected')
    ) THEN
        RETURN NULL;
    END IF;
    PERFORM count_decisions(dataset_id, reviewer, day, status, more) FROM (
        SELECT dataset_id, reviewer, day, status, sum(sign)::bigint AS more FROM (
            SELECT former.dataset_id, former.updated_by AS reviewer, (former.updated_at AT TIME ZONE 'UTC')::date AS day,
                former.status, -1 AS sign
            FROM former JOIN latter USING (id)
            WHERE former.status IN ('approved', 'rejected') AND former.updated_by = latter.updated_by
            AND former.version <> latter.version
            UNION ALL
            SELECT latter.dataset_id, latter.updated_by, (latter.updated_at AT TIME ZONE 'UTC')::date, latter.status, 1
            FROM former JOIN latter USING (id)
            WHERE latter.status IN ('approved', 'rejected') AND latter.updated_by IS NOT NULL
            AND former.version <> latter.version
        ) AS decided
        GROUP BY dataset_id, reviewer, day, status ORDER BY dataset_id, reviewer, day, status
    ) AS changes;
    -- Who takes their decision back has the picture again.
    UPDATE review_assignments AS given SET ended_at = NULL
    FROM former JOIN latter USING (id)
    WHERE given.image_id = latter.image_id AND given.reviewer = latter.updated_by AND given.ended_at IS NOT NULL
    AND former.updated_by = latter.updated_by AND former.status IN ('approved', 'rejected')
    AND latter.status = 'submitted';
    -- Of which pictures nothing waits any more.
    WITH done AS (
        SELECT latter.image_id, max(latter.updated_at) AS at FROM latter
        WHERE latter.status IN ('approved', 'rejected')
        AND NOT EXISTS (SELECT FROM captions WHERE captions.image_id = latter.image_id AND captions.status = 'submitted')
        GROUP BY latter.image_id
    ), ended AS (
        UPDATE review_assignments AS given SET ended_at = done.at FROM done
        WHERE given.image_id = done.image_id AND given.ended_at IS NULL
    ), seen AS (
        DELETE FROM review_leases AS lease USING done WHERE lease.image_id = done.image_id
    )
    DELETE FROM review_skips AS skip USING done WHERE skip.image_id = done.image_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER captions_follow_changed AFTER UPDATE ON captions
    REFERENCING OLD TABLE AS former NEW TABLE AS latter FOR EACH STATEMENT EXECUTE FUNCTION follow_changed_captions();

-- What is there already.
INSERT INTO caption_counts (source_id, status, piece, captions)
SELECT source_id, status, 0, count(*) FROM captions JOIN dataset_images AS image ON image.id = image_id
WHERE deleted_at IS NULL GROUP BY source_id, status;

INSERT INTO review_counts (dataset_id, reviewer, day, status, piece, decisions)
SELECT dataset_id, past.changed_by, (past.changed_at AT TIME ZONE 'UTC')::date, past.status, 0, count(*)
FROM caption_versions AS past JOIN captions ON captions.id = caption_id JOIN users ON users.id = past.changed_by
WHERE past.status IN ('approved', 'rejected') AND past.version > 1
AND NOT EXISTS (
    SELECT FROM caption_versions AS after
    WHERE after.caption_id = past.caption_id AND after.version = past.version + 1 AND after.changed_by = past.changed_by
)
GROUP BY 1, 2, 3, 4;
