//! E-mail through a real SMTP server.

use security_monkey_notifier::smtp::InvalidSmtpSettings;
use security_monkey_notifier::{Channel as _, DeliveryError, Secret, SmtpChannel, SmtpSettings, SmtpTls, Target};
use security_monkey_testkit::smtp::{SmtpOptions, SmtpServer};
use serde_json::Value;

use super::message::finding;

fn settings(port: u16) -> SmtpSettings {
    serde_json::from_value(serde_json::json!({
        "host": "127.0.0.1", "port": port, "tls": "none", "from": "Security Monkey <monkey@example.com>",
        "hello_name": "monkey.example.com", "timeout_seconds": 10
    }))
    .unwrap()
}

async fn send(settings: &SmtpSettings, address: &str) -> Result<(), DeliveryError> {
    let channel = SmtpChannel::new(settings).unwrap();
    channel
        .send(
            &finding(),
            Target {
                address,
                settings: &Value::Null,
            },
        )
        .await
}

#[tokio::test]
async fn a_message_arrives_whole_and_says_who_it_is() {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    send(&settings(server.port), "team@example.com").await.unwrap();
    let mail = server.next().unwrap();
    assert_eq!(mail.from, "monkey@example.com");
    assert_eq!(mail.to, ["team@example.com"]);
    assert_eq!(
        mail.headers["subject"],
        "[HIGH] Administration port open to the internet: web — früh in 123456789012 eu-west-1"
    );
    assert_eq!(
        mail.headers["message-id"],
        "<event-17-1795316400000000.subscription-3@monkey.example.com>"
    );
    assert_eq!(mail.headers["references"], "<finding-12@monkey.example.com>");
    assert_eq!(mail.headers["auto-submitted"], "auto-generated");
    assert_eq!(mail.headers["date"], "Sun, 22 Nov 2026 03:00:00 +0000");
    assert_eq!(mail.text.replace("\r\n", "\n"), finding().content.text);
    assert_eq!(mail.html.replace("\r\n", "\n"), finding().content.html);
    assert!(!mail.tls);
}

#[tokio::test]
async fn starttls_and_sign_in_protect_the_message() {
    let server = SmtpServer::start(&SmtpOptions {
        starttls: true,
        credentials: Some(("monkey".into(), "opensesame".into())),
        ..SmtpOptions::default()
    })
    .unwrap();
    let mut settings = settings(server.port);
    settings.tls = SmtpTls::Starttls;
    settings.user = Some("monkey".into());
    settings.password = Some(Secret::new("opensesame"));
    settings.certificates = vec![server.certificate.clone().unwrap()];
    send(&settings, "team@example.com").await.unwrap();
    let mail = server.next().unwrap();
    assert!(mail.tls);
    assert_eq!(mail.user.as_deref(), Some("monkey"));

    settings.password = Some(Secret::new("wrong"));
    let error = send(&settings, "team@example.com").await.unwrap_err();
    assert!(
        error.is_temporary(),
        "a wrong password is the operator's to mend: {error}"
    );
    assert!(error.to_string().contains("hint: check smtp.user"), "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");

    settings.certificates.clear();
    let error = send(&settings, "team@example.com").await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert_eq!(
        server.taken().unwrap().len(),
        0,
        "nothing was sent to a server nobody vouches for"
    );
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_message() {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let mut settings = settings(server.port);
    settings.tls = SmtpTls::Starttls;
    let error = send(&settings, "team@example.com").await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert!(error.to_string().to_uppercase().contains("STARTTLS"), "{error}");
    assert_eq!(server.taken().unwrap().len(), 0);
}

#[tokio::test]
async fn refusals_are_sorted_into_for_now_and_for_ever() {
    let server = SmtpServer::start(&SmtpOptions {
        refuse: vec![
            ("gone@example.com".into(), "550 no such user".into()),
            ("unknown@example.com".into(), "554 5.1.1 no such user".into()),
            ("busy@example.com".into(), "451 come back later".into()),
            ("full@example.com".into(), "552 mailbox full".into()),
            ("relayed@example.com".into(), "550 5.7.1 relaying denied".into()),
            (
                "ours@example.com".into(),
                "553 5.1.8 sender's domain is not known".into(),
            ),
        ],
        ..SmtpOptions::default()
    })
    .unwrap();
    let settings = settings(server.port);
    for (address, is_temporary) in [
        ("gone@example.com", false),
        ("unknown@example.com", false),
        ("busy@example.com", true),
        ("full@example.com", true),
        ("relayed@example.com", true),
        ("ours@example.com", true),
        ("not an address", false),
        ("a@b.example\r\nDATA", false),
    ] {
        let error = send(&settings, address).await.unwrap_err();
        assert_eq!(error.is_temporary(), is_temporary, "{address}: {error}");
    }
    let error = send(&settings, "gone@example.com").await.unwrap_err().to_string();
    assert!(
        error.starts_with(&format!(
            "mail server 127.0.0.1:{} did not take the message for gone@example.com: permanent error (550)",
            server.port
        )),
        "{error}"
    );
    assert_eq!(server.taken().unwrap().len(), 0);
}

#[tokio::test]
async fn a_sender_that_is_not_verified_yet_loses_no_message() {
    let server = SmtpServer::start(&SmtpOptions {
        refuse: vec![(
            "team@example.com".into(),
            "554 Message rejected: Email address is not verified.".into(),
        )],
        ..SmtpOptions::default()
    })
    .unwrap();
    let error = send(&settings(server.port), "team@example.com").await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    assert!(error.to_string().contains("Email address is not verified"), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_or_is_not_there_is_tried_again() {
    let server = SmtpServer::start(&SmtpOptions {
        silent: true,
        ..SmtpOptions::default()
    })
    .unwrap();
    let mut settings = settings(server.port);
    settings.timeout_seconds = 1;
    let error = send(&settings, "team@example.com").await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
    drop(server);
    let error = send(&settings, "team@example.com").await.unwrap_err();
    assert!(error.is_temporary(), "{error}");
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let mut in_clear = settings(25);
    in_clear.user = Some("monkey".into());
    assert!(matches!(
        SmtpChannel::new(&in_clear).unwrap_err(),
        InvalidSmtpSettings::HalfCredentials
    ));
    in_clear.password = Some(Secret::new("opensesame"));
    let error = SmtpChannel::new(&in_clear).unwrap_err();
    assert!(matches!(error, InvalidSmtpSettings::PasswordInClear));
    assert!(!format!("{in_clear:?}").contains("opensesame"));
    let mut nobody = settings(25);
    nobody.from = "nobody".into();
    assert!(matches!(
        SmtpChannel::new(&nobody).unwrap_err(),
        InvalidSmtpSettings::From(_)
    ));
}
