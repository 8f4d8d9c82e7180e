//! What the values of facets are called.

use crate::tasks;
use crate::words::translate;

/// A value of a facet as a person reads it: `5..9` words are "5–9", `2026-01` is "January 2026".
pub(super) fn facet_words(facet: &str, value: &str) -> String {
    match facet {
        "is" => match value {
            "empty" => t!("No words").to_owned(),
            "captioned" => t!("Words").to_owned(),
            "disputed" => t!("States differ").to_owned(),
            "portrait" => t!("Portrait").to_owned(),
            "landscape" => t!("Landscape").to_owned(),
            "square" => t!("Square").to_owned(),
            other => other.to_owned(),
        },
        "task" => tasks::find(value).map_or_else(|| value.to_owned(), |task| task.title().to_owned()),
        "added" => month(value).unwrap_or_else(|| value.to_owned()),
        _ => number(value),
    }
}

/// A range of numbers: `>=1 <2` is "1–2", `>=16` "16 and more", `<0.1` "under 0.1".
fn number(value: &str) -> String {
    if let Some((from, to)) = value.split_once("..") {
        return format!("{from}–{to}");
    }
    match value.split_once(' ') {
        Some((from, to)) => format!("{}–{}", bare(from), bare(to)),
        None if value.starts_with('>') => t!("{number} and more", number = bare(value)),
        None if value.starts_with('<') => t!("Under {number}", number = bare(value)),
        None if value == "0" => t!("None").to_owned(),
        None => value.to_owned(),
    }
}

fn bare(bound: &str) -> &str {
    bound.trim_start_matches(['<', '>', '='])
}

fn month(value: &str) -> Option<String> {
    const NAMES: [&str; 12] = [
        message!("January"),
        message!("February"),
        message!("March"),
        message!("April"),
        message!("May"),
        message!("June"),
        message!("July"),
        message!("August"),
        message!("September"),
        message!("October"),
        message!("November"),
        message!("December"),
    ];
    let (year, month) = value.split_once('-')?;
    let month: usize = month.parse().ok()?;
    let month = translate(NAMES.get(month.checked_sub(1)?)?);
    Some(t!("{month} {year}", month = month, year = year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_people_say_them() {
        for (facet, value, words) in [
            ("words", "5..9", "5–9"),
            ("words", "0", "None"),
            ("words", ">=160", "160 and more"),
            ("megapixels", ">=1 <2", "1–2"),
            ("megapixels", "<0.1", "Under 0.1"),
            ("is", "portrait", "Portrait"),
            ("is", "disputed", "States differ"),
            ("task", "detailed_caption", "Detailed caption"),
            ("added", "2026-01", "January 2026"),
            ("added", "2026-13", "2026-13"),
        ] {
            assert_eq!(facet_words(facet, value), words, "{facet}:{value}");
        }
    }
}
