//! Texts of policies as the search takes them apart: patterns into tokens, variables into values.

use super::asked::Needs;
use super::candidates::FRESH;
use crate::arn::complete;
use crate::document::{Element, Version};
use crate::evaluate::{self, Caller, Part, Request};
use crate::keys::follows_from_caller;
use crate::pattern::{self, Token, has_wildcard};

/// A pattern of resources as it reads for a request; `None` where a variable stands for what its caller cannot have: it matches nothing.
pub(super) fn tokens_of(text: &str, version: Version, probe: &Request) -> Option<Vec<Token>> {
    let open = evaluate::open_keys(text, version, probe);
    if open.iter().any(|key| !may_have(&probe.caller, key)) {
        return None;
    }
    evaluate::resource_tokens(text, version, probe).or_else(|| Some(pattern::tokens(&fill_variables(&complete(text)))))
}

/// Whether requests of the caller may have a key that does not follow from who calls.
pub(super) fn may_have(caller: &Caller, key: &str) -> bool {
    !follows_from_caller(key) && Needs::of(key).has(caller)
}

/// A text with every variable replaced by the fresh value.
pub(super) fn fill_variables(text: &str) -> String {
    let filled = evaluate::replaced(text, |part| matches!(part, Part::Variable(_)).then_some(FRESH));
    filled.replace(['*', '?'], "x")
}

/// The texts that are patterns and no plain `*`, each once.
pub(super) fn narrowing<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut narrowing: Vec<&str> = texts.filter(|text| has_wildcard(text) && *text != "*").collect();
    narrowing.sort_unstable();
    narrowing.dedup();
    narrowing
}

pub(super) fn token_list(element: &Element) -> Vec<Vec<Token>> {
    element
        .patterns
        .iter()
        .map(|pattern| pattern::tokens(&pattern.text))
        .collect()
}

/// The text of a pattern without wildcards.
pub(super) fn spelled(tokens: &[Token]) -> Option<String> {
    tokens
        .iter()
        .map(|token| {
            if let Token::Character(character) = token {
                Some(*character)
            } else {
                None
            }
        })
        .collect()
}
