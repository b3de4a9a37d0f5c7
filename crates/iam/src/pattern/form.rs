//! What texts there may be, as an automaton that reads them character by character: ARNs, and numbers of some length. Wildcards in a pattern
//! reach over colons, so that the shortest texts that tell patterns apart are mostly no ARNs; run beside the patterns, this leaves those out.
//!
//! Sources: IAM User Guide, "Identify AWS resources with Amazon Resource Names (ARNs)": six parts, the partitions `aws`, `aws-cn` and
//! `aws-us-gov`, account ids of twelve digits, which some ARNs do not have. Service Authorization Reference, ARN formats of resource types:
//! services and regions are lower-case letters, digits and hyphens; in place of an account stands a word in some (`eks::aws:…`).

use std::ops::RangeInclusive;

use super::Token;

/// Partitions whose resources are told apart whatever the patterns say.
const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];
/// The others, for patterns that spell them. Source: AWS SDKs, `partitions.json`.
const SPELLED_PARTITIONS: [&str; 5] = ["aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];
const DIGITS_OF_ACCOUNT: usize = 12;

/// In place of a state: no text goes on like this.
pub(super) const DEAD: u64 = u64::MAX;
/// In place of a state: whatever follows is the same to those who read beside the automaton, so that any rest will do.
pub(super) const SETTLED: u64 = u64::MAX - 1;

/// The automaton. Its states are positions in the list; it starts at the first.
#[derive(Debug, Clone)]
pub(super) struct Form {
    states: Vec<State>,
}

#[derive(Debug, Clone, Default)]
struct State {
    named: Vec<(char, usize)>,
    others: Option<(Others, usize)>,
    /// The shortest text from here to the end.
    rest: String,
}

/// Characters that are read alike.
#[derive(Debug, Clone, Copy)]
enum Others {
    Any,
    Label,
    Digit,
}

impl Others {
    fn has(self, character: char) -> bool {
        match self {
            Self::Any => true,
            Self::Label => matches!(character, 'a'..='z' | '0'..='9' | '-'),
            Self::Digit => character.is_ascii_digit(),
        }
    }

    fn ranges(self) -> Vec<RangeInclusive<char>> {
        match self {
            Self::Any => vec!['a'..='z', '0'..='9', '\u{e0}'..=char::MAX],
            Self::Label => vec!['a'..='z', '0'..='9', '-'..='-'],
            Self::Digit => vec!['0'..='9'],
        }
    }
}

impl Form {
    /// Texts of so many digits.
    pub(super) fn of_digits(count: usize) -> Self {
        let state = |at: usize| State {
            named: Vec::new(),
            others: (at < count).then_some((Others::Digit, at + 1)),
            rest: "0".repeat(count - at),
        };
        Self {
            states: (0..=count).map(state).collect(),
        }
    }

    /// ARNs, for these patterns: what stands in them in place of an account or as a partition may be one.
    pub(super) fn of_arns(patterns: &[Vec<Token>]) -> Self {
        let mut form = Self {
            states: vec![State {
                rest: "arn:aws:x:::x".to_owned(),
                ..State::default()
            }],
        };
        let resource = form.add(Some((Others::Any, None)), "");
        let first_of_resource = form.add(Some((Others::Any, Some(resource))), "x");
        let account = form.account(patterns, first_of_resource);
        let region = form.add(Some((Others::Label, None)), "::x");
        form.name(region, ':', account);
        let service = form.add(Some((Others::Label, None)), ":::x");
        form.name(service, ':', region);
        let first_of_service = form.add(Some((Others::Label, Some(service))), "x:::x");
        let spelled: Vec<String> = patterns.iter().filter_map(|pattern| part(pattern, 1)).collect();
        let is_spelled = |partition: &&str| spelled.iter().any(|known| known == partition);
        for partition in PARTITIONS
            .into_iter()
            .chain(SPELLED_PARTITIONS.into_iter().filter(is_spelled))
        {
            form.word(0, &format!("arn:{partition}:"), first_of_service);
        }
        form
    }

    /// None, twelve digits, or a word that a pattern has there; the state ahead of it.
    fn account(&mut self, patterns: &[Vec<Token>], behind: usize) -> usize {
        let last = self.add(None, ":x");
        self.name(last, ':', behind);
        let mut first = last;
        for missing in 1..=DIGITS_OF_ACCOUNT {
            first = self.add(
                Some((Others::Digit, Some(first))),
                &format!("{}:x", "0".repeat(missing)),
            );
        }
        self.name(first, ':', behind);
        ":x".clone_into(&mut self.states[first].rest);
        let words = patterns.iter().filter_map(|pattern| part(pattern, 4));
        for word in words.filter(|word| {
            word.chars()
                .all(|character| character.is_ascii_lowercase() || character == '-')
        }) {
            self.word(first, &format!("{word}:"), behind);
        }
        first
    }

    /// A state that stays, or goes on to the one given, with these characters.
    fn add(&mut self, others: Option<(Others, Option<usize>)>, rest: &str) -> usize {
        let own = self.states.len();
        self.states.push(State {
            named: Vec::new(),
            others: others.map(|(others, following)| (others, following.unwrap_or(own))),
            rest: rest.to_owned(),
        });
        own
    }

    fn name(&mut self, at: usize, character: char, following: usize) {
        self.states[at].named.push((character, following));
    }

    /// A word from a state to another.
    fn word(&mut self, from: usize, word: &str, to: usize) {
        let mut at = from;
        let mut rest = word.chars();
        while let Some(character) = rest.next() {
            at = match self.named(at, character) {
                Some(known) => known,
                None if rest.as_str().is_empty() => {
                    self.name(at, character, to);
                    to
                }
                None => {
                    let following = self.add(None, &format!("{}{}", rest.as_str(), self.states[to].rest));
                    self.name(at, character, following);
                    following
                }
            };
        }
    }

    fn named(&self, at: usize, character: char) -> Option<usize> {
        let mut named = self.states.get(at)?.named.iter();
        named.find_map(|(known, following)| (*known == character).then_some(*following))
    }

    /// The state behind a character.
    pub(super) fn step(&self, at: u64, character: char) -> u64 {
        let following = usize::try_from(at).ok().and_then(|at| self.following(at, character));
        following.and_then(|at| u64::try_from(at).ok()).unwrap_or(DEAD)
    }

    fn following(&self, at: usize, character: char) -> Option<usize> {
        self.named(at, character).or_else(|| {
            let (others, following) = self.states.get(at)?.others?;
            others.has(character).then_some(following)
        })
    }

    fn state(&self, at: u64) -> Option<&State> {
        self.states.get(usize::try_from(at).ok()?)
    }

    /// Of the characters that others await, sorted, keeps those that may stand here, adds those that the form awaits, and puts ahead one
    /// that stands for all the rest: `preferred`, if it may stand here.
    pub(super) fn sift(&self, at: u64, preferred: Option<char>, awaited: &mut Vec<char>) {
        let Some(state) = self.state(at) else {
            return awaited.clear();
        };
        awaited.extend(state.named.iter().map(|(character, _)| *character));
        awaited.sort_unstable();
        awaited.dedup();
        awaited.retain(|character| self.step(at, *character) != DEAD);
        if let Some((others, _)) = state.others {
            let is_free = |character: &char| others.has(*character) && awaited.binary_search(character).is_err();
            let fresh = preferred
                .filter(is_free)
                .or_else(|| others.ranges().into_iter().flatten().find(is_free));
            awaited.splice(0..0, fresh);
        }
    }

    /// Whether a text may end here.
    pub(super) fn is_end(&self, at: u64) -> bool {
        at == SETTLED || self.state(at).is_some_and(|state| state.rest.is_empty())
    }

    /// The text with the shortest rest.
    pub(super) fn completed(&self, text: String) -> String {
        let at = text.chars().fold(0, |at, character| self.step(at, character));
        let rest = self.state(at).map(|state| state.rest.as_str());
        text + rest.unwrap_or_default()
    }
}

/// What the pattern has as one of the parts of an ARN, if there is no wildcard in it.
fn part(pattern: &[Token], position: usize) -> Option<String> {
    let part = pattern.split(|token| *token == Token::Character(':')).nth(position)?;
    let characters = part.iter().map(|token| match token {
        Token::Character(character) => Some(*character),
        Token::Run | Token::One => None,
    });
    characters.collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use crate::arn::{Arn, is_account_id};
    use crate::pattern::language::partition_of_arns;
    use crate::pattern::{Case, Token, matches, tokens};

    fn arns(patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<Vec<Token>> = patterns.iter().map(|pattern| tokens(pattern)).collect();
        let (arns, are_all) = partition_of_arns(&patterns, &Cell::new(0));
        assert!(are_all);
        arns
    }

    fn count(pattern: &str, arns: &[String]) -> usize {
        let is_matched = |arn: &&String| matches(pattern, arn, Case::Sensitive);
        arns.iter().filter(is_matched).count()
    }

    #[test]
    fn wildcards_in_all_parts_are_told_apart_by_arns_that_there_may_be() {
        let patterns = [
            "arn:*:iam:*:11*:user/*",
            "arn:aws:?am:eu-*:*:*a*",
            "arn:aws*:la*:*:111111111111:*",
            "arn:aws:*:*:*:role/app",
            "*",
        ];
        let arns = arns(&patterns);
        for pattern in patterns {
            assert!(count(pattern, &arns) > 0, "{pattern}");
        }
        for text in &arns {
            let arn = Arn::read(text).unwrap();
            let label = |part: &str| part.chars().all(|character| character != ':' && character != '/');
            assert!(["aws", "aws-cn", "aws-us-gov"].contains(&arn.partition), "{text}");
            assert!(
                !arn.service.is_empty() && label(arn.service) && label(arn.region),
                "{text}"
            );
            assert!(arn.account.is_empty() || is_account_id(arn.account), "{text}");
            assert!(!arn.resource.is_empty(), "{text}");
        }
    }

    #[test]
    fn a_wildcard_may_reach_over_a_colon() {
        let pattern = "arn:aws:logs:*:log-group:*:stream";
        assert_eq!(count(pattern, &arns(&[pattern])), 1);
    }

    #[test]
    fn a_long_pattern_settles_nothing_of_another() {
        // Its last place has, in its second word, the bit that the other comes to in its first with `arn:aws:s3:::a`.
        let (short, long) = ("arn:aws:s3:::abc", format!("arn:aws:sqs:::{}*", "q".repeat(63)));
        let arns = arns(&[short, &long]);
        assert_eq!((count(short, &arns), count(&long, &arns)), (1, 1), "{arns:?}");
    }

    #[test]
    fn what_is_the_same_to_all_patterns_is_written_once() {
        assert_eq!(arns(&["*"]), ["arn:aws:x:::x"]);
        assert_eq!(arns(&["arn:aws:s3:::a*", "*"]).len(), 2);
        assert_eq!(
            arns(&["arn:aws-cn:*"])
                .iter()
                .map(|arn| arn.split(':').nth(1).unwrap())
                .collect::<Vec<_>>(),
            ["aws", "aws-cn"]
        );
    }

    #[test]
    fn words_are_accounts_where_a_pattern_has_them_and_partitions_that_there_are() {
        for there_may_be in [
            "arn:aws:iam::aws:policy/*",
            "arn:aws:sqs:*:1?2*:q",
            "arn:aws:sqs::????????????:q",
            "arn:aws-iso-b:s3:::a",
            "a*b",
        ] {
            assert_eq!(count(there_may_be, &arns(&[there_may_be])), 1, "{there_may_be}");
        }
        for not in [
            "arn:aws:iam::b*:policy",
            "arn:aws:sqs::1111:q",
            "arn:aws:sqs::1111111111111:q",
            "arn:aws-new:s3:::a",
            "arn:aws:S3:::a",
            "arn:aws::::a",
            "arn:aws:s3:::",
        ] {
            assert_eq!(count(not, &arns(&[not])), 0, "{not}");
        }
    }
}
