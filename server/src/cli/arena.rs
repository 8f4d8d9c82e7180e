//! `vasari arena`.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use vasari_storage::{Database, Reader, jobs::ImageSelection};

use super::{
    local::LocalArgs,
    remote::{PlaceArgs, Remote},
    selection::{SelectionArgs, find_images},
    table::print_table,
    transfer::find_dataset,
};
use crate::api::v1::board::{VoteResponse, count_board};

/// How many votes are read at a time.
const PAGE: i64 = 1000;

/// Tells what came of the arena, where people vote on two captions without knowing whose they are.
///
/// Works on the database of the data folder, on the one that `--database-url` names, or, with `--server`, through a server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari arena board birds                           sources, the most preferred first\n  \
    vasari arena board birds --query 'name:holiday'    by the votes about some of the images\n  \
    vasari arena votes birds > votes.jsonl             every vote with its texts, to count in another way\n  \
    vasari arena board birds --server https://vasari.example.org --key vas_…")]
pub(super) struct ArenaCommand {
    #[command(subcommand)]
    command: ArenaSubcommand,
}

#[derive(Debug, Subcommand)]
enum ArenaSubcommand {
    /// Ranks the sources by what people prefer.
    ///
    /// Scores are Bradley-Terry strengths: 1000 for a source like the others, 400 more means preferred ten times as often. The
    /// interval holds the score in 95 of 100 redrawings of the votes.
    Board(BoardCommand),
    /// Writes all votes, the newest first: one JSON object a line.
    Votes(VotesCommand),
}

#[derive(Debug, Args)]
struct BoardCommand {
    /// The dataset's slug.
    dataset: String,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct VotesCommand {
    /// The dataset's slug.
    dataset: String,
    #[command(flatten)]
    place: PlaceArgs,
}

impl ArenaCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        match &self.command {
            ArenaSubcommand::Board(command) => &command.place.local,
            ArenaSubcommand::Votes(command) => &command.place.local,
        }
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            ArenaSubcommand::Board(command) => command.run()?,
            ArenaSubcommand::Votes(command) => command.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl BoardCommand {
    fn run(self) -> anyhow::Result<()> {
        let board = match Remote::new(&self.place.remote)? {
            Some(remote) => {
                let query = self.selection.parameters([]);
                let found = remote.find(&format!("datasets/{}/board{query}", self.dataset))?;
                found.with_context(|| unseen(&remote, &self.dataset))?
            }
            None => self.place.local.with_database(async |database| self.count(database).await)?,
        };
        if self.place.local.json {
            println!("{board}");
        } else {
            print(&board);
        }
        Ok(())
    }

    async fn count(&self, database: &Database) -> anyhow::Result<Value> {
        find_dataset(database, &self.dataset).await?;
        let images = ImageSelection::from(self.selection.clone());
        let among = find_images(&self.place.local, database, &self.dataset, &images).await?;
        let votes =
            database.count_votes(&Reader::operator(), &self.dataset, &images.filter(), among.as_deref()).await?;
        let votes = votes.context("the dataset has gone meanwhile")?;
        Ok(json!(count_board(votes).await))
    }
}

impl VotesCommand {
    fn run(self) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        match Remote::new(&self.place.remote)? {
            Some(remote) => {
                remote.find(&format!("datasets/{}", self.dataset))?.with_context(|| unseen(&remote, &self.dataset))?;
                let path = format!("datasets/{}/votes", self.dataset);
                remote.for_each(&path, |vote| Ok(writeln!(out, "{vote}")?))
            }
            None => self.place.local.with_database(async |database| {
                find_dataset(database, &self.dataset).await?;
                let mut before = None;
                loop {
                    let page = database.list_votes(&Reader::operator(), &self.dataset, before, PAGE).await?;
                    let page = page.context("the dataset has gone meanwhile")?;
                    let Some(last) = page.last() else { return Ok(()) };
                    before = Some(last.comparison);
                    for vote in page {
                        writeln!(out, "{}", json!(VoteResponse::from(vote)))?;
                    }
                }
            }),
        }
    }
}

fn unseen(remote: &Remote, dataset: &str) -> String {
    format!("{} has no dataset {dataset:?} that you can see", remote.address())
}

/// The board for people, from the answer of the API.
fn print(board: &Value) {
    let sources = board["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    let people = if board["voters"] == 1 { "person" } else { "people" };
    println!("{} votes from {} {people}", board["votes"], board["voters"]);
    if sources.is_empty() {
        return;
    }
    let whole = |value: &Value| value.as_f64().map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"));
    let rows = sources.iter().map(|source| {
        let (wins, comparisons) =
            (source["wins"].as_f64().unwrap_or(0.0), source["comparisons"].as_f64().unwrap_or(0.0));
        vec![
            source["source"].as_str().unwrap_or_default().to_owned(),
            whole(&source["score"]),
            format!("{} to {}", whole(&source["low"]), whole(&source["high"])),
            whole(&source["comparisons"]),
            format!("{:.0} %", wins / comparisons.max(1.0) * 100.0),
        ]
    });
    println!();
    print_table(&["SOURCE", "SCORE", "95 % INTERVAL", "COMPARED", "PREFERRED"], rows);
    let agreement = &board["agreement"];
    if let Some(observed) = agreement["observed"].as_f64() {
        let alpha =
            agreement["alpha"].as_f64().map_or_else(String::new, |alpha| format!(" (Krippendorff's alpha {alpha:.2})"));
        println!(
            "\nOf {} pairs that several people judged they said the same in {:.0} %{alpha}.",
            agreement["comparisons"],
            observed * 100.0
        );
    }
}
