//! ARNs of an account that patterns tell apart: who in it may ask, and for which of its resources a service may act.

use std::cell::Cell;
use std::collections::HashSet;

use super::candidates::{FRESH, instances};
use crate::arn::Arn;
use crate::evaluate::{self, Caller, Part};
use crate::pattern::language::partition_behind;
use crate::pattern::{self, Case, Token, has_wildcard};

/// What an ARN is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Principal,
    Source,
}

/// Texts, and whether they stand for all.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) found: Vec<T>,
    pub(crate) are_all: bool,
}

/// Kinds of ARNs that patterns are compared for before the search for combinations takes over.
const MOST_KINDS: usize = 64;

/// Whether the instances of each pattern by itself ([`with_account`]) stand for all combinations of them: six parts, wildcards for whole
/// parts, no two patterns of kinds that overlap ("arn:aws:sns:\*" and "arn:aws:\*:us-east-1"), and at most one of each kind that narrows
/// its names.
pub(crate) fn are_plain<'p>(patterns: impl IntoIterator<Item = &'p str>, kind: Kind) -> bool {
    let is_whole_or_none = |part: &str| part == "*" || !has_wildcard(part);
    // Principals of all kinds count as one place: one pattern that narrows names is all they may have together.
    let mut narrowing: Vec<([&str; 3], Option<&str>)> = Vec::new();
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
        let (of_kind, name, place) = match kind {
            Kind::Principal => {
                let (of_kind, name) = arn.resource.split_once('/').unwrap_or((arn.resource, "*"));
                (of_kind, name, ["*"; 3])
            }
            Kind::Source => ("", arn.resource, [arn.partition, arn.service, arn.region]),
        };
        if !is_spelled || has_wildcard(of_kind) && arn.resource != "*" {
            return false;
        }
        let name = (has_wildcard(name) && name != "*").then_some(pattern);
        if let Some((_, known)) = narrowing.iter_mut().find(|(known, _)| *known == place) {
            if name.is_some() && known.is_some() && name != *known {
                return false;
            }
            *known = known.or(name);
            continue;
        }
        if narrowing.len() == MOST_KINDS || !narrowing.iter().all(|(known, _)| are_apart(known, &place)) {
            return false;
        }
        narrowing.push((place, name));
    }
    true
}

/// Whether no ARN is of both kinds: a part that is spelled in both differs.
fn are_apart(one: &[&str; 3], other: &[&str; 3]) -> bool {
    let is_other = |(one, other): (&&str, &&str)| *one != "*" && *other != "*" && one != other;
    one.iter().zip(other).any(is_other)
}

/// The patterns that may match ARNs of the account: those of other accounts tell nobody of it apart.
pub(crate) fn about_account<'p>(
    patterns: impl IntoIterator<Item = &'p str>,
    account: &str,
) -> impl Iterator<Item = &'p str> {
    patterns.into_iter().filter(move |pattern| match Arn::read(pattern) {
        Some(arn) => {
            arn.account.is_empty()
                || arn.account.contains("${")
                || pattern::matches(arn.account, account, Case::Sensitive)
        }
        None => true,
    })
}

/// The pattern as it reads for somebody of the account: other variables may be anything.
fn read_for<'t>(pattern: &'t str, account: &'t str, own: Option<&'t str>) -> String {
    let read = |part: &Part<'_>| {
        let value = match part.key().unwrap_or_default().to_ascii_lowercase().as_str() {
            "aws:principalaccount" | "aws:sourceaccount" => Some(account),
            "aws:resourceaccount" => own,
            _ => None,
        };
        matches!(part, Part::Variable(_)).then(|| value.unwrap_or("*"))
    };
    evaluate::replaced(pattern, read)
}

/// A pattern as ARNs that begin with `prefix`, account included, meet it; `None` if it matches none of them. Patterns of six parts are
/// held to the prefix part by part, as ARN operators do: a wildcard for a region is none for a region and an account.
fn behind(pattern: &str, prefix: &str) -> Option<Vec<Token>> {
    let (Some(wanted), Some(own)) = (Arn::read(pattern), Arn::read(prefix)) else {
        return Some(pattern::tokens(pattern));
    };
    let fits = [
        (wanted.partition, own.partition),
        (wanted.service, own.service),
        (wanted.region, own.region),
        (wanted.account, own.account),
    ]
    .iter()
    .all(|(wanted, own)| pattern::matches(wanted, own, Case::Sensitive));
    fits.then(|| {
        let head = prefix.strip_suffix(own.resource).unwrap_or(prefix);
        head.chars()
            .map(Token::Character)
            .chain(pattern::tokens(wanted.resource))
            .collect()
    })
}

/// A part of a pattern that stands in it in full, between its colons.
fn spelled_part(pattern: &str, place: usize) -> Option<&str> {
    let mut parts = pattern.split(':');
    let part = parts.nth(place)?;
    (parts.next().is_some() && !has_wildcard(part) && !part.contains('$')).then_some(part)
}

/// More colons behind the account than `most`. Such ARNs are left aside: they can imitate the account of a pattern that is compared as
/// text.
fn colons_beyond(most: usize) -> Vec<Token> {
    pattern::tokens(&format!("*:*:*:*:*:*{}", ":*".repeat(most + 1)))
}

/// Effort that several questions share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort<'w> {
    pub(crate) work: &'w Cell<u64>,
    pub(crate) most: u64,
}

impl Effort<'_> {
    pub(crate) fn is_spent(self) -> bool {
        self.work.get() > self.most
    }
}

/// A role's session, a user and a federated user of the account for each combination of the patterns that their ARNs match.
pub(crate) fn principals_of(
    account: &str,
    patterns: &[&str],
    (own, partition): (Option<&str>, &str),
    effort: Effort<'_>,
) -> Found<Caller> {
    let read: Vec<String> = distinct(patterns.iter().map(|pattern| read_for(pattern, account, own)));
    // Names do not end in a slash: what stands before it is their path. A path may hold colons, so that a principal's ARN may end in
    // another's. Source: IAM API Reference, "CreateRole", on the characters of `Path`.
    let must_not = [pattern::tokens("*/")];
    let mut partitions: Vec<&str> = patterns.iter().filter_map(|pattern| spelled_part(pattern, 1)).collect();
    partitions.push(partition);
    let mut all = Found {
        found: Vec::new(),
        are_all: true,
    };
    for partition in distinct(partitions) {
        for (service, kind) in [("iam", "role/"), ("iam", "user/"), ("sts", "federated-user/")] {
            if effort.is_spent() {
                all.are_all = false;
                return all;
            }
            let prefix = format!("arn:{partition}:{service}::{account}:{kind}");
            let tracked: Vec<Vec<Token>> = read.iter().filter_map(|pattern| behind(pattern, &prefix)).collect();
            let (arns, are_all) = partition_behind((&prefix, "?*"), &must_not, &tracked, effort.work);
            all.found.extend(arns.iter().filter_map(|arn| Caller::read(arn)));
            all.are_all &= are_all;
        }
    }
    all
}

/// An ARN of a resource of the account for each combination of the patterns that it matches.
pub(super) fn sources_of(
    account: &str,
    patterns: &[&str],
    (own, partition): (Option<&str>, &str),
    effort: Effort<'_>,
) -> Found<String> {
    let read: Vec<String> = distinct(patterns.iter().map(|pattern| read_for(pattern, account, own)));
    let arns: Vec<Arn<'_>> = read.iter().filter_map(|pattern| Arn::read(pattern)).collect();
    let mut all = Found {
        found: Vec::new(),
        are_all: true,
    };
    let partitions = distinct(
        read.iter()
            .filter_map(|pattern| spelled_part(pattern, 1))
            .chain([partition]),
    );
    let services = parts_told_apart(arns.iter().map(|arn| arn.service), "sns", effort);
    let regions = parts_told_apart(arns.iter().map(|arn| arn.region), "us-east-1", effort);
    all.are_all &= services.are_all && regions.are_all;
    // Prefixes that the same patterns fit have the same texts behind them.
    let mut asked: HashSet<Vec<usize>> = HashSet::new();
    for partition in &partitions {
        for (service, region) in services
            .found
            .iter()
            .flat_map(|one| regions.found.iter().map(move |other| (one, other)))
        {
            if effort.is_spent() {
                all.are_all = false;
                return all;
            }
            let prefix = format!("arn:{partition}:{service}:{region}:{account}:");
            effort.work.set(effort.work.get() + read.len() as u64);
            let (fitting, tracked): (Vec<usize>, Vec<Vec<Token>>) = read
                .iter()
                .enumerate()
                .filter_map(|(place, pattern)| Some((place, behind(pattern, &prefix)?)))
                .unzip();
            if asked.insert(fitting) {
                let (found, is_whole) = partition_behind((&prefix, "?*"), &[], &tracked, effort.work);
                all.found.extend(found);
                all.are_all &= is_whole;
            }
        }
    }
    let whole: Vec<Vec<Token>> = read.iter().map(|pattern| pattern::tokens(pattern)).collect();
    for partition in &partitions {
        let head = format!("arn:{partition}:");
        // Patterns that are no ARNs tell services apart as text.
        if arns.len() < read.len() {
            let colons = read
                .iter()
                .map(|pattern| pattern.matches(':').count().saturating_sub(5));
            let must_not = [colons_beyond(colons.max().unwrap_or_default())];
            let rest = format!("?*:*:{account}:?*");
            let (found, is_whole) = partition_behind((&head, &rest), &must_not, &whole, effort.work);
            let count = found.len();
            // Of a region with a colon in it the account is another.
            let is_own = |text: &String| Arn::read(text).is_some_and(|arn| arn.account == account);
            let before = all.found.len();
            all.found.extend(found.into_iter().filter(is_own));
            all.are_all &= is_whole && all.found.len() == before + count;
        }
        // Buckets are of no account; those that a pattern names are its author's.
        let prefix = format!("{head}s3:::");
        let names_one = |pattern: &&String| {
            Arn::read(pattern).is_some_and(|arn| arn.bucket().is_some_and(|bucket| !has_wildcard(bucket)))
        };
        let named: Vec<Vec<Token>> = read
            .iter()
            .filter(names_one)
            .filter_map(|pattern| behind(pattern, &prefix))
            .collect();
        let tracked: Vec<Vec<Token>> = read.iter().filter_map(|pattern| behind(pattern, &prefix)).collect();
        let (buckets, is_whole) = partition_behind((&prefix, "?*"), &named, &tracked, effort.work);
        all.found.extend(buckets);
        all.are_all &= is_whole;
    }
    all
}

/// Texts for one part of an ARN, one for each combination of what the patterns have there, and the usual one.
fn parts_told_apart<'p>(parts: impl Iterator<Item = &'p str>, usual: &str, effort: Effort<'_>) -> Found<String> {
    let parts: Vec<&str> = distinct(parts.filter(|part| *part != "*"));
    let mut found = vec![if parts.contains(&usual) { FRESH } else { usual }.to_owned()];
    if !parts.iter().any(|part| has_wildcard(part)) {
        found.extend(parts.iter().map(|part| (*part).to_owned()));
        return Found { found, are_all: true };
    }
    let tracked: Vec<Vec<Token>> = parts.iter().map(|part| pattern::tokens(part)).collect();
    let (texts, are_all) = partition_behind(("", "*"), &[pattern::tokens("*:*")], &tracked, effort.work);
    found.extend(texts);
    Found { found, are_all }
}

fn distinct<T: Ord>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut found: Vec<T> = all.into_iter().collect();
    found.sort_unstable();
    found.dedup();
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

/// Instances of an ARN or account pattern, by itself, that belong to one of the accounts, in this partition if the pattern leaves it open.
pub(crate) fn with_account(pattern: &str, accounts: &[String], partition: &str) -> Vec<String> {
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
                    part(arn.partition, partition),
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
