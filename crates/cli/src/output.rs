//! Printing lists: one listing, four formats. Data goes to stdout, talk to stderr.

use std::fmt::{self, Write as _};
use std::io::{self, Write};

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use crate::arguments::Format;

/// `println!` whose failure is an error instead of a panic: the reader may go away (`| head`).
macro_rules! outln {
    ($($argument:tt)*) => { $crate::output::data(format_args!($($argument)*)) };
}
pub(crate) use outln;

/// `eprintln!` that does not panic: talk that nobody hears is no failure.
macro_rules! errln {
    ($($argument:tt)*) => { $crate::output::talk(format_args!($($argument)*)) };
}
pub(crate) use errln;

/// Whoever reads our output went away; no other broken connection is this.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
pub(crate) struct ReaderGone;

/// A line of data, to stdout.
pub(crate) fn data(line: fmt::Arguments<'_>) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{line}").map_err(unwritten)
}

fn unwritten(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        ReaderGone.into()
    } else {
        anyhow::Error::new(error).context("write the output")
    }
}

/// A line of talk, to stderr.
pub(crate) fn talk(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A count with its noun: `1 chain entry`, `2 chain entries`.
pub(crate) fn counted<N: Copy + fmt::Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    format!("{count} {}", if count == N::from(1) { one } else { many })
}

/// Rows with the columns that tables and CSV show; JSON has every member.
pub(crate) struct Listing {
    /// Member of a row → heading.
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// JSON objects.
    pub(crate) rows: Vec<Value>,
    /// What to say in a table without rows.
    pub(crate) empty: &'static str,
}

impl Listing {
    /// Prints to stdout.
    pub(crate) fn print(&self, format: Format) -> anyhow::Result<()> {
        self.write(format, &mut io::stdout().lock())
    }

    /// Prints.
    pub(crate) fn write(&self, format: Format, out: &mut dyn Write) -> anyhow::Result<()> {
        let text = match format {
            Format::Table if self.rows.is_empty() => format!("{}\n", self.empty),
            Format::Table => format!("{}\n", self.table()),
            Format::Json => format!("{}\n", serde_json::to_string_pretty(&self.rows)?),
            Format::Jsonl => self.rows.iter().fold(String::new(), |mut text, row| {
                let _ = writeln!(text, "{row}");
                text
            }),
            Format::Csv => self.csv()?,
        };
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(unwritten)
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table
            .load_style(UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(self.columns.iter().map(|(_, heading)| *heading));
        for row in &self.rows {
            table.add_row(self.columns.iter().map(|(member, _)| printable(&text(&row[*member]))));
        }
        table
    }

    fn csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|(member, _)| *member))?;
        for row in &self.rows {
            writer.write_record(self.columns.iter().map(|(member, _)| inert(text(&row[*member]))))?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(elements) => elements.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// A name in AWS may hold anything; a terminal must not obey it.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_control() { '\u{fffd}' } else { character })
        .collect()
}

/// A cell that a spreadsheet would run as a formula is prefixed by a quote (OWASP "CSV Injection").
fn inert(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listing() -> Listing {
        Listing {
            columns: &[("name", "Name"), ("tags", "Tags")],
            rows: vec![
                json!({"name": "=cmd()", "tags": ["a", "b"], "more": 1}),
                json!({"name": "x\u{1b}[2J"}),
            ],
            empty: "nothing",
        }
    }

    fn written(format: Format) -> String {
        let mut out = Vec::new();
        listing().write(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_spreadsheet_gets_no_formula() {
        assert_eq!(written(Format::Csv).lines().nth(1), Some("'=cmd(),\"a, b\""));
    }

    #[test]
    fn a_terminal_gets_no_escape_sequence() {
        assert!(!written(Format::Table).contains('\u{1b}'));
    }

    #[test]
    fn json_lines_keep_every_member() {
        assert_eq!(
            written(Format::Jsonl).lines().next(),
            Some(r#"{"more":1,"name":"=cmd()","tags":["a","b"]}"#)
        );
    }
}
