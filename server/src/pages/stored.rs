//! What is kept, as pages show it. A test holds it against what the API answers.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use vasari_app::types::{Caption, Dataset, ImageFile, ListedImage, Neighbours, Role, SavedView, Source, Status};
use vasari_storage::{
    captions,
    counts::SourceCount,
    datasets,
    images::{self, DatasetImage},
    saved_views,
    search::HitCaption,
};

/// A dataset with so many pictures, and captions of these sources.
pub(super) fn dataset(dataset: &datasets::Dataset, images: i64, sources: Vec<SourceCount>) -> Dataset {
    let source = |source: SourceCount| {
        let parameters = parameters_of(&source);
        let SourceCount { slug, kind, model, task, is_own, captions, .. } = source;
        let about = [model, task].into_iter().flatten().collect::<Vec<_>>().join(", ");
        Source { slug, kind, about, parameters, is_own, captions: captions.max(0) as u64 }
    };
    Dataset {
        slug: dataset.slug.clone(),
        name: dataset.name.clone(),
        description: dataset.description.clone(),
        is_public: dataset.visibility == datasets::Visibility::Public,
        role: role(dataset.role),
        images: images.max(0) as u64,
        sources: sources.into_iter().map(source).collect(),
    }
}

/// A model's revision and how its captions were searched for: names with values.
fn parameters_of(source: &SourceCount) -> Vec<(String, String)> {
    let revision = source.model_revision.clone().map(|revision| ("revision".to_owned(), revision));
    let parameters = source.parameters.as_ref().and_then(Value::as_object).into_iter().flatten();
    let parameters = parameters
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    revision.into_iter().chain(parameters).collect()
}

/// A picture, with what the chosen source says of it.
pub(super) fn image(image: &DatasetImage, caption: Option<captions::Caption>) -> ListedImage {
    ListedImage {
        id: image.id.to_string(),
        file_name: image.file_name.clone(),
        width: image.width as u32,
        height: image.height as u32,
        thumbhash: STANDARD.encode(&image.thumbhash),
        colour: colour(&image.thumbhash),
        caption: caption.map(self::caption),
    }
}

/// A picture with what is known of its file.
pub(super) fn image_file(image: &DatasetImage) -> ImageFile {
    ImageFile {
        image: self::image(image, None),
        format: image.format.clone(),
        byte_size: image.byte_size.max(0) as u64,
        sha256: image.sha256.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")),
        added_at: moment(image.added_at),
    }
}

/// What stands beside a picture.
pub(super) fn neighbours(images::Neighbours { previous, next }: images::Neighbours) -> Neighbours {
    Neighbours { previous: previous.map(|id| id.to_string()), next: next.map(|id| id.to_string()) }
}

/// What a source says.
pub(super) fn caption(caption: captions::Caption) -> Caption {
    let captions::Caption { id, source, text, regions, confidence, status, reason, version, updated_at, .. } = caption;
    let regions = regions.and_then(|regions| regions.as_array().cloned()).unwrap_or_default();
    // An import may bring what is no region of ours.
    let regions = regions.into_iter().filter_map(|region| serde_json::from_value(region).ok()).collect();
    let (id, status, updated_at) = (id.to_string(), self::status(status), moment(updated_at));
    Caption { id, source, text, regions, confidence, status, reason, version, updated_at, ..Caption::default() }
}

/// What a source says of a picture that was searched for.
pub(super) fn hit(hit: HitCaption) -> Caption {
    let HitCaption { id, source, text, confidence, status, version, .. } = hit;
    let (id, status) = (id.to_string(), self::status(status));
    Caption { id, source, text, confidence, status, version, ..Caption::default() }
}

/// A view that was saved.
pub(super) fn view(view: saved_views::SavedView, role: datasets::Role) -> SavedView {
    let saved_views::SavedView { id, name, query, is_shared, owner, is_own, .. } = view;
    let can_delete = is_own || is_shared && role == datasets::Role::Owner;
    SavedView { id: id.to_string(), name, query, is_shared, owner, is_own, can_delete }
}

/// How far a review is.
pub(super) fn status(status: captions::Status) -> Status {
    match status {
        captions::Status::Draft => Status::Draft,
        captions::Status::Submitted => Status::Submitted,
        captions::Status::Approved => Status::Approved,
        captions::Status::Rejected => Status::Rejected,
    }
}

/// A moment as RFC 3339 writes it.
pub(super) fn moment(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).expect("a moment of this era can be written. This is a bug.")
}

/// The colour that a picture has on the whole, such as `#aabbcc`.
pub(super) fn colour(thumbhash: &[u8]) -> String {
    let Ok((red, green, blue, _)) = thumbhash::thumb_hash_to_average_rgba(thumbhash) else { return "#888888".into() };
    let byte = |share: f32| (share.clamp(0.0, 1.0) * 255.0).round() as u8;
    format!("#{:02x}{:02x}{:02x}", byte(red), byte(green), byte(blue))
}

/// What somebody may do.
pub(super) fn role(role: datasets::Role) -> Role {
    match role {
        datasets::Role::Viewer => Role::Viewer,
        datasets::Role::Annotator => Role::Annotator,
        datasets::Role::Reviewer => Role::Reviewer,
        datasets::Role::Owner => Role::Owner,
    }
}
