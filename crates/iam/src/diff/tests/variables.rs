//! Variables that stand for who asks, against names, accounts and kinds.

use super::policy;
use crate::diff::{Direction, PolicyDiff, allows, diff};

/// What a change means, each example asked of both policies.
fn change(old: &str, new: &str) -> PolicyDiff {
    let (old, new) = (policy(old), policy(new));
    let found = diff(&old, &new);
    for (deltas, with, without) in [(&found.gained, &new, &old), (&found.lost, &old, &new)] {
        for delta in deltas {
            let witness = &delta.witness;
            assert!(allows(with, witness) && !allows(without, witness), "{witness}");
        }
    }
    found
}

fn of_resource(resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{resource}"}}"#)
}

fn if_so(condition: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": {{{condition}}}}}"#)
}

/// Each pair is told apart in these directions, there and back.
fn assert_changes(pairs: &[(String, String, Direction)]) {
    for (old, new, expected) in pairs {
        let back = match expected {
            Direction::Widened => Direction::Narrowed,
            Direction::Narrowed => Direction::Widened,
            other => *other,
        };
        for (old, new, expected) in [(old, new, *expected), (new, old, back)] {
            let found = change(old, new);
            assert_eq!(
                (found.direction, found.is_complete),
                (expected, true),
                "{old} {new}: {found:?}"
            );
        }
    }
}

#[test]
fn a_name_in_a_condition_is_told_from_whoever_asks() {
    let prefix = |values: &str| if_so(&format!(r#""StringLike": {{"s3:prefix": {values}}}"#));
    let own = r#""${aws:username}""#;
    assert_changes(&[
        (prefix(own), prefix(r#""alice""#), Direction::Both),
        (
            prefix(own),
            prefix(r#"["alice", "${aws:username}"]"#),
            Direction::Widened,
        ),
        (
            prefix(r#"["bob", "alice"]"#),
            prefix(r#"["bob", "${aws:username}"]"#),
            Direction::Both,
        ),
        (
            prefix(r#""home/${aws:username}/*""#),
            prefix(r#""home/a*/x""#),
            Direction::Both,
        ),
        (
            prefix(r#""x-${aws:username}-*""#),
            prefix(r#""x-alice-b-c""#),
            Direction::Both,
        ),
        (
            prefix(r#"["*", "${aws:username}"]"#),
            prefix(r#""${aws:username}""#),
            Direction::Narrowed,
        ),
    ]);
    let without_alice = |values: &str| {
        format!(
            r#"[{}, {{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {{"StringEquals": {{"s3:prefix": {values}}}}}}}]"#,
            if_so(r#""StringEquals": {"s3:prefix": "${aws:username}"}"#)
        )
    };
    assert_changes(&[(
        without_alice(r#""carol""#),
        without_alice(r#"["carol", "alice"]"#),
        Direction::Narrowed,
    )]);
}

#[test]
fn a_name_inside_a_part_is_told_from_whoever_asks() {
    let of = |name: &str| of_resource(&format!("arn:aws:s3:::b/{name}"));
    assert_changes(&[
        (of("x-${aws:username}/*"), of("x-alice/*"), Direction::Both),
        (of("${aws:username}-x/*"), of("*e-x/*"), Direction::Both),
        (
            format!("[{}, {}]", of("x-${aws:username}/*"), of("x-alice/*")),
            of("x-${aws:username}/*"),
            Direction::Narrowed,
        ),
    ]);
    // Alice alone loses.
    let deny = of("x-alice/*").replace("Allow", "Deny");
    let own = of("x-${aws:username}/*");
    assert_changes(&[(format!("[{own}]"), format!("[{own}, {deny}]"), Direction::Narrowed)]);
    let found = change(&format!("[{own}]"), &format!("[{own}, {deny}]"));
    assert_eq!(found.lost[0].witness.values("aws:username").unwrap()[0], "alice");
}

#[test]
fn an_account_is_told_from_that_of_whoever_asks() {
    let owner = |values: &str| if_so(&format!(r#""StringEquals": {{"aws:ResourceAccount": {values}}}"#));
    let bucket = |account: &str| of_resource(&format!("arn:aws:s3:::logs-{account}-eu/*"));
    let prefix = |value: &str| if_so(&format!(r#""StringLike": {{"s3:prefix": "{value}"}}"#));
    assert_changes(&[
        (
            owner(r#""${aws:PrincipalAccount}""#),
            owner(r#""111111111111""#),
            Direction::Both,
        ),
        (
            owner(r#"["111111111111", "${aws:PrincipalAccount}"]"#),
            owner(r#""${aws:PrincipalAccount}""#),
            Direction::Narrowed,
        ),
        (
            bucket("${aws:PrincipalAccount}"),
            bucket("111111111111"),
            Direction::Both,
        ),
        (bucket("${aws:PrincipalAccount}"), bucket("*"), Direction::Widened),
        (
            prefix("a/${aws:PrincipalAccount}/*"),
            prefix("a/1111*"),
            Direction::Both,
        ),
    ]);
    // Whose own bucket it is decides.
    let own = of_resource("*");
    let deny = |account: &str| {
        format!(r#"[{own}, {{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::logs-{account}/*"}}]"#)
    };
    let found = change(&deny("222222222222"), &deny("${aws:PrincipalAccount}"));
    assert_eq!(found.direction, Direction::Both, "{found:?}");
}

/// A service has no account of its own: the variable has no value.
#[test]
fn the_account_for_which_a_service_asks_is_none_of_its_own() {
    let topic = |values: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Service": "sns.amazonaws.com"}}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": {{"StringEquals": {{"aws:SourceAccount": {values}}}}}}}"#
        )
    };
    assert_changes(&[
        (
            topic(r#""${aws:PrincipalAccount}""#),
            topic(r#""111111111111""#),
            Direction::Widened,
        ),
        (
            topic(r#""${aws:ResourceAccount}""#),
            topic(r#""111111111111""#),
            Direction::Both,
        ),
    ]);
}

#[test]
fn kinds_of_callers_are_told_apart() {
    let of = |kind: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/{kind}/*"}}"#
        )
    };
    let own = of("${aws:PrincipalType}");
    for kind in ["User", "AssumedRole", "Account", "FederatedUser", "Anonymous"] {
        assert_changes(&[(
            format!("[{own}]"),
            format!("[{own}, {}]", of(kind).replace("Allow", "Deny")),
            Direction::Narrowed,
        )]);
        assert_changes(&[(own.clone(), of(kind), Direction::Both)]);
    }
    assert_changes(&[(own.clone(), of("Robot"), Direction::Both)]);
}

/// Values that nothing says who has: what is found is true, and there may be more.
#[test]
fn free_variables_leave_a_comparison_open() {
    for (key, value) in [
        ("aws:userid", "AIDAEXAMPLE"),
        ("aws:PrincipalTag/team", "red"),
        ("aws:PrincipalOrgID", "o-a1b2c3d4e5"),
    ] {
        let prefix = |value: &str| if_so(&format!(r#""StringEquals": {{"s3:prefix": "{value}"}}"#));
        let path = |value: &str| of_resource(&format!("arn:aws:s3:::b/x-{value}/*"));
        let variable = format!("${{{key}}}");
        for (old, new) in [(prefix(&variable), prefix(value)), (path(&variable), path(value))] {
            let found = change(&old, &new);
            assert_eq!(
                (found.direction, found.is_complete),
                (Direction::Both, false),
                "{key}: {found:?}"
            );
            let only_loss = change(&format!("[{old}, {new}]"), &old);
            assert!(
                only_loss.gained.is_empty() && !only_loss.lost.is_empty(),
                "{key}: {only_loss:?}"
            );
        }
        // The one who has the value loses.
        let deny = path(value).replace("Allow", "Deny");
        let found = change(
            &format!("[{}]", path(&variable)),
            &format!("[{}, {deny}]", path(&variable)),
        );
        assert_eq!(found.lost[0].witness.values(key).unwrap()[0], value, "{found:?}");
    }
}

/// A user may be named like an account, and end where another begins: which names there are is not worked out, and said.
#[test]
fn variables_that_overlap_leave_a_comparison_open() {
    let of = |name: &str| of_resource(&format!("arn:aws:s3:::b/{name}"));
    for (old, new) in [
        (of("${aws:username}/*"), of("${aws:PrincipalAccount}/*")),
        (of("${aws:username}*"), of("*${aws:username}")),
        (
            if_so(r#""StringEqualsIgnoreCase": {"s3:prefix": "${aws:username}"}"#),
            if_so(r#""StringEquals": {"s3:prefix": "Alice"}"#),
        ),
    ] {
        let found = change(&old, &new);
        assert!(!found.is_complete, "{old} {new}: {found:?}");
    }
    // Side by side they are told apart.
    let both = of("${aws:PrincipalAccount}/${aws:username}/*");
    assert_changes(&[(
        format!("[{both}, {}]", of("111111111111/alice/*")),
        both.clone(),
        Direction::Narrowed,
    )]);
}

#[test]
fn an_owner_is_told_from_that_of_a_variable() {
    let of = |owner: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": {{"StringEquals": {{"aws:PrincipalAccount": "{owner}"}}}}}}"#
        )
    };
    assert_changes(&[(of("${aws:ResourceAccount}"), of("111111111111"), Direction::Both)]);
    // An account that only a resource names is one that owns, and that asks.
    let own = |resource: &str| {
        of("${aws:ResourceAccount}").replace(r#""Resource": "*""#, &format!(r#""Resource": "{resource}""#))
    };
    assert_changes(&[(
        own("arn:aws:sqs:us-east-1:111111111111:q"),
        own("arn:aws:sqs:us-east-1:*:q"),
        Direction::Widened,
    )]);
}

#[test]
fn names_are_told_apart_whatever_their_case() {
    let of = |operator: &str, value: &str| if_so(&format!(r#""{operator}": {{"aws:username": "{value}"}}"#));
    let found = change(&of("StringEquals", "alice"), &of("StringEqualsIgnoreCase", "alice"));
    assert_eq!(found.direction, Direction::Widened, "{found:?}");
}
