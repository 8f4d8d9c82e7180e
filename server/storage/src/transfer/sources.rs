//! Which source of a dataset a row's caption is of.
//!
//! What a row says is a name and perhaps a task. The same file always leads to the same sources, in the order of its rows,
//! whether they were there before or not: that is what makes an import that is repeated, or goes on after a pause, change
//! nothing twice.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use sqlx::query_as;
use uuid::Uuid;

use super::slugs::{source_slug, with_suffix};
use crate::{Database, StorageError};

/// How many sources a dataset may have for an import to add one. A column of captions that was taken for one of sources
/// is told by it.
const MOST_SOURCES: usize = 1000;

/// How many captions of one picture may come under one name.
const MOST_CAPTIONS: usize = 100;

/// The longest task, in characters.
const LONGEST_TASK: usize = 200;

/// A source that is there, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownSource {
    pub(super) id: Uuid,
    pub(super) slug: String,
    pub(super) kind: String,
    pub(super) task: Option<String>,
}

/// A source that is there only once the import has made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedSource {
    pub(super) slug: String,
    pub(super) task: Option<String>,
}

/// Where a row's caption goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assigned {
    /// To the source of this slug.
    pub(super) slug: String,
    /// Unless this person has said the same: what people wrote stays theirs.
    pub(super) person: Option<Uuid>,
}

/// The sources of a dataset, and which of them this file has spoken for.
#[derive(Debug)]
pub(super) struct Sources {
    known: HashMap<String, KnownSource>,
    planned: HashMap<String, PlannedSource>,
    /// Hashes of picture and source. 64 bits each, not the names: a file may have millions of rows.
    said: HashSet<u64>,
    default: String,
}

impl Sources {
    /// The sources of a dataset. Captions that name none are of the one of the name `default`.
    ///
    /// # Errors
    ///
    /// A sentence where `default` names nothing.
    pub(super) fn new(known: Vec<KnownSource>, default: &str) -> Result<Self, String> {
        let default =
            source_slug(default).ok_or_else(|| "the source needs a name with letters or digits".to_owned())?;
        let mut sources = Self { known: HashMap::new(), planned: HashMap::new(), said: HashSet::new(), default };
        sources.learn(known);
        Ok(sources)
    }

    /// Takes in which sources there are now.
    pub(super) fn learn(&mut self, known: Vec<KnownSource>) {
        for source in known {
            self.planned.remove(&source.slug);
            self.known.insert(source.slug.clone(), source);
        }
    }

    /// The source of this slug, if it is there.
    pub(super) fn get(&self, slug: &str) -> Option<&KnownSource> {
        self.known.get(slug)
    }

    /// What the import is to make under this slug, if it isn't there.
    pub(super) fn planned(&self, slug: &str) -> Option<&PlannedSource> {
        self.planned.get(slug)
    }

    /// Whose a picture's caption is that came under `name` with `task`.
    ///
    /// # Errors
    ///
    /// A sentence about the row.
    pub(super) fn assign(&mut self, picture: &str, name: Option<&str>, task: Option<&str>) -> Result<Assigned, String> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        let no_name = |name| format!("the source {name:?} has neither letters nor digits");
        let base = match name {
            Some(name) => source_slug(name).ok_or_else(|| no_name(name))?,
            None => self.default.clone(),
        };
        let task = task.map(str::trim).filter(|task| !task.is_empty());
        if task.is_some_and(|task| task.contains('\0') || task.chars().count() > LONGEST_TASK) {
            return Err(format!("the task must have at most {LONGEST_TASK} characters, and no NUL among them"));
        }
        // Of a person's source only the first place: that is where an export puts what the person wrote.
        let person = self.known.get(&base).filter(|source| source.kind == "person").map(|source| source.id);
        let stem = if person.is_some() { with_suffix(&base, "import") } else { base };
        let of_task = task.and_then(source_slug).map(|task| with_suffix(&stem, &task));
        let numbered = (2..=MOST_CAPTIONS).map(|number| (with_suffix(&stem, &number.to_string()), false));
        let places = [(stem.clone(), true)].into_iter().chain(of_task.map(|slug| (slug, true))).chain(numbered);
        for (slug, is_named) in places {
            if !self.fits(&slug, task, is_named) || self.said.contains(&place(picture, &slug)) {
                continue;
            }
            if !self.known.contains_key(&slug) && !self.planned.contains_key(&slug) {
                if self.known.len() + self.planned.len() >= MOST_SOURCES {
                    return Err(format!(
                        "its source would be one more than the {MOST_SOURCES} that a dataset may have"
                    ));
                }
                self.planned.insert(slug.clone(), PlannedSource { slug: slug.clone(), task: task.map(str::to_owned) });
            }
            self.said.insert(place(picture, &slug));
            return Ok(Assigned { slug, person });
        }
        Err(format!("the picture has more than {MOST_CAPTIONS} captions of one source"))
    }

    /// Whether captions of a task can go to the source of this slug. One that a row did not name must be an import's: the
    /// second caption of `florence` is not one of a model that happens to be called `florence-2`.
    fn fits(&self, slug: &str, task: Option<&str>, is_named: bool) -> bool {
        let is_task = |own: &Option<String>| task.is_none() || own.as_deref() == task;
        match (self.known.get(slug), self.planned.get(slug)) {
            (Some(source), _) => {
                source.kind != "person" && (is_named || source.kind == "import") && is_task(&source.task)
            }
            (None, Some(planned)) => is_task(&planned.task),
            (None, None) => true,
        }
    }
}

impl Database {
    /// The sources of a dataset.
    pub(super) async fn sources_of(&self, dataset: Uuid) -> Result<Vec<KnownSource>, StorageError> {
        let sources =
            query_as!(KnownSource, "SELECT id, slug, kind, task FROM caption_sources WHERE dataset_id = $1", dataset);
        Ok(sources.fetch_all(self.pool()).await?)
    }
}

/// The same in each run of the same program, which is all that a restart needs.
fn place(picture: &str, slug: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (picture, slug).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(slug: &str, kind: &str, task: Option<&str>) -> KnownSource {
        KnownSource { id: Uuid::now_v7(), slug: slug.into(), kind: kind.into(), task: task.map(str::to_owned) }
    }

    type Row = (&'static str, Option<&'static str>, Option<&'static str>);

    const ROWS: [Row; 11] = [
        ("a", None, None),
        ("a", None, None),
        ("b", None, None),
        ("a", Some("Florence 2"), Some("<CAPTION>")),
        ("a", Some("florence-2"), Some("<OD>")),
        ("b", Some("florence-2"), Some("<OD>")),
        ("a", Some("florence-2"), None),
        ("a", Some("anna"), None),
        ("a", Some("anna"), None),
        ("b", Some("model"), None),
        ("b", Some("model"), None),
    ];

    const SLUGS: [&str; 11] = [
        "import",
        "import-2",
        "import",
        "florence-2",
        "florence-2-od",
        "florence-2-od",
        "florence-2-2",
        "anna-import",
        "anna-import-2",
        "model",
        "model-3",
    ];

    fn assign(sources: &mut Sources) -> Vec<Assigned> {
        ROWS.iter().map(|(picture, name, task)| sources.assign(picture, *name, *task).unwrap()).collect()
    }

    #[test]
    fn captions_find_the_same_sources_again() {
        let there = || {
            vec![
                source("anna", "person", None),
                source("model", "model", Some("<CAPTION>")),
                source("model-2", "model", Some("<CAPTION>")),
            ]
        };
        let mut sources = Sources::new(there(), "import").unwrap();
        let first = assign(&mut sources);
        assert_eq!(first.iter().map(|assigned| assigned.slug.as_str()).collect::<Vec<_>>(), SLUGS);
        assert!(first[7].person.is_some() && first[6].person.is_none());
        let planned = sources.planned.values();
        let made =
            planned.map(|planned| KnownSource { task: planned.task.clone(), ..source(&planned.slug, "import", None) });
        let mut again = Sources::new(there().into_iter().chain(made).collect(), "Import").unwrap();
        let again: Vec<_> = assign(&mut again).into_iter().map(|assigned| assigned.slug).collect();
        assert_eq!(again, SLUGS);
    }

    #[test]
    fn limits_are_told() {
        let many = (0..MOST_SOURCES).map(|number| source(&format!("s{number}"), "import", None)).collect();
        let mut sources = Sources::new(many, "s0").unwrap();
        assert!(sources.assign("a", Some("new"), None).unwrap_err().contains("1000 that a dataset may have"));
        assert!(sources.assign("a", Some("s7"), None).is_ok());
        let mut sources = Sources::new(vec![], "x").unwrap();
        for _ in 0..MOST_CAPTIONS {
            sources.assign("a", None, None).unwrap();
        }
        assert!(sources.assign("a", None, None).unwrap_err().contains("more than 100 captions"));
        assert!(sources.assign("a", Some("?"), None).unwrap_err().contains("neither letters nor digits"));
        assert!(sources.assign("a", None, Some(&"t".repeat(201))).unwrap_err().contains("200 characters"));
        assert!(Sources::new(vec![], "?!").is_err());
    }
}
