//! Canonical JSON and its SHA-256.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Document;

/// A SHA-256 value; 64 hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of the parts, each preceded by its length so that no two different lists of parts hash alike.
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// The digest of a document's canonical form.
    pub fn of_document(document: &Document) -> Self {
        Self::of(&canonical_bytes(document))
    }

    /// A digest read back from storage.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses 64 hexadecimal digits.
    pub fn parse_hex(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 64 {
            return None;
        }
        let mut out = [0; 32];
        for (index, pair) in bytes.chunks_exact(2).enumerate() {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            out[index] = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(out))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_hex(&text).ok_or_else(|| serde::de::Error::custom("a digest is 64 hexadecimal digits"))
    }
}

/// The one byte form of a document: keys sorted (by Unicode code point), no white space, shortest escapes.
///
/// Equal documents have equal bytes whatever order or spelling they arrived in. Numbers keep `serde_json`'s shortest
/// round-trip form; `1` and `1.0` stay different because AWS's types make them different.
pub fn canonical_bytes(document: &Document) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    // Writing a `Value` into a `Vec` cannot fail: no I/O, and every map key is a string.
    if let Err(error) = serde_json::to_writer(&mut out, document) {
        unreachable!("a JSON value always serialises: {error}");
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn key_order_does_not_matter_but_list_order_does() {
        let one: Document = serde_json::from_str(r#"{"b":1,"a":[1,2]}"#).unwrap();
        let two: Document = serde_json::from_str(r#"{ "a" : [1,2], "b":1 }"#).unwrap();
        assert_eq!(Digest::of_document(&one), Digest::of_document(&two));
        assert_ne!(
            Digest::of_document(&one),
            Digest::of_document(&json!({"b":1,"a":[2,1]}))
        );
        assert_eq!(canonical_bytes(&one), br#"{"a":[1,2],"b":1}"#);
    }

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(Digest::of_parts(&[b"ab", b"c"]), Digest::of_parts(&[b"a", b"bc"]));
    }

    #[test]
    fn hex_round_trips() {
        let digest = Digest::of(b"x");
        assert_eq!(Digest::parse_hex(&digest.to_string()), Some(digest));
        assert_eq!(Digest::parse_hex("zz"), None);
    }
}
