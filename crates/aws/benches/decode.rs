//! How fast large answers are decoded: EC2's XML and Lambda's JSON.
//!
//! `cargo bench -p security-monkey-aws --bench decode`

use std::fmt::Write as _;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use security_monkey_aws::models::Models;
use security_monkey_aws::wire::{RawResponse, decode};
use serde_json::json;

/// A page of DescribeSecurityGroups with five rules in each group.
fn security_groups(count: usize) -> String {
    let mut body = String::from(
        r#"<?xml version="1.0" encoding="UTF-8"?><DescribeSecurityGroupsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>1</requestId><securityGroupInfo>"#,
    );
    for number in 0..count {
        let _ = write!(
            body,
            "<item><ownerId>123456789012</ownerId><groupId>sg-{number:017x}</groupId><groupName>group-{number}</groupName><groupDescription>the group number {number} &amp; more</groupDescription><vpcId>vpc-0a1b2c3d4e5f60718</vpcId><ipPermissions>"
        );
        for port in [22, 80, 443, 5432, 8080] {
            let _ = write!(
                body,
                "<item><ipProtocol>tcp</ipProtocol><fromPort>{port}</fromPort><toPort>{port}</toPort><groups/><ipRanges><item><cidrIp>10.{}.0.0/16</cidrIp><description>from the office</description></item></ipRanges><ipv6Ranges/><prefixListIds/></item>",
                number % 256
            );
        }
        body.push_str("</ipPermissions><ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><groups/><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges><ipv6Ranges/><prefixListIds/></item></ipPermissionsEgress><tagSet><item><key>Name</key><value>web</value></item><item><key>team</key><value>payments</value></item></tagSet></item>");
    }
    body.push_str("</securityGroupInfo></DescribeSecurityGroupsResponse>");
    body
}

/// A page of ListFunctions.
fn functions(count: usize) -> String {
    let functions: Vec<_> = (0..count)
        .map(|number| {
            json!({
                "FunctionName": format!("function-{number}"),
                "FunctionArn": format!("arn:aws:lambda:eu-west-1:123456789012:function:function-{number}"),
                "Runtime": "python3.13", "Role": "arn:aws:iam::123456789012:role/service-role/worker", "Handler": "app.handler",
                "CodeSize": 1_048_576, "Description": "does one thing", "Timeout": 30, "MemorySize": 512,
                "LastModified": "2026-11-22T10:59:37.520+0000", "CodeSha256": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
                "Version": "$LATEST", "TracingConfig": {"Mode": "PassThrough"}, "RevisionId": "5d24cb6f-0000-4d5a-9a6c-f9a1b0c2d3e4",
                "Environment": {"Variables": {"STAGE": "production", "TABLE": "orders", "LOG_LEVEL": "info"}},
                "VpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"},
                "PackageType": "Zip", "Architectures": ["arm64"], "EphemeralStorage": {"Size": 512},
                "LoggingConfig": {"LogFormat": "JSON", "LogGroup": format!("/aws/lambda/function-{number}")},
            })
        })
        .collect();
    json!({ "Functions": functions }).to_string()
}

fn decoding(criterion: &mut Criterion) {
    let cases = [
        (
            "ec2 DescribeSecurityGroups, 5,000 groups",
            "ec2",
            "DescribeSecurityGroups",
            security_groups(5_000),
        ),
        (
            "lambda ListFunctions, 4,200 functions",
            "lambda",
            "ListFunctions",
            functions(4_200),
        ),
    ];
    let mut group = criterion.benchmark_group("decode");
    group.sample_size(10);
    for (title, service, operation, body) in cases {
        let Ok(service) = Models::embedded().service(service) else {
            continue;
        };
        let Some(operation) = service.operation(operation) else {
            continue;
        };
        group.throughput(Throughput::Bytes(body.len() as u64));
        let response = RawResponse {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        };
        group.bench_function(title, |bencher| bencher.iter(|| decode(service, operation, &response)));
    }
    group.finish();
}

criterion_group!(benches, decoding);
criterion_main!(benches);
