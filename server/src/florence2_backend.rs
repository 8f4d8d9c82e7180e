//! Where the model and the queue meet: the only file that knows both.

use std::cell::RefCell;

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use vasari_inference::{
    Backend, BackendError, BatchWatch, CaptionRequest, CaptionResult, ModelDescription, Parameters, Region, RgbPixels,
    Shape, TaskDescription, TaskInput, Timing,
};
use vasari_model::{
    Answer, Caption, Captioner, Error, GenerationOptions, LoadOptions, Observer, Task,
    checkpoint::{ModelSource, Progress},
    image::{ImageError, Limits, draw_answer},
    postprocess,
    task::TaskInput as ModelInput,
};

use crate::config::ModelConfig;

/// Florence-2 behind the queue.
pub(crate) struct Florence2Backend {
    captioner: Captioner,
    name: String,
}

impl Florence2Backend {
    /// Loads a folder or a model of the hub, as `path` and `config` say.
    pub(crate) fn load(path: &str, config: &ModelConfig) -> anyhow::Result<Self> {
        let source = match (&config.revision, ModelSource::parse(path)?) {
            (Some(_), ModelSource::Folder(_)) => {
                anyhow::bail!("--revision goes with a model of the hub, but {path} is a folder; leave --revision out")
            }
            (Some(revision), ModelSource::Hub { id, .. }) => ModelSource::parse(&format!("{id}@{revision}"))?,
            (None, source) => source,
        };
        let options = LoadOptions { device: config.device, precision: config.precision };
        let bar = RefCell::new(None);
        let captioner = Captioner::load(&source, options, &|progress| show(&bar, progress));
        let captioner = captioner.context("the model can't be loaded")?;
        Ok(Self { name: captioner.info().name.clone(), captioner })
    }

    /// The same model under another name.
    pub(crate) fn named(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }
}

impl Backend for Florence2Backend {
    fn describe(&self) -> ModelDescription {
        let info = self.captioner.info();
        ModelDescription {
            name: self.name.clone(),
            revision: info.revision.clone(),
            on_gpu: info.device.to_ascii_lowercase().contains("cuda"),
            device: info.device.clone(),
            precision: info.precision.to_string(),
            tasks: describe_tasks(),
        }
    }

    fn caption(
        &mut self,
        requests: &[CaptionRequest],
        watch: &BatchWatch<'_>,
    ) -> Vec<Result<CaptionResult, BackendError>> {
        let mut results: Vec<_> = requests.iter().map(|_| None).collect();
        let mut translated = Vec::with_capacity(requests.len());
        // For each translated request, the one it comes from.
        let mut sources = Vec::with_capacity(requests.len());
        for (index, request) in requests.iter().enumerate() {
            match to_model(request) {
                Ok(request) => {
                    translated.push(request);
                    sources.push(index);
                }
                Err(error) => results[index] = Some(Err(error)),
            }
        }
        let captions = self.captioner.caption(&translated, &mut Watcher { watch, sources: &sources });
        for (index, caption) in sources.into_iter().zip(captions) {
            results[index] = Some(caption.map(from_model).map_err(|error| to_backend_error(&error)));
        }
        let missing = || Err(BackendError::Failed("the model left a request out".into()));
        results.into_iter().map(|result| result.unwrap_or_else(missing)).collect()
    }
}

/// Asks the queue who still waits.
struct Watcher<'a> {
    watch: &'a BatchWatch<'a>,
    sources: &'a [usize],
}

impl Observer for Watcher<'_> {
    fn is_cancelled(&mut self, index: usize) -> bool {
        self.sources.get(index).is_some_and(|source| self.watch.is_cancelled(*source))
    }
}

fn to_model(request: &CaptionRequest) -> Result<vasari_model::CaptionRequest, BackendError> {
    let task: Task = request.task.parse().map_err(|error| BackendError::Refused(sentence(&format!("{error}"))))?;
    let Parameters { max_length, num_beams, do_sample, temperature, top_p, seed } = request.parameters;
    Ok(vasari_model::CaptionRequest {
        image: to_picture(&request.image),
        task,
        text: request.text.clone(),
        options: GenerationOptions {
            max_length,
            num_beams,
            do_sample,
            temperature,
            top_p,
            seed,
            ..GenerationOptions::default()
        },
    })
}

fn from_model(caption: Caption) -> CaptionResult {
    let confidences = caption.region_confidences.iter().copied().map(Some).chain(std::iter::repeat(None));
    let regions = caption.answer.regions().zip(confidences).map(|(region, confidence)| Region {
        label: region.label.to_owned(),
        shape: match region.shape {
            postprocess::Shape::Box(corners) => Shape::Box(corners),
            postprocess::Shape::Quad(corners) => Shape::Quad(corners),
            postprocess::Shape::Polygons(polygons) => Shape::Polygons(polygons.to_vec()),
        },
        confidence,
    });
    CaptionResult {
        regions: regions.collect(),
        answer: serde_json::to_value(&caption.answer).expect("an answer is JSON. This is a bug."),
        caption: caption.text,
        confidence: caption.confidence,
        timing: Timing::default(),
    }
}

fn to_backend_error(error: &Error) -> BackendError {
    match error {
        Error::Cancelled => BackendError::Cancelled,
        Error::Image(_) | Error::Prompt(_) | Error::PromptTooLong { .. } | Error::Options(_) => {
            BackendError::Refused(sentence(&error.to_string()))
        }
        Error::Checkpoint(_) | Error::Tokenizer(_) | Error::Device(_) => BackendError::Failed(error.to_string()),
    }
}

/// Shows a download as a bar, on a terminal only.
fn show(bar: &RefCell<Option<(String, ProgressBar)>>, progress: Progress<'_>) {
    match progress {
        Progress::UsingCache { reason } => eprintln!("Using what was downloaded earlier: {reason}"),
        Progress::Download { file, done, total } => {
            let mut shown = bar.borrow_mut();
            if shown.as_ref().is_none_or(|(name, _)| name != file) {
                let style =
                    ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left");
                let style = style.expect("the template is correct. This is a bug.");
                *shown = Some((file.into(), ProgressBar::new(total).with_style(style).with_message(file.to_owned())));
            }
            if let Some((_, bar)) = &*shown {
                bar.set_position(done);
                if done >= total {
                    bar.finish();
                }
            }
        }
    }
}

/// Why a file can't be captioned, in a sentence for who sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DecodeError {
    /// It is no picture, or one of a format that isn't read.
    #[error("{0}")]
    Unsupported(String),
    /// It is cut off or corrupt.
    #[error("{0}")]
    Damaged(String),
    /// It has more pixels than are decoded.
    #[error("{0}")]
    TooLarge(String),
}

/// Decodes a file as the model wants it: upright, in red, green and blue.
pub(crate) fn decode(bytes: &[u8]) -> Result<RgbPixels, DecodeError> {
    let picture = vasari_model::image::decode(bytes, &Limits::default()).map_err(|error| {
        let sentence = sentence(&error.to_string());
        match error {
            ImageError::Unsupported { .. } => DecodeError::Unsupported(sentence),
            ImageError::TooLarge { .. } => DecodeError::TooLarge(sentence),
            ImageError::Damaged { format, reason } => {
                tracing::debug!(%format, reason, "a picture can't be decoded");
                DecodeError::Damaged(format!("The {format} picture is cut off or corrupt."))
            }
            ImageError::Empty => DecodeError::Damaged("The file is empty.".into()),
        }
    })?;
    let (width, height) = picture.dimensions();
    let pixels = RgbPixels::new(width, height, picture.into_raw());
    pixels.ok_or_else(|| DecodeError::Damaged("The picture has no pixels.".into()))
}

/// The picture with the regions drawn over it.
pub(crate) fn draw(picture: &RgbPixels, regions: &[Region]) -> image::RgbImage {
    let mut drawn = to_picture(picture);
    draw_answer(&mut drawn, &to_answer(regions));
    drawn
}

/// Regions as the model's own answer: all of one kind, or boxes and outlines together.
fn to_answer(regions: &[Region]) -> Answer {
    let (mut bboxes, mut bboxes_labels) = (vec![], vec![]);
    let (mut quad_boxes, mut quad_labels) = (vec![], vec![]);
    let (mut polygons, mut polygons_labels) = (vec![], vec![]);
    for region in regions {
        let label = region.label.clone();
        match &region.shape {
            Shape::Box(corners) => {
                bboxes.push(*corners);
                bboxes_labels.push(label);
            }
            Shape::Quad(corners) => {
                quad_boxes.push(*corners);
                quad_labels.push(label);
            }
            Shape::Polygons(outlines) => {
                polygons.push(outlines.clone());
                polygons_labels.push(label);
            }
        }
    }
    if quad_boxes.is_empty() {
        return Answer::BoxesAndPolygons { bboxes, bboxes_labels, polygons, polygons_labels };
    }
    Answer::Quads { quad_boxes, labels: quad_labels }
}

fn to_picture(pixels: &RgbPixels) -> image::RgbImage {
    let picture = image::RgbImage::from_raw(pixels.width(), pixels.height(), pixels.bytes().to_vec());
    picture.expect("pixels fit their size. This is a bug.")
}

/// All tasks, in words.
pub(crate) fn describe_tasks() -> Vec<TaskDescription> {
    let describe = |task: Task| TaskDescription {
        marker: task.marker().into(),
        summary: task.description().into(),
        input: match task.input() {
            ModelInput::None => TaskInput::None,
            ModelInput::Text => TaskInput::Words,
            ModelInput::Region => TaskInput::Region,
        },
    };
    Task::ALL.into_iter().map(describe).collect()
}

/// A clause as a sentence.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_pictures_are_told_apart() {
        assert!(matches!(decode(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Err(DecodeError::Unsupported(_))));
        assert!(matches!(decode(b""), Err(DecodeError::Damaged(_))));
        let error = decode(b"\x89PNG\r\n\x1a\n").unwrap_err();
        assert_eq!(error.to_string(), "The PNG picture is cut off or corrupt.");
    }

    #[test]
    fn every_task_is_described_once() {
        let tasks = describe_tasks();
        assert_eq!(tasks.len(), 15);
        assert!(tasks.iter().all(|task| task.marker.starts_with('<') && !task.summary.is_empty()));
    }

    #[test]
    fn regions_are_drawn_over_the_picture() {
        let picture = RgbPixels::new(40, 40, vec![0; 40 * 40 * 3]).unwrap();
        let region = Region { label: String::new(), shape: Shape::Box([5.0, 5.0, 30.0, 30.0]), confidence: None };
        let drawn = draw(&picture, &[region]);
        assert_ne!(drawn.get_pixel(5, 20).0, [0, 0, 0]);
        assert_eq!(drawn.get_pixel(15, 20).0, [0, 0, 0]);
    }
}
