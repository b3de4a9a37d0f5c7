//! Values of the condition keys for which no Deny applies.

use super::opening::{Denial, Opening};
use super::setting::Setting;
use super::solve::Searcher;
use crate::bits::Bits;
use crate::evaluate::Request;

/// How many ways to evade the Denies are tried for one combination.
const EVASION_BUDGET: u32 = 2_000;

/// Which values of a key evade a Deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    WhatWasFound,
    /// Also those that a search that was cut short may have missed.
    WhatMayBe,
}

/// What stays the same while one way after the other is tried.
struct Evasion<'a, 'p> {
    opening: &'a Opening<'p>,
    setting: &'a Setting,
    takes: Takes,
    request: &'a Request,
}

impl<'p> Searcher<'p> {
    /// The values that are left to each key if for each Deny one of its conditions fails, if there is a way; and whether the search was cut
    /// short.
    pub(super) fn evade_all(
        &self,
        opening: &Opening<'p>,
        denials: &[&Denial<'p>],
        (setting, takes): (&Setting, Takes),
        request: &Request,
    ) -> (Option<Vec<Bits>>, bool) {
        let evasion = Evasion {
            opening,
            setting,
            takes,
            request,
        };
        let mut left: Vec<Bits> = setting.keys.iter().map(|key| key.values.clone()).collect();
        let mut budget = EVASION_BUDGET;
        let is_evaded = self.evade(&evasion, denials, &mut left, &mut budget);
        (is_evaded.then_some(left), budget == 0)
    }

    /// Picks for each Deny a condition that fails, and leaves to each key the values for which it does. Where there is no way, all are left.
    fn evade(&self, evasion: &Evasion<'_, 'p>, denials: &[&Denial<'p>], left: &mut [Bits], budget: &mut u32) -> bool {
        let Some((denial, rest)) = denials.split_first() else {
            return true;
        };
        for (condition, at) in denial.statement.conditions.iter().zip(&denial.conditions) {
            if *budget == 0 {
                return false;
            }
            *budget -= 1;
            let (key, place) = evasion.opening.of_denial(*at);
            let of_key = &evasion.setting.keys[key];
            let may_be_another = evasion.takes == Takes::WhatMayBe && of_key.has_more;
            let is_open =
                || evasion.opening.keys[key].has_variable && self.has_open_variable(condition, evasion.request);
            if may_be_another || is_open() && !left[key].is_empty() {
                if self.evade(evasion, rest, left, budget) {
                    return true;
                }
                continue;
            }
            let holds = |values: &_| self.holds(&evasion.opening.keys[key], place, values, evasion.request);
            let mut failing = left[key].clone();
            failing.remove(&of_key.choices.held(place, &failing, holds));
            if failing.is_empty() {
                continue;
            }
            std::mem::swap(&mut left[key], &mut failing);
            if self.evade(evasion, rest, left, budget) {
                return true;
            }
            left[key] = failing;
        }
        false
    }
}
