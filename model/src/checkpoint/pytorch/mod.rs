//! One `pytorch_model.bin`: a zip archive with a pickle that describes the tensors and a file for each storage.
//!
//! A pickle is a program. This reader follows only the part of the language that builds tensors and dictionaries, and
//! runs nothing, so that a file from a stranger can't do anything but be refused.

mod pickle;
mod stack;

use std::{
    collections::HashMap,
    io::{Cursor, Read},
    ops::Range,
    path::{Path, PathBuf},
};

use memmap2::Mmap;
use zip::{CompressionMethod, ZipArchive, result::ZipError};

use self::pickle::PickledTensor;
use super::{CheckpointError, element::Element, mapped::map_file, weights::StoredTensor};

/// A PyTorch file whose pickle has been read; the numbers are read from the map when they are asked for.
#[derive(Debug)]
pub(super) struct PytorchFile {
    path: PathBuf,
    bytes: Mmap,
    tensors: HashMap<String, PickledTensor>,
    storages: Storages,
}

/// Where each storage's bytes lie in the file, by its key.
type Storages = HashMap<String, Range<usize>>;

impl PytorchFile {
    pub(super) fn open(path: &Path) -> Result<Self, CheckpointError> {
        let damaged = |reason: String| CheckpointError::Damaged { file: path.into(), reason };
        let bytes = map_file(path)?;
        let (pickle, storages) = unpack(&bytes).map_err(damaged)?;
        let tensors = pickle::read(&pickle).map_err(damaged)?;
        Ok(Self { path: path.into(), bytes, tensors, storages })
    }

    /// Every tensor's name and shape.
    pub(super) fn tensors(&self) -> impl Iterator<Item = StoredTensor> {
        self.tensors.iter().map(|(name, tensor)| StoredTensor { name: name.clone(), shape: tensor.shape.clone() })
    }

    /// The numbers of a tensor that [`tensors`](Self::tensors) listed.
    pub(super) fn read(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let tensor = self.tensors.get(name).expect("only listed tensors are read. This is a bug.");
        let element = match tensor.storage_type.as_str() {
            "HalfStorage" => Element::F16,
            "BFloat16Storage" => Element::Bf16,
            "FloatStorage" => Element::F32,
            "DoubleStorage" => Element::F64,
            other => {
                let found = other.to_owned();
                return Err(CheckpointError::ElementType { file: self.path.clone(), name: name.into(), found });
            }
        };
        let damaged = |reason: &str| {
            let reason = format!("tensor {name} {reason}");
            CheckpointError::Damaged { file: self.path.clone(), reason }
        };
        let storage = self.storages.get(&tensor.storage_key).ok_or_else(|| damaged("has no numbers in it"))?;
        let storage = &self.bytes[storage.clone()];
        let (first, last) = tensor.span().ok_or_else(|| damaged("has an impossible size"))?;
        let span = first.checked_mul(element.size()).zip(last.checked_mul(element.size()));
        let span = span.and_then(|(first, last)| storage.get(first..last));
        let span = span.ok_or_else(|| damaged("reaches beyond its storage"))?;
        Ok(tensor.gather(element.to_f32(span)))
    }
}

/// Finds the pickle and the storages in the archive.
fn unpack(bytes: &[u8]) -> Result<(Vec<u8>, Storages), String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| explain(bytes, &error))?;
    let broken = |error: &dyn std::fmt::Display| format!("its archive can't be read ({error})");
    let mut pickle = None;
    let mut big_endian = false;
    let mut storages = HashMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| broken(&error))?;
        // Everything lies in one folder, whose name is the writer's choice.
        let Some((_, name)) = entry.name().split_once('/') else { continue };
        if let Some(key) = name.strip_prefix("data/") {
            let start = entry.data_start().ok_or("a storage in its archive has no place")?;
            let end = start.checked_add(entry.size()).filter(|end| *end <= bytes.len() as u64);
            let end = end.ok_or_else(|| format!("storage {key} reaches beyond its end; download it again"))?;
            if entry.compression() != CompressionMethod::Stored {
                return Err("its storages are compressed, which PyTorch never does".into());
            }
            storages.insert(key.to_owned(), start as usize..end as usize);
        } else if name == "data.pkl" || name == "byteorder" {
            let is_pickle = name == "data.pkl";
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|error| broken(&error))?;
            if is_pickle {
                pickle = Some(content);
            } else {
                big_endian = content == b"big";
            }
        }
    }
    if big_endian {
        return Err("it was written on a big-endian machine; save it as safetensors there".into());
    }
    Ok((pickle.ok_or("its archive has no data.pkl")?, storages))
}

/// Says in words what is wrong with a file that isn't a zip archive.
fn explain(bytes: &[u8], error: &ZipError) -> String {
    if bytes.starts_with(b"PK\x03\x04") {
        format!("it is cut short: it starts as an archive but has no end ({error}); download it again")
    } else if bytes.starts_with(b"\x80") {
        "it is in the format from before PyTorch 1.6; load it with a newer PyTorch and save it again".into()
    } else {
        "it is not a PyTorch file".into()
    }
}

#[cfg(test)]
mod tests;
