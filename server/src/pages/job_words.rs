//! Jobs as pages show them: what was asked, in words.

use serde_json::Value;
use time::OffsetDateTime;
use vasari_app::{
    tasks,
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
            let task = tasks::find(&job.task).map_or(&*job.task, |task| task.title);
            let text = job.text.iter().map(|text| fact("Looks for", text.clone()));
            let parameters: Vec<_> =
                job.parameters.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
            let parameters = (!parameters.is_empty()).then(|| fact("Parameters", parameters.join(", ")));
            [fact("Task", task.to_owned())].into_iter().chain(text).chain(parameters).collect()
        }
        JobRequest::Import(job) => {
            let format = job.format.map_or("as the file tells".to_owned(), |format| format.label().to_owned());
            let columns = (!job.mapping.is_empty()).then(|| fact("Columns", job.mapping.join(", ")));
            let source = fact("Source of captions that name none", job.source.clone());
            [fact("File", job.file_name.clone()), fact("Format", format), source].into_iter().chain(columns).collect()
        }
        JobRequest::Export(job) => {
            let captions = match &job.captions {
                CaptionChoice::All => "all".to_owned(),
                CaptionChoice::Best { sources } if sources.is_empty() => "the best of each image".to_owned(),
                CaptionChoice::Best { sources } => {
                    format!("the best of each image; of models and imports {} first", sources.join(", "))
                }
                CaptionChoice::Source(source) => format!("those of {source}"),
            };
            let format = fact("Format", job.format.label().to_owned());
            if job.format == Format::Folder { vec![format] } else { vec![format, fact("Captions", captions)] }
        }
        JobRequest::BulkEdit(job) => {
            let whose = job.of_source.clone().unwrap_or_else(|| "all sources".to_owned());
            vec![fact("Change", edit(&job.edit)), fact("Captions of", whose)]
        }
        JobRequest::KeepCaption(job) => {
            let images = vasari_app::words::count(job.images.len() as u64, "image");
            vec![fact("Caption", job.text.clone()), fact("First said by", job.of_source.clone()), fact("Of", images)]
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
        let (noun, number) = (if images.len() == 1 { "image" } else { "images" }, images.len());
        chips.insert(0, Chip { name: "Chosen one by one".into(), value: format!("{number} {noun}") });
    }
    if chips.is_empty() {
        chips.push(Chip { name: "All".into(), value: "of the dataset".into() });
    }
    chips
}

/// A selection as the grid shows it; the images that were chosen one by one aside.
pub(super) fn listing(selection: &ImageSelection) -> Listing {
    let ImageSelection { query, source, missing, status, .. } = selection.clone();
    let status = status.map(|status| match status {
        captions::Status::Draft => Status::Draft,
        captions::Status::Submitted => Status::Submitted,
        captions::Status::Approved => Status::Approved,
        captions::Status::Rejected => Status::Rejected,
    });
    let (query, source, missing) = (query.unwrap_or_default(), source.unwrap_or_default(), missing.unwrap_or_default());
    Listing { query, source, missing, status, page: 1, ..Listing::default() }
}

/// What the tables count.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn title(request: &JobRequest) -> String {
    match request {
        JobRequest::Caption(job) => {
            format!("Caption images: {}", tasks::find(&job.task).map_or(&*job.task, |task| task.title))
        }
        JobRequest::Import(job) if job.dry_run => format!("Check {}", job.file_name),
        JobRequest::Import(job) => format!("Import {}", job.file_name),
        JobRequest::Export(job) => format!("Export: {}", job.format.label()),
        JobRequest::BulkEdit(job) => format!("Edit captions: {}", edit(&job.edit)),
        JobRequest::KeepCaption(job) => {
            format!("Keep a caption for {}", vasari_app::words::count(job.images.len() as u64, "image"))
        }
        JobRequest::Rollback(_) => "Roll a bulk edit back".to_owned(),
        JobRequest::Reindex => "Build the search index anew".to_owned(),
    }
}

fn edit(edit: &CaptionEdit) -> String {
    match edit {
        CaptionEdit::Prefix { text } => format!("\"{text}\" before each"),
        CaptionEdit::Suffix { text } => format!("\"{text}\" after each"),
        CaptionEdit::Replace { find, replacement, .. } => format!("\"{replacement}\" for \"{find}\""),
        CaptionEdit::ReplaceRegex { pattern, replacement } => format!("\"{replacement}\" for what fits {pattern}"),
        CaptionEdit::Trim => "white space away".to_owned(),
        CaptionEdit::Lowercase => "small letters".to_owned(),
        CaptionEdit::Capitalize => "a capital letter first".to_owned(),
        CaptionEdit::SetStatus { status } => format!("{status} from now on"),
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
