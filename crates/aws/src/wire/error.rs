//! What can go wrong on the wire.

use crate::models::{Operation, Service};
use crate::wire::RawResponse;

/// Parameters that do not fit an operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{service}:{operation}: parameter `{path}` {problem}")]
pub struct ParamError {
    /// Service's name.
    pub service: String,
    /// Operation's name.
    pub operation: String,
    /// Which parameter: `Filters[0].Name`.
    pub path: String,
    /// What is wrong with it.
    pub problem: ParamProblem,
}

/// What is wrong with a parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamProblem {
    /// The operation has no such parameter.
    #[error("does not exist{}", .suggestion.as_deref().map_or_else(String::new, |name| format!("; did you mean `{name}`?")))]
    Unknown {
        /// The nearest that exists.
        suggestion: Option<String>,
    },
    /// A required parameter is not there.
    #[error("is required")]
    Missing,
    /// The value has another type.
    #[error("must be {expected}")]
    WrongType {
        /// What it should be, in words.
        expected: &'static str,
    },
    /// The value may not be empty, because it is part of the path.
    #[error("may not be empty")]
    Empty,
    /// The value is part of the host's name and has other characters than letters, digits, `-` and `.`.
    #[error("may only have letters, digits, `-` and `.`, because it becomes part of the host's name")]
    NotHostLabel,
}

impl ParamError {
    pub(crate) fn new(service: &Service, operation: &Operation, path: &str, problem: ParamProblem) -> Self {
        Self {
            service: service.name.clone(),
            operation: operation.name.clone(),
            path: path.to_owned(),
            problem,
        }
    }
}

/// A response body that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{service}:{operation}: cannot read the response (status {status}, {body_bytes} bytes): {problem}")]
pub struct DecodeError {
    /// Service's name.
    pub service: String,
    /// Operation's name.
    pub operation: String,
    /// HTTP status.
    pub status: u16,
    /// Size of the body.
    pub body_bytes: usize,
    /// What is wrong with it.
    pub problem: DecodeProblem,
}

/// What is wrong with a body. Positions are bytes from its beginning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeProblem {
    /// Not UTF-8.
    #[error("not UTF-8 at byte {position}")]
    NotUtf8 {
        /// Offset of the first bad byte.
        position: usize,
    },
    /// The body breaks the rules of its format.
    #[error("malformed {format} at byte {position}: {what}")]
    Malformed {
        /// `XML`, `JSON` or `CBOR`.
        format: &'static str,
        /// Offset.
        position: usize,
        /// What the parser says.
        what: String,
    },
    /// The body ends too early.
    #[error("{format} ends too early, at byte {position}")]
    Truncated {
        /// `XML`, `JSON` or `CBOR`.
        format: &'static str,
        /// Offset of the end.
        position: usize,
    },
    /// The body is nested deeper than any answer of AWS.
    #[error("nested deeper than {limit} levels at byte {position}")]
    TooDeep {
        /// Offset.
        position: usize,
        /// The deepest level we follow.
        limit: usize,
    },
    /// Well-formed, but not the answer to this operation: another element or type at the top.
    #[error("not an answer to this operation: {what}")]
    NotAnAnswer {
        /// What is there instead.
        what: String,
    },
}

impl DecodeError {
    pub(crate) fn new(
        service: &Service,
        operation: &Operation,
        problem: DecodeProblem,
        response: &RawResponse,
    ) -> Self {
        Self {
            service: service.name.clone(),
            operation: operation.name.clone(),
            status: response.status,
            body_bytes: response.body.len(),
            problem,
        }
    }
}

/// An error that a service answered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} (status {status}): {message}")]
pub struct ServiceError {
    /// AWS's code, `AccessDenied`; the status code as text if the answer has none.
    pub code: String,
    /// AWS's message; may be empty.
    pub message: String,
    /// HTTP status.
    pub status: u16,
    /// AWS's id of the request.
    pub request_id: Option<String>,
}
