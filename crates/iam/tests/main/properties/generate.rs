//! Random policies, biased to be interesting: few names, so that policies and requests meet.

use proptest::prelude::*;

use super::lists::{self, Size, Values, list_of, list_sized, pick};

pub(super) const BUCKET: &str = "arn:aws:s3:::records";
/// The canonical user id of the vendor's account, 333333333333.
pub(super) const VENDOR_ID: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(super) const STRANGER: &str = "987654321098";

type Choices = &'static [&'static str];

fn principal(size: Size) -> impl Strategy<Value = String> {
    let of = |few: Choices, many: fn(usize) -> String| list_sized(Values { few, many }, 2, size);
    prop_oneof![
        5 => Just(r#""Principal": "*""#.to_owned()),
        2 => Just(r#""Principal": {"AWS": "*"}"#.to_owned()),
        3 => of(&["111111111111", "222222222222", "arn:aws:iam::333333333333:root", "arn:aws:iam::444444444444:role/app", "arn:aws:iam::222222222222:user/bob", "arn:aws:iam::*:role/app"], lists::principal)
            .prop_map(|list| format!(r#""Principal": {{"AWS": {list}}}"#)),
        2 => of(&["sns.amazonaws.com", "sns.amazonaws.com", "lambda.amazonaws.com"], lists::service).prop_map(|list| format!(r#""Principal": {{"Service": {list}}}"#)),
        1 => Just(format!(r#""Principal": {{"CanonicalUser": "{VENDOR_ID}"}}"#)),
        1 => of(&["arn:aws:iam::222222222222:user/bob", "arn:aws:iam::222222222222:root", "333333333333"], lists::principal).prop_map(|list| format!(r#""NotPrincipal": {{"AWS": {list}}}"#)),
    ]
}

fn condition(size: Size) -> impl Strategy<Value = (String, String)> {
    let string_operator = pick(&[
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotLike",
    ]);
    let arn_operator = pick(&[
        "ArnLike",
        "ArnEquals",
        "ArnNotLike",
        "StringLike",
        "StringNotLike",
        "ArnLikeIfExists",
    ]);
    let of = |few: Choices, most: usize, many: fn(usize) -> String| list_sized(Values { few, many }, most, size);
    let entry = |operator: String, key: &str, list: String| (operator, format!(r#""{key}": {list}"#));
    prop_oneof![
        4 => (pick(&["IpAddress", "NotIpAddress", "IpAddressIfExists", "NotIpAddressIfExists"]), of(&["203.0.113.0/24", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "::/0", "198.51.100.7", "64.0.0.0/2", "192.0.0.0/2"], 3, lists::network))
            .prop_map(move |(operator, list)| entry(operator, "aws:SourceIp", list)),
        2 => (string_operator.clone(), pick(&["aws:SourceVpc", "aws:SourceVpce"]), of(&["vpc-ours", "vpce-ours", "vpc-*", "*"], 2, lists::vpc)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        3 => (string_operator.clone(), of(&["o-ours1234567", "o-theirs12345", "o-*"], 2, lists::organisation)).prop_map(move |(operator, list)| entry(operator, "aws:PrincipalOrgID", list)),
        3 => (string_operator.clone(), pick(&["aws:PrincipalAccount", "kms:CallerAccount"]), of(&["111111111111", "222222222222", "444444444444", "*", "9*", "${aws:ResourceAccount}"], 2, lists::account)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        2 => (arn_operator.clone(), of(&["arn:aws:iam::222222222222:role/*", "arn:aws:iam::*:role/app", "arn:aws:iam::*:user/*", "*"], 2, lists::principal_pattern)).prop_map(move |(operator, list)| entry(operator, "aws:PrincipalArn", list)),
        2 => (arn_operator.clone(), of(ODD_PRINCIPALS, 2, lists::principal_pattern)).prop_map(move |(operator, list)| entry(operator, "aws:PrincipalArn", list)),
        2 => (arn_operator.clone(), of(&["arn:aws:sns:us-east-1:111111111111:t", "arn:aws:sns:*:*:*", "arn:aws:s3:::ours", "arn:aws:sns:*:444444444444:*", "arn:aws:sns:*:${aws:ResourceAccount}:*"], 2, lists::source)).prop_map(move |(operator, list)| entry(operator, "aws:SourceArn", list)),
        1 => (arn_operator, of(ODD_SOURCES, 2, lists::source)).prop_map(move |(operator, list)| entry(operator, "aws:SourceArn", list)),
        2 => (string_operator.clone(), of(&["111111111111", "222222222222", "444444444444", "${aws:ResourceAccount}"], 2, lists::account)).prop_map(move |(operator, list)| entry(operator, "aws:SourceAccount", list)),
        1 => (string_operator.clone(), of(&["o-ours1234567", "o-theirs12345", "o-*"], 1, lists::organisation)).prop_map(move |(operator, list)| entry(operator, "aws:SourceOrgID", list)),
        1 => (pick(&["ForAnyValue:StringLike", "ForAnyValue:StringEquals", "ForAllValues:StringLike", "StringNotLike"]), of(&["o-ours1234567/*", "o-ours1234567/r-ab12/ou-ab12-11111111/", "o-theirs12345/r-*", "o-*"], 2, lists::path_in_organisation)).prop_map(move |(operator, list)| entry(operator, "aws:PrincipalOrgPaths", list)),
        1 => (pick(&["DateGreaterThan", "DateLessThan", "DateGreaterThanEquals", "DateLessThanEquals"]), list_of(&["2024-01-01", "2024-02-01T00:00:00Z", "2030-06-01"], 1)).prop_map(move |(operator, list)| entry(operator, "aws:CurrentTime", list)),
        1 => (pick(&["ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAnyValue:StringNotEquals", "ForAllValues:StringLike"]), of(&["team", "cost", "t*"], 2, lists::name)).prop_map(move |(operator, list)| entry(operator, "aws:TagKeys", list)),
        2 => (pick(&["Bool", "BoolIfExists"]), pick(&["aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:PrincipalIsAWSService"]), list_of(&["true", "false"], 1)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        2 => (pick(&["aws:SourceVpc", "aws:PrincipalOrgID", "aws:SourceIp", "aws:SourceArn", "aws:PrincipalAccount", "aws:username", "s3:prefix"]), list_of(&["true", "false"], 1)).prop_map(move |(key, list)| entry("Null".to_owned(), &key, list)),
        2 => (string_operator, pick(&["aws:UserAgent", "aws:Referer", "s3:prefix", "aws:username", "aws:PrincipalType"]), of(&["secret", "home/*", "bob", "User", "Anonymous", "home/${aws:username}", "s*", "*t"], 2, lists::name)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        1 => (pick(&["NumericLessThan", "NumericGreaterThanEquals", "NumericEquals"]), list_of(&["10", "100"], 1)).prop_map(move |(operator, list)| entry(operator, "s3:max-keys", list)),
    ]
}

/// Patterns of principals that are not six plain parts.
const ODD_PRINCIPALS: &[&str] = &[
    "*:role/app",
    "*role/team/*",
    "arn:*:user/bob",
    "arn:aws:iam::*er/*",
    "arn:aws:iam::*:*app*",
    "arn:aws:iam::222222222222*",
    "arn:aws:iam::${aws:ResourceAccount}:role/*",
    "*:root",
    "*-prod",
];

/// The same of sources.
const ODD_SOURCES: &[&str] = &[
    "*:t",
    "arn:aws:sns:*:t",
    "arn:aws:sns:us-east-1:*t",
    "arn:aws:sns:*:topic*",
    "*-prod",
    "*:s3:::*",
    "arn:aws:sns:us-east-1:111111111111*",
    "arn:aws:*:us-east-1:*:*",
    "arn:aws:sns:us-*:*:*",
    "arn:aws:*:*:444444444444:*",
    "arn:aws:lambda:*:*:function:*",
];

/// What the statements of a resource policy are about.
#[derive(Clone, Copy)]
pub(super) struct About {
    actions: Values,
    other_actions: Values,
    /// None in a trust policy.
    resources: Option<(Values, Values)>,
}

pub(super) const ABOUT_BUCKET: About = About {
    actions: Values {
        few: &["s3:GetObject", "s3:*", "s3:Get*", "s3:Put*", "*", "s3:ListBucket"],
        many: lists::s3_action,
    },
    other_actions: Values {
        few: &["s3:GetObject", "s3:Put*", "iam:*"],
        many: lists::s3_action,
    },
    resources: Some((
        Values {
            few: &[
                "arn:aws:s3:::records",
                "arn:aws:s3:::records/*",
                "*",
                "arn:aws:s3:::records/public/*",
                "arn:aws:s3:::records/${aws:username}/*",
                "arn:aws:s3:::other/*",
            ],
            many: lists::prefix_of_bucket,
        },
        Values {
            few: &["arn:aws:s3:::records/public/*", "arn:aws:s3:::records"],
            many: lists::prefix_of_bucket,
        },
    )),
};

pub(super) const ABOUT_KEY: About = About {
    actions: Values {
        few: &["kms:Decrypt", "kms:*", "kms:De*", "kms:Encrypt", "*", "kms:CreateGrant"],
        many: lists::kms_action,
    },
    other_actions: Values {
        few: &["kms:Decrypt", "kms:En*", "iam:*"],
        many: lists::kms_action,
    },
    resources: Some((
        Values {
            few: &["*", "*", "arn:aws:kms:us-east-1:111111111111:key/*"],
            many: lists::key,
        },
        Values {
            few: &["arn:aws:kms:us-east-1:111111111111:key/other"],
            many: lists::key,
        },
    )),
};

pub(super) const ABOUT_ROLE: About = About {
    actions: Values {
        few: &["sts:AssumeRole", "sts:*", "sts:TagSession", "sts:Assume*"],
        many: lists::sts_action,
    },
    other_actions: Values {
        few: &["sts:TagSession", "iam:*"],
        many: lists::sts_action,
    },
    resources: None,
};

/// A statement of a bucket's policy, of short lists.
pub(super) fn statement() -> impl Strategy<Value = String> {
    statement_about(ABOUT_BUCKET, Size::Small)
}

fn statement_about(about: About, size: Size) -> impl Strategy<Value = String> {
    let effect = prop_oneof![3 => Just("Allow"), 2 => Just("Deny")];
    let action = prop_oneof![
        4 => list_sized(about.actions, 2, size).prop_map(|list| format!(r#""Action": {list}"#)),
        1 => list_sized(about.other_actions, 2, size).prop_map(|list| format!(r#""NotAction": {list}"#)),
    ];
    let resource = match about.resources {
        Some((these, others)) => prop_oneof![
            4 => list_sized(these, 2, size).prop_map(|list| format!(r#""Resource": {list}, "#)),
            1 => list_sized(others, 2, size).prop_map(|list| format!(r#""NotResource": {list}, "#)),
        ]
        .boxed(),
        None => Just(String::new()).boxed(),
    };
    (
        effect,
        principal(size),
        action,
        resource,
        conditions(condition(size).boxed()),
    )
        .prop_map(|(effect, principal, action, resource, conditions)| {
            format!(r#"{{"Effect": "{effect}", {principal}, {action}, {resource}"Condition": {conditions}}}"#)
        })
}

/// The value of a `Condition` element: at most two conditions.
pub(super) fn conditions(condition: BoxedStrategy<(String, String)>) -> impl Strategy<Value = String> {
    prop::collection::vec(condition, 0..3).prop_map(|conditions| {
        let mut blocks: Vec<(String, Vec<String>)> = Vec::new();
        for (operator, entry) in conditions {
            match blocks.iter_mut().find(|(known, _)| *known == operator) {
                Some((_, entries)) => entries.push(entry),
                None => blocks.push((operator, vec![entry])),
            }
        }
        let blocks: Vec<String> = blocks
            .into_iter()
            .map(|(operator, entries)| format!(r#""{operator}": {{{}}}"#, entries.join(", ")))
            .collect();
        format!("{{{}}}", blocks.join(", "))
    })
}

pub(super) fn document() -> impl Strategy<Value = String> {
    document_about(ABOUT_BUCKET)
}

pub(super) fn document_about(about: About) -> impl Strategy<Value = String> {
    policies_of(move |size| statement_about(about, size).boxed())
}

/// Many statements with long lists: where searches come to their budgets.
pub(super) fn large_document() -> impl Strategy<Value = String> {
    policy_of(statement_about(ABOUT_BUCKET, Size::Many).boxed(), 4..=8)
}

/// Policies of all sizes: mostly of at most three statements with short lists, sometimes with long lists, rarely of many statements.
pub(super) fn policies_of(statement: impl Fn(Size) -> BoxedStrategy<String>) -> impl Strategy<Value = String> {
    prop_oneof![
        40 => policy_of(statement(Size::Small), 1..=3),
        6 => policy_of(statement(Size::Few), 1..=3),
        3 => policy_of(statement(Size::Many), 1..=3),
        1 => policy_of(statement(Size::Small), 6..=15),
    ]
}

/// A bucket's policy in which variables of the caller stand in conditions and inside parts of resources, beside names and accounts in their place.
pub(super) fn document_with_variables() -> impl Strategy<Value = String> {
    policy_of(statement_with_variables().boxed(), 1..=3)
}

/// What a caller may be asked for, by a variable and by name.
const VALUES_WITH_VARIABLES: &[&str] = &[
    "${aws:username}",
    "bob",
    "x-${aws:username}",
    "x-b*",
    "${aws:username}/*",
    "${aws:PrincipalAccount}",
    "2222*",
    "${aws:PrincipalType}",
];

fn statement_with_variables() -> impl Strategy<Value = String> {
    let effect = prop_oneof![3 => Just("Allow"), 2 => Just("Deny")];
    let principal = prop_oneof![
        3 => Just(r#""Principal": "*""#.to_owned()),
        1 => principal(Size::Small),
    ];
    let action = list_of(&["s3:GetObject", "s3:*", "s3:Get*"], 1);
    let resource = list_of(
        &[
            "*",
            "arn:aws:s3:::records/*",
            "arn:aws:s3:::records/x-${aws:username}/*",
            "arn:aws:s3:::records/x-bob/*",
            "arn:aws:s3:::records/${aws:username}*",
            "arn:aws:s3:::records/*b/x",
            "arn:aws:s3:::records/${aws:PrincipalAccount}/*",
            "arn:aws:s3:::records/222222222222/*",
            "arn:aws:s3:::records/${aws:PrincipalType}/x",
            "arn:aws:s3:::records/User/x",
            "arn:aws:s3:::records/${aws:PrincipalTag/team}/x",
        ],
        2,
    );
    let operator = pick(&[
        "StringEquals",
        "StringLike",
        "StringNotEquals",
        "StringNotLike",
        "StringEqualsIfExists",
    ]);
    let entry = |operator: String, key: &str, list: String| (operator, format!(r#""{key}": {list}"#));
    let condition = prop_oneof![
        3 => (operator.clone(), list_of(VALUES_WITH_VARIABLES, 2)).prop_map(move |(operator, list)| entry(operator, "s3:prefix", list)),
        1 => (operator.clone(), list_of(&["${aws:PrincipalAccount}", "111111111111", "222222222222"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:ResourceAccount", list)),
        1 => (operator, list_of(&["${aws:PrincipalAccount}", "${aws:ResourceAccount}", "222222222222"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:SourceAccount", list)),
        1 => condition(Size::Small),
    ];
    (effect, principal, action, resource, conditions(condition.boxed())).prop_map(
        |(effect, principal, action, resource, conditions)| {
            format!(
                r#"{{"Effect": "{effect}", {principal}, "Action": {action}, "Resource": {resource}, "Condition": {conditions}}}"#
            )
        },
    )
}

/// A policy of so many statements.
pub(super) fn policy_of(
    statement: BoxedStrategy<String>,
    count: std::ops::RangeInclusive<usize>,
) -> impl Strategy<Value = String> {
    let version = prop_oneof![9 => Just("2012-10-17"), 1 => Just("2008-10-17")];
    (version, prop::collection::vec(statement, count)).prop_map(|(version, statements)| {
        format!(
            r#"{{"Version": "{version}", "Statement": [{}]}}"#,
            statements.join(", ")
        )
    })
}

/// A resource control policy.
pub(super) fn guardrail() -> impl Strategy<Value = String> {
    let action = list_of(&["s3:*", "s3:Get*", "*", "s3:PutObject", "kms:*"], 2);
    let resource = list_of(
        &["*", "arn:aws:s3:::records/*", "arn:aws:s3:::records/${aws:username}/*"],
        1,
    );
    let condition = prop_oneof![
        3 => condition(Size::Small),
        1 => Just(("StringNotEqualsIfExists".to_owned(), r#""aws:PrincipalOrgID": "${aws:ResourceOrgID}""#.to_owned())),
    ];
    let deny = (action, resource, conditions(condition.boxed())).prop_map(|(action, resource, conditions)| {
        format!(r#"{{"Effect": "Deny", "Principal": "*", "Action": {action}, "Resource": {resource}, "Condition": {conditions}}}"#)
    });
    policy_of(deny.boxed(), 1..=2)
}

/// The provider of a role's trust policy, and the claims that conditions ask for.
pub(super) const GITHUB: &str = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";

/// A trust policy for GitHub Actions.
pub(super) fn federated_document() -> impl Strategy<Value = String> {
    policies_of(|size| federated_statement(size).boxed())
}

fn federated_statement(size: Size) -> impl Strategy<Value = String> {
    let claim = |name: &str| format!("token.actions.githubusercontent.com:{name}");
    let operator = pick(&[
        "StringEquals",
        "StringLike",
        "StringLike",
        "StringNotLike",
        "StringLikeIfExists",
        "ForAllValues:StringLike",
        "ForAnyValue:StringLike",
    ]);
    let entry = |name: String, operator: String, list: String| (operator, format!(r#""{name}": {list}"#));
    let subject = Values {
        few: &[
            "repo:octo-org/*",
            "repo:octo-org/app:ref:refs/heads/main",
            "repo:*",
            "*:ref:refs/heads/main",
            "repo:octo-org*",
            "repo:octo-org/*:environment:prod",
        ],
        many: |number| format!("repo:octo-org/team{number}-service:*"),
    };
    let subject = list_sized(subject, 2, size);
    let condition = prop_oneof![
        4 => (operator.clone(), subject).prop_map(move |(operator, list)| entry(claim("sub"), operator, list)),
        2 => (operator.clone(), list_of(&["sts.amazonaws.com", "*"], 1)).prop_map(move |(operator, list)| entry(claim("aud"), operator, list)),
        1 => (operator, list_of(&["octo-org/app", "octo-org/*", "*/app"], 1)).prop_map(move |(operator, list)| entry(claim("repository"), operator, list)),
        1 => list_of(&["true", "false"], 1).prop_map(move |list| entry(claim("sub"), "Null".to_owned(), list)),
    ];
    let principal = prop_oneof![
        3 => Just(format!(r#"{{"Federated": "{GITHUB}"}}"#)),
        1 => Just(r#""*""#.to_owned()),
    ];
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let action = list_of(&["sts:AssumeRoleWithWebIdentity", "sts:*", "sts:TagSession"], 2);
    (effect, principal, action, conditions(condition.boxed())).prop_map(|(effect, principal, action, conditions)| {
        format!(r#"{{"Effect": "{effect}", "Principal": {principal}, "Action": {action}, "Condition": {conditions}}}"#)
    })
}
