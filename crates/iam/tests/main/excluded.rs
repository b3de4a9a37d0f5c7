//! Requesters who get in, by conditions that are easily taken to exclude them: patterns that are no plain ARNs, several patterns on
//! one key, windows between two bounds, variables. Every witness is confirmed by the evaluator, in [`classes`].

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, Request, resource_policy_allows};
use security_monkey_iam::reach::{Accepts, Reach, ReachContext, normalise, reach_of_resource_policy};

use crate::reach::{allow, classes, deny, directory, findings};

const ANYBODY: [&str; 2] = [r#""*""#, r#"{"AWS": "*"}"#];

fn policy(statements: &str) -> Policy {
    Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()
}

#[test]
fn patterns_of_principals_that_are_no_plain_arns_let_strangers_in() {
    let conditions = [
        r#"{"StringLike": {"aws:PrincipalArn": "*:role/admin"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "*role/admin*"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "arn:*:role/admin"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*role/admin"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "*AWSReservedSSO_Admin*"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "*:user/ops/?*-prod"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "*:federated-user/*"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "*:root"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:*admin"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:*::*:role/*admin"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app*"}, "StringLike": {"aws:PrincipalArn": "*-prod"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": ["arn:aws:iam::111111111111:role/x", "*:role/${aws:PrincipalAccount}"]}}"#,
    ];
    for condition in conditions {
        for principal in ANYBODY {
            let statement = allow(principal, condition);
            assert_eq!(classes(&statement), [Reach::AnyAwsAccount], "{statement}");
        }
    }
    // One role of a known account, where the account is all that is fixed.
    let own = r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:*admin*"}}"#;
    assert_eq!(classes(&allow(ANYBODY[0], own)), [Reach::SameAccount]);
    let vendor = r#"{"ArnLike": {"aws:PrincipalArn": "arn:*:iam::333333333333:*/admin"}}"#;
    assert_eq!(classes(&allow(ANYBODY[0], vendor)), [Reach::ThirdPartyAccount]);
}

#[test]
fn a_deny_of_everybody_but_a_pattern_spares_strangers() {
    for pattern in ["*:role/admin", "*AWSReservedSSO_Admin*", "arn:aws:iam::*:*/admin"] {
        let spare = deny(&format!(r#"{{"StringNotLike": {{"aws:PrincipalArn": "{pattern}"}}}}"#));
        for principal in [r#""*""#, r#"{"AWS": "arn:aws:iam::444444444444:root"}"#] {
            let statements = format!("{}, {spare}", allow(principal, ""));
            let expected = if principal == r#""*""# {
                Reach::AnyAwsAccount
            } else {
                Reach::UnknownAccount
            };
            assert_eq!(classes(&statements), [expected], "{statements}");
        }
    }
    // Nobody is called so.
    let nobody = deny(r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:group/*"}}"#);
    assert_eq!(classes(&format!("{}, {nobody}", allow(ANYBODY[0], ""))), []);
}

#[test]
fn patterns_of_sources_that_are_no_plain_arns_let_strangers_in() {
    let conditions = [
        r#"{"StringLike": {"aws:SourceArn": "arn:aws:sns:*:mytopic"}}"#,
        r#"{"StringLike": {"aws:SourceArn": "*:mytopic"}}"#,
        r#"{"StringLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:*mytopic"}}"#,
        r#"{"StringLike": {"aws:SourceArn": "arn:aws:lambda:eu-*mytopic"}}"#,
        r#"{"StringLike": {"aws:SourceArn": "arn:*:eu-west-1:*mytopic"}}"#,
        r#"{"StringLike": {"aws:SourceArn": "*:s3:::*-logs"}}"#,
        r#"{"ArnLike": {"aws:SourceArn": "arn:aws:s*:*:*:my*"}, "StringLike": {"aws:SourceArn": "*-topic"}}"#,
    ];
    for condition in conditions {
        let service = allow(r#"{"Service": "sns.amazonaws.com"}"#, condition);
        assert_eq!(classes(&service), [Reach::AwsService { guarded: false }], "{service}");
        let anybody = allow(ANYBODY[0], condition);
        assert_eq!(classes(&anybody), [Reach::AnyAwsAccount], "{anybody}");
    }
    // The account is fixed, though the pattern has five parts.
    let own = r#"{"StringLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111111111111*topic"}}"#;
    let service = allow(r#"{"Service": "sns.amazonaws.com"}"#, own);
    assert_eq!(classes(&service), [Reach::AwsService { guarded: true }], "{service}");
}

#[test]
fn a_variable_for_the_owner_fixes_the_account_of_an_arn() {
    let conditions = [
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/x"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/team/*"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111*"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111*"}}"#,
    ];
    for condition in conditions {
        let statement = allow(ANYBODY[0], condition);
        assert_eq!(classes(&statement), [Reach::SameAccount], "{statement}");
        let normalised = &normalise(&policy(&statement), &directory())[0];
        assert_eq!(normalised.principals[0].class, Reach::SameAccount, "{statement}");
        assert!(!normalised.public, "{statement}");
    }
    let source = r#"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:${aws:ResourceAccount}:mytopic"}}"#;
    let service = allow(r#"{"Service": "sns.amazonaws.com"}"#, source);
    assert_eq!(classes(&service), [Reach::AwsService { guarded: true }]);
}

#[test]
fn a_window_between_two_bounds_is_open() {
    let windows = [
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}, "DateLessThan": {"aws:CurrentTime": "2024-02-01T00:00:00Z"}}"#,
        r#"{"DateGreaterThan": {"aws:EpochTime": "1709209815"}, "DateLessThan": {"aws:EpochTime": "1709209817"}}"#,
        r#"{"NumericGreaterThan": {"s3:TlsVersion": "1.1"}, "NumericLessThan": {"s3:TlsVersion": "1.25"}}"#,
        r#"{"NumericGreaterThan": {"s3:max-keys": "10"}, "NumericLessThan": {"s3:max-keys": "10.5"}}"#,
    ];
    for window in windows {
        let statement = allow(ANYBODY[0], window);
        assert_eq!(classes(&statement), [Reach::Internet], "{statement}");
    }
    // There is no version between the two.
    let none = r#"{"NumericGreaterThan": {"s3:TlsVersion": "1.2"}, "NumericLessThan": {"s3:TlsVersion": "1.3"}}"#;
    assert_eq!(classes(&allow(ANYBODY[0], none)), []);
    // An Allow from a day on, and a Deny up to another.
    let late = deny(r#"{"DateLessThanEquals": {"aws:CurrentTime": "2030-06-01"}}"#);
    let early = allow(ANYBODY[0], r#"{"DateLessThan": {"aws:CurrentTime": "2030-06-02"}}"#);
    assert_eq!(classes(&format!("{early}, {late}")), [Reach::Internet]);
}

/// Who gets in from a moment on; without one it is asked about all times.
fn classes_from(epoch_seconds: Option<i64>, statements: &str) -> Vec<Reach> {
    let known = match epoch_seconds {
        Some(moment) => directory().with_earliest_request(moment),
        None => directory(),
    };
    let policy = policy(statements);
    let context = ReachContext {
        resource: Some("arn:aws:s3:::records"),
        accepts: Accepts::Anonymous,
    };
    let found = reach_of_resource_policy(&policy, &known, context);
    for finding in &found {
        let witness = finding.witness.as_ref().unwrap();
        assert!(resource_policy_allows(&policy, witness), "{witness} by {statements}");
    }
    found.iter().map(|finding| finding.class).collect()
}

#[test]
fn what_was_allowed_until_a_day_lets_nobody_in_after_it() {
    // 2024-02-29T12:30:15Z.
    const DAY: i64 = 1_709_209_815;
    let ends = [
        r#"{"DateLessThan": {"aws:CurrentTime": "2024-02-29T12:30:15Z"}}"#,
        r#"{"DateLessThan": {"aws:EpochTime": "1709209815"}}"#,
        r#"{"NumericLessThan": {"aws:EpochTime": "1709209815"}}"#,
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2023-01-01"}, "DateLessThanEquals": {"aws:CurrentTime": "2024-02-29T12:30:14Z"}}"#,
        r#"{"DateLessThanIfExists": {"aws:CurrentTime": "2024-02-29T12:30:15Z"}}"#,
        r#"{"DateEquals": {"aws:CurrentTime": "2024-02-29T12:30:14Z"}}"#,
    ];
    for end in ends {
        let statement = allow(ANYBODY[0], end);
        assert_eq!(classes_from(None, &statement), [Reach::Internet], "{end}");
        assert_eq!(classes_from(Some(DAY - 1), &statement), [Reach::Internet], "{end}");
        assert_eq!(classes_from(Some(DAY), &statement), [], "{end}");
    }
    // What begins later is still to come, between two days too; what has no end, or is no date, stays.
    for open in [
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2030-01-01"}, "DateLessThan": {"aws:CurrentTime": "2030-01-02"}}"#,
        r#"{"NumericGreaterThan": {"aws:EpochTime": "1893456000"}, "NumericLessThan": {"aws:EpochTime": "1893456002"}}"#,
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}}"#,
        r#"{"DateNotEquals": {"aws:CurrentTime": "2024-02-29T12:30:15Z"}}"#,
        r#"{"DateLessThanEquals": {"aws:EpochTime": "1709209815"}}"#,
    ] {
        assert_eq!(
            classes_from(Some(DAY), &allow(ANYBODY[0], open)),
            [Reach::Internet],
            "{open}"
        );
    }
    // A Deny from a day on closes, one until a day opens.
    let all = allow(ANYBODY[0], "");
    let from = deny(r#"{"DateGreaterThanEquals": {"aws:CurrentTime": "2024-02-29T12:30:15Z"}}"#);
    assert_eq!(
        classes_from(Some(DAY - 1), &format!("{all}, {from}")),
        [Reach::Internet]
    );
    assert_eq!(classes_from(Some(DAY), &format!("{all}, {from}")), []);
    let until = deny(r#"{"DateLessThan": {"aws:CurrentTime": "2024-03-01"}}"#);
    assert_eq!(classes_from(Some(DAY), &format!("{all}, {until}")), [Reach::Internet]);
    // A token may have been issued before: that is how sessions are revoked.
    let tokens = r#"{"DateLessThan": {"aws:TokenIssueTime": "2024-01-01"}}"#;
    assert_eq!(
        classes_from(Some(DAY), &allow(ANYBODY[0], tokens)),
        [Reach::AnyAwsAccount]
    );
    // Seen from another account it is the same moment.
    let seen = directory().with_earliest_request(DAY).seen_from("222222222222");
    assert_eq!(seen.earliest_request(), Some(DAY));
}

#[test]
fn an_escalation_within_a_window_is_one() {
    let windows = [
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}, "DateLessThan": {"aws:CurrentTime": "2024-02-01T00:00:00Z"}}"#,
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2030-01-01"}, "DateLessThan": {"aws:CurrentTime": "2030-01-02"}}"#,
    ];
    for window in windows {
        let identity = policy(&format!(
            r#"{{"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": {window}}}"#
        ));
        let set = PolicySet {
            identity: vec![NamedPolicy {
                name: "identity",
                policy: &identity,
            }],
            ..PolicySet::default()
        };
        let user = Caller::User {
            arn: "arn:aws:iam::111111111111:user/u".to_owned(),
        };
        let found = security_monkey_iam::escalation::escalations(&user, &set);
        assert!(!found.found.is_empty(), "{window}");
    }
}

#[test]
fn several_patterns_on_a_key_of_the_requester_are_met_together() {
    let spare = deny(r#"{"StringNotLike": {"aws:UserAgent": "*-prod"}}"#);
    let agents = allow(ANYBODY[0], r#"{"StringLike": {"aws:UserAgent": "app*"}}"#);
    assert_eq!(classes(&format!("{agents}, {spare}")), [Reach::Internet]);
    let none = deny(r#"{"StringNotLike": {"aws:UserAgent": "b*"}}"#);
    assert_eq!(classes(&format!("{agents}, {none}")), []);
}

#[test]
fn the_root_user_of_another_partition_has_its_arn() {
    let bucket = "arn:aws-us-gov:s3:::records";
    let statement = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws-us-gov:s3:::records/*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws-us-gov:iam::111111111111:root"}}}"#;
    let policy = policy(statement);
    let root = Caller::Root {
        account: "111111111111".to_owned(),
    };
    let ask = |resource: &str| Request::new(root.clone(), "s3:GetObject", resource).owned_by("111111111111");
    assert!(resource_policy_allows(&policy, &ask("arn:aws-us-gov:s3:::records/x")));
    assert_eq!(ask("arn:aws-cn:s3:::records/x").partition(), "aws-cn");
    let context = ReachContext {
        resource: Some(bucket),
        accepts: Accepts::Anonymous,
    };
    let found = reach_of_resource_policy(&policy, &directory(), context);
    assert_eq!(
        found.iter().map(|finding| finding.class).collect::<Vec<_>>(),
        [Reach::SameAccount]
    );
    assert!(found[0].witness.is_some());
}

/// The organisation of the source is named, and a Deny asks for an ARN: any of the organisation's will do.
#[test]
fn a_source_of_an_organisation_has_an_arn_that_nobody_names() {
    let organisation = allow(ANYBODY[0], r#"{"StringLike": {"aws:SourceOrgID": "o-ours1234567"}}"#);
    let others = deny(r#"{"ArnLikeIfExists": {"aws:SourceArn": "arn:aws:s3:::ours"}}"#);
    let found = classes(&format!("{organisation}, {others}"));
    assert_eq!(found, [Reach::AwsService { guarded: true }]);
}

/// What a Deny takes from one organisation says nothing of the other that is named beside it.
#[test]
fn a_source_of_an_organisation_is_of_no_other() {
    for key in ["aws:SourceOrgID", "aws:SourceOrgPaths"] {
        let [ours, theirs] = ["o-ours1234567", "o-theirs12345"].map(|id| match key {
            "aws:SourceOrgID" => id.to_owned(),
            _ => format!("{id}/r-ab12/"),
        });
        for principal in [ANYBODY[0], r#"{"Service": "sns.amazonaws.com"}"#] {
            let both = format!(r#"{{"ForAnyValue:StringEquals": {{"{key}": ["{ours}", "{theirs}"]}}}}"#);
            let both = allow(principal, &both);
            let guarded = Reach::AwsService { guarded: true };
            assert_eq!(classes(&both), [Reach::UnknownOrganisation, guarded], "{both}");
            let spared = deny(&format!(r#"{{"ForAnyValue:StringEquals": {{"{key}": "{theirs}"}}}}"#));
            let statements = format!("{both}, {spared}");
            assert_eq!(classes(&statements), [guarded], "{statements}");
        }
    }
}

/// That a request must have a key, or must not, names no organisation.
#[test]
fn the_presence_of_a_key_is_no_organisation() {
    for (key, principal) in [
        ("aws:PrincipalOrgID", ANYBODY[0]),
        ("aws:SourceOrgID", r#"{"Service": "sns.amazonaws.com"}"#),
    ] {
        for is_absent in ["true", "false"] {
            let allow = allow(
                principal,
                r#"{"StringEquals": {"aws:SourceVpc": "vpc-ours", "aws:SourceAccount": "111111111111"}}"#,
            );
            let allow = if principal == ANYBODY[0] {
                allow.replace(r#", "aws:SourceAccount": "111111111111""#, "")
            } else {
                allow.replace(r#""aws:SourceVpc": "vpc-ours", "#, "")
            };
            let unless = deny(&format!(r#"{{"Null": {{"{key}": "{is_absent}"}}}}"#));
            let found = classes(&format!("{allow}, {unless}"));
            assert!(
                !found.contains(&Reach::UnknownOrganisation),
                "{key} {is_absent}: {found:?}"
            );
        }
    }
}

/// A witness for an organisation says so, also where the only statement that asks for it is about something else.
#[test]
fn a_witness_of_an_organisation_is_of_it() {
    let elsewhere = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other", "Condition": {"StringEquals": {"KEY": "o-ours1234567"}}}"#;
    let networked = allow(ANYBODY[0], r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#);
    let service = allow(
        r#"{"Service": "sns.amazonaws.com"}"#,
        r#"{"StringEquals": {"aws:SourceAccount": "111111111111"}}"#,
    );
    for (statement, key) in [(networked, "aws:PrincipalOrgID"), (service, "aws:SourceOrgID")] {
        let theirs = elsewhere.replace("KEY", key).replace("o-ours1234567", "o-theirs12345");
        let ours = elsewhere.replace("KEY", key);
        let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}, {ours}, {theirs}]}}"#);
        let mut organisations = 0;
        for finding in findings(&document) {
            if finding.who.contains("o-") && matches!(finding.class, Reach::Organisation | Reach::UnknownOrganisation) {
                let witness = finding.witness.unwrap();
                let of = witness.context.get(key).unwrap_or_default();
                assert!(
                    of.iter().any(|id| finding.who.ends_with(id)),
                    "{} by {witness}",
                    finding.who
                );
                organisations += 1;
            }
        }
        assert!(organisations > 0, "{document}");
    }
}
