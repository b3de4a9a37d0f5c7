//! Who can reach a resource: one case for each kind of statement, with the class that must come out. Every witness is
//! confirmed by the evaluator, in [`classes`].

use security_monkey_iam::evaluate::resource_policy_allows;
use security_monkey_iam::reach::{Accepts, Reach, ReachContext, ReachFinding, normalise, reach_of_resource_policy};
use security_monkey_iam::{AccountDirectory, Policy};

const OWN: &str = "111111111111";
const FRIEND: &str = "222222222222";
const VENDOR: &str = "333333333333";
const UNKNOWN: &str = "444444444444";
const BUCKET: &str = "arn:aws:s3:::records";

pub(crate) fn directory() -> AccountDirectory {
    AccountDirectory::new()
        .with_friendly(OWN, "production")
        .with_friendly(FRIEND, "staging")
        .with_third_party(VENDOR, "vendor")
        .with_organisation("o-ours1234567")
        .with_canonical_user("a".repeat(64), VENDOR)
        .seen_from(OWN)
}

pub(crate) fn findings(document: &str) -> Vec<ReachFinding> {
    let policy = Policy::parse(document).unwrap_or_else(|error| panic!("{document}: {error}"));
    let found = reach_of_resource_policy(
        &policy,
        &directory(),
        ReachContext {
            resource: Some(BUCKET),
            accepts: Accepts::Anonymous,
        },
    );
    for finding in &found {
        let witness = finding
            .witness
            .as_ref()
            .unwrap_or_else(|| panic!("{finding:?} has no witness"));
        assert!(
            resource_policy_allows(&policy, witness),
            "{witness} is not allowed by {document}"
        );
    }
    found
}

/// The classes found for a policy of these statements.
pub(crate) fn classes(statements: &str) -> Vec<Reach> {
    findings(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#))
        .into_iter()
        .map(|finding| finding.class)
        .collect()
}

pub(crate) fn allow(principal: &str, condition: &str) -> String {
    let condition = if condition.is_empty() {
        String::new()
    } else {
        format!(r#", "Condition": {condition}"#)
    };
    format!(
        r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"{condition}}}"#
    )
}

pub(crate) fn deny(condition: &str) -> String {
    let condition = if condition.is_empty() {
        String::new()
    } else {
        format!(r#", "Condition": {condition}"#)
    };
    format!(r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"{condition}}}"#)
}

#[test]
fn principals_are_classified_by_the_directory() {
    let guarded = Reach::AwsService { guarded: true };
    let cases = [
        (r#""*""#, vec![Reach::Internet]),
        (r#"{"AWS": "*"}"#, vec![Reach::Internet]),
        (r#"{"AWS": "111111111111"}"#, vec![Reach::SameAccount]),
        (
            r#"{"AWS": "arn:aws:iam::222222222222:root"}"#,
            vec![Reach::FriendlyAccount],
        ),
        (
            r#"{"AWS": "arn:aws:iam::333333333333:role/scanner"}"#,
            vec![Reach::ThirdPartyAccount],
        ),
        (
            r#"{"AWS": ["arn:aws:iam::444444444444:user/eve", "arn:aws:sts::222222222222:assumed-role/app/s"]}"#,
            vec![Reach::UnknownAccount, Reach::FriendlyAccount],
        ),
        (r#"{"AWS": "AROAEXAMPLEEXAMPLE123"}"#, vec![]),
        (
            r#"{"AWS": "arn:aws:sts::444444444444:federated-user/bob"}"#,
            vec![Reach::UnknownAccount],
        ),
        (
            r#"{"Service": "cloudtrail.amazonaws.com"}"#,
            vec![Reach::AwsService { guarded: false }],
        ),
        (r#"{"AWS": "arn:aws:iam::*:role/admin"}"#, vec![Reach::AnyAwsAccount]),
    ];
    for (principal, expected) in cases {
        assert_eq!(classes(&allow(principal, "")), expected, "{principal}");
    }
    let canonical = format!(r#"{{"CanonicalUser": "{}"}}"#, "a".repeat(64));
    let policy = Policy::parse(&format!(r#"{{"Statement": [{}]}}"#, allow(&canonical, ""))).unwrap();
    assert_eq!(
        normalise(&policy, &directory())[0].principals[0].class,
        Reach::ThirdPartyAccount
    );
    let guard = r#"{"StringEquals": {"aws:SourceAccount": "111111111111"}}"#;
    assert_eq!(
        classes(&allow(r#"{"Service": "cloudtrail.amazonaws.com"}"#, guard)),
        vec![guarded]
    );
}

#[test]
fn conditions_that_restrict_strangers() {
    let cases = [
        (
            r#"{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#,
            vec![Reach::Network],
        ),
        (
            r#"{"StringEquals": {"aws:SourceVpc": "vpc-123"}}"#,
            vec![Reach::Network],
        ),
        (
            r#"{"StringEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}}"#,
            vec![Reach::Network],
        ),
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#,
            vec![Reach::Organisation],
        ),
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-theirs12345"}}"#,
            vec![Reach::UnknownOrganisation],
        ),
        (
            r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-ours1234567/r-1/ou-2/*"}}"#,
            vec![Reach::Organisation],
        ),
        (
            r#"{"StringEquals": {"aws:PrincipalAccount": ["222222222222", "444444444444"]}}"#,
            vec![Reach::UnknownAccount, Reach::FriendlyAccount],
        ),
        (
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::333333333333:role/*"}}"#,
            vec![Reach::ThirdPartyAccount],
        ),
        (
            r#"{"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111111111111:topic"}}"#,
            vec![Reach::AwsService { guarded: true }],
        ),
        (
            r#"{"StringEquals": {"aws:SourceAccount": "444444444444"}}"#,
            vec![Reach::UnknownAccount],
        ),
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#,
            vec![Reach::Organisation],
        ),
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "*"}}"#, vec![]),
        (
            r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
            vec![Reach::AnyAwsAccount],
        ),
        (
            r#"{"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}"#,
            vec![Reach::Organisation],
        ),
    ];
    for (condition, expected) in cases {
        assert_eq!(classes(&allow(r#""*""#, condition)), expected, "{condition}");
    }
}

/// An address in a documentation network stood for strangers, also where a pattern of addresses as texts names the network.
#[test]
fn addresses_as_texts_restrict_strangers() {
    let network = vec![Reach::Network];
    for condition in [
        r#"{"StringLike": {"aws:SourceIp": "203.0.113.*"}}"#,
        r#"{"StringLike": {"aws:SourceIp": "198.51.*"}}"#,
        r#"{"StringLike": {"aws:SourceIp": ["8.8.8.*", "2600:1f18:*"]}}"#,
        r#"{"StringEquals": {"aws:SourceIp": "8.8.8.8"}}"#,
    ] {
        assert_eq!(classes(&allow(r#""*""#, condition)), network, "{condition}");
        let others = condition.replace("String", "StringNot");
        let bound = format!("{}, {}", allow(r#""*""#, ""), deny(&others));
        assert_eq!(classes(&bound), network, "{others}");
    }
    for condition in [
        r#"{"StringLike": {"aws:SourceIp": "203.*"}}"#,
        r#"{"StringLike": {"aws:SourceIp": "*.77"}}"#,
        r#"{"StringNotLike": {"aws:SourceIp": "198.51.*"}}"#,
    ] {
        assert_eq!(classes(&allow(r#""*""#, condition)), [Reach::Internet], "{condition}");
    }
}

#[test]
fn conditions_that_do_not_restrict_strangers() {
    let cases = [
        r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}"#,
        r#"{"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#,
        r#"{"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}"#,
        r#"{"StringLike": {"aws:Referer": "https://example.com/*"}}"#,
        r#"{"StringEquals": {"aws:UserAgent": "secret"}}"#,
        r#"{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#,
        r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-ours1234567"}}"#,
        r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#,
        r#"{"Bool": {"aws:SecureTransport": "true"}}"#,
        r#"{"Null": {"aws:SourceVpc": "true"}}"#,
        r#"{"Null": {"aws:SourceVpce": "false"}}"#,
        r#"{"StringLike": {"aws:SourceVpc": "vpc-*"}}"#,
        r#"{"StringLike": {"aws:SourceIp": "*"}}"#,
        r#"{"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}"#,
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}"#,
        r#"{"StringEquals": {"s3:x-amz-acl": "private"}}"#,
    ];
    for condition in cases {
        assert_eq!(classes(&allow(r#""*""#, condition)), [Reach::Internet], "{condition}");
    }
    let signed_strangers = [
        r#"{"StringLike": {"aws:PrincipalOrgID": "o-*"}}"#,
        r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#,
        r#"{"StringEquals": {"aws:username": "alice"}}"#,
        r#"{"StringEquals": {"aws:PrincipalTag/team": "red"}}"#,
        r#"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}"#,
        r#"{"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}}"#,
    ];
    for condition in signed_strangers {
        let found = classes(&allow(r#""*""#, condition));
        assert!(found[0].is_public(), "{condition}: {found:?}");
    }
}

#[test]
fn denies_are_taken_into_account() {
    let open = allow(r#""*""#, "");
    let cases = [
        (String::new(), vec![Reach::Internet]),
        (deny(""), vec![]),
        (
            deny(r#"{"Bool": {"aws:SecureTransport": "false"}}"#),
            vec![Reach::Internet],
        ),
        (
            deny(r#"{"StringNotEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#),
            vec![Reach::Organisation],
        ),
        (
            deny(r#"{"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#),
            vec![Reach::Network],
        ),
        (
            deny(r#"{"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}"#),
            vec![Reach::Network],
        ),
        (
            deny(r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#),
            vec![Reach::Internet],
        ),
        (
            deny(r#"{"StringEquals": {"aws:PrincipalAccount": "anonymous"}}"#),
            vec![Reach::AnyAwsAccount],
        ),
        (
            deny(
                r#"{"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}"#,
            ),
            vec![Reach::AwsService { guarded: false }, Reach::SameAccount],
        ),
        // Requests without credentials have an account, "anonymous", and do not have the key about services.
        (
            deny(r#"{"Null": {"aws:PrincipalAccount": "true"}}"#),
            vec![Reach::Internet],
        ),
        (
            deny(
                r#"{"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}, "Bool": {"aws:PrincipalIsAWSService": "false"}}"#,
            ),
            vec![Reach::Internet],
        ),
    ];
    for (denial, expected) in cases {
        let statements = if denial.is_empty() {
            open.clone()
        } else {
            format!("{open}, {denial}")
        };
        assert_eq!(classes(&statements), expected, "{denial}");
    }
}

#[test]
fn a_deny_of_one_action_leaves_the_others() {
    let found = findings(
        r#"{"Statement": [
        {"Sid": "open", "Effect": "Allow", "Principal": "*", "Action": ["s3:PutObject", "s3:Get*", "s3:DeleteObject"], "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Deny", "Principal": "*", "Action": ["s3:Put*", "s3:GetObject"], "Resource": "*"}]}"#,
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].actions, ["s3:Get*", "s3:DeleteObject"]);
    assert_eq!(found[0].sid.as_deref(), Some("open"));
}

#[test]
fn federation_is_pinned_by_the_claim_that_names_an_owner() {
    let trust = |provider: &str, condition: &str| {
        let action = if provider.contains("saml") {
            "sts:AssumeRoleWithSAML"
        } else {
            "sts:AssumeRoleWithWebIdentity"
        };
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "{action}", "Condition": {condition}}}}}"#
        );
        let policy = Policy::parse(&document).unwrap();
        let found = reach_of_resource_policy(
            &policy,
            &directory(),
            ReachContext {
                resource: Some("arn:aws:iam::111111111111:role/deploy"),
                accepts: Accepts::SignedOnly,
            },
        );
        let class = found.first().map(|finding| finding.class);
        // What rules read of the statement by itself is the same.
        let principal = normalise(&policy, &directory())[0].principals[0].class;
        assert_eq!(Some(principal), class, "{document}");
        class
    };
    let (pinned, open) = (
        Some(Reach::Federation { pinned: true }),
        Some(Reach::Federation { pinned: false }),
    );
    let github = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let cases = [
        (
            github,
            r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#,
            open,
        ),
        (
            github,
            r#"{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}"#,
            open,
        ),
        (
            github,
            r#"{"StringLike": {"token.actions.githubusercontent.com:sub": "repo:my-org/*"}}"#,
            pinned,
        ),
        (
            github,
            r#"{"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:my-org/app:ref:refs/heads/main", "token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#,
            pinned,
        ),
        (
            github,
            r#"{"ForAllValues:StringEquals": {"token.actions.githubusercontent.com:sub": "repo:my-org/app:ref:refs/heads/main"}}"#,
            open,
        ),
        (
            github,
            r#"{"StringEquals": {"token.actions.githubusercontent.com:environment": "production"}}"#,
            open,
        ),
        (
            github,
            r#"{"StringEquals": {"token.actions.githubusercontent.com:repository_owner_id": "1234"}}"#,
            pinned,
        ),
        (
            "cognito-identity.amazonaws.com",
            r#"{"StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:pool"}}"#,
            open,
        ),
        (
            "cognito-identity.amazonaws.com",
            r#"{"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}}"#,
            open,
        ),
        (
            "arn:aws:iam::111111111111:saml-provider/okta",
            r#"{"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}"#,
            pinned,
        ),
        (
            "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABC",
            r#"{"StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:default:app"}}"#,
            pinned,
        ),
        (
            "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABC",
            r#"{"StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/ABC:aud": "sts.amazonaws.com"}}"#,
            open,
        ),
    ];
    for (provider, condition, expected) in cases {
        assert_eq!(trust(provider, condition), expected, "{condition}");
    }
}

#[test]
fn normalised_statements_agree_with_the_search_on_who_is_public() {
    for (principal, condition, public) in [
        (r#""*""#, "", true),
        (
            r#""*""#,
            r#"{"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#,
            false,
        ),
        (
            r#"{"AWS": "*"}"#,
            r#"{"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}"#,
            true,
        ),
        (r#"{"AWS": "111111111111"}"#, "", false),
    ] {
        let policy = Policy::parse(&format!(r#"{{"Statement": {}}}"#, allow(principal, condition))).unwrap();
        let statement = &normalise(&policy, &directory())[0];
        assert_eq!(statement.public, public, "{principal} {condition}");
        assert_eq!(statement.path, "Statement");
    }
}
/// The default policy of a topic was said to let services in, and not the owner of the topic.
/// Source: SNS Developer Guide, "Example cases for Amazon SNS access control", section "`aws:SourceAccount` versus `aws:SourceOwner`".
#[test]
fn the_owner_of_what_asks_is_whoever_asks() {
    let own = r#"{"StringEquals": {"AWS:SourceOwner": "111111111111"}}"#;
    let friend = r#"{"StringEquals": {"AWS:SourceOwner": "222222222222"}}"#;
    let everybody = r#"{"StringLike": {"AWS:SourceOwner": "*"}}"#;
    let service = r#"{"Service": "ses.amazonaws.com"}"#;
    let guarded = Reach::AwsService { guarded: true };
    let cases = [
        (r#"{"AWS": "*"}"#, own, vec![Reach::SameAccount]),
        (r#""*""#, friend, vec![Reach::FriendlyAccount]),
        (r#""*""#, everybody, vec![Reach::AnyAwsAccount]),
        (r#"{"AWS": "111111111111"}"#, own, vec![Reach::SameAccount]),
        (r#"{"AWS": "222222222222"}"#, own, vec![]),
        (service, own, vec![guarded]),
        (service, everybody, vec![Reach::AwsService { guarded: false }]),
        (
            r#""*""#,
            r#"{"StringEquals": {"AWS:SourceOwner": "111111111111"}, "Bool": {"aws:PrincipalIsAWSService": "true"}}"#,
            vec![guarded],
        ),
        // Only services have a source.
        (
            r#""*""#,
            r#"{"StringEquals": {"aws:SourceAccount": "111111111111"}}"#,
            vec![guarded],
        ),
    ];
    for (principal, condition, expected) in cases {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            allow(principal, condition)
        );
        let found = findings(&document);
        let classes: Vec<Reach> = found.iter().map(|finding| finding.class).collect();
        assert_eq!(classes, expected, "{principal} {condition}");
        let is_by_owner = expected == [Reach::SameAccount];
        let has_account = found.iter().any(|finding| {
            let witness = finding.witness.as_ref().unwrap();
            witness.caller.account().is_some()
        });
        assert!(!is_by_owner || has_account, "{found:?}");
        // What rules read of the statement by itself is the same.
        if principal == r#"{"AWS": "*"}"# {
            let policy = Policy::parse(&document).unwrap();
            let principal = normalise(&policy, &directory())[0].principals[0].class;
            assert_eq!(principal, Reach::SameAccount, "{condition}");
        }
    }
}

/// A service without a source was called any account's.
#[test]
fn a_statement_held_to_services_is_a_services() {
    let service = r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}, "Null": {"aws:SourceArn": "true"}}"#;
    assert_eq!(
        classes(&allow(r#""*""#, service)),
        [Reach::AwsService { guarded: false }]
    );
}

/// A queue that takes a bucket's notifications was said to be within nobody's reach, and a bucket named with AWS's own
/// `arn:aws:s3:*:*:name` to be anybody's: the ARN of a bucket has neither region nor account, its name is unique.
#[test]
fn a_named_bucket_guards_a_service() {
    let guarded = vec![Reach::AwsService { guarded: true }];
    let open = vec![Reach::AwsService { guarded: false }];
    let service = r#"{"Service": "s3.amazonaws.com"}"#;
    let own = r#", "StringEquals": {"aws:SourceAccount": "111111111111"}"#;
    let cases = [
        (service, "ArnEquals", "arn:aws:s3:::photos", "", &guarded),
        (service, "ArnEquals", "arn:aws:s3:::photos", own, &guarded),
        (service, "StringEquals", "arn:aws:s3:::photos", "", &guarded),
        (service, "ArnLike", "arn:aws:s3:*:*:photos", "", &guarded),
        (service, "ArnLike", "arn:aws:s3:*:*:photos", own, &guarded),
        (service, "ArnLike", "arn:*:s3:*:*:photos", "", &guarded),
        (service, "ArnLike", "arn:aws:s3:::photo*", "", &open),
        (service, "ArnLike", "arn:aws:s3:::photo*", own, &guarded),
        (service, "ArnLike", "arn:aws:s3:*:*:*", "", &open),
        (service, "ArnLike", "arn:aws:s3:*:*:accesspoint/photos", "", &open),
        (
            service,
            "ArnLike",
            "arn:aws:s3:*:111111111111:accesspoint/photos",
            "",
            &guarded,
        ),
        (r#""*""#, "ArnLike", "arn:aws:s3:*:*:photos", "", &guarded),
        (
            r#""*""#,
            "ArnLike",
            "arn:aws:s3:*:*:photo*",
            "",
            &vec![Reach::AnyAwsAccount],
        ),
    ];
    for (principal, operator, source, more, expected) in cases {
        let condition = format!(r#"{{"{operator}": {{"aws:SourceArn": "{source}"}}{more}}}"#);
        assert_eq!(
            &classes(&allow(principal, &condition)),
            expected,
            "{principal} {condition}"
        );
    }
}

/// A function was said to be open to requests without credentials, which only its URL answers, and only without IAM.
#[test]
fn only_the_open_url_of_a_function_answers_without_credentials() {
    let function = "arn:aws:lambda:us-east-1:111111111111:function:resize";
    let class = |action: &str, condition: &str| {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": "{function}", "Condition": {condition}}}}}"#
        );
        let policy = Policy::parse(&document).unwrap();
        let context = ReachContext {
            resource: Some(function),
            accepts: Accepts::of_policy(&policy, None),
        };
        let found = reach_of_resource_policy(&policy, &directory(), context);
        found.iter().map(|finding| finding.class).collect::<Vec<_>>()
    };
    assert_eq!(class("lambda:InvokeFunction", "{}"), [Reach::AnyAwsAccount]);
    assert_eq!(class("lambda:Get*", "{}"), [Reach::AnyAwsAccount]);
    let auth = |kind: &str| format!(r#"{{"StringEquals": {{"lambda:FunctionUrlAuthType": "{kind}"}}}}"#);
    assert_eq!(class("lambda:InvokeFunctionUrl", &auth("NONE")), [Reach::Internet]);
    assert_eq!(class("lambda:*", &auth("NONE")), [Reach::Internet]);
    assert_eq!(
        class("lambda:InvokeFunctionUrl", &auth("AWS_IAM")),
        [Reach::AnyAwsAccount]
    );
}

/// Keys that say something about credentials let requests without any in.
#[test]
fn keys_of_credentials_shut_out_requests_without() {
    let any = vec![Reach::AnyAwsAccount];
    for condition in [
        r#"{"StringEquals": {"aws:PrincipalTag/team": "red"}}"#,
        r#"{"Bool": {"aws:ViaAWSService": "true"}}"#,
        r#"{"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}"#,
        r#"{"StringEquals": {"s3:authType": "REST-HEADER"}}"#,
        r#"{"NumericLessThan": {"s3:signatureAge": "600000"}}"#,
    ] {
        assert_eq!(classes(&allow(r#""*""#, condition)), any, "{condition}");
    }
    let open = vec![Reach::Internet];
    assert_eq!(
        classes(&allow(r#""*""#, r#"{"BoolIfExists": {"aws:ViaAWSService": "false"}}"#)),
        open
    );
}

/// IAM User Guide, "AWS global condition context keys", `aws:ViaAWSService`: always included in the request context, where other keys say
/// of themselves that anonymous requests lack them. A call without credentials is nobody's call on somebody's behalf.
#[test]
fn every_request_says_whether_a_service_makes_it_on_behalf_of_somebody() {
    let with = |operator: &str, value: &str| {
        let condition = format!(r#"{{"{operator}": {{"aws:ViaAWSService": "{value}"}}}}"#);
        classes(&allow(r#""*""#, &condition))
    };
    for operator in ["Bool", "BoolIfExists"] {
        assert_eq!(with(operator, "false"), [Reach::Internet], "{operator}");
        assert_eq!(with(operator, "true"), [Reach::AnyAwsAccount], "{operator}");
    }
    assert_eq!(with("Null", "false"), [Reach::Internet]);
    assert_eq!(with("Null", "true"), []);
    // The guard of AWS's own example: strangers without credentials stay out, whoever has some may come through a service.
    for operator in ["Bool", "BoolIfExists"] {
        let guard = format!(
            r#"{{"NotIpAddress": {{"aws:SourceIp": "203.0.113.0/24"}}, "{operator}": {{"aws:ViaAWSService": "false"}}}}"#
        );
        let statements = format!("{}, {}", allow(r#""*""#, ""), deny(&guard));
        assert_eq!(classes(&statements), [Reach::AnyAwsAccount], "{operator}");
        let nobody = deny(r#"{"Null": {"aws:PrincipalArn": "false"}}"#);
        assert_eq!(
            classes(&format!("{statements}, {nobody}")),
            [Reach::Network],
            "{operator}"
        );
    }
    let none = deny(r#"{"Null": {"aws:ViaAWSService": "false"}}"#);
    assert_eq!(classes(&format!("{}, {none}", allow(r#""*""#, ""))), []);
}

/// The same page, `aws:TokenIssueTime`: only temporary credentials have it; users with access keys ask without.
#[test]
fn a_deny_of_temporary_credentials_leaves_access_keys() {
    let statements = |principal: &str| {
        let tokens = deny(r#"{"Null": {"aws:TokenIssueTime": "false"}}"#);
        format!("{}, {tokens}", allow(principal, ""))
    };
    assert_eq!(classes(&statements(r#"{"AWS": "222222222222"}"#)).len(), 1);
    assert_eq!(
        classes(&statements(r#"{"AWS": "arn:aws:iam::222222222222:user/alice"}"#)).len(),
        1
    );
    assert_eq!(
        classes(&statements(r#"{"AWS": "arn:aws:iam::222222222222:role/app"}"#)),
        []
    );
}

/// Tags of a requester compared with tags of an object let somebody without any in, and without an example.
#[test]
fn who_has_no_tags_has_none_that_a_variable_asks_for() {
    let any = vec![Reach::AnyAwsAccount];
    for condition in [
        r#"{"StringEquals": {"aws:PrincipalTag/team": "${s3:ExistingObjectTag/team}"}}"#,
        r#"{"StringEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}"}}"#,
        r#"{"StringLike": {"aws:PrincipalTag/team": "x-${s3:ExistingObjectTag/team}-*"}}"#,
        r#"{"StringEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}", "s3:ExistingObjectTag/owner": "${aws:username}"}}"#,
    ] {
        assert_eq!(classes(&allow(r#""*""#, condition)), any, "{condition}");
    }
    let open = r#"{"StringNotEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team}"}}"#;
    let default = r#"{"StringEquals": {"s3:ExistingObjectTag/team": "${aws:PrincipalTag/team, 'all'}"}}"#;
    for condition in [open, default] {
        assert_eq!(classes(&allow(r#""*""#, condition)), [Reach::Internet], "{condition}");
    }
}

/// A bucket into which a service delivers with a signature was said to be within nobody's reach.
/// Source: S3 API Reference, "Amazon S3 Signature Version 4 authentication specific policy keys".
#[test]
fn services_sign_their_requests() {
    let unguarded = vec![Reach::AwsService { guarded: false }];
    let service = r#"{"Service": "delivery.logs.amazonaws.com"}"#;
    let signed = r#"{"StringEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}"#;
    let in_header = r#"{"StringEquals": {"s3:authType": "REST-HEADER"}}"#;
    for condition in [
        signed,
        in_header,
        r#"{"NumericLessThan": {"s3:signatureAge": "600000"}}"#,
    ] {
        assert_eq!(classes(&allow(service, condition)), unguarded, "{condition}");
    }
    let otherwise = deny(r#"{"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}}"#);
    assert_eq!(classes(&format!("{}, {otherwise}", allow(service, ""))), unguarded);
    // Somebody without credentials signs nothing.
    assert_eq!(
        classes(&format!("{}, {otherwise}", allow(r#""*""#, ""))),
        [Reach::AnyAwsAccount]
    );
    // A service has no session of its own.
    for condition in [
        r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
        r#"{"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}}"#,
        r#"{"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}"#,
    ] {
        assert_eq!(classes(&allow(service, condition)), [], "{condition}");
    }
}

/// A Deny for everybody but certain ids, which names no network, was said to let certain networks in.
#[test]
fn ids_are_no_networks() {
    let spared = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotLike": {"aws:userid": ["AROAEXAMPLEID:*", "111111111111"]}}}"#;
    let found = classes(&format!("{}, {spared}", allow(r#""*""#, "")));
    assert!(!found.contains(&Reach::Network), "{found:?}");
    assert!(!found.is_empty());
    let allowed = classes(&allow(r#""*""#, r#"{"StringLike": {"aws:userid": "AROAEXAMPLEID:*"}}"#));
    assert_eq!(allowed, [Reach::UnknownAccount]);
}

/// A policy that names other things than the resource it is attached to was said to let nobody in.
#[test]
fn policies_name_more_than_what_they_are_attached_to() {
    for (resource, named, action) in [
        (
            "arn:aws:glue:us-east-1:111111111111:catalog",
            "arn:aws:glue:us-east-1:111111111111:database/sales",
            "glue:GetDatabase",
        ),
        (
            "arn:aws:events:us-east-1:111111111111:event-bus/b",
            "arn:aws:events:us-east-1:111111111111:rule/b/*",
            "events:PutRule",
        ),
    ] {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "222222222222"}}, "Action": "{action}", "Resource": "{named}"}}}}"#
        );
        let policy = Policy::parse(&document).unwrap();
        let context = ReachContext {
            resource: Some(resource),
            accepts: Accepts::of_policy(&policy, Some(resource)),
        };
        let found = reach_of_resource_policy(&policy, &directory(), context);
        assert_eq!(found.len(), 1, "{resource}");
        assert_eq!(found[0].class, Reach::FriendlyAccount, "{resource}");
    }
}

/// That services got in hid whom a Deny with `NotPrincipal` spares.
#[test]
fn that_services_get_in_hides_nobody() {
    let spared = r#"{"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::222222222222:user/bob"}, "Action": "*", "Resource": "*",
        "Condition": {"ArnLikeIfExists": {"aws:SourceArn": "arn:aws:sns:us-east-1:111111111111:t"}}}"#;
    let found = classes(&format!("{}, {spared}", allow(r#""*""#, "")));
    assert_eq!(found, [Reach::FriendlyAccount, Reach::AwsService { guarded: false }]);
}

#[test]
fn unknown_account_constant_is_not_in_the_directory() {
    assert!(!directory().knows(UNKNOWN));
}

/// Found by a random policy: that anybody may list closed the question, and that any account may read was not asked.
#[test]
fn what_anybody_may_not_any_account_may() {
    let found = findings(
        r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalType": "Anonymous"}}}]}"#,
    );
    let classes: Vec<(Reach, Vec<String>)> = found.into_iter().map(|found| (found.class, found.actions)).collect();
    assert_eq!(
        classes,
        [
            (Reach::Internet, vec!["s3:ListBucket".to_owned()]),
            (Reach::AnyAwsAccount, vec!["s3:GetObject".to_owned()])
        ]
    );
}

/// Found by a random policy: users of a name were looked for among strangers only.
#[test]
fn a_user_name_within_an_account_is_found() {
    let named = allow(
        r#"{"AWS": "111111111111"}"#,
        r#"{"StringEquals": {"aws:username": ["bob"]}}"#,
    );
    assert_eq!(classes(&named), [Reach::SameAccount]);
    let canonical = allow(&format!(r#"{{"CanonicalUser": "{}"}}"#, "a".repeat(64)), "");
    assert_eq!(classes(&canonical), [Reach::ThirdPartyAccount], "with a witness");
}
