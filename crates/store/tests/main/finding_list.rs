//! Findings as they are listed, filtered, counted, and as they stood at an instant.

use security_monkey_model::{FindingStatus, Score, Severity};
use security_monkey_store::Page;
use security_monkey_store::finding::FindingFilter;
use security_monkey_store::resource::{ResourceFilter, ResourceOrder, ResourceScores};
use security_monkey_store::scan::ScanEnd;
use serde_json::json;

use crate::finding::{all, evaluate, with_findings};
use crate::fixture::{Fixture, OPEN_PORT, alice, at, complete, fails, gap, resource, rule, scope, scope_of};

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
