//! Measures as pages name them.

use vasari_app::types::{BinData, MetricData, MetricUnit};
use vasari_curation::metrics::{Bins, Metric};

/// A measure, for people.
pub(super) fn metric(metric: Metric) -> MetricData {
    let (title, about) = match metric {
        Metric::Words => ("Words", "How many words a caption has."),
        Metric::Tokens => ("Tokens", "How many tokens the model’s tokenizer makes of a caption."),
        Metric::Repetition => {
            ("Repetition", "Of a caption’s runs of three words, how many stood in it before. 0 % is none.")
        }
        Metric::Variety => ("Variety", "How many of a caption’s words are different. 100 % is all."),
        Metric::Hedges => {
            ("Hedges", "How often a caption says that it is not sure: “appears to”, “possibly”, “it seems”.")
        }
        Metric::Bleu4 => (
            "BLEU-4",
            "Runs of one to four words that stand in the reference’s caption as well, 0 to 1; in the table of all captions together, in charts of each.",
        ),
        Metric::RougeL => {
            ("ROUGE-L", "How long the longest common subsequence of words with the reference’s caption is, 0 to 1.")
        }
        Metric::Meteor => (
            "METEOR",
            "Words found again in the reference’s caption, also in another form, and how little their order is torn apart, 0 to 1. Without synonyms, so that it is a little lower than the published program’s.",
        ),
        Metric::Cider => {
            ("CIDEr", "How alike the rare runs of words are in the reference’s caption, 0 to 10 (CIDEr-D).")
        }
    };
    let unit = match metric {
        Metric::Words | Metric::Tokens | Metric::Hedges => MetricUnit::Count,
        Metric::Repetition | Metric::Variety => MetricUnit::Share,
        Metric::Bleu4 | Metric::RougeL | Metric::Meteor | Metric::Cider => MetricUnit::Score,
    };
    MetricData { name: metric.name().to_owned(), title: title.to_owned(), about: about.to_owned(), unit }
}

pub(super) fn bins(bins: &Bins) -> Vec<BinData> {
    bins.ranges().map(|(from, below)| BinData { from, below }).collect()
}
