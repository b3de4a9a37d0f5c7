//! Ways to more rights where policies hold variables that do not follow from who asks: tags, ids and what the request says.

use security_monkey_iam::Policy;
use security_monkey_iam::effective::effective;
use security_monkey_iam::escalation::{Escalations, escalations_of_anybody};
use security_monkey_iam::evaluate::{NamedPolicy, PolicySet, evaluate};
use security_monkey_iam::reach::{Accepts, Reach, ReachContext, reach_of_resource_policy};
use serde_json::{Value, json};

#[derive(Clone, Copy)]
enum Layer {
    Boundary,
    Session,
    ServiceControl,
}

const LAYERS: [Layer; 3] = [Layer::Boundary, Layer::Session, Layer::ServiceControl];

fn read(statements: &Value) -> Policy {
    Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn under(statements: &Value, bound: Option<(Layer, &Value)>) -> Escalations {
    let policy = read(statements);
    let bounding = bound.map(|(layer, statements)| (layer, read(statements)));
    let mut set = PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &policy,
        }],
        ..PolicySet::default()
    };
    if let Some((layer, policy)) = &bounding {
        let named = NamedPolicy { name: "b", policy };
        match layer {
            Layer::Boundary => set.boundary = Some(named),
            Layer::Session => set.session = Some(vec![named]),
            Layer::ServiceControl => set.service_control = vec![vec![named]],
        }
    }
    let ways = escalations_of_anybody(&effective(&set), "aws", Some("111111111111"), &set);
    for step in ways.found.iter().flat_map(|way| &way.steps) {
        assert!(evaluate(&step.witness, &set).is_allowed(), "{}", step.witness);
    }
    ways
}

fn ids(ways: &Escalations) -> Vec<&str> {
    ways.found.iter().map(|way| way.method.id.as_str()).collect()
}

fn allow(action: &str, resource: &str, condition: &Value) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition})
}

/// The ways by one statement on everything under a condition.
fn key_if(condition: &Value) -> Escalations {
    under(&json!([allow("iam:CreateAccessKey", "*", condition)]), None)
}

const ROLE: &str = "arn:aws:iam::111111111111:role/";
const TAKE: [&str; 1] = ["sts-assume-role"];
const KEY: [&str; 1] = ["iam-create-access-key"];

#[test]
fn a_resource_with_a_variable_is_what_a_condition_says_of_it() {
    let functions = "arn:aws:lambda:*:*:function:${aws:PrincipalTag/t}-*";
    let on = |condition: &Value| allow("lambda:UpdateFunctionCode", functions, condition);
    for condition in [
        json!({}),
        json!({"StringEquals": {"aws:PrincipalTag/t": "red"}}),
        json!({"StringEquals": {"aws:PrincipalTag/t": ["red", "blue"]}}),
        json!({"StringLike": {"aws:PrincipalTag/t": "re?"}}),
        json!({"StringNotEquals": {"aws:PrincipalTag/t": "red"}}),
        json!({"Null": {"aws:PrincipalTag/t": "false"}}),
    ] {
        let ways = under(&json!([on(&condition)]), None);
        assert_eq!(ids(&ways), ["lambda-update-function-code"], "{condition}");
    }
    let deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalTag/t": "red"}}});
    let ways = under(&json!([on(&json!({})), deny]), None);
    assert_eq!(ids(&ways), ["lambda-update-function-code"]);
    let absent = json!({"Null": {"aws:PrincipalTag/t": "true"}});
    let ways = under(&json!([on(&absent)]), None);
    assert!(ways.found.is_empty(), "{:?}", ids(&ways));
}

#[test]
fn what_a_deny_leaves_out_by_a_variable_is_a_way() {
    let deny = |left: &str| json!({"Effect": "Deny", "Action": "sts:AssumeRole", "NotResource": left});
    let any = allow("sts:AssumeRole", "*", &json!({}));
    let ways = under(
        &json!([any, deny("arn:aws:iam::*:role/${aws:PrincipalTag/team}-*")]),
        None,
    );
    assert_eq!(ids(&ways), TAKE);
    let own = allow(
        "sts:AssumeRole",
        &format!("{ROLE}${{aws:PrincipalTag/t}}-*"),
        &json!({}),
    );
    let ways = under(&json!([own, deny(&format!("{ROLE}*-${{aws:PrincipalTag/u}}"))]), None);
    assert_eq!(ids(&ways), TAKE);
}

#[test]
fn what_bounds_by_a_variable_leaves_a_way() {
    let any = json!([allow("sts:AssumeRole", "*", &json!({}))]);
    let one = json!([allow("sts:AssumeRole", &format!("{ROLE}abc"), &json!({}))]);
    for variable in [
        "aws:PrincipalTag/team",
        "aws:PrincipalTag/team, 'cd'",
        "aws:userid",
        "aws:PrincipalOrgID",
        "aws:SourceIdentity",
        "aws:RequestedRegion",
    ] {
        let bound = |rest: &str| {
            let resource = format!("{ROLE}${{{variable}}}{rest}");
            json!([allow("sts:AssumeRole", &resource, &json!({}))])
        };
        for layer in LAYERS {
            assert_eq!(ids(&under(&any, Some((layer, &bound(""))))), TAKE, "{variable}");
            assert_eq!(ids(&under(&one, Some((layer, &bound(""))))), TAKE, "{variable}");
            assert_eq!(ids(&under(&one, Some((layer, &bound("*"))))), TAKE, "{variable}");
            // No value makes one of the other.
            let none = under(&one, Some((layer, &bound("-x"))));
            assert!(none.found.is_empty() && none.is_complete, "{variable}");
        }
    }
}

#[test]
fn a_variable_is_what_another_condition_on_its_key_asks_for() {
    for condition in [
        json!({"StringLike": {"iam:ResourceTag/a": "${aws:PrincipalTag/b}"}, "StringEquals": {"iam:ResourceTag/a": "prod"}}),
        json!({"StringLike": {"iam:ResourceTag/a": "${aws:PrincipalTag/b}*"}, "StringEquals": {"iam:ResourceTag/a": "prod-1"}}),
        json!({"StringEquals": {"iam:ResourceTag/a": ["${aws:PrincipalTag/b}-1", "${aws:PrincipalTag/c}-2"]},
            "StringLike": {"iam:ResourceTag/a": "prod-*", "aws:PrincipalTag/c": "p*d"}}),
        json!({"StringLike": {"iam:ResourceTag/a": "${aws:PrincipalTag/b}*", "aws:PrincipalTag/b": "p*"},
            "StringEquals": {"iam:ResourceTag/a": "prod-1"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/${aws:PrincipalTag/n}"}}),
        json!({"StringEquals": {"aws:username": "${aws:PrincipalTag/n}"}}),
    ] {
        let ways = key_if(&condition);
        assert_eq!(ids(&ways), KEY, "{condition}");
        assert!(ways.is_complete, "{condition}");
    }
}

/// That an example was not found is no answer where a variable was given a value that was not the only one.
#[test]
fn where_a_variable_was_not_solved_the_ways_are_not_all() {
    let deep = json!({"StringLike": {"iam:ResourceTag/a": "${aws:PrincipalTag/b}-${aws:PrincipalTag/c}", "aws:PrincipalTag/b": "*y",
        "aws:PrincipalTag/c": "x*"}, "StringEquals": {"iam:ResourceTag/a": "x-y-x-y-x"}});
    let named = json!({"StringLike": {"aws:username": "x-${aws:PrincipalTag/n}"}});
    for condition in [deep, named] {
        let ways = key_if(&condition);
        assert!(ids(&ways) == KEY || !ways.is_complete, "{condition}");
    }
    let bound = json!([allow(
        "sts:AssumeRole",
        &format!("{ROLE}${{aws:PrincipalTag/t}}"),
        &json!({"StringLike": {"aws:PrincipalTag/t": "*z"}})
    )]);
    let some = json!([allow("sts:AssumeRole", &format!("{ROLE}ab*"), &json!({}))]);
    for layer in LAYERS {
        let ways = under(&some, Some((layer, &bound)));
        assert!(ids(&ways) == TAKE || !ways.is_complete);
    }
}

#[test]
fn where_no_value_of_a_variable_helps_the_answer_is_that_there_is_no_way() {
    let none = |statements: &Value| {
        let ways = under(statements, None);
        assert!(ways.found.is_empty() && ways.is_complete, "{statements}");
    };
    let tagged = |resource: &str, condition: Value| json!([allow("*", resource, &condition)]);
    none(&tagged("arn:aws:s3:::records/${aws:PrincipalTag/team}/*", json!({})));
    none(&tagged("arn:aws:iam::*:mfa/${aws:PrincipalTag/team}", json!({})));
    none(&json!([
        allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:PrincipalTag/n}", &json!({})),
        {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/*"},
    ]));
    none(&json!([allow(
        "iam:CreateAccessKey",
        "arn:aws:iam::*:user/${aws:username}",
        &json!({})
    ),]));
    none(&json!([allow(
        "ssm:ResumeSession",
        "arn:aws:ssm:*:*:session/${aws:userid}-*",
        &json!({})
    )]));
    // Passed to a service of which no method is.
    let service = json!({"StringEquals": {"iam:PassedToService": "rds.amazonaws.com"}});
    none(&json!([
        allow(
            "iam:PassRole",
            "arn:aws:iam::*:role/${aws:PrincipalTag/team}-*",
            &service
        ),
        allow("ec2:RunInstances", "*", &json!({})),
    ]));
}

/// Such a condition holds for no value; to have it fail or hold was wished for again and again, for minutes.
#[test]
fn a_tag_that_is_compared_with_itself_does_not_keep_the_search_busy() {
    let itself = json!({"StringNotLike": {"aws:PrincipalTag/team": "${aws:PrincipalTag/team}"}});
    let statements = json!([
        allow("iam:*", "arn:aws:iam::111111111111:user/a*", &json!({})),
        allow(
            "iam:Create*",
            "arn:aws:iam::111111111111:user/${aws:PrincipalTag/team}",
            &itself
        ),
    ]);
    let bound = json!([
        allow("iam:CreateAccess?ey", "arn:aws:iam::*:user/${aws:PrincipalTag/team}*", &json!({"StringLikeIfExists": {"aws:PrincipalTag/team": "?b"}})),
        {"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::111111111111:user/${aws:PrincipalTag/team}", "Condition": itself},
    ]);
    let ways = under(&statements, Some((Layer::Boundary, &bound)));
    assert!(ids(&ways).contains(&KEY[0]) || !ways.is_complete);
}

/// IAM User Guide, "IAM policy elements: Variables and tags", section "Using special characters": `${*}` is a star that stands for itself.
#[test]
fn escaped_wildcards_in_conditions() {
    for value in ["a${*}", "a${?}", "${*}/*", "${$}b?"] {
        let open = crate::reach::allow(r#""*""#, &format!(r#"{{"StringLike": {{"s3:prefix": "{value}"}}}}"#));
        let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{open}]}}"#);
        let found = crate::reach::findings(&policy);
        assert_eq!(found[0].class, Reach::Internet, "{value}");
    }
}

/// Users whose name is their account, or what kind of caller they are, are not worked out; nobody is not said of them.
#[test]
fn variables_in_the_place_of_other_variables() {
    for (allowed, left) in [
        ("${aws:username}/*", "${aws:PrincipalAccount}/*"),
        ("${aws:username}/*", "x${aws:PrincipalType}/*"),
        ("a${aws:username}", "${aws:username}a"),
    ] {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": [
                {{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/{allowed}"}},
                {{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::records/{left}"}}]}}"#
        );
        let policy = Policy::parse(&policy).unwrap();
        let context = ReachContext {
            resource: Some("arn:aws:s3:::records"),
            accepts: Accepts::Anonymous,
        };
        let found = reach_of_resource_policy(&policy, &crate::reach::directory(), context);
        assert!(
            found.iter().any(|finding| finding.class == Reach::AnyAwsAccount),
            "{allowed} {left}: {found:?}"
        );
    }
}

#[test]
fn differences_by_escaped_wildcards() {
    let allow = crate::reach::allow(r#""*""#, r#"{"StringLike": {"s3:prefix": "a${*}"}}"#);
    let policy = |statements: &str| {
        Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()
    };
    let closed = policy(r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#);
    let change = security_monkey_iam::diff::diff(&policy(&allow), &closed);
    assert!(!change.is_complete && !change.lost.is_empty(), "{change:?}");
}
