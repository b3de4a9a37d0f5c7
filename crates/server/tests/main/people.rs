//! Users as an admin administers them, and the operator's first admin.

use axum::http::StatusCode;
use security_monkey_model::{Role, UserEmail};
use security_monkey_server::made_user::{make_first_admin, reset_password};
use security_monkey_server::randomness::SystemRandomness;
use serde_json::json;

use super::fixture::{CHEAP, PASSWORD, Server};

#[tokio::test]
async fn a_user_is_made_changed_disabled_and_let_in_again() {
    let server = Server::sqlite().await;
    let admin = server.user(Role::Admin).await;
    let made = admin
        .post("/api/v1/users", &json!({ "email": "ada@example.com", "role": "view" }))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{made:?}");
    let password = made.json()["password"].as_str().unwrap().to_owned();
    let ada = server.sign_in("ada@example.com", &password).await;
    let again = admin
        .post("/api/v1/users", &json!({ "email": "ada@example.com", "role": "view" }))
        .await;
    assert_eq!(again.code(), "conflict");

    let path = "/api/v1/users/ada@example.com";
    let changed = admin.patch(path, &json!({ "role": "justify" })).await;
    assert_eq!(changed.json()["role"], "justify");
    assert_eq!(ada.read("/api/v1/session").await["role"], "justify", "at once");

    let disabled = admin.patch(path, &json!({ "is_disabled": true })).await.json();
    assert!(!disabled["disabled_at"].is_null());
    assert_eq!(ada.get("/api/v1/session").await.code(), "not-signed-in");
    assert_eq!(
        server.try_sign_in("ada@example.com", &password).await.code(),
        "wrong-credentials"
    );
    let enabled = admin.patch(path, &json!({ "is_disabled": false })).await.json();
    assert!(enabled["disabled_at"].is_null());
    let ada = server.sign_in("ada@example.com", &password).await;

    let reset = admin
        .request(axum::http::Method::POST, &format!("{path}/password"), None)
        .await;
    assert_eq!(
        ada.get("/api/v1/session").await.code(),
        "not-signed-in",
        "a reset ends the sessions"
    );
    let fresh = reset.json()["password"].as_str().unwrap().to_owned();
    assert_ne!(fresh, password);
    server.sign_in("ada@example.com", &fresh).await;
    let listed = admin.read("/api/v1/users").await;
    assert!(listed.to_string().contains("ada@example.com"));
    assert!(!listed.to_string().contains("argon2"), "hashes stay in the store");
}

#[tokio::test]
async fn nobody_changes_their_own_role() {
    let server = Server::sqlite().await;
    let admin = server.user(Role::Admin).await;
    let own = "/api/v1/users/admin@example.com";
    assert_eq!(admin.patch(own, &json!({ "role": "view" })).await.code(), "conflict");
    assert_eq!(
        admin.patch(own, &json!({ "is_disabled": true })).await.code(),
        "conflict"
    );
    assert_eq!(
        admin.patch("/api/v1/users/x@example.com", &json!({})).await.code(),
        "not-found"
    );
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let server = Server::sqlite().await;
    let email = UserEmail::parse("first@example.com").unwrap();
    let made = make_first_admin(&server.engine, &email, &SystemRandomness, CHEAP)
        .await
        .unwrap();
    assert_eq!(made, None, "there are users");
    let known = UserEmail::parse("view@example.com").unwrap();
    let made = reset_password(&server.engine, &known, &SystemRandomness, CHEAP)
        .await
        .unwrap();
    assert_eq!(
        server.try_sign_in("view@example.com", PASSWORD).await.code(),
        "wrong-credentials"
    );
    server.sign_in("view@example.com", &made.password).await;
}
