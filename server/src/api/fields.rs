//! The fields that every captioning request has besides its pictures, in one table: the form, the JSON body and the
//! OpenAPI document are made of it.

use axum::body::Bytes;
use serde_json::Value;
use vasari_inference::Parameters;

use super::problem::{Problem, ProblemKind};
use crate::{
    captioning::{Ask, Question},
    parameters::{self, PositiveRange, WholeRange},
    state::AppState,
};

/// What a request says besides its pictures.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Fields {
    /// The task's marker or name.
    pub(crate) task: Option<String>,
    /// The task's input; a region's is its `<loc_…>` tokens or `x0,y0,x1,y1` in pixels.
    pub(crate) text: Option<String>,
    /// The task's input, where it is a box; [`Fields::finish`] moves it into `text`.
    region: Option<String>,
    /// How the caption is searched for.
    pub(crate) parameters: Parameters,
    /// Whether the answer comes in events.
    pub(crate) stream: bool,
    /// Whether the answer tells where the time went.
    pub(crate) timings: bool,
    /// How many pictures of a batch are in the queue at the same time.
    pub(crate) batch_size: Option<u32>,
    /// The dataset that the caption is kept in.
    pub(crate) dataset: Option<String>,
    /// The picture of it that is meant, by its id.
    pub(crate) image_id: Option<String>,
    /// The same by its name, which a picture that comes along is to have.
    pub(crate) image_name: Option<String>,
}

/// One field: its name, what it takes, and where that goes.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: FieldKind,
    /// One sentence for the OpenAPI document.
    pub(crate) description: &'static str,
    /// Which requests have it.
    of: Requests,
    set: fn(&mut Fields, &str) -> Result<(), String>,
}

/// Which requests have a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Requests {
    All,
    /// About several pictures.
    Batches,
    /// About one picture.
    Single,
}

/// What a field takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldKind {
    Text,
    Whole(WholeRange),
    Positive(PositiveRange),
    Switch,
    /// Four numbers; in a form, with commas between them.
    Box,
}

/// Pictures of one request that wait or run at the same time, and files in one request.
pub(crate) const BATCH_SIZE: WholeRange = WholeRange { min: 1, max: 32 };

/// Every field, in the order of the documentation.
pub(crate) const FIELDS: [Field; 15] = [
    Field::new("task", FieldKind::Text, "What to do, as `<OD>` or `od`; `GET /tasks` lists them.", |fields, text| {
        fields.task = Some(text.into());
        Ok(())
    }),
    Field::new(
        "text",
        FieldKind::Text,
        "The task's input, for tasks that take one: words, or a box as `<loc_52><loc_332><loc_932><loc_774>` in \
         thousandths of the picture or as `x0,y0,x1,y1` in pixels.",
        |fields, text| {
            fields.text = Some(text.into());
            Ok(())
        },
    ),
    Field::new(
        "region",
        FieldKind::Box,
        "The input of a task that takes a box: left, top, right and bottom in pixels. Another way to write `text`.",
        |fields, text| {
            fields.region = Some(text.into());
            Ok(())
        },
    ),
    Field::new(
        "max_length",
        FieldKind::Whole(parameters::MAX_LENGTH),
        "Most tokens in the answer, about four letters each.",
        |fields, text| {
            fields.parameters.max_length = Some(parameters::parse_max_length(text)?);
            Ok(())
        },
    ),
    Field::new(
        "num_beams",
        FieldKind::Whole(parameters::NUM_BEAMS),
        "Beams of the search; 1 takes the likeliest token each time.",
        |fields, text| {
            fields.parameters.num_beams = Some(parameters::parse_num_beams(text)?);
            Ok(())
        },
    ),
    Field::new(
        "do_sample",
        FieldKind::Switch,
        "Whether tokens are drawn at random. Works with one beam only.",
        |fields, text| {
            fields.parameters.do_sample = Some(parameters::parse_switch(text)?);
            Ok(())
        },
    ),
    Field::new(
        "temperature",
        FieldKind::Positive(parameters::TEMPERATURE),
        "Divides the logits before tokens are drawn. Anything but 1 means sampling unless `do_sample` is false.",
        |fields, text| {
            fields.parameters.temperature = Some(parameters::parse_temperature(text)?);
            Ok(())
        },
    ),
    Field::new(
        "top_p",
        FieldKind::Positive(parameters::TOP_P),
        "Draws from the likeliest tokens whose probabilities add up to this. Anything but 1 means sampling unless \
         `do_sample` is false.",
        |fields, text| {
            fields.parameters.top_p = Some(parameters::parse_top_p(text)?);
            Ok(())
        },
    ),
    Field::new("seed", FieldKind::Whole(parameters::SEED), "Makes a drawn answer come again.", |fields, text| {
        fields.parameters.seed = Some(parameters::parse_seed(text)?);
        Ok(())
    }),
    Field::new("stream", FieldKind::Switch, "Whether the answer comes as it is made.", |fields, text| {
        fields.stream = parameters::parse_switch(text)?;
        Ok(())
    }),
    Field::new("timings", FieldKind::Switch, "Whether the answer tells where its time went.", |fields, text| {
        fields.timings = parameters::parse_switch(text)?;
        Ok(())
    }),
    Field {
        of: Requests::Batches,
        ..Field::new(
            "batch_size",
            FieldKind::Whole(BATCH_SIZE),
            "How many of the pictures wait or run at the same time.",
            |fields, text| {
                fields.batch_size = Some(BATCH_SIZE.parse(text)?);
                Ok(())
            },
        )
    },
    Field {
        of: Requests::Single,
        ..Field::new(
            "dataset",
            FieldKind::Text,
            "A dataset by its slug, in which the caption is kept, as the model's: for annotators. `stored` of the answer \
             tells what became of it. The picture is one of the dataset's, or comes along and is added to it.",
            |fields, text| {
                fields.dataset = Some(text.into());
                Ok(())
            },
        )
    },
    Field {
        of: Requests::Single,
        ..Field::new(
            "image_id",
            FieldKind::Text,
            "The dataset's picture by its id, in the place of a picture that comes along.",
            |fields, text| {
                fields.image_id = Some(text.into());
                Ok(())
            },
        )
    },
    Field {
        of: Requests::Single,
        ..Field::new(
            "image_name",
            FieldKind::Text,
            "The dataset's picture by its name; what a picture that comes along is called in the dataset, in the place of \
             its file's name.",
            |fields, text| {
                fields.image_name = Some(text.into());
                Ok(())
            },
        )
    },
];

impl Field {
    const fn new(
        name: &'static str,
        kind: FieldKind,
        description: &'static str,
        set: fn(&mut Fields, &str) -> Result<(), String>,
    ) -> Self {
        Self { name, kind, description, of: Requests::All, set }
    }

    /// The field of this name, if there is one.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// Whether requests about several pictures have it, or those about one.
    pub(crate) fn is_of(&self, several: bool) -> bool {
        match self.of {
            Requests::All => true,
            Requests::Batches => several,
            Requests::Single => !several,
        }
    }
}

impl Fields {
    /// What a request says about a picture of a dataset.
    pub(crate) fn about_image(dataset: &str, image: &str, task: Option<String>, text: Option<String>) -> Self {
        Self { task, text, dataset: Some(dataset.to_owned()), image_id: Some(image.to_owned()), ..Self::default() }
    }

    /// Takes a form's value. An empty one is what a browser's form sends for what was left open.
    pub(crate) fn set_text(&mut self, field: &Field, text: &str) -> Result<(), Problem> {
        if text.trim().is_empty() {
            return Ok(());
        }
        (field.set)(self, text).map_err(|problem| invalid(field.name, &problem))
    }

    /// Takes a JSON value of the field's own type; null counts as absent.
    pub(crate) fn set_json(&mut self, field: &Field, value: &Value) -> Result<(), Problem> {
        self.set_json_as(field.name, field, value)
    }

    /// As [`Self::set_json`], for a value that came under another name.
    pub(crate) fn set_json_as(&mut self, name: &str, field: &Field, value: &Value) -> Result<(), Problem> {
        if value.is_null() {
            return Ok(());
        }
        let text = field.kind.text_of(value).ok_or_else(|| {
            let wanted = field.kind.in_words();
            invalid(name, &format!("it is {}, but it must be {wanted}", shortened(value)))
        })?;
        if text.contains('\0') {
            return Err(invalid(name, "it contains a NUL character"));
        }
        if matches!(field.kind, FieldKind::Text | FieldKind::Box) {
            return self.set_text(field, &text);
        }
        (field.set)(self, &text).map_err(|problem| invalid(name, &problem))
    }

    /// The fields, once all have come.
    ///
    /// # Errors
    ///
    /// The task's input came twice, as text and as region.
    pub(crate) fn finish(mut self) -> Result<Self, Problem> {
        if let Some(region) = self.region.take()
            && let Some(_text) = self.text.replace(region)
        {
            return Err(invalid("region", "it is another way to write text, but text came as well; send one of them"));
        }
        Ok(self)
    }
}

impl Fields {
    /// Checks the task, its input and the parameters against the running model.
    pub(crate) fn check(&self, state: &AppState) -> Result<(), Problem> {
        let engine = state.engines.current()?;
        let model = &engine.model.description;
        Question::new(model, &state.defaults, self.task.as_deref(), self.text.clone(), &self.parameters)?;
        Ok(())
    }

    /// The question about a file.
    pub(crate) fn about(self, file: Bytes) -> Ask {
        Ask { task: self.task, text: self.text, parameters: self.parameters, file }
    }
}

impl FieldKind {
    /// What would have been right, to follow "it must be".
    fn in_words(self) -> String {
        match self {
            Self::Text => "a string".into(),
            Self::Whole(range) => range.in_words(),
            Self::Positive(range) => range.in_words(),
            Self::Switch => "true or false".into(),
            Self::Box => "an array of four numbers".into(),
        }
    }

    /// How a form would write a JSON value, or nothing for a value of another type.
    fn text_of(self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::Text | Self::Box, Value::String(text)) => Some(text.clone()),
            // To JSON, 3.0 is as whole as 3.
            (Self::Whole(_), Value::Number(number)) => match number.as_f64() {
                Some(float) if number.is_f64() && float.fract() == 0.0 => Some(format!("{float:.0}")),
                _ => Some(number.to_string()),
            },
            (Self::Positive(_), Value::Number(number)) => Some(number.to_string()),
            (Self::Switch, Value::Bool(switch)) => Some(switch.to_string()),
            (Self::Box, Value::Array(corners)) if corners.len() == 4 => {
                let corners: Option<Vec<_>> = corners.iter().map(|corner| Some(corner.as_f64()?.to_string())).collect();
                Some(corners?.join(","))
            }
            _ => None,
        }
    }
}

/// A field that can't be taken; `problem` is a sentence without its full stop.
pub(crate) fn invalid(name: &str, problem: &str) -> Problem {
    Problem::new(ProblemKind::InvalidField, format!("{name}: {problem}."))
}

/// A JSON value, short enough to be said back to the client.
pub(crate) fn shortened(value: &Value) -> String {
    match value {
        Value::Array(_) => "an array".into(),
        Value::Object(_) => "an object".into(),
        value => {
            let text = value.to_string();
            if text.chars().count() <= 40 { text } else { text.chars().take(39).chain(['…']).collect() }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(name: &str, value: &Value) -> Result<Fields, Problem> {
        let mut fields = Fields::default();
        fields.set_json(Field::find(name).unwrap(), value)?;
        fields.finish()
    }

    #[test]
    fn json_values_have_their_own_types() {
        assert_eq!(set("num_beams", &json!(3)).unwrap().parameters.num_beams, Some(3));
        assert_eq!(set("num_beams", &json!(3.0)).unwrap().parameters.num_beams, Some(3));
        assert_eq!(set("seed", &json!(u64::MAX)).unwrap().parameters.seed, Some(u64::MAX));
        assert_eq!(set("do_sample", &json!(false)).unwrap().parameters.do_sample, Some(false));
        assert_eq!(set("top_p", &Value::Null).unwrap(), Fields::default());
        assert_eq!(set("region", &json!([1, 2.5, 30, 40])).unwrap().text.as_deref(), Some("1,2.5,30,40"));
    }

    #[test]
    fn wrong_types_are_named_with_what_came_and_what_would_be_right() {
        for (name, value, found, wanted) in [
            ("num_beams", json!("3"), "it is \"3\"", "a whole number between 1 and 16"),
            ("num_beams", json!(17), "17", "a whole number between 1 and 16"),
            ("num_beams", json!(2.5), "2.5", "a whole number between 1 and 16"),
            ("temperature", json!([1]), "an array", "a number above 0 and at most 10"),
            ("stream", json!(1), "it is 1", "true or false"),
            ("task", json!(7), "it is 7", "a string"),
            ("region", json!([1, 2, 3]), "an array", "an array of four numbers"),
        ] {
            let problem = set(name, &value).unwrap_err();
            assert_eq!(problem.status(), 400);
            let detail = problem.detail();
            assert!(detail.starts_with(&format!("{name}: ")), "{detail}");
            assert!(detail.contains(found) && detail.contains(wanted), "{detail}");
        }
    }

    #[test]
    fn input_of_a_task_comes_once() {
        let mut fields = Fields::default();
        fields.set_text(Field::find("text").unwrap(), "<loc_1><loc_2><loc_3><loc_4>").unwrap();
        fields.set_text(Field::find("region").unwrap(), "1,2,3,4").unwrap();
        assert!(fields.finish().unwrap_err().detail().starts_with("region: "));
    }

    #[test]
    fn nul_in_text_is_refused() {
        assert!(set("text", &json!("a\0b")).unwrap_err().detail().contains("NUL"));
    }
}
