//! The figures of `docs/reference/iam-performance.md`.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use security_monkey_iam::diff::diff;
use security_monkey_iam::effective::effective;
use security_monkey_iam::escalation::escalations;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, Request, evaluate};
use security_monkey_iam::reach::{Accepts, ReachContext, normalise, reach_of_resource_policy};
use security_monkey_iam::{AccountDirectory, Policy};

const TYPICAL: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Delivery", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/AWSLogs/*",
   "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "111111111111"}}},
  {"Sid": "Readers", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::222222222222:role/reader", "333333333333"]}, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"]},
  {"Sid": "Organisation", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/public/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}},
  {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;

fn directory() -> AccountDirectory {
    AccountDirectory::new()
        .with_friendly("222222222222", "staging")
        .with_third_party("333333333333", "vendor")
        .with_organisation("o-ours1234567")
        .seen_from("111111111111")
}

/// A resource policy of about 6 KB: sixteen statements like the typical ones.
fn large() -> String {
    let statements: Vec<String> = (0..16)
        .map(|number| {
            format!(
                r#"{{"Sid": "S{number}", "Effect": "Allow", "Principal": {{"AWS": ["arn:aws:iam::22222222{number:04}:role/application-reader", "arn:aws:iam::33333333{number:04}:root"]}}, "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/team-{number}/*"], "Condition": {{"StringEquals": {{"aws:PrincipalOrgID": "o-ours1234567"}}}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        statements.join(",\n")
    )
}

/// The worst that fits: a thousand statements of nested wildcards, half of them Denies.
fn worst() -> String {
    let stars = "a*".repeat(30);
    let statements: Vec<String> = (0..1_000)
        .map(|number| {
            let effect = if number % 2 == 0 { "Allow" } else { "Deny" };
            format!(r#"{{"Effect": "{effect}", "Principal": "*", "Action": "s3:*{stars}b", "Resource": "arn:aws:s3:::{stars}{number}*", "Condition": {{"StringLike": {{"aws:userid": "*{stars}c"}}}}}}"#)
        })
        .collect();
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        statements.join(",")
    )
}

fn managed_policies() -> Vec<Policy> {
    let services = [
        "s3", "ec2", "iam", "sqs", "sns", "lambda", "rds", "dynamodb", "kms", "logs",
    ];
    (0..20)
        .map(|number| {
            let statements: Vec<String> = services
                .iter()
                .map(|service| format!(r#"{{"Effect": "Allow", "Action": ["{service}:Get*", "{service}:List*", "{service}:Describe*", "{service}:*Tag*"], "Resource": "arn:aws:{service}:*:*:team-{number}*"}}"#))
                .collect();
            Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","))).unwrap()
        })
        .collect()
}

fn benches(criterion: &mut Criterion) {
    let directory = directory();
    let context = ReachContext {
        resource: Some("arn:aws:s3:::records"),
        accepts: Accepts::Anonymous,
    };
    criterion.bench_function("parse and classify a typical bucket policy", |bencher| {
        bencher.iter(|| normalise(&Policy::parse(black_box(TYPICAL)).unwrap(), &directory));
    });
    criterion.bench_function("full reach of a typical bucket policy", |bencher| {
        bencher.iter(|| reach_of_resource_policy(&Policy::parse(black_box(TYPICAL)).unwrap(), &directory, context));
    });
    let large = large();
    criterion.bench_function(&format!("full reach of a policy of {} bytes", large.len()), |bencher| {
        bencher.iter(|| reach_of_resource_policy(&Policy::parse(black_box(&large)).unwrap(), &directory, context));
    });
    let managed = managed_policies();
    let set = || PolicySet {
        identity: managed.iter().map(|policy| NamedPolicy { name: "m", policy }).collect(),
        ..PolicySet::default()
    };
    criterion.bench_function("effective permissions of a role with 20 policies", |bencher| {
        bencher.iter(|| effective(&set()));
    });
    let role = Caller::RoleSession {
        role_arn: "arn:aws:iam::111111111111:role/r".to_owned(),
        session: "s".to_owned(),
    };
    criterion.bench_function("escalations of a role with 20 policies", |bencher| {
        bencher.iter(|| escalations(&role, &set()));
    });
    let request = Request::new(role.clone(), "s3:GetObject", "arn:aws:s3:::team-19/x");
    criterion.bench_function("one request against 20 policies", |bencher| {
        bencher.iter(|| evaluate(&request, &set()));
    });
    let old = Policy::parse(TYPICAL).unwrap();
    let new = Policy::parse(&TYPICAL.replace("o-ours1234567", "o-other123456")).unwrap();
    criterion.bench_function("diff of a typical bucket policy", |bencher| {
        bencher.iter(|| diff(&old, &new));
    });
    let worst = worst();
    criterion.bench_function(
        &format!("full reach of the worst policy, {} bytes", worst.len()),
        |bencher| {
            bencher.iter(|| reach_of_resource_policy(&Policy::parse(black_box(&worst)).unwrap(), &directory, context));
        },
    );
}

criterion_group! {
    name = policy;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    targets = benches
}
criterion_main!(policy);
