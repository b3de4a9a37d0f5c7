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
    // So is that of nobody in particular.
    let bucket = json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*" },
        { "Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition }]);
    let around = json!({ "kind": "bucket", "resource": "arn:aws:s3:::records/x" });
    let anonymous = ask("*", &bucket, &around, "s3:GetObject", &[("aws:SourceIp", &["8.8.8.8"])]);
    assert!(!anonymous.decision.is_allowed(), "{anonymous}");
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

/// Where a pattern names the roles of a path, and where the name is that of a role linked to a service, which no policy of the organisation
/// binds.
#[test]
fn a_session_that_may_be_of_a_role_of_a_path_is_pointed_to_it() {
    let but = |roles: &str| {
        let deny = json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { "ArnNotLike": { "aws:PrincipalArn": roles } } });
        json!({ "account": "111111111111", "service_control": [[{ "Version": "2012-10-17", "Statement": [everything(), deny] }]] })
    };
    let of_identity_centre = "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*";
    let session = "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me";
    let ruling = ask(
        session,
        &everything(),
        &but(of_identity_centre),
        "s3:ListAllMyBuckets",
        &[],
    );
    assert!(!ruling.decision.is_allowed());
    let role = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef";
    assert!(ruling.notes.len() == 1 && ruling.notes[0].contains(role), "{ruling}");
    assert!(
        ask(
            role,
            &everything(),
            &but(of_identity_centre),
            "s3:ListAllMyBuckets",
            &[]
        )
        .decision
        .is_allowed()
    );
    // Whoever names a role by its own ARN says its path.
    let named = "arn:aws:iam::111111111111:role/admin";
    assert!(
        ask(
            named,
            &everything(),
            &but("arn:aws:iam::*:role/ops/*"),
            "s3:ListAllMyBuckets",
            &[]
        )
        .notes
        .is_empty()
    );
    let linked = "arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling";
    let ruling = ask(
        linked,
        &everything(),
        &but("arn:aws:iam::*:role/ops"),
        "ec2:RunInstances",
        &[],
    );
    assert!(
        ruling.notes.len() == 1
            && ruling.notes[0].contains("role/aws-service-role/SERVICE/AWSServiceRoleForAutoScaling"),
        "{ruling}"
    );
    assert!(
        ask(linked, &everything(), &json!({}), "ec2:RunInstances", &[])
            .notes
            .is_empty()
    );
}

/// A trust policy is about who takes the role. What IAM does to the role is not asked of it.
#[test]
fn what_iam_does_to_a_role_needs_no_trust() {
    let role = json!({ "resource": "arn:aws:iam::111111111111:role/app" });
    let trust = json!({ "resource": "arn:aws:iam::111111111111:role/app", "resource_policy": { "Version": "2012-10-17", "Statement":
        { "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" } } });
    for around in [&role, &trust] {
        for action in ["iam:PassRole", "iam:GetRole", "IAM:UpdateAssumeRolePolicy"] {
            let ruling = ask(ALICE, &everything(), around, action, &[]);
            assert!(ruling.decision.is_allowed(), "{ruling}");
        }
        let assume = ask(ALICE, &everything(), around, "sts:AssumeRole", &[]);
        assert!(!assume.decision.is_allowed(), "{assume}");
        let foreign = ask(
            "arn:aws:iam::222222222222:user/bob",
            &everything(),
            around,
            "iam:PassRole",
            &[],
        );
        assert!(!foreign.decision.is_allowed(), "{foreign}");
    }
}

/// STS API Reference, "GetCallerIdentity" and "GetSessionToken".
#[test]
fn what_needs_no_permission_is_allowed_whatever_policies_say() {
    let nothing = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
    let role = "arn:aws:iam::111111111111:role/app";
    let decide = |principal: &str, action: &str| ask(principal, &nothing, &json!({}), action, &[]);
    for (principal, action) in [
        (ALICE, "sts:GetCallerIdentity"),
        (role, "sts:getcalleridentity"),
        (ALICE, "sts:GetSessionToken"),
    ] {
        let ruling = decide(principal, action);
        assert!(ruling.decision.is_allowed(), "{ruling}");
        assert!(ruling.to_string().contains("by AWS: "), "{ruling}");
        assert_eq!(ruling.places, [None]);
    }
    for (principal, action) in [
        (role, "sts:GetSessionToken"),
        ("*", "sts:GetCallerIdentity"),
        (ALICE, "sts:AssumeRole"),
    ] {
        assert!(!decide(principal, action).decision.is_allowed(), "{principal} {action}");
    }
}

/// IAM User Guide, "ABAC tutorial": what decides is whether one tag is as the other.
#[test]
fn a_key_that_is_compared_with_another_one_decides() {
    let by_tag = |texts: Value| json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringEquals": texts } });
    let team = by_tag(json!({ "aws:ResourceTag/team": "${aws:PrincipalTag/team}" }));
    let asked = |context: &[(&str, &[&str])]| {
        let ruling = ask(ALICE, &team, &json!({}), "ec2:StopInstances", context);
        ruling
            .missing_context
            .iter()
            .map(|missing| (missing.key.clone(), missing.changes_decision))
            .collect::<Vec<_>>()
    };
    let missing = |key: &str, effect| (key.to_owned(), effect);
    assert_eq!(
        asked(&[("aws:PrincipalTag/team", &["red"])]),
        [missing("aws:ResourceTag/team", MissingEffect::Alone)]
    );
    assert_eq!(
        asked(&[("aws:ResourceTag/team", &["red"])]),
        [missing("aws:PrincipalTag/team", MissingEffect::Alone)]
    );
    let both = ["aws:ResourceTag/team", "aws:PrincipalTag/team"].map(|key| missing(key, MissingEffect::WithOthers));
    assert_eq!(asked(&[]), both);
    // One that has a default reads otherwise once it is there.
    let home = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/${aws:PrincipalTag/team, 'common'}/*" });
    let ruling = ask(
        ALICE,
        &home,
        &json!({ "resource": "arn:aws:s3:::b/red/x", "account": "111111111111" }),
        "s3:GetObject",
        &[],
    );
    let found: Vec<_> = ruling
        .missing_context
        .iter()
        .map(|missing| (missing.key.as_str(), missing.changes_decision))
        .collect();
    assert_eq!(found, [("aws:PrincipalTag/team", MissingEffect::Alone)]);
}

/// IAM User Guide, "Set operators for multivalued context keys".
#[test]
fn an_empty_string_is_no_value_of_a_set() {
    let tags = |operator: &str| json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { "aws:TagKeys": ["a"] } } });
    let decide = |operator: &str, values: &[&str]| {
        let context: [(&str, &[&str]); 1] = [("aws:TagKeys", values)];
        ask(ALICE, &tags(operator), &json!({}), "ec2:CreateTags", &context)
            .decision
            .is_allowed()
    };
    assert!(decide("ForAllValues:StringEquals", &[""]));
    assert!(!decide("ForAllValues:StringEquals", &["", "b"]));
    assert!(!decide("ForAnyValue:StringEquals", &[""]));
    assert!(!decide("ForAnyValue:StringNotEquals", &[""]));
}

/// S3 User Guide, "How Amazon S3 authorizes a request" and "Blocking public access to your Amazon S3 storage".
#[test]
fn one_request_to_a_bucket_is_decided_with_its_acl_and_what_blocks_public_access() {
    let everybody =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" });
    let group = |name: &str| json!({ "Grants": [{ "Grantee": { "Type": "Group", "URI": format!("http://acs.amazonaws.com/groups/global/{name}") }, "Permission": "READ" }] });
    let around = |resource: &str, acl: &Value, more: &Value| {
        let mut around = json!({ "kind": "bucket", "account": "111111111111", "resource": resource, "acl": acl });
        around
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        around
    };
    let decide = |principal: &str, statements: &Value, around: &Value, action: &str| {
        ask(principal, statements, around, action, &[])
    };
    let (bucket, object, none) = ("arn:aws:s3:::b", "arn:aws:s3:::b/k", json!({}));
    let stranger = "arn:aws:iam::999999999999:user/eve";
    // What the ACL lets anybody do, and what the policy denies of it.
    let listed = decide(
        "*",
        &everybody,
        &around(bucket, &group("AllUsers"), &none),
        "s3:ListBucket",
    );
    assert!(
        listed.decision.is_allowed() && listed.to_string().contains("ACL: READ"),
        "{listed}"
    );
    assert_eq!(listed.places, [None]);
    let denied =
        json!([everybody, { "Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket", "Resource": bucket }]);
    assert!(
        !decide(
            "*",
            &denied,
            &around(bucket, &group("AllUsers"), &none),
            "s3:ListBucket"
        )
        .decision
        .is_allowed()
    );
    // Whoever is authenticated has credentials; the other half is the caller's own policy, which was not given.
    let authenticated = around(bucket, &group("AuthenticatedUsers"), &none);
    assert!(
        !decide("*", &everybody, &authenticated, "s3:ListBucket")
            .decision
            .is_allowed()
    );
    assert_eq!(
        decide(stranger, &everybody, &authenticated, "s3:ListBucket").resource_policy_allows,
        Some(true)
    );
    for closed in [
        json!({ "public_access_block": { "IgnorePublicAcls": true } }),
        json!({ "object_ownership": "BucketOwnerEnforced" }),
    ] {
        let ruling = decide(
            "*",
            &everybody,
            &around(bucket, &group("AllUsers"), &closed),
            "s3:ListBucket",
        );
        assert!(!ruling.decision.is_allowed(), "{closed}");
    }
    // A public policy that only the owner's account and services get in by.
    let restricted = around(
        object,
        &json!({}),
        &json!({ "public_access_block": { "RestrictPublicBuckets": true } }),
    );
    let ruling = decide("*", &everybody, &restricted, "s3:GetObject");
    assert!(
        !ruling.decision.is_allowed() && ruling.notes.iter().any(|note| note.contains("RestrictPublicBuckets")),
        "{ruling}"
    );
    assert!(
        decide(ALICE, &everybody, &restricted, "s3:GetObject")
            .decision
            .is_allowed()
    );
    assert!(
        decide("*", &everybody, &around(object, &json!({}), &none), "s3:GetObject")
            .decision
            .is_allowed()
    );
    // Also where the policy that is asked about is the caller's.
    let mine = json!({ "resource": object, "account": "999999999999", "resource_account": "111111111111",
        "resource_policy": { "Version": "2012-10-17", "Statement": everybody }, "public_access_block": { "RestrictPublicBuckets": true } });
    assert!(
        !decide(stranger, &everything(), &mine, "s3:GetObject")
            .decision
            .is_allowed()
    );
    let mut open = mine.clone();
    open.as_object_mut().unwrap().remove("public_access_block");
    assert!(
        decide(stranger, &everything(), &open, "s3:GetObject")
            .decision
            .is_allowed()
    );
    // A bucket without a policy has an ACL, too.
    let bare = json!({ "resource": bucket, "account": "999999999999", "resource_account": "111111111111", "acl": group("AuthenticatedUsers") });
    assert!(
        decide(stranger, &everything(), &bare, "s3:ListBucket")
            .decision
            .is_allowed()
    );
}
