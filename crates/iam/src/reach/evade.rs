//! Values of the condition keys for which no Deny applies.

use super::opening::{Denial, Opening};
use super::scenario::Scenario;
use super::setting::Setting;
use super::solve::Searcher;
use crate::bits::Bits;
use crate::choice::{Choice, Truth};
use crate::evaluate::Request;

/// How many conditions of Denies are looked at for one combination.
const EVASION_BUDGET: u64 = 20_000;
/// Looking at so many costs as much as a check.
const LOOKS_PER_CHECK: u64 = 16;

/// Which values of a key evade a Deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    WhatWasFound,
    /// Also those that a search that was cut short may have missed.
    WhatMayBe,
}

/// Whether Denies can be evaded.
pub(super) enum Evasion {
    /// With these values left to each key; none are said for keys that do not matter.
    Found(Vec<Bits>),
    No,
    /// The search was cut short.
    Undecided,
}

impl<'p> Searcher<'p> {
    /// Leaves each key the values for which each Deny has a condition that fails.
    pub(super) fn evade(
        &self,
        opening: &Opening<'p>,
        (scenario, setting): (&Scenario<'p>, &Setting),
        (denials, takes): (&[&Denial<'p>], Takes),
        request: &Request,
    ) -> Evasion {
        let mut truths: Vec<Truth> = Vec::new();
        // Where the conditions of each Deny end among them.
        let mut ends = Vec::with_capacity(denials.len());
        for denial in denials {
            let begin = truths.len();
            let mut may_fail = false;
            for (condition, at) in denial.statement.conditions.iter().zip(&denial.conditions) {
                let (key, place) = opening.of_denial(*at);
                let (asked, left) = (
                    &opening.keys[key],
                    self.left_to(opening, (scenario, setting), key, request),
                );
                let may_be_another = takes == Takes::WhatMayBe && left.has_more;
                let is_open =
                    || asked.has_variable && !left.values.is_empty() && self.has_open_variable(condition, request);
                if may_be_another || is_open() {
                    // Whatever is chosen for other keys, this condition may fail.
                    truths.truncate(begin);
                    may_fail = true;
                    break;
                }
                let holds = |values: &_| self.holds(asked, place, values, request);
                let holds = left.choices.held(place, &left.values, holds);
                may_fail |= left.values.exceeds(&holds);
                truths.push(Truth { key, holds });
            }
            if !may_fail {
                return Evasion::No;
            }
            ends.push(truths.len());
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let statements: Vec<&[Truth]> = starts
            .zip(&ends)
            .map(|(start, end)| &truths[start..*end])
            .filter(|statement| !statement.is_empty())
            .collect();
        let mut choice = Choice::new(setting.left(), EVASION_BUDGET);
        let is_found = choice.evade(&statements);
        self.charge(usize::try_from((EVASION_BUDGET - choice.budget()) / LOOKS_PER_CHECK).unwrap_or(usize::MAX));
        match is_found {
            true => Evasion::Found(choice.into_left()),
            false if choice.budget() == 0 => Evasion::Undecided,
            false => Evasion::No,
        }
    }
}
