//! `vasari reindex`.

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Args;
use serde_json::json;
use vasari_storage::search::{SearchIndex, SearchIndexBuild};

use super::{local::LocalArgs, progress::progress_bar};

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(200);

/// Builds the search index anew from the database.
///
/// It is never needed for what is written: a server keeps its index up to date, and builds it by itself where it is missing
/// or damaged. Where a server runs on the data folder, it is told to do so, and goes on answering from the old index
/// meanwhile; `/health` tells how far it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari reindex                                the index in the data folder\n  \
    vasari reindex --data-dir /srv/vasari --json")]
pub(super) struct ReindexCommand {
    #[command(flatten)]
    pub(super) local: LocalArgs,
}

impl ReindexCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let index = SearchIndex::in_folder(self.local.search_folder()).context("the search index needs threads")?;
        let built = self.local.with_database(async |database| {
            let progress = progress_bar(0, "pictures");
            let build = index.rebuild(database);
            tokio::pin!(build);
            let outcome = loop {
                tokio::select! {
                    ended = &mut build => break ended,
                    () = tokio::time::sleep(TICK) => {
                        let status = index.status();
                        progress.set_length(status.total.unwrap_or(0));
                        progress.set_position(status.indexed);
                    }
                }
            };
            progress.finish_and_clear();
            Ok(outcome?)
        })?;
        match built {
            SearchIndexBuild::Done { images } if self.local.json => {
                println!("{}", json!({ "indexed": images, "asked_server": false }));
            }
            SearchIndexBuild::Done { images } => println!("The index was built: {images} pictures."),
            SearchIndexBuild::Asked if self.local.json => {
                println!("{}", json!({ "indexed": null, "asked_server": true }));
            }
            SearchIndexBuild::Asked => {
                println!("A server runs on this folder. It builds the index now; /health tells how far it is.");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
