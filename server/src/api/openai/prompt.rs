//! From a conversation to a picture, a task and its input.

use serde_json::Value;

use super::super::{
    ask::{ImageSource, decode_data_url},
    fields::{invalid, shortened},
    problem::Problem,
};

/// What a conversation asks.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) image: Option<ImageSource>,
    pub(super) task: String,
    pub(super) text: Option<String>,
}

/// Most messages that are read.
const MAX_MESSAGES: usize = 1000;

/// The last picture of the user's, and what the user said last. The model knows no conversation: each question about a
/// picture stands alone, and what others than the user said is passed over.
pub(super) fn read_messages(messages: &Value) -> Result<Prompt, Problem> {
    let wanted = "it must be an array of messages with role and content";
    let messages = messages.as_array().ok_or_else(|| invalid("messages", &found(messages, wanted)))?;
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        return Err(invalid("messages", "there must be at least one message and at most 1000"));
    }
    let (mut image, mut words) = (None, None);
    for (index, message) in messages.iter().enumerate() {
        let place = format!("messages[{index}]");
        let role = message.get("role").and_then(Value::as_str);
        let role = role.ok_or_else(|| invalid(&place, "it has no role, such as \"user\""))?;
        if role == "user" {
            let content = message.get("content").unwrap_or(&Value::Null);
            let (its_image, its_words) = read_content(content, &format!("{place}.content"))?;
            image = its_image.or(image);
            words = Some(its_words);
        }
    }
    let words = words.ok_or_else(|| invalid("messages", "none of them has the role \"user\""))?;
    if words.contains('\0') {
        return Err(invalid("messages", "a text contains a NUL character"));
    }
    let (task, text) = task_of(&words);
    Ok(Prompt { image, task, text })
}

fn read_content(content: &Value, place: &str) -> Result<(Option<ImageSource>, String), Problem> {
    let parts = match content {
        Value::String(text) => return Ok((None, text.clone())),
        Value::Array(parts) => parts,
        other => return Err(invalid(place, &found(other, "it must be a string or an array of parts"))),
    };
    let (mut image, mut words) = (None, Vec::new());
    for (index, part) in parts.iter().enumerate() {
        let place = format!("{place}[{index}]");
        match part.get("type").and_then(Value::as_str) {
            Some("text") => {
                let text = part.get("text").and_then(Value::as_str);
                words.push(text.ok_or_else(|| invalid(&place, "it has no text"))?);
            }
            Some("image_url") => {
                if image.is_some() {
                    return Err(invalid(&place, "one picture can be asked about at a time"));
                }
                image = Some(read_image(part, &place)?);
            }
            _ => return Err(invalid(&place, "its type must be \"text\" or \"image_url\"")),
        }
    }
    Ok((image, words.join("\n")))
}

fn read_image(part: &Value, place: &str) -> Result<ImageSource, Problem> {
    let place = format!("{place}.image_url");
    let url = part.get("image_url").and_then(|url| url.as_str().or_else(|| url.get("url")?.as_str()));
    let url = url.ok_or_else(|| invalid(&place, "it must be an object with a url"))?;
    if url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")) {
        let image = decode_data_url(url).map_err(|problem| invalid(&place, problem))?;
        return Ok(ImageSource::Upload(image));
    }
    Ok(ImageSource::Url { url: url.to_owned(), file_name: None })
}

/// The task that a text asks for, and its input. A text that begins with a task's marker means that task, and the rest
/// is its input. Any other text asks for a caption: in a paragraph if it speaks of one or of more detail, in one
/// sentence if it is empty or says that it should be short, else in detail.
fn task_of(words: &str) -> (String, Option<String>) {
    let words = words.trim();
    if let Some((name, rest)) = words.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        let input = Some(rest.trim().to_owned()).filter(|input| !input.is_empty());
        return (format!("<{name}>"), input);
    }
    let lower = words.to_lowercase();
    let says = |any: &[&str]| any.iter().any(|words| lower.contains(words));
    let task = if says(&["paragraph", "more detail", "great detail", "as much detail", "very detailed"]) {
        "<MORE_DETAILED_CAPTION>"
    } else if lower.is_empty() || says(&["short", "brief", "one sentence", "single sentence", "concise"]) {
        "<CAPTION>"
    } else {
        "<DETAILED_CAPTION>"
    };
    (task.to_owned(), None)
}

fn found(value: &Value, wanted: &str) -> String {
    format!("it is {}, but {wanted}", shortened(value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_chooses_the_task() {
        let task = |words: &str| {
            let (task, text) = task_of(words);
            (task, text.unwrap_or_default())
        };
        for (words, expected, text) in [
            ("", "<CAPTION>", ""),
            ("Give me a short caption.", "<CAPTION>", ""),
            ("What's in this image?", "<DETAILED_CAPTION>", ""),
            ("Describe it in great detail", "<MORE_DETAILED_CAPTION>", ""),
            (" <OD> ", "<OD>", ""),
            ("<CAPTION_TO_PHRASE_GROUNDING> a red car", "<CAPTION_TO_PHRASE_GROUNDING>", "a red car"),
            ("<REGION_TO_OCR><loc_1><loc_2><loc_3><loc_4>", "<REGION_TO_OCR>", "<loc_1><loc_2><loc_3><loc_4>"),
        ] {
            assert_eq!(task(words), (expected.into(), text.into()), "{words}");
        }
    }

    #[test]
    fn last_words_are_about_the_last_picture() {
        let prompt = read_messages(&json!([
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": [
                {"type": "text", "text": "<OD>"},
                {"type": "image_url", "image_url": {"url": "data:image/gif;base64,R0lGODlh"}},
            ]},
            {"role": "assistant", "content": null},
            {"role": "user", "content": "<OCR>"},
        ]));
        let prompt = prompt.unwrap();
        assert_eq!(prompt.task, "<OCR>");
        assert!(matches!(prompt.image, Some(ImageSource::Upload(image)) if &*image.bytes == b"GIF89a"));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        let picture = json!({"type": "image_url", "image_url": {"url": "https://example.org/a.png"}});
        for (messages, place) in [
            (json!("hello"), "messages: it is \"hello\""),
            (json!([]), "messages: "),
            (json!([{"content": "x"}]), "messages[0]: it has no role"),
            (json!([{"role": "system", "content": "x"}]), "messages: none"),
            (json!([{"role": "user", "content": 7}]), "messages[0].content: it is 7"),
            (json!([{"role": "user", "content": [{"type": "audio"}]}]), "messages[0].content[0]: its type"),
            (json!([{"role": "user", "content": [picture, picture]}]), "messages[0].content[1]: one picture"),
            (
                json!([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:x"}}]}]),
                "messages[0].content[0].image_url: ",
            ),
        ] {
            let problem = read_messages(&messages).unwrap_err();
            assert_eq!(problem.status(), 400);
            assert!(problem.detail().starts_with(place), "{problem:?}");
        }
    }
}
