-- What the search index needs to follow index_changes without missing one. Ids are given out before a transaction commits,
-- so a row can appear below ids that were read before. Transactions are numbered as well, and Postgres knows below which
-- number all have ended (pg_snapshot_xmin): rows of those are all there.
-- Nothing has followed the rows that are there; what follows from now on begins with a look at all pictures.
TRUNCATE index_changes;
ALTER TABLE index_changes
    ADD COLUMN written_by bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    ADD COLUMN written_at timestamptz NOT NULL DEFAULT now(),
    DROP CONSTRAINT index_changes_pkey,
    ADD PRIMARY KEY (written_by, id);

-- Below which transaction rows have been swept away: one row. An index that has not come that far must be built anew.
CREATE TABLE swept_index_changes (
    is_only boolean PRIMARY KEY DEFAULT true,
    below bigint NOT NULL,
    CONSTRAINT swept_index_changes_is_only_check CHECK (is_only)
);
INSERT INTO swept_index_changes (below) VALUES (0);
