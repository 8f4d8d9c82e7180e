//! A captioning request as JSON: the form's fields, with their own types, and pictures as base64 or by URL.
//!
//! As in a form, fields of other names are passed over, and a field that came twice is refused.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::{Map, Value};

use super::{
    super::{
        fields::{Field, invalid, shortened},
        problem::{Problem, ProblemKind},
    },
    CaptionAsk, ImageSource, MAX_IMAGES, MAX_TEXT_BYTES, Pictures, decode_data_url,
    form::too_many_images,
};

/// Reads a body.
pub(super) fn read_json(body: &[u8], pictures: Pictures) -> Result<CaptionAsk, Problem> {
    let Object(members) = parse_json(body)?;
    let mut ask = CaptionAsk::default();
    let mut image = Map::new();
    let mut seen = Vec::new();
    for (name, value) in members {
        let is_image = pictures == Pictures::One && matches!(name.as_str(), "image" | "image_url" | "filename");
        let is_list = pictures == Pictures::Several && name == "images";
        let field = Field::find(&name).filter(|field| field.is_of(pictures == Pictures::Several));
        if !is_image && !is_list && field.is_none() {
            continue;
        }
        if seen.contains(&name) {
            let detail = format!("The field {name} came more than once. Send it once.");
            return Err(Problem::new(ProblemKind::RepeatedField, detail));
        }
        if let Some(field) = field {
            if value.as_str().is_some_and(|text| text.len() > MAX_TEXT_BYTES) {
                return Err(invalid(&name, "it is longer than 64 KB"));
            }
            ask.fields.set_json(field, &value)?;
        } else if is_list {
            ask.images = read_images(&value)?;
        } else {
            image.insert(name.clone(), value);
        }
        seen.push(name);
    }
    if pictures == Pictures::One {
        ask.images = read_image(&image, "")?.into_iter().collect();
    }
    ask.fields = ask.fields.finish()?;
    Ok(ask)
}

/// The body of this type, or what is wrong with it.
pub(crate) fn parse_json<T: de::DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let bad = |detail: &'static str| Problem::new(ProblemKind::BadJson, detail);
    let text = std::str::from_utf8(body).map_err(|_| bad("The body is not valid UTF-8, as JSON must be."))?;
    serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            return bad("The body must be a JSON object, such as {\"image\": \"iVBORw0KGgo…\"}.");
        }
        // The parser has no other way to tell this from the rest of what is wrong with a text.
        if error.to_string().starts_with("recursion limit exceeded") {
            return bad("The body is nested deeper than 128 levels.");
        }
        let (line, column) = (error.line(), error.column());
        let detail = format!("The body is no JSON: it goes wrong at line {line}, column {column}.");
        Problem::new(ProblemKind::BadJson, detail)
    })
}

fn read_images(value: &Value) -> Result<Vec<ImageSource>, Problem> {
    let wanted = "it must be an array of objects with image or image_url, or of strings of base64";
    let items = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items,
        other => return Err(invalid("images", &format!("it is {}, but {wanted}", shortened(other)))),
    };
    if items.len() > MAX_IMAGES {
        return Err(too_many_images());
    }
    let read = |(index, item): (usize, &Value)| {
        let place = format!("images[{index}]");
        match item {
            Value::String(text) => upload(text, None, &place),
            Value::Object(members) => {
                let image = read_image(members, &format!("{place}."))?;
                image.ok_or_else(|| invalid(&place, "it has neither image nor image_url"))
            }
            other => Err(invalid(&place, &format!("it is {}, but {wanted}", shortened(other)))),
        }
    };
    items.iter().enumerate().map(read).collect()
}

/// The picture that an object holds; `place` stands before the names in sentences.
fn read_image(members: &Map<String, Value>, place: &str) -> Result<Option<ImageSource>, Problem> {
    let text = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.contains('\0') => {
            Err(invalid(&format!("{place}{name}"), "it contains a NUL character"))
        }
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => {
            Err(invalid(&format!("{place}{name}"), &format!("it is {}, but it must be a string", shortened(other))))
        }
    };
    let file_name = text("filename")?.map(str::to_owned);
    match (text("image")?, text("image_url")?) {
        (None, None) => Ok(None),
        (Some(image), None) => upload(image, file_name, &format!("{place}image")).map(Some),
        (None, Some(url)) => Ok(Some(ImageSource::Url { url: url.to_owned(), file_name })),
        (Some(_), Some(_)) => {
            Err(invalid(&format!("{place}image_url"), "a picture came in image as well; send one of them"))
        }
    }
}

fn upload(text: &str, file_name: Option<String>, place: &str) -> Result<ImageSource, Problem> {
    let mut image = decode_data_url(text).map_err(|problem| invalid(place, problem))?;
    image.file_name = file_name;
    Ok(ImageSource::Upload(image))
}

/// A JSON object in which a name that came twice stands twice.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(body: &str) -> Result<CaptionAsk, Problem> {
        read_json(body.as_bytes(), Pictures::One)
    }

    fn several(body: &str) -> Result<CaptionAsk, Problem> {
        read_json(body.as_bytes(), Pictures::Several)
    }

    #[test]
    fn picture_comes_as_base64_or_by_url() {
        let ask = one(r#"{"image": "R0lGODlh", "filename": "a.gif", "task": "<OD>", "unheard_of": [1]}"#).unwrap();
        let [ImageSource::Upload(image)] = &ask.images[..] else { panic!("{ask:?}") };
        assert_eq!((&*image.bytes, image.file_name.as_deref()), (&b"GIF89a"[..], Some("a.gif")));
        assert_eq!(ask.fields.task.as_deref(), Some("<OD>"));
        let ask = one(r#"{"image_url": "https://example.org/a.gif", "image": null}"#).unwrap();
        assert!(matches!(&ask.images[..], [ImageSource::Url { url, .. }] if url == "https://example.org/a.gif"));
        assert!(one("{}").unwrap().images.is_empty());
    }

    #[test]
    fn batches_name_the_picture_that_is_wrong() {
        let ask = several(r#"{"images": ["R0lGODlh", {"image_url": "https://example.org/b"}], "batch_size": 2}"#);
        let ask = ask.unwrap();
        assert_eq!((ask.images.len(), ask.fields.batch_size), (2, Some(2)));
        for (body, start) in [
            (r#"{"images": "R0lG"}"#, "images: it is \"R0lG\""),
            (r#"{"images": ["R0lG", 7]}"#, "images[1]: it is 7"),
            (r#"{"images": ["R0lG", {}]}"#, "images[1]: "),
            (r#"{"images": [{"image": "!"}]}"#, "images[0].image: it is not valid base64"),
            (r#"{"images": [], "batch_size": 33}"#, "batch_size: it is \"33\""),
        ] {
            let problem = several(body).unwrap_err();
            assert_eq!(problem.status(), 400);
            assert!(problem.detail().starts_with(start), "{problem:?}");
        }
        let many = format!(r#"{{"images": [{}]}}"#, vec!["\"\""; MAX_IMAGES + 1].join(","));
        assert_eq!(several(&many).unwrap_err().status(), 413);
    }

    #[test]
    fn bodies_that_are_no_object_are_told_from_bodies_that_are_no_json() {
        let deep = format!("{{\"x\": {}{}}}", "[".repeat(200), "]".repeat(200));
        for (body, words) in [
            (b"[]".as_slice(), "must be a JSON object"),
            (b"{\"image\": ", "line 1"),
            (b"", "line 1"),
            (b"{\"image\": \"\xff\"}", "UTF-8"),
            (deep.as_bytes(), "128 levels"),
        ] {
            let problem = read_json(body, Pictures::One).unwrap_err();
            assert_eq!(problem.status(), 400);
            assert!(problem.detail().contains(words), "{problem:?}");
        }
    }

    #[test]
    fn fields_come_once() {
        let problem = one(r#"{"seed": 1, "seed": 1}"#).unwrap_err();
        assert!(problem.detail().contains("seed came more than once"), "{problem:?}");
        let problem = one(r#"{"image": "R0lG", "image_url": "https://example.org"}"#).unwrap_err();
        assert!(problem.detail().starts_with("image_url: "), "{problem:?}");
        assert!(one(r#"{"text": "a\u0000b"}"#).unwrap_err().detail().contains("NUL"));
    }
}
