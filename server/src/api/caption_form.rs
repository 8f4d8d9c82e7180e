//! The page's form: a captioning request whose picture may be one of the samples.

use axum::{
    extract::{Multipart, multipart::MultipartRejection},
    http::HeaderMap,
};
use vasari_inference::Parameters;

pub(crate) use super::ask::UploadedImage;
use super::{
    ask::{CaptionAsk, ImageSource, Pictures, missing_image, read_form},
    problem::Problem,
};

/// What the form asks for; everything is optional until [`CaptionForm::into_image`].
#[derive(Debug, Default)]
pub(crate) struct CaptionForm {
    /// The file in the field `image`. A browser sends one without a name when none was chosen.
    pub(crate) image: Option<UploadedImage>,
    /// The task's marker or name.
    pub(crate) task: Option<String>,
    /// The task's input.
    pub(crate) text: Option<String>,
    /// The sample on display.
    pub(crate) sample: Option<String>,
    /// How the caption is searched for.
    pub(crate) parameters: Parameters,
}

impl CaptionForm {
    /// Reads the form. Fields of other names are passed over, and pictures by URL as well: the page has no such field.
    pub(crate) async fn read(
        headers: &HeaderMap,
        multipart: Result<Multipart, MultipartRejection>,
    ) -> Result<Self, Problem> {
        let CaptionAsk { images, sample, fields } = read_form(headers, multipart, Pictures::One).await?;
        let uploads = images.into_iter().filter_map(|image| match image {
            ImageSource::Upload(upload) => Some(upload),
            ImageSource::Url { .. } => None,
        });
        let image = uploads.into_iter().next();
        Ok(Self { image, task: fields.task, text: fields.text, sample, parameters: fields.parameters })
    }

    /// The picture, which must be there.
    pub(crate) fn into_image(self) -> Result<UploadedImage, Problem> {
        self.image.ok_or_else(|| missing_image(Pictures::One))
    }
}
