//! The steps of a way to more rights hold together: what they say of one user, role or caller is the same.

use security_monkey_iam::Policy;
use security_monkey_iam::escalation::{Escalation, escalations};
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, evaluate};
use serde_json::{Value, json};

/// A way of alice's, and whether all of hers are known.
fn way(id: &str, statements: &Value) -> (Option<Escalation>, bool) {
    let policy = Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &policy,
        }],
        ..PolicySet::default()
    };
    let ways = escalations(&Caller::read("arn:aws:iam::111111111111:user/alice").unwrap(), &set);
    for step in ways.found.iter().flat_map(|way| &way.steps) {
        assert!(evaluate(&step.witness, &set).is_allowed(), "{}", step.witness);
    }
    let found = ways.found.into_iter().find(|way| way.method.id == id);
    (found, ways.is_complete)
}

fn allow(action: &str, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition})
}

#[test]
fn tags_of_one_role_do_not_differ_between_steps() {
    let id = "iam-attach-role-policy-assume";
    for key in ["aws:ResourceTag/team", "iam:ResourceTag/team", "aws:PrincipalTag/team"] {
        let both = |attached: &[&str], taken: &[&str]| {
            let when = |values: &[&str]| json!({"StringEquals": {key: values}});
            way(
                id,
                &json!([
                    allow("iam:AttachRolePolicy", &when(attached)),
                    allow("sts:AssumeRole", &when(taken))
                ]),
            )
        };
        // Neither shown nor ruled out.
        let (found, is_complete) = both(&["red"], &["blue"]);
        assert!(found.is_none() && !is_complete, "{key}");
        for (attached, taken) in [
            (&["red", "green"][..], &["blue", "green"][..]),
            (&["red"][..], &["blue", "red"][..]),
            (&["red"][..], &["red"][..]),
        ] {
            let (found, is_complete) = both(attached, taken);
            let steps = found.unwrap().steps;
            assert!(is_complete, "{key}");
            let values: Vec<_> = steps.iter().map(|step| step.witness.context.get(key)).collect();
            assert!(values.len() == 2 && values[0] == values[1], "{key}: {values:?}");
        }
    }
    // The same tag by another name.
    let statements = json!([
        allow(
            "iam:AttachRolePolicy",
            &json!({"StringEquals": {"iam:ResourceTag/team": "red"}})
        ),
        allow(
            "sts:AssumeRole",
            &json!({"StringEquals": {"aws:ResourceTag/team": "blue"}})
        ),
    ]);
    assert!(way(id, &statements).0.is_none());
}

#[test]
fn a_tag_that_one_step_takes_is_not_denied_to_another() {
    let id = "iam-put-user-policy-access-key";
    let statements = |denied: &str| {
        json!([
            allow("iam:PutUserPolicy", &json!({"StringEquals": {"aws:ResourceTag/team": "red"}})),
            allow("iam:CreateAccessKey", &json!({})),
            {"Effect": "Deny", "Action": "iam:CreateAccessKey", "Resource": "*",
                "Condition": {"StringEquals": {"aws:ResourceTag/team": denied}}},
        ])
    };
    assert!(way(id, &statements("red")).0.is_none());
    assert!(way(id, &statements("blue")).0.is_some());
}

#[test]
fn what_differs_between_requests_may_differ_between_steps() {
    let statements = json!([
        allow(
            "iam:AttachRolePolicy",
            &json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}})
        ),
        allow(
            "sts:AssumeRole",
            &json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
        ),
    ]);
    assert!(way("iam-attach-role-policy-assume", &statements).0.is_some());
}
