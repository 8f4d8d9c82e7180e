//! One `pytorch_model.bin`: a pickle, of which only tensors are read and nothing is run.

use std::path::{Path, PathBuf};

use burn::tensor::DType;
use burn_store::pytorch::PytorchReader;

use super::{CheckpointError, element::Element, weights::StoredTensor};

/// A PyTorch file whose list of tensors has been read.
pub(super) struct PytorchFile {
    path: PathBuf,
    reader: PytorchReader,
}

impl std::fmt::Debug for PytorchFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PytorchFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl PytorchFile {
    pub(super) fn open(path: &Path) -> Result<Self, CheckpointError> {
        let damaged = |reason: String| CheckpointError::Damaged { file: path.into(), reason };
        let reader = PytorchReader::new(path)
            .map_err(|error| damaged(format!("it can't be read as a PyTorch file of tensors ({error})")))?;
        // Trainers wrap the weights in a dictionary with other things.
        let wrapped = reader.keys().iter().any(|name| name.starts_with("state_dict."));
        let reader = if wrapped {
            PytorchReader::with_top_level_key(path, "state_dict").map_err(|error| damaged(error.to_string()))?
        } else {
            reader
        };
        if reader.is_empty() {
            return Err(damaged("it holds no tensors".into()));
        }
        Ok(Self { path: path.into(), reader })
    }

    /// Every tensor's name and shape.
    pub(super) fn tensors(&self) -> impl Iterator<Item = StoredTensor> {
        self.reader
            .tensors()
            .iter()
            .map(|(name, tensor)| StoredTensor { name: name.clone(), shape: tensor.shape.to_vec() })
    }

    /// The numbers of a tensor that [`tensors`](Self::tensors) listed.
    pub(super) fn read(&self, name: &str) -> Result<Vec<f32>, CheckpointError> {
        let tensor = self.reader.get(name).expect("only listed tensors are read. This is a bug.");
        let element = match tensor.dtype {
            DType::F16 => Element::F16,
            DType::BF16 => Element::Bf16,
            DType::F32 => Element::F32,
            DType::F64 => Element::F64,
            other => {
                let found = format!("{other:?}");
                return Err(CheckpointError::ElementType { file: self.path.clone(), name: name.into(), found });
            }
        };
        let damaged = |reason: String| CheckpointError::Damaged { file: self.path.clone(), reason };
        let data = tensor.to_data().map_err(|error| damaged(format!("tensor {name} can't be read ({error:?})")))?;
        let values = element.to_f32(&data.bytes);
        if values.len() != tensor.shape.num_elements() {
            return Err(damaged(format!("tensor {name} of shape {:?} has {} numbers", tensor.shape, values.len())));
        }
        Ok(values)
    }
}
