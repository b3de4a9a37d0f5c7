//! Names of users that policies tell apart without asking for the name: `${aws:username}` stands in a text, and another text says what the
//! whole may be. The user `bob-1` is the only kind that reaches `role/${aws:username}-x` under a boundary of `role/bob-*`.

use std::collections::{BTreeSet, HashMap};

use crate::arn::complete;
use crate::document::{Effect, Polarity, Statement, Version};
use crate::evaluate::{self, Part};
use crate::pattern::{self, Token};

/// The key of the name. Source: IAM User Guide, "IAM policy elements: Variables and tags".
const NAME: &str = "aws:username";

/// The most patterns of names that are kept.
const MOST: usize = 64;

/// What the texts say of names.
pub(super) struct Names {
    /// Patterns that names match or not: those that agree in all of them are alike for the policies.
    pub(super) patterns: Vec<Vec<Token>>,
    /// Whether that is true of all names: not where two texts that must both match have the name in places that are not the same.
    pub(super) are_all: bool,
}

/// Texts that are compared with the same thing: resources, or values of one condition key.
#[derive(Default)]
struct Compared<'p> {
    plain: BTreeSet<&'p str>,
    with_name: Vec<WithName<'p>>,
}

/// A text in which the name stands.
#[derive(PartialEq, Eq)]
struct WithName<'p> {
    text: &'p str,
    /// Whether what the text leaves out is what the statement is against: two such texts have to agree.
    must_match: bool,
}

/// The names that statements tell apart.
pub(super) fn of<'p>(statements: impl Iterator<Item = &'p Statement>) -> Names {
    let mut by_key: HashMap<String, Compared<'p>> = HashMap::new();
    for statement in statements {
        let version = statement.version;
        if let Some(element) = &statement.resource {
            let must_match = (statement.effect == Effect::Allow) == (element.polarity == Polarity::Is);
            let of_resources = by_key.entry(String::new()).or_default();
            for pattern in &element.patterns {
                of_resources.add(&pattern.text, version, must_match);
            }
        }
        for condition in &statement.conditions {
            let must_match = (statement.effect == Effect::Allow) != condition.operator.kind.is_negated();
            let of_key = by_key.entry(condition.key.to_ascii_lowercase()).or_default();
            for value in &condition.values {
                of_key.add(&value.text, version, must_match);
            }
        }
    }
    let mut patterns: BTreeSet<Vec<Token>> = BTreeSet::new();
    let mut are_all = true;
    for compared in by_key.values() {
        compared.add_names(&mut patterns);
        are_all &= compared.has_alike_places();
    }
    are_all &= patterns.len() <= MOST;
    Names {
        patterns: patterns.into_iter().take(MOST).collect(),
        are_all,
    }
}

impl<'p> Compared<'p> {
    fn add(&mut self, text: &'p str, version: Version, must_match: bool) {
        if !evaluate::has_variable(text, version) || !evaluate::has_variable_of(text, NAME) {
            self.plain.insert(text);
            return;
        }
        let with_name = WithName { text, must_match };
        if !self.with_name.contains(&with_name) {
            self.with_name.push(with_name);
        }
    }

    /// Adds what the name must be for each text that has it, at each place, to match each of the others.
    fn add_names(&self, patterns: &mut BTreeSet<Vec<Token>>) {
        for with_name in &self.with_name {
            let text = complete(with_name.text);
            let parts: Vec<Part<'_>> = evaluate::parts(&text).collect();
            let places = parts.iter().enumerate().filter(|(_, part)| is_name(part));
            for (place, _) in places {
                let before = with_wildcards(parts.get(..place).unwrap_or_default());
                let behind = with_wildcards(parts.get(place + 1..).unwrap_or_default());
                for other in &self.plain {
                    let other = pattern::tokens(&evaluate::without_variables(&complete(other)));
                    patterns.extend(
                        between(&other, &before, &behind)
                            .into_iter()
                            .filter(|name| is_of_some(name)),
                    );
                }
            }
        }
    }

    /// Whether texts that have to agree have the name once, behind the same.
    fn has_alike_places(&self) -> bool {
        let mut heads = self.with_name.iter().filter(|text| text.must_match).map(|with_name| {
            let mut parts = evaluate::parts(with_name.text);
            let head: String = parts
                .by_ref()
                .take_while(|part| !is_name(part))
                .map(|part| part.written())
                .collect();
            (head, !parts.any(|part| is_name(&part)))
        });
        let Some((first, is_once)) = heads.next() else {
            return true;
        };
        is_once && heads.all(|(head, is_once)| is_once && (head == first || is_of_another_kind(&head, &first)))
    }
}

/// Whether two beginnings of ARNs are those of different resource types.
fn is_of_another_kind(left: &str, right: &str) -> bool {
    let kind = |text: &str| {
        let resource = text.splitn(6, ':').nth(5)?;
        let (kind, _) = resource.split_once(['/', ':'])?;
        (!pattern::has_wildcard(kind) && !kind.contains('$')).then(|| kind.to_owned())
    };
    kind(left).zip(kind(right)).is_some_and(|(left, right)| left != right)
}

fn is_name(part: &Part<'_>) -> bool {
    part.key().is_some_and(|key| key.eq_ignore_ascii_case(NAME))
}

fn with_wildcards(parts: &[Part<'_>]) -> Vec<Token> {
    let written: String = parts.iter().map(Part::written).collect();
    pattern::tokens(&evaluate::without_variables(&written))
}

/// Whether some name matches the pattern and some does not.
fn is_of_some(name: &[Token]) -> bool {
    let is_foreign = |token: &Token| matches!(token, Token::Character('/' | ':'));
    !name.is_empty() && name != [Token::Run] && !name.iter().any(is_foreign)
}

/// Patterns one of which a text must match to stand between `before` and `behind` in what the pattern matches.
fn between(pattern: &[Token], before: &[Token], behind: &[Token]) -> Vec<Vec<Token>> {
    let begins = reached(pattern, before);
    let backwards = |tokens: &[Token]| -> Vec<Token> { tokens.iter().rev().copied().collect() };
    let ends = reached(&backwards(pattern), &backwards(behind));
    let ends: Vec<usize> = ends.into_iter().map(|end| pattern.len() - end).collect();
    let pieces = begins.iter().flat_map(|begin| ends.iter().map(move |end| *begin..*end));
    pieces
        .filter_map(|piece| pattern.get(piece).map(<[Token]>::to_vec))
        .collect()
}

/// How much of the pattern texts that match `read` may use up.
fn reached(pattern: &[Token], read: &[Token]) -> BTreeSet<usize> {
    let mut places = BTreeSet::from([0]);
    skip_runs(pattern, &mut places);
    for token in read {
        match token {
            Token::Run => loop {
                let next = step(pattern, &places, Token::One);
                let count = places.len();
                places.extend(next);
                if places.len() == count {
                    break;
                }
            },
            other => places = step(pattern, &places, *other),
        }
    }
    places
}

/// The places behind one character, of which `One` is any.
fn step(pattern: &[Token], places: &BTreeSet<usize>, character: Token) -> BTreeSet<usize> {
    let next = |place: &usize| match pattern.get(*place) {
        Some(Token::Run) => Some(*place),
        Some(token) if *token == Token::One || character == Token::One || *token == character => Some(place + 1),
        _ => None,
    };
    let mut found = places.iter().filter_map(next).collect();
    skip_runs(pattern, &mut found);
    found
}

fn skip_runs(pattern: &[Token], places: &mut BTreeSet<usize>) {
    let behind: Vec<usize> = places
        .iter()
        .filter(|place| pattern.get(**place) == Some(&Token::Run))
        .map(|place| place + 1)
        .collect();
    places.extend(behind);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::between;
    use crate::pattern::{Case, tokens, tokens_match};

    /// Against trying: for every short name, whether some text of the two sides and the name is matched.
    #[test]
    fn what_stands_between_is_what_the_pattern_leaves() {
        let words = |longest: usize| {
            let mut words = BTreeSet::from([String::new()]);
            for _ in 0..longest {
                let longer: Vec<String> = words
                    .iter()
                    .flat_map(|word| ["a", "b"].map(|end| format!("{word}{end}")))
                    .collect();
                words.extend(longer);
            }
            words
        };
        let (names, rest) = (words(3), words(4));
        for pattern in ["a*b", "ab*", "*ab", "a?b*", "*", "ab", "*a*b", "abab", "??b"] {
            for (before, behind) in [
                ("a", "b"),
                ("", "b"),
                ("a", ""),
                ("*", "b"),
                ("a*", ""),
                ("?", "*"),
                ("", ""),
            ] {
                let left = between(&tokens(pattern), &tokens(before), &tokens(behind));
                let of = |side: &str| {
                    let side = tokens(side);
                    rest.iter()
                        .filter(move |word| tokens_match(&side, word, Case::Sensitive))
                };
                for name in names.iter().filter(|name| !name.is_empty()) {
                    let is_left = left.iter().any(|piece| tokens_match(piece, name, Case::Sensitive));
                    let is_possible = of(before).any(|before| {
                        of(behind).any(|behind| {
                            tokens_match(&tokens(pattern), &format!("{before}{name}{behind}"), Case::Sensitive)
                        })
                    });
                    assert_eq!(is_left, is_possible, "{pattern}: {before} {name} {behind}");
                }
            }
        }
    }
}
