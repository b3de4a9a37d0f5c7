//! What AWS answers to policies that it refuses, by kind of policy, problem and element.

use security_monkey_iam::parse::{Mode, Options, PolicyKind, SizeLimit, parse};

/// AWS's answers to what is wrong with a document.
fn answers(document: &str, kind: PolicyKind) -> Vec<String> {
    let options = Options {
        mode: Mode::Strict,
        kind,
        limit: None,
    };
    let Err(error) = parse(document, options) else {
        return Vec::new();
    };
    // Who reads only the error reads them as well.
    for problem in &error.problems {
        let quoted = format!("AWS would answer \"{}\"", problem.aws_says);
        assert!(error.to_string().contains(&quoted), "{error}");
    }
    error.problems.into_iter().map(|problem| problem.aws_says).collect()
}

fn statement(body: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{{body}}}]}}"#)
}

fn check(kind: PolicyKind, code: &str, cases: &[(&str, &str)]) {
    for (document, words) in cases {
        let document = if document.starts_with('"') {
            statement(document)
        } else {
            (*document).to_owned()
        };
        let expected = if words.is_empty() {
            code.to_owned()
        } else {
            format!("{code}: {words}")
        };
        assert_eq!(answers(&document, kind), [expected], "{document}");
    }
}

const SYNTAX: &str = "Syntax errors in policy.";
const TWICE: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}, {"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}]}"#;

#[test]
fn to_policies_of_identities() {
    let cases = [
        ("{", SYNTAX),
        ("[]", SYNTAX),
        (r#"{"Version": "2012-10-17"}"#, SYNTAX),
        (r#"{"Version": "2012-10-17", "Statement": []}"#, SYNTAX),
        (r#""Effect": "Permit", "Action": "s3:*", "Resource": "*""#, SYNTAX),
        (
            r#""Effect": "allow", "Action": "s3:*", "Resource": "*""#,
            "The policy failed legacy parsing",
        ),
        (r#""Action": "s3:*", "Resource": "*""#, SYNTAX),
        (r#""effect": "Allow", "Action": "s3:*", "Resource": "*""#, SYNTAX),
        (
            r#""Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*""#,
            SYNTAX,
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Resources": "*""#,
            SYNTAX,
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Action": "s3:*", "Resource": "*""#,
            SYNTAX,
        ),
        (r#""Effect": "Allow", "Action": 7, "Resource": "*""#, SYNTAX),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEqual": {"a:b": "c"}}"#,
            SYNTAX,
        ),
        (
            r#""Effect": "Allow", "Resource": "*""#,
            "Policy statement must contain actions.",
        ),
        (
            r#""Effect": "Allow", "Action": [], "Resource": "*""#,
            "Policy statement must contain actions.",
        ),
        (
            r#""Effect": "Allow", "NotAction": [], "Resource": "*""#,
            "Policy statement must contain actions.",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*""#,
            "Policy statement must contain resources.",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": []"#,
            "Policy statement must contain resources.",
        ),
        (
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*""#,
            "Policy document should not specify a principal.",
        ),
        (
            r#""Effect": "Deny", "NotPrincipal": {"AWS": "*"}, "Action": "s3:*", "Resource": "*""#,
            "Policy document should not specify a principal.",
        ),
        (
            r#""Effect": "Allow", "Action": "GetObject", "Resource": "*""#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            r#""Effect": "Allow", "NotAction": "", "Resource": "*""#,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:Get:Object", "Resource": "*""#,
            "Actions/Condition can contain only one colon.",
        ),
        (
            r#""Effect": "Allow", "Action": "s*:GetObject", "Resource": "*""#,
            "Vendor s* is not valid",
        ),
        // What AWS says where the name or the vendor is missing is not known.
        (r#""Effect": "Allow", "Action": "s3:", "Resource": "*""#, ""),
        (r#""Effect": "Allow", "Action": ":Get", "Resource": "*""#, ""),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "my-bucket""#,
            "Resource my-bucket must be in ARN format or \"*\".",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "NotResource": "my-bucket""#,
            "Resource my-bucket must be in ARN format or \"*\".",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3""#,
            "The policy failed legacy parsing",
        ),
        (
            r#""Sid": "a b", "Effect": "Allow", "Action": "s3:*", "Resource": "*""#,
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*",
        ),
        (TWICE, "Statement IDs (SID) in a single policy must be unique."),
    ];
    check(PolicyKind::Identity, "MalformedPolicyDocument", &cases);
}

#[test]
fn to_trust_policies() {
    let cases = [
        ("{", "This policy contains invalid Json"),
        (
            r#"{"Version": "2012-10-17", "Statement": []}"#,
            "Could not parse the policy: Statement is empty!",
        ),
        (
            r#"{"Version": "2020-01-01", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}"#,
            "The policy must contain a valid version string",
        ),
        (
            r#""Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Resource": "*""#,
            "Has prohibited field Resource",
        ),
        (
            r#""Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "NotResource": "*""#,
            "AssumeRole policy must not contain resources.",
        ),
        (
            r#""Effect": "Allow", "Action": "sts:AssumeRole""#,
            "Missing required field Principal",
        ),
        (
            r#""Effect": "Allow", "Principal": {"AWS": "*"}"#,
            "Missing required field Action",
        ),
        (
            r#""Principal": {"AWS": "*"}, "Action": "sts:AssumeRole""#,
            "Missing required field Effect",
        ),
        (
            r#""Effect": "Permit", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole""#,
            "Invalid effect: Permit",
        ),
        (
            r#""Effect": "allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole""#,
            "Invalid effect: allow",
        ),
        (
            r#""Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/*"}, "Action": "sts:AssumeRole""#,
            "Invalid principal in policy",
        ),
        (
            r#""Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": []"#,
            "Syntax error in policy.",
        ),
    ];
    check(PolicyKind::Trust, "MalformedPolicyDocument", &cases);
}

#[test]
fn to_policies_of_resources() {
    let with = |rest: &str| {
        format!(
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"{rest}"#
        )
    };
    let unknown = with(r#", "condition": {}"#);
    let misspelt = with(r#", "Conditional": {}"#);
    let operator = with(r#", "Condition": {"StringEqual": {"a:b": "c"}}"#);
    let cases = [
        ("{", "This policy contains invalid Json"),
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        (r#"{"Version": "2012-10-17"}"#, "Missing required field Statement"),
        (
            r#"{"Version": "1", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}}"#,
            "The policy must contain a valid version string",
        ),
        (
            r#""Effect": "Allow", "Action": "s3:GetObject", "Resource": "*""#,
            "Missing required field Principal",
        ),
        (
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject""#,
            "Missing required field Resource",
        ),
        (
            r#""Effect": "Allow", "Principal": "*", "Resource": "*""#,
            "Missing required field Action",
        ),
        (
            r#""Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/*"}, "Action": "s3:GetObject", "Resource": "*""#,
            "Invalid principal in policy",
        ),
        (
            r#""Effect": "Allow", "Principal": "*", "Action": "GetObject", "Resource": "*""#,
            "Policy has invalid action",
        ),
        (
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "bucket""#,
            "Policy has invalid resource",
        ),
        (unknown.as_str(), "Unknown field condition"),
        (misspelt.as_str(), "Unknown field Conditional"),
        // No words are known.
        (operator.as_str(), ""),
        (
            r#""Effect": "allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*""#,
            "",
        ),
    ];
    check(PolicyKind::Resource, "MalformedPolicy", &cases);
}

#[test]
fn to_policies_of_the_organisation() {
    let words = "The provided policy document does not meet the requirements of the specified policy type.";
    let cases = [
        ("{", words),
        (
            r#""Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*""#,
            words,
        ),
        (r#""Effect": "Deny", "Action": "s3:*""#, words),
    ];
    check(PolicyKind::ServiceControl, "MalformedPolicyDocumentException", &cases);
    let cases = [(
        r#""Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*", "Resource": "*""#,
        words,
    )];
    check(PolicyKind::ResourceControl, "MalformedPolicyDocumentException", &cases);
}

#[test]
fn to_policies_that_are_too_large() {
    let inline = |most: usize| format!("LimitExceeded: Maximum policy size of {most} bytes exceeded");
    let cases = [
        (
            SizeLimit::ManagedPolicy,
            "LimitExceeded: Cannot exceed quota for PolicySize: 6144".to_owned(),
        ),
        (
            SizeLimit::TrustPolicy,
            "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048".to_owned(),
        ),
        (SizeLimit::UserInlinePolicies, inline(2_048)),
        (SizeLimit::GroupInlinePolicies, inline(5_120)),
        (SizeLimit::RoleInlinePolicies, inline(10_240)),
        (
            SizeLimit::ServiceControlPolicy,
            "ConstraintViolationException: POLICY_CONTENT_LIMIT_EXCEEDED".to_owned(),
        ),
        (
            SizeLimit::ResourceControlPolicy,
            "ConstraintViolationException: POLICY_CONTENT_LIMIT_EXCEEDED".to_owned(),
        ),
        (
            SizeLimit::BucketPolicy,
            "PolicyTooLarge: Policy exceeds the maximum allowed document size.".to_owned(),
        ),
        (SizeLimit::KeyPolicy, "LimitExceededException".to_owned()),
        (SizeLimit::SessionPolicy, "ValidationError".to_owned()),
        (SizeLimit::FunctionPolicy, "PolicyLengthExceededException".to_owned()),
    ];
    let name = "x".repeat(40_000);
    let document = statement(&format!(
        r#""Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::{name}""#
    ));
    for (limit, expected) in cases {
        let options = Options {
            limit: Some(limit),
            ..Options::default()
        };
        let problems = parse(&document, options).unwrap().problems;
        let answers: Vec<&str> = problems.iter().map(|problem| problem.aws_says.as_str()).collect();
        assert_eq!(answers, [expected], "{limit:?}");
    }
}
