//! The answer of `POST /caption`, and how requests fail.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What `POST /caption` answers with status 200.
///
/// The first four fields are the contract that clients rely on; the others came later.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaptionResponse {
    /// The caption as a person reads it; for tasks that answer with regions, their labels joined by ", ".
    pub caption: String,
    /// exp(mean log-probability of the generated text tokens), 0 to 1.
    pub confidence: f32,
    /// Seconds from the decoded request to the answer.
    pub processing_time: f64,
    /// Who answered.
    pub model_info: ModelInfo,
    /// The task's marker, such as `<OD>`.
    #[serde(default)]
    pub task: String,
    /// The task's input, where it takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The picture's size once its EXIF orientation is applied: what the regions are measured in.
    #[serde(default)]
    pub image: ImageSize,
    /// What was found, and where. Empty for tasks that answer with text alone.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// All that the page has no use for, kept for those who copy the answer.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ModelInfo {
    /// `florence-2`.
    pub model_type: String,
    /// Vasari's version.
    pub version: String,
    /// What else the server says of the model.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A picture's size in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Something found in the picture: `{"label": "dog", "box": [x1, y1, x2, y2], "confidence": 0.93}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// What it is; empty where the task only proposes regions.
    pub label: String,
    /// Where it is, in pixels of the picture.
    #[serde(flatten)]
    pub shape: Shape,
    /// exp(mean log-probability of the region's own tokens), 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

/// The outline of a [`Region`], in pixels from the picture's upper left corner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Left, top, right, bottom.
    Box([f32; 4]),
    /// Four corners as x, y pairs: a line of text, which may lean.
    Quad([f32; 8]),
    /// Outlines, each a list of x, y pairs.
    Polygons(Vec<Vec<f32>>),
}

/// An RFC 9457 problem document, as every failing request is answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Problem {
    /// A stable name of the kind of problem.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// What happened, in a few words.
    pub title: String,
    /// The HTTP status; 0 when the answer never arrived.
    #[serde(default)]
    pub status: u16,
    /// What is wrong here and what would be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to quote when asking for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_is_written_with_its_shape_as_a_field() {
        let region = Region { label: "dog".into(), shape: Shape::Box([1.0, 2.0, 3.0, 4.5]), confidence: Some(0.5) };
        let json = serde_json::to_string(&region).unwrap();
        assert_eq!(json, r#"{"label":"dog","box":[1.0,2.0,3.0,4.5],"confidence":0.5}"#);
        assert_eq!(serde_json::from_str::<Region>(&json).unwrap(), region);
    }

    #[test]
    fn polygons_come_back_as_they_were_sent() {
        let shape = Shape::Polygons(vec![vec![0.0, 0.0, 9.0, 0.0, 9.0, 9.0]]);
        let region = Region { label: String::new(), shape, confidence: None };
        let json = serde_json::to_string(&region).unwrap();
        assert_eq!(json, r#"{"label":"","polygons":[[0.0,0.0,9.0,0.0,9.0,9.0]]}"#);
        assert_eq!(serde_json::from_str::<Region>(&json).unwrap(), region);
    }

    #[test]
    fn answer_of_the_old_server_is_understood() {
        let json = r#"{"caption": "a sunset", "confidence": 0.89, "processing_time": 0.45,
            "model_info": {"model_type": "florence-2", "version": "1.0.0"}}"#;
        let response: CaptionResponse = serde_json::from_str(json).unwrap();
        assert_eq!(response.caption, "a sunset");
        assert!(response.regions.is_empty());
    }

    #[test]
    fn what_the_page_does_not_know_is_kept() {
        let json = r#"{"caption":"dog","confidence":0.5,"processing_time":0.25,
            "model_info":{"model_type":"florence-2","version":"1","name":"demo"},"task":"<OD>",
            "image":{"width":4,"height":3},"regions":[],"answer":{"labels":["dog"]}}"#;
        let response: CaptionResponse = serde_json::from_str(json).unwrap();
        let written = serde_json::to_value(&response).unwrap();
        assert_eq!(written, serde_json::from_str::<Value>(json).unwrap());
    }

    #[test]
    fn problem_needs_no_more_than_a_title() {
        let problem: Problem = serde_json::from_str(r#"{"title": "Too large"}"#).unwrap();
        assert_eq!(problem, Problem { title: "Too large".into(), ..Problem::default() });
    }
}
