//! Captions pictures with the model that runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;
use vasari_inference::{ClientId, ModelDescription, Parameters};
use vasari_storage::{
    captions::NewCaption,
    datasets::Permitted,
    jobs::{CaptionJob, CaptionPlan, Job, JobItem, MAX_ATTEMPTS, Stored, queue::StepError},
    objects::Object,
};

use super::{JobContext, chosen, planned, try_again};
use crate::{
    api::problem::Problem,
    captioning::{self, Ask},
    engine::Engine,
    model_source::{self, said},
};

/// How long a caption may take, its time in the queue included. Nobody waits for it.
const PATIENCE: Duration = Duration::from_mins(10);

/// How long to wait before a full queue, or a model that is not there yet, is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// How long to wait for a model that is being loaded.
const MODEL_PATIENCE: Duration = Duration::from_mins(5);

/// Makes the source, finds the pictures and puts the steps in line.
pub(super) async fn plan(context: &JobContext, job: &Job, request: &CaptionJob) -> Result<(), StepError> {
    let plan = match plan_of(job) {
        Some(plan) => plan,
        None => make_plan(context, job, request).await?,
    };
    let among = chosen(context, job, &request.images).await?;
    planned(context.database.plan_captioning(job, &plan, &request.images.filter(), among.as_deref()).await?)
}

/// What was found out when the job was planned.
fn plan_of(job: &Job) -> Option<CaptionPlan> {
    serde_json::from_value(job.plan.clone()?).ok()
}

async fn make_plan(context: &JobContext, job: &Job, request: &CaptionJob) -> Result<CaptionPlan, StepError> {
    let engine = engine(context).await?;
    let dataset = job.dataset_id.ok_or_else(|| StepError::Final("The dataset is gone.".into()))?;
    let ModelDescription { name, revision, .. } = engine.model.description.clone();
    let model = &engine.model.description;
    let source = model_source::source(model, &request.task, request.text.as_deref(), request.parameters.clone());
    match context.database.ensure_model_source(&job.reader(), dataset, &source).await? {
        Permitted::Done((source, _)) => Ok(CaptionPlan { source, model: name, revision }),
        _ => Err(StepError::Final("You may not caption this dataset any more.".into())),
    }
}

/// The model that runs, once it is loaded.
async fn engine(context: &JobContext) -> Result<Arc<Engine>, StepError> {
    let until = Instant::now() + MODEL_PATIENCE;
    loop {
        match context.state.engines.current() {
            Ok(engine) => return Ok(engine),
            Err(problem) if Instant::now() > until => return Err(StepError::Passing(problem.detail().to_owned())),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Captions the pictures of some items, several at a time.
pub(super) async fn work(
    context: &JobContext,
    job: &Job,
    request: &CaptionJob,
    first: i64,
    end: i64,
) -> Result<(), StepError> {
    let CaptionPlan { source, model, revision } =
        plan_of(job).ok_or_else(|| StepError::Final("The job has no plan.".into()))?;
    let running = &engine(context).await?.model.description;
    if running.revision != revision {
        let other =
            format!("The job began with {model}; now {} runs, whose captions are another source's.", running.name);
        return Err(StepError::Passing(other));
    }
    let parameters = serde_json::from_value(Value::Object(request.parameters.clone()))
        .map_err(|_| StepError::Final("The job's parameters can't be read.".into()))?;
    let items = context.database.waiting_items(job.id, first, end).await?;
    let step = CaptionStep { context, job, request, parameters, source, is_stopped: AtomicBool::new(false) };
    let at_once = context.state.engines.batch_size().clamp(1, 32) * 2;
    let mut outcomes = stream::iter(items).map(|item| step.caption(item)).buffer_unordered(at_once);
    let mut left = 0;
    while let Some(is_done) = outcomes.next().await {
        left += usize::from(!is_done?);
    }
    if step.is_stopped.load(Ordering::Relaxed) {
        return Ok(());
    }
    try_again(left)
}

/// What the items of a step share.
struct CaptionStep<'a> {
    context: &'a JobContext,
    job: &'a Job,
    request: &'a CaptionJob,
    parameters: Parameters,
    source: Uuid,
    is_stopped: AtomicBool,
}

impl CaptionStep<'_> {
    /// Captions one picture. Says whether nothing is left to do for it.
    async fn caption(&self, item: JobItem) -> Result<bool, StepError> {
        let database = &self.context.database;
        if self.is_stopped.load(Ordering::Relaxed) || database.job_at_work(self.job.id).await?.is_none() {
            self.is_stopped.store(true, Ordering::Relaxed);
            return Ok(true);
        }
        let new = match self.ask(&item).await? {
            Ok(new) => new,
            Err(Failure { reason, is_hopeless }) => {
                database.fail_item(self.job.id, item.position, &reason, is_hopeless).await?;
                return Ok(is_hopeless || item.attempts + 1 >= MAX_ATTEMPTS);
            }
        };
        let now = OffsetDateTime::now_utc();
        match database.store_job_caption(self.job, &item, self.source, new, now).await? {
            Stored::Done | Stored::DoneBefore => {}
            Stored::Stopped => self.is_stopped.store(true, Ordering::Relaxed),
            Stored::Refused => {
                let reason = "The image is gone, or you may not caption it any more.";
                database.fail_item(self.job.id, item.position, reason, true).await?;
            }
        }
        Ok(true)
    }

    /// What the model says of an item's picture.
    async fn ask(&self, item: &JobItem) -> Result<Result<NewCaption, Failure>, StepError> {
        let database = &self.context.database;
        let image = match item.image_id {
            Some(image) => database.find_image(&self.job.reader(), image).await?,
            None => None,
        };
        let Some(image) = image else { return Ok(Err(Failure::hopeless("The image is gone."))) };
        let file = self.context.state.storage.objects.get(Object::Image(&image.sha256)).await;
        let Some(file) = file.map_err(|error| StepError::Passing(error.to_string()))? else {
            return Ok(Err(Failure::hopeless("The image's file is lost.")));
        };
        let ask = Ask {
            task: Some(self.request.task.clone()),
            text: self.request.text.clone(),
            parameters: self.parameters.clone(),
            file: file.into(),
        };
        Ok(self.answer(ask).await)
    }

    /// Asks as often as the queue is full: jobs wait for requests that somebody waits for.
    async fn answer(&self, ask: Ask) -> Result<NewCaption, Failure> {
        let client = ClientId::new(format!("job-{}", self.job.id));
        let deadline = Instant::now() + PATIENCE;
        let running = loop {
            match captioning::begin(&self.context.state, &client, ask.clone(), deadline).await {
                Ok(running) => break running,
                Err(problem) if problem.is_lack_of_room() && Instant::now() < deadline => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(problem) => return Err(problem.into()),
            }
        };
        let answer = running.finish().await?;
        Ok(said(&answer.caption, &answer.regions, answer.confidence))
    }
}

/// Why an item has no caption.
struct Failure {
    reason: String,
    /// Whether another try would end the same.
    is_hopeless: bool,
}

impl Failure {
    fn hopeless(reason: &str) -> Self {
        Self { reason: reason.to_owned(), is_hopeless: true }
    }
}

/// What is wrong with a picture stays wrong; what is wrong with a server may pass.
impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let is_hopeless = problem.status().is_client_error() && problem.status() != 429;
        Self { reason: problem.detail().to_owned(), is_hopeless }
    }
}
