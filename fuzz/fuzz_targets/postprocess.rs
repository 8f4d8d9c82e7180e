//! What a model may answer, whatever it was trained to: read into texts, boxes, quads and polygons.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vasari_model::{Answer, Task, postprocess::parse};

/// Rounding may lead a little past the edge.
const SLACK: f32 = 1.0;

fuzz_target!(|bytes: &[u8]| {
    let [task, width, height, text @ ..] = bytes else { return };
    let task = Task::ALL[usize::from(*task) % Task::ALL.len()];
    let size = (u32::from(*width) * 64 + 1, u32::from(*height) * 64 + 1);
    let answer = parse(task, &String::from_utf8_lossy(text), size);
    let is_inside = |corners: &[f32]| {
        corners.chunks(2).all(|corner| {
            let limits = [size.0 as f32, size.1 as f32];
            corner.iter().zip(limits).all(|(place, limit)| (-SLACK..=limit + SLACK).contains(place))
        })
    };
    match answer {
        Answer::Text(text) => assert_eq!(text, text.trim()),
        Answer::Boxes { bboxes, labels } => {
            assert_eq!(bboxes.len(), labels.len());
            assert!(bboxes.iter().all(|corners| is_inside(corners)));
        }
        Answer::Quads { quad_boxes, labels } => {
            assert_eq!(quad_boxes.len(), labels.len());
            assert!(quad_boxes.iter().all(|corners| is_inside(corners)));
        }
        Answer::Polygons { polygons, labels } => {
            assert_eq!(polygons.len(), labels.len());
            assert!(polygons.iter().flatten().all(|corners| is_inside(corners)));
        }
        Answer::BoxesAndPolygons { bboxes, bboxes_labels, polygons, polygons_labels } => {
            assert_eq!((bboxes.len(), polygons.len()), (bboxes_labels.len(), polygons_labels.len()));
            assert!(bboxes.iter().all(|corners| is_inside(corners)));
            assert!(polygons.iter().flatten().all(|corners| is_inside(corners)));
        }
    }
});
