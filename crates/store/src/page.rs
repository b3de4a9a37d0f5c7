//! Keyset pages: a list is read forward from a cursor, never by offset, so that it neither skips nor repeats while rows are added.

use serde::{Deserialize, Serialize};

use crate::{Result, StoreError};

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

impl Page {
    /// How many items to return.
    pub(crate) fn size(&self) -> usize {
        self.limit.clamp(1, Self::MOST) as usize
    }

    /// How many rows to read: one more than are returned, to know whether there is a next page.
    pub(crate) fn rows(&self) -> i64 {
        i64::from(self.limit.clamp(1, Self::MOST)) + 1
    }

    /// The numbers of the cursor, if the page has one.
    ///
    /// # Errors
    /// [`StoreError::InvalidRequest`] when the cursor is none that this list gave out.
    pub(crate) fn numbers<const N: usize>(&self) -> Result<Option<[i64; N]>> {
        let Some(cursor) = &self.after else { return Ok(None) };
        let numbers: Option<Vec<i64>> = cursor.0.split('.').map(|part| part.parse().ok()).collect();
        match numbers.and_then(|numbers| numbers.try_into().ok()) {
            Some(numbers) => Ok(Some(numbers)),
            None => Err(not_of_this_list()),
        }
    }
}

pub(crate) fn not_of_this_list() -> StoreError {
    StoreError::InvalidRequest("the cursor is not one that this list has given out".to_owned())
}

impl Cursor {
    pub(crate) fn of(numbers: &[i64]) -> Self {
        let parts: Vec<String> = numbers.iter().map(i64::to_string).collect();
        Self(parts.join("."))
    }
}

impl<T> PageOf<T> {
    /// A page of what was read by [`Page::rows`].
    pub(crate) fn cut(mut items: Vec<T>, page: &Page, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let has_more = items.len() > page.size();
        items.truncate(page.size());
        let next = items.last().filter(|_| has_more).map(cursor);
        Self { items, next }
    }
}
