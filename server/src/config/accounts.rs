//! The section of accounts.

use clap::{Args, ValueEnum};

/// How people get accounts.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Accounts")]
pub(crate) struct AccountsConfig {
    /// Who may make an account: whoever has been invited by an administrator, or everybody who reaches the server.
    #[arg(long, env = "VASARI_SIGN_UP", value_name = "WHO", value_enum, default_value = "invitation")]
    pub(crate) sign_up: SignUp,
}

/// Who may make an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignUp {
    /// Whoever has been invited.
    Invitation,
    /// Everybody.
    Open,
}
