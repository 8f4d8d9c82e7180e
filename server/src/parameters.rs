//! Generation parameters as people send them: their ranges, and how a request's go together with the server's.

use serde_json::{Map, Value};
use vasari_inference::Parameters;

/// A whole number and where it may lie, both ends included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WholeRange {
    pub(crate) min: u64,
    pub(crate) max: u64,
}

/// A number above 0 and where it ends, the end included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PositiveRange {
    pub(crate) max: f32,
}

/// Most tokens to generate.
pub(crate) const MAX_LENGTH: WholeRange = WholeRange { min: 2, max: u32::MAX as u64 };
/// Beams of the search.
pub(crate) const NUM_BEAMS: WholeRange = WholeRange { min: 1, max: 16 };
/// Seed of the sampling.
pub(crate) const SEED: WholeRange = WholeRange { min: 0, max: u64::MAX };
/// Divides the logits.
pub(crate) const TEMPERATURE: PositiveRange = PositiveRange { max: 10.0 };
/// Probability that the drawn tokens cover.
pub(crate) const TOP_P: PositiveRange = PositiveRange { max: 1.0 };

impl WholeRange {
    /// The range in words, to follow "it must be".
    pub(crate) fn in_words(self) -> String {
        let Self { min, max } = self;
        if max >= u64::from(u32::MAX) {
            format!("a whole number of at least {min}")
        } else {
            format!("a whole number between {min} and {max}")
        }
    }

    /// The number that `text` writes, if it lies in the range.
    pub(crate) fn parse<T: TryFrom<u64>>(self, text: &str) -> Result<T, String> {
        let number = text.trim().parse::<u64>().ok().filter(|number| (self.min..=self.max).contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| mismatch(text, &self.in_words()))
    }
}

impl PositiveRange {
    /// The range in words, to follow "it must be".
    pub(crate) fn in_words(self) -> String {
        format!("a number above 0 and at most {}", self.max)
    }

    /// The number that `text` writes, if it lies in the range. What is smaller than a thousandth counts as one: it draws
    /// the likeliest token alone either way, and a division by less leaves what floats can hold.
    fn parse(self, text: &str) -> Result<f32, String> {
        let number = text.trim().parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= f64::from(self.max));
        number.map(|number| number.max(0.001) as f32).ok_or_else(|| mismatch(text, &self.in_words()))
    }
}

/// Most tokens to generate.
pub(crate) fn parse_max_length(text: &str) -> Result<u32, String> {
    MAX_LENGTH.parse(text)
}

/// Beams of the search.
pub(crate) fn parse_num_beams(text: &str) -> Result<u32, String> {
    NUM_BEAMS.parse(text)
}

/// Divides the logits.
pub(crate) fn parse_temperature(text: &str) -> Result<f32, String> {
    TEMPERATURE.parse(text)
}

/// Probability that the drawn tokens cover.
pub(crate) fn parse_top_p(text: &str) -> Result<f32, String> {
    TOP_P.parse(text)
}

/// Seed of the sampling.
pub(crate) fn parse_seed(text: &str) -> Result<u64, String> {
    SEED.parse(text)
}

/// Yes or no.
pub(crate) fn parse_switch(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(mismatch(text, "true or false")),
    }
}

/// The parameters that tell one source of captions from another, as a JSON object. A seed says nothing of a search without
/// chance.
pub(crate) fn of_source(parameters: &Parameters) -> Map<String, Value> {
    let Parameters { max_length, num_beams, do_sample, temperature, top_p, seed } = parameters;
    let is_drawn = samples(parameters);
    let given = [
        ("max_length", max_length.map(Value::from)),
        ("num_beams", num_beams.map(Value::from)),
        ("do_sample", do_sample.map(Value::from)),
        ("temperature", temperature.filter(|_| is_drawn).map(as_written)),
        ("top_p", top_p.filter(|_| is_drawn).map(as_written)),
        ("seed", seed.filter(|_| is_drawn).map(Value::from)),
    ];
    given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A number as people write it: 0.7, and not the double that is nearest to the float.
fn as_written(number: f32) -> Value {
    number.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

/// A request's parameters with the server's for what it left open, or a sentence about two that don't go together.
///
/// A temperature or `top_p` other than 1 means sampling unless `do_sample` is false. A request that samples, and says
/// nothing of beams, gets one; a request that asks for beams, and says nothing of sampling, isn't sampled.
pub(crate) fn with_defaults(request: &Parameters, server: &Parameters) -> Result<Parameters, String> {
    let asks_to_sample = samples(request);
    if let Some(beams) = request.num_beams.filter(|beams| *beams > 1 && asks_to_sample) {
        return Err(format!(
            "sampling (do_sample, or a temperature or top_p other than 1) works with num_beams 1 only, but \
             num_beams is {beams}; leave one of the two out"
        ));
    }
    let merged = Parameters {
        max_length: request.max_length.or(server.max_length),
        num_beams: request.num_beams.or(server.num_beams),
        do_sample: request.do_sample.or(server.do_sample),
        temperature: request.temperature.or(server.temperature),
        top_p: request.top_p.or(server.top_p),
        seed: request.seed.or(server.seed),
    };
    let beams_win = request.num_beams.is_some_and(|beams| beams > 1);
    Ok(match (samples(&merged), beams_win) {
        (true, true) => Parameters { do_sample: Some(false), ..merged },
        (true, false) => Parameters { do_sample: Some(true), num_beams: Some(1), ..merged },
        (false, _) => merged,
    })
}

/// Whether tokens are drawn at random.
fn samples(parameters: &Parameters) -> bool {
    let differs_from_one = |value: Option<f32>| value.is_some_and(|value| (value - 1.0).abs() > f32::EPSILON);
    let varied = differs_from_one(parameters.temperature) || differs_from_one(parameters.top_p);
    parameters.do_sample.unwrap_or(varied)
}

/// What came and what would have been right, without the full stop.
fn mismatch(found: &str, wanted: &str) -> String {
    let shown: String = found.chars().take(40).collect();
    format!("it is {shown:?}, but it must be {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_named_with_the_range() {
        assert_eq!(parse_max_length("128"), Ok(128));
        assert_eq!(parse_top_p(" 0.5 "), Ok(0.5));
        assert_eq!(parse_temperature("5e-324"), Ok(0.001));
        for error in [
            parse_max_length("1").unwrap_err(),
            parse_max_length("-5").unwrap_err(),
            parse_max_length("99999999999").unwrap_err(),
            parse_num_beams("0").unwrap_err(),
            parse_num_beams("17").unwrap_err(),
            parse_temperature("0").unwrap_err(),
            parse_temperature("NaN").unwrap_err(),
            parse_temperature("inf").unwrap_err(),
            parse_top_p("1.1").unwrap_err(),
            parse_seed("-1").unwrap_err(),
            parse_switch("maybe").unwrap_err(),
        ] {
            assert!(error.contains("but it must be"), "{error}");
        }
    }

    #[test]
    fn temperature_other_than_one_means_sampling_with_one_beam() {
        let server = Parameters { num_beams: Some(3), ..Parameters::default() };
        let warm = Parameters { temperature: Some(0.8), ..Parameters::default() };
        let merged = with_defaults(&warm, &server).unwrap();
        assert_eq!((merged.do_sample, merged.num_beams), (Some(true), Some(1)));
        let refused = Parameters { do_sample: Some(false), ..warm };
        let merged = with_defaults(&refused, &server).unwrap();
        assert_eq!((merged.do_sample, merged.num_beams), (Some(false), Some(3)));
        let neutral = Parameters { temperature: Some(1.0), top_p: Some(1.0), ..Parameters::default() };
        assert_eq!(with_defaults(&neutral, &server).unwrap().num_beams, Some(3));
    }

    #[test]
    fn sampling_with_more_beams_is_refused_with_a_sentence() {
        let both = Parameters { do_sample: Some(true), num_beams: Some(2), ..Parameters::default() };
        let error = with_defaults(&both, &Parameters::default()).unwrap_err();
        assert!(error.contains("num_beams is 2"), "{error}");
    }

    #[test]
    fn beams_of_a_request_win_over_sampling_of_the_server() {
        let server = Parameters { temperature: Some(0.8), ..Parameters::default() };
        let beams = Parameters { num_beams: Some(3), ..Parameters::default() };
        let merged = with_defaults(&beams, &server).unwrap();
        assert_eq!((merged.do_sample, merged.num_beams), (Some(false), Some(3)));
        assert_eq!(with_defaults(&Parameters::default(), &server).unwrap().do_sample, Some(true));
    }
}
