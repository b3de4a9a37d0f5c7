//! From the recorded change to the mail box: once, whatever dies in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use security_monkey_aws::ErrorKind;
use security_monkey_engine::{DispatchReport, Engine, EngineError, EngineParts};
use security_monkey_model::Score;
use security_monkey_notifier::webhook::{EVENT_HEADER, SIGNATURE_HEADER, verify_signature};
use security_monkey_notifier::{SmtpChannel, SmtpSettings, WebhookChannel, WebhookSettings};
use security_monkey_store::subscription::{EventKind, SubscriptionFilter, SubscriptionSpec};
use security_monkey_store::{Author, Page};
use security_monkey_testkit::http::{Received, Receiver};
use security_monkey_testkit::smtp::{ReceivedMail, SmtpOptions, SmtpServer};
use serde_json::{Value, json};

use crate::faults::group;
use crate::running::Run;
use crate::world::{ONE, TWO, World, scan, until};

const GROUPS: &str = "aws.ec2.security-group";

fn mailing(world: &World, server: &SmtpServer, technologies: &[&str]) -> EngineParts {
    let settings: SmtpSettings = serde_json::from_value(json!({
        "host": "127.0.0.1", "port": server.port, "tls": "none", "from": "monkey@example.com", "hello_name": "monkey.example.com",
        // The most there is: a busy machine takes its time.
        "timeout_seconds": 60
    }))
    .unwrap();
    EngineParts {
        channels: vec![Arc::new(SmtpChannel::new(&settings).unwrap())],
        ..world.parts(technologies)
    }
}

fn subscription(target: &str, events: &[EventKind]) -> SubscriptionSpec {
    SubscriptionSpec {
        owner: None,
        channel: "smtp".to_owned(),
        target: target.to_owned(),
        settings: Value::Null,
        filter: SubscriptionFilter {
            events: events.to_vec(),
            min_score: Some(Score::new(7).unwrap()),
            ..SubscriptionFilter::default()
        },
        enabled: true,
    }
}

fn subjects(mails: &[ReceivedMail; 2]) -> [&str; 2] {
    mails.each_ref().map(|mail| mail.headers["subject"].as_str())
}

fn sent(count: usize) -> DispatchReport {
    DispatchReport {
        sent: count,
        ..DispatchReport::default()
    }
}

pub(crate) async fn an_event_is_mailed_once_however_often_processes_die(world: World) {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let spec = subscription("team@example.com", &[EventKind::FindingChanged]);
    let parts = || mailing(&world, &server, &[GROUPS]);
    let arrived = || {
        let mails = server.taken().unwrap();
        mails
            .iter()
            .map(|mail| mail.headers["message-id"].trim_matches(['<', '>']).to_owned())
            .collect()
    };
    told_once(&world, &parts, &spec, &arrived).await;
}

pub(crate) async fn a_webhook_is_called_once_however_often_processes_die(world: World) {
    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    let receiver = Receiver::start("204 No Content").await.unwrap();
    let settings = WebhookSettings {
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        timeout_seconds: 60,
        ..WebhookSettings::default()
    };
    let parts = || EngineParts {
        channels: vec![Arc::new(WebhookChannel::new(&settings, world.clock.clone()).unwrap())],
        ..world.parts(&[GROUPS])
    };
    let spec = SubscriptionSpec {
        channel: "webhook".to_owned(),
        settings: json!({"secret": SECRET}),
        ..subscription(&receiver.url, &[EventKind::FindingChanged])
    };
    let known = AtomicUsize::new(0);
    let arrived = || {
        let received = receiver.received();
        let new = &received[known.swap(received.len(), Ordering::SeqCst)..];
        let id = |call: &Received| {
            verify_signature(
                call.header(SIGNATURE_HEADER),
                &call.body,
                SECRET,
                engine_now(&world),
                300,
            )
            .unwrap();
            let body: Value = serde_json::from_slice(&call.body).unwrap();
            assert_eq!(body["event"]["body"]["kind"], "finding-changed");
            assert_eq!(body["id"], call.header(EVENT_HEADER));
            call.header(EVENT_HEADER).to_owned()
        };
        new.iter().map(id).collect()
    };
    told_once(&world, &parts, &spec, &arrived).await;
}

/// Processes die after recording, after telling, and with a message in their hands; `arrived` gives the ids of the messages that came
/// since it was last asked.
async fn told_once(
    world: &World,
    parts: &dyn Fn() -> EngineParts,
    spec: &SubscriptionSpec,
    arrived: &dyn Fn() -> Vec<String>,
) {
    let engine = Engine::new(parts()).await.unwrap();
    world.watch(&engine, ONE).await;
    engine.add_subscription(spec, &Author::System).await.unwrap();
    world.groups(&[group("sg-1", 22)]);
    scan(&engine).await;
    drop(engine);

    // Killed after recording: another process tells what was recorded.
    let engine = Engine::new(parts()).await.unwrap();
    assert_eq!(engine.dispatch().await.unwrap(), sent(1));
    let first = arrived();
    assert_eq!(first.len(), 1);

    // Told once: not by this process again, not by the next, not by a scan that finds the same.
    assert_eq!(engine.dispatch().await.unwrap(), sent(0));
    drop(engine);
    let engine = Engine::new(parts()).await.unwrap();
    scan(&engine).await;
    assert_eq!(engine.dispatch().await.unwrap(), sent(0));

    // Killed with a message in its hands, before or after it was sent: nobody knows. It is sent when the claim runs out, and says
    // who it is in the same words.
    world.groups(&[group("sg-1", 22), group("sg-2", 3389)]);
    scan(&engine).await;
    assert_eq!(world.store.expand_deliveries(engine_now(world)).await.unwrap(), 2);
    let claimed = world
        .store
        .claim_deliveries(&[&spec.channel], engine_now(world), Duration::from_mins(6), 10)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(engine.dispatch().await.unwrap(), sent(0), "in somebody's hands");
    assert_eq!(arrived(), Vec::<String>::new());
    world.clock.advance_seconds(16 * 60);
    assert_eq!(engine.dispatch().await.unwrap(), sent(1));
    let expected = format!(
        "event-{}-{}.subscription-{}@monkey.example.com",
        claimed[0].event.id,
        claimed[0].event.at.as_micros(),
        claimed[0].subscription.id
    );
    assert_eq!(arrived(), [expected.as_str()]);
    assert_ne!(first, [expected]);
    assert_eq!(engine.dispatch().await.unwrap(), sent(0));
    assert_eq!(arrived(), Vec::<String>::new());
}

pub(crate) async fn a_mail_says_what_is_wrong_and_what_to_do(world: World) {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let engine = Engine::new(mailing(&world, &server, &[GROUPS])).await.unwrap();
    world.watch(&engine, ONE).await;
    let spec = subscription("team@example.com", &[EventKind::FindingChanged]);
    engine.add_subscription(&spec, &Author::System).await.unwrap();
    world.groups(&[group("sg-1", 22)]);
    scan(&engine).await;
    assert_eq!(engine.dispatch().await.unwrap(), sent(1));
    let mail = server.next().unwrap();
    assert_eq!(
        mail.headers["subject"],
        "[HIGH] Security group open to the internet on an administration port: sg-1 in account 1 eu-west-1"
    );
    for part in [
        "What to do",
        "https://monkey.example.com/findings/",
        "sg-1",
        "account 1 (111111111111)",
    ] {
        assert!(mail.text.contains(part), "{part}: {}", mail.text);
    }
}

fn engine_now(world: &World) -> security_monkey_model::Timestamp {
    use security_monkey_model::Clock as _;
    world.clock.now()
}

pub(crate) async fn a_refused_message_is_sent_later(world: World) {
    let refusing = SmtpServer::start(&SmtpOptions {
        refuse: vec![
            ("team@example.com".to_owned(), "451 refused for the test".to_owned()),
            ("gone@example.com".to_owned(), "550 refused for the test".to_owned()),
        ],
        ..SmtpOptions::default()
    })
    .unwrap();
    let engine = Engine::new(mailing(&world, &refusing, &[GROUPS])).await.unwrap();
    world.watch(&engine, ONE).await;
    for target in ["team@example.com", "gone@example.com"] {
        let spec = subscription(target, &[EventKind::FindingChanged]);
        engine.add_subscription(&spec, &Author::System).await.unwrap();
    }
    world.groups(&[group("sg-1", 22)]);
    scan(&engine).await;
    let report = engine.dispatch().await.unwrap();
    assert_eq!((report.sent, report.postponed, report.given_up), (0, 1, 1));
    assert_eq!(engine.dispatch().await.unwrap(), sent(0), "not before its time");
    let failed = world.store.deliveries(None, &Page::first(10)).await.unwrap().items;
    assert!(
        failed.iter().all(|delivery| delivery
            .error
            .as_ref()
            .is_some_and(|error| error.contains("refused for the test"))),
        "{failed:?}"
    );

    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let engine = Engine::new(mailing(&world, &server, &[GROUPS])).await.unwrap();
    world.clock.advance_seconds(60);
    assert_eq!(engine.dispatch().await.unwrap(), sent(1));
    assert_eq!(server.next().unwrap().to, ["team@example.com"]);
}

pub(crate) async fn an_account_out_of_sight_is_one_message(world: World) {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let engine = Engine::new(mailing(&world, &server, &[GROUPS])).await.unwrap();
    world.watch(&engine, ONE).await;
    world.groups(&[]);
    let spec = subscription("team@example.com", &[EventKind::CoverageChanged]);
    let id = engine.add_subscription(&spec, &Author::System).await.unwrap();
    scan(&engine).await;
    assert_eq!(engine.dispatch().await.unwrap(), sent(0));

    world.cloud.fail(ONE, "GetCallerIdentity", ErrorKind::Credentials);
    scan(&engine).await;
    let report = engine.dispatch().await.unwrap();
    assert_eq!((report.sent, report.joined), (1, 1));
    world.cloud.forget(ONE, "GetCallerIdentity");
    scan(&engine).await;
    engine.dispatch().await.unwrap();
    let mails = [server.next().unwrap(), server.next().unwrap()];
    assert_eq!(
        // Which of the two regions was read first is not for a test to say.
        subjects(&mails).map(|subject| subject.replace("eu-west-1", "…").replace("us-east-1", "…")),
        [
            "Cannot read aws.ec2.security-group in account 1 … and 1 more scopes: credentials",
            "Can read aws.ec2.security-group in account 1 … again, and 1 more scopes"
        ]
    );
    assert_eq!(server.taken().unwrap().len(), 0);

    engine.test_subscription(id).await.unwrap();
    assert_eq!(
        server.next().unwrap().headers["subject"],
        "Security Monkey: this subscription works"
    );
    let wrong = SubscriptionSpec {
        channel: "pigeon".to_owned(),
        ..spec.clone()
    };
    let error = engine.add_subscription(&wrong, &Author::System).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no channel 'pigeon'; set up are: smtp");
    let wrong = SubscriptionSpec {
        target: "nobody".to_owned(),
        ..spec
    };
    let error = engine.add_subscription(&wrong, &Author::System).await.unwrap_err();
    assert!(matches!(error, EngineError::InvalidTarget(_)), "{error}");
}

pub(crate) async fn many_events_at_once_are_one_message(world: World) {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let engine = Engine::new(mailing(&world, &server, &[GROUPS])).await.unwrap();
    let mut account = world.watch(&engine, ONE).await;
    account.contacts = vec!["owner@example.com".to_owned()];
    engine.put_account(&account, &Author::System).await.unwrap();
    engine.put_account(&account, &Author::System).await.unwrap();
    assert_eq!(
        world.store.subscriptions(None).await.unwrap().len(),
        1,
        "once per contact"
    );
    let groups: Vec<Value> = (0..30).map(|number| group(&format!("sg-{number}"), 22)).collect();
    world.groups(&[]);
    world.cloud.set_in(
        ONE,
        "eu-west-1",
        "DescribeSecurityGroups",
        json!({"SecurityGroups": groups}),
    );
    scan(&engine).await;
    let report = engine.dispatch().await.unwrap();
    assert_eq!((report.sent, report.joined), (1, 29));
    let mail = server.next().unwrap();
    assert_eq!(mail.to, ["owner@example.com"]);
    assert_eq!(mail.headers["subject"], "30 findings in account 1");
    assert_eq!(mail.text.matches("https://monkey.example.com/findings/").count(), 30);
    assert_eq!(engine.dispatch().await.unwrap(), sent(0));

    account.contacts.clear();
    engine.put_account(&account, &Author::System).await.unwrap();
    assert_eq!(world.store.subscriptions(None).await.unwrap(), []);
    account.contacts = vec!["nobody".to_owned()];
    assert!(engine.put_account(&account, &Author::System).await.is_err());
}

/// Findings before and while the mail server takes nothing: they are told together when it does again, not one by one.
pub(crate) async fn many_events_are_one_message_after_an_outage_too(world: World) {
    let away = SmtpServer::start(&SmtpOptions {
        refuse: vec![("team@example.com".to_owned(), "451 refused for the test".to_owned())],
        ..SmtpOptions::default()
    })
    .unwrap();
    let engine = Engine::new(mailing(&world, &away, &[GROUPS])).await.unwrap();
    world.watch(&engine, ONE).await;
    let spec = subscription("team@example.com", &[EventKind::FindingChanged]);
    engine.add_subscription(&spec, &Author::System).await.unwrap();
    for round in 1..=6 {
        let groups: Vec<Value> = (0..round * 5)
            .map(|number| group(&format!("sg-{number}"), 22))
            .collect();
        world.groups(&groups);
        scan(&engine).await;
        let report = engine.dispatch().await.unwrap();
        assert_eq!((report.sent, report.joined, report.given_up), (0, 0, 0));
        assert!(report.postponed >= 5, "{report:?}");
        world.clock.advance_seconds(47);
    }

    // Another process, with jitter of its own.
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let parts = EngineParts {
        seed: 8,
        ..mailing(&world, &server, &[GROUPS])
    };
    let engine = Engine::new(parts).await.unwrap();
    let mut told = DispatchReport::default();
    for _ in 0..360 {
        world.clock.advance_seconds(10);
        let report = engine.dispatch().await.unwrap();
        told.sent += report.sent;
        told.joined += report.joined;
    }
    assert_eq!(told.sent + told.joined, 30, "{told:?}");
    assert!(told.sent <= 2, "{told:?}");
    assert_eq!(server.taken().unwrap().len(), told.sent);
}

/// Numbers of events and subscriptions begin anew in every database; mail systems drop what looks like a repetition.
pub(crate) async fn messages_of_another_database_have_other_ids(world: World) {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let other = World::sqlite_salted([8; 32]).await;
    let mut ids = Vec::new();
    for world in [&world, &other, &world] {
        let mut parts = mailing(world, &server, &[GROUPS]);
        parts.settings.deployment = None;
        let engine = Engine::new(parts).await.unwrap();
        let spec = subscription("team@example.com", &[EventKind::FindingChanged]);
        let id = match world.store.subscriptions(None).await.unwrap().first() {
            Some(known) => known.id,
            None => engine.add_subscription(&spec, &Author::System).await.unwrap(),
        };
        engine.test_subscription(id).await.unwrap();
        ids.push(server.next().unwrap().headers["message-id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0], ids[2], "one database has one name, whichever process");
    assert!(ids[0].ends_with(".security-monkey.local>"), "{ids:?}");
}

/// Two processes on one database scan, record and tell at the same time.
pub(crate) async fn two_processes_tell_each_event_once(world: World) {
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let first = Engine::new(mailing(&world, &server, &[GROUPS])).await.unwrap();
    let second = Engine::new(EngineParts {
        store: world.other_store().await,
        process: "other".to_owned(),
        seed: 8,
        ..mailing(&world, &server, &[GROUPS])
    })
    .await
    .unwrap();
    let spec = subscription("team@example.com", &[EventKind::FindingChanged]);
    first.add_subscription(&spec, &Author::System).await.unwrap();
    for account in [ONE, TWO] {
        world.watch(&first, account).await;
        let groups = json!({"SecurityGroups": [group("sg-1", 22)]});
        world.cloud.set(account, "DescribeSecurityGroups", groups);
    }
    let runs = [Run::start(&first), Run::start(&second)];
    until("every scan has ended", async || {
        let scopes = world.store.scopes(None).await.unwrap();
        scopes.len() == 4 && scopes.iter().all(|scope| scope.is_complete)
    })
    .await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..4 {
        let mail = tokio::task::block_in_place(|| server.next()).unwrap();
        assert!(
            ids.insert(mail.headers["message-id"].clone()),
            "told twice: {}",
            mail.headers["subject"]
        );
    }
    for run in runs {
        run.stop().await;
    }
    assert_eq!(world.cloud.count("DescribeSecurityGroups"), 4, "each scope once");
    for engine in [&first, &second] {
        assert_eq!(engine.dispatch().await.unwrap(), sent(0));
    }
    assert_eq!(server.taken().unwrap().len(), 0);
}
