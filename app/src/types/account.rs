//! What the page of one's own account shows.

use serde::Serialize;

use super::Problem;

/// One's own account.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AccountData {
    /// What one is called.
    pub name: String,
    /// Whether one administers this server.
    pub is_admin: bool,
    /// Since when one has the account, as RFC 3339 writes it.
    pub since: String,
    /// What was just done.
    pub notice: Option<String>,
    /// Why something that takes no more than a button failed.
    pub problem: Option<Problem>,
    /// Why the password was not changed.
    pub password_problem: Option<Problem>,
    /// Where one is signed in, the newest first.
    pub devices: Vec<Device>,
    /// Whether there are more.
    pub has_more_devices: bool,
    /// One's keys that were not revoked, as they were made.
    pub keys: Vec<ApiKey>,
    /// What continues the list of keys, if it is longer.
    pub next_keys: Option<String>,
    /// The form for another key.
    pub new_key: NewKeyData,
    /// The key that was just made: its name and itself.
    pub made_key: Option<(String, String)>,
}

/// A browser or program that is signed in.
#[derive(Debug, Clone, Serialize)]
pub struct Device {
    /// Which session.
    pub id: String,
    /// What it calls itself.
    pub user_agent: String,
    /// Since when it is signed in, as RFC 3339 writes it.
    pub since: String,
    /// When its session was last renewed, to the day.
    pub renewed_at: String,
    /// Whether it is the one that the page is for.
    pub is_current: bool,
}

/// A key, without the key.
#[derive(Debug, Clone, Serialize)]
pub struct ApiKey {
    /// Which one.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its first letters.
    pub prefix: String,
    /// What it is for: `caption`, `read`, `write`, `admin`.
    pub scopes: Vec<String>,
    /// Since when it is there, as RFC 3339 writes it.
    pub since: String,
    /// From when on it opens nothing.
    pub expires_at: Option<String>,
    /// Whether that moment has passed.
    pub is_expired: bool,
    /// When it was last used.
    pub last_used_at: Option<String>,
}

/// The form for another key.
#[derive(Debug, Clone, Serialize)]
pub struct NewKeyData {
    /// As it was written.
    pub name: String,
    /// As they were chosen.
    pub scopes: Vec<String>,
    /// After how many days it ends, as it was chosen; empty for never.
    pub days: String,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

impl NewKeyData {
    /// After how many days a key can be told to end.
    pub const DAYS: [&str; 4] = ["7", "30", "90", "365"];
}

impl Default for NewKeyData {
    fn default() -> Self {
        let scopes = ["caption", "read"].map(str::to_owned).to_vec();
        Self { name: String::new(), scopes, days: "90".into(), problem: None }
    }
}
