//! Takes away what has had its time: expired sessions, and pictures that were deleted a while ago.

use time::{Duration, OffsetDateTime};
use vasari_storage::{Database, StorageError, images::SWEPT_AT_ONCE};

use crate::storage::Storage;

/// How often it comes by.
const INTERVAL: std::time::Duration = std::time::Duration::from_hours(1);

/// How long a deleted picture can be taken back.
const GRACE_PERIOD: Duration = Duration::days(7);

/// Sweeps every hour, forever.
pub(crate) async fn sweep(storage: &Storage) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Ok(database) = storage.database() else { continue };
        let now = OffsetDateTime::now_utc();
        match database.sweep_sessions(now).await {
            Ok(tokens) => tracing::debug!(tokens, "expired refresh tokens were deleted"),
            Err(error) => tracing::warn!(%error, "expired refresh tokens could not be deleted"),
        }
        match sweep_images(storage, &database, now - GRACE_PERIOD).await {
            Ok(images) => tracing::debug!(images, "the bytes of deleted pictures were deleted"),
            Err(error) => tracing::warn!(%error, "the bytes of deleted pictures could not be deleted"),
        }
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
