//! Measures as pages name them.

use vasari_app::{
    t,
    types::{BinData, MetricData, MetricUnit},
};
use vasari_curation::metrics::{Bins, Metric};

/// A measure, for people.
pub(super) fn metric(metric: Metric) -> MetricData {
    let (title, spoken) = names(metric);
    let unit = match metric {
        Metric::Words | Metric::Tokens | Metric::Hedges => MetricUnit::Count,
        Metric::Repetition | Metric::Variety => MetricUnit::Share,
        Metric::Bleu4 | Metric::RougeL | Metric::Meteor | Metric::Cider => MetricUnit::Score,
    };
    MetricData {
        name: metric.name().to_owned(),
        title: title.to_owned(),
        spoken: spoken.to_owned(),
        about: about(metric).to_owned(),
        unit,
    }
}

/// What it is called, alone and within a sentence.
fn names(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::Words => (t!("Words"), t!("words")),
        Metric::Tokens => (t!("Tokens"), t!("tokens")),
        Metric::Repetition => (t!("Repetition"), t!("repetition")),
        Metric::Variety => (t!("Variety"), t!("variety")),
        Metric::Hedges => (t!("Hedges"), t!("hedges")),
        Metric::Bleu4 => (t!("BLEU-4"), t!("BLEU-4")),
        Metric::RougeL => (t!("ROUGE-L"), t!("ROUGE-L")),
        Metric::Meteor => (t!("METEOR"), t!("METEOR")),
        Metric::Cider => (t!("CIDEr"), t!("CIDEr")),
    }
}

/// What it tells, in a sentence.
fn about(metric: Metric) -> &'static str {
    match metric {
        Metric::Words => t!("How many words a caption has."),
        Metric::Tokens => t!("How many tokens the model’s tokenizer makes of a caption."),
        Metric::Repetition => {
            t!("Of a caption’s runs of three words, how many stood in it before. 0 % is none.")
        }
        Metric::Variety => t!("How many of a caption’s words are different. 100 % is all."),
        Metric::Hedges => {
            t!("How often a caption says that it is not sure: “appears to”, “possibly”, “it seems”.")
        }
        Metric::Bleu4 => t!(
            "Runs of one to four words that stand in the reference’s caption as well, 0 to 1; in the table of all captions together, in charts of each."
        ),
        Metric::RougeL => {
            t!("How long the longest common subsequence of words with the reference’s caption is, 0 to 1.")
        }
        Metric::Meteor => t!(
            "Words found again in the reference’s caption, also in another form, and how little their order is torn apart, 0 to 1. Without synonyms, so that it is a little lower than the published program’s."
        ),
        Metric::Cider => {
            t!("How alike the rare runs of words are in the reference’s caption, 0 to 10 (CIDEr-D).")
        }
    }
}

pub(super) fn bins(bins: &Bins) -> Vec<BinData> {
    bins.ranges().map(|(from, below)| BinData { from, below }).collect()
}
