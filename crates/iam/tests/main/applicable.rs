//! Actions on resources that they cannot be about. Source: Service Authorization Reference, the resource types of each action.

use security_monkey_iam::Policy;
use security_monkey_iam::effective::{EffectivePermissions, effective};
use security_monkey_iam::evaluate::{NamedPolicy, PolicySet};
use serde_json::{Value, json};

fn permissions(actions: &Value, resources: &Value) -> EffectivePermissions {
    let policy = Policy::from_value(&json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": actions, "Resource": resources}}))
    .unwrap();
    effective(&PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &policy,
        }],
        ..PolicySet::default()
    })
}

fn is_allowed(action: &str, resource: &str) -> bool {
    permissions(&json!(action), &json!(resource)).allows(action).unwrap()
}

#[test]
fn an_action_on_resources_that_it_is_never_about_is_no_right() {
    for (action, resource) in [
        ("s3:ListBucket", "arn:aws:s3:::b/*"),
        ("s3:GetBucketPolicy", "arn:aws:s3:::*/*"),
        ("s3:GetObject", "arn:aws:s3:::b"),
        ("s3:GetObject", "arn:aws:iam::111111111111:role/x"),
        ("iam:PassRole", "arn:aws:iam::*:user/*"),
        ("iam:CreateAccessKey", "arn:aws:iam::111111111111:role/*"),
        ("lambda:CreateFunction", "arn:aws:iam::*:role/*"),
        ("kms:Decrypt", "arn:aws:kms:*:*:alias/*"),
        ("secretsmanager:GetSecretValue", "arn:aws:s3:::*"),
        ("ec2:DescribeInstances", "arn:aws:s3:::b"),
    ] {
        assert!(!is_allowed(action, resource), "{action} on {resource}");
    }
    let exposed = |resource: &str| permissions(&json!("s3:*"), &json!(resource)).data_exposing().limited;
    let has = |resource: &str, action: &str| exposed(resource).iter().any(|own| own == action);
    assert!(has("arn:aws:s3:::b/*", "s3:GetObject") && !has("arn:aws:s3:::b/*", "s3:GetBucketPolicy"));
    assert!(has("arn:aws:s3:::b", "s3:GetBucketPolicy") && !has("arn:aws:s3:::b", "s3:GetObject"));
    let managed = permissions(&json!("iam:*"), &json!("arn:aws:iam::*:user/*")).permissions_management();
    assert!(managed.limited.contains(&"iam:AttachUserPolicy".to_owned()));
    assert!(!managed.limited.contains(&"iam:AttachRolePolicy".to_owned()));
}

#[test]
fn an_action_that_may_be_about_the_resources_stays_a_right() {
    for (action, resource) in [
        ("s3:ListBucket", "arn:aws:s3:::b*"),
        ("s3:ListBucket", "arn:aws:s3:::${aws:username}"),
        ("s3:GetObject", "arn:aws:s3:::b*"),
        (
            "s3:GetObject",
            "arn:aws:s3:us-east-1:111111111111:accesspoint/x/object/*",
        ),
        (
            "s3:ListBucketMultipartUploads",
            "arn:aws:s3:us-east-1:111111111111:accesspoint/x",
        ),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
        ("s3:ListBucket", "arn:aws-cn:s3:::b"),
        ("s3:ListBucket", "arn:aws:s3*"),
        ("s3:GetObject", "arn:*"),
        ("iam:PassRole", "arn:aws:iam::*:*"),
        ("iam:PassRole", "arn:aws:iam::111111111111:ro?e/x"),
        ("iam:GetUser", "arn:aws:iam::*:user/team/${aws:username}"),
        ("sts:AssumeRole", "arn:aws:iam::111111111111:role/x"),
        ("sts:GetCallerIdentity", "arn:aws:iam::111111111111:user/x"),
        ("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:f:live"),
        ("logs:FilterLogEvents", "arn:aws:logs:*:*:log-group:/aws/lambda/*:*"),
        ("ssm:GetParameter", "arn:aws:ssm:*:*:parameter/app/*"),
        ("dynamodb:Query", "arn:aws:dynamodb:*:*:table/x/index/*"),
        ("ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/*"),
        ("ssm:SendCommand", "arn:aws:ec2:*:*:instance/*"),
        ("execute-api:Invoke", "arn:aws:execute-api:*:*:abc/*"),
        // No type that is known.
        ("iam:PassRole", "arn:aws:iam::111111111111:brand-new/x"),
    ] {
        assert!(is_allowed(action, resource), "{action} on {resource}");
    }
    // One resource of several will do.
    assert_eq!(
        permissions(&json!("s3:ListBucket"), &json!(["arn:aws:s3:::b/*", "arn:aws:s3:::b"])).allows("s3:ListBucket"),
        Some(true)
    );
}
