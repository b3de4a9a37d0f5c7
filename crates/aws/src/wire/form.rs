//! Requests of EC2 and Query: parameters as a form.

use serde_json::{Map, Value};

use super::body;
use super::request::{percent_encode, request_name, text_of};
use crate::models::{Operation, Protocol, Scalar, Service, Shape, ShapeId, Structure, TimestampFormat};

/// The body of a request.
pub(super) fn body(
    service: &Service,
    operation: &Operation,
    structure: Option<&Structure>,
    params: &Map<String, Value>,
) -> String {
    let mut form = Form {
        service,
        text: String::new(),
    };
    form.push("Action", &operation.name);
    form.push("Version", &service.api_version);
    if let Some(structure) = structure {
        form.structure(structure, params, "");
    }
    form.text
}

struct Form<'a> {
    service: &'a Service,
    text: String,
}

impl Form<'_> {
    fn push(&mut self, name: &str, value: &str) {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        percent_encode(name, "", &mut self.text);
        self.text.push('=');
        percent_encode(value, "", &mut self.text);
    }

    fn structure(&mut self, structure: &Structure, params: &Map<String, Value>, prefix: &str) {
        for (name, value) in params {
            if let Some(member) = structure.member(name).filter(|_| !value.is_null()) {
                let wire_name = request_name(member);
                let prefix = if prefix.is_empty() {
                    wire_name.to_owned()
                } else {
                    format!("{prefix}.{wire_name}")
                };
                self.value(member.shape, value, &prefix, member.is_flattened);
            }
        }
    }

    /// `is_flattened` belongs to the member that the value is of; nested lists are never flattened.
    fn value(&mut self, id: ShapeId, value: &Value, prefix: &str, is_flattened: bool) {
        let service = self.service;
        let is_ec2 = service.protocol == Protocol::Ec2;
        match (service.shape(id), value) {
            (Shape::Structure(structure), Value::Object(members)) => self.structure(structure, members, prefix),
            (Shape::List(_), Value::Array(items)) if items.is_empty() => {
                if !is_ec2 {
                    self.push(prefix, "");
                }
            }
            (Shape::List(list), Value::Array(items)) => {
                let prefix = if is_flattened || is_ec2 {
                    prefix.to_owned()
                } else {
                    format!("{prefix}.{}", list.element_name.as_deref().unwrap_or("member"))
                };
                for (number, item) in (1..).zip(items) {
                    self.value(list.element, item, &format!("{prefix}.{number}"), false);
                }
            }
            (Shape::Map(map), Value::Object(entries)) => {
                let prefix = if is_flattened {
                    prefix.to_owned()
                } else {
                    format!("{prefix}.entry")
                };
                let (key_name, value_name) = (
                    map.key_name.as_deref().unwrap_or("key"),
                    map.value_name.as_deref().unwrap_or("value"),
                );
                for (number, (key, value)) in (1..).zip(entries) {
                    self.push(&format!("{prefix}.{number}.{key_name}"), key);
                    self.value(map.value, value, &format!("{prefix}.{number}.{value_name}"), false);
                }
            }
            (Shape::Scalar(Scalar::Timestamp(format)), _) => {
                let text = body::moment(value, format.unwrap_or(TimestampFormat::Iso8601));
                self.push(prefix, &text);
            }
            _ => self.push(prefix, &text_of(value)),
        }
    }
}
