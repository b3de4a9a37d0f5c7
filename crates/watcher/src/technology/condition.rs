//! Conditions on a document: which elements are resources, which resources get a detail call.

use schemars::JsonSchema;
use security_monkey_model::document::Path;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::template::{Template, Values};

/// A condition on the values at one path. Texts are compared with patterns in which `*` stands for any text;
/// numbers and truth values as they are written in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The path.
    pub path: Path,
    /// At least one value matches at least one of these patterns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Vec<Template>>,
    /// No value matches any of these patterns; holds when there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_not: Option<Vec<Template>>,
    /// Whether there is a value that is neither null nor an empty text, list or object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<bool>,
}

impl Condition {
    /// Whether the document meets the condition.
    pub fn holds(&self, values: &Values<'_>) -> bool {
        let found = self.path.select(values.document);
        let matches = |patterns: &[Template]| {
            patterns
                .iter()
                .filter_map(|pattern| pattern.text(values))
                .any(|pattern| {
                    found.iter().any(|value| match value {
                        Value::String(text) => glob(&pattern, text),
                        other => other.to_string() == pattern,
                    })
                })
        };
        self.is.as_deref().is_none_or(matches)
            && !self.is_not.as_deref().is_some_and(matches)
            && self
                .present
                .is_none_or(|wanted| found.iter().any(|value| !is_empty(value)) == wanted)
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether the text matches the pattern, in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(position) => rest = &rest[position + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(condition: &str, document: &Value) -> bool {
        let condition: Condition = toml::from_str(condition).unwrap();
        condition.holds(&Values {
            account: "123456789012",
            region: "eu-west-1",
            partition: "aws",
            document,
            each: None,
        })
    }

    #[test]
    fn patterns_match_whole_texts() {
        for (pattern, text, expected) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("a*", "ab", true),
            ("*b", "ab", true),
            ("a*c", "abbc", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("*", "", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn each_part_of_a_condition_counts() {
        let document = json!({"HomeRegion": "eu-west-1", "On": true, "Empty": []});
        assert!(holds("path = 'HomeRegion'\nis = ['{@region}']", &document));
        assert!(!holds("path = 'HomeRegion'\nis_not = ['eu-*']", &document));
        assert!(holds("path = 'On'\nis = ['true']", &document));
        assert!(holds("path = 'Empty'\npresent = false", &document));
        assert!(!holds("path = 'Absent'\npresent = true", &document));
        assert!(holds("path = 'Absent'\nis_not = ['x']", &document));
        assert!(!holds("path = 'Absent'\nis = ['x']", &document));
    }
}
