//! A language that nobody speaks: English with accents, a third longer and in brackets. Whoever reads a page in it sees at
//! once what was left untranslated, and what has no room to grow.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

/// What CLDR calls it.
pub(super) const TAG: &str = "en-XA";

/// What a message is lengthened by.
const MORE: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// Messages that were asked for. There are as many as there are literals in the program.
static KNOWN: LazyLock<Mutex<HashMap<&'static str, &'static str>>> = LazyLock::new(Mutex::default);

/// A message as that language has it.
pub(super) fn translate(message: &'static str) -> &'static str {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(message).or_insert_with(|| accented(message).leak())
}

fn accented(message: &str) -> String {
    let mut written = String::from("[");
    let mut in_placeholder = false;
    for letter in message.chars() {
        in_placeholder = (in_placeholder || letter == '{') && letter != '}';
        written.push(if in_placeholder { letter } else { with_accent(letter) });
    }
    let (length, mut more) = (message.chars().count(), 0);
    for word in MORE.iter().cycle() {
        written = written + " " + word;
        more += word.len() + 1;
        if more * 3 >= length {
            break;
        }
    }
    written + "]"
}

/// A letter that still reads as it did.
fn with_accent(letter: char) -> char {
    const PLAIN: &str = "AaBCcDdEeGgHhIiJjKkLlMmNnOoPpQRrSsTtUuVvWwXxYyZz";
    const ACCENTED: &str = "ÅåƁÇçÐđÉéĜĝĤĥÎîĴĵĶķĻļṀɱÑñÖöÞþǪŔŕŠšŢţÛûṼṽŴŵẊẋÝýŽž";
    PLAIN.chars().zip(ACCENTED.chars()).find(|(plain, _)| *plain == letter).map_or(letter, |(_, accented)| accented)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_read_on_and_keep_their_placeholders() {
        assert_eq!(accented("Save"), "[Šåṽé one]");
        assert_eq!(
            accented("Remove {name} from the dataset"),
            "[Ŕéɱöṽé {name} ƒŕöɱ ţĥé đåţåšéţ one two three]".replace('ƒ', "f")
        );
    }
}
