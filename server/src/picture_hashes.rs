//! Makes the perceptual hashes of pictures that came without: before there were any, or by a server that did not make them.

use std::time::Duration;

use vasari_storage::{
    Database, StorageError, objects::Object, perceptual_hash::perceptual_hash, thumbnails::ThumbnailSize,
};

use crate::{api::v1::image_files::make_again, shutdown::Phase, state::AppState};

/// When it is looked for such pictures for the first time: once the server has found its feet.
const FIRST: Duration = Duration::from_secs(5);

/// How often.
const INTERVAL: Duration = Duration::from_hours(1);

/// Makes hashes soon after the start, and then every hour, until the server stops. What one server was at when it ended, the
/// next one finds.
pub(crate) async fn make_hashes(state: &AppState) {
    let make = async {
        let Some(database) = state.storage.opened().await else { return };
        tokio::time::sleep(FIRST).await;
        loop {
            match make_missing(state, &database).await {
                Ok(0) => {}
                Ok(made) => tracing::info!(made, "perceptual hashes were made"),
                Err(error) => tracing::warn!(%error, "perceptual hashes can't be made; it is tried again in an hour"),
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = make => {}
        () = state.shutdown.reached(Phase::Draining) => {}
    }
}

/// Makes all that are missing. Says how many it made.
async fn make_missing(state: &AppState, database: &Database) -> Result<usize, StorageError> {
    let (mut after, mut made) = (Vec::new(), 0);
    loop {
        let sums = database.unhashed_images(&after).await?;
        let Some(last) = sums.last().cloned() else { return Ok(made) };
        after = last;
        let mut hashes = Vec::with_capacity(sums.len());
        for sum in sums {
            if let Some(hash) = hash_of(state, &sum).await {
                hashes.push((sum, hash));
            }
        }
        database.store_perceptual_hashes(&hashes).await?;
        made += hashes.len();
    }
}

/// The hash of a picture; none where its bytes are gone, which the log tells.
async fn hash_of(state: &AppState, sum: &[u8]) -> Option<u64> {
    let size = ThumbnailSize::Small;
    let thumbnail = match state.storage.objects.get(Object::Thumbnail(sum, size)).await {
        Ok(Some(thumbnail)) => thumbnail,
        Ok(None) => make_again(state, sum, size).await.ok()?,
        Err(error) => {
            tracing::warn!(%error, "a thumbnail can't be read");
            return None;
        }
    };
    tokio::task::spawn_blocking(move || perceptual_hash(&thumbnail)).await.ok()?
}
