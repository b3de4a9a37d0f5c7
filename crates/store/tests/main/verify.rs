//! The history is what was recorded, or `verify` says where it is not.

use security_monkey_model::{Account, Digest, Role, Score};
use security_monkey_store::finding::FindingFilter;
use security_monkey_store::rule_setting::RuleSetting;
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{Page, Store};
use serde_json::json;

use crate::fixture::{Fixture, OPEN_PORT, UNUSED, alice, at, email, fails, resource, rule, scope};

async fn history(fixture: &Fixture) {
    for round in 0..4 {
        let evaluations = [("sg-1", vec![fails(OPEN_PORT, &[("tcp/22", 5)])])];
        let resources = [
            resource("sg-1", json!({"Round": round})),
            resource("sg-2", json!({"Round": round})),
        ];
        fixture
            .scan_with(&scope(), &resources, &evaluations, ScanEnd::default(), at(round))
            .await;
    }
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"Round": 3}))], at(10))
        .await;
    let finding = fixture
        .store
        .findings(&FindingFilter::default(), &Page::default())
        .await
        .unwrap()
        .items[0]
        .id;
    fixture
        .store
        .justify(&[finding], &alice(), "the bastion", None, at(20))
        .await
        .unwrap();
}

async fn problems(store: &Store) -> Vec<String> {
    let report = store.verify(&mut |_| {}).await.unwrap();
    report.problems.iter().map(ToString::to_string).collect()
}

async fn problems_since(store: &Store, noted: &Digest) -> Vec<String> {
    let report = store.verify_since(Some(noted), &mut |_| {}).await.unwrap();
    report.problems.iter().map(ToString::to_string).collect()
}

async fn head(store: &Store) -> Digest {
    Digest::parse_hex(&store.verify(&mut |_| {}).await.unwrap().head).unwrap()
}

pub(crate) async fn an_honest_history_verifies(fixture: &Fixture) {
    let empty = fixture.store.verify(&mut |_| {}).await.unwrap();
    assert_eq!((empty.chain_entries, empty.problems.len()), (0, 0));
    history(fixture).await;
    let mut seen = Vec::new();
    let report = fixture
        .store
        .verify(&mut |progress| seen.push((progress.done, progress.total)))
        .await
        .unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.revisions, report.decisions, report.chain_entries), (9, 1, 6));
    assert_eq!(seen, [(0, 6), (6, 6)]);
    assert_ne!(report.head, empty.head);
}

/// Every way an acceptance can end leaves a finding that is what was decided.
pub(crate) async fn acceptances_that_ended_verify(fixture: &Fixture) {
    let open = |round: i64| {
        (
            round,
            vec![(
                "sg-1",
                vec![fails(OPEN_PORT, &[("tcp/22", 5), ("tcp/80", 5), ("tcp/81", 5)])],
            )],
        )
    };
    let resources = [resource("sg-1", json!({}))];
    let scan = async |(round, evaluations): (i64, Vec<_>)| {
        fixture
            .scan_with(&scope(), &resources, &evaluations, ScanEnd::default(), at(round))
            .await;
    };
    scan(open(0)).await;
    let found = fixture
        .store
        .findings(&FindingFilter::default(), &Page::default())
        .await;
    let ids: Vec<_> = found.unwrap().items.iter().map(|finding| finding.id).collect();
    let justify = async |id, until, now| {
        fixture
            .store
            .justify(&[id], &alice(), "for now", until, now)
            .await
            .unwrap();
    };
    // Taken back; run out as the clock says; run out when the rule is evaluated.
    justify(ids[0], None, at(1)).await;
    fixture
        .store
        .revoke_justification(ids[0], &alice(), "not any more", at(2))
        .await
        .unwrap();
    justify(ids[1], Some(at(5)), at(1)).await;
    assert_eq!(problems(&fixture.store).await, [""; 0]);
    assert_eq!(fixture.store.expire_justifications(at(6)).await.unwrap(), 1);
    justify(ids[2], Some(at(8)), at(7)).await;
    scan(open(9)).await;
    assert_eq!(problems(&fixture.store).await, [""; 0]);
    // Accepted again, resolved meanwhile, and back again.
    justify(ids[0], None, at(10)).await;
    scan((11, vec![("sg-1", vec![fails(OPEN_PORT, &[("tcp/443", 5)])])])).await;
    assert_eq!(problems(&fixture.store).await, [""; 0]);
    scan(open(12)).await;
    assert_eq!(problems(&fixture.store).await, [""; 0]);
}

pub(crate) async fn every_kind_of_tampering_is_found(fixture: &Fixture) {
    history(fixture).await;
    // Undone after each: what is done to a row is done again the other way round.
    let cases = [
        (
            "update revision set body = (select r.body from revision r where r.id = 3) where id = 1",
            "update revision set body = (select k.body from kept k where k.id = 1) where id = 1",
            "revision 1 of 111111111111 eu-west-1 aws.ec2.security-group sg-1: its body does not have its digest",
        ),
        (
            "update revision set observed_at = observed_at - 1 where id = 4",
            "update revision set observed_at = observed_at + 1 where id = 4",
            "chain entry 2: its revisions or decisions are not those that were recorded",
        ),
        (
            "update revision set change = 'changed' where change = 'deleted'",
            "update revision set change = 'deleted' where id = 9",
            "revision 9 of 111111111111 eu-west-1 aws.ec2.security-group sg-2",
        ),
        (
            "update resource set aws_id = 'sg-8' where aws_id = 'sg-2'",
            "update resource set aws_id = 'sg-2' where aws_id = 'sg-8'",
            "chain entry 1: its revisions or decisions are not those that were recorded",
        ),
        (
            "update decision set author = 'mallory@example.org'",
            "update decision set author = 'alice@example.org'",
            "chain entry 6: its revisions or decisions are not those that were recorded",
        ),
        (
            "update decision set body = replace(body, 'bastion', 'castle')",
            "update decision set body = replace(body, 'castle', 'bastion')",
            "chain entry 6: its revisions or decisions are not those that were recorded",
        ),
        (
            "update revision set recording = 777 where id = 5",
            "update revision set recording = (select c.recording from chain c where c.seq = 3) where id = 5",
            "chain entry 3: it has 2 revisions, and 1 are there",
        ),
        (
            "update chain set at = at + 1 where seq = 2",
            "update chain set at = at - 1 where seq = 2",
            "chain entry 2: its hash does not follow from it and the entry before",
        ),
        (
            "update chain set seq = 100 where seq = 3",
            "update chain set seq = 3 where seq = 100",
            "chain entry 3: it is missing",
        ),
        (
            "update chain set seq = 100 where seq = 6",
            "update chain set seq = 6 where seq = 100",
            "chain head: the last entries are missing, or the head was changed",
        ),
        (
            "insert into revision (resource, observed_at, change, recording, full_digest, durable_digest, dictionary, body)
             select resource, observed_at, change, recording, full_digest, durable_digest, dictionary, body from revision where id = 1",
            "delete from revision where id = (select max(r.id) from revision r)",
            "revision 10: no chain entry knows it",
        ),
        (
            "insert into decision (recording, at, author, kind, body) values (12345, 1, 'eve@example.org', 'justified', '{}')",
            "delete from decision where recording = 12345",
            "no chain entry knows it",
        ),
        (
            "update decision set recording = recording + 1000",
            "update decision set recording = recording - 1000",
            "chain entry 6: it has 1 decisions, and 0 are there",
        ),
        (
            "update chain_head set seq = 5",
            "update chain_head set seq = 6",
            "chain head: the last entries are missing, or the head was changed",
        ),
        (
            "update current_document set body = '{\"Round\":7}' where resource = 1",
            "update current_document set body = '{\"Round\":3}' where resource = 1",
            "resource 1 111111111111 eu-west-1 aws.ec2.security-group sg-1: its current document does not have its digest",
        ),
        (
            "update resource set latest_revision = 5 where aws_id = 'sg-1'",
            "update resource set latest_revision = 7 where aws_id = 'sg-1'",
            "sg-1: what is shown of it is not its newest revision",
        ),
        (
            "update resource set is_active = 1 where aws_id = 'sg-2'",
            "update resource set is_active = 0 where aws_id = 'sg-2'",
            "sg-2: what is shown of it is not what its newest revision says",
        ),
        (
            "update finding set status = 'open'",
            "update finding set status = 'justified'",
            "finding 1 of aws.ec2.security-group.open-port (tcp/22): it was accepted, and is shown as open",
        ),
        (
            "update finding set justified_why = 'a castle'",
            "update finding set justified_why = 'the bastion'",
            "its acceptance is not what was decided",
        ),
        (
            "update finding set justified_until = 1",
            "update finding set justified_until = null",
            "its acceptance is not what was decided",
        ),
        (
            "update finding set justified_by = null",
            "update finding set justified_by = 'alice@example.org'",
            "it is shown as accepted, and by nobody",
        ),
        (
            "update finding set justified_by = null, status = 'open'",
            "update finding set justified_by = 'alice@example.org', status = 'justified'",
            "somebody accepted it, and it does not say so",
        ),
        (
            // All that somebody with rights on this table alone can do to silence a finding.
            "update decision set finding = 999",
            "update decision set finding = 1",
            "it is shown as accepted, and nobody decided so",
        ),
    ];
    fixture.sql("create table kept as select id, body from revision").await;
    for (tamper, undo, wanted) in cases {
        fixture.sql(tamper).await;
        let found = problems(&fixture.store).await;
        assert!(
            found.iter().any(|problem| problem.contains(wanted)),
            "{tamper}: {found:#?}"
        );
        fixture.sql(undo).await;
        assert_eq!(problems(&fixture.store).await, [""; 0], "after undoing {tamper}");
    }
    // A tail cut off with its head adjusted is a shorter history that is whole: only a head that was noted elsewhere tells.
    let noted = head(&fixture.store).await;
    assert_eq!(problems_since(&fixture.store, &noted).await, [""; 0]);
    fixture
        .sql(
            "delete from decision where id = 1;
            update finding set status = 'open', justified_by = null;
            create table cut as select * from chain where seq = 6;
            delete from chain where seq = 6;
            update chain_head set seq = 5, hash = (select c.hash from chain c where c.seq = 5)",
        )
        .await;
    assert_eq!(problems(&fixture.store).await, [""; 0]);
    let shorter = head(&fixture.store).await;
    assert_eq!(problems_since(&fixture.store, &shorter).await, [""; 0]);
    let is_missed = |found: &[String]| {
        let wanted = format!("head {noted}: the history does not lead through it");
        found.iter().any(|problem| problem.starts_with(&wanted))
    };
    assert!(is_missed(&problems_since(&fixture.store, &noted).await));
    // The entry that was cut off is kept where the walk does not come by.
    for seq in [-106, 0, 7] {
        fixture
            .sql(&format!(
                "update cut set seq = {seq}, recording = -abs(recording); insert into chain select * from cut"
            ))
            .await;
        let found = problems_since(&fixture.store, &noted).await;
        assert!(is_missed(&found), "{found:#?}");
        let outside = format!("chain entry {seq}: it is outside of the chain");
        assert!(found.contains(&outside), "{found:#?}");
        fixture.sql(&format!("delete from chain where seq = {seq}")).await;
    }
    // A forged revision and a forged decision, with entries where the walk does not come by.
    let overriding = if fixture.is_postgres() {
        "overriding system value"
    } else {
        ""
    };
    fixture
        .sql(&format!(
            "insert into revision (id, resource, observed_at, change, recording, full_digest, durable_digest, dictionary, body) {overriding}
                select -1, resource, observed_at, change, -1, full_digest, durable_digest, dictionary, body from revision where id = 1;
            insert into decision (id, recording, at, author, kind, body) {overriding}
                values (-1, -2, 1, 'eve@example.org', 'user-changed', '{{}}');
            insert into chain select -1, at, -1, 1, -1, -1, 0, 0, 0, digest, hash from chain where seq = 1;
            insert into chain select 0, at, -2, 0, 0, 0, 1, -1, -1, digest, hash from chain where seq = 1"
        ))
        .await;
    let found = problems(&fixture.store).await;
    for wanted in [
        "chain entry -1: it is outside of the chain",
        "chain entry 0: it is outside of the chain",
        "revision -1: no chain entry knows it",
        "decision -1: no chain entry knows it",
    ] {
        assert!(found.iter().any(|problem| problem == wanted), "{wanted}: {found:#?}");
    }
    fixture
        .sql("delete from chain where seq < 1; delete from revision where id < 1; delete from decision where id < 1")
        .await;
    assert_eq!(problems(&fixture.store).await, [""; 0]);
    fixture.sql("delete from revision where id = 9").await;
    let found = problems(&fixture.store).await;
    assert!(
        found[0].contains("chain entry 5: it has 1 revisions, and 0 are there"),
        "{found:#?}"
    );
}

/// Comments, rule settings, accounts and users are in no hash themselves; the decisions about them are.
pub(crate) async fn what_is_shown_as_decided_is_what_was_decided(fixture: &Fixture) {
    history(fixture).await;
    let store = &fixture.store;
    let row = fixture.row("sg-1").await;
    store.comment(row, &alice(), "leave it", at(30)).await.unwrap();
    let setting = |is_disabled, score, when| RuleSetting {
        rule: rule(UNUSED),
        account: None,
        is_disabled,
        score,
        reason: "noise".to_owned(),
        by: alice(),
        at: when,
    };
    // Switched off, on again, and scored; another account's is taken back.
    store.put_rule_setting(&setting(true, None, at(31))).await.unwrap();
    store.put_rule_setting(&setting(false, None, at(32))).await.unwrap();
    store
        .put_rule_setting(&setting(false, Score::new(3).ok(), at(33)))
        .await
        .unwrap();
    let mut account = Account::watched("111111111111".parse().unwrap(), " production".to_owned());
    store.put_account(&account, &alice(), at(34)).await.unwrap();
    account.regions = vec!["eu-west-1".parse().unwrap()];
    store.put_account(&account, &alice(), at(35)).await.unwrap();
    let bob = email("bob@example.org");
    store
        .add_user(&bob, Role::View, Some("hash"), &alice(), at(36))
        .await
        .unwrap();
    store.set_role(&bob, Role::Justify, &alice(), at(37)).await.unwrap();
    store
        .set_password_hash(&bob, "another", &alice(), at(38))
        .await
        .unwrap();
    store.set_disabled(&bob, true, &alice(), at(39)).await.unwrap();
    fixture.assert_verifies().await;

    fixture
        .sql(
            "create table kept_comment as select * from comment;
            create table kept_setting as select * from rule_setting;
            create table kept_account as select * from account;
            create table kept_user as select * from app_user;
            create table kept_finding as select * from finding",
        )
        .await;
    let cases = [
        (
            "comment",
            "update comment set body = 'shut it'",
            "comment 1: it is not what was decided last",
        ),
        (
            "comment",
            "update comment set author = 'eve@example.org'",
            "comment 1: it is not what was decided last",
        ),
        ("comment", "delete from comment", "comment 1: it is gone"),
        (
            "comment",
            "insert into comment (resource, author, at, body) values (1, 'alice@example.org', 7, 'fine by me')",
            "comment 2: nobody decided so",
        ),
        (
            "setting",
            "insert into rule_setting (rule, account, is_disabled, reason, author, at)
                values ('aws.s3.bucket.public', '', 1, 'quiet', 'alice@example.org', 7)",
            "setting of rule aws.s3.bucket.public in all accounts: nobody decided so",
        ),
        (
            "setting",
            "update rule_setting set score = 0",
            "setting of rule aws.ec2.security-group.unused in all accounts: it is not what was decided last",
        ),
        (
            "setting",
            "delete from rule_setting",
            "setting of rule aws.ec2.security-group.unused in all accounts: it is gone",
        ),
        (
            "account",
            "update account set body = replace(body, '\"enabled\":true', '\"enabled\":false')",
            "account 111111111111: it is not what was decided last",
        ),
        (
            "account",
            "update account set name = 'toys'",
            "account 111111111111: it is not what was decided last",
        ),
        ("account", "delete from account", "account 111111111111: it is gone"),
        (
            "user",
            "insert into app_user (email, role, created_at) values ('eve@example.org', 'admin', 7)",
            "user eve@example.org: nobody decided so",
        ),
        (
            "user",
            "update app_user set role = 'admin'",
            "user bob@example.org: it is not what was decided last",
        ),
        (
            "user",
            "update app_user set disabled_at = null",
            "user bob@example.org: it is not what was decided last",
        ),
        ("user", "delete from app_user", "user bob@example.org: it is gone"),
        (
            "finding",
            "delete from finding",
            "finding 1: somebody decided about it, and it is gone",
        ),
    ];
    for (kept, tamper, wanted) in cases {
        fixture.sql(tamper).await;
        assert_eq!(problems(store).await, [wanted], "{tamper}");
        let table = match kept {
            "setting" => "rule_setting",
            "user" => "app_user",
            other => other,
        };
        let overriding = if fixture.is_postgres() && ["comment", "finding"].contains(&kept) {
            "overriding system value"
        } else {
            ""
        };
        fixture
            .sql(&format!(
                "delete from {table}; insert into {table} {overriding} select * from kept_{kept}"
            ))
            .await;
        assert_eq!(problems(store).await, [""; 0], "after undoing {tamper}");
    }
}
