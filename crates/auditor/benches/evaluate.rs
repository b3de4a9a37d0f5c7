//! What an audit costs, in processor time of the thread: per resource over all its rules, and per rule. Run with
//! `cargo bench -p security-monkey-auditor`.

#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};
use security_monkey_auditor::{
    AnyShape, AuditContext, Auditor, Collection, ResourceView, RuleOverrides, RuleSet, RuleSources,
};
use security_monkey_iam::AccountDirectory;
use security_monkey_model::{AccountId, Region, ResourceId, ResourceKey, Scope, TechnologyId, Timestamp};
use serde_json::{Value, json};

fn documents() -> Vec<(&'static str, Value)> {
    let range = |cidr: &str, port: u16| json!({ "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{ "CidrIp": cidr, "Description": "a description of the rule" }], "Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": [] });
    let policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": { "Bool": { "aws:SecureTransport": "false" } } },
        { "Sid": "Share", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111111111111:root" }, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] } ] });
    let inline = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": ["s3:GetObject", "dynamodb:*"], "Resource": "*" }] });
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    vec![
        (
            "aws.ec2.security-group",
            json!({ "GroupId": "sg-1", "GroupName": "web", "OwnerId": "123456789012", "VpcId": "vpc-1", "Tags": [{ "Key": "Name", "Value": "web" }], "IpPermissions": [range("0.0.0.0/0", 443), range("10.0.0.0/8", 22), range("82.1.2.0/24", 8080)], "IpPermissionsEgress": [range("0.0.0.0/0", 443)] }),
        ),
        (
            "aws.s3.bucket",
            json!({ "Name": "b", "CreationDate": "2020-01-01T00:00:00Z", "Policy": policy, "Acl": { "Owner": { "ID": "me" }, "Grants": [{ "Grantee": { "Type": "CanonicalUser", "ID": "me" }, "Permission": "FULL_CONTROL" }] }, "PublicAccessBlock": { "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true }, "OwnershipControls": { "Rules": [{ "ObjectOwnership": "BucketOwnerEnforced" }] }, "Encryption": { "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "AES256" } }] }, "Versioning": { "Status": "Enabled" } }),
        ),
        (
            "aws.iam.role",
            json!({ "Arn": "arn:aws:iam::123456789012:role/r", "RoleName": "r", "AssumeRolePolicyDocument": trust, "RolePolicyList": [{ "PolicyName": "p", "PolicyDocument": inline }], "AttachedManagedPolicies": [{ "PolicyName": "x", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess" }] }),
        ),
        (
            "aws.iam.user",
            json!({ "Arn": "arn:aws:iam::123456789012:user/u", "UserName": "u", "AccessKeys": [{ "AccessKeyId": "A", "Status": "Active", "CreateDate": "2026-09-01T00:00:00Z" }], "UserPolicyList": [{ "PolicyName": "p", "PolicyDocument": inline }], "MFADevices": [], "GroupList": ["g"] }),
        ),
        (
            "aws.ec2.instance",
            json!({ "InstanceId": "i-1", "State": { "Name": "running" }, "MetadataOptions": { "HttpTokens": "required", "HttpEndpoint": "enabled" }, "IamInstanceProfile": { "Arn": "a" }, "SecurityGroups": [{ "GroupId": "sg-1" }] }),
        ),
    ]
}

/// What this thread spends on it: other work on the machine does not count, but for what it takes from the caches.
fn processor_time(times: u64, mut measured: impl FnMut()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let before = now();
    (0..times).for_each(|_| measured());
    now().saturating_sub(before)
}

fn evaluate(criterion: &mut Criterion) {
    let (rules, _) = RuleSet::load(&RuleSources::embedded(), &AnyShape);
    let auditor = Auditor::new(rules);
    let directory = AccountDirectory::new().with_friendly("111111111111", "ours");
    let overrides = RuleOverrides::default();
    let context = AuditContext {
        now: Timestamp::parse("2026-09-21T12:00:00Z").unwrap(),
        directory: &directory,
        overrides: &overrides,
    };
    let collections: BTreeMap<TechnologyId, Collection> =
        [("aws.s3.account-public-access-block", Collection::new(true, Vec::new()))]
            .map(|(id, collection)| (TechnologyId::parse(id).unwrap(), collection))
            .into();
    let mut group = criterion.benchmark_group("resource over all its rules");
    for (technology, document) in documents() {
        let technology = TechnologyId::parse(technology).unwrap();
        let count = auditor.rules().for_technology(&technology).count();
        let key = ResourceKey {
            scope: Scope {
                account: AccountId::parse("123456789012").unwrap(),
                region: Region::parse("eu-west-1").unwrap(),
                technology: technology.clone(),
            },
            id: ResourceId::parse("r-1").unwrap(),
        };
        let tags = BTreeMap::new();
        let view = ResourceView {
            key: &key,
            name: "r",
            arn: None,
            home_region: None,
            tags: &tags,
            are_tags_unread: false,
            document: &document,
            unread: &[],
            first_seen: context.now,
            links: &[],
            missing_links: &[],
            collections: &collections,
        };
        group.bench_function(format!("{technology} ({count} rules)"), |bencher| {
            bencher.iter_custom(|times| {
                processor_time(times, || drop(black_box(auditor.evaluate(black_box(&view), &context))))
            });
        });
        if technology.as_str() == "aws.s3.bucket" {
            // Conversion and derivation included, as far as the rule needs them.
            for rule in auditor.rules().for_technology(&technology) {
                group.bench_function(format!("{} alone", rule.id), |bencher| {
                    bencher.iter_custom(|times| {
                        processor_time(times, || {
                            drop(black_box(
                                auditor.evaluate_some(black_box(&view), &context, &|other| other.id == rule.id),
                            ));
                        })
                    });
                });
            }
        }
    }
    group.finish();
    criterion.bench_function("load all rules", |bencher| {
        bencher.iter(|| RuleSet::load(&RuleSources::embedded(), &AnyShape));
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(Duration::from_secs(2));
    targets = evaluate
}
criterion_main!(benches);
