//! The search box's suggestions: a list below it that follows what is typed (ARIA's combobox with a listbox).

use std::cell::RefCell;

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, KeyboardEvent};

use super::{
    api, element,
    keys::{OPTIONS_ID, SEARCH_ID},
};
use crate::completion::{self, SearchFields, Suggestion};

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::default());
}

#[derive(Default)]
struct State {
    /// What can be named here, once it is known.
    fields: Option<SearchFields>,
    is_asked: bool,
    shown: Vec<Suggestion>,
    chosen: Option<usize>,
}

/// Listens to the search box, if the page has one.
pub(super) fn attach() {
    let Some(input) = element::<HtmlInputElement>(SEARCH_ID) else { return };
    for (name, value) in [("role", "combobox"), ("aria-autocomplete", "list"), ("aria-controls", OPTIONS_ID)] {
        let _ = input.set_attribute(name, value);
    }
    hide(&input);
    window_event_listener(ev::input, |event| on_box(&event, |input| follow(&input, false)));
    window_event_listener(ev::focusin, |event| {
        on_box(&event, |input| ask(&input));
    });
    window_event_listener(ev::focusout, |event| on_box(&event, |input| hide(&input)));
    window_event_listener(ev::keydown, |event| {
        on_box(&event, |input| press(&input, &event));
    });
    // Before the box loses the focus.
    window_event_listener(ev::mousedown, |event| {
        let option = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let option = option.and_then(|element| element.closest(&format!("#{OPTIONS_ID} [role=option]")).ok().flatten());
        let place = option.and_then(|option| option.get_attribute("data-place")?.parse().ok());
        if let (Some(place), Some(input)) = (place, element::<HtmlInputElement>(SEARCH_ID)) {
            event.prevent_default();
            take(&input, place);
        }
    });
}

fn on_box(event: &Event, act: impl FnOnce(HtmlInputElement)) {
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    if let Some(input) = input.filter(|input| input.id() == SEARCH_ID) {
        act(input);
    }
}

/// Asks once what can be named in this dataset.
fn ask(input: &HtmlInputElement) {
    let address = input.form().and_then(|form| form.get_attribute("action")).unwrap_or_default();
    let is_new = STATE.with_borrow_mut(|state| !std::mem::replace(&mut state.is_asked, true));
    if !is_new {
        return;
    }
    let input = input.clone();
    spawn_local(async move {
        let fields = api::get(&format!("/api/v1{address}/search/fields"), None).await.and_then(Result::ok);
        STATE.with_borrow_mut(|state| state.fields = fields);
        let has_focus = document().active_element().is_some_and(|active| active.id() == SEARCH_ID);
        if has_focus && !input.value().is_empty() {
            follow(&input, false);
        }
    });
}

/// Suggests what may stand at the cursor; without a word there, only if `is_asked_for`.
fn follow(input: &HtmlInputElement, is_asked_for: bool) {
    let (query, cursor) = at_cursor(input);
    let has_word = completion::word_start(&query, cursor) < cursor;
    STATE.with_borrow_mut(|state| {
        state.chosen = None;
        state.shown = match &state.fields {
            Some(fields) if has_word || is_asked_for => completion::suggest(&query, cursor, fields),
            _ => Vec::new(),
        };
    });
    show(input);
}

fn press(input: &HtmlInputElement, event: &KeyboardEvent) {
    let (number, chosen) = STATE.with_borrow(|state| (state.shown.len(), state.chosen));
    match event.key().as_str() {
        "ArrowDown" if number == 0 => follow(input, true),
        "ArrowDown" => choose(input, Some(chosen.map_or(0, |place| (place + 1) % number))),
        "ArrowUp" if number > 0 => choose(input, Some((chosen.unwrap_or(number) + number - 1) % number)),
        "Escape" if number > 0 => hide(input),
        "Enter" | "Tab" if chosen.is_some() => take(input, chosen.unwrap_or_default()),
        _ => return,
    }
    event.prevent_default();
}

fn choose(input: &HtmlInputElement, place: Option<usize>) {
    STATE.with_borrow_mut(|state| state.chosen = place);
    show(input);
}

fn take(input: &HtmlInputElement, place: usize) {
    let Some(suggestion) = STATE.with_borrow(|state| state.shown.get(place).cloned()) else { return };
    let (query, cursor) = at_cursor(input);
    let (query, cursor) = completion::take(&query, cursor, &suggestion);
    input.set_value(&query);
    // The browser counts in UTF-16.
    let place: usize = query.chars().take(cursor).map(char::len_utf16).sum();
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    let _ = input.set_selection_range(place, place);
    follow(input, false);
}

/// What stands in the box, and how many characters stand before the cursor.
fn at_cursor(input: &HtmlInputElement) -> (String, usize) {
    let query = input.value();
    let units = input.selection_start().ok().flatten().unwrap_or(u32::MAX) as usize;
    let mut passed = 0;
    let cursor = query
        .chars()
        .take_while(|letter| {
            passed += letter.len_utf16();
            passed <= units
        })
        .count();
    (query, cursor)
}

fn hide(input: &HtmlInputElement) {
    STATE.with_borrow_mut(|state| {
        state.shown.clear();
        state.chosen = None;
    });
    show(input);
}

/// Writes the list anew.
fn show(input: &HtmlInputElement) {
    let Some(list) = element::<HtmlElement>(OPTIONS_ID) else { return };
    let (shown, chosen) = STATE.with_borrow(|state| (state.shown.clone(), state.chosen));
    list.replace_children_with_node_0();
    for (place, suggestion) in shown.iter().enumerate() {
        let (Some(option), Some(text), Some(about)) = (make("li"), make("span"), make("span")) else { return };
        let is_chosen = chosen == Some(place);
        for (name, value) in [
            ("role", "option"),
            ("id", &*format!("{OPTIONS_ID}-{place}")),
            ("data-place", &*place.to_string()),
            ("aria-selected", if is_chosen { "true" } else { "false" }),
        ] {
            let _ = option.set_attribute(name, value);
        }
        text.set_text_content(Some(suggestion.text.trim_end()));
        text.set_class_name("option-text");
        about.set_text_content(Some(&suggestion.about));
        about.set_class_name("hint");
        let _ = option.append_child(&text);
        let _ = option.append_child(&about);
        let _ = list.append_child(&option);
    }
    list.set_hidden(shown.is_empty());
    let _ = input.set_attribute("aria-expanded", if shown.is_empty() { "false" } else { "true" });
    let _ = match chosen.filter(|place| *place < shown.len()) {
        Some(place) => input.set_attribute("aria-activedescendant", &format!("{OPTIONS_ID}-{place}")),
        None => input.remove_attribute("aria-activedescendant"),
    };
}

fn make(tag: &str) -> Option<Element> {
    document().create_element(tag).ok()
}
