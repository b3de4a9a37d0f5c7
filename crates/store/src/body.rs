//! Bodies of revisions: canonical JSON, compressed by zstd with this deployment's dictionary, each readable by itself.
//!
//! Measured (`docs/reference/performance-store.md`): a dictionary makes them about a third of what plain zstd makes of them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use security_monkey_model::{Digest, Document};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use crate::{Result, StoreError};

/// zstd's default. Level 9 saves a tenth and costs five times the time.
const LEVEL: i32 = 3;
/// A body claims its own size; more than this is not one of ours (AWS's largest answers are a few MB).
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// A dictionary, prepared for both directions.
pub(crate) struct Dictionary {
    number: i64,
    encoder: EncoderDictionary<'static>,
    decoder: DecoderDictionary<'static>,
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dictionary({})", self.number)
    }
}

impl Dictionary {
    pub(crate) fn new(number: i64, bytes: &[u8]) -> Self {
        Self {
            number,
            encoder: EncoderDictionary::copy(bytes, LEVEL),
            decoder: DecoderDictionary::copy(bytes),
        }
    }
}

/// The dictionaries read so far; immutable, so they are never read twice.
#[derive(Debug, Default)]
pub(crate) struct Bodies(RwLock<BTreeMap<i64, Arc<Dictionary>>>);

impl Bodies {
    pub(crate) fn get(&self, number: i64) -> Option<Arc<Dictionary>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&number)
            .cloned()
    }

    pub(crate) fn put(&self, number: i64, bytes: &[u8]) -> Arc<Dictionary> {
        let dictionary = Arc::new(Dictionary::new(number, bytes));
        self.0
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(number, Arc::clone(&dictionary));
        dictionary
    }
}

/// Compresses canonical bytes; says with which dictionary (0: none).
pub(crate) struct Encoder<'d> {
    compressor: zstd::bulk::Compressor<'d>,
    number: i64,
}

impl<'d> Encoder<'d> {
    pub(crate) fn new(dictionary: Option<&'d Dictionary>) -> Result<Self> {
        let (compressor, number) = match dictionary {
            Some(dictionary) => (
                zstd::bulk::Compressor::with_prepared_dictionary(&dictionary.encoder),
                dictionary.number,
            ),
            None => (zstd::bulk::Compressor::new(LEVEL), 0),
        };
        let compressor = compressor.map_err(|source| StoreError::Driver { source: source.into() })?;
        Ok(Self { compressor, number })
    }

    pub(crate) const fn dictionary(&self) -> i64 {
        self.number
    }

    pub(crate) fn encode(&mut self, canonical: &[u8]) -> Result<Vec<u8>> {
        self.compressor
            .compress(canonical)
            .map_err(|source| StoreError::Driver { source: source.into() })
    }
}

/// The canonical bytes of a body.
pub(crate) fn decode(dictionary: Option<&Dictionary>, body: &[u8]) -> Result<Vec<u8>> {
    let corrupt = |what: &str| StoreError::Corrupt(format!("a revision's body: {what}"));
    let size = zstd::zstd_safe::get_frame_content_size(body)
        .ok()
        .flatten()
        .filter(|size| *size <= MOST_BYTES)
        .and_then(|size| usize::try_from(size).ok())
        .ok_or_else(|| corrupt("it does not begin like one"))?;
    let decompressor = match dictionary {
        Some(dictionary) => zstd::bulk::Decompressor::with_prepared_dictionary(&dictionary.decoder),
        None => zstd::bulk::Decompressor::new(),
    };
    decompressor
        .and_then(|mut decompressor| decompressor.decompress(body, size))
        .map_err(|error| corrupt(&error.to_string()))
}

/// The document of canonical bytes, which must have this digest.
pub(crate) fn parse(canonical: &[u8], full: &Digest) -> Result<Document> {
    if Digest::of(canonical) != *full {
        return Err(StoreError::Corrupt(
            "a revision's body does not have its digest".to_owned(),
        ));
    }
    serde_json::from_slice(canonical).map_err(|error| StoreError::Corrupt(format!("a revision's body: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_survives_with_and_without_a_dictionary() {
        let bytes = br#"{"GroupId":"sg-1","IpPermissions":[]}"#;
        let samples: Vec<Vec<u8>> = (0..200)
            .map(|n| {
                format!(
                    r#"{{"GroupId":"sg-{n}","IpPermissions":[],"Name":"group {n}","Owner":"{:012}"}}"#,
                    n * 7919
                )
                .into_bytes()
            })
            .collect();
        let trained = Dictionary::new(3, &zstd::dict::from_samples(&samples, 4096).unwrap());
        for dictionary in [None, Some(&trained)] {
            let mut encoder = Encoder::new(dictionary).unwrap();
            let body = encoder.encode(bytes).unwrap();
            assert_eq!(decode(dictionary, &body).unwrap(), bytes);
        }
        let with = Encoder::new(Some(&trained)).unwrap().encode(bytes).unwrap();
        assert!(with.len() < Encoder::new(None).unwrap().encode(bytes).unwrap().len());
        assert!(decode(None, &with).is_err(), "the wrong dictionary is noticed");
    }

    #[test]
    fn rubbish_is_an_error() {
        assert!(decode(None, b"").is_err());
        assert!(decode(None, b"not zstd at all").is_err());
        assert!(parse(b"{}", &Digest::of(b"{ }")).is_err());
    }
}
