//! Generation parameters between the page, which has them as written, and the API's numbers.

use std::collections::BTreeMap;

use vasari_app::parameters::{Parameter, ParameterTexts};
use vasari_inference::Parameters;

use crate::{
    api::problem::{Problem, ProblemKind},
    parameters,
};

/// The generation parameters that an address names, as written.
pub(super) fn in_query(query: &BTreeMap<String, String>) -> ParameterTexts {
    let mut texts = ParameterTexts::default();
    for parameter in Parameter::ALL {
        if let Some(value) = query.get(parameter.name()) {
            texts.set(parameter, value.trim());
        }
    }
    texts
}

/// Generation parameters as a person would write them.
pub(super) fn of(parameters: &Parameters) -> ParameterTexts {
    let mut texts = ParameterTexts::default();
    let Parameters { max_length, num_beams, do_sample, temperature, top_p, seed } = parameters;
    let written = [
        (Parameter::MaxLength, max_length.map(|value| value.to_string())),
        (Parameter::NumBeams, num_beams.map(|value| value.to_string())),
        (Parameter::DoSample, do_sample.map(|value| value.to_string())),
        (Parameter::Temperature, temperature.map(|value| value.to_string())),
        (Parameter::TopP, top_p.map(|value| value.to_string())),
        (Parameter::Seed, seed.map(|value| value.to_string())),
    ];
    for (parameter, value) in written {
        texts.set(parameter, value.unwrap_or_default());
    }
    texts
}

/// Reads written parameters as the API does.
pub(super) fn parse(texts: &ParameterTexts) -> Result<Parameters, Problem> {
    let mut parsed = Parameters::default();
    for (parameter, text) in texts.given() {
        let outcome = match parameter {
            Parameter::MaxLength => parameters::parse_max_length(text).map(|value| parsed.max_length = Some(value)),
            Parameter::NumBeams => parameters::parse_num_beams(text).map(|value| parsed.num_beams = Some(value)),
            Parameter::DoSample => parameters::parse_switch(text).map(|value| parsed.do_sample = Some(value)),
            Parameter::Temperature => parameters::parse_temperature(text).map(|value| parsed.temperature = Some(value)),
            Parameter::TopP => parameters::parse_top_p(text).map(|value| parsed.top_p = Some(value)),
            Parameter::Seed => parameters::parse_seed(text).map(|value| parsed.seed = Some(value)),
        };
        let name = parameter.name();
        outcome.map_err(|problem| Problem::new(ProblemKind::InvalidField, format!("{name}: {problem}.")))?;
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_as_they_are_written() {
        let query = BTreeMap::from([("num_beams".to_owned(), " 4".to_owned()), ("top_p".to_owned(), "0.5".to_owned())]);
        let parameters = parse(&in_query(&query)).unwrap();
        assert_eq!((parameters.num_beams, parameters.top_p, parameters.seed), (Some(4), Some(0.5), None));
        assert_eq!(parse(&of(&parameters)).unwrap(), parameters);
        let wrong = BTreeMap::from([("num_beams".to_owned(), "99".to_owned())]);
        assert!(parse(&in_query(&wrong)).unwrap_err().detail().contains("num_beams"));
    }
}
