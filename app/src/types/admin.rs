//! What the pages of administrators show.

use serde::Serialize;
use serde_json::Value;

use super::Problem;

/// Everybody who has an account.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdminData {
    /// Some of them, by name.
    pub people: Vec<Account>,
    /// What continues the list, if it is longer.
    pub next: Option<String>,
    /// The list goes on after this name.
    pub after: Option<String>,
    /// Whether everybody may make an account, without an invitation.
    pub is_open: bool,
    /// A link that was just made.
    pub link: Option<OneTimeLink>,
    /// What was just done.
    pub notice: Option<String>,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// Somebody with an account, as administrators see them.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    /// Who.
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Whether they administer this server.
    pub is_admin: bool,
    /// Since when they have the account, as RFC 3339 writes it.
    pub since: String,
    /// Since when they may not sign in, if they may not.
    pub disabled_since: Option<String>,
    /// Whether it is whoever looks.
    pub is_own: bool,
}

/// A link that works once.
#[derive(Debug, Clone, Serialize)]
pub struct OneTimeLink {
    /// Where it leads to.
    pub address: String,
    /// Whose password it sets; nobody's where it invites somebody.
    pub person: Option<String>,
    /// From when on it does nothing, as RFC 3339 writes it.
    pub expires_at: String,
}

/// Who did what.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AuditLogData {
    /// Some of it, the newest first.
    pub entries: Vec<AuditEntry>,
    /// What continues the list, if it is longer.
    pub next: Option<String>,
    /// Whether this is not the list's beginning.
    pub is_continued: bool,
    /// What this person did alone, as it was written; empty for everybody.
    pub who: String,
    /// This action alone; empty for all.
    pub action: String,
    /// Why the filter can't be followed, if it can't.
    pub problem: Option<Problem>,
}

/// Something that somebody did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AuditEntry {
    /// When, as RFC 3339 writes it.
    pub at: String,
    /// Who, if they have an account.
    pub who: Option<String>,
    /// The key that they did it with.
    pub key: Option<String>,
    /// What, such as `user.disable`.
    pub action: String,
    /// What that is called which it was done to, if it is still there.
    pub subject: Option<String>,
    /// What else there is to know.
    pub detail: Value,
    /// The request that asked for it.
    pub request_id: Option<String>,
}
