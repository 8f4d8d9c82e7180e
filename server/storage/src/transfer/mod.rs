//! Captions and pictures on their way into a dataset and out of it, in the formats of [`crate::formats`].
//!
//! - [`Importer`] takes in rows, a batch a transaction. It can be interrupted anywhere and goes on where it was; a file
//!   that is imported again changes nothing.
//! - [`Export`] writes pictures and captions page by page, in the order of adding.
//!
//! What comes in, goes out and comes in again is what it was: names of pictures, texts, sources, tasks, regions,
//! confidence and review states. What the files don't hold does not come along: a source is an import afterwards, whatever
//! it was, the history begins anew, and names of pictures are made safe ([`crate::formats::safe_name`]).

mod export;
mod export_pages;
mod import;
mod import_file;
mod import_plan;
mod import_writes;
mod rows;
mod slugs;
mod sources;

pub use self::{
    export::{Export, ExportCounts, ExportError, ExportProgress},
    import::{FailedRow, ImportCounts, ImportError, ImportTarget, Importer},
    import_file::{ImportFile, ImportProgress},
    slugs::source_slug,
};
