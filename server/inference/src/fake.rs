//! A backend without a model, for tests of what stands in front of one.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    Backend, BackendError, CaptionRequest, CaptionResult, EntryId, ImageKey, LoadedBackend, ModelDescription,
    Parameters, PrepareError, PreparedImage, Preparer, Region, Shape, StepSink, TaskDescription, TaskInput, Timing,
    TokenCounter,
};

/// Answers with a sentence about the picture's size, a word a step. A request's `text` can ask for trouble: `panic`,
/// `refuse`, `fail`, or `wait` for ever.
#[derive(Clone, Default)]
pub struct FakeBackend {
    gate: Option<Gate>,
    log: Arc<Mutex<Log>>,
    running: Vec<(EntryId, CaptionRequest, usize)>,
    encode_time: Duration,
    step_time: Duration,
}

/// What a [`FakeBackend`] and its clones were asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Log {
    /// Widths of the pictures that were admitted together.
    pub admitted: Vec<Vec<u32>>,
    /// How many requests shared each step.
    pub steps: Vec<usize>,
}

/// Holds a [`FakeBackend`] until it is opened.
#[derive(Clone, Default)]
pub struct Gate {
    open: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    /// Lets everything through from now on.
    pub fn open(&self) {
        *self.open.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.open.1.notify_all();
    }

    fn pass(&self) {
        let mut open = self.open.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*open {
            open = self.open.1.wait(open).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl FakeBackend {
    /// A backend that encodes nothing before `gate` is open.
    pub fn behind(gate: Gate) -> Self {
        Self { gate: Some(gate), ..Self::default() }
    }

    /// A backend that takes this long to encode a picture, and for a step, however many share it.
    pub fn paced(encode_time: Duration, step_time: Duration) -> Self {
        Self { encode_time, step_time, ..Self::default() }
    }

    /// What happened so far.
    pub fn log(&self) -> Log {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// So many threads' worth of this backend, loaded.
    pub fn load(&self, workers: usize) -> LoadedBackend {
        LoadedBackend {
            description: describe(),
            preparer: Arc::new(FakePreparer),
            tokens: Arc::new(FakePreparer),
            runners: (0..workers).map(|_| Box::new(self.clone()) as Box<dyn Backend>).collect(),
        }
    }

    fn note(&self, entry: impl FnOnce(&mut Log)) {
        entry(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Backend for FakeBackend {
    fn admit(&mut self, requests: &[(EntryId, CaptionRequest)]) -> Vec<(EntryId, BackendError)> {
        if let Some(gate) = &self.gate {
            gate.pass();
        }
        std::thread::sleep(self.encode_time);
        self.note(|log| log.admitted.push(requests.iter().map(|(_, request)| request.image.width).collect()));
        let mut refused = Vec::new();
        for (id, request) in requests {
            match request.text.as_deref() {
                Some("refuse") => {
                    refused.push((*id, BackendError::Refused("the fake backend was asked to refuse".into())));
                }
                Some("panic in admit") => panic!("the fake backend was asked to panic in admit"),
                _ => self.running.push((*id, request.clone(), 0)),
            }
        }
        refused
    }

    fn step(&mut self, sink: &mut dyn StepSink) -> Result<(), BackendError> {
        std::thread::sleep(self.step_time);
        self.note(|log| log.steps.push(self.running.len()));
        self.running.retain_mut(|(id, request, steps)| {
            *steps += 1;
            match request.text.as_deref() {
                Some("panic") => panic!("the fake backend was asked to"),
                Some("fail") => {
                    sink.on_done(*id, Err(BackendError::Failed("the fake backend was asked to fail".into())));
                    return false;
                }
                Some("wait") => {
                    // Not to burn a processor.
                    std::thread::sleep(Duration::from_millis(1));
                    return true;
                }
                _ => {}
            }
            let answer = answer(request, *steps);
            let words: Vec<&str> = answer.caption.split_inclusive(' ').collect();
            let limit = request.parameters.max_length.map_or(words.len(), |most| words.len().min(most as usize));
            sink.on_text(*id, words[*steps - 1]);
            if *steps >= limit {
                let caption = words[..limit].concat().trim_end().to_owned();
                sink.on_done(*id, Ok(CaptionResult { caption, ..answer }));
            }
            *steps < limit
        });
        Ok(())
    }

    fn cancel(&mut self, id: EntryId) {
        self.running.retain(|(running, ..)| *running != id);
    }

    fn clear(&mut self) {
        self.running.clear();
    }

    fn encoder_batch(&self) -> usize {
        4
    }
}

/// Reads `WIDTHxHEIGHT` from the start of a file, or the size that a PNG's header tells; counts words as tokens.
struct FakePreparer;

impl Preparer for FakePreparer {
    fn prepare(&self, file: &[u8]) -> Result<PreparedImage, PrepareError> {
        let (width, height) = png_size(file)
            .or_else(|| {
                let (width, height) = std::str::from_utf8(file).ok()?.trim().split_once('x')?;
                Some((width.parse().ok()?, height.parse().ok()?))
            })
            .ok_or_else(|| PrepareError::Unsupported("The file is no picture.".into()))?;
        let mut key = [0; 32];
        for (index, byte) in file.iter().enumerate() {
            key[index % 32] ^= byte.rotate_left((index / 32 % 8) as u32);
        }
        Ok(PreparedImage { key: ImageKey(key), width, height, values: Arc::new([]) })
    }
}

impl TokenCounter for FakePreparer {
    /// As many as there are words.
    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }
}

fn png_size(file: &[u8]) -> Option<(u32, u32)> {
    let header = file.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(8..16)?;
    let side = |bytes: &[u8]| bytes.try_into().ok().map(u32::from_be_bytes);
    Some((side(&header[..4])?, side(&header[4..])?))
}

/// What the fake backend says it is.
pub fn describe() -> ModelDescription {
    let task =
        |marker: &str, summary: &str, input| TaskDescription { marker: marker.into(), summary: summary.into(), input };
    ModelDescription {
        name: "fake".into(),
        revision: "0".into(),
        device: "CPU".into(),
        on_gpu: false,
        precision: "fp32".into(),
        tasks: vec![
            task("<CAPTION>", "one sentence", TaskInput::None),
            task("<DETAILED_CAPTION>", "a few sentences", TaskInput::None),
            task("<OD>", "boxes with labels", TaskInput::None),
            task("<CAPTION_TO_PHRASE_GROUNDING>", "a box for each phrase", TaskInput::Words),
        ],
    }
}

/// A request about a picture that is `width` wide and 1 high.
pub fn request(width: u32, text: Option<&str>) -> CaptionRequest {
    let key = ImageKey([width as u8; 32]);
    CaptionRequest {
        image: PreparedImage { key, width, height: 1, values: Arc::new([]) },
        task: "<CAPTION>".into(),
        text: text.map(Into::into),
        parameters: Parameters::default(),
    }
}

fn answer(request: &CaptionRequest, steps: usize) -> CaptionResult {
    let (width, height) = (request.image.width, request.image.height);
    let whole = [0.0, 0.0, width as f32, height as f32];
    let regions = if request.task == "<OD>" {
        vec![Region { label: "picture".into(), shape: Shape::Box(whole), confidence: Some(0.5) }]
    } else {
        vec![]
    };
    let caption = format!("a picture of {width} by {height} pixels");
    let answer = serde_json::Value::String(caption.clone());
    let timing = Timing { steps: steps as u32, tokens: steps as u32, ..Timing::default() };
    CaptionResult { caption, regions, answer, confidence: 0.5, timing }
}
