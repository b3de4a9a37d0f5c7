//! The policies that are measured.

use security_monkey_iam::evaluate::{NamedPolicy, PolicySet};
use security_monkey_iam::{AccountDirectory, Policy};

pub(crate) const TYPICAL: &str = r#"{"Version": "2012-10-17", "Statement": [
  {"Sid": "Delivery", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/AWSLogs/*",
   "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": "111111111111"}}},
  {"Sid": "Readers", "Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::222222222222:role/reader", "333333333333"]}, "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"]},
  {"Sid": "Organisation", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/public/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}},
  {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;

pub(crate) fn directory() -> AccountDirectory {
    AccountDirectory::new()
        .with_friendly("222222222222", "staging")
        .with_third_party("333333333333", "vendor")
        .with_organisation("o-ours1234567")
        .seen_from("111111111111")
}

fn document(statements: &[String]) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        statements.join(",")
    )
}

/// A resource policy of about 6 KB without Denies and with one condition, as some teams share a bucket: sixteen statements.
pub(crate) fn shared() -> String {
    let statements: Vec<String> = (0..16)
        .map(|number| {
            format!(
                r#"{{"Sid": "S{number}", "Effect": "Allow", "Principal": {{"AWS": ["arn:aws:iam::22222222{number:04}:role/application-reader", "arn:aws:iam::33333333{number:04}:root"]}}, "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/team-{number}/*"], "Condition": {{"StringEquals": {{"aws:PrincipalOrgID": "o-ours1234567"}}}}}}"#
            )
        })
        .collect();
    document(&statements)
}

/// A bucket policy of exactly 6,144 bytes: fourteen Allows for accounts, services, the organisation and everybody under conditions of every
/// kind, and five Denies.
pub(crate) fn mixed() -> String {
    const BYTES: usize = 6_144;
    let conditions = [
        r#"{"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/25"]}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/team-*"}}"#,
        r#"{"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
        r#"{"StringLike": {"aws:PrincipalTag/team": ["red-*", "blue-*"]}, "Null": {"aws:TokenIssueTime": "false"}}"#,
        r#"{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}, "NumericLessThan": {"s3:max-keys": "100"}}"#,
        r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-ours1234567/r-ab12/ou-*"}}"#,
        r#"{"DateLessThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}, "StringLike": {"aws:Referer": "https://www.example.com/*"}}"#,
    ];
    let principals = [
        r#"{"AWS": ["arn:aws:iam::222222222222:role/reader", "333333333333"]}"#,
        r#""*""#,
        r#"{"Service": ["cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"]}"#,
        r#"{"AWS": "*"}"#,
    ];
    let allow = |number: usize| {
        let (principal, condition) = (
            principals[number % principals.len()],
            conditions[number % conditions.len()],
        );
        format!(
            r#"{{"Sid": "Allow{number}", "Effect": "Allow", "Principal": {principal}, "Action": ["s3:GetObject*", "s3:PutObject", "s3:List*"], "Resource": ["arn:aws:s3:::records", "arn:aws:s3:::records/team-{number}/*"], "Condition": {condition}}}"#
        )
    };
    let mut statements: Vec<String> = (0..14).map(allow).collect();
    statements.extend([
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}"#.to_owned(),
        r#"{"Effect": "Deny", "Principal": "*", "NotAction": ["s3:Get*", "s3:List*", "s3:PutObject"], "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}}"#.to_owned(),
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/*", "Condition": {"StringNotEqualsIfExists": {"s3:x-amz-server-side-encryption": "aws:kms"}}}"#.to_owned(),
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "NotResource": ["arn:aws:s3:::records", "arn:aws:s3:::records/team-*"]}"#.to_owned(),
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddressIfExists": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24"]}, "BoolIfExists": {"aws:ViaAWSService": "false"}}}"#.to_owned(),
    ]);
    let with_id = |id: &str| document(&statements).replacen('{', &format!(r#"{{"Id": "{id}", "#), 1);
    let text = with_id(&"x".repeat(BYTES - with_id("").len()));
    assert_eq!(text.len(), BYTES);
    text
}

/// Twenty policies of ten statements, two of which forbid: Regions and tags in conditions, `NotAction`, resources of a team.
pub(crate) fn managed() -> Vec<Policy> {
    let services = ["s3", "ec2", "iam", "sqs", "sns", "lambda", "rds", "dynamodb"];
    (0..20)
        .map(|number| {
            let mut statements: Vec<String> = services
                .iter()
                .enumerate()
                .map(|(position, service)| {
                    let condition = match position % 3 {
                        0 => r#", "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}"#,
                        1 => r#", "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
                        _ => "",
                    };
                    format!(r#"{{"Effect": "Allow", "Action": ["{service}:Get*", "{service}:List*", "{service}:Describe*", "{service}:*Tag*"], "Resource": "arn:aws:{service}:*:*:team-{number}*"{condition}}}"#)
                })
                .collect();
            statements.push(format!(r#"{{"Effect": "Deny", "NotAction": ["{}:*", "sts:*", "iam:Get*"], "Resource": "arn:aws:*:*:*:locked-{number}/*"}}"#, services[number % services.len()]));
            statements.push(r#"{"Effect": "Deny", "Action": ["s3:Delete*", "ec2:*Delete*", "iam:*AccessKey*"], "Resource": "*", "Condition": {"StringNotLike": {"aws:RequestedRegion": "eu-*"}, "BoolIfExists": {"aws:ViaAWSService": "false"}}}"#.to_owned());
            Policy::parse(&document(&statements)).unwrap()
        })
        .collect()
}

pub(crate) fn set(policies: &[Policy]) -> PolicySet<'_> {
    PolicySet {
        identity: policies
            .iter()
            .map(|policy| NamedPolicy { name: "m", policy })
            .collect(),
        ..PolicySet::default()
    }
}

/// The worst that fits: a thousand statements of nested wildcards, half of them Denies; of a resource, or of an identity.
pub(crate) fn worst(principal: &str) -> String {
    let stars = "a*".repeat(30);
    let statements: Vec<String> = (0..1_000)
        .map(|number| {
            let effect = if number % 2 == 0 { "Allow" } else { "Deny" };
            format!(r#"{{"Effect": "{effect}", {principal}"Action": "s3:*{stars}b", "Resource": "arn:aws:s3:::{stars}{number}*", "Condition": {{"StringLike": {{"aws:userid": "*{stars}c"}}}}}}"#)
        })
        .collect();
    document(&statements)
}

/// A thousand statements that match published actions of every service, so that nothing is settled by the action alone. AWS takes no wildcard for
/// a service; old documents have them.
pub(crate) fn wide(principal: &str, last: &str) -> String {
    let mut statements: Vec<String> = (0..1_000)
        .map(|number| {
            let effect = if number % 2 == 0 { "Allow" } else { "Deny" };
            format!(r#"{{"Effect": "{effect}", {principal}"Action": ["*:*e*t*{}*", "s3:*"], "Resource": "arn:aws:*:*:*:*a*{number}*b*?*{number}*", "Condition": {{"StringLike": {{"aws:PrincipalTag/t{}": "*a*{number}*b*"}}}}}}"#, number % 10, number % 50)
        })
        .collect();
    statements.push(last.to_owned());
    document(&statements)
}

/// Allows beside as many Denies, each with a pattern of callers of its own: whom they tell apart is asked of every statement.
pub(crate) fn callers(statements: usize) -> String {
    let pattern = |number: usize| format!("arn:aws:iam::5{number:011}:role/*team*{number}*");
    let allows = (0..statements).map(|number| {
        format!(
            r#"{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/{number}/*", "Condition": {{"ArnLike": {{"aws:PrincipalArn": "{}"}}}}}}"#,
            pattern(number)
        )
    });
    let denies = (0..statements).map(|number| {
        format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {{"ArnLike": {{"aws:PrincipalArn": "{}"}}}}}}"#,
            pattern(number + statements).replace(":role/", ":user/")
        )
    });
    document(&allows.chain(denies).collect::<Vec<String>>())
}
