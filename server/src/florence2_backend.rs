//! Where the model and the queue meet: the only file that knows both.

use std::{cell::RefCell, path::Path, sync::Arc};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use vasari_inference::{
    Backend, BackendError, CaptionRequest, CaptionResult, EntryId, ImageKey, LoadedBackend, ModelDescription,
    Parameters, PrepareError, PreparedImage, Preparer, Region, Shape, StepSink, TaskDescription, TaskInput, Timing,
    TokenCounter,
};
use vasari_model::{
    Answer, Caption, Captioner, Error, GenerationOptions, LoadOptions, Observer, PreparedPicture, PreparedRequest,
    Residence, Session, Task,
    checkpoint::{ModelSource, Progress},
    image::{ImageError, Limits, draw_answer},
    postprocess,
    task::TaskInput as ModelInput,
    tokenizer::Tokenizer,
};

use crate::config::ModelConfig;

/// Loads a folder or a model of the hub, as `path` and `config` say, to be run by so many threads. `name` is what the
/// model is called where its own name won't do.
pub(crate) fn load(
    path: &str,
    name: Option<&str>,
    config: &ModelConfig,
    workers: usize,
) -> anyhow::Result<LoadedBackend> {
    let source = match (&config.revision, ModelSource::parse(path)?) {
        (Some(_), ModelSource::Folder(_)) => {
            anyhow::bail!("--revision goes with a model of the hub, but {path} is a folder; leave --revision out")
        }
        (Some(revision), ModelSource::Hub { id, .. }) => ModelSource::parse(&format!("{id}@{revision}"))?,
        (None, source) => source,
    };
    let options = LoadOptions {
        device: config.device,
        precision: config.precision,
        residence: if config.offload_to_cpu { Residence::WhileRunning } else { Residence::Always },
        feature_cache_bytes: usize::try_from(config.feature_cache_size.0).unwrap_or(usize::MAX),
    };
    let bar = RefCell::new(None);
    let captioner = Captioner::load(&source, options, &|progress| show(&bar, progress));
    let captioner = captioner.context("the model can't be loaded")?;
    let preparer = Arc::new(Florence2Preparer { captioner: captioner.clone() });
    let runner = || Box::new(Florence2Runner { session: captioner.session(), captioner: captioner.clone() });
    Ok(LoadedBackend {
        description: describe(&captioner, name),
        runners: (0..workers.max(1)).map(|_| runner() as Box<dyn Backend>).collect(),
        tokens: preparer.clone(),
        preparer,
    })
}

fn describe(captioner: &Captioner, name: Option<&str>) -> ModelDescription {
    let info = captioner.info();
    ModelDescription {
        name: name.unwrap_or(&info.name).to_owned(),
        revision: info.revision.clone(),
        on_gpu: info.device.to_ascii_lowercase().contains("cuda"),
        device: info.device.clone(),
        precision: info.precision.to_string(),
        tasks: describe_tasks(),
    }
}

/// Florence-2 on one thread.
struct Florence2Runner {
    session: Session,
    captioner: Captioner,
}

impl Backend for Florence2Runner {
    fn admit(&mut self, requests: &[(EntryId, CaptionRequest)]) -> Vec<(EntryId, BackendError)> {
        let mut refused = Vec::new();
        let mut translated = Vec::with_capacity(requests.len());
        for (id, request) in requests {
            match to_model(request) {
                Ok(request) => translated.push((id.0, request)),
                Err(error) => refused.push((*id, error)),
            }
        }
        let failed = self.session.admit(&translated);
        refused.extend(failed.into_iter().map(|(id, error)| (EntryId(id), to_backend_error(&error))));
        refused
    }

    fn step(&mut self, sink: &mut dyn StepSink) -> Result<(), BackendError> {
        self.session.step(&mut Listener { sink }).map_err(|error| to_backend_error(&error))
    }

    fn cancel(&mut self, id: EntryId) {
        self.session.cancel(id.0);
    }

    fn clear(&mut self) {
        // A panic may have left anything behind.
        self.session = self.captioner.session();
    }

    fn encoder_batch(&self) -> usize {
        self.captioner.encoder_batch()
    }
}

/// Passes on what the model says.
struct Listener<'a> {
    sink: &'a mut dyn StepSink,
}

impl Observer for Listener<'_> {
    fn on_text(&mut self, id: u64, text: &str) {
        self.sink.on_text(EntryId(id), text);
    }

    fn on_done(&mut self, id: u64, caption: Caption) {
        self.sink.on_done(EntryId(id), Ok(from_model(caption)));
    }
}

/// Reads pictures as Florence-2 wants them, and texts.
struct Florence2Preparer {
    captioner: Captioner,
}

impl Preparer for Florence2Preparer {
    fn prepare(&self, file: &[u8]) -> Result<PreparedImage, PrepareError> {
        let key: [u8; 32] = Sha256::digest(file).into();
        let prepared = self.captioner.prepare(&decode(file)?, Some(key));
        let (width, height) = prepared.dimensions;
        Ok(PreparedImage { key: ImageKey(key), width, height, values: prepared.pixel_values })
    }
}

impl TokenCounter for Florence2Preparer {
    fn count_tokens(&self, text: &str) -> usize {
        self.captioner.count_tokens(text)
    }
}

/// Reads the tokenizer of a checkpoint alone: of its folder, or its tokenizer.json.
pub(crate) fn read_tokenizer(path: &Path) -> anyhow::Result<impl TokenCounter + use<>> {
    let file = if path.is_dir() { path.join("tokenizer.json") } else { path.to_owned() };
    Ok(TokenizerAlone(Tokenizer::from_file(file)?))
}

struct TokenizerAlone(Tokenizer);

impl TokenCounter for TokenizerAlone {
    fn count_tokens(&self, text: &str) -> usize {
        self.0.count(text)
    }
}

fn to_model(request: &CaptionRequest) -> Result<PreparedRequest, BackendError> {
    let task: Task = request.task.parse().map_err(|error| BackendError::Refused(sentence(&format!("{error}"))))?;
    let Parameters { max_length, num_beams, do_sample, temperature, top_p, seed } = request.parameters;
    let image = &request.image;
    Ok(PreparedRequest {
        picture: PreparedPicture {
            key: Some(image.key.0),
            pixel_values: Arc::clone(&image.values),
            dimensions: (image.width, image.height),
        },
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
    let times = caption.times;
    let timing = Timing {
        vision: times.vision,
        encoder: times.encoder,
        decode: times.decode,
        steps: times.steps,
        // The start token isn't generated.
        tokens: caption.token_ids.len().saturating_sub(1) as u32,
        cached: times.cached,
        ..Timing::default()
    };
    CaptionResult {
        regions: regions.collect(),
        answer: serde_json::to_value(&caption.answer).expect("an answer is JSON. This is a bug."),
        caption: caption.text,
        confidence: caption.confidence,
        timing,
    }
}

fn to_backend_error(error: &Error) -> BackendError {
    match error {
        Error::Image(_) | Error::Prompt(_) | Error::PromptTooLong { .. } | Error::Options(_) => {
            BackendError::Refused(sentence(&error.to_string()))
        }
        Error::Checkpoint(_) | Error::Tokenizer(_) | Error::Device(_) | Error::Offloaded(_) => {
            BackendError::Failed(error.to_string())
        }
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

/// Decodes a file as the model wants it: upright, in red, green and blue.
pub(crate) fn decode(bytes: &[u8]) -> Result<image::RgbImage, PrepareError> {
    vasari_model::image::decode(bytes, &Limits::default()).map_err(|error| {
        let sentence = sentence(&error.to_string());
        match error {
            ImageError::Unsupported { .. } => PrepareError::Unsupported(sentence),
            ImageError::TooLarge { .. } => PrepareError::TooLarge(sentence),
            ImageError::Damaged { format, reason } => {
                tracing::debug!(%format, reason, "a picture can't be decoded");
                PrepareError::Damaged(format!("The {format} picture is cut off or corrupt."))
            }
            ImageError::Empty => PrepareError::Damaged("The file is empty.".into()),
        }
    })
}

/// [`decode`] with its errors as sentences, to be part of others.
pub(crate) fn decode_for_people(bytes: &[u8]) -> Result<image::RgbImage, String> {
    decode(bytes).map_err(|error| error.to_string().trim_end_matches('.').to_owned())
}

/// Draws the regions over the picture.
pub(crate) fn draw(picture: &mut image::RgbImage, regions: &[Region]) {
    draw_answer(picture, &to_answer(regions));
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
        assert!(matches!(decode(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), Err(PrepareError::Unsupported(_))));
        assert!(matches!(decode(b""), Err(PrepareError::Damaged(_))));
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
        let mut drawn = image::RgbImage::new(40, 40);
        let region = Region { label: String::new(), shape: Shape::Box([5.0, 5.0, 30.0, 30.0]), confidence: None };
        draw(&mut drawn, &[region]);
        assert_ne!(drawn.get_pixel(5, 20).0, [0, 0, 0]);
        assert_eq!(drawn.get_pixel(15, 20).0, [0, 0, 0]);
    }
}
