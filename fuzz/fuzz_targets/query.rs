//! What somebody types to find pictures: it reads as the same query again, or the error says where it is wrong.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vasari_storage::search::{QueryError, SearchQuery};

fuzz_target!(|text: &str| {
    match text.parse::<SearchQuery>() {
        Ok(query) => {
            let written = query.to_string();
            let again: SearchQuery = written.parse().unwrap_or_else(|error| panic!("{written:?}: {error}"));
            assert_eq!(again.to_string(), written);
        }
        Err(QueryError { position, length, message }) => {
            assert!(length > 0 && position <= text.chars().count(), "{position} of {text:?}");
            assert!(message.ends_with(['.', '?']) || !message.is_empty());
        }
    }
});
