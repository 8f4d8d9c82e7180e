//! `vasari metrics`.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context;
use clap::Args;
use serde_json::Value;
use vasari_storage::{Database, Reader, jobs::ImageSelection};

use super::{
    local::LocalArgs,
    progress::progress_bar,
    remote::{PlaceArgs, Remote},
    selection::{SelectionArgs, find_images},
    table::print_table,
    transfer::find_dataset,
};
use crate::{
    api::v1::caption_metrics::CaptionMetricsResponse,
    caption_metrics::{MetricsQuestion, Tokenizer, scan},
    florence2_backend::read_tokenizer,
};

/// Measures the captions of a dataset, source by source.
///
/// How long they are, how repetitive (runs of three words that stood in the caption before), how various (words that are
/// different), how often they hedge ("appears to", "possibly"), how large a source's vocabulary is; and with --reference how
/// near they are to another source, over the images of which both say something: BLEU-4, ROUGE-L, METEOR without synonyms, and
/// CIDEr-D.
///
/// Works on the database of the data folder, on the one that `--database-url` names, or, with `--server`, through a server.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    vasari metrics birds\n  \
    vasari metrics birds --reference anna                  how near the others are to what anna wrote\n  \
    vasari metrics birds --query 'florence:dog' --json     one object, with histograms, about some of the images\n  \
    vasari metrics birds --tokenizer ./Florence-2-base     count tokens as well\n  \
    vasari metrics birds --server https://vasari.example.org --key vas_…\n\n\
    Numbers are means of the captions; --json has medians and percentiles too.")]
pub(super) struct MetricsCommand {
    /// The dataset's slug.
    dataset: String,

    /// The source that the others are compared with.
    #[arg(long, value_name = "SOURCE")]
    reference: Option<String>,

    /// Counts tokens with the tokenizer of this checkpoint: its folder, or its tokenizer.json. Left out, tokens are not counted.
    /// A server counts those of its model.
    #[arg(long, value_name = "FOLDER_OR_FILE", conflicts_with = "server")]
    tokenizer: Option<PathBuf>,

    #[command(flatten)]
    selection: SelectionArgs,

    #[command(flatten)]
    place: PlaceArgs,
}

impl MetricsCommand {
    /// What the command shares with others.
    pub(super) fn local(&self) -> &LocalArgs {
        &self.place.local
    }

    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let metrics = match Remote::new(&self.place.remote)? {
            Some(remote) => {
                let reference = self.reference.iter().map(|source| ("reference", source.as_str()));
                let query = self.selection.parameters(reference);
                let found = remote.find(&format!("datasets/{}/metrics{query}", self.dataset))?;
                found.with_context(|| {
                    format!("{} has no dataset {:?} that you can see", remote.address(), self.dataset)
                })?
            }
            None => self.place.local.with_database(async |database| self.measure(database).await)?,
        };
        if self.place.local.json {
            println!("{metrics}");
        } else {
            print(&metrics);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn measure(&self, database: &Database) -> anyhow::Result<Value> {
        let tokenizer = self.tokenizer.as_ref().map(|path| -> anyhow::Result<_> {
            let name = path.display().to_string();
            Ok(Tokenizer { name, revision: String::new(), counter: Arc::new(read_tokenizer(path)?) })
        });
        let tokenizer = tokenizer.transpose()?;
        find_dataset(database, &self.dataset).await?;
        let images = ImageSelection::from(self.selection.clone());
        let among = find_images(&self.place.local, database, &self.dataset, &images).await?;
        let scope = database.search_scope(&Reader::operator(), &self.dataset).await?;
        let scope = scope.context("the dataset has gone meanwhile")?;
        let reference = self.reference.as_ref().map(|name| {
            let place = scope.sources.iter().position(|source| source.slug == *name);
            let names = || scope.sources.iter().map(|source| source.slug.as_str()).collect::<Vec<_>>().join(", ");
            place.with_context(|| format!("--reference: there is no source {name:?}; there are: {}", names()))
        });
        let reference = reference.transpose()?;
        let question =
            MetricsQuestion { reader: Reader::operator(), scope, filter: images.filter(), among, reference, tokenizer };
        let bar = progress_bar(0, "captions");
        let measurement = scan(database, &question, |captions| bar.set_position(captions as u64)).await?;
        bar.finish_and_clear();
        // By way of text, where 0.7 stays 0.7 and does not become the double that is nearest to the float.
        Ok(serde_json::from_str(&serde_json::to_string(&CaptionMetricsResponse::from(&measurement))?)?)
    }
}

/// The numbers for people, from the answer of the API.
fn print(metrics: &Value) {
    let sources = metrics["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
    println!("{} captions of {} images", metrics["captions"], metrics["images"]);
    if sources.is_empty() {
        return;
    }
    let heads = ["SOURCE", "CAPTIONS", "WORDS", "TOKENS", "REPETITION", "VARIETY", "HEDGING", "VOCABULARY"];
    let rows = sources.iter().map(|source| {
        let mean = |name: &str| &source["summaries"][name]["mean"];
        let (vocabulary, hedging) = (&source["vocabulary"]["distinct_words"], &source["hedging"]["share"]);
        let name = source["source"].as_str().unwrap_or_default().to_owned();
        let counts = [source["captions"].to_string(), number(mean("words"), 1), number(mean("tokens"), 1)];
        let shares = [percent(mean("repetition")), percent(mean("variety")), percent(hedging), vocabulary.to_string()];
        [vec![name], counts.to_vec(), shares.to_vec()].concat()
    });
    println!();
    print_table(&heads, rows);
    let Some(reference) = metrics["reference"].as_str() else { return };
    println!("\nAgainst {reference}:");
    let compared = sources.iter().filter(|source| !source["against_reference"].is_null());
    let rows = compared.map(|source| {
        let against = &source["against_reference"];
        let scores = ["bleu_4", "rouge_l", "meteor", "cider"].map(|name| number(&against[name], 3));
        let name = source["source"].as_str().unwrap_or_default().to_owned();
        [vec![name, against["images"].to_string()], scores.to_vec()].concat()
    });
    print_table(&["SOURCE", "IMAGES", "BLEU-4", "ROUGE-L", "METEOR", "CIDER"], rows);
}

fn number(value: &Value, places: usize) -> String {
    value.as_f64().map_or_else(|| "-".to_owned(), |value| format!("{value:.places$}"))
}

fn percent(value: &Value) -> String {
    value.as_f64().map_or_else(|| "-".to_owned(), |value| format!("{:.1} %", value * 100.0))
}
