//! Accounts, technologies, and scans on request.

use axum::http::StatusCode;
use security_monkey_model::Role;
use security_monkey_server::Watching;
use serde_json::json;

use super::fixture::{Server, settings};

#[tokio::test]
async fn an_account_is_put_and_its_external_id_shown_to_admins_only() {
    let server = Server::sqlite().await;
    let admin = server.user(Role::Admin).await;
    let path = "/api/v1/accounts/123456789012";
    let body = json!({
        "name": "production", "kind": "watched", "is_enabled": true,
        "role_chain": [{ "role_arn": "arn:aws:iam::123456789012:role/SecurityMonkey", "external_id": "s3cret" }],
        "regions": ["eu-west-1"],
    });
    let put = admin.put(path, &body).await;
    assert_eq!(put.status, StatusCode::OK, "{put:?}");
    assert_eq!(admin.read(path).await["role_chain"][0]["external_id"], "s3cret");
    let viewer = server.user(Role::View).await;
    assert_eq!(viewer.read(path).await["role_chain"][0]["external_id"], json!(null));
    assert_eq!(viewer.read("/api/v1/accounts").await[0]["name"], "production");
    assert!(!viewer.read("/api/v1/accounts").await.to_string().contains("s3cret"));

    let same_name = admin
        .put(
            "/api/v1/accounts/210987654321",
            &json!({ "name": "production", "kind": "friendly", "is_enabled": false }),
        )
        .await;
    assert_eq!(same_name.code(), "conflict");
    for wrong in [
        json!({ "name": "", "kind": "watched", "is_enabled": true }),
        json!({ "name": "x", "kind": "enemy", "is_enabled": true }),
        json!({ "name": "x", "kind": "watched", "is_enabled": true, "regions": ["EU West"] }),
        json!({ "name": "x", "kind": "watched", "is_enabled": true, "excluded_technologies": ["aws.no.such"] }),
        json!({ "name": "x", "kind": "watched", "is_enabled": true, "role_chain": [{ "role_arn": "role" }] }),
        json!({ "name": "x", "kind": "watched", "is_enabled": true, "contacts": ["nobody"] }),
        json!({ "name": "x", "kind": "watched", "is_enabled": true, "color": "red" }),
    ] {
        assert_eq!(admin.put(path, &wrong).await.code(), "invalid-request", "{wrong}");
    }
    assert_eq!(admin.put("/api/v1/accounts/12", &body).await.code(), "invalid-request");
}

#[tokio::test]
async fn a_scan_is_asked_for_what_is_watched_only() {
    let server = Server::sqlite().await;
    let admin = server.user(Role::Admin).await;
    let body = json!({ "name": "production", "kind": "watched", "is_enabled": true });
    admin.put("/api/v1/accounts/123456789012", &body).await;
    let due = admin
        .post("/api/v1/scans", &json!({ "accounts": ["123456789012"] }))
        .await;
    assert_eq!(due.status, StatusCode::ACCEPTED, "{due:?}");
    let unknown = admin
        .post("/api/v1/scans", &json!({ "accounts": ["999999999999"] }))
        .await;
    assert_eq!(unknown.code(), "invalid-request");
}

#[tokio::test]
async fn a_process_that_does_not_watch_promises_no_scan() {
    let mut settings = settings();
    settings.watching = Watching::Elsewhere;
    let server = Server::with(settings).await;
    let admin = server.user(Role::Admin).await;
    let refused = admin.post("/api/v1/scans", &json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{refused:?}");
    assert_eq!(refused.code(), "conflict");
}

#[tokio::test]
async fn technologies_are_those_loaded() {
    let server = Server::sqlite().await;
    let listed = server.user(Role::View).await.read("/api/v1/technologies").await;
    let ids: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["aws.ec2.security-group", "aws.s3.bucket"]);
    assert_eq!(listed[1]["resource_type"], "AWS::S3::Bucket");
}
