//! Having images captioned.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::components::image_scope::{ImageScopeFields, ScopedWords};
use crate::parameters::{Parameter, ParameterTexts};
use crate::part::{Part, rich, view};
use crate::tasks::{self, Group, Input, TASKS};
use crate::types::{CaptionImagesData, ModelNotice};

/// A plain form, or why there is none.
#[component]
pub(crate) fn CaptionImages(data: CaptionImagesData) -> impl IntoView {
    let dataset = data.choice.dataset.clone();
    let content: Part = if data.model.is_some() {
        view! { <CaptionForm data /> }
    } else if data.is_loading {
        let again = data.choice.listing.work_address(&dataset.slug, "caption");
        view! {
            <section class="empty">
                <h2>"The model is being loaded"</h2>
                <p>"Try again in a few seconds."</p>
                <p><a class="button" href=again>"Reload"</a></p>
            </section>
        }
    } else {
        view! {
            <section class="empty">
                <h2>"No model runs here"</h2>
                <p>
                    {rich!(
                        "This server only shows a gallery. To have images captioned, its operator starts it with a model: \
                         {serve} instead of {gallery}.",
                        serve = view! { <code>"vasari serve"</code> },
                        gallery = view! { <code>"vasari gallery"</code> }
                    )}
                </p>
                <p><a class="button" href=dataset.address()>"Back to the images"</a></p>
            </section>
        }
    };
    view! {
        <main class="work-main">
            <header class="page-head">
                <h1>"Caption images"</h1>
                <a class="button quiet-button" href=dataset.address()>{t!("Back to {dataset}", dataset = dataset.name)}</a>
            </header>
            {content}
        </main>
    }
}

#[component]
fn CaptionForm(data: CaptionImagesData) -> impl IntoView {
    let CaptionImagesData { choice, model, task, text, parameters, defaults, problem, .. } = data;
    let model = model.unwrap_or_default();
    let buttons: Vec<_> = choice
        .scopes()
        .into_iter()
        .map(|(scope, counts)| {
            let words = counts.images.map_or_else(
                || t!("Caption the images").to_owned(),
                |images| plural!(images, "Caption {n} image", "Caption {n} images"),
            );
            (scope.name().to_owned(), words)
        })
        .collect();
    let address = choice.listing.work_address(&choice.dataset.slug, "caption");
    let name = model.name.clone();
    view! {
        <form class="card form ask scoped-form" method="post" action=address>
            <FormProblem problem />
            <ImageScopeFields choice />
            <p>
                {rich!(
                    "{model} writes the captions, under a source of their own. People's captions are never overwritten, \
                     and images that have a caption of that source already are left out.",
                    model = view! { <b>{name}</b> }
                )}
            </p>
            {model
                .is_demo
                .then(|| {
                    view! {
                        <p class="notice-line">
                            "This is the demo model: it knows drawn scenes alone, and what it says of a photo is not true."
                        </p>
                    }
                })}
            <Tasks model task />
            <TaskText text />
            <Parameters parameters defaults />
            <button class="button primary-button" type="submit"><ScopedWords words=buttons /></button>
            <p class="hint">"A job does it; it goes on when this tab is closed."</p>
        </form>
    }
}

/// The tasks of the model, less those about a place in one image.
#[component]
fn Tasks(model: ModelNotice, task: String) -> impl IntoView {
    let chosen = tasks::find_or_first(&task);
    let groups = Group::ALL.map(|group| {
        let options: Vec<_> = TASKS
            .iter()
            .filter(|task| task.group == group && task.input != Input::Region)
            .map(|task| {
                let is_known = model.tasks.is_empty() || model.tasks.iter().any(|marker| marker == task.marker);
                let title =
                    if is_known { task.title().to_owned() } else { t!("{task} (not learned)", task = task.title()) };
                view! {
                    <option
                        value=task.marker
                        data-input=task.takes_input().then_some("true")
                        selected=task.marker == chosen.marker
                    >
                        {title}
                    </option>
                }
            })
            .collect();
        (!options.is_empty()).then(|| view! { <optgroup label=group.title()>{options}</optgroup> })
    });
    view! {
        <div class="field">
            <label for="task">"Task"</label>
            <select id="task" name="task">{groups}</select>
        </div>
    }
}

/// The style sheet shows it only while a task that takes words is chosen.
#[component]
fn TaskText(text: String) -> impl IntoView {
    view! {
        <div class="field field-input">
            <label for="text">"What to look for"</label>
            <input
                id="text"
                name="text"
                type="text"
                value=text
                maxlength="2048"
                placeholder="a red apple"
                autocomplete="off"
                aria-describedby="text-hint"
            />
            <p class="hint" id="text-hint">"The same words for all images."</p>
        </div>
    }
}

#[component]
fn Parameters(parameters: ParameterTexts, defaults: ParameterTexts) -> impl IntoView {
    let is_open = parameters.given().next().is_some();
    let fields = Parameter::ALL.map(|parameter| {
        let id = format!("parameter-{}", parameter.name());
        let hint = format!("{id}-hint");
        let value = parameters.get(parameter).to_owned();
        let control: Part = if parameter == Parameter::DoSample {
            let options = [("", t!("Automatic")), ("true", t!("Yes")), ("false", t!("No"))].map(|(choice, words)| {
                view! { <option value=choice selected=choice == value>{words}</option> }
            });
            view! { <select id=id.clone() name=parameter.name() aria-describedby=hint.clone()>{options}</select> }
        } else {
            view! {
                <input
                    id=id.clone()
                    name=parameter.name()
                    type="text"
                    inputmode="decimal"
                    value=value
                    maxlength="20"
                    placeholder=defaults.get(parameter).to_owned()
                    autocomplete="off"
                    aria-describedby=hint.clone()
                />
            }
        };
        view! {
            <div class="field">
                <label for=id>{parameter.label()}</label>
                {control}
                <p class="hint" id=hint>{parameter.hint()}</p>
            </div>
        }
    });
    view! {
        <details class="parameters" open=is_open>
            <summary>"Parameters" " " <span class="hint">"as the server has them, unless you say otherwise"</span></summary>
            <div class="parameter-grid">{fields}</div>
        </details>
    }
}
