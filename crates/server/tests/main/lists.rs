//! Lists: pages, filters, CSV, the dashboard, news.

use std::collections::BTreeSet;

use axum::http::{StatusCode, header};
use security_monkey_model::Role;
use serde_json::json;

use super::fixture::{Client, Server, group};

async fn all_pages(client: &Client<'_>, path: &str, limit: usize) -> Vec<serde_json::Value> {
    let mut items = Vec::new();
    let mut after = String::new();
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = client.read(&format!("{path}{separator}limit={limit}{after}")).await;
        let found = page["items"].as_array().unwrap();
        assert!(found.len() <= limit);
        items.extend(found.iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return items,
        }
    }
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat() {
    let server = Server::sqlite().await;
    server.estate(23).await;
    let client = server.user(Role::View).await;
    for path in [
        "/api/v1/findings",
        "/api/v1/resources",
        "/api/v1/resources?order=score",
        "/api/v1/resources?order=changed",
        "/api/v1/resources?order=name",
    ] {
        let items = all_pages(&client, path, 5).await;
        let ids: BTreeSet<i64> = items.iter().map(|item| item["id"].as_i64().unwrap()).collect();
        assert_eq!((items.len(), ids.len()), (23, 23), "{path}");
    }
    let findings = all_pages(&client, "/api/v1/findings", 5).await;
    let scores: Vec<u64> = findings
        .iter()
        .map(|finding| finding["score"]["value"].as_u64().unwrap())
        .collect();
    assert!(
        scores.is_sorted_by(|left, right| left >= right),
        "worst first: {scores:?}"
    );
}

#[tokio::test]
async fn a_tampered_cursor_is_refused_everywhere() {
    let server = Server::sqlite().await;
    server.estate(3).await;
    let client = server.user(Role::Admin).await;
    let resource = server.row("sg-0").await;
    let lists = [
        "findings".to_owned(),
        "resources".to_owned(),
        "coverage-gaps".to_owned(),
        "scans".to_owned(),
        "decisions".to_owned(),
        format!("resources/{resource}/revisions"),
        format!("resources/{resource}/comments"),
    ];
    for list in lists {
        for cursor in [
            "rubbish",
            "1'--",
            "%00",
            "99999999999999999999999",
            "x.y.z",
            "-",
            "MS4yLjMuNC41",
            "JyBvciAxPTE",
        ] {
            let answer = client.get(&format!("/api/v1/{list}?after={cursor}")).await;
            assert_eq!(answer.code(), "invalid-cursor", "{list} {cursor}");
        }
        let long = client
            .get(&format!("/api/v1/{list}?after={}", "1".repeat(20_000)))
            .await;
        assert_eq!(long.code(), "invalid-cursor", "{list}");
        for limit in ["0", "501", "-1", "x"] {
            let answer = client.get(&format!("/api/v1/{list}?limit={limit}")).await;
            assert_eq!(answer.code(), "invalid-request", "{list} limit={limit}");
        }
    }
}

#[tokio::test]
async fn filters_restrict_and_repeat() {
    let server = Server::sqlite().await;
    server.estate(12).await;
    let client = server.user(Role::View).await;
    let count = async |path: &str| all_pages(&client, &format!("/api/v1/{path}"), 100).await.len();
    assert_eq!(count("resources?account=111111111111&account=222222222222").await, 12);
    assert_eq!(count("resources?account=222222222222").await, 0);
    assert_eq!(
        count("resources?region=eu-west-1&technology=aws.ec2.security-group").await,
        12
    );
    assert_eq!(count("resources?technology=aws.s3.bucket").await, 0);
    assert_eq!(count("resources?name=SG-11").await, 1);
    assert_eq!(count("resources?text=number7").await, 1);
    assert_eq!(count("resources?tag=Team").await, 12);
    assert_eq!(count("resources?tag=Team%3Dteam-1").await, 6);
    assert_eq!(count("resources?min_score=9").await, 2);
    assert_eq!(count("resources?is_active=false").await, 0);
    assert_eq!(count("findings?min_score=9").await, 2);
    assert_eq!(count("findings?max_score=8").await, 10);
    assert_eq!(count("findings?min_score=9&max_score=8").await, 0);
    assert_eq!(count("findings?status=justified&status=resolved").await, 0);
    assert_eq!(count("findings?status=open&status=justified").await, 12);
    assert_eq!(count(&format!("findings?rule={}", super::fixture::RULE)).await, 12);
    assert_eq!(count("findings?rule=aws.s3.bucket.public").await, 0);
    assert_eq!(count("findings?text=group%203").await, 1);
    assert_eq!(
        count(&format!("findings?resource={}", server.row("sg-4").await)).await,
        1
    );
    assert_eq!(count("coverage-gaps?cause=denied").await, 1);
    assert_eq!(count("coverage-gaps?cause=timeout").await, 0);
    assert_eq!(count("coverage-gaps?hide_expected=true").await, 1);
    assert_eq!(count("scans?is_incomplete=false").await, 1);
    assert_eq!(count("scans?is_incomplete=true").await, 0);
}

#[tokio::test]
async fn the_export_has_every_finding_and_no_formula() {
    let server = Server::sqlite().await;
    let mut resources: Vec<_> = (0..600).map(group).collect();
    "=HYPERLINK(\"http://evil.example\")".clone_into(&mut resources[0].name);
    "two\nlines, \"quoted\"".clone_into(&mut resources[1].name);
    server.scan(resources, 0).await;
    let client = server.user(Role::View).await;
    let answer = client.get("/api/v1/findings/export").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(
        answer.headers[header::CONTENT_DISPOSITION]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    assert_eq!(text.matches("\r\n").count(), 601, "more than one page of the store");
    assert!(text.starts_with("id,status,severity,score,rule,"));
    assert!(
        text.contains("\"'=HYPERLINK(\"\"http://evil.example\"\")\""),
        "a formula is text"
    );
    assert!(text.contains("\"two\nlines, \"\"quoted\"\"\""));
    let few = client.get("/api/v1/findings/export?text=group%20599").await;
    assert_eq!(String::from_utf8_lossy(&few.body).lines().count(), 2);
}

#[tokio::test]
async fn the_summary_counts_what_is_there() {
    let server = Server::sqlite().await;
    server.estate(11).await;
    let client = server.user(Role::View).await;
    let summary = client.read("/api/v1/summary").await;
    assert_eq!(summary["resources"], 11);
    let open: Vec<(String, u64)> = summary["severities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|count| {
            (
                count["severity"].as_str().unwrap().to_owned(),
                count["open"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("critical", 2),
        ("high", 2),
        ("medium", 3),
        ("low", 3),
        ("informational", 1),
    ];
    assert_eq!(open, expected.map(|(label, count)| (label.to_owned(), count)));
    assert_eq!(summary["accounts"][0]["account"], "111111111111");
    assert_eq!(
        summary["accounts"][0]["score"],
        json!({ "value": 10, "severity": "critical" })
    );
    assert_eq!(summary["technologies"][0]["open_findings"], 11);
    assert_eq!(
        summary["gaps"][0],
        json!({ "cause": "denied", "count": 1, "is_expected": false })
    );
    assert_eq!(summary["changes_last_day"], 11);
}

#[tokio::test]
async fn news_go_on_from_where_they_ended_and_waiting_ends_at_shutdown() {
    let server = Server::sqlite().await;
    let client = server.user(Role::View).await;
    assert_eq!(client.read("/api/v1/events").await, json!({ "events": [], "next": 0 }));
    server.estate(2).await;
    let news = client.read("/api/v1/events?after=0").await;
    let kinds: BTreeSet<&str> = news["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, BTreeSet::from(["finding-changed", "resource-changed"]));
    let next = news["next"].as_i64().unwrap();
    let empty = client.read(&format!("/api/v1/events?after={next}")).await;
    assert_eq!(empty, json!({ "events": [], "next": next }));
    // A caller waiting for half a minute is answered at once when the process is to end.
    server.shutdown.cancel();
    let waited = client
        .read(&format!("/api/v1/events?after={next}&wait_seconds=30"))
        .await;
    assert_eq!(waited, empty);
}

#[tokio::test]
async fn news_that_come_while_somebody_waits_are_told() {
    let server = Server::sqlite().await;
    let client = server.user(Role::View).await;
    let waiting = client.read("/api/v1/events?after=0&wait_seconds=30");
    let happening = server.estate(1);
    let (news, ()) = futures::join!(waiting, happening);
    assert!(!news["events"].as_array().unwrap().is_empty());
}
