//! Single values as text (XML, headers) to JSON. What is not what the table says is kept as it came.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::{Number, Value};

use super::moment;
use crate::models::Scalar;

/// The value of a text.
pub(super) fn from_text(scalar: Scalar, text: Cow<'_, str>) -> Value {
    match scalar {
        Scalar::String | Scalar::Document => Value::String(text.into_owned()),
        Scalar::JsonText => json_text(text.into_owned()),
        Scalar::Boolean => match text.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(text.into_owned()),
        },
        Scalar::Integer => integer(&text).map_or_else(|| Value::String(text.into_owned()), Value::Number),
        Scalar::Float => float(&text).unwrap_or_else(|| Value::String(text.into_owned())),
        Scalar::Blob => Value::String(blob(&text)),
        Scalar::Timestamp(_) => Value::String(moment::normalise(&text).unwrap_or_else(|| text.into_owned())),
    }
}

fn integer(text: &str) -> Option<Number> {
    let text = text.trim();
    text.parse::<i64>()
        .map(Number::from)
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
}

/// A number, or for NaN and the infinities their name.
fn float(text: &str) -> Option<Value> {
    let number: f64 = text.trim().parse().ok()?;
    Some(match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None => Value::String(non_finite(number).to_owned()),
    })
}

/// The name of a number that JSON does not have.
pub(super) fn non_finite(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

/// Base64 with the usual alphabet and padding, without blanks; text that is no base64 is kept.
pub(super) fn blob(text: &str) -> String {
    let compact: Cow<'_, str> = if text.contains(|character: char| character.is_ascii_whitespace()) {
        text.chars()
            .filter(|character| !character.is_ascii_whitespace())
            .collect::<String>()
            .into()
    } else {
        text.into()
    };
    match STANDARD_NO_PAD.decode(compact.trim_end_matches('=')) {
        Ok(bytes) => STANDARD.encode(bytes),
        Err(_) => text.to_owned(),
    }
}

/// A JSON object or array in a text, percent-encoded or not; any other text stays text.
pub(super) fn json_text(text: String) -> Value {
    let decoded = match text.trim_start().as_bytes() {
        [b'{' | b'[', ..] => Cow::Borrowed(text.as_str()),
        [b'%', b'7' | b'5', b'B' | b'b', ..] => match percent_decoded(text.trim_start()) {
            Some(decoded) => Cow::Owned(decoded),
            None => return Value::String(text),
        },
        _ => return Value::String(text),
    };
    match serde_json::from_str(&decoded) {
        Ok(value) => value,
        Err(_) => Value::String(text),
    }
}

/// Percent-decoding; `None` if the result is not UTF-8 or a `%` is not followed by two digits.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        if *byte == b'%' {
            let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
            let value = digit(position + 1)? * 16 + digit(position + 2)?;
            decoded.push(u8::try_from(value).ok()?);
            position += 3;
        } else {
            decoded.push(*byte);
            position += 1;
        }
    }
    String::from_utf8(decoded).ok()
}

/// Base64 of bytes.
pub(super) fn base64_of(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The JSON in a header with `jsonvalue`: base64 of JSON.
pub(super) fn json_header(text: &str) -> Value {
    STANDARD
        .decode(text.trim())
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn surprising_scalars_are_kept() {
        assert_eq!(from_text(Scalar::Boolean, "".into()), json!(""));
        assert_eq!(from_text(Scalar::Boolean, "yes".into()), json!("yes"));
        assert_eq!(
            from_text(Scalar::Integer, "99999999999999999999".into()),
            json!("99999999999999999999")
        );
        assert_eq!(
            from_text(Scalar::Integer, "18446744073709551615".into()),
            json!(u64::MAX)
        );
        assert_eq!(from_text(Scalar::Float, "NaN".into()), json!("NaN"));
        assert_eq!(from_text(Scalar::Float, "-Infinity".into()), json!("-Infinity"));
        assert_eq!(from_text(Scalar::Timestamp(None), "soon".into()), json!("soon"));
        assert_eq!(from_text(Scalar::Blob, "not base64!".into()), json!("not base64!"));
        assert_eq!(from_text(Scalar::Blob, "aGVs\nbG8=".into()), json!("aGVsbG8="));
    }

    #[test]
    fn policies_become_json_however_they_come() {
        let policy = json!({"Version": "2012-10-17", "Statement": []});
        assert_eq!(json_text(policy.to_string()), policy);
        let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
        assert_eq!(json_text(encoded.to_owned()), policy);
        for text in ["arn:aws:iam::aws:policy/x", "{broken", "%7Bbroken", "%7", "42", ""] {
            assert_eq!(json_text(text.to_owned()), json!(text));
        }
    }
}
