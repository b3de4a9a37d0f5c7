//! A small JSON reader that keeps what a policy reader needs and `serde_json` drops: the byte span of every
//! value, the order of members, and duplicate keys. It is bounded in depth and size and never panics.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

/// The deepest nesting that is read. A policy needs six levels; AWS refuses anything near this.
pub(crate) const MAX_DEPTH: usize = 32;
/// The largest source that is read, in bytes. The largest policy AWS accepts anywhere is below 64 KiB.
pub(crate) const MAX_SOURCE_BYTES: usize = 1 << 20;

/// A half-open range of byte offsets into the source text. `0..0` where the policy was not read from text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The part of `source` this span covers, or `None` if it lies outside (another text).
    pub fn slice(self, source: &str) -> Option<&str> {
        source.get(self.start as usize..self.end as usize)
    }

    /// Line and column (both from 1, the column in characters) of the start in `source`.
    pub fn line_and_column(self, source: &str) -> (usize, usize) {
        let before = source.get(..self.start as usize).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before.get(line_start..).unwrap_or("").chars().count() + 1,
        )
    }
}

/// A JSON value with its place in the source.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) span: Span,
    pub(crate) kind: Kind<'a>,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind<'a> {
    Null,
    Bool(bool),
    /// The number as written: policies compare numbers as text, and precision must not be lost.
    Number(Cow<'a, str>),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    /// Members in order, duplicates kept.
    Object(Vec<Member<'a>>),
}

/// One `"name": value` of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) name_span: Span,
    pub(crate) value: Node<'a>,
}

impl Kind<'_> {
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonError {
    pub(crate) offset: u32,
    pub(crate) message: Cow<'static, str>,
}

/// Reads one JSON value that makes up the whole text.
pub(crate) fn read(text: &str) -> Result<Node<'_>, JsonError> {
    if text.len() > MAX_SOURCE_BYTES {
        return Err(JsonError {
            offset: 0,
            message: format!(
                "the text has {} bytes, the most that is read is {MAX_SOURCE_BYTES}",
                text.len()
            )
            .into(),
        });
    }
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        // Editors on Windows put a byte order mark before the document; it is none of it.
        at: if text.starts_with('\u{feff}') {
            '\u{feff}'.len_utf8()
        } else {
            0
        },
    };
    reader.skip_space();
    if reader.at == reader.bytes.len() {
        return Err(reader.error("the text is empty"));
    }
    let node = reader.value(0)?;
    reader.skip_space();
    if reader.at < reader.bytes.len() {
        return Err(reader.error("there is more text after the end of the document"));
    }
    Ok(node)
}

/// The same tree from an already decoded value; spans are empty.
pub(crate) fn from_value(value: &serde_json::Value) -> Node<'_> {
    let kind = match value {
        serde_json::Value::Null => Kind::Null,
        serde_json::Value::Bool(flag) => Kind::Bool(*flag),
        serde_json::Value::Number(number) => Kind::Number(number.to_string().into()),
        serde_json::Value::String(text) => Kind::String(text.as_str().into()),
        serde_json::Value::Array(items) => Kind::Array(items.iter().map(from_value).collect()),
        serde_json::Value::Object(members) => Kind::Object(
            members
                .iter()
                .map(|(name, value)| Member {
                    name: name.as_str().into(),
                    name_span: Span::default(),
                    value: from_value(value),
                })
                .collect(),
        ),
    };
    Node {
        span: Span::default(),
        kind,
    }
}

/// Most lists and objects of a policy have no more.
const FEW: usize = 4;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

// Sources are at most 1 MiB (checked in `read`), so offsets fit 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "offsets are below MAX_SOURCE_BYTES")]
const fn offset(at: usize) -> u32 {
    at as u32
}

/// How many bytes of a string's inside stand for themselves: up to a quote, a backslash or a control character. Strings of policies are
/// short, so that eight at a time are the fastest.
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES * 0x80;
    // The lowest byte that is marked is one that is below the limit; bytes above it may be marked in error.
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let (words, rest) = bytes.as_chunks::<8>();
    for (position, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let marked = below(word, 0x20) | is(b'"') | is(b'\\');
        if marked != 0 {
            return position * 8 + (marked.trailing_zeros() / 8) as usize;
        }
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | ..0x20);
    words.len() * 8 + rest.iter().take_while(is_plain).count()
}

impl<'a> Reader<'a> {
    fn error(&self, message: impl Into<Cow<'static, str>>) -> JsonError {
        JsonError {
            offset: offset(self.at),
            message: message.into(),
        }
    }

    fn span_from(&self, start: usize) -> Span {
        Span {
            start: offset(start),
            end: offset(self.at),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node<'a>, JsonError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'"') => Kind::String(self.string()?),
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b't') => self.word("true", Kind::Bool(true))?,
            Some(b'f') => self.word("false", Kind::Bool(false))?,
            Some(b'n') => self.word("null", Kind::Null)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => return Err(self.error("a value was expected here")),
            None => return Err(self.error("the text ends where a value was expected")),
        };
        Ok(Node {
            span: self.span_from(start),
            kind,
        })
    }

    fn word(&mut self, word: &str, kind: Kind<'a>) -> Result<Kind<'a>, JsonError> {
        if self
            .bytes
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(word.as_bytes()))
        {
            self.at += word.len();
            Ok(kind)
        } else {
            Err(self.error("a value was expected here"))
        }
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Kind<'a>, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || (leading_zero && digits > 1) {
            return Err(self.error("this is not a number in JSON"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.error("digits were expected after the decimal point"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.error("digits were expected in the exponent"));
            }
        }
        Ok(Kind::Number(self.text.get(start..self.at).unwrap_or("").into()))
    }

    fn array(&mut self, depth: usize) -> Result<Kind<'a>, JsonError> {
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::Array(Vec::new()));
        }
        let mut items = Vec::with_capacity(FEW);
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Kind::Array(items));
                }
                _ => return Err(self.error("',' or ']' was expected here")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Kind<'a>, JsonError> {
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(Vec::new()));
        }
        let mut members = Vec::with_capacity(FEW);
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.error("a member name in double quotes was expected here"));
            }
            let name = self.string()?;
            let name_span = self.span_from(start);
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.error("':' was expected here"));
            }
            self.at += 1;
            self.skip_space();
            let value = self.value(depth + 1)?;
            members.push(Member { name, name_span, value });
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Kind::Object(members));
                }
                _ => return Err(self.error("',' or '}' was expected here")),
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        let ahead = self.bytes.get(start..).unwrap_or_default();
        self.at += plain_bytes(ahead);
        match self.peek() {
            Some(b'"') => {
                let text = self.text.get(start..self.at).unwrap_or("");
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(..0x20) => Err(self.error("a control character must be escaped in a string")),
            Some(_) => self.string_with_escapes(start).map(Cow::Owned),
            None => Err(self.error("the text ends inside a string")),
        }
    }

    fn string_with_escapes(&mut self, start: usize) -> Result<String, JsonError> {
        let mut text = String::from(self.text.get(start..self.at).unwrap_or(""));
        let mut plain_from = self.at;
        loop {
            match self.peek() {
                None => return Err(self.error("the text ends inside a string")),
                Some(b'"') => {
                    text.push_str(self.text.get(plain_from..self.at).unwrap_or(""));
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.push_str(self.text.get(plain_from..self.at).unwrap_or(""));
                    self.at += 1;
                    text.push(self.escape()?);
                    plain_from = self.at;
                }
                Some(0..0x20) => return Err(self.error("a control character must be escaped in a string")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(byte) = self.peek() else {
            return Err(self.error("the text ends inside a string"));
        };
        self.at += 1;
        Ok(match byte {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.four_hex_digits()?;
                let code = match self.low_surrogate(first) {
                    Some(low) => 0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00),
                    None => first,
                };
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(self.error("this escape does not exist in JSON")),
        })
    }

    /// The second half of a pair, if the first is one and the second follows; anything else is left to be read by itself.
    fn low_surrogate(&mut self, high: u32) -> Option<u32> {
        let is_high = (0xD800..0xDC00).contains(&high);
        if !is_high || self.bytes.get(self.at..self.at + 2) != Some(b"\\u") {
            return None;
        }
        let start = self.at;
        self.at += 2;
        let low = self.four_hex_digits().ok().filter(|low| (0xDC00..0xE000).contains(low));
        if low.is_none() {
            self.at = start;
        }
        low
    }

    fn four_hex_digits(&mut self) -> Result<u32, JsonError> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(code) = code else {
            return Err(self.error("four hexadecimal digits were expected after \\u"));
        };
        self.at += 4;
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, plain_bytes, read};

    /// Every byte at every place of a word and behind it, after plain bytes and before marked ones.
    #[test]
    fn plain_bytes_end_where_looking_at_each_says() {
        for length in 0..20 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    for filler in [b'a', b'!', b'#', b'[', b']', 0x20, 0x7f, 0x80, 0xff] {
                        let mut bytes = vec![filler; length];
                        bytes[place] = byte;
                        for last in [filler, b'"', 0x1f] {
                            bytes[length - 1] = if place + 1 == length { byte } else { last };
                            let is_plain = |byte: &&u8| **byte >= 0x20 && **byte != b'"' && **byte != b'\\';
                            let expected = bytes.iter().take_while(is_plain).count();
                            assert_eq!(plain_bytes(&bytes), expected, "{bytes:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn lists_and_objects_may_be_empty_anywhere() {
        for text in ["[]", "{}", "[[], {}, []]", r#"{"a": [], "b": {}}"#] {
            assert!(read(text).is_ok(), "{text}");
        }
        assert!(matches!(read("[ ]").map(|node| node.kind), Ok(Kind::Array(items)) if items.is_empty()));
    }
}
