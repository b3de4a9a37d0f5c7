//! The choice of values for condition keys, so that some statements fail. It is a search like any for a satisfying assignment: what leaves
//! the fewest choices is settled first, so that a contradiction shows at once instead of after all ways to settle the rest.

use crate::bits::Bits;

/// For which values of which key a condition holds.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub(crate) key: usize,
    pub(crate) holds: Bits,
}

/// The values still open for each key.
#[derive(Clone)]
pub(crate) struct Choice {
    left: Vec<Bits>,
    /// How many conditions may still be looked at.
    budget: u64,
    /// What keys had before they were narrowed, to go back to.
    before: Vec<(usize, Bits)>,
}

impl Choice {
    pub(crate) fn new(left: Vec<Bits>, budget: u64) -> Self {
        Self {
            left,
            budget,
            before: Vec::new(),
        }
    }

    /// What is left of the budget; with none left, what was not found may be there all the same.
    pub(crate) fn budget(&self) -> u64 {
        self.budget
    }

    /// Has spent what another choice that began as this one has.
    pub(crate) fn spend_as(&mut self, other: &Self) {
        self.budget = other.budget;
    }

    /// The values that are left for each key.
    pub(crate) fn into_left(self) -> Vec<Bits> {
        self.left
    }

    /// Keeps the values for which all conditions hold; whether any are left for each key.
    pub(crate) fn keep_all(&mut self, truths: &[Truth]) -> bool {
        self.spend(truths);
        truths.iter().all(|truth| {
            let Some(left) = self.left.get_mut(truth.key) else {
                return false;
            };
            left.keep(&truth.holds);
            !left.is_empty()
        })
    }

    /// Keeps the values for which at least one condition of each statement fails; whether any are left for each key. Where there is no way,
    /// the values are as they were.
    pub(crate) fn evade(&mut self, statements: &[&[Truth]]) -> bool {
        // Mostly the first condition that fails will do.
        let mark = self.before.len();
        let evades_at_once = statements.iter().all(|statement| {
            self.spend(statement);
            let has_failed = statement.iter().any(|truth| !self.may_hold(truth));
            has_failed || statement.iter().any(|truth| self.narrow(truth, Outcome::Fails))
        });
        evades_at_once || {
            self.go_back(mark);
            self.search(statements)
        }
    }

    fn search(&mut self, statements: &[&[Truth]]) -> bool {
        let mut open: Vec<&[Truth]> = Vec::new();
        let mut narrowest: Option<(usize, usize)> = None;
        for statement in statements {
            self.spend(statement);
            if self.budget == 0 {
                return false;
            }
            if statement.iter().any(|truth| !self.may_hold(truth)) {
                continue;
            }
            let ways = statement.iter().filter(|truth| self.may_fail(truth)).count();
            if ways == 0 {
                return false;
            }
            if narrowest.is_none_or(|(fewest, _)| ways < fewest) {
                narrowest = Some((ways, open.len()));
            }
            open.push(statement);
        }
        let Some((_, position)) = narrowest else {
            return true;
        };
        let first = open.swap_remove(position);
        let begun = self.before.len();
        for truth in first {
            let mark = self.before.len();
            if self.narrow(truth, Outcome::Fails) {
                if self.search(&open) {
                    return true;
                }
                self.go_back(mark);
            }
            // This condition holds from here on: with it failing, everything was tried.
            if self.budget == 0 || !self.narrow(truth, Outcome::Holds) {
                break;
            }
        }
        self.go_back(begun);
        false
    }

    fn may_hold(&self, truth: &Truth) -> bool {
        self.left.get(truth.key).is_some_and(|left| left.meets(&truth.holds))
    }

    fn may_fail(&self, truth: &Truth) -> bool {
        self.left.get(truth.key).is_some_and(|left| left.exceeds(&truth.holds))
    }

    /// Leaves the key the values for which the condition does as wanted; nothing changes where there are none.
    fn narrow(&mut self, truth: &Truth, wanted: Outcome) -> bool {
        let is_possible = match wanted {
            Outcome::Holds => self.may_hold(truth),
            Outcome::Fails => self.may_fail(truth),
        };
        let Some(left) = self.left.get_mut(truth.key).filter(|_| is_possible) else {
            return false;
        };
        self.before.push((truth.key, left.clone()));
        match wanted {
            Outcome::Holds => left.keep(&truth.holds),
            Outcome::Fails => left.remove(&truth.holds),
        }
        true
    }

    /// Gives keys back what they had when so many steps were noted.
    fn go_back(&mut self, mark: usize) {
        for (key, values) in self.before.drain(mark..).rev() {
            self.left[key] = values;
        }
    }

    fn spend(&mut self, truths: &[Truth]) {
        self.budget = self.budget.saturating_sub(truths.len() as u64 + 1);
    }
}

/// What a condition may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Holds,
    Fails,
}

#[cfg(test)]
mod tests {
    use super::{Choice, Truth};
    use crate::bits::Bits;

    /// The condition holds for the values whose bits are set.
    fn truth(key: usize, holds: u8) -> Truth {
        let mut values = Bits::new(8);
        let is_set = |value: &usize| holds & (1 << value) != 0;
        (0..8).filter(is_set).for_each(|value| values.set(value..value + 1));
        Truth { key, holds: values }
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
                        .map(|_| {
                            truth(
                                usize::try_from(random(3)).unwrap(),
                                1 + u8::try_from(random(7)).unwrap(),
                            )
                        })
                        .collect()
                })
                .collect();
            let evades = |values: [usize; 3]| {
                let fails = |statement: &Vec<Truth>| statement.iter().any(|truth| !truth.holds.has(values[truth.key]));
                statements.iter().all(fails)
            };
            let one = |at: usize| [at % 3, at / 3 % 3, at / 9];
            let is_possible = (0..27).any(|at| evades(one(at)));
            let slices: Vec<&[Truth]> = statements.iter().map(Vec::as_slice).collect();
            let mut choice = Choice::new(vec![Bits::all(3); 3], 100_000);
            assert_eq!(choice.evade(&slices), is_possible, "{statements:?}");
            let left = choice.into_left();
            if is_possible {
                let first = |key: usize| left[key].iter().next().unwrap();
                assert!(evades([first(0), first(1), first(2)]), "{statements:?}");
                found += 1;
            } else {
                assert_eq!(left, vec![Bits::all(3); 3], "{statements:?}");
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
        let mut choice = Choice::new(vec![Bits::all(2); 101], 10_000);
        assert!(!choice.evade(&slices));
        assert!(choice.budget() > 0);
        let mut choice = Choice::new(vec![Bits::all(2); 101], 100_000);
        assert!(choice.evade(&slices[..101]));
    }

    #[test]
    fn a_search_stops_when_its_budget_is_spent() {
        let statement = [truth(0, 0b01)];
        let both = [truth(0, 0b11)];
        let mut choice = Choice::new(vec![Bits::all(2)], 1);
        assert!(!choice.evade(&[&both, &statement]));
        assert_eq!(choice.budget(), 0);
    }
}
