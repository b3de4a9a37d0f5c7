//! The two ways to read a policy, from text and from a value, and the two readers of JSON, ours and serde's.

use proptest::prelude::*;
use security_monkey_iam::Policy;
use security_monkey_iam::document::{Span, Text};
use security_monkey_iam::parse::{Options, ProblemCode, parse};

/// The policy without the places in its text, which a value has not.
fn without_places(mut policy: Policy) -> Policy {
    let nowhere = Span::default();
    let forget = |texts: &mut Vec<Text>| texts.iter_mut().for_each(|text| text.span = nowhere);
    for statement in &mut policy.statements {
        statement.span = nowhere;
        for element in std::iter::once(&mut statement.action).chain(&mut statement.resource) {
            element.span = nowhere;
            forget(&mut element.patterns);
        }
        if let Some(principal) = &mut statement.principal {
            principal.span = nowhere;
            for entry in &mut principal.entries {
                entry.span = nowhere;
            }
        }
        for condition in &mut statement.conditions {
            condition.span = nowhere;
            forget(&mut condition.values);
        }
    }
    policy
}

/// What a policy says, however it was read: without places, and without the order of conditions and principals, which a value sorts.
pub(crate) fn comparable(policy: Policy) -> Policy {
    let mut policy = without_places(policy);
    for statement in &mut policy.statements {
        statement
            .conditions
            .sort_by_key(|condition| (condition.operator.to_string(), condition.key.clone()));
        if let Some(principal) = &mut statement.principal {
            principal
                .entries
                .sort_by_key(|entry| (entry.kind.to_string(), entry.value.clone()));
        }
    }
    policy
}

fn is_json_to_us(text: &str) -> bool {
    !matches!(parse(text, Options::default()), Err(error) if error.problems.iter().any(|problem| problem.code == ProblemCode::NotJson))
}

/// Texts with escapes were left out of the comparison.
#[test]
fn escapes_read_as_json_has_them() {
    let cases = [
        (r"\u0041", Some("A")),
        (r"\u00e9\u00C9", Some("\u{e9}\u{c9}")),
        (r"\ud83d\udd12", Some("\u{1f512}")),
        (r"\uD83D\uDD12x", Some("\u{1f512}x")),
        (r#"\"\\\/\b\f\n\r\t"#, Some("\"\\/\u{8}\u{c}\n\r\t")),
        (r"\u0000", Some("\0")),
        (r"\u12", None),
        (r"\u12g4", None),
        (r"\u+123", None),
        (r"\U0041", None),
        (r"\x41", None),
        (r"\u", None),
    ];
    for (escaped, expected) in cases {
        let document =
            format!(r#"{{"Id": "{escaped}", "Statement": {{"Effect": "Deny", "Action": "*", "Resource": "*"}}}}"#);
        let theirs = serde_json::from_str::<serde_json::Value>(&document).ok();
        assert_eq!(theirs.is_some(), is_json_to_us(&document), "{escaped}");
        let ours = Policy::parse(&document).ok().and_then(|policy| policy.id);
        assert_eq!(ours.as_deref(), expected, "{escaped}");
        assert_eq!(
            theirs.as_ref().and_then(|value| value["Id"].as_str()),
            expected,
            "{escaped}"
        );
    }
    // Half of a pair stands for no character: serde refuses it, we put the character for that in its place.
    for half in [r"\ud800", r"\udc00", r"\ud800x"] {
        let document =
            format!(r#"{{"Id": "{half}", "Statement": {{"Effect": "Deny", "Action": "*", "Resource": "*"}}}}"#);
        assert!(serde_json::from_str::<serde_json::Value>(&document).is_err());
        assert!(
            Policy::parse(&document).unwrap().id.unwrap().starts_with('\u{fffd}'),
            "{half}"
        );
    }
}

/// Strings with escapes, whole and broken, between the signs of JSON; without halves of pairs, on which the two differ.
fn escaped() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\"".to_owned()),
        Just(",".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("\\\\".to_owned()),
        Just("\\x".to_owned()),
        Just("\\u00e9".to_owned()),
        Just("\\ud83d\\udd12".to_owned()),
        Just("\\u12".to_owned()),
        "[a-c0-9]{0,3}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("[\"{}\"]", pieces.concat()))
}

proptest! {
    #![proptest_config(crate::properties::config(400))]

    #[test]
    fn texts_with_escapes_are_json_to_both_readers(text in escaped()) {
        let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        prop_assert_eq!(is_json_to_us(&text), is_json, "{}", text);
    }
}
