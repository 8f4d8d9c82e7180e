//! From a configuration to a server that listens, and to one that has stopped.

use std::{
    cell::Cell,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use leptos::config::{Env, LeptosOptions};
use tokio::{
    runtime::Handle,
    sync::{Semaphore, oneshot},
    time::timeout,
};
use vasari_app::types::{ImageSize, SampleImage};
use vasari_inference::{LoadedBackend, QueueConfig};
use vasari_storage::{
    DatasetFolder,
    formats::{self, ColumnMapping, Format},
};

use crate::{
    auth::Access,
    bundled,
    config::{Config, ModelConfig, ServerConfig, TlsConfig},
    engine::{Engines, ModelLoader},
    florence2_backend,
    idempotency::IdempotencyStore,
    image_url::{ImageUrlPolicy, ImageUrls},
    listener::{self, ServeOptions, Tls},
    middleware,
    people::{People, first_administrator_link},
    rate_limit::RateLimits,
    router::router,
    shutdown::Shutdown,
    state::{AppState, DEMO_NOTICE, LoadedModel, Samples, State},
    storage::Storage,
    sweeper::sweep,
    telemetry::Telemetry,
};

/// How long a client may take for a request's headers, unless the whole request has less.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// How long an answer may take to arrive once it is there.
const TRANSFER_TIMEOUT: Duration = Duration::from_mins(1);

/// How long the welcome waits for the database.
const DATABASE_PATIENCE: Duration = Duration::from_secs(10);

/// How often callers that stay away are forgotten.
const HOUSEKEEPING: Duration = Duration::from_mins(1);

/// How often the files of the certificate are looked at.
const CERTIFICATE_CHECK: Duration = Duration::from_secs(2);

/// Serves until the process is told to stop.
pub(crate) fn serve(config: &Config, telemetry: Telemetry) -> anyhow::Result<()> {
    let loader = CheckpointLoader {
        model: config.model.clone(),
        data_dir: config.data.data_dir.clone(),
        workers: config.server.workers as usize,
    };
    serve_model(config, Box::new(loader), telemetry)
}

/// [`serve`] with any model.
fn serve_model(config: &Config, loader: Box<dyn ModelLoader>, telemetry: Telemetry) -> anyhow::Result<()> {
    let Config { server, model, .. } = config;
    let data_dir = &config.data.data_dir;
    let patience = server.shutdown_timeout;
    let shutdown = Shutdown::new();
    let stopped_at = Cell::new(None::<Instant>);
    let runtime = tokio::runtime::Runtime::new().context("the system refuses the threads of a server")?;
    // Before the model, which takes a while: a port that is taken is better known at once.
    let listener = runtime.block_on(listener::bind(&server.host, server.port))?;
    let address = listener.local_addr().context("the listener has no address")?;
    let tls = load_tls(&config.tls)?;
    let cors = middleware::cors(&allowed_origins(server)).map_err(anyhow::Error::msg)?;
    let queue = QueueConfig { capacity: server.queue_size as usize, batch_size: model.batch_size as usize };
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let decoders = server.max_workers.map_or(processors, |workers| workers as usize);
    let state = Arc::new(State {
        engines: Engines::new(loader, queue),
        defaults: config.generation.clone().into(),
        timeout: server.timeout,
        max_request_bytes: server.max_request_size.0,
        decoders: Arc::new(Semaphore::new(decoders)),
        samples: load_samples(data_dir)?,
        image_urls: ImageUrls::new(
            ImageUrlPolicy::new(config.image_urls.allow_image_host.clone()),
            server.max_request_size.0,
        ),
        idempotency: IdempotencyStore::default(),
        storage: Storage::new(&config.database, &config.data)?,
        access: Access::new(config, address.ip()),
        limits: RateLimits::new(&config.limits),
        people: People::new(&config.accounts, tls.is_some()),
        shutdown: shutdown.clone(),
        started: Instant::now(),
        leptos: leptos_options(server, data_dir),
        telemetry: telemetry.clone(),
    });
    runtime.spawn(telemetry.attend());
    let outcome = runtime.block_on(async {
        // Fails when it is set already, which is what is wanted.
        drop(any_spawner::Executor::init_tokio());
        // Before anybody is told that the server is there, who might tell it to stop at once.
        let stop = stop_signal().context("signals can't be heard")?;
        let (failed, has_failed) = oneshot::channel();
        let opened = state.clone();
        tokio::spawn(async move { opened.storage.open().await });
        std::thread::Builder::new().name("load".into()).spawn({
            let (state, config, runtime) = (state.clone(), config.clone(), Handle::current());
            move || match state.engines.load() {
                Ok(engine) => {
                    let notes = runtime.block_on(welcome_notes(&state, engine.model.is_demo));
                    print_welcome(&config, address, &notes, &engine.model);
                }
                // Fails when the server has stopped meanwhile.
                Err(error) => drop(failed.send(error)),
            }
        })?;
        let limited = state.clone();
        tokio::spawn(async move { limited.limits.forget(HOUSEKEEPING).await });
        let swept = state.clone();
        tokio::spawn(async move { sweep(&swept.storage).await });
        if let Some(tls) = &tls {
            tokio::spawn(Arc::clone(tls).watch(CERTIFICATE_CHECK));
        }
        let mut failure = None;
        let until = async {
            tokio::select! {
                () = stop => {}
                Ok(error) = has_failed => failure = Some(error),
            }
            stopped_at.set(Some(Instant::now()));
        };
        let options = ServeOptions {
            tls,
            max_connections: server.max_connections,
            header_timeout: HEADER_TIMEOUT.min(server.timeout),
            answer_timeout: server.timeout + TRANSFER_TIMEOUT,
            shutdown,
            patience,
        };
        let all_answered = listener::serve(listener, router(state.clone(), cors), options, until).await;
        state.storage.close().await;
        failure.map_or(Ok(all_answered), Err)
    });
    let left = patience.saturating_sub(stopped_at.get().map_or(Duration::ZERO, |began| began.elapsed()));
    let all_answered = outcome? && state.engines.join(left);
    if all_answered {
        tracing::info!("stopped");
    } else {
        tracing::warn!("stopped with requests unanswered after {} s", patience.as_secs());
    }
    runtime.shutdown_background();
    Ok(())
}

/// Loads what `--model-path` says, else the demo checkpoint.
struct CheckpointLoader {
    model: ModelConfig,
    data_dir: PathBuf,
    workers: usize,
}

impl ModelLoader for CheckpointLoader {
    fn load(&self) -> anyhow::Result<(LoadedBackend, bool)> {
        load(&self.model, &self.data_dir, self.workers)
    }
}

/// Loads what `--model-path` says, else the demo checkpoint, to be run by so many threads. Whether it is the demo.
pub(crate) fn load(config: &ModelConfig, data_dir: &Path, workers: usize) -> anyhow::Result<(LoadedBackend, bool)> {
    if let Some(path) = &config.model_path {
        return Ok((florence2_backend::load(path, None, config, workers)?, false));
    }
    let folder = bundled::unpack_checkpoint(data_dir)?;
    let folder = folder.to_str().context("--data-dir must be a folder whose name is Unicode text")?;
    Ok((florence2_backend::load(folder, Some("vasari-demo"), config, workers)?, true))
}

/// The sample pictures with their captions.
fn load_samples(data_dir: &Path) -> anyhow::Result<Samples> {
    let path = bundled::unpack_samples(data_dir)?;
    let folder = DatasetFolder::open(&path)?;
    let captions_path = path.join("captions.jsonl");
    let captions: Vec<_> = if captions_path.exists() {
        formats::read(&captions_path, Format::Jsonl, &ColumnMapping::default())?.filter_map(Result::ok).collect()
    } else {
        Vec::new()
    };
    let describe = |name: String| {
        let size = image::image_dimensions(folder.image_path(&name)?).ok()?;
        let is_plain = |task: &Option<String>| task.as_deref().is_none_or(|task| task == "<CAPTION>");
        let row = captions.iter().find(|row| row.file_name == name && is_plain(&row.task));
        let caption = row.and_then(|row| row.caption.clone()).unwrap_or_else(|| name.clone());
        let size = ImageSize { width: size.0, height: size.1 };
        Some(SampleImage { src: format!("/samples/{name}"), name, caption, size })
    };
    let images = folder.image_names()?.into_iter().filter_map(describe).collect();
    Ok(Samples { folder, images })
}

/// The certificate of `--ssl-cert`, where there is one.
fn load_tls(config: &TlsConfig) -> anyhow::Result<Option<Arc<Tls>>> {
    let TlsConfig { ssl_cert: Some(certificate), ssl_key: Some(key) } = config else { return Ok(None) };
    Ok(Some(Arc::new(Tls::load(certificate, key)?)))
}

fn allowed_origins(server: &ServerConfig) -> Vec<String> {
    if server.allow_origin.is_empty() && server.is_loopback() {
        return vec!["*".into()];
    }
    server.allow_origin.clone()
}

fn leptos_options(server: &ServerConfig, data_dir: &Path) -> LeptosOptions {
    let site_root = server.resolve_site_root();
    if site_root.is_none() {
        tracing::warn!(
            "the built pages are missing: the page has no styles and no scripts; name their folder with --site-root"
        );
    }
    // Where there is no folder, nothing is found.
    let site_root = site_root.unwrap_or_else(|| data_dir.join("site"));
    LeptosOptions::builder()
        .output_name("vasari")
        .site_root(site_root.to_string_lossy().into_owned())
        .env(Env::PROD)
        .build()
}

/// What whoever starts the server should know.
async fn welcome_notes(state: &AppState, is_demo: bool) -> Vec<String> {
    let demo = is_demo.then(|| DEMO_NOTICE.to_owned());
    let advice = state.access.advice().map(str::to_owned);
    // A database that is away may stay away; the server is there all the same.
    let storage = timeout(DATABASE_PATIENCE, state.storage.advice()).await;
    let storage = storage.unwrap_or_else(|_| Some("The database can't be used yet; the log says why.".into()));
    [demo, advice, storage, first_administrator(state).await].into_iter().flatten().collect()
}

/// How the first administrator gets an account, while nobody has one.
async fn first_administrator(state: &AppState) -> Option<String> {
    let database = state.storage.database().ok()?;
    match first_administrator_link(&database).await {
        Ok(token) => token.map(|token| {
            format!(
                "Nobody has an account yet. Make the first administrator's within 7 days: POST /api/v1/sign-up with\n          \
                 {{\"token\": \"{token}\", \"name\": \"…\", \"password\": \"…\"}}"
            )
        }),
        Err(error) => {
            tracing::error!(%error, "no link for the first administrator could be made");
            None
        }
    }
}

/// Says on standard output how to go on; on standard error where the other is for programs.
fn print_welcome(config: &Config, address: SocketAddr, notes: &[String], model: &LoadedModel) {
    let scheme = if config.tls.ssl_cert.is_some() { "https" } else { "http" };
    let host = match config.server.host.trim_matches(['[', ']']) {
        "0.0.0.0" | "::" => "localhost".into(),
        host if host.contains(':') => format!("[{host}]"),
        host => host.to_owned(),
    };
    let description = &model.description;
    let notes = notes.iter().fold(String::new(), |notes, note| notes + "  Note:   " + note + "\n");
    let url = format!("{scheme}://{host}:{}", address.port());
    let welcome = format!(
        "Vasari is listening. Open {url} in a browser.\n  \
           Model:  {} ({}, {})\n{notes}  \
           Try:    curl -X POST -F \"image=@photo.jpg\" {url}/caption\n  \
           Stop:   Ctrl+C",
        description.name, description.device, description.precision
    );
    if config.log.owns_standard_output() {
        eprintln!("{welcome}");
    } else {
        println!("{welcome}");
    }
}

/// Ready when the process is told to stop: Ctrl+C, or SIGTERM.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            tracing::info!("stopping: requests under way are answered");
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async move {
            drop(tokio::signal::ctrl_c().await);
            tracing::info!("stopping: requests under way are answered");
        })
    }
}
