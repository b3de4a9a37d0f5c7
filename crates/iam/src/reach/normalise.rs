//! The stable description of statements that rules read.

use schemars::JsonSchema;
use serde::Serialize;

use super::Reach;
use super::mirrored::turned;
use super::restriction::{RestrictedBy, assess_among};
use crate::arn::{Arn, account_of, is_origin_access_identity, is_saml_provider, is_unique_id};
use crate::directory::{AccountDirectory, Standing};
use crate::document::{
    Effect, Element, Operator, Polarity, Policy, PrincipalEntry, PrincipalKind, Span, Statement, Text,
};
use crate::keys::{Authority, authority, is_of_owner};
use crate::pattern::has_wildcard;

/// One statement by itself, as rules read it. Fields are only ever added.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NormalisedStatement {
    /// The Sid, if there is one.
    pub sid: Option<String>,
    /// Position in the policy, from 0.
    pub index: usize,
    /// JSON path, for messages and evidence.
    pub path: String,
    /// Where the statement stands in the source text.
    pub span: Span,
    /// Allow or Deny.
    pub effect: Effect,
    /// Patterns of `Action`, lower case.
    pub actions: Vec<String>,
    /// Patterns of `NotAction`, lower case.
    pub not_actions: Vec<String>,
    /// Patterns of `Resource`.
    pub resources: Vec<String>,
    /// Patterns of `NotResource`.
    pub not_resources: Vec<String>,
    /// The principals named; with `is_not_principal`, everybody else is meant.
    pub principals: Vec<NormalisedPrincipal>,
    /// Whether the statement has `NotPrincipal`.
    pub is_not_principal: bool,
    /// The conditions, all of which must hold.
    pub conditions: Vec<NormalisedCondition>,
    /// Whether an Allow statement, by itself, lets in strangers: anybody, or anybody with an AWS account.
    pub public: bool,
}

/// A principal and who that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NormalisedPrincipal {
    /// How far the principal reaches, conditions of the statement taken into account.
    #[serde(flatten)]
    pub class: Reach,
    /// The member it stood under.
    pub kind: PrincipalKind,
    /// The value as written.
    pub value: String,
    /// The account it belongs to, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub account: Option<String>,
    /// The name of that account, if we know one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// Whether a whole account is meant (`…:root` or the bare id).
    pub whole_account: bool,
}

/// A condition and what it does.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NormalisedCondition {
    /// The operator with its modifiers, in AWS's spelling.
    pub operator: Operator,
    /// The key, lower case.
    pub key: String,
    /// The values as written.
    pub values: Vec<String>,
    /// Whether it restricts at all.
    pub restricts: bool,
    /// To what it holds the requester.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RestrictedBy")]
    pub by: Option<RestrictedBy>,
    /// Why it does or does not restrict.
    pub why: &'static str,
}

/// Describes every statement of a policy. `directory` must look from the account that owns the policy.
pub fn normalise(policy: &Policy, directory: &AccountDirectory) -> Vec<NormalisedStatement> {
    policy
        .statements
        .iter()
        .map(|statement| normalise_statement(policy, statement, directory))
        .collect()
}

fn normalise_statement(policy: &Policy, statement: &Statement, directory: &AccountDirectory) -> NormalisedStatement {
    let turned = turned(statement);
    let mut conditions = normalise_conditions(turned.as_ref().unwrap_or(statement));
    let circle = Circle::of(&conditions, directory);
    if turned.is_some() {
        // In the words of the policy.
        for (condition, written) in conditions.iter_mut().zip(&statement.conditions) {
            condition.key = written.key.to_ascii_lowercase();
            condition.values = written.values.iter().map(|value| value.text.clone()).collect();
        }
    }
    let is_not_principal = statement
        .principal
        .as_ref()
        .is_some_and(|element| element.polarity == Polarity::Not);
    let principals: Vec<NormalisedPrincipal> = statement
        .principal
        .iter()
        .flat_map(|element| &element.entries)
        .map(|entry| normalise_principal(entry, circle, directory))
        .collect();
    let lets_strangers_in = if is_not_principal {
        circle.of_anyone().is_public()
    } else {
        principals.iter().any(|principal| principal.class.is_public())
    };
    let action = |polarity| {
        patterns(Some(&statement.action), polarity, |pattern| {
            pattern.text.to_ascii_lowercase()
        })
    };
    let resource = |polarity| patterns(statement.resource.as_ref(), polarity, |pattern| pattern.text.clone());
    NormalisedStatement {
        sid: statement.sid.clone(),
        index: statement.index,
        path: policy.statement_path(statement.index),
        span: statement.span,
        effect: statement.effect,
        actions: action(Polarity::Is),
        not_actions: action(Polarity::Not),
        resources: resource(Polarity::Is),
        not_resources: resource(Polarity::Not),
        principals,
        is_not_principal,
        public: statement.effect == Effect::Allow && lets_strangers_in,
        conditions,
    }
}

fn patterns(element: Option<&Element>, polarity: Polarity, text: impl Fn(&Text) -> String) -> Vec<String> {
    element
        .filter(|element| element.polarity == polarity)
        .map_or_else(Vec::new, |element| element.patterns.iter().map(text).collect())
}

fn normalise_conditions(statement: &Statement) -> Vec<NormalisedCondition> {
    let describe = |condition: &crate::document::Condition| {
        let assessment = assess_among(condition, &statement.conditions);
        NormalisedCondition {
            operator: condition.operator,
            key: condition.key.to_ascii_lowercase(),
            values: condition.values.iter().map(|value| value.text.clone()).collect(),
            restricts: assessment.restricts.is_some(),
            by: assessment.restricts,
            why: assessment.why,
        }
    };
    statement.conditions.iter().map(describe).collect()
}

/// What the conditions of a statement together leave of "anybody".
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a question")]
struct Circle {
    /// The class that the narrowest identity condition names, if one does.
    identity: Option<Reach>,
    has_network: bool,
    has_source: bool,
    has_claim: bool,
    has_mfa: bool,
    is_nobody: bool,
}

impl Circle {
    fn of(conditions: &[NormalisedCondition], directory: &AccountDirectory) -> Self {
        let mut circle = Self::default();
        for condition in conditions {
            let Some(by) = condition.by else { continue };
            let class = match by {
                RestrictedBy::Network => {
                    circle.has_network = true;
                    continue;
                }
                RestrictedBy::Claim => {
                    circle.has_claim = true;
                    continue;
                }
                RestrictedBy::Nobody => {
                    circle.is_nobody = true;
                    continue;
                }
                RestrictedBy::Mfa => {
                    circle.has_mfa = true;
                    continue;
                }
                RestrictedBy::SharedSecret | RestrictedBy::Transport | RestrictedBy::Time => continue,
                RestrictedBy::Organisation => organisation_class(condition, directory),
                RestrictedBy::Service => Reach::AwsService { guarded: false },
                RestrictedBy::Source => {
                    circle.has_source = true;
                    source_class(condition, directory)
                }
                RestrictedBy::Account | RestrictedBy::Principal => account_class(condition, directory),
            };
            circle.identity = Some(circle.identity.map_or(class, |narrowest| narrowest.min(class)));
        }
        circle
    }

    fn of_anyone(self) -> Reach {
        match self {
            Self { is_nobody: true, .. } => Reach::DeletedPrincipal,
            Self {
                identity: Some(class), ..
            } => class,
            Self { has_network: true, .. } => Reach::Network,
            Self { has_mfa: true, .. } => Reach::AnyAwsAccount,
            _ => Reach::Internet,
        }
    }
}

/// The farthest organisation among the values.
fn organisation_class(condition: &NormalisedCondition, directory: &AccountDirectory) -> Reach {
    let is_ours = |value: &String| value.starts_with("${") || directory.is_our_organisation(value);
    if condition.values.iter().all(is_ours) {
        Reach::Organisation
    } else {
        Reach::UnknownOrganisation
    }
}

fn account_class(condition: &NormalisedCondition, directory: &AccountDirectory) -> Reach {
    let classes = condition.values.iter().map(|value| value_class(value, directory));
    classes.max().unwrap_or(Reach::DeletedPrincipal)
}

/// A condition on the source of a service call: the service acts for the accounts named.
fn source_class(condition: &NormalisedCondition, directory: &AccountDirectory) -> Reach {
    let farthest = match authority(&condition.key) {
        Authority::SourceOrganisation => organisation_class(condition, directory),
        // A skill is of no account. Its id is fixed, so whoever wrote it meant one of theirs.
        Authority::SourceToken => Reach::SameAccount,
        _ => account_class(condition, directory),
    };
    match farthest {
        Reach::SameAccount if is_of_owner(&condition.key) => Reach::SameAccount,
        Reach::SameAccount | Reach::DeletedPrincipal => Reach::AwsService { guarded: true },
        other => other,
    }
}

fn value_class(value: &str, directory: &AccountDirectory) -> Reach {
    let is_variable = |account: &str| account.eq_ignore_ascii_case("${aws:ResourceAccount}");
    if value.starts_with("${") || Arn::read(value).is_some_and(|arn| is_variable(arn.account)) {
        return Reach::SameAccount;
    }
    match account_of(value) {
        Some(account) => standing_class(directory.standing(account)),
        // A bucket's ARN names no account. It is fixed, so whoever wrote it meant a bucket of theirs.
        None if value.contains(":s3:::") => Reach::SameAccount,
        None => Reach::UnknownAccount,
    }
}

pub(super) fn standing_class(standing: Standing) -> Reach {
    match standing {
        Standing::Same => Reach::SameAccount,
        Standing::Friendly => Reach::FriendlyAccount,
        Standing::ThirdParty => Reach::ThirdPartyAccount,
        Standing::Unknown => Reach::UnknownAccount,
    }
}

fn normalise_principal(entry: &PrincipalEntry, circle: Circle, directory: &AccountDirectory) -> NormalisedPrincipal {
    let value = entry.value.as_str();
    let account = match entry.kind {
        PrincipalKind::Aws | PrincipalKind::Federated => account_of(value),
        PrincipalKind::CanonicalUser => directory.account_of_canonical_user(value),
        PrincipalKind::Anyone | PrincipalKind::Service => None,
    };
    let class = match entry.kind {
        _ if circle.is_nobody => Reach::DeletedPrincipal,
        PrincipalKind::Anyone => circle.of_anyone(),
        PrincipalKind::Aws if account.is_none() && has_wildcard(value) => circle.of_anyone(),
        PrincipalKind::CanonicalUser if value == "*" => circle.of_anyone().min(Reach::AnyAwsAccount),
        PrincipalKind::Aws if is_unique_id(value) => Reach::DeletedPrincipal,
        PrincipalKind::Aws if is_origin_access_identity(value) => Reach::AwsService { guarded: true },
        PrincipalKind::Aws | PrincipalKind::CanonicalUser => account.map_or(Reach::UnknownAccount, |account| {
            standing_class(directory.standing(account))
        }),
        PrincipalKind::Service => Reach::AwsService {
            guarded: circle.has_source || circle.identity == Some(Reach::Organisation),
        },
        PrincipalKind::Federated => Reach::Federation {
            // Assertions of a SAML provider come from the identity provider that was registered.
            pinned: circle.has_claim || is_saml_provider(value),
        },
    };
    NormalisedPrincipal {
        class,
        kind: entry.kind,
        value: value.to_owned(),
        account: account.map(str::to_owned),
        name: account.and_then(|account| directory.name(account)).map(str::to_owned),
        whole_account: account.is_some_and(|account| value == account || value.ends_with(":root")),
    }
}
