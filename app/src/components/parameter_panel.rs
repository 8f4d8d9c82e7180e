//! How the answer is searched for, for those who want to know.

use leptos::prelude::*;

use crate::browser;
use crate::parameters::Parameter;
use crate::part::{handler, live, view};
use crate::state::Page;

/// The panel's id.
pub(crate) const PANEL_ID: &str = "parameters";

/// The id of a parameter's field.
pub(crate) fn id_of(parameter: Parameter) -> String {
    format!("parameter-{}", parameter.name())
}

/// The generation parameters, folded away until wanted. What is left empty is left to the server.
#[component]
pub(crate) fn ParameterPanel(page: Page) -> impl IntoView {
    let is_open = page.parameters.with_untracked(|parameters| parameters.given().next().is_some());
    let summary = move || match page.parameters.with(|parameters| parameters.given().count()) {
        0 => t!("as the server has them").to_owned(),
        number => t!("{number} set", number = number),
    };
    let fields = Parameter::ALL.map(|parameter| view! { <ParameterField page parameter /> });
    let samples = move || {
        page.parameters.with(crate::parameters::ParameterTexts::samples).then(|| {
            view! { <p class="hint">"Words are drawn at random, so answers differ. Sampling goes with one beam."</p> }
        })
    };
    view! {
        <details class="parameters" id=PANEL_ID open=is_open>
            <summary>"Parameters" " " <span class="hint">{live(summary)}</span></summary>
            <div class="parameter-grid">{fields}</div>
            {live(samples)}
        </details>
    }
}

#[component]
fn ParameterField(page: Page, parameter: Parameter) -> impl IntoView {
    let id = id_of(parameter);
    let hint_id = format!("{id}-hint");
    let problem = Memo::new(move |_| page.parameters.with(|parameters| parameters.problem(parameter)));
    let write = move |value: String| page.parameters.update(|parameters| parameters.set(parameter, value));
    let value = page.parameters.with_untracked(|parameters| parameters.get(parameter).to_owned());
    let control = if parameter == Parameter::DoSample {
        let options = [("", t!("Automatic")), ("true", t!("Yes")), ("false", t!("No"))].map(|(choice, words)| {
            view! { <option value=choice selected=choice == value>{words}</option> }
        });
        view! {
            <select
                id=id.clone()
                name=parameter.name()
                aria-describedby=hint_id.clone()
                on:change=handler(move |event: leptos::ev::Event| {
                    write(event_target_value(&event));
                    browser::show_address(page);
                })
            >
                {options}
            </select>
        }
    } else {
        let is_whole = !matches!(parameter, Parameter::Temperature | Parameter::TopP);
        view! {
            <input
                id=id.clone()
                name=parameter.name()
                type="text"
                inputmode=if is_whole { "numeric" } else { "decimal" }
                autocomplete="off"
                maxlength="20"
                aria-describedby=hint_id.clone()
                aria-invalid=move || problem.get().map(|_| "true")
                placeholder=page.given.with_value(|given| given.defaults.get(parameter).to_owned())
                value=value
                on:input=handler(move |event: leptos::ev::Event| write(event_target_value(&event)))
                on:change=handler(move |_| browser::show_address(page))
            />
        }
    };
    view! {
        <div class="field">
            <label for=id.clone()>{parameter.label()}</label>
            {control}
            <p class="hint" class:wrong=move || problem.get().is_some() id=hint_id>
                {live(move || problem.get().unwrap_or_else(|| parameter.hint()))}
            </p>
        </div>
    }
}
