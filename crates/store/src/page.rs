//! Keyset pages: a list is read forward from a cursor, never by offset, so that it neither skips nor repeats while rows are added.

use serde::{Deserialize, Serialize};

/// The place after which a page begins. Opaque to callers: take it from [`PageOf::next`] and give it back with the same filter and order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Begin after this place; none: at the start.
    pub after: Option<Cursor>,
    /// At most so many items; 1 to [`Page::MOST`], other values are brought into that range.
    pub limit: u32,
}

impl Page {
    /// The most items of one page.
    pub const MOST: u32 = 1_000;

    /// The first `limit` items.
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }

    /// The `limit` items after this place.
    pub const fn after(cursor: Cursor, limit: u32) -> Self {
        Self {
            after: Some(cursor),
            limit,
        }
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::first(100)
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageOf<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; none: this is the last.
    pub next: Option<Cursor>,
}
