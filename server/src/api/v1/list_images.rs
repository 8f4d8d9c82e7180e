//! `GET /api/v1/datasets/{dataset}/images`: a dataset's pictures, with what one source says of each where that is asked for.

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
    Database, Reader, StorageError,
    captions::{Caption, Status},
    images::{DatasetImage, ImageFilter, ImageOrder, ImagePage},
};

use super::{
    captions::StoredCaptionResponse,
    datasets::{checked, reading},
    images::ImageResponse,
    page::{Page, PageQueryParams, nothing_there, unknown_cursor},
};
use crate::{
    api::{docs::AccountErrors, fields::invalid, problem::Problem},
    people::Identity,
    state::AppState,
};

/// Order, filter and extent of a list of pictures.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListImages {
    /// By file name, and not in the order of adding.
    pub(crate) by_name: bool,
    pub(crate) filter: ImageFilter,
    /// The id or the name, as the order has it, of the picture that the page ends before.
    pub(crate) before: Option<String>,
    /// The source whose captions come along.
    pub(crate) captions: Option<String>,
    /// Whether their regions do.
    pub(crate) boxes: bool,
}

/// A picture in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListedImageResponse {
    #[serde(flatten)]
    image: ImageResponse,
    /// What the source that `captions` names says of it; left out where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    caption: Option<StoredCaptionResponse>,
}

impl ListImages {
    /// The order.
    pub(crate) fn order(&self) -> ImageOrder {
        if self.by_name { ImageOrder::Name } else { ImageOrder::Added }
    }

    /// What a page's next one begins after, or its previous one ends before.
    pub(crate) fn cursor(&self, image: &DatasetImage) -> String {
        if self.by_name { image.file_name.clone() } else { image.id.to_string() }
    }

    /// The page after `cursor`, or before [`ListImages::before`].
    pub(crate) fn page(&self, cursor: Option<&str>) -> Result<ImagePage, Problem> {
        let id = |text: &str| text.parse::<Uuid>().map_err(|_| unknown_cursor());
        Ok(match (&self.before, self.by_name) {
            (Some(before), true) => ImagePage::NameBefore(before.clone()),
            (Some(before), false) => ImagePage::AddedBefore(id(before)?),
            (None, true) => ImagePage::Name(cursor.map(str::to_owned)),
            (None, false) => ImagePage::Added(cursor.map(id).transpose()?),
        })
    }

    /// What the chosen source says of these pictures, by picture.
    pub(crate) async fn captions_of(
        &self,
        database: &Database,
        reader: &Reader,
        dataset: Uuid,
        images: &[DatasetImage],
    ) -> Result<HashMap<Uuid, Caption>, StorageError> {
        let Some(source) = &self.captions else { return Ok(HashMap::new()) };
        let ids: Vec<_> = images.iter().map(|image| image.id).collect();
        let captions = database.captions_of_source(reader, dataset, source, &ids).await?;
        let lighten = |(image, caption): (Uuid, Caption)| {
            let regions = caption.regions.filter(|_| self.boxes);
            (image, Caption { regions, ..caption })
        };
        Ok(captions.into_iter().map(lighten).collect())
    }
}

impl<S: Sync> FromRequestParts<S> for ListImages {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default())
    }
}

/// List a dataset's pictures
///
/// With `before`, the page that ends before a picture, and `next_cursor` is the `before` of the page that ends before that
/// one.
#[utoipa::path(
    get, path = "/api/v1/datasets/{dataset}/images", tag = "Datasets",
    params(
        ("dataset" = String, Path, description = "Its slug"),
        ("sort" = Option<String>, Query, description = "`added` (unless said otherwise) or `name`"),
        ("source" = Option<String>, Query, description = "Only with a caption of this source"),
        ("missing" = Option<String>, Query, description = "Only without a caption of this source"),
        ("status" = Option<String>, Query, description = "Only with a caption in this state"),
        ("captions" = Option<String>, Query, description = "With what this source says of each"),
        ("boxes" = Option<bool>, Query, description = "With the regions of those captions"),
        ("limit" = Option<u16>, Query, description = "How many at most: 1 to 200, 50 where nothing is said"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("before" = Option<String>, Query, description = "Up to this picture, without it: its id, or its name by name"),
    ),
    responses((status = 200, description = "A page of pictures", body = Page<ListedImageResponse>), AccountErrors),
)]
pub(crate) async fn list_images(
    State(state): State<AppState>,
    identity: Option<Identity>,
    Path(slug): Path<String>,
    params: PageQueryParams,
    list: ListImages,
) -> Result<Json<Page<ListedImageResponse>>, Problem> {
    let reader = reading(identity.as_ref())?;
    let (database, page) = (state.storage.database()?, list.page(params.cursor.as_deref())?);
    let dataset = database.find_dataset(&reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let images = database.list_images(&reader, &slug, &list.filter, &page, params.rows()).await?;
    let mut images = images.ok_or_else(nothing_there)?;
    let next_cursor = if list.before.is_some() {
        params.cut_front(&mut images, |image| list.cursor(image))
    } else {
        params.cut(&mut images, |image| list.cursor(image))
    };
    let mut captions = list.captions_of(&database, &reader, dataset.id, &images).await?;
    let listed = images.into_iter().map(|image| {
        let caption = captions.remove(&image.id).map(StoredCaptionResponse::from);
        ListedImageResponse { image: image.into(), caption }
    });
    Ok(Json(Page::new(listed.collect(), next_cursor)))
}

/// Reads the parameters of a query.
pub(crate) fn parse(query: &str) -> Result<ListImages, Problem> {
    let mut list = ListImages::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if value.contains('\0') {
            return Err(invalid(&name, "it contains a NUL character"));
        }
        match &*name {
            "sort" => {
                list.by_name = match &*value {
                    "name" => true,
                    "added" => false,
                    _ => return Err(invalid("sort", "it must be added or name")),
                }
            }
            "before" => list.before = Some(value.into_owned()),
            "captions" => list.captions = Some(value.into_owned()),
            "boxes" => {
                list.boxes = value.parse().map_err(|_| invalid("boxes", "it must be true or false"))?;
            }
            "source" => list.filter.has_source = Some(value.into_owned()),
            "missing" => list.filter.lacks_source = Some(value.into_owned()),
            "status" => {
                let status = Status::ALL.into_iter().find(|status| status.to_string() == value);
                let status =
                    status.ok_or_else(|| invalid("status", "it must be draft, submitted, approved or rejected"));
                list.filter.status = Some(status?);
            }
            _ => {}
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_others_passed_over() {
        let list = parse("sort=name&source=human&missing=a%20b&status=approved&limit=3").unwrap();
        assert!(list.by_name);
        assert_eq!(list.filter.has_source.as_deref(), Some("human"));
        assert_eq!(list.filter.lacks_source.as_deref(), Some("a b"));
        assert_eq!(list.filter.status, Some(Status::Approved));
    }

    #[test]
    fn wrong_ones_are_named() {
        for (query, name) in
            [("sort=size", "sort"), ("status=Approved", "status"), ("source=%00", "source"), ("boxes=2", "boxes")]
        {
            assert!(parse(query).unwrap_err().detail().contains(name), "{query}");
        }
    }
}
