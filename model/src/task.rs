//! The 15 tasks of Florence-2, their prompts and their input checks.
/// A task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Task { /// Caption.
Caption }
/// Why a task does not take a text.
#[derive(Debug, thiserror::Error)]
#[error("prompt")]
pub struct PromptError;
