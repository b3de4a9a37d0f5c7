//! What people set for a rule: its score, and that it is off.

use security_monkey_model::{AccountId, FindingStatus, Score, VerdictKind};
use security_monkey_store::rule_setting::RuleSetting;

use crate::finding::{evaluate, only, with_findings};
use crate::fixture::{Fixture, OPEN_PORT, alice, at, fails, rule};

pub(crate) fn setting(account: Option<&str>, is_disabled: bool, score: Option<u8>, when: i64) -> RuleSetting {
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
