//! The user interface, embedded in the binary: the files of `web/dist`.
//!
//! `/assets/…` has names with content hashes and is cached for a year; everything else is revalidated by ETag; a path
//! that is no file is the single-page application's and gets `index.html`. The page may contain `__CSP_NONCE__` (in
//! `<meta name="csp-nonce" content="__CSP_NONCE__">`), which becomes a fresh nonce with every answer: the component library
//! adds `<style>` elements at run time and must be given it.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use security_monkey_model::Digest;

use crate::frame::StyleNonce;
use crate::problem::{Code, Problem};
use crate::randomness::random_token;
use crate::state::ServerState;

static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/ui_files.rs"));

const NONCE_PLACE: &str = "__CSP_NONCE__";

struct File {
    content: &'static [u8],
    etag: HeaderValue,
    media_type: &'static str,
    is_hashed: bool,
}

static BY_PATH: LazyLock<HashMap<String, File>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(name, content)| {
            let etag = format!("\"{}\"", &Digest::of(content).to_string()[..32]);
            let file = File {
                content,
                etag: HeaderValue::try_from(etag).unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
                media_type: media_type(name),
                is_hashed: name.starts_with("assets/"),
            };
            (format!("/{name}"), file)
        })
        .collect()
});

/// Everything that is no operation: a file, the application's page, or a problem.
pub(crate) async fn serve(State(state): State<ServerState>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let is_api = path == "/api" || path.starts_with("/api/");
    if is_api {
        return Problem::new(Code::NotFound, "no operation has this path").into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return Problem::new(Code::MethodNotAllowed, "only GET and HEAD are answered here").into_response();
    }
    match BY_PATH.get(path) {
        Some(file) if path != "/index.html" => answer_file(file, &headers),
        // A missing asset is missing: the page instead of a script would only confuse the browser.
        None if path.starts_with("/assets/") => Problem::new(Code::NotFound, "no file has this path").into_response(),
        _ => answer_page(&state),
    }
}

fn answer_file(file: &'static File, headers: &HeaderMap) -> Response {
    let caching = if file.is_hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let is_known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|sent| {
            sent.split(',')
                .any(|one| one.trim().trim_start_matches("W/").as_bytes() == file.etag.as_bytes())
        });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.content))
    };
    let answer = response.headers_mut();
    if !is_known {
        answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
    }
    answer.insert(header::ETAG, file.etag.clone());
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    response
}

fn answer_page(state: &ServerState) -> Response {
    let nonce = match random_token(&*state.randomness) {
        Ok(nonce) => nonce,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let page = BY_PATH
        .get("/index.html")
        .map(|file| String::from_utf8_lossy(file.content).replace(NONCE_PLACE, &nonce))
        .unwrap_or_default();
    let mut response = Response::new(Body::from(page));
    response.extensions_mut().insert(StyleNonce(nonce));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The types of what a web build consists of.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(is_hashed: bool) -> &'static File {
        Box::leak(Box::new(File {
            content: b"content",
            etag: HeaderValue::from_static("\"abc\""),
            media_type: "text/css; charset=utf-8",
            is_hashed,
        }))
    }

    #[test]
    fn a_hashed_file_is_kept_and_another_is_asked_for_again() {
        let kept = answer_file(file(true), &HeaderMap::new());
        assert_eq!(
            kept.headers()[header::CACHE_CONTROL],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(kept.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        let asked = answer_file(file(false), &HeaderMap::new());
        assert_eq!(asked.headers()[header::CACHE_CONTROL], "no-cache");
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        for (sent, status) in [
            ("\"abc\"", StatusCode::NOT_MODIFIED),
            ("W/\"abc\"", StatusCode::NOT_MODIFIED),
            ("\"x\", \"abc\"", StatusCode::NOT_MODIFIED),
            ("\"abd\"", StatusCode::OK),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_NONE_MATCH, sent.parse().unwrap());
            assert_eq!(answer_file(file(false), &headers).status(), status, "{sent}");
        }
    }

    #[test]
    fn every_embedded_file_has_a_known_type() {
        assert!(BY_PATH.contains_key("/index.html"));
        for (path, file) in BY_PATH.iter() {
            assert_ne!(file.media_type, "application/octet-stream", "{path}");
        }
    }
}
