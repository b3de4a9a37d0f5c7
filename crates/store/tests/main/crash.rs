//! A process that is killed loses nothing it was told is recorded, and deletes nothing. A full disk does neither.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use security_monkey_model::{Change, Digest};
use security_monkey_store::record::{RecordBatch, ResourceEvaluations};
use security_monkey_store::resource::ResourceFilter;
use security_monkey_store::{Page, Store, StoreError, StoreOptions};
use serde_json::json;

use crate::fixture::{Fixture, OPEN_PORT, START, at, complete, fails, open, resource, revision, rules, scope};

/// Where the process that is to be killed finds its database.
const URL: &str = "STORE_TEST_CRASH_URL";
const RESOURCES: i64 = 40;

/// Scans for ever (or so many rounds): every round changes every resource, and then ends completely. Says each round that is recorded.
async fn scan_rounds(store: &Store, rounds: i64) {
    for round in 0..rounds {
        let scan = store.begin_scan(&scope(), at(round)).await.unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for part in 0..4 {
            let ids = (part * RESOURCES / 4)..((part + 1) * RESOURCES / 4);
            let resources = ids.map(|n| resource(&format!("sg-{n}"), json!({"N": n, "Round": round})));
            let observations: Vec<_> = resources.map(revision).collect();
            let evaluations = observations
                .iter()
                .map(|observation| match observation {
                    security_monkey_store::record::Observation::Revision { resource, .. } => ResourceEvaluations {
                        id: resource.id.clone(),
                        evaluations: vec![fails(OPEN_PORT, &[("tcp/22", 5)])],
                        ruleset: Digest::of(b"r"),
                        unread: Vec::new(),
                    },
                    security_monkey_store::record::Observation::Ephemeral { .. } => unreachable!(),
                })
                .collect();
            let batch = RecordBatch {
                scan,
                scope: &scope(),
                at: at(round),
                observations,
                evaluations,
                rules: &rules(),
                lease: None,
            };
            let report = store.record(batch).await.unwrap();
            assert_eq!(report.rows.len() as i64, RESOURCES / 4);
            seen.extend(report.rows.into_values());
            println!("recorded {round} {part}");
        }
        store.finish_scan(scan, complete(seen), at(round)).await.unwrap();
        println!("finished {round} 0");
    }
}

/// Run by itself it scans a few rounds; run with a database by [`a_killed_process_loses_nothing_and_deletes_nothing`], until it is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(
    clippy::disallowed_methods,
    reason = "how the killing test tells this process its database"
)]
async fn recorder() {
    if let Ok(url) = std::env::var(URL) {
        scan_rounds(&open(&url).await, i64::MAX).await;
    } else {
        let fixture = Fixture::sqlite().await;
        scan_rounds(&fixture.store, 3).await;
        assert_eq!(fixture.number("select count(*) from revision").await, 3 * RESOURCES);
        fixture.assert_verifies().await;
    }
}

pub(crate) async fn a_killed_process_loses_nothing_and_deletes_nothing(fixture: &Fixture) {
    // Killed at different places of a round.
    for lines in [1, 7, 18] {
        let (round, part) = kill_after(&fixture.url, lines);
        let store = open(&fixture.url).await;
        let report = store.verify(&mut |_| {}).await.unwrap();
        assert_eq!(report.problems, [], "after {lines} lines");
        // Everything it said was recorded is there.
        let filter = ResourceFilter::default();
        let all = store.resources(&filter, &Page::first(1_000)).await.unwrap().items;
        for resource in &all {
            assert!(resource.is_active && resource.change != Change::Deleted);
            assert_eq!(
                (
                    resource.scores.open,
                    resource.scores.highest.map(security_monkey_model::Score::value)
                ),
                (1, Some(5))
            );
        }
        let recorded = all.iter().filter(|resource| resource.changed_at >= at(round)).count() as i64;
        assert!(
            recorded >= (part + 1) * RESOURCES / 4,
            "{recorded} of round {round}, part {part}"
        );
        // Batches are all or nothing: a revision of each resource in it, with its event and its finding.
        assert_eq!(all.len() as i64 % (RESOURCES / 4), 0);
        let revisions = fixture.number("select count(*) from revision").await;
        assert_eq!(
            fixture
                .number("select count(*) from event where kind = 'resource-changed'")
                .await,
            revisions
        );
        assert_eq!(report.revisions as i64, revisions);
        assert_eq!(fixture.number("select count(*) from finding").await, all.len() as i64);
        store.close().await;
    }
    // The next process goes on, and its complete scan deletes nothing that is still there.
    let resources: Vec<_> = (0..RESOURCES)
        .map(|n| resource(&format!("sg-{n}"), json!({"N": n, "Round": "last"})))
        .collect();
    let report = fixture.scan(&scope(), &resources, at(1_000_000)).await;
    assert_eq!((report.is_complete, report.deleted.len()), (true, 0));
    fixture.assert_verifies().await;
}

/// Starts [`recorder`] on the database and kills it when it has said so many lines; returns the last round and part it said was recorded.
fn kill_after(url: &str, lines: usize) -> (i64, i64) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::recorder", "--nocapture", "--test-threads=1"])
        .env(URL, url)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let Some(at) = line.find("recorded ") else { continue };
        let numbers: Vec<i64> = line[at + 9..]
            .split(' ')
            .map(|number| number.parse().unwrap())
            .collect();
        said.push((numbers[0], numbers[1]));
        if said.len() == lines {
            // SIGKILL: no destructor, no rollback, no farewell.
            child.kill().unwrap();
            break;
        }
    }
    child.wait().unwrap();
    assert_eq!(said.len(), lines, "the recorder ended by itself");
    said.pop().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_one_clear_error_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("small.db").display());
    let options = StoreOptions {
        most_bytes: Some(1_500_000),
        ..StoreOptions::default()
    };
    let store = Store::connect(&url, options).await.unwrap();
    store.migrate([7; 32], START).await.unwrap();
    let scan = store.begin_scan(&scope(), at(0)).await.unwrap();
    let (mut recorded, mut round) = (0, 0);
    let error = loop {
        let text: String = Digest::of(format!("{round}").as_bytes()).to_string().repeat(40);
        let observations: Vec<_> = (0..20)
            .map(|n| revision(resource(&format!("sg-{round}-{n}"), json!({"Text": text, "N": n}))))
            .collect();
        let batch = RecordBatch {
            scan,
            scope: &scope(),
            at: at(round),
            observations,
            evaluations: Vec::new(),
            rules: &rules(),
            lease: None,
        };
        match store.record(batch).await {
            Ok(report) => recorded += report.created,
            Err(error) => break error,
        }
        round += 1;
        assert!(round < 1_000, "the disk never filled");
    };
    assert!(
        matches!(error, StoreError::Full { .. }) && error.is_retryable(),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.contains("small.db") && text.contains("free space"), "{text}");
    store.close().await;

    // With space again it goes on where it was.
    let store = open(&url).await;
    let report = store.verify(&mut |_| {}).await.unwrap();
    assert_eq!((report.problems.len(), report.revisions), (0, recorded as u64));
    let batch = RecordBatch {
        scan,
        scope: &scope(),
        at: at(9_999),
        observations: vec![revision(resource("sg-last", json!({})))],
        evaluations: Vec::new(),
        rules: &rules(),
        lease: None,
    };
    assert_eq!(store.record(batch).await.unwrap().created, 1);
}
