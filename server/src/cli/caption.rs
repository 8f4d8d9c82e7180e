//! `vasari caption`.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use vasari_app::types::ImageSize;
use vasari_inference::{CaptionRequest, LoadedBackend, Parameters, PreparedImage, Shape};

use super::{draw::DrawTarget, pictures};
use crate::{
    captioning::{CaptionAnswer, Question},
    config::{ConfigFileArgs, DataConfig, GenerationConfig, ModelConfig},
    florence2_backend, logging, parameters, startup,
    state::{DEMO_NOTICE, LoadedModel},
};

/// Captions pictures here and now, without a server.
///
/// Prints one caption a picture. A picture that can't be captioned is reported on standard error and the others go on;
/// the exit status is then 1.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari caption photo.jpg                                      one sentence\n  \
    vasari caption photo.jpg --task more_detailed_caption         a paragraph\n  \
    vasari caption photo.jpg --task od --draw boxes.png           objects, drawn over the picture\n  \
    vasari caption photos/ --json > captions.jsonl                a folder, one JSON object a picture\n  \
    vasari caption photo.jpg --task caption_to_phrase_grounding --text \"a dog on a sofa\"\n\n\
    All tasks: vasari tasks")]
pub(super) struct CaptionCommand {
    /// Pictures (JPEG, PNG, GIF, WebP) or folders of them.
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,

    /// What to ask of the pictures; `vasari tasks` lists what there is.
    #[arg(long, short, default_value = "<CAPTION>")]
    task: String,

    /// The task's input: words to look for, or a box: `x0,y0,x1,y1` in pixels, or
    /// `<loc_x0><loc_y0><loc_x1><loc_y1>` in thousandths.
    #[arg(long)]
    text: Option<String>,

    /// Prints one JSON object a picture, with the fields that POST /caption answers with.
    #[arg(long)]
    json: bool,

    /// Draws the regions over the picture and writes it here: a file for one picture; a folder, or a pattern such as
    /// `boxes-{name}.png`, for several.
    #[arg(long, value_name = "FILE_OR_FOLDER")]
    draw: Option<PathBuf>,

    /// Draws tokens at random instead of searching for the likeliest.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true,
        value_parser = parameters::parse_switch)]
    do_sample: Option<bool>,

    /// Makes random captions come out the same again.
    #[arg(long, value_parser = parameters::parse_seed)]
    seed: Option<u64>,

    #[command(flatten)]
    generation: GenerationConfig,
    #[command(flatten)]
    model: ModelConfig,
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    pub(super) file: ConfigFileArgs,
}

/// A line of `--json`.
#[derive(Serialize)]
struct FileAnswer<'a> {
    file: String,
    #[serde(flatten)]
    answer: &'a CaptionAnswer,
}

impl CaptionCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        logging::start_on_standard_error();
        self.model.validate()?;
        let files = pictures::find(&self.images);
        let mut draw = self.draw.clone().map(|path| DrawTarget::new(path, files.len())).transpose()?;
        let (mut backend, is_demo) = startup::load(&self.model, &self.data.data_dir, 1)?;
        let model = LoadedModel { description: backend.description.clone(), is_demo };
        let question = self.question(&model)?;
        if model.is_demo {
            eprintln!("{DEMO_NOTICE}");
        }
        let progress = progress_bar(files.len());
        let mut failed = false;
        for batch in files.chunks(self.model.batch_size as usize) {
            for (file, outcome) in caption_batch(&mut backend, &model, &question, batch) {
                let outcome = outcome.and_then(|answer| {
                    progress.suspend(|| self.print(&file, &answer, files.len() > 1))?;
                    let Some(draw) = &mut draw else { return Ok(()) };
                    if answer.regions.is_empty() {
                        progress.suspend(|| eprintln!("{}: the answer has no regions to draw", file.display()));
                    }
                    let mut picture = florence2_backend::decode(&std::fs::read(&file)?)?;
                    florence2_backend::draw(&mut picture, &answer.regions);
                    draw.write(&file, &picture).map(drop)
                });
                if let Err(error) = outcome {
                    if is_closed_pipe(&error) {
                        return Ok(ExitCode::SUCCESS);
                    }
                    failed = true;
                    progress.suspend(|| eprintln!("{}: {error:#}", file.display()));
                }
                progress.inc(1);
            }
        }
        progress.finish_and_clear();
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn question(&self, model: &LoadedModel) -> anyhow::Result<Question> {
        let given = Parameters { do_sample: self.do_sample, seed: self.seed, ..self.generation.clone().into() };
        let task = Some(self.task.as_str());
        let none = Parameters::default();
        let question = Question::new(&model.description, &none, task, self.text.clone(), &given);
        question.map_err(|problem| anyhow::anyhow!("{}", problem.detail()))
    }

    /// Prints the answer for programs, or for people.
    fn print(&self, file: &Path, answer: &CaptionAnswer, is_one_of_many: bool) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let line = FileAnswer { file: file.display().to_string(), answer };
            serde_json::to_writer(&mut out, &line).map_err(io::Error::from)?;
            return Ok(writeln!(out)?);
        }
        if is_one_of_many {
            write!(out, "{}: ", file.display())?;
        }
        writeln!(out, "{} ({:.0} %)", answer.caption, answer.confidence * 100.0)?;
        for region in &answer.regions {
            let label = if region.label.is_empty() { "region" } else { &region.label };
            writeln!(out, "  {label}: {}", in_words(&region.shape))?;
        }
        Ok(())
    }
}

/// What came of one file.
type FileOutcome = anyhow::Result<CaptionAnswer>;

/// Captions the files of one batch; each fails alone.
fn caption_batch(
    backend: &mut LoadedBackend,
    model: &LoadedModel,
    question: &Question,
    files: &[(PathBuf, Result<(), String>)],
) -> Vec<(PathBuf, FileOutcome)> {
    let prepared: Vec<_> = files.iter().map(|(path, found)| prepare(backend, path, found)).collect();
    let requests: Vec<CaptionRequest> =
        prepared.iter().flatten().map(|image| question.clone().about(image.clone())).collect();
    let began = Instant::now();
    let runner = backend.runners.first_mut().expect("one was asked for. This is a bug.");
    let mut results = vasari_inference::run_to_end(runner.as_mut(), &requests).into_iter();
    let elapsed = began.elapsed();
    let mut join = |image: PreparedImage| {
        let result = results.next().context("the model answered less than it was asked. This is a bug.")??;
        let size = ImageSize { width: image.width, height: image.height };
        Ok(CaptionAnswer::new(model, question.clone(), size, result, elapsed))
    };
    let paths = files.iter().map(|(path, _)| path.clone());
    paths.zip(prepared.into_iter().map(|image| image.and_then(&mut join))).collect()
}

fn prepare(backend: &LoadedBackend, path: &Path, found: &Result<(), String>) -> anyhow::Result<PreparedImage> {
    found.clone().map_err(anyhow::Error::msg)?;
    let bytes = std::fs::read(path).context("the file can't be read")?;
    Ok(backend.preparer.prepare(&bytes)?)
}

/// A bar for several pictures, on a terminal only.
fn progress_bar(pictures: usize) -> ProgressBar {
    if pictures < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} pictures, {per_sec}, {eta} left");
    let bar = ProgressBar::with_draw_target(Some(pictures as u64), ProgressDrawTarget::stderr());
    bar.with_style(style.expect("the template is correct. This is a bug."))
}

fn in_words(shape: &Shape) -> String {
    let points = |flat: &[f32]| flat.iter().map(|value| format!("{value:.0}")).collect::<Vec<_>>().join(", ");
    match shape {
        Shape::Box(corners) => format!("box {}", points(corners)),
        Shape::Quad(corners) => format!("outline {}", points(corners)),
        Shape::Polygons(polygons) => {
            format!("outline {}", polygons.iter().map(|polygon| points(polygon)).collect::<Vec<_>>().join("; "))
        }
    }
}

/// Whether the reader of our output has seen enough, as `head` has.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
