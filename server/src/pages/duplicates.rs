//! `/datasets/{slug}/duplicates`: pictures that are there nearly twice, and the answers of the plain forms.

use std::collections::HashMap;

use axum::{
    Form,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use url::form_urlencoded;
use uuid::Uuid;
use vasari_app::{
    t,
    types::{
        self, DuplicateBy, DuplicatesData, FoundDuplicates, GroupData, GroupImage, KeepCaptionData, KeptRow, Listing,
        PageData,
    },
};
use vasari_storage::{Database, duplicates::DuplicateKind, search::HitCaption};

use super::{compare::pieces, grid::describe, image_choice::filter_of, stored, visit::Visit};
use crate::{
    api::{
        fields::invalid,
        problem::Problem,
        v1::{
            audit::Audit,
            datasets::checked,
            dismissals::{DismissBody, dismiss, take_back},
            duplicates::{self, DuplicateParams, look},
            keep_caption::{KeepCaptionBody, KeepCaptionPreviewResponse, KeepImageBody, make, preview},
            page::{nothing_there, parse_id, unknown_cursor},
        },
    },
    duplicates::{DuplicateGroup, GroupOrder, farthest, usual_distance},
    middleware::RequestId,
    people::unauthenticated,
    state::AppState,
};

/// Groups of a page.
const GROUPS: usize = 20;

/// What the address says beside the pictures.
#[derive(Default)]
struct DuplicatesQuery {
    cursor: Option<String>,
    are_dismissed: bool,
}

/// The forms' fields, as they were sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct DuplicatesForm {
    /// `dismiss` or `apply`; the other buttons have names of their own.
    step: String,
    /// What the group was found by.
    by: String,
    /// The pictures with commas between them, each with the version of one's own caption behind a dot where there is one.
    images: String,
    /// The caption that is to be kept, and its version behind a dot.
    keep: String,
    /// The dismissal that is to be taken back.
    take_back: String,
}

/// The groups.
pub(crate) async fn get_page(
    visit: Visit,
    axum::Extension(id): axum::Extension<RequestId>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let listing = Listing::parse(&query);
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let shown = describe(&visit, &database, &dataset).await?;
    let captions = [&listing.captions, &listing.source].into_iter().find(|source| !source.is_empty());
    let captions = captions.map_or(shown.main_source(), String::as_str).to_owned();
    let listing = Listing { captions, ..listing };
    let mut data = DuplicatesData { chips: listing.chips(), dataset: shown, listing, ..DuplicatesData::default() };
    match fill(&visit, &database, &slug, &query, &mut data).await {
        Ok(()) => {}
        Err(problem) if problem.status() == StatusCode::BAD_REQUEST => data.problem = Some(problem.document(&id.0)),
        Err(problem) => return Err(problem),
    }
    let frame = visit.frame_of(&dataset, &data.listing).await?;
    let title = t!("Near-duplicates · {dataset}", dataset = dataset.name);
    let about = t!("Pictures that are there nearly twice, and one caption for all of them.");
    Ok(visit.answer((&title, about), frame, PageData::Duplicates(Box::new(data)), StatusCode::OK))
}

/// Shows what keeping a caption would write, asks for it, dismisses a group, or takes that back.
pub(crate) async fn post_page(
    State(state): State<AppState>,
    visit: Visit,
    audit: Audit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    Form(form): Form<DuplicatesForm>,
) -> Result<Response, Problem> {
    let identity = visit.identity.as_ref().ok_or_else(unauthenticated)?;
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let back = format!("/datasets/{}/duplicates{query}", checked(&slug)?);
    if !form.take_back.is_empty() {
        take_back(&state, identity, parse_id(&form.take_back)?).await?;
    } else if form.step == "dismiss" {
        let by = if form.by == "caption" { DuplicateKind::Caption } else { DuplicateKind::Image };
        let images = images(&form.images)?.into_iter().map(|image| image.id).collect();
        dismiss(&state, identity, &slug, DismissBody { by, images }).await?;
    } else {
        let body = kept(&form)?;
        if form.step == "apply" {
            let job = make(&state, identity, &audit, &slug, &body).await?;
            return Ok(Redirect::to(&format!("/jobs/{}", job.id)).into_response());
        }
        let preview = preview(&state, identity, &slug, &body).await?;
        return show_keeping(&visit, &slug, (&form, back), preview).await;
    }
    Ok(Redirect::to(&back).into_response())
}

/// Finds what the page shows.
async fn fill(
    visit: &Visit,
    database: &Database,
    slug: &str,
    query: &str,
    data: &mut DuplicatesData,
) -> Result<(), Problem> {
    let DuplicatesQuery { cursor, are_dismissed } = parse(query);
    let params = duplicates::parse(query);
    // The links lead to what was asked for also where that was wrong.
    let DuplicateParams { kind, distance, order, .. } = params.as_ref().cloned().unwrap_or_default();
    data.by = if kind == DuplicateKind::Image { DuplicateBy::Image } else { DuplicateBy::Caption };
    data.distance = distance.unwrap_or(usual_distance(kind));
    data.farthest = farthest(kind);
    data.is_closest_first = order == GroupOrder::Closest;
    (data.cursor, data.are_dismissed) = (cursor.clone(), are_dismissed);
    let params = params?;
    if are_dismissed {
        let before = cursor.as_deref().map(str::parse).transpose().map_err(|_| unknown_cursor())?;
        let rows = GROUPS as i64 + 1;
        let found = database.list_dismissals(&visit.reader, slug, kind, before, rows).await?;
        let mut found = found.ok_or_else(nothing_there)?;
        let has_more = found.len() > GROUPS;
        found.truncate(GROUPS);
        data.next_cursor = found.last().filter(|_| has_more).map(|last| last.id.to_string());
        let groups = found.iter().map(|dismissal| DuplicateGroup { images: dismissal.images.clone(), spread: 0 });
        let groups: Vec<_> = groups.collect();
        data.groups = described(visit, database, &groups, &data.listing).await?;
        for (group, dismissal) in data.groups.iter_mut().zip(&found) {
            group.dismissal = Some(dismissal.id.to_string());
        }
        return Ok(());
    }
    let after = cursor.as_deref().map(str::parse).transpose().map_err(|()| unknown_cursor())?;
    let captions = Some(data.listing.captions.clone()).filter(|captions| !captions.is_empty());
    let params = DuplicateParams { captions, ..params };
    let found = look(&visit.state, &visit.reader, slug, (params, &filter_of(&data.listing))).await?;
    let (groups, next) = found.page(order, after, GROUPS);
    data.groups = described(visit, database, groups, &data.listing).await?;
    data.next_cursor = next.map(|place| place.to_string());
    data.found = Some(FoundDuplicates {
        groups: found.groups.len() as u64,
        images: found.images() as u64,
        compared: found.compared as u64,
        unhashed: found.unhashed as u64,
        is_complete: found.is_complete,
        dismissed: found.dismissed as u64,
    });
    Ok(())
}

/// Groups with their pictures and what the chosen source says of them, each compared with the first.
async fn described(
    visit: &Visit,
    database: &Database,
    groups: &[DuplicateGroup],
    listing: &Listing,
) -> Result<Vec<GroupData>, Problem> {
    let ids: Vec<Uuid> = groups.iter().flat_map(|group| group.images.iter().copied()).collect();
    let images = database.find_images(&visit.reader, &ids).await?;
    let images: HashMap<Uuid, _> = images.into_iter().map(|image| (image.id, image)).collect();
    let said = if listing.captions.is_empty() {
        Vec::new()
    } else {
        database.captions_of_images(&visit.reader, &ids, std::slice::from_ref(&listing.captions)).await?
    };
    let said: HashMap<Uuid, HitCaption> = said.into_iter().map(|caption| (caption.image_id, caption)).collect();
    let describe = |group: &DuplicateGroup| {
        let mut first: Option<&str> = None;
        let shown = group.images.iter().filter_map(|id| images.get(id)).map(|image| {
            let caption = said.get(&image.id);
            let pieces = match (first, caption) {
                (Some(first), Some(caption)) => pieces(first, &caption.text),
                _ => Vec::new(),
            };
            first = first.or(caption.map(|caption| caption.text.as_str()));
            let caption = caption.cloned().map(stored::hit);
            GroupImage { image: types::ListedImage { caption, ..stored::image(image, None) }, pieces }
        });
        GroupData { images: shown.collect(), spread: group.spread, dismissal: None }
    };
    Ok(groups.iter().map(describe).collect())
}

/// The page that shows what keeping a caption would write.
async fn show_keeping(
    visit: &Visit,
    slug: &str,
    (form, back): (&DuplicatesForm, String),
    preview: KeepCaptionPreviewResponse,
) -> Result<Response, Problem> {
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, slug).await?.ok_or_else(nothing_there)?;
    let KeepCaptionPreviewResponse { text, source, added, changed, unchanged, images } = preview;
    let written = |image: &crate::api::v1::keep_caption::KeptImageResponse| match image.version {
        Some(version) => format!("{}.{version}", image.id),
        None => image.id.to_string(),
    };
    let written: Vec<String> = images.iter().map(written).collect();
    let ids: Vec<Uuid> = images.iter().map(|image| image.id).collect();
    let shown = database.find_images(&visit.reader, &ids).await?;
    let rows = shown.iter().zip(&images).map(|(image, kept)| KeptRow {
        address: format!("/datasets/{slug}/images/{}", image.id),
        image: stored::image(image, None),
        pieces: kept.before.as_ref().map(|before| pieces(before, &text)),
    });
    let data = KeepCaptionData {
        rows: rows.collect(),
        dataset: describe(visit, &database, &dataset).await?,
        address: back.clone(),
        back,
        keep: form.keep.clone(),
        images: written.join(","),
        added: added as u64,
        changed: changed as u64,
        unchanged: unchanged as u64,
        text,
        source,
    };
    let frame = visit.frame_of(&dataset, &Listing::default()).await?;
    let title = t!("Keep a caption · {dataset}", dataset = dataset.name);
    let about = t!("One caption for several pictures, with a preview and a way back.");
    Ok(visit.answer((&title, about), frame, PageData::KeepCaption(Box::new(data)), StatusCode::OK))
}

fn parse(query: &str) -> DuplicatesQuery {
    let mut parsed = DuplicatesQuery::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.contains('\0')) {
        match &*name {
            "cursor" => parsed.cursor = Some(value.into_owned()),
            "dismissed" => parsed.are_dismissed = value == "true",
            _ => {}
        }
    }
    parsed
}

/// Which caption is to be kept for which pictures.
fn kept(form: &DuplicatesForm) -> Result<KeepCaptionBody, Problem> {
    let wrong = || invalid("keep", "choose a caption of the group");
    let (caption, version) = form.keep.split_once('.').ok_or_else(wrong)?;
    Ok(KeepCaptionBody {
        caption: caption.parse().map_err(|_| wrong())?,
        version: version.parse().map_err(|_| wrong())?,
        images: images(&form.images)?,
    })
}

/// The pictures of a form.
fn images(written: &str) -> Result<Vec<KeepImageBody>, Problem> {
    let wrong = || invalid("images", "they must be ids of images, with commas between them");
    let image = |text: &str| {
        let (id, version) = text.split_once('.').map_or((text, None), |(id, version)| (id, Some(version)));
        let version = version.map(str::parse).transpose().map_err(|_| wrong())?;
        Ok(KeepImageBody { id: id.parse().map_err(|_| wrong())?, version })
    };
    written.split(',').filter(|text| !text.is_empty()).map(image).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_says_which_caption_is_kept_for_which_pictures() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let form = |keep: &str, images: &str| DuplicatesForm {
            keep: keep.into(),
            images: images.into(),
            ..DuplicatesForm::default()
        };
        let body = kept(&form(&format!("{one}.3"), &format!("{one},{other}.7"))).unwrap();
        assert_eq!((body.caption, body.version), (one, 3));
        let images: Vec<_> = body.images.iter().map(|image| (image.id, image.version)).collect();
        assert_eq!(images, [(one, None), (other, Some(7))]);
        for (keep, images) in [("", ""), ("a.1", ""), (&*format!("{one}.x"), ""), (&*format!("{one}.1"), "cat")] {
            assert!(kept(&form(keep, images)).is_err(), "{keep} {images}");
        }
    }
}
