//! One request: what was not given and decides, what every request has, and what the question itself gets wrong.
//! Source: IAM User Guide, "AWS global condition context keys".

use std::collections::BTreeMap;

use security_monkey_iam::evaluate::Caller;
use security_monkey_iam::explain::{MissingEffect, Paper, Question, Ruling, Surroundings, rule};
use serde_json::{Value, json};

const ALICE: &str = "arn:aws:iam::111111111111:user/alice";
/// 2026-11-29T00:00:00Z.
const NOW: i64 = 1_795_910_400;

fn ask(principal: &str, statements: &Value, around: &Value, action: &str, context: &[(&str, &[&str])]) -> Ruling {
    let context: BTreeMap<String, Vec<String>> = context
        .iter()
        .map(|(key, values)| {
            (
                (*key).to_owned(),
                values.iter().map(|value| (*value).to_owned()).collect(),
            )
        })
        .collect();
    let question = Question {
        principal: Some(Caller::read(principal).unwrap()),
        action,
        context: &context,
        now_epoch_seconds: Some(NOW),
    };
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let around = Surroundings::read(&around.to_string()).unwrap();
    rule(&question, &Paper::read("p.json", policy.to_string()).unwrap(), &around)
}

fn everything() -> Value {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
}

fn deny(condition: &Value) -> Value {
    json!({ "Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition })
}

fn missing(ruling: &Ruling) -> Vec<(&str, MissingEffect)> {
    let keys = ruling.missing_context.iter();
    keys.map(|missing| (missing.key.as_str(), missing.changes_decision))
        .collect()
}

/// IAM User Guide, "AWS: Denies access to AWS based on the source IP".
#[test]
fn a_direct_call_is_not_made_by_a_service() {
    let condition =
        json!({ "NotIpAddress": { "aws:SourceIp": ["203.0.113.0/24"] }, "Bool": { "aws:ViaAWSService": "false" } });
    let statements = json!([everything(), deny(&condition)]);
    let with = |context: &[(&str, &[&str])]| ask(ALICE, &statements, &json!({}), "ec2:RunInstances", context);
    let from_outside = with(&[("aws:SourceIp", &["8.8.8.8"])]);
    assert!(!from_outside.decision.is_allowed());
    let assumed: Vec<_> = from_outside.assumed_context.iter().collect();
    assert_eq!(assumed, [("aws:viaawsservice", &["false".to_owned()][..])]);
    assert!(
        from_outside
            .to_string()
            .contains("taken as usual: aws:viaawsservice=false"),
        "{from_outside}"
    );
    // What is said counts.
    let through_service = with(&[("aws:SourceIp", &["8.8.8.8"]), ("aws:ViaAWSService", &["true"])]);
    assert!(through_service.decision.is_allowed() && through_service.assumed_context.iter().next().is_none());
    // Without the address the answer depends on it, and it is said who asks for it.
    let without = with(&[]);
    assert_eq!(missing(&without), [("aws:SourceIp", MissingEffect::Alone)]);
    assert_eq!(without.missing_context[0].asked_by[0].sid.as_deref(), Some("No"));
    let text = without.to_string();
    assert!(
        text.contains("not given: aws:SourceIp: the answer depends on it (statement \"No\""),
        "{text}"
    );
}

#[test]
fn time_region_and_transport_are_in_every_request() {
    let queue = json!({ "resource": "arn:aws:sqs:us-east-1:111111111111:q" });
    let denied = |condition: &Value, around: &Value| {
        !ask(
            ALICE,
            &json!([everything(), deny(condition)]),
            around,
            "sqs:SendMessage",
            &[],
        )
        .decision
        .is_allowed()
    };
    for (condition, is_denied) in [
        (
            json!({ "DateGreaterThan": { "aws:CurrentTime": "2020-01-01T00:00:00Z" } }),
            true,
        ),
        (
            json!({ "DateGreaterThan": { "aws:CurrentTime": "2027-01-01T00:00:00Z" } }),
            false,
        ),
        (json!({ "NumericGreaterThan": { "aws:EpochTime": "1795910399" } }), true),
        (
            json!({ "NumericGreaterThan": { "aws:EpochTime": "1795910400" } }),
            false,
        ),
        (json!({ "StringEquals": { "aws:RequestedRegion": "us-east-1" } }), true),
        (json!({ "StringEquals": { "aws:RequestedRegion": "eu-west-1" } }), false),
        (json!({ "Bool": { "aws:SecureTransport": "true" } }), true),
        (json!({ "Bool": { "aws:SecureTransport": "false" } }), false),
    ] {
        assert_eq!(denied(&condition, &queue), is_denied, "{condition}");
    }
    // IAM has one endpoint; a bucket's ARN has no region.
    let in_us = json!({ "StringEquals": { "aws:RequestedRegion": "us-east-1" } });
    assert!(denied(
        &in_us,
        &json!({ "resource": "arn:aws:iam::111111111111:role/r" })
    ));
    let bucket = json!({ "resource": "arn:aws:s3:::b", "account": "111111111111" });
    assert!(!denied(&in_us, &bucket));
    let ruling = ask(
        ALICE,
        &json!([everything(), deny(&in_us)]),
        &bucket,
        "s3:ListBucket",
        &[],
    );
    assert_eq!(missing(&ruling), [("aws:RequestedRegion", MissingEffect::Alone)]);
}

#[test]
fn keys_that_decide_only_together_and_those_that_do_not_are_told_apart() {
    let allow = json!([
        { "Effect": "Allow", "Action": "s3:*", "Resource": "*",
          "Condition": { "StringEquals": { "aws:PrincipalTag/a": "1", "aws:PrincipalTag/b": "2" } } },
        { "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": { "StringEquals": { "aws:PrincipalTag/c": "3" } } },
        { "Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": { "StringEquals": { "aws:PrincipalTag/other": "3" } } },
        { "Effect": "Allow", "Action": "s3:*", "Resource": "*",
          "Condition": { "StringEquals": { "aws:PrincipalAccount": "222222222222", "aws:PrincipalTag/idle": "x" } } },
    ]);
    let ruling = ask(ALICE, &allow, &json!({}), "s3:GetObject", &[]);
    assert_eq!(
        missing(&ruling),
        [
            ("aws:PrincipalTag/a", MissingEffect::WithOthers),
            ("aws:PrincipalTag/b", MissingEffect::WithOthers),
            ("aws:PrincipalTag/c", MissingEffect::WithOthers),
            ("aws:PrincipalTag/idle", MissingEffect::Never),
        ]
    );
    let text = ruling.to_string();
    assert!(text.contains("without consequence: aws:PrincipalTag/idle\n"), "{text}");
    assert!(
        text.contains("aws:PrincipalTag/a: the answer depends on it together with others"),
        "{text}"
    );
    let half = ask(
        ALICE,
        &allow,
        &json!({}),
        "s3:GetObject",
        &[("aws:PrincipalTag/a", &["1"])],
    );
    assert_eq!(missing(&half)[0], ("aws:PrincipalTag/b", MissingEffect::Alone));
}

#[test]
fn too_many_combinations_are_not_called_without_consequence() {
    let tags: serde_json::Map<String, Value> = (0..40)
        .map(|number| (format!("aws:PrincipalTag/t{number:02}"), json!(["1", "2", "3"])))
        .collect();
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringEquals": tags } });
    let ruling = ask(ALICE, &allow, &json!({}), "s3:GetObject", &[]);
    assert_eq!(ruling.missing_context.len(), 40);
    assert!(
        missing(&ruling)
            .iter()
            .all(|(_, effect)| *effect == MissingEffect::Unknown),
        "{ruling}"
    );
}

#[test]
fn variables_ask_for_keys_too() {
    let home = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::homes/${aws:PrincipalTag/team}/*" });
    let around = json!({ "resource": "arn:aws:s3:::homes/blue/x", "account": "111111111111" });
    let ruling = ask(ALICE, &home, &around, "s3:GetObject", &[]);
    assert_eq!(missing(&ruling), [("aws:PrincipalTag/team", MissingEffect::Alone)]);
}

#[test]
fn what_follows_from_the_caller_is_not_missing() {
    let condition = json!({ "StringNotEquals": { "aws:PrincipalServiceName": "x.amazonaws.com", "aws:username": "bob" },
        "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::222222222222:*" } });
    let statements = json!([everything(), deny(&condition)]);
    let ruling = ask(
        "arn:aws:iam::111111111111:role/r",
        &statements,
        &json!({}),
        "s3:GetObject",
        &[],
    );
    assert_eq!(missing(&ruling), []);
    // Strangers have no tags.
    let public = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalTag/a": "1" } } });
    assert_eq!(missing(&ask("*", &public, &json!({}), "s3:GetObject", &[])), []);
}

/// S3 User Guide, "Amazon S3: Allows IAM users access to their S3 home directory": an empty prefix is a prefix.
#[test]
fn an_empty_value_is_a_value() {
    let allow = json!({ "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": { "StringEquals": { "s3:prefix": ["", "home/"] } } });
    assert!(
        ask(ALICE, &allow, &json!({}), "s3:ListBucket", &[("s3:prefix", &[""])])
            .decision
            .is_allowed()
    );
    assert!(
        !ask(ALICE, &allow, &json!({}), "s3:ListBucket", &[])
            .decision
            .is_allowed()
    );
}

#[test]
fn the_question_is_commented_upon() {
    let notes = |principal: &str, statements: &Value, around: Value, action: &str| {
        ask(principal, statements, &around, action, &[]).notes
    };
    let all = everything();
    let bucket = json!({ "resource": "arn:aws:s3:::b/k" });
    assert!(notes(ALICE, &all, json!({}), "s3:GetObject").is_empty());
    assert_eq!(
        notes(ALICE, &all, json!({}), "s3:NoSuch"),
        ["AWS has published no action s3:NoSuch"]
    );
    // Whose bucket it is.
    let owner = notes(ALICE, &all, bucket.clone(), "s3:GetObject");
    assert!(
        owner.len() == 1 && owner[0].contains("taken to be account 111111111111"),
        "{owner:?}"
    );
    for told in [
        json!({ "resource": "arn:aws:s3:::b/k", "account": "111111111111" }),
        json!({ "resource": "arn:aws:s3:::b/k", "resource_account": "222222222222" }),
        json!({ "resource": "arn:aws:sqs:us-east-1:111111111111:q" }),
    ] {
        assert!(notes(ALICE, &all, told.clone(), "s3:GetObject").is_empty(), "{told}");
    }
    // Where nobody is let in, it is all the same.
    let nothing = json!({ "Effect": "Allow", "Action": "ec2:*", "Resource": "*" });
    assert!(notes(ALICE, &nothing, bucket, "s3:GetObject").is_empty());
}

/// IAM User Guide, "IAM identifiers": the ARN of a session leaves out its role's path.
#[test]
fn a_session_of_a_role_with_a_path_is_pointed_to_it() {
    let role = "arn:aws:iam::111111111111:role/apps/web/app";
    let allow =
        json!({ "Effect": "Allow", "Principal": { "AWS": role }, "Action": "sqs:SendMessage", "Resource": "*" });
    let queue = json!({ "resource": "arn:aws:sqs:us-east-1:111111111111:q" });
    let session = |arn: &str| ask(arn, &allow, &queue, "sqs:SendMessage", &[]);
    let missed = session("arn:aws:sts::111111111111:assumed-role/app/s");
    assert!(!missed.decision.is_allowed());
    assert!(
        missed.notes.len() == 1 && missed.notes[0].contains(&format!("--principal {role}")),
        "{missed}"
    );
    assert!(session(role).notes.is_empty() && session(role).decision.is_allowed());
    for another in [
        "arn:aws:sts::222222222222:assumed-role/app/s",
        "arn:aws:sts::111111111111:assumed-role/pp/s",
    ] {
        assert!(session(another).notes.is_empty(), "{another}");
    }
}
