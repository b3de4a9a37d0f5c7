//! The context keys of a request.

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::{Caller, Request};

fn asked_by(caller: Caller) -> Request {
    Request::new(caller, "s3:GetObject", "arn:aws:s3:::records/a")
}

/// Conditions that every anonymous request passes were taken to shut them out, and the other way round.
#[test]
fn the_callers_keys_are_there_for_whom_aws_says() {
    // AWS global condition context keys, the availability of each key; Variables and tags, "Principal key values".
    let keys = [
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "aws:PrincipalType",
        "aws:userid",
        "aws:PrincipalIsAWSService",
        "aws:PrincipalServiceName",
        "aws:username",
    ];
    let cases = [
        (
            "*",
            [
                None,
                Some("anonymous"),
                Some("Anonymous"),
                Some("anonymous"),
                None,
                None,
                None,
            ],
        ),
        (
            "111111111111",
            [
                Some("arn:aws:iam::111111111111:root"),
                Some("111111111111"),
                Some("Account"),
                Some("111111111111"),
                Some("false"),
                None,
                None,
            ],
        ),
        (
            "arn:aws:iam::111111111111:user/staff/bob",
            [
                Some("arn:aws:iam::111111111111:user/staff/bob"),
                Some("111111111111"),
                Some("User"),
                None,
                Some("false"),
                None,
                Some("bob"),
            ],
        ),
        (
            "arn:aws:sts::111111111111:assumed-role/deploy/one",
            [
                Some("arn:aws:iam::111111111111:role/deploy"),
                Some("111111111111"),
                Some("AssumedRole"),
                None,
                Some("false"),
                None,
                None,
            ],
        ),
        (
            "arn:aws:sts::111111111111:federated-user/sam",
            [
                Some("arn:aws:sts::111111111111:federated-user/sam"),
                Some("111111111111"),
                Some("FederatedUser"),
                Some("111111111111:sam"),
                Some("false"),
                None,
                None,
            ],
        ),
        (
            "sns.amazonaws.com",
            [None, None, None, None, Some("true"), Some("sns.amazonaws.com"), None],
        ),
        ("accounts.google.com", [None; 7]),
    ];
    for (who, expected) in cases {
        let request = asked_by(Caller::read(who).unwrap());
        for (key, expected) in keys.iter().zip(expected) {
            let values = request.values(key);
            let value = values.as_ref().map(|values| values[0].as_ref());
            assert_eq!(value, expected, "{who} {key}");
        }
    }
    assert_eq!(asked_by(Caller::Anonymous).values("kms:CallerAccount"), None);

    let owned = asked_by(Caller::Anonymous).owned_by("111111111111");
    for key in ["aws:ResourceAccount", "s3:ResourceAccount", "AWS:RESOURCEACCOUNT"] {
        assert_eq!(owned.values(key).unwrap()[0], "111111111111", "{key}");
    }
}

/// Only keys with one value stand for it; with several AWS knows no value, so the default counts.
#[test]
fn a_key_with_several_values_is_no_variable() {
    let policy = Policy::parse(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::records/${aws:PrincipalTag/team, 'none'}"}}"#,
    )
    .unwrap();
    let allows = |teams: &[&str], object: &str| {
        let mut request = Request::new(
            Caller::read("arn:aws:iam::111111111111:user/bob").unwrap(),
            "s3:GetObject",
            format!("arn:aws:s3:::records/{object}"),
        );
        let teams = teams.iter().map(|team| (*team).to_owned()).collect();
        request.context.set_all("aws:PrincipalTag/team", teams);
        security_monkey_iam::diff::allows(&policy, &request)
    };
    assert!(allows(&["red"], "red"));
    assert!(!allows(&["red", "blue"], "red"));
    assert!(allows(&["red", "blue"], "none"));
}

/// Only what begins like an ARN is completed like one.
#[test]
fn a_resource_that_is_no_arn_is_matched_as_it_is() {
    let allows = |resource: &str| {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "{resource}"}}}}"#
        );
        let policy = Policy::parse(&document).unwrap();
        let bob = Caller::read("arn:aws:iam::111111111111:user/bob").unwrap();
        security_monkey_iam::diff::allows(&policy, &asked_by(bob))
    };
    assert!(allows("*/a") && allows("arn:aws:s3") && !allows("*/b") && !allows("arn:aws:sqs"));
}

/// Callers as people write them, and in words again.
#[test]
fn callers_are_read_by_what_they_are_named_like() {
    let cases = [
        ("*", Some("anybody, without credentials")),
        ("111111111111", Some("arn:aws:iam::111111111111:root")),
        ("arn:aws:iam::111111111111:root", Some("arn:aws:iam::111111111111:root")),
        (
            "arn:aws:iam::111111111111:user/a/bob",
            Some("arn:aws:iam::111111111111:user/a/bob"),
        ),
        (
            "arn:aws:iam::111111111111:role/app",
            Some("arn:aws:iam::111111111111:role/app (session session)"),
        ),
        (
            "arn:aws-cn:sts::111111111111:assumed-role/app/one",
            Some("arn:aws-cn:iam::111111111111:role/app (session one)"),
        ),
        (
            "arn:aws:sts::111111111111:federated-user/sam",
            Some("arn:aws:sts::111111111111:federated-user/sam"),
        ),
        (
            "arn:aws:iam::111111111111:saml-provider/idp",
            Some("a user of arn:aws:iam::111111111111:saml-provider/idp"),
        ),
        (
            "arn:aws:iam::111111111111:oidc-provider/token.example.com",
            Some("a user of arn:aws:iam::111111111111:oidc-provider/token.example.com"),
        ),
        ("sns.amazonaws.com", Some("sns.amazonaws.com")),
        (
            "cognito-identity.amazonaws.com",
            Some("a user of cognito-identity.amazonaws.com"),
        ),
        ("alexa-appkit.amazon.com", Some("alexa-appkit.amazon.com")),
        ("www.amazon.com", Some("a user of www.amazon.com")),
        ("accounts.google.com", Some("a user of accounts.google.com")),
        ("arn:aws:iam::111111111111:group/staff", None),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", None),
        ("arn:aws:s3:::records", None),
        ("bob", None),
        ("user@example.com:bob", None),
    ];
    for (text, expected) in cases {
        let words = Caller::read(text).map(|caller| caller.to_string());
        assert_eq!(words.as_deref(), expected, "{text}");
    }
}

/// A root user belongs to the partition of what it asks for, and only requests without credentials are of the kind `NONE`.
#[test]
fn what_follows_from_the_caller_and_the_resource() {
    let root = Caller::read("111111111111").unwrap();
    let request = Request::new(root, "lambda:InvokeFunctionUrl", "arn:aws-cn:s3:::records");
    assert_eq!(request.partition(), "aws-cn");
    assert_eq!(
        request.values("aws:PrincipalArn").unwrap()[0],
        "arn:aws-cn:iam::111111111111:root"
    );
    assert_eq!(request.values("lambda:FunctionUrlAuthType"), None);
    let anonymous = asked_by(Caller::Anonymous);
    assert_eq!(anonymous.values("lambda:FunctionUrlAuthType").unwrap()[0], "NONE");
}
