//! Parameters to an HTTP request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value};

use super::error::{ParamError, ParamProblem};
use super::{HttpParts, S3Addressing, body, check, form, post, xml_body};
use crate::models::{Location, Member, Operation, Protocol, Scalar, Service, Shape, Structure, TimestampFormat};

pub(super) fn build(
    service: &Service,
    operation: &Operation,
    params: &Value,
    addressing: S3Addressing,
) -> Result<HttpParts, ParamError> {
    let mut params = match params {
        Value::Null => Map::new(),
        Value::Object(members) => members.clone(),
        _ => {
            return Err(ParamError::new(
                service,
                operation,
                "",
                ParamProblem::WrongType { expected: "an object" },
            ));
        }
    };
    post::prepare(service, operation, &mut params);
    let structure = match operation.input {
        Some(id) => {
            let value = Value::Object(params);
            check::check(service, operation, id, &value)?;
            params = match value {
                Value::Object(members) => members,
                _ => Map::new(),
            };
            match service.shape(id) {
                Shape::Structure(structure) => Some(structure),
                _ => None,
            }
        }
        None => match params.keys().next() {
            Some(name) => {
                return Err(ParamError::new(
                    service,
                    operation,
                    name,
                    ParamProblem::Unknown { suggestion: None },
                ));
            }
            None => None,
        },
    };
    params.retain(|_, value| !value.is_null());
    let builder = Builder {
        service,
        operation,
        structure,
        params: &params,
    };
    let mut parts = match service.protocol {
        Protocol::Ec2 | Protocol::Query => builder.form(),
        Protocol::Json => builder.json(),
        Protocol::Cbor => builder.cbor(),
        Protocol::RestJson | Protocol::RestXml => builder.rest(addressing)?,
    };
    if let Some(prefix) = builder.host_prefix()? {
        parts.host_prefix = Some(prefix);
    }
    parts.headers.extend(post::headers(service));
    Ok(parts)
}

struct Builder<'a> {
    service: &'a Service,
    operation: &'a Operation,
    structure: Option<&'a Structure>,
    params: &'a Map<String, Value>,
}

impl Builder<'_> {
    fn post(&self, path: &str, headers: Vec<(String, String)>, body: Vec<u8>) -> HttpParts {
        HttpParts {
            method: self.operation.http_method.clone(),
            path: path.to_owned(),
            query: String::new(),
            headers,
            body: Bytes::from(body),
            host_prefix: None,
        }
    }

    fn form(&self) -> HttpParts {
        let body = form::body(self.service, self.operation, self.structure, self.params);
        let content_type = "application/x-www-form-urlencoded; charset=utf-8";
        self.post("/", vec![header("Content-Type", content_type)], body.into_bytes())
    }

    fn json(&self) -> HttpParts {
        let target = format!("{}.{}", self.service.target_prefix, self.operation.name);
        let content_type = format!("application/x-amz-json-{}", self.service.json_version);
        let mut headers = vec![header("X-Amz-Target", &target), header("Content-Type", &content_type)];
        if self.service.query_compatible {
            headers.push(header("x-amzn-query-mode", "true"));
        }
        let value = match self.structure {
            Some(structure) => body::structure(self.service, structure, self.params),
            None => Value::Object(Map::new()),
        };
        self.post("/", headers, value.to_string().into_bytes())
    }

    fn cbor(&self) -> HttpParts {
        let path = format!(
            "/service/{}/operation/{}",
            self.service.target_prefix, self.operation.name
        );
        let mut headers = vec![
            header("smithy-protocol", "rpc-v2-cbor"),
            header("Accept", "application/cbor"),
        ];
        let mut bytes = Vec::new();
        if let Some(structure) = self.structure {
            super::cbor::write(&body::cbor_structure(self.service, structure, self.params), &mut bytes);
            headers.push(header("Content-Type", "application/cbor"));
        }
        if self.service.query_compatible {
            headers.push(header("x-amzn-query-mode", "true"));
        }
        self.post(&path, headers, bytes)
    }

    fn rest(&self, addressing: S3Addressing) -> Result<HttpParts, ParamError> {
        let (template, fixed_query) = self
            .operation
            .path
            .split_once('?')
            .unwrap_or((&self.operation.path, ""));
        let mut query: Vec<String> = fixed_query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect();
        let mut headers = Vec::new();
        let mut inside = Map::new();
        for (name, value) in self.params {
            let Some(member) = self.structure.and_then(|structure| structure.member(name)) else {
                continue;
            };
            match member.location {
                Location::Query => self.query(member, value, &mut query),
                Location::Header => {
                    if !value.as_array().is_some_and(Vec::is_empty) {
                        headers.push(header(request_name(member), &self.header_value(member, value)));
                    }
                }
                Location::Headers => {
                    for (key, value) in value.as_object().into_iter().flatten() {
                        headers.push(header(
                            &format!("{}{key}", request_name(member)),
                            value.as_str().unwrap_or_default(),
                        ));
                    }
                }
                Location::Uri => {}
                Location::Body | Location::StatusCode => drop(inside.insert(name.clone(), value.clone())),
            }
        }
        let (template, host_prefix) = self.bucket_in_host(template, addressing);
        let path = self.path(template)?;
        let body = self.rest_body(&inside, &mut headers);
        Ok(HttpParts {
            method: self.operation.http_method.clone(),
            path: if path.starts_with('/') {
                path
            } else {
                format!("/{path}")
            },
            query: query.join("&"),
            headers,
            body: Bytes::from(body),
            host_prefix,
        })
    }

    /// Moves S3's bucket from the path to the host, where its name allows it.
    fn bucket_in_host<'b>(&self, template: &'b str, addressing: S3Addressing) -> (&'b str, Option<String>) {
        let rest = template.strip_prefix("/{Bucket}").filter(|_| self.service.name == "s3");
        let bucket = self
            .params
            .get("Bucket")
            .and_then(Value::as_str)
            .filter(|name| is_host_label(name));
        match (addressing, rest, bucket) {
            (S3Addressing::VirtualHost, Some(rest), Some(bucket)) => (rest, Some(format!("{bucket}."))),
            _ => (template, None),
        }
    }

    /// Fills the labels of a path. A label that ends with `+` may hold slashes.
    fn path(&self, template: &str) -> Result<String, ParamError> {
        let mut path = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (label, after) = after.split_once('}').unwrap_or((after, ""));
            let (label, is_greedy) = label.strip_suffix('+').map_or((label, false), |label| (label, true));
            path.push_str(before);
            let members = self
                .structure
                .map(|structure| structure.members.as_slice())
                .unwrap_or_default();
            let member = members
                .iter()
                .find(|member| member.location == Location::Uri && request_name(member) == label);
            let value = member.and_then(|member| Some(self.plain_member(member, self.params.get(&member.name)?)));
            let fail = |problem| {
                let name = member.map_or(label, |member| member.name.as_str());
                ParamError::new(self.service, self.operation, name, problem)
            };
            let value = value.ok_or_else(|| fail(ParamProblem::Missing))?;
            if value.is_empty() {
                return Err(fail(ParamProblem::Empty));
            }
            // `.` and `..` would be removed from the path on the way and make it another resource's.
            if !is_greedy && matches!(value.as_str(), "." | "..") {
                return Err(fail(ParamProblem::WrongType {
                    expected: "something else than `.` and `..`",
                }));
            }
            percent_encode(&value, if is_greedy { "/" } else { "" }, &mut path);
            rest = after;
        }
        path.push_str(rest);
        Ok(path)
    }

    fn query(&self, member: &Member, value: &Value, query: &mut Vec<String>) {
        let mut push = |name: &str, value: &str| {
            let mut pair = String::new();
            percent_encode(name, "", &mut pair);
            pair.push('=');
            percent_encode(value, "", &mut pair);
            query.push(pair);
        };
        match (self.service.shape(member.shape), value) {
            (Shape::List(list), Value::Array(items)) => {
                for item in items {
                    push(request_name(member), &plain(self.service.shape(list.element), item));
                }
            }
            (Shape::Map(_), Value::Object(entries)) => {
                for (key, value) in entries {
                    match value {
                        Value::Array(items) => items.iter().for_each(|item| push(key, &text_of(item))),
                        other => push(key, &text_of(other)),
                    }
                }
            }
            _ => push(request_name(member), &self.plain_member(member, value)),
        }
    }

    fn plain_member(&self, member: &Member, value: &Value) -> String {
        plain(self.service.shape(member.shape), value)
    }

    fn header_value(&self, member: &Member, value: &Value) -> String {
        match (self.service.shape(member.shape), value) {
            (Shape::List(list), Value::Array(items)) => {
                let element = self.service.shape(list.element);
                let items = items
                    .iter()
                    .filter(|item| !item.is_null())
                    .map(|item| match (element, item) {
                        (Shape::Scalar(Scalar::String), Value::String(text)) if text.contains([',', '"']) => {
                            format!("\"{}\"", text.replace('"', "\\\""))
                        }
                        _ => header_scalar(element, item),
                    });
                items.collect::<Vec<_>>().join(",")
            }
            (shape, value) => header_scalar(shape, value),
        }
    }

    fn rest_body(&self, inside: &Map<String, Value>, headers: &mut Vec<(String, String)>) -> Vec<u8> {
        let Some(structure) = self.structure else {
            return Vec::new();
        };
        let is_json = self.service.protocol == Protocol::RestJson;
        let empty = || if is_json { b"{}".to_vec() } else { Vec::new() };
        let body = match structure.payload() {
            Some(payload) => {
                let value = self.params.get(&payload.name);
                if let Shape::Scalar(scalar @ (Scalar::Blob | Scalar::String | Scalar::JsonText)) =
                    self.service.shape(payload.shape)
                {
                    return value.map(|value| raw(*scalar, value)).unwrap_or_default();
                }
                match value {
                    Some(value) if is_json => body::value(self.service, payload.shape, value).to_string().into_bytes(),
                    Some(value) => xml_body::payload(self.service, payload, value),
                    None => empty(),
                }
            }
            None if !inside.is_empty() && is_json => body::structure(self.service, structure, inside)
                .to_string()
                .into_bytes(),
            None if !inside.is_empty() => xml_body::wrapped(self.service, self.operation, structure, inside),
            None if structure.members.iter().any(|member| member.location == Location::Body) => empty(),
            None => Vec::new(),
        };
        let has_content_type = headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("Content-Type"));
        if !body.is_empty() && !has_content_type {
            let content_type = if is_json { "application/json" } else { "application/xml" };
            headers.push(header("Content-Type", content_type));
        }
        body
    }

    fn host_prefix(&self) -> Result<Option<String>, ParamError> {
        let Some(template) = &self.operation.host_prefix else {
            return Ok(None);
        };
        let mut prefix = template.clone();
        for member in self
            .structure
            .into_iter()
            .flat_map(|structure| &structure.members)
            .filter(|member| member.is_host_label)
        {
            let fail = |problem| ParamError::new(self.service, self.operation, &member.name, problem);
            let value = self
                .params
                .get(&member.name)
                .and_then(Value::as_str)
                .ok_or_else(|| fail(ParamProblem::Missing))?;
            let is_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            if value.is_empty() || !value.bytes().all(is_label) {
                return Err(fail(ParamProblem::NotHostLabel));
            }
            prefix = prefix.replace(&format!("{{{}}}", member.name), value);
        }
        Ok(Some(prefix))
    }
}

/// The name of a member in a request.
pub(super) fn request_name(member: &Member) -> &str {
    member.request_name.as_deref().unwrap_or(&member.wire_name)
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn header_scalar(shape: &Shape, value: &Value) -> String {
    match shape {
        Shape::Scalar(Scalar::Timestamp(format)) => body::moment(value, format.unwrap_or(TimestampFormat::Rfc822)),
        Shape::Scalar(Scalar::JsonText) => STANDARD.encode(value.to_string()),
        _ => text_of(value),
    }
}

/// A scalar in the path or the query.
fn plain(shape: &Shape, value: &Value) -> String {
    match shape {
        Shape::Scalar(Scalar::Timestamp(format)) => body::moment(value, format.unwrap_or(TimestampFormat::Iso8601)),
        _ => text_of(value),
    }
}

/// A body that is one text or byte string.
fn raw(scalar: Scalar, value: &Value) -> Vec<u8> {
    match (scalar, value) {
        (Scalar::Blob, Value::String(text)) => STANDARD.decode(text).unwrap_or_default(),
        _ => text_of(value).into_bytes(),
    }
}

/// A scalar as text.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters and `safe`.
pub(super) fn percent_encode(text: &str, safe: &str, output: &mut String) {
    for byte in text.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~')
            || byte.is_ascii() && safe.contains(character)
        {
            output.push(character);
        } else {
            let digit = |value: u8| {
                char::from_digit(u32::from(value), 16)
                    .unwrap_or('0')
                    .to_ascii_uppercase()
            };
            output.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}

/// A bucket's name that can be a label of a host under a wildcard certificate: no dots, no capitals.
fn is_host_label(name: &str) -> bool {
    let is_right = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=63).contains(&name.len()) && name.bytes().all(is_right) && !name.starts_with('-') && !name.ends_with('-')
}
