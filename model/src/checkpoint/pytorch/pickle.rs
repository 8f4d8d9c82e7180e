//! From a pickle to the tensors it describes.

use std::collections::HashMap;

use super::stack::{Machine, Value};

/// A tensor as the pickle describes it: a view of a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PickledTensor {
    /// PyTorch's name for the type of the storage's numbers: `HalfStorage`.
    pub(super) storage_type: String,
    pub(super) storage_key: String,
    /// The first number's place in the storage.
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    /// How far apart neighbours along each axis are in the storage.
    pub(super) strides: Vec<usize>,
}

impl PickledTensor {
    /// The numbers of the storage among which the tensor's are, from the first to behind the last. `None` if that
    /// overflows.
    pub(super) fn span(&self) -> Option<(usize, usize)> {
        if self.shape.contains(&0) {
            return Some((self.offset, self.offset));
        }
        self.shape.iter().try_fold(1_usize, |count, size| count.checked_mul(*size))?;
        let steps = self.shape.iter().zip(&self.strides);
        let reach = steps.map(|(size, stride)| (size - 1).checked_mul(*stride));
        let last = reach.into_iter().try_fold(self.offset, |last, reach| last.checked_add(reach?))?;
        Some((self.offset, last.checked_add(1)?))
    }

    /// Puts the numbers of the [`span`](Self::span) into row-major order.
    pub(super) fn gather(&self, span: Vec<f32>) -> Vec<f32> {
        if self.is_row_major() || span.is_empty() {
            return span;
        }
        let count = self.shape.iter().product();
        let mut place = vec![0; self.shape.len()];
        let mut values = Vec::new();
        while values.len() < count {
            let from: usize = place.iter().zip(&self.strides).map(|(index, stride)| index * stride).sum();
            values.push(span[from]);
            for axis in (0..place.len()).rev() {
                place[axis] += 1;
                if place[axis] < self.shape[axis] {
                    break;
                }
                place[axis] = 0;
            }
        }
        values
    }

    fn is_row_major(&self) -> bool {
        let mut step = 1_usize;
        self.shape.iter().zip(&self.strides).rev().all(|(size, stride)| {
            let fits = *size == 1 || *stride == step;
            step = step.saturating_mul(*size);
            fits
        })
    }
}

/// Keys under which trainers put the weights when they save other things beside them.
const WRAPPERS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// Reads the tensors of a pickled dictionary, by name.
///
/// # Errors
/// A sentence about what is wrong with the pickle.
pub(super) fn read(pickle: &[u8]) -> Result<HashMap<String, PickledTensor>, String> {
    let mut machine = Machine::new(pickle);
    let Value::Dict(root) = machine.run()? else {
        return Err("it holds no dictionary of tensors; save the model's state_dict() instead of the model".into());
    };
    let mut tensors = collect(machine.dict(root));
    if tensors.is_empty() {
        let nested = machine.dict(root).iter().find_map(|(key, value)| match (key, value) {
            (Value::Text(key), Value::Dict(nested)) if WRAPPERS.contains(&&**key) => Some(*nested),
            _ => None,
        });
        tensors = nested.map(|nested| collect(machine.dict(nested))).unwrap_or_default();
    }
    if tensors.is_empty() { Err("its dictionary holds no tensors".into()) } else { Ok(tensors) }
}

fn collect(entries: &[(Value, Value)]) -> HashMap<String, PickledTensor> {
    let tensor = |(key, value): &(Value, Value)| match (key, value) {
        (Value::Text(name), Value::Tensor(tensor)) => Some((name.to_string(), (**tensor).clone())),
        _ => None,
    };
    entries.iter().filter_map(tensor).collect()
}
