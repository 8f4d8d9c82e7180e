//! Keeps the index as the database is.
//!
//! Four times a second it asks for what has changed: a trigger writes each changed picture into `index_changes`, with the
//! number of its transaction. A transaction's rows appear when it commits, and transactions commit in another order than
//! they were numbered; but below a number that Postgres tells (the horizon) all have ended. So the index has seen all that
//! transactions below its watermark wrote, and of later ones it remembers which rows it has seen. What it wrote and how far
//! it has come are committed together, by each server for its own index.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};

use uuid::Uuid;

use super::{
    FollowError, IndexState, IndexStatus, Inner, SearchIndex, SearchIndexBuild,
    folder::FolderLock,
    open::{OpenIndex, Payload, Unusable},
    rows::Origin,
    schema::SCHEMA_VERSION,
};
use crate::Database;

/// How often changes are looked for.
const POLL: Duration = Duration::from_millis(250);

/// How long to wait after something failed.
const RETRY: Duration = Duration::from_secs(1);

/// How many changes are read at once.
const CHANGES_AT_ONCE: i64 = 5000;

/// After how many pictures they are committed, at the latest.
const MOST_UNCOMMITTED: usize = 20_000;

/// How many pictures are read at once while the index is built.
const IMAGES_AT_ONCE: i64 = 2000;

/// How often an index that is being built shows what it has.
const SHOW: Duration = Duration::from_secs(5);

/// How often the watermark is written down where nothing changes.
const NOTE: Duration = Duration::from_mins(1);

/// An index on its way after the database.
pub(super) struct Follower {
    open: Arc<OpenIndex>,
    lock: FolderLock,
    payload: Payload,
    /// Rows of transactions from the watermark on that are in the index already.
    seen: HashSet<i64>,
    /// When the payload was written down.
    noted: Instant,
}

/// What came of building an index.
enum Build {
    /// It is there, and answers.
    Done(Follower),
    /// Nobody asks for it any more; the one that answers goes on.
    GivenUp(FolderLock),
}

/// What an index is when it is first looked at.
enum Opened {
    /// As it was left; the database may have gone on.
    Open(Follower),
    /// Just built.
    Built(Follower),
}

impl SearchIndex {
    /// Opens the index and follows the database, forever. Where there is no index to be used, it is built.
    pub async fn follow(&self, database: &Database) {
        let mut follower = None;
        let mut is_told = false;
        loop {
            match self.step(database, &mut follower).await {
                Ok(()) => is_told = false,
                Err(error) => {
                    // Once, not every second.
                    if !is_told {
                        tracing::warn!(%error, "the search index does not follow; it is tried again every second");
                    }
                    is_told = true;
                    tokio::time::sleep(RETRY).await;
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Opens the index and brings it up to where the database is, once; for a command that asks it something.
    ///
    /// # Errors
    ///
    /// [`FollowError::Taken`] where another program follows with it, which can be asked instead.
    pub async fn catch_up_once(&self, database: &Database) -> Result<(), FollowError> {
        let mut follower = None;
        // Once to open it, and once for what has changed since it was closed.
        self.step(database, &mut follower).await?;
        self.step(database, &mut follower).await
    }

    /// Builds the index anew, unless another program has it.
    pub async fn rebuild(&self, database: &Database) -> Result<SearchIndexBuild, FollowError> {
        let Some(lock) = self.lock().await? else { return Ok(SearchIndexBuild::Taken) };
        // Whoever runs this has asked, also where no job is there.
        self.build(database, lock, (Unusable::Asked, None)).await?;
        Ok(SearchIndexBuild::Done { images: self.status().indexed })
    }

    async fn step(&self, database: &Database, place: &mut Option<Follower>) -> Result<(), FollowError> {
        let mut follower = match place.take() {
            Some(follower) => follower,
            None => match self.open_or_build(database).await? {
                Opened::Open(follower) => follower,
                Opened::Built(follower) => {
                    *place = Some(follower);
                    return Ok(());
                }
            },
        };
        let caught_up = self.catch_up(database, &mut follower).await;
        let Some(unusable) = *caught_up.as_ref().unwrap_or(&None) else {
            *place = Some(follower);
            if caught_up.is_ok() {
                self.inner.set_status(IndexStatus::READY);
            }
            return caught_up.map(|_| ());
        };
        // A lock goes with its folder.
        let lock = if self.inner.folder.has_lock() { Some(follower.lock) } else { self.lock().await? };
        let lock = lock.ok_or(FollowError::Taken)?;
        let before = (unusable == Unusable::Asked).then_some(&follower.payload);
        *place = Some(match self.build(database, lock, (unusable, before)).await? {
            Build::Done(built) => built,
            Build::GivenUp(lock) => Follower { lock, ..follower },
        });
        Ok(())
    }

    async fn open_or_build(&self, database: &Database) -> Result<Opened, FollowError> {
        let lock = self.lock().await?.ok_or(FollowError::Taken)?;
        match self.blocking(Inner::open_current).await? {
            Ok((open, payload)) => {
                self.inner.set_built_for(payload.built_for);
                Ok(Opened::Open(Follower { open, lock, payload, seen: HashSet::new(), noted: Instant::now() }))
            }
            Err(unusable) => match self.build(database, lock, (unusable, None)).await? {
                Build::Done(built) => Ok(Opened::Built(built)),
                Build::GivenUp(_) => Err(FollowError::Aborted),
            },
        }
    }

    async fn lock(&self) -> Result<Option<FolderLock>, FollowError> {
        self.blocking(|inner| Ok(inner.folder.lock()?)).await
    }

    /// Brings the index up to where the database is, or tells why that is no use.
    async fn catch_up(&self, database: &Database, follower: &mut Follower) -> Result<Option<Unusable>, FollowError> {
        let open = Arc::clone(&follower.open);
        let fault = self.blocking(move |inner| Ok(inner.fault_of(&open))).await?;
        if fault.is_some() {
            return Ok(fault);
        }
        let origin = database.index_origin().await?;
        let fault = follower.payload.fault_against(&origin);
        if fault.is_some() {
            return Ok(fault);
        }
        match self.apply_changes(database, follower, &origin).await {
            Err(FollowError::Index(error)) => {
                tracing::warn!(%error, "the search index can't be written to");
                Ok(Some(Unusable::Damaged))
            }
            outcome => outcome.map(|()| None),
        }
    }

    async fn apply_changes(
        &self,
        database: &Database,
        follower: &mut Follower,
        origin: &Origin,
    ) -> Result<(), FollowError> {
        let (mut place, mut seen, mut uncommitted) = ((follower.payload.watermark, 0), HashSet::new(), 0);
        loop {
            let changes = database.changes_after(place, CHANGES_AT_ONCE).await?;
            let Some(last) = changes.last() else { break };
            place = (last.written_by, last.id);
            let fresh = changes.iter().filter(|change| !follower.seen.contains(&change.id));
            let ids: BTreeSet<_> = fresh.map(|change| change.image_id).collect();
            seen.extend(changes.iter().filter(|change| change.written_by >= origin.horizon).map(|change| change.id));
            if ids.is_empty() {
                continue;
            }
            let ids: Vec<_> = ids.into_iter().collect();
            let images = database.indexed_images(&ids).await?;
            uncommitted += ids.len();
            let open = Arc::clone(&follower.open);
            self.blocking(move |_| Ok(open.replace(&ids, &images)?)).await?;
            if uncommitted >= MOST_UNCOMMITTED {
                self.note(follower, place.0.min(origin.horizon)).await?;
                uncommitted = 0;
            }
        }
        let is_due = origin.horizon > follower.payload.watermark && follower.noted.elapsed() > NOTE;
        if uncommitted > 0 || is_due {
            self.note(follower, origin.horizon).await?;
        }
        follower.payload.watermark = origin.horizon;
        follower.seen = seen;
        Ok(())
    }

    /// Commits what was changed, and that all below `watermark` is in the index.
    async fn note(&self, follower: &mut Follower, watermark: i64) -> Result<(), FollowError> {
        follower.payload.watermark = watermark;
        let (open, payload) = (Arc::clone(&follower.open), follower.payload.clone());
        self.blocking(move |_| Ok(open.commit(&payload)?)).await?;
        follower.noted = Instant::now();
        Ok(())
    }

    /// Builds the index from the tables, beside the one that answers meanwhile, if one can. Where it is built for a job that
    /// came after `before` was begun, it is given up when there is no such job any more.
    async fn build(
        &self,
        database: &Database,
        lock: FolderLock,
        (unusable, before): (Unusable, Option<&Payload>),
    ) -> Result<Build, FollowError> {
        let began = Instant::now();
        tracing::info!("the search index is built, because {}", unusable.reason());
        let mut status =
            IndexStatus { state: IndexState::Degraded, reason: Some(unusable.reason()), indexed: 0, total: None };
        self.inner.set_status(status.clone());
        database.forget_foreign_changes().await?;
        let origin = database.index_origin().await?;
        status.total = Some(database.count_indexed_images().await?.unsigned_abs());
        self.inner.set_status(status.clone());
        let answers_meanwhile = unusable.can_answer() && self.inner.served().is_some();
        let open = self.blocking(move |inner| inner.create(!answers_meanwhile)).await?;
        let mut payload = Payload {
            version: SCHEMA_VERSION,
            identity: origin.identity,
            watermark: origin.horizon,
            is_complete: false,
            built_for: origin.asked,
        };
        let (mut after, mut shown) = (Uuid::nil(), Instant::now());
        loop {
            let images = database.indexed_images_after(after, IMAGES_AT_ONCE).await?;
            let Some(last) = images.last() else { break };
            if let Some(before) = before
                && database.newest_reindex_job().await? <= before.built_for
            {
                tracing::info!("the search index stays as it is: nobody asks for another any more");
                self.inner.set_status(IndexStatus::READY);
                return Ok(Build::GivenUp(lock));
            }
            after = last.id;
            status.indexed += images.len() as u64;
            let is_shown = !answers_meanwhile && shown.elapsed() > SHOW;
            let to = Arc::clone(&open);
            self.blocking(move |_| Ok(to.replace(&[], &images)?)).await?;
            if is_shown {
                let (to, unfinished) = (Arc::clone(&open), payload.clone());
                self.blocking(move |_| Ok(to.commit(&unfinished)?)).await?;
                shown = Instant::now();
            }
            self.inner.set_status(status.clone());
        }
        payload.is_complete = true;
        let (to, complete) = (Arc::clone(&open), payload.clone());
        self.blocking(move |inner| {
            to.commit(&complete)?;
            inner.folder.publish(&to.path)?;
            inner.serve(&to);
            inner.folder.keep_only(&to.path);
            inner.set_built_for(complete.built_for);
            inner.set_status(IndexStatus::READY);
            Ok(())
        })
        .await?;
        tracing::info!(images = status.indexed, seconds = began.elapsed().as_secs(), "the search index is built");
        Ok(Build::Done(Follower { open, lock, payload, seen: HashSet::new(), noted: Instant::now() }))
    }
}

impl Payload {
    /// Why the index can't follow this database, if it can't.
    fn fault_against(&self, origin: &Origin) -> Option<Unusable> {
        if self.identity != origin.identity || self.watermark > origin.horizon {
            return Some(Unusable::OtherDatabase);
        }
        if self.watermark < origin.swept_below {
            return Some(Unusable::FellBehind);
        }
        (self.built_for < origin.asked).then_some(Unusable::Asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_of_another_database_or_of_long_ago_can_not_follow() {
        let payload = payload(50, None);
        let origin = |identity: &str, horizon, swept_below| Origin {
            identity: identity.into(),
            ..origin(horizon, swept_below, None)
        };
        assert_eq!(payload.fault_against(&origin("1/2/3", 50, 50)), None);
        assert_eq!(payload.fault_against(&origin("1/2/4", 60, 0)), Some(Unusable::OtherDatabase));
        assert_eq!(
            payload.fault_against(&origin("1/2/3", 49, 0)),
            Some(Unusable::OtherDatabase),
            "it went back in time"
        );
        assert_eq!(payload.fault_against(&origin("1/2/3", 90, 51)), Some(Unusable::FellBehind));
    }

    #[test]
    fn index_is_built_anew_for_a_job_that_is_newer() {
        let (older, newer) = (Uuid::now_v7(), Uuid::now_v7());
        for (built_for, asked, fault) in [
            (None, None, None),
            (None, Some(older), Some(Unusable::Asked)),
            (Some(older), Some(newer), Some(Unusable::Asked)),
            (Some(newer), Some(newer), None),
            // The newer one was cancelled, or is forgotten.
            (Some(newer), Some(older), None),
            (Some(newer), None, None),
        ] {
            assert_eq!(payload(50, built_for).fault_against(&origin(60, 0, asked)), fault, "{built_for:?} {asked:?}");
        }
        let before: Payload =
            serde_json::from_str(r#"{"version":1,"identity":"1/2/3","watermark":9,"is_complete":true}"#).unwrap();
        assert_eq!(before.built_for, None, "an index that an earlier version wrote is still good");
    }

    fn payload(watermark: i64, built_for: Option<Uuid>) -> Payload {
        Payload { version: SCHEMA_VERSION, identity: "1/2/3".into(), watermark, is_complete: true, built_for }
    }

    fn origin(horizon: i64, swept_below: i64, asked: Option<Uuid>) -> Origin {
        Origin { identity: "1/2/3".into(), horizon, swept_below, asked }
    }
}
