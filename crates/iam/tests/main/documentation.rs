//! What AWS's documentation says its own examples do: the page, a policy of that pattern, requests and the answers that the page
//! gives in words. One file for each topic; the oldest cases stand here.

mod asked;
mod boundaries;
mod buckets;
mod conditions;
mod elements;
mod logic;
mod organisation;
mod resources;
mod trust;

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, Request, evaluate, resource_policy_allows};

const ACCOUNT: &str = "111111111111";

fn policy(document: &str) -> Policy {
    Policy::parse(document).unwrap_or_else(|error| panic!("{error}"))
}

fn user(name: &str) -> Caller {
    Caller::User {
        arn: format!("arn:aws:iam::{ACCOUNT}:user/{name}"),
    }
}

fn ask(action: &str, resource: &str, context: &[(&str, &str)]) -> Request {
    let mut request = Request::new(user("alice"), action, resource).owned_by(ACCOUNT);
    for (key, value) in context {
        request.context.set(key, *value);
    }
    request
}

/// Whether policies of an identity, all together, allow a request.
fn allows(documents: &[&str], request: &Request) -> bool {
    let policies: Vec<Policy> = documents.iter().map(|document| policy(document)).collect();
    let identity = policies.iter().map(|policy| NamedPolicy { name: "p", policy });
    let set = PolicySet {
        identity: identity.collect(),
        ..PolicySet::default()
    };
    evaluate(request, &set).is_allowed()
}

const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// IAM User Guide, "AWS: Denies access to AWS based on the source IP" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-ip.html>): requests from outside the networks are denied, those that a
/// service makes on the principal's behalf are not.
#[test]
fn source_address() {
    let deny = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition":
        {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}, "Bool": {"aws:ViaAWSService": "false"}}}}"#;
    let from = |address, via| {
        let context = [("aws:SourceIp", address), ("aws:ViaAWSService", via)];
        allows(&[EVERYTHING, deny], &ask("ec2:DescribeInstances", "*", &context))
    };
    assert!(from("203.0.113.9", "false") && from("192.0.2.1", "false"));
    assert!(!from("198.51.100.1", "false"));
    assert!(from("198.51.100.1", "true"));
    // The page warns that it grants nothing by itself.
    assert!(!allows(
        &[deny],
        &ask(
            "s3:ListAllMyBuckets",
            "*",
            &[("aws:SourceIp", "192.0.2.1"), ("aws:ViaAWSService", "false")]
        )
    ));
}

/// IAM User Guide, "AWS: Denies access to AWS based on the requested Region" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-requested-region.html>): all but global services is denied outside the Regions.
#[test]
fn requested_region() {
    let deny = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": ["cloudfront:*", "iam:*", "route53:*", "support:*"], "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}}}"#;
    let inside = |action, region| {
        allows(
            &[EVERYTHING, deny],
            &ask(action, "*", &[("aws:RequestedRegion", region)]),
        )
    };
    assert!(inside("ec2:RunInstances", "eu-west-1") && !inside("ec2:RunInstances", "us-east-1"));
    assert!(inside("iam:CreateUser", "us-east-1") && inside("IAM:createuser", "us-east-1"));
}

/// IAM User Guide, "Amazon S3: Allows IAM users access to their S3 home directory, programmatically and in the console" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_s3_home-directory-console.html>).
#[test]
fn home_directory() {
    let home = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::records", "Condition": {"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/*"]}}},
        {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::records/home/${aws:username}", "arn:aws:s3:::records/home/${aws:username}/*"]}]}"#;
    let list = |prefix| {
        allows(
            &[home],
            &ask("s3:ListBucket", "arn:aws:s3:::records", &[("s3:prefix", prefix)]),
        )
    };
    assert!(list("") && list("home/") && list("home/alice/2026"));
    assert!(!list("home/bob/2026") && !list("other/"));
    let put = |key: &str| {
        allows(
            &[home],
            &ask("s3:PutObject", &format!("arn:aws:s3:::records/{key}"), &[]),
        )
    };
    assert!(put("home/alice/x") && !put("home/bob/x") && !put("home/alicex"));
}

/// IAM User Guide, "AWS: Allows MFA-authenticated IAM users to manage their own credentials on the Security credentials page" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html>): without
/// MFA only the MFA device can be set up; long-term keys, whose requests have no such key, count as without.
#[test]
fn credentials_with_mfa() {
    let own = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iam:*AccessKey*", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "arn:aws:iam::*:user/${aws:username}"},
        {"Effect": "Deny", "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"#;
    let me = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    let with = |action, context: &[(&str, &str)]| allows(&[own], &ask(action, &me, context));
    let mfa = [("aws:MultiFactorAuthPresent", "true")];
    assert!(with("iam:CreateAccessKey", &mfa));
    assert!(!with("iam:CreateAccessKey", &[("aws:MultiFactorAuthPresent", "false")]));
    assert!(!with("iam:CreateAccessKey", &[]) && with("iam:EnableMFADevice", &[]));
    let bob = format!("arn:aws:iam::{ACCOUNT}:user/bob");
    assert!(!allows(&[own], &ask("iam:CreateAccessKey", &bob, &mfa)));
}

/// S3 User Guide, "Examples of Amazon S3 bucket policies" (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>), section "Restrict access to only HTTPS requests".
#[test]
fn https_only() {
    let bucket = policy(
        r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/alice"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#,
    );
    let over = |transport| {
        let request = ask(
            "s3:GetObject",
            "arn:aws:s3:::records/x",
            &[("aws:SecureTransport", transport)],
        );
        resource_policy_allows(&bucket, &request)
    };
    assert!(over("true") && !over("false"));
}

/// IAM User Guide, "Cross-account policy evaluation logic" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>): a role of one account reaches a bucket of another only if both accounts'
/// policies allow it. Boundaries, sessions and the organisation on each side: `logic.rs`.
#[test]
fn across_accounts() {
    let bucket = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/alice"}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::theirs/*"}}"#,
    );
    let reader = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": "*"}}"#,
    );
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "reader",
            policy: &reader,
        }],
        resource: Some(NamedPolicy {
            name: "theirs",
            policy: &bucket,
        }),
        ..PolicySet::default()
    };
    let decide = |action: &str| {
        let request = Request::new(user("alice"), action, "arn:aws:s3:::theirs/x").owned_by("222222222222");
        evaluate(&request, &set).is_allowed()
    };
    // Both, only the owner's, only the caller's.
    assert!(decide("s3:GetObject") && !decide("s3:PutObject") && !decide("s3:DeleteObject"));
}

/// KMS Developer Guide, "Default key policy" (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>): the statement for the account lets its IAM policies decide, and is no grant by itself.
#[test]
fn default_key_policy() {
    let default = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"}}"#,
    );
    let decrypt = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111111111111:key/*"}}"#,
    );
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let decide = |identity: Vec<NamedPolicy<'_>>, caller: Caller| {
        let set = PolicySet {
            identity,
            resource: Some(NamedPolicy {
                name: "key",
                policy: &default,
            }),
            resource_kind: security_monkey_iam::evaluate::ResourceKind::PolicyRequired,
            ..PolicySet::default()
        };
        evaluate(&Request::new(caller, "kms:Decrypt", key).owned_by(ACCOUNT), &set).is_allowed()
    };
    let by_policy = || {
        vec![NamedPolicy {
            name: "decrypt",
            policy: &decrypt,
        }]
    };
    let root = Caller::Root {
        account: ACCOUNT.to_owned(),
    };
    assert!(decide(by_policy(), user("alice")) && !decide(vec![], user("alice")) && decide(vec![], root));
}
