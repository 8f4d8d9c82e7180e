-- Views: what somebody looked for in a dataset, and how it was shown, under a name.
CREATE TABLE saved_views (
    id uuid PRIMARY KEY,
    dataset_id uuid NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    -- What the address of the dataset's page says, without the question mark.
    query text NOT NULL,
    -- Whether everybody who sees the dataset sees the view.
    is_shared boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    CONSTRAINT saved_views_name_check CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 100),
    CONSTRAINT saved_views_query_check CHECK (char_length(query) <= 4000),
    -- Also the order in which they are listed.
    CONSTRAINT saved_views_name_key UNIQUE (dataset_id, owner_id, name)
);
CREATE INDEX saved_views_owner_id_idx ON saved_views (owner_id);
