//! Actions that say most about what a policy opens.

/// Actions worth showing, and often the ones that matter.
pub(super) const TELLING_ACTIONS: [&str; 24] = [
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoleWithSAML",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "sns:Publish",
    "sns:Subscribe",
    "kms:Decrypt",
    "kms:CreateGrant",
    "lambda:InvokeFunction",
    "lambda:InvokeFunctionUrl",
    "secretsmanager:GetSecretValue",
    "ecr:BatchGetImage",
    "events:PutEvents",
    "es:ESHttpGet",
    "glacier:InitiateJob",
    "ses:SendEmail",
    "execute-api:Invoke",
    "elasticfilesystem:ClientMount",
    "backup:CopyIntoBackupVault",
    "dynamodb:GetItem",
];
