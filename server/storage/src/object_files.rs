//! Large files in the object store: those that wait to be imported and those that exports wrote. They come and go in
//! pieces, because they may be larger than the memory, and stay for a few days.

use std::path::Path as FilePath;

use futures_util::{Stream, StreamExt, TryStreamExt};
use object_store::{Error, GetOptions, ObjectStore, ObjectStoreExt, WriteMultipart, path::Path};
use time::OffsetDateTime;
use tokio::{
    fs::File,
    io::{AsyncReadExt, AsyncWriteExt},
};

use crate::objects::{EXPORTS, IMPORTS, Object, Objects, ObjectsError, present};

/// How much of a file is in the memory at a time. S3 takes no part smaller than 5 MiB.
const PIECE: usize = 8 << 20;

/// How many pieces go out at the same time.
const PIECES_AT_ONCE: usize = 2;

impl Objects {
    /// Stores the file at `path`. Under its name there is nothing until all of it is there.
    pub async fn put_file(&self, object: Object<'_>, path: &FilePath) -> Result<(), ObjectsError> {
        let mut file = File::open(path).await.map_err(of_disk)?;
        if file.metadata().await.map_err(of_disk)?.len() == 0 {
            // S3 makes no object of no parts.
            return self.put(object, Vec::new()).await;
        }
        let upload = self.store.put_multipart(&object.path()).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PIECE);
        let mut piece = vec![0; PIECE];
        let read_all = async {
            loop {
                let read = file.read(&mut piece).await.map_err(of_disk)?;
                if read == 0 {
                    return Ok::<_, Error>(());
                }
                upload.wait_for_capacity(PIECES_AT_ONCE).await?;
                upload.write(&piece[..read]);
            }
        };
        if let Err(error) = read_all.await {
            // The first error is the one to tell.
            drop(upload.abort().await);
            return Err(error.into());
        }
        upload.finish().await?;
        Ok(())
    }

    /// Copies an object to a new file at `path`. Says whether there is one of this name.
    pub async fn copy_to_file(&self, object: Object<'_>, path: &FilePath) -> Result<bool, ObjectsError> {
        let Some(mut pieces) = self.stream(object, None).await? else { return Ok(false) };
        let mut file = File::create_new(path).await.map_err(of_disk)?;
        while let Some(piece) = pieces.next().await {
            file.write_all(&piece?).await.map_err(of_disk)?;
        }
        file.flush().await.map_err(of_disk)?;
        Ok(true)
    }

    /// The bytes in pieces: all, or those from `start` up to and without `end`, which lie within them. None where there
    /// are none of this name.
    pub async fn stream(
        &self,
        object: Object<'_>,
        range: Option<(u64, u64)>,
    ) -> Result<Option<impl Stream<Item = Result<Vec<u8>, ObjectsError>> + Send + Unpin + 'static>, ObjectsError> {
        let options = GetOptions { range: range.map(|(start, end)| (start..end).into()), ..GetOptions::default() };
        let found = present(self.store.get_opts(&object.path(), options).await)?;
        Ok(found.map(|found| found.into_stream().map_ok(Vec::from).map_err(ObjectsError::from)))
    }

    /// How many bytes there are of this name, if there are any.
    pub async fn size(&self, object: Object<'_>) -> Result<Option<u64>, ObjectsError> {
        Ok(present(self.store.head(&object.path()).await)?.map(|found| found.size))
    }

    /// Takes an object away, if it is there.
    pub async fn delete(&self, object: Object<'_>) -> Result<(), ObjectsError> {
        present(self.store.delete(&object.path()).await)?;
        Ok(())
    }

    /// Takes away the files of imports and exports that were stored before `before`. Returns how many.
    pub async fn sweep_files(&self, before: OffsetDateTime) -> Result<usize, ObjectsError> {
        let mut swept = 0;
        for folder in [IMPORTS, EXPORTS] {
            let found = self.store.list(Some(&Path::from(folder)));
            let is_old = |found: &object_store::ObjectMeta| found.last_modified.timestamp() < before.unix_timestamp();
            let old: Vec<_> = found.try_filter(|found| std::future::ready(is_old(found))).try_collect().await?;
            for found in old {
                present(self.store.delete(&found.location).await)?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

fn of_disk(source: std::io::Error) -> Error {
    Error::Generic { store: "disk", source: source.into() }
}

#[cfg(test)]
mod tests {
    use time::Duration;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn files_go_in_and_out_in_pieces_and_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::in_folder(&folder.path().join("objects")).unwrap();
        let file = folder.path().join("file");
        let bytes: Vec<u8> = (0..2 * PIECE + 17).map(|number| (number % 251) as u8).collect();
        std::fs::write(&file, &bytes).unwrap();
        let object = Object::Export(Uuid::from_u128(7));
        objects.put_file(object, &file).await.unwrap();
        assert_eq!(objects.size(object).await.unwrap(), Some(bytes.len() as u64));
        let copy = folder.path().join("copy");
        assert!(objects.copy_to_file(object, &copy).await.unwrap());
        assert!(std::fs::read(&copy).unwrap() == bytes, "it comes back as it went in");
        let part = objects.stream(object, Some((5, 9))).await.unwrap().unwrap();
        assert_eq!(part.try_concat().await.unwrap(), &bytes[5..9]);

        let now = OffsetDateTime::now_utc();
        assert_eq!(objects.sweep_files(now - Duration::days(1)).await.unwrap(), 0);
        assert_eq!(objects.sweep_files(now + Duration::days(1)).await.unwrap(), 1);
        assert_eq!(objects.size(object).await.unwrap(), None);
        assert!(!objects.copy_to_file(object, &folder.path().join("none")).await.unwrap());
        objects.delete(object).await.unwrap();
    }
}
