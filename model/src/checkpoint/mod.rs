//! Checkpoints: where the weights come from and how they are read.
/// Why a checkpoint can't be read.
#[derive(Debug, thiserror::Error)]
#[error("checkpoint")]
pub struct CheckpointError;
