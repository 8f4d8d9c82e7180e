//! What is asked of a picture: the one description that requests, addresses and snippets of code are made from.

use crate::address::Query;
use crate::parameters::ParameterTexts;
use crate::tasks::{Input, TASKS, TaskChoice};

/// What is asked of a picture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) task: &'static TaskChoice,
    /// The task's input, as written.
    pub(crate) text: String,
    pub(crate) parameters: ParameterTexts,
}

impl Question {
    /// The fields of the request beside the picture, by name. The plain caption is what the server takes for granted.
    pub(crate) fn fields(&self) -> Vec<(&'static str, &str)> {
        let task = (self.task.marker != TASKS[0].marker).then_some(("task", self.task.marker));
        let text = self.task.takes_input().then(|| ("text", self.text.trim())).filter(|(_, text)| !text.is_empty());
        let parameters = self.parameters.given().map(|(parameter, value)| (parameter.name(), value));
        task.into_iter().chain(text).chain(parameters).collect()
    }

    /// The question as an address's query, with the sample that is asked about, if it is one: `?sample=a.png&task=od`;
    /// empty when there is nothing to say.
    pub(crate) fn query(&self, sample: Option<&str>) -> String {
        let slug = self.task.slug();
        let mut pairs: Vec<(&str, &str)> =
            sample.map(|name| ("sample", name)).into_iter().chain(self.fields()).collect();
        for (name, value) in &mut pairs {
            if *name == "task" {
                *value = &slug;
            }
        }
        let mut query = Query::default();
        for (name, value) in pairs {
            query.add(name, value);
        }
        query.finish()
    }

    /// Whether something that the task asks about is still missing.
    pub(crate) fn wants_text(&self) -> bool {
        self.task.takes_input() && self.text.trim().is_empty()
    }

    /// Whether it is about a place in one picture, and so can't be asked of others.
    pub(crate) fn is_about_a_place(&self) -> bool {
        self.task.input == Input::Region
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::Parameter;
    use crate::tasks;

    fn question(task: &str, text: &str) -> Question {
        Question { task: tasks::find_or_first(task), text: text.into(), parameters: ParameterTexts::default() }
    }

    #[test]
    fn plain_caption_needs_no_words() {
        assert_eq!(question("caption", "left over").fields(), []);
        assert_eq!(question("caption", "").query(None), "");
        assert_eq!(question("od", "").query(Some("scene 1.png")), "?sample=scene%201.png&task=od");
    }

    #[test]
    fn text_and_parameters_are_sent_without_blanks() {
        let mut asked = question("<OPEN_VOCABULARY_DETECTION>", " a dog & cat ");
        asked.parameters.set(Parameter::NumBeams, " 3");
        let expected = [("task", "<OPEN_VOCABULARY_DETECTION>"), ("text", "a dog & cat"), ("num_beams", "3")];
        assert_eq!(asked.fields(), expected);
        assert_eq!(asked.query(None), "?task=open_vocabulary_detection&text=a%20dog%20%26%20cat&num_beams=3");
        assert!(!asked.wants_text());
        assert!(question("region_to_category", " ").wants_text());
    }
}
