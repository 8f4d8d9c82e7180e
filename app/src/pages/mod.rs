//! One file or folder per page.

#[cfg(feature = "ssr")]
mod account;
#[cfg(feature = "ssr")]
mod admin;
#[cfg(feature = "ssr")]
mod arena;
#[cfg(feature = "ssr")]
mod audit_log;
#[cfg(feature = "ssr")]
mod board;
#[cfg(feature = "ssr")]
mod caption_images;
#[cfg(feature = "ssr")]
mod changes;
#[cfg(feature = "ssr")]
mod compare;
#[cfg(feature = "ssr")]
mod datasets;
#[cfg(feature = "ssr")]
mod duplicates;
#[cfg(feature = "ssr")]
mod edit;
#[cfg(feature = "ssr")]
mod export;
pub(crate) mod grid;
pub(crate) mod image;
#[cfg(feature = "ssr")]
mod import;
#[cfg(feature = "ssr")]
mod job;
#[cfg(feature = "ssr")]
mod jobs;
#[cfg(feature = "ssr")]
mod metrics;
pub(crate) mod playground;
#[cfg(feature = "ssr")]
mod problem;
#[cfg(feature = "ssr")]
mod reset_password;
#[cfg(feature = "ssr")]
mod review;
#[cfg(feature = "ssr")]
mod review_assign;
#[cfg(feature = "ssr")]
mod review_progress;
#[cfg(feature = "ssr")]
mod settings;
#[cfg(feature = "ssr")]
mod sign_in;
#[cfg(feature = "ssr")]
mod sign_up;

#[cfg(feature = "ssr")]
use self::{
    account::Account,
    admin::Admin,
    arena::Arena,
    audit_log::AuditLog,
    board::Board,
    caption_images::CaptionImages,
    changes::Changes,
    compare::Compare,
    datasets::Datasets,
    duplicates::{Duplicates, KeepCaption},
    edit::Edit,
    export::Export,
    grid::Grid,
    image::Image,
    import::Import,
    job::Job,
    jobs::Jobs,
    metrics::{MeasuredCaptions, Metrics},
    playground::Playground,
    problem::ProblemPage,
    reset_password::ResetPassword,
    review::Review,
    review_assign::ReviewAssign,
    review_progress::ReviewProgress,
    settings::Settings,
    sign_in::SignIn,
    sign_up::SignUp,
};
#[cfg(feature = "ssr")]
use crate::{
    part::{Part, view},
    types::PageData,
};

/// What a page shows, as the server writes it.
#[cfg(feature = "ssr")]
pub(crate) fn view(data: PageData) -> Part {
    match data {
        PageData::Playground(data) => view! { <Playground data=*data /> },
        PageData::SignIn(data) => view! { <SignIn data=data /> },
        PageData::SignUp(data) => view! { <SignUp data=data /> },
        PageData::ResetPassword(data) => view! { <ResetPassword data=data /> },
        PageData::Account(data) => view! { <Account data=*data /> },
        PageData::Admin(data) => view! { <Admin data=data /> },
        PageData::AuditLog(data) => view! { <AuditLog data=data /> },
        PageData::Settings(data) => view! { <Settings data=*data /> },
        PageData::Datasets(data) => view! { <Datasets data=data /> },
        PageData::Grid(data) => view! { <Grid data=*data /> },
        PageData::Image(data) => view! { <Image data=*data /> },
        PageData::Jobs(data) => view! { <Jobs data=data /> },
        PageData::Job(data) => view! { <Job data=*data /> },
        PageData::Import(data) => view! { <Import data=*data /> },
        PageData::Export(data) => view! { <Export data=*data /> },
        PageData::CaptionImages(data) => view! { <CaptionImages data=*data /> },
        PageData::Edit(data) => view! { <Edit data=*data /> },
        PageData::Compare(data) => view! { <Compare data=*data /> },
        PageData::Arena(data) => view! { <Arena data=*data /> },
        PageData::Board(data) => view! { <Board data=*data /> },
        PageData::Changes(data) => view! { <Changes data=*data /> },
        PageData::Metrics(data) => view! { <Metrics data=*data /> },
        PageData::MeasuredCaptions(data) => view! { <MeasuredCaptions data=*data /> },
        PageData::Review(data) => view! { <Review data=*data /> },
        PageData::ReviewProgress(data) => view! { <ReviewProgress data=*data /> },
        PageData::ReviewAssign(data) => view! { <ReviewAssign data=*data /> },
        PageData::Duplicates(data) => view! { <Duplicates data=*data /> },
        PageData::KeepCaption(data) => view! { <KeepCaption data=*data /> },
        PageData::Problem(problem) => view! { <ProblemPage problem=problem /> },
    }
}
