//! Which server does which step next: `graphile_worker` in the schema of its own.

use std::{fmt, sync::Arc, time::Duration};

use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, RawJobSpec, TaskHandler, Worker, WorkerContext, WorkerOptions,
    WorkerRecoveryConfig, WorkerShutdownConfig, WorkerUtils,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgTransaction;
use uuid::Uuid;

use crate::{Database, StorageError, database::TransactionFuture};

/// The schema in which the queue's library keeps its tables.
const SCHEMA: &str = "graphile_worker";

/// How often a server shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(4);

/// How often servers look for others that have died.
const SWEEP: Duration = Duration::from_secs(5);

/// How long a server may be silent before its steps are given to others. With the pauses above, a step that lost its server
/// is taken up again within 30 seconds.
const SILENCE: Duration = Duration::from_secs(20);

/// How long a step may go on when the server stops, before it is given back unfinished.
const GRACE: Duration = Duration::from_secs(5);

/// How often a server asks for steps without being told of any.
const POLL: Duration = Duration::from_secs(2);

/// How often a step is tried. The pauses between grow as the powers of e, from 1 second to 50 minutes.
pub const MAX_TRIES: i16 = 8;

/// A part of a job that one server does at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Of which job.
    pub job: Uuid,
    /// What of it.
    pub part: Part,
}

/// What of a job a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Finds out what there is to do, and does it where it has no items.
    Plan,
    /// Does the items from position `first` up to and without `end`.
    Items {
        /// The first position.
        first: i64,
        /// The position after the last.
        end: i64,
    },
}

/// Why a step is not done.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// It may go better later; the step is tried again.
    #[error("{0}")]
    Passing(String),
    /// It will not; the job fails, with this sentence.
    #[error("{0}")]
    Final(String),
    /// Another server was given the step meanwhile, and does it.
    #[error("another server has taken the step up")]
    TakenUp,
}

/// What a server takes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// How many steps at the same time.
    pub at_once: usize,
    /// Whether it has a model, so that steps which need one are for it as well.
    pub with_model: bool,
}

/// What does steps.
pub trait Runner: Send + Sync + 'static {
    /// Does a step, for the `tries`-th time, counted from 1.
    fn run(&self, step: Step, tries: i16) -> StepFuture<'_>;
}

/// A step under way.
pub type StepFuture<'a> = std::pin::Pin<Box<dyn Future<Output = Result<(), StepError>> + Send + 'a>>;

impl Step {
    /// The step that plans a job.
    pub(super) fn plan(job: Uuid) -> Self {
        Self { job, part: Part::Plan }
    }

    pub(super) fn work(job: Uuid, first: i64, end: i64) -> Self {
        Self { job, part: Part::Items { first, end } }
    }

    /// A step is in line once; put there again, it starts afresh.
    fn key(&self) -> String {
        match self.part {
            Part::Plan => format!("{}:plan", self.job),
            Part::Items { first, .. } => format!("{}:{first}", self.job),
        }
    }
}

impl From<StorageError> for StepError {
    fn from(error: StorageError) -> Self {
        Self::Passing(error.to_string())
    }
}

impl Database {
    /// Makes the queue's tables, or brings them up to date.
    pub(crate) async fn migrate_queue(&self) -> Result<(), StorageError> {
        self.queue_utils().migrate().await.map_err(|error| StorageError::Queue(error.to_string()))
    }

    pub(crate) fn queue_utils(&self) -> WorkerUtils {
        WorkerUtils::new(self.pool().clone(), SCHEMA)
    }

    /// Does steps until `stop` is ready; then steps under way have a few seconds left.
    ///
    /// # Errors
    ///
    /// When the queue can't be reached any more. Whoever calls this tries again.
    pub async fn work_on_jobs(
        &self,
        runner: Arc<dyn Runner>,
        work: Work,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), StorageError> {
        let failed = |error: &dyn fmt::Display| StorageError::Queue(error.to_string());
        let recovery = WorkerRecoveryConfig::default()
            .heartbeat_interval(HEARTBEAT)
            .sweep_interval(SWEEP)
            .sweep_threshold(SILENCE)
            .recovery_delay(Duration::ZERO);
        let shutdown = WorkerShutdownConfig::default()
            .listen_os_shutdown_signals(false)
            .grace_period(GRACE)
            .interrupted_job_retry_delay(Duration::ZERO)
            .shutdown_signal(stop);
        let options = WorkerOptions::default()
            .pg_pool(self.pool().clone())
            .schema(SCHEMA)
            .concurrency(work.at_once)
            .poll_interval(POLL)
            .worker_recovery(recovery)
            .worker_shutdown(shutdown)
            .add_extension(SharedRunner(runner))
            .define_job::<Step>();
        let options = if work.with_model { options.define_job::<ModelStep>() } else { options };
        let worker: Worker = options.init().await.map_err(|error| failed(&error))?;
        worker.run().await.map_err(|error| failed(&error))
    }
}

/// Puts steps in line, as a part of the transaction. Those that need a model wait for a server that has one.
pub(super) fn add<'a>(
    utils: WorkerUtils,
    transaction: &'a mut PgTransaction<'static>,
    steps: &'a [Step],
    needs_model: bool,
) -> TransactionFuture<'a, (), StorageError> {
    Box::pin(async move {
        let identifier = if needs_model { ModelStep::IDENTIFIER } else { Step::IDENTIFIER };
        let spec = |step: &Step| RawJobSpec {
            identifier: identifier.to_owned(),
            payload: json!(step),
            spec: JobSpec { job_key: Some(step.key()), max_attempts: Some(MAX_TRIES), ..JobSpec::default() },
        };
        let specs: Vec<_> = steps.iter().map(spec).collect();
        utils.with_executor(transaction).add_raw_jobs(&specs).await?;
        Ok(())
    })
}

/// The runner, as the queue's library passes it on.
#[derive(Clone)]
struct SharedRunner(Arc<dyn Runner>);

impl fmt::Debug for SharedRunner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedRunner")
    }
}

/// A step that needs a model.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct ModelStep(Step);

impl TaskHandler for Step {
    const IDENTIFIER: &'static str = "step";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run(self, &context).await
    }
}

impl TaskHandler for ModelStep {
    const IDENTIFIER: &'static str = "model_step";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        run(self.0, &context).await
    }
}

async fn run(step: Step, context: &WorkerContext) -> Result<(), String> {
    let runner = context.get_ext::<SharedRunner>().expect("a worker is made with a runner. This is a bug.");
    let tries = *context.job().attempts();
    runner.0.run(step, tries).await.map_err(|error| error.to_string())
}
