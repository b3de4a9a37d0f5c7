//! Random requests that meet the policies of [`super::generate`].

use proptest::prelude::*;
use security_monkey_iam::arn::{Arn, account_of, is_account_id};
use security_monkey_iam::evaluate::{Caller, Request};

use super::generate::{GITHUB, STRANGER, VENDOR_ID};
use super::lists::pick;

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
        pick(&["app", "other", "team/app-prod"]).prop_map(|name| Caller::RoleSession {
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
        beside(),
    );
    (caller, place, what(), rest).prop_map(
        |(caller, place, (action, resource), (secure, mfa, agent, prefix, keys, organisation, beside))| {
            let mut request = Request::new(caller, action, resource).owned_by("111111111111");
            let is_signed = request.caller.account().is_some();
            set_place(&mut request, place);
            set_beside(&mut request, beside);
            request
                .context
                .set("aws:SecureTransport", secure.unwrap_or_else(|| "true".to_owned()));
            let values = [
                ("aws:UserAgent", agent),
                ("s3:prefix", prefix),
                ("s3:max-keys", keys),
                ("aws:MultiFactorAuthPresent", mfa.filter(|_| is_signed)),
            ];
            if let Some(organisation) = organisation.filter(|_| is_signed) {
                set_organisation(&mut request, &organisation);
            }
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
            "arn:aws:s3:::records/bob/z",
        ]),
    )
}

/// A request of an account the directory knows or the policies name.
pub(super) fn named_request() -> impl Strategy<Value = Request> {
    let caller = (
        pick(&["111111111111", "222222222222", "333333333333", "444444444444"]),
        pick(&["role/app", "user/bob", "root", "role/team/app-prod"]),
    )
        .prop_map(|(account, name)| match name.as_str() {
            "root" => Caller::Root { account },
            "user/bob" => Caller::User {
                arn: format!("arn:aws:iam::{account}:user/bob"),
            },
            _ => Caller::RoleSession {
                role_arn: format!("arn:aws:iam::{account}:{name}"),
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
        beside(),
    )
        .prop_map(|(caller, place, (action, resource), organisation, mfa, beside)| {
            let mut request = Request::new(caller, action, resource)
                .owned_by("111111111111")
                .with("aws:SecureTransport", "true");
            set_place(&mut request, place);
            set_beside(&mut request, beside);
            if request.caller.account() == Some("333333333333") {
                request.canonical_user = Some(VENDOR_ID.to_owned());
            }
            if let Some(organisation) = organisation {
                set_organisation(&mut request, &organisation);
            }
            if let Some(mfa) = mfa {
                request.context.set("aws:MultiFactorAuthPresent", mfa);
            }
            request
        })
}

/// The time, and keys with several values.
fn beside() -> impl Strategy<Value = (String, Vec<String>)> {
    (
        pick(&["2024-01-15T12:00:00Z", "2026-01-15T12:00:00Z", "2031-01-01T00:00:00Z"]),
        prop::collection::vec(pick(&["team", "cost", "other"]), 0..3),
    )
}

fn set_beside(request: &mut Request, (time, tags): (String, Vec<String>)) {
    request.context.set("aws:CurrentTime", time);
    if !tags.is_empty() {
        request.context.set_all("aws:TagKeys", tags);
    }
}

/// Whoever is of an organisation has a place in it.
pub(super) fn set_organisation(request: &mut Request, organisation: &str) {
    request.context.set(
        "aws:PrincipalOrgPaths",
        format!("{organisation}/r-ab12/ou-ab12-11111111/"),
    );
    request.context.set("aws:PrincipalOrgID", organisation);
}

/// A request of a service, on behalf of somebody's topic or bucket, or of nobody it names.
pub(super) fn service_request() -> impl Strategy<Value = Request> {
    let account = pick(&[
        "111111111111",
        "222222222222",
        "333333333333",
        "444444444444",
        STRANGER,
        STRANGER,
    ]);
    let source = pick(&[
        "arn:aws:sns:us-east-1:ACCOUNT:t",
        "arn:aws:sns:us-east-1:ACCOUNT:topic-prod",
        "arn:aws:sns:eu-west-1:ACCOUNT:other",
        "arn:aws:lambda:us-east-1:ACCOUNT:function:t",
        "bucket",
        "none",
    ]);
    (
        pick(&["sns.amazonaws.com", "lambda.amazonaws.com"]),
        account,
        source,
        any::<bool>(),
        any::<bool>(),
        what(),
        beside(),
    )
        .prop_map(
            |(name, account, source, has_account, has_organisation, (action, resource), beside)| {
                let mut request = Request::new(Caller::Service { name }, action, resource)
                    .owned_by("111111111111")
                    .with("aws:SecureTransport", "true");
                set_beside(&mut request, beside);
                match source.as_str() {
                    "none" => {}
                    // The bucket that policies name is its author's.
                    "bucket" if account == "111111111111" => request.context.set("aws:SourceArn", "arn:aws:s3:::ours"),
                    "bucket" => request
                        .context
                        .set("aws:SourceArn", format!("arn:aws:s3:::of-{account}")),
                    other => request.context.set("aws:SourceArn", other.replace("ACCOUNT", &account)),
                }
                if has_account {
                    request.context.set("aws:SourceAccount", account.as_str());
                }
                if has_organisation {
                    request.context.set("aws:SourceOrgID", organisation_of(&account));
                }
                request
            },
        )
}

fn organisation_of(account: &str) -> String {
    match account {
        "111111111111" | "222222222222" => "o-ours1234567".to_owned(),
        "444444444444" => "o-theirs12345".to_owned(),
        // Each has its own.
        _ => account
            .strip_prefix("5555555555")
            .map_or_else(|| "o-evil1234567".to_owned(), |number| format!("o-others000{number}")),
    }
}

/// Lets a service act for whoever has this value of a key, or one like it; the keys of one source agree.
pub(super) fn act_for(request: &mut Request, key: &str, text: &str) {
    let value = |key: &str| request.context.get(key).map(|values| values[0].clone());
    let known = value("aws:SourceAccount").or_else(|| {
        value("aws:SourceArn")
            .as_deref()
            .and_then(account_of)
            .map(str::to_owned)
    });
    let known = known.unwrap_or_else(|| STRANGER.to_owned());
    let (account, source) = match (key, Arn::read(text)) {
        // The bucket that policies name is its author's.
        ("aws:sourcearn", Some(arn)) if arn.bucket() == Some("ours") => {
            ("111111111111".to_owned(), Some(text.to_owned()))
        }
        ("aws:sourcearn", Some(arn)) if arn.bucket().is_some() => (known, Some(text.to_owned())),
        ("aws:sourcearn", Some(arn)) if is_account_id(arn.account) => (arn.account.to_owned(), Some(text.to_owned())),
        ("aws:sourcearn", Some(arn)) => {
            let whole = |part: &str, usual: &str| {
                if part.is_empty() {
                    usual.to_owned()
                } else {
                    part.to_owned()
                }
            };
            let (service, region) = (whole(arn.service, "sns"), whole(arn.region, "us-east-1"));
            let source = format!("arn:aws:{service}:{region}:{known}:{}", whole(arn.resource, "t"));
            (known, Some(source))
        }
        ("aws:sourcearn", None) => {
            let name = text.rsplit(':').next().unwrap_or_default();
            let source = format!("arn:aws:sns:us-east-1:{known}:{name}");
            (known, (!name.is_empty()).then_some(source))
        }
        ("aws:sourceaccount", _) if is_account_id(text) => {
            let has_source = request.context.get("aws:SourceArn").is_some();
            let source = format!("arn:aws:sns:us-east-1:{text}:t");
            (text.to_owned(), has_source.then_some(source))
        }
        ("aws:sourceorgid", _) => {
            let other = text
                .strip_prefix("o-others000")
                .map(|number| format!("5555555555{number}"));
            let members = ["222222222222", "444444444444"]
                .map(str::to_owned)
                .into_iter()
                .chain(other);
            let member = { members }.find(|account| organisation_of(account) == text);
            let Some(member) = member else { return };
            let has_source = request.context.get("aws:SourceArn").is_some();
            let source = format!("arn:aws:sns:us-east-1:{member}:t");
            (member, has_source.then_some(source))
        }
        _ => return,
    };
    if request.context.get("aws:SourceAccount").is_some() || key == "aws:sourceaccount" {
        request.context.set("aws:SourceAccount", account.as_str());
    }
    if request.context.get("aws:SourceOrgID").is_some() || key == "aws:sourceorgid" {
        request.context.set("aws:SourceOrgID", organisation_of(&account));
    }
    if let Some(source) = source {
        request.context.set("aws:SourceArn", source);
    }
}

/// The subject of a token of GitHub Actions, and the repository that it names; nothing where it names none.
pub(super) fn set_repository(request: &mut Request, subject: &str) {
    let repository = subject.strip_prefix("repo:").and_then(|rest| rest.split(':').next());
    let is_one = |repository: &&str| {
        repository.split('/').count() == 2 && !repository.ends_with('/') && !repository.starts_with('/')
    };
    if let Some(repository) = repository.filter(is_one) {
        let claim = |name: &str| format!("token.actions.githubusercontent.com:{name}");
        request.context.set(&claim("sub"), subject);
        request.context.set(&claim("repository"), repository);
    }
}

/// A request with a token of GitHub Actions: of the repositories that policies mean, or of strangers'.
pub(super) fn federated_request() -> impl Strategy<Value = Request> {
    let subject = pick(&[
        "repo:octo-org/app:ref:refs/heads/main",
        "repo:octo-org/app:environment:prod",
        "repo:strangers/app:ref:refs/heads/main",
        "repo:octo-org-two/app:ref:refs/heads/main",
        "repo:strangers/app:environment:prod",
    ]);
    (
        subject,
        pick(&["sts.amazonaws.com", "other"]),
        pick(&["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]),
    )
        .prop_map(|(subject, audience, action)| {
            let claim = |name: &str| format!("token.actions.githubusercontent.com:{name}");
            let repository = subject.split(':').nth(1).unwrap_or_default().to_owned();
            let caller = Caller::Federated {
                provider: GITHUB.to_owned(),
            };
            Request::new(caller, action, "arn:aws:iam::111111111111:role/target")
                .owned_by("111111111111")
                .with("aws:SecureTransport", "true")
                .with(&claim("sub"), subject)
                .with(&claim("repository"), repository)
                .with(&claim("aud"), audience)
        })
}

pub(super) fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![stranger_request(), named_request()]
}
