//! A resource: its page, history, differences, comments.

use axum::http::StatusCode;
use security_monkey_model::Role;
use serde_json::json;

use super::fixture::{START, Server, group};

#[tokio::test]
async fn a_resource_shows_its_configuration_links_and_verdicts() {
    let server = Server::sqlite().await;
    server.estate(3).await;
    let client = server.user(Role::View).await;
    let row = server.row("sg-1").await;
    let shown = client.read(&format!("/api/v1/resources/{row}")).await;
    assert_eq!(shown["aws_id"], "sg-1");
    assert_eq!(shown["account"], "111111111111");
    assert_eq!(
        shown["document"],
        json!({ "GroupId": "sg-1", "Description": "number1" })
    );
    assert_eq!(shown["tags"], json!({ "Team": "team-1" }));
    assert_eq!(shown["links"][0]["resource"]["aws_id"], "sg-0");
    assert_eq!(shown["linked_from"], json!([]));
    let target = client
        .read(&format!("/api/v1/resources/{}", server.row("sg-0").await))
        .await;
    assert_eq!(target["linked_from"].as_array().unwrap().len(), 2);
    let verdicts = client.read(&format!("/api/v1/resources/{row}/verdicts")).await;
    assert_eq!(verdicts[0]["verdict"], "fail");
    assert_eq!(verdicts[0]["rule"], super::fixture::RULE);
    assert_ne!(verdicts[0]["title"], super::fixture::RULE, "the loaded rule's title");
}

#[tokio::test]
async fn history_difference_and_as_of_tell_what_was() {
    let server = Server::sqlite().await;
    server.estate(2).await;
    let mut changed = group(1);
    changed.document["Description"] = json!("another");
    changed.document["New"] = json!([1]);
    server.scan(vec![group(0), changed], 60).await;
    // The third scan no longer lists it.
    server.scan(vec![group(0)], 120).await;
    let client = server.user(Role::View).await;
    let row = server.row("sg-1").await;

    let history = client.read(&format!("/api/v1/resources/{row}/revisions")).await;
    let changes: Vec<&str> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["change"].as_str().unwrap())
        .collect();
    assert_eq!(changes, ["deleted", "changed", "created"]);
    let newest = &history["items"][1]["id"];
    let difference = client.read(&format!("/api/v1/revisions/{newest}/difference")).await;
    assert_eq!(
        difference["differences"],
        json!([
            { "path": "/Description", "kind": "changed", "before": "number1", "after": "another" },
            { "path": "/New", "kind": "added", "before": null, "after": [1] },
        ])
    );
    let first = &history["items"][2]["id"];
    let of_first = client.read(&format!("/api/v1/revisions/{first}/difference")).await;
    assert_eq!(of_first["before"], json!(null));
    let of_deletion = client
        .read(&format!("/api/v1/revisions/{}/difference", history["items"][0]["id"]))
        .await;
    assert_eq!(of_deletion["after"]["document"], json!(null));
    assert_eq!(of_deletion["differences"][0]["kind"], "removed");

    let other = client
        .read(&format!("/api/v1/resources/{}/revisions", server.row("sg-0").await))
        .await;
    let across = format!(
        "/api/v1/revisions/{newest}/difference?before={}",
        other["items"][0]["id"]
    );
    let across = client.read(&across).await;
    assert_eq!(across["before"]["aws_id"], "sg-0");
    assert_eq!(across["after"]["aws_id"], "sg-1");
    assert_eq!(across["differences"].as_array().unwrap().len(), 3);

    for (seconds, description) in [(30, json!("number1")), (90, json!("another"))] {
        let at = START.plus_seconds(seconds);
        let then = client.read(&format!("/api/v1/resources/{row}?as_of={at}")).await;
        assert_eq!(then["document"]["Description"], description, "{at}");
    }
    let before = START.plus_seconds(-1);
    assert_eq!(
        client.read(&format!("/api/v1/resources/{row}?as_of={before}")).await["document"],
        json!(null)
    );
    let list = async |at| {
        client.read(&format!("/api/v1/resources?as_of={at}")).await["items"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(list(before).await, 0);
    assert_eq!(list(START.plus_seconds(90)).await, 2);
    assert_eq!(list(START.plus_seconds(150)).await, 1);
}

#[tokio::test]
async fn comments_are_kept_as_text_with_their_writer() {
    let server = Server::sqlite().await;
    server.estate(1).await;
    let client = server.user(Role::Comment).await;
    let path = format!("/api/v1/resources/{}/comments", server.row("sg-0").await);
    let said = client
        .post(&path, &json!({ "text": "<script>alert(1)</script>" }))
        .await;
    assert_eq!(said.status, StatusCode::CREATED, "{said:?}");
    assert_eq!(said.json()["by"], "comment@example.com");
    assert_eq!(
        client.post(&path, &json!({ "text": "" })).await.code(),
        "invalid-request"
    );
    assert_eq!(
        client.post(&path, &json!({ "text": "x".repeat(10_001) })).await.code(),
        "invalid-request"
    );
    let listed = client.read(&path).await;
    assert_eq!(listed["items"], json!([said.json()]));
    let unknown = client
        .post("/api/v1/resources/999999/comments", &json!({ "text": "x" }))
        .await;
    assert_eq!(unknown.code(), "not-found");
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let server = Server::sqlite().await;
    let admin = server.user(Role::Admin).await;
    for path in [
        "resources/999999",
        "resources/999999/revisions",
        "resources/999999/verdicts",
        "resources/999999/comments",
        "revisions/999999",
        "revisions/999999/difference",
        "findings/999999",
        "accounts/999999999999",
        "rules/aws.no.such-rule",
        "no/such/path",
    ] {
        assert_eq!(
            admin.get(&format!("/api/v1/{path}")).await.code(),
            "not-found",
            "{path}"
        );
    }
}
