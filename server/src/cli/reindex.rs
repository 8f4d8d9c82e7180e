//! `vasari reindex`.

use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use time::OffsetDateTime;
use vasari_storage::{
    Database, Reader,
    search::{SearchIndex, SearchIndexBuild},
};

use super::{
    job_progress::{JobProgress, follow_here},
    local::{LocalArgs, record},
    progress::progress_bar,
    remote::Remote,
    transfer::outcome,
};
use crate::config::RemoteConfig;

/// How often the bar moves.
const TICK: Duration = Duration::from_millis(200);

/// Builds the search index anew from the database.
///
/// It is never needed for what is written: a server keeps its index up to date, and builds it by itself where it is missing
/// or damaged. Where a server runs on the data folder, or with `--server`, it is a job, which reaches every server of the
/// database; each goes on answering from its old index meanwhile. Stopping this command doesn't stop the job.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari reindex                                the index in the data folder\n  \
    vasari reindex --data-dir /srv/vasari --json\n  \
    vasari reindex --server https://vasari.example.org --key vas_…   those of its servers")]
pub(super) struct ReindexCommand {
    #[command(flatten)]
    remote: RemoteConfig,
    #[command(flatten)]
    pub(super) local: LocalArgs,
}

/// What was done.
struct Rebuilt {
    images: u64,
    /// The servers' job, where they did it.
    job: Option<String>,
}

impl ReindexCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Rebuilt { images, job } = match Remote::new(&self.remote)? {
            Some(remote) => ask(&remote)?,
            None => self.rebuild_here()?,
        };
        if self.local.json {
            println!("{}", json!({ "indexed": images, "job": job }));
        } else {
            let job = job.map(|id| format!(" ({id})")).unwrap_or_default();
            println!("The index was built: {images} pictures{job}.");
        }
        Ok(ExitCode::SUCCESS)
    }

    fn rebuild_here(&self) -> anyhow::Result<Rebuilt> {
        let index = SearchIndex::in_folder(self.local.search_folder()).context("the search index needs threads")?;
        self.local.with_database(async |database| {
            let progress = progress_bar(0, "pictures");
            let build = index.rebuild(database);
            tokio::pin!(build);
            let outcome = loop {
                tokio::select! {
                    ended = &mut build => break ended?,
                    () = tokio::time::sleep(TICK) => {
                        let status = index.status();
                        progress.set_length(status.total.unwrap_or(0));
                        progress.set_position(status.indexed);
                    }
                }
            };
            progress.finish_and_clear();
            match outcome {
                SearchIndexBuild::Done { images } => Ok(Rebuilt { images, job: None }),
                SearchIndexBuild::Taken => have_it_built(database).await,
            }
        })
    }
}

/// Has the servers of the database do it.
async fn have_it_built(database: &Database) -> anyhow::Result<Rebuilt> {
    let job = database.create_reindex_job(&Reader::operator(), OffsetDateTime::now_utc()).await?;
    let job = job.context("the job is gone")?;
    record(database, "job.create", job.id, json!({ "kind": "reindex" })).await?;
    eprintln!("A server runs on this folder and builds the index, as the job {}.", job.id);
    rebuilt(&follow_here(database, job.id).await?)
}

fn ask(remote: &Remote) -> anyhow::Result<Rebuilt> {
    let job = remote.post("search/reindex", &json!({}))?;
    let id = job["id"].as_str().context("the server's answer names no job")?;
    let progress = JobProgress::default();
    rebuilt(&remote.follow(id, |job| progress.tell(job))?)
}

fn rebuilt(job: &Value) -> anyhow::Result<Rebuilt> {
    let images = outcome(job)?["images"].as_u64().context("the job tells no count")?;
    Ok(Rebuilt { images, job: job["id"].as_str().map(str::to_owned) })
}
