//! Does a condition of an Allow statement restrict who may come, and why (not)?

use schemars::JsonSchema;
use serde::Serialize;

use super::candidates::fixes_two_parts;
use crate::arn::{Arn, account_of};
use crate::cidr::{NetworkSet, read_network};
use crate::claims::{AS_GUEST, Claim};
use crate::document::{Condition, OperatorKind, Quantifier, Version};
use crate::evaluate::{self, Caller, Request};
use crate::keys::{Authority, authority, is_always_present};
use crate::pattern::has_wildcard;

/// What a restricting condition holds the requester to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RestrictedBy {
    /// Source addresses, VPCs or VPC endpoints.
    Network,
    /// Membership in an organisation.
    Organisation,
    /// The requester's account.
    Account,
    /// A certain user, role or session.
    Principal,
    /// The account, organisation or resource for which an AWS service acts.
    Source,
    /// Being an AWS service.
    Service,
    /// Claims of an identity provider's token.
    Claim,
    /// A secret both sides know.
    SharedSecret,
    /// Multi-factor authentication.
    Mfa,
    /// Encryption in transit.
    Transport,
    /// The clock.
    Time,
    /// No request fulfils the condition.
    Nobody,
}

impl RestrictedBy {
    /// Whether it limits *who* may come; the others limit how or when anybody may.
    pub fn limits_who(self) -> bool {
        !matches!(self, Self::SharedSecret | Self::Mfa | Self::Transport | Self::Time)
    }
}

/// What a condition does to the circle of requesters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Assessment {
    /// To what the requester is held; `None` where the condition does not restrict.
    pub restricts: Option<RestrictedBy>,
    /// Why, in words.
    pub why: &'static str,
}

const fn restricts(by: RestrictedBy, why: &'static str) -> Assessment {
    Assessment {
        restricts: Some(by),
        why,
    }
}

const fn open(why: &'static str) -> Assessment {
    Assessment { restricts: None, why }
}

/// Assesses one condition of an Allow statement by itself.
pub fn assess(condition: &Condition) -> Assessment {
    let operator = condition.operator;
    let kind = operator.kind;
    if condition.values.is_empty() {
        return if kind.is_negated() {
            open("there is nothing it excludes")
        } else {
            restricts(RestrictedBy::Nobody, "there is no value to match")
        };
    }
    if kind == OperatorKind::Null {
        return assess_null(condition);
    }
    if kind.is_negated() {
        return open("it names who is excluded; everybody else passes");
    }
    if !is_always_present(&condition.key) {
        if operator.quantifier == Some(Quantifier::ForAllValues) {
            return open("ForAllValues is true for a request without the key");
        }
        if operator.if_exists {
            return open("IfExists is true for a request without the key");
        }
    }
    // A variable that repeats the key is true of every request that has the key.
    let repeats_key = |text: &str| {
        let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
        name.is_some_and(|name| name.eq_ignore_ascii_case(&condition.key))
    };
    if condition.values.iter().any(|value| repeats_key(&value.text)) {
        return open("it compares the key with itself");
    }
    match authority(&condition.key) {
        Authority::SourceAddress => assess_addresses(condition),
        Authority::VpcAddress => open("addresses inside a VPC are free to choose for whoever owns a VPC"),
        Authority::Vpc => fixed_values(condition, RestrictedBy::Network, is_fixed_id),
        Authority::CallerAccount => fixed_values(condition, RestrictedBy::Account, is_fixed_account),
        Authority::ThroughAccount => through_access_points(condition, is_fixed_account),
        Authority::CallerArn => fixed_values(condition, RestrictedBy::Principal, is_fixed_arn),
        Authority::ThroughArn if condition.key.eq_ignore_ascii_case("s3:DataAccessPointArn") => {
            through_access_points(condition, is_fixed_arn)
        }
        Authority::ThroughArn => fixed_values(condition, RestrictedBy::Account, is_fixed_arn),
        Authority::CallerOrganisation => fixed_values(condition, RestrictedBy::Organisation, is_fixed_organisation),
        Authority::SourceOrganisation => fixed_values(condition, RestrictedBy::Source, is_fixed_organisation),
        Authority::CallerId => fixed_values(condition, RestrictedBy::Principal, is_fixed_user_id),
        Authority::SourceAccount => fixed_values(condition, RestrictedBy::Source, is_fixed_account),
        Authority::SourceToken => fixed_values(condition, RestrictedBy::Source, is_fixed_id),
        Authority::SourceArn => fixed_values(condition, RestrictedBy::Source, is_fixed_arn),
        Authority::CallerIsService => assess_service(condition),
        Authority::Claim => assess_claim(condition),
        Authority::Mfa => assess_mfa(condition),
        Authority::Transport => assess_transport(condition),
        Authority::Time => restricts(RestrictedBy::Time, "it holds at certain times only"),
        Authority::SharedSecret => fixed_values(condition, RestrictedBy::SharedSecret, is_fixed_id),
        Authority::MountTarget if is_true(condition) => {
            restricts(RestrictedBy::Network, "mount targets stand in the owner's VPC")
        }
        Authority::MountTarget => open("access without a mount target is what it asks for"),
        Authority::Resource => open("it is a fact of the resource, the same for every requester"),
        Authority::ChosenIdentity => open("anybody can choose names and tags of identities in an account of their own"),
        Authority::ClientHeader => open("the client sets this header as it likes"),
        Authority::Parameter => open("it limits what is asked, not who asks"),
    }
}

/// Assesses a condition beside the others of its statement: that the pool of an identity provider with guests is fixed holds nobody off
/// unless guests are.
pub(super) fn assess_among(condition: &Condition, conditions: &[Condition]) -> Assessment {
    let assessment = assess(condition);
    if authority(&condition.key) != Authority::Claim {
        return assessment;
    }
    let names_pool = |condition: &Condition| {
        Claim::of(&condition.key).is_shared_with_guests() && assess(condition).restricts.is_some()
    };
    if names_pool(condition) && !conditions.iter().any(shuts_out_guests) {
        open("guests pass: whoever knows the id of the pool, which its applications tell, unless it has no guests")
    } else if shuts_out_guests(condition) && conditions.iter().any(names_pool) {
        restricts(
            RestrictedBy::Claim,
            "only those who signed in to the pool pass, no guests",
        )
    } else {
        assessment
    }
}

fn shuts_out_guests(condition: &Condition) -> bool {
    let guest = Request::new(Caller::Anonymous, "", "");
    let passes = || evaluate::holds_for(condition, Version::V2012, Some(&[AS_GUEST]), &guest);
    authority(&condition.key) == Authority::Claim && Claim::of(&condition.key).tells_guests() && !passes()
}

fn assess_null(condition: &Condition) -> Assessment {
    let asks = |word: &str| {
        condition
            .values
            .iter()
            .any(|value| value.text.eq_ignore_ascii_case(word))
    };
    match (asks("true"), asks("false"), authority(&condition.key)) {
        (false, true, Authority::Mfa) => restricts(RestrictedBy::Mfa, "only temporary credentials carry the key"),
        (true, false, _) if is_always_present(&condition.key) => {
            restricts(RestrictedBy::Nobody, "every request has the key")
        }
        _ => open("it asks whether the key is there, not for a value of ours"),
    }
}

/// Whether the operator gives `*` a meaning. `ArnEquals` and `ArnLike` behave identically. Source: IAM User Guide,
/// "Condition operators", section "Amazon Resource Name (ARN) condition operators".
fn has_wildcards(kind: OperatorKind) -> bool {
    matches!(
        kind,
        OperatorKind::StringLike | OperatorKind::ArnLike | OperatorKind::ArnEquals
    )
}

/// A positive condition restricts if *every* value is fixed: values are alternatives.
fn fixed_values(condition: &Condition, by: RestrictedBy, is_fixed: impl Fn(&str, bool) -> bool) -> Assessment {
    let kind = condition.operator.kind;
    let wildcards = has_wildcards(kind);
    let compares_text = wildcards
        || matches!(
            kind,
            OperatorKind::StringEquals
                | OperatorKind::StringEqualsIgnoreCase
                | OperatorKind::BinaryEquals
                | OperatorKind::NumericEquals
        );
    if !compares_text {
        return open("the operator does not compare with a fixed value of this key");
    }
    let plain_star = |text: &str| has_wildcard(text) && !text.contains("${");
    if !wildcards && condition.values.iter().all(|value| plain_star(&value.text)) {
        return restricts(
            RestrictedBy::Nobody,
            "this operator takes '*' as a plain character, which no such value has",
        );
    }
    if !condition.values.iter().all(|value| is_fixed(&value.text, wildcards)) {
        return open(match by {
            RestrictedBy::Claim => "a value names no owner to the end of the name: strangers may have tokens with it",
            _ => "a value has a wildcard or a requester's variable where the owner would stand",
        });
    }
    restricts(
        by,
        match by {
            RestrictedBy::Network => "the VPC or endpoint is fixed",
            RestrictedBy::Organisation => "the organisation is fixed",
            RestrictedBy::Account => "the account is fixed",
            RestrictedBy::Principal => "the principal is fixed",
            RestrictedBy::Source => "the account, organisation or resource behind the service is fixed",
            RestrictedBy::Claim => "the claim of the token is fixed",
            RestrictedBy::SharedSecret => "only who knows the secret passes",
            _ => "the value is fixed",
        },
    )
}

/// Who owns an access point says in its policy whom it lets through, which may be others. Source: S3 User Guide, "Configuring IAM policies
/// for using access points", section "Delegating access control to access points".
fn through_access_points(condition: &Condition, is_fixed: impl Fn(&str, bool) -> bool) -> Assessment {
    let assessment = fixed_values(condition, RestrictedBy::Account, is_fixed);
    if assessment.restricts == Some(RestrictedBy::Account) {
        restricts(
            RestrictedBy::Account,
            "the access points of the account are the only way, and their policies say whom they let through",
        )
    } else {
        assessment
    }
}

/// Variables that stand for facts of the resource are as fixed as a literal.
fn is_resource_variable(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    matches!(
        lower.as_str(),
        "${aws:resourceaccount}" | "${aws:resourceorgid}" | "${aws:resourceorgpaths}"
    )
}

fn is_fixed_id(value: &str, wildcards: bool) -> bool {
    is_resource_variable(value) || !(value.contains("${") || (wildcards && has_wildcard(value)))
}

fn is_fixed_account(value: &str, wildcards: bool) -> bool {
    // Some write the ARN of the account; it never matches an id, but its intent is as fixed.
    is_fixed_id(value, wildcards) || is_fixed_arn(value, wildcards)
}

fn is_fixed_organisation(value: &str, wildcards: bool) -> bool {
    let root = value.split('/').next().unwrap_or(value);
    !root.is_empty() && is_fixed_id(root, wildcards)
}

fn is_fixed_arn(value: &str, wildcards: bool) -> bool {
    if account_of(value).is_some() {
        return true;
    }
    let Some(arn) = Arn::read(value) else {
        return is_fixed_id(value, wildcards);
    };
    if is_resource_variable(arn.account) {
        return true;
    }
    arn.bucket().is_some_and(|bucket| is_fixed_id(bucket, wildcards))
        || !wildcards && !arn.account.is_empty() && !value.contains("${")
}

fn is_fixed_user_id(value: &str, wildcards: bool) -> bool {
    let id = value.split(':').next().unwrap_or(value);
    !id.is_empty() && is_fixed_id(id, wildcards)
}

fn assess_claim(condition: &Condition) -> Assessment {
    let claim = Claim::of(&condition.key);
    if claim.tells_owners_apart() {
        fixed_values(condition, RestrictedBy::Claim, |value, wildcards| {
            claim.names_owner(value, wildcards)
        })
    } else {
        open("everybody with a token of the provider may have this claim")
    }
}

fn assess_addresses(condition: &Condition) -> Assessment {
    match condition.operator.kind {
        OperatorKind::IpAddress => {
            // A value that is no network matches nothing, so it does not widen.
            let networks = NetworkSet::new(condition.values.iter().filter_map(|value| read_network(&value.text)));
            if networks.networks().next().is_none() {
                restricts(RestrictedBy::Nobody, "no value is an address or network")
            } else if networks.is_broad() {
                open("the networks together cover the internet or a large part of it")
            } else if networks.is_private() {
                restricts(
                    RestrictedBy::Network,
                    "only private addresses are named, which nobody has on the internet",
                )
            } else {
                restricts(RestrictedBy::Network, "the source addresses are fixed")
            }
        }
        OperatorKind::StringEquals | OperatorKind::StringEqualsIgnoreCase => {
            restricts(RestrictedBy::Network, "the source address is fixed, compared as text")
        }
        OperatorKind::StringLike => {
            if condition.values.iter().all(|value| fixes_two_parts(&value.text)) {
                restricts(RestrictedBy::Network, "the source address is fixed, compared as text")
            } else {
                open("the pattern matches a large part of the internet")
            }
        }
        _ => open("the operator does not compare addresses"),
    }
}

fn is_true(condition: &Condition) -> bool {
    condition
        .values
        .iter()
        .all(|value| value.text.eq_ignore_ascii_case("true"))
}

fn assess_service(condition: &Condition) -> Assessment {
    if !condition.key.eq_ignore_ascii_case("aws:PrincipalIsAWSService") {
        return fixed_values(condition, RestrictedBy::Service, is_fixed_id);
    }
    if is_true(condition) {
        restricts(
            RestrictedBy::Service,
            "only AWS services pass, on behalf of any account",
        )
    } else {
        open("everybody who is no AWS service passes")
    }
}

fn assess_mfa(condition: &Condition) -> Assessment {
    if condition.key.eq_ignore_ascii_case("aws:MultiFactorAuthPresent") && !is_true(condition) {
        open("it lets in requests without MFA")
    } else {
        restricts(RestrictedBy::Mfa, "multi-factor authentication is required")
    }
}

fn assess_transport(condition: &Condition) -> Assessment {
    if condition.key.eq_ignore_ascii_case("aws:SecureTransport") && !is_true(condition) {
        open("it lets in plain HTTP")
    } else {
        restricts(RestrictedBy::Transport, "encryption in transit is required")
    }
}
