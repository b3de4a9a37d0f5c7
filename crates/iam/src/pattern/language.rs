//! Questions about sets of patterns: is there a text that matches one of each of these groups and none of those, and
//! which? The patterns are run side by side as one automaton; the search is bounded and says so when it gives up.

use std::cell::Cell;
use std::ops::{ControlFlow, Range};

use foldhash::{HashSet, HashSetExt};

use super::form::{DEAD, Form, SETTLED};
use super::states::{Words, bits_of, words_for};
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

/// How long a search may go on.
#[derive(Debug, Clone, Copy)]
struct Budget {
    /// The most automaton states that are looked at for one question.
    states: usize,
    /// The most steps, patterns times characters, of one question.
    work: u64,
    /// The most combinations of tracked patterns that are told apart.
    combinations: usize,
}

/// Going on from so many places costs as much as a pattern does.
const PLACES_PER_STEP: usize = 8;

const BUDGET: Budget = Budget {
    states: 4_000,
    work: 2_000_000,
    combinations: 64,
};

/// For whole ARNs: lists of resources are long, and wildcards in all parts take many states.
const ARNS_BUDGET: Budget = Budget {
    states: 8_000,
    work: 2_000_000,
    combinations: 256,
};

/// For questions that are asked again and again: the values of one key.
const SMALL_BUDGET: Budget = Budget {
    states: 1_000,
    work: 200_000,
    combinations: 32,
};

/// Finds a shortest text that matches at least one pattern of every group in `must` and none in `must_not`. What it cost is
/// added to `work`.
pub(crate) fn find(must: &[Vec<Vec<Token>>], must_not: &[Vec<Token>], case: Case, work: &Cell<u64>) -> Search {
    find_within(BUDGET, must, must_not, case, work)
}

fn find_within(
    budget: Budget,
    must: &[Vec<Vec<Token>>],
    must_not: &[Vec<Token>],
    case: Case,
    work: &Cell<u64>,
) -> Search {
    let mut found = None;
    let machine = Machine::new(must, must_not, &[], case);
    let is_whole = machine.explore(budget, work, |_, states, at| {
        found = Some(format!("{}{}", machine.prefix, spell(states, at)));
        ControlFlow::Break(())
    });
    match found {
        Some(text) => Search::Found(text),
        None if is_whole => Search::Empty,
        None => Search::OutOfBudget,
    }
}

/// Texts that match one pattern of every group in `must` and none in `must_not`: one for each combination of the
/// `tracked` patterns that such texts match. The flag says whether all combinations were found. What it cost is added to `work`.
pub(crate) fn partition(
    must: &[Vec<Vec<Token>>],
    must_not: &[Vec<Token>],
    tracked: &[Vec<Token>],
    case: Case,
    work: &Cell<u64>,
) -> (Vec<String>, bool) {
    partition_within(BUDGET, must, must_not, tracked, case, work)
}

/// The same within a smaller budget for texts that begin with `prefix` and go on as the pattern `rest` says; the other patterns are of the
/// whole text.
pub(crate) fn partition_behind(
    (prefix, rest): (&str, &str),
    must_not: &[Vec<Token>],
    tracked: &[Vec<Token>],
    work: &Cell<u64>,
) -> (Vec<String>, bool) {
    let mut shape: Vec<Token> = prefix.chars().map(Token::Character).collect();
    shape.extend(super::tokens(rest));
    let tokens = must_not.iter().chain(tracked).map(Vec::len).sum::<usize>() + shape.len();
    work.set(work.get() + tokens as u64);
    partition_within(SMALL_BUDGET, &[vec![shape]], must_not, tracked, Case::Sensitive, work)
}

/// A text of so many digits for each combination of the `tracked` patterns that such texts match, and none in `must_not`. The flag says
/// whether all combinations were found. What it cost is added to `work`.
pub(crate) fn partition_of_digits(
    digits: usize,
    must_not: &[Vec<Token>],
    tracked: &[Vec<Token>],
    work: &Cell<u64>,
) -> (Vec<String>, bool) {
    let mut machine = Machine::new(&[], must_not, tracked, Case::Sensitive);
    machine.keep_to(Form::of_digits(digits));
    machine.partition(BUDGET, work)
}

/// An ARN that there may be for each combination of the `tracked` patterns that such ARNs match; as [`partition_of_digits`].
pub(crate) fn partition_of_arns(tracked: &[Vec<Token>], work: &Cell<u64>) -> (Vec<String>, bool) {
    // What all partitions have in common is read at once.
    let must = [vec![super::tokens("arn:aws*")]];
    let mut machine = Machine::new(&must, &[], tracked, Case::Sensitive);
    machine.keep_to(Form::of_arns(tracked));
    machine.partition(ARNS_BUDGET, work)
}

fn partition_within(
    budget: Budget,
    must: &[Vec<Vec<Token>>],
    must_not: &[Vec<Token>],
    tracked: &[Vec<Token>],
    case: Case,
    work: &Cell<u64>,
) -> (Vec<String>, bool) {
    Machine::new(must, must_not, tracked, case).partition(budget, work)
}

/// A state, the place of the state before it, and the character between.
type State = (Vec<u64>, usize, char);

/// The text that leads from the start to a state.
fn spell(states: &[State], mut at: usize) -> String {
    let mut characters = Vec::new();
    while let Some((_, parent, character)) = states.get(at)
        && *parent != usize::MAX
    {
        characters.push(*character);
        at = *parent;
    }
    characters.iter().rev().collect()
}

/// The patterns side by side. A state has a bit for each place in them that a text may have come to: those before their tokens, and the one
/// behind the last.
struct Machine {
    patterns: Vec<Pattern>,
    /// Ranges into `patterns`, one for each group that must match.
    groups: Vec<Range<usize>>,
    /// First of the patterns that must not match.
    first_forbidden: usize,
    /// First of the patterns that may match or not.
    first_tracked: usize,
    /// A character that no pattern names. It is tried first, so that answers avoid accidental matches.
    fresh: Option<char>,
    words: Words,
    /// What every accepted text begins with, because all patterns of a group do. It is read once, where a search would try what else might
    /// stand for each of its characters.
    prefix: String,
    /// The state behind the prefix.
    start: Vec<u64>,
    /// What every accepted text has to be beside. Its state stands in the word behind those of the patterns.
    beside: Option<Beside>,
}

struct Beside {
    form: Form,
    /// Places of the patterns that are there for good: runs, and what is behind one at the end.
    stays: Vec<u64>,
}

struct Pattern {
    /// How many tokens it has.
    length: usize,
    /// Where its bits start in the state.
    word: usize,
    ends_in_run: bool,
}

impl Machine {
    fn new(must: &[Vec<Vec<Token>>], must_not: &[Vec<Token>], tracked: &[Vec<Token>], case: Case) -> Self {
        let mut machine = Self {
            patterns: Vec::new(),
            groups: Vec::new(),
            first_forbidden: 0,
            first_tracked: 0,
            fresh: None,
            words: Words::default(),
            prefix: String::new(),
            start: Vec::new(),
            beside: None,
        };
        let all = || must.iter().flatten().chain(must_not).chain(tracked);
        machine.patterns.reserve(all().count());
        machine.words.reserve(all().map(|tokens| words_for(tokens.len())).sum());
        for group in must {
            let start = machine.patterns.len();
            machine.add(group, case);
            machine.groups.push(start..machine.patterns.len());
        }
        machine.first_forbidden = machine.patterns.len();
        machine.add(must_not, case);
        machine.first_tracked = machine.patterns.len();
        machine.add(tracked, case);
        machine.start = machine.beginning();
        machine.read_prefix();
        machine.choose_fresh();
        machine
    }

    /// Accepts only texts of the form.
    fn keep_to(&mut self, form: Form) {
        let mut stays = self.words.runs.clone();
        for pattern in self.patterns.iter().filter(|pattern| pattern.ends_in_run) {
            stays[pattern.word + pattern.length / 64] |= 1 << (pattern.length % 64);
        }
        let at = self.prefix.chars().fold(0, |at, character| form.step(at, character));
        let beside = Beside { form, stays };
        let at = beside.unless_settled(&self.start, at);
        self.start.push(at);
        self.beside = Some(beside);
    }

    fn read_prefix(&mut self) {
        let prefixes = self
            .groups
            .iter()
            .map(|group| self.common_prefix(&self.patterns[group.clone()]));
        self.prefix = prefixes.max_by_key(String::len).unwrap_or_default();
        let mut following = Vec::new();
        for character in self.prefix.chars() {
            self.words.step(&self.start, character, &mut following);
            std::mem::swap(&mut self.start, &mut following);
        }
    }

    /// What all texts begin with that one of the patterns matches.
    fn common_prefix(&self, patterns: &[Pattern]) -> String {
        let fixed = |pattern: &Pattern| {
            let places = pattern.word * 64..pattern.word * 64 + pattern.length;
            let is_named = |place: &usize| self.words.named[place / 64] & (1 << (place % 64)) != 0;
            places.take_while(is_named).map(|place| self.words.characters[place])
        };
        let Some((first, others)) = patterns.split_first() else {
            return String::new();
        };
        let alike = |other: &Pattern| {
            fixed(first)
                .zip(fixed(other))
                .take_while(|(one, other)| one == other)
                .count()
        };
        let shortest = others.iter().map(alike).min().unwrap_or(first.length);
        fixed(first).take(shortest).collect()
    }

    fn add(&mut self, patterns: &[Vec<Token>], case: Case) {
        let fold = |token: &Token| match token {
            Token::Character(character) if case == Case::Insensitive => {
                Token::Character(character.to_ascii_lowercase())
            }
            other => *other,
        };
        for tokens in patterns {
            self.patterns.push(Pattern {
                length: tokens.len(),
                word: self.words.len(),
                ends_in_run: tokens.last() == Some(&Token::Run),
            });
            self.words.add(tokens.iter().map(fold), tokens.len());
        }
    }

    /// All characters that no pattern names behind the beginning behave alike: one of them is enough.
    fn choose_fresh(&mut self) {
        let ahead = |pattern: &'_ Pattern| {
            let begin = pattern.word * 64;
            let at = bits_of(pattern.words(&self.start).iter().copied()).next();
            let places = begin + at.unwrap_or(pattern.length)..begin + pattern.length;
            places.map(|place| self.words.characters[place])
        };
        // Those of ASCII, and the others.
        let (mut ascii, mut named) = (0_u128, Vec::new());
        for character in self.patterns.iter().flat_map(ahead) {
            match u32::from(character) {
                code @ 0..128 => ascii |= 1 << code,
                _ => named.push(character),
            }
        }
        named.sort_unstable();
        let is_named = |candidate: &char| match u32::from(*candidate) {
            code @ 0..128 => ascii & (1 << code) != 0,
            _ => named.binary_search(candidate).is_ok(),
        };
        let mut others = ('a'..='z').chain('0'..='9').chain('\u{e0}'..);
        self.fresh = others.find(|candidate| !is_named(candidate));
    }

    /// A text for each combination of the tracked patterns, and whether these are all.
    fn partition(&self, budget: Budget, work: &Cell<u64>) -> (Vec<String>, bool) {
        let mut combinations: HashSet<Vec<bool>> = HashSet::new();
        let mut texts = Vec::new();
        let is_whole = self.explore(budget, work, |matched, states, at| {
            if combinations.insert(matched) {
                let text = [self.prefix.as_str(), &spell(states, at)].concat();
                texts.push(match &self.beside {
                    Some(beside) => beside.form.completed(text),
                    None => text,
                });
            }
            if texts.len() < budget.combinations {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        (texts, is_whole)
    }

    /// Goes through the states, nearest first, and shows those that are accepted: which tracked patterns match, all states so
    /// far and the place of this one. Whether everything was looked at.
    fn explore(
        &self,
        budget: Budget,
        work: &Cell<u64>,
        mut accepted: impl FnMut(Vec<bool>, &[State], usize) -> ControlFlow<()>,
    ) -> bool {
        work.set(work.get() + (self.prefix.len() * self.patterns.len()) as u64);
        let limit = work.get() + budget.work;
        let mut states: Vec<State> = vec![(self.start.clone(), usize::MAX, '\0')];
        let mut seen: HashSet<Vec<u64>> = std::iter::once(self.start.clone()).collect();
        let mut awaited = Vec::new();
        let mut following = Vec::new();
        let mut next = 0;
        while let Some((state, _, _)) = states.get(next) {
            if self.accepts(state) {
                let tracked = self.patterns[self.first_tracked..].iter();
                let matched = tracked.map(|pattern| pattern.is_matched(state)).collect();
                if accepted(matched, &states, next).is_break() {
                    return false;
                }
            }
            self.awaited(state, &mut awaited);
            // A pattern is at one place or two, one of many wildcards at many.
            let places: usize = state[..self.words.len()]
                .iter()
                .map(|word| word.count_ones() as usize)
                .sum();
            let more = places.saturating_sub(2 * self.patterns.len());
            let per_character = self.patterns.len() + more / PLACES_PER_STEP;
            work.set(work.get() + (awaited.len() * per_character) as u64);
            if work.get() > limit {
                return false;
            }
            for &character in &awaited {
                self.step(&states[next].0, character, &mut following);
                if self.is_alive(&following) && !seen.contains(&following) {
                    if states.len() >= budget.states {
                        return false;
                    }
                    seen.insert(following.clone());
                    states.push((following.clone(), next, character));
                }
            }
            next += 1;
        }
        true
    }

    fn beginning(&self) -> Vec<u64> {
        let mut state = vec![0; self.words.len()];
        for pattern in &self.patterns {
            state[pattern.word] = 1;
        }
        let mut carry = 0;
        for (word, places) in state.iter_mut().enumerate() {
            *places = self.words.close(word, *places, &mut carry);
        }
        state
    }

    /// The characters that patterns wait for in the state, sorted, behind one that stands for all others: those lead to the same states.
    fn awaited(&self, state: &[u64], awaited: &mut Vec<char>) {
        awaited.clear();
        if let Some(beside) = &self.beside {
            awaited.extend(self.words.characters_at(state));
            beside.form.sift(state[self.words.len()], self.fresh, awaited);
            return;
        }
        awaited.extend(self.fresh);
        let named = awaited.len();
        awaited.extend(self.words.characters_at(state));
        awaited[named..].sort_unstable();
        awaited.dedup();
    }

    fn step(&self, state: &[u64], character: char, following: &mut Vec<u64>) {
        self.words.step(&state[..self.words.len()], character, following);
        if let Some(beside) = &self.beside {
            let at = beside.form.step(state[self.words.len()], character);
            following.push(beside.unless_settled(following, at));
        }
    }

    fn accepts(&self, state: &[u64]) -> bool {
        let is_of_form = |beside: &Beside| beside.form.is_end(state[self.words.len()]);
        let is_matched = |pattern: &Pattern| pattern.is_matched(state);
        self.beside.as_ref().is_none_or(is_of_form)
            && self.groups().all(|group| group.iter().any(is_matched))
            && !self.forbidden().iter().any(is_matched)
    }

    /// Whether some continuation could still be accepted.
    fn is_alive(&self, state: &[u64]) -> bool {
        let is_alive = |pattern: &Pattern| pattern.is_alive(state);
        let matches_whatever_follows = |pattern: &Pattern| pattern.ends_in_run && pattern.is_matched(state);
        state.get(self.words.len()) != Some(&DEAD)
            && self.groups().all(|group| group.iter().any(is_alive))
            && !self.forbidden().iter().any(matches_whatever_follows)
    }

    fn groups(&self) -> impl Iterator<Item = &[Pattern]> {
        self.groups.iter().map(|group| &self.patterns[group.clone()])
    }

    fn forbidden(&self) -> &[Pattern] {
        &self.patterns[self.first_forbidden..self.first_tracked]
    }
}

impl Beside {
    /// The state of the form, or that nothing depends on it any more: the patterns that match are the same whatever follows.
    fn unless_settled(&self, places: &[u64], at: u64) -> u64 {
        let is_settled = || {
            places
                .iter()
                .zip(&self.stays)
                .all(|(places, stays)| places & !stays == 0)
        };
        if at != DEAD && is_settled() { SETTLED } else { at }
    }
}

impl Pattern {
    fn words<'s>(&self, state: &'s [u64]) -> &'s [u64] {
        &state[self.word..self.word + words_for(self.length)]
    }

    fn is_alive(&self, state: &[u64]) -> bool {
        self.words(state).iter().any(|word| *word != 0)
    }

    fn is_matched(&self, state: &[u64]) -> bool {
        state[self.word + self.length / 64] & (1 << (self.length % 64)) != 0
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
    use std::collections::HashSet;

    use super::{
        BUDGET, Budget, Machine, Search, find, find_within, is_covered, partition, partition_behind,
        partition_of_digits, partition_within,
    };
    use crate::pattern::{Case, Token, matches, tokens, tokens_match};

    fn all(patterns: &[&str]) -> Vec<Vec<Token>> {
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
        let work = Cell::new(0);
        let answer = find(
            &[all(&[&late]), all(&[&also])],
            &all(&["*aa*", "*ab*", "*ba*"]),
            Case::Sensitive,
            &work,
        );
        assert_eq!(answer, Search::OutOfBudget);
        assert!(work.get() <= BUDGET.work + 100, "{}", work.get());
    }

    #[test]
    fn charges_characters_times_patterns_for_each_state() {
        // The start, where "a" and "d" are awaited and "b" stands for all others.
        let cost = |must: &[Vec<Vec<Token>>], before: u64| {
            let work = Cell::new(before);
            assert_eq!(find(must, &[], Case::Sensitive, &work), Search::Found("a".to_owned()));
            work.get()
        };
        let either = || all(&["a", "d"]);
        assert_eq!(cost(&[either()], 0), 6);
        assert_eq!(cost(&[either(), either(), all(&["?"])], 10), 25);
        // One letter that is read at once.
        assert_eq!(cost(&[all(&["a"])], 0), 1);
    }

    #[test]
    fn charges_for_many_places_as_for_patterns() {
        // Nineteen states of one letter and three patterns; each has one place more than the one before it.
        let late = format!("*{}", "?".repeat(19));
        let work = Cell::new(0);
        let found = find(&[all(&[&late]), all(&["*"]), all(&["*"])], &[], Case::Sensitive, &work);
        assert_eq!(found, Search::Found("a".repeat(19)));
        assert_eq!(work.get(), 19 * 3 + (0..19).map(|more| more / 8).sum::<u64>());
    }

    #[test]
    fn what_goes_on_behind_a_text_is_as_the_whole_pattern_and_charged_for() {
        let (must_not, tracked) = (all(&["abx*"]), all(&["*cd"]));
        let (work, same) = (Cell::new(5), Cell::new(5));
        let (texts, is_whole) = partition_behind(("ab", "?c*"), &must_not, &tracked, &work);
        assert_eq!(
            (&texts[..], is_whole),
            (&["abac", "abacd"].map(str::to_owned)[..], true)
        );
        let must = [all(&["ab?c*"])];
        assert_eq!(partition(&must, &must_not, &tracked, Case::Sensitive, &same).0, texts);
        assert_eq!(work.get(), same.get() + 5 + 4 + 3);
    }

    #[test]
    fn reads_what_all_texts_begin_with_at_once() {
        let ask = |must: &[&str], tracked: &[&str]| {
            let work = Cell::new(0);
            let must = [all(&["*"]), all(must)];
            let (texts, is_whole) = partition_within(BUDGET, &must, &[], &all(tracked), Case::Sensitive, &work);
            assert!(is_whole);
            (texts, work.get())
        };
        // Four characters and two patterns; behind them nothing is awaited, and there is one state.
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(ask(&["abcd*"], &[]), (texts(&["abcd"]), 4 * 2 + 2));
        // What patterns have in common only, and a tracked pattern that ends in it.
        assert_eq!(ask(&["abc?", "abde"], &[]).0, texts(&["abca"]));
        assert_eq!(ask(&["abcd*"], &["ab*", "abc", "abcd"]).0, texts(&["abcd", "abcda"]));
        // A wildcard is no text.
        assert_eq!(ask(&["?b", "ab"], &["ab"]).0, texts(&["cb", "ab"]));
        // A letter that is named behind it only.
        assert_eq!(ask(&["xy?"], &["??a"]).0, texts(&["xyb", "xya"]));
    }

    #[test]
    fn leaves_out_what_can_lead_nowhere() {
        // Two letters of two patterns are looked at in the start, where "b" is no different from "c" and "a" is forbidden whatever
        // follows, and two in "c".
        let work = Cell::new(0);
        let found = find(&[all(&["?b"])], &all(&["a*"]), Case::Sensitive, &work);
        assert_eq!((found, work.get()), (Search::Found("cb".to_owned()), 8));
        // A pattern that ends is forbidden only where it ends.
        let found = find(&[all(&["?b"])], &all(&["c", "b*"]), Case::Sensitive, &Cell::new(0));
        assert_eq!(found, Search::Found("ab".to_owned()));
        let found = find(&[all(&["cb"])], &all(&["c"]), Case::Sensitive, &Cell::new(0));
        assert_eq!(found, Search::Found("cb".to_owned()));
    }

    #[test]
    fn stops_at_its_budget_and_not_before() {
        let ask = |budget: Budget| find_within(budget, &[all(&["a", "d"])], &[], Case::Sensitive, &Cell::new(7));
        // Three letters and two patterns; the start and what two of the letters lead to.
        let least = Budget {
            states: 3,
            work: 6,
            combinations: 1,
        };
        assert_eq!(ask(least), Search::Found("a".to_owned()));
        assert_eq!(ask(Budget { states: 2, ..least }), Search::OutOfBudget);
        assert_eq!(ask(Budget { work: 5, ..least }), Search::OutOfBudget);
        let tell_apart = |budget: Budget| {
            let tracked = all(&["a", "b"]);
            partition_within(budget, &[all(&["?"])], &[], &tracked, Case::Sensitive, &Cell::new(7))
        };
        // Three patterns: three letters of the start, and one of each of the three states behind it.
        let enough = Budget {
            states: 4,
            work: 18,
            combinations: 4,
        };
        let texts = ["c", "a", "b"].map(str::to_owned).to_vec();
        assert_eq!(tell_apart(enough), (texts.clone(), true));
        assert_eq!(
            tell_apart(Budget {
                combinations: 3,
                ..enough
            }),
            (texts.clone(), false)
        );
        assert_eq!(
            tell_apart(Budget {
                combinations: 2,
                ..enough
            }),
            (texts[..2].to_vec(), false)
        );
        assert_eq!(tell_apart(Budget { work: 17, ..enough }), (texts, false));
        assert_eq!(tell_apart(Budget { states: 3, ..enough }), (Vec::new(), false));
    }

    #[test]
    fn knows_the_characters_that_no_pattern_names() {
        let other = |named: &[&str], case| find(&[all(&["?"])], &all(named), case, &Cell::new(0));
        assert_eq!(other(&["a"], Case::Sensitive), Search::Found("b".to_owned()));
        let letters: Vec<String> = ('a'..='z').chain('0'..='9').map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(other(&letters, Case::Insensitive), Search::Found("\u{e0}".to_owned()));
    }

    #[test]
    fn digits_that_patterns_tell_apart() {
        let ask = |digits: usize, must_not: &[&str], tracked: &[&str]| {
            let work = Cell::new(0);
            let (mut texts, is_whole) = partition_of_digits(digits, &all(must_not), &all(tracked), &work);
            texts.sort();
            (texts, is_whole)
        };
        let texts = |texts: &[&str]| (texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>(), true);
        assert_eq!(ask(3, &[], &["1*", "*1"]), texts(&["000", "001", "100", "101"]));
        assert_eq!(ask(3, &["101"], &["1*", "*1"]), texts(&["000", "001", "120", "121"]));
        assert_eq!(ask(2, &["?1", "?1*"], &["1?"]), texts(&["00", "10"]));
        // Of one digit, all ten of which are named, and a pattern of letters, which none is.
        let every: Vec<String> = ('0'..='9').map(String::from).collect();
        let every: Vec<&str> = every.iter().map(String::as_str).collect();
        assert_eq!(ask(1, &[], &every).0.len(), 10);
        assert_eq!(ask(1, &every[1..], &["a", "0"]), texts(&["0"]));
        // No text without a name is left.
        assert_eq!(ask(1, &every, &[]), texts(&[]));
    }

    #[test]
    fn letter_case_counts_where_it_should() {
        let only = |case| find(&[all(&["A"])], &[], case, &Cell::new(0));
        assert_eq!(only(Case::Sensitive), Search::Found("A".to_owned()));
        assert_eq!(only(Case::Insensitive), Search::Found("a".to_owned()));
    }

    /// The machine against the matcher, with the patterns at every place of a word and across two: runs of runs included, which variables
    /// can make of a pattern.
    #[test]
    fn a_machine_matches_what_its_pattern_does() {
        let alphabet = [Token::Run, Token::One, Token::Character('a'), Token::Character('b')];
        let mut patterns: Vec<Vec<Token>> = vec![Vec::new()];
        for at in 0..21 {
            for token in alphabet {
                patterns.push([&patterns[at][..], &[token]].concat());
            }
        }
        let mut texts = vec![String::new()];
        for at in 0..15 {
            for letter in ['a', 'b'] {
                texts.push(format!("{}{letter}", texts[at]));
            }
        }
        let mut following = Vec::new();
        for shift in [0, 1, 61, 62, 63, 64, 127] {
            let head = "x".repeat(shift);
            for pattern in &patterns {
                let pattern = [&tokens(&head)[..], pattern].concat();
                let machine = Machine::new(&[], &[], std::slice::from_ref(&pattern), Case::Sensitive);
                for text in &texts {
                    let text = format!("{head}{text}");
                    let mut state = machine.beginning();
                    for character in text.chars() {
                        machine.words.step(&state, character, &mut following);
                        std::mem::swap(&mut state, &mut following);
                    }
                    let expected = tokens_match(&pattern, &text, Case::Sensitive);
                    assert_eq!(machine.patterns[0].is_matched(&state), expected, "{pattern:?} {text}");
                }
            }
        }
    }

    #[test]
    fn a_state_has_a_bit_for_every_position() {
        let words = |length: usize| {
            Machine::new(&[all(&[&"a".repeat(length)])], &[], &[], Case::Sensitive)
                .words
                .len()
        };
        assert_eq!([0, 63, 64, 127, 128].map(words), [1, 1, 2, 2, 3]);
        for length in [63, 64, 65, 130] {
            let text = "ab".repeat(length);
            let found = find(&[all(&[&text])], &[], Case::Sensitive, &Cell::new(0));
            assert_eq!(found, Search::Found(text));
        }
    }

    /// Against all short texts of two letters.
    #[test]
    fn what_is_forgotten_of_several_runs_makes_no_difference() {
        let mut short = vec![String::new()];
        for at in 0..255 {
            short.extend(["a", "b"].map(|letter| format!("{}{letter}", short[at])));
        }
        let lists: [&[&str]; 4] = [
            &["*a*b*", "*b*a*", "a*b?*a"],
            &["*ab*a*", "?*a*?b", "*b*b*b"],
            &["a*a*a", "*?a*b?*", "*aa*"],
            &["*a*b*a*b", "b*", "*?b*?"],
        ];
        for patterns in lists {
            let view = |text: &String| -> Vec<bool> {
                patterns
                    .iter()
                    .map(|pattern| matches(pattern, text, Case::Sensitive))
                    .collect()
            };
            let must = [all(&["*"])];
            let (texts, is_whole) =
                partition_within(BUDGET, &must, &[], &all(patterns), Case::Sensitive, &Cell::new(0));
            assert!(is_whole, "{patterns:?}");
            let found: HashSet<Vec<bool>> = texts.iter().map(view).collect();
            assert_eq!(found.len(), texts.len(), "{texts:?}");
            for text in &short {
                assert!(found.contains(&view(text)), "{text}: {patterns:?}");
            }
        }
    }
}
