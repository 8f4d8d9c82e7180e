-- What people did to captions, act by act, so that it can be undone and done again: in another tab, on another day.

CREATE TABLE actions (
    -- Sorts as they were done.
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- When; of writing that went on for a while, when it ended.
    done_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'done',
    -- The job that did it, where it was one; and the one that has been at it last, whose rollback turns it round.
    job_id uuid REFERENCES jobs (id) ON DELETE CASCADE,
    last_job_id uuid REFERENCES jobs (id) ON DELETE SET NULL,
    -- Dropped: undone, and something else was done since; or nothing was left to undo.
    CONSTRAINT actions_state_check CHECK (state IN ('done', 'undone', 'dropped')),
    CONSTRAINT actions_last_job_id_check CHECK (last_job_id IS NULL OR job_id IS NOT NULL)
);
-- What is written in one moment by one person is one act.
CREATE UNIQUE INDEX actions_moment_key ON actions (user_id, dataset_id, done_at);
-- The acts of a dataset, and those of one person, the newest first.
CREATE INDEX actions_dataset_id_idx ON actions (dataset_id, id);
CREATE INDEX actions_user_id_idx ON actions (user_id, dataset_id, state, id);
CREATE INDEX actions_job_id_idx ON actions (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX actions_last_job_id_idx ON actions (last_job_id) WHERE last_job_id IS NOT NULL;
-- What the sweeper takes away.
CREATE INDEX actions_done_at_idx ON actions (done_at);

-- The captions that an act changed, where it was no job: the history has what they were before, and after.
CREATE TABLE action_captions (
    action_id bigint NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    caption_id uuid NOT NULL REFERENCES captions (id) ON DELETE CASCADE,
    before_version integer NOT NULL,
    after_version integer NOT NULL,
    PRIMARY KEY (action_id, caption_id),
    CONSTRAINT action_captions_versions_check CHECK (before_version >= 1 AND after_version > before_version)
);
CREATE INDEX action_captions_caption_id_idx ON action_captions (caption_id, after_version);

-- Written by the database, as the history is.
CREATE FUNCTION record_action() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    act bigint;
BEGIN
    -- Whoever goes on writing in one caption is at one act, however often that is saved.
    IF NEW.status = OLD.status AND (NEW.text, NEW.regions) IS DISTINCT FROM (OLD.text, OLD.regions) THEN
        SELECT id INTO act FROM actions
        WHERE user_id = NEW.updated_by AND dataset_id = NEW.dataset_id
        ORDER BY id DESC LIMIT 1;
        UPDATE action_captions SET after_version = NEW.version
        FROM actions
        WHERE action_id = act AND actions.id = act AND state = 'done' AND job_id IS NULL
        AND done_at > NEW.updated_at - interval '1 minute'
        AND caption_id = NEW.id AND after_version = OLD.version
        AND NOT EXISTS (SELECT FROM action_captions AS other WHERE other.action_id = act AND other.caption_id <> NEW.id)
        -- An approved caption that was changed is a draft: what follows that is another act.
        AND EXISTS (
            SELECT FROM caption_versions AS past
            WHERE past.caption_id = NEW.id AND past.version = before_version AND past.status = NEW.status
        );
        IF FOUND THEN
            UPDATE actions SET done_at = NEW.updated_at WHERE id = act;
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO actions (dataset_id, user_id, done_at) VALUES (NEW.dataset_id, NEW.updated_by, NEW.updated_at)
    ON CONFLICT (user_id, dataset_id, done_at) DO UPDATE SET state = 'done'
    RETURNING id INTO act;
    INSERT INTO action_captions (action_id, caption_id, before_version, after_version)
    VALUES (act, NEW.id, OLD.version, NEW.version)
    ON CONFLICT (action_id, caption_id) DO UPDATE SET after_version = excluded.after_version;
    -- What was undone before can't be done again after something else.
    UPDATE actions SET state = 'dropped'
    WHERE user_id = NEW.updated_by AND dataset_id = NEW.dataset_id AND state = 'undone';
    RETURN NULL;
END
$$;
-- Not of jobs, which are one act each, nor of undoing itself: transactions say so by the settings vasari.job and vasari.undo.
CREATE TRIGGER captions_record_action AFTER UPDATE OF text, regions, confidence, status, reason ON captions
    FOR EACH ROW WHEN (
        NEW.updated_by IS NOT NULL AND NEW.version <> OLD.version
        AND coalesce(current_setting('vasari.job', true), '') = ''
        AND coalesce(current_setting('vasari.undo', true), '') = ''
    ) EXECUTE FUNCTION record_action();

CREATE FUNCTION record_job_action() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO actions (dataset_id, user_id, done_at, job_id, last_job_id)
    VALUES (NEW.dataset_id, NEW.created_by, NEW.created_at, NEW.id, NEW.id)
    ON CONFLICT DO NOTHING;
    UPDATE actions SET state = 'dropped'
    WHERE user_id = NEW.created_by AND dataset_id = NEW.dataset_id AND state = 'undone';
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_record_action AFTER INSERT ON jobs
    FOR EACH ROW WHEN (
        NEW.kind IN ('bulk_edit', 'keep_caption', 'rollback') AND NEW.created_by IS NOT NULL AND NEW.dataset_id IS NOT NULL
        AND coalesce(current_setting('vasari.undo', true), '') = ''
    ) EXECUTE FUNCTION record_job_action();
