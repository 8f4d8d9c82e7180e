//! Planning a job: one server at a time, and one that stalls and wakes up too late does no harm.

use std::{collections::BTreeSet, pin::pin, time::Duration};

use uuid::Uuid;
use vasari_storage::{
    Database, Reader, StorageError,
    images::ImageFilter,
    jobs::{BulkEditJob, CaptionEdit, CaptionJob, CaptionPlan, ImageSelection, Job, JobRequest},
};
use vasari_storage_testing::TestDatabase;

use crate::{
    datasets::{caption, dataset, image, model, now, person},
    jobs::{asked, job},
};

/// A dataset of two pictures with two captions each, and a model that has said nothing of them.
async fn pictures(database: &Database) -> (Reader, Uuid) {
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    let silent = model(database, "birds", "silent").await;
    let sources = [model(database, "birds", "one").await, model(database, "birds", "two").await];
    for name in ["a.png", "b.png"] {
        let image = image(database, "birds", name).await;
        for source in sources {
            caption(database, &image, source, "a bird").await;
        }
    }
    (owner, silent)
}

fn editing() -> JobRequest {
    let (images, edit) = (ImageSelection::default(), CaptionEdit::Suffix { text: ".".into() });
    JobRequest::BulkEdit(BulkEditJob { images, of_source: None, edit })
}

fn captioning() -> JobRequest {
    let (images, parameters) = (ImageSelection::default(), serde_json::Map::new());
    JobRequest::Caption(CaptionJob { images, task: "<CAPTION>".into(), text: None, parameters })
}

async fn plan(database: &Database, job: &Job, source: Uuid) -> Result<bool, StorageError> {
    let filter = ImageFilter::default();
    match job.request {
        JobRequest::Caption(_) => {
            let plan = CaptionPlan { source, model: "silent".into(), revision: "1".into() };
            database.plan_captioning(job, &plan, &filter, None).await
        }
        _ => database.plan_editing(job, None, &filter, None).await,
    }
}

#[tokio::test]
async fn planner_that_wakes_up_beside_its_successor_writes_nothing() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, silent) = pictures(database).await;
    for (request, items) in [(editing(), 4), (captioning(), 2)] {
        let asked_for = asked(database, &owner, "birds", request).await;
        database.start_job(asked_for.id, now()).await.unwrap();
        let begun = format!("SELECT count(*) FROM jobs WHERE id = '{}' AND planned_by IS NOT NULL", asked_for.id);
        // The first one begins and then stands still: it finds no captions to look at, and nobody polls it any more.
        let held = test.hold("captions").await;
        let mut stalled = pin!(plan(database, &asked_for, silent));
        let has_begun = async {
            while test.number(&begun).await == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        tokio::select! {
            ended = &mut stalled => panic!("it can't go on, and yet it has ended: {ended:?}"),
            () = has_begun => {}
        }
        held.release().await;
        // Its successor was told the same of the job, and gets to the end.
        assert!(plan(database, &asked_for, silent).await.unwrap());
        assert!(!stalled.await.unwrap(), "it sees that another has taken its place");
        let found = database.waiting_items(asked_for.id, 0, 100).await.unwrap();
        let positions: Vec<_> = found.iter().map(|item| item.position).collect();
        assert_eq!(positions, (0..items).collect::<Vec<_>>());
        let distinct: BTreeSet<_> = found.iter().map(|item| (item.image_id, item.caption_id)).collect();
        assert_eq!(distinct.len() as i64, items, "nothing is there twice");
        assert_eq!(job(database, asked_for.id).await.total, Some(items));
    }
    test.drop_it().await;
}

#[tokio::test]
async fn plan_that_is_made_is_not_made_again_by_who_does_not_know() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let (owner, silent) = pictures(database).await;
    let asked_for = asked(database, &owner, "birds", editing()).await;
    database.start_job(asked_for.id, now()).await.unwrap();
    assert!(plan(database, &asked_for, silent).await.unwrap());
    let mut done = database.waiting_items(asked_for.id, 0, 1).await.unwrap();
    database.fail_item(asked_for.id, done.remove(0).position, "no", true).await.unwrap();
    // The job as it was before.
    assert!(!plan(database, &asked_for, silent).await.unwrap());
    assert_eq!(database.waiting_items(asked_for.id, 0, 100).await.unwrap().len(), 3, "what is done stays done");
    // A job that is stopped is not planned either.
    let other = asked(database, &owner, "birds", editing()).await;
    database.cancel_job(&owner, other.id, now()).await.unwrap();
    assert!(!plan(database, &other, silent).await.unwrap());
    assert_eq!(database.waiting_items(other.id, 0, 100).await.unwrap(), []);
    test.drop_it().await;
}
