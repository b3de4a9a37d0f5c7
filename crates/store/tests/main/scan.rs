//! Scans, deletions, gaps.

use std::collections::BTreeSet;

use security_monkey_model::{CoverageGap, EventBody, GapCause};
use security_monkey_store::gap::GapFilter;
use security_monkey_store::resource::ResourceFilter;
use security_monkey_store::scan::{ScanEnd, ScanFilter};
use security_monkey_store::{Page, StoreError};
use serde_json::json;

use crate::fixture::{Fixture, at, complete, gap, open, resource, scope, scope_of};

pub(crate) async fn only_a_complete_listing_deletes(fixture: &Fixture) {
    let resources = [resource("sg-1", json!({})), resource("sg-2", json!({}))];
    fixture.scan(&scope(), &resources, at(10)).await;
    let active = async || {
        let filter = ResourceFilter {
            active: Some(true),
            ..ResourceFilter::default()
        };
        fixture
            .store
            .resources(&filter, &Page::default())
            .await
            .unwrap()
            .items
            .len()
    };
    let ends = [
        ScanEnd {
            is_listing_complete: true,
            gaps: vec![gap(None, GapCause::Denied)],
            ..ScanEnd::default()
        },
        ScanEnd::default(),
    ];
    for end in ends {
        let report = fixture.scan_with(&scope(), &resources[..1], &[], end, at(20)).await;
        assert!(!report.is_complete);
        assert_eq!((report.deleted.len(), active().await), (0, 2));
    }
    // A field that could not be read hides no resource.
    let end = ScanEnd {
        is_listing_complete: true,
        gaps: vec![gap(Some("sg-1"), GapCause::Denied)],
        ..ScanEnd::default()
    };
    let sg2 = fixture.row("sg-2").await;
    let report = fixture.scan_with(&scope(), &resources[..1], &[], end, at(30)).await;
    assert!(report.is_complete);
    assert_eq!((report.deleted, active().await), (vec![sg2], 1));
    // Another scope is not touched.
    let other = scope_of("222222222222", "eu-west-1", "aws.ec2.security-group");
    fixture.scan(&other, &[], at(40)).await;
    assert_eq!(active().await, 1);
    fixture.assert_verifies().await;
}

pub(crate) async fn a_gap_keeps_its_beginning(fixture: &Fixture) {
    let scan = async |gaps, when| {
        let end = ScanEnd {
            is_listing_complete: true,
            gaps,
            calls: 3,
            ..ScanEnd::default()
        };
        fixture.scan_with(&scope(), &[], &[], end, at(when)).await
    };
    let (denied, listing) = (gap(Some("sg-1"), GapCause::Denied), gap(None, GapCause::Throttled));
    let report = scan(vec![denied.clone(), denied.clone()], 10).await;
    assert_eq!((report.opened_gaps, report.closed_gaps), (1, 0));
    let mut reworded = denied.clone();
    "still not allowed".clone_into(&mut reworded.message);
    let report = scan(vec![reworded.clone(), listing.clone()], 20).await;
    assert_eq!((report.opened_gaps, report.closed_gaps), (1, 0));
    let gaps = fixture
        .store
        .gaps(&GapFilter::default(), &Page::default())
        .await
        .unwrap()
        .items;
    assert_eq!(
        gaps.iter().map(|gap| (gap.gap.clone(), gap.since)).collect::<Vec<_>>(),
        [(listing, at(20)), (reworded, at(10))]
    );
    let filter = GapFilter {
        causes: vec![GapCause::Denied],
        ..GapFilter::default()
    };
    assert_eq!(
        fixture.store.gaps(&filter, &Page::default()).await.unwrap().items.len(),
        1
    );
    let first = fixture
        .store
        .gaps(&GapFilter::default(), &Page::first(1))
        .await
        .unwrap();
    let second = fixture
        .store
        .gaps(&GapFilter::default(), &Page::after(first.next.unwrap(), 1))
        .await
        .unwrap();
    assert_eq!(
        (&second.items[0].gap.message[..], second.next),
        ("still not allowed", None)
    );
    let report = scan(vec![], 30).await;
    assert_eq!((report.opened_gaps, report.closed_gaps), (0, 2));
    assert_eq!(
        fixture
            .store
            .gaps(&GapFilter::default(), &Page::default())
            .await
            .unwrap()
            .items,
        []
    );
}

pub(crate) async fn a_scope_that_becomes_unreadable_is_an_event(fixture: &Fixture) {
    let scan = async |gaps: Vec<CoverageGap>, when| {
        let end = ScanEnd {
            is_listing_complete: gaps.is_empty(),
            gaps,
            ..ScanEnd::default()
        };
        fixture.scan_with(&scope(), &[], &[], end, at(when)).await.events
    };
    assert_eq!(
        scan(vec![gap(None, GapCause::NotAvailableInRegion)], 1).await,
        0,
        "nobody needs to act"
    );
    assert_eq!(scan(vec![gap(Some("sg-1"), GapCause::Denied)], 2).await, 0, "one field");
    assert_eq!(scan(vec![gap(None, GapCause::Denied)], 3).await, 1);
    assert_eq!(
        scan(vec![gap(None, GapCause::Throttled)], 4).await,
        0,
        "it was unreadable already"
    );
    assert_eq!(
        scan(vec![gap(None, GapCause::RegionDisabled)], 5).await,
        1,
        "out of sight for another reason, not readable again"
    );
    assert_eq!(scan(vec![gap(None, GapCause::RegionDisabled)], 6).await, 0);
    assert_eq!(scan(vec![gap(None, GapCause::Denied)], 7).await, 1);
    assert_eq!(scan(vec![], 8).await, 1);
    let events = fixture.store.events_after(0, 10).await.unwrap();
    let causes: Vec<_> = events
        .iter()
        .map(|event| match &event.body {
            EventBody::CoverageChanged { cause, .. } => *cause,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        causes,
        [
            Some(GapCause::Denied),
            Some(GapCause::RegionDisabled),
            Some(GapCause::Denied),
            None
        ]
    );
}

pub(crate) async fn a_scan_ends_once(fixture: &Fixture) {
    fixture.scan(&scope(), &[resource("sg-1", json!({}))], at(1)).await;
    let scan = fixture.store.begin_scan(&scope(), at(2)).await.unwrap();
    let seen = BTreeSet::from([fixture.row("sg-1").await]);
    fixture.store.finish_scan(scan, complete(seen), at(3)).await.unwrap();
    let error = fixture
        .store
        .finish_scan(scan, complete(BTreeSet::new()), at(4))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    let detail = fixture
        .store
        .resource(fixture.row("sg-1").await)
        .await
        .unwrap()
        .unwrap();
    assert!(detail.summary.is_active, "the second end deleted nothing");
}

pub(crate) async fn what_is_out_of_sight_was_not_scanned(fixture: &Fixture) {
    let store = &fixture.store;
    fixture.scan(&scope(), &[resource("sg-1", json!({}))], at(10)).await;
    let hidden = gap(None, GapCause::Credentials);
    let report = store
        .record_out_of_sight(&scope(), hidden.clone(), at(20))
        .await
        .unwrap();
    assert_eq!((report.opened_gaps, report.deleted.len(), report.events), (1, 0, 1));
    let status = store.scopes(None).await.unwrap().remove(0);
    assert_eq!((status.last_started_at, status.last_finished_at), (None, Some(at(20))));
    assert_eq!(
        (status.last_complete_at, status.is_complete, status.active_resources),
        (Some(at(10)), false, 1)
    );
    // Said once more: nothing is new.
    let again = store.record_out_of_sight(&scope(), hidden, at(30)).await.unwrap();
    assert_eq!((again.opened_gaps, again.closed_gaps, again.events), (0, 0, 0));

    fixture.scan(&scope(), &[resource("sg-1", json!({}))], at(40)).await;
    let status = store.scopes(None).await.unwrap().remove(0);
    assert_eq!((status.last_started_at, status.is_complete), (Some(at(40)), true));
    assert_eq!(
        store.gaps(&GapFilter::default(), &Page::default()).await.unwrap().items,
        []
    );
}

/// One process ends scans, with gaps and deletions, while another finds the credentials failing.
pub(crate) async fn the_end_of_a_scan_and_a_scope_out_of_sight_do_not_wait_for_each_other(fixture: &Fixture) {
    fixture.scan(&scope(), &[resource("sg-1", json!({}))], at(1)).await;
    let other = open(&fixture.url).await;
    let ending = async {
        for round in 2..60 {
            // There and away again: each other end deletes, which takes the chain's head.
            let there = [resource("sg-1", json!({ "Round": round }))];
            let resources = if round % 2 == 0 { &there[..0] } else { &there[..] };
            fixture.scan(&scope(), resources, at(round)).await;
        }
    };
    let hiding = async {
        for round in 2..120 {
            let hidden = CoverageGap {
                message: format!("round {round}"),
                ..gap(None, GapCause::Credentials)
            };
            other.record_out_of_sight(&scope(), hidden, at(round)).await.unwrap();
        }
    };
    tokio::join!(ending, hiding);
    fixture.assert_verifies().await;
}

pub(crate) async fn last_seen_follows_the_scope(fixture: &Fixture) {
    let resources = [resource("sg-1", json!({}))];
    let last_seen = async || {
        fixture
            .store
            .resource(fixture.row("sg-1").await)
            .await
            .unwrap()
            .unwrap()
            .summary
            .last_seen
    };
    fixture.scan(&scope(), &resources, at(10)).await;
    fixture.scan(&scope(), &resources, at(20)).await;
    assert_eq!(last_seen().await, at(20));
    fixture.scan_with(&scope(), &[], &[], ScanEnd::default(), at(30)).await;
    assert_eq!(
        last_seen().await,
        at(20),
        "an incomplete scan has seen nothing for certain"
    );
    fixture.scan(&scope(), &[], at(40)).await;
    assert_eq!(last_seen().await, at(20), "it was not there any more");
    fixture.scan(&scope(), &[], at(50)).await;
    assert_eq!(last_seen().await, at(20));
}

pub(crate) async fn scans_are_listed_and_forgotten(fixture: &Fixture) {
    let other = scope_of("222222222222", "us-east-1", "aws.s3.bucket");
    fixture
        .scan(
            &scope(),
            &[resource("sg-1", json!({"A": 1})), resource("sg-2", json!({}))],
            at(10),
        )
        .await;
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"A": 2}))], at(20))
        .await;
    fixture
        .scan_with(
            &other,
            &[],
            &[],
            ScanEnd {
                calls: 7,
                ..ScanEnd::default()
            },
            at(30),
        )
        .await;
    fixture.store.begin_scan(&other, at(40)).await.unwrap();

    let all = fixture
        .store
        .scans(&ScanFilter::default(), &Page::first(3))
        .await
        .unwrap();
    assert_eq!(
        all.items.iter().map(|scan| scan.started_at).collect::<Vec<_>>(),
        [at(40), at(30), at(20)]
    );
    let rest = fixture
        .store
        .scans(&ScanFilter::default(), &Page::after(all.next.unwrap(), 3))
        .await
        .unwrap();
    let first = &rest.items[0];
    assert_eq!(
        (first.resources, first.created, first.changed, first.deleted),
        (2, 2, 0, 0)
    );
    let second = &all.items[2];
    assert_eq!(
        (second.resources, second.created, second.changed, second.deleted),
        (1, 0, 1, 1)
    );
    assert_eq!((all.items[0].finished_at, all.items[1].calls), (None, 7));
    let incomplete = ScanFilter {
        incomplete: Some(true),
        ..ScanFilter::default()
    };
    assert_eq!(
        fixture
            .store
            .scans(&incomplete, &Page::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );

    let scopes = fixture.store.scopes(None).await.unwrap();
    assert_eq!(scopes.len(), 2);
    assert_eq!(
        (scopes[0].last_complete_at, scopes[0].active_resources),
        (Some(at(20)), 1)
    );
    assert_eq!(
        (scopes[1].last_complete_at, scopes[1].last_finished_at),
        (None, Some(at(30)))
    );
    assert_eq!(fixture.store.scopes(Some(&other.account)).await.unwrap().len(), 1);
    for scope in &scopes {
        let times = fixture.store.scope_times(&scope.scope.account).await.unwrap();
        let same = times.iter().find(|times| times.scope == scope.scope).unwrap();
        assert_eq!(
            (same.last_started_at, same.last_finished_at, same.is_complete),
            (scope.last_started_at, scope.last_finished_at, scope.is_complete)
        );
    }

    assert_eq!(
        fixture.store.prune_scans(at(100)).await.unwrap(),
        2,
        "the last one of each scope stays"
    );
    assert_eq!(
        fixture
            .store
            .scans(&ScanFilter::default(), &Page::default())
            .await
            .unwrap()
            .items
            .len(),
        2
    );
}
