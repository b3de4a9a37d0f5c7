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
enum Takes {
    WhatWasFound,
    /// Also those that a search that was cut short may have missed.
    WhatMayBe,
}

/// Whether there is a way past Denies.
pub(super) enum Past {
    /// With these values left to each key; none are said for keys that do not matter.
    Open(Vec<Bits>),
    /// There may be one, with values that the search has no example of or did not come to.
    Unsure,
    Closed,
}

impl<'p> Searcher<'p> {
    /// The Denies about a setting that all of the Allow falls under, and whether there is a way past them: if not, no action or resource helps.
    pub(super) fn past_covering<'s>(
        &self,
        opening: &Opening<'p>,
        (scenario, setting): (&Scenario<'p>, &'s Setting),
        request: &Request,
    ) -> &'s (Bits, Past) {
        setting.past_covering.get_or_init(|| {
            self.charge(self.denials.all.len());
            let work_out = || self.denials.covering(opening.statement);
            let mut covering = opening.covering.get_or_init(work_out).clone();
            covering.keep(&setting.denied_by);
            let denials: Vec<&Denial<'p>> = covering.iter().map(|position| &self.denials.all[position]).collect();
            let past = self.past(opening, (scenario, setting), &denials, request);
            (covering, past)
        })
    }

    /// Whether there are values of the condition keys for which none of the Denies applies.
    pub(super) fn past(
        &self,
        opening: &Opening<'p>,
        (scenario, setting): (&Scenario<'p>, &Setting),
        denials: &[&Denial<'p>],
        request: &Request,
    ) -> Past {
        if denials.iter().any(|denial| denial.conditions.is_empty()) {
            return Past::Closed;
        }
        let evade = |takes| self.evade(opening, (scenario, setting), (denials, takes), request);
        let evasion = if setting.has_example {
            evade(Takes::WhatWasFound)
        } else {
            Past::Closed
        };
        if let Past::Open(_) = evasion {
            return evasion;
        }
        // Would a value that was not found do?
        let has_more = |denial: &&Denial<'p>| {
            let mut keys = denial.conditions.iter().map(|at| opening.of_denial(*at).0);
            keys.any(|key| self.left_to(opening, (scenario, setting), key, request).has_more)
        };
        let may_be_others = !setting.has_example || denials.iter().any(has_more);
        let is_open = matches!(evasion, Past::Unsure)
            || setting.depends_on_free_keys
            || may_be_others && !matches!(evade(Takes::WhatMayBe), Past::Closed);
        if is_open { Past::Unsure } else { Past::Closed }
    }

    /// Leaves each key the values for which each Deny has a condition that fails.
    fn evade(
        &self,
        opening: &Opening<'p>,
        (scenario, setting): (&Scenario<'p>, &Setting),
        (denials, takes): (&[&Denial<'p>], Takes),
        request: &Request,
    ) -> Past {
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
                return Past::Closed;
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
            true => Past::Open(choice.into_left()),
            false if choice.budget() == 0 => Past::Unsure,
            false => Past::Closed,
        }
    }
}
