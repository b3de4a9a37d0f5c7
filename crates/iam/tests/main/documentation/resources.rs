//! Policies of resources as the services' own pages show them: buckets, keys, functions, queues and topics.

use security_monkey_iam::evaluate::{GrantConstraints, KeyGrant, ResourceKind};

use super::asked::{Layers, OTHER, identity, resource, session, user, who};

/// KMS Developer Guide, "Default key policy"
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>), sections on administrators and users: they are named beside the account, and users may make grants only for services.
#[test]
fn administrators_and_users_of_a_key() {
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let key_policy = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/admin"}, "Action": ["kms:Create*", "kms:Put*", "kms:ScheduleKeyDeletion"], "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111111111111:role/app", "arn:aws:iam::222222222222:root"]}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/app"}, "Action": "kms:CreateGrant", "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}"#;
    let layers = Layers {
        resource: Some(key_policy),
        kind: ResourceKind::PolicyRequired,
        ..Layers::default()
    };
    layers.answer(
        &session("admin"),
        &[("kms:PutKeyPolicy", key, &[], true), ("kms:Decrypt", key, &[], false)],
    );
    layers.answer(
        &session("app"),
        &[
            ("kms:Decrypt", key, &[], true),
            ("kms:PutKeyPolicy", key, &[], false),
            ("kms:CreateGrant", key, &[("kms:GrantIsForAWSResource", "true")], true),
            ("kms:CreateGrant", key, &[], false),
        ],
    );
    // The account is named for everything: its policies decide about the others.
    let decrypts = r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}"#;
    Layers {
        identity: &[decrypts],
        ..layers
    }
    .answer(
        &user("alice"),
        &[("kms:Decrypt", key, &[], true), ("kms:Encrypt", key, &[], false)],
    );
    // "Allowing users in other accounts to use a KMS key" (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>): both accounts decide.
    let outside = who("arn:aws:iam::222222222222:role/app");
    layers.answer(&outside, &[("kms:Decrypt", key, &[], false)]);
    Layers {
        identity: &[decrypts],
        ..layers
    }
    .answer(
        &outside,
        &[("kms:Decrypt", key, &[], true), ("kms:Encrypt", key, &[], false)],
    );
    // Without the statement for the account its policies are worth nothing.
    let strict = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/app"}, "Action": "kms:Decrypt", "Resource": "*"}"#;
    Layers {
        resource: Some(strict),
        identity: &[decrypts],
        ..layers
    }
    .answer(&user("alice"), &[("kms:Decrypt", key, &[], false)]);
}

/// KMS Developer Guide, "Permissions for AWS services in key policies" and "Condition keys", `kms:ViaService` and `kms:CallerAccount`
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>): as in the keys that services manage.
#[test]
fn keys_by_way_of_a_service() {
    let key = "arn:aws:kms:us-west-2:111111111111:key/1";
    let managed = r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*", "Condition": {"StringEquals": {"kms:ViaService": "ec2.us-west-2.amazonaws.com", "kms:CallerAccount": "111111111111"}}}"#;
    let layers = Layers {
        resource: Some(managed),
        kind: ResourceKind::PolicyRequired,
        ..Layers::default()
    };
    let via: &[(&str, &str)] = &[("kms:ViaService", "ec2.us-west-2.amazonaws.com")];
    layers.answer(
        &user("alice"),
        &[
            ("kms:Decrypt", key, via, true),
            ("kms:Decrypt", key, &[], false),
            (
                "kms:Decrypt",
                key,
                &[("kms:ViaService", "s3.us-west-2.amazonaws.com")],
                false,
            ),
        ],
    );
    layers.answer(
        &who("arn:aws:iam::222222222222:user/bob"),
        &[("kms:Decrypt", key, via, false)],
    );
}

/// KMS Developer Guide, "Grants in AWS KMS" (<https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>) and "Creating grants": the grantee may do the operations named, under the
/// constraint's encryption context, whoever its account.
#[test]
fn grants() {
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let grant = KeyGrant {
        id: "g1".to_owned(),
        retiring: None,
        grantee: "arn:aws:iam::111111111111:role/app".to_owned(),
        operations: vec!["GenerateDataKey".to_owned(), "Decrypt".to_owned()],
        constraints: GrantConstraints {
            encryption_context_subset: Some([("Department".to_owned(), "IT".to_owned())].into()),
            ..GrantConstraints::default()
        },
    };
    let grants = [grant];
    let layers = Layers {
        grants: &grants,
        kind: ResourceKind::PolicyRequired,
        ..Layers::default()
    };
    let it: &[(&str, &str)] = &[
        ("kms:EncryptionContext:Department", "IT"),
        ("kms:EncryptionContext:Purpose", "Test"),
    ];
    layers.answer(
        &session("app"),
        &[
            ("kms:Decrypt", key, it, true),
            ("kms:Decrypt", key, &[("kms:EncryptionContext:Department", "HR")], false),
            ("kms:Decrypt", key, &[], false),
            ("kms:Encrypt", key, it, false),
        ],
    );
    layers.answer(&session("other"), &[("kms:Decrypt", key, it, false)]);
    // The page has a key of one account and a grantee of another: no policy of its own is needed, and a boundary bounds it.
    let within = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}"#;
    let without = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    for (boundary, expected) in [(None, true), (Some(within), true), (Some(without), false)] {
        let bounded = Layers { boundary, ..layers };
        bounded.answer_for(OTHER, &session("app"), &[("kms:Decrypt", key, it, expected)]);
    }
}

/// Lambda Developer Guide, "Granting Lambda function access to AWS services"
/// (<https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html>) and "Granting function access to other accounts"
/// (<https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-cross-account.html>).
#[test]
fn permissions_of_a_function() {
    let function = "arn:aws:lambda:us-east-1:111111111111:function:f";
    let permissions = r#"{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f",
            "Condition": {"StringEquals": {"AWS:SourceAccount": "111111111111"}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::records"}}},
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f"},
        {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:us-east-1:111111111111:function:f", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5f"}}}"#;
    let layers = resource(permissions);
    layers.answer(
        &who("s3.amazonaws.com"),
        &[
            (
                "lambda:InvokeFunction",
                function,
                &[
                    ("aws:SourceAccount", "111111111111"),
                    ("aws:SourceArn", "arn:aws:s3:::records"),
                ],
                true,
            ),
            (
                "lambda:InvokeFunction",
                function,
                &[
                    ("aws:SourceAccount", "222222222222"),
                    ("aws:SourceArn", "arn:aws:s3:::records"),
                ],
                false,
            ),
            ("lambda:InvokeFunction", function, &[], false),
        ],
    );
    let invokes = identity(&[r#"{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"}"#]);
    let both = Layers {
        resource: Some(permissions),
        ..invokes
    };
    both.answer(
        &who("arn:aws:iam::222222222222:user/bob"),
        &[
            ("lambda:InvokeFunction", function, &[], true),
            ("lambda:UpdateFunctionCode", function, &[], false),
        ],
    );
    both.answer(
        &who("arn:aws:iam::444444444444:user/eve"),
        &[
            ("lambda:InvokeFunction", function, &[], false),
            (
                "lambda:InvokeFunction",
                function,
                &[("aws:PrincipalOrgID", "o-a1b2c3d4e5f")],
                true,
            ),
        ],
    );
    layers.answer(&who("*"), &[("lambda:InvokeFunction", function, &[], false)]);
}

/// SQS Developer Guide, "Basic examples of Amazon SQS policies"
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html>) and "Custom policies with the access policy language": accounts, everybody in a time window
/// from a network, and a topic that sends.
#[test]
fn queues() {
    let queue = "arn:aws:sqs:us-east-2:111111111111:queue1";
    let sends: (&str, &str, &[(&str, &str)], bool) = ("sqs:SendMessage", queue, &[], true);
    let open = r#"{"Effect": "Allow", "Principal": "*", "Action": "sqs:ReceiveMessage", "Resource": "*", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2026-01-31T12:00Z"}, "DateLessThan": {"aws:CurrentTime": "2026-01-31T15:00Z"},
        "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}, {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.188/32"}}}"#;
    resource(open).answer(
        &who("*"),
        &[
            (
                "sqs:ReceiveMessage",
                queue,
                &[
                    ("aws:CurrentTime", "2026-01-31T13:00:00Z"),
                    ("aws:SourceIp", "192.0.2.7"),
                ],
                true,
            ),
            (
                "sqs:ReceiveMessage",
                queue,
                &[
                    ("aws:CurrentTime", "2026-01-31T13:00:00Z"),
                    ("aws:SourceIp", "192.0.2.188"),
                ],
                false,
            ),
            (
                "sqs:ReceiveMessage",
                queue,
                &[
                    ("aws:CurrentTime", "2026-01-31T15:00:00Z"),
                    ("aws:SourceIp", "192.0.2.7"),
                ],
                false,
            ),
            (
                "sqs:SendMessage",
                queue,
                &[
                    ("aws:CurrentTime", "2026-01-31T13:00:00Z"),
                    ("aws:SourceIp", "192.0.2.7"),
                ],
                false,
            ),
        ],
    );
    let topic = r#"{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-2:111111111111:queue1", "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-2:111111111111:topic"}}}"#;
    resource(topic).answer(
        &who("sns.amazonaws.com"),
        &[
            (
                "sqs:SendMessage",
                queue,
                &[("aws:SourceArn", "arn:aws:sns:us-east-2:111111111111:topic")],
                true,
            ),
            (
                "sqs:SendMessage",
                queue,
                &[("aws:SourceArn", "arn:aws:sns:us-east-2:222222222222:topic")],
                false,
            ),
            ("sqs:SendMessage", queue, &[], false),
        ],
    );
    let two = r#"{"Effect": "Allow", "Principal": {"AWS": ["111111111111", "222222222222"]}, "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-2:111111111111:queue1"}"#;
    let own = Layers {
        resource: Some(two),
        identity: &[r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#],
        ..Layers::default()
    };
    own.answer(
        &who("arn:aws:iam::222222222222:user/bob"),
        &[sends, ("sqs:ReceiveMessage", queue, &[], false)],
    );
    own.answer(
        &who("arn:aws:iam::333333333333:user/eve"),
        &[("sqs:SendMessage", queue, &[], false)],
    );
}

/// SNS Developer Guide, "Example cases for Amazon SNS access control"
/// (<https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>): an account may subscribe, subscriptions to HTTPS only, buckets and alarms may publish for our account.
#[test]
fn topics() {
    let topic = "arn:aws:sns:us-east-2:444455556666:MyTopic";
    let statements = r#"{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sns:Subscribe", "Resource": "arn:aws:sns:us-east-2:444455556666:MyTopic", "Condition": {"StringEquals": {"sns:Protocol": "https"}}},
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sns:Publish", "Resource": "arn:aws:sns:us-east-2:444455556666:MyTopic", "Condition": {"StringEquals": {"AWS:SourceAccount": "444455556666"}}},
        {"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": "arn:aws:sns:us-east-2:444455556666:MyTopic", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-2:111122223333:alarm:*"}}}"#;
    let layers = Layers {
        resource: Some(statements),
        identity: &[r#"{"Effect": "Allow", "Action": "sns:*", "Resource": "*"}"#],
        ..Layers::default()
    };
    layers.answer_for(
        "444455556666",
        &user("alice"),
        &[
            ("sns:Subscribe", topic, &[("sns:Protocol", "https")], true),
            ("sns:Subscribe", topic, &[("sns:Protocol", "email")], false),
            ("sns:Publish", topic, &[], false),
        ],
    );
    layers.answer_for(
        "444455556666",
        &who("s3.amazonaws.com"),
        &[
            ("sns:Publish", topic, &[("aws:SourceAccount", "444455556666")], true),
            ("sns:Publish", topic, &[("aws:SourceAccount", OTHER)], false),
        ],
    );
    layers.answer_for(
        "444455556666",
        &who("cloudwatch.amazonaws.com"),
        &[
            (
                "sns:Publish",
                topic,
                &[(
                    "aws:SourceArn",
                    "arn:aws:cloudwatch:us-east-2:111122223333:alarm:MyAlarm",
                )],
                true,
            ),
            (
                "sns:Publish",
                topic,
                &[(
                    "aws:SourceArn",
                    "arn:aws:cloudwatch:us-east-2:999999999999:alarm:MyAlarm",
                )],
                false,
            ),
        ],
    );
}

/// Secrets Manager User Guide, "Resource-based policies" (<https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html>): readers in the account by name; in another account also by
/// their own policies; and a Deny for all but a VPC endpoint.
#[test]
fn secrets() {
    let secret = "arn:aws:secretsmanager:us-east-1:111111111111:secret:a";
    let statements = r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111111111111:role/app", "arn:aws:iam::222222222222:role/app"]}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*", "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}}"#;
    let layers = resource(statements);
    let inside: &[(&str, &str)] = &[("aws:SourceVpce", "vpce-1")];
    let table = |inside_allowed| {
        [
            ("secretsmanager:GetSecretValue", secret, inside, inside_allowed),
            ("secretsmanager:GetSecretValue", secret, &[], false),
            (
                "secretsmanager:GetSecretValue",
                secret,
                &[("aws:SourceVpce", "vpce-2")],
                false,
            ),
        ]
    };
    layers.answer(&session("app"), &table(true));
    layers.answer(&who("arn:aws:iam::222222222222:role/app"), &table(false));
    Layers {
        identity: &[r#"{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}"#],
        ..layers
    }
    .answer(&who("arn:aws:iam::222222222222:role/app"), &table(true));
}
