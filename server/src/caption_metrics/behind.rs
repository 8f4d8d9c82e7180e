//! What stands behind a bar of a chart: the captions whose numbers lie in ranges.

use url::form_urlencoded;
use vasari_curation::metrics::{Metric, corpus::MeasuredCaption};

use super::Measurement;
use crate::api::{fields::invalid, problem::Problem};

/// Numbers of a measure: from the first on, and below the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) metric: Metric,
    pub(crate) from: Option<f32>,
    pub(crate) below: Option<f32>,
}

/// Which captions, and in which order: `?words_from=5&words_below=8&rouge_l_from=0.5&order=-words`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Ranges {
    pub(crate) ranges: Vec<Range>,
    pub(crate) order: Order,
}

/// In which order captions come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Order {
    /// As their pictures were added.
    #[default]
    Added,
    /// By a measure, the least first.
    Rising(Metric),
    /// By a measure, the greatest first.
    Falling(Metric),
}

impl Ranges {
    /// Reads an address's query.
    ///
    /// # Errors
    ///
    /// A problem that names the parameter that is no number or no order.
    pub(crate) fn parse(query: &str) -> Result<Self, Problem> {
        let mut found = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name == "order" {
                found.order = Order::parse(&value).ok_or_else(|| {
                    let names = Metric::ALL.map(Metric::name).join(", ");
                    let problem = format!("it must be one of {names}, with a dash before it for the greatest first");
                    invalid("order", &problem)
                })?;
                continue;
            }
            let bound = |end| name.strip_suffix(end).and_then(Metric::named);
            let (metric, is_from) = match (bound("_from"), bound("_below")) {
                (Some(metric), _) => (metric, true),
                (_, Some(metric)) => (metric, false),
                _ => continue,
            };
            let number = value.parse().ok().filter(|number: &f32| number.is_finite());
            let number = number.ok_or_else(|| invalid(&name, "it must be a number, such as 5 or 0.25"))?;
            let place = found.ranges.iter().position(|range| range.metric == metric).unwrap_or_else(|| {
                found.ranges.push(Range { metric, from: None, below: None });
                found.ranges.len() - 1
            });
            let range = &mut found.ranges[place];
            *(if is_from { &mut range.from } else { &mut range.below }) = Some(number);
        }
        Ok(found)
    }
}

impl Range {
    fn holds(&self, caption: &MeasuredCaption) -> bool {
        caption.value(self.metric).is_some_and(|value| {
            self.from.is_none_or(|from| value >= from) && self.below.is_none_or(|below| value < below)
        })
    }
}

impl Order {
    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix('-') {
            _ if text.is_empty() => Some(Self::Added),
            Some(name) => Metric::named(name).map(Self::Falling),
            None => Metric::named(text).map(Self::Rising),
        }
    }

    /// As an address has it; empty for that of adding.
    pub(crate) fn value(self) -> String {
        match self {
            Self::Added => String::new(),
            Self::Rising(metric) => metric.to_string(),
            Self::Falling(metric) => format!("-{metric}"),
        }
    }
}

impl Measurement {
    /// The captions whose numbers lie in all the ranges, of one source where that is said. Those that lack the number of the
    /// order come last.
    pub(crate) fn behind(&self, source: Option<usize>, wanted: &Ranges) -> Vec<MeasuredCaption> {
        let fits = |caption: &&MeasuredCaption| {
            source.is_none_or(|source| caption.source as usize == source)
                && wanted.ranges.iter().all(|range| range.holds(caption))
        };
        let mut captions: Vec<_> = self.measured.captions.iter().filter(fits).copied().collect();
        // Equal ones stay in the order of adding.
        match wanted.order {
            Order::Added => {}
            Order::Rising(metric) => captions.sort_by(|one, other| {
                let number = |caption: &MeasuredCaption| caption.value(metric).unwrap_or(f32::INFINITY);
                number(one).total_cmp(&number(other))
            }),
            Order::Falling(metric) => captions.sort_by(|one, other| {
                let number = |caption: &MeasuredCaption| caption.value(metric).unwrap_or(f32::NEG_INFINITY);
                number(other).total_cmp(&number(one))
            }),
        }
        captions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_others_passed_over() {
        let ranges = Ranges::parse("q=dog&words_from=5&rouge_l_below=0.5&words_below=8&order=-cider&x_from=1").unwrap();
        let range = |metric, from, below| Range { metric, from, below };
        let right = [range(Metric::Words, Some(5.0), Some(8.0)), range(Metric::RougeL, None, Some(0.5))];
        assert_eq!((&ranges.ranges[..], ranges.order), (&right[..], Order::Falling(Metric::Cider)));
        assert_eq!(ranges.order.value(), "-cider");
        assert_eq!(Ranges::parse("order=").unwrap(), Ranges::default());
    }

    #[test]
    fn wrong_ones_are_named() {
        for (query, name) in [
            ("words_from=x", "words_from"),
            ("cider_below=inf", "cider_below"),
            ("order=size", "order"),
            ("order=-", "order"),
        ] {
            assert!(Ranges::parse(query).unwrap_err().detail().contains(name), "{query}");
        }
    }
}
