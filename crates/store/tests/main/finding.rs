//! Findings, verdicts, justifications, rule settings.

use security_monkey_model::{
    AccountId, Digest, Evaluation, EventBody, FindingStatus, Score, Severity, Verdict, VerdictKind,
};
use security_monkey_store::decision::{DecisionFilter, DecisionKind};
use security_monkey_store::finding::{FindingFilter, FindingSummary};
use security_monkey_store::record::{RecordBatch, ResourceEvaluations, RowEvaluations};
use security_monkey_store::resource::CurrentResource;
use security_monkey_store::resource::{ResourceFilter, ResourceOrder, ResourceScores};
use security_monkey_store::rule_setting::RuleSetting;
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{Author, FindingId, Page, ResourceRow, StoreError};
use serde_json::json;

use crate::fixture::{
    Fixture, OPEN_PORT, UNUSED, alice, at, complete, email, fails, gap, open, passes, resource, rule, rules, scope,
    scope_of, unknown, unknown_but_fails,
};

async fn evaluate(fixture: &Fixture, row: ResourceRow, evaluations: Vec<Evaluation>, when: i64) {
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
async fn with_findings(fixture: &Fixture, subjects: &[(&str, u8)]) -> ResourceRow {
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

async fn all(fixture: &Fixture) -> Vec<FindingSummary> {
    fixture
        .store
        .findings(&FindingFilter::default(), &Page::default())
        .await
        .unwrap()
        .items
}

async fn only(fixture: &Fixture) -> FindingSummary {
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

fn setting(account: Option<&str>, is_disabled: bool, score: Option<u8>, when: i64) -> RuleSetting {
    RuleSetting {
        rule: rule(OPEN_PORT),
        account: account.map(|account| AccountId::parse(account).unwrap()),
        is_disabled,
        score: score.map(|score| Score::new(score).unwrap()),
        reason: "a test account".to_owned(),
        by: alice(),
        at: at(when),
    }
}

pub(crate) async fn a_score_is_overridden_per_account(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    let score = async || {
        let finding = only(fixture).await;
        let of_resource = fixture
            .store
            .resource(row)
            .await
            .unwrap()
            .unwrap()
            .summary
            .scores
            .highest;
        assert_eq!(of_resource, Some(finding.score));
        (finding.score.value(), finding.rule_score.value())
    };
    let store = &fixture.store;
    store
        .put_rule_setting(&setting(None, false, Some(5), 20))
        .await
        .unwrap();
    assert_eq!(score().await, (5, 8));
    store
        .put_rule_setting(&setting(Some("111111111111"), false, Some(2), 30))
        .await
        .unwrap();
    store
        .put_rule_setting(&setting(Some("222222222222"), false, Some(10), 31))
        .await
        .unwrap();
    assert_eq!(score().await, (2, 8));
    evaluate(fixture, row, vec![fails(OPEN_PORT, &[("tcp/22", 9)])], 40).await;
    assert_eq!(score().await, (2, 9), "evaluated with the rule's own score");
    assert_eq!(store.rule_settings().await.unwrap().len(), 3);
    store
        .put_rule_setting(&setting(Some("111111111111"), false, None, 50))
        .await
        .unwrap();
    assert_eq!(score().await, (5, 9));
    store.put_rule_setting(&setting(None, false, None, 60)).await.unwrap();
    assert_eq!(score().await, (9, 9));
    assert_eq!(store.rule_settings().await.unwrap().len(), 1);
    fixture.assert_verifies().await;
}

pub(crate) async fn a_disabled_rule_has_no_open_findings(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    let store = &fixture.store;
    store
        .put_rule_setting(&setting(Some("222222222222"), true, None, 20))
        .await
        .unwrap();
    assert_eq!(only(fixture).await.status, FindingStatus::Open);
    store
        .put_rule_setting(&setting(Some("111111111111"), true, None, 30))
        .await
        .unwrap();
    assert_eq!(only(fixture).await.status, FindingStatus::Resolved);
    evaluate(
        fixture,
        row,
        vec![fails(OPEN_PORT, &[("tcp/22", 8), ("tcp/23", 8)])],
        40,
    )
    .await;
    assert_eq!(only(fixture).await.status, FindingStatus::Resolved);
    let verdict = &store.verdicts_of(row).await.unwrap()[0];
    assert_eq!(
        (verdict.verdict, &verdict.reason[..]),
        (VerdictKind::NotApplicable, "the rule is switched off")
    );
    store
        .put_rule_setting(&setting(Some("111111111111"), false, None, 50))
        .await
        .unwrap();
    evaluate(fixture, row, vec![fails(OPEN_PORT, &[("tcp/22", 8)])], 60).await;
    assert_eq!(only(fixture).await.status, FindingStatus::Reopened);
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

pub(crate) async fn the_list_carries_the_scores(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8), ("tcp/23", 6), ("tcp/24", 9)]).await;
    let worst = all(fixture).await[0].id;
    fixture
        .store
        .justify(&[worst], &alice(), "known", None, at(20))
        .await
        .unwrap();
    fixture
        .scan(
            &scope_of("111111111111", "us-east-1", "aws.s3.bucket"),
            &[resource("b-1", json!({}))],
            at(30),
        )
        .await;
    let filter = ResourceFilter {
        order: ResourceOrder::Score,
        ..ResourceFilter::default()
    };
    let listed = fixture.store.resources(&filter, &Page::default()).await.unwrap().items;
    assert_eq!(listed[0].row, row);
    let wanted = ResourceScores {
        highest: Score::new(8).ok(),
        open: 2,
        justified: 1,
    };
    assert_eq!(listed[0].scores, wanted);
    assert_eq!(listed[1].scores, ResourceScores::default());
    let filter = ResourceFilter {
        min_score: Score::new(8).ok(),
        ..ResourceFilter::default()
    };
    assert_eq!(
        fixture
            .store
            .resources(&filter, &Page::default())
            .await
            .unwrap()
            .items
            .len(),
        1
    );
}

pub(crate) async fn findings_are_filtered_and_paged(fixture: &Fixture) {
    let subjects: Vec<(String, u8)> = (0..25_u8).map(|n| (format!("tcp/{n}_50%"), n % 5)).collect();
    let subjects: Vec<(&str, u8)> = subjects.iter().map(|(subject, score)| (&subject[..], *score)).collect();
    let row = with_findings(fixture, &subjects).await;
    let other = scope_of("222222222222", "us-east-1", "aws.s3.bucket");
    let evaluations = [("bucket", vec![fails("aws.s3.bucket.public", &[("everyone", 10)])])];
    fixture
        .scan_with(
            &other,
            &[resource("bucket", json!({}))],
            &evaluations,
            ScanEnd::default(),
            at(20),
        )
        .await;

    let mut paged = Vec::new();
    let mut page = Page::first(7);
    loop {
        let part = fixture.store.findings(&FindingFilter::default(), &page).await.unwrap();
        assert!(part.items.len() <= 7);
        paged.extend(part.items);
        match part.next {
            Some(next) => page = Page::after(next, 7),
            None => break,
        }
    }
    assert_eq!(paged, all(fixture).await);
    assert_eq!(paged.len(), 26);
    assert!(paged.is_sorted_by_key(|finding| (std::cmp::Reverse(finding.score), std::cmp::Reverse(finding.id))));

    let none = FindingFilter::default;
    let cases = [
        (
            FindingFilter {
                accounts: vec![other.account.clone()],
                ..none()
            },
            1,
        ),
        (
            FindingFilter {
                regions: vec![scope().region],
                ..none()
            },
            25,
        ),
        (
            FindingFilter {
                technologies: vec![other.technology.clone()],
                ..none()
            },
            1,
        ),
        (
            FindingFilter {
                rules: vec![rule(OPEN_PORT)],
                min_score: Score::new(4).ok(),
                ..none()
            },
            5,
        ),
        (
            FindingFilter {
                rules: vec![rule(OPEN_PORT)],
                max_score: Score::new(3).ok(),
                ..none()
            },
            20,
        ),
        (
            FindingFilter {
                resource: Some(row),
                ..none()
            },
            25,
        ),
        (
            FindingFilter {
                statuses: vec![FindingStatus::Open, FindingStatus::Reopened],
                ..none()
            },
            26,
        ),
        (
            FindingFilter {
                statuses: vec![FindingStatus::Resolved],
                ..none()
            },
            0,
        ),
        (
            FindingFilter {
                text: Some("EVERYONE".to_owned()),
                ..none()
            },
            1,
        ),
        (
            FindingFilter {
                text: Some("tcp/1_50%".to_owned()),
                ..none()
            },
            1,
        ),
        (
            FindingFilter {
                text: Some("tcp/%".to_owned()),
                ..none()
            },
            0,
        ),
    ];
    for (filter, wanted) in cases {
        let found = fixture
            .store
            .findings(&filter, &Page::default())
            .await
            .unwrap()
            .items
            .len();
        assert_eq!(found, wanted, "{filter:?}");
    }
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

pub(crate) async fn the_summary_counts(fixture: &Fixture) {
    with_findings(fixture, &[("tcp/22", 8), ("tcp/23", 8), ("tcp/24", 0)]).await;
    let other = scope_of("222222222222", "us-east-1", "aws.s3.bucket");
    let evaluations = [("bucket", vec![fails("aws.s3.bucket.public", &[("everyone", 10)])])];
    let mut end = complete(std::collections::BTreeSet::new());
    end.gaps = vec![gap(Some("bucket"), security_monkey_model::GapCause::Denied)];
    fixture
        .scan_with(&other, &[resource("bucket", json!({}))], &evaluations, end, at(20))
        .await;
    let findings = all(fixture).await;
    fixture
        .store
        .justify(&[findings[1].id], &alice(), "known", None, at(30))
        .await
        .unwrap();

    let summary = fixture.store.summary(&[], at(15)).await.unwrap();
    assert_eq!(
        (
            summary.resources,
            summary.justified,
            summary.changes_since,
            summary.opened_since
        ),
        (2, 1, 1, 1)
    );
    assert_eq!(
        summary.open_by_severity,
        [
            (Severity::Critical, 1),
            (Severity::High, 1),
            (Severity::Medium, 0),
            (Severity::Low, 0),
            (Severity::Informational, 1)
        ]
    );
    assert_eq!(summary.gaps_by_cause, [(security_monkey_model::GapCause::Denied, 1)]);
    let (account, counts) = &summary.by_account[0];
    assert_eq!(account.as_str(), "111111111111");
    assert_eq!(
        (counts.resources, counts.open_findings, counts.highest_score),
        (1, 2, Score::new(8).ok())
    );
    assert_eq!(summary.by_technology.len(), 2);
    let of_one = fixture.store.summary(&[other.account], at(0)).await.unwrap();
    assert_eq!((of_one.resources, of_one.justified, of_one.changes_since), (1, 0, 1));
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

pub(crate) async fn a_list_of_findings_as_of_an_instant(fixture: &Fixture) {
    let row = with_findings(fixture, &[("tcp/22", 8)]).await;
    evaluate(
        fixture,
        row,
        vec![fails(OPEN_PORT, &[("tcp/22", 8), ("tcp/23", 5)])],
        20,
    )
    .await;
    evaluate(fixture, row, vec![fails(OPEN_PORT, &[("tcp/23", 6)])], 30).await;
    for (when, wanted) in [
        (9, vec![]),
        (10, vec![("tcp/22", FindingStatus::Open, 8)]),
        (
            25,
            vec![("tcp/22", FindingStatus::Open, 8), ("tcp/23", FindingStatus::Open, 5)],
        ),
        (
            30,
            vec![
                ("tcp/22", FindingStatus::Resolved, 8),
                ("tcp/23", FindingStatus::Open, 6),
            ],
        ),
    ] {
        let filter = FindingFilter {
            as_of: Some(at(when)),
            ..FindingFilter::default()
        };
        let then = fixture.store.findings(&filter, &Page::default()).await.unwrap().items;
        let found: Vec<_> = then
            .iter()
            .map(|finding| (finding.subject.as_str(), finding.status, finding.score.value()))
            .collect();
        assert_eq!(found, wanted, "at {when}");
    }
    let filter = FindingFilter {
        as_of: Some(at(25)),
        statuses: vec![FindingStatus::Open],
        min_score: Score::new(6).ok(),
        ..FindingFilter::default()
    };
    let first = fixture.store.findings(&filter, &Page::first(1)).await.unwrap();
    assert_eq!((first.items.len(), first.next), (1, None));
}
