//! The measures by name.

use std::fmt;

/// What can be measured of a caption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// How many words it has.
    Words,
    /// How many tokens a model's tokenizer makes of it.
    Tokens,
    /// Of its runs of three words, how many stood in it before.
    Repetition,
    /// How many of its words are different, as a share of all.
    Variety,
    /// How often it says that it is not sure.
    Hedges,
    /// BLEU-4 against the reference.
    Bleu4,
    /// ROUGE-L against the reference.
    RougeL,
    /// In the manner of METEOR, against the reference.
    Meteor,
    /// `CIDEr`-D against the reference.
    Cider,
}

impl Metric {
    /// All of them; those against a reference are the last.
    pub const ALL: [Self; 9] = [
        Self::Words,
        Self::Tokens,
        Self::Repetition,
        Self::Variety,
        Self::Hedges,
        Self::Bleu4,
        Self::RougeL,
        Self::Meteor,
        Self::Cider,
    ];

    /// How requests and answers name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Tokens => "tokens",
            Self::Repetition => "repetition",
            Self::Variety => "variety",
            Self::Hedges => "hedges",
            Self::Bleu4 => "bleu_4",
            Self::RougeL => "rouge_l",
            Self::Meteor => "meteor",
            Self::Cider => "cider",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// Whether it compares with a reference.
    pub const fn needs_reference(self) -> bool {
        matches!(self, Self::Bleu4 | Self::RougeL | Self::Meteor | Self::Cider)
    }

    /// Whether it counts, and has no decimals.
    pub const fn is_count(self) -> bool {
        matches!(self, Self::Words | Self::Tokens | Self::Hedges)
    }

    /// The highest value, of those that have one.
    pub const fn highest(self) -> Option<f32> {
        match self {
            Self::Words | Self::Tokens | Self::Hedges => None,
            Self::Cider => Some(10.0),
            Self::Repetition | Self::Variety | Self::Bleu4 | Self::RougeL | Self::Meteor => Some(1.0),
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
