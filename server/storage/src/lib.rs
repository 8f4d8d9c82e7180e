//! What Vasari keeps.
//!
//! - [`Database`] is Postgres: [`EmbeddedPostgres`], of our own in the data folder, or one by URL.
//! - [`Reader`] is in whose name something is read or written.
//! - [`users`], [`links`], [`sessions`], [`api_keys`] and [`audit_log`] are the people: each noun has a file.
//! - [`datasets`], [`images`] and [`captions`] are what they work on; [`objects`] holds the bytes, [`thumbnails`] makes
//!   smaller pictures.
//! - [`dataset_folder`] lists the pictures of a folder and finds one by name, never outside the folder.
//! - [`formats`] reads and writes captions in the formats of other programs.

pub mod api_keys;
pub mod audit_log;
pub mod captions;
mod database;
pub mod dataset_folder;
pub mod datasets;
#[cfg(unix)]
mod embedded;
mod error;
pub mod formats;
mod image_pages;
pub mod images;
pub mod links;
pub mod objects;
mod reader;
pub mod sessions;
pub mod thumbnails;
pub mod users;

pub use database::{AsyncTransaction, Database, SchemaVersion, TransactionFuture};
pub use dataset_folder::{DatasetError, DatasetFolder};
#[cfg(unix)]
pub use embedded::{Durability, EmbeddedError, EmbeddedPostgres};
pub use error::StorageError;
pub use reader::Reader;
