use std::collections::HashSet;

use super::{escalations, methods, unknown_actions};
use crate::Policy;
use crate::evaluate::{Caller, NamedPolicy, PolicySet};

fn found(document: &str, boundary: Option<&str>) -> Vec<String> {
    let policy = Policy::parse(document).unwrap();
    let boundary = boundary.map(|text| Policy::parse(text).unwrap());
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &policy,
        }],
        boundary: boundary.as_ref().map(|policy| NamedPolicy { name: "b", policy }),
        ..PolicySet::default()
    };
    let alice = Caller::User {
        arn: "arn:aws:iam::111111111111:user/alice".to_owned(),
    };
    escalations(&alice, &set)
        .into_iter()
        .map(|escalation| escalation.method.id.clone())
        .collect()
}

fn allow(actions: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {actions}, "Resource": {resource}, "Condition": {condition}}}]}}"#
    )
}

#[test]
fn the_methods_read_have_unique_ids_and_known_actions() {
    assert!(methods().len() > 70);
    let ids: HashSet<&str> = methods().iter().map(|method| method.id.as_str()).collect();
    assert_eq!(ids.len(), methods().len());
    // Services that AWS has closed are gone from the list; their methods stay for old policies.
    let unknown: HashSet<&str> = unknown_actions()
        .into_iter()
        .filter(|action| !action.starts_with("codestar:"))
        .collect();
    assert_eq!(unknown, HashSet::new());
}

#[test]
fn every_method_is_found_when_its_actions_are_allowed_and_not_without_one_of_them() {
    for method in methods() {
        let mut actions = method.all.clone();
        actions.extend(method.any.first().cloned());
        let document = |actions: &[String]| allow(&serde_json::to_string(actions).unwrap(), r#""*""#, "{}");
        // A user cannot put a policy on itself as a role; "self" methods for roles need a role.
        let is_for_roles =
            method.target == super::Target::Own && method.all.iter().any(|action| action.contains("Role"));
        if !is_for_roles {
            assert!(found(&document(&actions), None).contains(&method.id), "{}", method.id);
        }
        for missing in 0..actions.len() {
            let mut fewer = actions.clone();
            fewer.remove(missing);
            if !fewer.is_empty() {
                assert!(
                    !found(&document(&fewer), None).contains(&method.id),
                    "{} without {}",
                    method.id,
                    actions[missing]
                );
            }
        }
    }
}

#[test]
fn resource_limits_are_honoured() {
    let own = r#""arn:aws:iam::111111111111:user/${aws:username}""#;
    assert!(
        found(&allow(r#""iam:CreateAccessKey""#, own, "{}"), None).is_empty(),
        "a key for oneself"
    );
    assert_eq!(
        found(
            &allow(
                r#""iam:CreateAccessKey""#,
                r#""arn:aws:iam::111111111111:user/bob""#,
                "{}"
            ),
            None
        ),
        ["iam-create-access-key"]
    );
    assert!(
        found(
            &allow(
                r#""iam:PutUserPolicy""#,
                r#""arn:aws:iam::111111111111:user/bob""#,
                "{}"
            ),
            None
        )
        .is_empty(),
        "another user's policy"
    );
    assert_eq!(
        found(&allow(r#""iam:PutUserPolicy""#, own, "{}"), None),
        ["iam-put-user-policy"]
    );
    assert!(
        found(
            &allow(r#"["iam:PassRole", "ec2:RunInstances"]"#, r#""arn:aws:s3:::x""#, "{}"),
            None
        )
        .is_empty(),
        "no role"
    );
}

#[test]
fn a_role_passed_to_another_service_is_no_way() {
    let actions = r#"["iam:PassRole", "ec2:RunInstances"]"#;
    let to =
        |service: &str| format!(r#"{{"StringEqualsIfExists": {{"iam:PassedToService": "{service}.amazonaws.com"}}}}"#);
    assert_eq!(
        found(&allow(actions, r#""*""#, &to("ec2")), None),
        ["pass-role-ec2-run-instances"]
    );
    assert!(found(&allow(actions, r#""*""#, &to("lambda")), None).is_empty());
}

#[test]
fn boundaries_and_denies_close_ways() {
    let all = allow(r#""*""#, r#""*""#, "{}");
    assert!(found(&all, None).len() > 60);
    assert!(found(&all, Some(&allow(r#""s3:*""#, r#""*""#, "{}"))).is_empty());
    let denied = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*"}, {"Effect": "Deny", "Action": "iam:Put*", "Resource": "*"}]}"#;
    assert!(found(denied, None).is_empty());
}

/// Every layer's conditions are the requester's circumstances: found where they can be met, closed where they cannot.
fn under(document: &str, service_control: &str) -> Vec<String> {
    let (policy, organisation) = (
        Policy::parse(document).unwrap(),
        Policy::parse(service_control).unwrap(),
    );
    let full = Policy::parse(&allow(r#""*""#, r#""*""#, "{}")).unwrap();
    let named = |policy| NamedPolicy { name: "p", policy };
    let set = PolicySet {
        identity: vec![named(&policy)],
        service_control: vec![vec![named(&full), named(&organisation)]],
        ..PolicySet::default()
    };
    let alice = Caller::User {
        arn: "arn:aws:iam::111111111111:user/alice".to_owned(),
    };
    let found = escalations(&alice, &set);
    for step in found.iter().flat_map(|escalation| &escalation.steps) {
        assert!(
            crate::evaluate::evaluate(&step.witness, &set).is_allowed(),
            "{}",
            step.witness
        );
    }
    found
        .into_iter()
        .map(|escalation| escalation.method.id.clone())
        .collect()
}

#[test]
fn a_region_lock_of_the_organisation_does_not_hide_a_way() {
    let deny = |condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "NotAction": ["sts:*"], "Resource": "*", "Condition": {condition}}}}}"#
        )
    };
    let start = allow(r#"["iam:PassRole", "ec2:RunInstances"]"#, r#""*""#, "{}");
    let way = ["pass-role-ec2-run-instances".to_owned()];
    let region = r#"{"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}"#;
    assert_eq!(under(&start, &deny(region)), way);
    // The Allow asks for one of those regions, and for another one.
    let in_region = |region: &str| {
        allow(
            r#"["iam:PassRole", "ec2:RunInstances"]"#,
            r#""*""#,
            &format!(r#"{{"StringEquals": {{"aws:RequestedRegion": ["us-east-1", "{region}"]}}}}"#),
        )
    };
    assert_eq!(under(&in_region("eu-central-1"), &deny(region)), way);
    assert!(under(&in_region("us-east-2"), &deny(region)).is_empty());
    assert_eq!(
        under(
            &start,
            &deny(r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#)
        ),
        way
    );
    // Several Denies, each to be evaded.
    let both = r#"{"StringNotLike": {"aws:RequestedRegion": "eu-*"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#;
    assert_eq!(under(&start, &deny(both)), way);
    // A fact of the caller cannot be chosen.
    assert!(
        under(
            &start,
            &deny(r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#)
        )
        .is_empty()
    );
    assert!(
        under(
            &start,
            &deny(r#"{"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#)
        )
        .is_empty()
    );
}

#[test]
fn a_deny_of_all_but_some_roles_leaves_those() {
    let pass = allow(r#"["iam:PassRole", "ec2:RunInstances"]"#, r#""*""#, "{}");
    let deny = |resources: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "Action": "iam:PassRole", "NotResource": {resources}}}}}"#
        )
    };
    assert_eq!(
        under(&pass, &deny(r#""arn:aws:iam::*:role/application/*""#)),
        ["pass-role-ec2-run-instances"]
    );
    assert!(under(&pass, &deny(r#""arn:aws:iam::222222222222:role/*""#)).is_empty());
}
