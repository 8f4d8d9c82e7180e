//! The model at work: loaded, with a queue in front of it, and exchanged while requests are under way.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use arc_swap::ArcSwapOption;
use vasari_inference::{
    CaptionRequest, ClientId, LoadedBackend, Parameters, Permit, Preparer, Queue, QueueConfig, Refusal, TokenCounter,
    Workers,
};

use crate::{api::problem::Problem, state::LoadedModel};

/// A model that runs.
pub(crate) struct Engine {
    pub(crate) queue: Queue,
    pub(crate) model: LoadedModel,
    pub(crate) preparer: Arc<dyn Preparer>,
    pub(crate) tokens: Arc<dyn TokenCounter>,
    workers: Mutex<Option<Workers>>,
}

/// Loads a model, at the start and again when it is to be exchanged.
pub(crate) trait ModelLoader: Send + Sync {
    /// Reads everything anew: a checkpoint's files may have changed. Whether it is the demo model comes with it.
    fn load(&self) -> anyhow::Result<(LoadedBackend, bool)>;
}

/// The running model, and how to get the next one.
pub(crate) struct Engines {
    current: ArcSwapOption<Engine>,
    /// Threads of models that were exchanged and may still be answering.
    retiring: Mutex<Vec<Workers>>,
    /// None for a server that shows a gallery and captions nothing.
    loader: Option<Box<dyn ModelLoader>>,
    config: QueueConfig,
    is_loading: AtomicBool,
    is_stopping: AtomicBool,
}

/// How the engines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// The first model is being loaded.
    Loading,
    /// Requests are admitted.
    Ready,
    /// Every place in the queue is taken.
    Overloaded,
    /// The server was told to stop.
    ShuttingDown,
}

impl Engines {
    /// No model yet: [`Self::load`] brings it. Never, where there is nothing to load it with.
    pub(crate) fn new(loader: Option<Box<dyn ModelLoader>>, config: QueueConfig) -> Self {
        Self {
            current: ArcSwapOption::empty(),
            retiring: Mutex::new(Vec::new()),
            loader,
            config,
            is_loading: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
        }
    }

    /// Loads a model, lets it caption once, and puts it in the place of the one that runs, which answers what it has
    /// admitted. Takes as long as loading takes; call it on a thread that may wait.
    ///
    /// # Errors
    /// When the model can't be loaded or fails on its first caption. The one that runs goes on then.
    pub(crate) fn load(&self) -> anyhow::Result<Arc<Engine>> {
        if self.is_loading.swap(true, Ordering::AcqRel) {
            bail!("a model is being loaded already; wait until it is there");
        }
        let started = self.start();
        self.is_loading.store(false, Ordering::Release);
        let engine = started?;
        if let Some(before) = self.current.swap(Some(Arc::clone(&engine))) {
            // It answers what it has admitted, and its threads end by themselves.
            before.queue.close();
            let mut retiring = self.retiring.lock().unwrap_or_else(PoisonError::into_inner);
            retiring.retain(|workers| !workers.are_done());
            retiring.extend(before.take_workers());
        }
        if self.is_stopping.load(Ordering::Acquire) {
            engine.queue.close();
        }
        Ok(engine)
    }

    /// How many requests the model answers at the same time.
    pub(crate) fn batch_size(&self) -> usize {
        self.config.batch_size
    }

    /// Whether there is a model, or will be.
    pub(crate) fn has_model(&self) -> bool {
        self.loader.is_some()
    }

    /// Whether a model is being loaded.
    pub(crate) fn is_loading(&self) -> bool {
        self.is_loading.load(Ordering::Acquire)
    }

    /// The running model, or why there is none.
    pub(crate) fn current(&self) -> Result<Arc<Engine>, Problem> {
        let missing = || if self.has_model() { Problem::model_loading() } else { Problem::no_model() };
        self.current.load_full().ok_or_else(missing)
    }

    /// A place in the running model's queue. A model that is exchanged at this very moment turns nobody away.
    pub(crate) fn enter(&self, client: &ClientId) -> Result<(Arc<Engine>, Permit), Problem> {
        loop {
            let engine = self.current()?;
            match engine.queue.try_enter(client) {
                Ok(permit) => return Ok((engine, permit)),
                Err(Refusal::ShuttingDown) if !self.is_stopping.load(Ordering::Acquire) => {}
                Err(refusal) => return Err(refusal.into()),
            }
        }
    }

    /// Whether [`Self::enter`] would give a place now, so that a request can be refused before its body is read.
    pub(crate) fn check(&self, client: &ClientId) -> Result<(), Problem> {
        match self.current()?.queue.check(client) {
            Err(Refusal::ShuttingDown) if !self.is_stopping.load(Ordering::Acquire) => Ok(()),
            checked => Ok(checked?),
        }
    }

    pub(crate) fn readiness(&self) -> Readiness {
        if self.is_stopping.load(Ordering::Acquire) {
            return Readiness::ShuttingDown;
        }
        match self.current.load_full() {
            None if !self.has_model() => Readiness::Ready,
            None => Readiness::Loading,
            Some(engine) if engine.queue.is_full() => Readiness::Overloaded,
            Some(_) => Readiness::Ready,
        }
    }

    /// Admits nobody from now on. What was admitted is still answered.
    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
        if let Some(engine) = self.current.load_full() {
            engine.queue.close();
        }
    }

    /// Waits, at most `patience`, until everything admitted is answered. Whether it was.
    pub(crate) fn join(&self, patience: Duration) -> bool {
        self.stop();
        let until = Instant::now() + patience;
        let retiring = std::mem::take(&mut *self.retiring.lock().unwrap_or_else(PoisonError::into_inner));
        let running = self.current.load_full().and_then(|engine| engine.take_workers());
        let mut workers = retiring.into_iter().chain(running);
        workers.all(|workers| workers.join(until.saturating_duration_since(Instant::now())))
    }

    fn start(&self) -> anyhow::Result<Arc<Engine>> {
        let loader = self.loader.as_ref().context("this server was started without a model")?;
        let (LoadedBackend { description, preparer, tokens, runners }, is_demo) = loader.load()?;
        let (queue, workers) =
            vasari_inference::start(runners, self.config).context("the system refuses a thread for the model")?;
        let model = LoadedModel { description, is_demo };
        let engine = Engine { queue, model, preparer, tokens, workers: Mutex::new(Some(workers)) };
        engine.warm_up().inspect_err(|_| engine.queue.close())?;
        Ok(Arc::new(engine))
    }
}

impl Engine {
    fn take_workers(&self) -> Option<Workers> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Captions a plain picture, so that the first request finds everything compiled and allocated, the queue has an
    /// idea of what requests cost, and a model that can't caption is never ready.
    fn warm_up(&self) -> anyhow::Result<()> {
        const PATIENCE: Duration = Duration::from_mins(10);
        const SIDE: u32 = 64;
        let mut png = std::io::Cursor::new(Vec::new());
        let picture = image::RgbImage::from_pixel(SIDE, SIDE, image::Rgb([127; 3]));
        picture.write_to(&mut png, image::ImageFormat::Png).context("a plain picture can't be encoded")?;
        let image = self.preparer.prepare(png.get_ref())?;
        let parameters = Parameters { max_length: Some(16), ..Parameters::default() };
        let request = CaptionRequest { image, task: "<CAPTION>".into(), text: None, parameters };
        let began = Instant::now();
        let permit = self.queue.try_enter(&ClientId::new("warm-up"))?;
        permit.submit(request, began + PATIENCE).wait().context("the model fails on its first caption")?;
        tracing::info!(took_ms = began.elapsed().as_millis() as u64, "the model is warm");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use vasari_inference::fake::{self, FakeBackend};

    use super::*;

    /// Loads fake models; those after the first fail to load when told so.
    struct FakeLoader {
        loads: Arc<AtomicUsize>,
        fails_later: bool,
    }

    impl ModelLoader for FakeLoader {
        fn load(&self) -> anyhow::Result<(LoadedBackend, bool)> {
            let number = self.loads.fetch_add(1, Ordering::Relaxed);
            if self.fails_later && number > 0 {
                bail!("the checkpoint is gone");
            }
            let mut loaded = FakeBackend::paced(Duration::from_millis(2), Duration::from_millis(1)).load(2);
            loaded.description.revision = number.to_string();
            Ok((loaded, false))
        }
    }

    fn engines(fails_later: bool) -> Engines {
        let loader = FakeLoader { loads: Arc::default(), fails_later };
        Engines::new(Some(Box::new(loader)), QueueConfig { capacity: 64, batch_size: 4 })
    }

    fn caption(engines: &Engines) -> Result<String, Problem> {
        let (engine, permit) = engines.enter(&ClientId::new("somebody"))?;
        let ticket = permit.submit(fake::request(1, None), Instant::now() + Duration::from_mins(1));
        ticket.wait().map_err(Problem::from)?;
        Ok(engine.model.description.revision.clone())
    }

    #[test]
    fn nobody_is_let_in_before_the_model_is_there() {
        let engines = engines(false);
        assert_eq!(engines.readiness(), Readiness::Loading);
        assert_eq!(caption(&engines).unwrap_err().status(), 503);
        engines.load().unwrap();
        assert_eq!(engines.readiness(), Readiness::Ready);
        assert_eq!(caption(&engines), Ok("0".into()));
    }

    #[test]
    fn model_is_exchanged_without_dropping_a_request() {
        let engines = engines(false);
        engines.load().unwrap();
        let revisions = std::thread::scope(|scope| {
            let ask = || (0..60).map(|_| caption(&engines).unwrap()).collect::<Vec<_>>();
            let clients: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
            for _ in 0..5 {
                std::thread::sleep(Duration::from_millis(20));
                engines.load().unwrap();
            }
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect::<std::collections::BTreeSet<_>>()
        });
        assert!(revisions.len() > 2, "hardly any model was exchanged under load: {revisions:?}");
        assert_eq!(caption(&engines), Ok("5".into()));
        assert!(engines.join(Duration::from_secs(10)), "every model's threads end");
    }

    #[test]
    fn model_that_can_not_be_loaded_leaves_the_one_that_runs() {
        let engines = engines(true);
        engines.load().unwrap();
        let error = engines.load().err().expect("the second load fails");
        assert_eq!(error.to_string(), "the checkpoint is gone");
        assert_eq!(caption(&engines), Ok("0".into()));
        assert!(!engines.is_loading());
    }

    #[test]
    fn stopped_engines_answer_what_they_admitted_and_are_not_ready() {
        let engines = engines(false);
        engines.load().unwrap();
        let (_engine, permit) = engines.enter(&ClientId::new("early")).unwrap();
        engines.stop();
        assert_eq!(engines.readiness(), Readiness::ShuttingDown);
        assert_eq!(caption(&engines).unwrap_err().status(), 503);
        let late = permit.submit(fake::request(3, None), Instant::now() + Duration::from_mins(1));
        assert_eq!(late.wait().unwrap().caption, "a picture of 3 by 1 pixels");
        assert!(engines.join(Duration::from_secs(10)));
    }
}
