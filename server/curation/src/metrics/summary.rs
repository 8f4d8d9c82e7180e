//! Many values in a few numbers, and in bins.

use super::metric::Metric;

/// Bins of a measure that has a highest value.
const SHARES: u8 = 20;

/// The most bins of one that counts.
const MOST_BINS: u32 = 24;

/// Values above this share of all lie in the last bin, so that a few long captions don't make the others a single bar.
const SHOWN: f64 = 0.995;

/// Many values in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many values there are; one at least.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// The least.
    pub min: f32,
    /// Below which 5 % lie; between two values as `NumPy` has it by default.
    pub p5: f64,
    /// Below which 25 % lie.
    pub p25: f64,
    /// Below which half of them lie.
    pub median: f64,
    /// Below which 75 % lie.
    pub p75: f64,
    /// Below which 95 % lie.
    pub p95: f64,
    /// The greatest.
    pub max: f32,
}

impl Summary {
    /// Of these values; nothing where there are none.
    pub fn of(mut values: Vec<f32>) -> Option<Self> {
        values.sort_unstable_by(f32::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let part = |share| percentile(&values, share);
        Some(Self {
            count: values.len(),
            mean: values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64,
            min,
            p5: part(0.05),
            p25: part(0.25),
            median: part(0.5),
            p75: part(0.75),
            p95: part(0.95),
            max,
        })
    }
}

/// The value below which a share of the values, which are sorted, lies.
fn percentile(values: &[f32], share: f64) -> f64 {
    let place = share * (values.len() - 1) as f64;
    let below = place.floor() as usize;
    let (low, high) = (f64::from(values[below]), f64::from(values[(below + 1).min(values.len() - 1)]));
    low + (high - low) * (place - below as f64)
}

/// Ranges that follow one another, from the least value on. The last has no end.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    /// Where each begins.
    pub starts: Vec<f32>,
}

impl Bins {
    /// For these values of a measure, of all sources together: what is drawn side by side has the same axis.
    pub fn of(metric: Metric, mut values: Vec<f32>) -> Self {
        if let Some(highest) = metric.highest() {
            // By dividing, so that each start is the number nearest to its decimals.
            let start = |bin| f32::from(bin) * highest / f32::from(SHARES);
            return Self { starts: (0..SHARES).map(start).collect() };
        }
        values.sort_unstable_by(f32::total_cmp);
        let shown = if values.is_empty() { 0.0 } else { percentile(&values, SHOWN) };
        // Whole numbers.
        let last = shown.ceil() as u32;
        let mut widths = (0..).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u32.pow(power)));
        let width = widths.find(|width| last / width < MOST_BINS).unwrap_or(u32::MAX);
        Self { starts: (0..=last / width).map(|bin| (bin * width) as f32).collect() }
    }

    /// The bin of a value.
    pub fn place(&self, value: f32) -> usize {
        self.starts.partition_point(|start| *start <= value).saturating_sub(1)
    }

    /// Where each begins and the next one does.
    pub fn ranges(&self) -> impl Iterator<Item = (f32, Option<f32>)> + '_ {
        self.starts.iter().enumerate().map(|(bin, start)| (*start, self.starts.get(bin + 1).copied()))
    }

    /// How many of these values lie in each.
    pub fn count(&self, values: impl IntoIterator<Item = f32>) -> Vec<u64> {
        let mut counts = vec![0; self.starts.len()];
        for value in values {
            counts[self.place(value)] += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn summary_is_that_of_numpy() {
        // numpy.percentile([1, 2, 3, 4, 10], [5, 25, 50, 75, 95])
        let summary = Summary::of(vec![10.0, 1.0, 3.0, 2.0, 4.0]).unwrap();
        assert_eq!((summary.count, summary.mean, summary.min, summary.max), (5, 4.0, 1.0, 10.0));
        for (found, right) in [summary.p5, summary.p25, summary.median, summary.p75, summary.p95]
            .into_iter()
            .zip([1.2, 2.0, 3.0, 4.0, 8.8])
        {
            assert!((found - right).abs() < 1e-9, "{found} {right}");
        }
        assert_eq!(Summary::of(vec![]), None);
        assert!((Summary::of(vec![2.0]).unwrap().p95 - 2.0).abs() < 1e-9);
    }

    #[test]
    fn bins_are_round_and_the_last_is_open() {
        let counts = |last: u32| Bins::of(Metric::Words, (0..=last).map(|words| words as f32).collect()).starts;
        assert_eq!(counts(3), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(counts(40).len(), 21);
        assert_eq!(counts(1000).last(), Some(&950.0));
        let one_long = [vec![5.0; 1000], vec![4000.0]].concat();
        let bins = Bins::of(Metric::Words, one_long.clone());
        assert_eq!((bins.starts.last(), bins.count(one_long).last()), (Some(&5.0), Some(&1001)));
        assert_eq!(Bins::of(Metric::Hedges, vec![]).starts, [0.0]);
        let shares = Bins::of(Metric::Bleu4, vec![]);
        assert_eq!((shares.starts[6], shares.starts[14]), (0.3, 0.7));
        assert_eq!((shares.place(1.0), shares.place(0.7), shares.place(0.0)), (19, 14, 0));
        assert_eq!(Bins::of(Metric::Cider, vec![]).ranges().last(), Some((9.5, None)));
    }

    proptest! {
        #[test]
        fn every_value_lies_in_the_one_bin_whose_range_holds_it(values in prop::collection::vec(0_u16..3000, 1..200)) {
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            let bins = Bins::of(Metric::Tokens, values.clone());
            prop_assert_eq!(bins.count(values.iter().copied()).iter().sum::<u64>(), values.len() as u64);
            prop_assert!(bins.starts.len() <= MOST_BINS as usize);
            for value in values {
                let holds = |(from, below): (f32, Option<f32>)| value >= from && below.is_none_or(|below| value < below);
                let holding: Vec<_> = bins.ranges().enumerate().filter(|(_, range)| holds(*range)).collect();
                prop_assert_eq!(holding.len(), 1);
                prop_assert_eq!(holding[0].0, bins.place(value));
            }
        }
    }
}
