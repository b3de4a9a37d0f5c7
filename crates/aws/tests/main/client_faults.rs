//! What AWS and the network do wrong, each against a real socket.

use std::time::{Duration, SystemTime};

use security_monkey_aws::{Api as _, AwsError, Call, ErrorKind, Options, Response, Session};
use serde_json::json;

use super::server::{Reply, Server, client, options};

const KEYS: &str =
    r#"{"Keys":[{"KeyId":"k1","KeyArn":"arn:aws:kms:us-east-1:123456789012:key/k1"}],"Truncated":false}"#;

fn keys() -> Reply {
    Reply::json(200, KEYS)
}

/// KMS: one small JSON operation.
async fn list_keys(server: &Server) -> Result<Response, AwsError> {
    client(&server.url)
        .await
        .call("us-east-1", Call::new("kms", "ListKeys"))
        .await
}

#[tokio::test]
async fn a_call_is_signed_and_decoded() {
    let server = Server::scripted(vec![keys().with("x-amzn-requestid", "r-1")]).await;
    let answer = list_keys(&server).await.unwrap();
    assert_eq!(answer.value["Keys"][0]["KeyId"], json!("k1"));
    assert_eq!((answer.attempts, answer.request_id.as_deref()), (1, Some("r-1")));
    let request = &server.asked()[0];
    assert_eq!(request.headers["x-amz-target"], "TrentService.ListKeys");
    assert!(request.headers["authorization"].contains("/us-east-1/kms/aws4_request"));
    assert!(request.headers["user-agent"].starts_with("security-monkey/"));
}

#[tokio::test]
async fn throttling_then_success_is_retried() {
    let throttled = Reply::error(400, "ThrottlingException");
    let server = Server::scripted(vec![throttled.clone(), throttled, keys()]).await;
    assert_eq!(list_keys(&server).await.unwrap().attempts, 3);
}

#[tokio::test]
async fn always_throttled_ends_as_throttled() {
    let server = Server::scripted(vec![
        Reply::error(400, "ThrottlingException").with("x-amzn-requestid", "r-9"),
    ])
    .await;
    let error = list_keys(&server).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert_eq!(error.code.as_deref(), Some("ThrottlingException"));
    assert_eq!(error.request_id.as_deref(), Some("r-9"));
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn long_throttling_does_not_use_up_a_store_of_retries() {
    // The SDK's standard bucket holds 500 tokens, 5 a retry: it would fail without retrying after 100 retries.
    let server = Server::start(|_, before| {
        if before < 240 {
            Reply::error(400, "ThrottlingException")
        } else {
            keys()
        }
    })
    .await;
    let client = client(&server.url).await;
    for _ in 0..80 {
        let error = client
            .call("us-east-1", Call::new("kms", "ListKeys"))
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Throttled);
    }
    assert_eq!(server.asked().len(), 240, "each of 80 calls was tried three times");
    client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
}

#[tokio::test]
async fn http_500s_are_retried_and_reported() {
    let broken = Reply::Answer(500, vec![], "<html>oops</html>".to_owned());
    let server = Server::scripted(vec![broken.clone(), broken.clone(), keys()]).await;
    assert_eq!(list_keys(&server).await.unwrap().attempts, 3);
    let server = Server::scripted(vec![broken]).await;
    let error = list_keys(&server).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Service);
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn a_dropped_connection_is_retried() {
    let server = Server::scripted(vec![Reply::Close, keys()]).await;
    assert_eq!(list_keys(&server).await.unwrap().attempts, 2);
}

#[tokio::test]
async fn nobody_listening_is_a_transport_error_with_a_hint() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    drop(listener);
    let error = client(&url)
        .await
        .call("us-east-1", Call::new("kms", "ListKeys"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
    let text = error.to_string();
    assert!(
        text.starts_with("kms:ListKeys in us-east-1: ") && text.contains("hint: check the network"),
        "{text}"
    );
    assert!(text.contains("refused"), "{text}");
}

#[tokio::test]
async fn a_truncated_body_is_retried_and_then_reported() {
    let server = Server::scripted(vec![Reply::Truncated(KEYS[..20].to_owned()), keys()]).await;
    assert_eq!(list_keys(&server).await.unwrap().attempts, 2);
    let server = Server::scripted(vec![Reply::Truncated(KEYS[..20].to_owned())]).await;
    let error = list_keys(&server).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport, "{error}");
    assert!(error.message.contains("broke off"), "{error}");
}

#[tokio::test]
async fn a_malformed_body_is_an_error_of_its_own() {
    let server = Server::scripted(vec![Reply::json(200, &KEYS[..30])]).await;
    let error = list_keys(&server).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed, "{error}");
    let server = Server::scripted(vec![Reply::xml("<DescribeVpcsResponse><vpcSet><item>")]).await;
    let client = client(&server.url).await;
    let error = client
        .call("us-east-1", Call::new("ec2", "DescribeVpcs"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed, "{error}");
}

/// Asks a server that never answers; says how often it heard of that.
async fn timed_out(bound: impl FnOnce(&mut Options)) -> usize {
    let server = Server::scripted(vec![Reply::Hang]).await;
    let mut options = options(&server.url);
    bound(&mut options);
    let client = Session::load(options).await.unwrap().own();
    let error = client
        .call("us-east-1", Call::new("kms", "ListKeys"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout, "{error}");
    server.asked().len()
}

#[tokio::test]
async fn a_slow_body_is_a_timeout() {
    let asked = timed_out(|options| {
        options.timeouts.attempt = Duration::from_millis(150);
        options.retries.max_attempts = 2;
    })
    .await;
    // On a busy machine an attempt may be over before it arrives.
    assert!(asked <= 2);
}

#[tokio::test]
async fn the_time_of_a_whole_call_is_bounded() {
    let asked = timed_out(|options| options.timeouts.call = Duration::from_millis(150)).await;
    assert!(asked <= 1);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_corrected_and_remembered() {
    let offset = Duration::from_hours(1);
    let server = Server::start(move |request, _| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the server's own clock, an hour ahead of the real one"
        )]
        let now = jiff::Timestamp::try_from(SystemTime::now() + offset).unwrap();
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let signed = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", &request.headers["x-amz-date"]).unwrap();
        let signed = signed.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let is_right = signed.duration_until(now).abs() < jiff::SignedDuration::from_mins(5);
        if is_right {
            keys().with("date", &date)
        } else {
            Reply::error(403, "InvalidSignatureException").with("date", &date)
        }
    })
    .await;
    let client = client(&server.url).await;
    let first = client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
    assert_eq!(first.attempts, 2, "the second attempt is signed with the server's time");
    let second = client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
    assert_eq!(second.attempts, 1, "the next call knows");
}

#[tokio::test]
async fn a_denial_is_not_retried() {
    let server = Server::scripted(vec![Reply::error(400, "AccessDeniedException")]).await;
    let error = list_keys(&server).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert_eq!(error.message, "because");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_403_without_a_body_is_a_denial() {
    let server = Server::scripted(vec![Reply::Answer(403, vec![], String::new())]).await;
    let client = client(&server.url).await;
    let call = Call::new("s3", "HeadBucket").with(json!({"Bucket": "secret"}));
    assert_eq!(
        client.call("us-east-1", call).await.unwrap_err().kind,
        ErrorKind::Denied
    );
}

#[tokio::test]
async fn an_unknown_operation_or_parameter_is_refused_before_anything_is_sent() {
    let server = Server::scripted(vec![keys()]).await;
    let client = client(&server.url).await;
    for (call, expected) in [
        (Call::new("kmz", "ListKeys"), "kms"),
        (Call::new("kms", "ListKeyz"), "ListKeys"),
        (Call::new("kms", "Decrypt"), "not allowed"),
        (Call::new("kms", "ListKeys").with(json!({"Limitt": 1})), "Limitt"),
    ] {
        let error = client.call("us-east-1", call).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadParams);
        assert!(error.message.contains(expected), "{error}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn an_opt_in_region_that_is_off_is_told_from_wrong_credentials() {
    let server = Server::start(|request, _| {
        if request.signing_region() == "af-south-1" {
            Reply::error(400, "UnrecognizedClientException")
        } else {
            keys()
        }
    })
    .await;
    let client = client(&server.url).await;
    let before = client
        .call("af-south-1", Call::new("kms", "ListKeys"))
        .await
        .unwrap_err();
    assert_eq!(
        before.kind,
        ErrorKind::Credentials,
        "nothing says yet that the credentials are good"
    );
    client.call("us-east-1", Call::new("kms", "ListKeys")).await.unwrap();
    let after = client
        .call("af-south-1", Call::new("kms", "ListKeys"))
        .await
        .unwrap_err();
    assert_eq!(after.kind, ErrorKind::RegionDisabled);
}

#[tokio::test]
async fn a_big_body_is_decoded_off_the_async_threads_with_the_same_result() {
    let keys: Vec<_> = (0..6000)
        .map(|n| json!({"KeyId": format!("{n:032}"), "KeyArn": "arn"}))
        .collect();
    let body = json!({"Keys": keys, "Truncated": false}).to_string();
    assert!(body.len() > 256 * 1024);
    let server = Server::scripted(vec![Reply::json(200, &body)]).await;
    let answer = list_keys(&server).await.unwrap();
    assert_eq!(answer.value["Keys"].as_array().unwrap().len(), 6000);
}
