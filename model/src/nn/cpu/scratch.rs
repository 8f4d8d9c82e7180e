//! Memory for values that live as long as one task, kept by each thread from task to task.

use std::cell::Cell;

thread_local! {
    static KEPT: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// Lends `work` slices of these lengths, with whatever was left in them. Fresh memory would cost a page fault for every
/// four kilobytes of it, which is more than many tasks compute.
pub(super) fn with_scratch<const N: usize, R>(lengths: [usize; N], work: impl FnOnce([&mut [f32]; N]) -> R) -> R {
    let mut buffer = KEPT.take();
    let total = lengths.iter().sum();
    if buffer.len() < total {
        buffer.resize(total, 0.0);
    }
    let mut rest = &mut buffer[..];
    let parts = lengths.map(|length| rest.split_off_mut(..length).expect("there is room for all. This is a bug."));
    let result = work(parts);
    KEPT.set(buffer);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_their_lengths_and_what_is_lent_within_is_apart() {
        with_scratch([3, 5], |[a, b]| {
            assert_eq!((a.len(), b.len()), (3, 5));
            a.fill(1.0);
            with_scratch([4], |[c]| c.fill(2.0));
            assert_eq!(a, [1.0; 3]);
            assert_eq!(b.len(), 5);
        });
    }
}
