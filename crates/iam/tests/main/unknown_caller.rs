//! Ways to more rights by policies of whom nothing is known: whoever they name may have them.

use security_monkey_iam::Policy;
use security_monkey_iam::effective::effective;
use security_monkey_iam::escalation::{Escalations, escalations_of_anybody};
use security_monkey_iam::evaluate::{NamedPolicy, PolicySet, evaluate};
use security_monkey_iam::explain::{Explanation, Paper, Surroundings, explain};
use serde_json::{Value, json};

fn ways_in(account: Option<&str>, statements: &Value) -> Escalations {
    let policy = Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &policy,
        }],
        ..PolicySet::default()
    };
    let ways = escalations_of_anybody(&effective(&set), "aws", account, &set);
    for step in ways.found.iter().flat_map(|way| &way.steps) {
        assert!(evaluate(&step.witness, &set).is_allowed(), "{}", step.witness);
    }
    ways
}

/// The ids of the ways, of all that there are.
fn ways(account: Option<&str>, statements: &Value) -> Vec<&'static str> {
    let ways = ways_in(account, statements);
    assert!(ways.is_complete, "{statements}");
    ways.found.iter().map(|way| way.method.id.as_str()).collect()
}

const ACCOUNT: Option<&str> = Some("111111111111");

#[test]
fn an_account_that_only_the_policy_names_hides_no_way() {
    let key = |resource: &str| json!({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": resource});
    let way = ["iam-create-access-key"];
    for id in ["111111111111", "999999999999"] {
        let users = key(&format!("arn:aws:iam::{id}:user/*"));
        assert_eq!(ways(None, &users), way, "{id}");
        assert_eq!(ways(Some(id), &users), way, "{id}");
        assert!(ways(Some("222222222222"), &users).is_empty(), "{id}");
        for on in ["aws:ResourceAccount", "aws:PrincipalAccount"] {
            let statement = json!({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*",
                "Condition": {"StringEquals": {on: id}}});
            assert_eq!(ways(None, &statement), way, "{on} {id}");
        }
        // The accounts that are named are not all that there are.
        let elsewhere =
            json!([key("*"), {"Effect": "Deny", "Action": "*", "Resource": format!("arn:aws:iam::{id}:*")}]);
        assert_eq!(ways(None, &elsewhere), way, "{id}");
        assert!(ways(Some(id), &elsewhere).is_empty(), "{id}");
    }
    assert_eq!(
        ways(
            None,
            &json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::999999999999:role/*"})
        ),
        ["sts-assume-role"]
    );
}

#[test]
fn an_identity_is_explained_for_the_account_that_it_names() {
    let text = r#"{"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::999999999999:user/*"}}"#;
    let found = |surroundings: &str| {
        let around = Surroundings::read(surroundings).unwrap();
        match explain(&Paper::read("policy.json", text).unwrap(), &around) {
            Explanation::Permissions {
                escalations,
                are_all_escalations,
                ..
            } => (escalations.len(), are_all_escalations),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(found(r#"{"kind": "identity"}"#), (1, true));
    assert_eq!(found(r#"{"kind": "identity", "account": "999999999999"}"#), (1, true));
    assert_eq!(found(r#"{"kind": "identity", "account": "111111111111"}"#), (0, true));
}

#[test]
fn a_condition_on_who_asks_is_met_by_whom_it_names() {
    let allowed = |action: &str, condition: Value| {
        ways(
            ACCOUNT,
            &json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition}),
        )
    };
    for condition in [
        json!({"StringEquals": {"aws:username": ["alice", "bob"]}}),
        json!({"StringLike": {"aws:username": "dev-*"}}),
        json!({"StringLike": {"aws:username": "dev-*"}, "StringNotLike": {"aws:username": ["dev-", "dev-a*", "*b"]}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/team/*"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/team/*"}, "StringEquals": {"aws:username": "bob"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Admin_*"}}),
        json!({"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/app"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "111111111111"}}),
        json!({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}),
        json!({"StringEquals": {"aws:PrincipalTag/team": "ops"}}),
        json!({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}),
    ] {
        assert_eq!(
            allowed("iam:CreateAccessKey", condition.clone()),
            ["iam-create-access-key"],
            "{condition}"
        );
    }
    for condition in [
        json!({"StringEquals": {"aws:username": "alice", "aws:PrincipalType": "AssumedRole"}}),
        json!({"StringEquals": {"aws:PrincipalAccount": "222222222222"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/*"}}),
        json!({"StringLike": {"aws:username": "a*"}, "StringNotLike": {"aws:username": "a*"}}),
    ] {
        assert!(
            allowed("iam:CreateAccessKey", condition.clone()).is_empty(),
            "{condition}"
        );
    }
    assert!(allowed("*", json!({"StringEquals": {"aws:username": "alice"}})).len() > 100);
    // A key for oneself is none, but either of two may make one for the other.
    let keys_of_bob = |names: Value| {
        ways(
            ACCOUNT,
            &json!({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/bob",
                "Condition": {"StringEquals": {"aws:username": names}}}),
        )
    };
    assert!(keys_of_bob(json!(["bob"])).is_empty());
    assert_eq!(keys_of_bob(json!(["alice", "bob"])), ["iam-create-access-key"]);
    assert_eq!(keys_of_bob(json!(["bob", "carol"])), ["iam-create-access-key"]);
}

#[test]
fn a_deny_for_all_but_some_is_met_by_those() {
    for (action, ways_of_some) in [
        ("iam:PutRolePolicy", "iam-put-role-policy"),
        ("iam:UpdateAssumeRolePolicy", "iam-update-assume-role-policy"),
    ] {
        let found = ways(
            ACCOUNT,
            &json!([
                {"Effect": "Allow", "Action": action, "Resource": "*"},
                {"Effect": "Deny", "Action": action, "Resource": "*",
                    "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/ops-*"}}},
            ]),
        );
        assert_eq!(found, [ways_of_some]);
    }
}

#[test]
fn more_callers_than_are_tried_are_said() {
    let named = |count: u32| {
        let names: Vec<String> = (0..count).map(|name| format!("user-{name}")).collect();
        let statements: Vec<Value> = names
            .iter()
            .map(|name| {
                json!({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": format!("arn:aws:iam::*:user/{name}"),
                    "Condition": {"StringEquals": {"aws:username": name}}})
            })
            .collect();
        ways_in(ACCOUNT, &json!(statements))
    };
    let few = named(3);
    assert!(few.found.is_empty() && few.is_complete);
    let many = named(70);
    assert!(many.found.is_empty() && !many.is_complete);
}
