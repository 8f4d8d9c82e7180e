//! Which pictures and captions an export has.

use std::fs;

use serde_json::{Value, json};
use uuid::Uuid;
use vasari_storage::{
    Reader,
    captions::{NewCaption, Status, Written},
    datasets::Permitted,
    formats::Format,
    images::ImageFilter,
    jobs::CaptionChoice,
    sources::{ModelSource, NewSource, NewSourceKind},
    transfer::Export,
};

use crate::{
    datasets::{OPERATOR, now},
    transfer::{Gallery, full, lines, persons_caption},
};

#[tokio::test]
async fn export_has_exactly_what_was_chosen() {
    let gallery = Gallery::open().await;
    full(&gallery).await;
    persons_caption(&gallery, "1.png", "by hand").await;
    let model = NewSource {
        id: Uuid::now_v7(),
        slug: "model".into(),
        kind: NewSourceKind::Model {
            model: "m".into(),
            revision: None,
            task: "<CAPTION>".into(),
            parameters: json!({}),
        },
    };
    gallery.database().create_source(&gallery.anna, "birds", &model, now()).await.unwrap();
    let more = lines(&[
        json!({"file_name": "2.png", "caption": "by a model", "source": "model"}),
        json!({"file_name": "2.png", "caption": "of another file", "source": "import"}),
    ]);
    gallery.import("birds", &gallery.write("more.jsonl", &more), Format::Jsonl).await;
    let mut number = 0;
    let mut exported = async |of: &dyn Fn(&mut Export)| {
        number += 1;
        let to = gallery.folder.path().join(format!("out-{number}.jsonl"));
        gallery.export(&to, Format::Jsonl, of).await;
        let text = fs::read_to_string(to).unwrap();
        let row = |line: &str| {
            let row: Value = serde_json::from_str(line).unwrap();
            (row["file_name"].as_str().unwrap().to_owned(), row["caption"].as_str().unwrap_or("-").to_owned())
        };
        text.lines().map(row).collect::<Vec<_>>()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, caption)| ((*name).to_owned(), (*caption).to_owned())).collect()
    };
    let best = |sources: &[&str]| CaptionChoice::Best { sources: sources.iter().map(|s| (*s).to_owned()).collect() };
    assert_eq!(exported(&|_| ()).await.len(), 8);
    // Approved, a person's, and what is preferred.
    let chosen = exported(&|export| export.captions = best(&["import", "model"])).await;
    assert_eq!(chosen, pairs(&[("0.png", "a red car"), ("1.png", "by hand"), ("2.png", "of another file")]));
    let chosen = exported(&|export| export.captions = best(&["model"])).await;
    assert_eq!(chosen[2].1, "by a model");
    let chosen = exported(&|export| export.captions = CaptionChoice::Source("florence-2-large".into())).await;
    assert_eq!(chosen, pairs(&[("0.png", "a red car"), ("1.png", "a boat"), ("2.png", "-")]));
    assert!(
        exported(&|export| export.captions = CaptionChoice::Source("none".into())).await.iter().all(|row| row.1 == "-")
    );
    // Filters, and a selection in any order.
    let names = |rows: Vec<(String, String)>| rows.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let filtered = |export: &mut Export| {
        export.filter = ImageFilter {
            has_source: Some("florence-2-large".into()),
            lacks_source: Some("bert".into()),
            status: None,
        };
        export.captions = best(&[]);
    };
    assert_eq!(names(exported(&filtered).await), ["0.png"]);
    let rejected = |export: &mut Export| {
        export.filter.status = Some(Status::Rejected);
        export.captions = best(&["import"]);
    };
    assert_eq!(exported(&rejected).await, pairs(&[("1.png", "by hand")]));
    let ids: Vec<_> = gallery.images().await.into_iter().map(|image| image.id).collect();
    let picked = |export: &mut Export| {
        export.among = Some(vec![ids[2], ids[0], ids[2], Uuid::now_v7()]);
        export.captions = best(&[]);
    };
    assert_eq!(names(exported(&picked).await), ["0.png", "2.png"]);
    assert!(exported(&|export| export.among = Some(vec![])).await.is_empty());
    assert!(exported(&|export| export.filter.has_source = Some("none".into())).await.is_empty());
    gallery.end().await;
}

#[tokio::test]
async fn best_caption_is_approved_then_a_persons_then_a_models() {
    let gallery = Gallery::open().await;
    gallery.pictures("set", 1);
    gallery.import("birds", &gallery.folder.path().join("set"), Format::Folder).await;
    let (database, anna, dataset) = (gallery.database(), gallery.anna, gallery.id("birds").await);
    let image = gallery.images().await[0].id;
    let mut models = Vec::new();
    for model in ["one", "two"] {
        let source =
            ModelSource { model: model.into(), revision: None, task: "<CAPTION>".into(), parameters: json!({}) };
        let Permitted::Done((source, slug)) = database.ensure_model_source(&anna, dataset, &source).await.unwrap()
        else {
            panic!("she owns the dataset")
        };
        let new = NewCaption { text: format!("by model {model}"), ..NewCaption::default() };
        let Written::Done(caption) = database.add_caption(&OPERATOR, image, source, &new, now()).await.unwrap() else {
            panic!("it has said nothing so far")
        };
        models.push((slug, caption));
    }
    let mut number = 0;
    let mut best = async |preferred: &[&str]| {
        number += 1;
        let to = gallery.folder.path().join(format!("best-{number}.jsonl"));
        let sources = preferred.iter().map(|slug| (*slug).to_owned()).collect();
        let choose = |export: &mut Export| export.captions = CaptionChoice::Best { sources };
        gallery.export(&to, Format::Jsonl, choose).await;
        let row: Value = serde_json::from_str(fs::read_to_string(to).unwrap().trim()).unwrap();
        row["caption"].as_str().unwrap_or("-").to_owned()
    };
    let [(one, first), (two, second)] = &models[..] else { panic!("there are two") };
    // Among models, what is preferred; else what was said last.
    assert_eq!(best(&[one, two]).await, "by model one");
    assert_eq!(best(&[two]).await, "by model two");
    assert_eq!(best(&[]).await, "by model two");
    // A person's goes before every model's, also one that is preferred.
    persons_caption(&gallery, "0.png", "by hand").await;
    assert_eq!(best(&[one]).await, "by hand");
    // What a person has made of a model's counts as theirs: the later of the two.
    let edited = database.change_caption(&anna, first.id, 1, "by model and hand", now()).await.unwrap();
    assert!(matches!(edited, Written::Done(_)), "{edited:?}");
    assert_eq!(best(&[two]).await, "by model and hand");
    let captions = database.list_captions(&anna, image).await.unwrap().unwrap();
    let own = captions.iter().find(|caption| caption.source == "bert").expect("bert wrote one");
    let author = database.find_user_named("bert").await.unwrap().expect("bert is there").id;
    database.change_caption(&Reader::user(author), own.id, own.version, "by hand, later", now()).await.unwrap();
    assert_eq!(best(&[one]).await, "by hand, later");
    // What is approved goes before all, whoever said it.
    let approved = database.set_caption_status(&anna, second.id, 1, Status::Approved, now()).await.unwrap();
    assert!(matches!(approved, Written::Done(_)), "{approved:?}");
    assert_eq!(best(&[one]).await, "by model two");
    // And what is rejected is nobody's best.
    for caption in database.list_captions(&anna, image).await.unwrap().unwrap() {
        let (id, version) = (caption.id, caption.version);
        database.set_caption_status(&anna, id, version, Status::Rejected, now()).await.unwrap();
    }
    assert_eq!(best(&[one]).await, "-");
    gallery.end().await;
}
