//! CSV lines (RFC 4180) that no spreadsheet executes.

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
