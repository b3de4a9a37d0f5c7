//! Bucket policies, as the S3 User Guide shows them.

use security_monkey_iam::AccountDirectory;
use security_monkey_iam::reach::{Accepts, Reach, ReachContext, reach_of_resource_policy};

use super::asked::{ACCOUNT, Layers, identity, policy, resource, session, user, who};

const OBJECT: &str = "arn:aws:s3:::records/a";

/// S3 User Guide, "Examples of Amazon S3 bucket policies"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html>): conditions that let uploads in, and Denies that keep others out.
#[test]
fn bucket_policies() {
    let anybody = who("*");
    // "Granting read-only permission to an anonymous user" and "Restrict access to specific IP addresses".
    let site = r#"{"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:GetObjectVersion"], "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"], "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}"#;
    resource(site).answer(
        &anybody,
        &[
            ("s3:GetObject", OBJECT, &[("aws:SourceIp", "192.0.2.7")], true),
            ("s3:GetObject", OBJECT, &[("aws:SourceIp", "198.51.100.7")], false),
            ("s3:PutObject", OBJECT, &[("aws:SourceIp", "192.0.2.7")], false),
            (
                "s3:ListBucket",
                "arn:aws:s3:::records",
                &[("aws:SourceIp", "192.0.2.7")],
                false,
            ),
        ],
    );
    // "Granting cross-account permissions to upload objects while ensuring that the bucket owner has full control".
    let upload = r#"{"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/*", "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}}"#;
    Layers {
        resource: Some(upload),
        identity: &[r#"{"Effect": "Allow", "Action": "s3:PutObject*", "Resource": "*"}"#],
        ..Layers::default()
    }
    .answer(
        &who("arn:aws:iam::222222222222:user/dave"),
        &[
            (
                "s3:PutObject",
                OBJECT,
                &[("s3:x-amz-acl", "bucket-owner-full-control")],
                true,
            ),
            ("s3:PutObject", OBJECT, &[("s3:x-amz-acl", "private")], false),
            ("s3:PutObject", OBJECT, &[], false),
            ("s3:GetObject", OBJECT, &[], false),
        ],
    );
    // "Managing user access to specific folders" and "Requiring MFA".
    let folder = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::records", "Condition": {"StringLike": {"s3:prefix": "home/${aws:username}/*"}}}"#;
    identity(&[folder]).answer(
        &user("alice"),
        &[
            (
                "s3:ListBucket",
                "arn:aws:s3:::records",
                &[("s3:prefix", "home/alice/x")],
                true,
            ),
            (
                "s3:ListBucket",
                "arn:aws:s3:::records",
                &[("s3:prefix", "home/bob/x")],
                false,
            ),
        ],
    );
    let mfa = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/alice"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::records/taxes/*", "Condition": {"Null": {"aws:MultiFactorAuthAge": true}}},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::records/taxes/*", "Condition": {"NumericGreaterThan": {"aws:MultiFactorAuthAge": 3600}}}"#;
    resource(mfa).answer(
        &user("alice"),
        &[
            ("s3:GetObject", OBJECT, &[], true),
            ("s3:GetObject", "arn:aws:s3:::records/taxes/a", &[], false),
            (
                "s3:GetObject",
                "arn:aws:s3:::records/taxes/a",
                &[("aws:MultiFactorAuthAge", "3600")],
                true,
            ),
            (
                "s3:GetObject",
                "arn:aws:s3:::records/taxes/a",
                &[("aws:MultiFactorAuthAge", "3601")],
                false,
            ),
        ],
    );
    // "Managing object access with object tagging".
    let tagged = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/alice"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*", "Condition": {"StringEquals": {"s3:ExistingObjectTag/environment": "production"}}}"#;
    resource(tagged).answer(
        &user("alice"),
        &[
            (
                "s3:GetObject",
                OBJECT,
                &[("s3:ExistingObjectTag/environment", "production")],
                true,
            ),
            (
                "s3:GetObject",
                OBJECT,
                &[("s3:ExistingObjectTag/environment", "test")],
                false,
            ),
            ("s3:GetObject", OBJECT, &[], false),
        ],
    );
    // "Restricting access to a specific organization": principals of every account of it, by their own policies.
    let organisation = r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-aa111bb222"]}}}"#;
    Layers {
        resource: Some(organisation),
        identity: &[r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#],
        ..Layers::default()
    }
    .answer(
        &who("arn:aws:iam::222222222222:role/app"),
        &[
            ("s3:GetObject", OBJECT, &[("aws:PrincipalOrgID", "o-aa111bb222")], true),
            ("s3:GetObject", OBJECT, &[("aws:PrincipalOrgID", "o-other")], false),
        ],
    );
    resource(organisation).answer(&anybody, &[("s3:GetObject", OBJECT, &[], false)]);
}

/// The same page, "Require encryption", with the pair of Denies that the guide of server-side encryption shows
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>).
#[test]
fn uploads_must_be_encrypted() {
    let bucket = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/app"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/*", "Condition": {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/*", "Condition": {"ArnNotEqualsIfExists": {"s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:111111111111:key/1"}}}"#;
    let kms = ("s3:x-amz-server-side-encryption", "aws:kms");
    let key = |id| ("s3:x-amz-server-side-encryption-aws-kms-key-id", id);
    resource(bucket).answer(
        &session("app"),
        &[
            (
                "s3:PutObject",
                OBJECT,
                &[kms, key("arn:aws:kms:us-east-1:111111111111:key/1")],
                true,
            ),
            (
                "s3:PutObject",
                OBJECT,
                &[kms, key("arn:aws:kms:us-east-1:111111111111:key/2")],
                false,
            ),
            // Without IfExists an absent key would also pass: a negated operator holds for it, so that this Deny applies.
            ("s3:PutObject", OBJECT, &[], false),
            (
                "s3:PutObject",
                OBJECT,
                &[("s3:x-amz-server-side-encryption", "AES256")],
                false,
            ),
        ],
    );
}

/// S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of 'public'"
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>): fixed values of certain keys make a policy for everybody one that is not public.
#[test]
fn what_is_public() {
    let directory = AccountDirectory::new()
        .with_organisation("o-ours1234567")
        .seen_from(ACCOUNT);
    let classes = |condition: &str| -> Vec<Reach> {
        let document = policy(&format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"{condition}}}"#
        ));
        let context = ReachContext {
            resource: Some("arn:aws:s3:::records"),
            accepts: Accepts::Anonymous,
        };
        reach_of_resource_policy(&document, &directory, context)
            .into_iter()
            .map(|finding| finding.class)
            .collect()
    };
    let with = |condition: &str| classes(&format!(r#", "Condition": {condition}"#));
    assert_eq!(classes(""), [Reach::Internet]);
    let not_public = [
        r#"{"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}"#,
        r#"{"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "54.240.143.0/24"}}"#,
        r#"{"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#,
        r#"{"StringEquals": {"aws:PrincipalAccount": "111111111111"}}"#,
        r#"{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/app"}}"#,
    ];
    for condition in not_public {
        let found = with(condition);
        let is_limited = !found.is_empty() && found.iter().all(|class| !class.is_public());
        assert!(is_limited, "{condition}: {found:?}");
    }
    let public = [
        r#"{"StringLike": {"aws:SourceVpc": "*"}}"#,
        r#"{"StringLike": {"aws:Referer": "https://www.example.com/*"}}"#,
        r#"{"StringEquals": {"aws:UserAgent": "tool"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "*"}}"#,
    ];
    for condition in public {
        let found = with(condition);
        assert!(
            found.iter().any(|class| class.is_public() || *class == Reach::Network),
            "{condition}: {found:?}"
        );
    }
}
