//! CBOR (RFC 8949) to and from JSON, as far as Smithy RPC v2 uses it: for the services that speak nothing else.
//!
//! Byte strings become base64, tag 1 (epoch seconds) becomes RFC 3339, so that what comes out is what a JSON service would
//! have sent.

use serde_json::{Map, Number, Value};

use super::error::DecodeProblem;
use super::{moment, scalar};

const DEPTH_LIMIT: usize = 100;

type Result<T> = std::result::Result<T, DecodeProblem>;

/// Parses a body; an empty one is an empty object.
pub(super) fn parse(body: &[u8]) -> Result<Value> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let mut reader = Reader { body, position: 0 };
    let value = reader.value(0)?;
    if reader.position == body.len() {
        Ok(value)
    } else {
        Err(reader.malformed("something after the end"))
    }
}

struct Reader<'a> {
    body: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    fn malformed(&self, what: &str) -> DecodeProblem {
        DecodeProblem::Malformed {
            format: "CBOR",
            position: self.position,
            what: what.to_owned(),
        }
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        let rest = self.body.get(self.position..).unwrap_or_default();
        let taken = usize::try_from(length).ok().and_then(|length| rest.get(..length));
        let taken = taken.ok_or(DecodeProblem::Truncated {
            format: "CBOR",
            position: self.body.len(),
        })?;
        self.position += taken.len();
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn big_endian(&mut self, length: u64) -> Result<u64> {
        Ok(self
            .take(length)?
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// The number of an item's head; `None`: indefinite length.
    fn argument(&mut self, info: u8) -> Result<Option<u64>> {
        Ok(match info {
            0..=23 => Some(u64::from(info)),
            24 => Some(self.big_endian(1)?),
            25 => Some(self.big_endian(2)?),
            26 => Some(self.big_endian(4)?),
            27 => Some(self.big_endian(8)?),
            31 => None,
            _ => return Err(self.malformed("a reserved head")),
        })
    }

    fn definite(&mut self, info: u8) -> Result<u64> {
        self.argument(info)?.ok_or_else(|| self.malformed("no length"))
    }

    fn at_break(&mut self) -> bool {
        let is_break = self.body.get(self.position) == Some(&0xff);
        self.position += usize::from(is_break);
        is_break
    }

    fn string(&mut self, info: u8) -> Result<Vec<u8>> {
        if let Some(length) = self.argument(info)? {
            return Ok(self.take(length)?.to_vec());
        }
        let mut bytes = Vec::new();
        while !self.at_break() {
            let head = self.byte()?;
            let length = self.definite(head & 31)?;
            bytes.extend_from_slice(self.take(length)?);
        }
        Ok(bytes)
    }

    fn text(&mut self, info: u8) -> Result<String> {
        let position = self.position;
        String::from_utf8(self.string(info)?).map_err(|error| DecodeProblem::NotUtf8 {
            position: position + error.utf8_error().valid_up_to(),
        })
    }

    fn value(&mut self, depth: usize) -> Result<Value> {
        if depth > DEPTH_LIMIT {
            return Err(DecodeProblem::TooDeep {
                position: self.position,
                limit: DEPTH_LIMIT,
            });
        }
        let head = self.byte()?;
        let info = head & 31;
        Ok(match head >> 5 {
            0 => Value::Number(self.definite(info)?.into()),
            1 => {
                let number = -1 - i128::from(self.definite(info)?);
                i64::try_from(number).map_or_else(|_| Value::String(number.to_string()), Value::from)
            }
            2 => Value::String(scalar::base64_of(&self.string(info)?)),
            3 => Value::String(self.text(info)?),
            4 => {
                let count = self.argument(info)?;
                let mut items = Vec::new();
                while !self.is_done(count, items.len()) {
                    items.push(self.value(depth + 1)?);
                }
                Value::Array(items)
            }
            5 => {
                let count = self.argument(info)?;
                let mut members = Map::new();
                let mut read = 0;
                while !self.is_done(count, read) {
                    let head = self.byte()?;
                    if head >> 5 != 3 {
                        return Err(self.malformed("a key that is no text"));
                    }
                    let key = self.text(head & 31)?;
                    let value = self.value(depth + 1)?;
                    members.insert(key, value);
                    read += 1;
                }
                Value::Object(members)
            }
            6 => {
                let tag = self.definite(info)?;
                let value = self.value(depth + 1)?;
                match &value {
                    Value::Number(number) if tag == 1 => {
                        moment::normalise(&number.to_string()).map_or(value, Value::String)
                    }
                    _ => value,
                }
            }
            _ => self.simple(info)?,
        })
    }

    fn is_done(&mut self, count: Option<u64>, read: usize) -> bool {
        match count {
            Some(count) => read as u64 >= count,
            None => self.at_break(),
        }
    }

    fn simple(&mut self, info: u8) -> Result<Value> {
        Ok(match info {
            20 => Value::Bool(false),
            21 => Value::Bool(true),
            22 | 23 => Value::Null,
            25 => float(half(self.big_endian(2)?)),
            26 => float(f64::from(f32::from_bits(
                u32::try_from(self.big_endian(4)?).unwrap_or_default(),
            ))),
            27 => float(f64::from_bits(self.big_endian(8)?)),
            _ => return Err(self.malformed("an unknown simple value")),
        })
    }
}

/// IEEE 754 binary16.
fn half(bits: u64) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::try_from(bits >> 10 & 0x1f).unwrap_or_default();
    let fraction = f64::from(u32::try_from(bits & 0x3ff).unwrap_or_default());
    sign * match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    }
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| Value::String(scalar::non_finite(number).to_owned()), Value::Number)
}

/// Writes a request's parameters. Blobs and moments come as [`Item`]s, because JSON has neither.
pub(super) fn write(item: &Item, output: &mut Vec<u8>) {
    match item {
        Item::Null => output.push(0xf6),
        Item::Bool(value) => output.push(if *value { 0xf5 } else { 0xf4 }),
        Item::Integer(value) if *value < 0 => head(1, value.unsigned_abs() - 1, output),
        Item::Integer(value) => head(0, value.unsigned_abs(), output),
        Item::Float(value) => {
            output.push(0xfb);
            output.extend_from_slice(&value.to_bits().to_be_bytes());
        }
        Item::Bytes(bytes) => {
            head(2, bytes.len() as u64, output);
            output.extend_from_slice(bytes);
        }
        Item::Text(text) => {
            head(3, text.len() as u64, output);
            output.extend_from_slice(text.as_bytes());
        }
        Item::Moment(seconds) => {
            head(6, 1, output);
            write(seconds, output);
        }
        Item::List(items) => {
            head(4, items.len() as u64, output);
            for item in items {
                write(item, output);
            }
        }
        Item::Map(members) => {
            head(5, members.len() as u64, output);
            for (key, value) in members {
                head(3, key.len() as u64, output);
                output.extend_from_slice(key.as_bytes());
                write(value, output);
            }
        }
    }
}

/// What a request in CBOR consists of.
pub(super) enum Item {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Bytes(Vec<u8>),
    Text(String),
    Moment(Box<Item>),
    List(Vec<Item>),
    Map(Vec<(String, Item)>),
}

#[expect(clippy::cast_possible_truncation, reason = "each arm's range fits")]
fn head(major: u8, value: u64, output: &mut Vec<u8>) {
    let major = major << 5;
    match value {
        0..=23 => output.push(major | value as u8),
        24..=0xff => output.extend_from_slice(&[major | 0x18, value as u8]),
        0x100..=0xffff => {
            output.push(major | 0x19);
            output.extend_from_slice(&(value as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            output.push(major | 0x1a);
            output.extend_from_slice(&(value as u32).to_be_bytes());
        }
        _ => {
            output.push(major | 0x1b);
            output.extend_from_slice(&value.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_examples_of_the_standard_are_read() {
        let cases: [(&[u8], Value); 9] = [
            (&[0x18, 0x64], json!(100)),
            (&[0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], json!(i64::MIN)),
            (&[0xf9, 0x3e, 0x00], json!(1.5)),
            (&[0xf9, 0x00, 0x01], json!(5.960_464_477_539_063e-8)),
            (&[0xf9, 0x7c, 0x00], json!("Infinity")),
            (&[0xc1, 0x1a, 0x51, 0x4b, 0x67, 0xb0], json!("2013-03-21T20:04:00Z")),
            (&[0x44, 1, 2, 3, 4], json!("AQIDBA==")),
            (
                &[0xbf, 0x61, b'a', 0x01, 0x61, b'b', 0x9f, 0x02, 0x03, 0xff, 0xff],
                json!({"a": 1, "b": [2, 3]}),
            ),
            (
                &[
                    0x7f, 0x65, b's', b't', b'r', b'e', b'a', 0x64, b'm', b'i', b'n', b'g', 0xff,
                ],
                json!("streaming"),
            ),
        ];
        for (bytes, expected) in cases {
            assert_eq!(parse(bytes), Ok(expected), "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let item = Item::Map(vec![
            ("text".to_owned(), Item::Text("x".repeat(300))),
            (
                "numbers".to_owned(),
                Item::List(vec![Item::Integer(-70_000), Item::Float(0.5), Item::Integer(1 << 40)]),
            ),
            ("bytes".to_owned(), Item::Bytes(vec![0xff])),
            ("moment".to_owned(), Item::Moment(Box::new(Item::Integer(0)))),
            ("yes".to_owned(), Item::Bool(true)),
            ("none".to_owned(), Item::Null),
        ]);
        let mut bytes = Vec::new();
        write(&item, &mut bytes);
        let expected = json!({
            "text": "x".repeat(300), "numbers": [-70_000, 0.5, 1_u64 << 40], "bytes": "/w==",
            "moment": "1970-01-01T00:00:00Z", "yes": true, "none": null,
        });
        assert_eq!(parse(&bytes), Ok(expected));
    }

    #[test]
    fn broken_bodies_are_errors() {
        assert!(matches!(parse(&[0xa1, 0x61]), Err(DecodeProblem::Truncated { .. })));
        assert!(matches!(
            parse(&[0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Err(DecodeProblem::Truncated { .. })
        ));
        assert!(matches!(parse(&[0x01, 0x01]), Err(DecodeProblem::Malformed { .. })));
        assert!(matches!(parse(&[0x81; 1_000]), Err(DecodeProblem::TooDeep { .. })));
    }
}
