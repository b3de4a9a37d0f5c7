//! Paths into documents: `LoginProfile.CreateDate`, `AccessKeys[].LastUsed`, `Environment.Variables.*`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Document;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A member by name.
    Member(String),
    /// Every element of a list: `[]`.
    Elements,
    /// Every member of an object: `*`.
    Members,
}

/// A path in technology files. Names are joined by dots; `[]` means every element, `*` every member; a name that holds a
/// dot or bracket is written in double quotes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(Vec<Segment>);

/// The text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{path}' is not a document path: {reason} (write it like AccessKeys[].LastUsed or Variables.*)")]
pub struct InvalidPath {
    /// The text.
    pub path: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Path {
    /// Parses a path.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        let fail = |reason| {
            Err(InvalidPath {
                path: text.chars().take(120).collect(),
                reason,
            })
        };
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[]") {
                segments.push(Segment::Elements);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('"') {
                let Some(end) = after.find('"') else {
                    return fail("a quote is not closed");
                };
                segments.push(Segment::Member(after[..end].to_owned()));
                rest = &after[end + 1..];
            } else {
                let end = rest.find(['.', '[', '"', ']']).unwrap_or(rest.len());
                let name = &rest[..end];
                if name.is_empty() {
                    return fail("a name is empty");
                }
                segments.push(if name == "*" {
                    Segment::Members
                } else {
                    Segment::Member(name.to_owned())
                });
                rest = &rest[end..];
            }
            match rest.as_bytes().first() {
                None | Some(b'[') => {}
                Some(b'.') if rest.len() > 1 => rest = &rest[1..],
                Some(b'.') => return fail("it ends with a dot"),
                Some(_) => return fail("a dot is missing"),
            }
        }
        if segments.is_empty() {
            fail("it is empty")
        } else {
            Ok(Self(segments))
        }
    }

    /// The steps.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Every value the path points to.
    pub fn select<'d>(&self, document: &'d Document) -> Vec<&'d Document> {
        let mut found = vec![document];
        for segment in &self.0 {
            found = found
                .into_iter()
                .flat_map(|value| -> Box<dyn Iterator<Item = &'d Document>> {
                    match (segment, value) {
                        (Segment::Member(name), Document::Object(members)) => Box::new(members.get(name).into_iter()),
                        (Segment::Elements, Document::Array(elements)) => Box::new(elements.iter()),
                        (Segment::Members, Document::Object(members)) => Box::new(members.values()),
                        _ => Box::new(std::iter::empty()),
                    }
                })
                .collect();
        }
        found
    }

    /// Calls `edit` on every value the path points to; `None` from it removes the value from its object or list.
    pub fn edit(&self, document: &mut Document, edit: &mut dyn FnMut(Document) -> Option<Document>) {
        edit_segments(&self.0, document, edit);
    }
}

fn edit_segments(segments: &[Segment], value: &mut Document, edit: &mut dyn FnMut(Document) -> Option<Document>) {
    let Some((first, rest)) = segments.split_first() else {
        return;
    };
    match (first, value) {
        (Segment::Member(name), Document::Object(members)) => {
            if rest.is_empty() {
                if let Some(old) = members.remove(name)
                    && let Some(new) = edit(old)
                {
                    members.insert(name.clone(), new);
                }
            } else if let Some(member) = members.get_mut(name) {
                edit_segments(rest, member, edit);
            }
        }
        (Segment::Elements, Document::Array(elements)) => {
            if rest.is_empty() {
                let old = std::mem::take(elements);
                elements.extend(old.into_iter().filter_map(&mut *edit));
            } else {
                for element in elements {
                    edit_segments(rest, element, edit);
                }
            }
        }
        (Segment::Members, Document::Object(members)) => {
            if rest.is_empty() {
                let old = std::mem::take(members);
                members.extend(old.into_iter().filter_map(|(name, member)| Some((name, edit(member)?))));
            } else {
                for member in members.values_mut() {
                    edit_segments(rest, member, edit);
                }
            }
        }
        _ => {}
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Elements => f.write_str("[]")?,
                other => {
                    if index > 0 {
                        f.write_str(".")?;
                    }
                    match other {
                        Segment::Member(name) if name == "*" || name.contains(['.', '[', ']']) => {
                            write!(f, "\"{name}\"")?;
                        }
                        Segment::Member(name) => f.write_str(name)?,
                        _ => f.write_str("*")?,
                    }
                }
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Path {
    type Error = InvalidPath;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.to_string()
    }
}

impl schemars::JsonSchema for Path {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DocumentPath".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A document path like AccessKeys[].LastUsed or Variables.*" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_round_trips() {
        for text in ["A", "A.B", "A[].B", "A.*", "A[][].B", "A.\"x.y\".B", "\"*\".A"] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_broken_path_says_why() {
        for (text, reason) in [
            ("", "it is empty"),
            ("A.", "it ends with a dot"),
            ("A..B", "a name is empty"),
            ("A[]B", "a dot is missing"),
            ("\"A", "a quote is not closed"),
        ] {
            assert_eq!(Path::parse(text).unwrap_err().reason, reason, "{text}");
        }
    }

    #[test]
    fn select_and_edit_see_the_same_values() {
        let mut document = json!({"A": [{"B": 1}, {"B": 2}, {"C": 3}], "V": {"x": 1, "y": 2}});
        assert_eq!(Path::parse("A[].B").unwrap().select(&document), [&json!(1), &json!(2)]);
        Path::parse("A[].B").unwrap().edit(&mut document, &mut |_| None);
        Path::parse("V.*")
            .unwrap()
            .edit(&mut document, &mut |value| Some(json!(value.as_i64().unwrap() + 1)));
        assert_eq!(document, json!({"A": [{}, {}, {"C": 3}], "V": {"x": 2, "y": 3}}));
    }
}
