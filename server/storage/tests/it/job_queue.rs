//! The queue of steps: who gets them, and when they are tried again.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, task::JoinHandle};
use vasari_storage::{
    Database, StorageError,
    jobs::{
        BulkEditJob, CaptionEdit, CaptionJob, ImageSelection, JobRequest, JobState,
        queue::{Part, Runner, Step, StepError, StepFuture, Work},
    },
};
use vasari_storage_testing::TestDatabase;

use crate::{
    datasets::{dataset, person},
    jobs::{asked, job},
};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Counts the steps that it is given: it hangs at the first few, and fails the next few.
#[derive(Default)]
struct Counter {
    runs: Mutex<Vec<(Part, i16)>>,
    hangs: AtomicUsize,
    fails: AtomicUsize,
}

impl Counter {
    fn new(hangs: usize, fails: usize) -> Arc<Self> {
        Arc::new(Self { runs: Mutex::default(), hangs: hangs.into(), fails: fails.into() })
    }

    fn runs(&self) -> Vec<(Part, i16)> {
        self.runs.lock().unwrap().clone()
    }

    async fn wait_for_runs(&self, count: usize) {
        let began = Instant::now();
        while self.runs().len() < count {
            assert!(began.elapsed() < PATIENCE, "it was given {:?}", self.runs());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn takes_one(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

impl Runner for Counter {
    fn run(&self, step: Step, tries: i16) -> StepFuture<'_> {
        Box::pin(async move {
            self.runs.lock().unwrap().push((step.part, tries));
            if takes_one(&self.hangs) {
                std::future::pending::<()>().await;
            }
            if takes_one(&self.fails) { Err(StepError::Passing("not yet".into())) } else { Ok(()) }
        })
    }
}

/// A server that takes on two steps at a time, and how to stop it.
struct Working {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), StorageError>>,
}

impl Working {
    fn start(database: &Database, runner: &Arc<Counter>) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (database, runner) = (database.clone(), Arc::clone(runner));
        let work = Work { at_once: 2, with_model: false };
        let working = async move { database.work_on_jobs(runner, work, async move { drop(stopped.await) }).await };
        Self { stop, ended: tokio::spawn(working) }
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.ended.await.unwrap().unwrap();
    }
}

fn editing() -> JobRequest {
    JobRequest::BulkEdit(BulkEditJob { images: ImageSelection::default(), of_source: None, edit: CaptionEdit::Trim })
}

#[tokio::test]
async fn queue_gives_steps_out_and_tries_them_again() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    let edit = asked(database, &owner, "birds", editing()).await;
    // It needs a model, and this server has none.
    let (images, parameters) = (ImageSelection::default(), serde_json::Map::new());
    let captioning = CaptionJob { images, task: "<CAPTION>".into(), text: None, parameters };
    asked(database, &owner, "birds", JobRequest::Caption(captioning)).await;
    let counter = Counter::new(0, 1);
    let working = Working::start(database, &counter);
    counter.wait_for_runs(2).await;
    working.stop().await;
    assert_eq!(counter.runs(), [(Part::Plan, 1), (Part::Plan, 2)]);
    assert_eq!(job(database, edit.id).await.state, JobState::Waiting, "the runner alone says how a job is");
    test.drop_it().await;
}

#[tokio::test]
async fn pauses_between_tries_grow() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    asked(database, &owner, "birds", editing()).await;
    let counter = Counter::new(0, 4);
    let working = Working::start(database, &counter);
    let mut pauses = Vec::new();
    for tries in 1..=4 {
        counter.wait_for_runs(tries).await;
        // As the queue has it, once the try is over; then the pause is cut short.
        let began = Instant::now();
        let pause = loop {
            let pause = "SELECT coalesce(max(extract(epoch FROM run_at - now()) * 1000), 0)::bigint
                         FROM graphile_worker._private_jobs WHERE locked_at IS NULL AND attempts = ";
            let pause = test.number(&format!("{pause}{tries}")).await;
            if pause > 0 {
                break pause;
            }
            assert!(began.elapsed() < PATIENCE, "try {tries} is not put off");
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        pauses.push(pause);
        test.execute("UPDATE graphile_worker._private_jobs SET run_at = now()").await;
    }
    // Powers of e in milliseconds, less what it took to look.
    for (pause, longest) in pauses.iter().zip([2_719, 7_390, 20_086, 54_599]) {
        assert!(*pause > longest / 2 && *pause <= longest, "{pauses:?}");
    }
    counter.wait_for_runs(5).await;
    working.stop().await;
    test.drop_it().await;
}

#[tokio::test]
async fn step_that_hangs_when_its_server_stops_is_done_by_another() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    asked(database, &owner, "birds", editing()).await;
    let (hanging, other) = (Counter::new(1, 0), Counter::new(0, 0));
    let working = Working::start(database, &hanging);
    hanging.wait_for_runs(1).await;
    let successor = Working::start(database, &other);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(other.runs(), [], "as long as a server lives, its steps are its own");
    let began = Instant::now();
    working.stop().await;
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "a step that hangs does not keep a server: {:?}",
        began.elapsed()
    );
    other.wait_for_runs(1).await;
    assert_eq!(other.runs()[0].0, Part::Plan);
    successor.stop().await;
    assert_eq!(test.number("SELECT count(*) FROM graphile_worker._private_jobs").await, 0, "it is done");
    test.drop_it().await;
}

#[tokio::test]
async fn steps_of_a_server_that_dies_are_done_by_another() {
    let test = TestDatabase::create().await;
    let database = test.database();
    let owner = person(database, "anna").await;
    dataset(database, "birds", &owner).await;
    asked(database, &owner, "birds", editing()).await;
    let (dying, other) = (Counter::new(1, 0), Counter::new(0, 0));
    // On connections of its own, which end with it.
    let own = Database::at_url(&test.url(), 4).unwrap();
    let working = Working::start(&own, &dying);
    dying.wait_for_runs(1).await;
    let successor = Working::start(database, &other);
    working.ended.abort();
    drop(working.ended.await);
    let began = Instant::now();
    other.wait_for_runs(1).await;
    assert!(began.elapsed() < Duration::from_secs(30), "it takes {:?}", began.elapsed());
    successor.stop().await;
    own.close().await;
    test.drop_it().await;
}
