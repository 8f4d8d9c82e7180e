//! What Vasari keeps.
//!
//! - [`Database`] is Postgres: [`EmbeddedPostgres`], of our own in the data folder, or one by URL.
//! - [`Reader`] is in whose name something is read or written.
//! - [`users`], [`links`], [`sessions`], [`open_sessions`], [`api_keys`] and [`audit_log`] are the people: each noun has a
//!   file.
//! - [`datasets`] with their [`members`], [`images`], [`sources`] and [`captions`] are what they work on, [`counts`] how
//!   much there is; [`objects`] holds the bytes, [`thumbnails`] makes smaller pictures, [`pictures`] reads those that come.
//! - [`caption_texts`] reads all that is said in a dataset.
//! - [`comparisons`] are the arena: which of two captions people prefer.
//! - [`review`] gives submitted captions to reviewers and keeps what they decide.
//! - [`duplicates`] are pictures that look alike by their [`perceptual_hash`], or of which nearly the same is said.
//! - [`jobs`] are what goes on for long: what was asked, how far it is, and the queue that shares it among servers.
//! - [`dataset_folder`] lists the pictures of a folder and finds one by name, never outside the folder.
//! - [`formats`] reads and writes captions in the formats of other programs.
//! - [`transfer`] takes whole datasets in and writes them out in those formats.
//! - [`search`] finds pictures by what is said of them.
//! - [`snapshot`] holds the database still, and [`backups`] are archives of it with the pictures' files.

#![expect(
    deprecated,
    reason = "the queue's library turns sqlx's chrono on, and the macros of sqlx 0.9 then warn wherever a time is read, also \
              where sqlx.toml says that it is one of the crate time"
)]

pub mod actions;
pub mod api_keys;
pub mod archives;
pub mod arena_votes;
pub mod audit_log;
pub mod backups;
mod caption_runs;
pub mod caption_texts;
pub mod captions;
pub mod comparisons;
pub mod counts;
mod database;
pub mod dataset_folder;
pub mod datasets;
pub mod duplicates;
#[cfg(unix)]
mod embedded;
mod error;
pub mod formats;
pub mod idempotency_keys;
mod image_pages;
mod image_places;
pub mod images;
pub mod jobs;
pub mod links;
pub mod members;
mod object_files;
pub mod objects;
pub mod open_sessions;
mod own_captions;
pub mod perceptual_hash;
mod picks;
pub mod pictures;
mod reader;
pub mod review;
pub mod saved_views;
pub mod search;
pub mod sessions;
pub mod snapshot;
mod source_names;
pub mod sources;
mod statuses;
pub mod thumbnails;
pub mod transfer;
pub mod users;

pub use database::{AppliedMigration, AsyncTransaction, Database, SchemaVersion, TransactionFuture};
pub use dataset_folder::{DatasetError, DatasetFolder};
#[cfg(unix)]
pub use embedded::{Durability, EmbeddedError, EmbeddedPostgres, find_postgres_program};
pub use error::StorageError;
pub use reader::Reader;
