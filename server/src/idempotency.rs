//! Answers that are kept for a while, to be given again to a client that asks again because it never saw the first.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode},
};
use lru::LruCache;

use crate::api::problem::Problem;

/// The answers, by caller and key; clones share them. They lie in memory: another server, and this one after a restart,
/// knows nothing of them.
#[derive(Clone)]
pub(crate) struct IdempotencyStore {
    entries: Arc<Mutex<Entries>>,
}

/// Whose key it is, and the key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct IdempotencyKey {
    pub(crate) caller: String,
    pub(crate) key: String,
}

/// A hash of what was asked.
pub(crate) type Fingerprint = [u8; 32];

/// An answer as it is given again.
#[derive(Debug, Clone)]
pub(crate) struct StoredAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What a failing answer's document is written from.
    pub(crate) problem: Option<Problem>,
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
pub(crate) struct Claim {
    store: IdempotencyStore,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
    is_settled: bool,
}

/// How long an answer is kept.
const KEPT_FOR: Duration = Duration::from_hours(24);
/// Most keys that are known at the same time.
const MAX_KEYS: NonZeroUsize = NonZeroUsize::new(4096).expect("it is not zero. This is a bug.");
/// Most bytes of answers that are kept at the same time.
const MAX_BYTES: usize = 64 << 20;
/// A larger answer is not kept; none of a captioning path comes near.
const MAX_ANSWER_BYTES: usize = 1 << 20;

struct Entries {
    by_key: LruCache<IdempotencyKey, Entry>,
    bytes: usize,
}

struct Entry {
    fingerprint: Fingerprint,
    since: Instant,
    /// Nothing while it is being made.
    answer: Option<StoredAnswer>,
}

impl Default for IdempotencyStore {
    fn default() -> Self {
        Self { entries: Arc::new(Mutex::new(Entries { by_key: LruCache::new(MAX_KEYS), bytes: 0 })) }
    }
}

impl IdempotencyStore {
    /// What is known of a request that comes at `now`.
    pub(crate) fn begin(&self, key: IdempotencyKey, fingerprint: Fingerprint, now: Instant) -> Known {
        let mut entries = self.lock();
        if entries.by_key.peek(&key).is_some_and(|entry| now.saturating_duration_since(entry.since) >= KEPT_FOR) {
            entries.remove(&key);
        }
        match entries.by_key.get(&key) {
            None => {
                entries.insert(key.clone(), Entry { fingerprint, since: now, answer: None });
                Known::New(Claim { store: self.clone(), key, fingerprint, is_settled: false })
            }
            Some(entry) if entry.fingerprint != fingerprint => Known::Reused,
            Some(Entry { answer: Some(answer), .. }) => Known::Answered(Box::new(answer.clone())),
            Some(_) => Known::InUse,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// Keeps the answer, if it is one that would come out the same again.
    pub(crate) fn settle(mut self, answer: StoredAnswer, now: Instant) {
        let may_pass = answer.status.is_server_error() || matches!(answer.status.as_u16(), 408 | 429);
        if may_pass || answer.size() > MAX_ANSWER_BYTES {
            return;
        }
        self.is_settled = true;
        let entry = Entry { fingerprint: self.fingerprint, since: now, answer: Some(answer) };
        self.store.lock().insert(self.key.clone(), entry);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.is_settled {
            self.store.lock().remove(&self.key);
        }
    }
}

impl Entries {
    fn insert(&mut self, key: IdempotencyKey, entry: Entry) {
        self.bytes += entry.size();
        if let Some((_, evicted)) = self.by_key.push(key, entry) {
            self.bytes -= evicted.size();
        }
        while self.bytes > MAX_BYTES
            && let Some((_, oldest)) = self.by_key.pop_lru()
        {
            self.bytes -= oldest.size();
        }
    }

    fn remove(&mut self, key: &IdempotencyKey) {
        if let Some(entry) = self.by_key.pop(key) {
            self.bytes -= entry.size();
        }
    }
}

impl Entry {
    fn size(&self) -> usize {
        self.answer.as_ref().map_or(0, StoredAnswer::size)
    }
}

impl StoredAnswer {
    fn size(&self) -> usize {
        self.body.len() + self.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> IdempotencyKey {
        IdempotencyKey { caller: "key-1".into(), key: name.into() }
    }

    fn answer(status: StatusCode, bytes: usize) -> StoredAnswer {
        StoredAnswer { status, headers: HeaderMap::new(), body: vec![b'x'; bytes].into(), problem: None }
    }

    fn claim(store: &IdempotencyStore, name: &str, now: Instant) -> Claim {
        match store.begin(key(name), [1; 32], now) {
            Known::New(claim) => claim,
            _ => panic!("{name} is known already"),
        }
    }

    #[test]
    fn answer_is_given_again_for_a_day_to_the_same_request_alone() {
        let (store, now) = (IdempotencyStore::default(), Instant::now());
        let first = claim(&store, "a", now);
        assert!(matches!(store.begin(key("a"), [1; 32], now), Known::InUse));
        first.settle(answer(StatusCode::OK, 3), now);
        assert!(matches!(store.begin(key("a"), [1; 32], now), Known::Answered(answer) if &*answer.body == b"xxx"));
        assert!(matches!(store.begin(key("a"), [2; 32], now), Known::Reused));
        let other = IdempotencyKey { caller: "key-2".into(), key: "a".into() };
        assert!(matches!(store.begin(other, [2; 32], now), Known::New(_)));
        assert!(matches!(store.begin(key("a"), [1; 32], now + KEPT_FOR), Known::New(_)));
    }

    #[test]
    fn failures_that_pass_are_not_kept() {
        let (store, now) = (IdempotencyStore::default(), Instant::now());
        for status in [500, 503, 504, 429, 408] {
            let status = StatusCode::from_u16(status).unwrap();
            claim(&store, "a", now).settle(answer(status, 1), now);
        }
        drop(claim(&store, "a", now));
        claim(&store, "a", now).settle(answer(StatusCode::BAD_REQUEST, 1), now);
        assert!(matches!(store.begin(key("a"), [1; 32], now), Known::Answered(_)));
    }

    #[test]
    fn memory_has_an_end() {
        let (store, now) = (IdempotencyStore::default(), Instant::now());
        for number in 0..100 {
            claim(&store, &number.to_string(), now).settle(answer(StatusCode::OK, MAX_ANSWER_BYTES), now);
            assert!(store.lock().bytes <= MAX_BYTES);
        }
        assert!(matches!(store.begin(key("99"), [1; 32], now), Known::Answered(_)));
        assert!(matches!(store.begin(key("0"), [1; 32], now), Known::New(_)));
        claim(&store, "large", now).settle(answer(StatusCode::OK, MAX_ANSWER_BYTES + 1), now);
        assert!(matches!(store.begin(key("large"), [1; 32], now), Known::New(_)));
    }
}
