//! Pages of lists: a bounded number of items and an opaque cursor to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use security_monkey_store as store;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Code, Problem};

/// How many items a page has unless the caller says.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most a page can have.
pub const GREATEST_LIMIT: u32 = 500;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PageOf<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Give this as `after` to get the next page; null: this is the last.
    pub next: Option<String>,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageParameters {
    /// The cursor `next` of the page before; leave it out for the first page.
    #[serde(default)]
    pub after: Option<String>,
    /// At most this many items.
    #[serde(default)]
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<u32>,
}

impl<T> PageOf<T> {
    /// The store's page, item by item in the API's form.
    pub fn of<U>(page: store::PageOf<U>, convert: impl FnMut(U) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(convert).collect(),
            next: page.next.map(|cursor| URL_SAFE_NO_PAD.encode(cursor.0)),
        }
    }
}

impl PageParameters {
    /// The page that is asked for.
    pub fn page(self) -> Result<store::Page, Problem> {
        page(self.after, self.limit)
    }
}

/// The page that is asked for, within bounds. Whether the cursor belongs to the list is the store's to judge.
pub fn page(after: Option<String>, limit: Option<u32>) -> Result<store::Page, Problem> {
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=GREATEST_LIMIT).contains(&limit) {
        return Err(Problem::invalid(format!(
            "query: limit: 1 to {GREATEST_LIMIT} is wanted"
        )));
    }
    Ok(store::Page {
        after: after.map(|text| decoded(&text)).transpose()?,
        limit,
    })
}

/// The store's cursor in what a caller sent back. Encoded, so that any store's cursor is safe in a query string.
fn decoded(text: &str) -> Result<store::Cursor, Problem> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(store::Cursor)
        .ok_or_else(|| {
            Problem::new(
                Code::InvalidCursor,
                "query: after: this list has given out no such cursor",
            )
        })
}
