//! Elements and variables, as AWS's pages explain them.

use super::asked::{Asked, EVERYTHING, Layers, identity, request, session, user};

/// IAM User Guide, "IAM JSON policy elements: NotAction" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>): with Allow it is everything but, where a
/// resource limits it; with Deny it grants nothing.
#[test]
fn not_action() {
    let but_delete = r#"{"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"}"#;
    identity(&[but_delete]).answer(
        &user("alice"),
        &[
            ("s3:PutObject", "arn:aws:s3:::records/a", &[], true),
            ("s3:DeleteBucket", "arn:aws:s3:::records", &[], false),
            (
                "ec2:RunInstances",
                "arn:aws:ec2:us-east-1:111111111111:instance/i-1",
                &[],
                false,
            ),
        ],
    );
    let but_iam = r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}"#;
    identity(&[but_iam]).answer(
        &user("alice"),
        &[
            ("ec2:RunInstances", "*", &[], true),
            ("iam:CreateUser", "*", &[], false),
            ("IAM:createuser", "*", &[], false),
        ],
    );
    let only_with_mfa = r#"{"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#;
    identity(&[only_with_mfa]).answer(&user("alice"), &[("iam:GetUser", "*", &[], false)]);
    identity(&[EVERYTHING, only_with_mfa]).answer(
        &user("alice"),
        &[
            ("iam:GetUser", "*", &[], true),
            ("s3:ListAllMyBuckets", "*", &[], false),
            (
                "s3:ListAllMyBuckets",
                "*",
                &[("aws:MultiFactorAuthPresent", "true")],
                true,
            ),
        ],
    );
}

/// IAM User Guide, "IAM JSON policy elements: NotResource" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html>): a Deny of all but one bucket denies other
/// services as well.
#[test]
fn not_resource() {
    let deny =
        r#"{"Effect": "Deny", "Action": "s3:*", "NotResource": ["arn:aws:s3:::payroll", "arn:aws:s3:::payroll/*"]}"#;
    identity(&[EVERYTHING, deny]).answer(
        &user("alice"),
        &[
            ("s3:GetObject", "arn:aws:s3:::payroll/1", &[], true),
            ("s3:ListBucket", "arn:aws:s3:::payroll", &[], true),
            ("s3:GetObject", "arn:aws:s3:::other/1", &[], false),
            ("ec2:RunInstances", "*", &[], true),
        ],
    );
    identity(&[r#"{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::payroll/*"}"#]).answer(
        &user("alice"),
        &[
            ("s3:GetObject", "arn:aws:s3:::payroll/1", &[], false),
            ("s3:GetObject", "arn:aws:s3:::other/1", &[], true),
        ],
    );
}

/// IAM User Guide, "IAM JSON policy elements: Resource" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>): wildcards within a part, a question mark for
/// one character, a star over slashes.
#[test]
fn wildcards_of_resources() {
    let queue = |resource: &str, arn: &str| {
        let allow = format!(r#"{{"Effect": "Allow", "Action": "sqs:*", "Resource": "{resource}"}}"#);
        identity(&[&allow])
            .decide(&request(&user("alice"), "sqs:SendMessage", arn, &[]))
            .is_allowed()
    };
    let jobs = "arn:aws:sqs:us-east-2:111111111111:jobs1";
    assert!(queue("arn:aws:sqs:*:111111111111:jobs?", jobs) && queue("arn:aws:sqs:us-*:*:*", jobs));
    assert!(
        !queue("arn:aws:sqs:us-east-2:111111111111:jobs", jobs)
            && !queue("arn:aws:sqs:us-east-2:111111111111:jobs??", jobs)
    );
    assert!(queue(
        "arn:aws:iam::111111111111:user/*/test/*",
        "arn:aws:iam::111111111111:user/1234/5678/test/object/1"
    ));
    assert!(!queue("arn:aws:sqs:us-east-2:111111111111:Jobs1", jobs));
}

/// IAM User Guide, "IAM policy elements: Variables and tags"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>): tags as variables, defaults, the three special characters, the old version, and a variable without value.
#[test]
fn variables() {
    let allow = |version: &str, resource: &str| {
        format!(
            r#"{{"Version": "{version}", "Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::records/{resource}"}}}}"#
        )
    };
    let reads = |resource: &str, object: &str, context: &[(&str, &str)]| {
        let document = allow("2012-10-17", resource);
        identity(&[&document])
            .decide(&request(
                &user("alice"),
                "s3:GetObject",
                &format!("arn:aws:s3:::records/{object}"),
                context,
            ))
            .is_allowed()
    };
    assert!(reads("${aws:username}/*", "alice/a", &[]) && !reads("${aws:username}/*", "bob/a", &[]));
    let red: &[(&str, &str)] = &[("aws:PrincipalTag/team", "red")];
    assert!(reads("${aws:PrincipalTag/team}", "red", red) && !reads("${aws:PrincipalTag/team}", "", &[]));
    assert!(
        reads("${aws:PrincipalTag/team, 'all'}", "red", red) && reads("${aws:PrincipalTag/team, 'all'}", "all", &[])
    );
    assert!(!reads("${aws:PrincipalTag/team, 'all'}", "all", red));
    for (escaped, plain, other) in [("${*}", "*", "x"), ("${?}", "?", "x"), ("${$}", "$", "x")] {
        assert!(reads(escaped, plain, &[]) && !reads(escaped, other, &[]), "{escaped}");
    }
    assert!(reads("a${?}b*", "a?bc", &[]) && !reads("a${?}b*", "axbc", &[]));
    // A value with a wildcard in it stands for itself.
    assert!(
        reads("${aws:PrincipalTag/team}", "*", &[("aws:PrincipalTag/team", "*")])
            && !reads("${aws:PrincipalTag/team}", "x", &[("aws:PrincipalTag/team", "*")])
    );
    let old = allow("2008-10-17", "${aws:username}");
    let table = |resource: &'static str, expected| -> Asked<'static> { ("s3:GetObject", resource, &[], expected) };
    identity(&[&old]).answer(
        &user("alice"),
        &[
            table("arn:aws:s3:::records/alice", false),
            table("arn:aws:s3:::records/${aws:username}", true),
        ],
    );
    // Sessions of roles have no user name.
    let named = allow("2012-10-17", "${aws:username}");
    identity(&[&named]).answer(&session("app"), &[table("arn:aws:s3:::records/app", false)]);
}

/// IAM User Guide, "IAM tutorial: Define permissions to access AWS resources based on tags"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/tutorial_attribute-based-access-control.html>): what has the session's tags may be used, new secrets must get them, and tags stay.
#[test]
fn attributes_decide() {
    let policy = r#"{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "name"]}, "StringEqualsIfExists": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}},
        {"Effect": "Deny", "Action": "secretsmanager:UntagResource", "Resource": "*"}"#;
    let secret = "arn:aws:secretsmanager:us-east-1:111111111111:secret:a";
    Layers {
        identity: &[policy],
        ..Layers::default()
    }
    .answer(
        &session("access-red"),
        &[
            (
                "secretsmanager:GetSecretValue",
                secret,
                &[("aws:PrincipalTag/team", "red"), ("aws:ResourceTag/team", "red")],
                true,
            ),
            (
                "secretsmanager:GetSecretValue",
                secret,
                &[("aws:PrincipalTag/team", "red"), ("aws:ResourceTag/team", "blue")],
                false,
            ),
            (
                "secretsmanager:GetSecretValue",
                secret,
                &[("aws:ResourceTag/team", "red")],
                false,
            ),
            (
                "secretsmanager:TagResource",
                secret,
                &[
                    ("aws:PrincipalTag/team", "red"),
                    ("aws:ResourceTag/team", "red"),
                    ("aws:RequestTag/team", "blue"),
                    ("aws:TagKeys", "team"),
                ],
                false,
            ),
            (
                "secretsmanager:TagResource",
                secret,
                &[
                    ("aws:PrincipalTag/team", "red"),
                    ("aws:ResourceTag/team", "red"),
                    ("aws:RequestTag/name", "x"),
                    ("aws:TagKeys", "name"),
                ],
                true,
            ),
            (
                "secretsmanager:TagResource",
                secret,
                &[
                    ("aws:PrincipalTag/team", "red"),
                    ("aws:ResourceTag/team", "red"),
                    ("aws:TagKeys", "owner"),
                ],
                false,
            ),
            (
                "secretsmanager:UntagResource",
                secret,
                &[("aws:PrincipalTag/team", "red"), ("aws:ResourceTag/team", "red")],
                false,
            ),
        ],
    );
}
