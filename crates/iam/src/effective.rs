//! What can an identity do? Its own policies under boundary, session policy and service control policies, over the
//! published action list.
//!
//! The answer is per action and has two sides: whether anything of it is left (on some resource, under some condition), and
//! whether it is unlimited (every resource, no condition, no Deny). An action that cannot be about the resources of the statement that
//! lists it is not allowed by that. Which resources a limited action reaches is in the
//! statements; whether one particular request is allowed is for [`crate::evaluate`].

use std::collections::{BTreeMap, HashSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::actions::{AccessLevel, ActionInfo, list};
use crate::bits::Bits;
use crate::document::{Effect, Element, Polarity, Statement};
use crate::evaluate::{Caller, NamedPolicy, PolicySet, Request, StatementRef};
use crate::example::{Effort, Wanted};
use crate::pattern::has_wildcard;

mod applicable;
mod breadth;
mod exposing;

/// What an identity can do.
#[derive(Debug, Clone)]
pub struct EffectivePermissions {
    allowed: Bits,
    unlimited: Bits,
    broad: Bits,
    /// Action patterns of the identity's policies that match nothing in the list.
    pub unknown: Vec<String>,
}

/// How much of an administrator an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Administrator {
    /// Not one by its own policies; escalations are ways to become one.
    No,
    /// Nearly everything in IAM on nearly every resource, but under conditions (multi-factor authentication, a region), or short of a few
    /// actions or resources that are denied: an administrator whenever the conditions are met.
    UnderConditions,
    /// Everything in IAM, so everything after one more step.
    ByIam,
    /// Every action on every resource.
    Full,
}

/// What an identity has of one kind of right: full names of actions, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rights {
    /// On every resource, without condition.
    pub unlimited: Vec<String>,
    /// On some resources or under some conditions.
    pub limited: Vec<String>,
}

impl Rights {
    /// How many actions there are.
    pub fn count(&self) -> usize {
        self.unlimited.len() + self.limited.len()
    }
}

/// The effective permissions of an identity.
pub fn effective(policies: &PolicySet<'_>) -> EffectivePermissions {
    effective_in(None, policies)
}

/// The same of an identity of this account: nearly everything in IAM is that of its own account. `None`: of whatever account the policies
/// are about.
pub fn effective_in(account: Option<&str>, policies: &PolicySet<'_>) -> EffectivePermissions {
    let mut unknown = Vec::new();
    let mut total = Layer::of(&policies.identity, account, &mut unknown);
    unknown.sort();
    unknown.dedup();
    let boundary = policies.boundary.as_ref().map(std::slice::from_ref);
    let bounding = boundary
        .into_iter()
        .chain(policies.session.as_deref())
        .chain(policies.service_control.iter().map(Vec::as_slice));
    for policies in bounding {
        total.intersect(&Layer::of(policies, account, &mut Vec::new()));
    }
    total.allowed.remove(&total.denied);
    total.unlimited.remove(&total.denied);
    total.unlimited.remove(&total.partly_denied);
    let mut broad = all_of(total.broad);
    broad.remove(&all_of(total.broadly_denied));
    EffectivePermissions {
        allowed: total.allowed,
        unlimited: total.unlimited,
        broad,
        unknown,
    }
}

/// What is in every one.
fn all_of([mut first, others @ ..]: [Bits; breadth::KINDS]) -> Bits {
    for other in &others {
        first.keep(other);
    }
    first
}

/// What an example may cost; see [`Effort`].
const MOST_EFFORT: u64 = 4_000_000;

/// A request for an action that the identity may make, confirmed by the reference evaluator, with the statements that allow it.
/// `None`: none was found within bounds, so that layers which each leave something of the action leave nothing in common.
pub fn example(action: &str, caller: &Caller, policies: &PolicySet<'_>) -> Option<(Request, Vec<StatementRef>)> {
    // Also what can be about none of the resources that a statement lists.
    if effective(policies).allows(action) == Some(false) {
        return None;
    }
    let effort = Effort::of(MOST_EFFORT);
    crate::example::find(
        &Request::new(caller.clone(), action, ""),
        &Wanted::anything(),
        policies,
        &effort,
    )
}

impl EffectivePermissions {
    /// Actions that are allowed at all, on some resource or under some condition.
    pub fn actions(&self) -> impl Iterator<Item = &'static ActionInfo> + '_ {
        list()
            .all()
            .enumerate()
            .filter(|(position, _)| self.allowed.has(*position))
            .map(|(_, info)| info)
    }

    /// Actions that are allowed on every resource, without condition.
    pub fn unlimited_actions(&self) -> impl Iterator<Item = &'static ActionInfo> + '_ {
        list()
            .all()
            .enumerate()
            .filter(|(position, _)| self.unlimited.has(*position))
            .map(|(_, info)| info)
    }

    /// Whether an action is allowed at all. `None`: not in the list.
    pub fn allows(&self, action: &str) -> Option<bool> {
        list().position(action).map(|position| self.allowed.has(position))
    }

    /// Whether an action is allowed without limit. `None`: not in the list.
    pub fn allows_without_limit(&self, action: &str) -> Option<bool> {
        list().position(action).map(|position| self.unlimited.has(position))
    }

    /// How many actions of each level are allowed at all.
    pub fn levels(&self) -> BTreeMap<AccessLevel, usize> {
        let mut levels = BTreeMap::new();
        for info in self.actions() {
            *levels.entry(info.level).or_default() += 1;
        }
        levels
    }

    /// The rights of one access level.
    pub fn rights(&self, level: AccessLevel) -> Rights {
        self.rights_where(|info| info.level == level)
    }

    fn rights_where(&self, is_meant: impl Fn(&ActionInfo) -> bool) -> Rights {
        let mut rights = Rights::default();
        for (position, info) in list().all().enumerate().filter(|(_, info)| is_meant(info)) {
            if self.unlimited.has(position) {
                rights.unlimited.push(info.full_name());
            } else if self.allowed.has(position) {
                rights.limited.push(info.full_name());
            }
        }
        rights
    }

    /// Rights that expose data: those that read what resources hold, and those of `data/exposing.toml`, which hand it out otherwise (a
    /// snapshot, a password, an export). Listing what there is, is not among them.
    /// Source: IAM User Guide, "Understand access level summaries within policy summaries", level *Read*.
    pub fn data_exposing(&self) -> Rights {
        let others: HashSet<&str> = exposing::exposing().iter().map(|action| action.name.as_str()).collect();
        self.rights_where(|info| info.level == AccessLevel::Read || others.contains(info.full_name().as_str()))
    }

    /// Rights to grant or change permissions. Source: the same page, level *Permissions management*.
    pub fn permissions_management(&self) -> Rights {
        self.rights(AccessLevel::PermissionsManagement)
    }

    /// Whether every action of a service is allowed without limit.
    pub fn has_full_access_to(&self, service: &str) -> bool {
        let positions = list().positions(&format!("{service}:*"));
        !positions.is_empty()
            && positions
                .into_iter()
                .flatten()
                .all(|position| self.unlimited.has(position))
    }

    /// Whether most of IAM is left on most of its resources under some conditions, a way to grant permissions included.
    fn is_broad_in_iam(&self) -> bool {
        let is_broad = |position: usize| self.broad.has(position);
        let may_grant = breadth::GRANTING
            .iter()
            .filter_map(|action| list().position(action))
            .any(is_broad);
        let all: Vec<usize> = list().positions("iam:*").into_iter().flatten().collect();
        let broad = all.iter().filter(|position| is_broad(**position)).count();
        may_grant && broad * 4 >= all.len() * 3
    }

    /// How much of an administrator the identity is.
    pub fn administrator(&self) -> Administrator {
        if (0..list().len()).all(|position| self.unlimited.has(position)) {
            Administrator::Full
        } else if self.has_full_access_to("iam") {
            Administrator::ByIam
        } else if self.is_broad_in_iam() {
            Administrator::UnderConditions
        } else {
            Administrator::No
        }
    }
}

/// What one layer allows and denies, action by action.
struct Layer {
    allowed: Bits,
    unlimited: Bits,
    denied: Bits,
    partly_denied: Bits,
    /// Allowed on nearly every resource of a kind of IAM's, perhaps under conditions: several statements may be about one kind each.
    broad: [Bits; breadth::KINDS],
    /// Denied on nearly every resource of a kind of IAM's, without conditions.
    broadly_denied: [Bits; breadth::KINDS],
}

impl Layer {
    fn of(policies: &[NamedPolicy<'_>], account: Option<&str>, unknown: &mut Vec<String>) -> Self {
        let size = list().len();
        let mut layer = Self {
            allowed: Bits::new(size),
            unlimited: Bits::new(size),
            denied: Bits::new(size),
            partly_denied: Bits::new(size),
            broad: std::array::from_fn(|_| Bits::new(size)),
            broadly_denied: std::array::from_fn(|_| Bits::new(size)),
        };
        for statement in policies.iter().flat_map(|named| &named.policy.statements) {
            let is_unlimited = is_unlimited(statement);
            let (any, whole) = match statement.effect {
                Effect::Allow => (&mut layer.allowed, &mut layer.unlimited),
                Effect::Deny => (&mut layer.partly_denied, &mut layer.denied),
            };
            let matched = matched(&statement.action, size, unknown);
            match statement.effect {
                Effect::Allow => {
                    // What is allowed already need not be looked at again.
                    let mut others = matched.clone();
                    others.remove(any);
                    any.add(&applicable::applicable(statement, others));
                }
                Effect::Deny => any.add(&matched),
            }
            let broad = match statement.effect {
                Effect::Allow => Some(&mut layer.broad),
                Effect::Deny => statement.conditions.is_empty().then_some(&mut layer.broadly_denied),
            };
            let kinds = breadth::broad_kinds(statement, account);
            for (bits, _) in broad.into_iter().flatten().zip(kinds).filter(|(_, is_broad)| *is_broad) {
                bits.add(&matched);
            }
            if is_unlimited {
                whole.add(&matched);
            }
        }
        layer
    }

    fn intersect(&mut self, other: &Self) {
        self.allowed.keep(&other.allowed);
        self.unlimited.keep(&other.unlimited);
        for (bits, others) in self.broad.iter_mut().zip(&other.broad) {
            bits.keep(others);
        }
        for (bits, others) in self.broadly_denied.iter_mut().zip(&other.broadly_denied) {
            bits.add(others);
        }
        self.denied.add(&other.denied);
        self.partly_denied.add(&other.partly_denied);
    }
}

/// Whether a statement holds for every resource and without condition.
fn is_unlimited(statement: &Statement) -> bool {
    let is_every = |element: &Element| match element.polarity {
        Polarity::Is => element.patterns.iter().any(|pattern| pattern.text == "*"),
        // What is left out is nothing if no ARN can match it.
        Polarity::Not => element
            .patterns
            .iter()
            .all(|pattern| !pattern.text.starts_with("arn:") && !has_wildcard(&pattern.text)),
    };
    statement.conditions.is_empty() && statement.resource.as_ref().is_none_or(is_every)
}

/// The actions that `Action` or `NotAction` matches; patterns that match none are added to `unknown`.
fn matched(element: &Element, size: usize, unknown: &mut Vec<String>) -> Bits {
    let mut listed = Bits::new(size);
    for pattern in &element.patterns {
        let positions = list().positions(&pattern.text);
        if positions.is_empty() {
            unknown.push(pattern.text.clone());
        }
        for range in positions {
            listed.set(range);
        }
    }
    if element.polarity == Polarity::Is {
        return listed;
    }
    let mut others = Bits::new(size);
    others.set(0..size);
    others.remove(&listed);
    others
}
