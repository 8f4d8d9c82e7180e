//! A moment as the reader writes it.

use leptos::prelude::*;

use crate::browser::clock;
use crate::part::view;

/// A moment, given as RFC 3339 writes it: in the reader's language and time zone once scripts are there, in UTC before.
#[component]
pub(crate) fn LocalTime(at: String) -> impl IntoView {
    let words = RwSignal::new(in_utc(&at));
    let moment = at.clone();
    Effect::new(move |_| words.set(clock::local(&moment)));
    view! { <time datetime=at>{words}</time> }
}

/// "2026-11-27 18:32 UTC".
fn in_utc(at: &str) -> String {
    match (at.get(..10), at.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => at.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moment_is_short() {
        assert_eq!(in_utc("2026-11-27T18:32:47.123Z"), "2026-11-27 18:32 UTC");
        assert_eq!(in_utc("soon"), "soon");
    }
}
