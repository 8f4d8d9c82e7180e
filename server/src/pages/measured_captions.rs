//! `/datasets/{slug}/metrics/captions`: the captions behind a part of a chart.

use axum::{
    extract::{Path, RawQuery},
    http::StatusCode,
    response::Response,
};
use uuid::Uuid;
use vasari_app::{
    t,
    types::{Listing, MeasuredCaptionsData, MeasuredRow, PageData, RangeData},
};
use vasari_curation::metrics::Metric;
use vasari_storage::api_keys::Scope;

use super::{grid::describe, image_choice::filter_of, metric_words::metric, stored, visit::Visit};
use crate::{
    api::{
        problem::Problem,
        v1::{
            caption_metrics::{measure, parameter},
            datasets::checked,
            measured_captions::{find, source_of},
            page::nothing_there,
        },
    },
    caption_metrics::{Range, Ranges},
};

/// Captions of a page.
const ROWS: usize = 50;

/// The most pictures that a form takes along.
const MOST_TAKEN_ALONG: usize = 1000;

/// The list.
pub(crate) async fn get_page(
    visit: Visit,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let (listing, ranges) = (Listing::parse(&query), Ranges::parse(&query)?);
    let database = visit.database()?;
    let dataset = database.find_dataset(&visit.reader, checked(&slug)?).await?.ok_or_else(nothing_there)?;
    let (reference, of) = (parameter(&query, "reference"), parameter(&query, "of"));
    let asked = (slug.as_str(), &filter_of(&listing), reference.as_str());
    let measurement = measure(&visit.state, visit.identity.as_ref(), asked).await?;
    let captions = measurement.behind(source_of(&measurement, &of)?, &ranges);
    let last = captions.len().div_ceil(ROWS).max(1);
    let page = (listing.page as usize).clamp(1, last);
    let here = captions.iter().skip((page - 1) * ROWS).take(ROWS).copied().collect::<Vec<_>>();
    let mut ids: Vec<Uuid> = captions.iter().map(|caption| measurement.images[caption.image as usize]).collect();
    ids.sort_unstable();
    ids.dedup();
    let taken: Vec<Metric> = measurement.measured.histograms.iter().map(|histogram| histogram.metric).collect();
    let found = find(&database, &visit.reader, &measurement, &here).await?;
    let rows = found.into_iter().map(|found| MeasuredRow {
        image: stored::image(&found.image, None),
        values: taken.iter().map(|metric| found.numbers.value(*metric)).collect(),
        status: stored::hit(found.caption.clone()).status,
        source: found.caption.source,
        text: found.caption.text,
    });
    let range =
        |Range { metric: measured, from, below }: &Range| (metric(*measured), RangeData { from: *from, below: *below });
    let frame = visit.frame_of(&dataset, &listing).await?;
    let data = MeasuredCaptionsData {
        dataset: describe(&visit, &database, &dataset).await?,
        chips: listing.chips(),
        listing,
        reference,
        of,
        ranges: ranges.ranges.iter().map(range).collect(),
        order: ranges.order.value(),
        metrics: taken.iter().map(|taken| metric(*taken)).collect(),
        total: captions.len() as u64,
        images: ids.len() as u64,
        ids: if ids.len() <= MOST_TAKEN_ALONG { ids.iter().map(Uuid::to_string).collect() } else { Vec::new() },
        page: (page as u32, last as u32),
        rows: rows.collect(),
        is_signed_in: visit.identity.as_ref().is_some_and(|identity| identity.reader(Scope::Write).is_ok()),
    };
    let title = t!("Captions by number · {dataset}", dataset = dataset.name);
    let about = t!("The captions behind a part of a chart, with their numbers.");
    Ok(visit.answer((&title, about), frame, PageData::MeasuredCaptions(Box::new(data)), StatusCode::OK))
}
