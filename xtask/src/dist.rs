//! `cargo xtask build`: what ships.

use clap::Args;

use crate::serve;
use crate::workspace::Workspace;

/// Build the binary that ships: fully optimised, with its pages.
///
/// Uses the profile `dist` (fat link-time optimisation), which shares nothing with the profile that `serve` and `test`
/// use: the first build compiles everything once more, about 30 minutes on two cores. To try something out, use
/// `cargo xtask serve`.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  cargo xtask build                   for the CPU
  cargo xtask build --features cuda   for NVIDIA GPUs as well")]
pub(crate) struct BuildArgs {
    /// Cargo features of the server, comma-separated
    #[arg(long, value_name = "FEATURES")]
    features: Option<String>,
}

pub(crate) fn run(workspace: &Workspace, args: &BuildArgs) -> anyhow::Result<()> {
    let built = serve::build(workspace, "dist", args.features.as_deref())?;
    println!("binary: {}", built.program.display());
    println!("pages:  {} (the binary looks for them where VASARI_SITE_ROOT points)", built.site.display());
    Ok(())
}
