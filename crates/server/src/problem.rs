//! Errors as the API answers them: RFC 9457 problem details with a stable code.
//!
//! The code is the contract (clients branch on it, the UI translates it); title and detail are for people and may change.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What went wrong, as a stable code. Never reused, never renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// No session and no API token, or one that has ended.
    NotSignedIn,
    /// The e-mail address and the password do not belong together.
    WrongCredentials,
    /// Too many failed sign-ins; `Retry-After` says when to try again.
    TooManyAttempts,
    /// The user's role does not allow it.
    RoleTooLow,
    /// An API token was used where a person must be signed in.
    SessionRequired,
    /// The header `X-CSRF-Token` is missing or is not that of the session.
    CsrfTokenWrong,
    /// The request comes from a page of another origin.
    OriginRefused,
    /// The `Host` header names no host of this server.
    HostRefused,
    /// Nothing has this path or this id.
    NotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed,
    /// The path, query or body is not what the operation takes.
    InvalidRequest,
    /// The cursor was not made by this list with these filters.
    InvalidCursor,
    /// The password is too short, too long, or the old one.
    WeakPassword,
    /// The body is larger than the limit.
    BodyTooLarge,
    /// The body is not `application/json`.
    UnsupportedMediaType,
    /// Somebody else changed the same thing, or the name is taken.
    Conflict,
    /// The request took too long and was given up.
    Timeout,
    /// The database does not answer; try again.
    StoreUnavailable,
    /// The database's disk is full.
    StorageFull,
    /// A receiver (mail server, webhook) refused or did not answer.
    DeliveryFailed,
    /// This process does not offer the operation (a read-only server that does not scan).
    NotOffered,
    /// Our fault; the log has the details under the request id.
    Internal,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 22] = [
        Self::NotSignedIn,
        Self::WrongCredentials,
        Self::TooManyAttempts,
        Self::RoleTooLow,
        Self::SessionRequired,
        Self::CsrfTokenWrong,
        Self::OriginRefused,
        Self::HostRefused,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::InvalidRequest,
        Self::InvalidCursor,
        Self::WeakPassword,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::Conflict,
        Self::Timeout,
        Self::StoreUnavailable,
        Self::StorageFull,
        Self::DeliveryFailed,
        Self::NotOffered,
        Self::Internal,
    ];

    /// The HTTP status, and the title for people.
    pub const fn status_and_title(self) -> (StatusCode, &'static str) {
        match self {
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, "Not signed in"),
            Self::WrongCredentials => (StatusCode::UNAUTHORIZED, "Wrong e-mail address or password"),
            Self::TooManyAttempts => (StatusCode::TOO_MANY_REQUESTS, "Too many attempts"),
            Self::RoleTooLow => (StatusCode::FORBIDDEN, "Role too low"),
            Self::SessionRequired => (StatusCode::FORBIDDEN, "Session required"),
            Self::CsrfTokenWrong => (StatusCode::FORBIDDEN, "CSRF token missing or wrong"),
            Self::OriginRefused => (StatusCode::FORBIDDEN, "Origin refused"),
            Self::HostRefused => (StatusCode::MISDIRECTED_REQUEST, "Host refused"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
            Self::InvalidRequest => (StatusCode::BAD_REQUEST, "Invalid request"),
            Self::InvalidCursor => (StatusCode::BAD_REQUEST, "Invalid cursor"),
            Self::WeakPassword => (StatusCode::BAD_REQUEST, "Password not accepted"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Body too large"),
            Self::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported media type"),
            Self::Conflict => (StatusCode::CONFLICT, "Conflict"),
            Self::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "Took too long"),
            Self::StoreUnavailable => (StatusCode::SERVICE_UNAVAILABLE, "Database unavailable"),
            Self::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, "Disk full"),
            Self::DeliveryFailed => (StatusCode::BAD_GATEWAY, "Delivery failed"),
            Self::NotOffered => (StatusCode::NOT_IMPLEMENTED, "Not offered"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
        }
    }

    /// The code's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSignedIn => "not-signed-in",
            Self::WrongCredentials => "wrong-credentials",
            Self::TooManyAttempts => "too-many-attempts",
            Self::RoleTooLow => "role-too-low",
            Self::SessionRequired => "session-required",
            Self::CsrfTokenWrong => "csrf-token-wrong",
            Self::OriginRefused => "origin-refused",
            Self::HostRefused => "host-refused",
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::InvalidRequest => "invalid-request",
            Self::InvalidCursor => "invalid-cursor",
            Self::WeakPassword => "weak-password",
            Self::BodyTooLarge => "body-too-large",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Conflict => "conflict",
            Self::Timeout => "timeout",
            Self::StoreUnavailable => "store-unavailable",
            Self::StorageFull => "storage-full",
            Self::DeliveryFailed => "delivery-failed",
            Self::NotOffered => "not-offered",
            Self::Internal => "internal",
        }
    }
}

/// A problem, on its way to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The kind.
    pub code: Code,
    /// What, where, and what to do; one or two sentences.
    pub detail: String,
    /// Seconds until trying again makes sense.
    pub retry_after_seconds: Option<u64>,
}

impl Problem {
    /// A problem of this kind.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            retry_after_seconds: None,
        }
    }

    /// Nothing has this id.
    pub fn not_found(kind: &str, id: impl std::fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("there is no {kind} '{id}'"))
    }

    /// The request is not what the operation takes.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, detail)
    }

    /// Our fault. The cause goes to the log, not to the caller.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(cause = %cause, "request failed");
        Self::new(
            Code::Internal,
            "the server could not answer; its log has the cause under this request's id",
        )
    }
}

/// The body of every error answer (RFC 9457), media type `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:security-monkey:problem:<code>`.
    pub r#type: String,
    /// The kind of problem, for people.
    pub title: String,
    /// The HTTP status, again.
    pub status: u16,
    /// This problem, for people: what, where, what to do.
    pub detail: String,
    /// The kind of problem, for programs.
    pub code: Code,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, title) = self.code.status_and_title();
        let body = ProblemBody {
            r#type: format!("urn:security-monkey:problem:{}", self.code.as_str()),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: self.detail,
            code: self.code,
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == Code::NotSignedIn {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_code_is_its_serialised_form_and_unique() {
        let mut texts = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!(code.status_and_title().0.as_u16() >= 400);
            assert!(texts.insert(code.as_str()), "{} twice", code.as_str());
        }
    }
}
