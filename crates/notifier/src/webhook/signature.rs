//! The signature of a webhook: made here, and checked here for receivers written in Rust and for our tests.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use security_monkey_model::Timestamp;
use sha2::Sha256;

/// A message that its receiver must not believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not of the form `t=…,v1=…`.
    #[error("the signature header is not of the form t=<seconds>,v1=<hex>")]
    Malformed,
    /// No signature was made with this secret over this body.
    #[error("the signature does not fit the body and the secret")]
    Wrong,
    /// Signed too long ago, or in the future: perhaps a repetition by somebody else.
    #[error("the signature's time is too far from now")]
    Stale,
}

/// The header's value: `t=<Unix seconds>` and a `v1=<hex>` for every secret.
pub fn signature_header(body: &[u8], secrets: &[&str], at: Timestamp) -> String {
    let seconds = at.as_micros().div_euclid(1_000_000);
    let mut header = format!("t={seconds}");
    for secret in secrets {
        header.push_str(",v1=");
        for byte in mac(body, secret, seconds).finalize().into_bytes() {
            let _ = write!(header, "{byte:02x}");
        }
    }
    header
}

/// Checks a header as a receiver does: signed with `secret`, at most `tolerance_seconds` from `now`. Takes constant time in the secret.
pub fn verify_signature(
    header: &str,
    body: &[u8],
    secret: &str,
    now: Timestamp,
    tolerance_seconds: i64,
) -> Result<(), SignatureError> {
    let mut parts = header.split(',');
    let seconds: i64 = parts
        .next()
        .and_then(|part| part.trim().strip_prefix("t="))
        .and_then(|text| text.parse().ok())
        .ok_or(SignatureError::Malformed)?;
    let signatures: Vec<Vec<u8>> = parts
        .filter_map(|part| part.trim().strip_prefix("v1="))
        .filter_map(bytes)
        .collect();
    if signatures.is_empty() {
        return Err(SignatureError::Malformed);
    }
    if !signatures
        .iter()
        .any(|signature| mac(body, secret, seconds).verify_slice(signature).is_ok())
    {
        return Err(SignatureError::Wrong);
    }
    let age = now.as_micros().div_euclid(1_000_000).saturating_sub(seconds);
    if age.abs() > tolerance_seconds {
        return Err(SignatureError::Stale);
    }
    Ok(())
}

fn mac(body: &[u8], secret: &str, seconds: i64) -> Hmac<Sha256> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    mac
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_352_377_000_000);
    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_header_is_the_documented_hmac() {
        // Computed with Python: hmac.new(secret, b"1795352377.{}", "sha256").hexdigest()
        assert_eq!(
            signature_header(b"{}", &[SECRET], NOW),
            "t=1795352377,v1=298932dfe97635bc7aa925b3ec0322cab6a0a2c52df7488bc354035454ba491d"
        );
    }

    #[test]
    fn only_the_right_secret_body_and_time_are_believed() {
        let header = signature_header(b"{}", &[SECRET, "another secret of thirty-two byte"], NOW);
        assert_eq!(verify_signature(&header, b"{}", SECRET, NOW, 300), Ok(()));
        assert_eq!(
            verify_signature(&header, b"{}", "another secret of thirty-two byte", NOW, 300),
            Ok(())
        );
        assert_eq!(
            verify_signature(&header, b"{ }", SECRET, NOW, 300),
            Err(SignatureError::Wrong)
        );
        assert_eq!(
            verify_signature(&header, b"{}", "wrong", NOW, 300),
            Err(SignatureError::Wrong)
        );
        assert_eq!(
            verify_signature(&header, b"{}", SECRET, NOW.plus_seconds(301), 300),
            Err(SignatureError::Stale)
        );
        let moved = header.replace("t=1795352377", "t=1795352378");
        assert_eq!(
            verify_signature(&moved, b"{}", SECRET, NOW, 300),
            Err(SignatureError::Wrong)
        );
        for malformed in ["", "t=,v1=00", "v1=00", "t=1", "t=1,v1=xyz", "t=1,v1=0"] {
            assert_eq!(
                verify_signature(malformed, b"{}", SECRET, NOW, 300),
                Err(SignatureError::Malformed),
                "{malformed}"
            );
        }
    }
}
