//! Rows: columns by name, decoded into the words of the model.

use std::fmt::Display;

use security_monkey_model::{Digest, Timestamp};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::{Result, StoreError};

/// A row of either engine.
pub(crate) enum Row {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

macro_rules! column {
    ($row:expr, $name:expr) => {
        match $row {
            Row::Postgres(row) => row.try_get($name),
            Row::Sqlite(row) => row.try_get($name),
        }
        .map_err(|error| StoreError::Driver { source: error.into() })
    };
}

impl Row {
    pub(crate) fn integer(&self, name: &str) -> Result<i64> {
        column!(self, name)
    }

    pub(crate) fn optional_integer(&self, name: &str) -> Result<Option<i64>> {
        column!(self, name)
    }

    pub(crate) fn text(&self, name: &str) -> Result<String> {
        column!(self, name)
    }

    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<String>> {
        column!(self, name)
    }

    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        column!(self, name)
    }

    pub(crate) fn is_true(&self, name: &str) -> Result<bool> {
        Ok(self.integer(name)? != 0)
    }

    /// A count.
    pub(crate) fn count(&self, name: &str) -> Result<u64> {
        u64::try_from(self.integer(name)?).map_err(|_| corrupt(name, "a negative count"))
    }

    pub(crate) fn time(&self, name: &str) -> Result<Timestamp> {
        Ok(Timestamp::from_micros(self.integer(name)?))
    }

    pub(crate) fn optional_time(&self, name: &str) -> Result<Option<Timestamp>> {
        Ok(self.optional_integer(name)?.map(Timestamp::from_micros))
    }

    pub(crate) fn digest(&self, name: &str) -> Result<Digest> {
        digest(name, self.bytes(name)?)
    }

    pub(crate) fn optional_digest(&self, name: &str) -> Result<Option<Digest>> {
        let bytes: Option<Vec<u8>> = column!(self, name)?;
        bytes.map(|bytes| digest(name, bytes)).transpose()
    }

    /// A text that is an id of the model.
    pub(crate) fn id<T: std::str::FromStr<Err: Display>>(&self, name: &str) -> Result<T> {
        self.text(name)?.parse().map_err(|error: T::Err| corrupt(name, error))
    }

    /// A text that is one of a few words.
    pub(crate) fn word<T>(&self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        let text = self.text(name)?;
        parse(&text).ok_or_else(|| corrupt(name, format!("'{text}' is no word of ours")))
    }

    /// A text that is JSON.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_str(&self.text(name)?).map_err(|error| corrupt(name, error))
    }
}

fn digest(name: &str, bytes: Vec<u8>) -> Result<Digest> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| corrupt(name, "a digest has 32 bytes"))?;
    Ok(Digest::from_bytes(bytes))
}

fn corrupt(column: &str, what: impl Display) -> StoreError {
    StoreError::Corrupt(format!("column {column}: {what}"))
}
