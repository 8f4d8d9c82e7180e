//! Pages, one file each: what a page shows is loaded in the reader's name, as the API would, and rendered here.

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod arena;
pub(crate) mod audit_log;
pub(crate) mod board;
pub(crate) mod caption_images;
pub(crate) mod compare;
pub(crate) mod datasets;
pub(crate) mod duplicates;
pub(crate) mod edit;
pub(crate) mod export;
mod found;
pub(crate) mod grid;
pub(crate) mod image;
mod image_choice;
pub(crate) mod import;
pub(crate) mod job;
mod job_outcome;
mod job_words;
pub(crate) mod jobs;
mod parameter_texts;
pub(crate) mod playground;
mod problems;
pub(crate) mod reset_password;
pub(crate) mod run;
pub(crate) mod saved_views;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod sign_out;
pub(crate) mod sign_up;
mod stored;
pub(crate) mod upload;
mod visit;

pub(crate) use problems::show_problems;
