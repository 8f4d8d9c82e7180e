//! The parts of the pages.

pub(crate) mod answer_card;
pub(crate) mod ask_form;
pub(crate) mod awaited_card;
pub(crate) mod code_card;
pub(crate) mod confidence;
pub(crate) mod help;
pub(crate) mod key_field;
pub(crate) mod notice;
pub(crate) mod overlay;
pub(crate) mod parameter_panel;
pub(crate) mod problem_card;
pub(crate) mod progress;
pub(crate) mod region_list;
pub(crate) mod result_card;
pub(crate) mod samples;
pub(crate) mod stage;
pub(crate) mod task_picker;
pub(crate) mod toast;
pub(crate) mod top_bar;
pub(crate) mod tray_list;
pub(crate) mod tray_row;
