//! The same calls by boto3 and by us against the same fake estate: nothing missing, nothing different.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use security_monkey_aws::{Api as _, Call, Client, ErrorKind, Role, Session, Target, pages};
use security_monkey_testkit::moto::Moto;
use serde_json::{Value, json};

use super::server::options;

/// What may differ, and why: call, path of the member (array indices as `[]`), reason.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "cloudtrail:GetTrailStatus",
        "/LatestDeliveryAttemptTime",
        "moto says now",
    ),
    ("cloudtrail:GetTrailStatus", "/LatestDeliveryTime", "moto says now"),
    (
        "rds:DescribeDBInstances",
        "/DBInstances[]/LatestRestorableTime",
        "moto says now",
    ),
    (
        "efs:DescribeFileSystems",
        "/FileSystems[]/SizeInBytes/Timestamp",
        "moto says now",
    ),
    (
        "cloudwatch:DescribeAlarms",
        "/MetricAlarms[]/AlarmConfigurationUpdatedTimestamp",
        "boto3 speaks CBOR, in which moto cuts to milliseconds",
    ),
    (
        "cloudwatch:DescribeAlarms",
        "/MetricAlarms[]/StateUpdatedTimestamp",
        "boto3 speaks CBOR, in which moto cuts to milliseconds",
    ),
];

#[tokio::test]
async fn calls_over_many_services_equal_boto3() {
    let moto = Moto::start().unwrap();
    let url = moto.url().to_owned();
    let expected =
        tokio::task::spawn_blocking(move || (moto.run("crates/aws/tests/moto/estate.py", &[]).unwrap(), moto));
    let (expected, _moto) = expected.await.unwrap();
    let client = Session::load(options(&url)).await.unwrap().own();
    let (mut calls, mut services, mut failures) = (0, BTreeSet::new(), Vec::new());
    for line in expected.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        calls += 1;
        services.insert(line["service"].as_str().unwrap().to_owned());
        for difference in check(&client, &line).await {
            failures.push(format!(
                "{}:{} {}: {difference}",
                text(&line, "service"),
                text(&line, "operation"),
                line["params"]
            ));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {calls} calls differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(
        calls >= 130 && services.len() >= 40,
        "{calls} calls over {} services",
        services.len()
    );
}

/// Asked for one thing a page, a list gives what it gives at once.
#[tokio::test]
async fn pages_of_one_hold_what_one_page_holds() {
    let moto = Moto::start().unwrap();
    let client = Session::load(options(moto.url())).await.unwrap().own();
    let seeding = tokio::task::spawn_blocking(move || moto.run("crates/aws/tests/moto/lists.py", &[]).map(|_| moto));
    let _moto = seeding.await.unwrap().unwrap();
    let zones = client
        .call("us-east-1", Call::new("route53", "ListHostedZones"))
        .await
        .unwrap();
    let zone = zones.value["HostedZones"][0]["Id"].clone();
    for (service, operation, params, size, items) in [
        ("iam", "ListRoles", json!({}), json!({"MaxItems": 1}), "Roles"),
        ("logs", "DescribeLogGroups", json!({}), json!({"limit": 1}), "logGroups"),
        (
            "route53",
            "ListResourceRecordSets",
            json!({"HostedZoneId": zone}),
            json!({"MaxItems": "1"}),
            "ResourceRecordSets",
        ),
        ("dynamodb", "ListTables", json!({}), json!({"Limit": 1}), "TableNames"),
    ] {
        let whole = client
            .call("us-east-1", Call::new(service, operation).with(params.clone()))
            .await
            .unwrap();
        let mut small = params;
        small.as_object_mut().unwrap().extend(size.as_object().unwrap().clone());
        let pages: Vec<_> = pages(&client, "us-east-1", Call::new(service, operation).with(small))
            .map_ok(|page| page.value[items].as_array().unwrap().clone())
            .try_collect()
            .await
            .unwrap();
        let whole = whole.value[items].as_array().unwrap().clone();
        assert_eq!(pages.concat(), whole, "{service}:{operation}");
        assert!(
            whole.len() > 1 && pages.len() >= whole.len(),
            "{service}:{operation}: {} pages",
            pages.len()
        );
    }
}

fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line[name].as_str().unwrap()
}

async fn check(client: &Client, line: &Value) -> Vec<String> {
    let (service, operation) = (text(line, "service"), text(line, "operation"));
    let call = Call::new(service, operation).with(line["params"].clone());
    let answer = client.call(text(line, "region"), call).await;
    match (answer, line.get("code")) {
        (Ok(answer), None) => {
            let mut differences = Vec::new();
            compare(&line["value"], &answer.value, "", &answer.unknown, &mut differences);
            differences.retain(|difference| {
                !DIFFERENCES.iter().any(|(at, path, _)| {
                    *at == format!("{service}:{operation}") && difference.starts_with(&format!("{path} is "))
                })
            });
            differences
        }
        (Err(error), Some(code)) => {
            let mut differences = Vec::new();
            if error.code.as_deref() != code.as_str() {
                differences.push(format!("code {:?}, boto3 has {code}", error.code));
            }
            if error.message != text(line, "message") {
                differences.push(format!("message {:?}, boto3 has {}", error.message, line["message"]));
            }
            if error.kind != ErrorKind::NotFound {
                differences.push(format!("kind {}", error.kind));
            }
            differences
        }
        (Ok(answer), Some(code)) => vec![format!("boto3 fails with {code}, we got {}", answer.value)],
        (Err(error), None) => vec![format!("boto3 succeeds, we fail: {error}")],
    }
}

/// Whether `ours` holds all that `theirs` does. More is allowed where we said that the API table does not know it: boto3
/// drops such members.
fn compare(theirs: &Value, ours: &Value, path: &str, unknown: &[String], differences: &mut Vec<String>) {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            for (name, value) in theirs {
                let path = format!("{path}/{name}");
                match ours.get(name) {
                    Some(ours) => compare(value, ours, &path, unknown, differences),
                    None => differences.push(format!("{path} is missing, boto3 has {value}")),
                }
            }
            for (name, value) in ours {
                let path = format!("{path}/{name}");
                if !theirs.contains_key(name) && !unknown.contains(&path) {
                    differences.push(format!("{path} is {value}, boto3 has nothing"));
                }
            }
        }
        (Value::Array(theirs), Value::Array(ours)) if theirs.len() == ours.len() => {
            for (theirs, ours) in theirs.iter().zip(ours) {
                compare(theirs, ours, &format!("{path}[]"), unknown, differences);
            }
        }
        // Policy documents are JSON with us wherever they stand; boto3 does so for IAM's only.
        (Value::String(theirs), Value::Object(_) | Value::Array(_)) => match serde_json::from_str::<Value>(theirs) {
            Ok(theirs) => compare(&theirs, ours, path, unknown, differences),
            Err(_) => differences.push(format!("{path} is {ours}, boto3 has {theirs:?}")),
        },
        (Value::Number(theirs), Value::Number(ours)) if theirs.as_f64() == ours.as_f64() => {}
        (theirs, ours) if theirs == ours => {}
        // Epoch seconds have been through a float with boto3, which leaves microseconds; ours are exact.
        (Value::String(theirs), Value::String(ours)) if is_same_moment(theirs, ours) => {}
        (theirs, ours) => differences.push(format!("{path} is {ours}, boto3 has {theirs}")),
    }
}

fn is_same_moment(theirs: &str, ours: &str) -> bool {
    let (Ok(theirs), Ok(ours)) = (theirs.parse::<jiff::Timestamp>(), ours.parse::<jiff::Timestamp>()) else {
        return false;
    };
    (theirs.as_nanosecond() - ours.as_nanosecond()).abs() < 1_000
}

#[test]
fn the_comparison_sees_differences() {
    let mut differences = Vec::new();
    let theirs = json!({"A": [1, 2], "B": "{\"x\":1}", "C": "c"});
    compare(
        &theirs,
        &json!({"A": [1, 3], "B": {"x": 1}, "New": 1, "Extra": 1}),
        "",
        &["/New".to_owned()],
        &mut differences,
    );
    assert_eq!(
        differences,
        [
            "/A[] is 3, boto3 has 2",
            "/C is missing, boto3 has \"c\"",
            "/Extra is 1, boto3 has nothing"
        ]
    );
}

#[tokio::test]
async fn a_role_acts_in_its_own_account() {
    let moto = Moto::start().unwrap();
    let session = Session::load(options(moto.url())).await.unwrap();
    assert_eq!(&*session.own().caller_identity().await.unwrap().account, "123456789012");
    let roles = vec![
        Role::new("arn:aws:iam::222222222222:role/Hub"),
        Role::new("arn:aws:iam::333333333333:role/Reader"),
    ];
    let client = session.account(&Target { account: None, roles }).unwrap();
    let caller = client.caller_identity().await.unwrap();
    assert_eq!(&*caller.account, "333333333333");
    assert!(
        caller
            .arn
            .starts_with("arn:aws:sts::333333333333:assumed-role/Reader/security-monkey"),
        "{}",
        caller.arn
    );
}
