//! Which pictures of a dataset are asked for: `?sort=&source=&missing=&status=`.

use axum::{extract::FromRequestParts, http::request::Parts};
use url::form_urlencoded;
use vasari_storage::{captions::Status, images::ImageFilter};

use crate::api::{fields::invalid, problem::Problem};

/// Order and filter of a list of pictures.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListImages {
    /// By file name, and not in the order of adding.
    pub(crate) by_name: bool,
    pub(crate) filter: ImageFilter,
}

impl<S: Sync> FromRequestParts<S> for ListImages {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default())
    }
}

fn parse(query: &str) -> Result<ListImages, Problem> {
    let mut list = ListImages::default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if value.contains('\0') {
            return Err(invalid(&name, "it contains a NUL character"));
        }
        match &*name {
            "sort" => {
                list.by_name = match &*value {
                    "name" => true,
                    "added" => false,
                    _ => return Err(invalid("sort", "it must be added or name")),
                }
            }
            "source" => list.filter.has_source = Some(value.into_owned()),
            "missing" => list.filter.lacks_source = Some(value.into_owned()),
            "status" => {
                let status = Status::ALL.into_iter().find(|status| status.to_string() == value);
                let status =
                    status.ok_or_else(|| invalid("status", "it must be draft, submitted, approved or rejected"));
                list.filter.status = Some(status?);
            }
            _ => {}
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_read_and_others_passed_over() {
        let list = parse("sort=name&source=human&missing=a%20b&status=approved&limit=3").unwrap();
        assert!(list.by_name);
        assert_eq!(list.filter.has_source.as_deref(), Some("human"));
        assert_eq!(list.filter.lacks_source.as_deref(), Some("a b"));
        assert_eq!(list.filter.status, Some(Status::Approved));
    }

    #[test]
    fn wrong_ones_are_named() {
        for (query, name) in [("sort=size", "sort"), ("status=Approved", "status"), ("source=%00", "source")] {
            assert!(parse(query).unwrap_err().detail().contains(name), "{query}");
        }
    }
}
