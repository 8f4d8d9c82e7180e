//! A part of the network that is on the device always, or only while it runs.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::checkpoint::CheckpointError;

/// One half of the network. [`Residence::WhileRunning`] is what `--offload-to-cpu` asks for: the half's weights are read
/// from the checkpoint's mapped files, which the system caches in main memory, each time it is needed.
pub(crate) struct Half<T> {
    present: Mutex<Option<Arc<T>>>,
    load: Option<Box<Loader<T>>>,
}

type Loader<T> = dyn Fn() -> Result<T, CheckpointError> + Send + Sync;

/// When a half's weights are on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Residence {
    /// From the start to the end.
    #[default]
    Always,
    /// While the half computes.
    WhileRunning,
}

impl<T> Half<T> {
    /// Loads the half, so that whatever is wrong with it is known at once.
    pub(crate) fn new(
        residence: Residence,
        load: impl Fn() -> Result<T, CheckpointError> + Send + Sync + 'static,
    ) -> Result<Self, CheckpointError> {
        let loaded = Arc::new(load()?);
        Ok(match residence {
            Residence::Always => Self { present: Mutex::new(Some(loaded)), load: None },
            Residence::WhileRunning => Self { present: Mutex::new(None), load: Some(Box::new(load)) },
        })
    }

    /// The half, loaded if it isn't there.
    pub(crate) fn get(&self) -> Result<Arc<T>, CheckpointError> {
        let mut present = self.lock();
        if let Some(half) = &*present {
            return Ok(Arc::clone(half));
        }
        let load = self.load.as_ref().expect("a half without a loader is always present. This is a bug.");
        let half = Arc::new(load()?);
        *present = Some(Arc::clone(&half));
        Ok(half)
    }

    /// Frees the half's memory once nobody computes with it any more, unless it stays.
    pub(crate) fn release(&self) {
        if self.load.is_some() {
            *self.lock() = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<T>>> {
        // A loader that panics leaves the half absent, which is a valid state.
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Half<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Half({})", if self.load.is_some() { "while running" } else { "always" })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn offloaded_half_is_there_only_while_it_is_used() {
        let loads = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&loads);
        let half = Half::new(Residence::WhileRunning, move || Ok(counter.fetch_add(1, Ordering::Relaxed))).unwrap();
        assert!(half.lock().is_none());
        let one = half.get().unwrap();
        assert!(Arc::ptr_eq(&one, &half.get().unwrap()));
        half.release();
        assert_eq!(Arc::strong_count(&one), 1, "nobody else keeps it");
        assert_eq!(*half.get().unwrap(), 2);
    }

    #[test]
    fn resident_half_is_loaded_once() {
        let loads = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&loads);
        let half = Half::new(Residence::Always, move || Ok(counter.fetch_add(1, Ordering::Relaxed))).unwrap();
        half.release();
        half.get().unwrap();
        assert_eq!(loads.load(Ordering::Relaxed), 1);
    }
}
