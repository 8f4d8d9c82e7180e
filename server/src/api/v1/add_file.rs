//! How a picture's file comes into a dataset: bytes and thumbnails first, and when they are on the disk, the row.

use axum::body::Bytes;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader, StorageError,
    datasets::{Dataset, Role},
    images::{DatasetImage, NewImage},
    objects::Object,
    pictures::PreparedPicture,
};

use super::datasets::{lacks_role, permitted};
use crate::{
    api::problem::{Problem, ProblemKind},
    florence2_backend::decode,
    state::AppState,
};

/// A file that is in a dataset now.
pub(crate) struct Added {
    pub(crate) image: DatasetImage,
    /// Whether it was there before, the same under the same name.
    pub(crate) already_there: bool,
}

/// Puts a file into a dataset under a name. The same file under the same name once more changes nothing; all else is for
/// owners.
///
/// A file that is in somebody else's dataset is decoded and stored as any other, so that nothing about the answer, its time
/// included, tells whether anybody has it.
pub(crate) async fn add_file(
    state: &AppState,
    database: &Database,
    reader: &Reader,
    dataset: &Dataset,
    id: Uuid,
    file_name: &str,
    bytes: Bytes,
) -> Result<Added, Problem> {
    check_file_name(file_name)?;
    if let Some(image) = database.find_image_by_name(reader, dataset.id, file_name).await? {
        return same(state, image, &bytes).await;
    }
    if dataset.role < Role::Owner {
        return Err(lacks_role(Role::Owner));
    }
    let permit = state.decoders.acquire().await.map_err(|_| Problem::internal())?;
    let read = bytes.clone();
    let prepared = tokio::task::spawn_blocking(move || prepare(&read)).await;
    drop(permit);
    let prepared = prepared.map_err(|_| Problem::internal())??;
    let objects = &state.storage.objects;
    let sum = prepared.store(objects, &bytes).await?;
    let new = NewImage {
        id,
        file_name: file_name.to_owned(),
        sha256: sum.to_vec(),
        byte_size: bytes.len() as i64,
        format: prepared.format.to_owned(),
        width: prepared.width as i32,
        height: prepared.height as i32,
        thumbhash: prepared.thumbhash.clone(),
        perceptual_hash: prepared.perceptual_hash,
    };
    let image = match database.add_image(reader, &dataset.slug, &new, OffsetDateTime::now_utc()).await {
        // Somebody has sent one of this name at the same moment.
        Err(error @ StorageError::Conflict(_)) => {
            match database.find_image_by_name(reader, dataset.id, file_name).await? {
                Some(image) => return same(state, image, &bytes).await,
                None => return Err(error.into()),
            }
        }
        added => permitted(added?)?,
    };
    // A sweep that came between bytes and row has taken the bytes of an earlier, deleted one away.
    if !objects.has(Object::Image(&sum)).await? {
        prepared.store(objects, &bytes).await?;
    }
    Ok(Added { image, already_there: false })
}

/// The picture that has the name already, if it is the same file.
async fn same(state: &AppState, image: DatasetImage, bytes: &Bytes) -> Result<Added, Problem> {
    if Sha256::digest(bytes).as_slice() != image.sha256 {
        let detail = "The dataset has another picture of this name. Send it under another.";
        return Err(Problem::new(ProblemKind::Conflict, detail));
    }
    // Whoever has the file can mend a store that has lost it.
    let object = Object::Image(&image.sha256);
    if !state.storage.objects.has(object).await? {
        state.storage.objects.put(object, bytes.to_vec()).await?;
    }
    Ok(Added { image, already_there: true })
}

fn prepare(bytes: &[u8]) -> Result<PreparedPicture, Problem> {
    let picture = decode(bytes)?;
    PreparedPicture::new(bytes, &picture).map_err(|error| {
        tracing::error!(%error, "a thumbnail can't be made");
        Problem::internal()
    })
}

/// Checks a name that a client gives a picture. Folders before it are fine; what leads out of a folder, were the dataset
/// written into one, is not.
fn check_file_name(name: &str) -> Result<(), Problem> {
    let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
    let is_plain = !name.chars().any(|c| c.is_control() || c == '\\') && name.split('/').all(is_part);
    if is_plain && name.chars().count() <= 500 {
        return Ok(());
    }
    let detail = "A picture's name must have at most 500 characters, no control character and no backslash, and lead to \
                  no other folder than one below.";
    Err(Problem::new(ProblemKind::InvalidField, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for right in ["a.png", "birds/gull 1.jpg", "ä.webp", ".hidden.png"] {
            assert!(check_file_name(right).is_ok(), "{right}");
        }
        for wrong in ["", "/a.png", "../a.png", "a/../b.png", "a//b.png", "a\\b.png", "a\0.png", "a\n.png"] {
            assert!(check_file_name(wrong).is_err(), "{wrong:?}");
        }
        assert!(check_file_name(&"x".repeat(501)).is_err());
    }
}
