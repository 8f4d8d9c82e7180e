//! What Vasari keeps. Today that is dataset folders: pictures and a `captions.jsonl` beside them.
//!
//! - [`dataset_folder`] lists the pictures of a folder and finds one by name, never outside the folder.
//! - [`caption_file`] reads captions in the shapes that people have them in.

pub mod caption_file;
pub mod dataset_folder;

pub use caption_file::{CaptionFile, CaptionLine, LineError};
pub use dataset_folder::{DatasetError, DatasetFolder};
