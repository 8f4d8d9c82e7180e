//! One safetensors file, mapped into memory so that nothing is held twice.

use std::path::{Path, PathBuf};

use memmap2::Mmap;
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::Metadata};

use super::{CheckpointError, element::Element, mapped::map_file, weights::StoredTensor};

/// A safetensors file whose header has been read and checked.
#[derive(Debug)]
pub(super) struct SafetensorsFile {
    path: PathBuf,
    bytes: Mmap,
    /// Where the tensors' data starts.
    data_start: usize,
    metadata: Metadata,
}

impl SafetensorsFile {
    pub(super) fn open(path: &Path) -> Result<Self, CheckpointError> {
        let bytes = map_file(path)?;
        let (header, metadata) = SafeTensors::read_metadata(&bytes)
            .map_err(|error| CheckpointError::Damaged { file: path.into(), reason: explain(&bytes, &error) })?;
        Ok(Self { path: path.into(), bytes, data_start: LENGTH_FIELD + header, metadata })
    }

    /// Every tensor's name and shape.
    pub(super) fn tensors(&self) -> impl Iterator<Item = StoredTensor> {
        self.metadata.tensors().into_iter().map(|(name, info)| StoredTensor { name, shape: info.shape.clone() })
    }

    /// The numbers of a tensor that [`tensors`](Self::tensors) listed.
    pub(super) fn read(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let info = self.metadata.info(name).expect("only listed tensors are read. This is a bug.");
        let element = match info.dtype {
            Dtype::F16 => Element::F16,
            Dtype::BF16 => Element::Bf16,
            Dtype::F32 => Element::F32,
            Dtype::F64 => Element::F64,
            other => {
                let found = format!("{other:?}");
                return Err(CheckpointError::ElementType { file: self.path.clone(), name: name.into(), found });
            }
        };
        // The header was checked against the file's length when it was opened.
        let (start, end) = info.data_offsets;
        Ok(element.to_f32(&self.bytes[self.data_start + start..self.data_start + end]))
    }
}

/// Bytes in front of the header that tell its length.
const LENGTH_FIELD: usize = 8;

/// Says in words what is wrong with a file whose header can't be used.
fn explain(bytes: &[u8], error: &SafeTensorError) -> String {
    let header = bytes.first_chunk().map(|length| u64::from_le_bytes(*length));
    match (error, header) {
        (_, None) => format!("it has only {} bytes", bytes.len()),
        (SafeTensorError::InvalidHeaderLength | SafeTensorError::HeaderTooLarge, Some(header)) => {
            let length = bytes.len();
            if bytes.get(LENGTH_FIELD) == Some(&b'{') {
                format!(
                    "it is cut short: its header takes {header} bytes, the whole file has {length}; download it again"
                )
            } else {
                "it is not a safetensors file".into()
            }
        }
        (SafeTensorError::MetadataIncompleteBuffer, Some(header)) => {
            let found = (bytes.len() as u64).saturating_sub(header + LENGTH_FIELD as u64);
            match promised_data(bytes, header as usize) {
                Some(promised) if found < promised => {
                    format!(
                        "it is cut short: its header promises {promised} bytes of tensors, but {found} are there; \
                         download it again"
                    )
                }
                Some(promised) => format!("its header promises {promised} bytes of tensors, but {found} are there"),
                None => format!("its header does not describe the {found} bytes behind it"),
            }
        }
        (SafeTensorError::InvalidHeaderStart | SafeTensorError::InvalidHeader(_), _) => {
            "it is not a safetensors file".into()
        }
        (other, _) => format!("its header can't be used ({other})"),
    }
}

/// The end of the last tensor, from a header that is valid JSON.
fn promised_data(bytes: &[u8], header: usize) -> Option<u64> {
    let json: serde_json::Value = serde_json::from_slice(bytes.get(LENGTH_FIELD..LENGTH_FIELD + header)?).ok()?;
    json.as_object()?.values().filter_map(|tensor| tensor.get("data_offsets")?.get(1)?.as_u64()).max()
}
