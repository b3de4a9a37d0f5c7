//! What S3 calls a public policy, written from its documentation alone: nothing here asks the analysis.
//!
//! Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of \"public\"".

use security_monkey_iam::document::{
    Condition, Effect, OperatorKind, Polarity, Policy, PrincipalEntry, PrincipalKind, Statement,
};
use security_monkey_iam::evaluate::{Caller, Request, resource_policy_allows};

use super::generate::STRANGER;
use super::reach::{is_in_named_network, with_only};

/// Whether S3 takes a policy for public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IsPublic {
    Yes,
    No,
    /// The documentation leaves it open.
    Unsaid,
}

/// The policy is public if an Allow is open to anybody and not held to fixed values of the keys that are listed; whether a Deny changes
/// that is not said, so it certainly is where one of these requests of strangers, from no place that is named, gets in by that Allow.
pub(super) fn is_public(policy: &Policy, strangers: &[Request]) -> IsPublic {
    let allows = || policy.statements.iter().filter(|one| one.effect == Effect::Allow);
    let of = |statement: &Statement, is_limit: fn(&Condition) -> bool| {
        names_anybody(statement) && !statement.conditions.iter().any(is_limit)
    };
    if !allows().any(|statement| of(statement, is_certain_limit)) {
        return IsPublic::No;
    }
    let is_used = |statement: &Statement| {
        let only = with_only(policy, statement.index);
        strangers
            .iter()
            .filter(|request| request.caller == Caller::Anonymous || request.caller.account() == Some(STRANGER))
            .any(|request| !is_in_named_network(request, policy) && resource_policy_allows(&only, request))
    };
    if allows().any(|statement| of(statement, may_be_limit) && is_used(statement)) {
        IsPublic::Yes
    } else {
        IsPublic::Unsaid
    }
}

/// Not a fixed principal, user, role or service.
pub(super) fn names_anybody(statement: &Statement) -> bool {
    let is_open = |entry: &PrincipalEntry| match entry.kind {
        PrincipalKind::Anyone => true,
        PrincipalKind::Aws | PrincipalKind::CanonicalUser => entry.value.contains(['*', '?']),
        PrincipalKind::Service | PrincipalKind::Federated => false,
    };
    let element = statement.principal.as_ref();
    element.is_some_and(|element| element.polarity == Polarity::Not || element.entries.iter().any(is_open))
}

/// The keys of the list, those of networks aside.
const LISTED: [&str; 10] = [
    "aws:PrincipalOrgID",
    "aws:SourceArn",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:SourceOwner",
    "aws:SourceAccount",
    "aws:userid",
    "s3:DataAccessPointArn",
    "s3:DataAccessPointAccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// A set of addresses, or fixed values of a key that is listed, by a plain operator.
fn is_certain_limit(condition: &Condition) -> bool {
    let is_plain = condition.operator.quantifier.is_none() && !condition.operator.if_exists;
    let is_key = |key: &str| key.eq_ignore_ascii_case(&condition.key);
    let is_listed = LISTED.iter().any(|key| is_key(key)) && condition.values.iter().all(|value| is_fixed(&value.text));
    let is_positive = !condition.operator.kind.is_negated() && condition.operator.kind != OperatorKind::Null;
    let is_network = is_key("aws:SourceIp") && condition.values.iter().all(|value| is_narrow(&value.text));
    is_plain && is_positive && (is_listed || is_network)
}

/// What might count as one as well: modifiers of operators, principals by condition keys, a pattern within one account.
fn may_be_limit(condition: &Condition) -> bool {
    const ALIKE: [&str; 6] = [
        "aws:PrincipalArn",
        "aws:PrincipalAccount",
        "kms:CallerAccount",
        "aws:PrincipalOrgPaths",
        "aws:SourceOrgID",
        "aws:PrincipalIsAWSService",
    ];
    if condition.operator.kind.is_negated() || condition.operator.kind == OperatorKind::Null {
        return false;
    }
    let is_in = |keys: &[&str]| keys.iter().any(|key| key.eq_ignore_ascii_case(&condition.key));
    let may_be_fixed = |text: &str| is_fixed(text) || is_in_one_account(text);
    let mut texts = condition.values.iter().map(|value| value.text.as_str());
    if is_in(&["aws:SourceIp"]) {
        return texts.all(is_narrow);
    }
    (is_in(&LISTED) || is_in(&ALIKE)) && texts.all(may_be_fixed)
}

/// Neither a wildcard nor a variable.
fn is_fixed(text: &str) -> bool {
    !text.contains(['*', '?']) && !text.contains("${")
}

/// An ARN whose account stands in full.
fn is_in_one_account(text: &str) -> bool {
    let account = text.split(':').nth(4).unwrap_or_default();
    let digits = account.trim_end_matches('*');
    text.starts_with("arn:")
        && digits.len() == 12
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !text.contains("${")
}

/// Ranges wider than a /8 of IPv4 or a /32 of IPv6 are taken for public.
fn is_narrow(text: &str) -> bool {
    let (address, length) = text
        .split_once('/')
        .map_or((text, None), |(address, length)| (address, Some(length)));
    let is_six = address.contains(':');
    let length = length.map_or(if is_six { 128 } else { 32 }, |length| length.parse().unwrap_or(0));
    length >= if is_six { 32 } else { 8 }
}
