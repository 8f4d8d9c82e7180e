//! `vasari dataset`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use vasari_storage::{
    Database, DatasetFolder, Reader,
    datasets::{Dataset, Permitted, Role},
    formats::{CaptionRow, Picture},
    members::Member,
    transfer::{ImportCounts, ImportTarget, Importer},
};

use super::{
    import::local_pictures,
    local::{LocalArgs, find_user, record},
    progress::progress_bar,
    remote::{PlaceArgs, Remote},
    transfer::{find_dataset, make_dataset, name_of, new_dataset},
};
use crate::api::v1::imports::DEFAULT_SOURCE;

/// How many datasets are read at a time.
const PAGE: i64 = 500;

/// How many pictures one transaction adds.
const IMAGES_AT_ONCE: usize = 100;

/// Makes, lists, shows and deletes datasets, adds pictures, and says who may work on them.
///
/// Works on the database of the data folder, or on the one that `--database-url` names, whether a server runs or not; with
/// --server on that server, in the name of whose key it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari dataset create birds --name Birds --owner anna\n  \
    vasari dataset add-images birds photos/ one.jpg\n  \
    vasari dataset members birds --set bert=annotator\n  \
    vasari dataset list --json --server https://vasari.example.org\n  \
    vasari dataset delete birds --yes")]
pub(super) struct DatasetCommand {
    #[command(subcommand)]
    command: DatasetSubcommand,
}

#[derive(Debug, Subcommand)]
enum DatasetSubcommand {
    List(ListCommand),
    Create(CreateCommand),
    Show(ShowCommand),
    Delete(DeleteCommand),
    AddImages(AddImagesCommand),
    Members(MembersCommand),
}

/// Lists datasets, by slug.
#[derive(Debug, Args)]
struct ListCommand {
    #[command(flatten)]
    place: PlaceArgs,
}

/// Makes a dataset.
#[derive(Debug, Args)]
struct CreateCommand {
    /// How URLs and commands name it: small letters, digits and dashes, at most 64.
    slug: String,
    /// What people call it. Left out: the slug.
    #[arg(long)]
    name: Option<String>,
    /// Whose it is. Left out: nobody's but administrators'; on a server yours, whatever is said here.
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Shows a dataset.
#[derive(Debug, Args)]
struct ShowCommand {
    /// Its slug.
    slug: String,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Deletes a dataset with its captions and their history, for good.
#[derive(Debug, Args)]
struct DeleteCommand {
    /// Its slug.
    slug: String,
    /// Really deletes it.
    #[arg(long, required = true)]
    yes: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Adds pictures. One whose name is there already stays as it is.
#[derive(Debug, Args)]
struct AddImagesCommand {
    /// The dataset's slug.
    slug: String,
    /// Pictures, and folders of pictures.
    #[arg(required = true)]
    images: Vec<PathBuf>,
    #[command(flatten)]
    place: PlaceArgs,
}

/// Lists who may do what in a dataset, and changes it.
#[derive(Debug, Args)]
struct MembersCommand {
    /// The dataset's slug.
    slug: String,
    /// Gives somebody a role: viewer, annotator, reviewer or owner. On a server, USER is an id, or the name of a member.
    #[arg(long, value_name = "USER=ROLE", value_parser = parse_member)]
    set: Vec<(String, Role)>,
    /// Ends somebody's part in the dataset.
    #[arg(long, value_name = "USER")]
    remove: Vec<String>,
    #[command(flatten)]
    place: PlaceArgs,
}

impl DatasetCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        &self.place().local
    }

    fn place(&self) -> &PlaceArgs {
        match &self.command {
            DatasetSubcommand::List(command) => &command.place,
            DatasetSubcommand::Create(command) => &command.place,
            DatasetSubcommand::Show(command) => &command.place,
            DatasetSubcommand::Delete(command) => &command.place,
            DatasetSubcommand::AddImages(command) => &command.place,
            DatasetSubcommand::Members(command) => &command.place,
        }
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let place = self.place();
        let outcome = match Remote::new(&place.remote)? {
            Some(remote) => self.work_there(&remote)?,
            None => place.local.with_database(async |database| self.work_here(database).await)?,
        };
        for object in &outcome.objects {
            if place.local.json {
                println!("{object}");
            } else {
                println!("{}", in_words(object));
            }
        }
        Ok(if outcome.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    async fn work_here(&self, database: &Database) -> anyhow::Result<Outcome> {
        let operator = Reader::operator();
        Ok(match &self.command {
            DatasetSubcommand::List(_) => {
                let mut datasets: Vec<Dataset> = Vec::new();
                loop {
                    let after = datasets.last().map(|dataset| dataset.slug.clone());
                    let page = database.list_datasets(&operator, after.as_deref(), PAGE).await?;
                    if page.is_empty() {
                        break Outcome::of(datasets.iter().map(describe));
                    }
                    datasets.extend(page);
                }
            }
            DatasetSubcommand::Create(command) => {
                let owner = match &command.owner {
                    Some(name) => Some(find_user(database, name).await?.id),
                    None => None,
                };
                let new = new_dataset(&command.slug, command.name.as_deref());
                Outcome::of([describe(&make_dataset(database, new, owner).await?)])
            }
            DatasetSubcommand::Show(command) => Outcome::of([describe(&find_dataset(database, &command.slug).await?)]),
            DatasetSubcommand::Delete(command) => {
                find_dataset(database, &command.slug).await?;
                permitted(database.delete_dataset(&operator, &command.slug).await?)?;
                record(database, "dataset.delete", uuid::Uuid::nil(), json!({ "slug": command.slug })).await?;
                Outcome::of([json!({ "deleted": command.slug })])
            }
            DatasetSubcommand::AddImages(command) => {
                let dataset = find_dataset(database, &command.slug).await?;
                let objects = self.local().open_objects()?;
                let (source, counts) = (DEFAULT_SOURCE.to_owned(), ImportCounts::default());
                let target =
                    ImportTarget { dataset: dataset.id, reader: operator, source, job: None, is_dry_run: false };
                let mut importer = Importer::new(database, &objects, &local_pictures(), target, counts).await?;
                let files = command.files()?;
                let bar = progress_bar(files.len() as u64, "pictures");
                for rows in files.chunks(IMAGES_AT_ONCE) {
                    let row = |(name, path): &(String, PathBuf)| CaptionRow {
                        file_name: name.clone(),
                        picture: Picture::File(path.clone()),
                        ..CaptionRow::default()
                    };
                    for failed in importer.take_rows(rows.iter().map(row).collect()).await? {
                        bar.suspend(|| eprintln!("{}: {}", failed.label, failed.error));
                    }
                    bar.inc(rows.len() as u64);
                }
                bar.finish_and_clear();
                let ImportCounts { rows, failed, images_added, .. } = importer.counts();
                added(images_added, rows - failed - images_added, failed)
            }
            DatasetSubcommand::Members(command) => {
                let (slug, now) = (&command.slug, OffsetDateTime::now_utc());
                find_dataset(database, slug).await?;
                for (name, role) in command.changes() {
                    let user = find_user(database, name).await?.id;
                    permitted(database.set_member(&operator, slug, user, role, now).await?)?;
                    let detail = json!({ "dataset": slug, "role": role });
                    record(database, "dataset.set_member", user, detail).await?;
                }
                let members = database.list_members(&operator, slug).await?.unwrap_or_default();
                let member = |Member { user, name, role }| json!({ "user": user, "name": name, "role": role });
                Outcome::of(members.into_iter().map(member))
            }
        })
    }

    fn work_there(&self, remote: &Remote) -> anyhow::Result<Outcome> {
        Ok(match &self.command {
            DatasetSubcommand::List(_) => Outcome::of(remote.list("datasets")?),
            DatasetSubcommand::Create(command) => {
                let name = command.name.as_deref().unwrap_or(&command.slug);
                Outcome::of([remote.post("datasets", &json!({ "slug": command.slug, "name": name }))?])
            }
            DatasetSubcommand::Show(command) => Outcome::of([remote.get(&format!("datasets/{}", command.slug))?]),
            DatasetSubcommand::Delete(command) => {
                remote.delete(&format!("datasets/{}", command.slug))?;
                Outcome::of([json!({ "deleted": command.slug })])
            }
            DatasetSubcommand::AddImages(command) => {
                let files = command.files()?;
                let bar = progress_bar(files.len() as u64, "pictures");
                let (mut count, mut there, mut failed) = (0, 0, 0);
                for (name, path) in &files {
                    let form = ("images", name.as_str(), path.as_path());
                    let answer = remote.upload(&format!("datasets/{}/images", command.slug), &[], form, |_| ())?;
                    let result = &answer["results"][0];
                    let error = &result["error"];
                    match error["type"].as_str() {
                        None if result["already_there"] == true => there += 1,
                        None => count += 1,
                        Some("/problems/conflict") => there += 1,
                        Some(_) => {
                            failed += 1;
                            let detail = error["detail"].as_str().unwrap_or_default();
                            bar.suspend(|| eprintln!("{name}: {detail}"));
                        }
                    }
                    bar.inc(1);
                }
                bar.finish_and_clear();
                added(count, there, failed)
            }
            DatasetSubcommand::Members(command) => {
                let path = format!("datasets/{}/members", command.slug);
                for (name, role) in command.changes() {
                    let members = remote.get(&path)?;
                    let named = members.as_array().into_iter().flatten().find(|member| member["name"] == **name);
                    let user = named.and_then(|member| member["user"].as_str()).unwrap_or(name);
                    user.parse::<uuid::Uuid>().with_context(|| format!("no member is called {name:?}; give an id"))?;
                    match role {
                        Some(role) => remote.put(&format!("{path}/{user}"), &json!({ "role": role }))?,
                        None => remote.delete(&format!("{path}/{user}"))?,
                    };
                }
                Outcome::of(remote.get(&path)?.as_array().cloned().unwrap_or_default())
            }
        })
    }
}

/// What a command prints, and how much of its work failed.
struct Outcome {
    objects: Vec<Value>,
    failed: i64,
}

impl Outcome {
    fn of(objects: impl IntoIterator<Item = Value>) -> Self {
        Self { objects: objects.into_iter().collect(), failed: 0 }
    }
}

impl AddImagesCommand {
    /// Names and paths of the pictures; those of a folder are named as they lie in it.
    fn files(&self) -> anyhow::Result<Vec<(String, PathBuf)>> {
        let mut files = Vec::new();
        for path in &self.images {
            if !path.is_dir() {
                if !path.try_exists()? {
                    bail!("{} is not there", path.display());
                }
                files.push((name_of(path), path.clone()));
                continue;
            }
            let folder = DatasetFolder::open(path)?;
            for name in folder.image_names()? {
                let path = folder.image_path(&name).with_context(|| format!("{name} has gone"))?;
                files.push((name, path));
            }
        }
        Ok(files)
    }
}

impl MembersCommand {
    /// Who is to get which part, or none.
    fn changes(&self) -> impl Iterator<Item = (&String, Option<Role>)> {
        let set = self.set.iter().map(|(name, role)| (name, Some(*role)));
        set.chain(self.remove.iter().map(|name| (name, None)))
    }
}

fn added(count: i64, there: i64, failed: i64) -> Outcome {
    Outcome { objects: vec![json!({ "added": count, "as_before": there, "failed": failed })], failed }
}

fn describe(dataset: &Dataset) -> Value {
    let Dataset { id, slug, name, description, visibility, created_at, role } = dataset;
    json!({ "id": id, "slug": slug, "name": name, "description": description, "visibility": visibility, "role": role,
        "created_at": created_at.format(&Rfc3339).ok() })
}

/// An object of the output, for people.
fn in_words(object: &Value) -> String {
    let text = |member: &str| object[member].as_str().unwrap_or_default();
    if object.get("slug").is_some() {
        return format!("{:<24} {:<8} {:<10} {}", text("slug"), text("visibility"), text("role"), text("name"));
    }
    if object.get("user").is_some() {
        return format!("{}  {:<24} {}", text("user"), text("name"), text("role"));
    }
    if object.get("deleted").is_some() {
        return format!("{} is gone.", text("deleted"));
    }
    format!("{} pictures added, {} as before, {} failed", object["added"], object["as_before"], object["failed"])
}

fn permitted<T>(outcome: Permitted<T>) -> anyhow::Result<T> {
    match outcome {
        Permitted::Done(value) => Ok(value),
        Permitted::LastOwner => bail!("this is the dataset's last owner; make somebody else one first"),
        Permitted::Unknown | Permitted::Forbidden(_) => bail!("the dataset or the person has gone meanwhile"),
    }
}

fn parse_member(text: &str) -> Result<(String, Role), String> {
    let wrong = || "it must be USER=ROLE, and the role viewer, annotator, reviewer or owner".to_owned();
    let (user, role) = text.rsplit_once('=').ok_or_else(wrong)?;
    let roles = [Role::Viewer, Role::Annotator, Role::Reviewer, Role::Owner];
    let role = roles.into_iter().find(|known| known.to_string() == role).ok_or_else(wrong)?;
    Ok((user.to_owned(), role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_written_with_their_role() {
        assert_eq!(parse_member("anna=owner"), Ok(("anna".to_owned(), Role::Owner)));
        assert_eq!(parse_member("a=b=viewer"), Ok(("a=b".to_owned(), Role::Viewer)));
        for wrong in ["anna", "anna=king", "anna="] {
            assert!(parse_member(wrong).is_err(), "{wrong}");
        }
    }
}
