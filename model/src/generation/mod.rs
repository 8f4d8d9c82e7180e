//! Search for the best token sequence.
pub mod options;
