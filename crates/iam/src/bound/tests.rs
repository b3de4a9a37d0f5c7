use super::{compared, in_place_of};
use crate::Policy;

/// What stands in the place of a variable in such resources, and whether that is all.
fn of(key: &str, resources: &[&str]) -> (Vec<String>, bool) {
    let policy = Policy::parse(&format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": {resources:?}}}}}"#
    ))
    .unwrap();
    let statements = policy.statements.iter().map(|statement| (statement, policy.version));
    let found = in_place_of(key, &compared(statements));
    (found.texts.iter().map(ToString::to_string).collect(), found.are_all)
}

fn names(resources: &[&str]) -> (Vec<String>, bool) {
    of("aws:username", resources)
}

#[test]
fn names_stand_where_others_have_the_variable() {
    for (texts, expected) in [
        (
            &["a/${aws:username}/*", "a/team-*", "a/bob/x", "c/eve"][..],
            &["bob", "team-*"][..],
        ),
        (&["${aws:UserName}-*", "red-x-y", "blue"], &["red", "red-x"]),
        (&["${aws:username}", "u", "*"], &["u"]),
        (&["a/${aws:PrincipalTag/t}", "a/b"], &[]),
        (
            &["a/x-${aws:username}/*", "a/*e/*", "a/x-", "?/x-b?b/c"],
            &["*e", "b", "b?b"],
        ),
        (&["*/${aws:username}", "a/b/c"], &["c"]),
        (
            &["${aws:username}/${aws:PrincipalAccount}", "bob/111111111111"],
            &["bob"],
        ),
    ] {
        assert_eq!(
            names(texts),
            (expected.iter().map(ToString::to_string).collect(), true),
            "{texts:?}"
        );
    }
    let accounts = of(
        "aws:PrincipalAccount",
        &["a-${aws:PrincipalAccount}-b", "a-1*-b", "a-x-b", "a-*b"],
    );
    assert_eq!(accounts, (vec!["1*".to_owned()], true));
}

#[test]
fn variables_that_overlap_are_not_solved() {
    for (texts, are_all) in [
        (["a/${aws:username}", "a/${aws:PrincipalAccount}"], false),
        (["a/${aws:username}*", "a/*${aws:username}"], false),
        (["${aws:username}", "${aws:username}x"], true),
        (["a${aws:username}", "${aws:username}a"], false),
        (["x-${aws:username}/*", "${aws:username}-x/*"], false),
        (["${aws:username}*", "x${aws:username}*"], false),
        (["a/${aws:username}/*", "a/*/${aws:username}"], true),
        (["a/${aws:username}/*", "b/${aws:PrincipalAccount}/*"], true),
        (["a/${aws:username}/*", "a/${aws:username}/${aws:PrincipalTag/t}"], true),
    ] {
        assert_eq!(names(&texts).1, are_all, "{texts:?}");
    }
}

#[test]
fn what_is_too_long_to_lay_side_by_side_is_said() {
    let (long, other) = ("*${aws:username}".repeat(300), "*a".repeat(5_000));
    assert!(!names(&[&long, &other]).1);
}
