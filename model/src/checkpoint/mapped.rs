//! A file as bytes, without a copy of it in memory.

use std::{fs::File, path::Path};

use memmap2::Mmap;

use super::CheckpointError;

/// Maps a file into memory. The system reads what is touched, when it is touched.
pub(super) fn map_file(path: &Path) -> Result<Mmap, CheckpointError> {
    File::open(path).and_then(|file| map(&file)).map_err(|source| CheckpointError::Read { file: path.into(), source })
}

#[expect(unsafe_code, reason = "a copy on the heap would double the memory that loading takes")]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the map is only read, and as plain bytes, for which every value is valid. Should another program change
    // the file meanwhile, wrong numbers may be read; should it cut the file short, the system ends this process. Both
    // hold for any program that maps its model, and the map lives only while the model is loaded.
    unsafe { Mmap::map(file) }
}
