//! Spellings in upper and lower case that operators without case take for one text, and others on the same key do not.

use std::collections::HashSet;

use super::takes_wildcards;
use crate::document::{Condition, OperatorKind};
use crate::pattern::{self, Case, has_wildcard};

/// The most letters of which every combination of cases is tried.
const MOST_LETTERS: usize = 6;

/// Spellings of the texts that conditions without case name, and whether they stand for all that the other conditions tell apart.
pub(super) fn spellings(conditions: &[&Condition]) -> (Vec<String>, bool) {
    let is_without_case = |kind: OperatorKind| {
        matches!(
            kind,
            OperatorKind::StringEqualsIgnoreCase | OperatorKind::StringNotEqualsIgnoreCase
        )
    };
    let texts_of = |is_wanted: &dyn Fn(OperatorKind) -> bool| -> Vec<&str> {
        let wanted = conditions.iter().filter(|condition| is_wanted(condition.operator.kind));
        let values = wanted.flat_map(|condition| &condition.values);
        values.map(|value| value.text.as_str()).collect()
    };
    let texts = texts_of(&is_without_case);
    if texts.is_empty() {
        return (Vec::new(), true);
    }
    let patterns = texts_of(&takes_wildcards);
    let exact = texts_of(&|kind| {
        matches!(
            kind,
            OperatorKind::StringEquals | OperatorKind::StringNotEquals | OperatorKind::BinaryEquals
        )
    });
    let named: HashSet<String> = exact.iter().map(|text| text.to_lowercase()).collect();
    let (mut found, mut are_all) = (Vec::new(), true);
    for text in texts {
        let fitting: Vec<&str> = patterns
            .iter()
            .copied()
            .filter(|pattern| pattern.chars().any(has_case) && pattern::matches(pattern, text, Case::Insensitive))
            .collect();
        if fitting.is_empty() && !named.contains(&text.to_lowercase()) {
            continue;
        }
        let spelled = spelled(text);
        let is_told = |pattern: &&str| {
            let matches = |text: &String| pattern::matches(pattern, text, Case::Sensitive);
            !has_wildcard(pattern) || spelled.iter().any(matches) && !spelled.iter().all(matches)
        };
        let open = fitting.iter().filter(|pattern| has_wildcard(pattern)).count();
        let is_every = text.chars().filter(|character| has_case(*character)).count() <= MOST_LETTERS;
        let is_outside = |text: &&String| !exact.iter().chain(&patterns).any(|known| known == text);
        are_all &= is_every || open <= 1 && fitting.iter().all(is_told) && spelled.iter().any(|text| is_outside(&text));
        found.extend(spelled);
    }
    (found, are_all)
}

/// The text in each combination of cases of its first letters, the others as they are or all turned.
fn spelled(text: &str) -> Vec<String> {
    let letters: Vec<usize> = text
        .char_indices()
        .filter(|(_, character)| has_case(*character))
        .map(|(place, _)| place)
        .collect();
    let (tried, others) = letters.split_at(letters.len().min(MOST_LETTERS));
    let rests: &[bool] = if others.is_empty() { &[false] } else { &[false, true] };
    let combinations =
        (0..1_u32 << tried.len()).flat_map(|mask| rests.iter().map(move |turns_rest| (mask, *turns_rest)));
    let spell = |(mask, turns_rest): (u32, bool)| -> String {
        let turn = |(place, character): (usize, char)| {
            let is_turned = match tried.iter().position(|tried| *tried == place) {
                Some(position) => mask & (1 << position) != 0,
                None => turns_rest,
            };
            if is_turned { turned(character) } else { character }
        };
        text.char_indices().map(turn).collect()
    };
    combinations.map(spell).collect()
}

fn has_case(character: char) -> bool {
    turned(character) != character
}

/// The letter in its other case, where that is one letter and leads back.
fn turned(character: char) -> char {
    let one = |mut letters: Box<dyn Iterator<Item = char>>| letters.next().filter(|_| letters.next().is_none());
    let other = if character.is_lowercase() {
        one(Box::new(character.to_uppercase()))
    } else {
        one(Box::new(character.to_lowercase()))
    };
    let is_same = |other: &char| other.to_lowercase().eq(character.to_lowercase());
    other.filter(is_same).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn each_combination_of_few_letters_and_some_of_many() {
        let mut two = spelled("a1\u{e9}");
        two.sort();
        assert_eq!(two, ["A1\u{c9}", "A1\u{e9}", "a1\u{c9}", "a1\u{e9}"]);
        assert_eq!(spelled("1-2"), ["1-2"]);
        let many = spelled("hello-World");
        assert_eq!(many.len(), 128);
        for expected in ["hello-World", "HELLO-World", "HELLO-wORLD", "hELLO-WORLD"] {
            assert!(many.iter().any(|text| text == expected), "{expected}");
        }
    }
}
