//! Context keys of a request that one policy allows and the other does not. What a condition asks of a key is settled by few
//! values ([`super::values`]), and conditions on different keys are independent.

use std::cell::Cell;
use std::rc::Rc;

use super::values::{Asked, Told};
use crate::bits::Bits;
use crate::choice::{Choice, Truth};
use crate::document::{Effect, Statement};
use crate::evaluate::{self, Context, Request};

/// The most steps of the choice of values for one pair of sets of statements.
const MOST_STEPS: u64 = 1_000_000;

/// Where a request comes from: the keys of the two exclude each other. Source: IAM User Guide, "AWS global condition context keys",
/// availability of `aws:SourceIp`, `aws:SourceVpc` and `aws:VpcSourceIp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Internet,
    VpcEndpoint,
}

/// Every condition of both policies, for one caller in one place.
pub(super) struct Circumstances {
    keys: Vec<(String, Rc<Told>)>,
    /// By side, statement and condition.
    truths: [Vec<Vec<Truth>>; 2],
    /// Whether all values are told apart.
    pub(super) is_complete: bool,
}

/// The two policies: positions in lists by side.
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
    pub(super) fn of(base: &Request, place: Place, asked: &Asked<'_>) -> Self {
        let keys = asked.tell(base, place);
        let truth = |&(key, condition): &(usize, usize)| {
            let (_, told): &(String, Rc<Told>) = keys.get(key)?;
            let holds = told.holds.get(condition)?.clone();
            Some(Truth { key, holds })
        };
        let truths = asked.conditions.each_ref().map(|statements| {
            let of_statement = |conditions: &Vec<(usize, usize)>| conditions.iter().filter_map(truth).collect();
            statements.iter().map(of_statement).collect()
        });
        let is_complete = keys.iter().all(|(_, told)| told.is_complete);
        Self {
            keys,
            truths,
            is_complete,
        }
    }

    fn of_statement(&self, side: Side, statement: usize) -> &[Truth] {
        let truths = match side {
            Side::Old => &self.truths[0],
            Side::New => &self.truths[1],
        };
        truths.get(statement).map_or(&[], Vec::as_slice)
    }

    /// The context of a request that statement `allow` of one side allows, no Deny of that side forbids, and the other side does not
    /// allow. The second answer: whether the search was thorough. What it may cost is taken from `steps`.
    pub(super) fn tell_apart(
        &self,
        (side, allow): (Side, usize),
        (after, before): (&Met, &Met),
        base: &Request,
        steps: &Cell<u64>,
    ) -> (Option<Context>, bool) {
        let budget = MOST_STEPS.min(steps.get());
        let left = self.keys.iter().map(|(_, told)| Bits::all(told.values.len())).collect();
        let mut choice = Choice::new(left, budget);
        let found = self.choose((side, allow), after, before, &mut choice);
        steps.set(steps.get().saturating_sub(budget - choice.budget()));
        let is_thorough = found.is_some() || choice.budget() > 0;
        (found.map(|left| self.context(&left, base)), is_thorough)
    }

    fn choose(
        &self,
        (side, allow): (Side, usize),
        after: &Met,
        before: &Met,
        choice: &mut Choice,
    ) -> Option<Vec<Bits>> {
        if !choice.keep_all(self.of_statement(side, allow)) {
            return None;
        }
        let evaded: Vec<&[Truth]> = after.denies.iter().map(|deny| self.of_statement(side, *deny)).collect();
        // Either a Deny forbids it before, or nothing allows it.
        let none_allows = before
            .allows
            .iter()
            .map(|allow| self.of_statement(side.other(), *allow));
        let all_fail: Vec<&[Truth]> = evaded.iter().copied().chain(none_allows).collect();
        let mut attempt = |kept: &[Truth], failing: &[&[Truth]]| {
            let mut attempt = choice.clone();
            let is_found = attempt.keep_all(kept) && attempt.evade(failing);
            choice.spend_as(&attempt);
            is_found.then(|| attempt.into_left())
        };
        attempt(&[], &all_fail).or_else(|| {
            let mut denies = before.denies.iter();
            denies.find_map(|deny| attempt(self.of_statement(side.other(), *deny), &evaded))
        })
    }

    fn context(&self, left: &[Bits], base: &Request) -> Context {
        let mut context = base.context.clone();
        for ((name, told), left) in self.keys.iter().zip(left) {
            let first = left.iter().next();
            let value = first.and_then(|first| told.values.get(first)?.as_ref());
            if let Some(value) = value
                && base.values(name).is_none()
            {
                context.set_all(name, value.clone());
            }
        }
        context
    }
}

/// Whether a statement meets a request, its action, resource and conditions left aside.
pub(super) fn names_caller(statement: &Statement, request: &Request) -> bool {
    match (statement.effect, &statement.principal) {
        (_, None) => true,
        (Effect::Deny, Some(_)) => evaluate::deny_covers_caller(statement, request),
        (Effect::Allow, Some(element)) => evaluate::principal_covers(element, request),
    }
}
