//! Generation parameters as a person writes them: their names, their ranges, and which go together.

use serde::{Deserialize, Serialize};

/// A generation parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameter {
    /// Most tokens to generate.
    MaxLength,
    /// Beams of the search.
    NumBeams,
    /// Whether to draw tokens at random.
    DoSample,
    /// Divides the logits before drawing.
    Temperature,
    /// Probability that the drawn tokens cover.
    TopP,
    /// Where the drawing starts.
    Seed,
}

impl Parameter {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 6] =
        [Self::NumBeams, Self::MaxLength, Self::DoSample, Self::Temperature, Self::TopP, Self::Seed];

    /// The name of its field in requests and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::MaxLength => "max_length",
            Self::NumBeams => "num_beams",
            Self::DoSample => "do_sample",
            Self::Temperature => "temperature",
            Self::TopP => "top_p",
            Self::Seed => "seed",
        }
    }

    /// What the page calls it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::MaxLength => t!("Longest answer"),
            Self::NumBeams => t!("Beams"),
            Self::DoSample => t!("Sampling"),
            Self::Temperature => t!("Temperature"),
            Self::TopP => t!("Top p"),
            Self::Seed => t!("Seed"),
        }
    }

    /// What it does, in a few words.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::MaxLength => t!("Tokens, from 2"),
            Self::NumBeams => t!("1 to 16; 1 is fastest"),
            Self::DoSample => t!("Draws words at random"),
            Self::Temperature => t!("Up to 10; below 1 is bolder"),
            Self::TopP => t!("Up to 1; less is safer"),
            Self::Seed => t!("The same one draws the same"),
        }
    }

    /// What is wrong with a value, as a sentence. Nothing is wrong with an empty one: the server decides then.
    pub(crate) fn problem(self, value: &str) -> Option<&'static str> {
        let value = value.trim();
        let number = || value.parse::<f32>().ok();
        let (is_right, sentence) = match self {
            _ if value.is_empty() => return None,
            Self::MaxLength => (value.parse::<u32>().is_ok_and(|length| length >= 2), t!("A whole number from 2.")),
            Self::NumBeams => {
                (value.parse::<u32>().is_ok_and(|beams| (1..=16).contains(&beams)), t!("A whole number from 1 to 16."))
            }
            Self::DoSample => (matches!(value, "true" | "false"), t!("Yes, no, or left to the server.")),
            Self::Temperature => {
                (number().is_some_and(|t| t > 0.0 && t <= 10.0), t!("A number above 0, and at most 10."))
            }
            Self::TopP => (number().is_some_and(|p| p > 0.0 && p <= 1.0), t!("A number above 0, and at most 1.")),
            Self::Seed => (value.parse::<u64>().is_ok(), t!("A whole number from 0.")),
        };
        (!is_right).then_some(sentence)
    }
}

/// The parameters' values as written; empty ones are left to the server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ParameterTexts([String; 6]);

impl ParameterTexts {
    /// A parameter's value as written.
    pub fn get(&self, parameter: Parameter) -> &str {
        &self.0[parameter as usize]
    }

    /// Writes a parameter's value.
    pub fn set(&mut self, parameter: Parameter, value: impl Into<String>) {
        self.0[parameter as usize] = value.into();
    }

    /// The parameters that are written, by name, without blanks around their values.
    pub fn given(&self) -> impl Iterator<Item = (Parameter, &str)> {
        let pair = |parameter| (parameter, self.get(parameter).trim());
        Parameter::ALL.into_iter().map(pair).filter(|(_, value)| !value.is_empty())
    }

    /// Whether tokens are drawn at random: asked for, or meant by a temperature or top p other than 1.
    pub(crate) fn samples(&self) -> bool {
        let varies = |parameter| {
            let value = self.get(parameter).trim().parse::<f32>();
            value.is_ok_and(|value| (value - 1.0).abs() > f32::EPSILON)
        };
        match self.get(Parameter::DoSample).trim() {
            "" => varies(Parameter::Temperature) || varies(Parameter::TopP),
            asked => asked == "true",
        }
    }

    /// What is wrong with a parameter, beside the others.
    pub(crate) fn problem(&self, parameter: Parameter) -> Option<&'static str> {
        let value = self.get(parameter);
        parameter.problem(value).or_else(|| {
            let has_beams = parameter == Parameter::NumBeams && value.trim().parse::<u32>().is_ok_and(|b| b > 1);
            (has_beams && self.samples())
                .then_some(t!("Sampling goes with one beam. Leave this empty, or turn it off."))
        })
    }

    /// The first parameter that something is wrong with.
    pub(crate) fn first_wrong(&self) -> Option<Parameter> {
        Parameter::ALL.into_iter().find(|parameter| self.problem(*parameter).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[(Parameter, &str)]) -> ParameterTexts {
        let mut texts = ParameterTexts::default();
        for (parameter, value) in values {
            texts.set(*parameter, *value);
        }
        texts
    }

    #[test]
    fn ranges_are_those_of_the_server() {
        let right = [
            (Parameter::MaxLength, "2"),
            (Parameter::NumBeams, " 16 "),
            (Parameter::DoSample, "true"),
            (Parameter::Temperature, "0.7"),
            (Parameter::TopP, "1"),
            (Parameter::Seed, "18446744073709551615"),
            (Parameter::Seed, ""),
        ];
        for (parameter, value) in right {
            assert_eq!(parameter.problem(value), None, "{parameter:?} {value}");
        }
        let wrong = [
            (Parameter::MaxLength, "1"),
            (Parameter::NumBeams, "17"),
            (Parameter::NumBeams, "2.5"),
            (Parameter::DoSample, "perhaps"),
            (Parameter::Temperature, "0"),
            (Parameter::Temperature, "NaN"),
            (Parameter::TopP, "1.1"),
            (Parameter::Seed, "-1"),
        ];
        for (parameter, value) in wrong {
            assert!(parameter.problem(value).is_some(), "{parameter:?} {value}");
        }
    }

    #[test]
    fn sampling_goes_with_one_beam() {
        let warm = texts(&[(Parameter::Temperature, "0.7"), (Parameter::NumBeams, "3")]);
        assert!(warm.samples());
        assert_eq!(warm.first_wrong(), Some(Parameter::NumBeams));
        let cold =
            texts(&[(Parameter::Temperature, "0.7"), (Parameter::NumBeams, "3"), (Parameter::DoSample, "false")]);
        assert_eq!(cold.first_wrong(), None);
        assert!(!texts(&[(Parameter::Temperature, "1.0")]).samples());
    }

    #[test]
    fn only_written_parameters_are_given() {
        let texts = texts(&[(Parameter::Seed, " 7 "), (Parameter::TopP, " ")]);
        assert_eq!(texts.given().collect::<Vec<_>>(), [(Parameter::Seed, "7")]);
    }
}
