-- Whether a person has changed what a model or an import said. What a person wrote is not overwritten when the source speaks
-- again. Captions of people themselves are not edited: they are theirs from the beginning.

ALTER TABLE captions ADD COLUMN edited boolean NOT NULL DEFAULT false;
ALTER TABLE caption_versions ADD COLUMN edited boolean NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION record_caption_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'a change of a caption counts its version up by one' USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO caption_versions
        (caption_id, version, text, regions, confidence, status, edited, changed_by, changed_at, job_id)
    VALUES
        (NEW.id, NEW.version, NEW.text, NEW.regions, NEW.confidence, NEW.status, NEW.edited, NEW.updated_by,
            NEW.updated_at, nullif(current_setting('vasari.job', true), '')::uuid);
    RETURN NULL;
END
$$;
