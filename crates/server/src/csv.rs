//! CSV lines (RFC 4180) that no spreadsheet executes.

use std::future::Future;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use futures::stream;
use security_monkey_store::{Cursor, PageOf};

use crate::problem::Problem;

/// A list as a file to download, all pages: a header line, then a line for each item.
pub(crate) async fn download<T, F, P>(
    file: &'static str,
    columns: &'static [&'static str],
    next_page: F,
    line_of: impl Fn(&T) -> String + Send + Sync + Clone + 'static,
) -> Result<Response, Problem>
where
    T: Send + 'static,
    F: Fn(Option<Cursor>) -> P + Send + Sync + 'static,
    P: Future<Output = Result<PageOf<T>, Problem>> + Send + 'static,
{
    // The first page is read before the answer begins, so that a failure is still a problem.
    let first = next_page(None).await?;
    let header = Bytes::from(line(columns.iter().copied()));
    let lines = stream::try_unfold((Some(first), next_page), move |(page, next_page)| {
        let line_of = line_of.clone();
        async move {
            let Some(page) = page else { return Ok(None) };
            let text: String = page.items.iter().map(line_of).collect();
            let next = match page.next {
                None => None,
                Some(cursor) => Some(
                    next_page(Some(cursor))
                        .await
                        .map_err(|problem| std::io::Error::other(problem.detail))?,
                ),
            };
            Ok::<_, std::io::Error>(Some((Bytes::from(text), (next, next_page))))
        }
    });
    let body = Body::from_stream(stream::once(async { Ok(header) }).chain(lines));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{file}\"")),
    ];
    Ok((headers, body).into_response())
}

/// One line with its line end. A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
/// Injection): names and tags of resources are written by whoever owns the account.
pub(crate) fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
        let is_quoted = is_formula || cell.contains(['"', ',', '\n', '\r', ';', '\t']) || cell.starts_with(' ');
        if is_quoted {
            line.push('"');
        }
        if is_formula {
            line.push('\'');
        }
        for character in cell.chars() {
            if character == '"' {
                line.push('"');
            }
            line.push(character);
        }
        if is_quoted {
            line.push('"');
        }
    }
    line.push_str("\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(line(["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(
            line(["a,b", "say \"x\"", "two\nlines"]),
            "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn formulas_are_text() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"] {
            assert!(line([cell]).starts_with("\"'"), "{cell:?} became {:?}", line([cell]));
        }
        assert_eq!(line(["a=1"]), "a=1\r\n");
    }
}
