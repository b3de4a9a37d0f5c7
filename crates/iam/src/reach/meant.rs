//! Whom a policy means: what its texts say of who asks.

use std::borrow::Cow;
use std::rc::Rc;

use super::solve::Searcher;
use crate::arn::Arn;
use crate::bound::{compared, in_place_of, user_arns};
use crate::document::{Condition, OperatorKind, Polarity, PrincipalEntry, PrincipalKind, Statement};
use crate::evaluate;
use crate::keys::{Authority, authority, is_of_owner};
use crate::pattern::has_wildcard;

/// Whom a policy means: what the Allow's conditions name, and what the Denies spare.
pub(super) struct Meant<'p> {
    pub(super) conditions: Vec<(Authority, &'p Condition)>,
    /// Whom a Deny with `NotPrincipal` spares.
    pub(super) spared: Vec<&'p PrincipalEntry>,
    /// Services that a Deny names.
    pub(super) denied_services: Vec<&'p str>,
    has_variables: bool,
    /// Names of users, and accounts, that stand where variables of the caller do elsewhere.
    bound_names: Vec<&'p str>,
    bound_accounts: Vec<&'p str>,
}

impl<'p> Meant<'p> {
    pub(super) fn by(searcher: &Searcher<'p>, statement: &'p Statement) -> Self {
        let denies = || searcher.policy.denies();
        let own = statement.conditions.iter();
        let spared = denies()
            .filter_map(|deny| deny.principal.as_ref())
            .filter(|element| element.polarity == Polarity::Not)
            .flat_map(|element| &element.entries);
        let version = searcher.policy.version;
        let side_by_side = if searcher.has_variables {
            let statements = std::iter::once(statement).chain(denies());
            compared(statements.map(|statement| (statement, version)))
        } else {
            Vec::new()
        };
        let bound = |key| in_place_of(key, &side_by_side).texts;
        Self {
            has_variables: searcher.has_variables,
            bound_names: bound("aws:username"),
            bound_accounts: bound("aws:PrincipalAccount"),
            conditions: own
                .map(|condition| (authority(&condition.key), condition))
                .chain(searcher.denials.conditions())
                .collect(),
            spared: spared.collect(),
            denied_services: denies()
                .filter_map(|deny| deny.principal.as_ref())
                .flat_map(|element| &element.entries)
                .filter(|entry| entry.kind == PrincipalKind::Service)
                .map(|entry| entry.value.as_str())
                .collect(),
        }
    }

    pub(super) fn conditions(&self, wanted: Authority) -> impl Iterator<Item = &'p Condition> + '_ {
        self.conditions
            .iter()
            .filter(move |(authority, _)| *authority == wanted)
            .map(|(_, condition)| *condition)
    }

    /// What is asked of who owns what asks.
    pub(super) fn owners(&self) -> impl Iterator<Item = &'p str> + '_ {
        self.conditions(Authority::SourceAccount)
            .filter(|condition| is_of_owner(&condition.key))
            .flat_map(|condition| &condition.values)
            .map(|value| value.text.as_str())
    }

    /// Whether the source of a service's request is asked for only as its owner: then the owner may ask as well.
    pub(super) fn asks_for_owners_only(&self) -> bool {
        self.conditions.iter().all(|(authority, condition)| match authority {
            Authority::SourceAccount => is_of_owner(&condition.key),
            Authority::SourceArn
            | Authority::SourceOrganisation
            | Authority::SourceToken
            | Authority::CallerIsService => false,
            _ => true,
        })
    }

    pub(super) fn values(&self, wanted: Authority) -> impl Iterator<Item = &'p str> + '_ {
        let spared = self
            .spared
            .iter()
            .map(|entry| entry.value.as_str())
            .filter(move |_| wanted == Authority::CallerArn);
        // That a key must be there, or must not, names nobody.
        self.conditions(wanted)
            .filter(|condition| condition.operator.kind != OperatorKind::Null)
            .flat_map(|condition| &condition.values)
            .map(|value| value.text.as_str())
            .chain(spared)
    }

    /// Whether something asks who the caller is, be it by comparing it with another key.
    pub(super) fn compares_callers(&self) -> bool {
        self.conditions.iter().any(|(authority, condition)| {
            let mut values = condition.values.iter();
            matches!(authority, Authority::CallerAccount | Authority::CallerArn)
                || values.any(|value| value.text.to_ascii_lowercase().contains("${aws:principal"))
        })
    }

    /// Patterns of ARNs that may tell callers apart: that of the principal, and those of conditions.
    pub(super) fn patterns_of_callers(&self, principal: Option<&'p str>, partition: &str) -> Rc<[Cow<'p, str>]> {
        let conditions = self.conditions(Authority::CallerArn);
        let asked = conditions.flat_map(|condition| {
            let kind = condition.operator.kind;
            condition.values.iter().map(move |value| as_compared(kind, &value.text))
        });
        let texts = principal
            .into_iter()
            .chain(self.spared.iter().map(|entry| entry.value.as_str()))
            .map(Cow::Borrowed);
        let asks_for_kind =
            |(_, condition): &(Authority, &Condition)| condition.key.eq_ignore_ascii_case("aws:PrincipalType");
        // The sessions of federated users, which nothing but their ARN or their kind tells from others.
        let sessions = self.conditions.iter().any(asks_for_kind);
        let sessions = sessions.then(|| Cow::Owned(format!("arn:{partition}:sts::*:federated-user/*")));
        texts
            .chain(asked)
            .chain(self.user_arns(partition).map(Cow::Owned))
            .chain(sessions)
            .collect()
    }

    /// ARNs of users with the names that conditions ask for, without a path and in any.
    fn user_arns(&self, partition: &str) -> impl Iterator<Item = String> {
        let asked = self
            .conditions
            .iter()
            .filter(|(_, condition)| condition.key.eq_ignore_ascii_case("aws:username"));
        let asked = asked
            .flat_map(|(_, condition)| &condition.values)
            .map(|value| value.text.as_str());
        asked
            .chain(self.bound_names.iter().copied())
            .flat_map(move |name| user_arns(name, partition))
    }

    /// Values of keys with which the caller's account or ARN is compared, and what stands where its account does elsewhere.
    pub(super) fn through_variables(&self) -> impl Iterator<Item = &'p str> {
        let compared = [Authority::CallerAccount, Authority::CallerArn].map(|wanted| self.values(wanted));
        let compared = compared.into_iter().flatten().filter(|_| self.has_variables);
        let keys: Vec<&str> = compared.flat_map(evaluate::variables).collect();
        let is_compared = move |condition: &Condition| keys.iter().any(|key| condition.key.eq_ignore_ascii_case(key));
        let conditions = self.conditions.iter().map(|(_, condition)| *condition);
        let values = conditions
            .filter(move |condition| is_compared(condition))
            .flat_map(|condition| &condition.values);
        values
            .map(|value| value.text.as_str())
            .chain(self.bound_accounts.iter().copied())
    }
}

/// A pattern of ARNs as its operator compares it. ARN operators compare part by part; others take the text, in which a wildcard of an
/// early part reaches over colons: such a pattern is written so that it does not read as an ARN's six parts (`?rn:`, which the texts of
/// ARNs match as well).
fn as_compared(kind: OperatorKind, pattern: &str) -> Cow<'_, str> {
    match kind {
        OperatorKind::StringEqualsIgnoreCase | OperatorKind::StringNotEqualsIgnoreCase => {
            Cow::Owned(pattern.to_ascii_lowercase())
        }
        OperatorKind::StringLike | OperatorKind::StringNotLike => {
            let reaches_over = |arn: Arn<'_>| {
                let early = [arn.partition, arn.service, arn.region].into_iter().any(has_wildcard);
                early || has_wildcard(arn.account) && arn.account != "*"
            };
            match pattern.strip_prefix('a') {
                Some(rest) if Arn::read(pattern).is_some_and(reaches_over) => Cow::Owned(format!("?{rest}")),
                _ => Cow::Borrowed(pattern),
            }
        }
        _ => Cow::Borrowed(pattern),
    }
}
