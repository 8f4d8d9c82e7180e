//! Generation parameters as people send them: their ranges, and how a request's go together with the server's.

use vasari_inference::Parameters;

/// Most tokens to generate.
pub(crate) fn parse_max_length(text: &str) -> Result<u32, String> {
    in_range(text, "a whole number of at least 2", |length| *length >= 2)
}

/// Beams of the search.
pub(crate) fn parse_num_beams(text: &str) -> Result<u32, String> {
    in_range(text, "a whole number between 1 and 16", |beams| (1..=16).contains(beams))
}

/// Divides the logits.
pub(crate) fn parse_temperature(text: &str) -> Result<f32, String> {
    in_range(text, "a number above 0 and at most 10", |temperature| *temperature > 0.0 && *temperature <= 10.0)
}

/// Probability that the drawn tokens cover.
pub(crate) fn parse_top_p(text: &str) -> Result<f32, String> {
    in_range(text, "a number above 0 and at most 1", |top_p| *top_p > 0.0 && *top_p <= 1.0)
}

/// Seed of the sampling.
pub(crate) fn parse_seed(text: &str) -> Result<u64, String> {
    in_range(text, "a whole number of at least 0", |_: &u64| true)
}

/// Whether to draw at random.
pub(crate) fn parse_do_sample(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("it is {text:?}, but it must be true or false")),
    }
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

fn in_range<T: std::str::FromStr>(text: &str, range: &str, fits: impl Fn(&T) -> bool) -> Result<T, String> {
    let value = text.trim().parse().ok().filter(fits);
    value.ok_or_else(|| format!("it is {text:?}, but it must be {range}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_named_with_the_range() {
        assert_eq!(parse_max_length("128"), Ok(128));
        assert_eq!(parse_top_p(" 0.5 "), Ok(0.5));
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
            parse_do_sample("maybe").unwrap_err(),
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
