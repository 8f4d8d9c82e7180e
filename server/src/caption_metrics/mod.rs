//! The captions of a dataset in numbers: measured when somebody asks, and kept until a caption changes.
//!
//! A [`MetricsQuestion`] says of which pictures and against which reference. [`scan()`] reads the captions page by page and
//! measures them on blocking threads; [`CaptionMetrics`] lets one question at a time do so, and keeps what came of the latest.
//! What stands behind a bar of a chart is found in the same [`Measurement`] that the bar was counted in.

mod behind;
mod cache;
mod question;
mod scan;

pub(crate) use behind::{Range, Ranges};
pub(crate) use cache::CaptionMetrics;
pub(crate) use question::{MetricsQuestion, Tokenizer, question};
pub(crate) use scan::{MeasureError, scan};

use uuid::Uuid;
use vasari_curation::metrics::corpus::Measured;
use vasari_storage::search::ScopeSource;

/// What was measured of which captions.
#[derive(Debug)]
pub(crate) struct Measurement {
    /// The dataset's sources, by name; also those that say nothing of these pictures.
    pub(crate) sources: Vec<ScopeSource>,
    /// The place of the source that the others were compared with.
    pub(crate) reference: Option<usize>,
    /// Whose tokens were counted.
    pub(crate) tokenizer: Option<String>,
    /// The pictures, in the order of adding.
    pub(crate) images: Vec<Uuid>,
    /// The numbers; places of sources and pictures are those above.
    pub(crate) measured: Measured,
}

impl Measurement {
    /// The place of the source of this name.
    pub(crate) fn source(&self, slug: &str) -> Option<usize> {
        self.sources.iter().position(|source| source.slug == slug)
    }
}
