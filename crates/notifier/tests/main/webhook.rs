//! Webhooks to a real receiver in this process.

use std::sync::Arc;

use security_monkey_model::{Clock as _, FixedClock, Timestamp};
use security_monkey_notifier::webhook::{EVENT_HEADER, SIGNATURE_HEADER, verify_signature};
use security_monkey_notifier::{Channel as _, DeliveryError, Target, WebhookChannel, WebhookSettings};
use security_monkey_testkit::http::Receiver;
use serde_json::{Value, json};

use super::message::finding;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(Timestamp::parse("2026-11-22T03:00:05Z").unwrap()))
}

fn channel() -> WebhookChannel {
    let settings = WebhookSettings {
        timeout_seconds: 1,
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..WebhookSettings::default()
    };
    WebhookChannel::new(&settings, clock()).unwrap()
}

async fn send(channel: &WebhookChannel, address: &str, settings: Value) -> Result<(), DeliveryError> {
    channel
        .send(
            &finding(),
            Target {
                address,
                settings: &settings,
            },
        )
        .await
}

#[tokio::test]
async fn a_receiver_can_prove_who_wrote_and_recognise_a_repetition() {
    let receiver = Receiver::start("204 No Content").await.unwrap();
    let channel = channel();
    let settings = json!({"secret": SECRET, "previous_secret": "fedcba9876543210fedcba9876543210"});
    send(&channel, &receiver.url, settings.clone()).await.unwrap();
    send(&channel, &receiver.url, settings).await.unwrap();
    let received = receiver.received();
    let (first, again) = (&received[0], &received[1]);
    for secret in [SECRET, "fedcba9876543210fedcba9876543210"] {
        verify_signature(first.header(SIGNATURE_HEADER), &first.body, secret, clock().now(), 300).unwrap();
    }
    assert_eq!(
        first.header(EVENT_HEADER),
        "event-17-1795316400000000.subscription-3@monkey.example.com"
    );
    assert_eq!(first.header(EVENT_HEADER), again.header(EVENT_HEADER));
    assert_eq!(first.header("content-type"), "application/json");
    let body: Value = serde_json::from_slice(&first.body).unwrap();
    assert_eq!(body["version"], 1);
    assert_eq!(
        body["id"],
        "event-17-1795316400000000.subscription-3@monkey.example.com"
    );
    assert_eq!(body["event"]["body"]["kind"], "finding-changed");
    assert_eq!(body["event"]["body"]["score"], 8);
}

#[tokio::test]
async fn answers_are_sorted_into_for_now_and_for_ever() {
    let channel = channel();
    for (answer, is_temporary) in [
        ("500 Oops", true),
        ("503 Busy", true),
        ("404 Not Found", true),
        ("401 Unauthorized", true),
        ("400 Bad Request", false),
        ("410 Gone", false),
        ("302 Found\r\nLocation: http://169.254.169.254/", false),
    ] {
        let receiver = Receiver::start(answer).await.unwrap();
        let error = send(&channel, &receiver.url, json!({"secret": SECRET}))
            .await
            .unwrap_err();
        assert_eq!(error.is_temporary(), is_temporary, "{answer}: {error}");
        assert_eq!(
            receiver.received().len(),
            1,
            "{answer}: sent once, no redirect followed, no retry of its own"
        );
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
    let receiver = Receiver::start("429 Slow Down\r\nRetry-After: 120").await.unwrap();
    let error = send(&channel, &receiver.url, json!({"secret": SECRET}))
        .await
        .unwrap_err();
    let DeliveryError::Temporary { after, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(after, Some(std::time::Duration::from_mins(2)));
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_or_is_not_there_is_tried_again() {
    let channel = channel();
    let receiver = Receiver::start("").await.unwrap();
    let error = send(&channel, &receiver.url, json!({"secret": SECRET}))
        .await
        .unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert_eq!(receiver.received().len(), 1);
    assert!(
        !error.to_string().contains("hidden"),
        "an address of a webhook may be a secret: {error}"
    );
    let url = receiver.url.clone();
    drop(receiver);
    let error = send(&channel, &url, json!({"secret": SECRET})).await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
}

#[tokio::test]
async fn neighbours_of_the_server_are_out_of_reach() {
    let receiver = Receiver::start("204 No Content").await.unwrap();
    let closed = WebhookChannel::new(&WebhookSettings::default(), clock()).unwrap();
    let port = receiver.url.split([':', '/']).nth(4).unwrap();
    for address in [
        receiver.url.clone(),
        // A name that resolves to this machine: found out by the resolver, at the moment of connecting.
        format!("https://localhost:{port}/"),
        "https://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let error = send(&closed, &address, json!({"secret": SECRET})).await.unwrap_err();
        assert!(!error.is_temporary(), "{address}: {error}");
        assert!(
            error.to_string().contains("is not a public address"),
            "{address}: {error}"
        );
    }
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn a_proxy_on_a_private_address_takes_webhooks_to_public_ones() {
    let proxy = Receiver::start("204 No Content").await.unwrap();
    let port = reqwest::Url::parse(&proxy.url).unwrap().port().unwrap();
    for proxy_url in [format!("http://localhost:{port}"), format!("localhost:{port}")] {
        let settings = WebhookSettings {
            // In clear, so that the proxy sees the request itself and not a tunnel.
            allowed_networks: vec!["192.0.2.0/24".parse().unwrap()],
            proxy: Some(proxy_url),
            ..WebhookSettings::default()
        };
        let channel = WebhookChannel::new(&settings, clock()).unwrap();
        send(&channel, "http://192.0.2.7/hook", json!({"secret": SECRET}))
            .await
            .unwrap();
        let error = send(&channel, "https://127.0.0.1/hook", json!({"secret": SECRET}))
            .await
            .unwrap_err();
        assert!(error.to_string().contains("is not a public address"), "{error}");
    }
    let received = proxy.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].header("host"), "192.0.2.7");
}

#[test]
fn targets_that_cannot_work_are_refused_when_they_are_written() {
    let channel = channel();
    let good = json!({"secret": SECRET});
    let reason = |address: &str, settings: &Value| {
        channel
            .check(Target { address, settings })
            .map_err(|error| error.to_string())
    };
    assert_eq!(reason("https://example.com/hook", &good), Ok(()));
    let refusals: Vec<String> = [
        ("example.com", &good),
        ("ftp://example.com", &good),
        ("http://example.com/", &good),
        ("https://user:word@example.com/", &good),
        ("https://10.0.0.1/", &good),
        ("https://example.com/", &json!({})),
        ("https://example.com/", &json!({"secret": "short"})),
        ("https://example.com/", &json!({"secret": SECRET, "colour": 1})),
    ]
    .into_iter()
    .map(|(address, settings)| reason(address, settings).unwrap_err())
    .collect();
    insta::assert_snapshot!(refusals.join("\n"));
}
