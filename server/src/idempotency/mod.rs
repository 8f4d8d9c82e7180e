//! Answers that are kept for a while, to be given again to a client that asks again because it never saw the first: in the
//! database, so that every server knows them and no restart forgets them; in memory where there is none.

mod memory;

use std::{sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{
    Database,
    idempotency_keys::{KeptAnswer, KeyedRequest, KnownRequest},
};

use self::memory::MemoryStore;
use crate::{api::problem::Problem, storage::Storage};

/// How long an answer is kept.
pub(crate) const KEPT_FOR: Duration = Duration::from_hours(24);

/// A larger answer is not kept; none of a captioning path comes near.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// How much longer than the longest request a claim holds whose server has died.
const MARGIN: Duration = Duration::from_secs(30);

/// The answers, by caller and key.
#[derive(Default)]
pub(crate) struct IdempotencyStore {
    memory: MemoryStore,
}

/// An answer as it is given again.
#[derive(Debug, Clone)]
pub(crate) struct StoredAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What is known of a request under its key.
pub(crate) enum Known {
    /// Nothing: it is to be answered, and the answer to be left here.
    New(Claim),
    /// It was answered.
    Answered(Box<StoredAnswer>),
    /// It is being answered.
    InUse,
    /// The key came with another request.
    Reused,
}

/// The right and duty to answer for a key. Dropped without an answer, it leaves the key as if it had never come.
pub(crate) enum Claim {
    Memory(memory::Claim),
    Database(KeptClaim),
}

/// A claim in the database.
pub(crate) struct KeptClaim {
    database: Database,
    request: Arc<KeyedRequest>,
    claim: Uuid,
    is_settled: bool,
}

impl IdempotencyStore {
    /// What is known of a request that takes at most `patience` to answer.
    ///
    /// # Errors
    ///
    /// While the database is away nothing can be promised.
    pub(crate) async fn begin(
        &self,
        storage: &Storage,
        request: KeyedRequest,
        patience: Duration,
    ) -> Result<Known, Problem> {
        if !storage.is_kept() {
            return Ok(self.memory.begin(request, std::time::Instant::now()));
        }
        let (database, now) = (storage.database()?, OffsetDateTime::now_utc());
        let times = (now, now + patience + MARGIN, now - KEPT_FOR);
        Ok(match database.claim_key(&request, times).await? {
            KnownRequest::New(claim) => {
                let request = Arc::new(request);
                Known::New(Claim::Database(KeptClaim { database, request, claim, is_settled: false }))
            }
            KnownRequest::Answered(answer) => Known::Answered(Box::new(StoredAnswer::read(answer))),
            KnownRequest::InUse => Known::InUse,
            KnownRequest::Reused => Known::Reused,
        })
    }
}

impl Claim {
    /// Keeps the answer, if it is one that need not be given anew: of failures, the request itself tells as much again.
    pub(crate) async fn settle(self, answer: StoredAnswer) {
        if !answer.status.is_success() || answer.size() > MAX_ANSWER_BYTES {
            return;
        }
        match self {
            Self::Memory(claim) => claim.settle(answer, std::time::Instant::now()),
            Self::Database(mut claim) => {
                let kept = claim.database.keep_answer(&claim.request, claim.claim, &answer.kept()).await;
                match kept {
                    Ok(()) => claim.is_settled = true,
                    Err(error) => tracing::warn!(%error, "the answer to an Idempotency-Key could not be kept"),
                }
            }
        }
    }
}

impl Drop for KeptClaim {
    fn drop(&mut self) {
        // Where nothing runs any more, the claim ends by itself.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !self.is_settled {
            let (database, request, claim) = (self.database.clone(), Arc::clone(&self.request), self.claim);
            runtime.spawn(async move {
                if let Err(error) = database.release_key(&request, claim).await {
                    tracing::debug!(%error, "a claim of an Idempotency-Key ends by itself");
                }
            });
        }
    }
}

impl StoredAnswer {
    fn size(&self) -> usize {
        self.body.len() + self.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
    }

    fn kept(&self) -> KeptAnswer {
        let text = |value: &HeaderValue| value.to_str().map(str::to_owned).ok();
        let headers = self.headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)));
        KeptAnswer {
            status: self.status.as_u16().cast_signed(),
            headers: headers.map(|(name, value)| Value::from(vec![name, value])).collect(),
            body: self.body.to_vec(),
        }
    }

    fn read(KeptAnswer { status, headers, body }: KeptAnswer) -> Self {
        let pairs: Vec<(String, String)> = serde_json::from_value(headers).unwrap_or_default();
        let header = |(name, value): (String, String)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        };
        Self {
            status: StatusCode::from_u16(status.cast_unsigned()).unwrap_or(StatusCode::OK),
            headers: pairs.into_iter().filter_map(header).collect(),
            body: body.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_back_as_they_were() {
        let headers = [("content-type", "application/json"), ("x-a", "1"), ("x-a", "2")];
        let headers = headers.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let answer = StoredAnswer {
            status: StatusCode::CREATED,
            headers: headers.into_iter().collect(),
            body: Bytes::from_static(b"\0{}"),
        };
        let read = StoredAnswer::read(answer.kept());
        assert_eq!((read.status, &read.body, read.headers.len()), (answer.status, &answer.body, 3));
        assert_eq!(read.headers.get_all("x-a").iter().count(), 2);
    }
}
