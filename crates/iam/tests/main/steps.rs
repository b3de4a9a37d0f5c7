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

/// What is started without an instance profile has no role. Source: Service Authorization Reference, "Actions defined by Amazon EC2".
#[test]
fn a_role_gets_to_an_instance_in_a_profile_that_may_be_used() {
    for (action, key, id) in [
        ("ec2:RunInstances", "ec2:InstanceProfile", "pass-role-ec2-run-instances"),
        (
            "ec2:AssociateIamInstanceProfile",
            "ec2:NewInstanceProfile",
            "pass-role-ec2-associate-instance-profile",
        ),
    ] {
        let is_found = |start: &Value, denied: &Value| {
            let (found, is_complete) = way(
                id,
                &json!([
                    allow("iam:PassRole", &json!({})),
                    allow(action, start),
                    {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": denied},
                ]),
            );
            assert!(is_complete, "{start} {denied}");
            found.is_some()
        };
        let never = json!({"StringEquals": {"aws:PrincipalAccount": "222222222222"}});
        let profile = |name: &str| json!({"ArnLike": {key: format!("arn:aws:iam::*:instance-profile/{name}")}});
        for start in [
            json!({}),
            profile("web-*"),
            profile("web"),
            json!({"Null": {key: "false"}}),
        ] {
            assert!(is_found(&start, &never), "{start}");
        }
        assert!(is_found(
            &json!({}),
            &json!({"ArnNotLike": {key: "arn:aws:iam::*:instance-profile/web-*"}})
        ));
        assert!(!is_found(&json!({"Null": {key: "true"}}), &never));
        assert!(!is_found(&json!({}), &json!({"Null": {key: "false"}})));
        assert!(!is_found(&json!({}), &profile("*")));
        let elsewhere = json!({"ArnLike": {key: "arn:aws:iam::222222222222:instance-profile/*"}});
        assert!(!is_found(&elsewhere, &never));
    }
}
