//! Percent-encoding of policy documents: IAM's API returns them so ("compliant with RFC 3986").

/// The decoded text if `text` is a percent-encoded JSON object, else `None`. The object may begin behind encoded white space.
pub(super) fn decode_document(text: &str) -> Option<String> {
    let text = text.trim_start();
    if !text.starts_with('%') {
        return None;
    }
    decode(text).filter(|decoded| decoded.trim_start().starts_with('{'))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = rest.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}
