//! Words of documents, for the search.
//!
//! What people look for are ids, ARNs, addresses, account numbers and names: string values and their words, from their beginning. We say
//! what a word is; the engines' own indexes (FTS5, GIN) only keep them. Two others were measured and left: a trigram index
//! takes 1.2 KB per resource and minutes to build; a plain table of (word, resource) writes a page of its B-tree per word, which
//! at 100,000 resources is more than all the rest.
//!
//! Numbers of fewer than six digits are left out, and so is the whole of a text that has several words: they are much of the index and
//! little of what is looked for.

use std::collections::BTreeSet;

use security_monkey_model::Document;

/// Most words kept of one document: a policy of a thousand statements is not made findable by its every action.
const MOST_TOKENS: usize = 200;
/// Shorter words match everything.
const LEAST_BYTES: usize = 3;
/// Longer ones are cut: a prefix is what is searched.
const MOST_BYTES: usize = 120;

/// The words of a document, lower case: those of every string in it, and of ARNs also their parts.
pub(crate) fn tokens(document: &Document) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(document, &mut found);
    found
}

/// The words of a document as the engines keep them: encoded, joined by spaces.
pub(crate) fn encoded(tokens: &BTreeSet<String>) -> String {
    let tokens: Vec<String> = tokens.iter().map(|token| encode(token)).collect();
    tokens.join(" ")
}

/// The words somebody looks for, encoded.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(|word| encode(&shortened(word))).collect()
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

fn collect(document: &Document, found: &mut BTreeSet<String>) {
    if found.len() >= MOST_TOKENS {
        return;
    }
    match document {
        Document::String(text) => {
            if is_instant(text) {
                return;
            }
            if text.starts_with("arn:") {
                // Also from the resource's part on, which is what lists show, and from its last step.
                insert(text, found);
                text.splitn(6, ':').skip(4).for_each(|part| insert(part, found));
                if let Some((_, last)) = text.rsplit_once('/') {
                    insert(last, found);
                }
            } else {
                text.split_whitespace().take(20).for_each(|word| insert(word, found));
            }
        }
        Document::Array(elements) => elements.iter().for_each(|element| collect(element, found)),
        Document::Object(members) if !members.contains_key("$digest") => {
            members.values().for_each(|member| collect(member, found));
        }
        _ => {}
    }
}

fn insert(word: &str, found: &mut BTreeSet<String>) {
    let is_small_number = word.len() < 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    if word.len() >= LEAST_BYTES && !is_small_number && found.len() < MOST_TOKENS {
        found.insert(shortened(word));
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

/// `2026-11-22T…`: nobody looks for one.
fn is_instant(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 19 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b'T' && bytes[0].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ids_arns_and_words_are_found_and_secrets_and_instants_are_not() {
        let found = tokens(&json!({
            "Id": "SG-1", "Arn": "arn:aws:iam::111111111111:role/path/Admin", "Created": "2026-11-22T03:00:00Z",
            "Secret": {"$digest": "sha256:abcdef"}, "Description": "for the web", "Cidr": ["10.0.0.0/8"], "No": "x", "Port": "8080",
        }));
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert_eq!(
            found,
            [
                "10.0.0.0/8",
                "111111111111",
                "admin",
                "arn:aws:iam::111111111111:role/path/admin",
                "for",
                "role/path/admin",
                "sg-1",
                "the",
                "web"
            ]
        );
    }

    #[test]
    fn an_encoded_word_is_plain_and_keeps_its_prefixes() {
        assert_eq!(
            words("10.0.0.0/8 O'Neil é_x"),
            ["10_2e0_2e0_2e0_2f8", "o_27neil", "é_5fx"]
        );
        let whole = encode("arn:aws:s3:::bucket");
        for end in 1.."arn:aws:s3:::bucket".len() {
            assert!(whole.starts_with(&encode(&"arn:aws:s3:::bucket"[..end])));
        }
    }

    #[test]
    fn tokens_are_bounded() {
        let many: Vec<String> = (0..1000).map(|n| format!("value-{n}")).collect();
        assert_eq!(tokens(&json!(many)).len(), MOST_TOKENS);
        let long = tokens(&json!("é".repeat(500)));
        assert!(long.iter().all(|token| token.len() <= MOST_BYTES));
    }
}
