//! The weights of linear layers, in 16 bits where these hold every one of them exactly.
//!
//! The released checkpoints are stored in f16. Kept so, a weight is half as long on its way from memory, which is what a
//! decoding step waits for, and nothing is lost: it is widened to the same f32 in the cache, and computed with as ever.

use burn::tensor::{DType, Tensor};
use burn_flex::{Flex, FlexTensor};
use half::f16;

use super::{from_primitive, kernels, primitive, values};

/// A weight or some rows of it, as it is kept.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weight<'a> {
    F32(&'a [f32]),
    F16(&'a [f16]),
}

impl<'a> Weight<'a> {
    /// The values of a tensor, which must be contiguous.
    pub(super) fn of(tensor: &'a FlexTensor) -> Self {
        if tensor.dtype() == DType::F16 {
            Self::F16(tensor.as_slice().expect("its type was asked for. This is a bug."))
        } else {
            Self::F32(values(tensor))
        }
    }

    pub(super) fn len(self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F16(values) => values.len(),
        }
    }

    /// The values from one place to before another.
    pub(super) fn part(self, from: usize, to: usize) -> Self {
        match self {
            Self::F32(values) => Self::F32(&values[from..to]),
            Self::F16(values) => Self::F16(&values[from..to]),
        }
    }

    /// How much room [`widened`](Self::widened) needs for so many values.
    pub(super) fn room(self, values: usize) -> usize {
        if matches!(self, Self::F16(_)) { values } else { 0 }
    }

    /// The values as f32.
    pub(super) fn widened(self, room: &'a mut [f32]) -> &'a [f32] {
        match self {
            Self::F32(values) => values,
            Self::F16(values) => {
                let room = &mut room[..values.len()];
                kernels::widen(values, room);
                room
            }
        }
    }
}

/// The weight in f16, if that changes none of its numbers.
pub(super) fn narrowed(weight: Tensor<Flex, 2>) -> Tensor<Flex, 2> {
    let dims = weight.dims();
    let wide = primitive(weight);
    let narrow: Vec<f16> = values(&wide).iter().map(|value| f16::from_f32(*value)).collect();
    let is_kept = |(wide, narrow): (&f32, &f16)| wide.is_finite() && narrow.to_f32().to_bits() == wide.to_bits();
    if values(&wide).iter().zip(&narrow).all(is_kept) {
        super::typed_tensor(narrow, dims, DType::F16)
    } else {
        from_primitive(wide)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    fn weight(values: Vec<f32>) -> Tensor<Flex, 2> {
        let columns = values.len() / 2;
        Tensor::from_data(TensorData::new(values, [2, columns]), &burn_flex::FlexDevice)
    }

    #[test]
    fn only_what_loses_nothing_is_narrowed() {
        let type_of = |values: [f32; 4]| primitive(narrowed(weight(values.to_vec()))).dtype();
        assert_eq!(type_of([0.5, -0.0, 65504.0, 2.0_f32.powi(-24)]), DType::F16);
        for other in [0.1, 65536.0, f32::INFINITY, f32::NAN, 2.0_f32.powi(-25)] {
            assert_eq!(type_of([0.5, -0.25, other, 0.0]), DType::F32, "{other}");
        }
    }

    #[test]
    fn every_finite_f16_is_widened_to_its_value() {
        let all: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).filter(|value| value.is_finite()).collect();
        let mut wide = vec![f32::NAN; all.len()];
        let widened = Weight::F16(&all).widened(&mut wide);
        for (narrow, wide) in all.iter().zip(widened) {
            assert_eq!(narrow.to_f32().to_bits(), wide.to_bits(), "{narrow:?}");
        }
    }
}
