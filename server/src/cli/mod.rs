//! The command line: one file a command.

mod arena;
mod backup;
mod caption;
mod caption_dataset;
mod completions;
mod config;
mod convert;
mod dataset;
mod draw;
mod duplicates;
mod export;
mod gallery;
mod health;
mod import;
mod job_progress;
mod jobs;
mod key;
mod local;
mod man;
mod metrics;
mod migrate;
mod pictures;
mod postgres_program;
mod progress;
mod reindex;
mod remote;
mod restore;
mod review;
mod selection;
mod serve;
mod table;
mod tasks;
mod transfer;
mod user;

use std::{ffi::OsString, path::Path, process::ExitCode};

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use progress::progress_bar;

use crate::{
    config::{ConfigFile, move_keys},
    version,
};

/// Captions images with Florence-2.
#[derive(Debug, Parser)]
#[command(
    name = "vasari",
    version,
    long_version = version::in_full(),
    after_help = "Try it:\n  vasari serve                      a page to drop pictures into, and an HTTP API\n  \
                  vasari caption photo.jpg          one caption, here and now\n  \
                  vasari caption photo.jpg --task od --draw boxes.png\n  \
                  vasari convert captions.jsonl captions.csv\n\n\
                  Flags may be spelled with dashes or underscores: --num-beams is --num_beams."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(Box<serve::ServeCommand>),
    Gallery(Box<gallery::GalleryCommand>),
    Health(Box<health::HealthCommand>),
    Caption(Box<caption::CaptionCommand>),
    CaptionDataset(Box<caption_dataset::CaptionDatasetCommand>),
    Jobs(jobs::JobsCommand),
    Review(Box<review::ReviewCommand>),
    Convert(convert::ConvertCommand),
    Dataset(Box<dataset::DatasetCommand>),
    Import(Box<import::ImportCommand>),
    Export(Box<export::ExportCommand>),
    Metrics(Box<metrics::MetricsCommand>),
    Arena(Box<arena::ArenaCommand>),
    Duplicates(Box<duplicates::DuplicatesCommand>),
    Tasks(tasks::TasksCommand),
    Migrate(migrate::MigrateCommand),
    User(user::UserCommand),
    Key(key::KeyCommand),
    Backup(backup::BackupCommand),
    Restore(restore::RestoreCommand),
    Reindex(reindex::ReindexCommand),
    Config(config::ConfigCommand),
    Completions(completions::CompletionsCommand),
    Man(man::ManCommand),
}

/// Parses the command line and does what it says.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let arguments = with_dashes(std::env::args_os());
    move_keys(&arguments);
    let (matches, file) = match parse(&arguments) {
        Ok(parsed) => parsed?,
        Err(error) => {
            error.print()?;
            let is_check = arguments.get(1).is_some_and(|command| command == "config");
            // Everything that a check finds has the same status.
            let status = if is_check { error.exit_code().min(1) } else { error.exit_code() };
            return Ok(ExitCode::from(status as u8));
        }
    };
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        Command::Serve(command) => command.run(),
        Command::Gallery(command) => command.run(),
        Command::Health(command) => command.run(),
        Command::Caption(command) => command.run(),
        Command::CaptionDataset(command) => command.run(),
        Command::Jobs(command) => command.run(),
        Command::Review(command) => command.run(),
        Command::Convert(command) => command.run(),
        Command::Dataset(command) => command.run(),
        Command::Import(command) => Ok(command.run()),
        Command::Export(command) => Ok(command.run()),
        Command::Metrics(command) => command.run(),
        Command::Arena(command) => command.run(),
        Command::Duplicates(command) => command.run(),
        Command::Tasks(_) => Ok(tasks::TasksCommand::run()),
        Command::Migrate(command) => command.run(),
        Command::User(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Reindex(command) => command.run(),
        Command::Config(command) => {
            let (_, matches) = matches.subcommand().expect("it is the subcommand that was parsed. This is a bug.");
            command.run(matches, file.as_ref())
        }
        Command::Completions(command) => command.run(Cli::command()),
        Command::Man(command) => command.run(Cli::command()),
    }
}

/// What the arguments say, and the TOML file that they name, whose values stand where the arguments and the environment
/// say nothing.
///
/// The outer error is the parser's, which prints itself.
fn parse(arguments: &[OsString]) -> Result<anyhow::Result<(ArgMatches, Option<ConfigFile>)>, clap::Error> {
    let matches = Cli::command().try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;
    let Some(path) = cli.command.config_file() else { return Ok(Ok((matches, None))) };
    let file = match ConfigFile::read(path) {
        Ok(file) => file,
        Err(error) => return Ok(Err(error.into())),
    };
    let matches = file.apply(Cli::command()).try_get_matches_from(arguments)?;
    Ok(Ok((matches, Some(file))))
}

impl Command {
    /// The TOML file that the command was given.
    fn config_file(&self) -> Option<&Path> {
        let file = match self {
            Self::Serve(command) => &command.file,
            Self::Gallery(command) => &command.file,
            Self::Health(command) => &command.file,
            Self::Caption(command) => &command.file,
            Self::CaptionDataset(command) => &command.local.file,
            Self::Jobs(command) => &command.local().file,
            Self::Review(command) => &command.local().file,
            Self::Migrate(command) => &command.file,
            Self::Dataset(command) => &command.local().file,
            Self::Import(command) => &command.local.file,
            Self::Export(command) => &command.local.file,
            Self::Metrics(command) => &command.local().file,
            Self::Arena(command) => &command.local().file,
            Self::Duplicates(command) => &command.place.local.file,
            Self::User(command) => &command.local().file,
            Self::Key(command) => &command.local().file,
            Self::Backup(command) => &command.local.file,
            Self::Restore(command) => &command.local.file,
            Self::Reindex(command) => &command.local.file,
            Self::Config(config::ConfigCommand { command: config::ConfigSubcommand::Check(command) }) => &command.file,
            _ => return None,
        };
        file.path.as_deref()
    }
}

/// The arguments with every flag spelled in dashes: clients of the earlier servers write `--model_path`.
fn with_dashes(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut flags_are_over = false;
    let respell = |argument: OsString| {
        let Some(text) = argument.to_str().filter(|text| text.starts_with("--") && !flags_are_over) else {
            return argument;
        };
        flags_are_over = text == "--";
        let (flag, value) = text.find('=').map_or((text, ""), |equals| text.split_at(equals));
        format!("{}{value}", flag.replace('_', "-")).into()
    };
    arguments.map(respell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respelled(arguments: &[&str]) -> Vec<OsString> {
        with_dashes(arguments.iter().map(OsString::from))
    }

    #[test]
    fn definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_may_be_spelled_with_underscores() {
        let arguments = ["vasari", "serve", "--model_path=./my_model", "--num_beams", "1", "a_b.png", "--", "--x_y"];
        let expected = ["vasari", "serve", "--model-path=./my_model", "--num-beams", "1", "a_b.png", "--", "--x_y"];
        assert_eq!(respelled(&arguments), expected.map(OsString::from));
    }

    #[test]
    fn flags_of_the_earlier_servers_are_understood() {
        let line = "vasari serve --model_path ./checkpoints --host 0.0.0.0 --port 8001 --workers 4 --timeout 60 \
                    --max_request_size 20MB --batch_size 8 --device cpu --precision fp32 --max_length 128 \
                    --temperature 0.8 --top_p 0.9 --num_beams 1 --api_key a --ssl_cert a.pem --ssl_key b.pem \
                    --log_level debug --log_file out.log --log_format json --enable_metrics --debug \
                    --enable_profiling --profile_output ./profiles/ --offload_to_cpu --enable_tasks --max_workers 2";
        for line in [line.to_owned(), line.replace('_', "-")] {
            let parsed = Cli::try_parse_from(with_dashes(line.split_whitespace().map(OsString::from)));
            assert!(parsed.is_ok(), "{parsed:?}");
        }
    }
}
