//! What the decoder remembers between steps.

use burn::tensor::{Int, Tensor, TensorData, backend::Backend};

/// Positions by which a cache grows: a long caption reallocates now and then, a short one reserves little.
const GROWTH: usize = 64;

/// Keys and values of a cohort: pictures whose answers were started together.
///
/// A row is one hypothesis (one beam of one picture). Rows of a picture stand together, and every picture has the same
/// number of rows, so that cross-attention can put them into the query axis instead of copying keys and values for
/// each beam. All pictures have equally long encoder outputs, so nothing is masked.
#[derive(Debug)]
pub(crate) struct DecoderState<B: Backend> {
    /// One a layer.
    pub(super) own: Vec<SelfCache<B>>,
    /// One a layer.
    pub(super) cross: Vec<CrossCache<B>>,
    /// Rows of each picture.
    pub(super) rows_per_picture: usize,
    pub(super) pictures: usize,
    /// Positions decoded so far.
    pub(super) length: usize,
}

/// Self-attention's keys and values, `[rows, heads, capacity, head_dim]`, of which the first `length` positions count.
#[derive(Debug)]
pub(super) struct SelfCache<B: Backend> {
    /// `None` only while a step moves the tensors in and out, so that writing happens in place.
    pub(super) key_value: Option<(Tensor<B, 4>, Tensor<B, 4>)>,
}

/// Cross-attention's keys and values, `[pictures, heads, tokens, head_dim]`, computed once.
#[derive(Debug)]
pub(super) struct CrossCache<B: Backend> {
    pub(super) key: Tensor<B, 4>,
    pub(super) value: Tensor<B, 4>,
}

impl<B: Backend> SelfCache<B> {
    /// Writes keys and values `[rows, heads, tokens, head_dim]` behind the first `length` positions, and returns all
    /// positions so far.
    pub(super) fn append(
        &mut self,
        key: Tensor<B, 4>,
        value: Tensor<B, 4>,
        length: usize,
    ) -> (Tensor<B, 4>, Tensor<B, 4>) {
        let [rows, heads, tokens, head_dim] = key.dims();
        let end = length + tokens;
        let device = key.device();
        let (mut keys, mut values) = self.key_value.take().unwrap_or_else(|| {
            let capacity = end.next_multiple_of(GROWTH);
            let empty = || Tensor::zeros([rows, heads, capacity, head_dim], &device);
            (empty(), empty())
        });
        if keys.dims()[2] < end {
            let more = || Tensor::zeros([rows, heads, GROWTH, head_dim], &device);
            keys = Tensor::cat(vec![keys, more()], 2);
            values = Tensor::cat(vec![values, more()], 2);
        }
        let place = [0..rows, 0..heads, length..end, 0..head_dim];
        let keys = keys.slice_assign(place.clone(), key);
        let values = values.slice_assign(place, value);
        let so_far = (keys.clone().narrow(2, 0, end), values.clone().narrow(2, 0, end));
        self.key_value = Some((keys, values));
        so_far
    }
}

impl<B: Backend> DecoderState<B> {
    /// Hypotheses of all pictures.
    pub(crate) fn rows(&self) -> usize {
        self.rows_per_picture * self.pictures
    }

    /// Hypotheses of each picture.
    pub(crate) fn rows_per_picture(&self) -> usize {
        self.rows_per_picture
    }

    /// Goes on with the rows `parents` (of the rows before) for the pictures `kept` (of the pictures before), each of
    /// which has `parents.len() / kept.len()` rows from now on.
    pub(crate) fn reorder(&mut self, parents: &[usize], kept: &[usize], device: &B::Device) {
        let rows = self.rows();
        if parents.len() != rows || parents.iter().enumerate().any(|(row, &parent)| row != parent) {
            let index = index_tensor::<B>(parents, device);
            for cache in &mut self.own {
                if let Some((key, value)) = cache.key_value.take() {
                    cache.key_value = Some((key.select(0, index.clone()), value.select(0, index.clone())));
                }
            }
        }
        if kept.len() != self.pictures {
            let index = index_tensor::<B>(kept, device);
            for cache in &mut self.cross {
                cache.key = cache.key.clone().select(0, index.clone());
                cache.value = cache.value.clone().select(0, index.clone());
            }
        }
        self.pictures = kept.len();
        self.rows_per_picture = parents.len() / kept.len();
    }
}

fn index_tensor<B: Backend>(indices: &[usize], device: &B::Device) -> Tensor<B, 1, Int> {
    let indices: Vec<i64> = indices.iter().map(|&index| index as i64).collect();
    let count = indices.len();
    Tensor::from_data(TensorData::new(indices, [count]), device)
}
