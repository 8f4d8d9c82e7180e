//! What every request can reach.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;
use vasari_app::types::{ModelNotice, SampleImage};
use vasari_inference::{ModelDescription, Parameters};
use vasari_storage::{DatasetFolder, formats::ArchiveLimits, pictures::PictureReader, search::SearchIndex};

use crate::{
    assets::Assets, auth::Access, caption_metrics::CaptionMetrics, captioning::ModelInfo, engine::Engines,
    florence2_backend::decode_for_people, idempotency::IdempotencyStore, image_url::ImageUrls, people::People,
    rate_limit::RateLimits, shutdown::Shutdown, spool::Spool, storage::Storage, telemetry::Telemetry,
};

/// The shared state; clones are cheap.
pub(crate) type AppState = Arc<State>;

/// What every request can reach.
pub(crate) struct State {
    /// The running model and its queue.
    pub(crate) engines: Engines,
    /// Generation parameters for what a request leaves open.
    pub(crate) defaults: Parameters,
    /// How long a request may take in all.
    pub(crate) timeout: Duration,
    /// The largest request that is read, in bytes.
    pub(crate) max_request_bytes: u64,
    /// Images of a page, where the gallery was started with numbered pages.
    pub(crate) page_size: Option<u16>,
    /// The largest file that is imported or added as an archive, in bytes.
    pub(crate) max_import_bytes: u64,
    /// Where archives lie while they are read.
    pub(crate) spool: Spool,
    /// How many pictures are decoded and prepared at the same time.
    pub(crate) decoders: Arc<Semaphore>,
    pub(crate) samples: Samples,
    /// Pictures that requests name by URL.
    pub(crate) image_urls: ImageUrls,
    /// Answers to give again to who asks again.
    pub(crate) idempotency: IdempotencyStore,
    /// What is kept.
    pub(crate) storage: Storage,
    /// What finds pictures by what is said of them.
    pub(crate) search: SearchIndex,
    /// Captions in numbers.
    pub(crate) caption_metrics: CaptionMetrics,
    /// Who may call.
    pub(crate) access: Access,
    /// How often they may.
    pub(crate) limits: RateLimits,
    /// Who has an account, and how they show it.
    pub(crate) people: People,
    /// How far the server is on its way out.
    pub(crate) shutdown: Shutdown,
    pub(crate) started: Instant,
    /// The pages' static files.
    pub(crate) assets: Assets,
    pub(crate) telemetry: Telemetry,
}

/// How many files an archive that is imported may hold.
const MOST_FILES: u64 = 2_000_000;

impl State {
    /// What reads pictures that come in, no more at a time than the server decodes.
    pub(crate) fn picture_reader(&self) -> PictureReader {
        PictureReader::new(Arc::new(decode_for_people), Arc::clone(&self.decoders))
    }

    /// What an archive may hold. Pictures are compressed already; captions unpack to a few times their size.
    pub(crate) fn archive_limits(&self) -> ArchiveLimits {
        ArchiveLimits { files: MOST_FILES, bytes: self.max_import_bytes.saturating_mul(4) }
    }
}

/// The loaded model, in words.
#[derive(Debug, Clone)]
pub(crate) struct LoadedModel {
    pub(crate) description: ModelDescription,
    pub(crate) is_demo: bool,
}

/// The pictures to try.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    pub(crate) folder: DatasetFolder,
    pub(crate) images: Vec<SampleImage>,
}

/// What the demo model says wherever it answers.
pub(crate) const DEMO_NOTICE: &str = "This demo model knows only drawn scenes of pictograms, like the sample pictures; \
    of photos it knows nothing. For the real one, start with --model-path microsoft/Florence-2-base.";

/// What the demo model was trained for; the other tasks it answers at random.
const DEMO_TASKS: [&str; 10] = [
    "<CAPTION>",
    "<DETAILED_CAPTION>",
    "<MORE_DETAILED_CAPTION>",
    "<OD>",
    "<DENSE_REGION_CAPTION>",
    "<REGION_PROPOSAL>",
    "<CAPTION_TO_PHRASE_GROUNDING>",
    "<OPEN_VOCABULARY_DETECTION>",
    "<REGION_TO_CATEGORY>",
    "<REGION_TO_DESCRIPTION>",
];

impl LoadedModel {
    /// The model, as answers name it.
    pub(crate) fn info(&self) -> ModelInfo {
        ModelInfo {
            model_type: "florence-2",
            version: env!("CARGO_PKG_VERSION"),
            name: self.description.name.clone(),
            revision: self.description.revision.clone(),
            notice: self.is_demo.then_some(DEMO_NOTICE),
        }
    }

    /// The model, as the page names it, with the tasks it was trained for; none named means all.
    pub(crate) fn notice(&self) -> ModelNotice {
        let known = if self.is_demo { &DEMO_TASKS[..] } else { &[] };
        let tasks = known.iter().map(|marker| (*marker).to_owned()).collect();
        ModelNotice { name: self.description.name.clone(), is_demo: self.is_demo, tasks }
    }
}
