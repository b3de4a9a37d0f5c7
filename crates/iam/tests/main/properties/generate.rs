//! Random policies and requests, biased to be interesting: few names, so that policies and requests meet.

use proptest::prelude::*;
use security_monkey_iam::evaluate::{Caller, Request};

pub(super) const BUCKET: &str = "arn:aws:s3:::records";
/// The canonical user id of the vendor's account, 333333333333.
pub(super) const VENDOR_ID: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(super) const STRANGER: &str = "987654321098";

pub(super) fn pick(choices: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(choices).prop_map(str::to_owned)
}

fn json_list(items: &[String]) -> String {
    format!(
        "[{}]",
        items
            .iter()
            .map(|item| format!("{item:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

pub(super) fn list_of(choices: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(pick(choices), 1..=most).prop_map(|items| json_list(&items))
}

fn principal() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => Just(r#""Principal": "*""#.to_owned()),
        2 => Just(r#""Principal": {"AWS": "*"}"#.to_owned()),
        3 => list_of(&["111111111111", "222222222222", "arn:aws:iam::333333333333:root", "arn:aws:iam::444444444444:role/app", "arn:aws:iam::222222222222:user/bob", "arn:aws:iam::*:role/app"], 2)
            .prop_map(|list| format!(r#""Principal": {{"AWS": {list}}}"#)),
        1 => Just(r#""Principal": {"Service": "sns.amazonaws.com"}"#.to_owned()),
        1 => Just(format!(r#""Principal": {{"CanonicalUser": "{VENDOR_ID}"}}"#)),
        1 => list_of(&["arn:aws:iam::222222222222:user/bob", "arn:aws:iam::222222222222:root", "333333333333"], 2).prop_map(|list| format!(r#""NotPrincipal": {{"AWS": {list}}}"#)),
    ]
}

fn condition() -> impl Strategy<Value = (String, String)> {
    let string_operator = pick(&[
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
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
    let entry = |operator: String, key: &str, list: String| (operator, format!(r#""{key}": {list}"#));
    prop_oneof![
        4 => (pick(&["IpAddress", "NotIpAddress", "IpAddressIfExists", "NotIpAddressIfExists"]), list_of(&["203.0.113.0/24", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "::/0", "198.51.100.7", "64.0.0.0/2"], 3))
            .prop_map(move |(operator, list)| entry(operator, "aws:SourceIp", list)),
        2 => (string_operator.clone(), pick(&["aws:SourceVpc", "aws:SourceVpce"]), list_of(&["vpc-ours", "vpce-ours", "vpc-*", "*"], 2)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        3 => (string_operator.clone(), list_of(&["o-ours1234567", "o-theirs12345", "o-*"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:PrincipalOrgID", list)),
        3 => (string_operator.clone(), pick(&["aws:PrincipalAccount", "kms:CallerAccount"]), list_of(&["111111111111", "222222222222", "444444444444", "*", "9*"], 2)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        2 => (arn_operator.clone(), list_of(&["arn:aws:iam::222222222222:role/*", "arn:aws:iam::*:role/app", "arn:aws:iam::*:user/*", "*"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:PrincipalArn", list)),
        2 => (arn_operator, list_of(&["arn:aws:sns:us-east-1:111111111111:t", "arn:aws:sns:*:*:*", "arn:aws:s3:::ours", "arn:aws:sns:*:444444444444:*"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:SourceArn", list)),
        2 => (string_operator.clone(), list_of(&["111111111111", "444444444444"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:SourceAccount", list)),
        2 => (pick(&["Bool", "BoolIfExists"]), pick(&["aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:PrincipalIsAWSService"]), list_of(&["true", "false"], 1)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        2 => (pick(&["aws:SourceVpc", "aws:PrincipalOrgID", "aws:SourceIp", "aws:SourceArn", "aws:PrincipalAccount", "aws:username", "s3:prefix"]), list_of(&["true", "false"], 1)).prop_map(move |(key, list)| entry("Null".to_owned(), &key, list)),
        2 => (string_operator, pick(&["aws:UserAgent", "aws:Referer", "s3:prefix", "aws:username", "aws:PrincipalType"]), list_of(&["secret", "home/*", "bob", "User", "Anonymous"], 2)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        1 => (pick(&["NumericLessThan", "NumericGreaterThanEquals", "NumericEquals"]), list_of(&["10", "100"], 1)).prop_map(move |(operator, list)| entry(operator, "s3:max-keys", list)),
    ]
}

/// What the statements of a resource policy are about.
#[derive(Clone, Copy)]
pub(super) struct About {
    actions: &'static [&'static str],
    other_actions: &'static [&'static str],
    /// None in a trust policy.
    resources: Option<(&'static [&'static str], &'static [&'static str])>,
}

pub(super) const ABOUT_BUCKET: About = About {
    actions: &["s3:GetObject", "s3:*", "s3:Get*", "s3:Put*", "*", "s3:ListBucket"],
    other_actions: &["s3:GetObject", "s3:Put*", "iam:*"],
    resources: Some((
        &[
            "arn:aws:s3:::records",
            "arn:aws:s3:::records/*",
            "*",
            "arn:aws:s3:::records/public/*",
            "arn:aws:s3:::other/*",
        ],
        &["arn:aws:s3:::records/public/*", "arn:aws:s3:::records"],
    )),
};

pub(super) const ABOUT_KEY: About = About {
    actions: &["kms:Decrypt", "kms:*", "kms:De*", "kms:Encrypt", "*", "kms:CreateGrant"],
    other_actions: &["kms:Decrypt", "kms:En*", "iam:*"],
    resources: Some((
        &["*", "*", "arn:aws:kms:us-east-1:111111111111:key/*"],
        &["arn:aws:kms:us-east-1:111111111111:key/other"],
    )),
};

pub(super) const ABOUT_ROLE: About = About {
    actions: &["sts:AssumeRole", "sts:*", "sts:TagSession", "sts:Assume*"],
    other_actions: &["sts:TagSession", "iam:*"],
    resources: None,
};

pub(super) fn statement() -> impl Strategy<Value = String> {
    statement_about(ABOUT_BUCKET)
}

pub(super) fn statement_about(about: About) -> impl Strategy<Value = String> {
    let effect = prop_oneof![3 => Just("Allow"), 2 => Just("Deny")];
    let action = prop_oneof![
        4 => list_of(about.actions, 2).prop_map(|list| format!(r#""Action": {list}"#)),
        1 => list_of(about.other_actions, 2).prop_map(|list| format!(r#""NotAction": {list}"#)),
    ];
    let resource = match about.resources {
        Some((these, others)) => prop_oneof![
            4 => list_of(these, 2).prop_map(|list| format!(r#""Resource": {list}, "#)),
            1 => list_of(others, 2).prop_map(|list| format!(r#""NotResource": {list}, "#)),
        ]
        .boxed(),
        None => Just(String::new()).boxed(),
    };
    (effect, principal(), action, resource, conditions(condition().boxed())).prop_map(
        |(effect, principal, action, resource, conditions)| {
            format!(r#"{{"Effect": "{effect}", {principal}, {action}, {resource}"Condition": {conditions}}}"#)
        },
    )
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
    policy_of(statement().boxed(), 3)
}

/// A policy of at most `most` statements.
pub(super) fn policy_of(statement: BoxedStrategy<String>, most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(statement, 1..=most).prop_map(|statements| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(", ")
        )
    })
}

pub(super) fn maybe(choices: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::of(pick(choices))
}

/// Through a VPC's endpoint a request has both keys. Source: "AWS global condition context keys", availability of `aws:SourceVpc` and
/// `aws:SourceVpce`.
fn set_place(request: &mut Request, (key, value): (&str, String)) {
    if key == "aws:SourceVpc" {
        request.context.set("aws:SourceVpce", "vpce-evil");
    }
    request.context.set(key, value);
}

/// A request of somebody nobody means: own account or none, public addresses no policy above singles out, own VPC.
pub(super) fn stranger_request() -> impl Strategy<Value = Request> {
    let caller = prop_oneof![
        Just(Caller::Anonymous),
        pick(&["app", "other"]).prop_map(|name| Caller::RoleSession {
            role_arn: format!("arn:aws:iam::{STRANGER}:role/{name}"),
            session: "s".to_owned()
        }),
        pick(&["bob", "secret", "eve"]).prop_map(|name| Caller::User {
            arn: format!("arn:aws:iam::{STRANGER}:user/{name}")
        }),
    ];
    let place = prop_oneof![
        pick(&["5.5.5.5", "70.1.1.1", "150.1.1.1", "2600:1f18::9", "203.0.114.1"])
            .prop_map(|address| ("aws:SourceIp", address)),
        Just(("aws:SourceVpc", "vpc-evil".to_owned())),
    ];
    let rest = (
        maybe(&["true", "false"]),
        maybe(&["true", "false"]),
        maybe(&["secret", "other"]),
        maybe(&["secret", "home/x", "home/", "bob"]),
        maybe(&["5", "10", "50", "100"]),
        maybe(&["o-evil1234567"]),
    );
    (caller, place, what(), rest).prop_map(
        |(caller, place, (action, resource), (secure, mfa, agent, prefix, keys, organisation))| {
            let mut request = Request::new(caller, action, resource).owned_by("111111111111");
            let is_signed = request.caller.account().is_some();
            set_place(&mut request, place);
            request
                .context
                .set("aws:SecureTransport", secure.unwrap_or_else(|| "true".to_owned()));
            let values = [
                ("aws:UserAgent", agent),
                ("s3:prefix", prefix),
                ("s3:max-keys", keys),
                ("aws:MultiFactorAuthPresent", mfa.filter(|_| is_signed)),
                ("aws:PrincipalOrgID", organisation.filter(|_| is_signed)),
            ];
            for (key, value) in values {
                if let Some(value) = value {
                    request.context.set(key, value);
                }
            }
            request
        },
    )
}

fn what() -> impl Strategy<Value = (String, String)> {
    (
        pick(&[
            "s3:GetObject",
            "s3:PutObject",
            "s3:ListBucket",
            "s3:GetBucketPolicy",
            "s3:DeleteObject",
        ]),
        pick(&[
            "arn:aws:s3:::records",
            "arn:aws:s3:::records/x",
            "arn:aws:s3:::records/public/y",
        ]),
    )
}

/// A request of an account the directory knows or the policies name.
pub(super) fn named_request() -> impl Strategy<Value = Request> {
    let caller = (
        pick(&["111111111111", "222222222222", "333333333333", "444444444444"]),
        pick(&["role/app", "user/bob", "root"]),
    )
        .prop_map(|(account, name)| match name.as_str() {
            "root" => Caller::Root { account },
            "user/bob" => Caller::User {
                arn: format!("arn:aws:iam::{account}:user/bob"),
            },
            _ => Caller::RoleSession {
                role_arn: format!("arn:aws:iam::{account}:role/app"),
                session: "s".to_owned(),
            },
        });
    let place = prop_oneof![
        pick(&["5.5.5.5", "203.0.113.9", "198.51.100.7", "10.1.1.1", "70.1.1.1"])
            .prop_map(|address| ("aws:SourceIp", address)),
        pick(&["vpc-ours", "vpc-evil"]).prop_map(|id| ("aws:SourceVpc", id)),
    ];
    (
        caller,
        place,
        what(),
        maybe(&["o-theirs12345", "o-ours1234567"]),
        maybe(&["true", "false"]),
    )
        .prop_map(|(caller, place, (action, resource), organisation, mfa)| {
            let mut request = Request::new(caller, action, resource)
                .owned_by("111111111111")
                .with("aws:SecureTransport", "true");
            set_place(&mut request, place);
            if request.caller.account() == Some("333333333333") {
                request.canonical_user = Some(VENDOR_ID.to_owned());
            }
            if let Some(organisation) = organisation {
                request.context.set("aws:PrincipalOrgID", organisation);
            }
            if let Some(mfa) = mfa {
                request.context.set("aws:MultiFactorAuthPresent", mfa);
            }
            request
        })
}

pub(super) fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![stranger_request(), named_request()]
}
