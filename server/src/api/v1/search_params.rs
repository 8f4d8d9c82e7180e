//! What is looked for and in which order: `?q=&sort=&source=`.

use axum::{extract::FromRequestParts, http::request::Parts};
use url::form_urlencoded;
use vasari_storage::search::{SearchQuery, Sort};

use crate::api::{fields::invalid, problem::Problem};

/// How many sources a request may name.
const MOST_SOURCES: usize = 50;

/// A query, and how its answer is wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct SearchParams {
    /// What is looked for; nothing where nobody says.
    pub(crate) query: Option<SearchQuery>,
    pub(crate) sort: Option<Sort>,
    /// Whose captions are to be shown; everybody's where nobody is named.
    pub(crate) sources: Vec<String>,
}

impl<S: Sync> FromRequestParts<S> for SearchParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default())
    }
}

impl SearchParams {
    /// What is looked for where something is; nothing where there is no `q`, whatever else there is.
    pub(crate) fn with_query(parts: &Parts) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "q") {
            return parse(query);
        }
        Ok(Self::default())
    }
}

fn parse(query: &str) -> Result<SearchParams, Problem> {
    let mut params = SearchParams::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "q" => params.query = Some(value.parse()?),
            "sort" => {
                let sort = value.parse();
                let problem = "it must be relevance, name, added, updated, confidence, length, disagreement or \
                               box_disagreement; all but the first may have a dash before them, for the largest first";
                params.sort = Some(sort.map_err(|()| invalid("sort", problem))?);
            }
            "source" if value.contains('\0') => return Err(invalid("source", "it contains a NUL character")),
            "source" if params.sources.len() == MOST_SOURCES => {
                return Err(invalid("source", "it may be there 50 times at most"));
            }
            "source" => params.sources.push(value.into_owned()),
            _ => {}
        }
    }
    Ok(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_others_passed_over() {
        let params = parse("q=dog%20-cat&sort=-length&source=a&source=b&limit=3").unwrap();
        assert_eq!(params.query.unwrap().to_string(), "dog -cat");
        assert_eq!((params.sort, params.sources), ("-length".parse().ok(), vec!["a".to_owned(), "b".to_owned()]));
        assert!(parse("limit=1").unwrap().query.is_none());
    }

    #[test]
    fn wrong_ones_are_named() {
        for (query, name) in [("sort=size", "sort"), ("source=%00", "source"), ("q=(dog", "parenthesis")] {
            assert!(parse(query).unwrap_err().detail().contains(name), "{query}");
        }
        assert!(parse(&"source=a&".repeat(51)).is_err());
    }
}
