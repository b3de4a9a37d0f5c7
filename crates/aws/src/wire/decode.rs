//! A successful response to JSON: where each member is, and which codec reads the body.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::error::DecodeProblem;
use super::path::Path;
use super::xml::{Xml, in_body, local};
use super::{Decoded, RawResponse, cbor, json, post, root, scalar};
use crate::models::{
    Location, Member, Operation, Protocol, Scalar, Service, Shape, ShapeId, Structure, TimestampFormat,
};

type Result<T> = std::result::Result<T, DecodeProblem>;

pub(super) fn decode(service: &Service, operation: &Operation, response: &RawResponse) -> Result<Decoded> {
    let mut decoding = Decoding {
        service,
        operation,
        response,
        unknown: BTreeSet::new(),
        request_id: request_id(response),
    };
    let mut members = match operation.output.map(|id| (id, service.shape(id))) {
        None => Map::new(),
        Some((id, Shape::Structure(structure))) => decoding.output(id, structure)?,
        Some((id, _)) => match decoding.json_or_cbor(id)? {
            Value::Object(members) => members,
            other => return Err(not_an_object(&other)),
        },
    };
    post::process(service, operation, &mut members);
    let Decoding {
        unknown, request_id, ..
    } = decoding;
    Ok(Decoded {
        value: Value::Object(members),
        unknown: unknown.into_iter().collect(),
        request_id,
    })
}

/// The request's id from the headers.
pub(super) fn request_id(response: &RawResponse) -> Option<String> {
    [
        "x-amzn-requestid",
        "x-amz-request-id",
        "x-amzn-request-id",
        "x-amz-requestid",
    ]
    .iter()
    .find_map(|name| response.header(name))
    .map(str::to_owned)
}

struct Decoding<'a> {
    service: &'a Service,
    operation: &'a Operation,
    response: &'a RawResponse,
    unknown: BTreeSet<String>,
    request_id: Option<String>,
}

impl Decoding<'_> {
    fn output(&mut self, id: ShapeId, structure: &Structure) -> Result<Map<String, Value>> {
        match self.service.protocol {
            Protocol::Ec2 | Protocol::Query => self.form_answer(structure),
            Protocol::Json | Protocol::Cbor => self.json_members(id),
            Protocol::RestJson | Protocol::RestXml => {
                let mut members = match structure.payload() {
                    Some(payload) => self.payload(payload)?,
                    None if self.service.protocol == Protocol::RestJson => self.json_members(id)?,
                    None => self.xml_members(structure)?,
                };
                self.headers(structure, &mut members);
                Ok(members)
            }
        }
    }

    fn json_or_cbor(&mut self, id: ShapeId) -> Result<Value> {
        let mut value = match self.service.protocol {
            Protocol::Cbor => cbor::parse(&self.response.body)?,
            _ => json::parse(&self.response.body)?,
        };
        json::convert(self.service, id, &mut value, &mut self.unknown);
        Ok(value)
    }

    fn json_members(&mut self, id: ShapeId) -> Result<Map<String, Value>> {
        match self.json_or_cbor(id)? {
            Value::Object(members) => Ok(members),
            other => Err(not_an_object(&other)),
        }
    }

    fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.response.body).map_err(|error| DecodeProblem::NotUtf8 {
            position: error.valid_up_to(),
        })
    }

    fn is_empty(&self) -> bool {
        self.response.body.iter().all(u8::is_ascii_whitespace)
    }

    /// EC2 and Query: everything is in the body, in Query's case inside `…Result`.
    fn form_answer(&mut self, structure: &Structure) -> Result<Map<String, Value>> {
        let mut unknown = std::mem::take(&mut self.unknown);
        let mut found = None;
        let body = self.text()?;
        let mut xml = Xml::new(self.service, body, &mut unknown);
        let root = xml.root()?;
        root::check(self.service, self.operation, None, local(&root))?;
        let members = match &self.operation.result_wrapper {
            Some(wrapper) => {
                let Some(result) = xml.child(wrapper, &mut found)? else {
                    return Err(DecodeProblem::NotAnAnswer {
                        what: format!("<{}> without <{wrapper}>", local(&root)),
                    });
                };
                let members = xml.structure(structure, &result, &Path::Root, None)?;
                xml.rest(&mut found)?;
                members
            }
            None if self.service.protocol == Protocol::Ec2 => {
                xml.structure(structure, &root, &Path::Root, Some(&mut found))?
            }
            None => xml.structure(structure, &root, &Path::Root, None)?,
        };
        xml.end()?;
        self.unknown = unknown;
        if found.is_some() {
            self.request_id = found;
        }
        Ok(members)
    }

    fn xml_members(&mut self, structure: &Structure) -> Result<Map<String, Value>> {
        if self.is_empty() {
            let is_expected = structure.members.iter().any(in_body);
            return if is_expected { Err(no_body()) } else { Ok(Map::new()) };
        }
        let mut unknown = std::mem::take(&mut self.unknown);
        let body = self.text()?;
        let mut xml = Xml::new(self.service, body, &mut unknown);
        let root = xml.root()?;
        root::check(self.service, self.operation, None, local(&root))?;
        // S3 answers GetBucketLocation with the member itself as the root, which the model cannot say.
        let bare = (self.operation.name == "GetBucketLocation")
            .then(|| local(&root))
            .and_then(|name| structure.member(name));
        let members = match bare {
            Some(member) => {
                let text = xml.text()?.into_owned();
                let present = (!text.is_empty()).then(|| (member.name.clone(), Value::String(text)));
                present.into_iter().collect()
            }
            None => xml.structure(structure, &root, &Path::Root, None)?,
        };
        xml.end()?;
        self.unknown = unknown;
        Ok(members)
    }

    /// The body is one member.
    fn payload(&mut self, payload: &Member) -> Result<Map<String, Value>> {
        let value = match self.service.shape(payload.shape) {
            Shape::Scalar(Scalar::Blob) => Value::String(scalar::base64_of(&self.response.body)),
            Shape::Scalar(scalar) if *scalar != Scalar::Document => scalar::from_text(*scalar, self.text()?.into()),
            _ if self.service.protocol == Protocol::RestXml => self.xml_payload(payload)?,
            _ => {
                let mut value = json::parse(&self.response.body)?;
                let mut inner = BTreeSet::new();
                json::convert(self.service, payload.shape, &mut value, &mut inner);
                self.unknown
                    .extend(inner.into_iter().map(|path| format!("/{}{path}", payload.name)));
                value
            }
        };
        Ok([(payload.name.clone(), value)].into_iter().collect())
    }

    fn xml_payload(&mut self, payload: &Member) -> Result<Value> {
        if self.is_empty() {
            return Err(no_body());
        }
        let mut unknown = std::mem::take(&mut self.unknown);
        let body = self.text()?;
        let mut xml = Xml::new(self.service, body, &mut unknown);
        let root = xml.root()?;
        root::check(self.service, self.operation, Some(payload), local(&root))?;
        let value = xml.value(payload.shape, &root, &Path::Root.member(&payload.name))?;
        xml.end()?;
        self.unknown = unknown;
        Ok(value)
    }

    fn headers(&self, structure: &Structure, members: &mut Map<String, Value>) {
        for member in &structure.members {
            let value = match member.location {
                Location::StatusCode => Some(Value::from(self.response.status)),
                Location::Header => self
                    .response
                    .header(&member.wire_name)
                    .map(|text| self.header(member, text)),
                Location::Headers => {
                    let prefix = member.wire_name.to_ascii_lowercase();
                    let found = self.response.headers.iter().filter_map(|(name, value)| {
                        let rest = name.to_ascii_lowercase().strip_prefix(&prefix)?.len();
                        Some((name.get(name.len() - rest..)?.to_owned(), Value::String(value.clone())))
                    });
                    Some(Value::Object(found.collect()))
                }
                Location::Body | Location::Uri | Location::Query => None,
            };
            if let Some(value) = value {
                members.insert(member.name.clone(), value);
            }
        }
    }

    fn header(&self, member: &Member, text: &str) -> Value {
        match self.service.shape(member.shape) {
            Shape::Scalar(Scalar::JsonText) => scalar::json_header(text),
            Shape::Scalar(Scalar::Timestamp(None)) => {
                scalar::from_text(Scalar::Timestamp(Some(TimestampFormat::Rfc822)), text.into())
            }
            Shape::Scalar(scalar) => scalar::from_text(*scalar, text.into()),
            Shape::List(list) => match self.service.shape(list.element) {
                Shape::Scalar(element) => text
                    .split(',')
                    .map(|item| scalar::from_text(*element, item.trim().into()))
                    .collect(),
                _ => Value::String(text.to_owned()),
            },
            _ => Value::String(text.to_owned()),
        }
    }
}

/// What has something to say says it in an element, if only an empty one.
fn no_body() -> DecodeProblem {
    DecodeProblem::NotAnAnswer {
        what: "an empty body".to_owned(),
    }
}

fn not_an_object(value: &Value) -> DecodeProblem {
    let what = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) | Value::Object(_) => "an array",
    };
    DecodeProblem::NotAnAnswer {
        what: format!("{what} instead of an object"),
    }
}
