//! `cargo xtask clients`: what is generated of the clients, made anew.

use std::process::Command;

use clap::Args;

use crate::{progress, tools, workspace::Workspace};

/// Renew what the clients in `clients/` have of the OpenAPI document, and the half of the Python client that is made of the
/// other.
///
/// The document is the server's own, which is built and started for it. `cargo xtask test` fails where this was forgotten.
#[derive(Debug, Args)]
pub(crate) struct ClientsArgs {}

pub(crate) fn run(workspace: &Workspace, _: &ClientsArgs) -> anyhow::Result<()> {
    let python = tools::ensure_clients(workspace)?;
    let built = crate::serve::build_server(workspace)?;
    let mut renew = Command::new(python);
    // Nothing else is left in the checkout.
    renew.args(["-B", "end2end/clients/renew.py"]).current_dir(workspace.root());
    renew.env("VASARI_BIN", built.program).env("VASARI_SITE_ROOT", built.site);
    progress::run("renew the clients", &mut renew)
}
