//! What a scan costs besides the network: CPU per resource, and memory as an estate grows.
//!
//! The account is in memory and its answers are made on demand, so the figures include making them.
#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group};
use futures::future::{BoxFuture, FutureExt as _, ready};
use futures::stream::StreamExt as _;
use security_monkey_aws::models::Models;
use security_monkey_aws::{Api, AwsError, Call, Response};
use security_monkey_model::document::Salt;
use security_monkey_model::{AccountId, Region};
use security_monkey_watcher::{Limits, ScanItem, ScanPlace, Scanner, SourceFile, Technologies, Technology};
use serde_json::{Value, json};

/// An account with this many security groups and users.
struct Estate(usize);

const PAGE: usize = 1000;

impl Api for Estate {
    fn call<'a>(&'a self, _: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        let value = match call.operation {
            "DescribeSecurityGroups" => self.page(&call.params, "NextToken", "SecurityGroups", group),
            "GetAccountAuthorizationDetails" => {
                let mut page = self.page(&call.params, "Marker", "UserDetailList", user);
                page["IsTruncated"] = Value::from(page.get("Marker").is_some());
                page
            }
            "ListAccessKeys" => {
                json!({"AccessKeyMetadata": [{"AccessKeyId": "AKIA0000000000000000", "Status": "Active"}]})
            }
            "GetAccessKeyLastUsed" => json!({"AccessKeyLastUsed": {"Region": "us-east-1", "ServiceName": "s3"}}),
            "ListUsers" => json!({"Users": []}),
            "ListMFADevices" => json!({"MFADevices": []}),
            "GetLoginProfile" => json!({"LoginProfile": {"CreateDate": "2026-01-01T00:00:00Z"}}),
            _ => json!({}),
        };
        ready(Ok(Response {
            value,
            ..Response::default()
        }))
        .boxed()
    }
}

impl Estate {
    fn page(&self, params: &Value, token: &str, list: &str, make: fn(usize) -> Value) -> Value {
        let start: usize = params
            .get(token)
            .and_then(Value::as_str)
            .map_or(0, |token| token.parse().unwrap());
        let end = (start + PAGE).min(self.0);
        let mut page = json!({ list: (start..end).map(make).collect::<Vec<_>>() });
        if end < self.0 {
            page[token] = Value::from(end.to_string());
        }
        page
    }
}

/// About 1.5 KB of JSON.
fn group(number: usize) -> Value {
    let permission = |port: usize| {
        json!({"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "Ipv6Ranges": [], "PrefixListIds": [],
            "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "inside"}, {"CidrIp": format!("192.168.{}.0/24", port % 250)}],
            "UserIdGroupPairs": [{"GroupId": "sg-0123456789abcdef0", "UserId": "123456789012"}]})
    };
    json!({"GroupId": format!("sg-{number:017x}"), "GroupName": format!("group-{number}"), "OwnerId": "123456789012", "VpcId": "vpc-1",
        "Description": "a group", "IpPermissions": [permission(443), permission(22), permission(80), permission(5432)],
        "IpPermissionsEgress": [permission(0)], "Tags": [{"Key": "team", "Value": "red"}, {"Key": "Name", "Value": "x"}]})
}

fn user(number: usize) -> Value {
    json!({"UserId": format!("AIDA{number:016}"), "UserName": format!("user-{number}"), "Path": "/", "CreateDate": "2026-01-01T00:00:00Z",
        "Arn": format!("arn:aws:iam::123456789012:user/user-{number}"), "GroupList": ["b", "a"],
        "AttachedManagedPolicies": [{"PolicyName": "P", "PolicyArn": "arn:aws:iam::aws:policy/P"}],
        "UserPolicyList": [{"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::bucket/*"}]}}]})
}

/// Scans and drops what comes; gives the number of resources.
fn scan(estate: &Estate, technology: &Technology, region: &str) -> usize {
    let scanner = Scanner::new(Salt::new(vec![7; 16]), Limits::default());
    let place = ScanPlace {
        regions: std::sync::Arc::default(),
        account: AccountId::parse("123456789012").unwrap(),
        region: Region::parse(region).unwrap(),
        partition: "aws".into(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let chosen = [technology];
        let mut items = std::pin::pin!(scanner.scan(estate, &place, &chosen));
        let mut resources = 0;
        while let Some(item) = items.next().await {
            if let ScanItem::Batch { resources: batch, .. } = black_box(item) {
                resources += batch.len();
            }
        }
        resources
    })
}

fn technology(id: &str) -> Technology {
    let (technologies, _) = Technologies::built_in(Models::embedded());
    technologies.get(&id.parse().unwrap()).unwrap().as_ref().clone()
}

fn benchmarks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scan");
    group.sample_size(10).throughput(Throughput::Elements(2000));
    let groups = technology("aws.ec2.security-group");
    group.bench_function("2,000 security groups", |bencher| {
        bencher.iter(|| assert_eq!(scan(&Estate(2000), &groups, "eu-west-1"), 2000));
    });
    let users = technology("aws.iam.user");
    group.bench_function("2,000 users with 4 detail calls each", |bencher| {
        bencher.iter(|| assert_eq!(scan(&Estate(2000), &users, "global"), 2000));
    });
    group.bench_function("making 2,000 security groups", |bencher| {
        bencher.iter(|| (0..2000).map(self::group).collect::<Vec<_>>());
    });
    group.finish();
    criterion.bench_function("load the built-in technologies", |bencher| {
        bencher.iter(|| Technologies::load(SourceFile::built_in(), Models::embedded()));
    });
}

/// Peak memory of this process so far, in MiB (Linux).
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes / 1024)
}

criterion_group!(scans, benchmarks);

fn main() {
    let groups = technology("aws.ec2.security-group");
    for resources in [2_000, 20_000, 200_000] {
        assert_eq!(scan(&Estate(resources), &groups, "eu-west-1"), resources);
        println!(
            "peak memory after a scan of {resources} security groups: {:?} MiB",
            peak_memory()
        );
    }
    scans();
    Criterion::default().configure_from_args().final_summary();
}
