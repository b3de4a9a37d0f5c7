//! What AWS's pages say about conditions and variables.

use super::asked::{Asked, EVERYTHING, identity, user};

const TAG: &str = "arn:aws:ec2:us-east-1:111111111111:instance/i-1";

/// A condition of an Allow of one action, held against contexts.
fn holds(condition: &str, table: &[(&[(&str, &str)], bool)]) {
    let allow =
        format!(r#"{{"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {condition}}}"#);
    for (context, expected) in table {
        let asked: Asked<'_> = ("ec2:CreateTags", TAG, context, *expected);
        identity(&[&allow]).answer(&user("alice"), &[asked]);
    }
}

/// IAM User Guide, "Conditions with multiple context keys or values"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>): operators and keys together, values one of them, and of
/// negated ones none.
#[test]
fn several_keys_and_values() {
    holds(
        r#"{"StringEquals": {"aws:PrincipalTag/department": ["finance", "hr", "legal"], "aws:PrincipalTag/role": ["audit", "security"]},
            "ArnLike": {"aws:PrincipalArn": ["arn:aws:iam::111111111111:user/a*", "arn:aws:iam::111111111111:user/b*"]}}"#,
        &[
            (
                &[
                    ("aws:PrincipalTag/department", "hr"),
                    ("aws:PrincipalTag/role", "audit"),
                ],
                true,
            ),
            (
                &[
                    ("aws:PrincipalTag/department", "hr"),
                    ("aws:PrincipalTag/role", "audit"),
                    ("aws:PrincipalTag/other", "x"),
                ],
                true,
            ),
            (
                &[
                    ("aws:PrincipalTag/department", "sales"),
                    ("aws:PrincipalTag/role", "audit"),
                ],
                false,
            ),
            (&[("aws:PrincipalTag/department", "hr")], false),
            (&[], false),
        ],
    );
    // The same with a negated operator: the tags must match and the address be in neither network.
    holds(
        r#"{"StringEquals": {"aws:PrincipalTag/department": ["finance", "hr"]}, "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}}"#,
        &[
            (
                &[("aws:PrincipalTag/department", "hr"), ("aws:SourceIp", "198.51.100.7")],
                true,
            ),
            (
                &[("aws:PrincipalTag/department", "hr"), ("aws:SourceIp", "203.0.113.7")],
                false,
            ),
            (
                &[("aws:PrincipalTag/department", "hr"), ("aws:SourceIp", "192.0.2.7")],
                false,
            ),
            (
                &[
                    ("aws:PrincipalTag/department", "sales"),
                    ("aws:SourceIp", "198.51.100.7"),
                ],
                false,
            ),
            (&[("aws:PrincipalTag/department", "hr")], true),
        ],
    );
    holds(
        r#"{"StringNotEquals": {"aws:PrincipalTag/team": ["red", "blue"], "aws:PrincipalTag/level": "low"}}"#,
        &[
            (
                &[("aws:PrincipalTag/team", "green"), ("aws:PrincipalTag/level", "high")],
                true,
            ),
            (
                &[("aws:PrincipalTag/team", "blue"), ("aws:PrincipalTag/level", "high")],
                false,
            ),
            (
                &[("aws:PrincipalTag/team", "green"), ("aws:PrincipalTag/level", "low")],
                false,
            ),
            (&[("aws:PrincipalTag/team", "green")], true),
        ],
    );
}

/// IAM User Guide, "Set operators for multivalued context keys" and its example policies
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>): all values of the request, or any; an absent key passes
/// the first and not the second.
#[test]
fn keys_with_several_values() {
    let keys = r#"["environment", "cost-center"]"#;
    let table = |one_right, both, one_wrong, absent| -> [(&[(&str, &str)], bool); 4] {
        [
            (&[("aws:TagKeys", "environment")], one_right),
            (&[("aws:TagKeys", "environment|cost-center")], both),
            (&[("aws:TagKeys", "environment|owner")], one_wrong),
            (&[], absent),
        ]
    };
    holds(
        &format!(r#"{{"ForAllValues:StringEquals": {{"aws:TagKeys": {keys}}}}}"#),
        &table(true, true, false, true),
    );
    holds(
        &format!(r#"{{"ForAnyValue:StringEquals": {{"aws:TagKeys": {keys}}}}}"#),
        &table(true, true, true, false),
    );
    // With Null the absent key is asked for.
    holds(
        &format!(r#"{{"ForAllValues:StringEquals": {{"aws:TagKeys": {keys}}}, "Null": {{"aws:TagKeys": "false"}}}}"#),
        &table(true, true, false, false),
    );
    // Negated: no value, or not every value, is one of them.
    holds(
        &format!(r#"{{"ForAllValues:StringNotEquals": {{"aws:TagKeys": {keys}}}}}"#),
        &table(false, false, false, true),
    );
    holds(
        &format!(r#"{{"ForAnyValue:StringNotEquals": {{"aws:TagKeys": {keys}}}}}"#),
        &table(false, false, true, false),
    );
    holds(
        r#"{"ForAnyValue:StringLike": {"aws:TagKeys": "env*"}}"#,
        &table(true, true, true, false),
    );
    // As a Deny: any wrong tag is refused.
    let deny = r#"{"Effect": "Deny", "Action": "ec2:CreateTags", "Resource": "*", "Condition": {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["environment"]}}}"#;
    identity(&[EVERYTHING, deny]).answer(
        &user("alice"),
        &[
            ("ec2:CreateTags", TAG, &[("aws:TagKeys", "environment")], true),
            ("ec2:CreateTags", TAG, &[("aws:TagKeys", "environment|owner")], false),
            ("ec2:CreateTags", TAG, &[], true),
        ],
    );
}

/// IAM User Guide, "IAM JSON policy elements: Condition operators", sections "…IfExists condition operators" and "Condition operator to check existence of condition
/// keys" (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).
#[test]
fn absent_keys() {
    let types = r#"["t3.*", "m5.*"]"#;
    holds(
        &format!(r#"{{"StringLikeIfExists": {{"ec2:InstanceType": {types}}}}}"#),
        &[
            (&[], true),
            (&[("ec2:InstanceType", "t3.micro")], true),
            (&[("ec2:InstanceType", "p4.large")], false),
        ],
    );
    holds(
        &format!(r#"{{"StringLike": {{"ec2:InstanceType": {types}}}}}"#),
        &[(&[], false), (&[("ec2:InstanceType", "t3.micro")], true)],
    );
    // Negated operators hold for an absent key, with and without IfExists.
    for operator in ["StringNotLike", "StringNotLikeIfExists"] {
        holds(
            &format!(r#"{{"{operator}": {{"ec2:InstanceType": {types}}}}}"#),
            &[(&[], true), (&[("ec2:InstanceType", "t3.micro")], false)],
        );
    }
    // Only temporary credentials have a time of issue.
    holds(
        r#"{"Null": {"aws:TokenIssueTime": "true"}}"#,
        &[(&[], true), (&[("aws:TokenIssueTime", "2026-01-01T00:00:00Z")], false)],
    );
    holds(
        r#"{"Null": {"aws:TokenIssueTime": "false"}}"#,
        &[(&[], false), (&[("aws:TokenIssueTime", "2026-01-01T00:00:00Z")], true)],
    );
    holds(
        r#"{"Null": {"aws:RequestTag/team": ["true", "false"]}}"#,
        &[(&[], true), (&[("aws:RequestTag/team", "red")], true)],
    );
}

/// The same page, the tables of operators.
#[test]
fn operators_compare_as_their_tables_say() {
    let one = |condition: &str, key: &str, right: &[&str], wrong: &[&str]| {
        for value in right {
            holds(condition, &[(&[(key, value)], true)]);
        }
        for value in wrong {
            holds(condition, &[(&[(key, value)], false)]);
        }
    };
    one(
        r#"{"StringEquals": {"aws:UserAgent": "Tool"}}"#,
        "aws:UserAgent",
        &["Tool"],
        &["tool", "Tool/1"],
    );
    one(
        r#"{"StringEqualsIgnoreCase": {"aws:UserAgent": "Tool"}}"#,
        "aws:UserAgent",
        &["Tool", "tOOL"],
        &["Tool/1"],
    );
    one(
        r#"{"StringLike": {"s3:prefix": ["home/", "doc?/*"]}}"#,
        "s3:prefix",
        &["home/", "docs/", "docs/a/b"],
        &["home", "doc/a", "Home/"],
    );
    one(
        r#"{"NumericLessThanEquals": {"s3:max-keys": "10"}}"#,
        "s3:max-keys",
        &["10", "9.5", "-1"],
        &["11", "ten"],
    );
    one(
        r#"{"NumericGreaterThan": {"s3:max-keys": "10"}}"#,
        "s3:max-keys",
        &["10.01", "11"],
        &["10"],
    );
    one(
        r#"{"NumericNotEquals": {"s3:max-keys": "10"}}"#,
        "s3:max-keys",
        &["11"],
        &["10", "10.0"],
    );
    one(
        r#"{"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}}"#,
        "aws:TokenIssueTime",
        &["2020-01-01T00:00:02Z", "2020-01-01T01:00:00+00:30"],
        &["2020-01-01T00:00:01Z", "2019-12-31", "1577836801"],
    );
    one(
        r#"{"DateLessThanEquals": {"aws:EpochTime": "1577836800"}}"#,
        "aws:EpochTime",
        &["1577836800", "2019-12-31T23:59:59Z"],
        &["1577836801"],
    );
    one(
        r#"{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8:1234:5678::/64"]}}"#,
        "aws:SourceIp",
        &["203.0.113.255", "2001:db8:1234:5678::1"],
        &["203.0.114.0", "2001:db8:1234:5679::1"],
    );
    one(
        r#"{"IpAddress": {"aws:SourceIp": "203.0.113.9"}}"#,
        "aws:SourceIp",
        &["203.0.113.9"],
        &["203.0.113.10"],
    );
    one(
        r#"{"Bool": {"aws:SecureTransport": "true"}}"#,
        "aws:SecureTransport",
        &["true", "TRUE"],
        &["false"],
    );
    one(
        r#"{"BinaryEquals": {"k:v": "QmluYXJ5"}}"#,
        "k:v",
        &["QmluYXJ5"],
        &["qmluYXJ5"],
    );
    // ARNs part by part, by either operator.
    for operator in ["ArnLike", "ArnEquals"] {
        one(
            &format!(r#"{{"{operator}": {{"aws:SourceArn": "arn:aws:sns:*:111111111111:orders-*"}}}}"#),
            "aws:SourceArn",
            &["arn:aws:sns:us-east-1:111111111111:orders-eu"],
            &[
                "arn:aws:sns:us-east-1:222222222222:orders-eu",
                "arn:aws:sqs:us-east-1:111111111111:orders-eu",
                "arn:aws:sns:us-east-1:111111111111:returns",
            ],
        );
    }
    one(
        r#"{"ArnNotLike": {"aws:SourceArn": "arn:aws:sns:*:111111111111:*"}}"#,
        "aws:SourceArn",
        &["arn:aws:sns:us-east-1:222222222222:a"],
        &["arn:aws:sns:us-east-1:111111111111:a"],
    );
}

/// The same page: variables in conditions, with defaults and with the special characters.
#[test]
fn variables_in_conditions() {
    holds(
        r#"{"StringLike": {"s3:prefix": ["${aws:PrincipalTag/team, 'common'}/*", "a${*}b", "a${?}b", "a${$}b"]}}"#,
        &[
            (&[("s3:prefix", "common/x")], true),
            (&[("s3:prefix", "red/x"), ("aws:PrincipalTag/team", "red")], true),
            (&[("s3:prefix", "common/x"), ("aws:PrincipalTag/team", "red")], false),
            (&[("s3:prefix", "a*b")], true),
            (&[("s3:prefix", "a?b")], true),
            (&[("s3:prefix", "a$b")], true),
            (&[("s3:prefix", "axb")], false),
        ],
    );
    holds(
        r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team, 'none'}"}}"#,
        &[
            (&[("aws:ResourceTag/team", "none")], true),
            (
                &[("aws:ResourceTag/team", "red"), ("aws:PrincipalTag/team", "red")],
                true,
            ),
            (&[("aws:ResourceTag/team", "red")], false),
        ],
    );
    holds(
        r#"{"ArnLike": {"aws:SourceArn": "arn:aws:s3:::${aws:PrincipalTag/team, 'common'}-*"}}"#,
        &[
            (&[("aws:SourceArn", "arn:aws:s3:::common-1")], true),
            (&[("aws:SourceArn", "arn:aws:s3:::red-1")], false),
        ],
    );
}

/// IAM User Guide, examples "AWS: Allows access based on date and time"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws-dates.html>), "Amazon EC2: Starts or stops instances based on matching principal and resource tags"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_ec2-start-stop-match-tags.html>) and "IAM: Pass an IAM role to a specific AWS service"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_iam-passrole-service.html>).
#[test]
fn examples_of_identity_policies() {
    holds(
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2026-04-01T00:00:00Z"}, "DateLessThan": {"aws:CurrentTime": "2026-06-30T23:59:59Z"}}"#,
        &[
            (&[("aws:CurrentTime", "2026-05-01T12:00:00Z")], true),
            (&[("aws:CurrentTime", "2026-03-31T23:59:59Z")], false),
            (&[("aws:CurrentTime", "2026-07-01")], false),
            (&[], false),
        ],
    );
    holds(
        r#"{"StringEquals": {"aws:PrincipalTag/CostCenter": "${aws:ResourceTag/CostCenter}"}}"#,
        &[
            (
                &[
                    ("aws:PrincipalTag/CostCenter", "7"),
                    ("aws:ResourceTag/CostCenter", "7"),
                ],
                true,
            ),
            (
                &[
                    ("aws:PrincipalTag/CostCenter", "7"),
                    ("aws:ResourceTag/CostCenter", "8"),
                ],
                false,
            ),
            (&[("aws:PrincipalTag/CostCenter", "7")], false),
        ],
    );
    let pass = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/scaling-*", "Condition": {"StringEquals": {"iam:PassedToService": "autoscaling.amazonaws.com"}}}"#;
    let role = "arn:aws:iam::111111111111:role/scaling-web";
    identity(&[pass]).answer(
        &user("alice"),
        &[
            (
                "iam:PassRole",
                role,
                &[("iam:PassedToService", "autoscaling.amazonaws.com")],
                true,
            ),
            (
                "iam:PassRole",
                role,
                &[("iam:PassedToService", "ec2.amazonaws.com")],
                false,
            ),
            (
                "iam:PassRole",
                "arn:aws:iam::111111111111:role/admin",
                &[("iam:PassedToService", "autoscaling.amazonaws.com")],
                false,
            ),
        ],
    );
}
