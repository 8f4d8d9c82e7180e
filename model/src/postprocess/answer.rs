//! What the model answered, in pixels of the picture.

use serde::Serialize;
use serde_json::Value;

use super::coordinates::Coordinates;

/// What the model answered.
///
/// Serialises as the reference's dictionaries: a string, or an object of `bboxes` and `labels` and so on. Coordinates
/// are pixels of the picture the request came with, x before y, with their fraction.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// A plain text.
    Text(String),
    /// Boxes `[x0, y0, x1, y1]`, each with its label.
    Boxes {
        /// One box an object.
        bboxes: Vec<[f32; 4]>,
        /// One label a box; empty strings for region proposals.
        labels: Vec<String>,
    },
    /// Quadrilaterals `[x, y, …]` of four corners, each with the text that stands in it.
    Quads {
        /// One quadrilateral a piece of text.
        quad_boxes: Vec<[f32; 8]>,
        /// The pieces of text.
        labels: Vec<String>,
    },
    /// Outlines: each object has one polygon or more, each a flat `[x, y, x, y, …]`.
    Polygons {
        /// One list of polygons an object.
        polygons: Vec<Vec<Vec<f32>>>,
        /// One label an object; empty where the task names nothing.
        labels: Vec<String>,
    },
    /// Boxes or outlines: the model chooses, and the other half stays empty.
    BoxesAndPolygons {
        /// As in [`Answer::Boxes`].
        bboxes: Vec<[f32; 4]>,
        /// One label a box.
        bboxes_labels: Vec<String>,
        /// As in [`Answer::Polygons`].
        polygons: Vec<Vec<Vec<f32>>>,
        /// One label an object.
        polygons_labels: Vec<String>,
    },
}

/// One labelled place of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region<'a> {
    /// What is there; may be empty.
    pub label: &'a str,
    /// Where it is.
    pub shape: Shape<'a>,
}

/// Where something is, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape<'a> {
    /// `[x0, y0, x1, y1]`.
    Box([f32; 4]),
    /// Four corners `[x, y, …]`.
    Quad([f32; 8]),
    /// Polygons that belong together, each a flat `[x, y, x, y, …]`, which may be empty.
    Polygons(&'a [Vec<f32>]),
}

impl Answer {
    /// What a person reads: the text itself, or the labels in their order joined by commas.
    ///
    /// Several objects of one kind are named several times; regions without a label are passed over.
    pub fn text(&self) -> String {
        if let Answer::Text(text) = self {
            return text.clone();
        }
        let labels: Vec<&str> = self.regions().map(|region| region.label).filter(|label| !label.is_empty()).collect();
        labels.join(", ")
    }

    /// The answer's regions in the order the model named them; none for a plain text.
    pub fn regions(&self) -> impl Iterator<Item = Region<'_>> {
        let (boxes, box_labels, quads, polygons, labels): (&[_], &[_], &[_], &[_], &[String]) = match self {
            Answer::Text(_) => (&[], &[], &[], &[], &[]),
            Answer::Boxes { bboxes, labels } => (bboxes, labels, &[], &[], &[]),
            Answer::Quads { quad_boxes, labels } => (&[], &[], quad_boxes, &[], labels),
            Answer::Polygons { polygons, labels } => (&[], &[], &[], polygons, labels),
            Answer::BoxesAndPolygons { bboxes, bboxes_labels, polygons, polygons_labels } => {
                (bboxes, bboxes_labels, &[], polygons, polygons_labels)
            }
        };
        let boxes = boxes.iter().map(|corners: &[f32; 4]| Shape::Box(*corners)).zip(box_labels);
        let quads = quads.iter().map(|corners: &[f32; 8]| Shape::Quad(*corners)).zip(labels);
        let polygons = polygons.iter().map(|polygons: &Vec<Vec<f32>>| Shape::Polygons(polygons)).zip(labels);
        boxes.chain(quads).chain(polygons).map(|(shape, label): (_, &String)| Region { label, shape })
    }

    /// The answer as JSON, with coordinates in the given flavour.
    pub fn to_json(&self, coordinates: Coordinates) -> Value {
        let mut json =
            serde_json::to_value(self).expect("an answer is made of strings and finite numbers. This is a bug.");
        if coordinates == Coordinates::Int {
            truncate(&mut json);
        }
        json
    }
}

/// Cuts the fraction off every number within `json`.
fn truncate(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(truncate),
        Value::Object(fields) => fields.values_mut().for_each(truncate),
        Value::Number(number) => {
            if let Some(float) = number.as_f64() {
                *json = Value::from(float as i64);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
