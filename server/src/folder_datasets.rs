//! Datasets that the server makes of folders by itself: the sample scenes at the very first start, and the folder that
//! `vasari gallery` shows.

use std::path::{Path, PathBuf};

use anyhow::Context;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    datasets::{NewDataset, Visibility},
    formats::{ColumnMapping, Format},
    jobs::{CaptionJob, ImageSelection, JobRequest},
    transfer::{ImportFile, ImportProgress, ImportTarget, Importer},
};

use crate::{captioning::Question, cli::progress_bar, engine::Engine, parameters, state::AppState};

/// The slug of the dataset of sample scenes.
const SAMPLES: &str = "samples";

/// A folder of pictures that becomes a dataset, or is one already.
#[derive(Debug, Clone)]
pub(crate) struct FolderDataset {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// A file of captions whose pictures are in the folder. Left out: what the folder itself has.
    pub(crate) captions: Option<PathBuf>,
    /// How URLs name the dataset.
    pub(crate) slug: String,
    /// What people call it.
    pub(crate) name: String,
    /// What it is about.
    pub(crate) description: String,
}

/// The folder that a server was started to show.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) folder: FolderDataset,
    /// Images of a page, where pages are to have numbers.
    pub(crate) page_size: Option<u16>,
}

impl Shown {
    /// Where the dataset's page lies on the server.
    pub(crate) fn path(&self) -> String {
        let query = self.page_size.map(|size| format!("?page_size={size}")).unwrap_or_default();
        format!("/datasets/{}{query}", self.folder.slug)
    }

    /// Takes the folder in, once there is a database, and tells on standard error how far it is.
    pub(crate) async fn take_in(&self, state: &AppState) {
        let Some(database) = state.storage.opened().await else { return };
        let bar = progress_bar(0, "rows");
        let tell = |progress: ImportProgress<'_>| {
            bar.set_length(progress.read.1);
            bar.set_position(progress.counts.rows.unsigned_abs());
            for failed in progress.failed {
                bar.suspend(|| eprintln!("{}: {}", failed.label, failed.error));
            }
        };
        let outcome = self.folder.take_in(state, &database, tell).await;
        bar.finish_and_clear();
        match outcome {
            Ok(_) => tracing::info!(folder = %self.folder.folder.display(), "the folder is taken in"),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the folder can't be taken in");
                eprintln!("vasari: the folder can't be taken in: {error:#}");
            }
        }
    }
}

impl FolderDataset {
    /// The dataset of a folder, which is called as the folder is.
    pub(crate) fn of_folder(folder: &Path, captions: Option<&Path>) -> anyhow::Result<Self> {
        let unreadable = || format!("{} can't be read", folder.display());
        let folder = folder.canonicalize().with_context(unreadable)?;
        std::fs::read_dir(&folder).with_context(unreadable)?;
        if let Some(captions) = captions {
            std::fs::File::open(captions).with_context(|| format!("{} can't be read", captions.display()))?;
        }
        let name = folder.file_name().map_or_else(|| "gallery".into(), |name| name.to_string_lossy().into_owned());
        Ok(Self {
            slug: slug_of(&name),
            description: format!("The folder {name}, as it was when the gallery was started."),
            name,
            captions: captions.map(Path::to_owned),
            folder,
        })
    }

    /// Takes in what of the folder isn't in the dataset yet. What people changed there stays as they wrote it. `tell` is
    /// told how far it is. Returns the dataset's id.
    pub(crate) async fn take_in(
        &self,
        state: &AppState,
        database: &Database,
        mut tell: impl FnMut(ImportProgress<'_>) + Send,
    ) -> anyhow::Result<Uuid> {
        let dataset = self.dataset(database).await?;
        let target = || ImportTarget {
            dataset,
            reader: Reader::operator(),
            source: "captions".into(),
            job: None,
            is_dry_run: false,
        };
        for (path, format) in self.files() {
            let (objects, pictures) = (&state.storage.objects, state.picture_reader());
            let mut importer = Importer::new(database, objects, &pictures, target(), <_>::default()).await?;
            importer.import(ImportFile { path, format, mapping: ColumnMapping::default() }, &mut tell).await?;
        }
        Ok(dataset)
    }

    /// What is read: the pictures first, in the order of their names, then what is said of them.
    fn files(&self) -> Vec<(PathBuf, Format)> {
        let mut files = vec![(self.folder.clone(), Format::Folder)];
        match &self.captions {
            Some(captions) => files.push((captions.clone(), Format::of_name(captions).unwrap_or(Format::Jsonl))),
            None => match Format::detect(&self.folder) {
                None | Some(Format::Folder) => {}
                Some(Format::Jsonl) => files.push((self.folder.join("captions.jsonl"), Format::Jsonl)),
                Some(format) => files.push((self.folder.clone(), format)),
            },
        }
        files
    }

    async fn dataset(&self, database: &Database) -> anyhow::Result<Uuid> {
        if let Some(found) = database.find_dataset(&Reader::operator(), &self.slug).await? {
            return Ok(found.id);
        }
        let new = NewDataset {
            id: Uuid::now_v7(),
            slug: self.slug.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            visibility: Visibility::Public,
        };
        let made = database.create_dataset_of(&Reader::operator(), &new, None, OffsetDateTime::now_utc()).await?;
        Ok(made.expect("whoever runs the program may make datasets. This is a bug.").id)
    }
}

/// Fills a new data folder with the sample scenes: what they show, and what the model that runs says of them. Only where
/// nobody has an account and there is no dataset. The path of their page, while nobody has an account.
pub(crate) async fn add_samples(state: &AppState, engine: &Engine) -> Option<String> {
    // Before the database is waited for: one elsewhere may stay away.
    if !state.storage.is_own() {
        return None;
    }
    let database = state.storage.opened().await?;
    let outcome = try_to_add_samples(state, engine, &database).await.unwrap_or_else(|error| {
        tracing::warn!(error = format!("{error:#}"), "the sample scenes can't be added as a dataset");
        false
    });
    outcome.then(|| format!("/datasets/{SAMPLES}"))
}

/// Whether the sample scenes are what whoever comes first should see.
async fn try_to_add_samples(state: &AppState, engine: &Engine, database: &Database) -> anyhow::Result<bool> {
    if database.has_users().await? {
        return Ok(false);
    }
    if !database.list_datasets(&Reader::operator(), None, 1).await?.is_empty() {
        let samples = database.find_dataset(&Reader::anonymous(), SAMPLES).await?;
        return Ok(samples.is_some());
    }
    let samples = FolderDataset {
        folder: state.samples.folder.path().to_owned(),
        captions: None,
        slug: SAMPLES.into(),
        name: "Sample scenes".into(),
        description:
            "Drawn scenes of pictograms that come with Vasari: what each shows, and what the model says of it. \
                      An administrator can delete this dataset."
                .into(),
    };
    samples.take_in(state, database, |_| ()).await?;
    let (description, defaults) = (&engine.model.description, &state.defaults);
    let question = Question::new(description, defaults, None, None, defaults)
        .map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
    let request = JobRequest::Caption(CaptionJob {
        images: ImageSelection::default(),
        parameters: parameters::of_source(&question.parameters),
        task: question.task,
        text: None,
    });
    database.create_job(&Reader::operator(), SAMPLES, request, OffsetDateTime::now_utc()).await?;
    Ok(true)
}

/// A dataset's slug for a name: small letters and digits, with dashes between them.
fn slug_of(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let dashed: String = name.chars().map(letter).collect();
    let slug = dashed.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    let slug = slug.get(..64).unwrap_or(&slug).trim_end_matches('-').to_owned();
    if slug.is_empty() { "gallery".into() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_datasets_their_names() {
        for (name, slug) in [
            ("images", "images"),
            ("My Photos (2026)", "my-photos-2026"),
            ("été", "t"),
            ("日本", "gallery"),
            ("..", "gallery"),
            (&*"a-".repeat(40), &*"a-".repeat(32).trim_end_matches('-').to_owned()),
        ] {
            assert_eq!(slug_of(name), slug, "{name}");
        }
    }

    #[test]
    fn captions_file_is_read_after_the_pictures() {
        let folder = tempfile::tempdir().unwrap();
        let captions = folder.path().join("captions.jsonl");
        std::fs::write(&captions, "").unwrap();
        let of = |captions: Option<&Path>| FolderDataset::of_folder(folder.path(), captions).unwrap().files();
        assert_eq!(of(None)[0].1, Format::Folder);
        assert_eq!(of(None)[1].1, Format::Jsonl, "the folder's own");
        let csv = folder.path().join("x.csv");
        std::fs::write(&csv, "").unwrap();
        assert_eq!(of(Some(&csv))[1], (csv.clone(), Format::Csv));
        assert!(FolderDataset::of_folder(folder.path(), Some(Path::new("nowhere.jsonl"))).is_err());
        assert!(FolderDataset::of_folder(Path::new("nowhere"), None).is_err());
    }
}
