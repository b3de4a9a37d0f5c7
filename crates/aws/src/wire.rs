//! Wire codecs: parameters to HTTP requests, HTTP responses to JSON. Pure functions without I/O.
//!
//! Rules of the JSON we make, the same for every protocol:
//! - objects' keys are AWS's member names, sorted;
//! - moments are RFC 3339 in UTC with `Z`, exact, without trailing zeros in the fraction;
//! - bytes are base64; NaN and the infinities are strings;
//! - nulls are left out; an empty list that is present is `[]`, one that is absent is absent;
//! - policy documents (percent-encoded or not) are JSON, not text;
//! - members the table does not know are kept, and their paths reported in [`Decoded::unknown`];
//! - a scalar that is not what the table says is kept as it came: it never fails a response.

mod body;
mod cbor;
mod check;
mod decode;
mod error;
mod form;
mod json;
mod moment;
mod path;
mod post;
mod request;
mod root;
mod scalar;
mod service_error;
mod xml;
mod xml_body;

use bytes::Bytes;
use serde_json::Value;

use crate::models::{Operation, Service};

pub use error::{DecodeError, DecodeProblem, ParamError, ParamProblem, ServiceError};

/// The parts of an HTTP request that the API decides; host and signature come later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpParts {
    /// `GET`, `POST` …
    pub method: String,
    /// Percent-encoded, begins with `/`.
    pub path: String,
    /// Percent-encoded, without `?`; empty if there is none.
    pub query: String,
    /// Headers; names in the case the model has, values not folded.
    pub headers: Vec<(String, String)>,
    /// The body; empty if there is none.
    pub body: Bytes,
    /// To be put before the host, with its dot: `123456789012.` or `my-bucket.`.
    pub host_prefix: Option<String>,
}

/// How a bucket is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum S3Addressing {
    /// `https://bucket.s3.…/key` where the bucket's name allows it (a DNS label without dots), else as `Path`.
    VirtualHost,
    /// `https://s3.…/bucket/key`: for servers that are not AWS.
    Path,
}

/// An HTTP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawResponse {
    /// Status code.
    pub status: u16,
    /// Headers; names in any case.
    pub headers: Vec<(String, String)>,
    /// The whole body, decompressed.
    pub body: Bytes,
}

impl RawResponse {
    /// The first header with this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// A decoded answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The answer as JSON, an object.
    pub value: Value,
    /// Paths of members that the table does not know, `/Vpcs[]/NewFlag`; sorted, each once.
    pub unknown: Vec<String>,
    /// AWS's id of the request.
    pub request_id: Option<String>,
}

/// Builds the request of an operation. Unknown and missing parameters, and values of the wrong type, are errors.
///
/// `params` is an object, or null for none; parameters that are null count as absent.
pub fn build_request(
    service: &Service,
    operation: &Operation,
    params: &Value,
    addressing: S3Addressing,
) -> Result<HttpParts, ParamError> {
    request::build(service, operation, params, addressing)
}

/// Decodes a successful response (status below 300). Takes time in proportion to the body, about 20 ms per megabyte: large
/// ones are to be decoded off the asynchronous threads.
pub fn decode(service: &Service, operation: &Operation, response: &RawResponse) -> Result<Decoded, DecodeError> {
    decode::decode(service, operation, response)
        .map_err(|problem| DecodeError::new(service, operation, problem, response))
}

/// Decodes an error response. Never fails: what cannot be read becomes an error whose code is the status.
pub fn decode_error(service: &Service, response: &RawResponse) -> ServiceError {
    service_error::decode_error(service, response)
}

#[cfg(test)]
mod tests;
