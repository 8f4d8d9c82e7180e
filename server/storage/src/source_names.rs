//! What sources are called before somebody calls them otherwise.

/// The longest stem: a slug has 64 letters at most, and a number may follow.
const LONGEST_STEM: usize = 56;

/// What a model's source is called: the last part of the model's name and the task, such as `florence-2-base.caption`.
pub(crate) fn model_stem(model: &str, task: &str) -> String {
    let last = model.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let (model, task) = (plain(last, "model"), plain(task, "task"));
    let room = LONGEST_STEM.saturating_sub(task.len() + 1).max(LONGEST_STEM / 2);
    shortened(&format!("{}.{task}", shortened(&model, room)), LONGEST_STEM)
}

/// What a person's source is called.
pub(crate) fn person_stem(name: &str) -> String {
    shortened(&plain(name, "person"), LONGEST_STEM)
}

/// Small letters and digits, with one dash for whatever stands between them; `otherwise` where nothing is left.
fn plain(text: &str, otherwise: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let plain = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-");
    if plain.is_empty() { otherwise.to_owned() } else { plain }
}

/// At most so many letters, and no dash or dot at the end.
fn shortened(plain: &str, room: usize) -> String {
    plain.chars().take(room).collect::<String>().trim_end_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_with_their_task() {
        assert_eq!(model_stem("microsoft/Florence-2-base", "<CAPTION>"), "florence-2-base.caption");
        assert_eq!(model_stem("/srv/my models/", "<MORE_DETAILED_CAPTION>"), "my-models.more-detailed-caption");
        assert_eq!(model_stem("", "<>"), "model.task");
        let long = model_stem(&"x".repeat(200), "<CAPTION_TO_PHRASE_GROUNDING>");
        assert!(long.len() <= LONGEST_STEM && long.ends_with("x.caption-to-phrase-grounding"), "{long}");
        assert!(model_stem("a", &"y".repeat(200)).len() <= LONGEST_STEM);
    }

    #[test]
    fn people_are_named_by_what_fits_into_an_address() {
        assert_eq!(person_stem("Anna Müller-Lüdenscheidt"), "anna-m-ller-l-denscheidt");
        assert_eq!(person_stem("Женя"), "person");
        assert!(person_stem(&"x".repeat(64)).len() <= LONGEST_STEM);
    }
}
