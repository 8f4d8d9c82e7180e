//! What the language model saw of recent pictures: a second question about one skips the vision tower.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use burn::tensor::{Tensor, backend::Backend};
use lru::LruCache;

/// What tells one picture from another: a digest of its file.
pub type ImageKey = [u8; 32];

/// Features of the pictures used last, on the device. It belongs to one checkpoint.
pub(crate) struct FeatureCache<B: Backend> {
    kept: Mutex<Kept<B>>,
    /// Most bytes that are kept.
    capacity: usize,
}

struct Kept<B: Backend> {
    features: LruCache<ImageKey, Tensor<B, 3>>,
    bytes: usize,
}

impl<B: Backend> FeatureCache<B> {
    /// A cache of so many bytes; 0 keeps nothing.
    pub(crate) fn new(capacity: usize) -> Self {
        // Bounded by bytes, not by number.
        let most = NonZeroUsize::new(1 << 20).expect("it is not zero. This is a bug.");
        Self { kept: Mutex::new(Kept { features: LruCache::new(most), bytes: 0 }), capacity }
    }

    /// The features of this picture, `[1, tokens, d_model]`.
    pub(crate) fn get(&self, key: ImageKey) -> Option<Tensor<B, 3>> {
        // Every change leaves a valid state, so a panic elsewhere does no harm.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).features.get(&key).cloned()
    }

    /// Keeps these features, and forgets those that were not used for longest.
    pub(crate) fn insert(&self, key: ImageKey, features: &Tensor<B, 3>) {
        let size = bytes_of(features);
        if size > self.capacity {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // A copy of its own: the tensor may be a view of a whole batch, which would stay in memory as long.
        let [one, tokens, width] = features.dims();
        let own = Tensor::empty([one, tokens, width], &features.device());
        let own = own.slice_assign([0..one, 0..tokens, 0..width], features.clone());
        if let Some((_, replaced)) = kept.features.push(key, own) {
            kept.bytes -= bytes_of(&replaced);
        }
        kept.bytes += size;
        while kept.bytes > self.capacity
            && let Some((_, oldest)) = kept.features.pop_lru()
        {
            kept.bytes -= bytes_of(&oldest);
        }
    }
}

fn bytes_of<B: Backend>(features: &Tensor<B, 3>) -> usize {
    features.dims().iter().product::<usize>() * features.dtype().size()
}

#[cfg(test)]
mod tests {
    use burn_flex::{Flex, FlexDevice};

    use super::*;

    fn features(tokens: usize) -> Tensor<Flex, 3> {
        Tensor::ones([1, tokens, 4], &FlexDevice)
    }

    #[test]
    fn pictures_that_were_not_used_for_longest_are_forgotten_first() {
        // Room for three of 16 bytes.
        let cache = FeatureCache::new(50);
        for number in 1..=3 {
            cache.insert([number; 32], &features(1));
        }
        assert!(cache.get([1; 32]).is_some());
        cache.insert([4; 32], &features(1));
        let is_there: Vec<u8> = (1..=4).filter(|number| cache.get([*number; 32]).is_some()).collect();
        assert_eq!(is_there, [1, 3, 4]);
        cache.insert([5; 32], &features(3));
        assert!(cache.get([5; 32]).is_some());
        assert!(cache.get([4; 32]).is_none());
    }

    #[test]
    fn same_picture_takes_its_place_once_and_too_large_ones_none() {
        let cache = FeatureCache::new(32);
        (0..10).for_each(|_| cache.insert([1; 32], &features(1)));
        cache.insert([2; 32], &features(1));
        assert!(cache.get([1; 32]).is_some() && cache.get([2; 32]).is_some());
        cache.insert([3; 32], &features(100));
        assert!(cache.get([3; 32]).is_none());
        assert!(FeatureCache::<Flex>::new(0).get([1; 32]).is_none());
    }
}
