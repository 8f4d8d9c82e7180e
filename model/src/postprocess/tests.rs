use std::path::Path;

use serde_json::{Value, json};

use super::{Answer, Coordinates, Shape, dequantize, parse, parse_with_scores, quantize};
use crate::{task::Task, tokenizer::Tokenizer};

const GOLDEN: &str = include_str!("../../tests/fixtures/golden.json");
/// Broken and whole answers as transformers reads them; see `reference/write_postprocess_fixture.py`.
const DRAWN: &str = include_str!("../../tests/fixtures/postprocess.json");

fn tokenizer() -> Tokenizer {
    Tokenizer::from_file(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tokenizer.json")).unwrap()
}

/// A task for each of the reference's parsers.
fn task_of(parser: &str) -> Task {
    match parser {
        "description_with_bboxes" => Task::ObjectDetection,
        "bboxes" => Task::RegionProposal,
        "phrase_grounding" => Task::CaptionToPhraseGrounding,
        "ocr" => Task::OcrWithRegion,
        "polygons" => Task::ReferringExpressionSegmentation,
        "description_with_bboxes_or_polygons" => Task::OpenVocabularyDetection,
        "pure_text" => Task::Caption,
        other => panic!("no task for {other}"),
    }
}

/// The parser's instances as the dictionary that the reference's processor makes of them.
fn dictionary(task: Task, instances: &[Value]) -> Value {
    let [mut boxes, mut box_labels, mut quads, mut quad_labels, mut polygons, mut polygon_labels] =
        std::array::from_fn::<Vec<Value>, 6, _>(|_| Vec::new());
    for instance in instances {
        // The original leaves `</s>` in the first piece of text, which is no use to anyone.
        let label = instance.get("cat_name").or(instance.get("text")).unwrap();
        let label = json!(label.as_str().unwrap().replace("</s>", ""));
        if let Some(outline) = instance.get("polygons") {
            polygons.push(outline.clone());
            polygon_labels.push(label);
        } else if let Some(quad) = instance.get("quad_box") {
            quads.push(quad.clone());
            quad_labels.push(label);
        } else {
            let found = instance["bbox"].as_array().unwrap();
            let found = if found[0].is_array() { found.clone() } else { vec![json!(found)] };
            box_labels.resize(box_labels.len() + found.len(), label);
            boxes.extend(found);
        }
    }
    match task {
        Task::OcrWithRegion => json!({ "quad_boxes": quads, "labels": quad_labels }),
        Task::ReferringExpressionSegmentation => json!({ "polygons": polygons, "labels": polygon_labels }),
        Task::OpenVocabularyDetection => json!({ "bboxes": boxes, "bboxes_labels": box_labels, "polygons": polygons,
                                                 "polygons_labels": polygon_labels }),
        _ => json!({ "bboxes": boxes, "labels": box_labels }),
    }
}

/// Every number within as the f32 it was before it was written.
fn rounded_to_f32(json: &Value) -> Value {
    match json {
        Value::Array(items) => items.iter().map(rounded_to_f32).collect(),
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), rounded_to_f32(value))).collect(),
        Value::Number(number) => json!(number.as_f64().unwrap() as f32),
        other => other.clone(),
    }
}

#[test]
fn golden_answers_are_read_in_both_flavours() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let cases = golden["postprocess"].as_array().unwrap();
    assert_eq!(cases.len(), 11);
    for case in cases {
        let task = task_of(case["type"].as_str().unwrap());
        let size = serde_json::from_value(case["image_size_wh"].clone()).unwrap();
        let answer = parse(task, case["text"].as_str().unwrap(), size);
        let Some(native) = case["native"].as_array() else {
            assert_eq!(answer.to_json(Coordinates::Int), "A green car.");
            continue;
        };
        assert_eq!(answer.to_json(Coordinates::Int), dictionary(task, native), "{case}");
        let original = dictionary(task, case["original"].as_array().unwrap());
        assert_eq!(rounded_to_f32(&answer.to_json(Coordinates::Float)), rounded_to_f32(&original), "{case}");
    }
}

#[test]
fn drawn_answers_are_read_as_transformers_reads_them() {
    let cases: Vec<Value> = serde_json::from_str(DRAWN).unwrap();
    assert_eq!(cases.len(), 420);
    for case in cases {
        let task: Task = serde_json::from_value(case["task"].clone()).unwrap();
        let size = serde_json::from_value(case["image_size"].clone()).unwrap();
        let answer = parse(task, case["text"].as_str().unwrap(), size);
        assert_eq!(answer.to_json(Coordinates::Int), case["answer"], "{task} {:?}", case["text"]);
    }
}

#[test]
fn scores_are_those_of_each_regions_own_locations() {
    let tokenizer = tokenizer();
    let text = "café it<loc_1><loc_2><loc_3><loc_4><loc_5><loc_6><loc_7><loc_8><loc_9>dog<loc_1><loc_1><loc_1><loc_1>";
    let ids = tokenizer.encode_prompt(text);
    // Each token's log-probability tells where it stands; only the first of the nine locations starts a box.
    let log_probs: Vec<f32> = (0..ids.len()).map(|index| -0.01 * index as f32).collect();
    let (answer, scores) = parse_with_scores(Task::ObjectDetection, &ids, &log_probs, &tokenizer, (1000, 1000));
    assert_eq!(answer, parse(Task::ObjectDetection, &tokenizer.decode(&ids), (1000, 1000)));
    assert_eq!(answer.text(), "caf it, caf it, dog");
    let first = ids.iter().position(|&id| tokenizer.loc_bin(id).is_some()).unwrap();
    let last = ids.iter().rposition(|&id| tokenizer.loc_bin(id).is_some()).unwrap();
    let middles = [first as f32 + 1.5, first as f32 + 5.5, last as f32 - 1.5];
    assert_eq!(scores.len(), 3);
    for (score, middle) in scores.iter().zip(middles) {
        assert!((score - (-0.01 * middle).exp()).abs() < 1e-6, "{score} {middle}");
    }
}

#[test]
fn an_outlines_score_covers_all_its_polygons() {
    let tokenizer = tokenizer();
    let ids =
        tokenizer.encode_prompt("<poly><loc_1><loc_2><loc_3><sep><loc_5><loc_6></poly><poly><loc_7><loc_8></poly>");
    let mut log_probs = vec![-100.0; ids.len()];
    // The four that make points; the odd third one makes none.
    for (index, log_prob) in [(2, -0.1), (3, -0.2), (6, -0.3), (7, -0.4), (10, -1.0), (11, -1.0)] {
        log_probs[index] = log_prob;
    }
    let (answer, scores) = parse_with_scores(Task::RegionToSegmentation, &ids, &log_probs, &tokenizer, (1000, 1000));
    assert_eq!(answer.regions().count(), 2);
    assert!((scores[0] - (-0.25_f32).exp()).abs() < 1e-6 && (scores[1] - (-1.0_f32).exp()).abs() < 1e-6, "{scores:?}");
}

#[test]
fn regions_come_with_their_labels() {
    let answer = parse(Task::OpenVocabularyDetection, "a lion<loc_0><loc_0><loc_1><loc_1>", (1000, 2000));
    let regions: Vec<_> = answer.regions().collect();
    assert_eq!(regions.len(), 1);
    assert_eq!((regions[0].label, regions[0].shape), ("a lion", Shape::Box([0.5, 1.0, 1.5, 3.0])));
    let text = "a lion<poly><loc_0><loc_0><loc_1><loc_1></poly>";
    let answer = parse(Task::OpenVocabularyDetection, text, (1000, 2000));
    let regions: Vec<_> = answer.regions().collect();
    assert_eq!(regions.len(), 1);
    let polygon = vec![0.5, 1.0, 1.5, 3.0];
    assert_eq!((regions[0].label, regions[0].shape), ("a lion", Shape::Polygons(&[polygon])));
    assert_eq!(parse(Task::RegionProposal, "<loc_0><loc_0><loc_1><loc_1>", (10, 10)).text(), "");
    assert_eq!(parse(Task::Ocr, "<s> STOP</s><pad>", (10, 10)), Answer::Text("STOP".to_owned()));
    let spelled = parse(Task::RegionProposal, "<loc_0><loc_0><loc_70000><loc_1000>", (1000, 1000));
    assert_eq!(spelled.to_json(Coordinates::Int)["bboxes"], json!([[0, 0, 999, 999]]));
}

#[test]
fn bins_and_pixels_go_together() {
    assert_eq!(dequantize(177, 1300).to_bits(), 230.749_98_f32.to_bits());
    for size in [1, 333, 640, 1000, 1300, 8192] {
        for bin in 0..1000 {
            assert_eq!(quantize(dequantize(bin, size), size), bin, "{size}");
        }
        assert_eq!((quantize(-5.0, size), quantize(size as f32 + 5.0, size)), (0, 999));
    }
}

#[test]
fn any_sequence_of_tokens_is_read_without_panic() {
    let tokenizer = tokenizer();
    let words = tokenizer.encode_prompt("a dog é\u{1F980}\n <sep><poly></poly><s><pad><od>loc_<>5");
    // An xorshift generator, seeded: the same sequences every time.
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut regions = 0;
    for round in 0..4000 {
        let length = draw(40);
        let ids: Vec<u32> = (0..length)
            .map(|_| match draw(10) {
                0..=5 => tokenizer.loc_id(draw(1000) as u16),
                6..=8 => words[draw(words.len())],
                _ => draw(52_000) as u32,
            })
            .collect();
        let log_probs: Vec<f32> = ids.iter().map(|_| -(draw(1000) as f32) / 100.0).collect();
        let task = Task::ALL[round % Task::ALL.len()];
        let (width, height) = (1 + draw(5000) as u32, 1 + draw(5000) as u32);
        let (answer, scores) = parse_with_scores(task, &ids, &log_probs, &tokenizer, (width, height));
        assert_eq!(answer.regions().count(), scores.len());
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
        for region in answer.regions() {
            regions += 1;
            let numbers: Vec<f32> = match region.shape {
                Shape::Box(corners) => corners.to_vec(),
                Shape::Quad(corners) => corners.to_vec(),
                Shape::Polygons(polygons) => polygons.concat(),
            };
            assert!(numbers.chunks(2).all(|point| point[0] < width as f32 && point[1] < height as f32));
        }
    }
    assert!(regions > 2000, "{regions}");
}
