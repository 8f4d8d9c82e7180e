//! `vasari caption-dataset`.

use std::{net::Ipv4Addr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};
use time::OffsetDateTime;
use vasari_inference::Parameters;
use vasari_storage::{
    Database, Reader,
    datasets::Permitted,
    jobs::{CaptionJob, ImageSelection, JobRequest},
};

use super::{job_progress::JobProgress, local::LocalArgs, remote::Remote, selection::SelectionArgs};
use crate::{
    api::v1::jobs::JobResponse,
    captioning::Question,
    config::{Config, GenerationConfig, ModelConfig, RemoteConfig},
    jobs, logging, parameters, search,
    shutdown::{Phase, Shutdown},
    startup::{self, Address},
    state::{AppState, DEMO_NOTICE},
    telemetry,
};

/// How often the job is looked at.
const INTERVAL: Duration = Duration::from_millis(300);

/// How long captions under way may take once the command was told to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Captions the images of a dataset, as a new source.
///
/// Images that have a caption of this source already are left out, so the command can be repeated; captions of people and
/// of other sources stay as they are. It is a job, which can be stopped at any moment and taken up again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari caption-dataset birds                                        the plain caption, by the model of --model-path\n  \
    vasari caption-dataset birds --task more_detailed_caption --missing anna\n  \
    vasari caption-dataset birds --server http://localhost:8000 --key vas_…  by a server, with its model\n\n\
    Exit status: 0 when every image has its caption, 1 when some have none (`vasari jobs errors` tells why).")]
pub(super) struct CaptionDatasetCommand {
    /// The dataset's slug.
    dataset: String,
    /// What to ask of the images; `vasari tasks` lists what there is.
    #[arg(long, short, default_value = "<CAPTION>")]
    task: String,
    /// The task's input, where it takes one.
    #[arg(long)]
    text: Option<String>,
    /// Draws tokens at random instead of searching for the likeliest.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true,
        value_parser = parameters::parse_switch)]
    do_sample: Option<bool>,
    /// Makes random captions come out the same again.
    #[arg(long, value_parser = parameters::parse_seed)]
    seed: Option<u64>,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    generation: GenerationConfig,
    #[command(flatten)]
    model: ModelConfig,
    #[command(flatten)]
    remote: RemoteConfig,
    #[command(flatten)]
    pub(super) local: LocalArgs,
}

impl CaptionDatasetCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        logging::start_on_standard_error();
        let job = match Remote::new(&self.remote)? {
            Some(remote) => self.ask(&remote)?,
            None => self.caption_here()?,
        };
        if self.local.json {
            println!("{job}");
        } else {
            println!(
                "{} captioned, {} failed ({})",
                job["done"],
                job["failed"],
                job["id"].as_str().unwrap_or_default()
            );
        }
        if let Some(error) = job["error"].as_str() {
            eprintln!("vasari: {error}");
        }
        let is_well = job["state"] == "succeeded" && job["failed"] == 0;
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn asked(&self) -> Parameters {
        Parameters { do_sample: self.do_sample, seed: self.seed, ..self.generation.clone().into() }
    }

    /// Has a server do it, with its model.
    fn ask(&self, remote: &Remote) -> anyhow::Result<Value> {
        let mut parameters = json!(self.asked());
        if let Some(members) = parameters.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        let images = ImageSelection::from(self.selection.clone());
        let mut body = json!({ "task": self.task, "images": images, "parameters": parameters });
        if let Some(text) = &self.text {
            body["text"] = json!(text);
        }
        let job = remote.post(&format!("datasets/{}/caption-jobs", self.dataset), &body)?;
        let progress = JobProgress::default();
        remote.follow(job["id"].as_str().unwrap_or_default(), |job| progress.tell(job))
    }

    /// Does it in this process; a server that has the same database helps.
    fn caption_here(&self) -> anyhow::Result<Value> {
        let config = Config::of_command(&self.model, &self.generation, self.local.data(), self.local.database())?;
        let shutdown = Shutdown::new();
        let (telemetry, _) = telemetry::start(&config.telemetry)?;
        let address = Address { ip: Ipv4Addr::LOCALHOST.into(), is_tls: false };
        let state =
            startup::build_state(&config, Some(startup::loader(&config)), &address, None, &shutdown, &telemetry)?;
        let outcome = tokio::runtime::Runtime::new()?.block_on(self.work(&state));
        state.engines.stop();
        state.engines.join(PATIENCE);
        telemetry.stop();
        outcome
    }

    async fn work(&self, state: &AppState) -> anyhow::Result<Value> {
        let loading = Arc::clone(state);
        let (engine, ()) =
            tokio::join!(tokio::task::spawn_blocking(move || loading.engines.load()), state.storage.open());
        let engine = engine.context("loading the model was interrupted")??;
        if engine.model.is_demo {
            eprintln!("{DEMO_NOTICE}");
        }
        let outcome = match state.storage.database() {
            Ok(database) => self.follow(state, &database, &engine.model.description).await,
            Err(problem) => Err(anyhow::anyhow!("{}", state.storage.advice().await.unwrap_or(problem.detail().into()))),
        };
        state.storage.close().await;
        outcome
    }

    async fn follow(
        &self,
        state: &AppState,
        database: &Database,
        model: &vasari_inference::ModelDescription,
    ) -> anyhow::Result<Value> {
        let defaults = Parameters::default();
        let question = Question::new(model, &defaults, Some(&self.task), self.text.clone(), &self.asked());
        let question = question.map_err(|problem| anyhow::anyhow!("{}", problem.detail()))?;
        let request = JobRequest::Caption(CaptionJob {
            images: self.selection.clone().into(),
            parameters: parameters::of_source(&question.parameters),
            task: question.task,
            text: question.text,
        });
        let (reader, now) = (Reader::operator(), OffsetDateTime::now_utc());
        let Permitted::Done(job) = database.create_job(&reader, &self.dataset, request, now).await? else {
            anyhow::bail!("no dataset is called {:?}; `vasari dataset list` tells which there are", self.dataset)
        };
        let followed = Arc::clone(state);
        let following = tokio::spawn(async move { search::follow(&followed).await });
        let working = tokio::spawn(jobs::attend(Arc::clone(state)));
        let progress = JobProgress::default();
        let ended = loop {
            let found = database.find_job(&reader, job.id).await?.context("the job is gone, with its dataset")?;
            let is_final = found.state.is_final();
            let found = json!(JobResponse::from(found));
            progress.tell(&found);
            if is_final {
                break Ok(found);
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                _ = tokio::signal::ctrl_c() => {
                    database.cancel_job(&reader, job.id, OffsetDateTime::now_utc()).await?;
                    break Err(anyhow::anyhow!("stopped; what is done stays. To go on: vasari jobs resume {}", job.id));
                }
            }
        };
        state.shutdown.advance_to(Phase::Draining);
        drop(working.await);
        following.abort();
        ended
    }
}
