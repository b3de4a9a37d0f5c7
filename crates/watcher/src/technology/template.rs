//! Texts with places to fill: `arn:{@partition}:s3:::{Name}`.
//!
//! A place is a list of alternatives joined by `||`, of which the first that has a value counts: a path of the document, a
//! quoted text, or a word that starts with `@`: `@account`, `@region`, `@partition`, `@each` (the element of an `each` call, with a
//! path after it: `@each.AccessKeyId`). `|last:/` at the end keeps what follows the last `/`.

use std::fmt;

use security_monkey_model::document::{Document, Path, Segment};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A text with places to fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template {
    source: String,
    pieces: Vec<Piece>,
}

/// The text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{template}' is not a template: {reason} (write it like arn:{{@partition}}:s3:::{{Name}})")]
pub struct InvalidTemplate {
    /// The text.
    pub template: String,
    /// What is wrong with it.
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Place {
        alternatives: Vec<Source>,
        last: Option<char>,
    },
}

/// Where a place takes its value from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The number of the account.
    Account,
    /// The region of the scan's calls.
    Region,
    /// The partition: `aws`, `aws-cn`, `aws-us-gov`.
    Partition,
    /// The element an `each` call is made for, or a member of it.
    Each(Option<Path>),
    /// A path of the document.
    Document(Path),
    /// The text itself.
    Literal(String),
}

/// What places are filled with.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The account's number.
    pub account: &'a str,
    /// The region of the calls.
    pub region: &'a str,
    /// The partition.
    pub partition: &'a str,
    /// The document.
    pub document: &'a Document,
    /// The element of an `each` call.
    pub each: Option<&'a Document>,
}

impl Template {
    /// Parses the text.
    pub fn parse(text: &str) -> Result<Self, InvalidTemplate> {
        let fail = |reason: String| InvalidTemplate {
            template: text.chars().take(120).collect(),
            reason,
        };
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            if start > 0 {
                pieces.push(Piece::Literal(rest[..start].to_owned()));
            }
            let Some(length) = rest[start..].find('}') else {
                return Err(fail("a brace is not closed".to_owned()));
            };
            pieces.push(parse_place(&rest[start + 1..start + length]).map_err(fail)?);
            rest = &rest[start + length + 1..];
        }
        if rest.contains('}') {
            return Err(fail("a brace is closed that was not opened".to_owned()));
        }
        if !rest.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self {
            source: text.to_owned(),
            pieces,
        })
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Every source it reads.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.pieces.iter().flat_map(|piece| match piece {
            Piece::Literal(_) => &[][..],
            Piece::Place { alternatives, .. } => alternatives,
        })
    }

    /// Document paths it reads.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.sources().filter_map(|source| match source {
            Source::Document(path) => Some(path),
            _ => None,
        })
    }

    /// The filled text; `None` if a place has no value.
    pub fn text(&self, values: &Values<'_>) -> Option<String> {
        let mut out = String::with_capacity(self.source.len() + 24);
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Place { .. } => match place_value(piece, values)? {
                    Value::String(text) => out.push_str(&text),
                    other => out.push_str(&other.to_string()),
                },
            }
        }
        Some(out)
    }

    /// The filled value: a template that is one place keeps the type of what fills it.
    pub fn value(&self, values: &Values<'_>) -> Option<Value> {
        match &self.pieces[..] {
            [place @ Piece::Place { .. }] => place_value(place, values),
            _ => self.text(values).map(Value::String),
        }
    }
}

fn parse_place(text: &str) -> Result<Piece, String> {
    let (text, last) = match text.rsplit_once("|last:") {
        Some((before, separator)) if !before.ends_with('|') => {
            let mut characters = separator.chars();
            let (Some(character), None) = (characters.next(), characters.next()) else {
                return Err(format!("`last:` wants one character, not `{separator}`"));
            };
            (before, Some(character))
        }
        _ => (text, None),
    };
    let alternatives = text
        .split("||")
        .map(|source| parse_source(source.trim()))
        .collect::<Result<_, _>>()?;
    Ok(Piece::Place { alternatives, last })
}

fn parse_source(text: &str) -> Result<Source, String> {
    match text {
        "@account" => return Ok(Source::Account),
        "@region" => return Ok(Source::Region),
        "@partition" => return Ok(Source::Partition),
        "@each" => return Ok(Source::Each(None)),
        _ => {}
    }
    if let Some(path) = text.strip_prefix("@each.") {
        return Ok(Source::Each(Some(
            Path::parse(path).map_err(|error| error.to_string())?,
        )));
    }
    if text.starts_with('@') {
        return Err(format!("`{text}` is none of @account, @region, @partition, @each"));
    }
    if let Some(literal) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        return Ok(Source::Literal(literal.to_owned()));
    }
    let path = Path::parse(text).map_err(|error| error.to_string())?;
    if path
        .segments()
        .iter()
        .all(|segment| matches!(segment, Segment::Member(_)))
    {
        Ok(Source::Document(path))
    } else {
        Err(format!("`{text}` may point to several values"))
    }
}

fn place_value(piece: &Piece, values: &Values<'_>) -> Option<Value> {
    let Piece::Place { alternatives, last } = piece else {
        return None;
    };
    let value = alternatives.iter().find_map(|source| match source {
        Source::Account => Some(Value::from(values.account)),
        Source::Region => Some(Value::from(values.region)),
        Source::Partition => Some(Value::from(values.partition)),
        Source::Each(None) => values.each.cloned(),
        Source::Each(Some(path)) => values.each.and_then(|each| present(path, each)),
        Source::Document(path) => present(path, values.document),
        Source::Literal(text) => Some(Value::from(text.as_str())),
    })?;
    match (last, &value) {
        (Some(separator), Value::String(text)) => {
            let tail = text.rsplit(*separator).next().unwrap_or(text);
            Some(Value::from(tail))
        }
        _ => Some(value),
    }
}

fn present(path: &Path, document: &Document) -> Option<Value> {
    let mut found = document;
    for segment in path.segments() {
        let Segment::Member(name) = segment else { return None };
        found = found.get(name)?;
    }
    match found {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        value => Some(value.clone()),
    }
}

impl TryFrom<String> for Template {
    type Error = InvalidTemplate;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> Self {
        template.source
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl schemars::JsonSchema for Template {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Template".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A text with places to fill, like arn:{@partition}:s3:::{Name}; alternatives are joined by ||, |last:/ keeps what follows the last slash"
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(template: &str, document: &Value) -> Option<Value> {
        Template::parse(template).unwrap().value(&Values {
            account: "123456789012",
            region: "eu-west-1",
            partition: "aws",
            document,
            each: Some(&json!({"Id": "k"})),
        })
    }

    #[test]
    fn places_are_filled() {
        let document = json!({"Name": "b", "A": {"B": 7}, "Url": "https://h/1/queue", "Empty": ""});
        assert_eq!(
            fill("arn:{@partition}:s3:::{Name}", &document),
            Some(json!("arn:aws:s3:::b"))
        );
        assert_eq!(fill("{A.B}", &document), Some(json!(7)));
        assert_eq!(fill("x{A.B}", &document), Some(json!("x7")));
        assert_eq!(fill("{Url|last:/}", &document), Some(json!("queue")));
        assert_eq!(
            fill("{Absent || Empty || 'us-east-1'}", &document),
            Some(json!("us-east-1"))
        );
        assert_eq!(fill("{@each.Id}", &document), Some(json!("k")));
        assert_eq!(fill("{Absent}", &document), None);
        assert_eq!(
            fill("{@account}/{@region}", &document),
            Some(json!("123456789012/eu-west-1"))
        );
        assert_eq!(fill("plain", &document), Some(json!("plain")));
    }

    #[test]
    fn a_broken_template_says_why() {
        for (text, reason) in [
            ("{Name", "a brace is not closed"),
            ("Name}", "a brace is closed that was not opened"),
            ("{@accont}", "`@accont` is none of @account, @region, @partition, @each"),
            ("{A[].B}", "`A[].B` may point to several values"),
            ("{A|last:ab}", "`last:` wants one character, not `ab`"),
        ] {
            assert_eq!(Template::parse(text).unwrap_err().reason, reason);
        }
    }
}
