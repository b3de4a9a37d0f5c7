//! What people decide: justifications, rule settings; and the check of the history that keeps them.

use axum::http::{Method, StatusCode};
use security_monkey_model::Role;
use serde_json::{Value, json};

use super::fixture::{Client, RULE, Server, days};

async fn findings(client: &Client<'_>) -> Vec<Value> {
    client.read("/api/v1/findings").await["items"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_finding_is_justified_revoked_and_keeps_both_decisions() {
    let server = Server::sqlite().await;
    server.estate(2).await;
    let client = server.user(Role::Justify).await;
    let finding = findings(&client).await[0].clone();
    let path = format!("/api/v1/findings/{}/justification", finding["id"]);
    let end = server.now().plus_seconds(days(30)).to_string();
    let justified = client
        .put(&path, &json!({ "reason": "bastion host", "expires_at": end }))
        .await;
    assert_eq!(justified.status, StatusCode::OK, "{justified:?}");
    let justified = justified.json();
    assert_eq!(justified["status"], "justified");
    assert_eq!(justified["justification"]["by"], "justify@example.com");
    assert_eq!(justified["justification"]["reason"], "bastion host");
    assert_eq!(justified["justification"]["expires_at"], end);
    assert_eq!(findings(&client).await.len(), 1, "the list shows what is open");

    server.clock.advance_seconds(60);
    let revoked = client.delete(&format!("{path}?reason=it%20moved")).await.json();
    assert_eq!(revoked["status"], "open");
    assert_eq!(client.delete(&path).await.code(), "conflict", "there is none any more");
    let detail = client.read(&format!("/api/v1/findings/{}", finding["id"])).await;
    let decisions: Vec<_> = detail["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|decision| {
            (
                decision["action"].clone(),
                decision["reason"].clone(),
                decision["by"].clone(),
            )
        })
        .collect();
    let by = json!("justify@example.com");
    assert_eq!(
        decisions,
        [
            (json!("justification-revoked"), json!("it moved"), by.clone()),
            (json!("justified"), json!("bastion host"), by),
        ]
    );
    assert_eq!(detail["decisions"][1]["expires_at"], end);
    assert_eq!(detail["history"].as_array().unwrap().len(), 3, "{}", detail["history"]);
    assert_eq!(detail["evidence"], "IpPermissions");
}

#[tokio::test]
async fn a_justification_needs_a_reason_and_a_future() {
    let server = Server::sqlite().await;
    server.estate(1).await;
    let client = server.user(Role::Justify).await;
    let path = format!("/api/v1/findings/{}/justification", findings(&client).await[0]["id"]);
    for body in [
        json!({ "reason": "" }),
        json!({ "reason": "  " }),
        json!({ "reason": "x".repeat(2_001) }),
        json!({ "reason": "x", "expires_at": "2020-01-01T00:00:00Z" }),
        json!({ "reason": "x", "expires_at": "tomorrow" }),
        json!({ "reason": "x", "until": "2030-01-01T00:00:00Z" }),
        json!({}),
    ] {
        assert_eq!(client.put(&path, &body).await.code(), "invalid-request", "{body}");
    }
    let unknown = client
        .put("/api/v1/findings/999999/justification", &json!({ "reason": "x" }))
        .await;
    assert_eq!(unknown.code(), "not-found");
}

#[tokio::test]
async fn many_are_justified_together_or_not_at_all() {
    let server = Server::sqlite().await;
    server.estate(3).await;
    let client = server.user(Role::Justify).await;
    let path = "/api/v1/findings/justifications";
    let ids: Vec<Value> = findings(&client)
        .await
        .iter()
        .map(|finding| finding["id"].clone())
        .collect();
    let with_unknown = json!({ "findings": [ids[0], 999_999], "reason": "x" });
    assert_eq!(client.post(path, &with_unknown).await.code(), "not-found");
    assert_eq!(findings(&client).await.len(), 3, "nothing was justified");
    let all = client
        .post(
            path,
            &json!({ "findings": [ids[0], ids[1], ids[2], ids[0]], "reason": "test estate" }),
        )
        .await;
    assert_eq!(all.json().as_array().unwrap().len(), 3);
    assert_eq!(findings(&client).await.len(), 0);
    assert_eq!(
        client
            .post(path, &json!({ "findings": [], "reason": "x" }))
            .await
            .code(),
        "invalid-request"
    );
    let too_many: Vec<i64> = (0..501).collect();
    assert_eq!(
        client
            .post(path, &json!({ "findings": too_many, "reason": "x" }))
            .await
            .code(),
        "invalid-request"
    );
}

#[tokio::test]
async fn a_rule_is_scored_and_disabled_by_a_signed_decision() {
    let server = Server::sqlite().await;
    server.estate(1).await;
    let admin = server.user(Role::Admin).await;
    let path = format!("/api/v1/rules/{RULE}/settings");
    let score = json!({ "account": null, "is_disabled": false, "score": 3, "reason": "behind a firewall" });
    let scored = admin.put(&path, &score).await;
    assert_eq!(scored.status, StatusCode::OK, "{scored:?}");
    assert_eq!(scored.json()["settings"][0]["score"]["value"], 3);
    assert_eq!(scored.json()["settings"][0]["by"], "admin@example.com");
    assert_eq!(
        findings(&admin).await[0]["score"],
        json!({ "value": 3, "severity": "low" }),
        "at once"
    );
    let off = json!({ "account": "111111111111", "is_disabled": true, "score": null, "reason": "not ours" });
    assert_eq!(admin.put(&path, &off).await.status, StatusCode::OK);
    assert_eq!(findings(&admin).await.len(), 0);
    assert_eq!(
        admin.read(&format!("/api/v1/rules/{RULE}")).await["settings"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let listed = admin.read("/api/v1/rules").await;
    assert_eq!(listed[0]["id"], RULE);
    assert!(!listed[0]["remediation"].as_str().unwrap().is_empty());
    for body in [
        json!({ "account": null, "is_disabled": true, "score": null, "reason": " " }),
        json!({ "account": null, "is_disabled": true, "score": 11, "reason": "x" }),
        json!({ "account": "12", "is_disabled": true, "score": null, "reason": "x" }),
    ] {
        assert_eq!(admin.put(&path, &body).await.code(), "invalid-request", "{body}");
    }
}

#[tokio::test]
async fn the_history_verifies_after_all_of_it() {
    let server = Server::sqlite().await;
    server.estate(2).await;
    let justifier = server.user(Role::Justify).await;
    let path = format!("/api/v1/findings/{}/justification", findings(&justifier).await[0]["id"]);
    justifier.put(&path, &json!({ "reason": "x" })).await;
    let admin = server.user(Role::Admin).await;
    let verified = admin.request(Method::POST, "/api/v1/verification", None).await.json();
    assert_eq!(verified["problems"], json!([]));
    assert_eq!(verified["revisions"], 2);
    assert!(verified["decisions"].as_u64().unwrap() >= 1);
    assert_eq!(verified["head"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn decisions_are_listed_filtered_paged_and_exported() {
    let server = Server::sqlite().await;
    server.estate(3).await;
    let justifier = server.user(Role::Justify).await;
    let ids: Vec<i64> = findings(&justifier)
        .await
        .iter()
        .map(|finding| finding["id"].as_i64().unwrap())
        .collect();
    for id in &ids {
        server.clock.advance_seconds(60);
        let path = format!("/api/v1/findings/{id}/justification");
        let reason = json!({ "reason": format!("=reason {id}") });
        assert_eq!(justifier.put(&path, &reason).await.status, StatusCode::OK);
    }
    let since = server.now().to_string();
    server.clock.advance_seconds(60);
    let path = format!("/api/v1/findings/{}/justification?reason=moved", ids[0]);
    assert_eq!(justifier.delete(&path).await.status, StatusCode::OK);
    let admin = server.user(Role::Admin).await;
    let resource = server.row("sg-0").await;
    let comment = admin
        .post(
            &format!("/api/v1/resources/{resource}/comments"),
            &json!({ "text": "leave it" }),
        )
        .await;
    assert!(comment.status.is_success(), "{comment:?}");

    let kinds = async |query: &str| {
        let mut found = Vec::new();
        let mut after = String::new();
        loop {
            let page = admin.read(&format!("/api/v1/decisions?limit=2&{query}{after}")).await;
            let items = page["items"].as_array().unwrap();
            found.extend(items.iter().map(|item| item["kind"].as_str().unwrap().to_owned()));
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return found,
            }
        }
    };
    let of_findings = "kind=justified&kind=justification-revoked";
    assert_eq!(
        kinds(of_findings).await,
        ["justification-revoked", "justified", "justified", "justified"],
        "newest first, over pages"
    );
    assert_eq!(
        kinds(&format!("finding={}", ids[0])).await,
        ["justification-revoked", "justified"]
    );
    assert_eq!(
        kinds(&format!("{of_findings}&until={since}")).await,
        ["justified", "justified"]
    );
    assert_eq!(
        kinds(&format!("{of_findings}&since={since}")).await,
        ["justification-revoked", "justified"]
    );
    assert_eq!(kinds("by=admin@example.com").await, ["commented"]);
    assert_eq!(
        kinds(&format!("resource={resource}&kind=commented")).await,
        ["commented"]
    );
    assert_eq!(kinds(&format!("{of_findings}&rule={RULE}")).await.len(), 4);
    assert_eq!(kinds("rule=aws.s3.bucket.public").await, [""; 0]);
    assert_eq!(kinds("user=justify@example.com").await, ["user-changed"]);
    assert_eq!(kinds("user=ustify@example.com").await, [""; 0]);
    assert_eq!(kinds("account=999999999999").await, [""; 0]);
    for rubbish in ["by=nobody", "kind=loved", "since=soon", "account=1"] {
        let answer = admin.get(&format!("/api/v1/decisions?{rubbish}")).await;
        assert_eq!(answer.code(), "invalid-request", "{rubbish}");
    }

    let export = admin.get(&format!("/api/v1/decisions/export?{of_findings}")).await;
    let text = String::from_utf8(export.body.to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "id,at,by,kind,finding,resource,rule,reason,content");
    assert_eq!(lines.len(), 5);
    assert!(
        lines[1].contains(",justify@example.com,justification-revoked,"),
        "{text}"
    );
    assert!(
        lines[2].contains(&format!("\"'=reason {}\"", ids[2])),
        "a formula is text: {text}"
    );
}
