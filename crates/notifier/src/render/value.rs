//! Values as people read them: pretty, masked, bounded, and unable to disguise themselves.

use std::fmt::Write as _;

use security_monkey_model::Document;

/// Characters of one value that a message shows.
const VALUE_LIMIT: usize = 4_000;

/// A document's value as text: strings bare, everything else as indented JSON, secrets as a short mark.
pub(super) fn shown(value: &Document) -> String {
    let text = match masked(value) {
        Document::String(text) => text.lines().map(one_line).collect::<Vec<_>>().join("\n"),
        other => serde_json::to_string_pretty(&other).unwrap_or_else(|_| other.to_string()),
    };
    let text = visible(&text);
    let length = text.chars().count();
    if length <= VALUE_LIMIT {
        return text;
    }
    let mut short: String = text.chars().take(VALUE_LIMIT).collect();
    let _ = write!(short, "\n… ({} more characters)", length - VALUE_LIMIT);
    short
}

/// The digest that stands for a secret, shortened so that people see *that* it changed and no more.
pub(super) fn shown_secret(digest: &Document) -> String {
    let digest = digest.as_str().unwrap_or_default();
    let short: String = digest.trim_start_matches("sha256:").chars().take(8).collect();
    format!("(secret, digest {short}…)")
}

/// One line without characters that move, hide or break text.
pub(super) fn one_line(text: &str) -> String {
    visible(text)
        .chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Bidirectional overrides and invisible characters become their escapes: a name in AWS may be chosen by an attacker, and
/// `exe.\u{202e}gpj` must not read as something else. Line breaks and tabs stay.
fn visible(text: &str) -> String {
    let disguises = |character: char| matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if !text.contains(disguises) {
        return text.to_owned();
    }
    text.chars()
        .map(|character| {
            if disguises(character) {
                character.escape_unicode().to_string()
            } else {
                character.to_string()
            }
        })
        .collect()
}

/// The value with every secret's digest shortened.
fn masked(value: &Document) -> Document {
    match value {
        Document::Object(members) => {
            if let (1, Some(digest)) = (members.len(), members.get("$digest")) {
                return Document::String(shown_secret(digest));
            }
            Document::Object(
                members
                    .iter()
                    .map(|(name, member)| (name.clone(), masked(member)))
                    .collect(),
            )
        }
        Document::Array(elements) => Document::Array(elements.iter().map(masked).collect()),
        other => other.clone(),
    }
}
