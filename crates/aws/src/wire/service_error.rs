//! Error responses: code, message and request id, wherever a protocol puts them.

use serde_json::Value;

use super::decode::request_id;
use super::error::ServiceError;
use super::xml::{Xml, local};
use super::{RawResponse, cbor};
use crate::models::{Protocol, Service};

#[derive(Default)]
struct Found {
    code: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
}

pub(super) fn decode_error(service: &Service, response: &RawResponse) -> ServiceError {
    let mut found = match service.protocol {
        Protocol::Ec2 | Protocol::Query | Protocol::RestXml => from_xml(service, response),
        Protocol::RestJson | Protocol::Json => {
            from_members(response, &serde_json::from_slice(&response.body).unwrap_or_default())
        }
        Protocol::Cbor => from_members(response, &cbor::parse(&response.body).unwrap_or_default()),
    };
    // `AWS.SimpleQueueService.NonExistentQueue;Sender`: the code from before the service spoke JSON is the documented one.
    let former = response
        .header("x-amzn-query-error")
        .and_then(|header| header.split_once(';'));
    if let Some((code, _)) = former.filter(|(code, _)| !code.is_empty()) {
        found.code = Some(code.to_owned());
    }
    ServiceError {
        code: found
            .code
            .filter(|code| !code.is_empty())
            .unwrap_or_else(|| response.status.to_string()),
        message: found.message.unwrap_or_default(),
        status: response.status,
        request_id: found.request_id.or_else(|| request_id(response)),
    }
}

/// `<ErrorResponse><Error><Code>`, `<Response><Errors><Error><Code>` and S3's `<Error><Code>`.
fn from_xml(service: &Service, response: &RawResponse) -> Found {
    let mut found = Found::default();
    if let Ok(body) = std::str::from_utf8(&response.body) {
        let mut unknown = std::collections::BTreeSet::new();
        let mut xml = Xml::new(service, body, &mut unknown);
        // What was read before a break is used all the same.
        let _ = walk_xml(&mut xml, &mut found);
    }
    if found.code.is_none() {
        // A HEAD request has no body: S3 tells by the status alone.
        found.message = found.message.or_else(|| reason(response.status).map(str::to_owned));
    }
    found
}

fn walk_xml(xml: &mut Xml<'_>, found: &mut Found) -> Result<(), super::error::DecodeProblem> {
    let root = xml.root()?;
    if local(&root).eq_ignore_ascii_case("html") {
        return Ok(());
    }
    // The containers are entered, all other elements are texts.
    let mut depth = 1;
    while depth > 0 {
        let Some(element) = xml.next_child()? else {
            depth -= 1;
            continue;
        };
        match local(&element) {
            "Error" | "Errors" | "ResponseMetadata" => depth += 1,
            "Code" => set(&mut found.code, &xml.text()?),
            "Message" | "message" => set(&mut found.message, &xml.text()?),
            "RequestId" | "RequestID" | "requestId" => set(&mut found.request_id, &xml.text()?),
            _ => drop(xml.text()?),
        }
    }
    Ok(())
}

fn set(slot: &mut Option<String>, text: &str) {
    if slot.is_none() {
        *slot = Some(text.trim().to_owned());
    }
}

fn from_members(response: &RawResponse, body: &Value) -> Found {
    let text = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| body.get(name).and_then(Value::as_str))
            .map(str::to_owned)
    };
    let code = response
        .header("x-amzn-errortype")
        .map(str::to_owned)
        .or_else(|| text(&["__type", "code", "Code"]));
    Found {
        code: code.map(|code| bare(&code).to_owned()),
        message: text(&["message", "Message", "errorMessage"]),
        request_id: None,
    }
}

/// `com.amazonaws.x#NotFound:http://…` is `NotFound`.
fn bare(code: &str) -> &str {
    let code = code.split(':').next().unwrap_or(code);
    code.rsplit('#').next().unwrap_or(code).trim()
}

/// HTTP's phrase for a status, for answers without a body.
fn reason(status: u16) -> Option<&'static str> {
    http::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
}
