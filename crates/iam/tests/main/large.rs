//! Large ordinary policies: as many patterns as teams, repositories and accounts have. However many there are, the class is the one of a
//! policy with a few, and nothing farther is reported because a search was cut short.

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::resource_policy_allows;
use security_monkey_iam::reach::{Accepts, Reach, ReachContext, reach_of_resource_policy};

use crate::reach::directory;

const COUNTS: [usize; 4] = [2, 5, 22, 40];
const BUCKET: &str = "arn:aws:s3:::records";
const TOPIC: &str = "arn:aws:sns:us-east-1:111111111111:alarms";
const ROLE: &str = "arn:aws:iam::111111111111:role/deploy";

/// The classes of a policy of these statements, each once, and whether every finding has its proof.
fn classes(resource: &str, statements: &str) -> (Vec<Reach>, bool) {
    let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let policy = Policy::parse(&document).unwrap_or_else(|error| panic!("{document}: {error}"));
    let accepts = Accepts::of_policy(&policy, Some(resource));
    let context = ReachContext {
        resource: Some(resource),
        accepts,
    };
    let found = reach_of_resource_policy(&policy, &directory(), context);
    let is_proved = found.iter().all(|finding| {
        let witness = finding.witness.as_ref();
        witness.is_some_and(|witness| resource_policy_allows(&policy, witness))
    });
    let mut classes: Vec<Reach> = found.iter().map(|finding| finding.class).collect();
    classes.dedup();
    (classes, is_proved)
}

fn list(count: usize, one: impl Fn(usize) -> String) -> String {
    let all: Vec<String> = (0..count).map(|number| format!(r#""{}""#, one(number))).collect();
    format!("[{}]", all.join(", "))
}

fn open_bucket(condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "{BUCKET}/*", "Condition": {condition}}}"#
    )
}

/// Roles of IAM Identity Center, whose names end in what nobody chooses.
/// Source: IAM Identity Center User Guide, "Referencing permission sets in resource policies, Amazon EKS Cluster config maps, and AWS KMS key policies".
fn permission_sets(count: usize) -> String {
    list(count, |number| {
        format!("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Team{number}_*")
    })
}

#[test]
fn permission_sets_of_our_organisation_are_our_organisation() {
    for count in COUNTS {
        let roles = permission_sets(count);
        for operator in ["ArnLike", "StringLike"] {
            let held = open_bucket(&format!(
                r#"{{"StringEquals": {{"aws:PrincipalOrgID": "o-ours1234567"}}, "{operator}": {{"aws:PrincipalArn": {roles}}}}}"#
            ));
            assert_eq!(
                classes(BUCKET, &held),
                (vec![Reach::Organisation], true),
                "{count} {operator}"
            );
        }
        // The same said by Denies.
        let deny = |condition: &str| {
            format!(
                r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}"#
            )
        };
        let open = format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "*"}}, "Action": "s3:GetObject", "Resource": "{BUCKET}/*"}}"#
        );
        let others = deny(r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#);
        let unnamed = deny(&format!(r#"{{"ArnNotLike": {{"aws:PrincipalArn": {roles}}}}}"#));
        let held = format!("{open}, {others}, {unnamed}");
        assert_eq!(
            classes(BUCKET, &held),
            (vec![Reach::Organisation], true),
            "{count} denied"
        );
    }
}

#[test]
fn permission_sets_of_anybody_are_any_account() {
    for count in COUNTS {
        let roles = permission_sets(count);
        let held = open_bucket(&format!(r#"{{"ArnLike": {{"aws:PrincipalArn": {roles}}}}}"#));
        assert_eq!(classes(BUCKET, &held), (vec![Reach::AnyAwsAccount], true), "{count}");
    }
}

#[test]
fn repositories_of_one_owner_are_pinned() {
    let trust = |condition: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}"#
        )
    };
    for count in COUNTS {
        let repositories = list(count, |number| format!("repo:octo-org/team{number}-service:*"));
        let held = trust(&format!(
            r#"{{"StringEquals": {{"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, "StringLike": {{"token.actions.githubusercontent.com:sub": {repositories}}}}}"#
        ));
        let pinned = Reach::Federation { pinned: true };
        assert_eq!(classes(ROLE, &held), (vec![pinned], true), "{count}");
        // One that names no owner opens it to everybody's repositories.
        let open = repositories.replacen("octo-org/team0", "octo*/team0", 1);
        let held = trust(&format!(
            r#"{{"StringLike": {{"token.actions.githubusercontent.com:sub": {open}}}}}"#
        ));
        let open = Reach::Federation { pinned: false };
        assert_eq!(classes(ROLE, &held), (vec![open], true), "{count} open");
    }
}

#[test]
fn alarms_of_our_accounts_are_guarded() {
    for count in COUNTS {
        for (operator, key, value) in [
            ("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:*:{}:alarm:*"),
            ("StringLike", "aws:SourceArn", "arn:aws:cloudwatch:*:{}:alarm:*"),
            ("ArnLike", "aws:SourceArn", "arn:aws:cloudwatch:us-*:{}:alarm:prod-*"),
            ("StringEquals", "aws:SourceAccount", "{}"),
        ] {
            let accounts = list(count, |number| {
                let account = if number == 0 {
                    "111111111111".to_owned()
                } else {
                    format!("5555555555{number:02}")
                };
                value.replace("{}", &account)
            });
            let alarms = format!(
                r#"{{"Effect": "Allow", "Principal": {{"Service": "cloudwatch.amazonaws.com"}}, "Action": "sns:Publish", "Resource": "{TOPIC}", "Condition": {{"{operator}": {{"{key}": {accounts}}}}}}}"#
            );
            let (found, is_proved) = classes(TOPIC, &alarms);
            assert!(is_proved, "{count} {operator} {value}");
            // The others are accounts that nobody has told us about.
            let expected = [Reach::UnknownAccount, Reach::AwsService { guarded: true }];
            assert_eq!(found, expected, "{count} {operator} {value}");
        }
    }
}

#[test]
fn prefixes_for_our_organisation_open_nothing_farther() {
    for count in COUNTS {
        let prefixes = list(count, |number| format!("team{number}/*"));
        let ours = r#""StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}"#;
        let listed = |condition: &str| {
            open_bucket(condition)
                .replace("s3:GetObject", "s3:ListBucket")
                .replace("records/*", "records")
        };
        let held = listed(&format!(r#"{{"StringLike": {{"s3:prefix": {prefixes}}}, {ours}}}"#));
        assert_eq!(classes(BUCKET, &held), (vec![Reach::Organisation], true), "{count}");
        // Whatever the order, and where Denies say it.
        let open = listed(&format!(r#"{{"StringLike": {{"s3:prefix": {prefixes}}}}}"#));
        let others = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}}"#;
        let listing = format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:ListBucket", "Resource": "*", "Condition": {{"StringNotLike": {{"s3:prefix": {prefixes}}}}}}}"#
        );
        let held = format!("{open}, {listing}, {others}");
        assert_eq!(
            classes(BUCKET, &held),
            (vec![Reach::Organisation], true),
            "{count} denied"
        );
    }
}

#[test]
fn many_accounts_under_patterns_of_names_are_each_themselves() {
    for count in COUNTS {
        let roots = list(count, |number| format!("arn:aws:iam::5555555555{number:02}:root"));
        let roles = permission_sets(count);
        let allow = format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": {roots}}}, "Action": "s3:GetObject", "Resource": "{BUCKET}/*"}}"#
        );
        let deny = format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {{"ArnNotLike": {{"aws:PrincipalArn": {roles}}}}}}}"#
        );
        let found = classes(BUCKET, &format!("{allow}, {deny}"));
        assert_eq!(found, (vec![Reach::UnknownAccount], true), "{count}");
    }
}

/// As many values as a bucket policy of 20 KB holds.
const MOST: [usize; 3] = [40, 250, 1_000];

#[test]
fn long_lists_of_networks_hold_everybody_to_these_networks() {
    for count in MOST {
        let networks = list(count, |number| format!("20.{}.{}.0/24", number / 256 * 2, number % 256));
        for condition in [
            format!(r#"{{"IpAddress": {{"aws:SourceIp": {networks}}}}}"#),
            format!(r#"{{"IpAddress": {{"aws:SourceIp": {networks}}}, "Bool": {{"aws:SecureTransport": "true"}}}}"#),
        ] {
            let held = open_bucket(&condition);
            assert_eq!(classes(BUCKET, &held), (vec![Reach::Network], true), "{count}");
        }
        let denied = format!(
            r#"{}, {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {{"NotIpAddress": {{"aws:SourceIp": {networks}}}}}}}"#,
            open_bucket("{}")
        );
        assert_eq!(classes(BUCKET, &denied), (vec![Reach::Network], true), "{count} denied");
    }
}

#[test]
fn long_lists_of_accounts_and_endpoints_let_in_no_others() {
    for count in MOST {
        let accounts = list(count, |number| format!("5{number:011}"));
        let held = open_bucket(&format!(
            r#"{{"StringEquals": {{"aws:PrincipalAccount": {accounts}}}}}"#
        ));
        assert_eq!(classes(BUCKET, &held), (vec![Reach::UnknownAccount], true), "{count}");
        let endpoints = list(count, |number| format!("vpce-{number:08x}"));
        let held = open_bucket(&format!(r#"{{"StringEquals": {{"aws:SourceVpce": {endpoints}}}}}"#));
        assert_eq!(classes(BUCKET, &held), (vec![Reach::Network], true), "{count}");
    }
}

/// One tag more than there are colours, where no two may be of the same: nobody can ask so, which few ways show and many do not. What is not
/// shown within the effort is not said to be nobody.
#[test]
fn what_is_too_much_to_decide_is_not_excluded() {
    let each = |tags: usize, colours: usize| {
        let tag = |number: usize| format!("aws:RequestTag/{number}");
        let list = list(colours, |colour| format!("colour-{colour}"));
        let one_of = |number: usize| format!(r#""{}": {list}"#, tag(number));
        let allowed: Vec<String> = (0..tags).map(one_of).collect();
        let allow = open_bucket(&format!(r#"{{"StringEquals": {{{}}}}}"#, allowed.join(", ")));
        let pairs = (0..tags).flat_map(|one| (one + 1..tags).map(move |other| (one, other)));
        let alike = pairs.flat_map(|(one, other)| {
            (0..colours).map(move |colour| {
                let (one, other) = (tag(one), tag(other));
                format!(
                    r#"{{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {{"StringEquals": {{"{one}": "colour-{colour}", "{other}": "colour-{colour}"}}}}}}"#
                )
            })
        });
        let statements: Vec<String> = std::iter::once(allow).chain(alike).collect();
        classes(BUCKET, &statements.join(", "))
    };
    assert_eq!(each(3, 3), (vec![Reach::Internet], true));
    assert_eq!(each(4, 3), (vec![], true));
    let (found, is_proved) = each(9, 8);
    assert_eq!((found.first(), is_proved), (Some(&Reach::Internet), false));
}
