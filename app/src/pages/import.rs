//! Taking a file in.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::part::view;
use crate::types::ImportData;
use crate::words::translate;

/// The formats by their names in forms, and what a person knows them by.
const FORMATS: [(&str, &str); 8] = [
    ("jsonl", message!("JSON lines (.jsonl)")),
    ("csv", message!("CSV or TSV table")),
    ("parquet", message!("Parquet")),
    ("coco", message!("COCO captions (.json)")),
    ("imagefolder", message!("Hugging Face imagefolder (.zip)")),
    ("webdataset", message!("WebDataset (.tar)")),
    ("sidecars", message!("Images with .txt files beside them (.zip)")),
    ("folder", message!("Images alone (.zip)")),
];

/// Fields, what they are, and the columns that they are looked for in where nobody says another.
const FIELDS: [(&str, &str, &str, &str); 6] = [
    ("file_name", message!("File name"), message!("Which image a row is about."), "file_name, image, path"),
    ("caption", message!("Caption"), message!("What it says. A list of texts is a caption each."), "caption, text"),
    ("source", message!("Source"), message!("Who says it. Rows without one go to the source above."), "source, model"),
    ("task", message!("Task"), message!("What a model was asked, such as <CAPTION>."), "task"),
    ("confidence", message!("Confidence"), message!("How sure the source was, from 0 to 1."), "confidence"),
    ("status", message!("Status"), message!("draft, submitted, approved or rejected."), "status"),
];

/// A plain form. With scripts it tells how much of the file is sent, takes a dropped one, and offers its columns.
#[component]
pub(crate) fn Import(data: ImportData) -> impl IntoView {
    let ImportData { dataset, most, format, source, columns, problem } = data;
    let formats: Vec<_> = FORMATS
        .into_iter()
        .map(|(name, words)| view! { <option value=name selected=name == format>{translate(words)}</option> })
        .collect();
    let has_columns = columns.iter().any(|(_, column)| !column.is_empty());
    let fields: Vec<_> = FIELDS
        .into_iter()
        .map(|(name, label, about, usual)| {
            let column = columns.iter().find(|(field, _)| field == name).map(|(_, column)| column.clone());
            view! { <Column name label about usual column=column.unwrap_or_default() /> }
        })
        .collect();
    let address = format!("{}/import", dataset.address());
    view! {
        <main class="work-main">
            <header class="page-head">
                <h1>"Import"</h1>
                <a class="button quiet-button" href=dataset.address()>{t!("Back to {dataset}", dataset = dataset.name)}</a>
            </header>
            <p>
                "Captions, and images where the file holds them. An image is found by its file name; one of a new name is \
                 added. The same file again changes nothing, and what people have edited stays as they wrote it."
            </p>
            <form class="card form" id="import-form" method="post" action=address enctype="multipart/form-data">
                <div id="import-problem"><FormProblem problem /></div>
                <div class="field drop-field" id="import-drop">
                    <label for="import-file">"File"</label>
                    <input id="import-file" name="file" type="file" required aria-describedby="import-file-hint" />
                    <p class="hint" id="import-file-hint">
                        {t!("A file or an archive of up to {size}.", size = most)}
                        " " <span class="needs-script">"You can drop it anywhere on this page."</span>
                    </p>
                </div>
                <div class="field">
                    <label for="import-format">"Format"</label>
                    <select id="import-format" name="format">
                        <option value="">"As the file's name tells"</option>
                        {formats}
                    </select>
                </div>
                <div class="field">
                    <label for="import-source">"Source of captions that name none"</label>
                    <input
                        id="import-source"
                        name="source"
                        type="text"
                        value=source
                        maxlength="200"
                        placeholder="import"
                        autocomplete="off"
                        aria-describedby="import-source-hint"
                    />
                    <p class="hint" id="import-source-hint">
                        "Such as the name of a tool or a person. A new one is made; left empty, it is called import."
                    </p>
                </div>
                <details class="columns" open=has_columns>
                    <summary>"Columns" " " <span class="hint">"where the file has names of its own"</span></summary>
                    <p class="hint">"Name the file's column for each field that is called otherwise there."</p>
                    <div class="column-grid">{fields}</div>
                    <p class="hint" id="import-found" role="status"></p>
                    <datalist id="import-columns"></datalist>
                </details>
                <div class="sending" id="import-sending" hidden>
                    <progress id="import-bar" aria-label="How much of the file is sent" max="1" value="0"></progress>
                    <p class="hint number" id="import-sent" role="status"></p>
                </div>
                <div class="form-buttons">
                    <button class="button primary-button" type="submit" name="dry_run" value="true">"Check the file"</button>
                    <button class="button" type="submit" name="dry_run" value="false">"Import without checking"</button>
                </div>
                <p class="hint">
                    "Checking changes nothing: it says what would, row by row, and you import from there."
                </p>
            </form>
        </main>
    }
}

#[component]
fn Column(
    name: &'static str,
    label: &'static str,
    about: &'static str,
    usual: &'static str,
    column: String,
) -> impl IntoView {
    let (id, hint) = (format!("column-{name}"), format!("column-{name}-hint"));
    view! {
        <div class="field">
            <label for=id.clone()>{translate(label)}</label>
            <input
                id=id
                name=format!("column_{name}")
                type="text"
                value=column
                placeholder=usual
                list="import-columns"
                autocomplete="off"
                spellcheck="false"
                aria-describedby=hint.clone()
            />
            <p class="hint" id=hint>{translate(about)}</p>
        </div>
    }
}
