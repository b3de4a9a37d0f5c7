//! What is around every answer: headers, hosts, the embedded pages.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use security_monkey_model::Role;
use security_monkey_server::{PublicUrl, ServerSettings};

use super::fixture::{Answer, Server};

async fn get(server: &Server, host: Option<&str>, path: &str) -> Answer {
    let mut request = Request::builder().uri(path);
    if let Some(host) = host {
        request = request.header(header::HOST, host);
    }
    server.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let server = Server::sqlite().await;
    for path in [
        "/",
        "/findings/17",
        "/api/v1/openapi.json",
        "/api/v1/findings",
        "/api/v1/none",
        "/assets/none.js",
        "/healthz",
    ] {
        let answer = get(&server, Some("127.0.0.1:5000"), path).await;
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in [
            "default-src 'self'",
            "script-src 'self';",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(answer.headers["referrer-policy"], "same-origin", "{path}");
        assert!(answer.headers.contains_key("permissions-policy"), "{path}");
        assert_eq!(answer.headers["x-request-id"].len(), 16, "{path}");
        assert!(
            !answer.headers.contains_key(header::STRICT_TRANSPORT_SECURITY),
            "{path}: no TLS here"
        );
        if path.starts_with("/api/") {
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
        }
    }
    let server = Server::with(ServerSettings::new(
        PublicUrl::parse("https://monkey.example.com").unwrap(),
    ))
    .await;
    let answer = get(&server, Some("monkey.example.com"), "/api/v1/findings").await;
    assert!(
        answer.headers[header::STRICT_TRANSPORT_SECURITY]
            .to_str()
            .unwrap()
            .contains("max-age=31536000")
    );
}

#[tokio::test]
async fn only_our_own_names_are_answered() {
    let server = Server::sqlite().await;
    for host in [
        "127.0.0.1:5000",
        "localhost:5000",
        "LOCALHOST:5000",
        "[::1]:5000",
        "127.0.0.1",
    ] {
        assert_eq!(
            get(&server, Some(host), "/api/v1/openapi.json").await.status,
            StatusCode::OK,
            "{host}"
        );
    }
    for host in [
        "evil.example",
        "127.0.0.1.evil.example:5000",
        "localhost.evil.example",
        "",
        "[::2]:5000",
        "user@127.0.0.1",
    ] {
        for path in ["/api/v1/openapi.json", "/"] {
            assert_eq!(
                get(&server, Some(host), path).await.code(),
                "host-refused",
                "{host} {path}"
            );
        }
    }
    assert_eq!(get(&server, None, "/").await.code(), "host-refused");
    for probe in ["/healthz", "/readyz"] {
        assert_eq!(
            get(&server, Some("10.1.2.3:5000"), probe).await.status,
            StatusCode::OK,
            "{probe}"
        );
    }
    let server = Server::with(ServerSettings::new(
        PublicUrl::parse("https://monkey.example.com").unwrap(),
    ))
    .await;
    assert_eq!(
        get(&server, Some("monkey.example.com"), "/").await.status,
        StatusCode::OK
    );
    assert_eq!(get(&server, Some("127.0.0.1:5000"), "/").await.code(), "host-refused");
}

#[tokio::test]
async fn a_page_of_the_application_is_fresh_and_has_its_own_nonce() {
    let server = Server::sqlite().await;
    let first = get(&server, Some("localhost:5000"), "/").await;
    let second = get(&server, Some("localhost:5000"), "/resources/12?tab=history").await;
    let nonce = |answer: &Answer| {
        let policy = answer.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .to_owned();
        policy
            .split("'nonce-")
            .nth(1)
            .unwrap()
            .split('\'')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(first.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_eq!(first.headers[header::CACHE_CONTROL], "no-store");
    assert_ne!(nonce(&first), nonce(&second));
    assert_eq!(nonce(&first).len(), 43);
    assert!(!String::from_utf8_lossy(&second.body).contains("__CSP_NONCE__"));
    assert_eq!(
        get(&server, Some("localhost:5000"), "/index.html").await.headers[header::CONTENT_TYPE],
        "text/html; charset=utf-8"
    );
}

#[tokio::test]
async fn readiness_is_about_the_database() {
    let server = Server::sqlite().await;
    assert_eq!(get(&server, None, "/readyz").await.body.as_ref(), b"ready\n");
    server.store.close().await;
    let closed = get(&server, None, "/readyz").await;
    assert_eq!(closed.code(), "store-unavailable", "{closed:?}");
    assert!(closed.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(
        get(&server, None, "/healthz").await.body.as_ref(),
        b"ok\n",
        "the process itself is well"
    );
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_takes_it() {
    let server = Server::sqlite().await;
    let request = Request::builder()
        .uri("/api/v1/openapi.json")
        .header(header::HOST, "localhost:5000")
        .header(header::ACCEPT_ENCODING, "gzip");
    let small = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(small.headers[header::CONTENT_ENCODING], "gzip");
    let plain = get(&server, Some("localhost:5000"), "/api/v1/openapi.json").await;
    assert!(
        small.body.len() * 4 < plain.body.len(),
        "{} of {}",
        small.body.len(),
        plain.body.len()
    );
    assert_eq!(
        plain.body.as_ref(),
        security_monkey_server::openapi::document().unwrap().as_bytes()
    );
}

#[tokio::test]
async fn a_development_server_may_be_allowed() {
    let mut settings = super::fixture::settings();
    settings.allowed_origins = vec!["http://localhost:5173".to_owned()];
    let server = Server::with(settings).await;
    let mut client = server.user(Role::View).await;
    client
        .headers
        .insert(header::ORIGIN, "http://localhost:5173".parse().unwrap());
    assert_eq!(client.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
}
