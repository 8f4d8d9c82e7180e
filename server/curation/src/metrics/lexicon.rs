//! Words as numbers, so that texts by the hundred thousand are compared quickly.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

use super::{
    ngrams::{LONGEST, Runs, runs},
    text::HEDGES,
    words,
};

/// Gives the same word the same number in all texts that it reads.
pub struct Lexicon {
    numbers: HashMap<String, u32>,
    /// By a word's number, that of its stem.
    stems: Vec<u32>,
    stemmer: Stemmer,
    /// The phrases of [`HEDGES`].
    hedges: Vec<Vec<u32>>,
}

/// A text as a [`Lexicon`] reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The numbers of its words.
    pub(super) words: Vec<u32>,
    /// The numbers of their stems (M. Porter's, in the version of 2001).
    pub(super) stems: Vec<u32>,
    /// Its runs of one to four words.
    pub(super) runs: [Runs; LONGEST],
}

impl Lexicon {
    /// One that has read nothing so far.
    pub fn new() -> Self {
        let mut lexicon = Self {
            numbers: HashMap::new(),
            // A run of words is told from a shorter one because no word is 0.
            stems: vec![0],
            stemmer: Stemmer::create(Algorithm::English),
            hedges: Vec::new(),
        };
        lexicon.hedges = HEDGES.iter().map(|phrase| lexicon.numbers_of(phrase)).collect();
        lexicon
    }

    /// Reads a text.
    pub fn read(&mut self, text: &str) -> Sentence {
        let words = self.numbers_of(text);
        let stems = words.iter().map(|word| self.stems[*word as usize]).collect();
        let runs = std::array::from_fn(|shorter| runs(&words, shorter + 1));
        Sentence { words, stems, runs }
    }

    /// The phrases of [`HEDGES`] that stand in a text, by their places in that list; of those that begin at the same word
    /// the longest.
    pub fn hedges<'a>(&'a self, text: &'a Sentence) -> impl Iterator<Item = usize> + 'a {
        let mut rest = text.words.as_slice();
        std::iter::from_fn(move || {
            while !rest.is_empty() {
                let phrases = self.hedges.iter().enumerate().filter(|(_, phrase)| rest.starts_with(phrase));
                let longest = phrases.max_by_key(|(_, phrase)| phrase.len());
                rest = &rest[longest.map_or(1, |(_, phrase)| phrase.len())..];
                if let Some((place, _)) = longest {
                    return Some(place);
                }
            }
            None
        })
    }

    fn numbers_of(&mut self, text: &str) -> Vec<u32> {
        words(text).iter().map(|word| self.number(word)).collect()
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        let number = u32::try_from(self.stems.len()).expect("no memory holds so many words. This is a bug.");
        self.numbers.insert(word.to_owned(), number);
        self.stems.push(number);
        let stem = self.stemmer.stem(word).into_owned();
        if stem != word {
            self.stems[number as usize] = self.number(&stem);
        }
        number
    }
}

impl Default for Lexicon {
    fn default() -> Self {
        Self::new()
    }
}
