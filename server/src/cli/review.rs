//! `vasari review`.

use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::form_urlencoded::byte_serialize;
use vasari_app::plural;
use vasari_storage::{
    Database, Reader,
    datasets::Permitted,
    jobs::ImageSelection,
    review::{Assigned, AssignmentFilter, NewAssignments},
};

use super::{
    local::{LocalArgs, record},
    remote::{PlaceArgs, Remote},
    selection::{SelectionArgs, find_images},
    transfer::find_dataset,
};
use crate::api::v1::{
    review_assignments::{AssignResponse, AssignmentResponse},
    review_progress::ReviewProgressResponse,
};

/// How many rows are read at a time.
const PAGE: i64 = 500;

/// Tells how far the review of a dataset is, and assigns images to people who review.
///
/// Works on the database of the data folder, on the one that `--database-url` names, or, with `--server`, through a server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari review progress birds\n  \
    vasari review assign birds --to anna --to ben --status submitted    half of what waits to each\n  \
    vasari review assign birds --to anna --query 'dog' --limit 200      the first 200 that a search finds\n  \
    vasari review assignments birds --of anna\n  \
    vasari review unassign birds --of anna --server https://vasari.example.org --key vas_…")]
pub(super) struct ReviewCommand {
    #[command(subcommand)]
    command: ReviewSubcommand,
}

#[derive(Debug, Subcommand)]
enum ReviewSubcommand {
    /// Tells how many captions wait and are decided, and who decided how many.
    Progress(ProgressCommand),
    /// Assigns images to people who may review.
    Assign(AssignCommand),
    /// Takes assignments back.
    Unassign(UnassignCommand),
    /// Lists what is assigned to whom.
    Assignments(AssignmentsCommand),
}

#[derive(Debug, Args)]
struct ProgressCommand {
    /// The dataset's slug.
    dataset: String,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct AssignCommand {
    /// The dataset's slug.
    dataset: String,
    /// Reviewers or owners of the dataset, by name; may be given several times. They get even shares.
    #[arg(long, value_name = "NAME", required = true)]
    to: Vec<String>,
    /// At most so many images, those first that were added first.
    #[arg(long, value_name = "IMAGES")]
    limit: Option<u32>,
    /// Also takes images from who has them.
    #[arg(long)]
    reassign: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct UnassignCommand {
    /// The dataset's slug.
    dataset: String,
    /// Only this person's.
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct AssignmentsCommand {
    /// The dataset's slug.
    dataset: String,
    /// Only this person's.
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl ReviewCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        match &self.command {
            ReviewSubcommand::Progress(command) => &command.place.local,
            ReviewSubcommand::Assign(command) => &command.place.local,
            ReviewSubcommand::Unassign(command) => &command.place.local,
            ReviewSubcommand::Assignments(command) => &command.place.local,
        }
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            ReviewSubcommand::Progress(command) => command.run(),
            ReviewSubcommand::Assign(command) => command.run(),
            ReviewSubcommand::Unassign(command) => command.run(),
            ReviewSubcommand::Assignments(command) => command.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl ProgressCommand {
    fn run(self) -> anyhow::Result<()> {
        let progress = match Remote::new(&self.place.remote)? {
            Some(remote) => remote.get(&format!("datasets/{}/review/progress", self.dataset))?,
            None => self.place.local.with_database(async |database| self.count(database).await)?,
        };
        if self.place.local.json {
            println!("{progress}");
            return Ok(());
        }
        let captions = &progress["captions"];
        let share = progress["share"].as_f64().map(|share| format!(", {:.0} % decided", share * 100.0));
        println!(
            "{} submitted, {} approved, {} rejected, {} draft{}",
            captions["submitted"],
            captions["approved"],
            captions["rejected"],
            captions["draft"],
            share.unwrap_or_default()
        );
        for person in progress["people"].as_array().into_iter().flatten() {
            println!(
                "{:<24}  {} today, {} approved, {} rejected, {} to look at",
                person["name"].as_str().unwrap_or_default(),
                person["today"],
                person["approved"],
                person["rejected"],
                person["assigned"]
            );
        }
        Ok(())
    }

    async fn count(&self, database: &Database) -> anyhow::Result<Value> {
        find_dataset(database, &self.dataset).await?;
        let progress = database.review_progress(&Reader::operator(), &self.dataset, OffsetDateTime::now_utc()).await?;
        Ok(json!(ReviewProgressResponse::from(done(progress)?)))
    }
}

impl AssignCommand {
    fn run(self) -> anyhow::Result<()> {
        let selection = ImageSelection::from(self.selection.clone());
        let assigned = match Remote::new(&self.place.remote)? {
            Some(remote) => {
                let mut body = json!({ "images": selection, "to": self.to, "reassign": self.reassign });
                if let Some(limit) = self.limit {
                    body["limit"] = json!(limit);
                }
                remote.post(&format!("datasets/{}/review/assignments", self.dataset), &body)?
            }
            None => self.place.local.with_database(async |database| self.assign(database, &selection).await)?,
        };
        if self.place.local.json {
            println!("{assigned}");
            return Ok(());
        }
        for share in assigned["shares"].as_array().into_iter().flatten() {
            let images = plural!(share["images"].as_u64().unwrap_or_default(), "{n} image", "{n} images");
            println!("{:<24}  {images}", share["reviewer"].as_str().unwrap_or_default());
        }
        Ok(())
    }

    async fn assign(&self, database: &Database, selection: &ImageSelection) -> anyhow::Result<Value> {
        let dataset = find_dataset(database, &self.dataset).await?;
        let new = NewAssignments {
            images: selection.filter(),
            among: among(&self.place.local, database, &self.dataset, selection).await?,
            to: self.to.clone(),
            limit: self.limit.map(i64::from),
            reassign: self.reassign,
        };
        let (reader, now) = (Reader::operator(), OffsetDateTime::now_utc());
        match done(database.assign_reviews(&reader, &self.dataset, new, now).await?)? {
            Assigned::Done(shares) => {
                let response = AssignResponse::of(shares);
                let detail = json!({ "to": self.to, "images": response.assigned, "reassign": self.reassign });
                record(database, "review.assign", dataset.id, detail).await?;
                Ok(json!(response))
            }
            Assigned::NoReviewers(names) => {
                bail!("these are no reviewers or owners of {:?}: {}", self.dataset, names.join(", "))
            }
        }
    }
}

impl UnassignCommand {
    fn run(self) -> anyhow::Result<()> {
        let selection = ImageSelection::from(self.selection.clone());
        let ended = match Remote::new(&self.place.remote)? {
            Some(remote) => {
                let body = json!({ "images": selection, "of": self.of });
                remote.post(&format!("datasets/{}/review/assignments/end", self.dataset), &body)?
            }
            None => self.place.local.with_database(async |database| self.end(database, &selection).await)?,
        };
        if self.place.local.json {
            println!("{ended}");
        } else {
            println!(
                "{} taken back",
                plural!(ended["ended"].as_u64().unwrap_or_default(), "{n} assignment", "{n} assignments")
            );
        }
        Ok(())
    }

    async fn end(&self, database: &Database, selection: &ImageSelection) -> anyhow::Result<Value> {
        let dataset = find_dataset(database, &self.dataset).await?;
        let among = among(&self.place.local, database, &self.dataset, selection).await?;
        let filter = AssignmentFilter { reviewer: self.of.clone(), images: selection.filter(), among };
        let ended = done(database.end_assignments(&Reader::operator(), &self.dataset, &filter).await?)?;
        record(database, "review.unassign", dataset.id, json!({ "of": self.of, "images": ended })).await?;
        Ok(json!({ "ended": ended }))
    }
}

impl AssignmentsCommand {
    fn run(self) -> anyhow::Result<()> {
        let list = match Remote::new(&self.place.remote)? {
            Some(remote) => {
                let of =
                    self.of.as_ref().map(|of| format!("?of={}", byte_serialize(of.as_bytes()).collect::<String>()));
                remote.list(&format!("datasets/{}/review/assignments{}", self.dataset, of.unwrap_or_default()))?
            }
            None => self.place.local.with_database(async |database| self.list(database).await)?,
        };
        for assignment in &list {
            if self.place.local.json {
                println!("{assignment}");
            } else {
                let text = |member: &str| assignment[member].as_str().unwrap_or_default().to_owned();
                println!("{:<24}  {}", text("reviewer_name"), text("file_name"));
            }
        }
        Ok(())
    }

    async fn list(&self, database: &Database) -> anyhow::Result<Vec<Value>> {
        find_dataset(database, &self.dataset).await?;
        let (reader, of) = (Reader::operator(), self.of.as_deref());
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = done(database.list_assignments(&reader, &self.dataset, of, after, PAGE).await?)?;
            let Some(last) = page.last() else { return Ok(items) };
            after = Some(last.image.id);
            items.extend(page.into_iter().map(|assignment| json!(AssignmentResponse::from(assignment))));
        }
    }
}

/// The images that a selection searches for; none where it doesn't.
async fn among(
    local: &LocalArgs,
    database: &Database,
    dataset: &str,
    selection: &ImageSelection,
) -> anyhow::Result<Option<Vec<uuid::Uuid>>> {
    find_images(local, database, dataset, selection).await
}

/// What was done. Whoever runs the program may do all; what is not there has gone meanwhile.
fn done<T>(outcome: Permitted<T>) -> anyhow::Result<T> {
    match outcome {
        Permitted::Done(value) => Ok(value),
        _ => bail!("the dataset has gone meanwhile"),
    }
}
