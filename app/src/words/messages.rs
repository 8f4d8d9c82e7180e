//! Messages and what stands in for their placeholders.

use std::fmt::Display;

#[cfg(feature = "ssr")]
use super::Language;
use super::grouped;

/// A message in the reader's language: `t!("Save")` is a `&'static str`, `t!("{name} is gone", name = name)` a `String`.
#[cfg(feature = "ssr")]
#[macro_export]
macro_rules! t {
    ($message:literal) => {
        $crate::words::translate($message)
    };
    ($message:literal, $($name:ident = $value:expr),+ $(,)?) => {
        match $crate::words::translation($message) {
            ::std::option::Option::None => ::std::format!($message, $($name = $value),+),
            ::std::option::Option::Some(message) => {
                $crate::words::fill(message, &[$((::std::stringify!($name), &$value)),+])
            }
        }
    };
}

/// A message in the reader's language: `t!("Save")` is a `&'static str`, `t!("{name} is gone", name = name)` a `String`.
#[cfg(not(feature = "ssr"))]
#[macro_export]
macro_rules! t {
    ($message:literal) => {
        $message
    };
    ($message:literal, $($name:ident = $value:expr),+ $(,)?) => {
        ::std::format!($message, $($name = $value),+)
    };
}

/// A message about a number of things, in the form that the reader's language has for it:
/// `plural!(images, "{n} image of {name}", "{n} images of {name}", name = name)`. `n` is the number as people write it.
#[macro_export]
macro_rules! plural {
    ($number:expr, $one:literal, $many:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::words::counted($number, $one, $many, &[$((::std::stringify!($name), &$value)),*])
    };
}

/// Marks a message that is translated elsewhere, by [`translate`]: where a constant holds it.
macro_rules! message {
    ($message:literal) => {
        $message
    };
}

/// A message in the reader's language.
#[inline]
pub fn translate(message: &'static str) -> &'static str {
    #[cfg(feature = "ssr")]
    let message = translation(message).unwrap_or(message);
    message
}

/// A message in the reader's language, unless that is English.
#[cfg(feature = "ssr")]
pub fn translation(message: &'static str) -> Option<&'static str> {
    Language::of_reader().translate(message)
}

/// A message about a number of things.
pub fn counted(
    number: impl TryInto<u64>,
    one: &'static str,
    many: &'static str,
    values: &[(&str, &dyn Display)],
) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    #[cfg(feature = "ssr")]
    let form = Language::of_reader().plural(number, one, many);
    #[cfg(not(feature = "ssr"))]
    let form = if number == 1 { one } else { many };
    let number = grouped(number);
    let mut all: Vec<(&str, &dyn Display)> = vec![("n", &number)];
    all.extend_from_slice(values);
    fill(form, &all)
}

/// A message with values in the places of their names.
pub fn fill(message: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Name(name) => {
                if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
                    filled.push_str(&value.to_string());
                }
            }
        }
    }
    filled
}

/// A piece of a message.
pub(crate) enum Piece<'a> {
    /// What is said.
    Text(&'a str),
    /// What something is put in the place of.
    Name(&'a str),
}

/// A message cut at its placeholders.
pub(crate) fn pieces(message: &str) -> impl Iterator<Item = Piece<'_>> {
    message.split('{').enumerate().flat_map(|(place, piece)| {
        let (name, text) = if place == 0 { ("", piece) } else { piece.split_once('}').unwrap_or((piece, "")) };
        [(place > 0).then_some(Piece::Name(name)), (!text.is_empty()).then_some(Piece::Text(text))]
            .into_iter()
            .flatten()
    })
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_their_values() {
        assert_eq!(t!("Save"), "Save");
        assert_eq!(t!("{name} is gone", name = "Ada"), "Ada is gone");
        assert_eq!(plural!(1, "{n} region", "{n} regions"), "1 region");
        assert_eq!(plural!(0_u32, "{n} region", "{n} regions"), "0 regions");
        assert_eq!(
            plural!(1234, "{n} image of {name}", "{n} images of {name}", name = "birds"),
            "1,234 images of birds"
        );
    }

    #[test]
    fn a_value_is_never_taken_for_a_placeholder() {
        assert_eq!(fill("{b}, {a}{c}.", &[("a", &"{b}"), ("b", &2)]), "2, {b}.");
    }

    #[test]
    fn a_reader_has_a_language_of_their_own() {
        let pseudo = Language::negotiate("en-XA");
        assert_eq!(pseudo.within(|| t!("Save")), "[Šåṽé one]");
        assert_eq!(pseudo.within(|| t!("{name} is gone", name = "Ada")), "[Ada îš ĝöñé one two]");
        assert_eq!(pseudo.within(|| plural!(2, "{n} image", "{n} images")), "[2 îɱåĝéš one]");
        assert_eq!(t!("Save"), "Save");
    }
}
