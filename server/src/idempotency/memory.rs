//! Answers in memory: another server, and this one after a restart, knows nothing of them.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use lru::LruCache;
use vasari_storage::idempotency_keys::KeyedRequest;

use super::{KEPT_FOR, Known, StoredAnswer};

/// The answers; clones share them.
#[derive(Clone)]
pub(super) struct MemoryStore {
    entries: Arc<Mutex<Entries>>,
}

/// Whose key it is, and the key.
type Key = (String, String);

/// The right and duty to answer for a key. Dropped without an answer, it leaves the key as if it had never come.
pub(crate) struct Claim {
    store: MemoryStore,
    key: Key,
    fingerprint: [u8; 32],
    is_settled: bool,
}

/// Most keys that are known at the same time.
const MAX_KEYS: NonZeroUsize = NonZeroUsize::new(4096).expect("it is not zero. This is a bug.");
/// Most bytes of answers that are kept at the same time.
const MAX_BYTES: usize = 64 << 20;

struct Entries {
    by_key: LruCache<Key, Entry>,
    bytes: usize,
}

struct Entry {
    fingerprint: [u8; 32],
    since: Instant,
    /// Nothing while it is being made.
    answer: Option<StoredAnswer>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self { entries: Arc::new(Mutex::new(Entries { by_key: LruCache::new(MAX_KEYS), bytes: 0 })) }
    }
}

impl MemoryStore {
    /// What is known of a request that comes at `now`.
    pub(super) fn begin(&self, request: KeyedRequest, now: Instant) -> Known {
        let KeyedRequest { caller, key, fingerprint } = request;
        let key = (caller, key);
        let mut entries = self.lock();
        if entries.by_key.peek(&key).is_some_and(|entry| now.saturating_duration_since(entry.since) >= KEPT_FOR) {
            entries.remove(&key);
        }
        match entries.by_key.get(&key) {
            None => {
                entries.insert(key.clone(), Entry { fingerprint, since: now, answer: None });
                Known::New(super::Claim::Memory(Claim { store: self.clone(), key, fingerprint, is_settled: false }))
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
    /// Keeps the answer.
    pub(super) fn settle(mut self, answer: StoredAnswer, now: Instant) {
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
    fn insert(&mut self, key: Key, entry: Entry) {
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

    fn remove(&mut self, key: &Key) {
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

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, StatusCode};

    use super::super::MAX_ANSWER_BYTES;
    use super::*;

    fn request(caller: &str, key: &str, fingerprint: u8) -> KeyedRequest {
        KeyedRequest { caller: caller.into(), key: key.into(), fingerprint: [fingerprint; 32] }
    }

    fn answer(bytes: usize) -> StoredAnswer {
        StoredAnswer { status: StatusCode::OK, headers: HeaderMap::new(), body: vec![b'x'; bytes].into() }
    }

    fn claim(store: &MemoryStore, key: &str, now: Instant) -> Claim {
        match store.begin(request("key-1", key, 1), now) {
            Known::New(super::super::Claim::Memory(claim)) => claim,
            _ => panic!("{key} is known already"),
        }
    }

    #[test]
    fn answer_is_given_again_for_a_day_to_the_same_request_alone() {
        let (store, now) = (MemoryStore::default(), Instant::now());
        let first = claim(&store, "a", now);
        assert!(matches!(store.begin(request("key-1", "a", 1), now), Known::InUse));
        first.settle(answer(3), now);
        let again = store.begin(request("key-1", "a", 1), now);
        assert!(matches!(again, Known::Answered(answer) if &*answer.body == b"xxx"));
        assert!(matches!(store.begin(request("key-1", "a", 2), now), Known::Reused));
        assert!(matches!(store.begin(request("key-2", "a", 2), now), Known::New(_)));
        assert!(matches!(store.begin(request("key-1", "a", 1), now + KEPT_FOR), Known::New(_)));
    }

    #[test]
    fn claim_that_is_dropped_leaves_nothing() {
        let (store, now) = (MemoryStore::default(), Instant::now());
        drop(claim(&store, "a", now));
        claim(&store, "a", now).settle(answer(1), now);
        assert!(matches!(store.begin(request("key-1", "a", 1), now), Known::Answered(_)));
    }

    #[test]
    fn memory_has_an_end() {
        let (store, now) = (MemoryStore::default(), Instant::now());
        for number in 0..100 {
            claim(&store, &number.to_string(), now).settle(answer(MAX_ANSWER_BYTES), now);
            assert!(store.lock().bytes <= MAX_BYTES);
        }
        assert!(matches!(store.begin(request("key-1", "99", 1), now), Known::Answered(_)));
        assert!(matches!(store.begin(request("key-1", "0", 1), now), Known::New(_)));
    }
}
