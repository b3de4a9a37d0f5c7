//! Pages of lists: a bounded number of items and an opaque cursor to the next.

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
            next: page.next.map(|cursor| cursor.0),
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
    if after.as_ref().is_some_and(|cursor| cursor.len() > 10_000) {
        return Err(Problem::new(
            Code::InvalidCursor,
            "query: after: no cursor is that long",
        ));
    }
    Ok(store::Page {
        after: after.map(store::Cursor),
        limit,
    })
}
