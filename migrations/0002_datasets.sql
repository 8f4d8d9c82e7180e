-- Datasets: pictures, where their captions are from, the captions, and every change to them.
-- Ids are version 7 UUIDs, made by the program: they sort by the moment they were made.

CREATE TABLE datasets (
    id uuid PRIMARY KEY,
    -- How URLs and command lines name it.
    slug text NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    visibility text NOT NULL DEFAULT 'private',
    created_by uuid REFERENCES users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT datasets_slug_key UNIQUE (slug),
    CONSTRAINT datasets_slug_check CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND char_length(slug) <= 64),
    CONSTRAINT datasets_name_check CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT datasets_description_check CHECK (char_length(description) <= 10000),
    CONSTRAINT datasets_visibility_check CHECK (visibility IN ('private', 'public'))
);
CREATE INDEX datasets_created_by_idx ON datasets (created_by);

CREATE TABLE dataset_members (
    dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (dataset_id, user_id),
    CONSTRAINT dataset_members_role_check CHECK (role IN ('viewer', 'annotator', 'reviewer', 'owner'))
);
-- The datasets of a person.
CREATE INDEX dataset_members_user_id_idx ON dataset_members (user_id, dataset_id);

-- The role that somebody has in a dataset, as a number: 0 nothing, 1 may look, 2 may write captions, 3 may review, 4 may
-- do all. One place for the rule that every query repeats.
CREATE FUNCTION rank_in_dataset(wanted_dataset uuid, reader uuid, is_admin boolean) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN is_admin THEN 4 ELSE coalesce(max(rank), 0) END FROM (
        SELECT array_position(ARRAY['viewer', 'annotator', 'reviewer', 'owner'], role) AS rank
        FROM dataset_members WHERE dataset_id = wanted_dataset AND user_id = reader
        UNION ALL
        SELECT 1 FROM datasets WHERE id = wanted_dataset AND visibility = 'public'
    ) AS ranks
$$;

-- Picture files by what is in them; the bytes lie in the object store under the sum. Nobody reads this table but through
-- dataset_images.
CREATE TABLE images (
    sha256 bytea PRIMARY KEY,
    byte_size bigint NOT NULL,
    format text NOT NULL,
    -- As shown, with the EXIF orientation applied.
    width integer NOT NULL,
    height integer NOT NULL,
    thumbhash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT images_sha256_check CHECK (octet_length(sha256) = 32),
    CONSTRAINT images_byte_size_check CHECK (byte_size > 0),
    CONSTRAINT images_format_check CHECK (format IN ('jpeg', 'png', 'gif', 'webp')),
    CONSTRAINT images_width_check CHECK (width BETWEEN 1 AND 16384),
    CONSTRAINT images_height_check CHECK (height BETWEEN 1 AND 16384),
    CONSTRAINT images_thumbhash_check CHECK (octet_length(thumbhash) <= 32)
);

-- A picture in a dataset, under a name.
CREATE TABLE dataset_images (
    id uuid PRIMARY KEY,
    dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    sha256 bytea NOT NULL REFERENCES images (sha256),
    file_name text NOT NULL,
    added_by uuid REFERENCES users (id) ON DELETE SET NULL,
    added_at timestamptz NOT NULL,
    -- Since when it waits for the sweeper; until that has come it can be taken back.
    deleted_at timestamptz,
    CONSTRAINT dataset_images_file_name_check CHECK (
        char_length(file_name) BETWEEN 1 AND 500 AND file_name !~ '[[:cntrl:]]'
    ),
    -- For keys of other tables that must name the dataset as well.
    CONSTRAINT dataset_images_dataset_id_id_key UNIQUE (dataset_id, id)
);
-- A name is free again once its picture is deleted. Also the page by name.
CREATE UNIQUE INDEX dataset_images_file_name_key ON dataset_images (dataset_id, file_name) WHERE deleted_at IS NULL;
-- The page in the order of adding, and the neighbours: ids sort by time.
CREATE INDEX dataset_images_added_idx ON dataset_images (dataset_id, id) WHERE deleted_at IS NULL;
-- Is this picture here already? Does anybody still use these bytes?
CREATE INDEX dataset_images_sha256_idx ON dataset_images (sha256, dataset_id);
CREATE INDEX dataset_images_deleted_at_idx ON dataset_images (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX dataset_images_added_by_idx ON dataset_images (added_by);

-- Where captions come from: a model with its task and parameters, a person, an import.
CREATE TABLE caption_sources (
    id uuid PRIMARY KEY,
    dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    -- How searches and exports name it.
    slug text NOT NULL,
    kind text NOT NULL,
    user_id uuid REFERENCES users (id) ON DELETE RESTRICT,
    model text,
    model_revision text,
    task text,
    parameters jsonb,
    created_at timestamptz NOT NULL,
    CONSTRAINT caption_sources_slug_key UNIQUE (dataset_id, slug),
    CONSTRAINT caption_sources_dataset_id_id_key UNIQUE (dataset_id, id),
    CONSTRAINT caption_sources_slug_check CHECK (slug ~ '^[a-z0-9][a-z0-9._-]*$' AND char_length(slug) <= 64),
    CONSTRAINT caption_sources_kind_check CHECK (kind IN ('model', 'person', 'import')),
    CONSTRAINT caption_sources_person_check CHECK ((kind = 'person') = (user_id IS NOT NULL)),
    CONSTRAINT caption_sources_model_check CHECK (
        CASE kind
            WHEN 'model' THEN model IS NOT NULL AND task IS NOT NULL AND jsonb_typeof(parameters) = 'object'
            ELSE model IS NULL AND model_revision IS NULL AND parameters IS NULL
        END
    )
);
-- A person is one source of a dataset.
CREATE UNIQUE INDEX caption_sources_person_key ON caption_sources (dataset_id, user_id) WHERE kind = 'person';
CREATE INDEX caption_sources_user_id_idx ON caption_sources (user_id);

-- What a source says of a picture, as it is now.
CREATE TABLE captions (
    id uuid PRIMARY KEY,
    dataset_id uuid NOT NULL,
    image_id uuid NOT NULL,
    source_id uuid NOT NULL,
    text text NOT NULL,
    regions jsonb,
    confidence real,
    status text NOT NULL DEFAULT 'draft',
    -- Counts changes from 1; who writes names the one that they saw.
    version integer NOT NULL DEFAULT 1,
    updated_by uuid REFERENCES users (id) ON DELETE SET NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT captions_image_id_source_id_key UNIQUE (image_id, source_id),
    -- Picture and source are of the same dataset.
    CONSTRAINT captions_image_id_fkey FOREIGN KEY (dataset_id, image_id)
        REFERENCES dataset_images (dataset_id, id) ON DELETE CASCADE,
    CONSTRAINT captions_source_id_fkey FOREIGN KEY (dataset_id, source_id)
        REFERENCES caption_sources (dataset_id, id) ON DELETE CASCADE,
    CONSTRAINT captions_text_check CHECK (char_length(text) <= 20000),
    CONSTRAINT captions_regions_check CHECK (jsonb_typeof(regions) = 'array'),
    CONSTRAINT captions_confidence_check CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT captions_status_check CHECK (status IN ('draft', 'submitted', 'approved', 'rejected')),
    CONSTRAINT captions_version_check CHECK (version >= 1)
);
-- Filters by source and status, and what a source lacks.
CREATE INDEX captions_source_id_idx ON captions (source_id, status, image_id);
CREATE INDEX captions_status_idx ON captions (dataset_id, status, image_id);
CREATE INDEX captions_updated_by_idx ON captions (updated_by);

-- Every state that a caption has had, the present one included.
CREATE TABLE caption_versions (
    caption_id uuid NOT NULL REFERENCES captions (id) ON DELETE CASCADE,
    version integer NOT NULL,
    text text NOT NULL,
    regions jsonb,
    confidence real,
    status text NOT NULL,
    changed_by uuid,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (caption_id, version)
);

-- Written by the database, so that no writer can forget, and none can write another history than what happened.
CREATE FUNCTION record_caption_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a change of a caption counts its version up by one' USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO caption_versions (caption_id, version, text, regions, confidence, status, changed_by, changed_at)
    VALUES (NEW.id, NEW.version, NEW.text, NEW.regions, NEW.confidence, NEW.status, NEW.updated_by, NEW.updated_at);
    RETURN NULL;
END
$$;
-- Not for updated_by alone: somebody whose account goes changes nothing about the caption.
CREATE TRIGGER captions_record_version
    AFTER INSERT OR UPDATE OF text, regions, confidence, status, version ON captions
    FOR EACH ROW EXECUTE FUNCTION record_caption_version();

CREATE FUNCTION refuse_change_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of captions is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER caption_versions_append_only BEFORE UPDATE ON caption_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- What the search index has yet to see: pictures whose name, captions or being there has changed.
CREATE TABLE index_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id uuid NOT NULL,
    image_id uuid NOT NULL
);

CREATE FUNCTION record_image_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO index_changes (dataset_id, image_id)
    VALUES (coalesce(NEW.dataset_id, OLD.dataset_id), coalesce(NEW.id, OLD.id));
    RETURN NULL;
END
$$;
CREATE TRIGGER dataset_images_record_change AFTER INSERT OR UPDATE OR DELETE ON dataset_images
    FOR EACH ROW EXECUTE FUNCTION record_image_change();

CREATE FUNCTION record_caption_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO index_changes (dataset_id, image_id)
    VALUES (coalesce(NEW.dataset_id, OLD.dataset_id), coalesce(NEW.image_id, OLD.image_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER captions_record_change AFTER INSERT OR UPDATE OR DELETE ON captions
    FOR EACH ROW EXECUTE FUNCTION record_caption_change();
