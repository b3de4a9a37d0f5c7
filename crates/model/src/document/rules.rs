//! What a technology says about its documents: which paths are ephemeral, secret, unordered.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::{Digest, Document, Path, canonical_bytes};

/// A deployment's salt for secret digests: equal secrets give equal digests inside one deployment, and nothing outside it.
#[derive(Clone)]
pub struct Salt(Vec<u8>);

impl Salt {
    /// A salt of at least 16 random bytes, kept in the store.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// A name for the database the salt belongs to: 16 hexadecimal digits that tell nothing of the salt, and that no other database has.
    pub fn public_name(&self) -> String {
        let mut name = Digest::of_parts(&[b"public name", &self.0]).to_string();
        name.truncate(16);
        name
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// How a technology's documents are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentRules {
    /// Changes there are no revision (counters, last-used dates).
    pub ephemeral: Vec<Path>,
    /// Stored as a salted digest, never the value.
    pub secret: Vec<Path>,
    /// Lists whose order means nothing.
    pub unordered: Vec<Path>,
}

impl DocumentRules {
    /// Replaces secrets by salted digests and sorts unordered lists. Run once, before a document leaves the watcher.
    ///
    /// A digest is `{"$digest": "sha256:<hex>"}`, keyed by the salt and the path, so that equal values at different paths do not
    /// show as equal. Null and empty values stay as they are: they hold no secret, and rules want to see them.
    pub fn normalise(&self, document: &mut Document, salt: &Salt) {
        for path in &self.secret {
            let place = path.to_string();
            path.edit(document, &mut |value| {
                let is_empty = match &value {
                    Document::Null => true,
                    Document::String(text) => text.is_empty(),
                    Document::Array(elements) => elements.is_empty(),
                    Document::Object(members) => members.is_empty() || members.contains_key("$digest"),
                    _ => false,
                };
                Some(if is_empty { value } else { masked(&value, &place, salt) })
            });
        }
        for path in &self.unordered {
            path.edit(document, &mut |value| {
                Some(match value {
                    Document::Array(mut elements) => {
                        elements.sort_by_cached_key(canonical_bytes);
                        Document::Array(elements)
                    }
                    other => other,
                })
            });
        }
    }

    /// The hash that decides whether a change is durable: the document without its ephemeral paths.
    pub fn durable_digest(&self, document: &Document) -> Digest {
        if self.ephemeral.iter().all(|path| path.select(document).is_empty()) {
            return Digest::of_document(document);
        }
        let mut durable = document.clone();
        for path in &self.ephemeral {
            path.edit(&mut durable, &mut |_| None);
        }
        Digest::of_document(&durable)
    }
}

fn masked(value: &Document, place: &str, salt: &Salt) -> Document {
    let mut hasher = Sha256::new();
    for part in [&salt.0[..], place.as_bytes(), &canonical_bytes(value)] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = Digest::from_bytes(hasher.finalize().into());
    serde_json::json!({ "$digest": format!("sha256:{digest}") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules() -> DocumentRules {
        let path = |text| Path::parse(text).unwrap();
        DocumentRules {
            ephemeral: vec![path("LastUsed"), path("Keys[].LastUsed")],
            secret: vec![path("Environment.Variables.*")],
            unordered: vec![path("Groups")],
        }
    }

    #[test]
    fn a_secret_never_survives_normalising_and_normalising_twice_changes_nothing() {
        let salt = Salt::new(vec![7; 16]);
        let mut document =
            json!({"Environment": {"Variables": {"PASSWORD": "hunter2", "EMPTY": ""}}, "Groups": ["b", "a"]});
        rules().normalise(&mut document, &salt);
        let text = document.to_string();
        assert!(!text.contains("hunter2"), "{text}");
        assert!(
            document["Environment"]["Variables"]["PASSWORD"]["$digest"]
                .as_str()
                .unwrap()
                .starts_with("sha256:")
        );
        assert_eq!(document["Environment"]["Variables"]["EMPTY"], "");
        assert_eq!(document["Groups"], json!(["a", "b"]));
        let once = document.clone();
        rules().normalise(&mut document, &salt);
        assert_eq!(document, once);
    }

    #[test]
    fn another_salt_gives_another_digest() {
        let make = |salt: u8| {
            let mut document = json!({"Environment": {"Variables": {"A": "x"}}});
            rules().normalise(&mut document, &Salt::new(vec![salt; 16]));
            document
        };
        assert_ne!(make(1), make(2));
        assert_eq!(make(1), make(1));
    }

    #[test]
    fn an_ephemeral_change_keeps_the_durable_digest() {
        let one = json!({"Name": "a", "LastUsed": 1, "Keys": [{"Id": 1, "LastUsed": 5}]});
        let two = json!({"Name": "a", "LastUsed": 2, "Keys": [{"Id": 1, "LastUsed": 6}]});
        let three = json!({"Name": "b", "LastUsed": 2, "Keys": [{"Id": 1, "LastUsed": 6}]});
        assert_eq!(rules().durable_digest(&one), rules().durable_digest(&two));
        assert_ne!(rules().durable_digest(&one), rules().durable_digest(&three));
    }
}
