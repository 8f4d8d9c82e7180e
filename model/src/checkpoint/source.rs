//! Where a checkpoint comes from.

use std::path::{Path, PathBuf};

use super::CheckpointError;

/// Where a checkpoint comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// A folder with `config.json`, `tokenizer.json` and the weights.
    Folder(PathBuf),
    /// A model on the Hugging Face hub.
    Hub {
        /// Owner and name: `microsoft/Florence-2-base`.
        id: String,
        /// A branch, tag or commit.
        revision: String,
    },
}

impl ModelSource {
    /// The branch that is meant when none is named.
    const DEFAULT_REVISION: &str = "main";

    /// Reads what a person gave: a folder that exists wins, else it must be a hub id, `owner/name` or
    /// `owner/name@revision`.
    ///
    /// # Errors
    /// When it is neither; the message names both forms.
    pub fn parse(given: &str) -> Result<Self, CheckpointError> {
        if Path::new(given).is_dir() {
            return Ok(Self::Folder(given.into()));
        }
        let (id, revision) = given.split_once('@').unwrap_or((given, Self::DEFAULT_REVISION));
        let is_hub_id =
            matches!(id.split('/').collect::<Vec<_>>()[..], [owner, name] if is_hub_word(owner) && is_hub_word(name));
        if is_hub_id && revision.split('/').all(is_hub_word) {
            Ok(Self::Hub { id: id.into(), revision: revision.into() })
        } else {
            Err(CheckpointError::Source { given: given.into() })
        }
    }
}

impl std::fmt::Display for ModelSource {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Folder(folder) => write!(formatter, "{}", folder.display()),
            Self::Hub { id, revision } if revision == Self::DEFAULT_REVISION => formatter.write_str(id),
            Self::Hub { id, revision } => write!(formatter, "{id}@{revision}"),
        }
    }
}

/// The characters that the hub allows; it also keeps `..` and absolute paths out of file names made from an id.
fn is_hub_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && word.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
        && !word.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_folder_wins() {
        let folder = tempfile::tempdir().unwrap();
        let given = folder.path().to_str().unwrap();
        assert_eq!(ModelSource::parse(given).unwrap(), ModelSource::Folder(given.into()));
    }

    #[test]
    fn ids_may_name_a_revision() {
        let hub = |id: &str, revision: &str| ModelSource::Hub { id: id.into(), revision: revision.into() };
        assert_eq!(ModelSource::parse("owner/Name-2.1").unwrap(), hub("owner/Name-2.1", "main"));
        assert_eq!(ModelSource::parse("owner/name@refs/pr/3").unwrap(), hub("owner/name", "refs/pr/3"));
        assert_eq!(ModelSource::parse("owner/name@v1").unwrap().to_string(), "owner/name@v1");
        assert_eq!(ModelSource::parse("owner/name").unwrap().to_string(), "owner/name");
    }

    #[test]
    fn anything_else_is_refused_and_both_forms_are_named() {
        for given in ["", "name", "./missing", "/missing/folder", "a/b/c", "../b", "a/..", "a/b@", "a/b@../x", "a b/c"]
        {
            let message = ModelSource::parse(given).unwrap_err().to_string();
            assert!(message.contains("folder") && message.contains("microsoft/Florence-2-base"), "{given}: {message}");
        }
    }
}
