//! Every operation as every caller. An operation that is forgotten here cannot exist: the list is the router's.

use axum::http::{Method, StatusCode};
use security_monkey_model::Role;
use security_monkey_server::{Access, Operation, operations};
use serde_json::json;

use super::fixture::{Client, Server};

/// The operation's path with things that exist in place of its parameters.
async fn path_of(server: &Server, operation: &Operation) -> String {
    let resource = server.row("sg-1").await.to_string();
    let page = security_monkey_store::Page::first(1);
    let filter = security_monkey_store::finding::FindingFilter::default();
    let finding = server.store.findings(&filter, &page).await.unwrap().items[0]
        .id
        .to_string();
    let mut path = operation.path();
    for (parameter, value) in [
        ("{resource}", resource.as_str()),
        ("{finding}", finding.as_str()),
        ("{revision}", "1"),
        ("{account}", "111111111111"),
        ("{rule}", super::fixture::RULE),
        ("{user}", "somebody@example.com"),
        ("{token}", "999999"),
        ("{subscription}", "999999"),
    ] {
        path = path.replace(parameter, value);
    }
    assert!(
        !path.contains('{'),
        "{operation:?} has a parameter that this test does not know"
    );
    path
}

async fn call(client: &Client<'_>, operation: &Operation, path: &str) -> super::fixture::Answer {
    let body = json!({});
    let takes_body = operation.is_mutating() && operation.method() != Method::DELETE;
    client
        .request(operation.method(), path, takes_body.then_some(&body))
        .await
}

async fn walk(server: Server) {
    server.estate(2).await;
    server.add_user("somebody@example.com", Role::View).await;
    let mut calls = 0;
    for operation in operations() {
        let path = path_of(&server, operation).await;
        let answer = call(&server.nobody(), operation, &path).await;
        calls += 1;
        match operation.access {
            // `{}` is no sign-in, and that is all that is wrong with it.
            Access::Public => assert_ne!(answer.status, StatusCode::UNAUTHORIZED, "{operation:?} {answer:?}"),
            Access::Role(_) | Access::Session(_) => {
                assert_eq!(answer.code(), "not-signed-in", "{operation:?} by nobody");
            }
        }
        for role in Role::ALL {
            let least = operation.access.least_role();
            let is_allowed = least.is_none_or(|least| role >= least);
            let by_session = call(&server.user(role).await, operation, &path).await;
            let by_token = call(&server.script(role).await, operation, &path).await;
            calls += 2;
            let refused = |answer: &super::fixture::Answer| {
                [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&answer.status)
            };
            if is_allowed {
                assert!(!refused(&by_session), "{operation:?} by {role:?}: {by_session:?}");
                assert_ne!(
                    by_session.status,
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "{operation:?}: {by_session:?}"
                );
            } else {
                assert_eq!(by_session.code(), "role-too-low", "{operation:?} by {role:?}");
            }
            match operation.access {
                Access::Session(_) => assert_eq!(by_token.code(), "session-required", "{operation:?} by token"),
                _ if is_allowed => assert!(!refused(&by_token), "{operation:?} by {role:?}'s token: {by_token:?}"),
                _ => assert_eq!(by_token.code(), "role-too-low", "{operation:?} by {role:?}'s token"),
            }
        }
    }
    assert_eq!(calls, operations().count() * 9);
}

#[tokio::test]
async fn every_operation_lets_in_whom_it_says_on_sqlite() {
    walk(Server::sqlite().await).await;
}

#[tokio::test]
async fn every_operation_lets_in_whom_it_says_on_postgres() {
    walk(Server::postgres().await).await;
}

#[test]
fn reading_never_needs_more_than_view_except_where_people_are_administered() {
    for operation in operations().filter(|operation| !operation.is_mutating()) {
        let least = operation.access.least_role();
        // Decisions tell of users, too.
        let is_about_people = operation.path() == "/api/v1/users" || operation.path().starts_with("/api/v1/decisions");
        assert!(least <= Some(Role::View) || is_about_people, "{operation:?}");
    }
}

#[test]
fn only_signing_in_changes_something_without_a_role() {
    let open: Vec<String> = operations()
        .filter(|operation| operation.is_mutating() && operation.access == Access::Public)
        .map(Operation::id)
        .collect();
    assert_eq!(open, ["signIn"]);
}

#[tokio::test]
async fn every_change_by_cookie_needs_the_csrf_token_and_our_own_origin() {
    let server = Server::sqlite().await;
    server.estate(2).await;
    let changing = operations().filter(|operation| operation.is_mutating());
    for operation in changing {
        let path = path_of(&server, operation).await;
        let mut admin = server.user(Role::Admin).await;
        let token = admin.headers["x-csrf-token"].clone();
        if operation.access != Access::Public {
            admin.headers.remove("x-csrf-token");
            assert_eq!(
                call(&admin, operation, &path).await.code(),
                "csrf-token-wrong",
                "{operation:?} without"
            );
            admin.headers.insert("x-csrf-token", "x".repeat(43).parse().unwrap());
            assert_eq!(
                call(&admin, operation, &path).await.code(),
                "csrf-token-wrong",
                "{operation:?} wrong"
            );
            let other = server.user(Role::Admin).await;
            admin
                .headers
                .insert("x-csrf-token", other.headers["x-csrf-token"].clone());
            assert_eq!(
                call(&admin, operation, &path).await.code(),
                "csrf-token-wrong",
                "{operation:?} of another"
            );
        }
        admin.headers.insert("x-csrf-token", token);
        for origin in [
            "https://evil.example",
            "null",
            "http://127.0.0.1:5001",
            "http://127.0.0.1.evil.example:5000",
        ] {
            admin.headers.insert("origin", origin.parse().unwrap());
            assert_eq!(
                call(&admin, operation, &path).await.code(),
                "origin-refused",
                "{operation:?} from {origin}"
            );
        }
        admin.headers.remove("origin");
        for site in ["cross-site", "same-site"] {
            admin.headers.insert("sec-fetch-site", site.parse().unwrap());
            assert_eq!(
                call(&admin, operation, &path).await.code(),
                "origin-refused",
                "{operation:?} {site}"
            );
        }
        admin.headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        assert_ne!(
            call(&admin, operation, &path).await.status,
            StatusCode::FORBIDDEN,
            "{operation:?} as it should be"
        );
    }
}
