//! Jobs as pages show them: what was asked, in words.

use serde_json::Value;
use time::OffsetDateTime;
use vasari_app::{
    plural, t, tasks,
    types::{Chip, DatasetLink, JobKind, JobProgress, JobState, JobSummary, Listing, Status},
};
use vasari_storage::{
    captions,
    formats::Format,
    jobs::{self, CaptionChoice, CaptionEdit, ImageSelection, Job, JobNames, JobRequest},
};

use super::stored::moment;

/// A job as a list shows it.
pub(super) fn summary(job: &Job, names: Option<JobNames>, now: OffsetDateTime) -> JobSummary {
    let (creator, name) = names.map_or((None, None), |names| (names.creator, names.dataset));
    let dataset = job.dataset.clone().map(|slug| DatasetLink { name: name.unwrap_or_else(|| slug.clone()), slug });
    JobSummary {
        id: job.id.to_string(),
        title: title(&job.request),
        dataset,
        progress: JobProgress {
            kind: kind(&job.request),
            state: state(job.state),
            total: job.total.map(count),
            done: count(job.done),
            failed: count(job.failed),
            pace: job.pace(now),
            seconds_left: job.seconds_left(now),
        },
        creator,
        created_at: moment(job.created_at),
        finished_at: job.finished_at.map(moment),
        error: job.error.clone(),
    }
}

/// What was asked: what it is called, and what was said.
pub(super) fn asked(request: &JobRequest) -> Vec<(String, String)> {
    let fact = |name: &str, value: String| (name.to_owned(), value);
    match request {
        JobRequest::Caption(job) => {
            let task = tasks::find(&job.task).map_or(&*job.task, |task| task.title());
            let text = job.text.iter().map(|text| fact(t!("Looks for"), text.clone()));
            let parameters: Vec<_> =
                job.parameters.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
            let parameters = (!parameters.is_empty()).then(|| fact(t!("Parameters"), parameters.join(", ")));
            [fact(t!("Task"), task.to_owned())].into_iter().chain(text).chain(parameters).collect()
        }
        JobRequest::Import(job) => {
            let format = job.format.map_or(t!("as the file tells").to_owned(), |format| format_name(format).to_owned());
            let columns = (!job.mapping.is_empty()).then(|| fact(t!("Columns"), job.mapping.join(", ")));
            let source = fact(t!("Source of captions that name none"), job.source.clone());
            [fact(t!("File"), job.file_name.clone()), fact(t!("Format"), format), source]
                .into_iter()
                .chain(columns)
                .collect()
        }
        JobRequest::Export(job) => {
            let captions = match &job.captions {
                CaptionChoice::All => t!("all").to_owned(),
                CaptionChoice::Best { sources } if sources.is_empty() => t!("the best of each image").to_owned(),
                CaptionChoice::Best { sources } => {
                    t!("the best of each image; of models and imports {sources} first", sources = sources.join(", "))
                }
                CaptionChoice::Source(source) => t!("those of {source}", source = source),
            };
            let format = fact(t!("Format"), format_name(job.format).to_owned());
            if job.format == Format::Folder { vec![format] } else { vec![format, fact(t!("Captions"), captions)] }
        }
        JobRequest::BulkEdit(job) => {
            let whose = job.of_source.clone().unwrap_or_else(|| t!("all sources").to_owned());
            vec![fact(t!("Change"), edit(&job.edit)), fact(t!("Captions of"), whose)]
        }
        JobRequest::KeepCaption(job) => {
            let images = plural!(job.images.len(), "{n} image", "{n} images");
            vec![
                fact(t!("Caption"), job.text.clone()),
                fact(t!("First said by"), job.of_source.clone()),
                fact(t!("Of"), images),
            ]
        }
        JobRequest::Rollback(_) | JobRequest::Reindex => Vec::new(),
    }
}

/// Which images a job is about, if it is about some.
pub(super) fn selection(request: &JobRequest) -> Option<&ImageSelection> {
    match request {
        JobRequest::Caption(job) => Some(&job.images),
        JobRequest::Export(job) => Some(&job.images),
        JobRequest::BulkEdit(job) => Some(&job.images),
        JobRequest::Import(_) | JobRequest::KeepCaption(_) | JobRequest::Rollback(_) | JobRequest::Reindex => None,
    }
}

/// A selection in words.
pub(super) fn chips(selection: &ImageSelection) -> Vec<Chip> {
    let mut chips = listing(selection).chips();
    if let Some(images) = &selection.images {
        let number = plural!(images.len(), "{n} image", "{n} images");
        chips.insert(0, Chip { name: t!("Chosen one by one").into(), value: number });
    }
    if chips.is_empty() {
        chips.push(Chip { name: t!("All").into(), value: t!("of the dataset").into() });
    }
    chips
}

/// A selection as the grid shows it; the images that were chosen one by one aside.
pub(super) fn listing(selection: &ImageSelection) -> Listing {
    let ImageSelection { query, source, missing, status, .. } = selection.clone();
    let status = status.map(self::status);
    let (query, source, missing) = (query.unwrap_or_default(), source.unwrap_or_default(), missing.unwrap_or_default());
    Listing { query, source, missing, status, page: 1, ..Listing::default() }
}

/// What the tables count.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// What it is called.
pub(super) fn title(request: &JobRequest) -> String {
    match request {
        JobRequest::Caption(job) => {
            t!("Caption images: {task}", task = tasks::find(&job.task).map_or(&*job.task, |task| task.title()))
        }
        JobRequest::Import(job) if job.dry_run => t!("Check {file}", file = job.file_name),
        JobRequest::Import(job) => t!("Import {file}", file = job.file_name),
        JobRequest::Export(job) => t!("Export: {format}", format = format_name(job.format)),
        JobRequest::BulkEdit(job) => t!("Edit captions: {change}", change = edit(&job.edit)),
        JobRequest::KeepCaption(job) => {
            plural!(job.images.len(), "Keep a caption for {n} image", "Keep a caption for {n} images")
        }
        JobRequest::Rollback(_) => t!("Roll a bulk edit back").to_owned(),
        JobRequest::Reindex => t!("Build the search index anew").to_owned(),
    }
}

fn format_name(format: Format) -> &'static str {
    match format {
        Format::Jsonl => t!("JSON lines"),
        Format::ImageFolder => t!("Hugging Face imagefolder"),
        Format::Csv => t!("CSV table"),
        Format::Parquet => t!("Parquet"),
        Format::Coco => t!("COCO captions"),
        Format::Sidecars => t!("Images with .txt files"),
        Format::WebDataset => t!("WebDataset"),
        Format::Folder => t!("Images alone"),
    }
}

fn edit(edit: &CaptionEdit) -> String {
    match edit {
        CaptionEdit::Prefix { text } => t!("\"{text}\" before each", text = text),
        CaptionEdit::Suffix { text } => t!("\"{text}\" after each", text = text),
        CaptionEdit::Replace { find, replacement, .. } => {
            t!("\"{replacement}\" for \"{find}\"", replacement = replacement, find = find)
        }
        CaptionEdit::ReplaceRegex { pattern, replacement } => {
            t!("\"{replacement}\" for what fits {pattern}", replacement = replacement, pattern = pattern)
        }
        CaptionEdit::Trim => t!("white space away").to_owned(),
        CaptionEdit::Lowercase => t!("small letters").to_owned(),
        CaptionEdit::Capitalize => t!("a capital letter first").to_owned(),
        CaptionEdit::SetStatus { status, reason: None } => {
            t!("{status} from now on", status = self::status(*status).word())
        }
        CaptionEdit::SetStatus { status, reason: Some(reason) } => {
            t!("{status} from now on: {reason}", status = self::status(*status).word(), reason = reason)
        }
    }
}

fn kind(request: &JobRequest) -> JobKind {
    match request {
        JobRequest::Caption(_) => JobKind::Caption,
        JobRequest::Import(_) => JobKind::Import,
        JobRequest::Export(_) => JobKind::Export,
        JobRequest::BulkEdit(_) | JobRequest::KeepCaption(_) => JobKind::BulkEdit,
        JobRequest::Rollback(_) => JobKind::Rollback,
        JobRequest::Reindex => JobKind::Reindex,
    }
}

fn state(state: jobs::JobState) -> JobState {
    match state {
        jobs::JobState::Waiting => JobState::Waiting,
        jobs::JobState::Running => JobState::Running,
        jobs::JobState::Succeeded => JobState::Succeeded,
        jobs::JobState::Failed => JobState::Failed,
        jobs::JobState::Cancelled => JobState::Cancelled,
    }
}

fn status(status: captions::Status) -> Status {
    match status {
        captions::Status::Draft => Status::Draft,
        captions::Status::Submitted => Status::Submitted,
        captions::Status::Approved => Status::Approved,
        captions::Status::Rejected => Status::Rejected,
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(json: Value) -> JobRequest {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn requests_are_told_in_words() {
        let export = request(json!({
            "kind": "export", "format": "csv", "captions": { "best": { "sources": ["florence-2"] } },
            "images": { "query": "dog", "missing": "anna", "images": ["00000000-0000-0000-0000-000000000001"] },
        }));
        assert_eq!(title(&export), "Export: CSV table");
        let said: Vec<_> = asked(&export).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let best = "Captions: the best of each image; of models and imports florence-2 first";
        assert_eq!(said, ["Format: CSV table", best]);
        let chips: Vec<_> = chips(selection(&export).unwrap()).into_iter().map(|chip| chip.value).collect();
        assert_eq!(chips, ["1 image", "dog", "anna"]);
        let caption = request(json!({
            "kind": "caption", "task": "<OD>", "images": {}, "parameters": { "num_beams": 3 },
        }));
        assert_eq!(title(&caption), "Caption images: Objects");
        assert_eq!(asked(&caption)[1], ("Parameters".to_owned(), "num_beams 3".to_owned()));
        let check = json!({ "kind": "import", "file": "00000000-0000-0000-0000-000000000001", "file_name": "a.csv",
            "source": "x", "dry_run": true });
        assert_eq!(title(&request(check)), "Check a.csv");
    }
}
