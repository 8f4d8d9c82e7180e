//! Writing a file.

use leptos::prelude::*;

use crate::components::form_problem::FormProblem;
use crate::components::image_scope::{ImageScopeFields, ScopedWords};
use crate::part::view;
use crate::types::{ExportData, ImageChoice, ImageCounts, ImageScope, Source};
use crate::words::{self, translate};

/// The formats by their names in forms, what people call them, and who reads them.
const FORMATS: [(&str, &str, &str); 8] = [
    ("jsonl", message!("JSON lines"), message!("One object a caption. Read by scripts, and by Vasari itself.")),
    ("csv", message!("CSV table"), message!("One row a caption. Read by spreadsheets and pandas.")),
    (
        "parquet",
        message!("Parquet"),
        message!("With the images in it. Read by Hugging Face datasets, DuckDB and Spark."),
    ),
    ("coco", message!("COCO captions"), message!("One JSON document. Read by pycocotools and caption metrics.")),
    (
        "imagefolder",
        message!("Hugging Face imagefolder"),
        message!("A .zip of images with metadata.jsonl. Read by load_dataset."),
    ),
    (
        "webdataset",
        message!("WebDataset"),
        message!("A .tar of samples. Read by webdataset and most training at scale."),
    ),
    (
        "sidecars",
        message!("Images with .txt files"),
        message!("A .zip, one caption an image. Read by kohya's trainers and taggers."),
    ),
    ("folder", message!("Images alone"), message!("A .zip of the images, without captions.")),
];

/// A plain form. What its button does follows what is chosen, scripts or not.
#[component]
pub(crate) fn Export(data: ExportData) -> impl IntoView {
    let ExportData { choice, format, captions, source, problem } = data;
    let formats: Vec<_> = FORMATS
        .into_iter()
        .map(|(name, words, about)| {
            let (words, about) = (translate(words), translate(about));
            view! { <Choice group="format" name words about is_on=name == format /> }
        })
        .collect();
    let sources = choice.dataset.sources.clone();
    let buttons = buttons(&choice);
    let dataset = choice.dataset.clone();
    let address = choice.listing.work_address(&dataset.slug, "export");
    view! {
        <main class="work-main">
            <header class="page-head">
                <h1>"Export"</h1>
                <a class="button quiet-button" href=dataset.address()>{t!("Back to {dataset}", dataset = dataset.name)}</a>
            </header>
            <form class="card form scoped-form" method="post" action=address>
                <FormProblem problem />
                <ImageScopeFields choice />
                <CaptionFields captions sources source />
                <fieldset class="options">
                    <legend>"Format"</legend>
                    <ul class="option-grid">{formats}</ul>
                </fieldset>
                <button class="button primary-button" type="submit"><ScopedWords words=buttons /></button>
                <p class="hint">"A job writes the file; it can be downloaded for seven days."</p>
            </form>
        </main>
    }
}

/// One of several, with a line about it.
#[component]
fn Choice(
    group: &'static str,
    name: &'static str,
    words: &'static str,
    about: &'static str,
    is_on: bool,
) -> impl IntoView {
    let hint = format!("{group}-{name}");
    view! {
        <li class="option">
            <label class="option-label">
                <input type="radio" name=group value=name checked=is_on aria-describedby=hint.clone() />
                <span>{words}</span>
            </label>
            <p class="hint" id=hint>{about}</p>
        </li>
    }
}

#[component]
fn CaptionFields(captions: String, sources: Vec<Source>, source: String) -> impl IntoView {
    let is = |name: &str| captions == name;
    let options: Vec<_> = sources
        .into_iter()
        .map(|one| {
            let words = format!("{} ({})", one.slug, words::grouped(one.captions));
            view! { <option value=one.slug.clone() selected=one.slug == source>{words}</option> }
        })
        .collect();
    let all = t!("Every caption of every source.");
    let best = t!("The approved one, else a person's, else the source's below, else any that nobody has rejected.");
    let one = t!("Those of the source below alone.");
    let has_sources = !options.is_empty();
    view! {
        <fieldset class="options caption-options">
            <legend>"Captions"</legend>
            <ul>
                <Choice group="captions" name="all" words="All" about=all is_on=is("all") />
                <Choice group="captions" name="best" words="The best of each image" about=best is_on=is("best") />
                {has_sources
                    .then(|| {
                        view! { <Choice group="captions" name="source" words="One source" about=one is_on=is("source") /> }
                    })}
            </ul>
            {has_sources
                .then(|| {
                    view! {
                        <div class="field source-field">
                            <label for="export-source">"Source"</label>
                            <select id="export-source" name="source">
                                <option value="">"None in particular"</option>
                                {options}
                            </select>
                        </div>
                    }
                })}
        </fieldset>
    }
}

/// What the button does, by scope and captions.
fn buttons(choice: &ImageChoice) -> Vec<(String, String)> {
    let of_scope = |(scope, counts): (ImageScope, ImageCounts)| {
        ["all", "best", "source", "folder"].map(|captions| {
            let words = match (captions, counts.images, counts.captions) {
                ("all", _, Some(number)) => plural!(number, "Export {n} caption", "Export {n} captions"),
                ("all", Some(images), None) => {
                    plural!(images, "Export the captions of {n} image", "Export the captions of {n} images")
                }
                ("best", Some(images), _) => {
                    plural!(images, "Export {n} image, one caption each", "Export {n} images, one caption each")
                }
                ("source", _, _) => t!("Export the source's captions").to_owned(),
                (_, Some(images), _) => plural!(images, "Export {n} image", "Export {n} images"),
                _ => t!("Export").to_owned(),
            };
            (format!("{}-{captions}", scope.name()), words)
        })
    };
    choice.scopes().into_iter().flat_map(of_scope).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Dataset, Listing};

    #[test]
    fn button_says_what_it_exports() {
        let all = ImageCounts { images: Some(1204), captions: Some(2408) };
        let choice = ImageChoice {
            dataset: Dataset::default(),
            listing: Listing::default(),
            chips: Vec::new(),
            chosen: vec!["1".into()],
            scope: ImageScope::All,
            all,
            filtered: ImageCounts::default(),
        };
        let words = buttons(&choice);
        let of = |when: &str| words.iter().find(|(known, _)| known == when).map(|(_, words)| words.as_str());
        assert_eq!(of("all-all"), Some("Export 2,408 captions"));
        assert_eq!(of("all-best"), Some("Export 1,204 images, one caption each"));
        assert_eq!(of("all-folder"), Some("Export 1,204 images"));
        assert_eq!(of("chosen-all"), Some("Export the captions of 1 image"));
        assert_eq!(of("filter-all"), None, "there is no filter");
    }
}
