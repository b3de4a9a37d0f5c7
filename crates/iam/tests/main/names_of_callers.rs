//! Ways to more rights by policies of whom nothing is known, where the name of who has them decides.

use security_monkey_iam::Policy;
use security_monkey_iam::effective::effective;
use security_monkey_iam::escalation::{Escalations, escalations_of_anybody};
use security_monkey_iam::evaluate::{NamedPolicy, PolicySet, evaluate};
use serde_json::{Value, json};

/// The ways of somebody in an account, under a boundary.
fn ways(statements: &Value, boundary: &Value) -> Escalations {
    let read =
        |statements: &Value| Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
    let (identity, boundary) = (read(statements), read(boundary));
    let named = |policy| NamedPolicy { name: "p", policy };
    let set = PolicySet {
        identity: vec![named(&identity)],
        boundary: Some(named(&boundary)),
        ..PolicySet::default()
    };
    let ways = escalations_of_anybody(&effective(&set), "aws", Some("111111111111"), &set);
    for step in ways.found.iter().flat_map(|way| &way.steps) {
        assert!(evaluate(&step.witness, &set).is_allowed(), "{}", step.witness);
    }
    ways
}

/// The ids of the ways, of all that there are.
fn all_ways(statements: &Value, boundary: &Value) -> Vec<&'static str> {
    let ways = ways(statements, boundary);
    assert!(ways.is_complete, "{statements} {boundary}");
    ways.found.iter().map(|way| way.method.id.as_str()).collect()
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

#[test]
fn a_name_in_a_role_is_one_that_the_boundary_leaves() {
    let role = |resource: &str| allow("sts:AssumeRole", &format!("arn:aws:iam::111111111111:role/{resource}"));
    let way = ["sts-assume-role"];
    for (own, left) in [
        ("${aws:username}-admin", "bob-*"),
        ("${aws:username}-admin", "bob*"),
        ("admin-${aws:username}", "*-bob"),
        ("admin-${aws:username}", "admin-b?b"),
        ("team/${aws:username}/x", "team/bob*"),
        ("*-${aws:username}", "bob-*"),
        ("${aws:username}${aws:username}", "bob*"),
    ] {
        assert_eq!(found(&role(own), &role(left)), way, "{own} under {left}");
        let all_but = json!([
            allow("*", "*"),
            {"Effect": "Deny", "Action": "sts:AssumeRole", "NotResource": format!("arn:aws:iam::*:role/{left}")},
        ]);
        assert_eq!(found(&role(own), &all_but), way, "{own} of all but {left}");
    }
    for (own, left) in [("${aws:username}-admin", "*-user"), ("admin-${aws:username}", "user-*")] {
        assert!(all_ways(&role(own), &role(left)).is_empty(), "{own} under {left}");
    }
}

fn found(statements: &Value, boundary: &Value) -> Vec<&'static str> {
    let ways = ways(statements, boundary).found;
    ways.iter().map(|way| way.method.id.as_str()).collect()
}

#[test]
fn a_name_in_a_tag_is_one_that_the_boundary_leaves() {
    let code = |value: &str| {
        json!({"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*",
            "Condition": {"StringLike": {"aws:ResourceTag/owner": value}}})
    };
    let way = ["lambda-update-function-code"];
    assert_eq!(all_ways(&code("${aws:username}"), &code("bob*")), way);
    assert_eq!(all_ways(&code("x-${aws:username}"), &code("x-b?b")), way);
    assert!(all_ways(&code("x-${aws:username}"), &code("y-*")).is_empty());
}

#[test]
fn two_places_of_a_name_are_not_said_to_exclude_each_other() {
    let role = |resource: &str| allow("sts:AssumeRole", &format!("arn:aws:iam::111111111111:role/{resource}"));
    // Only `x`, `xx` and so on fit both.
    let ways = ways(&role("${aws:username}x"), &role("x${aws:username}"));
    assert!(!ways.found.is_empty() || !ways.is_complete);
    // A usual policy of those who look after their own.
    let own = json!([
        {"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": ["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:mfa/${aws:username}"]},
    ]);
    assert!(all_ways(&own, &allow("*", "*")).is_empty());
}

#[test]
fn who_is_named_by_a_resource_may_have_the_policy() {
    for (action, kind, way) in [
        ("iam:PutUserPolicy", "user", "iam-put-user-policy"),
        ("iam:AttachRolePolicy", "role", "iam-attach-role-policy"),
    ] {
        // Otherwise whoever is of the other kind is taken for somebody who gains by it.
        let only_its_kind = json!({"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"ArnLike": {"aws:PrincipalArn": format!("arn:aws:iam::*:{kind}/*")}}});
        let on = |name: &str| allow(action, &format!("arn:aws:iam::*:{kind}/{name}"));
        for name in ["bob", "app-*", "team/*"] {
            assert_eq!(all_ways(&on(name), &only_its_kind), [way], "{action} on {name}");
            let all_but =
                json!([only_its_kind, {"Effect": "Deny", "Action": action, "NotResource": format!("*/{name}")}]);
            assert_eq!(all_ways(&on("*"), &all_but), [way], "{action} on all but {name}");
        }
        assert!(all_ways(&on("bob"), &on("carol")).is_empty());
    }
}
