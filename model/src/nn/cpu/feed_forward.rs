//! The feed-forward half of a vision block: what is between its two products never leaves the cache.

use rayon::prelude::*;

use super::{Norm, kernels, product::PackedLinear, rows_per_task, scratch::with_scratch};

/// `x += fc2(gelu(fc1(norm(x))))`, row by row.
///
/// # Shapes
/// - x: `[rows, width]`
pub(super) fn feed_forward(x: &mut [f32], norm: &Norm, fc1: &PackedLinear, fc2: &PackedLinear) {
    let (width, hidden) = (fc2.columns(), fc1.columns());
    let rows = rows_per_task(x.len() / width);
    x.par_chunks_mut(rows * width).for_each(|x| {
        let rows = x.len() / width;
        with_scratch([rows * width, rows * hidden], |[normed, fed]| {
            norm.apply(x, normed);
            fc1.forward(normed, fed);
            kernels::gelu(fed);
            fc2.add_to(fed, x);
        });
    });
}
