//! Rubbish in, problem details out: never a crash, never another form.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use security_monkey_model::Role;
use security_monkey_server::operations;
use serde_json::json;

use super::fixture::Server;

#[tokio::test]
async fn rubbish_parameters_of_every_reading_operation_are_problems() {
    let server = Server::sqlite().await;
    let admin = server.user(Role::Admin).await;
    let rubbish = [
        "x",
        "-1",
        "0",
        "99999999999999999999999999",
        "%00",
        "..%2F..%2Fetc",
        "%F0%9F%90%B5",
        "a%20b",
        "'%20or%201=1--",
    ];
    for operation in operations().filter(|operation| !operation.is_mutating()) {
        let path = operation.path();
        for text in rubbish {
            let mut wrong = path.clone();
            while let Some(start) = wrong.find('{') {
                let end = wrong[start..].find('}').unwrap() + start;
                wrong.replace_range(start..=end, text);
            }
            let answer = admin.get(&format!("{wrong}?nonsense={text}")).await;
            if answer.status != StatusCode::OK {
                assert!(answer.status.is_client_error(), "{wrong}: {answer:?}");
                answer.code();
            }
        }
    }
}

#[tokio::test]
async fn filters_that_cannot_be_meant_are_refused_by_name() {
    let server = Server::sqlite().await;
    let client = server.user(Role::View).await;
    for query in [
        "findings?account=12",
        "resources?text=22",
        &format!("resources?text={}", "abc%20".repeat(1_100)),
        &format!("resources?text={}", "x".repeat(201)),
        &format!("resources?name={}", "x".repeat(50_000)),
        &format!("findings?text={}", "x".repeat(50_000)),
        "findings?region=EU%20West",
        "findings?technology=S3",
        "findings?rule=x",
        "findings?status=closed",
        "findings?min_score=11",
        "findings?min_score=-1",
        "findings?resource=x",
        "findings?no_such_filter=1",
        "resources?as_of=yesterday",
        "resources?is_active=maybe",
        "resources?order=random",
        "resources?limit=1&limit=2",
        "coverage-gaps?cause=laziness",
        "events?wait_seconds=300",
        "subscriptions?all=2",
    ] {
        let answer = client.get(&format!("/api/v1/{query}")).await;
        assert_eq!(answer.code(), "invalid-request", "{query}: {answer:?}");
    }
}

#[tokio::test]
async fn rubbish_bodies_are_refused_with_the_place() {
    let server = Server::sqlite().await;
    let admin = server.user(Role::Admin).await;
    let send = async |content_type: Option<&str>, body: Vec<u8>| {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri("/api/v1/users")
            .header(header::HOST, "127.0.0.1:5000");
        for (name, value) in &admin.headers {
            request = request.header(name, value);
        }
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        server.send(request.body(Body::from(body)).unwrap()).await
    };
    let json = Some("application/json");
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{\"email\":1}",
        "{\"email\":\"a@b\",\"role\":\"god\"}",
        "\u{0}",
    ] {
        assert_eq!(send(json, body.into()).await.code(), "invalid-request", "{body:?}");
    }
    assert_eq!(send(json, vec![0xff, 0xfe]).await.code(), "invalid-request");
    assert_eq!(
        send(json, "[".repeat(100_000).into_bytes()).await.code(),
        "invalid-request",
        "deep nesting"
    );
    let form = Some("application/x-www-form-urlencoded");
    assert_eq!(send(form, b"email=a".to_vec()).await.code(), "unsupported-media-type");
    assert_eq!(
        send(Some("text/plain"), b"{}".to_vec()).await.code(),
        "unsupported-media-type"
    );
    assert_eq!(send(None, b"{}".to_vec()).await.code(), "unsupported-media-type");
    assert_eq!(send(json, vec![b' '; 300_000]).await.code(), "body-too-large");
    let unknown = send(
        json,
        json!({ "email": "a@b", "role": "view", "admin": true })
            .to_string()
            .into(),
    )
    .await;
    assert!(
        unknown.json()["detail"].as_str().unwrap().contains("admin"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let server = Server::sqlite().await;
    let client = server.user(Role::Admin).await;
    assert_eq!(client.get("/api").await.code(), "not-found");
    assert_eq!(client.get("/api/v2/findings").await.code(), "not-found");
    assert_eq!(
        client.request(Method::PATCH, "/api/v1/findings", None).await.code(),
        "method-not-allowed"
    );
    assert_eq!(
        client.request(Method::POST, "/some/page", None).await.code(),
        "method-not-allowed"
    );
    assert_eq!(client.get("/assets/no-such-file.js").await.code(), "not-found");
}

#[tokio::test]
async fn credentials_that_cannot_be_are_refused_and_not_believed() {
    let server = Server::sqlite().await;
    for authorization in ["", "Bearer", "Bearer ", "Bearer smk_x", "Basic YTpi", "bearer \u{e9}"] {
        let mut client = server.nobody();
        let Ok(value) = axum::http::HeaderValue::from_bytes(authorization.as_bytes()) else {
            continue;
        };
        client.headers.insert(header::AUTHORIZATION, value);
        assert_eq!(
            client.get("/api/v1/session").await.code(),
            "not-signed-in",
            "{authorization:?}"
        );
    }
    for cookie in [
        "security-monkey=",
        "security-monkey=x",
        "security-monkey=%00",
        "other=1",
    ] {
        let mut client = server.nobody();
        client.headers.insert(header::COOKIE, cookie.parse().unwrap());
        assert_eq!(
            client.get("/api/v1/session").await.code(),
            "not-signed-in",
            "{cookie:?}"
        );
    }
    // A wrong token is not made good by a right cookie: a script must notice.
    let mut both = server.user(Role::Admin).await;
    both.headers
        .insert(header::AUTHORIZATION, "Bearer smk_wrong".parse().unwrap());
    assert_eq!(both.get("/api/v1/session").await.code(), "not-signed-in");
}
