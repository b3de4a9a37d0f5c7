//! Justifications, and people and scans at the same findings at the same time.

use security_monkey_model::FindingStatus;
use security_monkey_store::decision::{DecisionFilter, DecisionKind};
use security_monkey_store::record::RowEvaluations;
use security_monkey_store::resource::CurrentResource;
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{Author, FindingId, Page, ResourceRow, StoreError};
use serde_json::json;

use crate::finding::{all, evaluate, only, with_findings};
use crate::fixture::{Fixture, OPEN_PORT, alice, at, email, fails, open, passes, resource, rules, scope};
use crate::rule_setting::setting;

pub(crate) async fn a_justification_survives_resolving_and_coming_back(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    let id = only(fixture).await.id;
    fixture
        .store
        .justify(&[id], &alice(), "the bastion", None, at(20))
        .await
        .unwrap();
    let justified = only(fixture).await;
    assert_eq!(
        (justified.status, justified.changed_at),
        (FindingStatus::Justified, at(20))
    );
    let justification = justified.justification.unwrap();
    assert_eq!(
        (justification.by, &justification.reason[..], justification.at),
        (email("alice@example.org"), "the bastion", at(20))
    );
    for (evaluation, status) in [
        (fails(OPEN_PORT, &[("tcp/22", 9)]), FindingStatus::Justified),
        (passes(OPEN_PORT), FindingStatus::Resolved),
        (fails(OPEN_PORT, &[("tcp/22", 9)]), FindingStatus::Justified),
    ] {
        evaluate(fixture, row, vec![evaluation], 30).await;
        let finding = only(fixture).await;
        assert_eq!(finding.status, status);
        assert!(finding.justification.is_some());
    }
    // And a deletion of the resource, and its return.
    fixture.scan(&scope(), &[], at(40)).await;
    assert_eq!(only(fixture).await.status, FindingStatus::Resolved);
    let evaluations = [("sg-1", vec![fails(OPEN_PORT, &[("tcp/22", 9)])])];
    fixture
        .scan_with(
            &scope(),
            &[resource("sg-1", json!({"A": 1}))],
            &evaluations,
            ScanEnd::default(),
            at(50),
        )
        .await;
    assert_eq!(only(fixture).await.status, FindingStatus::Justified);
    let filter = DecisionFilter {
        finding: Some(id),
        ..DecisionFilter::default()
    };
    let decisions = fixture.store.decisions(&filter, &Page::default()).await.unwrap().items;
    assert_eq!(decisions.len(), 1);
    assert_eq!(
        (decisions[0].kind, &decisions[0].body["reason"]),
        (DecisionKind::Justified, &json!("the bastion"))
    );
    fixture.assert_verifies().await;
}

pub(crate) async fn an_expired_justification_is_open_again(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8), ("tcp/23", 7)]).await;
    let findings = all(fixture).await;
    fixture
        .store
        .justify(&[findings[0].id], &alice(), "until the move", Some(at(100)), at(20))
        .await
        .unwrap();
    fixture
        .store
        .justify(&[findings[1].id], &alice(), "for ever", None, at(20))
        .await
        .unwrap();
    assert_eq!(fixture.store.expire_justifications(at(99)).await.unwrap(), 0);
    assert_eq!(fixture.store.expire_justifications(at(100)).await.unwrap(), 1);
    assert_eq!(fixture.store.expire_justifications(at(101)).await.unwrap(), 0);
    let findings = all(fixture).await;
    assert_eq!(
        (findings[0].status, findings[1].status),
        (FindingStatus::Open, FindingStatus::Justified)
    );
    let expired = findings[0].justification.as_ref().unwrap();
    assert_eq!(expired.expires_at, Some(at(100)), "what ran out stays visible");
    // An evaluation after the end does not take it for accepted either.
    evaluate(fixture, row, vec![passes(OPEN_PORT)], 110).await;
    evaluate(
        fixture,
        row,
        vec![fails(OPEN_PORT, &[("tcp/22", 8), ("tcp/23", 7)])],
        120,
    )
    .await;
    let findings = all(fixture).await;
    assert_eq!(
        (findings[0].status, findings[1].status),
        (FindingStatus::Reopened, FindingStatus::Justified)
    );
    let filter = DecisionFilter {
        kinds: vec![DecisionKind::JustificationExpired],
        ..DecisionFilter::default()
    };
    let decisions = fixture.store.decisions(&filter, &Page::default()).await.unwrap().items;
    assert_eq!(
        decisions.iter().map(|decision| decision.by.clone()).collect::<Vec<_>>(),
        [Author::System]
    );
    fixture.assert_verifies().await;
}

pub(crate) async fn a_revoked_justification_is_open_again(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    let id = only(fixture).await.id;
    let error = fixture
        .store
        .revoke_justification(id, &alice(), "a mistake", at(15))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
    fixture
        .store
        .justify(&[id], &alice(), "the bastion", None, at(20))
        .await
        .unwrap();
    fixture
        .store
        .revoke_justification(id, &alice(), "a mistake", at(30))
        .await
        .unwrap();
    let finding = only(fixture).await;
    assert_eq!(
        (finding.status, finding.justification, finding.changed_at),
        (FindingStatus::Open, None, at(30))
    );
    let summary = fixture.store.resource(row).await.unwrap().unwrap().summary;
    assert_eq!((summary.scores.open, summary.scores.justified), (1, 0));
    // Revoked while it is resolved: it comes back reopened.
    fixture
        .store
        .justify(&[id], &alice(), "the bastion", None, at(40))
        .await
        .unwrap();
    evaluate(fixture, row, vec![passes(OPEN_PORT)], 50).await;
    fixture
        .store
        .revoke_justification(id, &alice(), "a mistake", at(60))
        .await
        .unwrap();
    assert_eq!(only(fixture).await.status, FindingStatus::Resolved);
    evaluate(fixture, row, vec![fails(OPEN_PORT, &[("tcp/22", 8)])], 70).await;
    assert_eq!(only(fixture).await.status, FindingStatus::Reopened);
    fixture.assert_verifies().await;
}

pub(crate) async fn rubbish_is_not_justified(fixture: &Fixture) {
    with_findings(fixture, &[("tcp/22", 8)]).await;
    let id = only(fixture).await.id;
    let store = &fixture.store;
    for (findings, reason, expires_at) in [
        (vec![id], "  ", None),
        (vec![id], "until yesterday", Some(at(20))),
        (vec![FindingId(1); 1_001], "too many", None),
    ] {
        let error = store
            .justify(&findings, &alice(), reason, expires_at, at(20))
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::InvalidRequest(_)), "{error:?}");
    }
    let error = store
        .justify(&[id, FindingId(999)], &alice(), "both", None, at(20))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, StoreError::NotFound(what) if what == "finding 999"),
        "{error:?}"
    );
    assert_eq!(only(fixture).await.status, FindingStatus::Open, "all or none");
}

pub(crate) async fn a_clock_that_is_behind_brings_no_acceptance_back(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    let finding = only(fixture).await.id;
    fixture
        .store
        .justify(&[finding], &alice(), "known", Some(at(100)), at(20))
        .await
        .unwrap();
    assert_eq!(fixture.store.expire_justifications(at(200)).await.unwrap(), 1);
    // Another process, whose clock is behind, goes on.
    for (when, evaluation, status) in [
        (50, fails(OPEN_PORT, &[("tcp/22", 8)]), FindingStatus::Open),
        (60, passes(OPEN_PORT), FindingStatus::Resolved),
        (70, fails(OPEN_PORT, &[("tcp/22", 8)]), FindingStatus::Reopened),
    ] {
        evaluate(fixture, row, vec![evaluation], when).await;
        let now = only(fixture).await;
        assert_eq!((now.status, now.changed_at), (status, at(200)), "at {when}");
    }
    let history = fixture.store.finding_history(finding).await.unwrap();
    let steps: Vec<_> = history.iter().map(|change| (change.at, change.status)).collect();
    assert_eq!(
        steps,
        [
            (at(10), FindingStatus::Open),
            (at(20), FindingStatus::Justified),
            (at(200), FindingStatus::Open),
            (at(200), FindingStatus::Resolved),
            (at(200), FindingStatus::Reopened),
        ]
    );
    fixture.assert_verifies().await;
}

pub(crate) async fn people_and_scans_do_not_wait_for_each_other(fixture: &Fixture) {
    let ids: Vec<String> = (0..12).map(|n| format!("sg-{n:02}")).collect();
    let subjects = [("tcp/22", 8), ("tcp/23", 7)];
    let evaluations: Vec<_> = ids
        .iter()
        .map(|id| (&id[..], vec![fails(OPEN_PORT, &subjects)]))
        .collect();
    let resources = |round: i64| {
        ids.iter()
            .map(|id| resource(id, json!({ "Round": round })))
            .collect::<Vec<_>>()
    };
    fixture
        .scan_with(&scope(), &resources(0), &evaluations, ScanEnd::default(), at(1))
        .await;
    let rows = fixture
        .store
        .rows_of(&scope().technology, None, ResourceRow(0), 100)
        .await
        .unwrap();
    let findings: Vec<_> = all(fixture).await.iter().map(|finding| finding.id).collect();
    let others = [
        open(&fixture.url).await,
        open(&fixture.url).await,
        open(&fixture.url).await,
    ];

    let scanning = async {
        for round in 1..15 {
            // The other half is only evaluated, in the other order.
            let changed = &resources(round)[if round % 2 == 0 { 0..6 } else { 6..12 }];
            let pass = |id: &str| (id.to_owned(), vec![passes(OPEN_PORT)]);
            let evaluated: Vec<_> = ids.iter().rev().map(|id| pass(id)).collect();
            let evaluated: Vec<_> = evaluated
                .iter()
                .map(|(id, evaluations)| (&id[..], evaluations.clone()))
                .collect();
            fixture
                .scan_with(&scope(), changed, &evaluated, ScanEnd::default(), at(round + 1))
                .await;
        }
    };
    let reauditing = async {
        for round in 1..15 {
            let current = others[0].current(&rows).await.unwrap();
            let evaluation = |current: &CurrentResource| RowEvaluations {
                row: current.row,
                full: current.full,
                unread: Vec::new(),
                evaluations: vec![fails(OPEN_PORT, &subjects)],
                ruleset: None,
            };
            let evaluations = current.iter().rev().map(evaluation).collect();
            others[0]
                .record_evaluations(evaluations, &rules(), at(round))
                .await
                .unwrap();
        }
    };
    let justifying = async {
        for round in 1..15 {
            others[1]
                .justify(&findings, &alice(), "known", Some(at(100 + round)), at(round))
                .await
                .unwrap();
            others[1].expire_justifications(at(200)).await.unwrap();
        }
    };
    let scoring = async {
        for round in 1..15 {
            let setting = setting(None, round % 5 == 0, Some(round % 10), i64::from(round));
            others[2].put_rule_setting(&setting).await.unwrap();
        }
    };
    tokio::join!(scanning, reauditing, justifying, scoring);
    fixture.assert_verifies().await;
}
