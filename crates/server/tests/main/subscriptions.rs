//! Subscriptions: whose they are, where they may go, what is never shown.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use security_monkey_model::Role;
use security_monkey_notifier::{Channel, SmtpChannel, SmtpSettings, WebhookChannel, WebhookSettings};
use security_monkey_testkit::smtp::{SmtpOptions, SmtpServer};
use serde_json::{Value, json};

use super::fixture::{Server, settings};

fn mail(target: &str) -> Value {
    json!({ "channel": "smtp", "target": target, "is_enabled": true, "min_score": 7, "events": ["finding-changed"] })
}

#[tokio::test]
async fn people_subscribe_themselves_and_admins_anybody() {
    let server = Server::sqlite().await;
    let viewer = server.user(Role::View).await;
    let admin = server.user(Role::Admin).await;
    let path = "/api/v1/subscriptions";
    let own = viewer.post(path, &mail("view@example.com")).await;
    assert_eq!(own.status, StatusCode::CREATED, "{own:?}");
    assert_eq!(own.json()["owner"], "view@example.com");
    assert_eq!(own.json()["min_score"], 7);
    assert_eq!(
        viewer.post(path, &mail("victim@example.com")).await.code(),
        "role-too-low"
    );
    assert_eq!(
        admin.post(path, &mail("team@example.com")).await.status,
        StatusCode::CREATED
    );
    let pigeon = json!({ "channel": "pigeon", "target": "roof", "is_enabled": true });
    assert_eq!(admin.post(path, &pigeon).await.code(), "invalid-request");
    assert_eq!(admin.post(path, &mail("no address")).await.code(), "invalid-request");

    assert_eq!(viewer.read(path).await.as_array().unwrap().len(), 1);
    assert_eq!(viewer.get(&format!("{path}?all=true")).await.code(), "role-too-low");
    assert_eq!(
        admin.read(&format!("{path}?all=true")).await.as_array().unwrap().len(),
        2
    );

    let one = format!("{path}/{}", own.json()["id"]);
    let stranger = server.user(Role::Justify).await;
    assert_eq!(
        stranger.put(&one, &mail("justify@example.com")).await.code(),
        "not-found"
    );
    assert_eq!(stranger.delete(&one).await.code(), "not-found");
    let test = |client| async move {
        let client: &super::fixture::Client<'_> = client;
        client.request(Method::POST, &format!("{path}/{}/test", 1), None).await
    };
    assert_eq!(test(&stranger).await.code(), "not-found");
    assert_eq!(
        viewer.put(&one, &mail("victim@example.com")).await.code(),
        "role-too-low"
    );
    let paused = json!({ "channel": "smtp", "target": "view@example.com", "is_enabled": false });
    assert_eq!(viewer.put(&one, &paused).await.json()["is_enabled"], false);
    let undelivered = viewer.request(Method::POST, &format!("{one}/test"), None).await;
    assert_eq!(undelivered.code(), "delivery-failed", "nobody listens there");
    assert_eq!(viewer.delete(&one).await.status, StatusCode::NO_CONTENT);
    assert_eq!(viewer.read(path).await, json!([]));
}

#[tokio::test]
async fn a_test_message_arrives() {
    let receiver = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let mail_settings: SmtpSettings = serde_json::from_value(json!({
        "host": "127.0.0.1", "port": receiver.port, "tls": "none", "from": "Monkey <monkey@example.com>", "hello_name": "localhost",
    }))
    .unwrap();
    let channel: Arc<dyn Channel> = Arc::new(SmtpChannel::new(&mail_settings).unwrap());
    let server = Server::through(settings(), vec![channel]).await;
    let viewer = server.user(Role::View).await;
    let own = viewer.post("/api/v1/subscriptions", &mail("view@example.com")).await;
    let path = format!("/api/v1/subscriptions/{}/test", own.json()["id"]);
    let sent = viewer.request(Method::POST, &path, None).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT, "{sent:?}");
    let arrived = receiver.next().unwrap();
    assert_eq!(arrived.to, ["view@example.com"]);
    assert_eq!(arrived.headers["subject"], "Security Monkey: this subscription works");
}

#[tokio::test]
async fn the_secret_of_a_webhook_is_kept_and_never_answered() {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let webhook = WebhookChannel::new(
        &WebhookSettings {
            timeout_seconds: 1,
            allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
            ..WebhookSettings::default()
        },
        Arc::new(security_monkey_model::FixedClock::at(super::fixture::START)),
    )
    .unwrap();
    let server = Server::through(settings(), vec![Arc::new(webhook)]).await;
    let admin = server.user(Role::Admin).await;
    let path = "/api/v1/subscriptions";
    let body = |secret: &str, is_enabled: bool| {
        json!({
            "channel": "webhook", "target": "http://127.0.0.1:1/hook", "is_enabled": is_enabled, "settings": { "secret": secret },
        })
    };
    let made = admin.post(path, &body(SECRET, true)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    assert_eq!(made.json()["settings"]["secret"], "•••");
    let one = format!("{path}/{}", made.json()["id"]);
    // Sent back as it was shown, it stays what it was.
    let changed = admin.put(&one, &body("•••", false)).await;
    let listed = admin.get(&format!("{path}?all=true")).await;
    let undelivered = admin.request(Method::POST, &format!("{one}/test"), None).await;
    let refused = admin.put(&one, &body("too short a secret", true)).await;
    assert_eq!(undelivered.code(), "delivery-failed", "{undelivered:?}");
    assert_eq!(refused.code(), "invalid-request", "{refused:?}");
    for answer in [made, changed, listed, undelivered, refused] {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains(SECRET) && !text.contains("too short a secret"), "{text}");
    }
    let stored = server.store.subscriptions(None).await.unwrap();
    assert_eq!(stored[0].spec.settings["secret"], SECRET);
    let nothing_to_keep = admin.post(path, &body("•••", true)).await;
    assert_eq!(nothing_to_keep.code(), "invalid-request", "{nothing_to_keep:?}");
}
