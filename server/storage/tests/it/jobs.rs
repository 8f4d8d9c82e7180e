//! Jobs: what is asked of them stays, their items are done once, and people see what is theirs.

use uuid::Uuid;
use vasari_storage::{
    Database, Reader,
    captions::{NewCaption, Status},
    datasets::{Permitted, Role},
    images::{DatasetImage, ImageFilter, ImagePage},
    jobs::{
        BulkEditJob, CaptionEdit, CaptionJob, CaptionPlan, EditedCaption, ImageSelection, Job, JobRequest, JobState,
        MAX_ATTEMPTS, Stored, edit::ReadyEdit,
    },
};
use vasari_storage_testing::TestDatabase;

use crate::datasets::{caption, dataset, image, now, person, source, word};

const OPERATOR: Reader = Reader::operator();

fn captioning() -> JobRequest {
    JobRequest::Caption(CaptionJob {
        images: ImageSelection::default(),
        task: "<CAPTION>".into(),
        text: None,
        parameters: serde_json::Map::new(),
    })
}

fn editing(edit: CaptionEdit) -> JobRequest {
    JobRequest::BulkEdit(BulkEditJob { images: ImageSelection::default(), of_source: None, edit })
}

pub(crate) async fn asked(database: &Database, reader: &Reader, dataset: &str, request: JobRequest) -> Job {
    match database.create_job(reader, dataset, request, now()).await.unwrap() {
        Permitted::Done(job) => job,
        refused => panic!("{refused:?}"),
    }
}

pub(crate) async fn job(database: &Database, id: Uuid) -> Job {
    database.find_job(&OPERATOR, id).await.unwrap().expect("the job is there")
}

/// A dataset of so many pictures, and a model that is a source of it.
async fn pictures(database: &Database, names: &[&str]) -> (Reader, Uuid) {
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    for name in names {
        image(database, "birds", name).await;
    }
    (owner, crate::datasets::model(database, "birds", "florence").await)
}

async fn all_images(database: &Database, reader: &Reader) -> Vec<DatasetImage> {
    let (filter, page) = (ImageFilter::default(), ImagePage::Added(None));
    database.list_images(reader, "birds", &filter, &page, 10).await.unwrap().unwrap()
}

async fn plan(database: &Database, job: &Job, source: Uuid) {
    database.start_job(job.id, now()).await.unwrap();
    let plan = CaptionPlan { source, model: "florence".into(), revision: "1".into() };
    database.plan_captioning(job, &plan, &job_selection(job).filter(), None).await.unwrap();
}

fn job_selection(job: &Job) -> ImageSelection {
    match &job.request {
        JobRequest::Caption(request) => request.images.clone(),
        JobRequest::BulkEdit(request) => request.images.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn jobs_are_asked_for_and_seen_by_those_who_may() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, _) = pictures(database, &["a.png"]).await;
    let (viewer, annotator, stranger) =
        (person(database, "vera").await, person(database, "andy").await, person(database, "eve").await);
    for (reader, role) in [(&viewer, Role::Viewer), (&annotator, Role::Annotator)] {
        let user = reader.user.unwrap();
        database.set_member(&owner, "birds", user, Some(role), now()).await.unwrap();
    }
    let may = async |reader: &Reader| word(&database.create_job(reader, "birds", captioning(), now()).await.unwrap());
    assert_eq!(may(&stranger).await, "unknown");
    assert_eq!(may(&Reader::anonymous()).await, "unknown");
    assert_eq!(may(&viewer).await, "forbidden");
    assert_eq!(may(&owner).await, "done");
    let job = asked(database, &annotator, "birds", captioning()).await;
    assert_eq!((job.state, job.total, job.dataset.as_deref()), (JobState::Waiting, None, Some("birds")));

    for (reader, count) in [(&stranger, 0), (&Reader::anonymous(), 0), (&viewer, 0), (&annotator, 2), (&owner, 2)] {
        assert_eq!(database.list_jobs(reader, Some("birds"), None, 10).await.unwrap().len(), count);
        assert_eq!(database.find_job(reader, job.id).await.unwrap().is_some(), count > 0);
    }
    assert_eq!(word(&database.cancel_job(&stranger, job.id, now()).await.unwrap()), "unknown");
    let another = asked(database, &owner, "birds", captioning()).await;
    assert_eq!(word(&database.cancel_job(&annotator, another.id, now()).await.unwrap()), "forbidden");
    assert_eq!(word(&database.cancel_job(&owner, job.id, now()).await.unwrap()), "done");
    // Who leaves sees no more of what they asked for.
    database.set_member(&owner, "birds", annotator.user.unwrap(), None, now()).await.unwrap();
    assert!(database.find_job(&annotator, job.id).await.unwrap().is_none());
    test.drop_it().await;
}

#[tokio::test]
async fn item_is_done_once_however_often_it_is_tried() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, source) = pictures(database, &["a.png", "b.png", "c.png"]).await;
    let asked_for = asked(database, &owner, "birds", captioning()).await;
    plan(database, &asked_for, source).await;
    let items = database.waiting_items(asked_for.id, 0, 10).await.unwrap();
    assert_eq!((items.len(), job(database, asked_for.id).await.total), (3, Some(3)));

    let new = |text: &str| NewCaption { text: text.into(), ..NewCaption::default() };
    let store = async |item: usize, text: &str| {
        database.store_job_caption(&asked_for, &items[item], source, new(text), now()).await.unwrap()
    };
    // A server that was thought dead and the one that took its step up.
    let (one, other) = tokio::join!(store(0, "x"), store(0, "y"));
    let mut outcomes = [one, other];
    outcomes.sort_by_key(|outcome| *outcome != Stored::Done);
    assert_eq!(outcomes, [Stored::Done, Stored::DoneBefore]);
    let captions = database.list_captions(&owner, items[0].image_id.unwrap()).await.unwrap().unwrap();
    assert_eq!((captions.len(), captions[0].version), (1, 1));
    let versions = database.list_caption_versions(&owner, captions[0].id).await.unwrap().unwrap();
    assert_eq!(versions[0].job, Some(asked_for.id), "the history tells which job it was");

    // Tried in vain, then in vain for good.
    for tries in 1..=MAX_ATTEMPTS {
        assert_eq!(job(database, asked_for.id).await.failed, 0, "try {tries}");
        database.fail_item(asked_for.id, 1, "the lights went out", false).await.unwrap();
    }
    database.fail_item(asked_for.id, 1, "and again", false).await.unwrap();
    let now_failed = job(database, asked_for.id).await;
    assert_eq!((now_failed.done, now_failed.failed), (1, 1));
    assert!(!database.finish_job(asked_for.id, now()).await.unwrap());
    assert_eq!(store(2, "z").await, Stored::Done);
    assert!(database.finish_job(asked_for.id, now()).await.unwrap());
    let failures = database.list_failed_items(&owner, asked_for.id, -1, 10).await.unwrap().unwrap();
    assert_eq!((failures.len(), failures[0].label.as_deref()), (1, Some("b.png")));
    assert_eq!(failures[0].error.as_deref(), Some("the lights went out"));
    assert_eq!(job(database, asked_for.id).await.state, JobState::Succeeded);

    // What failed is tried again on request, and only that.
    let resumed = database.resume_job(&owner, asked_for.id).await.unwrap();
    let Permitted::Done(resumed) = resumed else { panic!("{resumed:?}") };
    assert_eq!((resumed.state, resumed.done, resumed.failed), (JobState::Waiting, 2, 0));
    plan(database, &resumed, source).await;
    let left = database.waiting_items(asked_for.id, 0, 10).await.unwrap();
    assert_eq!(left.iter().map(|item| item.position).collect::<Vec<_>>(), [1]);
    assert_eq!(store(1, "w").await, Stored::Done);
    test.drop_it().await;
}

#[tokio::test]
async fn nothing_is_stored_for_a_job_that_was_cancelled_or_may_no_more() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, source) = pictures(database, &["a.png", "b.png"]).await;
    let annotator = person(database, "andy").await;
    let user = annotator.user.unwrap();
    database.set_member(&owner, "birds", user, Some(Role::Annotator), now()).await.unwrap();
    let asked_for = asked(database, &annotator, "birds", captioning()).await;
    plan(database, &asked_for, source).await;
    let items = database.waiting_items(asked_for.id, 0, 10).await.unwrap();
    let new = NewCaption { text: "x".into(), ..NewCaption::default() };

    database.set_member(&owner, "birds", user, None, now()).await.unwrap();
    let stored = database.store_job_caption(&asked_for, &items[0], source, new.clone(), now()).await.unwrap();
    assert_eq!(stored, Stored::Refused);
    database.set_member(&owner, "birds", user, Some(Role::Annotator), now()).await.unwrap();
    database.cancel_job(&annotator, asked_for.id, now()).await.unwrap();
    let stored = database.store_job_caption(&asked_for, &items[0], source, new, now()).await.unwrap();
    assert_eq!(stored, Stored::Stopped);
    assert!(database.list_captions(&owner, items[0].image_id.unwrap()).await.unwrap().unwrap().is_empty());
    assert_eq!(database.waiting_items(asked_for.id, 0, 10).await.unwrap().len(), 2, "they wait for the job to go on");
    test.drop_it().await;
}

#[tokio::test]
async fn plan_leaves_out_what_is_captioned_and_follows_the_selection() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, model) = pictures(database, &["a.png", "b.png", "c.png"]).await;
    let human = source(database, "birds", "human").await;
    let images = all_images(database, &owner).await;
    caption(database, &images[0], model, "known").await;
    caption(database, &images[1], human, "by hand").await;
    let selected = async |images: ImageSelection| {
        let JobRequest::Caption(request) = captioning() else { unreachable!() };
        let job = asked(database, &owner, "birds", JobRequest::Caption(CaptionJob { images, ..request })).await;
        database.start_job(job.id, now()).await.unwrap();
        let selection = job_selection(&job);
        let plan = CaptionPlan { source: model, model: "florence".into(), revision: "1".into() };
        let among = selection.images.as_deref();
        database.plan_captioning(&job, &plan, &selection.filter(), among).await.unwrap();
        let items = database.waiting_items(job.id, 0, 10).await.unwrap();
        items.into_iter().map(|item| item.image_id.unwrap()).collect::<Vec<_>>()
    };
    let ids: Vec<_> = images.iter().map(|image| image.id).collect();
    assert_eq!(selected(ImageSelection::default()).await, ids[1..]);
    let missing = ImageSelection { missing: Some("human".into()), ..ImageSelection::default() };
    assert_eq!(selected(missing).await, ids[2..]);
    let with = ImageSelection { source: Some("human".into()), ..ImageSelection::default() };
    assert_eq!(selected(with).await, ids[1..2]);
    let unknown = ImageSelection { source: Some("nobody".into()), ..ImageSelection::default() };
    assert!(selected(unknown).await.is_empty());
    let draft = ImageSelection { status: Some(Status::Draft), ..ImageSelection::default() };
    assert_eq!(selected(draft).await, ids[1..2]);
    let chosen = ImageSelection { images: Some(vec![ids[2], ids[0], Uuid::now_v7()]), ..ImageSelection::default() };
    assert_eq!(selected(chosen).await, ids[2..]);
    test.drop_it().await;
}

#[tokio::test]
async fn bulk_edit_changes_what_is_there_and_leaves_what_others_changed() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, model) = pictures(database, &["a.png", "b.png"]).await;
    let images = all_images(database, &owner).await;
    let first = caption(database, &images[0], model, "a colour").await;
    let second = caption(database, &images[1], model, "a bird").await;
    let edit = CaptionEdit::Replace { find: "colour".into(), replacement: "color".into(), ignore_case: false };
    let asked_for = asked(database, &owner, "birds", editing(edit.clone())).await;
    database.start_job(asked_for.id, now()).await.unwrap();
    database.plan_editing(&asked_for, None, &job_selection(&asked_for).filter(), None).await.unwrap();
    let ready = ReadyEdit::new(&edit).unwrap();
    let round = async || {
        let captions = database.captions_to_edit(asked_for.id, 0, 10).await.unwrap();
        let edited = captions.into_iter().map(|caption| EditedCaption {
            position: caption.position,
            id: caption.id,
            version: caption.version,
            text: ready.text(&caption.text).unwrap(),
            status: ready.status(caption.status),
            reason: None,
        });
        edited.collect::<Vec<_>>()
    };
    let edited = round().await;
    // Between reading and writing somebody writes.
    database.change_caption(&owner, first.id, 1, "a bright colour", now()).await.unwrap();
    assert_eq!(database.store_edits(&asked_for, &edited, now()).await.unwrap(), 1);
    let edited = round().await;
    assert_eq!(database.store_edits(&asked_for, &edited, now()).await.unwrap(), 1);
    assert!(database.finish_job(asked_for.id, now()).await.unwrap());
    let captions_of = async |image: usize| database.list_captions(&owner, images[image].id).await.unwrap().unwrap();
    assert_eq!((&*captions_of(0).await[0].text, captions_of(0).await[0].version), ("a bright color", 3));
    assert_eq!(
        (captions_of(1).await[0].id, captions_of(1).await[0].version),
        (second.id, 1),
        "nothing to change, no version"
    );
    test.drop_it().await;
}
