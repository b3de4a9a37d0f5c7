//! JSON answers: the parsed value is converted in place.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::error::DecodeProblem;
use super::path::Path;
use super::{moment, scalar};
use crate::models::{Scalar, Service, Shape, ShapeId, Structure};

/// Parses a body; an empty one is an empty object.
pub(super) fn parse(body: &[u8]) -> Result<Value, DecodeProblem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| {
        let position = offset(body, error.line(), error.column());
        if error.is_eof() {
            DecodeProblem::Truncated {
                format: "JSON",
                position,
            }
        } else if let Err(utf8) = std::str::from_utf8(body) {
            DecodeProblem::NotUtf8 {
                position: utf8.valid_up_to(),
            }
        } else {
            DecodeProblem::Malformed {
                format: "JSON",
                position,
                what: error.to_string(),
            }
        }
    })
}

/// Byte offset of serde_json's line and column (both from 1; column 0 is the line's end).
fn offset(body: &[u8], line: usize, column: usize) -> usize {
    let start: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    (start + column).min(body.len())
}

/// Turns what came over the wire into our form; see the rules in [`crate::wire`].
pub(super) fn convert(service: &Service, id: ShapeId, value: &mut Value, unknown: &mut BTreeSet<String>) {
    Converter { service, unknown }.value(id, value, &Path::Root);
}

struct Converter<'a> {
    service: &'a Service,
    unknown: &'a mut BTreeSet<String>,
}

impl Converter<'_> {
    fn value(&mut self, id: ShapeId, value: &mut Value, path: &Path<'_>) {
        let service = self.service;
        match (service.shape(id), &mut *value) {
            (Shape::Scalar(scalar), _) => convert_scalar(*scalar, value),
            (Shape::Structure(structure), Value::Object(members)) => self.structure(structure, members, path),
            (Shape::List(list), Value::Array(items)) => {
                let path = path.list();
                for item in items.iter_mut().filter(|item| !item.is_null()) {
                    self.value(list.element, item, &path);
                }
            }
            (Shape::Map(map), Value::Object(entries)) => {
                entries.retain(|_, value| !value.is_null());
                let path = path.map();
                for (key, value) in entries.iter_mut() {
                    self.value(map.value, value, &path);
                    if map.holds_policies && key.ends_with("Policy") {
                        convert_scalar(Scalar::JsonText, value);
                    }
                }
            }
            // A list, map or structure that is something else: kept as it came.
            (Shape::Structure(_) | Shape::List(_) | Shape::Map(_), _) => {}
        }
    }

    fn structure(&mut self, structure: &Structure, members: &mut Map<String, Value>, path: &Path<'_>) {
        let mut renamed = Vec::new();
        members.retain(|key, value| !value.is_null() && key != "__type");
        for (key, value) in members.iter_mut() {
            match structure.wire_index(key) {
                Some(index) => {
                    let member = &structure.members[index];
                    self.value(member.shape, value, &path.member(&member.name));
                    if member.name != *key {
                        renamed.push((key.clone(), member.name.clone()));
                    }
                }
                None => {
                    self.unknown.insert(path.member(key).to_string());
                }
            }
        }
        let moved: Vec<_> = renamed
            .into_iter()
            .filter_map(|(from, to)| Some((to, members.remove(&from)?)))
            .collect();
        members.extend(moved);
    }
}

fn convert_scalar(scalar: Scalar, value: &mut Value) {
    let replacement = match (scalar, &*value) {
        (Scalar::Timestamp(_), Value::Number(number)) => {
            let text = number.to_string();
            moment::normalise(&text).map(Value::String)
        }
        (Scalar::Timestamp(_), Value::String(text)) => moment::normalise(text).map(Value::String),
        (Scalar::Blob, Value::String(text)) => Some(Value::String(scalar::blob(text))),
        (Scalar::JsonText, Value::String(text)) => Some(scalar::json_text(text.clone())),
        // REST-JSON services that answer numbers and booleans as text; botocore converts them too.
        (Scalar::Boolean | Scalar::Integer | Scalar::Float, Value::String(text)) => {
            Some(scalar::from_text(scalar, text.as_str().into()))
        }
        _ => None,
    };
    if let Some(replacement) = replacement {
        *value = replacement;
    }
}
