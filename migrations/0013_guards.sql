-- What must not happen, however the tables are reached.

-- The history of a caption goes with the caption and not before. The caption's own row is deleted first, so that what goes
-- with it finds none.
CREATE FUNCTION refuse_loss_of_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM captions WHERE id = OLD.caption_id) THEN
        RAISE EXCEPTION 'the history of captions is only ever added to' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER caption_versions_kept BEFORE DELETE ON caption_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_history();
CREATE TRIGGER caption_versions_not_emptied BEFORE TRUNCATE ON caption_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_history();

-- A model with what it was asked is one source of a dataset. Those that were made twice so far stay, and say of which the
-- later ones are the double.
UPDATE caption_sources SET parameters = parameters || jsonb_build_object('double_of', first_slug, 'double', number)
FROM (
    SELECT id AS double_id, row_number() OVER same AS number, first_value(slug) OVER same AS first_slug
    FROM caption_sources WHERE kind = 'model'
    WINDOW same AS (PARTITION BY dataset_id, model, model_revision, task, parameters ORDER BY id)
) AS doubles
WHERE id = double_id AND number > 1;

-- By sums, because a row of an index has little room. No revision is none, not an unknown one.
CREATE UNIQUE INDEX caption_sources_model_key ON caption_sources
    (dataset_id, md5(model), md5(coalesce('=' || model_revision, '')), md5(task), md5(parameters::text))
    WHERE kind = 'model';

-- Entries of one action and of one person, the newest first; also what people did before they were signed in, of whom they
-- are then the subject.
CREATE INDEX audit_log_action_idx ON audit_log (action, id);
CREATE INDEX audit_log_actor_user_idx ON audit_log (actor_user, id);
CREATE INDEX audit_log_subject_idx ON audit_log (subject, id) WHERE actor_user IS NULL;

-- What the sweeper takes away.
CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);
CREATE INDEX sessions_created_at_idx ON sessions (created_at);
