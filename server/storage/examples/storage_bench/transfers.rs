//! What it takes to import a file into a large dataset, and to export some of one.

use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
    time::Instant,
};

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use vasari_storage::{
    Database,
    formats::{ColumnMapping, Format},
    images::ImageFilter,
    jobs::CaptionChoice,
    objects::Objects,
    pictures::PictureReader,
    transfer::{Export, ImportCounts, ImportFile, ImportTarget, Importer},
};
use vasari_storage_testing::{
    generated::{DATASET, file_name, image_id},
    plans::WatchedPostgres,
};

use crate::{LARGE, READER};

/// Rows of the file, each about a picture of its own.
pub(crate) const ROWS: u32 = 100_000;

/// Whose captions they are.
pub(crate) const IMPORTED: &str = "imported";

/// Rows whose plans are looked at.
const WATCHED_ROWS: u32 = 1000;

/// Imports a file, imports it again, and exports as many pictures with all their captions.
pub(crate) async fn measure(
    postgres: &WatchedPostgres,
    database: &Database,
    folder: &Path,
    images: u32,
) -> Result<Value, Box<dyn Error>> {
    let rows = ROWS.min(images);
    let objects = Objects::in_folder(&folder.join("objects"))?;
    let place = Place { database, objects: &objects, folder };
    let file = place.write("captions.jsonl", rows)?;
    let mut measured = Vec::new();
    for (name, added) in [("import of a file", rows), ("import of the same file again", 0)] {
        eprintln!("{name}");
        let began = Instant::now();
        let counts = place.import(&file).await?;
        assert_eq!((counts.rows, counts.captions_added, counts.failed), (i64::from(rows), i64::from(added), 0));
        measured.push(json!({ "name": name, "rows": rows, "seconds": began.elapsed().as_secs_f64() }));
    }
    for (name, format) in [("export of as many pictures as JSONL", Format::Jsonl), ("the same as CSV", Format::Csv)] {
        eprintln!("{name}");
        let began = Instant::now();
        let captions = place.export(format, rows).await?;
        measured.push(json!({ "name": name, "rows": captions, "seconds": began.elapsed().as_secs_f64() }));
    }
    let watched = Place { database: postgres.watched(), ..place };
    let file = watched.write("watched.jsonl", WATCHED_ROWS)?;
    let plans = postgres.plans_of(async {
        watched.import(&file).await.expect("the file can be imported again");
        watched.export(Format::Jsonl, WATCHED_ROWS).await.expect("a page can be exported");
    });
    let plans = plans.await;
    let whole: Vec<_> = plans.iter().flat_map(|plan| plan.tables_read_whole(&LARGE)).collect();
    Ok(json!({ "rows": measured, "read_whole": whole }))
}

struct Place<'a> {
    database: &'a Database,
    objects: &'a Objects,
    folder: &'a Path,
}

impl Place<'_> {
    /// A file of captions of the first pictures.
    fn write(&self, name: &str, rows: u32) -> Result<ImportFile, Box<dyn Error>> {
        let path = self.folder.join(name);
        let mut file = BufWriter::new(File::create(&path)?);
        for number in 1..=rows {
            let row = json!({ "file_name": file_name(number), "caption": format!("an imported caption, number {number}"),
                "source": IMPORTED, "confidence": f64::from(number % 100) / 100.0 });
            writeln!(file, "{row}")?;
        }
        file.flush()?;
        Ok(ImportFile { path, format: Format::Jsonl, mapping: ColumnMapping::default() })
    }

    async fn import(&self, file: &ImportFile) -> Result<ImportCounts, Box<dyn Error>> {
        let dataset = self.database.find_dataset(&READER, DATASET).await?.ok_or("the dataset is there")?.id;
        let (source, job, is_dry_run) = ("import".to_owned(), None, false);
        let target = ImportTarget { dataset, reader: READER, source, job, is_dry_run };
        let none = PictureReader::new(Arc::new(|_: &[u8]| Err("none".to_owned())), Arc::new(Semaphore::new(1)));
        let mut importer = Importer::new(self.database, self.objects, &none, target, ImportCounts::default()).await?;
        importer.import(file.clone(), |_| ()).await?;
        Ok(importer.counts())
    }

    /// Exports so many pictures; how many captions those have.
    async fn export(&self, format: Format, images: u32) -> Result<i64, Box<dyn Error>> {
        let dataset = self.database.find_dataset(&READER, DATASET).await?.ok_or("the dataset is there")?.id;
        let export = Export {
            dataset,
            reader: READER,
            filter: ImageFilter::default(),
            among: Some((1..=images).map(image_id).collect()),
            captions: CaptionChoice::All,
            job: None,
        };
        let to = self.folder.join(format!("export.{}", format.extension().unwrap_or("zip")));
        let counts = export.write(self.database, self.objects, (&to, format), |_| ()).await?;
        std::fs::remove_file(&to)?;
        Ok(counts.ok_or("nobody stops it")?.captions)
    }
}
