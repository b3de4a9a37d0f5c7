//! ARNs of an account that patterns tell apart: who in it may ask, and for which of its resources a service may act.

use std::cell::Cell;

use super::candidates::instances;
use crate::arn::Arn;
use crate::evaluate::Caller;
use crate::pattern::language::partition_behind;
use crate::pattern::{self, Case, Token, has_wildcard};

/// What an ARN is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Principal,
    Source,
}

/// Texts, and whether they stand for all.
pub(crate) struct Found<T> {
    pub(crate) found: Vec<T>,
    pub(crate) are_all: bool,
}

/// Whether the instances of each pattern by itself ([`with_account`]) stand for all combinations of them: six parts, wildcards for whole
/// parts, and at most one pattern that narrows the names of a kind.
pub(crate) fn are_plain<'p>(patterns: impl IntoIterator<Item = &'p str>, kind: Kind) -> bool {
    let is_whole_or_none = |part: &str| part == "*" || !has_wildcard(part);
    let mut narrowing: Option<&str> = None;
    for pattern in patterns {
        if !has_wildcard(pattern) && !pattern.contains("${") || pattern == "*" {
            continue;
        }
        let Some(arn) = Arn::read(pattern).filter(|_| !pattern.contains("${")) else {
            return false;
        };
        let is_spelled = match kind {
            Kind::Principal => !has_wildcard(arn.service) && is_whole_or_none(arn.partition),
            Kind::Source => [arn.partition, arn.service, arn.region]
                .into_iter()
                .all(is_whole_or_none),
        };
        let (of_kind, name) = match kind {
            Kind::Principal => arn.resource.split_once('/').unwrap_or((arn.resource, "*")),
            Kind::Source => ("", arn.resource),
        };
        if !is_spelled || has_wildcard(of_kind) && arn.resource != "*" {
            return false;
        }
        if has_wildcard(name) && name != "*" {
            if narrowing.is_some_and(|known| known != pattern) {
                return false;
            }
            narrowing = Some(pattern);
        }
    }
    true
}

/// The pattern as it reads for somebody of the account: other variables may be anything.
fn read_for(pattern: &str, account: &str, own: Option<&str>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some(start) = rest.find("${")
        && let Some(length) = rest[start..].find('}')
    {
        tokens.extend(pattern::tokens(&rest[..start]));
        let value = match rest[start + 2..start + length].trim().to_ascii_lowercase().as_str() {
            "aws:principalaccount" | "aws:sourceaccount" => Some(account),
            "aws:resourceaccount" => own,
            _ => None,
        };
        match value {
            Some(value) => tokens.extend(value.chars().map(Token::Character)),
            None => tokens.push(Token::Run),
        }
        rest = &rest[start + length + 1..];
    }
    tokens.extend(pattern::tokens(rest));
    tokens.dedup_by(|left, right| *left == Token::Run && left == right);
    tokens
}

/// A part of a pattern that stands in it in full, between its colons.
fn spelled_part(pattern: &str, place: usize) -> Option<&str> {
    let mut parts = pattern.split(':');
    let part = parts.nth(place)?;
    (parts.next().is_some() && !has_wildcard(part) && !part.contains('$')).then_some(part)
}

/// ARNs with colons in their last part are left aside: they can imitate the account of a pattern that is compared as text.
fn no_further_colon() -> Vec<Token> {
    pattern::tokens("*:*:*:*:*:*:*")
}

/// A role's session, a user and a federated user of the account for each combination of the patterns that their ARNs match.
pub(crate) fn principals_of(account: &str, patterns: &[&str], own: Option<&str>, work: &Cell<u64>) -> Found<Caller> {
    let tracked: Vec<Vec<Token>> = distinct(patterns.iter().map(|pattern| read_for(pattern, account, own)));
    // Names do not end in a slash: what stands before it is their path.
    let must_not = [no_further_colon(), pattern::tokens("*/")];
    let mut partitions: Vec<&str> = patterns.iter().filter_map(|pattern| spelled_part(pattern, 1)).collect();
    partitions.push("aws");
    let mut all = Found {
        found: Vec::new(),
        are_all: true,
    };
    for partition in distinct(partitions) {
        for (service, kind) in [("iam", "role/"), ("iam", "user/"), ("sts", "federated-user/")] {
            let prefix = format!("arn:{partition}:{service}::{account}:{kind}");
            let (arns, are_all) = partition_behind((&prefix, "?*"), &must_not, &tracked, work);
            all.found.extend(arns.iter().filter_map(|arn| Caller::read(arn)));
            all.are_all &= are_all;
        }
    }
    all
}

/// An ARN of a resource of the account for each combination of the patterns that it matches.
pub(super) fn sources_of(account: &str, patterns: &[&str], own: Option<&str>, work: &Cell<u64>) -> Found<String> {
    let tracked: Vec<Vec<Token>> = distinct(patterns.iter().map(|pattern| read_for(pattern, account, own)));
    let must_not = [no_further_colon()];
    // Of a service and a region that a pattern names, then of any.
    let likely = patterns.iter().map(|pattern| {
        let part = |place, default| spelled_part(pattern, place).unwrap_or(default);
        format!(
            "arn:{}:{}:{}:{account}:",
            part(1, "aws"),
            part(2, "sns"),
            part(3, "us-east-1")
        )
    });
    let mut found = Vec::new();
    for prefix in distinct(likely) {
        found.extend(partition_behind((&prefix, "?*"), &must_not, &tracked, work).0);
    }
    let mut are_all = true;
    let partitions = patterns
        .iter()
        .filter_map(|pattern| spelled_part(pattern, 1))
        .chain(["aws"]);
    for partition in distinct(partitions) {
        let (prefix, rest) = (format!("arn:{partition}:"), format!("?*:*:{account}:?*"));
        let (arns, is_whole) = partition_behind((&prefix, &rest), &must_not, &tracked, work);
        found.extend(arns);
        are_all &= is_whole;
        // Buckets are of no account; those that a pattern names are its author's.
        let names_one = |arn: Arn<'_>| arn.bucket().is_some_and(|bucket| !has_wildcard(bucket));
        let named = patterns
            .iter()
            .filter(|pattern| Arn::read(pattern).is_some_and(names_one));
        let others: Vec<Vec<Token>> = must_not
            .iter()
            .cloned()
            .chain(named.map(|pattern| pattern::tokens(pattern)))
            .collect();
        let (buckets, is_whole) = partition_behind((&format!("{prefix}s3:::"), "?*"), &others, &tracked, work);
        found.extend(buckets);
        are_all &= is_whole;
    }
    Found { found, are_all }
}

fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut found: Vec<T> = Vec::new();
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// Instances of an ARN pattern that name no account: buckets, and what is written without one (API Gateway's).
pub(super) fn unowned(pattern: &str) -> Vec<String> {
    match Arn::read(pattern) {
        Some(arn) if arn.bucket().is_some() => {
            let partition = if has_wildcard(arn.partition) {
                "aws"
            } else {
                arn.partition
            };
            let named = |resource: &String| format!("arn:{partition}:s3:::{resource}");
            instances(arn.resource).iter().map(named).collect()
        }
        Some(arn) if arn.account.is_empty() => instances(pattern),
        _ => Vec::new(),
    }
}

/// Instances of an ARN or account pattern, by itself, that belong to one of the accounts.
pub(crate) fn with_account(pattern: &str, accounts: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for account in accounts {
        if let Some(arn) = Arn::read(pattern) {
            let bucket = arn.bucket();
            let names_one_bucket = bucket.is_some_and(|bucket| !has_wildcard(bucket));
            if bucket.is_some() && !names_one_bucket {
                found.extend(unowned(pattern));
            }
            if names_one_bucket || !pattern::matches(arn.account, account, Case::Sensitive) {
                continue;
            }
            let part = |text: &str, default: &str| {
                if text == "*" {
                    default.to_owned()
                } else {
                    instances(text)[0].clone()
                }
            };
            for resource in instances(arn.resource) {
                found.push(format!(
                    "arn:{}:{}:{}:{account}:{resource}",
                    part(arn.partition, "aws"),
                    part(arn.service, "sns"),
                    part(arn.region, "us-east-1")
                ));
            }
        } else if pattern::matches(pattern, account, Case::Sensitive) {
            found.push(account.clone());
        }
    }
    found
}
