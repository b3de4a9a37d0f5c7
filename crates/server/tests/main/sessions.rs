//! Signing in and out, the life of a session, throttling.

use axum::http::{StatusCode, header};
use security_monkey_model::{Role, Timestamp};
use security_monkey_server::{PublicUrl, ServerSettings};
use serde_json::json;

use super::fixture::{CHEAP, PASSWORD, Server, days};

#[tokio::test]
async fn a_session_begins_is_shown_and_ends_on_the_server() {
    let server = Server::sqlite().await;
    let client = server.user(Role::Justify).await;
    assert_eq!(client.session["email"], "justify@example.com");
    assert_eq!(client.session["role"], "justify");
    let shown = client.read("/api/v1/session").await;
    assert_eq!(shown, client.session, "a page load shows the same CSRF token");
    let ended = client.delete("/api/v1/session").await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert!(
        ended.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(client.get("/api/v1/session").await.code(), "not-signed-in");
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let server = Server::sqlite().await;
    let answer = server.try_sign_in("view@example.com", PASSWORD).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("security-monkey="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");

    let mut settings = ServerSettings::new(PublicUrl::parse("https://127.0.0.1:5000").unwrap());
    settings.hashing_cost = CHEAP;
    let server = Server::with(settings).await;
    let answer = server.try_sign_in("view@example.com", PASSWORD).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("__Host-security-monkey="), "{cookie}");
    assert!(cookie.contains("Secure") && cookie.contains("HttpOnly"), "{cookie}");
}

#[tokio::test]
async fn the_store_never_sees_a_token() {
    let server = Server::sqlite().await;
    let client = server.user(Role::View).await;
    let cookie = client.headers[header::COOKIE].to_str().unwrap();
    let token = cookie.split_once('=').unwrap().1;
    assert_eq!(token.len(), 43, "256 bits");
    let digest = security_monkey_model::Digest::of(token.as_bytes());
    let (session, _) = server.store.session(&digest, server.now()).await.unwrap().unwrap();
    assert_ne!(session.csrf, digest);
    assert!(!format!("{session:?}").contains(token));
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_its_longest() {
    let server = Server::sqlite().await;
    let client = server.user(Role::View).await;
    // Used every seven hours it lives on, until a week has passed.
    for _ in 0..23 {
        server.clock.advance_seconds(7 * 3600);
        assert_eq!(client.get("/api/v1/session").await.status, StatusCode::OK);
    }
    server.clock.advance_seconds(7 * 3600);
    assert_eq!(
        client.get("/api/v1/session").await.code(),
        "not-signed-in",
        "after a week"
    );

    let client = server.user(Role::View).await;
    server.clock.advance_seconds(8 * 3600 + 1);
    assert_eq!(
        client.get("/api/v1/session").await.code(),
        "not-signed-in",
        "after eight idle hours"
    );
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_told_alike() {
    let server = Server::sqlite().await;
    let wrong = server.try_sign_in("view@example.com", "not the password").await;
    let unknown = server.try_sign_in("nobody@example.com", "not the password").await;
    let rubbish = server.try_sign_in("no address", "not the password").await;
    assert_eq!(wrong.code(), "wrong-credentials");
    assert_eq!(wrong.body, unknown.body);
    assert_eq!(wrong.body, rubbish.body);
    assert!(wrong.headers.get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn an_address_is_taken_in_any_case() {
    let server = Server::sqlite().await;
    let answer = server.try_sign_in(" View@Example.COM ", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn failures_are_throttled_and_the_right_password_must_wait_as_well() {
    let server = Server::sqlite().await;
    for _ in 0..5 {
        assert_eq!(
            server.try_sign_in("view@example.com", "wrong").await.code(),
            "wrong-credentials"
        );
    }
    let throttled = server.try_sign_in("view@example.com", PASSWORD).await;
    assert_eq!(throttled.code(), "too-many-attempts");
    assert_eq!(throttled.headers[header::RETRY_AFTER], "1");
    assert_eq!(
        server.try_sign_in("admin@example.com", PASSWORD).await.status,
        StatusCode::OK,
        "others go on"
    );
    server.clock.advance_seconds(1);
    assert_eq!(
        server.try_sign_in("view@example.com", PASSWORD).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn attempts_at_the_same_time_do_not_slip_past_the_throttle() {
    let server = Server::sqlite().await;
    let attempts = (0..20).map(|_| server.try_sign_in("view@example.com", "wrong"));
    let codes: Vec<String> = futures::future::join_all(attempts)
        .await
        .iter()
        .map(super::fixture::Answer::code)
        .collect();
    let tried = codes.iter().filter(|code| *code == "wrong-credentials").count();
    assert_eq!(tried, 5, "{codes:?}");
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let server = Server::sqlite().await;
    let other = server.user(Role::View).await;
    let client = server.user(Role::View).await;
    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let path = "/api/v1/session/password";
    let new = "a new password of mine";
    assert_eq!(
        client.put(path, &change("wrong one", new)).await.code(),
        "wrong-credentials"
    );
    assert_eq!(
        client.put(path, &change(PASSWORD, "short")).await.code(),
        "weak-password"
    );
    assert_eq!(
        client.put(path, &change(PASSWORD, &"x".repeat(1025))).await.code(),
        "weak-password"
    );
    assert_eq!(
        client.put(path, &change(PASSWORD, PASSWORD)).await.code(),
        "weak-password"
    );
    let changed = client.put(path, &change(PASSWORD, new)).await;
    assert_eq!(changed.status, StatusCode::OK, "{changed:?}");
    let fresh = server.client_of(&changed);
    assert_eq!(fresh.get("/api/v1/session").await.status, StatusCode::OK);
    assert_eq!(other.get("/api/v1/session").await.code(), "not-signed-in");
    assert_eq!(client.get("/api/v1/session").await.code(), "not-signed-in");
    assert_eq!(
        server.try_sign_in("view@example.com", PASSWORD).await.code(),
        "wrong-credentials"
    );
    assert_eq!(server.try_sign_in("view@example.com", new).await.status, StatusCode::OK);
}

#[tokio::test]
async fn tokens_end_are_revoked_and_never_exceed_their_owner() {
    let server = Server::sqlite().await;
    let user = server.user(Role::Comment).await;
    let path = "/api/v1/tokens";
    let too_much = json!({ "name": "x", "role": "justify" });
    assert_eq!(user.post(path, &too_much).await.code(), "role-too-low");
    let past = json!({ "name": "x", "role": "view", "expires_at": "2020-01-01T00:00:00Z" });
    assert_eq!(user.post(path, &past).await.code(), "invalid-request");
    assert_eq!(
        user.post(path, &json!({ "name": " ", "role": "view" })).await.code(),
        "invalid-request"
    );
    let end = server.now().plus_seconds(days(1)).to_string();
    let made = user
        .post(path, &json!({ "name": "x", "role": "view", "expires_at": end }))
        .await
        .json();
    let text = made["text"].as_str().unwrap();
    assert!(text.starts_with("smk_") && text.len() == 47, "{text}");
    let script = server.bearer(text);
    assert_eq!(script.read("/api/v1/session").await["csrf_token"], json!(null));
    let listed = user.read(path).await;
    assert_eq!(listed[0]["name"], "x");
    assert!(!listed[0]["used_at"].is_null());
    assert!(!listed.to_string().contains(text), "the text is shown once only");

    let stranger = server.user(Role::Admin).await;
    let one = format!("{path}/{}", made["id"]);
    assert_eq!(stranger.delete(&one).await.code(), "not-found", "not theirs");
    server.clock.advance_seconds(days(1));
    assert_eq!(
        script.get("/api/v1/session").await.code(),
        "not-signed-in",
        "past its end"
    );

    let script = server.script(Role::Comment).await;
    let tokens = script.read(path).await;
    let id = tokens
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["name"] == "script")
        .unwrap()["id"]
        .clone();
    assert_eq!(
        script.delete(&format!("{path}/{id}")).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(script.get("/api/v1/session").await.code(), "not-signed-in", "revoked");
}

impl Server {
    pub(crate) fn now(&self) -> Timestamp {
        security_monkey_model::Clock::now(&*self.clock)
    }
}
