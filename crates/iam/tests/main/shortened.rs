//! ARNs of resources that are cut short: AWS completes them with wildcards, and every analysis reads them so.
//! Source: IAM User Guide, "IAM JSON policy elements: Resource", on incomplete ARNs.

use security_monkey_iam::diff::{Direction, diff};
use security_monkey_iam::effective::{Administrator, effective, example};
use security_monkey_iam::escalation::escalations;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, evaluate, resource_policy_allows};
use security_monkey_iam::reach::{Accepts, ReachContext, reach_of_resource_policy};
use security_monkey_iam::{AccountDirectory, Policy};

/// Shortened, and what AWS makes of it.
const SHORTENED: [(&str, &str); 8] = [
    ("arn:*", "arn:*:*:*:*:*"),
    ("arn:aws", "arn:aws:*:*:*:*"),
    ("arn:aws:*", "arn:aws:*:*:*:*"),
    ("arn:aws:SERVICE", "arn:aws:SERVICE:*:*:*"),
    ("arn:aws:SERVICE:*", "arn:aws:SERVICE:*:*:*"),
    ("arn:*:SERVICE:*", "arn:*:SERVICE:*:*:*"),
    ("arn:aws:SERVICE:*:*", "arn:aws:SERVICE:*:*:*"),
    ("arn:aws:SERVICE:*:111111111111", "arn:aws:SERVICE:*:111111111111:*"),
];

fn read(statements: &serde_json::Value) -> Policy {
    Policy::from_value(&serde_json::json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn alice() -> Caller {
    Caller::read("arn:aws:iam::111111111111:user/alice").unwrap()
}

fn set(policy: &Policy) -> PolicySet<'_> {
    PolicySet {
        identity: vec![NamedPolicy { name: "p", policy }],
        ..PolicySet::default()
    }
}

/// The ways of somebody who may pass any role, and do this on that.
fn ways(action: &str, resource: &str) -> Vec<&'static str> {
    let policy = read(&serde_json::json!([
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
        {"Effect": "Allow", "Action": action, "Resource": resource},
    ]));
    let set = set(&policy);
    let found = escalations(&alice(), &set);
    assert!(found.is_complete, "{action} on {resource}");
    for step in found.found.iter().flat_map(|way| &way.steps) {
        assert!(evaluate(&step.witness, &set).is_allowed(), "{}", step.witness);
    }
    found.found.iter().map(|way| way.method.id.as_str()).collect()
}

#[test]
fn ways_do_not_vanish_where_an_arn_is_cut_short() {
    for service in ["lambda", "glue", "cloudformation", "ssm", "ec2", "states"] {
        let action = format!("{service}:*");
        for (short, whole) in SHORTENED {
            let [short, whole] = [short, whole].map(|text| text.replace("SERVICE", service));
            let found = ways(&action, &short);
            assert_eq!(found, ways(&action, &whole), "{action} on {short}");
            assert!(!found.is_empty(), "{action} on {short}");
        }
    }
    assert!(ways("lambda:*", "arn:aws:lambda:*").contains(&"lambda-update-function-code"));
    for short in ["arn:aws:iam", "arn:aws:iam:", "arn:aws:iam:*", "arn:aws:*", "arn:*"] {
        assert_eq!(ways("iam:CreateAccessKey", short), ["iam-create-access-key"], "{short}");
    }
    assert_eq!(ways("ssm:StartSession", "arn:aws:ec2:*"), ["ssm-start-session"]);
    // The wrong service, account or partition all the same.
    for other in [
        "arn:aws:s3",
        "arn:aws:iam::222222222222",
        "arn:aws-cn:*",
        "arn:aws:ia:*",
    ] {
        assert!(ways("iam:CreateAccessKey", other).is_empty(), "{other}");
    }
}

#[test]
fn a_deny_that_is_cut_short_closes_what_it_denies() {
    let policy = read(&serde_json::json!([
        {"Effect": "Allow", "Action": "lambda:*", "Resource": "arn:aws:lambda:*"},
        {"Effect": "Deny", "Action": "lambda:*", "Resource": "arn:aws:lambda:*:111111111111"},
    ]));
    let set = set(&policy);
    // What is left is in other accounts, or names none.
    let (request, _) = example("lambda:InvokeFunction", &alice(), &set).unwrap();
    assert!(evaluate(&request, &set).is_allowed(), "{request}");
    let policy = read(&serde_json::json!([
        {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:lambda:*"},
        {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:lambda"},
    ]));
    let set = self::set(&policy);
    assert!(escalations(&alice(), &set).found.is_empty());
}

#[test]
fn comparing_reads_what_is_cut_short_as_aws_does() {
    for principal in [serde_json::Value::Null, serde_json::json!("*")] {
        let on = |service: &str, resource: &str| {
            let mut statement =
                serde_json::json!({"Effect": "Allow", "Action": format!("{service}:*"), "Resource": resource});
            if !principal.is_null() {
                statement["Principal"] = principal.clone();
            }
            read(&statement)
        };
        for (short, whole) in SHORTENED {
            let [short, whole] = [short, whole].map(|text| on("sqs", &text.replace("SERVICE", "sqs")));
            assert_eq!(diff(&short, &whole).direction, Direction::Neutral);
        }
        let wider = diff(
            &on("lambda", "arn:aws:lambda:us-east-1:*:function:*"),
            &on("lambda", "arn:aws:lambda:*"),
        );
        assert_eq!(wider.direction, Direction::Widened);
        assert!(wider.is_complete);
        assert_eq!(wider.gained[0].resources, ["arn:aws:lambda:*"]);
        let narrower = diff(&on("sqs", "arn:aws:sqs"), &on("sqs", "arn:aws:sqs:eu-west-1"));
        assert_eq!(narrower.direction, Direction::Narrowed);
    }
    // Part of a list that another pattern of it covers, and a Deny that meets no Allow.
    let lists =
        |resources: &[&str]| read(&serde_json::json!({"Effect": "Allow", "Action": "sqs:*", "Resource": resources}));
    let (one, two) = (lists(&["arn:aws:sqs"]), lists(&["arn:aws:sqs:*:*:q", "arn:aws:sqs:*"]));
    assert_eq!(diff(&one, &two).direction, Direction::Neutral);
    let with_deny = |resource: &str| {
        read(&serde_json::json!([
            {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:sqs"},
            {"Effect": "Deny", "Action": "*", "Resource": resource},
        ]))
    };
    assert_eq!(diff(&with_deny("arn:aws:sns"), &one).direction, Direction::Narrowed);
    let (elsewhere, nowhere) = (with_deny("arn:aws:sns"), with_deny("arn:aws:kms"));
    assert_eq!(diff(&elsewhere, &nowhere).direction, Direction::Neutral);
}

#[test]
fn who_reaches_what_is_cut_short_is_shown_by_an_example() {
    for (short, _) in SHORTENED {
        let resource = short.replace("SERVICE", "sqs");
        let policy =
            read(&serde_json::json!({"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": resource}));
        for asked in [None, Some("arn:aws:sqs:us-east-1:111111111111:q")] {
            let context = ReachContext {
                resource: asked,
                accepts: Accepts::Anonymous,
            };
            let found = reach_of_resource_policy(&policy, &AccountDirectory::new().seen_from("111111111111"), context);
            let witness = found.first().and_then(|finding| finding.witness.as_ref());
            let witness = witness.unwrap_or_else(|| panic!("{resource} for {asked:?}: {found:?}"));
            assert!(resource_policy_allows(&policy, witness), "{witness}");
        }
    }
}

/// An administrator under a condition may change any user, however the ARN is written.
#[test]
fn all_of_iam_is_all_of_it_however_it_is_written() {
    let is_administrator = |resource: &str| {
        let policy = read(&serde_json::json!({
            "Effect": "Allow", "Action": "*", "Resource": resource,
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        }));
        effective(&set(&policy)).administrator() == Administrator::UnderConditions
    };
    let whole = is_administrator("arn:aws:iam:*:*:*");
    for short in ["arn:aws:iam", "arn:aws:iam:", "arn:aws:iam:*", "arn:aws", "arn:*"] {
        assert_eq!(is_administrator(short), whole, "{short}");
    }
    assert!(whole);
    assert!(!is_administrator("arn:aws:s3"));
}
