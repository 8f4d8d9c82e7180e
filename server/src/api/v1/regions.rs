//! Regions that a client sends, checked: what stands in the database can be drawn.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::{fields::invalid, problem::Problem};

/// More than a detector finds in one picture.
const MAX_REGIONS: usize = 1000;
/// Outlines of one region.
const MAX_POLYGONS: usize = 100;
/// Numbers of all regions together.
const MAX_NUMBERS: usize = 50_000;
/// Letters of a label.
const MAX_LABEL: usize = 500;
/// No picture has so many pixels from one side to the other.
const FARTHEST: f64 = 1_000_000.0;

/// Something in a picture: what it is, and where, as exactly one of `box`, `quad` and `polygons`, in pixels of the picture
/// as shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RegionBody {
    /// What it is, at most 500 characters; may be empty.
    label: String,
    /// Left, top, right, bottom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<f64>>, min_items = 4, max_items = 4)]
    r#box: Option<[f64; 4]>,
    /// Four corners as x, y pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<f64>>, min_items = 8, max_items = 8)]
    quad: Option<[f64; 8]>,
    /// Outlines, each as at least three x, y pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    polygons: Option<Vec<Vec<f64>>>,
    /// 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1)]
    confidence: Option<f32>,
}

/// The regions as they are kept.
///
/// # Errors
///
/// A problem that names the first region that is wrong.
pub(super) fn checked_regions(regions: &[RegionBody]) -> Result<Value, Problem> {
    if regions.len() > MAX_REGIONS {
        return Err(invalid("regions", "a caption may have at most 1,000 regions"));
    }
    for (index, region) in regions.iter().enumerate() {
        if let Some(fault) = region.fault() {
            return Err(invalid(&format!("regions[{index}]"), fault));
        }
    }
    if regions.iter().map(|region| region.numbers().count()).sum::<usize>() > MAX_NUMBERS {
        return Err(invalid("regions", "all regions together may have at most 50,000 coordinates"));
    }
    Ok(serde_json::to_value(regions).expect("regions are plain JSON. This is a bug."))
}

impl RegionBody {
    fn numbers(&self) -> impl Iterator<Item = f64> {
        let polygons = self.polygons.iter().flatten().flatten();
        self.r#box.iter().flatten().chain(self.quad.iter().flatten()).chain(polygons).copied()
    }

    /// What is wrong with it, if anything is.
    fn fault(&self) -> Option<&'static str> {
        let shapes = [self.r#box.is_some(), self.quad.is_some(), self.polygons.is_some()];
        if shapes.into_iter().filter(|is_there| *is_there).count() != 1 {
            return Some("it must have exactly one of box, quad and polygons");
        }
        if self.label.chars().count() > MAX_LABEL || self.label.contains('\0') {
            return Some("its label may have at most 500 characters, and no NUL among them");
        }
        if !self.numbers().all(|number| number.is_finite() && number.abs() <= FARTHEST) {
            return Some("its coordinates must be pixels, within a million of the picture's corner");
        }
        if self.r#box.is_some_and(|[left, top, right, bottom]| left > right || top > bottom) {
            return Some("its box must be left, top, right, bottom");
        }
        let is_outline = |outline: &Vec<f64>| outline.len() >= 6 && outline.len().is_multiple_of(2);
        if let Some(polygons) = &self.polygons
            && !((1..=MAX_POLYGONS).contains(&polygons.len()) && polygons.iter().all(is_outline))
        {
            return Some("it must have 1 to 100 polygons, each of at least three x, y pairs");
        }
        if self.confidence.is_some_and(|confidence| !(0.0..=1.0).contains(&confidence)) {
            return Some("its confidence must be 0 to 1");
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(regions: Value) -> Result<Value, String> {
        let regions: Vec<RegionBody> = serde_json::from_value(regions).map_err(|error| error.to_string())?;
        checked_regions(&regions).map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn regions_are_kept_as_they_came() {
        let regions = json!([
            { "label": "a bird", "box": [1.0, 2.0, 3.5, 4.0], "confidence": 0.5 },
            { "label": "", "quad": [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0] },
            { "label": "a tree", "polygons": [[0.0, 0.0, 1.0, 0.0, 1.0, 1.0]] },
        ]);
        assert_eq!(check(regions.clone()), Ok(regions));
        assert_eq!(check(json!([])), Ok(json!([])));
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let of = |region: Value| check(json!([{ "label": "x", "box": [0, 0, 1, 1] }, region])).unwrap_err();
        for (region, hint) in [
            (json!({ "label": "x" }), "regions[1]: it must have exactly one"),
            (json!({ "label": "x", "box": [0, 0, 1, 1], "polygons": [] }), "exactly one"),
            (json!({ "label": "a\0", "box": [0, 0, 1, 1] }), "label"),
            (json!({ "label": "x".repeat(501), "box": [0, 0, 1, 1] }), "label"),
            (json!({ "label": "x", "box": [0, 0, 1e9, 1] }), "coordinates"),
            (json!({ "label": "x", "box": [2, 0, 1, 1] }), "left, top, right, bottom"),
            (json!({ "label": "x", "polygons": [[0, 0, 1, 1]] }), "polygons"),
            (json!({ "label": "x", "polygons": [[0, 0, 1, 1, 2, 2, 3]] }), "polygons"),
            (json!({ "label": "x", "polygons": [] }), "polygons"),
            (json!({ "label": "x", "box": [0, 0, 1, 1], "confidence": 1.5 }), "confidence"),
            (json!({ "label": "x", "box": [0, 0, 1] }), "length"),
            (json!({ "label": "x", "box": [0, 0, 1, 1], "onclick": "" }), "unknown field"),
        ] {
            let error = of(region.clone());
            assert!(error.contains(hint), "{region}: {error}");
        }
        let region = json!({ "label": "x", "box": [0, 0, 1, 1] });
        assert!(check(json!(vec![region; 1001])).unwrap_err().contains("1,000"));
        let outline = vec![1.0; 30_000];
        let large = json!({ "label": "x", "polygons": [outline, outline] });
        assert!(check(json!([large])).unwrap_err().contains("50,000"));
    }
}
