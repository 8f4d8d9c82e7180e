//! From a configuration to a server that listens, and to one that has stopped.

use std::{
    cell::Cell,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use tokio::{
    net::TcpListener,
    runtime::Handle,
    sync::{Semaphore, oneshot},
    time::{sleep, timeout},
};
use vasari_app::types::{ImageSize, SampleImage};
use vasari_inference::{LoadedBackend, QueueConfig};
use vasari_storage::{
    DatasetFolder,
    formats::{self, ColumnMapping, Format},
    search::{IndexState, SearchIndex},
};

use crate::{
    assets::Assets,
    auth::Access,
    bundled,
    caption_metrics::CaptionMetrics,
    config::{Config, ModelConfig, ServerConfig, TlsConfig},
    engine::{Engines, ModelLoader, Readiness},
    florence2_backend,
    folder_datasets::{Shown, add_samples},
    idempotency::IdempotencyStore,
    image_url::{ImageUrlPolicy, ImageUrls},
    jobs,
    listener::{self, BoundPort, ServeOptions, Tls},
    middleware,
    people::People,
    picture_hashes::make_hashes,
    rate_limit::RateLimits,
    router::router,
    search::{follow, search_folder},
    shutdown::{Phase, Shutdown},
    spool::Spool,
    state::{AppState, Samples, State},
    storage::Storage,
    sweeper::sweep,
    telemetry::Telemetry,
    welcome::{DATABASE_PATIENCE, Started, greet},
};

/// How long a client may take for a request's headers, unless the whole request has less.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// How long an answer may take to arrive once it is there.
const TRANSFER_TIMEOUT: Duration = Duration::from_mins(1);

/// How often callers that stay away are forgotten.
const HOUSEKEEPING: Duration = Duration::from_mins(1);

/// How often a server that listens only when it is ready looks whether it is.
const READINESS_CHECK: Duration = Duration::from_millis(50);

/// How often the files of the certificate are looked at.
const CERTIFICATE_CHECK: Duration = Duration::from_secs(2);

/// Serves until the process is told to stop.
pub(crate) fn serve(config: &Config, telemetry: Telemetry) -> anyhow::Result<()> {
    serve_model(config, Some(loader(config)), None, telemetry)
}

/// Shows a folder, without a model, until the process is told to stop.
pub(crate) fn show(config: &Config, shown: Shown, telemetry: Telemetry) -> anyhow::Result<()> {
    serve_model(config, None, Some(shown), telemetry)
}

/// Loads what the configuration says.
pub(crate) fn loader(config: &Config) -> Box<dyn ModelLoader> {
    Box::new(CheckpointLoader {
        model: config.model.clone(),
        data_dir: config.data.data_dir.clone(),
        workers: config.server.workers as usize,
    })
}

/// Serves with any model or none, and shows a folder, if one was named.
fn serve_model(
    config: &Config,
    loader: Option<Box<dyn ModelLoader>>,
    shown: Option<Shown>,
    telemetry: Telemetry,
) -> anyhow::Result<()> {
    let server = &config.server;
    let patience = server.shutdown_timeout;
    let shutdown = Shutdown::new();
    let stopped_at = Cell::new(None::<Instant>);
    let runtime = tokio::runtime::Runtime::new().context("the system refuses the threads of a server")?;
    // Before the model, which takes a while: a port that is taken is better known at once.
    let port = runtime.block_on(listener::bind(&server.host, server.port))?;
    let address = port.local_addr().context("the listener has no address")?;
    let entrance = runtime.block_on(async { Entrance::new(port, server.listen_when_ready) })?;
    let tls = load_tls(&config.tls)?;
    let cors = middleware::cors(&allowed_origins(server)).map_err(anyhow::Error::msg)?;
    let place = Address { ip: address.ip(), is_tls: tls.is_some() };
    let page_size = shown.as_ref().and_then(|shown| shown.page_size);
    let state = build_state(config, loader, &place, page_size, &shutdown, &telemetry)?;
    runtime.spawn(telemetry.attend());
    let outcome = runtime.block_on(async {
        // Before anybody is told that the server is there, who might tell it to stop at once.
        let stop = stop_signal().context("signals can't be heard")?;
        let (failed, has_failed) = oneshot::channel();
        let (listening, listens) = oneshot::channel();
        let opened = state.clone();
        tokio::spawn(async move { opened.storage.open().await });
        if let Some(shown) = shown {
            let (state, config) = (state.clone(), config.clone());
            tokio::spawn(async move {
                // A gallery that can't keep anything has nothing to show.
                let absent = timeout(DATABASE_PATIENCE, state.storage.advice()).await.ok().flatten();
                if let Some(reason) = absent {
                    drop(failed.send(anyhow::anyhow!("{reason}")));
                    return;
                }
                drop(listens.await);
                greet(&state, &config, address, &Started::Gallery(shown.path())).await;
                shown.take_in(&state).await;
            });
        } else {
            std::thread::Builder::new().name("load".into()).spawn({
                let (state, config, runtime) = (state.clone(), config.clone(), Handle::current());
                move || match state.engines.load() {
                    Ok(engine) => {
                        let path = runtime.block_on(add_samples(&state, &engine)).unwrap_or_default();
                        let started = Started::Model(engine.model.clone(), path);
                        runtime.block_on(async {
                            // Fails when the server was told to stop before.
                            if listens.await.is_ok() {
                                greet(&state, &config, address, &started).await;
                            }
                        });
                    }
                    // Fails when the server has stopped meanwhile.
                    Err(error) => drop(failed.send(error)),
                }
            })?;
        }
        keep_house(&state);
        let jobs = tokio::spawn(jobs::attend(state.clone()));
        if let Some(tls) = &tls {
            tokio::spawn(Arc::clone(tls).watch(CERTIFICATE_CHECK));
        }
        let mut failure = None;
        let mut until = Box::pin(async {
            tokio::select! {
                () = stop => {}
                Ok(error) = has_failed => failure = Some(error),
            }
            stopped_at.set(Some(Instant::now()));
        });
        let listener = tokio::select! {
            listener = entrance.open(&state) => Some(listener?),
            () = &mut until => None,
        };
        let options = ServeOptions {
            tls,
            max_connections: server.max_connections,
            header_timeout: HEADER_TIMEOUT.min(server.timeout),
            answer_timeout: server.timeout + TRANSFER_TIMEOUT,
            shutdown,
            delay: server.shutdown_delay,
            patience,
        };
        let mut all_answered = true;
        if let Some(listener) = listener {
            // Fails when nobody waits, as no model could be loaded.
            listening.send(()).ok();
            all_answered = listener::serve(listener, router(state.clone(), cors), options, &mut until).await;
        }
        drop(until);
        state.shutdown.advance_to(Phase::Closing);
        // Steps under way have the time that the queue gives them; they are taken up again elsewhere.
        drop(jobs.await);
        state.storage.close().await;
        failure.map_or(Ok(all_answered), Err)
    });
    let since = stopped_at.get().map_or(Duration::ZERO, |began| began.elapsed());
    let left = (patience + server.shutdown_delay).saturating_sub(since);
    let all_answered = outcome? && state.engines.join(left);
    if all_answered {
        tracing::info!("stopped");
    } else {
        tracing::warn!("stopped with requests unanswered after {} s", patience.as_secs());
    }
    runtime.shutdown_background();
    Ok(())
}

/// Starts what goes on beside requests for as long as the program runs.
fn keep_house(state: &AppState) {
    let limited = state.clone();
    tokio::spawn(async move { limited.limits.forget(HOUSEKEEPING).await });
    let guessed = state.clone();
    tokio::spawn(async move { guessed.people.guesses.forget(HOUSEKEEPING).await });
    let followed = state.clone();
    tokio::spawn(async move { follow(&followed).await });
    let attended = state.clone();
    tokio::spawn(async move { attended.storage.attend().await });
    let swept = state.clone();
    tokio::spawn(async move { sweep(&swept.storage).await });
    let hashed = state.clone();
    tokio::spawn(async move { make_hashes(&hashed).await });
}

/// Where connections come in, or will.
enum Entrance {
    Open(TcpListener),
    OpensWhenReady(BoundPort),
}

impl Entrance {
    fn new(port: BoundPort, when_ready: bool) -> anyhow::Result<Self> {
        Ok(if when_ready { Self::OpensWhenReady(port) } else { Self::Open(port.listen()?) })
    }

    async fn open(self, state: &State) -> anyhow::Result<TcpListener> {
        let port = match self {
            Self::Open(listener) => return Ok(listener),
            Self::OpensWhenReady(port) => port,
        };
        // A database that is away may stay away; captions are there all the same.
        drop(timeout(DATABASE_PATIENCE, state.storage.advice()).await);
        let is_missing = || {
            let searches = state.storage.database().is_ok() && state.search.status().state == IndexState::Opening;
            searches || state.engines.readiness() == Readiness::Loading
        };
        while is_missing() {
            sleep(READINESS_CHECK).await;
        }
        port.listen()
    }
}

/// Where a server listens, as far as it matters to whom it lets in.
pub(crate) struct Address {
    pub(crate) ip: IpAddr,
    pub(crate) is_tls: bool,
}

/// What every request can reach, and every job: nothing is loaded or opened yet.
pub(crate) fn build_state(
    config: &Config,
    loader: Option<Box<dyn ModelLoader>>,
    address: &Address,
    page_size: Option<u16>,
    shutdown: &Shutdown,
    telemetry: &Telemetry,
) -> anyhow::Result<AppState> {
    let Config { server, model, .. } = config;
    let data_dir = &config.data.data_dir;
    let queue = QueueConfig { capacity: server.queue_size as usize, batch_size: model.batch_size as usize };
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let decoders = server.max_workers.map_or(processors, |workers| workers as usize);
    Ok(Arc::new(State {
        engines: Engines::new(loader, queue),
        defaults: config.generation.clone().into(),
        timeout: server.timeout,
        max_request_bytes: server.max_request_size.0,
        page_size,
        max_import_bytes: server.max_import_size.0,
        spool: Spool::new(data_dir.join("spool")),
        decoders: Arc::new(Semaphore::new(decoders)),
        samples: load_samples(data_dir)?,
        image_urls: ImageUrls::new(
            ImageUrlPolicy::new(config.image_urls.allow_image_host.clone()),
            server.max_request_size.0,
        ),
        idempotency: IdempotencyStore::default(),
        storage: Storage::new(config)?,
        search: SearchIndex::in_folder(search_folder(&config.data)).context("the search index needs threads")?,
        caption_metrics: CaptionMetrics::default(),
        access: Access::new(config, address.ip),
        limits: RateLimits::new(&config.limits),
        people: People::new(&config.accounts, address.is_tls),
        shutdown: shutdown.clone(),
        started: Instant::now(),
        assets: find_assets(server, data_dir)?,
        telemetry: telemetry.clone(),
    }))
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

/// The pages' files: where `--site-root` says, else those within the program, else the nearest `site` folder beside it.
fn find_assets(server: &ServerConfig, data_dir: &Path) -> anyhow::Result<Assets> {
    let site_root = match &server.site_root {
        Some(folder) => Some(folder.clone()),
        None => bundled::unpack_site(data_dir)?.or_else(site_beside_program),
    };
    if site_root.is_none() {
        tracing::warn!(
            "the built pages are missing: the page has no styles and no scripts; name their folder with --site-root"
        );
    }
    // Where there is no folder, nothing is found.
    Ok(Assets::in_folder(site_root.unwrap_or_else(|| data_dir.join("site"))))
}

fn site_beside_program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    program.ancestors().skip(1).take(2).map(|folder| folder.join("site")).find(|folder| folder.is_dir())
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
