//! Answers that are kept for a while, to be given again to a client that asks again because it never saw the first.

use serde_json::Value;
use sqlx::{query, query_as, query_scalar};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Database, StorageError};

/// A request with an `Idempotency-Key`.
#[derive(Debug, Clone)]
pub struct KeyedRequest {
    /// Whose key it is.
    pub caller: String,
    /// The key, of 1 to 255 characters.
    pub key: String,
    /// A hash of what is asked.
    pub fingerprint: [u8; 32],
}

/// An answer as it is given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: i16,
    /// An array of pairs of names and values.
    pub headers: Value,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// What is known of a request under its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownRequest {
    /// Nothing: whoever asked has the claim to answer it.
    New(Uuid),
    /// It was answered.
    Answered(KeptAnswer),
    /// It is being answered.
    InUse,
    /// The key came with another request.
    Reused,
}

/// A key's row.
struct KeyRow {
    fingerprint: Vec<u8>,
    status: Option<i16>,
    headers: Option<Value>,
    body: Option<Vec<u8>>,
}

impl Database {
    /// What is known of a request. Keys from before `expired` are forgotten, and so are claims that ended without an answer.
    /// A new claim holds until `until`.
    pub async fn claim_key(
        &self,
        request: &KeyedRequest,
        (now, until, expired): (OffsetDateTime, OffsetDateTime, OffsetDateTime),
    ) -> Result<KnownRequest, StorageError> {
        loop {
            let claimed = query_scalar!(
                "INSERT INTO idempotency_keys AS known (caller, key, fingerprint, claim, claimed_until, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (caller, key) DO UPDATE
                 SET fingerprint = excluded.fingerprint, claim = excluded.claim,
                     claimed_until = excluded.claimed_until, created_at = excluded.created_at,
                     status = NULL, headers = NULL, body = NULL
                 WHERE known.created_at <= $7 OR known.status IS NULL AND known.claimed_until <= $6
                 RETURNING claim",
                request.caller,
                request.key,
                &request.fingerprint[..],
                Uuid::now_v7(),
                until,
                now,
                expired,
            );
            if let Some(claim) = claimed.fetch_optional(self.pool()).await? {
                return Ok(KnownRequest::New(claim));
            }
            let known = query_as!(
                KeyRow,
                "SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE caller = $1 AND key = $2",
                request.caller,
                request.key,
            );
            // Whoever had the claim may have given it back a moment ago.
            let Some(known) = known.fetch_optional(self.pool()).await? else { continue };
            return Ok(match known {
                KeyRow { fingerprint, .. } if fingerprint != request.fingerprint => KnownRequest::Reused,
                KeyRow { status: Some(status), headers: Some(headers), body: Some(body), .. } => {
                    KnownRequest::Answered(KeptAnswer { status, headers, body })
                }
                _ => KnownRequest::InUse,
            });
        }
    }

    /// Keeps the answer to a request, for who has the claim.
    pub async fn keep_answer(
        &self,
        request: &KeyedRequest,
        claim: Uuid,
        answer: &KeptAnswer,
    ) -> Result<(), StorageError> {
        query!(
            "UPDATE idempotency_keys SET status = $4, headers = $5, body = $6
             WHERE caller = $1 AND key = $2 AND claim = $3",
            request.caller,
            request.key,
            claim,
            answer.status,
            answer.headers,
            answer.body,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Gives a claim back: the key is as if it had never come.
    pub async fn release_key(&self, request: &KeyedRequest, claim: Uuid) -> Result<(), StorageError> {
        query!(
            "DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2 AND claim = $3 AND status IS NULL",
            request.caller,
            request.key,
            claim,
        )
        .execute(self.pool())
        .await?;
        Ok(())
    }

    /// Forgets keys from before a moment. Returns how many.
    pub async fn sweep_keys(&self, before: OffsetDateTime) -> Result<u64, StorageError> {
        let swept = query!("DELETE FROM idempotency_keys WHERE created_at <= $1", before);
        Ok(swept.execute(self.pool()).await?.rows_affected())
    }
}
