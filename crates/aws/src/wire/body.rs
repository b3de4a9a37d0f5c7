//! Request bodies in JSON and CBOR.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::cbor::Item;
use super::moment::for_request;
use super::request::{request_name, text_of};
use crate::models::{Scalar, Service, Shape, ShapeId, Structure, TimestampFormat};

/// A moment as text in a format.
pub(super) fn moment(value: &Value, format: TimestampFormat) -> String {
    let text = text_of(value);
    for_request(&text, format).unwrap_or(text)
}

/// A structure's members by their names on the wire.
pub(super) fn structure(service: &Service, structure: &Structure, params: &Map<String, Value>) -> Value {
    let members = params
        .iter()
        .filter(|(_, value)| !value.is_null())
        .filter_map(|(name, inner)| {
            let member = structure.member(name)?;
            Some((request_name(member).to_owned(), value(service, member.shape, inner)))
        });
    Value::Object(members.collect())
}

/// A value as the wire has it.
pub(super) fn value(service: &Service, id: ShapeId, inner: &Value) -> Value {
    match (service.shape(id), inner) {
        (Shape::Structure(shape), Value::Object(params)) => structure(service, shape, params),
        (Shape::List(list), Value::Array(items)) => {
            items.iter().map(|item| value(service, list.element, item)).collect()
        }
        (Shape::Map(map), Value::Object(entries)) => entries
            .iter()
            .map(|(key, inner)| (key.clone(), value(service, map.value, inner)))
            .collect(),
        (Shape::Scalar(Scalar::Timestamp(format)), _) => match format.unwrap_or(TimestampFormat::UnixSeconds) {
            TimestampFormat::UnixSeconds => {
                let text = moment(inner, TimestampFormat::UnixSeconds);
                serde_json::from_str(&text).unwrap_or(Value::String(text))
            }
            format => Value::String(moment(inner, format)),
        },
        (Shape::Scalar(Scalar::JsonText), Value::Object(_) | Value::Array(_)) => Value::String(inner.to_string()),
        _ => inner.clone(),
    }
}

/// A structure in CBOR.
pub(super) fn cbor_structure(service: &Service, structure: &Structure, params: &Map<String, Value>) -> Item {
    let members = params
        .iter()
        .filter(|(_, value)| !value.is_null())
        .filter_map(|(name, inner)| {
            let member = structure.member(name)?;
            Some((request_name(member).to_owned(), cbor(service, member.shape, inner)))
        });
    Item::Map(members.collect())
}

fn cbor(service: &Service, id: ShapeId, inner: &Value) -> Item {
    match (service.shape(id), inner) {
        (Shape::Structure(shape), Value::Object(params)) => cbor_structure(service, shape, params),
        (Shape::List(list), Value::Array(items)) => {
            Item::List(items.iter().map(|item| cbor(service, list.element, item)).collect())
        }
        (Shape::Map(map), Value::Object(entries)) => Item::Map(
            entries
                .iter()
                .map(|(key, inner)| (key.clone(), cbor(service, map.value, inner)))
                .collect(),
        ),
        (Shape::Scalar(Scalar::Blob), Value::String(text)) => Item::Bytes(STANDARD.decode(text).unwrap_or_default()),
        (Shape::Scalar(Scalar::Timestamp(_)), _) => {
            let seconds = moment(inner, TimestampFormat::UnixSeconds);
            Item::Moment(Box::new(plain(
                &serde_json::from_str(&seconds).unwrap_or(Value::String(seconds)),
            )))
        }
        (Shape::Scalar(Scalar::Float), Value::Number(number)) => Item::Float(number.as_f64().unwrap_or_default()),
        (Shape::Scalar(Scalar::Float), Value::String(name)) => Item::Float(name.parse().unwrap_or(f64::NAN)),
        (Shape::Scalar(Scalar::JsonText), Value::Object(_) | Value::Array(_)) => Item::Text(inner.to_string()),
        _ => plain(inner),
    }
}

/// JSON of no particular shape.
fn plain(value: &Value) -> Item {
    match value {
        Value::Null => Item::Null,
        Value::Bool(value) => Item::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Item::Integer(integer),
            None => Item::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Item::Text(text.clone()),
        Value::Array(items) => Item::List(items.iter().map(plain).collect()),
        Value::Object(members) => Item::Map(members.iter().map(|(key, value)| (key.clone(), plain(value))).collect()),
    }
}
