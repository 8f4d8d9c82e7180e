//! The captions of many pictures by several sources, measured one picture after the other.

use std::collections::HashSet;

use super::{
    bleu::BleuCounts,
    cider::DocumentFrequencies,
    lexicon::{Lexicon, Sentence},
    meteor::meteor,
    metric::Metric,
    rouge::rouge_l,
    summary::{Bins, Summary},
    text::{HEDGES, repetition, variety},
};

/// Measures captions as they come. Of each it keeps its numbers and not its words, so that its memory is 44 bytes a caption,
/// the vocabulary, and the runs of words that several references have.
pub struct Scan {
    lexicon: Lexicon,
    frequencies: DocumentFrequencies,
    /// The source that the others are compared with, by its place among them.
    reference: Option<usize>,
    totals: Vec<Totals>,
    captions: Vec<MeasuredCaption>,
}

/// What a source says of a picture.
#[derive(Debug, Clone, Copy)]
pub struct ScannedCaption<'a> {
    /// Which source, by its place among them.
    pub source: usize,
    /// What it says.
    pub text: &'a str,
    /// How many tokens that is, where somebody has counted.
    pub tokens: Option<usize>,
}

/// A caption's numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeasuredCaption {
    /// Of which picture, by its place among those that were measured.
    pub image: u32,
    /// Of which source, by its place among them.
    pub source: u32,
    /// By the places of [`Metric::ALL`]; no number where there is none.
    values: [f32; Metric::ALL.len()],
}

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// Each caption, in the order of pictures.
    pub captions: Vec<MeasuredCaption>,
    /// Each source.
    pub sources: Vec<SourceMeasures>,
    /// How the captions of each source lie in bins, of the measures that were taken.
    pub histograms: Vec<Histogram>,
}

/// A source's numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceMeasures {
    /// How many captions there are.
    pub captions: usize,
    /// Words of all of them together.
    pub words: u64,
    /// How many of those are different: the vocabulary.
    pub distinct_words: usize,
    /// How many captions hedge.
    pub hedging: usize,
    /// The phrases of [`HEDGES`] that stand in captions, with in how many; the most frequent first.
    pub hedges: Vec<(&'static str, usize)>,
    /// How many captions were compared with the reference: of pictures that both have something to say of.
    pub compared: usize,
    /// BLEU-4 of all of those together.
    pub bleu_4: Option<f64>,
    /// The captions' numbers, by the places of [`Metric::ALL`].
    summaries: Vec<Option<Summary>>,
}

/// How the captions of each source lie in bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// What was measured.
    pub metric: Metric,
    /// The bins, the same for all sources.
    pub bins: Bins,
    /// By source, how many captions lie in each.
    pub counts: Vec<Vec<u64>>,
}

/// What is added up of a source.
#[derive(Default)]
struct Totals {
    captions: usize,
    words: u64,
    vocabulary: HashSet<u32>,
    hedging: usize,
    /// By the places of [`HEDGES`].
    hedges: Vec<usize>,
    compared: usize,
    bleu: BleuCounts,
}

impl Scan {
    /// Of so many sources, one of which may be the reference.
    pub fn new(sources: usize, reference: Option<usize>) -> Self {
        let totals = || Totals { hedges: vec![0; HEDGES.len()], ..Totals::default() };
        Self {
            lexicon: Lexicon::new(),
            frequencies: DocumentFrequencies::default(),
            reference,
            totals: std::iter::repeat_with(totals).take(sources).collect(),
            captions: Vec::new(),
        }
    }

    /// Looks through a caption of the reference: all of them, before any is measured, tell how rare runs of words are.
    pub fn look_through(&mut self, reference: &str) {
        let reference = self.lexicon.read(reference);
        self.frequencies.add(&reference);
    }

    /// How many runs of words of the reference wait to be counted, 8 bytes each.
    pub fn waiting_runs(&self) -> usize {
        self.frequencies.waiting()
    }

    /// Ends looking through the reference.
    pub fn end_looking(&mut self) {
        self.frequencies.settle();
    }

    /// Measures what the sources say of a picture, each one thing at most.
    pub fn measure(&mut self, image: u32, said: &[ScannedCaption<'_>]) {
        let texts: Vec<Sentence> = said.iter().map(|caption| self.lexicon.read(caption.text)).collect();
        let reference = self.reference.and_then(|reference| said.iter().position(|one| one.source == reference));
        for (place, (caption, text)) in said.iter().zip(&texts).enumerate() {
            let hedges: Vec<usize> = self.lexicon.hedges(text).collect();
            let mut values = [f32::NAN; Metric::ALL.len()];
            let mut note = |metric: Metric, value: f64| values[metric as usize] = value as f32;
            note(Metric::Words, text.words.len() as f64);
            note(Metric::Repetition, repetition(text));
            note(Metric::Variety, variety(text));
            note(Metric::Hedges, hedges.len() as f64);
            if let Some(tokens) = caption.tokens {
                note(Metric::Tokens, tokens as f64);
            }
            let totals = &mut self.totals[caption.source];
            totals.add(text, hedges);
            // The reference itself says of itself nothing.
            if let Some(reference) = reference.filter(|reference| *reference != place).map(|place| &texts[place]) {
                let bleu = BleuCounts::of(text, reference);
                totals.compared += 1;
                totals.bleu.add(&bleu);
                note(Metric::Bleu4, bleu.sentence());
                note(Metric::RougeL, rouge_l(text, reference));
                note(Metric::Meteor, meteor(text, reference));
                note(Metric::Cider, self.frequencies.cider(text, reference));
            }
            self.captions.push(MeasuredCaption { image, source: caption.source as u32, values });
        }
    }

    /// How many captions have been measured.
    pub fn len(&self) -> usize {
        self.captions.len()
    }

    /// Whether none has been.
    pub fn is_empty(&self) -> bool {
        self.captions.is_empty()
    }

    /// What was measured.
    pub fn finish(self) -> Measured {
        let mut captions = self.captions;
        captions.shrink_to_fit();
        let mut sources: Vec<_> = self.totals.into_iter().map(Totals::finish).collect();
        let mut histograms = Vec::new();
        for metric in Metric::ALL {
            let mut values = vec![Vec::new(); sources.len()];
            for caption in &captions {
                values[caption.source as usize].extend(caption.value(metric));
            }
            let all = values.concat();
            if !all.is_empty() {
                let bins = Bins::of(metric, all);
                let counts = values.iter().map(|values| bins.count(values.iter().copied())).collect();
                histograms.push(Histogram { metric, bins, counts });
            }
            for (source, values) in sources.iter_mut().zip(values) {
                source.summaries.push(Summary::of(values));
            }
        }
        Measured { captions, sources, histograms }
    }
}

impl MeasuredCaption {
    /// Its number in a measure; none where that was not taken.
    pub fn value(&self, metric: Metric) -> Option<f32> {
        Some(self.values[metric as usize]).filter(|value| !value.is_nan())
    }
}

impl SourceMeasures {
    /// Its captions' numbers in a measure; nothing where that was not taken of any.
    pub fn summary(&self, metric: Metric) -> Option<&Summary> {
        self.summaries.get(metric as usize)?.as_ref()
    }
}

impl Measured {
    /// How the captions lie in bins of a measure; nothing where that was not taken.
    pub fn histogram(&self, metric: Metric) -> Option<&Histogram> {
        self.histograms.iter().find(|histogram| histogram.metric == metric)
    }
}

impl Totals {
    fn add(&mut self, text: &Sentence, hedges: Vec<usize>) {
        self.captions += 1;
        self.words += text.words.len() as u64;
        self.vocabulary.extend(&text.words);
        self.hedging += usize::from(!hedges.is_empty());
        let different: HashSet<usize> = hedges.into_iter().collect();
        for place in different {
            self.hedges[place] += 1;
        }
    }

    fn finish(self) -> SourceMeasures {
        let counted = HEDGES.into_iter().zip(self.hedges).filter(|(_, captions)| *captions > 0);
        let mut hedges: Vec<_> = counted.collect();
        hedges.sort_by_key(|(_, captions)| std::cmp::Reverse(*captions));
        SourceMeasures {
            captions: self.captions,
            words: self.words,
            distinct_words: self.vocabulary.len(),
            hedging: self.hedging,
            hedges,
            compared: self.compared,
            bleu_4: (self.compared > 0).then(|| self.bleu.corpus()),
            summaries: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three sources about three pictures; the first is the reference, and has nothing to say of the last.
    fn measured(reference: Option<usize>) -> Measured {
        let pictures: [&[(usize, &str)]; 3] = [
            &[(0, "a dog runs"), (1, "a dog runs"), (2, "maybe a dog, possibly maybe")],
            &[(0, "a cat sleeps on a mat"), (1, "a cat")],
            &[(1, "a bird sings a song")],
        ];
        let mut scan = Scan::new(3, reference);
        for picture in pictures {
            for (source, text) in picture {
                if Some(*source) == reference {
                    scan.look_through(text);
                }
            }
        }
        scan.end_looking();
        for (image, picture) in pictures.iter().enumerate() {
            let said = |(source, text): &(usize, &'static str)| {
                let tokens = (*source != 2).then_some(text.len());
                ScannedCaption { source: *source, text, tokens }
            };
            let said: Vec<_> = picture.iter().map(said).collect();
            scan.measure(image as u32, &said);
        }
        assert_eq!((scan.len(), scan.is_empty()), (6, false));
        scan.finish()
    }

    #[test]
    fn sources_are_added_up_and_compared_where_both_have_something() {
        let measured = measured(Some(0));
        let [reference, one, other] = &measured.sources[..] else { panic!("three sources") };
        assert_eq!((reference.captions, reference.compared, reference.bleu_4), (2, 0, None));
        assert_eq!((one.captions, one.compared, one.words, one.distinct_words), (3, 2, 10, 7));
        assert_eq!((other.hedging, &*other.hedges), (1, &[("maybe", 1), ("possibly", 1)][..]));
        let words = one.summary(Metric::Words).unwrap();
        assert_eq!((words.min, words.median, words.max), (2.0, 3.0, 5.0));
        assert_eq!(one.summary(Metric::Tokens).map(|tokens| tokens.count), Some(3));
        assert_eq!((other.summary(Metric::Tokens), reference.summary(Metric::RougeL)), (None, None));
        let value = |place: usize, metric| measured.captions[place].value(metric);
        assert_eq!((value(1, Metric::RougeL), value(1, Metric::Bleu4)), (Some(1.0), Some(1.0)));
        assert_eq!((value(2, Metric::Hedges), value(5, Metric::Cider)), (Some(3.0), None));
        assert_eq!(measured.histogram(Metric::Words).unwrap().counts[1], [0, 0, 1, 1, 0, 1, 0]);
        for histogram in &measured.histograms {
            let metric = histogram.metric;
            for (source, counts) in histogram.counts.iter().enumerate() {
                let summary = measured.sources[source].summary(metric);
                assert_eq!(counts.iter().sum::<u64>(), summary.map_or(0, |summary| summary.count as u64), "{metric}");
            }
        }
    }

    #[test]
    fn without_a_reference_nothing_is_compared() {
        let measured = measured(None);
        assert!(measured.sources.iter().all(|source| source.compared == 0 && source.bleu_4.is_none()));
        assert!(measured.histogram(Metric::Cider).is_none());
        assert_eq!(Scan::new(0, None).finish(), Measured::default());
    }
}
