//! Words of documents, for the search.
//!
//! What people look for are ids, ARNs, addresses, account numbers, ports and names: values and the words of texts, from their beginning.
//! We say what a word is; the engines' own indexes (FTS5, GIN) only keep them. Two others were measured and left: a trigram index
//! takes 1.2 KB per resource and minutes to build; a plain table of (word, resource) writes a page of its B-tree per word, which
//! at 100,000 resources is more than all the rest.
//!
//! A search that misses what is there is worse than none: a document with more words than are kept is found by any word, and what
//! is not kept (very short words, times of day) is refused when it is looked for.

use std::collections::BTreeSet;

use security_monkey_model::Document;

use crate::{Result, StoreError};

/// Most words kept of one document. A policy of a thousand statements has about as many.
const MOST_TOKENS: usize = 5_000;
/// Most bytes of encoded words kept of one document: PostgreSQL indexes at most a megabyte of them.
const MOST_TOKEN_BYTES: usize = 400_000;
/// Shorter words match everything.
const LEAST_BYTES: usize = 3;
/// Longer ones are cut: a prefix is what is searched.
const MOST_BYTES: usize = 120;
/// Most words, and most characters, of one search.
const MOST_WORDS: usize = 20;
const MOST_CHARACTERS: usize = 200;

/// Stands with the words of a document that has more of them than are kept. No encoded word begins like it: `_` is followed by two
/// hexadecimal digits there.
pub(crate) const MORE: &str = "_more";

/// The words of a document.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    found: BTreeSet<String>,
    /// Of all words found, encoded.
    bytes: usize,
    has_more: bool,
}

/// The words of a document, lower case: those of every value in it and of names that are data, and of ARNs also their parts.
pub(crate) fn tokens(document: &Document) -> Tokens {
    let mut tokens = Tokens::default();
    tokens.collect(document);
    tokens
}

/// The words somebody looks for, encoded.
///
/// # Errors
/// [`StoreError::InvalidRequest`] for too many words, and for words that are not kept.
pub(crate) fn words(text: &str) -> Result<Vec<String>> {
    let refused = |what: String| Err(StoreError::InvalidRequest(what));
    if text.chars().count() > MOST_CHARACTERS || text.split_whitespace().count() > MOST_WORDS {
        return refused(format!(
            "text: at most {MOST_WORDS} words of {MOST_CHARACTERS} characters together can be looked for"
        ));
    }
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        if word.len() < LEAST_BYTES {
            return refused(format!(
                "text: '{word}' is too short: configurations are searched for words and numbers of {LEAST_BYTES} characters and more"
            ));
        }
        if is_within_day(word) {
            return refused(format!(
                "text: '{word}' is an instant: configurations are searched for days, '{}'",
                day(word)
            ));
        }
        words.push(encode(&shortened(word)));
    }
    Ok(words)
}

/// A word of nothing but letters, digits and `_`, so that no engine splits or quotes it; a word's prefix stays its prefix.
fn encode(word: &str) -> String {
    let mut encoded = String::with_capacity(word.len() + 8);
    for character in word.chars() {
        if character.is_ascii() && !character.is_ascii_alphanumeric() {
            let code = u32::from(character);
            encoded.push('_');
            encoded.extend(
                [code / 16, code % 16]
                    .into_iter()
                    .filter_map(|digit| char::from_digit(digit, 16)),
            );
        } else {
            encoded.push(character);
        }
    }
    encoded
}

impl Tokens {
    /// As the engines keep them: encoded, joined by spaces.
    pub(crate) fn encoded(&self) -> String {
        let mut tokens: Vec<&str> = self.found.iter().map(String::as_str).collect();
        if self.has_more {
            tokens.push(MORE);
        }
        tokens.join(" ")
    }

    fn collect(&mut self, document: &Document) {
        match document {
            Document::String(text) if is_within_day(text) => self.insert(day(text)),
            Document::String(text) => text.split_whitespace().for_each(|word| self.word(word)),
            Document::Number(number) => self.insert(&number.to_string()),
            Document::Bool(is_so) => self.insert(if *is_so { "true" } else { "false" }),
            Document::Array(elements) => elements.iter().for_each(|element| self.collect(element)),
            Document::Object(members) if !members.contains_key("$digest") => {
                for (name, member) in members {
                    // `SecurityGroups` is what every document of a kind has; `aws:SourceArn` and `sg-1` are somebody's.
                    if !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                        self.word(name);
                    }
                    self.collect(member);
                }
            }
            Document::Null | Document::Object(_) => {}
        }
    }

    /// A word of a text, and what people look for within it.
    fn word(&mut self, word: &str) {
        self.insert(word);
        let bare =
            word.trim_matches(|character: char| !character.is_alphanumeric() && character != '*' && character != '/');
        if bare != word {
            self.insert(bare);
        }
        if bare.starts_with("arn:") {
            // Also from the resource's part on, which is what lists show, and from its last step.
            bare.splitn(6, ':').skip(4).for_each(|part| self.insert(part));
            if let Some((_, last)) = bare.rsplit_once('/') {
                self.insert(last);
            }
        }
        // Account numbers, wherever they stand.
        if bare.len() > 12 {
            let numbers = bare.split(|character: char| !character.is_ascii_digit());
            numbers
                .filter(|number| number.len() == 12)
                .for_each(|number| self.insert(number));
        }
    }

    fn insert(&mut self, word: &str) {
        if word.len() < LEAST_BYTES {
            return;
        }
        let word = encode(&shortened(word));
        if self.found.contains(&word) {
            return;
        }
        if self.found.len() >= MOST_TOKENS || self.bytes + word.len() > MOST_TOKEN_BYTES {
            self.has_more = true;
        } else {
            self.bytes += word.len();
            self.found.insert(word);
        }
    }
}

fn shortened(word: &str) -> String {
    let mut token = word.to_lowercase().replace('\0', "\u{fffd}");
    let mut end = token.len().min(MOST_BYTES);
    while !token.is_char_boundary(end) {
        end -= 1;
    }
    token.truncate(end);
    token
}

/// `2026-11-22T…`: nobody looks for the time of a day, and there are as many as documents.
fn is_within_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes[at].is_ascii_digit();
    bytes.len() >= 13
        && [0, 1, 2, 3, 5, 6, 8, 9, 11, 12].into_iter().all(is_digit)
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes[10].eq_ignore_ascii_case(&b'T')
}

/// The day of an instant.
fn day(instant: &str) -> &str {
    instant.get(..10).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(document: &Document) -> String {
        tokens(document).encoded()
    }

    #[test]
    fn ids_arns_numbers_and_words_are_found_and_secrets_and_times_of_day_are_not() {
        let found = found(&json!({
            "Id": "SG-1", "Arn": "arn:aws:iam::111111111111:role/path/Admin", "Created": "2026-11-22T03:00:00Z",
            "Secret": {"$digest": "sha256:abcdef"}, "Description": "for the \"web\", by arn:aws:iam::333333333333:root",
            "Cidr": ["10.0.0.0/8"], "No": "x", "Port": "8080", "From": 3389, "Short": 22, "Public": true, "None": null,
            "aws:SourceArn": "logs-222222222222-eu", "sg-2": [],
        }));
        let mut wanted: Vec<String> = [
            "10.0.0.0/8",
            "111111111111",
            "2026-11-22",
            "222222222222",
            "333333333333",
            "3389",
            "8080",
            "\"web\",",
            "admin",
            "arn:aws:iam::111111111111:role/path/admin",
            "arn:aws:iam::333333333333:root",
            "aws:sourcearn",
            "for",
            "logs-222222222222-eu",
            "role/path/admin",
            "root",
            "sg-1",
            "sg-2",
            "the",
            "true",
            "web",
        ]
        .map(encode)
        .to_vec();
        wanted.sort();
        assert_eq!(found.split(' ').collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn an_encoded_word_is_plain_and_keeps_its_prefixes() {
        assert_eq!(
            words("10.0.0.0/8 O'Neil é_x").unwrap(),
            ["10_2e0_2e0_2e0_2f8", "o_27neil", "é_5fx"]
        );
        let whole = encode("arn:aws:s3:::bucket");
        for end in 1.."arn:aws:s3:::bucket".len() {
            assert!(whole.starts_with(&encode(&"arn:aws:s3:::bucket"[..end])));
        }
    }

    #[test]
    fn tokens_are_bounded_and_say_so() {
        let many: Vec<String> = (0..MOST_TOKENS).map(|n| format!("value-{n}")).collect();
        assert!(!tokens(&json!(many)).has_more);
        let more = tokens(&json!([many, "one more"]));
        assert_eq!((more.found.len(), more.has_more), (MOST_TOKENS, true));
        assert!(more.encoded().ends_with(" _more"));
        let long: Vec<String> = (0..4_000).map(|n| format!("{n:-<200}")).collect();
        let long = tokens(&json!(long));
        assert!(long.has_more && long.bytes <= MOST_TOKEN_BYTES);
        assert!(
            !tokens(&json!("é".repeat(500))).has_more,
            "a long word is cut, not lost"
        );
    }

    #[test]
    fn what_is_not_kept_is_refused() {
        for (text, wanted) in [
            ("sg-1 22", "'22' is too short"),
            (
                "2026-11-22T03",
                "is an instant: configurations are searched for days, '2026-11-22'",
            ),
            (&"abc ".repeat(21), "at most 20 words"),
            (&"a".repeat(201), "at most 20 words of 200 characters"),
        ] {
            let error = words(text).unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
        assert_eq!(words(&"abc ".repeat(20)).unwrap().len(), 20);
    }
}
