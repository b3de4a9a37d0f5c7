//! What S3 itself calls public: that decides whether `RestrictPublicBuckets` closes anything, not what we call so.
//!
//! Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of \"public\"": a policy is not public
//! where it grants to fixed values only (without wildcard or variable), each judged by itself.

use ipnet::IpNet;

use crate::arn::account_of;
use crate::cidr::read_network;
use crate::document::{Condition, Effect, OperatorKind, Polarity, PrincipalEntry, PrincipalKind, Statement};
use crate::keys::{Authority, authority};
use crate::pattern::has_wildcard;

/// Whether S3 is certain to take an Allow statement for public. How it judges modifiers of operators is not said; they count as if they
/// were not there, because a policy that is not public is not closed.
pub(super) fn is_public_to_s3(statement: &Statement) -> bool {
    let is_open = |entry: &PrincipalEntry| {
        entry.value == "*"
            || entry.kind == PrincipalKind::Aws && has_wildcard(&entry.value) && account_of(&entry.value).is_none()
    };
    let names_everybody = statement
        .principal
        .as_ref()
        .is_some_and(|element| element.polarity == Polarity::Not || element.entries.iter().any(is_open));
    statement.effect == Effect::Allow && names_everybody && !statement.conditions.iter().any(is_limit)
}

/// Whether a condition holds the requester to fixed values, as S3 sees it.
fn is_limit(condition: &Condition) -> bool {
    let kind = condition.operator.kind;
    if kind.is_negated() || kind == OperatorKind::Null || condition.values.is_empty() {
        return false;
    }
    let mut texts = condition.values.iter().map(|value| value.text.as_str());
    match authority(&condition.key) {
        Authority::SourceAddress => texts.all(is_narrow_network),
        Authority::Vpc
        | Authority::CallerAccount
        | Authority::CallerArn
        | Authority::CallerOrganisation
        | Authority::CallerId
        | Authority::CallerIsService
        | Authority::SourceAccount
        | Authority::SourceArn
        | Authority::SourceOrganisation
        | Authority::ThroughAccount
        | Authority::ThroughArn => texts.all(is_fixed),
        _ => {
            let is_key = "s3:x-amz-server-side-encryption-aws-kms-key-id";
            condition.key.eq_ignore_ascii_case(is_key) && texts.all(is_fixed)
        }
    }
}

/// Neither wildcard nor variable; an access point may have any name if its account is fixed.
fn is_fixed(text: &str) -> bool {
    !text.contains("${") && (!has_wildcard(text) || account_of(text).is_some())
}

/// Networks wider than a /8, or a /32 of IPv6, are no limit.
fn is_narrow_network(text: &str) -> bool {
    match read_network(text) {
        Some(IpNet::V4(network)) => network.prefix_len() >= 8,
        Some(IpNet::V6(network)) => network.prefix_len() >= 32,
        None => !has_wildcard(text),
    }
}
