//! In which regions requests of ways to more rights are made. Sources: IAM User Guide, "AWS global condition context keys",
//! `aws:RequestedRegion`, and "AWS: Denies access to AWS based on the requested Region".

use security_monkey_iam::Policy;
use security_monkey_iam::escalation::escalations;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet};
use serde_json::{Value, json};

/// The ways of a user with this ARN who may do something to everything, unless one of the conditions holds.
fn ways_of(arn: &str, actions: &Value, denied: &[Value]) -> Vec<&'static str> {
    let read =
        |statements: Value| Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
    let identity = read(json!({"Effect": "Allow", "Action": actions, "Resource": "*"}));
    let mut statements = vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
    statements.extend(
        denied
            .iter()
            .map(|condition| json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition})),
    );
    let control = read(json!(statements));
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &identity,
        }],
        service_control: vec![vec![NamedPolicy {
            name: "s",
            policy: &control,
        }]],
        ..PolicySet::default()
    };
    let ways = escalations(&Caller::read(arn).unwrap(), &set);
    assert!(ways.is_complete, "{denied:?}");
    ways.found.iter().map(|way| way.method.id.as_str()).collect()
}

const ALICE: &str = "arn:aws:iam::111111111111:user/alice";

fn outside(region: &str) -> Value {
    json!({"StringNotEquals": {"aws:RequestedRegion": [region]}})
}

#[test]
fn an_action_of_iam_is_asked_for_in_the_region_of_its_only_endpoint() {
    let way = ["iam-create-access-key"];
    let key = json!("iam:CreateAccessKey");
    assert!(ways_of(ALICE, &key, &[outside("eu-west-1")]).is_empty());
    assert_eq!(ways_of(ALICE, &key, &[outside("us-east-1")]), way);
    let inside = |region: &str| json!({"StringEquals": {"aws:RequestedRegion": [region]}});
    assert_eq!(ways_of(ALICE, &key, &[inside("eu-west-1")]), way);
    assert!(ways_of(ALICE, &key, &[inside("us-east-1")]).is_empty());
    assert!(
        ways_of(
            ALICE,
            &key,
            &[json!({"StringLike": {"aws:RequestedRegion": "${aws:RequestedRegion}"}})]
        )
        .is_empty()
    );
    // Other partitions have other endpoints.
    for (partition, region, other) in [
        ("aws-us-gov", "us-gov-west-1", "us-gov-east-1"),
        ("aws-cn", "cn-north-1", "cn-northwest-1"),
    ] {
        let there = format!("arn:{partition}:iam::111111111111:user/alice");
        assert_eq!(ways_of(&there, &key, &[outside(region)]), way);
        assert_eq!(ways_of(&there, &key, &[inside(other)]), way);
        for denied in [outside(other), outside("us-east-1"), inside(region)] {
            assert!(
                ways_of(&there, &key, std::slice::from_ref(&denied)).is_empty(),
                "{partition} {denied}"
            );
        }
    }
}

#[test]
fn other_actions_are_asked_for_in_some_region() {
    let take = json!("sts:AssumeRole");
    assert_eq!(ways_of(ALICE, &take, &[outside("eu-west-1")]), ["sts-assume-role"]);
    let inside = json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}});
    assert!(ways_of(ALICE, &take, &[outside("eu-west-1"), inside]).is_empty());
    // The role is passed where the instance is started.
    let start = json!(["iam:PassRole", "ec2:RunInstances"]);
    assert_eq!(
        ways_of(ALICE, &start, &[outside("eu-west-1")]),
        ["pass-role-ec2-run-instances"]
    );
}
