//! Why nobody gets in, and with whom something is shared.

use security_monkey_iam::explain::{ClosedStatement, Explanation, Obstacle, Paper, SharingList, Surroundings, explain};
use security_monkey_iam::reach::Reach;
use serde_json::{Value, json};

fn explained(statements: &Value, around: &Value) -> Explanation {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let around = Surroundings::read(&around.to_string()).unwrap();
    explain(&Paper::read("p", policy.to_string()).unwrap(), &around)
}

fn closed(statements: &Value, around: &Value) -> Vec<ClosedStatement> {
    match explained(statements, around) {
        Explanation::Reach { lets_nobody_in, .. } => lets_nobody_in,
        other => panic!("{other:?}"),
    }
}

fn allow(condition: &Value) -> Value {
    json!({ "Sid": "Read", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": condition })
}

fn deny(sid: &str, condition: &Value) -> Value {
    json!({ "Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition })
}

/// Nobody has an address in two networks.
fn two_networks() -> Value {
    json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" }, "IpAddressIfExists": { "aws:SourceIp": "198.51.100.0/24" } })
}

fn bucket() -> Value {
    json!({ "resource": "arn:aws:s3:::b", "account": "111111111111" })
}

#[test]
fn a_condition_that_nobody_meets_is_named() {
    let never = json!({ "DateLessThan": { "aws:CurrentTime": "not a date" } });
    let statements = json!([
        allow(&never),
        deny("Tls", &json!({ "Bool": { "aws:SecureTransport": "false" } }))
    ]);
    let found = closed(&statements, &bucket());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].statement, found[0].sid.as_deref()), (0, Some("Read")));
    let [Obstacle::Condition { condition, without_it }] = found[0].because.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (condition.key.as_str(), *without_it),
        ("aws:CurrentTime", Reach::Internet)
    );
    let text = explained(&statements, &bucket()).to_string();
    assert!(
        text.contains("nobody can reach it through this policy\n\nstatement \"Read\" lets nobody in\n  nobody meets aws:CurrentTime DateLessThan not a date: ")
            && text.contains("; without it: the internet"),
        "{text}"
    );
}

#[test]
fn conditions_that_exclude_each_other_are_each_an_obstacle() {
    let found = closed(&json!([allow(&two_networks())]), &bucket());
    let keys: Vec<bool> = found[0]
        .because
        .iter()
        .map(|obstacle| matches!(obstacle, Obstacle::Condition { .. }))
        .collect();
    assert_eq!(keys, [true, true], "{found:?}");
    let mut thrice = two_networks();
    thrice["IpAddress"]["aws:VpcSourceIp"] = json!("10.0.0.0/8");
    thrice["IpAddressIfExists"]["aws:VpcSourceIp"] = json!("192.168.0.0/16");
    let found = closed(&json!([allow(&thrice)]), &bucket());
    assert!(
        matches!(
            found[0].because.as_slice(),
            [Obstacle::Conditions {
                without_them: Reach::Internet
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn the_deny_that_takes_everything_is_named() {
    let tls = deny("Tls", &json!({ "Bool": { "aws:SecureTransport": "false" } }));
    let plain = deny("Plain", &json!({ "Bool": { "aws:SecureTransport": "true" } }));
    let all = deny("All", &json!({ "StringNotEquals": { "aws:PrincipalArn": "" } }));
    let anybody = allow(&json!({}));
    let names = |found: &[ClosedStatement]| -> Vec<(Option<usize>, Option<String>)> {
        let because = found.iter().flat_map(|closed| &closed.because);
        let named = because.map(|obstacle| match obstacle {
            Obstacle::Deny {
                statement,
                sid,
                without_it,
            } => {
                assert_eq!(*without_it, Reach::Internet);
                (*statement, sid.clone())
            }
            other => panic!("{other:?}"),
        });
        named.collect()
    };
    let found = closed(&json!([tls, anybody, all]), &bucket());
    assert_eq!(names(&found), [(Some(2), Some("All".to_owned()))]);
    // Of two that leave nothing together, each is an obstacle by itself.
    let found = closed(&json!([tls, plain, anybody]), &bucket());
    assert_eq!(names(&found).len(), 2);
    // Twice the same: neither by itself.
    let found = closed(&json!([all, all, anybody]), &bucket());
    assert!(
        matches!(
            found[0].because.as_slice(),
            [Obstacle::Denies {
                without_them: Reach::Internet
            }]
        ),
        "{found:?}"
    );
    // One of the organisation is no statement of this policy.
    let guardrail = json!({ "Version": "2012-10-17", "Statement": all });
    let mut around = bucket();
    around["resource_control"] = json!([[guardrail]]);
    let found = closed(&json!([anybody]), &around);
    assert_eq!(names(&found), [(None, Some("All".to_owned()))]);
}

#[test]
fn other_resources_and_nobody_are_told_apart() {
    let elsewhere =
        json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::another/*" });
    let found = closed(&json!([elsewhere]), &bucket());
    assert_eq!(found[0].because, [Obstacle::Resource]);
    let nobody = json!({ "Effect": "Allow", "Principal": { "AWS": [] }, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" });
    let found = closed(&json!([nobody]), &bucket());
    assert_eq!(found[0].because, [Obstacle::Principal]);
    // Nothing to say of what lets somebody in.
    assert_eq!(closed(&json!([allow(&json!({}))]), &bucket()), []);
}

#[test]
fn where_there_is_too_much_to_try_it_says_so() {
    let never = json!({ "DateLessThan": { "aws:CurrentTime": "not a date" } });
    let many: Vec<Value> = (0..40)
        .map(|number| {
            let mut statement = allow(&never);
            statement["Sid"] = json!(format!("S{number}"));
            statement
        })
        .collect();
    let found = closed(&json!(many), &bucket());
    assert_eq!(found.len(), 40);
    assert!(matches!(found[0].because[0], Obstacle::Condition { .. }));
    assert_eq!(found[39].because, [Obstacle::Unknown]);
}

/// EC2 API Reference, "DescribeSnapshotAttribute" and "DescribeImageAttribute"; RDS API Reference, "DescribeDBSnapshotAttributes".
#[test]
fn sharing_is_read_as_the_command_line_of_aws_prints_it() {
    let around = Surroundings::read(
        &json!({ "friendly": { "222222222222": "staging" }, "organisations": ["o-ours1234567"] }).to_string(),
    )
    .unwrap();
    let shared = |answer: Value| -> Vec<(Reach, String)> {
        let explained = SharingList::read(&answer.to_string()).unwrap().explain(&around);
        match explained {
            Explanation::Sharing { reach, .. } => reach.into_iter().map(|access| (access.class, access.who)).collect(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        shared(
            json!({ "SnapshotId": "snap-1", "CreateVolumePermissions": [{ "UserId": "222222222222" }, { "Group": "all" }] })
        ),
        [
            (Reach::AnyAwsAccount, "*".to_owned()),
            (Reach::FriendlyAccount, "222222222222".to_owned())
        ]
    );
    assert_eq!(
        shared(json!({ "ImageId": "ami-1", "LaunchPermissions": [
            { "OrganizationArn": "arn:aws:organizations::111111111111:organization/o-ours1234567" },
            { "OrganizationalUnitArn": "arn:aws:organizations::333333333333:ou/o-other12345/ou-abcd-12345678" }] })),
        [
            (Reach::UnknownOrganisation, "o-other12345".to_owned()),
            (Reach::Organisation, "o-ours1234567".to_owned())
        ]
    );
    let attributes = json!([{ "AttributeName": "restore", "AttributeValues": ["all"] }, { "AttributeName": "other", "AttributeValues": ["333333333333"] }]);
    assert_eq!(
        shared(
            json!({ "DBSnapshotAttributesResult": { "DBSnapshotIdentifier": "s", "DBSnapshotAttributes": attributes } })
        ),
        [(Reach::AnyAwsAccount, "*".to_owned())]
    );
    assert_eq!(shared(json!({ "CreateVolumePermissions": [] })), []);
    for other in [
        json!({ "Statement": [] }),
        json!({ "CreateVolumePermissions": [{ "Who": "all" }] }),
        json!(1),
    ] {
        assert_eq!(SharingList::read(&other.to_string()), None, "{other}");
    }
}
