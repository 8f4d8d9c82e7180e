-- People: who there is, how they show who they are, and what they did.
-- Ids are version 7 UUIDs, made by the program: they sort by the moment they were made.

-- How tokens sign: one row for each key that HMAC signs access tokens with.
CREATE TABLE signing_keys (
    id uuid PRIMARY KEY,
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT signing_keys_secret_check CHECK (octet_length(secret) >= 32)
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    -- A PHC string of Argon2id; none until the person has chosen a password.
    password_hash text,
    is_admin boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT users_name_check CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 64),
    CONSTRAINT users_password_hash_check CHECK (password_hash LIKE '$argon2id$%')
);
-- Also the order in which people are listed.
CREATE UNIQUE INDEX users_name_key ON users (lower(name));

-- Links that somebody may use once: only the SHA-256 sum of the token is here.
CREATE TABLE one_time_links (
    token_hash bytea PRIMARY KEY,
    purpose text NOT NULL,
    -- Whose password is reset; the other links make a user.
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    created_by uuid REFERENCES users (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT one_time_links_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT one_time_links_purpose_check CHECK (purpose IN ('first_administrator', 'invitation', 'password_reset')),
    CONSTRAINT one_time_links_user_id_check CHECK ((purpose = 'password_reset') = (user_id IS NOT NULL)),
    CONSTRAINT one_time_links_expires_at_check CHECK (expires_at > created_at)
);
CREATE INDEX one_time_links_user_id_idx ON one_time_links (user_id);
CREATE INDEX one_time_links_created_by_idx ON one_time_links (created_by);
CREATE INDEX one_time_links_expires_at_idx ON one_time_links (expires_at);

-- A family of refresh tokens: one sign-in of one browser.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_agent text,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT sessions_user_agent_check CHECK (char_length(user_agent) <= 200)
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id) WHERE revoked_at IS NULL;

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT refresh_tokens_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT refresh_tokens_expires_at_check CHECK (expires_at > created_at)
);
-- A family never has two tokens that both renew it.
CREATE UNIQUE INDEX refresh_tokens_session_id_key ON refresh_tokens (session_id) WHERE used_at IS NULL;
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    -- The key's first letters, by which its owner knows it again.
    prefix text NOT NULL,
    key_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    -- To the minute.
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash),
    CONSTRAINT api_keys_name_check CHECK (name = btrim(name) AND char_length(name) BETWEEN 1 AND 64),
    CONSTRAINT api_keys_prefix_check CHECK (prefix LIKE 'vas\_%' AND char_length(prefix) = 12),
    CONSTRAINT api_keys_key_hash_check CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_keys_scopes_check CHECK (
        cardinality(scopes) >= 1 AND scopes <@ ARRAY['caption', 'read', 'write', 'admin']
    ),
    CONSTRAINT api_keys_expires_at_check CHECK (expires_at > created_at)
);
CREATE INDEX api_keys_user_id_idx ON api_keys (user_id, id);

-- Who did what. Rows are added and never changed; people and keys are named by id alone, so that they can go.
CREATE TABLE audit_log (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    actor_user uuid,
    actor_key uuid,
    action text NOT NULL,
    subject uuid,
    detail jsonb NOT NULL DEFAULT '{}',
    request_id text,
    CONSTRAINT audit_log_action_check CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    CONSTRAINT audit_log_detail_check CHECK (jsonb_typeof(detail) = 'object'),
    CONSTRAINT audit_log_request_id_check CHECK (char_length(request_id) <= 64)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
