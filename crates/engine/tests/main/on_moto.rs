//! All of it against a real fake of AWS: two accounts, two regions, all rules, and a mail at the end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use security_monkey_aws::{Options, Session};
use security_monkey_engine::{Engine, EngineParts, ScanReport, SessionClients};
use security_monkey_model::{Account, AssumeRole};
use security_monkey_notifier::{SmtpChannel, SmtpSettings};
use security_monkey_store::Author;
use security_monkey_store::subscription::{EventKind, SubscriptionFilter, SubscriptionSpec};
use security_monkey_testkit::moto::{DEFAULT_ACCOUNT, Moto};
use security_monkey_testkit::smtp::{SmtpOptions, SmtpServer};
use serde_json::{Value, json};

use crate::world::{TWO, World, gaps, scan};

/// Half of what there is: all of it takes moto a minute, and each technology is compared with boto3 by the watcher's own tests.
const TECHNOLOGIES: [&str; 9] = [
    "aws.cloudtrail.trail",
    "aws.ec2.security-group",
    "aws.ec2.vpc",
    "aws.iam.account-summary",
    "aws.iam.user",
    "aws.s3.account-public-access-block",
    "aws.s3.bucket",
    "aws.sns.topic",
    "aws.sqs.queue",
];

const ESTATE: &str = "crates/engine/tests/moto/estate.py";

fn environment(url: &str) -> HashMap<String, String> {
    [
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", url),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// How many resources of each technology were seen, in which account.
fn census(report: &ScanReport) -> BTreeMap<String, usize> {
    let mut census = BTreeMap::new();
    for scope in &report.scopes {
        *census
            .entry(format!("{} {}", scope.scope.account, scope.scope.technology))
            .or_default() += scope.resources;
    }
    census
}

pub(crate) async fn an_estate_is_watched_recorded_audited_and_told(world: World) {
    let moto = Moto::start().unwrap();
    moto.run(ESTATE, &["seed"]).unwrap();
    let server = SmtpServer::start(&SmtpOptions::default()).unwrap();
    let settings: SmtpSettings = serde_json::from_value(json!({
        "host": "127.0.0.1", "port": server.port, "tls": "none", "from": "monkey@example.com", "hello_name": "monkey.example.com"
    }))
    .unwrap();
    let session = Session::load(Options::new(environment(moto.url()))).await.unwrap();
    let engine = Engine::new(EngineParts {
        clients: Arc::new(SessionClients::new(session)),
        channels: vec![Arc::new(SmtpChannel::new(&settings).unwrap())],
        ..world.parts(&TECHNOLOGIES)
    })
    .await
    .unwrap();
    let regions = vec!["eu-west-1".parse().unwrap(), "us-east-1".parse().unwrap()];
    let own = Account {
        regions: regions.clone(),
        ..Account::watched(DEFAULT_ACCOUNT.parse().unwrap(), "own")
    };
    let other = Account {
        regions,
        role_chain: vec![AssumeRole {
            role_arn: format!("arn:aws:iam::{TWO}:role/SecurityMonkey"),
            external_id: None,
        }],
        ..Account::watched(TWO.parse().unwrap(), "other")
    };
    for account in [&own, &other] {
        engine.put_account(account, &Author::System).await.unwrap();
    }

    let report = scan(&engine).await;
    assert_eq!(gaps(&report), Vec::<String>::new());
    assert_eq!(report.unreadable_accounts, []);
    let census = census(&report);
    for (what, count) in [
        ("123456789012 aws.iam.user", 2),
        ("222222222222 aws.iam.user", 2),
        ("123456789012 aws.sqs.queue", 2),
        ("222222222222 aws.sns.topic", 2),
        ("123456789012 aws.s3.bucket", 1),
        ("222222222222 aws.s3.bucket", 0),
    ] {
        assert_eq!(census.get(what), Some(&count), "{what} in {census:?}");
    }
    assert_eq!(world.states("aws.s3.bucket.public").await.len(), 1);
    assert_eq!(world.findings("aws.ec2.security-group.admin-port-open").await.len(), 4);

    let report = scan(&engine).await;
    assert_eq!(report.revisions(), 0, "{:?}", changes(&report));

    let spec = SubscriptionSpec {
        owner: None,
        channel: "smtp".to_owned(),
        target: "team@example.com".to_owned(),
        settings: Value::Null,
        filter: SubscriptionFilter {
            events: vec![EventKind::ResourceChanged],
            ..SubscriptionFilter::default()
        },
        enabled: true,
    };
    // It hears of what happens from now on.
    world.clock.advance_seconds(60);
    engine.add_subscription(&spec, &Author::System).await.unwrap();
    moto.run(ESTATE, &["change"]).unwrap();
    world.clock.advance_seconds(60);
    let report = scan(&engine).await;
    assert_eq!(
        changes(&report),
        [
            "123456789012 global aws.iam.user: 1 deleted",
            "123456789012 global aws.s3.bucket: 1 changed",
            "123456789012 us-east-1 aws.sqs.queue: 1 created",
            "222222222222 eu-west-1 aws.ec2.security-group: 1 changed",
        ]
    );
    assert_eq!(
        world
            .states("aws.s3.bucket.public")
            .await
            .iter()
            .filter(|state| state.ends_with("resolved"))
            .count(),
        1
    );
    assert_eq!(world.findings("aws.ec2.security-group.admin-port-open").await.len(), 5);

    assert_eq!(engine.dispatch().await.unwrap().sent, 4);
    let mut subjects: Vec<String> = (0..4)
        .map(|_| server.next().unwrap().headers["subject"].clone())
        .collect();
    subjects.sort();
    assert_eq!(
        subjects,
        [
            "Changed: aws.ec2.security-group closed in other eu-west-1",
            "Changed: aws.s3.bucket public-bucket in own global",
            "Created: aws.sqs.queue more-jobs in own us-east-1",
            "Deleted: aws.iam.user bob in own global",
        ]
    );
    assert_eq!(world.store.verify(&mut |_| {}).await.unwrap().problems, []);
}

fn changes(report: &ScanReport) -> Vec<String> {
    let mut lines = Vec::new();
    for scope in &report.scopes {
        for (count, word) in [
            (scope.created, "created"),
            (scope.changed, "changed"),
            (scope.reappeared, "reappeared"),
            (scope.deleted, "deleted"),
        ] {
            if count > 0 {
                let place = &scope.scope;
                lines.push(format!("{place}: {count} {word}"));
            }
        }
    }
    lines
}
