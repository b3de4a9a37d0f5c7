//! How many requests are under way at once, as the server sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use security_monkey_aws::{Api as _, Call, Client, ErrorKind, Limits, Role, Session, Target};

use super::server::{Reply, Server, options};

async fn limited(url: &str, toml: &str) -> Client {
    let mut options = options(url);
    options.limits = Limits::default().overridden(toml).unwrap();
    Session::load(options).await.unwrap().own()
}

fn keys() -> Reply {
    Reply::json(200, r#"{"Keys":[]}"#)
}

fn users() -> Reply {
    Reply::xml("<ListUsersResponse><ListUsersResult><Users/></ListUsersResult></ListUsersResponse>")
}

/// Answers when so many requests are under way: fewer would wait for ever, and more are counted.
fn together(size: usize, reply: Reply) -> Vec<Reply> {
    vec![Reply::Together(size, Box::new(reply))]
}

async fn all(client: &Client, regions: &[&'static str], call: Call<'static>) {
    let calls = (0..24).map(|n| client.call(regions[n % regions.len()], call.clone()));
    for answer in futures::future::join_all(calls).await {
        answer.unwrap();
    }
}

#[tokio::test]
async fn a_service_is_asked_as_often_at_once_as_its_limit_says() {
    let server = Server::scripted(together(3, keys())).await;
    let client = limited(&server.url, "[service.kms]\nconcurrency = { start = 3, max = 3 }").await;
    all(&client, &["us-east-1"], Call::new("kms", "ListKeys")).await;
    assert_eq!(server.most_at_once(), 3);
}

#[tokio::test]
async fn each_region_has_its_own_limit() {
    let server = Server::scripted(together(4, keys())).await;
    let client = limited(&server.url, "[service.kms]\nconcurrency = { start = 2, max = 2 }").await;
    all(&client, &["us-east-1", "eu-west-1"], Call::new("kms", "ListKeys")).await;
    assert_eq!(server.most_at_once(), 4);
}

#[tokio::test]
async fn a_global_service_has_one_limit_for_all_regions() {
    let server = Server::scripted(together(2, users())).await;
    let limits = "[service.iam]\nconcurrency = { start = 2, max = 2 }\nper_second = 100000";
    let client = limited(&server.url, limits).await;
    all(
        &client,
        &["us-east-1", "eu-west-1", "ap-south-1"],
        Call::new("iam", "ListUsers"),
    )
    .await;
    assert_eq!(server.most_at_once(), 2);
}

#[tokio::test]
async fn the_process_has_a_limit_over_all_services() {
    let server = Server::scripted(together(2, keys())).await;
    let mut options = options(&server.url);
    options.connections = 2;
    let client = Session::load(options).await.unwrap().own();
    all(
        &client,
        &["us-east-1", "eu-west-1", "ap-south-1"],
        Call::new("kms", "ListKeys"),
    )
    .await;
    assert_eq!(server.most_at_once(), 2);
}

/// One account's throttles halve its own limit to one request at once; the other account keeps its four.
#[tokio::test]
async fn each_account_has_its_own_limit() {
    const THROTTLED: &str = "AKIDTHROTTLED";
    let assumed = |key: &str| {
        Reply::xml(&format!(
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
             <SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
        ))
    };
    let is_calm = Arc::new(AtomicBool::new(false));
    let calm = Arc::clone(&is_calm);
    let server = Server::start(move |request, _| match request.body.contains("Action=AssumeRole") {
        true if request.body.contains("111111111111") => assumed(THROTTLED),
        true => assumed("AKIDOTHER"),
        false if request.access_key() != THROTTLED => Reply::Together(4, Box::new(keys())),
        false if calm.load(Ordering::SeqCst) => keys(),
        false => Reply::error(400, "ThrottlingException"),
    })
    .await;
    let mut options = options(&server.url);
    options.limits = Limits::default()
        .overridden("[service.kms]\nconcurrency = { start = 4, max = 4 }")
        .unwrap();
    let session = Session::load(options).await.unwrap();
    let account = |number: &str| {
        let roles = vec![Role::new(format!("arn:aws:iam::{number}:role/Reader"))];
        session.account(&Target { account: None, roles }).unwrap()
    };
    let (throttled, other) = (account("111111111111"), account("222222222222"));
    for _ in 0..4 {
        let refused = throttled.call("us-east-1", Call::new("kms", "ListKeys")).await;
        assert_eq!(refused.unwrap_err().kind, ErrorKind::Throttled);
    }
    is_calm.store(true, Ordering::SeqCst);
    server.most_at_once();
    let two = (0..2).map(|_| throttled.call("us-east-1", Call::new("kms", "ListKeys")));
    for answer in futures::future::join_all(two).await {
        answer.unwrap();
    }
    assert_eq!(server.most_at_once(), 1, "this account's limit has gone down to one");
    // Fewer than four at once would wait for ever.
    all(&other, &["us-east-1"], Call::new("kms", "ListKeys")).await;
    assert_eq!(server.most_at_once(), 4, "the other's has not");
}

#[tokio::test]
async fn throttles_lower_the_limit() {
    let server = Server::start(|_, before| match before {
        0..8 => Reply::Together(8, Box::new(Reply::error(400, "ThrottlingException"))),
        8..16 => keys(),
        _ => Reply::Together(4, Box::new(keys())),
    })
    .await;
    let client = limited(&server.url, "[service.kms]\nconcurrency = { start = 8, max = 8 }").await;
    let eight = || futures::future::join_all((0..8).map(|_| client.call("us-east-1", Call::new("kms", "ListKeys"))));
    assert!(
        eight()
            .await
            .into_iter()
            .all(|answer| answer.is_ok_and(|answer| answer.attempts == 2))
    );
    assert_eq!(server.most_at_once(), 8);
    assert!(eight().await.into_iter().all(|answer| answer.is_ok()));
    // Halved to four, and eight successes raise it by one or two.
    let most = server.most_at_once();
    assert!((4..8).contains(&most), "{most}");
}
