//! Subscriptions: whose they are, where they may go, what is never shown.

use axum::http::{Method, StatusCode};
use security_monkey_model::Role;
use serde_json::{Value, json};

use super::fixture::Server;

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
