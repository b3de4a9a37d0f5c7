//! Condition operators, each with values that hold and values that do not.

use security_monkey_iam::evaluate::{Caller, Request, resource_policy_allows};

use crate::evaluate::policy;

/// Whether `{operator: {key: values}}` holds for a request with these values under the key.
fn holds(operator: &str, wanted: &str, values: Option<&[&str]>) -> bool {
    let document = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {{"{operator}": {{"test:Key": {wanted}}}}}}}}}"#
    );
    let mut request = Request::new(Caller::Anonymous, "x:Y", "*")
        .with("test:Number", "7")
        .with("test:Address", "203.0.113.7")
        .with("test:Date", "2024-01-01")
        .with("test:Name", "news")
        .with("test:Star", "*")
        .with("test:Account", "111111111111");
    if let Some(values) = values {
        request
            .context
            .set_all("TEST:key", values.iter().map(|value| (*value).to_owned()).collect());
    }
    resource_policy_allows(&policy(&document), &request)
}

#[test]
fn condition_operators() {
    // IAM JSON policy elements: Condition operators. operator, values of the policy, value of the request, holds.
    let cases = [
        ("StringEquals", r#""a""#, "a", true),
        ("StringEquals", r#""a""#, "A", false),
        ("StringEquals", r#"["a", "b"]"#, "b", true),
        ("StringEquals", r#""a*""#, "ab", false),
        ("StringNotEquals", r#"["a", "b"]"#, "b", false),
        ("StringNotEquals", r#"["a", "b"]"#, "c", true),
        ("StringEqualsIgnoreCase", r#""a""#, "A", true),
        ("StringNotEqualsIgnoreCase", r#""a""#, "A", false),
        ("StringLike", r#""a*c?""#, "abbcd", true),
        ("StringLike", r#""a*c?""#, "abbc", false),
        ("StringLike", r#""${*}x""#, "*x", true),
        ("StringLike", r#""${*}x""#, "ax", false),
        ("StringNotLike", r#""a*""#, "b", true),
        ("StringNotLike", r#""a*""#, "ab", false),
        ("NumericEquals", r#""10""#, "10.0", true),
        ("NumericNotEquals", r#""10""#, "10", false),
        ("NumericLessThan", r#""10""#, "9.5", true),
        ("NumericLessThan", r#""10""#, "10", false),
        ("NumericLessThanEquals", r#""10""#, "10", true),
        ("NumericGreaterThan", r#""10""#, "10", false),
        ("NumericGreaterThan", r#""10""#, "11", true),
        ("NumericGreaterThanEquals", r#""10""#, "10", true),
        ("NumericGreaterThanEquals", r#""10""#, "nine", false),
        (
            "DateLessThan",
            r#""2024-01-01T00:00:00Z""#,
            "2023-12-31T23:59:59Z",
            true,
        ),
        (
            "DateLessThan",
            r#""2024-01-01T00:00:00Z""#,
            "2024-01-01T00:00:00Z",
            false,
        ),
        ("DateLessThanEquals", r#""2024-01-01T00:00:00Z""#, "1704067200", true),
        ("DateGreaterThan", r#""2024-01-01""#, "2024-01-02", true),
        ("DateGreaterThan", r#""2024-01-01""#, "2024-01-01", false),
        ("DateGreaterThanEquals", r#""2024-01-01""#, "2024-01-01", true),
        ("DateEquals", r#""2024-01-01""#, "2024-01-01T00:00:00Z", true),
        ("DateNotEquals", r#""2024-01-01""#, "2024-01-01T00:00:00Z", false),
        ("Bool", r#""true""#, "true", true),
        ("Bool", r"true", "True", true),
        ("Bool", r#""true""#, "false", false),
        ("BinaryEquals", r#""QmluYXJ5""#, "QmluYXJ5", true),
        ("IpAddress", r#""203.0.113.0/24""#, "203.0.113.9", true),
        ("IpAddress", r#""203.0.113.0/24""#, "203.0.114.9", false),
        ("IpAddress", r#""203.0.113.7""#, "203.0.113.7", true),
        ("IpAddress", r#""203.0.113.99/24""#, "203.0.113.7", true),
        ("IpAddress", r#""2001:db8::/32""#, "2001:db8::1", true),
        ("IpAddress", r#""0.0.0.0/0""#, "2001:db8::1", false),
        ("NotIpAddress", r#""203.0.113.0/24""#, "203.0.113.9", false),
        (
            "ArnEquals",
            r#""arn:aws:sns:*:111111111111:t*""#,
            "arn:aws:sns:us-east-1:111111111111:topic",
            true,
        ),
        (
            "ArnLike",
            r#""arn:aws:sns:*:111111111111:t*""#,
            "arn:aws:sns:us-east-1:222222222222:topic",
            false,
        ),
        // A wildcard of an ARN operator stays within its part.
        (
            "ArnLike",
            r#""arn:aws:sns:*:topic""#,
            "arn:aws:sns:us-east-1:111111111111:topic",
            false,
        ),
        (
            "ArnNotLike",
            r#""arn:aws:sns:*:111111111111:*""#,
            "arn:aws:sns:us-east-1:222222222222:topic",
            true,
        ),
        (
            "ArnNotEquals",
            r#""arn:aws:sns:*:111111111111:*""#,
            "arn:aws:sns:us-east-1:111111111111:topic",
            false,
        ),
        ("stringequals", r#""a""#, "a", true),
        // Only string and ARN operators know variables: "Where you can use policy variables".
        ("StringEquals", r#""${aws:PrincipalType}""#, "Anonymous", true),
        ("NumericEquals", r#""${test:Number}""#, "7", false),
        ("NumericNotEquals", r#""${test:Number}""#, "7", true),
        ("Bool", r#""${aws:PrincipalIsAWSService}""#, "false", false),
        ("IpAddress", r#""${test:Address}""#, "203.0.113.7", false),
        ("DateEquals", r#""${test:Date}""#, "2024-01-01", false),
        ("BinaryEquals", r#""${aws:PrincipalType}""#, "Anonymous", false),
        // Words that some readers take for numbers.
        ("NumericLessThan", r#""inf""#, "7", false),
        ("NumericGreaterThan", r#""7""#, "inf", false),
        // "…Equals" is also fulfilled by what is less, or greater.
        ("NumericLessThanEquals", r#""10""#, "9", true),
        ("NumericLessThanEquals", r#""10""#, "11", false),
        ("NumericGreaterThanEquals", r#""10""#, "11", true),
        ("NumericGreaterThanEquals", r#""10""#, "9", false),
        ("DateLessThanEquals", r#""2024-01-02""#, "2024-01-01", true),
        ("DateLessThanEquals", r#""2024-01-02""#, "2024-01-03", false),
        ("DateGreaterThanEquals", r#""2024-01-02""#, "2024-01-03", true),
        ("DateGreaterThanEquals", r#""2024-01-02""#, "2024-01-01", false),
        // Variables in ARNs: part by part as well, and what they stand for is no pattern.
        (
            "ArnLike",
            r#""arn:aws:sns:*:*:${test:Name}""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            true,
        ),
        (
            "ArnEquals",
            r#""arn:aws:sns:*:*:${test:Name}""#,
            "arn:aws:sns:us-east-1:111111111111:other",
            false,
        ),
        (
            "ArnLike",
            r#""arn:aws:sns:*:${test:Name}""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            false,
        ),
        (
            "ArnLike",
            r#""arn:aws:sns:*:111111111111:${test:Star}""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            false,
        ),
        (
            "ArnLike",
            r#""arn:aws:sns:*:111111111111:${test:Star}""#,
            "arn:aws:sns:us-east-1:111111111111:*",
            true,
        ),
        (
            "ArnLike",
            r#""arn:aws:sns:${test:Absent}:111111111111:*""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            false,
        ),
        // Shortened with a wildcard at the end: the whole is compared.
        (
            "ArnLike",
            r#""arn:aws:sns:*""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            true,
        ),
        (
            "ArnLike",
            r#""arn:aws:sqs:*""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            false,
        ),
        ("ArnLike", r#""*""#, "arn:aws:sns:us-east-1:111111111111:news", true),
        (
            "ArnLike",
            r#""arn:aws:sns:us-east-1:${test:Account}*""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            true,
        ),
        (
            "ArnLike",
            r#""arn:aws:sqs:us-east-1:${test:Account}*""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            false,
        ),
        (
            "ArnLike",
            r#""arn:aws:sns:us-east-1:*${test:Name}""#,
            "arn:aws:sns:us-east-1:111111111111:news",
            false,
        ),
        // Unequal case beyond ASCII.
        ("StringEqualsIgnoreCase", r#""É""#, "é", true),
    ];
    for (operator, wanted, value, expected) in cases {
        assert_eq!(
            holds(operator, wanted, Some(&[value])),
            expected,
            "{operator} {wanted} {value}"
        );
    }
}

#[test]
fn absent_keys() {
    let cases = [
        ("StringEquals", false),
        ("StringNotEquals", true),
        ("StringEqualsIfExists", true),
        ("StringNotEqualsIfExists", true),
        ("IpAddress", false),
        ("NotIpAddress", true),
        ("ArnNotLike", true),
        ("ForAllValues:StringEquals", true),
        ("ForAnyValue:StringEquals", false),
        ("ForAnyValue:StringNotEquals", false),
        ("ForAnyValue:StringEqualsIfExists", true),
    ];
    for (operator, expected) in cases {
        let wanted = if operator.contains("Ip") {
            r#""10.0.0.0/8""#
        } else {
            r#""a""#
        };
        assert_eq!(holds(operator, wanted, None), expected, "{operator}");
    }
    assert!(holds("Null", r#""true""#, None));
    assert!(!holds("Null", r#""false""#, None));
    assert!(holds("Null", r#""false""#, Some(&["a"])));
    assert!(!holds("Null", r#""true""#, Some(&["a"])));
    assert!(holds("Null", r#"["true", "false"]"#, Some(&["a"])));
    assert!(holds("Null", r#""true""#, Some(&[])));
}

#[test]
fn several_values_in_the_request() {
    // "Set operators for multivalued context keys".
    let cases: [(&str, &[&str], bool); 10] = [
        ("ForAllValues:StringEquals", &["a", "b"], true),
        ("ForAllValues:StringEquals", &["a", "c"], false),
        ("ForAnyValue:StringEquals", &["c", "b"], true),
        ("ForAnyValue:StringEquals", &["c", "d"], false),
        ("ForAllValues:StringNotEquals", &["c", "d"], true),
        ("ForAllValues:StringNotEquals", &["c", "a"], false),
        ("ForAnyValue:StringNotEquals", &["a", "c"], true),
        ("ForAnyValue:StringNotEquals", &["a", "b"], false),
        ("StringEquals", &["c", "a"], true),
        ("StringNotEquals", &["c", "a"], false),
    ];
    for (operator, values, expected) in cases {
        assert_eq!(
            holds(operator, r#"["a", "b"]"#, Some(values)),
            expected,
            "{operator} {values:?}"
        );
    }
}
