//! From a configuration to a server that listens, and to one that has stopped.

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use leptos::config::{Env, LeptosOptions};
use tokio::sync::Semaphore;
use vasari_app::types::{ImageSize, SampleImage};
use vasari_inference::{Backend, QueueConfig};
use vasari_storage::{CaptionFile, DatasetFolder};

use crate::{
    bundled,
    config::{Config, ModelConfig, ServerConfig},
    florence2_backend::Florence2Backend,
    listener, middleware,
    router::router,
    state::{AppState, DEMO_NOTICE, LoadedModel, Samples, State},
};

/// How long requests under way may take once the server was told to stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// Serves until the process is told to stop.
pub(crate) fn serve(config: &Config) -> anyhow::Result<()> {
    let Config { server, model, .. } = config;
    let data_dir = &config.data.data_dir;
    let runtime = tokio::runtime::Runtime::new().context("the system refuses the threads of a server")?;
    // Before the model, which takes a while: a port that is taken is better known at once.
    let listener = runtime.block_on(listener::bind(&server.host, server.port))?;
    let cors = middleware::cors(&allowed_origins(server)).map_err(anyhow::Error::msg)?;
    let (backend, loaded) = load(model, data_dir)?;
    let queue_config = QueueConfig { capacity: server.queue_size as usize, batch_size: model.batch_size as usize };
    let (queue, worker) = vasari_inference::start(backend, queue_config).context("the system refuses a thread")?;
    let state = Arc::new(State {
        queue: queue.clone(),
        model: loaded,
        defaults: config.generation.clone().into(),
        timeout: server.timeout,
        max_request_bytes: server.max_request_size.0,
        decoders: Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from))),
        samples: load_samples(data_dir)?,
        started: Instant::now(),
        leptos: leptos_options(server, data_dir),
    });
    let all_answered = runtime.block_on(async {
        // Fails when it is set already, which is what is wanted.
        drop(any_spawner::Executor::init_tokio());
        // Before anybody is told that the server is there, who might tell it to stop at once.
        let stop = stop_signal().context("signals can't be heard")?;
        let address = listener.local_addr().context("the listener has no address")?;
        print_welcome(server, address, &state);
        anyhow::Ok(listener::serve(listener, router(state, cors), stop, PATIENCE).await)
    })?;
    queue.close();
    if all_answered && worker.join(PATIENCE) {
        tracing::info!("stopped");
    } else {
        tracing::warn!("stopped with requests unanswered after {} s", PATIENCE.as_secs());
    }
    runtime.shutdown_background();
    Ok(())
}

/// Loads the model: what `--model-path` says, else the demo checkpoint.
pub(crate) fn load(config: &ModelConfig, data_dir: &Path) -> anyhow::Result<(Florence2Backend, LoadedModel)> {
    let is_demo = config.model_path.is_none();
    let backend = if let Some(path) = &config.model_path {
        Florence2Backend::load(path, config)?
    } else {
        let folder = bundled::unpack_checkpoint(data_dir)?;
        let folder = folder.to_str().context("--data-dir must be a folder whose name is Unicode text")?;
        Florence2Backend::load(folder, config)?.named("vasari-demo")
    };
    let description = backend.describe();
    Ok((backend, LoadedModel { description, is_demo }))
}

/// The sample pictures with their captions.
fn load_samples(data_dir: &Path) -> anyhow::Result<Samples> {
    let path = bundled::unpack_samples(data_dir)?;
    let folder = DatasetFolder::open(&path)?;
    let captions_path = path.join("captions.jsonl");
    let captions = if captions_path.exists() { CaptionFile::open(&captions_path)? } else { CaptionFile::default() };
    let describe = |name: String| {
        let size = image::image_dimensions(folder.image_path(&name)?).ok()?;
        let is_plain = |task: &Option<String>| task.as_deref().is_none_or(|task| task == "<CAPTION>");
        let line = captions.lines.iter().find(|line| line.image == name && is_plain(&line.task));
        let caption = line.map_or_else(|| name.clone(), |line| line.caption.clone());
        let size = ImageSize { width: size.0, height: size.1 };
        Some(SampleImage { src: format!("/samples/{name}"), name, caption, size })
    };
    let images = folder.image_names()?.into_iter().filter_map(describe).collect();
    Ok(Samples { folder, images })
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

fn print_welcome(server: &ServerConfig, address: SocketAddr, state: &AppState) {
    let host = match server.host.trim_matches(['[', ']']) {
        "0.0.0.0" | "::" => "localhost".into(),
        host if host.contains(':') => format!("[{host}]"),
        host => host.to_owned(),
    };
    let model = &state.model.description;
    println!("Vasari is listening. Open http://{host}:{} in a browser.", address.port());
    println!("  Model:  {} ({}, {})", model.name, model.device, model.precision);
    if state.model.is_demo {
        println!("  Note:   {DEMO_NOTICE}");
    }
    println!("  Try:    curl -X POST -F \"image=@photo.jpg\" http://{host}:{}/caption", address.port());
    println!("  Stop:   Ctrl+C");
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
