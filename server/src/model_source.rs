//! How a dataset knows what the running model says: by the model, the task, and all that its answers depend on.

use serde_json::{Map, Value};
use vasari_inference::{ModelDescription, Region};
use vasari_storage::{captions::NewCaption, sources::ModelSource};

use crate::{captioning::Question, parameters};

/// The source of the answers to a question. Equal questions have equal sources, whenever they are asked.
pub(crate) fn model_source(model: &ModelDescription, question: &Question) -> ModelSource {
    let mut parameters = parameters::of_source(&question.parameters);
    if question.draws_seed {
        parameters.remove("seed");
    }
    source(model, &question.task, question.text.as_deref(), parameters)
}

/// The source of answers of a model that is asked with these parameters.
pub(crate) fn source(
    model: &ModelDescription,
    task: &str,
    text: Option<&str>,
    mut parameters: Map<String, Value>,
) -> ModelSource {
    // To say that nothing is drawn says no more than to say nothing.
    if parameters.get("do_sample") == Some(&Value::Bool(false)) {
        parameters.remove("do_sample");
    }
    if let Some(text) = text {
        parameters.insert("text".into(), text.into());
    }
    ModelSource {
        model: model.name.clone(),
        revision: Some(model.revision.clone()),
        task: task.to_owned(),
        parameters: Value::Object(parameters),
    }
}

/// What a model said, as it is kept.
pub(crate) fn said(caption: &str, regions: &[Region], confidence: f32) -> NewCaption {
    // A tokenizer of bytes can say NUL, which Postgres does not take.
    let regions = (!regions.is_empty()).then(|| {
        // By way of text, where 12.3 stays 12.3 and does not become the double that is nearest to the float.
        let text = serde_json::to_string(regions).expect("regions can be written as JSON. This is a bug.");
        let text = text.replace("\\u0000", "");
        serde_json::from_str(&text).expect("what was written as JSON can be read. This is a bug.")
    });
    NewCaption { text: caption.replace('\0', ""), regions, confidence: Some(confidence.clamp(0.0, 1.0)) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vasari_inference::{Parameters, Shape, TaskDescription, TaskInput};

    use super::*;

    fn model() -> ModelDescription {
        let task = TaskDescription { marker: "<CAPTION>".into(), summary: "A caption.".into(), input: TaskInput::None };
        ModelDescription {
            name: "vasari-demo".into(),
            revision: "r1".into(),
            device: "CPU".into(),
            on_gpu: false,
            precision: "fp32".into(),
            tasks: vec![task],
        }
    }

    fn asked(parameters: &Parameters) -> ModelSource {
        let defaults = Parameters { max_length: Some(256), ..Parameters::default() };
        model_source(&model(), &Question::new(&model(), &defaults, None, None, parameters).unwrap())
    }

    #[test]
    fn equal_questions_have_equal_sources() {
        let plain = asked(&Parameters::default());
        assert_eq!(plain.parameters, json!({ "max_length": 256 }));
        assert_eq!(plain, asked(&Parameters { seed: Some(7), ..Parameters::default() }), "nothing is drawn");
        assert_ne!(plain, asked(&Parameters { num_beams: Some(3), ..Parameters::default() }));
        assert_eq!(plain, asked(&Parameters { do_sample: Some(false), ..Parameters::default() }));
        let drawn = Parameters { do_sample: Some(true), temperature: Some(0.7), ..Parameters::default() };
        assert_eq!(asked(&drawn), asked(&drawn), "whatever the seed came to be");
        assert_eq!(asked(&drawn).parameters["temperature"].to_string(), "0.7");
        assert_ne!(asked(&drawn), asked(&Parameters { seed: Some(7), ..drawn }));
    }

    #[test]
    fn what_is_kept_holds_no_nul() {
        let region = Region { label: "a\0b".into(), shape: Shape::Box([0.1, 0.0, 1.0, 1.0]), confidence: None };
        let kept = said("a\0 bird", &[region], 1.0);
        assert_eq!(kept.text, "a bird");
        assert_eq!(kept.regions.unwrap().to_string(), r#"[{"box":[0.1,0.0,1.0,1.0],"label":"ab"}]"#);
        assert_eq!(said("", &[], 0.5).regions, None);
    }
}
