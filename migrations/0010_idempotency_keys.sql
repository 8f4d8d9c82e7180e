-- Answers to requests with an Idempotency-Key, to be given again to a client that never saw the first.
CREATE TABLE idempotency_keys (
    -- Whose key it is, as limits count callers.
    caller text NOT NULL,
    key text NOT NULL,
    -- SHA-256 of what was asked.
    fingerprint bytea NOT NULL,
    -- Who answers: only they may leave the answer.
    claim uuid NOT NULL,
    -- Until when they have; then they are taken for dead.
    claimed_until timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    -- The answer, once it is there.
    status smallint,
    -- An array of pairs of names and values.
    headers jsonb,
    body bytea,
    PRIMARY KEY (caller, key),
    CONSTRAINT idempotency_keys_key_check CHECK (char_length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_fingerprint_check CHECK (octet_length(fingerprint) = 32),
    CONSTRAINT idempotency_keys_answer_check CHECK (
        (status IS NULL) = (headers IS NULL) AND (status IS NULL) = (body IS NULL)
    )
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
