//! Takes away what has had its time: expired sessions, old keys of requests, pictures that were deleted a while ago, files of
//! imports and exports, and what search indexes have seen.

use time::{Duration, OffsetDateTime};
use vasari_storage::{Database, StorageError, images::SWEPT_AT_ONCE};

use crate::{idempotency::KEPT_FOR, storage::Storage};

/// How often it comes by.
const INTERVAL: std::time::Duration = std::time::Duration::from_hours(1);

/// How long a deleted picture can be taken back.
const GRACE_PERIOD: Duration = Duration::days(7);

/// How long files of imports and exports are kept.
const FILES_KEPT: Duration = Duration::days(7);

/// How old a folder of files on their way is when nobody can be at it any more.
const SPOOL_KEPT: std::time::Duration = std::time::Duration::from_hours(48);

/// How long changes are kept for search indexes. One that was away for longer is built anew.
const CHANGES_KEPT: Duration = Duration::hours(6);

/// How long jobs are kept once they have ended, and what was done to captions can be undone act by act.
const JOBS_KEPT: Duration = Duration::days(30);

/// When it comes by for the first time: once the server has found its feet, and seen what happened while it was away.
const FIRST: std::time::Duration = std::time::Duration::from_secs(10);

/// Sweeps soon after the start, and then every hour, forever: also a server that never runs for an hour sweeps.
pub(crate) async fn sweep(storage: &Storage) {
    storage.opened().await;
    tokio::time::sleep(FIRST).await;
    loop {
        sweep_once(storage).await;
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn sweep_once(storage: &Storage) {
    let now = OffsetDateTime::now_utc();
    match storage.objects.sweep_files(now - FILES_KEPT).await {
        Ok(files) => tracing::debug!(files, "old files of imports and exports were deleted"),
        Err(error) => tracing::warn!(%error, "old files of imports and exports could not be deleted"),
    }
    if let Err(error) = storage.sweep_spool(SPOOL_KEPT) {
        tracing::warn!(%error, "what was left of files on their way could not be deleted");
    }
    let Ok(database) = storage.database() else { return };
    match database.sweep_sessions(now).await {
        Ok(tokens) => tracing::debug!(tokens, "expired refresh tokens were deleted"),
        Err(error) => tracing::warn!(%error, "expired refresh tokens could not be deleted"),
    }
    match database.sweep_keys(now - KEPT_FOR).await {
        Ok(keys) => tracing::debug!(keys, "old Idempotency-Keys were forgotten"),
        Err(error) => tracing::warn!(%error, "old Idempotency-Keys could not be forgotten"),
    }
    match database.sweep_index_changes(now - CHANGES_KEPT).await {
        Ok(changes) => tracing::debug!(changes, "changes that search indexes have seen were deleted"),
        Err(error) => tracing::warn!(%error, "changes that search indexes have seen could not be deleted"),
    }
    match database.sweep_jobs(now - JOBS_KEPT).await {
        Ok(jobs) => tracing::debug!(jobs, "jobs that ended long ago were forgotten"),
        Err(error) => tracing::warn!(%error, "jobs that ended long ago could not be forgotten"),
    }
    match database.sweep_actions(now - JOBS_KEPT).await {
        Ok(actions) => tracing::debug!(actions, "what was done to captions long ago can't be undone by a key any more"),
        Err(error) => tracing::warn!(%error, "what was done to captions long ago could not be forgotten"),
    }
    match sweep_images(storage, &database, now - GRACE_PERIOD).await {
        Ok(images) => tracing::debug!(images, "the bytes of deleted pictures were deleted"),
        Err(error) => tracing::warn!(%error, "the bytes of deleted pictures could not be deleted"),
    }
}

async fn sweep_images(storage: &Storage, database: &Database, before: OffsetDateTime) -> Result<usize, StorageError> {
    let mut images = 0;
    loop {
        let swept = database.sweep_images(&storage.objects, before).await?;
        images += swept;
        if swept < SWEPT_AT_ONCE {
            return Ok(images);
        }
    }
}
