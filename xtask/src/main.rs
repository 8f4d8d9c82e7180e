//! `cargo xtask`: Vasari's own commands, from the first look to what CI runs.

mod bench;
mod bench_model;
mod bench_pages;
mod bench_serve;
mod bench_storage;
mod book;
mod clients;
mod dist;
mod figures;
mod folders;
mod fuzz;
mod messages;
mod parity;
mod progress;
mod queries;
mod reference;
mod serve;
mod site;
mod test;
mod tools;
mod workspace;

use clap::{Parser, Subcommand};

use workspace::Workspace;

/// Vasari's own commands.
///
/// New here? `cargo xtask serve` builds Vasari and prints a page to open; `cargo xtask test` runs all that CI runs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Test(test::TestArgs),
    Dist(dist::DistArgs),
    Docs(book::DocsArgs),
    Bench(bench::BenchArgs),
    Parity(parity::ParityArgs),
    Fuzz(fuzz::FuzzArgs),
    Queries(queries::QueriesArgs),
    Clients(clients::ClientsArgs),
    Messages(messages::MessagesArgs),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let workspace = Workspace::locate()?;
    match &cli.command {
        Command::Serve(args) => serve::run(&workspace, args),
        Command::Test(args) => test::run(&workspace, args),
        Command::Dist(args) => dist::run(&workspace, args),
        Command::Docs(args) => book::run(&workspace, args),
        Command::Bench(args) => bench::run(&workspace, args),
        Command::Parity(args) => parity::run(&workspace, args),
        Command::Fuzz(args) => fuzz::run(&workspace, args),
        Command::Queries(args) => queries::run(&workspace, args),
        Command::Clients(args) => clients::run(&workspace, args),
        Command::Messages(args) => messages::run(&workspace, args),
    }
}
