//! `vasari caption` and its help.

use std::{fs, process::Output};

use serde_json::Value;

use crate::program::{run_vasari, sample, text};

fn path(name: &str) -> String {
    sample(name).to_str().expect("the path is text").to_owned()
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn help_teaches_by_examples() {
    for (command, example) in [
        (vec!["--help"], "vasari serve"),
        (vec!["serve", "--help"], "curl -X POST -F \"image=@photo.jpg\""),
        (vec!["caption", "--help"], "--draw boxes.png"),
        (vec!["convert", "--help"], "--map prompt=caption"),
    ] {
        let help = succeeded(&run_vasari(&command));
        assert!(help.contains(example), "{help}");
    }
    let tasks = succeeded(&run_vasari(&["tasks"]));
    assert_eq!(tasks.lines().count(), 15, "{tasks}");
}

#[test]
fn one_picture_gives_one_caption_and_the_demo_says_what_it_is() {
    let output = run_vasari(&["caption", &path("scene-01.png"), "--num_beams", "1"]);
    let caption = succeeded(&output);
    assert_eq!(caption.lines().count(), 1, "{caption}");
    assert!(caption.trim_end().ends_with("%)"), "{caption}");
    assert!(text(&output.stderr).contains("--model-path microsoft/Florence-2-base"));
}

#[test]
fn json_has_the_fields_of_the_api_and_bad_pictures_fail_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::copy(sample("scene-01.png"), folder.path().join("a.png")).expect("the sample is there");
    fs::write(folder.path().join("b.png"), "no picture").expect("the folder can be written");
    let folder = folder.path().to_str().expect("the path is text").to_owned();
    let arguments = ["caption", &folder, &path("scene-02.png"), "nowhere.png", "--json", "--batch-size", "4"];
    let output = run_vasari(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let lines = text(&output.stdout);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let files: Vec<_> = lines.iter().map(|line| line["file"].as_str().expect("a line names its file")).collect();
    assert_eq!(files, [format!("{folder}/a.png"), path("scene-02.png")]);
    for line in &lines {
        for field in ["caption", "confidence", "processing_time", "model_info", "task", "regions", "image", "answer"] {
            assert!(!line[field].is_null(), "{field}: {line}");
        }
    }
    let errors = text(&output.stderr);
    assert!(errors.contains("b.png: ") && errors.contains("nowhere.png: "), "{errors}");
}

#[test]
fn regions_are_drawn_into_files() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let target = folder.path().join("drawn.png");
    let target = target.to_str().expect("the path is text");
    let lines = succeeded(&run_vasari(&["caption", &path("scene-01.png"), "--task", "od", "--draw", target]));
    assert!(lines.contains(": box "), "{lines}");
    let drawn = image::open(target).expect("the drawn picture is there").into_rgb8();
    assert_ne!(drawn, image::open(sample("scene-01.png")).expect("the sample is there").into_rgb8());

    let many = folder.path().join("many/");
    let many = format!("{}/", many.to_str().expect("the path is text").trim_end_matches('/'));
    let pictures = [path("scene-01.png"), path("scene-02.png")];
    succeeded(&run_vasari(&["caption", &pictures[0], &pictures[1], "--task", "od", "--draw", &many]));
    assert_eq!(fs::read_dir(&many).expect("the folder was made").count(), 2);

    let output = run_vasari(&["caption", &pictures[0], &pictures[1], "--draw", target]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("name a folder"), "{}", text(&output.stderr));
}

#[test]
fn mistakes_are_answered_with_what_would_be_right() {
    let picture = path("scene-01.png");
    let cases: [(&[&str], &str); 6] = [
        (&["caption", &picture, "--task", "vqa"], "<MORE_DETAILED_CAPTION>"),
        (&["caption", &picture, "--task", "od", "--text", "dog"], "takes none"),
        (&["caption", &picture, "--num-beams", "99"], "between 1 and 16"),
        (&["caption", &picture, "--model-path", "./no/such/folder"], "microsoft/Florence-2-base"),
        (&["caption", &picture, "--device", "tpu"], "cuda"),
        (&["caption"], "IMAGE"),
    ];
    for (arguments, hint) in cases {
        let output = run_vasari(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(text(&output.stderr).contains(hint), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
    }
}
