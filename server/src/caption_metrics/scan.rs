//! Reads captions page by page, and measures them.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use uuid::Uuid;
use vasari_curation::metrics::corpus::{Scan, ScannedCaption};
use vasari_storage::{
    Database, StorageError,
    caption_texts::{ImageTexts, TextsPage},
};

use super::{Measurement, MetricsQuestion};

/// Pictures of a page. Ten times as many take no less time in all.
const PAGE: usize = 1000;

/// The most captions that are measured at once: their numbers take 44 bytes each.
pub(crate) const MOST_CAPTIONS: usize = 1_000_000;

/// The most runs of words that a reference may have: 320 MB while they are counted. So many have a million captions of ten
/// words, or 170,000 of sixty.
const MOST_RUNS: usize = 40_000_000;

/// How long it may take in all.
const PATIENCE: Duration = Duration::from_mins(2);

/// Why captions are not measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MeasureError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error("more than a million captions are too many to measure at once; narrow them with a search or a filter")]
    TooMany,
    #[error("the reference has too many words to weigh at once; narrow the captions with a search or a filter")]
    TooManyWords,
    #[error("it takes longer than two minutes to measure so many captions; narrow them with a search or a filter")]
    TooLong,
}

/// Measures what a question asks for. `told` hears how many captions have been measured.
///
/// Texts are in memory a page at a time. Whoever waits no longer stops it with the page that it is at.
pub(crate) async fn scan(
    database: &Database,
    question: &MetricsQuestion,
    told: impl Fn(usize),
) -> Result<Measurement, MeasureError> {
    let deadline = Instant::now() + PATIENCE;
    let sources = &question.scope.sources;
    let mut scan = Scan::new(sources.len(), question.reference);
    if let Some(reference) = question.reference {
        let mut pages = Pages::new(question, Some(sources[reference].id));
        while let Some(page) = pages.next(database).await? {
            check_time(deadline)?;
            scan = blocking(move || {
                for (_, text) in page.iter().flat_map(|image| &image.texts) {
                    scan.look_through(text);
                }
                scan
            })
            .await;
            if scan.waiting_runs() > MOST_RUNS {
                return Err(MeasureError::TooManyWords);
            }
        }
        scan = blocking(move || {
            scan.end_looking();
            scan
        })
        .await;
    }
    let places: HashMap<Uuid, usize> = sources.iter().enumerate().map(|(place, source)| (source.id, place)).collect();
    let mut images: Vec<Uuid> = Vec::new();
    let mut pages = Pages::new(question, None);
    while let Some(page) = pages.next(database).await? {
        check_time(deadline)?;
        let first = images.len() as u32;
        images.extend(page.iter().map(|image| image.image));
        // A source that has come meanwhile is there the next time.
        let said = page.into_iter().map(|image| {
            let texts = image.texts.into_iter();
            texts.filter_map(|(source, text)| Some((*places.get(&source)?, text))).collect::<Vec<_>>()
        });
        let said: Vec<_> = said.collect();
        let counter = question.tokenizer.as_ref().map(|tokenizer| tokenizer.counter.clone());
        scan = blocking(move || {
            for (image, texts) in (first..).zip(&said) {
                let scanned = texts.iter().map(|(source, text)| ScannedCaption {
                    source: *source,
                    text,
                    tokens: counter.as_ref().map(|counter| counter.count_tokens(text)),
                });
                scan.measure(image, &scanned.collect::<Vec<_>>());
            }
            scan
        })
        .await;
        if scan.len() > MOST_CAPTIONS {
            return Err(MeasureError::TooMany);
        }
        told(scan.len());
    }
    Ok(Measurement {
        sources: sources.clone(),
        reference: question.reference,
        tokenizer: question.tokenizer.as_ref().map(|tokenizer| tokenizer.name.clone()),
        images,
        measured: blocking(move || scan.finish()).await,
    })
}

fn check_time(deadline: Instant) -> Result<(), MeasureError> {
    if Instant::now() < deadline { Ok(()) } else { Err(MeasureError::TooLong) }
}

/// Does what takes a while where that keeps nobody waiting.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("texts can be measured. This is a bug.")
}

/// The captions of a question, page by page.
struct Pages<'a> {
    question: &'a MetricsQuestion,
    /// Of this source alone, where that is said.
    source: Option<Uuid>,
    /// Where the page before ended.
    after: Uuid,
    /// What is left of the pictures that were named.
    among: Option<&'a [Uuid]>,
}

impl<'a> Pages<'a> {
    fn new(question: &'a MetricsQuestion, source: Option<Uuid>) -> Self {
        Self { question, source, after: Uuid::nil(), among: question.among.as_deref() }
    }

    /// The next page; nothing after the last.
    async fn next(&mut self, database: &Database) -> Result<Option<Vec<ImageTexts>>, StorageError> {
        loop {
            // Of pictures that were named only the next ones are, so that a statement is no longer than its page.
            let among = self.among.map(|among| &among[..among.len().min(PAGE)]);
            if among.is_some_and(<[Uuid]>::is_empty) {
                return Ok(None);
            }
            let page = TextsPage {
                dataset: self.question.scope.dataset.id,
                filter: &self.question.filter,
                among,
                source: self.source,
                after: self.after,
                limit: PAGE as i64,
            };
            let page = database.caption_texts(&self.question.reader, page).await?;
            if let (Some(rest), Some(named)) = (&mut self.among, among) {
                *rest = &rest[named.len()..];
            } else if let Some(last) = page.last() {
                self.after = last.image;
            } else {
                return Ok(None);
            }
            // Of those that were named, all of a page may have been left out by the filter.
            if !page.is_empty() {
                return Ok(Some(page));
            }
        }
    }
}
