//! Numbers and counts as a person reads them.

use crate::browser::numbers;

/// A share from 0 to 1 as "89 %".
pub(crate) fn percent(share: f32) -> String {
    format!("{:.0} %", share.clamp(0.0, 1.0) * 100.0)
}

/// Seconds as "0.45 s", or "12 s" where hundredths no longer matter.
pub(crate) fn seconds(seconds: f64) -> String {
    format!("{} s", decimal(seconds, if seconds < 10.0 { 2 } else { 0 }))
}

/// Bytes as "240 kB" or "1.3 MB".
pub(crate) fn bytes(bytes: f64) -> String {
    if bytes < 1_000_000.0 {
        format!("{} kB", decimal((bytes / 1000.0).max(1.0), 0))
    } else {
        format!("{} MB", decimal(bytes / 1e6, 1))
    }
}

/// A number with so many decimal places. In the browser as the reader's language has it.
fn decimal(number: f64, places: u8) -> String {
    if cfg!(target_arch = "wasm32") {
        return numbers::localized(number, places);
    }
    format!("{number:.*}", usize::from(places))
}

/// A text in which each number that [`grouped`] or a decimal point shows to be one is written by `write`, which takes it
/// and its decimal places.
#[cfg(any(feature = "hydrate", test))]
pub(crate) fn with_numbers(text: &str, write: impl Fn(f64, u8) -> String) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        written.push_str(&rest[..start]);
        let from = &rest[start..];
        let end = from.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(from.len());
        // What ends a sentence is no part of a number.
        let number = from[..end].trim_end_matches([',', '.']);
        let places = number.split_once('.').map_or(0, |(_, places)| places.len() as u8);
        let is_marked = number.contains([',', '.']);
        match number.replace(',', "").parse().ok().filter(|_| is_marked) {
            Some(value) => written.push_str(&write(value, places)),
            None => written.push_str(number),
        }
        rest = &from[number.len()..];
    }
    written + rest
}

/// A count with its thousands set apart: "1,204". In the browser as the reader's language has it.
pub(crate) fn grouped(number: u64) -> String {
    if cfg!(target_arch = "wasm32") {
        return numbers::localized(number as f64, 0);
    }
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// "about 40 s left", from how many of the answers took how many milliseconds; nothing while that can't be told.
pub(crate) fn time_left(finished: usize, to_come: usize, elapsed: f64) -> Option<String> {
    if finished == 0 || to_come == 0 {
        return None;
    }
    Some(about_left(elapsed / finished as f64 * to_come as f64 / 1000.0))
}

/// "about 40 s left", "about 5 min left", "about 3 h left".
pub(crate) fn about_left(seconds: f64) -> String {
    if seconds < 90.0 {
        t!("about {number} s left", number = seconds.max(1.0).round() as u64)
    } else if seconds < 5400.0 {
        t!("about {number} min left", number = (seconds / 60.0).round() as u64)
    } else {
        t!("about {number} h left", number = (seconds / 3600.0).round() as u64)
    }
}

/// The words of an answer that is still coming in, without the tokens that tell places: `dog<loc_12><loc_3` is "dog".
pub(crate) fn without_places(raw: &str) -> String {
    let mut words = String::new();
    let mut rest = raw;
    while let Some(start) = rest.find('<') {
        push_phrase(&mut words, &rest[..start]);
        let token = rest[start..].find('>');
        rest = token.map_or("", |end| &rest[start + end + 1..]);
    }
    push_phrase(&mut words, rest);
    words
}

fn push_phrase(words: &mut String, phrase: &str) {
    let phrase = phrase.trim();
    if !phrase.is_empty() {
        if !words.is_empty() {
            words.push_str(", ");
        }
        words.push_str(phrase);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_would_say_them() {
        assert_eq!(percent(0.894), "89 %");
        assert_eq!(percent(1.2), "100 %");
        assert_eq!(seconds(0.451), "0.45 s");
        assert_eq!(seconds(12.4), "12 s");
        assert_eq!(bytes(12.0), "1 kB");
        assert_eq!(bytes(10_000_000.0), "10.0 MB");
        assert_eq!([0, 999, 1204, 1_000_000].map(grouped), ["0", "999", "1,204", "1,000,000"]);
    }

    #[test]
    fn numbers_of_a_text_are_written_anew() {
        let german = |number: f64, places: u8| format!("{number:.*}", usize::from(places)).replace('.', ",") + "!";
        for (text, written) in [
            ("1,204 images", "1204! images"),
            ("12 of 3,000,000, 1.3 MB.", "12 of 3000000!, 1,3! MB."),
            ("no number, 7. And 8", "no number, 7. And 8"),
            ("1.2.3", "1.2.3"),
            ("", ""),
        ] {
            assert_eq!(with_numbers(text, german), written, "{text}");
        }
    }

    #[test]
    fn time_left_follows_the_pace_so_far() {
        assert_eq!(time_left(0, 4, 900.0), None);
        assert_eq!(time_left(2, 4, 3000.0).as_deref(), Some("about 6 s left"));
        assert_eq!(time_left(1, 300, 1000.0).as_deref(), Some("about 5 min left"));
        assert_eq!(time_left(3, 0, 1000.0), None);
        assert_eq!(about_left(7200.0), "about 2 h left");
    }

    #[test]
    fn growing_answers_show_their_words_alone() {
        assert_eq!(without_places("a red apple<loc_52><loc_334><loc_9"), "a red apple");
        assert_eq!(without_places("dog<loc_1><loc_2><loc_3><loc_4>cat<loc_1>"), "dog, cat");
        assert_eq!(without_places("<poly><loc_1><loc_2>"), "");
    }
}
