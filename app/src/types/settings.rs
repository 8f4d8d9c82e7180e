//! What the page of a dataset's settings shows.

use serde::Serialize;

use super::{Dataset, Problem, Role};

/// What a dataset is, who works on it, and where its captions come from.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SettingsData {
    /// The dataset.
    pub dataset: Dataset,
    /// What it is called and about, as it was written where that failed.
    pub about: AboutData,
    /// Everybody's part in it, by name. None for who is no member.
    pub members: Vec<Member>,
    /// The form for another one.
    pub new_member: NewMemberData,
    /// What was to be done with a source, where that failed.
    pub source_attempt: Option<SourceAttempt>,
    /// What was written to confirm that the dataset goes, where that failed.
    pub confirmation: Option<(String, Problem)>,
    /// What was just done.
    pub notice: Option<String>,
    /// Why something that takes no more than a button failed.
    pub problem: Option<Problem>,
}

/// The form for what a dataset is called and about.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AboutData {
    /// What people call it.
    pub name: String,
    /// What it is about.
    pub description: String,
    /// Whether everybody may look at it.
    pub is_public: bool,
    /// Why it was not changed.
    pub problem: Option<Problem>,
}

/// Somebody's part in a dataset.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// Who.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether it is whoever looks.
    pub is_own: bool,
}

/// The form for another member.
#[derive(Debug, Clone, Serialize)]
pub struct NewMemberData {
    /// As it was written.
    pub name: String,
    /// As it was chosen.
    pub role: Role,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// What was to be done with a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceAttempt {
    /// Which source.
    pub source: String,
    /// Whether it was to go; it was to get another name otherwise.
    pub is_deletion: bool,
    /// What was written: the name again, or another one.
    pub written: String,
    /// Why it was not done.
    pub problem: Problem,
}

impl Default for NewMemberData {
    fn default() -> Self {
        Self { name: String::new(), role: Role::Annotator, problem: None }
    }
}
