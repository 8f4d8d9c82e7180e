//! What the pages show on which people sign in and up.

use serde::Serialize;

use super::Problem;

/// The page to sign in.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SignInData {
    /// The name that was tried.
    pub name: String,
    /// Where to go afterwards: a path of this server.
    pub next: String,
    /// Whether everybody may make an account.
    pub is_open: bool,
    /// What is worth knowing: that a password was changed, say.
    pub notice: Option<String>,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// The page to make an account.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SignUpData {
    /// The token of the link, empty without one.
    pub token: String,
    /// Whether the link makes the first administrator.
    pub is_first: bool,
    /// The name that was tried.
    pub name: String,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}

/// The page to choose a new password.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ResetPasswordData {
    /// The token of the link.
    pub token: String,
    /// Why it failed, if it did.
    pub problem: Option<Problem>,
}
