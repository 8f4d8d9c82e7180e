//! What can be learnt from several captions of the same pictures. Pure arithmetic: no database, no network, no clock.
//!
//! - [`diff`] shows by words how one text became another.
//! - [`disagreement`] tells how much the captions of one picture differ.
//! - [`duplicates`] finds what is there nearly twice.
//! - [`metrics`] measures captions, by themselves and against a reference.
//! - [`preferences`] ranks sources by what people preferred in blind comparisons, and [`agreement`] tells how far the
//!   people agree.

pub mod agreement;
pub mod diff;
pub mod disagreement;
pub mod duplicates;
pub mod metrics;
pub mod preferences;
