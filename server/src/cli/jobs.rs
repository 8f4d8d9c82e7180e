//! `vasari jobs`.

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{Database, Reader, datasets::Permitted};

use super::{
    job_progress::{JobProgress, follow_here, unknown_job},
    local::LocalArgs,
    remote::{PlaceArgs, Remote},
};
use crate::api::v1::jobs::{FailedItemResponse, JobResponse};

/// How many rows are read at a time.
const PAGE: i64 = 500;

/// Lists, follows, stops and takes up long work: captioning, imports, exports, bulk edits, new search
/// indexes.
///
/// Works on the database of the data folder, on the one that `--database-url` names, or, with `--server`, through a server.
/// Jobs are done by servers; a job goes on when one starts.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari jobs list\n  \
    vasari jobs watch 01890a5d-ac96-774b-bcce-b302099a8057     a progress bar until it ends\n  \
    vasari jobs errors 01890a5d-ac96-774b-bcce-b302099a8057    what failed, and why\n  \
    vasari jobs resume 01890a5d-ac96-774b-bcce-b302099a8057    try that again, or go on after a stop\n  \
    vasari jobs rollback 01890a5d-ac96-774b-bcce-b302099a8057  what a bulk edit changed becomes as it was\n  \
    vasari jobs list --server https://vasari.example.org --key vas_…\n\n\
    Exit status of watch: 0 when the job succeeded, 1 when it failed, was stopped, or items of it failed.")]
pub(super) struct JobsCommand {
    #[command(subcommand)]
    command: JobsSubcommand,
}

#[derive(Debug, Subcommand)]
enum JobsSubcommand {
    /// Lists jobs, the newest first.
    List(ListCommand),
    /// Shows a job.
    Show(OneCommand),
    /// Follows a job until it ends.
    Watch(OneCommand),
    /// Stops a job. What is done stays, and it can be taken up again.
    Cancel(OneCommand),
    /// Takes a job up again that was stopped or has failed; items that failed are tried once more.
    Resume(OneCommand),
    /// Makes what a bulk edit changed as it was, except what somebody has changed since. A rollback is rolled back likewise.
    Rollback(OneCommand),
    /// Lists what failed of a job.
    Errors(OneCommand),
}

#[derive(Debug, Args)]
struct ListCommand {
    /// Only of this dataset.
    #[arg(long)]
    dataset: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct OneCommand {
    /// Its id, as `vasari jobs list` prints it.
    id: Uuid,
    #[command(flatten)]
    place: PlaceArgs,
}

/// What is done with one job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Show,
    Watch,
    Cancel,
    Resume,
    Rollback,
}

impl JobsCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        match &self.command {
            JobsSubcommand::List(command) => &command.place.local,
            JobsSubcommand::Show(command)
            | JobsSubcommand::Watch(command)
            | JobsSubcommand::Cancel(command)
            | JobsSubcommand::Resume(command)
            | JobsSubcommand::Rollback(command)
            | JobsSubcommand::Errors(command) => &command.place.local,
        }
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            JobsSubcommand::List(command) => command.run(),
            JobsSubcommand::Show(command) => command.run(Verb::Show),
            JobsSubcommand::Watch(command) => command.run(Verb::Watch),
            JobsSubcommand::Cancel(command) => command.run(Verb::Cancel),
            JobsSubcommand::Resume(command) => command.run(Verb::Resume),
            JobsSubcommand::Rollback(command) => command.run(Verb::Rollback),
            JobsSubcommand::Errors(command) => command.list_errors(),
        }
    }
}

impl ListCommand {
    fn run(self) -> anyhow::Result<ExitCode> {
        let dataset = self.dataset.as_deref();
        let jobs = match Remote::new(&self.place.remote)? {
            Some(remote) => {
                let jobs = remote.list("jobs")?;
                jobs.into_iter().filter(|job| dataset.is_none_or(|slug| job["dataset"] == slug)).collect()
            }
            None => self.place.local.with_database(async |database| all_jobs(database, dataset).await)?,
        };
        for job in &jobs {
            if self.place.local.json {
                println!("{job}");
            } else {
                println!("{}", line(job));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn all_jobs(database: &Database, dataset: Option<&str>) -> anyhow::Result<Vec<Value>> {
    let (mut jobs, mut before) = (Vec::new(), None);
    loop {
        let page = database.list_jobs(&Reader::operator(), dataset, before, PAGE).await?;
        let Some(last) = page.last() else { return Ok(jobs) };
        before = Some(last.id);
        jobs.extend(page.into_iter().map(|job| json!(JobResponse::from(job))));
    }
}

impl OneCommand {
    fn run(self, verb: Verb) -> anyhow::Result<ExitCode> {
        let job = match Remote::new(&self.place.remote)? {
            Some(remote) => self.ask(&remote, verb)?,
            None => self.place.local.with_database(async |database| self.find(database, verb).await)?,
        };
        if self.place.local.json {
            println!("{job}");
        } else {
            println!("{}", line(&job));
            if let Some(error) = job["error"].as_str() {
                eprintln!("vasari: {error}");
            }
        }
        let is_well = job["state"] == "succeeded" && job["failed"] == 0;
        Ok(if verb != Verb::Watch || is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn ask(&self, remote: &Remote, verb: Verb) -> anyhow::Result<Value> {
        match verb {
            Verb::Show => remote.get(&format!("jobs/{}", self.id)),
            Verb::Watch => {
                let progress = JobProgress::default();
                remote.follow(&self.id.to_string(), |job| progress.tell(job))
            }
            Verb::Cancel => remote.post(&format!("jobs/{}/cancel", self.id), &json!({})),
            Verb::Resume => remote.post(&format!("jobs/{}/resume", self.id), &json!({})),
            Verb::Rollback => remote.post(&format!("jobs/{}/rollback", self.id), &json!({})),
        }
    }

    async fn find(&self, database: &Database, verb: Verb) -> anyhow::Result<Value> {
        let reader = Reader::operator();
        let outcome = match verb {
            Verb::Watch => return follow_here(database, self.id).await,
            Verb::Cancel => database.cancel_job(&reader, self.id, OffsetDateTime::now_utc()).await?,
            Verb::Resume => database.resume_job(&reader, self.id).await?,
            Verb::Rollback => {
                let job = database.find_job(&reader, self.id).await?.ok_or_else(|| unknown_job(self.id))?;
                if !job.request.can_roll_back() {
                    bail!("{} is no bulk edit, and only those can be rolled back", self.id);
                }
                if !job.state.is_final() {
                    bail!("{} goes on: stop it first with `vasari jobs cancel`, or wait until it has ended", self.id);
                }
                database.roll_back_job(&reader, self.id, OffsetDateTime::now_utc()).await?
            }
            Verb::Show => {
                let job = database.find_job(&reader, self.id).await?;
                job.map_or(Permitted::Unknown, Permitted::Done)
            }
        };
        let Permitted::Done(job) = outcome else { return Err(unknown_job(self.id)) };
        Ok(json!(JobResponse::from(job)))
    }

    fn list_errors(self) -> anyhow::Result<ExitCode> {
        let items = match Remote::new(&self.place.remote)? {
            Some(remote) => remote.list(&format!("jobs/{}/errors", self.id))?,
            None => self.place.local.with_database(async |database| self.all_errors(database).await)?,
        };
        for item in &items {
            if self.place.local.json {
                println!("{item}");
            } else {
                let label = item["label"].as_str().map_or_else(|| item["position"].to_string(), str::to_owned);
                println!("{label}: {}", item["error"].as_str().unwrap_or_default());
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn all_errors(&self, database: &Database) -> anyhow::Result<Vec<Value>> {
        let (mut items, mut after) = (Vec::new(), -1);
        loop {
            let page = database.list_failed_items(&Reader::operator(), self.id, after, PAGE).await?;
            let page = page.ok_or_else(|| unknown_job(self.id))?;
            let Some(last) = page.last() else { return Ok(items) };
            after = last.position;
            items.extend(page.into_iter().map(|item| json!(FailedItemResponse::from(item))));
        }
    }
}

/// A job in a line for people.
fn line(job: &Value) -> String {
    let text = |member: &str| job[member].as_str().unwrap_or("-").to_owned();
    let total = job["total"].as_i64().map_or_else(|| "?".to_owned(), |total| total.to_string());
    let failed = job["failed"].as_i64().filter(|failed| *failed > 0).map(|failed| format!(", {failed} failed"));
    format!(
        "{}  {:<9}  {:<9}  {:<20}  {} of {total}{}",
        text("id"),
        text("kind"),
        text("state"),
        text("dataset"),
        job["done"],
        failed.unwrap_or_default()
    )
}
