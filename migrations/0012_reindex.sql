-- Building the search index anew is a job of the whole instance. Each server has an index of its own, and builds it anew when
-- it was begun before the newest such job was asked for: so the row itself is what reaches them all.

ALTER TABLE jobs
    DROP CONSTRAINT jobs_kind_check,
    ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('caption', 'import', 'export', 'bulk_edit', 'reindex')),
    ADD CONSTRAINT jobs_reindex_check CHECK (kind <> 'reindex' OR dataset_id IS NULL);
-- Servers look for the newest several times a second.
CREATE INDEX jobs_reindex_idx ON jobs (id) WHERE kind = 'reindex';

-- Who plans a job at this moment. A planner that stalls and wakes up while another has taken its place finds another name
-- here, and writes no items any more.
ALTER TABLE jobs ADD COLUMN planned_by uuid;
