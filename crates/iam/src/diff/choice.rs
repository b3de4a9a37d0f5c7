//! The choice of one value for each key, so that some statements fail. It is a search like any for a satisfying assignment: what leaves
//! the fewest choices is settled first, so that a contradiction shows at once instead of after all ways to settle the rest.

/// For which values of which key a condition holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Truth {
    pub(super) key: usize,
    pub(super) holds: u64,
}

/// The values still open for each key.
#[derive(Clone)]
pub(super) struct Choice {
    left: Vec<u64>,
    /// How many conditions may still be looked at.
    budget: u64,
}

impl Choice {
    pub(super) fn new(left: Vec<u64>, budget: u64) -> Self {
        Self { left, budget }
    }

    /// What is left of the budget; with none left, what was not found may be there all the same.
    pub(super) fn budget(&self) -> u64 {
        self.budget
    }

    /// Has spent what another choice that began as this one has.
    pub(super) fn spend_as(&mut self, other: &Self) {
        self.budget = other.budget;
    }

    /// Keeps the values for which all conditions hold; whether any are left for each key.
    pub(super) fn keep_all(&mut self, truths: &[Truth]) -> bool {
        self.spend(truths);
        truths.iter().all(|truth| self.keep(truth.key, truth.holds))
    }

    fn keep(&mut self, key: usize, values: u64) -> bool {
        let Some(left) = self.left.get_mut(key) else {
            return false;
        };
        *left &= values;
        *left != 0
    }

    fn spend(&mut self, truths: &[Truth]) {
        self.budget = self.budget.saturating_sub(truths.len() as u64 + 1);
    }

    /// The values that are left where at least one condition of each statement fails.
    pub(super) fn evade(&mut self, statements: &[&[Truth]]) -> Option<Vec<u64>> {
        let mut open: Vec<&[Truth]> = Vec::new();
        let mut narrowest: Option<(usize, usize)> = None;
        for statement in statements {
            self.spend(statement);
            if self.budget == 0 {
                return None;
            }
            let mut ways = 0;
            let mut has_failed = false;
            for truth in *statement {
                let left = self.left.get(truth.key).copied().unwrap_or_default();
                has_failed |= left & truth.holds == 0;
                ways += usize::from(left & !truth.holds != 0);
            }
            if has_failed {
                continue;
            }
            if ways == 0 {
                return None;
            }
            if narrowest.is_none_or(|(fewest, _)| ways < fewest) {
                narrowest = Some((ways, open.len()));
            }
            open.push(statement);
        }
        let Some((_, position)) = narrowest else {
            return Some(self.left.clone());
        };
        let first = open.swap_remove(position);
        for truth in first {
            let before = self.left.clone();
            if self.keep(truth.key, !truth.holds)
                && let Some(found) = self.evade(&open)
            {
                return Some(found);
            }
            self.left = before;
            // This condition holds from here on: with it failing, everything was tried.
            if self.budget == 0 || !self.keep(truth.key, truth.holds) {
                break;
            }
        }
        None
    }
}

/// A mask of this many values.
pub(super) fn ones(count: usize) -> u64 {
    if count >= 64 { u64::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use super::{Choice, Truth, ones};

    fn truth(key: usize, holds: u64) -> Truth {
        Truth { key, holds }
    }

    /// Against trying every combination of values: three keys of three values, statements of up to three conditions.
    #[test]
    fn a_choice_is_found_exactly_if_there_is_one() {
        let mut state = 7_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        let (mut found, mut none) = (0, 0);
        for _ in 0..2_000 {
            let statements: Vec<Vec<Truth>> = (0..=random(7))
                .map(|_| {
                    (0..=random(2))
                        .map(|_| truth(usize::try_from(random(3)).unwrap(), 1 + random(7)))
                        .collect()
                })
                .collect();
            let evades = |values: [u64; 3]| {
                let fails = |statement: &Vec<Truth>| statement.iter().any(|truth| values[truth.key] & truth.holds == 0);
                statements.iter().all(fails)
            };
            let one = |at: u64| [1 << (at % 3), 1 << (at / 3 % 3), 1 << (at / 9)];
            let is_possible = (0..27).any(|at| evades(one(at)));
            let slices: Vec<&[Truth]> = statements.iter().map(Vec::as_slice).collect();
            let chosen = Choice::new(vec![ones(3); 3], 100_000).evade(&slices);
            assert_eq!(chosen.is_some(), is_possible, "{statements:?}");
            if let Some(left) = chosen {
                let first = |key: usize| left[key] & left[key].wrapping_neg();
                assert!(evades([first(0), first(1), first(2)]), "{statements:?}");
                found += 1;
            } else {
                none += 1;
            }
        }
        assert!(found > 200 && none > 200, "{found} {none}");
    }

    /// A hundred statements that a hundred keys evade each in two ways, and a contradiction at their end.
    #[test]
    fn a_contradiction_shows_before_everything_else_is_tried() {
        let mut statements: Vec<Vec<Truth>> = (0..100).map(|key| vec![truth(key, 0b01), truth(key, 0b10)]).collect();
        statements.push(vec![truth(100, 0b01)]);
        statements.push(vec![truth(100, 0b10)]);
        let slices: Vec<&[Truth]> = statements.iter().map(Vec::as_slice).collect();
        let mut choice = Choice::new(vec![ones(2); 101], 10_000);
        assert_eq!(choice.evade(&slices), None);
        assert!(choice.budget() > 0);
        let mut choice = Choice::new(vec![ones(2); 101], 100_000);
        assert!(choice.evade(&slices[..101]).is_some());
    }

    #[test]
    fn a_search_stops_when_its_budget_is_spent() {
        let statement = [truth(0, 0b01)];
        let mut choice = Choice::new(vec![ones(2)], 1);
        assert_eq!(choice.evade(&[&statement]), None);
        assert_eq!(choice.budget(), 0);
    }
}
