//! What stands around every page. The server writes it; in the browser `browser::frame` brings it to life.

mod jobs_link;
mod key_sheet;
mod top_bar;

pub(crate) use key_sheet::KeySheet;
pub(crate) use top_bar::TopBar;
