//! Context keys of a request that one policy allows and the other does not. What a condition asks of a key is settled by few
//! values; each set of values that all conditions answer alike is one choice, and conditions on different keys are independent.

use super::requests::is_never_set;
use crate::document::{Condition, Effect, Policy, Statement};
use crate::evaluate::{self, Caller, Context, Request};
use crate::keys::{Authority, authority};
use crate::reach::{Values, values_worth_trying};

/// The most values of one key that are told apart.
const MOST_VALUES: usize = 64;
/// The most choices for one request.
const MOST_CHOICES: u32 = 2_000;

/// Where a request comes from: the keys of the two exclude each other. Source: IAM User Guide, "AWS global condition context keys",
/// availability of `aws:SourceIp`, `aws:SourceVpc` and `aws:VpcSourceIp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Internet,
    VpcEndpoint,
}

/// A key that conditions of either policy ask for.
struct Key {
    name: String,
    values: Vec<Option<Vec<String>>>,
}

/// For which values of which key a condition holds.
#[derive(Debug, Clone, Copy)]
struct Truth {
    key: usize,
    holds: u64,
}

/// Every condition of both policies, for one caller in one place.
pub(super) struct Circumstances {
    keys: Vec<Key>,
    /// By side, statement and condition.
    truths: [Vec<Vec<Truth>>; 2],
    /// Whether all values are told apart.
    pub(super) is_complete: bool,
}

/// The two policies: positions in [`Circumstances::truths`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}

/// The statements of a policy that a request meets, its conditions left aside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Met {
    pub(super) allows: Vec<usize>,
    pub(super) denies: Vec<usize>,
}

impl Circumstances {
    pub(super) fn of(base: &Request, place: Place, old: &Policy, new: &Policy) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut asked: Vec<Vec<(&Condition, &Policy)>> = Vec::new();
        let mut found = Self {
            keys: Vec::new(),
            truths: [Vec::new(), Vec::new()],
            is_complete: true,
        };
        for policy in [old, new] {
            for condition in policy.statements.iter().flat_map(|statement| &statement.conditions) {
                let key = condition.key.to_ascii_lowercase();
                if let Some(position) = names.iter().position(|known| *known == key) {
                    asked[position].push((condition, policy));
                } else {
                    names.push(key);
                    asked.push(vec![(condition, policy)]);
                }
                let has_open_variable = condition.values.iter().any(|value| {
                    evaluate::has_variable(&value.text, policy.version)
                        && evaluate::tokens(&value.text, policy.version, base).is_none()
                        && !is_never_set(&value.text, policy.version, base)
                });
                found.is_complete &= !has_open_variable;
            }
        }
        // By key: the truth of each condition on it, in the order asked.
        let mut by_key: Vec<std::vec::IntoIter<u64>> = Vec::new();
        for (name, asked) in names.iter().zip(&asked) {
            let read: Vec<_> = asked
                .iter()
                .map(|(condition, policy)| evaluate::read_for(condition, policy.version, base))
                .collect();
            let conditions: Vec<&Condition> = read.iter().map(AsRef::as_ref).collect();
            let mut values: Vec<Option<Vec<String>>> = Vec::new();
            let mut answers: Vec<Vec<bool>> = Vec::new();
            let (candidates, are_all) = candidates(name, base, place, &conditions);
            found.is_complete &= are_all;
            for candidate in candidates {
                let texts: Option<Vec<&str>> = candidate
                    .as_ref()
                    .map(|texts| texts.iter().map(String::as_str).collect());
                let answer: Vec<bool> = asked
                    .iter()
                    .map(|(condition, policy)| evaluate::holds_for(condition, policy.version, texts.as_deref(), base))
                    .collect();
                if answers.contains(&answer) {
                    continue;
                }
                if values.len() == MOST_VALUES {
                    found.is_complete = false;
                    break;
                }
                answers.push(answer);
                values.push(candidate);
            }
            let masks: Vec<u64> = (0..conditions.len())
                .map(|condition| {
                    answers.iter().enumerate().fold(0, |mask, (value, answer)| {
                        mask | u64::from(answer.get(condition).copied().unwrap_or_default()) << value
                    })
                })
                .collect();
            by_key.push(masks.into_iter());
            found.keys.push(Key {
                name: name.clone(),
                values,
            });
        }
        for (side, policy) in [old, new].into_iter().enumerate() {
            found.truths[side] = policy
                .statements
                .iter()
                .map(|statement| {
                    let truth = |condition: &Condition| {
                        let key = names
                            .iter()
                            .position(|name| name.eq_ignore_ascii_case(&condition.key))?;
                        let holds = by_key.get_mut(key)?.next()?;
                        Some(Truth { key, holds })
                    };
                    statement.conditions.iter().filter_map(truth).collect()
                })
                .collect();
        }
        found
    }

    fn of_statement(&self, side: Side, statement: usize) -> &[Truth] {
        let truths = match side {
            Side::Old => &self.truths[0],
            Side::New => &self.truths[1],
        };
        truths.get(statement).map_or(&[], Vec::as_slice)
    }

    /// The context of a request that statement `allow` of one side allows, no Deny of that side forbids, and the other side does not
    /// allow. The second answer: whether the search was thorough.
    pub(super) fn tell_apart(
        &self,
        (side, allow): (Side, usize),
        after: &Met,
        before: &Met,
        base: &Request,
    ) -> (Option<Context>, bool) {
        let mut choice = Choice {
            left: self.keys.iter().map(|key| ones(key.values.len())).collect(),
            budget: MOST_CHOICES,
        };
        for truth in self.of_statement(side, allow) {
            if !choice.keep(*truth) {
                return (None, true);
            }
        }
        let evaded: Vec<&[Truth]> = after.denies.iter().map(|deny| self.of_statement(side, *deny)).collect();
        // Either a Deny forbids it before, or nothing allows it.
        let mut is_thorough = true;
        let none_allows: Vec<&[Truth]> = before
            .allows
            .iter()
            .map(|allow| self.of_statement(side.other(), *allow))
            .collect();
        let forbidden = before.denies.iter().map(|deny| (Some(*deny), Vec::new()));
        for (deny, failing) in std::iter::once((None, none_allows)).chain(forbidden) {
            let mut start = choice.clone();
            if let Some(deny) = deny
                && !self
                    .of_statement(side.other(), deny)
                    .iter()
                    .all(|truth| start.keep(*truth))
            {
                continue;
            }
            let fail: Vec<&[Truth]> = evaded.iter().copied().chain(failing).collect();
            let found = start.evade(&fail);
            choice.budget = start.budget;
            if let Some(left) = found {
                return (Some(self.context(&left, base)), true);
            }
            is_thorough &= choice.budget > 0;
        }
        (None, is_thorough)
    }

    fn context(&self, left: &[u64], base: &Request) -> Context {
        let mut context = base.context.clone();
        for (key, left) in self.keys.iter().zip(left) {
            let value = key.values.get(left.trailing_zeros() as usize).and_then(Option::as_ref);
            if let Some(value) = value
                && base.values(&key.name).is_none()
            {
                context.set_all(&key.name, value.clone());
            }
        }
        context
    }
}

/// The values still open for each key.
#[derive(Clone)]
struct Choice {
    left: Vec<u64>,
    budget: u32,
}

impl Choice {
    /// Keeps the values for which a condition holds; whether any are left.
    fn keep(&mut self, truth: Truth) -> bool {
        let Some(left) = self.left.get_mut(truth.key) else {
            return false;
        };
        *left &= truth.holds;
        *left != 0
    }

    /// Makes at least one condition of each statement fail.
    fn evade(&mut self, statements: &[&[Truth]]) -> Option<Vec<u64>> {
        let Some((first, rest)) = statements.split_first() else {
            return Some(self.left.clone());
        };
        for truth in *first {
            if self.budget == 0 {
                return None;
            }
            self.budget -= 1;
            let before = self.left.clone();
            let fails = Truth {
                holds: !truth.holds,
                ..*truth
            };
            if self.keep(fails)
                && let Some(found) = self.evade(rest)
            {
                return Some(found);
            }
            self.left = before;
        }
        None
    }
}

fn ones(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

/// The values a key may have in a request of this caller from this place, and whether they stand for all.
fn candidates(key: &str, base: &Request, place: Place, conditions: &[&Condition]) -> (Vec<Values>, bool) {
    if let Some(fixed) = base.values(key) {
        let fixed = fixed.into_iter().map(std::borrow::Cow::into_owned).collect();
        return (vec![Some(fixed)], true);
    }
    let is_service = matches!(base.caller, Caller::Service { .. });
    let has_account = base.caller.account().is_some();
    let may_be_there = match authority(key) {
        // The owner of the resource is not given, and may be anybody.
        _ if key == "aws:resourceaccount" => true,
        _ if crate::keys::follows_from_caller(key) => false,
        Authority::SourceAddress => place == Place::Internet && !is_service,
        Authority::Vpc | Authority::VpcAddress => place == Place::VpcEndpoint && !is_service,
        Authority::CallerOrganisation | Authority::Mfa | Authority::CallerId => has_account,
        Authority::SourceAccount | Authority::SourceArn | Authority::SourceOrganisation | Authority::SourceToken => {
            is_service
        }
        Authority::Claim => matches!(base.caller, Caller::Federated { .. }),
        _ => true,
    };
    if !may_be_there {
        return (vec![None], true);
    }
    let (mut found, are_all) = values_worth_trying(conditions);
    // Two values at once, of which a condition may like one and not the other.
    if conditions
        .iter()
        .any(|condition| condition.operator.quantifier.is_some())
    {
        let single: Vec<String> = found
            .iter()
            .flatten()
            .filter(|values| values.len() == 1)
            .filter_map(|values| values.first().cloned())
            .take(8)
            .collect();
        for (position, one) in single.iter().enumerate() {
            for other in single.iter().skip(position + 1) {
                found.push(Some(vec![one.clone(), other.clone()]));
            }
        }
    }
    if crate::keys::is_always_present(key) {
        found.retain(Option::is_some);
    }
    (found, are_all)
}

/// Whether a statement meets a request, its action, resource and conditions left aside.
pub(super) fn names_caller(statement: &Statement, request: &Request) -> bool {
    match (statement.effect, &statement.principal) {
        (_, None) => true,
        (Effect::Deny, Some(_)) => evaluate::deny_covers_caller(statement, request),
        (Effect::Allow, Some(element)) => evaluate::principal_covers(element, request),
    }
}
