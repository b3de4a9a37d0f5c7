//! Recording batches.

use std::collections::BTreeMap;

use security_monkey_model::document::{Difference, DifferenceKind};
use security_monkey_model::resource::LONGEST_LABEL_CHARS;
use security_monkey_model::{Actor, Change, Digest, EventBody, ObservedResource, ResourceId, Timestamp};
use security_monkey_store::dictionary::Training;
use security_monkey_store::record::{Observation, RecordBatch};
use security_monkey_store::resource::ResourceFilter;
use security_monkey_store::{Page, StoreError};
use serde_json::json;

use crate::fixture::{
    Fixture, OPEN_PORT, at, complete, fails, linked, open, resource, revision, rules, scope, scope_of,
};

pub(crate) async fn a_resource_lives_through_its_changes(fixture: &Fixture) {
    let store = &fixture.store;
    let (one, two) = (json!({"Ports": [80]}), json!({"Ports": [80, 22]}));
    fixture.scan(&scope(), &[resource("sg-1", one.clone())], at(10)).await;
    fixture.scan(&scope(), &[resource("sg-1", two.clone())], at(20)).await;
    fixture.scan(&scope(), &[], at(30)).await;
    fixture.scan(&scope(), &[resource("sg-1", two.clone())], at(40)).await;

    let row = fixture.row("sg-1").await;
    let history = store.history(row, &Page::default()).await.unwrap();
    let changes: Vec<_> = history
        .items
        .iter()
        .map(|revision| (revision.change, revision.observed_at))
        .collect();
    assert_eq!(
        changes,
        [
            (Change::Reappeared, at(40)),
            (Change::Deleted, at(30)),
            (Change::Changed, at(20)),
            (Change::Created, at(10))
        ]
    );
    for (when, expected) in [
        (10, Some(&one)),
        (19, Some(&one)),
        (20, Some(&two)),
        (35, None),
        (99, Some(&two)),
    ] {
        let then = store.as_of(row, at(when)).await.unwrap().unwrap();
        assert_eq!(then.document.as_ref(), expected, "at {when}");
    }
    assert_eq!(store.as_of(row, at(9)).await.unwrap(), None);
    let newest = store.revision(history.items[0].id).await.unwrap().unwrap();
    assert_eq!(newest.key.scope, scope());
    let before = store.revision_before(newest.summary.id).await.unwrap().unwrap();
    assert_eq!(before.summary.change, Change::Deleted);
    assert_eq!(store.revision_before(history.items[3].id).await.unwrap(), None);

    let mut paged = Vec::new();
    let mut page = Page::first(1);
    loop {
        let part = store.history(row, &page).await.unwrap();
        paged.extend(part.items);
        match part.next {
            Some(next) => page = Page::after(next, 1),
            None => break,
        }
    }
    assert_eq!(paged, history.items);

    let detail = store.resource(row).await.unwrap().unwrap();
    assert_eq!(detail.document, two);
    assert_eq!(detail.tags, BTreeMap::from([("Name".to_owned(), "sg-1".to_owned())]));
    assert!(detail.summary.is_active);
    assert_eq!(detail.summary.first_seen, at(10));
    fixture.assert_verifies().await;
}

pub(crate) async fn an_ephemeral_change_makes_no_revision(fixture: &Fixture) {
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"A": 1, "Ephemeral": 1}))], at(10))
        .await;
    let events = fixture.store.last_event().await.unwrap();
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"A": 1, "Ephemeral": 2}))], at(20))
        .await;
    let row = fixture.row("sg-1").await;
    assert_eq!(
        fixture.store.history(row, &Page::default()).await.unwrap().items.len(),
        1
    );
    assert_eq!(fixture.store.last_event().await.unwrap(), events);
    let detail = fixture.store.resource(row).await.unwrap().unwrap();
    assert_eq!(detail.document["Ephemeral"], 2);
    let head = &fixture
        .store
        .heads(&scope(), &[ResourceId::parse("sg-1").unwrap()])
        .await
        .unwrap()[0];
    assert_eq!(head.full, Digest::of_document(&json!({"A": 1, "Ephemeral": 2})));
}

pub(crate) async fn a_batch_recorded_twice_makes_no_second_revision(fixture: &Fixture) {
    let scan = fixture.store.begin_scan(&scope(), at(1)).await.unwrap();
    let batch = || RecordBatch {
        scan,
        scope: Box::leak(Box::new(scope())),
        at: at(1),
        observations: vec![revision(resource("sg-1", json!({"A": 1})))],
        evaluations: Vec::new(),
        rules: Box::leak(Box::new(rules())),
        lease: None,
    };
    assert_eq!(fixture.store.record(batch()).await.unwrap().created, 1);
    let again = fixture.store.record(batch()).await.unwrap();
    assert_eq!((again.created, again.changed, again.events), (0, 0, 0));
    assert_eq!(fixture.number("select count(*) from revision").await, 1);
    fixture.assert_verifies().await;
}

pub(crate) async fn an_unchanged_scan_writes_no_row_of_a_resource(fixture: &Fixture) {
    let resources: Vec<_> = (0..50).map(|n| resource(&format!("sg-{n}"), json!({"N": n}))).collect();
    fixture.scan(&scope(), &resources, at(10)).await;
    fixture
        .forbid_writes(&[
            "resource",
            "current_document",
            "revision",
            "resource_tag",
            "link",
            "chain",
            "chain_head",
            "recording",
            "event",
            "finding",
            "verdict",
            "gap",
        ])
        .await;
    let report = fixture.scan(&scope(), &resources, at(20)).await;
    assert!(report.is_complete);
    let detail = fixture
        .store
        .resource(fixture.row("sg-7").await)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.summary.last_seen, at(20), "although nothing of it was written");
}

pub(crate) async fn a_wrong_digest_is_refused_and_nothing_is_written(fixture: &Fixture) {
    let scan = fixture.store.begin_scan(&scope(), at(1)).await.unwrap();
    let wrong = Observation::Revision {
        resource: resource("sg-2", json!({"A": 1})),
        full: Digest::of(b"something else"),
        durable: Digest::of(b""),
        change: Change::Created,
        actor: None,
        differences: Vec::new(),
    };
    for (observations, wanted) in [
        (vec![revision(resource("sg-1", json!({}))), wrong], "sg-2"),
        (
            vec![
                revision(resource("sg-3", json!({}))),
                revision(resource("sg-3", json!({"B": 2}))),
            ],
            "twice",
        ),
    ] {
        let batch = RecordBatch {
            scan,
            scope: &scope(),
            at: at(1),
            observations,
            evaluations: Vec::new(),
            rules: &rules(),
            lease: None,
        };
        let error = fixture.store.record(batch).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::InvalidRequest(what) if what.contains(wanted)),
            "{error}"
        );
    }
    assert_eq!(fixture.number("select count(*) from resource").await, 0);
    assert_eq!(fixture.number("select count(*) from revision").await, 0);
}

pub(crate) async fn history_never_runs_backwards(fixture: &Fixture) {
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"A": 1}))], at(100))
        .await;
    // A process whose clock is behind.
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"A": 2}))], at(50))
        .await;
    let row = fixture.row("sg-1").await;
    let history = fixture.store.history(row, &Page::default()).await.unwrap().items;
    assert_eq!(
        history.iter().map(|revision| revision.observed_at).collect::<Vec<_>>(),
        [at(100), at(100)]
    );
    assert_eq!(history[0].change, Change::Changed);
    let then = fixture.store.as_of(row, at(100)).await.unwrap().unwrap();
    assert_eq!(then.document, Some(json!({"A": 2})));
}

pub(crate) async fn strange_characters_survive(fixture: &Fixture) {
    let document = json!({"Text": "nul \u{0} quote ' backslash \\ emoji 🐒 \u{10ffff}", "Float": 1.0, "Big": u64::MAX, "Exponent": 1e300});
    let strange = ObservedResource {
        name: "na\u{0}me 🐒".to_owned(),
        tags: BTreeMap::from([("ключ".to_owned(), "зна\u{0}чение".to_owned())]),
        ..resource("i'd; drop table revision --", document.clone())
    };
    fixture.scan(&scope(), &[strange], at(1)).await;
    let row = fixture.row("i'd; drop table revision --").await;
    let detail = fixture.store.resource(row).await.unwrap().unwrap();
    assert_eq!(detail.document, document);
    assert_eq!(detail.summary.name, "na\u{fffd}me 🐒");
    assert_eq!(detail.tags["ключ"], "зна\u{fffd}чение");
    let then = fixture.store.as_of(row, at(1)).await.unwrap().unwrap();
    assert_eq!(then.document, Some(document));
    fixture.assert_verifies().await;
}

/// Names and tags are indexed, and `PostgreSQL` refuses long index entries that do not compress.
pub(crate) async fn the_longest_name_and_tag_are_accepted(fixture: &Fixture) {
    let mut state = 1_u32;
    let mut noise = || -> String {
        (0..LONGEST_LABEL_CHARS)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // Han characters of the supplementary plane: four bytes each.
                char::from_u32(0x2_0000 + (state >> 16) % 0xa6e0).unwrap()
            })
            .collect()
    };
    let (name, key, value) = (noise(), noise(), noise());
    assert_eq!(name.len(), 4 * LONGEST_LABEL_CHARS);
    let long = ObservedResource {
        name: name.clone(),
        tags: BTreeMap::from([(key.clone(), value.clone())]),
        ..resource("sg-1", json!({"A": 1}))
    };
    fixture.scan(&scope(), &[long], at(1)).await;
    let detail = fixture
        .store
        .resource(fixture.row("sg-1").await)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(detail.summary.name, name);
    assert_eq!(detail.tags, BTreeMap::from([(key, value)]));
}

pub(crate) async fn links_lead_both_ways(fixture: &Fixture) {
    let (groups, balancers) = (
        scope(),
        scope_of("111111111111", "eu-west-1", "aws.elbv2.load-balancer"),
    );
    let elsewhere = scope_of("222222222222", "eu-west-1", "aws.elbv2.load-balancer");
    let arn = "arn:aws:ec2:eu-west-1:111111111111:security-group/sg-2";
    fixture
        .scan(
            &groups,
            &[resource("sg-1", json!({})), resource("sg-2", json!({"B": 1}))],
            at(1),
        )
        .await;
    let links = [
        ("aws.ec2.security-group", "sg-1"),
        ("aws.ec2.security-group", "sg-9"),
        ("aws.kms.key", "sg-2"),
    ];
    fixture.scan(&balancers, &[linked("lb-1", &links)], at(2)).await;
    // In another account an id means another group, an ARN the same.
    let links = [("aws.ec2.security-group", "sg-1"), ("aws.ec2.security-group", arn)];
    fixture.scan(&elsewhere, &[linked("lb-2", &links)], at(3)).await;

    let (sg1, sg2) = (fixture.row("sg-1").await, fixture.row("sg-2").await);
    let (lb1, lb2) = (fixture.row("lb-1").await, fixture.row("lb-2").await);
    let linked_rows = async |row| {
        let linked = fixture.store.linked(row).await.unwrap();
        linked.iter().map(|resource| resource.row).collect::<Vec<_>>()
    };
    assert_eq!(linked_rows(lb1).await, [sg1]);
    assert_eq!(linked_rows(lb2).await, [sg2]);
    assert_eq!(fixture.store.dependents(&[sg1]).await.unwrap(), [lb1]);
    assert_eq!(fixture.store.dependents(&[sg2]).await.unwrap(), [lb2]);
    assert_eq!(fixture.store.dependents(&[sg1, sg2]).await.unwrap(), [lb1, lb2]);
    assert_eq!(fixture.store.find_by_arn(arn).await.unwrap(), [sg2]);

    // A link that goes away, and a target that is deleted.
    fixture.scan(&balancers, &[linked("lb-1", &[])], at(4)).await;
    assert_eq!(fixture.store.dependents(&[sg1]).await.unwrap(), []);
    fixture.scan(&groups, &[resource("sg-1", json!({}))], at(5)).await;
    assert_eq!(linked_rows(lb2).await, []);
    let of_account = fixture
        .store
        .current_of(&groups.account, &groups.technology, &Page::default())
        .await
        .unwrap();
    assert_eq!(
        of_account.items.iter().map(|resource| resource.row).collect::<Vec<_>>(),
        [sg1]
    );
    assert_eq!(of_account.items[0].tags["Name"], "sg-1");
}

pub(crate) async fn events_tell_what_was_recorded(fixture: &Fixture) {
    let actor = Actor {
        principal: "arn:aws:iam::111111111111:user/eve".to_owned(),
        source_ip: Some("198.51.100.7".to_owned()),
        action: Some("ec2:AuthorizeSecurityGroupIngress".to_owned()),
        at: Some(at(0)),
    };
    let differences: Vec<_> = (0..150)
        .map(|n| Difference {
            path: format!("/{n}"),
            kind: DifferenceKind::Added { after: json!(n) },
        })
        .collect();
    let scan = fixture.store.begin_scan(&scope(), at(1)).await.unwrap();
    let seen = resource("sg-1", json!({"A": 1}));
    let observation = Observation::Revision {
        full: Digest::of_document(&seen.document),
        durable: Digest::of_document(&seen.document),
        resource: seen,
        change: Change::Created,
        actor: Some(actor.clone()),
        differences,
    };
    let batch = RecordBatch {
        scan,
        scope: &scope(),
        at: at(1),
        observations: vec![observation],
        evaluations: Vec::new(),
        rules: &rules(),
        lease: None,
    };
    let report = fixture.store.record(batch).await.unwrap();
    assert_eq!(report.events, 1);
    let events = fixture.store.events_after(0, 10).await.unwrap();
    let EventBody::ResourceChanged {
        resource,
        change,
        actor: told,
        differences,
        revision,
        ..
    } = &events[0].body
    else {
        panic!("{events:?}")
    };
    assert_eq!(resource.id.as_str(), "sg-1");
    assert_eq!(
        (*change, told.as_ref(), differences.len()),
        (Change::Created, Some(&actor), 100)
    );
    assert_eq!(events[0].at, at(1));
    let recorded = fixture
        .store
        .revision(security_monkey_store::RevisionId(*revision))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(recorded.summary.actor, Some(actor));
    let seen = report.rows.values().copied().collect();
    fixture.store.finish_scan(scan, complete(seen), at(2)).await.unwrap();
    fixture.assert_verifies().await;
}

pub(crate) async fn two_writers_do_not_disturb_each_other(fixture: &Fixture) {
    let other = open(&fixture.url).await;
    let write = async |store: &security_monkey_store::Store, region: &str, offset: i64| {
        let scope = scope_of("111111111111", region, "aws.ec2.security-group");
        for round in 0..10_i64 {
            let scan = store.begin_scan(&scope, at(offset + round)).await.unwrap();
            let observations = (0..20)
                .map(|n| revision(resource(&format!("{region}-{n}"), json!({"Round": round, "N": n}))))
                .collect();
            let id = ResourceId::parse(&format!("{region}-0")).unwrap();
            let evaluations = vec![security_monkey_store::record::ResourceEvaluations {
                id,
                evaluations: vec![fails(OPEN_PORT, &[(&format!("port {round}"), 5)])],
                ruleset: Digest::of(b"r"),
                unread: Vec::new(),
            }];
            let batch = RecordBatch {
                scan,
                scope: &scope,
                at: at(offset + round),
                observations,
                evaluations,
                rules: &rules(),
                lease: None,
            };
            let report = store.record(batch).await.unwrap();
            let end = complete(report.rows.values().copied().collect());
            store.finish_scan(scan, end, at(offset + round)).await.unwrap();
        }
    };
    // Meanwhile somebody reads the events: whoever has read up to a number has missed nothing before it.
    let read = async {
        let (mut seen, mut last) = (0, 0);
        while seen < 2 * (200 + 10 + 9) {
            for event in fixture.store.events_after(last, 7).await.unwrap() {
                last = event.id;
                seen += 1;
            }
            tokio::task::yield_now().await;
        }
        seen
    };
    let both = async {
        tokio::join!(
            write(&fixture.store, "eu-west-1", 0),
            write(&other, "us-east-1", 1_000),
            read
        )
    };
    let limit = std::time::Duration::from_secs(100);
    let ((), (), seen) = tokio::time::timeout(limit, both)
        .await
        .expect("events were missed, or a writer waits for ever");
    assert_eq!(seen, fixture.number("select count(*) from event").await);
    assert_eq!(fixture.number("select count(*) from revision").await, 400);
    fixture.assert_verifies().await;
}

pub(crate) async fn a_dictionary_makes_bodies_smaller_and_old_ones_readable(fixture: &Fixture) {
    let document = |n: i64, round: i64| {
        json!({
            "GroupId": format!("sg-{n:08x}"), "Description": format!("group of team {}", n % 17), "OwnerId": "111111111111",
            "IpPermissions": [{"FromPort": n % 1000, "ToPort": n % 1000, "IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
            "Round": round,
        })
    };
    let round = async |round: i64, when: Timestamp| {
        let resources: Vec<_> = (0..2_100)
            .map(|n| resource(&format!("sg-{n}"), document(n, round)))
            .collect();
        let scan = fixture.store.begin_scan(&scope(), when).await.unwrap();
        for part in resources.chunks(500) {
            fixture.record(scan, &scope(), part, &[], when).await;
        }
    };
    assert!(matches!(
        fixture.store.train_dictionary(at(0)).await.unwrap(),
        Training::TooFewDocuments {
            found: 0,
            wanted: 2_000
        }
    ));
    round(1, at(1)).await;
    let size = "select sum(length(body)) / count(*) from revision where dictionary = ";
    let size = async |dictionary: i64| {
        fixture
            .number(&format!("select cast(({size}{dictionary}) as bigint)"))
            .await
    };
    let plain = size(0).await;
    let maintained = fixture.store.maintain(at(2)).await.unwrap();
    assert!(maintained.is_dictionary_trained);
    round(2, at(3)).await;
    let trained = size(1).await;
    assert!(
        trained * 2 < plain,
        "{trained} bytes with, {plain} bytes without a dictionary"
    );
    // Another process, which has not seen the dictionary yet, reads both.
    let other = open(&fixture.url).await;
    let row = fixture.row_of_first().await;
    assert_eq!(
        other.as_of(row, at(1)).await.unwrap().unwrap().document.unwrap()["Round"],
        1
    );
    assert_eq!(
        other.as_of(row, at(3)).await.unwrap().unwrap().document.unwrap()["Round"],
        2
    );
    let report = other.verify(&mut |_| {}).await.unwrap();
    assert_eq!((report.problems.len(), report.revisions), (0, 4_200));
}

impl Fixture {
    async fn row_of_first(&self) -> security_monkey_store::ResourceRow {
        let page = self
            .store
            .resources(&ResourceFilter::default(), &Page::first(1))
            .await
            .unwrap();
        page.items[0].row
    }
}
