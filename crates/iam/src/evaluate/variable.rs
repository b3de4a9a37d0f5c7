//! Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, `${*}`.
//!
//! Source: IAM User Guide, "IAM policy elements: Variables and tags". Variables exist only in version 2012-10-17; before,
//! the text stands for itself.

use std::borrow::Cow;

use super::request::Request;
use crate::document::Version;
use crate::pattern::{self, Case, Token};

/// Whether a text of a policy holds a variable.
pub(crate) fn has_variable(text: &str, version: Version) -> bool {
    version == Version::V2012 && text.contains("${")
}

/// A text of the policy with its variables replaced. What a variable stands for is plain text: a wildcard in it
/// matches only itself. `None` if a variable without default has no value in the request; such a text matches nothing.
pub(crate) fn tokens(text: &str, version: Version, request: &Request) -> Option<Vec<Token>> {
    if !has_variable(text, version) {
        return Some(pattern::tokens(text));
    }
    let mut tokens = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        tokens.extend(pattern::tokens(&rest[..start]));
        let Some(length) = rest[start..].find('}') else {
            // Not closed: AWS refuses it; taken as written.
            tokens.extend(pattern::tokens(&rest[start..]));
            return Some(tokens);
        };
        let expression = &rest[start + 2..start + length];
        tokens.extend(value_of(expression, request)?.chars().map(Token::Character));
        rest = &rest[start + length + 1..];
    }
    tokens.extend(pattern::tokens(rest));
    Some(tokens)
}

/// The same for texts compared literally.
pub(super) fn plain<'t>(text: &'t str, version: Version, request: &Request) -> Option<Cow<'t, str>> {
    if !has_variable(text, version) {
        return Some(Cow::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        plain.push_str(&rest[..start]);
        let Some(length) = rest[start..].find('}') else {
            plain.push_str(&rest[start..]);
            return Some(Cow::Owned(plain));
        };
        plain.push_str(&value_of(&rest[start + 2..start + length], request)?);
        rest = &rest[start + length + 1..];
    }
    plain.push_str(rest);
    Some(Cow::Owned(plain))
}

/// Whether a policy's text, as a pattern, matches.
pub(super) fn matches(text: &str, version: Version, request: &Request, value: &str, case: Case) -> bool {
    if has_variable(text, version) {
        tokens(text, version, request).is_some_and(|tokens| pattern::tokens_match(&tokens, value, case))
    } else {
        pattern::matches(text, value, case)
    }
}

/// What stands between the braces: a key, perhaps with a default in quotes, or one of the three escapes.
fn value_of<'r>(expression: &'r str, request: &'r Request) -> Option<Cow<'r, str>> {
    if matches!(expression, "*" | "?" | "$") {
        return Some(Cow::Borrowed(expression));
    }
    let (key, default) = key_and_default(expression);
    // Only single-valued keys may be used as variables.
    match request.values(key) {
        Some(values) if values.len() == 1 => Some(Cow::Owned(values[0].to_string())),
        _ => default.map(Cow::Borrowed),
    }
}

fn key_and_default(expression: &str) -> (&str, Option<&str>) {
    match expression.split_once(',') {
        Some((key, default)) => {
            let default = default.trim();
            (
                key.trim(),
                default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')),
            )
        }
        None => (expression.trim(), None),
    }
}

/// The keys that stand as variables in a text and have neither a default nor a value in the request.
pub(crate) fn open_keys<'t>(text: &'t str, version: Version, request: &Request) -> Vec<&'t str> {
    if !has_variable(text, version) {
        return Vec::new();
    }
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .filter(|(expression, _)| value_of(expression, request).is_none())
        .map(|(expression, _)| key_and_default(expression).0)
        .collect()
}
