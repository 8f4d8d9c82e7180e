//! Pages of lists: `?limit=&cursor=`, and the cursor of the next one in the answer.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::Serialize;
use url::form_urlencoded;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::{
    fields::invalid,
    problem::{Problem, ProblemKind},
};

/// Entries of a page where nobody says how many, and at most.
const DEFAULT_LIMIT: u16 = 50;
const MOST: u16 = 200;

/// Which page of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PageQueryParams {
    /// 1 to 200.
    limit: u16,
    /// Where the page before this one ended.
    pub(crate) cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    items: Vec<T>,
    /// What to send as `cursor` for the next page; null on the last one.
    next_cursor: Option<String>,
}

impl PageQueryParams {
    /// How many rows to read: one more than the page has, which tells whether there is another page.
    pub(crate) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// How many entries the page has at most.
    pub(crate) fn limit(&self) -> usize {
        usize::from(self.limit)
    }

    /// The cursor of a list that goes by id.
    pub(crate) fn id_cursor(&self) -> Result<Option<Uuid>, Problem> {
        let parse = |cursor: &String| cursor.parse().map_err(|_| unknown_cursor());
        self.cursor.as_ref().map(parse).transpose()
    }

    /// The cursor of a list that goes by number.
    pub(crate) fn number_cursor(&self) -> Result<Option<i64>, Problem> {
        let parse = |cursor: &String| cursor.parse().map_err(|_| unknown_cursor());
        self.cursor.as_ref().map(parse).transpose()
    }

    /// The page that is made of these rows, whose cursor is `cursor` of its last one.
    pub(crate) fn page<R, T: From<R>>(&self, mut rows: Vec<R>, cursor: impl Fn(&R) -> String) -> Page<T> {
        let next_cursor = self.cut(&mut rows, cursor);
        Page { items: rows.into_iter().map(T::from).collect(), next_cursor }
    }

    /// Cuts rows to the page's length; the cursor of the next page where there is one.
    pub(crate) fn cut<R>(&self, rows: &mut Vec<R>, cursor: impl Fn(&R) -> String) -> Option<String> {
        let has_more = rows.len() > usize::from(self.limit);
        rows.truncate(usize::from(self.limit));
        rows.last().filter(|_| has_more).map(cursor)
    }

    /// [`PageQueryParams::cut`] for a page that ends before a row: what is too much comes first.
    pub(crate) fn cut_front<R>(&self, rows: &mut Vec<R>, cursor: impl Fn(&R) -> String) -> Option<String> {
        let too_many = rows.len().saturating_sub(usize::from(self.limit));
        rows.drain(..too_many);
        rows.first().filter(|_| too_many > 0).map(cursor)
    }
}

impl<T> Page<T> {
    /// A page of these entries.
    pub(crate) fn new(items: Vec<T>, next_cursor: Option<String>) -> Self {
        Self { items, next_cursor }
    }
}

impl<S: Sync> FromRequestParts<S> for PageQueryParams {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse(parts.uri.query().unwrap_or_default())
    }
}

fn parse(query: &str) -> Result<PageQueryParams, Problem> {
    let mut params = PageQueryParams { limit: DEFAULT_LIMIT, cursor: None };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MOST).contains(limit));
                params.limit = limit.ok_or_else(|| invalid("limit", "it must be a whole number from 1 to 200"))?;
            }
            "cursor" if !value.contains('\0') => params.cursor = Some(value.into_owned()),
            "cursor" => return Err(unknown_cursor()),
            _ => {}
        }
    }
    Ok(params)
}

/// The id in a path.
///
/// # Errors
///
/// A problem with status 404: nothing has such an id.
pub(crate) fn parse_id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| nothing_there())
}

/// There is nothing of this id, or nothing that the caller may know of.
pub(crate) fn nothing_there() -> Problem {
    Problem::new(ProblemKind::NotFound, "There is nothing of this id that you can see.")
}

/// The cursor is none of this list's.
pub(crate) fn unknown_cursor() -> Problem {
    invalid("cursor", "it must be the next_cursor of the page before, as it was sent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_has_a_cursor_where_another_follows() {
        let params = parse("limit=2&other=1").unwrap();
        let page: Page<u8> = params.page(vec![1_u8, 2, 3], ToString::to_string);
        assert_eq!((page.items, page.next_cursor.as_deref()), (vec![1, 2], Some("2")));
        let page: Page<u8> = params.page(vec![1_u8, 2], ToString::to_string);
        assert_eq!((page.items.len(), page.next_cursor), (2, None));
        let mut rows = vec![1_u8, 2, 3];
        assert_eq!((params.cut_front(&mut rows, ToString::to_string).as_deref(), rows), (Some("2"), vec![2, 3]));
    }

    #[test]
    fn limits_out_of_range_are_refused() {
        for wrong in ["limit=0", "limit=201", "limit=", "limit=x", "cursor=a%00b"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse("cursor=x").unwrap().id_cursor().is_err());
        assert_eq!(parse("").unwrap().rows(), 51);
    }
}
