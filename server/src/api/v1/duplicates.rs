//! `/api/v1/datasets/{dataset}/duplicates`: pictures that are there nearly twice.

use std::collections::HashMap;

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;
use vasari_storage::{
    Database, Reader, datasets::Dataset, duplicates::DuplicateKind, jobs::ImageSelection, search::HitCaption,
};

use super::{
    arena::chosen,
    datasets::{checked, reading},
    images::ImageResponse,
    list_images::ListImages,
    page::{PageQueryParams, nothing_there, unknown_cursor},
    search_params::SearchParams,
    selection::check_name,
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    duplicates::{DuplicateGroup, DuplicateSearch, Duplicates, GroupOrder, farthest, find, usual_distance},
    people::Identity,
    state::AppState,
};

/// What duplicates are found by, and in which order they come.
#[derive(Debug, Clone, Default)]
pub(crate) struct DuplicateParams {
    pub(crate) kind: DuplicateKind,
    /// See [`DuplicateSearch::distance`]; the usual one where nothing is said.
    pub(crate) distance: Option<u32>,
    /// The source whose captions are shown, and compared where they are.
    pub(crate) captions: Option<String>,
    pub(crate) order: GroupOrder,
}

/// Groups of pictures that are there nearly twice.
#[derive(Serialize, ToSchema)]
pub(crate) struct DuplicatesResponse {
    /// A page of the groups.
    items: Vec<DuplicateGroupResponse>,
    /// What to send as `cursor` for the next page; null on the last one.
    next_cursor: Option<String>,
    /// How many groups there are in all.
    groups: usize,
    /// How many pictures these have.
    images: usize,
    /// How many pictures were compared.
    compared: usize,
    /// How many pictures can't be compared yet, because their hashes are still to be made.
    unhashed: usize,
    /// Whether everything was compared. Of more than a million pictures or 100,000 captions, the first are.
    is_complete: bool,
    /// How many groups are left out because somebody has dismissed them.
    dismissed: usize,
    /// How far two of a group may be apart.
    distance: u32,
    /// Whose captions are shown, and compared by `caption`; null where nobody has said anything.
    captions: Option<String>,
}

/// Pictures that are alike, in the order of adding.
#[derive(Serialize, ToSchema)]
pub(crate) struct DuplicateGroupResponse {
    images: Vec<DuplicateImageResponse>,
    /// How far the two are apart that differ most: bits of 64, or per cent of the words.
    spread: u32,
}

/// A picture of a group.
#[derive(Serialize, ToSchema)]
pub(crate) struct DuplicateImageResponse {
    #[serde(flatten)]
    image: ImageResponse,
    /// What the source that `captions` names says of it; left out where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    caption: Option<DuplicateCaptionResponse>,
}

/// What a source says of a picture.
#[derive(Serialize, ToSchema)]
pub(crate) struct DuplicateCaptionResponse {
    id: Uuid,
    source: String,
    text: String,
    version: i32,
}

impl<S: Sync> FromRequestParts<S> for DuplicateParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default())
    }
}

/// Find near-duplicates
///
/// Groups of pictures that look alike (`by=image`), by perceptual hashes of 64 bits; or that look different and of which a
/// source says nearly the same (`by=caption`). No two of a group are farther apart than `distance`: bits, 0 to 16 and 8
/// where nothing is said; or per cent of the words that they don't share, 0 to 30 and 10 where nothing is said. A group has
/// at most 100 pictures; more that are alike come in several. Groups that somebody has dismissed are left out.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/duplicates", tag = "Duplicates",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("by" = Option<String>, Query, description = "`image` (unless said otherwise) or `caption`"),
        ("distance" = Option<u32>, Query, description = "How far two of a group may be apart"),
        ("captions" = Option<String>, Query, description = "Whose captions to show, and to compare by `caption`: a source's \
            name; the one that has said most where nobody is named"),
        ("order" = Option<String>, Query, description = "`largest` groups first (unless said otherwise), or `closest`"),
        ("q" = Option<String>, Query, description = "Only pictures that this search finds"),
        ("source" = Option<String>, Query, description = "Only with a caption of this source"),
        ("missing" = Option<String>, Query, description = "Only without a caption of this source"),
        ("status" = Option<String>, Query, description = "Only with a caption in this state"),
        ("limit" = Option<u16>, Query, description = "How many groups at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "A page of groups", body = DuplicatesResponse), AccountErrors),
)]
pub(crate) async fn list_duplicates(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    params: DuplicateParams,
    page: PageQueryParams,
    list: ListImages,
    search: SearchParams,
) -> Result<Json<DuplicatesResponse>, Problem> {
    let reader = reading(identity.as_ref())?;
    let database = state.storage.database()?;
    let dataset = database.find_dataset(&reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let images = ImageSelection {
        query: search.query.map(|query| query.to_string()),
        source: list.filter.has_source,
        missing: list.filter.lacks_source,
        status: list.filter.status,
        images: None,
    };
    let after = page.cursor.as_deref().map(str::parse).transpose().map_err(|()| unknown_cursor())?;
    let DuplicateParams { kind, distance, captions, order } = params;
    let captions = captions_of(&database, &reader, &dataset, captions).await?;
    let distance = distance.unwrap_or(usual_distance(kind));
    let params = DuplicateParams { kind, distance: Some(distance), captions: captions.clone(), order };
    let found = look(&state, &reader, &slug, (params, &images)).await?;
    let (groups, next) = found.page(order, after, page.limit());
    let items = described(&database, &reader, groups, captions.as_deref()).await?;
    Ok(Json(DuplicatesResponse {
        items,
        next_cursor: next.map(|place| place.to_string()),
        groups: found.groups.len(),
        images: found.images(),
        compared: found.compared,
        unhashed: found.unhashed,
        is_complete: found.is_complete,
        dismissed: found.dismissed,
        distance,
        captions,
    }))
}

/// The source whose captions are shown: the one that is named, or the one that has said most.
pub(crate) async fn captions_of(
    database: &Database,
    reader: &Reader,
    dataset: &Dataset,
    named: Option<String>,
) -> Result<Option<String>, Problem> {
    if named.is_some() {
        return Ok(named);
    }
    let sources = database.count_captions(reader, dataset.id).await?;
    let most = sources.into_iter().rev().filter(|source| source.captions > 0).max_by_key(|source| source.captions);
    Ok(most.map(|source| source.slug))
}

/// The groups of a dataset among some pictures.
pub(crate) async fn look(
    state: &AppState,
    reader: &Reader,
    slug: &str,
    (params, images): (DuplicateParams, &ImageSelection),
) -> Result<Duplicates, Problem> {
    let database = state.storage.database()?;
    let DuplicateParams { kind, distance, captions, order } = params;
    let search = DuplicateSearch {
        kind,
        distance: distance.unwrap_or(usual_distance(kind)),
        source: captions,
        filter: images.filter(),
        among: chosen(state, &database, reader, slug, images).await?,
        order,
    };
    find(&database, reader, slug, search).await?.ok_or_else(nothing_there)
}

/// Groups with what is known of their pictures. Pictures that have gone meanwhile are left out.
pub(crate) async fn described(
    database: &Database,
    reader: &Reader,
    groups: &[DuplicateGroup],
    captions: Option<&str>,
) -> Result<Vec<DuplicateGroupResponse>, Problem> {
    let ids: Vec<Uuid> = groups.iter().flat_map(|group| group.images.iter().copied()).collect();
    let images = database.find_images(reader, &ids).await?;
    let mut images: HashMap<Uuid, _> = images.into_iter().map(|image| (image.id, image)).collect();
    let said = match captions {
        Some(source) => database.captions_of_images(reader, &ids, &[source.to_owned()]).await?,
        None => Vec::new(),
    };
    let mut said: HashMap<Uuid, HitCaption> = said.into_iter().map(|caption| (caption.image_id, caption)).collect();
    let mut described = Vec::with_capacity(groups.len());
    for group in groups {
        let shown = group.images.iter().filter_map(|id| images.remove(id)).map(|image| DuplicateImageResponse {
            caption: said.remove(&image.id).map(|caption| DuplicateCaptionResponse {
                id: caption.id,
                source: caption.source,
                text: caption.text,
                version: caption.version,
            }),
            image: image.into(),
        });
        described.push(DuplicateGroupResponse { images: shown.collect(), spread: group.spread });
    }
    Ok(described)
}

/// Reads the parameters of a query; others are passed over.
pub(crate) fn parse(query: &str) -> Result<DuplicateParams, Problem> {
    let mut params = DuplicateParams::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "by" => {
                params.kind = match &*value {
                    "image" => DuplicateKind::Image,
                    "caption" => DuplicateKind::Caption,
                    _ => return Err(invalid("by", "it must be image or caption")),
                }
            }
            "distance" => {
                let number = value.parse().map_err(|_| invalid("distance", "it must be a whole number"))?;
                params.distance = Some(number);
            }
            "captions" => params.captions = Some(value.into_owned()).filter(|source| !source.is_empty()),
            "order" => {
                params.order = value.parse().map_err(|()| invalid("order", "it must be largest or closest"))?;
            }
            _ => {}
        }
    }
    check_name("captions", params.captions.as_deref())?;
    let most = farthest(params.kind);
    if params.distance.is_some_and(|distance| distance > most) {
        return Err(invalid("distance", &format!("by what is compared here it must be 0 to {most}")));
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_others_passed_over() {
        let params = parse("by=caption&distance=20&captions=anna&order=closest&q=dog&limit=3").unwrap();
        assert_eq!(
            (params.kind, params.distance, params.order),
            (DuplicateKind::Caption, Some(20), GroupOrder::Closest)
        );
        assert_eq!(params.captions.as_deref(), Some("anna"));
        let params = parse("captions=").unwrap();
        assert_eq!((params.kind, params.distance, params.captions), (DuplicateKind::Image, None, None));
    }

    #[test]
    fn wrong_ones_are_named() {
        for (query, name) in [
            ("by=sound", "by"),
            ("distance=x", "distance"),
            ("distance=17", "0 to 16"),
            ("by=caption&distance=31", "0 to 30"),
            ("order=first", "order"),
            ("captions=%00", "captions"),
        ] {
            assert!(parse(query).unwrap_err().detail().contains(name), "{query}");
        }
    }
}
