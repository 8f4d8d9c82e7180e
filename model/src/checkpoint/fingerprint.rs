//! A short name for what a folder holds, cheap enough for gigabytes.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::CheckpointError;

/// Bytes read at each place.
const BLOCK: u64 = 16 * 1024;
/// Places read in each file, spread evenly, the first and the last block among them.
const PLACES: u64 = 64;

/// 16 hexadecimal digits over all of `config` and, of each file of weights, its length and 64 blocks of 16 KiB. Training
/// changes every tensor, so blocks are enough to tell two checkpoints apart; a megabyte is read at most.
pub(super) fn fingerprint<'a>(
    config: &Path,
    weights: impl Iterator<Item = &'a Path>,
) -> Result<String, CheckpointError> {
    let mut digest = Sha256::new();
    digest.update(std::fs::read(config).map_err(|source| CheckpointError::Read { file: config.into(), source })?);
    for file in weights {
        sample(file, &mut digest).map_err(|source| CheckpointError::Read { file: file.into(), source })?;
    }
    let digest = digest.finalize();
    let start = *digest.first_chunk().expect("SHA-256 has 32 bytes. This is a bug.");
    Ok(format!("{:016x}", u64::from_be_bytes(start)))
}

fn sample(path: &Path, digest: &mut Sha256) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    digest.update(length.to_le_bytes());
    let last_start = length.saturating_sub(BLOCK);
    let mut block = Vec::with_capacity(BLOCK as usize);
    for place in 0..PLACES {
        block.clear();
        file.seek(SeekFrom::Start(last_start * place / (PLACES - 1)))?;
        file.by_ref().take(BLOCK).read_to_end(&mut block)?;
        digest.update(&block);
    }
    Ok(())
}
