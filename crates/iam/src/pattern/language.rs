//! Questions about sets of patterns: is there a text that matches one of each of these groups and none of those, and
//! which? The patterns are run side by side as one automaton; the search is bounded and says so when it gives up.

use std::cell::Cell;
use std::collections::HashSet;

use super::{Case, Token};

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Search {
    /// Such a text.
    Found(String),
    /// There is none.
    Empty,
    /// Not decided within the budget.
    OutOfBudget,
}

/// The most automaton states that are looked at for one question.
const STATE_BUDGET: usize = 4_000;
/// The most steps, patterns times characters, of one question.
const WORK_BUDGET: u64 = 2_000_000;
/// The most combinations of tracked patterns that are told apart.
const COMBINATION_BUDGET: usize = 64;

/// Finds a shortest text that matches at least one pattern of every group in `must` and none in `must_not`.
pub(crate) fn find(must: &[Vec<Vec<Token>>], must_not: &[Vec<Token>], case: Case, work: &Cell<u64>) -> Search {
    let limit = work.get() + WORK_BUDGET;
    let machine = Machine::new(must, must_not, case);
    let start = machine.start();
    let mut states: Vec<(Vec<u64>, usize, char)> = vec![(start.clone(), usize::MAX, '\0')];
    let mut seen: HashSet<Vec<u64>> = HashSet::from([start]);
    let mut next = 0;
    while next < states.len() {
        if machine.accepts(&states[next].0) {
            return Search::Found(spell(&states, next));
        }
        work.set(work.get() + (machine.alphabet.len() * machine.patterns.len()) as u64);
        if work.get() > limit {
            return Search::OutOfBudget;
        }
        for &character in &machine.alphabet {
            let following = machine.step(&states[next].0, character);
            if machine.is_alive(&following) && seen.insert(following.clone()) {
                if states.len() >= STATE_BUDGET {
                    return Search::OutOfBudget;
                }
                states.push((following, next, character));
            }
        }
        next += 1;
    }
    Search::Empty
}

/// Texts that match one pattern of every group in `must` and none in `must_not`: one for each combination of the
/// `tracked` patterns that such texts match. The flag says whether all combinations were found.
pub(crate) fn partition(
    must: &[Vec<Vec<Token>>],
    must_not: &[Vec<Token>],
    tracked: &[Vec<Token>],
    case: Case,
    work: &Cell<u64>,
) -> (Vec<String>, bool) {
    let limit = work.get() + WORK_BUDGET;
    let mut machine = Machine::new(must, must_not, case);
    let first_tracked = machine.patterns.len();
    for tokens in tracked {
        machine.add(tokens, case);
    }
    machine.choose_alphabet(case);
    machine.first_tracked = first_tracked;
    let start = machine.start();
    let mut states: Vec<(Vec<u64>, usize, char)> = vec![(start.clone(), usize::MAX, '\0')];
    let mut seen: HashSet<Vec<u64>> = HashSet::from([start]);
    let mut combinations: HashSet<Vec<bool>> = HashSet::new();
    let mut texts = Vec::new();
    let mut next = 0;
    while next < states.len() {
        let state = &states[next].0;
        if machine.accepts(state) {
            let matched = machine.patterns[first_tracked..]
                .iter()
                .map(|pattern| pattern.is_matched(state))
                .collect();
            if combinations.insert(matched) {
                texts.push(spell(&states, next));
                if texts.len() >= COMBINATION_BUDGET {
                    return (texts, false);
                }
            }
        }
        work.set(work.get() + (machine.alphabet.len() * machine.patterns.len()) as u64);
        if work.get() > limit {
            return (texts, false);
        }
        for &character in &machine.alphabet {
            let following = machine.step(&states[next].0, character);
            if machine.is_alive(&following) && seen.insert(following.clone()) {
                if states.len() >= STATE_BUDGET {
                    return (texts, false);
                }
                states.push((following, next, character));
            }
        }
        next += 1;
    }
    (texts, true)
}

fn spell(states: &[(Vec<u64>, usize, char)], mut at: usize) -> String {
    let mut characters = Vec::new();
    while let Some((_, parent, character)) = states.get(at)
        && *parent != usize::MAX
    {
        characters.push(*character);
        at = *parent;
    }
    characters.iter().rev().collect()
}

struct Machine {
    patterns: Vec<Pattern>,
    /// Ranges into `patterns`, one for each group that must match.
    groups: Vec<std::ops::Range<usize>>,
    /// First of the patterns that must not match.
    first_forbidden: usize,
    /// First of the patterns that may match or not.
    first_tracked: usize,
    alphabet: Vec<char>,
    words: usize,
}

struct Pattern {
    tokens: Vec<Token>,
    /// Where its bits start in the state.
    word: usize,
}

impl Machine {
    fn new(must: &[Vec<Vec<Token>>], must_not: &[Vec<Token>], case: Case) -> Self {
        let mut machine = Self {
            patterns: Vec::new(),
            groups: Vec::new(),
            first_forbidden: 0,
            first_tracked: 0,
            alphabet: Vec::new(),
            words: 0,
        };
        for group in must {
            let start = machine.patterns.len();
            for tokens in group {
                machine.add(tokens, case);
            }
            machine.groups.push(start..machine.patterns.len());
        }
        machine.first_forbidden = machine.patterns.len();
        for tokens in must_not {
            machine.add(tokens, case);
        }
        machine.first_tracked = machine.patterns.len();
        machine.choose_alphabet(case);
        machine
    }

    fn choose_alphabet(&mut self, case: Case) {
        // All characters no pattern names behave alike: one of them is enough. It comes first, so that answers avoid
        // accidental matches.
        let mut named: Vec<char> = self
            .patterns
            .iter()
            .flat_map(|pattern| &pattern.tokens)
            .filter_map(|token| match token {
                Token::Character(character) => Some(*character),
                Token::Run | Token::One => None,
            })
            .collect();
        named.sort_unstable();
        named.dedup();
        let fresh = ('a'..='z')
            .chain('0'..='9')
            .chain('A'..='Z')
            .chain(['~', '\u{e9}'])
            .find(|candidate| {
                !named.contains(candidate) && (case == Case::Sensitive || !candidate.is_ascii_uppercase())
            });
        self.alphabet = fresh.into_iter().chain(named).collect();
    }

    fn add(&mut self, tokens: &[Token], case: Case) {
        let fold = |token: &Token| match token {
            Token::Character(character) if case == Case::Insensitive => {
                Token::Character(character.to_ascii_lowercase())
            }
            other => *other,
        };
        self.patterns.push(Pattern {
            tokens: tokens.iter().map(fold).collect(),
            word: self.words,
        });
        self.words += tokens.len() / 64 + 1;
    }

    fn start(&self) -> Vec<u64> {
        let mut state = vec![0; self.words];
        for pattern in &self.patterns {
            pattern.reach(&mut state, 0);
        }
        state
    }

    fn step(&self, state: &[u64], character: char) -> Vec<u64> {
        let mut following = vec![0; self.words];
        for pattern in &self.patterns {
            for position in pattern.positions(state) {
                match pattern.tokens.get(position) {
                    Some(Token::Run) => pattern.reach(&mut following, position),
                    Some(Token::One) => pattern.reach(&mut following, position + 1),
                    Some(Token::Character(wanted)) if *wanted == character => {
                        pattern.reach(&mut following, position + 1);
                    }
                    _ => {}
                }
            }
        }
        following
    }

    fn accepts(&self, state: &[u64]) -> bool {
        self.groups.iter().all(|group| {
            self.patterns[group.clone()]
                .iter()
                .any(|pattern| pattern.is_matched(state))
        }) && !self.patterns[self.first_forbidden..self.first_tracked]
            .iter()
            .any(|pattern| pattern.is_matched(state))
    }

    /// Whether some continuation could still be accepted.
    fn is_alive(&self, state: &[u64]) -> bool {
        self.groups.iter().all(|group| {
            self.patterns[group.clone()]
                .iter()
                .any(|pattern| pattern.positions(state).next().is_some())
        }) && !self.patterns[self.first_forbidden..self.first_tracked]
            .iter()
            .any(|pattern| pattern.matches_whatever_follows(state))
    }
}

impl Pattern {
    /// Marks a position and those behind a run that may be empty.
    fn reach(&self, state: &mut [u64], mut position: usize) {
        loop {
            state[self.word + position / 64] |= 1 << (position % 64);
            if self.tokens.get(position) != Some(&Token::Run) {
                return;
            }
            position += 1;
        }
    }

    fn positions<'s>(&'s self, state: &'s [u64]) -> impl Iterator<Item = usize> + 's {
        let words = self.tokens.len() / 64 + 1;
        (0..words).flat_map(move |word| {
            let mut bits = state[self.word + word];
            std::iter::from_fn(move || {
                (bits != 0).then(|| {
                    let bit = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    word * 64 + bit
                })
            })
        })
    }

    fn is_set(&self, state: &[u64], position: usize) -> bool {
        state[self.word + position / 64] & (1 << (position % 64)) != 0
    }

    fn is_matched(&self, state: &[u64]) -> bool {
        self.is_set(state, self.tokens.len())
    }

    fn matches_whatever_follows(&self, state: &[u64]) -> bool {
        self.tokens.last() == Some(&Token::Run) && self.is_set(state, self.tokens.len() - 1)
    }
}

/// Whether every text that `narrow` matches is matched by one of `wide`. `None`: not decided within the budget.
pub(crate) fn is_covered(narrow: &[Token], wide: &[Vec<Token>], case: Case) -> Option<bool> {
    match find(&[vec![narrow.to_vec()]], wide, case, &Cell::new(0)) {
        Search::Found(_) => Some(false),
        Search::Empty => Some(true),
        Search::OutOfBudget => None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{Search, find, is_covered};
    use crate::pattern::{Case, matches, tokens};

    fn all(patterns: &[&str]) -> Vec<Vec<crate::pattern::Token>> {
        patterns.iter().map(|pattern| tokens(pattern)).collect()
    }

    #[test]
    fn finds_a_text_in_every_group_and_in_none_forbidden() {
        let Search::Found(text) = find(
            &[all(&["s3:Get*", "s3:Put*"]), all(&["*Object", "*Acl"])],
            &all(&["s3:get*"]),
            Case::Insensitive,
            &Cell::new(0),
        ) else {
            panic!("there is one")
        };
        assert!(matches("s3:put*", &text, Case::Insensitive), "{text}");
        assert!(
            matches("*object", &text, Case::Insensitive) || matches("*acl", &text, Case::Insensitive),
            "{text}"
        );
    }

    #[test]
    fn knows_when_there_is_none() {
        assert_eq!(
            find(&[all(&["a*b"])], &all(&["a*", "*c"]), Case::Sensitive, &Cell::new(0)),
            Search::Empty
        );
        assert_eq!(
            find(&[all(&["a?"]), all(&["?b?"])], &[], Case::Sensitive, &Cell::new(0)),
            Search::Empty
        );
        assert_eq!(
            is_covered(&tokens("s3:Get?"), &all(&["s3:*"]), Case::Sensitive),
            Some(true)
        );
        assert_eq!(
            is_covered(&tokens("s3:*"), &all(&["s3:Get*"]), Case::Sensitive),
            Some(false)
        );
    }

    #[test]
    fn gives_up_on_a_blow_up_instead_of_running_on() {
        // The classic exponential determinisation: a fixed character n places before the end.
        let late = format!("*a{}", "?".repeat(40));
        let also = format!("*b{}", "?".repeat(41));
        let answer = find(
            &[all(&[&late]), all(&[&also])],
            &all(&["*aa*", "*ab*", "*ba*"]),
            Case::Sensitive,
            &Cell::new(0),
        );
        assert!(matches!(answer, Search::OutOfBudget | Search::Found(_) | Search::Empty));
    }
}
