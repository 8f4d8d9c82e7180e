//! Datasets go out in every format and come in again as they were, and a file that comes in twice changes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Semaphore, mpsc};
use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    captions::{Caption, NewCaption, Status, Written},
    datasets::{Permitted, Role},
    formats::{ColumnMapping, Format},
    images::{DatasetImage, ImageFilter, ImagePage},
    jobs::{CaptionChoice, ImportJob, JobRequest, JobState},
    objects::{Object, Objects},
    pictures::PictureReader,
    thumbnails::ThumbnailSize,
    transfer::{Export, ExportCounts, FailedRow, ImportCounts, ImportError, ImportFile, ImportTarget, Importer},
};
use vasari_storage_testing::TestDatabase;

use crate::datasets::{dataset, now, person};

/// A database with a dataset of Anna's, and a folder for pictures and files.
pub(crate) struct Gallery {
    pub(crate) test: TestDatabase,
    pub(crate) folder: TempDir,
    pub(crate) objects: Objects,
    pub(crate) anna: Reader,
}

impl Gallery {
    pub(crate) async fn open() -> Self {
        let test = TestDatabase::create().await;
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::in_folder(&folder.path().join("objects")).unwrap();
        let anna = person(test.database(), "anna").await;
        dataset(test.database(), "birds", &anna).await;
        Self { test, folder, objects, anna }
    }

    pub(crate) fn database(&self) -> &Database {
        self.test.database()
    }

    pub(crate) async fn id(&self, dataset: &str) -> Uuid {
        self.database().find_dataset(&Reader::operator(), dataset).await.unwrap().expect("it is there").id
    }

    pub(crate) fn write(&self, name: &str, contents: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }

    /// A folder of so many pictures: `0.png`, `1.png` and so on.
    pub(crate) fn pictures(&self, folder: &str, count: u8) {
        for number in 0..count {
            self.write(&format!("{folder}/{number}.png"), &png(number));
        }
    }

    async fn importer(&self, dataset: &str, target: impl FnOnce(&mut ImportTarget), counts: ImportCounts) -> Importer {
        let dataset = self.id(dataset).await;
        let mut of = ImportTarget { dataset, reader: self.anna, source: "import".into(), job: None, is_dry_run: false };
        target(&mut of);
        Importer::new(self.database(), &self.objects, &reader(), of, counts).await.unwrap()
    }

    /// Imports a file by name, in Anna's name. What it did, and what it could not.
    pub(crate) async fn import(&self, dataset: &str, path: &Path, format: Format) -> (ImportCounts, Vec<FailedRow>) {
        self.import_as(dataset, path, format, |_| ()).await
    }

    async fn import_as(
        &self,
        dataset: &str,
        path: &Path,
        format: Format,
        target: impl FnOnce(&mut ImportTarget),
    ) -> (ImportCounts, Vec<FailedRow>) {
        let mut importer = self.importer(dataset, target, ImportCounts::default()).await;
        let mut failed = Vec::new();
        let goes_on = importer.import(file(path, format), |progress| failed.extend_from_slice(progress.failed)).await;
        assert!(goes_on.unwrap());
        (importer.counts(), failed)
    }

    pub(crate) async fn export(
        &self,
        to: &Path,
        format: Format,
        of: impl FnOnce(&mut Export),
    ) -> (ExportCounts, Vec<FailedRow>) {
        let mut export = Export {
            dataset: self.id("birds").await,
            reader: self.anna,
            filter: ImageFilter::default(),
            among: None,
            captions: CaptionChoice::All,
            job: None,
        };
        of(&mut export);
        let mut failed = Vec::new();
        let tell = |progress: vasari_storage::transfer::ExportProgress<'_>| failed.extend_from_slice(progress.failed);
        let written = export.write(self.database(), &self.objects, (to, format), tell).await.unwrap();
        (written.expect("nobody stops it"), failed)
    }

    /// The dataset's pictures in the order of adding.
    pub(crate) async fn images(&self) -> Vec<DatasetImage> {
        let (all, first) = (ImageFilter::default(), ImagePage::Added(None));
        self.database().list_images(&self.anna, "birds", &all, &first, 100).await.unwrap().expect("it is there")
    }

    /// The pictures' names with the sums of their bytes.
    async fn sums(&self, dataset: &str) -> Vec<(String, Vec<u8>)> {
        let (operator, all, by_name) = (Reader::operator(), ImageFilter::default(), ImagePage::Name(None));
        let images = self.database().list_images(&operator, dataset, &all, &by_name, 10_000).await;
        images.unwrap().expect("it is there").into_iter().map(|image| (image.file_name, image.sha256)).collect()
    }

    /// Everything that is said of each picture, by name.
    async fn captions(&self, dataset: &str) -> Vec<(String, Vec<Caption>)> {
        let operator = Reader::operator();
        let all = ImagePage::Name(None);
        let images = self.database().list_images(&operator, dataset, &ImageFilter::default(), &all, 10_000).await;
        let mut captions = Vec::new();
        for image in images.unwrap().expect("the dataset is there") {
            captions
                .push((image.file_name, self.database().list_captions(&operator, image.id).await.unwrap().unwrap()));
        }
        captions
    }

    /// The same without what differs from one dataset to the next.
    async fn content(&self, dataset: &str) -> Vec<Value> {
        let captions = self.captions(dataset).await.into_iter().map(|(name, captions)| {
            let said = captions.into_iter().map(|caption| {
                json!([caption.source, caption.text, caption.regions, caption.confidence, caption.status])
            });
            json!([name, said.collect::<Vec<_>>()])
        });
        captions.collect()
    }

    pub(crate) async fn end(self) {
        self.test.drop_it().await;
    }
}

fn png(number: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = image::RgbImage::from_pixel(4 + u32::from(number), 3, image::Rgb([number, 100, 0]));
    image.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

fn reader() -> PictureReader {
    let decode = |bytes: &[u8]| match image::load_from_memory(bytes) {
        Ok(picture) => Ok(picture.to_rgb8()),
        Err(_) => Err("it is damaged".to_owned()),
    };
    PictureReader::new(Arc::new(decode), Arc::new(Semaphore::new(2)))
}

fn file(path: &Path, format: Format) -> ImportFile {
    ImportFile { path: path.to_owned(), format, mapping: ColumnMapping::default() }
}

pub(crate) fn lines(rows: &[Value]) -> Vec<u8> {
    rows.iter().flat_map(|row| [row.to_string(), "\n".to_owned()]).collect::<String>().into_bytes()
}

/// Captions of two sources, a model's in two tasks among them, and all that a row can say.
fn rows() -> Vec<Value> {
    vec![
        json!({"file_name": "0.png", "caption": "a red car", "source": "Florence 2 (large)", "task": "<CAPTION>",
            "confidence": 0.93, "status": "approved"}),
        json!({"file_name": "0.png", "caption": "car", "source": "Florence 2 (large)", "task": "<OD>",
            "regions": [{"label": "car", "box": [1.0, 2, 3.5, 1e15]}]}),
        json!({"file_name": "0.png", "caption": "=SUM(\"größe\",\n1) 🦊"}),
        json!({"file_name": "1.png", "caption": "a boat", "source": "Florence 2 (large)", "task": "<CAPTION>"}),
        json!({"file_name": "1.png", "caption": "", "status": "rejected"}),
        json!({"file_name": "2.png", "caption": null}),
    ]
}

pub(crate) async fn full(gallery: &Gallery) {
    gallery.pictures("set", 3);
    let path = gallery.write("set/captions.jsonl", &lines(&rows()));
    let (counts, failed) = gallery.import("birds", &path, Format::Jsonl).await;
    assert_eq!(failed, []);
    let expected =
        ImportCounts { rows: 6, images_added: 3, sources_added: 3, captions_added: 5, ..ImportCounts::default() };
    assert_eq!(counts, expected);
}

#[tokio::test]
async fn file_that_comes_again_changes_nothing() {
    let gallery = Gallery::open().await;
    full(&gallery).await;
    let captions = gallery.captions("birds").await;
    let first: Vec<_> = captions[0].1.iter().map(|caption| (caption.source.as_str(), caption.status)).collect();
    assert_eq!(
        first,
        [("florence-2-large", Status::Approved), ("florence-2-large-od", Status::Draft), ("import", Status::Draft),]
    );
    assert_eq!(captions[0].1[1].regions, Some(json!([{"label": "car", "box": [1.0, 2, 3.5, 1e15]}])));
    assert_eq!((captions[0].1[0].confidence, captions[2].1.len()), (Some(0.93), 0));
    let image = gallery.images().await.swap_remove(0);
    assert_eq!((image.file_name.as_str(), image.width), ("0.png", 4), "pictures are added in the order of the rows");
    let kept = gallery.objects.get(Object::Image(&image.sha256)).await.unwrap();
    assert!(
        kept == Some(png(0))
            && gallery.objects.has(Object::Thumbnail(&image.sha256, ThumbnailSize::Small)).await.unwrap()
    );

    let before = gallery.test.dump().await;
    let path = gallery.folder.path().join("set/captions.jsonl");
    let (counts, failed) = gallery.import("birds", &path, Format::Jsonl).await;
    assert_eq!((counts.captions_unchanged, failed.len()), (5, 0));
    assert_eq!(counts, ImportCounts { rows: 6, captions_unchanged: 5, ..ImportCounts::default() });
    assert!(gallery.test.dump().await == before, "not a row has changed");

    // What a person has edited stays as they wrote it.
    let boat = captions[1].1[0].clone();
    assert_eq!((boat.source.as_str(), boat.text.as_str()), ("florence-2-large", "a boat"));
    let edited = gallery.database().change_caption(&gallery.anna, boat.id, 1, "a rowing boat", now()).await;
    assert!(matches!(edited.unwrap(), Written::Done(_)));
    let before = gallery.test.dump().await;
    let (counts, _) = gallery.import("birds", &path, Format::Jsonl).await;
    assert_eq!((counts.captions_unchanged, counts.captions_kept, counts.captions_changed), (4, 1, 0));
    assert!(gallery.test.dump().await == before, "what somebody edited stays");

    // Another text is another version; what was approved is a draft again. What a row leaves out stays.
    let changed = lines(&[
        json!({"file_name": "0.png", "caption": "a blue car", "source": "florence-2-large"}),
        json!({"file_name": "1.png", "caption": "a rowing boat", "source": "florence-2-large", "confidence": 0.5}),
    ]);
    let path = gallery.write("changed.jsonl", &changed);
    let dry = gallery.import_as("birds", &path, Format::Jsonl, |target| target.is_dry_run = true).await;
    assert!(gallery.test.dump().await == before, "a dry run changes nothing");
    let (counts, _) = gallery.import("birds", &path, Format::Jsonl).await;
    assert_eq!(counts, ImportCounts { rows: 2, captions_changed: 2, ..ImportCounts::default() });
    assert_eq!(dry.0, counts, "a dry run says what comes");
    let captions = gallery.captions("birds").await;
    let car = &captions[0].1[0];
    assert_eq!((car.text.as_str(), car.version, car.status, car.confidence), ("a blue car", 2, Status::Draft, None));
    assert_eq!((captions[1].1[0].confidence, captions[1].1[0].version), (Some(0.5), 3));
    let versions = gallery.database().list_caption_versions(&gallery.anna, car.id).await.unwrap().unwrap();
    assert_eq!(versions.iter().map(|past| past.text.as_str()).collect::<Vec<_>>(), ["a blue car", "a red car"]);
    gallery.end().await;
}

#[tokio::test]
async fn what_goes_out_comes_in_again() {
    let gallery = Gallery::open().await;
    full(&gallery).await;
    let (content, sums) = (gallery.content("birds").await, gallery.sums("birds").await);
    for format in Format::ALL {
        let name = format.name();
        let to = gallery.folder.path().join(format!("out-{name}")).with_extension(format.extension().unwrap_or("zip"));
        let (counts, failed) = gallery.export(&to, format, |_| ()).await;
        let copy = format!("copy-{name}");
        dataset(gallery.database(), &copy, &gallery.anna).await;
        if !format.holds_pictures() {
            // Rows name the pictures; they are there already.
            gallery.import(&copy, &gallery.folder.path().join("set"), Format::Folder).await;
        }
        let (path, format) = opened(&gallery, &to, format);
        let (again, refused) = gallery.import(&copy, &path, format).await;
        assert_eq!(refused, [], "{name}");
        let back = gallery.content(&copy).await;
        assert_eq!(gallery.sums(&copy).await, sums, "{name}: the same bytes under the same names");
        match format {
            // A .txt holds one caption, and nothing but its text; what comes too late is told.
            Format::Sidecars => {
                assert_eq!((failed.len(), counts.failed, counts.captions), (3, 3, 2));
                assert!(failed[0].error.contains("a .txt holds one") && failed[0].label == "0.png", "{failed:?}");
                assert_eq!(back[0], json!(["0.png", [["import", "a red car", null, null, "draft"]]]));
                assert_eq!((again.captions_added, back.len()), (2, 3));
            }
            Format::Folder => {
                assert_eq!((again.captions_added, counts.images, back.len()), (0, 3, 3));
            }
            _ => {
                assert_eq!((failed.len(), counts.captions, counts.without_caption), (0, 5, 1), "{name}");
                assert_eq!(back, content, "{name}");
                assert_eq!((again.captions_added, again.sources_added), (5, 3), "{name}");
            }
        }
        // Back where it came from, it changes nothing.
        if format != Format::Sidecars {
            let before = gallery.test.dump().await;
            let (same, refused) = gallery.import("birds", &path, format).await;
            assert!(refused.is_empty() && gallery.test.dump().await == before, "{name}: {same:?}");
        }
    }
    gallery.end().await;
}

/// The file, or what its archive holds.
fn opened(gallery: &Gallery, path: &Path, format: Format) -> (PathBuf, Format) {
    let into = gallery.folder.path().join(format!("unpacked-{}", format.name()));
    fs::create_dir(&into).unwrap();
    let limits = vasari_storage::formats::ArchiveLimits { files: 100, bytes: 1 << 20 };
    let name = path.file_name().unwrap().to_str().unwrap();
    vasari_storage::formats::open_file_or_archive(path, name, Some(format), (&into, limits)).unwrap()
}

#[tokio::test]
async fn several_captions_of_one_name_become_sources_in_their_order() {
    let gallery = Gallery::open().await;
    gallery.pictures("set", 2);
    gallery.import("birds", &gallery.folder.path().join("set"), Format::Folder).await;
    let annotation = |id: u32| json!({"id": id, "image_id": id % 2, "caption": format!("caption {id}")});
    let document = json!({
        "images": [{"id": 0, "file_name": "0.png"}, {"id": 1, "file_name": "1.png"}],
        "annotations": (0..10).map(annotation).collect::<Vec<_>>(),
    });
    let path = gallery.write("captions.json", document.to_string().as_bytes());
    let (counts, failed) =
        gallery.import_as("birds", &path, Format::Coco, |target| target.source = "COCO".into()).await;
    assert_eq!((counts.captions_added, counts.sources_added, failed.len()), (10, 5, 0));
    let said: Vec<_> =
        gallery.captions("birds").await[0].1.iter().map(|c| (c.source.clone(), c.text.clone())).collect();
    let expected = ["coco", "coco-2", "coco-3", "coco-4", "coco-5"].into_iter().zip([0, 2, 4, 6, 8]);
    assert_eq!(said, expected.map(|(source, id)| (source.to_owned(), format!("caption {id}"))).collect::<Vec<_>>());
    let (again, _) = gallery.import_as("birds", &path, Format::Coco, |target| target.source = "coco".into()).await;
    assert_eq!((again.captions_unchanged, again.captions_added, again.captions_changed), (10, 0, 0));
    gallery.end().await;
}

#[tokio::test]
async fn rows_that_cannot_be_taken_in_are_told_and_the_others_are() {
    let gallery = Gallery::open().await;
    gallery.pictures("set", 1);
    gallery.write("set/broken.png", &png(1)[..30]);
    gallery.write(
        "set/captions.jsonl",
        &[
            lines(&[
                json!({"file_name": "0.png", "caption": "good"}),
                json!({"file_name": "gone.png", "caption": "x"}),
            ]),
            b"no json\n".to_vec(),
            lines(&[
                json!({"file_name": "broken.png", "caption": "one"}),
                json!({"file_name": "broken.png", "caption": "two"}),
                json!({"file_name": "0.png", "caption": "x", "status": "done"}),
                json!({"file_name": "0.png", "caption": "also good"}),
            ]),
        ]
        .concat(),
    );
    let path = gallery.folder.path().join("set");
    let dry = gallery.import_as("birds", &path, Format::Jsonl, |target| target.is_dry_run = true).await;
    let (counts, failed) = gallery.import("birds", &path, Format::Jsonl).await;
    assert_eq!(dry, (counts, failed.clone()));
    assert_eq!((counts.rows, counts.failed, counts.captions_added, counts.images_added), (7, 5, 2, 1));
    let told: Vec<_> = failed.iter().map(|row| (row.position, row.label.as_str())).collect();
    assert_eq!(told, [(2, "gone.png"), (3, "line 3"), (4, "broken.png"), (5, "broken.png"), (6, "0.png")]);
    assert!(failed[0].error.contains("no picture of this name"), "{failed:?}");
    assert!(failed[2].error.contains("it is damaged") && failed[3].error.contains("it is damaged"), "{failed:?}");
    assert!(failed[4].error.contains("\"done\""), "{failed:?}");
    gallery.end().await;
}

#[tokio::test]
async fn what_people_wrote_stays_theirs() {
    let gallery = Gallery::open().await;
    gallery.pictures("set", 2);
    gallery.import("birds", &gallery.folder.path().join("set"), Format::Folder).await;
    persons_caption(&gallery, "0.png", "by hand").await;
    let out = gallery.folder.path().join("out.jsonl");
    gallery.export(&out, Format::Jsonl, |_| ()).await;
    let before = gallery.test.dump().await;
    let (same, _) = gallery.import("birds", &out, Format::Jsonl).await;
    assert_eq!((same.captions_unchanged, same.sources_added), (1, 0));
    assert!(gallery.test.dump().await == before, "what somebody wrote is there already");
    let path = gallery.write(
        "more.jsonl",
        &lines(&[
            json!({"file_name": "0.png", "caption": "by a file", "source": "bert"}),
            json!({"file_name": "1.png", "caption": "another", "source": "bert"}),
        ]),
    );
    for added in [2, 0] {
        let (counts, failed) = gallery.import("birds", &path, Format::Jsonl).await;
        assert_eq!((counts.captions_added, counts.captions_changed, failed.len()), (added, 0, 0));
    }
    let captions = gallery.captions("birds").await;
    let said: Vec<_> = captions[0].1.iter().map(|caption| (caption.source.as_str(), caption.text.as_str())).collect();
    assert_eq!(said, [("bert", "by hand"), ("bert-import", "by a file")]);
    gallery.end().await;
}

/// What Bert says of a picture, under his own name.
pub(crate) async fn persons_caption(gallery: &Gallery, image: &str, text: &str) {
    let bert = person(gallery.database(), "bert").await;
    let put = gallery.database().set_member(&gallery.anna, "birds", bert.user.unwrap(), Some(Role::Annotator), now());
    assert_eq!(put.await.unwrap(), Permitted::Done(()));
    let images = gallery.images().await;
    let image = images.iter().find(|found| found.file_name == image).expect("it is there").id;
    let new = NewCaption { text: text.into(), ..NewCaption::default() };
    let written = gallery.database().put_own_caption(&bert, image, None, &new, now()).await.unwrap();
    assert!(matches!(written, Written::Done(_)), "{written:?}");
}

#[tokio::test]
async fn only_owners_import_and_only_viewers_export() {
    let gallery = Gallery::open().await;
    full(&gallery).await;
    let reviewer = person(gallery.database(), "reviewer").await;
    let put =
        gallery.database().set_member(&gallery.anna, "birds", reviewer.user.unwrap(), Some(Role::Reviewer), now());
    assert_eq!(put.await.unwrap(), Permitted::Done(()));
    let stranger = person(gallery.database(), "stranger").await;
    let path = gallery.write("new.jsonl", &lines(&[json!({"file_name": "0.png", "caption": "mine"})]));
    let before = gallery.test.dump().await;
    for reader in [reviewer, stranger, Reader::anonymous()] {
        for is_dry_run in [true, false] {
            let target = |target: &mut ImportTarget| (target.reader, target.is_dry_run) = (reader, is_dry_run);
            let mut importer = gallery.importer("birds", target, ImportCounts::default()).await;
            let refused = importer.import(file(&path, Format::Jsonl), |_| ()).await;
            assert!(matches!(refused, Err(ImportError::Forbidden)), "{refused:?}");
        }
    }
    assert!(gallery.test.dump().await == before);
    let dataset = gallery.id("birds").await;
    for (reader, may) in [(reviewer, true), (stranger, false), (Reader::anonymous(), false)] {
        let filter = ImageFilter::default();
        let export = Export { dataset, reader, filter, among: None, captions: CaptionChoice::All, job: None };
        let to = gallery.folder.path().join(format!("{:?}.csv", reader.user));
        let written = export.write(gallery.database(), &gallery.objects, (&to, Format::Csv), |_| ()).await;
        assert_eq!((written.is_ok(), to.exists()), (may, may));
    }
    gallery.end().await;
}

#[tokio::test]
async fn import_goes_on_where_it_was_interrupted() {
    let gallery = Gallery::open().await;
    gallery.pictures("set", 13);
    gallery.import("birds", &gallery.folder.path().join("set"), Format::Folder).await;
    let row = |number: usize| {
        // Two captions of each picture share a source's name, and some rows fail.
        let name = if number.is_multiple_of(97) { "gone.png".to_owned() } else { format!("{}.png", number / 200) };
        json!({"file_name": name, "caption": format!("caption {number}"), "source": format!("s{}", number % 100)})
    };
    let path = gallery.write("many.jsonl", &lines(&(0..2600).map(row).collect::<Vec<_>>()));
    let request = JobRequest::Import(ImportJob {
        file: Uuid::now_v7(),
        file_name: "many.jsonl".into(),
        format: Some(Format::Jsonl),
        mapping: vec![],
        source: "import".into(),
        dry_run: false,
    });
    let database = gallery.database();
    let Permitted::Done(job) = database.create_job(&gallery.anna, "birds", request, now()).await.unwrap() else {
        panic!("Anna owns the dataset")
    };
    database.start_job(job.id, now()).await.unwrap();
    let of_job = |target: &mut ImportTarget| target.job = Some(job.id);
    // It is dropped after its first batch, as a server is that is killed.
    let mut importer = gallery.importer("birds", of_job, ImportCounts::default()).await;
    let (told, mut has_told) = mpsc::unbounded_channel();
    let import = importer.import(file(&path, Format::Jsonl), move |_| told.send(()).expect("somebody listens"));
    tokio::select! {
        outcome = import => panic!("it ends before it tells: {outcome:?}"),
        _ = has_told.recv() => {}
    }
    let found = database.find_job(&gallery.anna, job.id).await.unwrap().unwrap();
    let counts: ImportCounts = serde_json::from_value(found.plan.clone().unwrap()).unwrap();
    assert!((1000..2600).contains(&counts.rows), "{counts:?}");
    assert_eq!((found.done, found.failed), (counts.rows - counts.failed, counts.failed));
    assert!(found.total.is_some_and(|total| (2400..2900).contains(&total)), "{:?}", found.total);

    let mut importer = gallery.importer("birds", of_job, counts).await;
    if !importer.import(file(&path, Format::Jsonl), |_| ()).await.unwrap() {
        // The dropped one's next batch was on its way to Postgres, and has arrived: it is gone on from there.
        let found = database.find_job(&gallery.anna, job.id).await.unwrap().unwrap();
        let counts = serde_json::from_value(found.plan.unwrap()).unwrap();
        importer = gallery.importer("birds", of_job, counts).await;
        assert!(importer.import(file(&path, Format::Jsonl), |_| ()).await.unwrap());
    }
    let whole = importer.counts();
    assert_eq!((whole.rows, whole.failed), (2600, 27));
    assert_eq!((whole.captions_added, whole.captions_changed, whole.captions_unchanged), (2573, 0, 0));
    let captions = gallery.captions("birds").await;
    let all: Vec<_> = captions.iter().flat_map(|(_, captions)| captions).collect();
    assert!(all.len() == 2573 && all.iter().all(|caption| caption.version == 1), "nothing came twice");
    let errors = database.list_failed_items(&gallery.anna, job.id, -1, 100).await.unwrap().unwrap();
    assert_eq!((errors.len(), errors[1].position), (27, 98));
    let versions = database.list_caption_versions(&gallery.anna, captions[0].1[0].id).await.unwrap().unwrap();
    assert_eq!(versions[0].job, Some(job.id), "the history names the job");

    // Another time all of it is there, and a job that was stopped takes in nothing.
    let (again, _) = gallery.import("birds", &path, Format::Jsonl).await;
    assert_eq!((again.captions_unchanged, again.captions_added), (2573, 0));
    database.cancel_job(&gallery.anna, job.id, now()).await.unwrap();
    let path = gallery.write("late.jsonl", &lines(&[json!({"file_name": "0.png", "caption": "late"})]));
    let mut importer = gallery.importer("birds", of_job, ImportCounts::default()).await;
    assert!(!importer.import(file(&path, Format::Jsonl), |_| ()).await.unwrap());
    assert_eq!(gallery.captions("birds").await, captions);
    let stopped = database.find_job(&gallery.anna, job.id).await.unwrap().unwrap();
    assert_eq!(stopped.state, JobState::Cancelled);
    gallery.end().await;
}
