//! What we send is what we signed: the signature of each request as it came over the wire, computed again by botocore.

use std::io::Write as _;
use std::process::Stdio;

use security_monkey_aws::{Api as _, Call};
use security_monkey_testkit::python;
use serde_json::{Value, json};

use super::server::{Reply, Server, client};

/// Every protocol, and characters that are encoded once, twice or not at all.
fn calls() -> Vec<Call<'static>> {
    let function = "arn:aws:lambda:us-east-1:123456789012:function:a-b_c:PROD";
    let api = "arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod";
    vec![
        Call::new("kms", "ListKeys"),
        Call::new("kms", "DescribeKey").with(json!({"KeyId": "alias/ü & \"quoted\""})),
        Call::new("sts", "GetCallerIdentity"),
        Call::new("iam", "GetUser").with(json!({"UserName": "a+b=c,d.e@f-g_h i~j*k"})),
        Call::new("ec2", "DescribeVpcs").with(json!({"Filters": [{"Name": "tag:ü", "Values": ["a b", "c&d", "e/f"]}]})),
        Call::new("s3", "ListBuckets"),
        Call::new("s3", "GetBucketPolicy").with(json!({"Bucket": "my.bucket"})),
        Call::new("s3", "ListObjectsV2").with(json!({"Bucket": "b", "Prefix": "a b/ü+&=~*'()", "MaxKeys": 5})),
        Call::new("lambda", "GetPolicy").with(json!({"FunctionName": function})),
        Call::new("lambda", "ListTags").with(json!({"Resource": function})),
        Call::new("apigateway", "GetTags").with(json!({"resourceArn": api})),
        Call::new("efs", "DescribeFileSystems").with(json!({"FileSystemId": "fs-1", "MaxItems": 3})),
        Call::new("route53", "ListResourceRecordSets")
            .with(json!({"HostedZoneId": "Z1", "StartRecordName": "\\052.a b.", "StartRecordType": "A"})),
        Call::new("cloudfront", "ListDistributions").with(json!({"Marker": "a=b&c d/e"})),
        Call::new("backup", "ListRecoveryPointsByBackupVault")
            .with(json!({"BackupVaultName": "v v", "ByCreatedAfter": "2026-01-02T03:04:05Z"})),
    ]
}

#[tokio::test]
async fn signatures_are_those_botocore_computes() {
    let server = Server::scripted(vec![Reply::Answer(403, vec![], String::new())]).await;
    let client = client(&server.url).await;
    let calls = calls();
    for call in &calls {
        let error = client.call("us-east-1", call.clone()).await.unwrap_err();
        assert_eq!(error.kind.as_str(), "denied", "{error}");
    }
    let asked = server.asked();
    assert_eq!(asked.len(), calls.len());
    let lines: Vec<String> = asked
        .iter()
        .map(|request| {
            let mut parts = request.line.split(' ');
            let (method, target) = (parts.next().unwrap(), parts.next().unwrap());
            json!({
                "method": method, "url": format!("{}{target}", server.url), "headers": request.headers,
                "body": request.body, "secret": "secret",
            })
            .to_string()
        })
        .collect();
    let output = tokio::task::spawn_blocking(move || sign(&lines.join("\n")))
        .await
        .unwrap();
    let answers: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), calls.len());
    for (call, answer) in calls.iter().zip(answers) {
        assert_eq!(
            answer["sent"],
            answer["computed"],
            "{call:?}\n{}",
            answer["canonical"].as_str().unwrap()
        );
    }
}

fn sign(lines: &str) -> String {
    let mut child = python::command()
        .unwrap()
        .arg(python::workspace_root().join("crates/aws/tests/signature/sign.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}
