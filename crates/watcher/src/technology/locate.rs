//! Where something stands in a TOML file: line and column of a key path.

use toml::de::{DeTable, DeValue};

/// One step of a key path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A member of a table.
    Name(&'static str),
    /// A member of a table whose name comes from the file.
    Parameter(String),
    /// An element of an array.
    Index(usize),
}

/// Line and column (both from 1, columns in characters) of what stands at the key path, or of its nearest ancestor that exists.
pub(crate) fn locate(text: &str, path: &[Key]) -> (usize, usize) {
    let Ok(document) = DeTable::parse(text) else {
        return (1, 1);
    };
    let root = document.into_inner();
    let mut offset = 0;
    let mut table: Option<&DeTable<'_>> = Some(&root);
    let mut array: Option<&toml::de::DeArray<'_>> = None;
    for key in path {
        let value = match key {
            Key::Name(_) | Key::Parameter(_) => {
                let name = match key {
                    Key::Name(name) => name,
                    Key::Parameter(name) => name.as_str(),
                    Key::Index(_) => break,
                };
                table.and_then(|table| table.get(name))
            }
            Key::Index(index) => array.and_then(|array| array.get(*index)),
        };
        let Some(value) = value else { break };
        offset = value.span().start;
        (table, array) = match value.get_ref() {
            DeValue::Table(table) => (Some(table), None),
            DeValue::Array(array) => (None, Some(array)),
            _ => (None, None),
        };
    }
    position(text, offset)
}

/// Line and column of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_path_has_a_place() {
        let text = "id = 'x'\n\n[[detail]]\noperation = 'A'\n[[detail]]\noperation = 'B'\nparams = { Name = '{X}' }\n";
        let name = |name| Key::Name(name);
        assert_eq!(locate(text, &[name("id")]), (1, 6));
        assert_eq!(
            locate(text, &[name("detail"), Key::Index(1), name("operation")]),
            (6, 13)
        );
        assert_eq!(
            locate(
                text,
                &[
                    name("detail"),
                    Key::Index(1),
                    name("params"),
                    Key::Parameter("Name".into())
                ]
            ),
            (7, 19)
        );
        // What does not exist is shown at its nearest ancestor.
        assert_eq!(locate(text, &[name("detail"), Key::Index(0), name("take")]).0, 3);
    }
}
