//! Service control and resource control policies, as AWS's pages explain them.

use super::asked::{ACCOUNT, Asked, EVERYTHING, Layers, OTHER, session, user, who};

const S3_EC2: &str = r#"{"Effect": "Allow", "Action": ["s3:*", "ec2:*"], "Resource": "*"}"#;

/// Organizations User Guide, "SCP evaluation"
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>), "Using SCPs as a deny list": everything stands at every level, a Deny of any level takes away
/// from all below.
#[test]
fn deny_list() {
    let no_s3 = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
    let (s3, ec2): (Asked<'_>, Asked<'_>) = (
        ("s3:ListBucket", "arn:aws:s3:::records", &[], false),
        ("ec2:RunInstances", "*", &[], true),
    );
    for denied_at in 0..3 {
        let denying = [EVERYTHING, no_s3];
        let levels = [0, 1, 2].map(|level| {
            if level == denied_at {
                &denying[..]
            } else {
                &denying[..1]
            }
        });
        let layers = Layers {
            service_control: &levels,
            identity: &[EVERYTHING],
            ..Layers::default()
        };
        layers.answer(&user("alice"), &[s3, ec2]);
        layers.answer(&session("app"), &[s3, ec2]);
        // Root users are bound as well.
        layers.answer(&who(ACCOUNT), &[s3, ec2]);
    }
}

/// The same page, "Using SCPs as an allow list" and "How SCPs work with Allow": every level between the root and the account must allow, one alone is not enough, and a level
/// without policy allows nothing.
#[test]
fn allow_list() {
    let only_s3 = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    let ask = |levels: &[&[&str]], s3, ec2| {
        let layers = Layers {
            service_control: levels,
            identity: &[EVERYTHING],
            ..Layers::default()
        };
        layers.answer(
            &user("alice"),
            &[
                ("s3:ListBucket", "*", &[], s3),
                ("ec2:RunInstances", "*", &[], ec2),
                ("sqs:ListQueues", "*", &[], false),
            ],
        );
    };
    ask(&[&[S3_EC2], &[S3_EC2], &[S3_EC2]], true, true);
    ask(&[&[EVERYTHING], &[S3_EC2], &[only_s3]], true, false);
    ask(&[&[EVERYTHING], &[only_s3], &[EVERYTHING, S3_EC2]], true, false);
    ask(&[&[only_s3], &[EVERYTHING], &[S3_EC2]], true, false);
    ask(&[&[EVERYTHING], &[], &[EVERYTHING]], false, false);
    // Several policies of one level: what one of them allows.
    ask(
        &[
            &[EVERYTHING],
            &[only_s3, r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#],
        ],
        true,
        true,
    );
}

/// Organizations User Guide, "Service control policies (SCPs)"
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>): they grant nothing, bind the account's principals and not those who come from outside, and not
/// service-linked roles.
#[test]
fn service_control_binds_the_accounts_own() {
    let everything: &[&[&str]] = &[&[EVERYTHING]];
    Layers {
        service_control: everything,
        identity: &[],
        ..Layers::default()
    }
    .answer(&user("alice"), &[("s3:ListBucket", "*", &[], false)]);
    let no_s3: &[&[&str]] = &[&[EVERYTHING, r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#]];
    let linked =
        who("arn:aws:iam::111111111111:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling");
    Layers {
        service_control: no_s3,
        identity: &[EVERYTHING],
        ..Layers::default()
    }
    .answer(&linked, &[("s3:ListBucket", "*", &[], true)]);
    // Services and strangers have no account of the organisation.
    let open = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}"#;
    let layers = Layers {
        service_control: no_s3,
        resource: Some(open),
        ..Layers::default()
    };
    for caller in ["*", "cloudtrail.amazonaws.com"] {
        layers.answer(&who(caller), &[("s3:GetObject", "arn:aws:s3:::records/a", &[], true)]);
    }
}

/// Organizations User Guide, "SCP examples": denying by Region, protecting a role, the root user, and leaving
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_examples_general.html>).
#[test]
fn service_control_examples() {
    let examples = r#"{"Effect": "Deny", "NotAction": ["iam:*", "sts:*", "route53:*"], "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]},
            "ArnNotLike": {"aws:PrincipalARN": ["arn:aws:iam::*:role/Bypass"]}}},
        {"Effect": "Deny", "Action": ["iam:AttachRolePolicy", "iam:DeleteRole"], "Resource": "arn:aws:iam::*:role/audit", "Condition": {"StringNotLike": {"aws:PrincipalARN": "arn:aws:iam::*:role/admin"}}},
        {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}}},
        {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"},
        {"Effect": "Deny", "Action": "ec2:StopInstances", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
        {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:instance/*", "Condition": {"StringNotEquals": {"ec2:InstanceType": "t3.micro"}}}"#;
    let layers = Layers {
        service_control: &[&[EVERYTHING, examples]],
        identity: &[EVERYTHING],
        ..Layers::default()
    };
    let eu: &[(&str, &str)] = &[("aws:RequestedRegion", "eu-west-1")];
    let us: &[(&str, &str)] = &[("aws:RequestedRegion", "us-east-1")];
    layers.answer(
        &user("alice"),
        &[
            ("sqs:CreateQueue", "*", eu, true),
            ("sqs:CreateQueue", "*", us, false),
            ("iam:CreateUser", "*", us, true),
            ("iam:DeleteRole", "arn:aws:iam::111111111111:role/audit", us, false),
            ("iam:DeleteRole", "arn:aws:iam::111111111111:role/other", us, true),
            ("organizations:LeaveOrganization", "*", eu, false),
            ("ec2:StopInstances", "*", eu, false),
            (
                "ec2:StopInstances",
                "*",
                &[
                    ("aws:RequestedRegion", "eu-west-1"),
                    ("aws:MultiFactorAuthPresent", "true"),
                ],
                true,
            ),
            (
                "ec2:RunInstances",
                "arn:aws:ec2:eu-west-1:111111111111:instance/*",
                &[("aws:RequestedRegion", "eu-west-1"), ("ec2:InstanceType", "t3.micro")],
                true,
            ),
            (
                "ec2:RunInstances",
                "arn:aws:ec2:eu-west-1:111111111111:instance/*",
                &[("aws:RequestedRegion", "eu-west-1"), ("ec2:InstanceType", "p5.large")],
                false,
            ),
            (
                "ec2:RunInstances",
                "arn:aws:ec2:eu-west-1:111111111111:volume/*",
                eu,
                true,
            ),
        ],
    );
    layers.answer(&session("Bypass"), &[("sqs:CreateQueue", "*", us, true)]);
    layers.answer(
        &session("admin"),
        &[("iam:DeleteRole", "arn:aws:iam::111111111111:role/audit", us, true)],
    );
    layers.answer(
        &who(ACCOUNT),
        &[
            ("ec2:DescribeInstances", "*", eu, false),
            ("sqs:CreateQueue", "*", eu, true),
        ],
    );
}

/// Organizations User Guide, "Resource control policy examples"
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html>): a data perimeter for buckets, signed and encrypted requests only, and guards against the confused
/// deputy, whatever the resource's own policy says.
#[test]
fn resource_control_examples() {
    let open = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#;
    let layers = |control: &'static [&'static [&'static str]]| Layers {
        resource: Some(open),
        resource_control: control,
        identity: &[EVERYTHING],
        ..Layers::default()
    };
    let perimeter = layers(&[&[
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours1234567"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}"#,
    ]]);
    let object = "arn:aws:s3:::records/a";
    let ours: &[(&str, &str)] = &[("aws:PrincipalOrgID", "o-ours1234567")];
    let theirs: &[(&str, &str)] = &[("aws:PrincipalOrgID", "o-other123456")];
    perimeter.answer(&user("alice"), &[("s3:GetObject", object, ours, true)]);
    perimeter.answer(
        &who("arn:aws:iam::222222222222:user/bob"),
        &[
            ("s3:GetObject", object, theirs, false),
            ("s3:GetObject", object, &[], false),
        ],
    );
    perimeter.answer(&who("*"), &[("s3:GetObject", object, &[], false)]);
    perimeter.answer(&who("cloudtrail.amazonaws.com"), &[("s3:PutObject", object, &[], true)]);
    let encrypted = layers(&[&[
        r#"{"Effect": "Deny", "Principal": "*", "Action": ["sts:*", "s3:*", "sqs:*", "secretsmanager:*", "kms:*"], "Resource": "*", "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}}"#,
    ]]);
    encrypted.answer(
        &user("alice"),
        &[
            ("s3:GetObject", object, &[("aws:SecureTransport", "true")], true),
            ("s3:GetObject", object, &[("aws:SecureTransport", "false")], false),
        ],
    );
    let deputy = layers(&[&[
        r#"{"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "sqs:*", "kms:*"], "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:SourceOrgID": "o-ours1234567"},
        "Null": {"aws:SourceAccount": "false"}, "Bool": {"aws:PrincipalIsAWSService": "true"}}}"#,
    ]]);
    deputy.answer(
        &who("cloudtrail.amazonaws.com"),
        &[
            (
                "s3:PutObject",
                object,
                &[
                    ("aws:SourceAccount", "111111111111"),
                    ("aws:SourceOrgID", "o-ours1234567"),
                ],
                true,
            ),
            (
                "s3:PutObject",
                object,
                &[
                    ("aws:SourceAccount", "222222222222"),
                    ("aws:SourceOrgID", "o-other123456"),
                ],
                false,
            ),
            ("s3:PutObject", object, &[("aws:SourceAccount", "222222222222")], false),
            ("s3:PutObject", object, &[], true),
        ],
    );
    deputy.answer(
        &user("alice"),
        &[("s3:GetObject", object, &[("aws:SourceAccount", "222222222222")], true)],
    );
}

/// Organizations User Guide, "Resource control policies (RCPs)"
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>): they grant nothing, reach callers of every account and only some services.
#[test]
fn resource_control_takes_away_only() {
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours1234567"}}}"#;
    let layers = Layers {
        resource_control: &[&[deny]],
        identity: &[EVERYTHING],
        ..Layers::default()
    };
    layers.answer(
        &user("alice"),
        &[
            ("s3:GetObject", "arn:aws:s3:::records/a", &[], false),
            ("sqs:SendMessage", "*", &[], false),
            ("sns:Publish", "*", &[], true),
        ],
    );
    let shared = r#"{"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3:*", "Resource": "*"}"#;
    let from_outside = who(&format!("arn:aws:iam::{OTHER}:role/app"));
    Layers {
        resource: Some(shared),
        ..layers
    }
    .answer(
        &from_outside,
        &[(
            "s3:GetObject",
            "arn:aws:s3:::records/a",
            &[("aws:PrincipalOrgID", "o-other123456")],
            false,
        )],
    );
    Layers {
        resource_control: &[&[r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#]],
        identity: &[],
        ..Layers::default()
    }
    .answer(
        &user("alice"),
        &[("s3:GetObject", "arn:aws:s3:::records/a", &[], false)],
    );
}
