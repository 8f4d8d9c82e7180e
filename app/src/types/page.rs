//! A page as the server makes it: what stands around it, and what it shows.

use serde::Serialize;

use super::{
    AccountData, AdminData, ArenaData, AuditLogData, BoardData, CaptionImagesData, ChangesData, CompareData,
    DatasetsData, DuplicatesData, EditData, ExportData, GridData, ImageData, ImportData, JobData, JobsData,
    KeepCaptionData, MeasuredCaptionsData, MetricsData, PageState, Problem, ResetPasswordData, ReviewAssignData,
    ReviewData, ReviewProgressData, RunningJobs, SettingsData, SignInData, SignUpData,
};

/// A page as the server makes it.
#[derive(Debug, Clone)]
pub struct PageView {
    /// What the browser's tab says, before " · Vasari".
    pub title: String,
    /// What the page is about, in a sentence, for whoever finds it elsewhere.
    pub description: String,
    /// What stands around it.
    pub frame: Frame,
    /// What it shows.
    pub data: PageData,
}

/// What one page shows. The browser gets that of a page which its scripts take over, under [`PageData::kind`].
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum PageData {
    /// Pictures, and what the model says of them.
    Playground(Box<PageState>),
    /// Name and password.
    SignIn(SignInData),
    /// A new account.
    SignUp(SignUpData),
    /// A new password.
    ResetPassword(ResetPasswordData),
    /// One's own account.
    Account(Box<AccountData>),
    /// Everybody who has one.
    Admin(AdminData),
    /// Who did what.
    AuditLog(AuditLogData),
    /// What a dataset is, and who works on it.
    Settings(Box<SettingsData>),
    /// All datasets.
    Datasets(DatasetsData),
    /// The pictures of a dataset.
    Grid(Box<GridData>),
    /// A picture with its captions.
    Image(Box<ImageData>),
    /// Jobs.
    Jobs(JobsData),
    /// A job.
    Job(Box<JobData>),
    /// A file is to be taken in.
    Import(Box<ImportData>),
    /// A file is to be written.
    Export(Box<ExportData>),
    /// Images are to be captioned.
    CaptionImages(Box<CaptionImagesData>),
    /// Many captions are to be changed alike.
    Edit(Box<EditData>),
    /// What several sources say, side by side.
    Compare(Box<CompareData>),
    /// Two captions, without their sources.
    Arena(Box<ArenaData>),
    /// Sources by what people preferred.
    Board(Box<BoardData>),
    /// What people did to captions.
    Changes(Box<ChangesData>),
    /// The captions of each source in numbers.
    Metrics(Box<MetricsData>),
    /// Captions by their numbers.
    MeasuredCaptions(Box<MeasuredCaptionsData>),
    /// What waits for review.
    Review(Box<ReviewData>),
    /// How far review is.
    ReviewProgress(Box<ReviewProgressData>),
    /// Pictures are to be assigned to reviewers.
    ReviewAssign(Box<ReviewAssignData>),
    /// Pictures that are there nearly twice.
    Duplicates(Box<DuplicatesData>),
    /// What keeping a caption for several pictures would write.
    KeepCaption(Box<KeepCaptionData>),
    /// Why there is no page.
    Problem(Problem),
}

/// What stands around every page.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Who is signed in.
    pub person: Option<Person>,
    /// Whether this server keeps anything. Without a database there are neither people nor datasets.
    pub keeps: bool,
    /// The page's path with its query, to come back to.
    pub address: String,
    /// The dataset that the page belongs to.
    pub dataset: Option<DatasetLink>,
    /// Datasets to switch to.
    pub datasets: Vec<DatasetLink>,
    /// What is searched for.
    pub query: String,
    /// The person's jobs that go on.
    pub jobs: RunningJobs,
    /// What else the address says of the dataset's list, which a search keeps: names and values.
    pub listing: Vec<(String, String)>,
}

/// Somebody with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they are called.
    pub name: String,
    /// Whether they administer this server.
    pub is_admin: bool,
}

/// A dataset to go to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetLink {
    /// How URLs name it.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

impl PageData {
    /// The page's name, by which the browser knows what it takes over.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Playground(_) => "playground",
            Self::SignIn(_) => "sign-in",
            Self::SignUp(_) => "sign-up",
            Self::ResetPassword(_) => "reset-password",
            Self::Account(_) => "account",
            Self::Admin(_) => "admin",
            Self::AuditLog(_) => "audit-log",
            Self::Settings(_) => "settings",
            Self::Datasets(_) => "datasets",
            Self::Grid(_) => "grid",
            Self::Image(_) => "image",
            Self::Jobs(_) => "jobs",
            Self::Job(_) => "job",
            Self::Import(_) => "import",
            Self::Export(_) => "export",
            Self::CaptionImages(_) => "caption-images",
            Self::Edit(_) => "edit",
            Self::Compare(_) => "compare",
            Self::Arena(_) => "arena",
            Self::Board(_) => "board",
            Self::Changes(_) => "changes",
            Self::Metrics(_) => "metrics",
            Self::MeasuredCaptions(_) => "measured-captions",
            Self::Review(_) => "review",
            Self::ReviewProgress(_) => "review-progress",
            Self::ReviewAssign(_) => "review-assign",
            Self::Duplicates(_) => "duplicates",
            Self::KeepCaption(_) => "keep-caption",
            Self::Problem(_) => "problem",
        }
    }

    /// Whether scripts take the page over. The others are forms and links alone.
    pub const fn is_taken_over(&self) -> bool {
        matches!(self, Self::Playground(_) | Self::Grid(_) | Self::Image(_))
    }
}
