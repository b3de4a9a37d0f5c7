//! What a search asks about patterns, and the answers: kept for the whole policy, within one effort.

use std::cell::Cell;
use std::rc::Rc;

use super::known::{Known, Table, looked_up};
use super::owned::{Effort, Found, principals_of, sources_of};
use crate::evaluate::Caller;
use crate::pattern::language::{partition, partition_behind};
use crate::pattern::{self, Case, Token};

/// How many steps of pattern automata one policy may cost before the search gives up.
const AUTOMATON_BUDGET: u64 = 4_000_000;

/// What was found, by the question.
type Answers<Q, T> = Table<Q, Rc<Found<T>>>;

type Patterns = Vec<Vec<Token>>;
type ActionQuestion = ([Patterns; 2], Patterns);
type ActionAnswer = (Rc<[String]>, bool);

/// What looking for texts that patterns tell apart has cost, whether it was cut short, and what was found: the same question is asked for
/// every caller and every statement.
#[derive(Debug, Default)]
pub(super) struct KeySearch {
    pub(super) automaton_work: Cell<u64>,
    pub(super) is_cut_short: Cell<bool>,
    /// By the patterns: those a text must not match, and those that are told apart.
    texts: Answers<[Vec<String>; 2], String>,
    /// By the organisation, or what names of services end in, and the patterns.
    places: Answers<(String, Vec<String>), String>,
    /// By the account and the patterns.
    principals: Answers<(String, Vec<String>), Caller>,
    sources: Answers<(String, Vec<String>), String>,
    /// By the patterns of the Allow: those that an action must match and must not; the Denies are the same for a whole policy.
    actions: Known<ActionQuestion, ActionAnswer>,
}

impl KeySearch {
    pub(super) fn is_spent(&self) -> bool {
        self.effort().is_spent()
    }

    fn effort(&self) -> Effort<'_> {
        Effort {
            work: &self.automaton_work,
            most: AUTOMATON_BUDGET,
        }
    }

    pub(super) fn note(&self, are_all: bool) {
        self.is_cut_short.set(self.is_cut_short.get() || !are_all);
    }

    /// Principals of the account for each combination of the patterns about it; `of` is the account and the partition of the resource.
    pub(super) fn principals(&self, account: &str, patterns: &[&str], of: (Option<&str>, &str)) -> Rc<Found<Caller>> {
        let answer = || Rc::new(principals_of(account, patterns, of, self.effort()));
        looked_up(&self.principals, &question(account, patterns), answer)
    }

    pub(super) fn sources(&self, account: &str, patterns: &[&str], of: (Option<&str>, &str)) -> Rc<Found<String>> {
        let answer = || Rc::new(sources_of(account, patterns, of, self.effort()));
        looked_up(&self.sources, &question(account, patterns), answer)
    }

    /// A place in the organisation for each combination of the patterns: `o-…/r-…/`, and the units below.
    pub(super) fn places(&self, organisation: &str, patterns: &[&str]) -> Rc<Found<String>> {
        let prefix = format!("{organisation}/r-");
        let answer = || Rc::new(self.told_apart((&prefix, "?*/"), patterns));
        looked_up(&self.places, &question(organisation, patterns), answer)
    }

    /// An id, or a place in an organisation, that goes on behind `o-` as the pattern `rest` says, for each combination of the patterns.
    pub(super) fn organisations(&self, rest: &str, patterns: &[&str]) -> Rc<Found<String>> {
        let answer = || Rc::new(self.told_apart(("o-", rest), patterns));
        looked_up(&self.places, &question(rest, patterns), answer)
    }

    /// The name of a service of the partition for each combination of the patterns.
    pub(super) fn services(&self, patterns: &[&str], partition: &str) -> Rc<Found<String>> {
        let suffix = if partition == "aws-cn" {
            "?*.amazonaws.com*"
        } else {
            "?*.amazonaws.com"
        };
        let answer = || Rc::new(self.told_apart(("", suffix), patterns));
        looked_up(&self.places, &question(suffix, patterns), answer)
    }

    /// A text for each combination of the patterns that begins with the prefix and goes on as the pattern `rest` says.
    fn told_apart(&self, (prefix, rest): (&str, &str), patterns: &[&str]) -> Found<String> {
        if self.is_spent() {
            return Found {
                found: Vec::new(),
                are_all: false,
            };
        }
        let tracked: Vec<Vec<Token>> = patterns.iter().map(|pattern| pattern::tokens(pattern)).collect();
        let (found, are_all) = partition_behind((prefix, rest), &[], &tracked, &self.automaton_work);
        Found { found, are_all }
    }

    /// An action for each combination of the Denies' patterns, that matches one of each group in `must` and none of `must_not`; and whether
    /// these are all.
    pub(super) fn actions(
        &self,
        must: [Patterns; 2],
        must_not: Patterns,
        denied: impl FnOnce() -> Patterns,
    ) -> ActionAnswer {
        let question = (must, must_not);
        super::known::known(
            &self.actions,
            |known| *known == question,
            || {
                let (must, must_not) = &question;
                let (actions, are_all) = partition(must, must_not, &denied(), Case::Insensitive, &self.automaton_work);
                (question.clone(), (actions.into(), are_all))
            },
        )
    }

    /// A text for each combination of the tracked patterns, that none of the others matches.
    pub(super) fn texts(&self, must_not: &[&str], tracked: &[&str]) -> Rc<Found<String>> {
        let owned = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let tokens = |patterns: &[&str]| -> Vec<Vec<Token>> {
            patterns.iter().map(|pattern| pattern::tokens(pattern)).collect()
        };
        let answer = || {
            if self.is_spent() {
                return Rc::new(Found {
                    found: Vec::new(),
                    are_all: false,
                });
            }
            let (found, are_all) =
                partition_behind(("", "*"), &tokens(must_not), &tokens(tracked), &self.automaton_work);
            Rc::new(Found { found, are_all })
        };
        looked_up(&self.texts, &[owned(must_not), owned(tracked)], answer)
    }
}

fn question(about: &str, patterns: &[&str]) -> (String, Vec<String>) {
    let patterns = patterns.iter().map(|pattern| (*pattern).to_owned());
    (about.to_owned(), patterns.collect())
}
