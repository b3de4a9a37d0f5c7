//! What is around every answer: the host check, security headers, the request id and the log line.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;

use crate::guard::is_own_host;
use crate::problem::{Code, Problem};
use crate::state::ServerState;

/// Set by an answer whose page may add `<style>` elements with this nonce.
#[derive(Debug, Clone)]
pub(crate) struct StyleNonce(pub(crate) String);

/// Probes come by address, before any name: they are answered under every host.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// Handles one request from outside to inside and back.
pub(crate) async fn around(State(state): State<ServerState>, request: Request, next: Next) -> Response {
    let mut id = [0_u8; 8];
    if let Err(error) = state.randomness.fill(&mut id) {
        return Problem::internal(&error).into_response();
    }
    let id = format!("{:016x}", u64::from_be_bytes(id));
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let is_api = path.starts_with("/api/");
    let span = tracing::info_span!("request", %id, %method, %path, user = tracing::field::Empty);
    let began = Instant::now();
    let mut response = async {
        let is_probe = PROBES.contains(&path.as_str());
        let response = if is_probe || host(&request).is_some_and(|host| is_own_host(&state, host)) {
            next.run(request).await
        } else {
            Problem::new(
                Code::HostRefused,
                format!(
                    "this server is {}; if people reach it at another address, set server.public_url to that",
                    state.settings.public_url.as_str()
                ),
            )
            .into_response()
        };
        let status = response.status().as_u16();
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::info!(status, micros, "answered");
        response
    }
    .instrument(span)
    .await;
    let nonce = response.extensions_mut().remove::<StyleNonce>();
    let headers = response.headers_mut();
    set_security_headers(headers, nonce.as_ref(), state.settings.public_url.is_https());
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    response
}

/// HTTP/2 has the authority in the URI, HTTP/1.1 in `Host`.
fn host(request: &Request) -> Option<&str> {
    request
        .uri()
        .authority()
        .map(axum::http::uri::Authority::as_str)
        .or_else(|| request.headers().get(header::HOST)?.to_str().ok())
}

fn set_security_headers(headers: &mut HeaderMap, nonce: Option<&StyleNonce>, is_https: bool) {
    // Scripts only from our own files, never inline. `<style>` elements only with the nonce of this very answer; React sets
    // `style` through the DOM, which the policy does not cover, so no style-src-attr exception is needed.
    let style = nonce.map(|nonce| format!(" 'nonce-{}'", nonce.0)).unwrap_or_default();
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self'{style}; img-src 'self' data:; font-src 'self' data:; \
         connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
        ),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
}
