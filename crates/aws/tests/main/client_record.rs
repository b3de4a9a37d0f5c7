//! Record and replay.

use std::sync::Arc;

use futures::TryStreamExt as _;
use security_monkey_aws::{Api, Call, Cassette, ErrorKind, Recorder, Replayer, Session, Target, pages};
use serde_json::{Value, json};

use super::server::{Reply, Server, options};

fn page(key: &str, next: Option<&str>) -> Reply {
    let mut body = json!({"Keys": [{"KeyId": key}], "Truncated": next.is_some()});
    if let Some(next) = next {
        body["NextMarker"] = json!(next);
    }
    Reply::json(200, &body.to_string()).with("set-cookie", "session=secret-cookie")
}

async fn keys(api: &dyn Api) -> Vec<Value> {
    pages(api, "us-east-1", Call::new("kms", "ListKeys"))
        .map_ok(|page| page.value)
        .try_collect()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_replay_gives_what_was_recorded_and_holds_no_credentials() {
    let server = Server::start(
        |request, _| match request.headers.get("x-amz-target").map(String::as_str) {
            Some("TrentService.ListKeys") if request.body.contains("next") => page("k2", None),
            Some("TrentService.ListKeys") => page("k1", Some("next")),
            _ => Reply::error(400, "AccessDeniedException"),
        },
    )
    .await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    let session = Session::load(options(&server.url)).await.unwrap();
    let client = session
        .account(&Target {
            account: Some("123456789012".into()),
            roles: vec![],
        })
        .unwrap();
    let cassette = Arc::new(Cassette::create(&path).unwrap());
    let recorder = Recorder::new(client, cassette.clone());
    let recorded = keys(&recorder).await;
    let denied = recorder
        .call("us-east-1", Call::new("kms", "ListAliases"))
        .await
        .unwrap_err();
    cassette.finish().unwrap();
    assert_eq!(recorded.len(), 2);

    let text = std::fs::read_to_string(&path).unwrap();
    for secret in [
        "AKIDFROMENVIRONMENT",
        "AWS4-HMAC",
        "secret-cookie",
        "Authorization",
        "authorization",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }

    let asked = server.asked().len();
    let replayer = Replayer::open(&path, "123456789012").unwrap();
    assert_eq!(keys(&replayer).await, recorded);
    assert_eq!(keys(&replayer).await, recorded, "again");
    let replayed = replayer
        .call("us-east-1", Call::new("kms", "ListAliases"))
        .await
        .unwrap_err();
    assert_eq!((replayed.kind, &replayed.code), (ErrorKind::Denied, &denied.code));
    assert_eq!(server.asked().len(), asked, "without asking");
}

#[tokio::test]
async fn answers_that_changed_are_replayed_in_their_order() {
    let server = Server::scripted(vec![page("old", None), page("new", None)]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    let cassette = Arc::new(Cassette::create(&path).unwrap());
    let recorder = Recorder::new(
        Session::load(options(&server.url)).await.unwrap().own(),
        cassette.clone(),
    );
    let (first, second) = (keys(&recorder).await, keys(&recorder).await);
    cassette.finish().unwrap();
    let replayer = Replayer::open(&path, "unknown").unwrap();
    assert_eq!((keys(&replayer).await, keys(&replayer).await), (first, second.clone()));
    assert_eq!(keys(&replayer).await, second, "the last one stays");
}

#[tokio::test]
async fn a_call_that_was_not_recorded_fails_and_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    Cassette::create(&path).unwrap().finish().unwrap();
    let replayer = Replayer::open(&path, "123456789012").unwrap();
    let error = replayer
        .call("us-east-1", Call::new("kms", "ListKeys"))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("not recorded for account 123456789012"),
        "{error}"
    );
}

#[tokio::test]
async fn a_failure_is_recorded_as_well() {
    let server = Server::scripted(vec![Reply::Close]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    let cassette = Arc::new(Cassette::create(&path).unwrap());
    let recorder = Recorder::new(
        Session::load(options(&server.url)).await.unwrap().own(),
        cassette.clone(),
    );
    let call = || Call::new("kms", "ListKeys");
    let recorded = recorder.call("us-east-1", call()).await.unwrap_err();
    cassette.finish().unwrap();
    let replayed = Replayer::open(&path, "unknown")
        .unwrap()
        .call("us-east-1", call())
        .await
        .unwrap_err();
    assert_eq!(replayed, recorded);
    assert_eq!(replayed.kind, ErrorKind::Transport);
}

#[test]
fn a_damaged_or_newer_cassette_names_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cassette.jsonl");
    std::fs::write(&path, "{\"cassette\":1,\"api_table\":\"x\"}\n{\"account\":").unwrap();
    let error = Replayer::open(&path, "1").unwrap_err().to_string();
    assert!(error.contains("cassette.jsonl, line 2"), "{error}");
    std::fs::write(&path, "").unwrap();
    let error = Replayer::open(&path, "1").unwrap_err().to_string();
    assert!(error.contains("line 1: the file is empty"), "{error}");
    std::fs::write(&path, "{\"cassette\":99,\"api_table\":\"x\"}\n").unwrap();
    let error = Replayer::open(&path, "1").unwrap_err().to_string();
    assert!(error.contains("format 99 is newer"), "{error}");
}
