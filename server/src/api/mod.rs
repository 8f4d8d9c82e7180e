//! The endpoints, one file each.

pub(crate) mod answers;
pub(crate) mod ask;
pub(crate) mod batch_caption;
pub(crate) mod caption;
pub(crate) mod caption_form;
pub(crate) mod docs;
pub(crate) mod events;
pub(crate) mod fields;
pub(crate) mod health;
pub(crate) mod keeping;
pub(crate) mod lines;
pub(crate) mod metrics;
pub(crate) mod model;
pub(crate) mod model_info;
pub(crate) mod names;
pub(crate) mod openai;
pub(crate) mod openapi;
pub(crate) mod problem;
pub(crate) mod samples;
pub(crate) mod system_info;
pub(crate) mod tasks;
pub(crate) mod v1;
