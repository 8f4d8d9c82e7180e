//! The playground as the server writes it, before any script runs.
#![cfg(feature = "ssr")]

use serde_json::Map;
use vasari_app::parameters::{Parameter, ParameterTexts};
use vasari_app::types::{
    CaptionResponse, Frame, ImageSize, ModelInfo, ModelNotice, Outcome, PageData, PageState, PageView, Picture,
    Problem, Region, SampleImage, Shape,
};

const SIZE: ImageSize = ImageSize { width: 640, height: 480 };

fn render(state: PageState) -> String {
    let data = PageData::Playground(Box::new(state));
    let (title, description) = ("Playground".into(), "Pictures and captions.".into());
    let html = vasari_app::render("1", PageView { title, description, frame: Frame::default(), data }).html;
    // What follows is for scripts.
    html.split("<script id=\"page-data\"").next().unwrap_or_default().to_owned()
}

fn state() -> PageState {
    PageState {
        model: ModelNotice {
            name: "vasari-demo".into(),
            is_demo: true,
            tasks: vec!["<CAPTION>".into(), "<OD>".into()],
        },
        samples: vec![SampleImage {
            name: "scene-01.png".into(),
            src: "/samples/scene-01.png".into(),
            caption: "a red apple and a dog on a green background".into(),
            size: SIZE,
        }],
        max_request_bytes: 10_000_000,
        ..PageState::default()
    }
}

fn captioned(caption: &str, regions: Vec<Region>) -> PageState {
    let response = CaptionResponse {
        caption: caption.into(),
        confidence: 0.894,
        processing_time: 0.41,
        model_info: ModelInfo::default(),
        task: "<OD>".into(),
        text: None,
        image: SIZE,
        regions,
        rest: Map::new(),
    };
    let picture = Picture {
        name: "scene-01.png".into(),
        src: "/samples/scene-01.png".into(),
        size: SIZE,
        sample: Some("scene-01.png".into()),
    };
    PageState { task: "<OD>".into(), outcome: Some(Outcome::Captioned { picture, response }), ..state() }
}

fn region(label: &str, shape: Shape) -> Region {
    Region { label: label.into(), shape, confidence: Some(0.71) }
}

#[test]
fn empty_page_is_a_form_that_works_without_scripts() {
    let html = render(state());
    assert!(html.contains(r#"method="post" enctype="multipart/form-data""#), "{html}");
    assert!(html.contains(r#"name="image" type="file""#), "{html}");
    let tasks = html.split("name=\"task\"").nth(1).and_then(|rest| rest.split("</select>").next()).expect("a menu");
    assert_eq!(tasks.matches("<option").count(), 15);
    assert_eq!(html.matches("<optgroup").count(), 4);
    assert!(html.contains(r#"href="?sample=scene-01.png""#), "{html}");
    assert!(html.contains("Drop pictures here"), "{html}");
    assert_eq!(html.matches("(not learned)").count(), 13);
    assert!(html.contains("vasari serve --model_path"), "the demo model says how to point at the real one: {html}");
}

#[test]
fn parameters_are_fields_of_the_form_and_open_where_one_is_set() {
    let closed = render(state());
    assert!(closed.contains(r#"name="num_beams""#), "{closed}");
    assert!(!closed.contains("<details open"), "{closed}");
    let mut parameters = ParameterTexts::default();
    parameters.set(Parameter::NumBeams, "99");
    let html = render(PageState { parameters, ..state() });
    assert!(html.contains("1 set"), "{html}");
    assert!(html.contains("A whole number from 1 to 16."), "{html}");
    assert!(html.contains(r#"aria-invalid="true""#), "{html}");
}

#[test]
fn field_for_the_key_is_there_only_where_one_is_needed() {
    assert!(!render(state()).contains("api-key"));
    let html = render(PageState { needs_key: true, ..state() });
    assert!(html.contains(r#"id="api-key" type="password""#), "{html}");
}

#[test]
fn real_model_carries_no_demo_notice() {
    let model = ModelNotice { name: "microsoft/Florence-2-base".into(), ..ModelNotice::default() };
    let html = render(PageState { model, ..state() });
    assert!(!html.contains("The demo model answers here"), "{html}");
    assert!(!html.contains("not learned"), "{html}");
    assert!(html.contains("microsoft/Florence-2-base"), "{html}");
}

#[test]
fn caption_stands_beside_its_picture_with_confidence_and_boxes() {
    let html = render(captioned("dog", vec![region("dog", Shape::Box([64.0, 48.0, 320.0, 240.0]))]));
    assert!(html.contains(r#"src="/samples/scene-01.png""#), "{html}");
    assert!(html.contains("89 %"), "{html}");
    assert!(html.contains(r#"<rect x="64" y="48" width="256" height="192" class="region-line""#), "{html}");
    assert!(html.contains("71 %"), "{html}");
    // The task stays chosen, in the form and in the links to other samples.
    assert!(html.contains("sample=scene-01.png&amp;task=od"), "{html}");
    assert!(html.contains(r#"name="sample" value="scene-01.png""#), "{html}");
}

#[test]
fn quads_and_polygons_are_drawn_as_outlines() {
    let quad = Shape::Quad([1.0, 2.0, 30.0, 4.0, 29.0, 20.0, 2.0, 18.0]);
    let polygons = Shape::Polygons(vec![vec![5.0, 5.0, 50.0, 5.0, 50.0, 50.0]]);
    let html = render(captioned("STOP, a red car", vec![region("STOP", quad), region("a red car", polygons)]));
    assert!(html.contains(r#"points="1,2 30,4 29,20 2,18""#), "{html}");
    assert!(html.contains(r#"points="5,5 50,5 50,50""#), "{html}");
}

#[test]
fn captions_and_names_are_text_never_markup() {
    let html = render(captioned("<img src=x onerror=alert(1)>", vec![region("<b>dog</b>", Shape::Box([0.0; 4]))]));
    assert!(!html.contains("<img src=x"), "{html}");
    assert!(!html.contains("<b>dog"), "{html}");
}

#[test]
fn problem_says_what_happened_and_what_to_do() {
    let problem = Problem {
        title: "This is not a picture".into(),
        status: 415,
        detail: Some("The file is a PDF.".into()),
        request_id: Some("0192-abc".into()),
        ..Problem::default()
    };
    let html = render(PageState { outcome: Some(Outcome::Failed { picture: None, problem }), ..state() });
    for words in ["This is not a picture", "The file is a PDF.", "Try another picture", "0192-abc"] {
        assert!(html.contains(words), "no {words:?} in {html}");
    }
}

#[test]
fn nothing_needs_an_inline_style_or_handler() {
    let html = render(captioned("dog", vec![region("dog", Shape::Box([64.0, 48.0, 320.0, 240.0]))]));
    assert!(!html.contains(" style="), "{html}");
    assert!(!html.contains(" onclick="), "{html}");
}
