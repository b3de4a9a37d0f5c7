//! The history is what was recorded, or `verify` says where it is not.

use security_monkey_model::Digest;
use security_monkey_store::finding::FindingFilter;
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{Page, Store};
use serde_json::json;

use crate::fixture::{Fixture, OPEN_PORT, alice, at, fails, resource, scope};

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
            .unwrap()
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
    let noted = Digest::parse_hex(&fixture.store.verify(&mut |_| {}).await.unwrap().head).unwrap();
    assert!(fixture.store.has_head(&noted).await.unwrap());
    fixture
        .sql(
            "delete from decision where id = 1;
            update finding set status = 'open', justified_by = null;
            delete from chain where seq = 6;
            update chain_head set seq = 5, hash = (select c.hash from chain c where c.seq = 5)",
        )
        .await;
    let report = fixture.store.verify(&mut |_| {}).await.unwrap();
    assert_eq!(report.problems, []);
    assert!(!fixture.store.has_head(&noted).await.unwrap());
    assert!(
        fixture
            .store
            .has_head(&Digest::parse_hex(&report.head).unwrap())
            .await
            .unwrap()
    );
    fixture.sql("delete from revision where id = 9").await;
    let found = problems(&fixture.store).await;
    assert!(
        found[0].contains("chain entry 5: it has 1 revisions, and 0 are there"),
        "{found:#?}"
    );
}
