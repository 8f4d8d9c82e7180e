//! `vasari gallery`.

use std::{path::PathBuf, process::ExitCode};

use clap::{ArgAction, Args};

use crate::{
    config::{Config, ConfigFileArgs},
    folder_datasets::{FolderDataset, Shown},
    logging, startup, telemetry,
};

/// Shows a folder of images with their captions in the browser, without a model and without set-up.
///
/// The folder is taken in as a dataset that everybody who reaches the server may look at; with an account its captions can
/// be corrected and exported. Started again, it takes in what is new and leaves what people changed.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari gallery --dataset-dir ./images --captions-file ./captions.jsonl --port 8080\n  \
    vasari gallery --dataset-dir ./set                        a folder with captions.jsonl, metadata.jsonl or .txt files\n\n\
    Captions come from JSON lines, CSV, Parquet, COCO or WebDataset files; `vasari convert --help` tells how they look.")]
pub(super) struct GalleryCommand {
    /// The folder of images.
    #[arg(long, env = "VASARI_DATASET_DIR", value_name = "FOLDER")]
    dataset_dir: PathBuf,
    /// The file of captions. Left out: what the folder itself has.
    #[arg(long, env = "VASARI_CAPTIONS_FILE", value_name = "FILE")]
    captions_file: Option<PathBuf>,
    /// Images of a page, 1 to 200, in numbered pages. Left out: one page that grows as it is scrolled.
    #[arg(long, env = "VASARI_PAGE_SIZE", value_name = "IMAGES", value_parser = clap::value_parser!(u16).range(1..=200))]
    page_size: Option<u16>,
    /// Changes nothing: a dataset can always be searched. The earlier gallery had to be asked for it.
    #[arg(long, value_name = "BOOL", action = ArgAction::Set, num_args = 0..=1, require_equals = true,
        default_value = "true", default_missing_value = "true", hide_default_value = true)]
    enable_search: bool,
    #[command(flatten)]
    pub(super) file: ConfigFileArgs,
    #[command(flatten)]
    config: Config,
}

impl GalleryCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let config = self.config.complete()?;
        let folder = FolderDataset::of_folder(&self.dataset_dir, self.captions_file.as_deref())?;
        let (telemetry, layers) = telemetry::start(&config.telemetry)?;
        // Writes what is left of the log when it goes.
        let _log = logging::start(&config.log, layers)?;
        let outcome = startup::show(&config, Shown { folder, page_size: self.page_size }, telemetry.clone());
        telemetry.stop();
        outcome?;
        Ok(ExitCode::SUCCESS)
    }
}
