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
    // Most texts have no `$` at all, which shows faster.
    version == Version::V2012 && text.as_bytes().contains(&b'$') && text.contains("${")
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'t> {
    /// What stands for itself.
    Plain(&'t str),
    /// `${…}`.
    Variable(&'t str),
}

impl<'t> Part<'t> {
    /// The part as it is written.
    pub(crate) fn written(&self) -> &'t str {
        match self {
            Self::Plain(written) | Self::Variable(written) => written,
        }
    }

    /// The key of a variable; escapes have none.
    pub(crate) fn key(&self) -> Option<&'t str> {
        let expression = self.expression()?;
        (!is_escape(expression)).then(|| key_and_default(expression).0)
    }

    /// What stands between the braces of a variable.
    fn expression(&self) -> Option<&'t str> {
        match self {
            Self::Plain(_) => None,
            Self::Variable(written) => written.get(2..written.len() - 1),
        }
    }
}

/// The parts of a text that may have variables. What is not closed, which AWS refuses, is taken as written.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find("${").unwrap_or(rest.len());
        let length = rest[start..].find('}').map(|length| length + 1);
        let (part, behind) = match length {
            Some(length) if start == 0 => (Part::Variable(&rest[..length]), length),
            Some(_) => (Part::Plain(&rest[..start]), start),
            None => (Part::Plain(rest), rest.len()),
        };
        rest = &rest[behind..];
        (!part.written().is_empty()).then_some(part)
    })
}

/// The text with something in place of some parts: of those for which `replace` has it.
pub(crate) fn replaced<'t>(text: &'t str, replace: impl Fn(&Part<'t>) -> Option<&'t str>) -> String {
    parts(text)
        .map(|part| replace(&part).unwrap_or(part.written()))
        .collect()
}

/// The text with a wildcard in the place of each variable; escapes stay.
pub(crate) fn without_variables(text: &str) -> String {
    replaced(text, |part| part.key().map(|_| "*"))
}

/// The keys of the variables in a text.
pub(crate) fn variables(text: &str) -> impl Iterator<Item = &str> {
    parts(text).filter_map(|part| part.key())
}

/// Whether a variable in a text stands for the key.
pub(crate) fn has_variable_of(text: &str, key: &str) -> bool {
    text.as_bytes().contains(&b'$') && variables(text).any(|name| name.eq_ignore_ascii_case(key))
}

/// Whether a text has a character that would be a wildcard, or begin a variable, did it not stand in a variable's place.
pub(crate) fn has_escape(text: &str) -> bool {
    text.as_bytes().contains(&b'$') && ["${*}", "${?}", "${$}"].iter().any(|escape| text.contains(escape))
}

/// A text that the pattern matches, in which escapes stand for themselves, and `fresh` in the place of each variable.
pub(crate) fn unescaped(text: &str, fresh: &str) -> String {
    let mut found = String::with_capacity(text.len());
    for part in parts(text) {
        match (part, part.key()) {
            (Part::Variable(_), Some(_)) => found.push_str(fresh),
            (Part::Variable(written), None) => found.extend(written.chars().nth(2)),
            (Part::Plain(written), _) => found.push_str(&written.replace(['*', '?'], "x")),
        }
    }
    found
}

/// A text of the policy with its variables replaced. What a variable stands for is plain text: a wildcard in it
/// matches only itself. `None` if a variable without default has no value in the request; such a text matches nothing.
pub(crate) fn tokens(text: &str, version: Version, request: &Request) -> Option<Vec<Token>> {
    if !has_variable(text, version) {
        return Some(pattern::tokens(text));
    }
    let mut tokens = Vec::with_capacity(text.len());
    for part in parts(text) {
        match part.expression() {
            None => tokens.extend(pattern::tokens(part.written())),
            Some(expression) => tokens.extend(value_of(expression, request)?.chars().map(Token::Character)),
        }
    }
    Some(tokens)
}

/// The same for texts compared literally.
pub(super) fn plain<'t>(text: &'t str, version: Version, request: &Request) -> Option<Cow<'t, str>> {
    if !has_variable(text, version) {
        return Some(Cow::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    for part in parts(text) {
        match part.expression() {
            None => plain.push_str(part.written()),
            Some(expression) => plain.push_str(&value_of(expression, request)?),
        }
    }
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
    if is_escape(expression) {
        return Some(Cow::Borrowed(expression));
    }
    let (key, default) = key_and_default(expression);
    // Only single-valued keys may be used as variables.
    match request.values(key) {
        Some(values) if values.len() == 1 => Some(Cow::Owned(values[0].to_string())),
        _ => default.map(Cow::Borrowed),
    }
}

fn is_escape(expression: &str) -> bool {
    matches!(expression, "*" | "?" | "$")
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
    parts(text)
        .filter_map(|part| part.expression())
        .filter(|expression| value_of(expression, request).is_none())
        .map(|expression| key_and_default(expression).0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Part, has_variable_of, open_keys, parts, replaced, variables};
    use crate::document::Version;
    use crate::evaluate::{Caller, Request};

    const TEXT: &str = "a/${aws:username}/${*}${aws:PrincipalTag/team, 'none'}b${ s3:prefix }";

    #[test]
    fn a_text_has_parts_and_its_variables_keys() {
        assert_eq!(parts(TEXT).map(|part| part.written()).collect::<String>(), TEXT);
        let keys: Vec<&str> = variables(TEXT).collect();
        assert_eq!(keys, ["aws:username", "aws:PrincipalTag/team", "s3:prefix"]);
        assert_eq!(parts("a${b").collect::<Vec<_>>(), [Part::Plain("a${b")]);
    }

    #[test]
    fn a_key_is_asked_for_by_a_variable_in_any_letter_case() {
        assert!(has_variable_of(TEXT, "AWS:UserName") && has_variable_of(TEXT, "aws:principaltag/Team"));
        for text in [TEXT, "a$aws:userid", "aws:userid", "a${aws:userid"] {
            assert!(!has_variable_of(text, "aws:userid"), "{text}");
        }
    }

    #[test]
    fn what_is_not_replaced_stays_as_written() {
        let of_user = |part: &Part<'_>| (part.key() == Some("aws:username")).then_some("bob");
        assert_eq!(replaced(TEXT, of_user), TEXT.replace("${aws:username}", "bob"));
    }

    #[test]
    fn keys_without_a_default_and_a_value_are_open() {
        let request = Request::new(Caller::Anonymous, "s3:ListBucket", "*").with("s3:prefix", "home");
        assert_eq!(open_keys(TEXT, Version::V2012, &request), ["aws:username"]);
        assert!(open_keys(TEXT, Version::V2008, &request).is_empty());
    }
}
