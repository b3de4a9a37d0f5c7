//! Request bodies in XML. Few reads have one.

use quick_xml::escape::escape;
use serde_json::{Map, Value};

use super::body;
use super::request::{request_name, text_of};
use crate::models::{Member, Operation, Scalar, Service, Shape, ShapeId, Structure, TimestampFormat};

/// The namespace of an element: prefix and address.
type Namespace<'a> = Option<(Option<&'a str>, &'a str)>;

/// A body that is one member.
pub(super) fn payload(service: &Service, member: &Member, value: &Value) -> Vec<u8> {
    let mut writer = Writer {
        service,
        text: String::new(),
    };
    writer.value(member.shape, value, request_name(member), namespace(member));
    writer.text.into_bytes()
}

/// A body that holds all members without another place, in the element that the operation names.
pub(super) fn wrapped(
    service: &Service,
    operation: &Operation,
    structure: &Structure,
    params: &Map<String, Value>,
) -> Vec<u8> {
    let mut writer = Writer {
        service,
        text: String::new(),
    };
    let (element, address) = match &operation.input_wrapper {
        Some((element, address)) => (element.as_str(), address.as_deref()),
        None => (operation.name.as_str(), None),
    };
    writer.structure(structure, params, element, address.map(|address| (None, address)));
    writer.text.into_bytes()
}

fn namespace(member: &Member) -> Namespace<'_> {
    member
        .xml_namespace
        .as_ref()
        .map(|(prefix, address)| (prefix.as_deref(), address.as_str()))
}

struct Writer<'a> {
    service: &'a Service,
    text: String,
}

impl Writer<'_> {
    fn open(&mut self, name: &str, namespace: Namespace<'_>, attributes: &[(&str, String)]) {
        self.text.push('<');
        self.text.push_str(name);
        if let Some((prefix, address)) = namespace {
            let attribute = prefix.map_or_else(|| "xmlns".to_owned(), |prefix| format!("xmlns:{prefix}"));
            self.attribute(&attribute, address);
        }
        for (name, value) in attributes {
            self.attribute(name, value);
        }
        self.text.push('>');
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.text.push(' ');
        self.text.push_str(name);
        self.text.push_str("=\"");
        self.text.push_str(&escape(value));
        self.text.push('"');
    }

    fn close(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push('>');
    }

    fn structure(
        &mut self,
        structure: &Structure,
        params: &Map<String, Value>,
        name: &str,
        namespace_of: Namespace<'_>,
    ) {
        let members: Vec<_> = params
            .iter()
            .filter(|(_, value)| !value.is_null())
            .filter_map(|(name, value)| Some((structure.member(name)?, value)))
            .collect();
        let attributes: Vec<_> = members
            .iter()
            .filter(|(member, _)| member.is_xml_attribute)
            .map(|(member, value)| (request_name(member), text_of(value)))
            .collect();
        self.open(name, namespace_of, &attributes);
        for (member, value) in members.into_iter().filter(|(member, _)| !member.is_xml_attribute) {
            match (self.service.shape(member.shape), value) {
                (Shape::List(list), Value::Array(items)) if member.is_flattened => {
                    for item in items {
                        self.value(list.element, item, request_name(member), None);
                    }
                }
                _ => self.value(member.shape, value, request_name(member), namespace(member)),
            }
        }
        self.close(name);
    }

    fn value(&mut self, id: ShapeId, value: &Value, name: &str, namespace: Namespace<'_>) {
        let service = self.service;
        match (service.shape(id), value) {
            (Shape::Structure(structure), Value::Object(params)) => self.structure(structure, params, name, namespace),
            (Shape::List(list), Value::Array(items)) => {
                self.open(name, namespace, &[]);
                for item in items {
                    self.value(
                        list.element,
                        item,
                        list.element_name.as_deref().unwrap_or("member"),
                        None,
                    );
                }
                self.close(name);
            }
            (Shape::Map(map), Value::Object(entries)) => {
                self.open(name, namespace, &[]);
                for (key, value) in entries {
                    self.open("entry", None, &[]);
                    self.element(map.key_name.as_deref().unwrap_or("key"), None, key);
                    self.value(map.value, value, map.value_name.as_deref().unwrap_or("value"), None);
                    self.close("entry");
                }
                self.close(name);
            }
            (Shape::Scalar(Scalar::Timestamp(format)), _) => {
                let text = body::moment(value, format.unwrap_or(TimestampFormat::Iso8601));
                self.element(name, namespace, &text);
            }
            _ => self.element(name, namespace, &text_of(value)),
        }
    }

    fn element(&mut self, name: &str, namespace: Namespace<'_>, text: &str) {
        self.open(name, namespace, &[]);
        self.text.push_str(&escape(text));
        self.close(name);
    }
}
