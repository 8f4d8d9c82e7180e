-- How many pictures a dataset has, and how many captions a source: a page that shows them can't wait for a million rows to
-- be counted. What is deleted and waits for the sweeper doesn't count.
--
-- Each number lies in pieces, of which a connection changes one: those who write at the same time wait for one another only
-- where they have the same. The number is their sum.

CREATE TABLE image_counts (
    dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    piece smallint NOT NULL,
    images bigint NOT NULL,
    PRIMARY KEY (dataset_id, piece)
);

CREATE TABLE caption_counts (
    source_id uuid NOT NULL REFERENCES caption_sources (id) ON DELETE CASCADE,
    piece smallint NOT NULL,
    captions bigint NOT NULL,
    PRIMARY KEY (source_id, piece)
);

CREATE FUNCTION piece_of_count() RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT (pg_backend_pid() % 16)::smallint
$$;

-- Of a dataset or source that is being deleted nothing is counted any more.
CREATE FUNCTION count_images(counted_dataset uuid, more bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO image_counts AS old (dataset_id, piece, images)
    SELECT id, piece_of_count(), more FROM datasets WHERE id = counted_dataset AND more <> 0
    ON CONFLICT (dataset_id, piece) DO UPDATE SET images = old.images + excluded.images
$$;

CREATE FUNCTION count_captions(counted_source uuid, more bigint) RETURNS void LANGUAGE sql AS $$
    INSERT INTO caption_counts AS old (source_id, piece, captions)
    SELECT id, piece_of_count(), more FROM caption_sources WHERE id = counted_source AND more <> 0
    ON CONFLICT (source_id, piece) DO UPDATE SET captions = old.captions + excluded.captions
$$;

-- In the order of ids, so that two statements over several datasets can't wait for each other.
CREATE FUNCTION count_new_images() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_images(dataset_id, more) FROM (
        SELECT dataset_id, count(*) AS more FROM added WHERE deleted_at IS NULL GROUP BY dataset_id ORDER BY dataset_id
    ) AS changes;
    RETURN NULL;
END
$$;
CREATE TRIGGER dataset_images_count_new AFTER INSERT ON dataset_images
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_new_images();

CREATE FUNCTION count_gone_images() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_images(dataset_id, -fewer) FROM (
        SELECT dataset_id, count(*) AS fewer FROM gone WHERE deleted_at IS NULL GROUP BY dataset_id ORDER BY dataset_id
    ) AS changes;
    RETURN NULL;
END
$$;
CREATE TRIGGER dataset_images_count_gone AFTER DELETE ON dataset_images
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_gone_images();

-- Deleted until the sweeper comes, or taken back: the captions go and come with the picture.
CREATE FUNCTION count_changed_images() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_images(dataset_id, more) FROM (
        SELECT latter.dataset_id, sum(CASE WHEN latter.deleted_at IS NULL THEN 1 ELSE -1 END)::bigint AS more
        FROM former JOIN latter USING (id) WHERE (former.deleted_at IS NULL) <> (latter.deleted_at IS NULL)
        GROUP BY latter.dataset_id ORDER BY latter.dataset_id
    ) AS changes;
    PERFORM count_captions(source_id, more) FROM (
        SELECT source_id, sum(CASE WHEN latter.deleted_at IS NULL THEN 1 ELSE -1 END)::bigint AS more
        FROM former JOIN latter USING (id) JOIN captions ON image_id = latter.id
        WHERE (former.deleted_at IS NULL) <> (latter.deleted_at IS NULL)
        GROUP BY source_id ORDER BY source_id
    ) AS changes;
    RETURN NULL;
END
$$;
CREATE TRIGGER dataset_images_count_changed AFTER UPDATE ON dataset_images
    REFERENCING OLD TABLE AS former NEW TABLE AS latter FOR EACH STATEMENT EXECUTE FUNCTION count_changed_images();

CREATE FUNCTION count_new_captions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_captions(source_id, more) FROM (
        SELECT source_id, count(*) AS more FROM added JOIN dataset_images AS image ON image.id = image_id
        WHERE deleted_at IS NULL GROUP BY source_id ORDER BY source_id
    ) AS changes;
    RETURN NULL;
END
$$;
CREATE TRIGGER captions_count_new AFTER INSERT ON captions
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_new_captions();

-- Captions that go with their picture went from the count when that was deleted.
CREATE FUNCTION count_gone_captions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count_captions(source_id, -fewer) FROM (
        SELECT source_id, count(*) AS fewer FROM gone JOIN dataset_images AS image ON image.id = image_id
        WHERE deleted_at IS NULL GROUP BY source_id ORDER BY source_id
    ) AS changes;
    RETURN NULL;
END
$$;
CREATE TRIGGER captions_count_gone AFTER DELETE ON captions
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_gone_captions();

-- What is there already.
INSERT INTO image_counts (dataset_id, piece, images)
SELECT dataset_id, 0, count(*) FROM dataset_images WHERE deleted_at IS NULL GROUP BY dataset_id;

INSERT INTO caption_counts (source_id, piece, captions)
SELECT source_id, 0, count(*) FROM captions JOIN dataset_images AS image ON image.id = image_id
WHERE deleted_at IS NULL GROUP BY source_id;
