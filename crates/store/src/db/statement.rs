//! Statements: SQL from constants only, values as parameters only.

use std::borrow::Cow;

use security_monkey_model::{Digest, Timestamp};

use crate::dialect::Dialect;
use crate::{Result, StoreError};

/// The text of a statement that never varies; listed in its module's `STATEMENTS`, so that a test prepares it on both engines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql(pub(crate) &'static str);

/// Declares a module's constant statements, and the list of them.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* const $name: $crate::db::Sql = $crate::db::Sql($sql);)*
        /// Every constant statement of this module.
        pub(crate) const STATEMENTS: &[(&str, $crate::db::Sql)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use statements;

/// A value on its way into a statement.
#[derive(Debug, Clone)]
pub(crate) enum Param {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// PostgreSQL's text holds every character but NUL. AWS's names and messages have none; one that comes all the same is shown as
/// U+FFFD. Documents are not concerned: in JSON it is written `\u0000`.
fn without_nul(text: Cow<'_, str>) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{fffd}")
    } else {
        text.into_owned()
    }
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Param {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Param {
    fn from(value: bool) -> Self {
        Self::Integer(Some(i64::from(value)))
    }
}

impl From<u32> for Param {
    fn from(value: u32) -> Self {
        Self::Integer(Some(i64::from(value)))
    }
}

impl From<Timestamp> for Param {
    fn from(value: Timestamp) -> Self {
        Self::Integer(Some(value.as_micros()))
    }
}

impl From<Option<Timestamp>> for Param {
    fn from(value: Option<Timestamp>) -> Self {
        Self::Integer(value.map(Timestamp::as_micros))
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(Some(without_nul(Cow::Borrowed(value))))
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(Some(without_nul(Cow::Owned(value))))
    }
}

impl From<Option<&str>> for Param {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(|text| without_nul(Cow::Borrowed(text))))
    }
}

impl From<Option<String>> for Param {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(|text| without_nul(Cow::Owned(text))))
    }
}

impl From<&Digest> for Param {
    fn from(value: &Digest) -> Self {
        Self::Bytes(Some(value.as_bytes().to_vec()))
    }
}

impl From<Option<&Digest>> for Param {
    fn from(value: Option<&Digest>) -> Self {
        Self::Bytes(value.map(|digest| digest.as_bytes().to_vec()))
    }
}

impl From<Vec<u8>> for Param {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

macro_rules! number_params {
    ($($name:ident),*) => {$(
        impl From<crate::$name> for Param {
            fn from(value: crate::$name) -> Self {
                Self::Integer(Some(value.0))
            }
        }
    )*};
}
number_params!(
    ResourceRow,
    RevisionId,
    ScanId,
    FindingId,
    DeliveryId,
    SubscriptionId,
    TokenId
);

/// Stands for the next parameter in a built text until the engine is known.
const PARAMETER: char = '\u{1}';

/// A statement with its values.
#[derive(Debug)]
pub(crate) struct Statement {
    text: Cow<'static, str>,
    params: Vec<Param>,
}

impl Statement {
    pub(crate) const fn of(sql: Sql) -> Self {
        Self {
            text: Cow::Borrowed(sql.0),
            params: Vec::new(),
        }
    }

    /// Gives the next parameter its value.
    pub(crate) fn bind(mut self, value: impl Into<Param>) -> Self {
        self.params.push(value.into());
        self
    }

    /// The text as the engine wants it, and the values.
    ///
    /// PostgreSQL numbers parameters. SQLite could do so too, but looks numbered ones up in a list from its beginning, at every
    /// binding: with the 2,000 values of a bulk insert that was a fifth of the whole time. Constant texts, with their few
    /// parameters, keep their numbers on both.
    pub(crate) fn into_parts(self, dialect: Dialect) -> (String, Vec<Param>) {
        let text = match self.text {
            Cow::Borrowed(text) => text.to_owned(),
            Cow::Owned(text) => {
                let mut whole = String::with_capacity(text.len() + self.params.len() * 4);
                let mut pieces = text.split(PARAMETER);
                whole.push_str(pieces.next().unwrap_or_default());
                for (number, piece) in (1..).zip(pieces) {
                    match dialect {
                        Dialect::Postgres => {
                            whole.push('$');
                            whole.push_str(&i32::to_string(&number));
                        }
                        Dialect::Sqlite => whole.push('?'),
                    }
                    whole.push_str(piece);
                }
                whole
            }
        };
        (text, self.params)
    }
}

/// About so many values in one inserting statement: larger ones gain nothing (measured: 100 against 1,000 rows, ±20 %).
const MOST_VALUES: usize = 2_048;

/// A statement put together from constants.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    text: String,
    params: Vec<Param>,
    has_condition: bool,
}

impl Builder {
    pub(crate) fn new(sql: &'static str) -> Self {
        Self {
            text: sql.to_owned(),
            ..Self::default()
        }
    }

    /// Appends SQL.
    pub(crate) fn push(&mut self, sql: &'static str) -> &mut Self {
        self.text.push_str(sql);
        self
    }

    /// Appends a parameter with its value.
    pub(crate) fn value(&mut self, value: impl Into<Param>) -> &mut Self {
        self.params.push(value.into());
        self.text.push(PARAMETER);
        self
    }

    /// Appends `where` the first time and `and` from then on.
    pub(crate) fn condition(&mut self, sql: &'static str) -> &mut Self {
        self.text.push_str(if self.has_condition { " and " } else { " where " });
        self.has_condition = true;
        self.push(sql)
    }

    /// Appends a list in parentheses. Its length is rounded up to a power of two by repeating the last value, so that there are few
    /// different statements to prepare. An empty list matches nothing.
    pub(crate) fn list<P: Into<Param>>(&mut self, values: impl IntoIterator<Item = P>) -> &mut Self {
        let mut values: Vec<Param> = values.into_iter().map(Into::into).collect();
        let Some(last) = values.last().cloned() else {
            return self.push("(null)");
        };
        values.resize(values.len().next_power_of_two(), last);
        self.push("(");
        for (index, value) in values.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.value(value);
        }
        self.push(")")
    }

    /// `column in (…)` unless the list is empty, which restricts nothing.
    pub(crate) fn any_of<'v, T: AsRef<str> + 'v>(
        &mut self,
        column_in: &'static str,
        values: impl IntoIterator<Item = &'v T>,
    ) -> &mut Self {
        let values: Vec<&str> = values.into_iter().map(AsRef::as_ref).collect();
        if !values.is_empty() {
            self.condition(column_in).push(" ").list(values);
        }
        self
    }

    /// Appends `values (…), (…)` for an `update … from`; PostgreSQL and SQLite both call the columns `column1`, `column2`, ….
    pub(crate) fn rows<const N: usize>(&mut self, rows: impl IntoIterator<Item = [Param; N]>) -> &mut Self {
        self.push("values ");
        for (index, row) in rows.into_iter().enumerate() {
            self.push(if index > 0 { ", (" } else { "(" });
            for (column, value) in row.into_iter().enumerate() {
                if column > 0 {
                    self.push(", ");
                }
                self.value(value);
            }
            self.push(")");
        }
        self
    }

    /// Inserting statements for all rows: as many as possible with the most rows, the rest in powers of two, so that there are few
    /// different statements to prepare.
    pub(crate) fn inserts<const N: usize>(
        head: &'static str,
        rows: Vec<[Param; N]>,
        tail: &'static str,
    ) -> Vec<Statement> {
        in_powers_of_two(rows, MOST_VALUES / N)
            .map(|rows| {
                let mut builder = Self::new(head);
                builder.push(" ").rows(rows).push(" ").push(tail);
                builder.build()
            })
            .collect()
    }

    pub(crate) fn build(&mut self) -> Statement {
        Statement {
            text: Cow::Owned(std::mem::take(&mut self.text)),
            params: std::mem::take(&mut self.params),
        }
    }
}

/// Cuts the items into pieces of the greatest power of two that is at most `most`, and then of falling ones.
fn in_powers_of_two<T>(items: Vec<T>, most: usize) -> impl Iterator<Item = Vec<T>> {
    let mut left = items.into_iter();
    std::iter::from_fn(move || {
        let count = left.len();
        if count == 0 {
            return None;
        }
        let size = 1 << count.min(most.max(1)).ilog2();
        Some(left.by_ref().take(size).collect())
    })
}

/// Longest text that is looked for within another, in bytes: as long as an ARN gets. SQLite's LIKE takes 50,000.
const LONGEST_PART: usize = 2_048;

/// `%text%` with LIKE's own signs escaped by a backslash, in lower case.
///
/// # Errors
/// [`StoreError::InvalidRequest`] for a text that is too long.
pub(crate) fn containing(text: &str) -> Result<String> {
    if text.len() > LONGEST_PART {
        let what = format!("at most {LONGEST_PART} bytes of text can be looked for");
        return Err(StoreError::InvalidRequest(what));
    }
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    Ok(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_into_few_different_sizes() {
        let sizes: Vec<usize> = in_powers_of_two((0..300).collect(), 200)
            .map(|piece: Vec<i32>| piece.len())
            .collect();
        assert_eq!(sizes, [128, 128, 32, 8, 4]);
        assert_eq!(in_powers_of_two(Vec::<i32>::new(), 200).count(), 0);
    }

    #[test]
    fn values_travel_as_parameters_and_lists_are_padded() {
        let mut builder = Builder::new("select 1 from t");
        builder.any_of("a in", [&"x'; drop table t".to_owned()]);
        builder.condition("b in ").list([1_i64, 2, 3]);
        let (sql, params) = builder.build().into_parts(Dialect::Postgres);
        assert_eq!(sql, "select 1 from t where a in ($1) and b in ($2, $3, $4, $5)");
        assert_eq!(params.len(), 5);
        let mut builder = Builder::new("select 1 from t where a = ");
        builder.value(1_i64);
        assert_eq!(
            builder.build().into_parts(Dialect::Sqlite).0,
            "select 1 from t where a = ?"
        );
    }

    #[test]
    fn signs_of_like_are_escaped() {
        assert_eq!(containing("50%_A\\").unwrap(), "%50\\%\\_a\\\\%");
    }
}
