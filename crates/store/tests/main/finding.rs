//! Findings and verdicts: how they open, resolve and come back.

use security_monkey_model::{Digest, Evaluation, EventBody, FindingStatus, Verdict, VerdictKind};
use security_monkey_store::finding::{FindingFilter, FindingSummary};
use security_monkey_store::record::{RecordBatch, ResourceEvaluations, RowEvaluations};
use security_monkey_store::resource::CurrentResource;
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{Page, ResourceRow};
use serde_json::json;

use crate::fixture::{
    Fixture, OPEN_PORT, UNUSED, at, fails, passes, resource, rule, rules, scope, unknown, unknown_but_fails,
};

pub(crate) async fn evaluate(fixture: &Fixture, row: ResourceRow, evaluations: Vec<Evaluation>, when: i64) {
    // Of a deleted resource there is nothing to evaluate.
    let current = fixture.store.current(&[row]).await.unwrap().pop();
    let evaluation = RowEvaluations {
        row,
        full: current.map_or(Digest::of(b"deleted"), |current| current.full),
        unread: Vec::new(),
        evaluations,
        ruleset: Some(Digest::of(b"rules")),
    };
    fixture
        .store
        .record_evaluations(vec![evaluation], &rules(), at(when))
        .await
        .unwrap();
}

/// A resource with findings, recorded with it.
pub(crate) async fn with_findings(fixture: &Fixture, subjects: &[(&str, u8)]) -> ResourceRow {
    let end = ScanEnd {
        is_listing_complete: true,
        ..ScanEnd::default()
    };
    let evaluations = [("sg-1", vec![fails(OPEN_PORT, subjects), passes(UNUSED)])];
    fixture
        .scan_with(
            &scope(),
            &[resource("sg-1", json!({"A": 1}))],
            &evaluations,
            end,
            at(10),
        )
        .await;
    fixture.row("sg-1").await
}

pub(crate) async fn all(fixture: &Fixture) -> Vec<FindingSummary> {
    fixture
        .store
        .findings(&FindingFilter::default(), &Page::default())
        .await
        .unwrap()
        .items
}

pub(crate) async fn only(fixture: &Fixture) -> FindingSummary {
    let findings = all(fixture).await;
    assert_eq!(findings.len(), 1);
    findings.into_iter().next().unwrap()
}

pub(crate) async fn a_finding_lives_through_its_states(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    let finding = only(fixture).await;
    assert_eq!(
        (finding.status, finding.score.value(), finding.opened_at),
        (FindingStatus::Open, 8, at(10))
    );
    assert_eq!(
        (&finding.message[..], finding.key.id.as_str()),
        ("tcp/22 is open", "sg-1")
    );
    assert_eq!(finding.evidence, json!({"subject": "tcp/22"}));
    evaluate(fixture, row, vec![passes(OPEN_PORT)], 20).await;
    evaluate(fixture, row, vec![fails(OPEN_PORT, &[("tcp/22", 8)])], 30).await;
    let again = only(fixture).await;
    assert_eq!(
        (again.id, again.status, again.opened_at, again.changed_at),
        (finding.id, FindingStatus::Reopened, at(10), at(30))
    );
    let history = fixture.store.finding_history(finding.id).await.unwrap();
    assert_eq!(
        history
            .iter()
            .map(|change| (change.at, change.status))
            .collect::<Vec<_>>(),
        [
            (at(10), FindingStatus::Open),
            (at(20), FindingStatus::Resolved),
            (at(30), FindingStatus::Reopened)
        ]
    );
    let events = fixture.store.events_after(0, 10).await.unwrap();
    let told: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.body {
            EventBody::FindingChanged {
                status, title, finding, ..
            } => Some((*status, &title[..], *finding)),
            _ => None,
        })
        .collect();
    let id = finding.id.0;
    assert_eq!(
        told,
        [
            (FindingStatus::Open, "A port is open", id),
            (FindingStatus::Resolved, "A port is open", id),
            (FindingStatus::Reopened, "A port is open", id)
        ]
    );
    let verdicts = fixture.store.verdicts_of(row).await.unwrap();
    assert_eq!(
        verdicts
            .iter()
            .map(|verdict| (verdict.rule.as_str(), verdict.verdict, verdict.since))
            .collect::<Vec<_>>(),
        [
            (OPEN_PORT, VerdictKind::Fail, at(30)),
            (UNUSED, VerdictKind::Pass, at(10))
        ]
    );
}

pub(crate) async fn unknown_resolves_nothing(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    evaluate(fixture, row, vec![unknown(OPEN_PORT)], 20).await;
    assert_eq!(only(fixture).await.status, FindingStatus::Open);
    let verdicts = fixture.store.verdicts_of(row).await.unwrap();
    assert_eq!(verdicts[0].verdict, VerdictKind::Unknown);
    assert_eq!(verdicts[0].reason, "the policy could not be read");
    let counted = async || fixture.store.unknown_verdicts().await.unwrap();
    assert_eq!(counted().await, [(scope(), 1)]);
    let not_applicable = Evaluation {
        rule: rule(OPEN_PORT),
        verdict: Verdict::NotApplicable {
            reason: "no listener".to_owned(),
        },
    };
    evaluate(fixture, row, vec![not_applicable], 30).await;
    assert_eq!(only(fixture).await.status, FindingStatus::Resolved);
    assert_eq!(counted().await, []);
}

pub(crate) async fn what_is_proven_opens_beside_unknown(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8), ("tcp/23", 8)]).await;
    let status = async || -> Vec<_> {
        let findings = all(fixture).await.into_iter();
        let mut found: Vec<_> = findings
            .map(|finding| (finding.subject.as_str().to_owned(), finding.status))
            .collect();
        found.sort();
        found
    };
    let of = |subject: &str, status| (subject.to_owned(), status);
    // One that is known, one that is new; the third is not mended for not being named.
    let proven = unknown_but_fails(OPEN_PORT, &[("tcp/22", 8), ("tcp/3389", 6)]);
    evaluate(fixture, row, vec![proven.clone()], 20).await;
    assert_eq!(
        status().await,
        [
            of("tcp/22", FindingStatus::Open),
            of("tcp/23", FindingStatus::Open),
            of("tcp/3389", FindingStatus::Open)
        ]
    );
    let verdicts = fixture.store.verdicts_of(row).await.unwrap();
    assert_eq!(verdicts[0].verdict, VerdictKind::Unknown);
    assert_eq!(verdicts[0].reason, "the policy could not be read");
    evaluate(fixture, row, vec![passes(OPEN_PORT)], 30).await;
    evaluate(fixture, row, vec![proven.clone()], 40).await;
    assert_eq!(
        status().await,
        [
            of("tcp/22", FindingStatus::Reopened),
            of("tcp/23", FindingStatus::Resolved),
            of("tcp/3389", FindingStatus::Reopened)
        ]
    );
    fixture
        .forbid_writes(&["finding", "finding_change", "verdict", "event", "chain"])
        .await;
    evaluate(fixture, row, vec![proven], 50).await;
}

pub(crate) async fn a_rule_that_was_not_evaluated_keeps_its_findings(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    evaluate(fixture, row, vec![passes(UNUSED)], 20).await;
    assert_eq!(only(fixture).await.status, FindingStatus::Open);
}

pub(crate) async fn the_same_evaluation_writes_nothing(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8), ("tcp/3389", 6)]).await;
    fixture
        .forbid_writes(&["resource", "finding", "finding_change", "verdict", "event", "chain"])
        .await;
    evaluate(
        fixture,
        row,
        vec![fails(OPEN_PORT, &[("tcp/22", 8), ("tcp/3389", 6)]), passes(UNUSED)],
        20,
    )
    .await;
    assert_eq!(all(fixture).await.len(), 2);
}

pub(crate) async fn a_retired_rule_leaves_no_open_findings(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8), ("tcp/23", 8)]).await;
    assert_eq!(fixture.store.rules_with_findings().await.unwrap(), [rule(OPEN_PORT)]);
    assert_eq!(fixture.store.retire_rules(&[rule(OPEN_PORT)], at(20)).await.unwrap(), 2);
    assert!(
        all(fixture)
            .await
            .iter()
            .all(|finding| finding.status == FindingStatus::Resolved)
    );
    assert_eq!(fixture.store.rules_with_findings().await.unwrap(), []);
    assert_eq!(fixture.store.verdicts_of(row).await.unwrap().len(), 1);
}

pub(crate) async fn a_deleted_resource_has_no_open_findings(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    fixture.scan(&scope(), &[], at(20)).await;
    assert_eq!(only(fixture).await.status, FindingStatus::Resolved);
    assert_eq!(fixture.store.verdicts_of(row).await.unwrap(), []);
    // An evaluation that was under way changes nothing of it.
    evaluate(fixture, row, vec![fails(OPEN_PORT, &[("tcp/22", 8)])], 30).await;
    assert_eq!(only(fixture).await.status, FindingStatus::Resolved);
}

/// A re-audit reads, evaluates, and records; a scan may record in between.
pub(crate) async fn a_reaudit_of_an_older_document_changes_nothing(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    let before = fixture.store.current(&[row]).await.unwrap().remove(0);
    let reaudit = async |basis: &CurrentResource, when: i64| {
        let evaluation = RowEvaluations {
            row,
            full: basis.full,
            unread: basis.unread.clone(),
            evaluations: vec![passes(OPEN_PORT)],
            ruleset: Some(Digest::of(b"newer rules")),
        };
        let report = fixture
            .store
            .record_evaluations(vec![evaluation], &rules(), at(when))
            .await;
        let report = report.unwrap();
        (report.resolved_findings, report.superseded)
    };
    let evaluations = [("sg-1", vec![fails(OPEN_PORT, &[("tcp/22", 8), ("tcp/23", 8)])])];
    fixture
        .scan_with(
            &scope(),
            &[resource("sg-1", json!({"Ports": "more"}))],
            &evaluations,
            ScanEnd::default(),
            at(20),
        )
        .await;
    assert_eq!(
        reaudit(&before, 21).await,
        (0, vec![row]),
        "it was of the document before"
    );
    assert_eq!(
        all(fixture)
            .await
            .iter()
            .filter(|finding| finding.status == FindingStatus::Open)
            .count(),
        2
    );

    // The same document, but now it is known that something of it could not be read.
    let before = fixture.store.current(&[row]).await.unwrap().remove(0);
    let scan = fixture.store.begin_scan(&scope(), at(30)).await.unwrap();
    let scope = scope();
    let batch = RecordBatch {
        scan,
        scope: &scope,
        at: at(30),
        observations: Vec::new(),
        evaluations: vec![ResourceEvaluations {
            id: "sg-1".parse().unwrap(),
            evaluations: vec![unknown(OPEN_PORT)],
            ruleset: Digest::of(b"rules, and what is unread"),
            unread: vec!["Policy".to_owned(), "Tags".to_owned()],
        }],
        rules: &rules(),
        lease: None,
    };
    fixture.store.record(batch).await.unwrap();
    let now = fixture.store.current(&[row]).await.unwrap().remove(0);
    assert_eq!(
        (now.full, &now.unread[..]),
        (before.full, &["Policy".to_owned(), "Tags".to_owned()][..])
    );
    assert_eq!(
        reaudit(&before, 31).await,
        (0, vec![row]),
        "it took the unread for absent"
    );
    assert_eq!(reaudit(&now, 32).await, (2, Vec::new()));
}

pub(crate) async fn stale_audits_are_found(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    let technology = scope().technology;
    let stale = async |ruleset: &[u8]| {
        fixture
            .store
            .stale_audits(&technology, &Digest::of(ruleset), ResourceRow(0), 10)
            .await
            .unwrap()
    };
    assert_eq!(stale(b"rules").await, []);
    assert_eq!(stale(b"newer rules").await, [row]);
    assert_eq!(
        fixture
            .store
            .stale_audits(&technology, &Digest::of(b"newer rules"), row, 10)
            .await
            .unwrap(),
        []
    );
    fixture
        .scan(
            &scope(),
            &[resource("sg-1", json!({"A": 1})), resource("sg-2", json!({}))],
            at(20),
        )
        .await;
    assert_eq!(stale(b"rules").await, [fixture.row("sg-2").await], "never evaluated");
    assert_eq!(
        fixture.store.rows_of(&technology, None, row, 10).await.unwrap(),
        [fixture.row("sg-2").await]
    );
}
