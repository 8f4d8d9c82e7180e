//! `/api/v1`: what is kept, one file a group of endpoints.

pub(crate) mod audit;
pub(crate) mod audit_log;
pub(crate) mod body;
pub(crate) mod captions;
pub(crate) mod datasets;
pub(crate) mod image_files;
pub(crate) mod images;
pub(crate) mod invitations;
pub(crate) mod keys;
pub(crate) mod list_images;
pub(crate) mod me;
pub(crate) mod neighbours;
pub(crate) mod page;
pub(crate) mod sessions;
pub(crate) mod sign_up;
pub(crate) mod users;
