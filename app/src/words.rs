//! Numbers and counts as a person reads them.

/// A share from 0 to 1 as "89 %".
pub(crate) fn percent(share: f32) -> String {
    format!("{:.0} %", share.clamp(0.0, 1.0) * 100.0)
}

/// Seconds as "0.45 s", or "12 s" where hundredths no longer matter.
pub(crate) fn seconds(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.2} s") } else { format!("{seconds:.0} s") }
}

/// Bytes as "240 kB" or "1.3 MB".
pub(crate) fn bytes(bytes: f64) -> String {
    if bytes < 1_000_000.0 { format!("{:.0} kB", (bytes / 1000.0).max(1.0)) } else { format!("{:.1} MB", bytes / 1e6) }
}

/// "1 region", "3 regions".
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// "about 40 s left", from how many of the answers took how many milliseconds; nothing while that can't be told.
pub(crate) fn time_left(finished: usize, to_come: usize, elapsed: f64) -> Option<String> {
    if finished == 0 || to_come == 0 {
        return None;
    }
    let seconds = elapsed / finished as f64 * to_come as f64 / 1000.0;
    Some(if seconds < 90.0 {
        format!("about {:.0} s left", seconds.max(1.0))
    } else {
        format!("about {:.0} min left", seconds / 60.0)
    })
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
        assert_eq!(count(1, "region"), "1 region");
        assert_eq!(count(0, "region"), "0 regions");
    }

    #[test]
    fn time_left_follows_the_pace_so_far() {
        assert_eq!(time_left(0, 4, 900.0), None);
        assert_eq!(time_left(2, 4, 3000.0).as_deref(), Some("about 6 s left"));
        assert_eq!(time_left(1, 300, 1000.0).as_deref(), Some("about 5 min left"));
        assert_eq!(time_left(3, 0, 1000.0), None);
    }

    #[test]
    fn growing_answers_show_their_words_alone() {
        assert_eq!(without_places("a red apple<loc_52><loc_334><loc_9"), "a red apple");
        assert_eq!(without_places("dog<loc_1><loc_2><loc_3><loc_4>cat<loc_1>"), "dog, cat");
        assert_eq!(without_places("<poly><loc_1><loc_2>"), "");
    }
}
