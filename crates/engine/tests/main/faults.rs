//! What cannot be read is said once and clearly, and is neither lost nor taken for deleted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use security_monkey_aws::ErrorKind;
use security_monkey_engine::{Engine, EngineError, Progress, Selection};
use security_monkey_model::GapCause;
use security_monkey_store::gap::GapFilter;
use security_monkey_store::{Page, StoreOptions};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::again::only_in_ireland;
use crate::world::{ONE, TWO, World, gaps, scan};

const GROUPS: &str = "aws.ec2.security-group";
const BUCKETS: &str = "aws.s3.bucket";
const ADMIN_PORT: &str = "aws.ec2.security-group.admin-port-open";

/// A security group that is open to the world on one port.
pub(crate) fn group(id: &str, port: u16) -> Value {
    json!({
        "GroupId": id, "GroupName": id, "OwnerId": ONE, "VpcId": "vpc-1",
        "IpPermissions": [{
            "IpProtocol": "tcp", "FromPort": port, "ToPort": port,
            "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "UserIdGroupPairs": []
        }]
    })
}

/// An account with one bucket.
pub(crate) fn bucket(world: &World) {
    let cloud = &world.cloud;
    cloud.set(
        ONE,
        "ListBuckets",
        json!({"Buckets": [{"Name": "logs", "CreationDate": "2026-01-01T00:00:00Z", "BucketRegion": "us-east-1"}]}),
    );
    cloud.set(ONE, "GetBucketLocation", json!({}));
    for (operation, answer) in [
        (
            "GetBucketPolicy",
            json!({"Policy": {"Version": "2012-10-17", "Statement": [{"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/*"}]}}),
        ),
        ("GetBucketAcl", json!({"Owner": {"ID": "o"}, "Grants": []})),
        (
            "GetPublicAccessBlock",
            json!({"PublicAccessBlockConfiguration": {"BlockPublicAcls": false}}),
        ),
        (
            "GetBucketOwnershipControls",
            json!({"OwnershipControls": {"Rules": []}}),
        ),
        (
            "GetBucketEncryption",
            json!({"ServerSideEncryptionConfiguration": {"Rules": []}}),
        ),
        ("GetBucketVersioning", json!({})),
        ("GetBucketLogging", json!({})),
        ("GetBucketLifecycleConfiguration", json!({"Rules": []})),
        ("GetBucketWebsite", json!({"IndexDocument": {"Suffix": "i"}})),
        ("GetBucketNotificationConfiguration", json!({})),
    ] {
        cloud.set(ONE, operation, answer);
    }
    for (operation, code) in [
        ("GetBucketReplication", "ReplicationConfigurationNotFoundError"),
        ("GetBucketCors", "NoSuchCORSConfiguration"),
        ("GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"),
        ("GetBucketTagging", "NoSuchTagSet"),
    ] {
        cloud.none(ONE, operation, code);
    }
}

pub(crate) async fn a_field_that_was_refused_is_neither_a_removal_nor_a_change(world: World) {
    let engine = world.engine(&[BUCKETS]).await;
    world.watch(&engine, ONE).await;
    bucket(&world);
    let report = scan(&engine).await;
    assert_eq!(gaps(&report), Vec::<String>::new());
    let before = world.resource("logs").await.document;

    world.cloud.fail(ONE, "GetBucketPolicy", ErrorKind::Denied);
    let report = scan(&engine).await;
    assert_eq!(
        gaps(&report),
        ["global aws.s3.bucket s3:GetBucketPolicy: denied Policy"]
    );
    assert_eq!(report.revisions(), 0);
    assert!(report.scopes[0].is_complete, "a field is no listing");
    assert_eq!(world.resource("logs").await.document, before);

    // Something else changes while the policy is refused: the policy we know stays in the history.
    world
        .cloud
        .set(ONE, "GetBucketVersioning", json!({"Status": "Enabled"}));
    assert_eq!(scan(&engine).await.revisions(), 1);
    let after = world.resource("logs").await.document;
    assert_eq!(after["Policy"], before["Policy"]);
    assert_eq!(after["Versioning"], json!({"Status": "Enabled"}));

    bucket(&world);
    world
        .cloud
        .set(ONE, "GetBucketVersioning", json!({"Status": "Enabled"}));
    let report = scan(&engine).await;
    assert_eq!((report.revisions(), gaps(&report).len()), (0, 0));
    assert_eq!(world.revisions("logs").await, ["changed", "created"]);
}

pub(crate) async fn a_listing_that_broke_off_deletes_nothing(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    world.watch(&engine, ONE).await;
    world.groups(&[]);
    let both = json!({"SecurityGroups": [group("sg-1", 22), group("sg-2", 443)]});
    world.cloud.set_in(ONE, "eu-west-1", "DescribeSecurityGroups", both);
    scan(&engine).await;
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 open"]);

    for kind in [
        ErrorKind::Throttled,
        ErrorKind::Malformed,
        ErrorKind::Timeout,
        ErrorKind::Transport,
        ErrorKind::Denied,
        ErrorKind::ExpiredCredentials,
        ErrorKind::RegionDisabled,
        ErrorKind::NotAvailableInRegion,
    ] {
        // The first page comes, the second does not.
        world
            .cloud
            .on(ONE, "eu-west-1", "DescribeSecurityGroups", move |params| {
                match params.get("NextToken") {
                    None => Ok(json!({"SecurityGroups": [group("sg-2", 443)], "NextToken": "more"})),
                    Some(_) => Err(kind),
                }
            });
        let report = scan(&engine).await;
        assert_eq!(report.revisions(), 0, "{kind}");
        assert_eq!(gaps(&report).len(), 1, "{kind}: {:?}", gaps(&report));
        let complete: Vec<bool> = report.scopes.iter().map(|scope| scope.is_complete).collect();
        assert_eq!(complete, [false, true], "{kind}");
        assert!(world.resource("sg-1").await.summary.is_active, "{kind}");
        assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 open"], "{kind}");
    }

    let one = json!({"SecurityGroups": [group("sg-2", 443)]});
    world.cloud.set_in(ONE, "eu-west-1", "DescribeSecurityGroups", one);
    let report = scan(&engine).await;
    assert_eq!((report.revisions(), report.scopes[0].deleted), (1, 1));
    assert_eq!(world.revisions("sg-1").await, ["deleted", "created"]);
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 resolved"]);

    world.groups(&[group("sg-1", 22), group("sg-2", 443)]);
    scan(&engine).await;
    assert_eq!(world.revisions("sg-1").await, ["reappeared", "deleted", "created"]);
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 reopened"]);
    assert_eq!(world.store.verify(&mut |_| {}).await.unwrap().problems, []);
}

pub(crate) async fn an_account_that_cannot_be_read_is_one_error_and_a_gap_per_scope(world: World) {
    let engine = world.engine(&[GROUPS, "aws.sns.topic"]).await;
    for account in [ONE, TWO] {
        world.watch(&engine, account).await;
        world.cloud.set(
            account,
            "DescribeSecurityGroups",
            json!({"SecurityGroups": [group(&format!("sg-{account}"), 22)]}),
        );
        world.cloud.set(account, "ListTopics", json!({"Topics": []}));
    }
    scan(&engine).await;
    assert_eq!(world.resources().await.len(), 4);

    world.cloud.fail(TWO, "GetCallerIdentity", ErrorKind::Credentials);
    let (sender, mut progress) = mpsc::channel(100);
    let report = engine
        .scan_once(&Selection::default(), Some(sender), CancellationToken::new())
        .await
        .unwrap();
    let [(account, message)] = &report.unreadable_accounts[..] else {
        panic!("{:?}", report.unreadable_accounts);
    };
    assert_eq!(account.as_str(), TWO);
    assert!(
        message.contains("account 222222222222 (account 2) cannot be read") && message.contains("hint:"),
        "{message}"
    );
    assert_eq!(gaps(&report).len(), 4, "{:?}", gaps(&report));
    assert!(
        report
            .gaps()
            .all(|(scope, gap)| scope.account == *account && gap.cause == GapCause::Credentials)
    );
    assert!(!report.is_complete());
    let mut said = Vec::new();
    while let Some(step) = progress.recv().await {
        if let Progress::AccountUnreadable { scopes, .. } = step {
            said.push(scopes);
        }
    }
    assert_eq!(said, [4]);
    assert!(world.resources().await.iter().all(|resource| resource.is_active));

    // As long as it lasts nothing more is written.
    let events = world.store.last_event().await.unwrap();
    scan(&engine).await;
    assert_eq!(world.store.last_event().await.unwrap(), events);
    let open = world
        .store
        .gaps(&GapFilter::default(), &Page::first(100))
        .await
        .unwrap()
        .items;
    assert_eq!(open.len(), 4);

    world.cloud.forget(TWO, "GetCallerIdentity");
    assert!(scan(&engine).await.is_complete());
    let open = world
        .store
        .gaps(&GapFilter::default(), &Page::first(100))
        .await
        .unwrap()
        .items;
    assert_eq!(open, []);
}

#[tokio::test]
async fn credentials_of_another_account_file_nothing_under_the_wrong_one() {
    let world = World::sqlite().await;
    let engine = world.engine(&[GROUPS]).await;
    world.watch(&engine, ONE).await;
    world.cloud.set(ONE, "GetCallerIdentity", json!({"Account": TWO}));
    world.groups(&[group("sg-1", 22)]);
    let report = scan(&engine).await;
    let (_, message) = &report.unreadable_accounts[0];
    assert!(
        message.contains("are those of account 222222222222; hint: correct its role chain"),
        "{message}"
    );
    assert_eq!(world.resources().await, []);
    assert_eq!(world.cloud.count("DescribeSecurityGroups"), 0);
}

fn switch_ireland_off(world: &World) {
    world.cloud.set(
        ONE,
        "DescribeRegions",
        json!({"Regions": [
            {"RegionName": "eu-west-1", "OptInStatus": "not-opted-in"},
            {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
        ]}),
    );
}

pub(crate) async fn a_region_that_was_switched_off_hides_and_deletes_nothing(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    world.watch(&engine, ONE).await;
    world.groups(&[group("sg-1", 22)]);
    scan(&engine).await;

    switch_ireland_off(&world);
    for _ in 0..2 {
        let report = scan(&engine).await;
        assert_eq!(
            gaps(&report),
            ["eu-west-1 aws.ec2.security-group ec2:DescribeRegions: region-disabled -"]
        );
        let looked_at: Vec<&str> = report.scopes.iter().map(|scope| scope.scope.region.as_str()).collect();
        assert_eq!((looked_at, report.out_of_sight.len()), (vec!["us-east-1"], 1));
        assert_eq!(report.revisions(), 0);
        let open = world
            .store
            .gaps(&GapFilter::default(), &Page::first(100))
            .await
            .unwrap()
            .items;
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].gap.cause, GapCause::RegionDisabled);
        assert!(world.resource("sg-1").await.summary.is_active);
    }
}

pub(crate) async fn a_region_out_of_sight_before_it_was_switched_off_is_said_to_be_off(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    world.watch(&engine, ONE).await;
    world.groups(&[group("sg-1", 22)]);
    scan(&engine).await;
    world
        .cloud
        .on(ONE, "eu-west-1", "DescribeSecurityGroups", |_| Err(ErrorKind::Denied));
    scan(&engine).await;
    switch_ireland_off(&world);
    scan(&engine).await;
    let open = world
        .store
        .gaps(&GapFilter::default(), &Page::first(100))
        .await
        .unwrap();
    let causes: Vec<GapCause> = open.items.iter().map(|gap| gap.gap.cause).collect();
    assert_eq!(causes, [GapCause::RegionDisabled]);
    assert!(world.resource("sg-1").await.summary.is_active);
}

pub(crate) async fn a_cancelled_scan_deletes_nothing_and_the_next_one_goes_on(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    let mut account = world.watch(&engine, ONE).await;
    account.regions = vec!["eu-west-1".parse().unwrap()];
    engine
        .put_account(&account, &security_monkey_store::Author::System)
        .await
        .unwrap();
    let groups = |count: usize| -> Vec<Value> { (0..count).map(|n| group(&format!("sg-{n}"), 443)).collect() };
    world
        .cloud
        .set(ONE, "DescribeSecurityGroups", json!({"SecurityGroups": groups(3)}));
    scan(&engine).await;

    let shutdown = CancellationToken::new();
    let is_second = Arc::new(AtomicBool::new(false));
    let (stop, seen) = (shutdown.clone(), Arc::clone(&is_second));
    world.cloud.on(ONE, "*", "DescribeSecurityGroups", move |params| {
        if params.get("NextToken").is_some() {
            seen.store(true, Ordering::SeqCst);
            stop.cancel();
        }
        Ok(json!({"SecurityGroups": [group("sg-0", 443), group("sg-new", 443)], "NextToken": "more"}))
    });
    let report = engine.scan_once(&Selection::default(), None, shutdown).await.unwrap();
    assert!(report.is_cancelled && is_second.load(Ordering::SeqCst));
    assert_eq!(report.scopes, []);
    assert_eq!(
        world.resource("sg-1").await.summary.change.as_str(),
        "created",
        "nothing counts as deleted"
    );

    world
        .cloud
        .set(ONE, "DescribeSecurityGroups", json!({"SecurityGroups": groups(2)}));
    let report = scan(&engine).await;
    assert_eq!((report.scopes.len(), report.scopes[0].is_complete), (1, true));
    assert!(!world.resource("sg-2").await.summary.is_active);
    assert!(world.resource("sg-1").await.summary.is_active);
}

#[tokio::test]
async fn a_full_disk_of_sqlite_is_one_clear_error_and_what_was_recorded_stays() {
    let options = StoreOptions {
        most_bytes: Some(2_000_000),
        ..StoreOptions::default()
    };
    full_disk(World::sqlite_with(options).await, "test.db").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_of_postgres_is_one_clear_error_and_what_was_recorded_stays() {
    full_disk(World::on_a_full_postgres().await, "postgres://").await;
}

/// The scan of one technology fills the disk: it alone fails, nothing recorded is lost or taken for deleted, and with room again the
/// next scan records the rest.
async fn full_disk(world: World, name: &str) {
    const PAGES: usize = 40;
    let engine: Engine = world.engine(&[GROUPS, "aws.sns.topic"]).await;
    only_in_ireland(&world, &engine).await;
    world.cloud.set(ONE, "ListTopics", json!({"Topics": []}));
    world.cloud.on(ONE, "*", "DescribeSecurityGroups", |params| {
        let page: usize = params
            .get("NextToken")
            .and_then(Value::as_str)
            .map_or(0, |text| text.parse().unwrap());
        let groups: Vec<Value> = (0..200)
            .map(|n| {
                let id = format!("sg-{page}-{n}");
                let mut group = group(&id, 443);
                // Does not compress.
                let noise: String = (0..20)
                    .map(|part| security_monkey_model::Digest::of(format!("{id}{part}").as_bytes()).to_string())
                    .collect();
                group["Description"] = json!(noise);
                group
            })
            .collect();
        Ok(json!({"SecurityGroups": groups, "NextToken": (page + 1 < PAGES).then(|| (page + 1).to_string())}))
    });
    for round in 0..2 {
        let report = engine
            .scan_once(&Selection::default(), None, CancellationToken::new())
            .await
            .unwrap();
        let groups = report
            .failed
            .iter()
            .find(|failed| failed.scope.technology.as_str() == GROUPS);
        assert!(groups.is_some(), "{:?}", report.failed);
        for failed in &report.failed {
            let message = &failed.message;
            assert!(
                message.contains("is full") && message.contains(name) && message.contains("free space"),
                "{message}"
            );
        }
        // In the second round there may not even be room to note that a scan has begun.
        let topics = report
            .scopes
            .iter()
            .any(|scope| scope.scope.technology.as_str() == "aws.sns.topic" && scope.is_complete);
        assert!(topics || round > 0, "{report:?}");
        assert_eq!(world.store.verify(&mut |_| {}).await.unwrap().problems, []);
    }
    let before = world.resources().await;
    assert!(!before.is_empty() && before.iter().all(|resource| resource.is_active));

    let world = world.make_room().await;
    let engine = world.engine(&[GROUPS, "aws.sns.topic"]).await;
    let report = scan(&engine).await;
    assert_eq!(
        (
            report.resources(),
            report.scopes.iter().map(|scope| scope.deleted).sum::<usize>()
        ),
        (PAGES * 200, 0)
    );
    assert!(report.is_complete());
    assert_eq!(world.store.verify(&mut |_| {}).await.unwrap().problems, []);
    for resource in &before {
        let row = world.store.resource(resource.row).await.unwrap().unwrap();
        assert_eq!(row.summary.change.as_str(), "created", "neither lost nor changed");
    }
}

#[tokio::test]
async fn a_technology_that_did_not_load_is_a_failure_and_the_rest_goes_on() {
    let world = World::sqlite().await;
    let engine = world.engine(&[GROUPS, "aws.dynamodb.table"]).await;
    world.watch(&engine, ONE).await;
    world.groups(&[group("sg-1", 22)]);
    let report = scan(&engine).await;
    let [failure] = &report.failures[..] else {
        panic!("{:?}", report.failures);
    };
    assert!(
        failure.starts_with("aws.dynamodb.table ") && failure.contains("technologies check"),
        "{failure}"
    );
    assert!(!report.is_complete());
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 open"]);
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_selected() {
    let world = World::sqlite().await;
    let engine = world.engine(&[]).await;
    world.watch(&engine, ONE).await;
    let select = async |selection: Selection| engine.scan_once(&selection, None, CancellationToken::new()).await;
    let technologies = vec!["aws.s3.buckett".parse().unwrap()];
    let error = select(Selection {
        technologies,
        ..Selection::default()
    })
    .await
    .unwrap_err();
    assert!(matches!(error, EngineError::UnknownTechnology(_)), "{error}");
    let accounts = vec![TWO.parse().unwrap()];
    let error = select(Selection {
        accounts,
        ..Selection::default()
    })
    .await
    .unwrap_err();
    assert!(matches!(error, EngineError::NotWatched(_)), "{error}");
}

pub(crate) async fn a_scan_of_what_was_left_out_is_not_called_complete(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    world.watch(&engine, ONE).await;
    let selection = Selection {
        technologies: vec![BUCKETS.parse().unwrap()],
        ..Selection::default()
    };
    let report = engine
        .scan_once(&selection, None, CancellationToken::new())
        .await
        .unwrap();
    assert!(report.is_empty(), "{report:?}");
    assert!(!report.is_complete());
}
