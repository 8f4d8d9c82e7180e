-- What a bulk edit changed can become as it was: by a job of its own, which is in the history as everything else is.

ALTER TABLE jobs
    DROP CONSTRAINT jobs_kind_check,
    ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('caption', 'import', 'export', 'bulk_edit', 'rollback', 'reindex'));
