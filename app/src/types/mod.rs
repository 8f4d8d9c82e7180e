//! The shapes that cross between server and browser.
//!
//! What a page is made of ([`PageView`], [`PageData`]), and what the API answers: both halves use these types, so that they
//! cannot disagree. Integers on the wire have a fixed width.

mod account;
mod accounts;
mod admin;
mod arena;
mod caption;
mod changes;
mod compare;
mod duplicates;
mod edit;
mod gallery;
mod jobs;
mod listing;
mod metrics;
mod page;
mod playground;
mod review;
mod settings;
mod work;

pub use account::{AccountData, ApiKey, Device, NewKeyData};
pub use accounts::{ResetPasswordData, SignInData, SignUpData};
pub use admin::{Account, AdminData, AuditEntry, AuditLogData, OneTimeLink};
pub use arena::{ArenaData, BoardData, ComparisonData, StandingData, VotedData};
pub use caption::{CaptionResponse, ImageSize, ModelInfo, Problem, Region, Shape};
pub use changes::{Act, ActExample, ChangesData};
pub use compare::{CompareCell, CompareData, CompareRow, DiffChange, DiffMarks, DiffPiece};
pub use duplicates::{DuplicateBy, DuplicatesData, FoundDuplicates, GroupData, GroupImage, KeepCaptionData, KeptRow};
pub use edit::{EDIT_OPERATIONS, EditData, EditPreview, PreviewedEdit, WrittenEdit};
pub use gallery::{
    Attempt, Caption, CaptionVersion, Dataset, DatasetCard, DatasetsData, ExifField, Facet, FacetValue, Facets,
    GridData, GridPart, ImageData, ImageFile, ListedImage, Neighbours, NewDatasetData, Role, RunAttempt, SavedView,
    Source, Status,
};
pub use jobs::{
    Chip, JobData, JobFailure, JobKind, JobOutcome, JobProgress, JobState, JobSummary, JobsData, RunningJobs,
};
pub use listing::{CaptionPlace, Listing, Sort, TileSize};
pub use metrics::{
    AgainstReference, BinData, HistogramData, MeasuredCaptionsData, MeasuredRow, MetricData, MetricUnit, MetricsChoice,
    MetricsData, RangeData, ScatterData, SourceMetrics, SummaryData,
};
pub use page::{DatasetLink, Frame, PageData, PageView, Person};
pub use playground::{ModelNotice, Outcome, PageState, Picture, SampleImage};
pub use review::{
    AssignmentData, DecidedData, Occasion, ReviewAssignData, ReviewAttempt, ReviewData, ReviewItemData,
    ReviewProgressData, ReviewerData,
};
pub use settings::{AboutData, Member, NewMemberData, SettingsData, SourceAttempt};
pub use work::{CaptionImagesData, ExportData, ImageChoice, ImageCounts, ImageScope, ImportData};
