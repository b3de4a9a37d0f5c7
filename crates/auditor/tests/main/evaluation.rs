//! The promise of the evaluator: a rule that could not be evaluated says unknown, never "nothing found"; and the same input
//! always gives the same.

use security_monkey_model::{AccountId, RuleId, Score, Verdict};
use serde_json::json;

use super::scene::{ACCOUNT, Scene, built_in, set, with_rule};

fn thing(document: serde_json::Value) -> Scene {
    Scene::new("acme.test.thing", document)
}

const FINDING: &str = r#"{"subject": "s", "message": "m", "evidence": "e"}"#;

#[test]
fn an_error_in_a_builtin_is_unknown_with_its_line() {
    let auditor = with_rule(
        "division",
        "",
        &format!("findings contains {FINDING} if 1 / input.config.count > 0"),
    );
    assert_eq!(
        thing(json!({ "count": 1 })).subjects(&auditor, "acme.test.division"),
        set(["s"])
    );
    let reason = thing(json!({ "count": 0 })).unknown(&auditor, "acme.test.division");
    assert!(reason.contains("acme/test/division.rego:10:"), "{reason}");
    assert!(reason.contains("divide by zero"), "{reason}");
}

#[test]
fn a_conflict_of_two_values_is_unknown() {
    let auditor = with_rule(
        "conflict",
        "",
        &format!(
            "level := 1 if input.config.a\nlevel := 2 if input.config.b\nfindings contains {FINDING} if level > 0"
        ),
    );
    assert_eq!(
        thing(json!({ "a": true })).subjects(&auditor, "acme.test.conflict"),
        set(["s"])
    );
    assert!(
        thing(json!({ "a": true, "b": true }))
            .unknown(&auditor, "acme.test.conflict")
            .contains("rule failed")
    );
}

#[test]
fn a_wrong_type_is_unknown() {
    let auditor = with_rule(
        "types",
        "",
        &format!("findings contains {FINDING} if time.parse_rfc3339_ns(input.config.when) > 0"),
    );
    assert!(
        thing(json!({ "when": "yesterday" }))
            .unknown(&auditor, "acme.test.types")
            .contains("rule failed")
    );
}

#[test]
fn a_rule_that_takes_too_long_is_stopped_and_unknown() {
    let auditor = with_rule(
        "slow",
        "",
        "findings contains {\"subject\": \"s\", \"message\": \"m\"} if {\n\tsome a in input.config.list\n\tsome b in input.config.list\n\tsome c in input.config.list\n\ta + b + c == -1\n}",
    );
    let numbers: Vec<u32> = (0..1000).collect();
    assert_eq!(
        thing(json!({ "list": numbers })).unknown(&auditor, "acme.test.slow"),
        "the rule was stopped after 250 ms of processor time"
    );
    // It keeps working on the next resource.
    assert_eq!(
        thing(json!({ "list": [1] })).subjects(&auditor, "acme.test.slow"),
        set([])
    );
}

#[test]
fn one_broken_rule_does_not_stop_the_others() {
    let auditor = with_rule(
        "division",
        "",
        &format!("findings contains {FINDING} if 1 / input.config.count > 0"),
    );
    let verdicts = Scene::new("aws.ec2.vpc", json!({ "FlowLogs": [] })).evaluate(&auditor);
    assert!(matches!(verdicts["aws.ec2.vpc.no-flow-logs"], Verdict::Fail { .. }));
}

#[test]
fn findings_without_subject_or_message_or_with_other_members_are_refused() {
    for (slug, finding, says) in [
        ("no-subject", r#"{"message": "m"}"#, "subject"),
        ("no-message", r#"{"subject": "s"}"#, "message"),
        (
            "empty-message",
            r#"{"subject": "s", "message": " "}"#,
            "without a message",
        ),
        ("empty-subject", r#"{"subject": "", "message": "m"}"#, "usable subject"),
        (
            "more",
            r#"{"subject": "s", "message": "m", "severity": "high"}"#,
            "severity",
        ),
        ("no-object", r#""text""#, "subject"),
        (
            "high-score",
            r#"{"subject": "s", "message": "m", "score": 11}"#,
            "score",
        ),
    ] {
        let auditor = with_rule(slug, "", &format!("findings contains {finding} if input.config.on"));
        let reason = thing(json!({ "on": true })).unknown(&auditor, &format!("acme.test.{slug}"));
        assert!(reason.contains(says), "{slug}: {reason}");
        assert_eq!(
            thing(json!({})).subjects(&auditor, &format!("acme.test.{slug}")),
            set([])
        );
    }
}

#[test]
fn the_same_subject_twice_is_one_finding_with_all_evidence() {
    let auditor = with_rule(
        "twice",
        "",
        "findings contains {\"subject\": \"s\", \"message\": sprintf(\"because of %s\", [part]), \"evidence\": part} if some part in input.config.parts",
    );
    let verdict = thing(json!({ "parts": ["a", "b"] }))
        .evaluate(&auditor)
        .remove("acme.test.twice");
    let Some(Verdict::Fail { findings }) = verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].message, "because of a; because of b");
    assert_eq!(findings[0].evidence, json!(["a", "b"]));
}

#[test]
fn message_and_score_are_no_part_of_the_identity() {
    let rule = |message: &str, score: u8| {
        with_rule(
            "same",
            "",
            &format!(
                "findings contains {{\"subject\": \"s\", \"message\": \"{message}\", \"score\": {score}}} if input.config.on"
            ),
        )
    };
    let scene = thing(json!({ "on": true }));
    let (before, after) = (rule("one wording", 3), rule("another", 9));
    assert_eq!(
        scene.subjects(&before, "acme.test.same"),
        scene.subjects(&after, "acme.test.same")
    );
    let version = |auditor: &security_monkey_auditor::Auditor| {
        auditor
            .rules()
            .get(&RuleId::parse("acme.test.same").unwrap())
            .unwrap()
            .version
    };
    assert_ne!(
        version(&before),
        version(&after),
        "a changed rule must be evaluated again"
    );
}

#[test]
fn a_field_that_could_not_be_read_is_unknown_for_the_rules_that_read_it_only() {
    let auditor = built_in();
    let scene = Scene::new(
        "aws.s3.bucket",
        json!({ "Name": "b", "Versioning": { "Status": "Enabled" } }),
    )
    .collection("aws.s3.account-public-access-block", true, vec![])
    .unread("Policy")
    .unread("Encryption");
    assert_eq!(
        scene.unknown(&auditor, "aws.s3.bucket.public"),
        "Policy could not be read"
    );
    assert_eq!(
        scene.unknown(&auditor, "aws.s3.bucket.insecure-transport"),
        "Policy could not be read"
    );
    assert_eq!(
        scene.unknown(&auditor, "aws.s3.bucket.not-encrypted"),
        "Encryption could not be read"
    );
    assert_eq!(scene.subjects(&auditor, "aws.s3.bucket.no-versioning"), set([]));
    let user = Scene::new(
        "aws.iam.user",
        json!({ "AccessKeys": [{ "AccessKeyId": "A", "Status": "Active", "CreateDate": "2026-09-20T00:00:00Z" }] }),
    )
    .unread("AccessKeys[].LastUsed");
    assert_eq!(
        user.unknown(&auditor, "aws.iam.user.unused-access-key"),
        "AccessKeys[].LastUsed could not be read"
    );
    assert_eq!(user.subjects(&auditor, "aws.iam.user.two-active-access-keys"), set([]));
}

#[test]
fn a_rule_may_say_itself_that_it_cannot_tell_or_does_not_apply() {
    let body = format!(
        "findings contains {FINDING} if input.config.bad\nunknown contains \"no idea\" if not input.config.known\nnot_applicable contains \"not mine\" if input.config.other"
    );
    let auditor = with_rule("says", "", &body);
    assert_eq!(thing(json!({})).unknown(&auditor, "acme.test.says"), "no idea");
    assert_eq!(
        thing(json!({ "bad": true })).unknown_but(&auditor, "acme.test.says"),
        ("no idea".to_owned(), set(["s"])),
        "what it finds all the same stands"
    );
    assert_eq!(
        thing(json!({ "bad": true, "other": true })).unknown(&auditor, "acme.test.says"),
        "no idea",
        "a rule that may not apply proves nothing"
    );
    let verdict = thing(json!({ "known": true, "bad": true, "other": true }))
        .evaluate(&auditor)
        .remove("acme.test.says");
    assert_eq!(
        verdict,
        Some(Verdict::NotApplicable {
            reason: "not mine".into()
        })
    );
    assert_eq!(
        thing(json!({ "known": true, "bad": true })).subjects(&auditor, "acme.test.says"),
        set(["s"])
    );
}

#[test]
fn a_collection_that_is_read_must_be_complete() {
    let auditor = with_rule(
        "reader",
        "#   reads: [acme.test.other]\n",
        &format!(
            "findings contains {FINDING} if {{\n\tsome other in input.collections[\"acme.test.other\"]\n\tother.config.bad\n}}"
        ),
    );
    let scene = |complete| thing(json!({})).collection("acme.test.other", complete, vec![json!({})]);
    assert_eq!(scene(true).subjects(&auditor, "acme.test.reader"), set([]));
    assert!(
        scene(false)
            .unknown(&auditor, "acme.test.reader")
            .contains("acme.test.other")
    );
    assert!(
        thing(json!({}))
            .unknown(&auditor, "acme.test.reader")
            .contains("acme.test.other")
    );
}

#[test]
fn what_could_not_be_read_of_neighbours_is_unknown_for_the_rules_that_read_it_only() {
    const OTHER: &str = "acme.test.other";
    let body = |part: &str, path: &str| {
        format!("findings contains {FINDING} if {{\n\tsome other in input.{part}[\"{OTHER}\"]\n\tother.{path}\n}}")
    };
    let id = "acme.test.reader";
    let link = |unread: &[&'static str]| Scene {
        linked_unread: unread.to_vec(),
        ..thing(json!({})).link(OTHER, "o-1", json!({}))
    };
    let by_link = with_rule(
        "reader",
        &format!("#   links: [{OTHER}]\n"),
        &body("links", "config.bad"),
    );
    assert_eq!(link(&["Tags"]).subjects(&by_link, id), set([]));
    assert_eq!(
        link(&["Tags", "bad"]).unknown(&by_link, id),
        "bad of the linked acme.test.other o-1 could not be read"
    );
    link(&["*"]).unknown(&by_link, id);
    let by_derived = with_rule(
        "reader",
        &format!("#   links: [{OTHER}]\n"),
        &body("links", "derived.ingress[_].internet"),
    );
    assert_eq!(link(&["bad"]).subjects(&by_derived, id), set([]));
    link(&["IpPermissions"]).unknown(&by_derived, id);
    // Handed to a function, any part of it may be read.
    let whole = format!(
        "findings contains {FINDING} if {{\n\tsome other in input.links[\"{OTHER}\"]\n\tis_bad(other)\n}}\nis_bad(thing) if thing.config.bad"
    );
    let by_function = with_rule("reader", &format!("#   links: [{OTHER}]\n"), &whole);
    link(&["Tags"]).unknown(&by_function, id);

    let collection = |document: serde_json::Value, unread: &[&'static str]| Scene {
        collected_unread: unread.to_vec(),
        ..thing(json!({})).collection(OTHER, true, vec![document])
    };
    let reads = with_rule(
        "reader",
        &format!("#   reads: [{OTHER}]\n"),
        &body("collections", "config.bad"),
    );
    assert_eq!(collection(json!({}), &["Tags"]).subjects(&reads, id), set([]));
    assert_eq!(
        collection(json!({}), &["bad"]).unknown(&reads, id),
        "bad of acme.test.other c-0 could not be read"
    );
    // What can only excuse leaves a pass standing.
    let excused = with_rule(
        "reader",
        &format!("#   excused_by: [{OTHER}]\n"),
        &format!(
            "findings contains {FINDING} if not excused\nexcused if {{\n\tsome other in input.collections[\"{OTHER}\"]\n\tother.config.good\n}}"
        ),
    );
    assert_eq!(collection(json!({}), &["Tags"]).subjects(&excused, id), set(["s"]));
    assert_eq!(
        collection(json!({}), &["good"]).unknown(&excused, id),
        "it fails by itself, but what could excuse it is not known: good of acme.test.other c-0 could not be read"
    );
    assert_eq!(
        collection(json!({"good": true}), &["good"]).subjects(&excused, id),
        set([])
    );
}

#[test]
fn tags_that_could_not_be_read_are_unknown_for_the_rules_that_read_them_only() {
    let auditor = with_rule(
        "tagged",
        "",
        &format!("findings contains {FINDING} if not input.resource.tags.owner"),
    );
    assert_eq!(
        thing(json!({})).unread("Policy").subjects(&auditor, "acme.test.tagged"),
        set(["s"])
    );
    assert_eq!(
        thing(json!({})).unread("Tags").unknown(&auditor, "acme.test.tagged"),
        "its tags could not be read"
    );
    let auditor = with_rule(
        "named",
        "",
        &format!("findings contains {FINDING} if input.resource.name == \"r-1\""),
    );
    assert_eq!(
        thing(json!({})).unread("Tags").subjects(&auditor, "acme.test.named"),
        set(["s"])
    );
}

#[test]
fn scores_and_switched_off_rules_follow_the_account_first() {
    let auditor = built_in();
    let rule = RuleId::parse("aws.ec2.vpc.no-flow-logs").unwrap();
    let account = AccountId::parse(ACCOUNT).unwrap();
    let mut scene = Scene::new("aws.ec2.vpc", json!({ "FlowLogs": [] }));
    let score = |scene: &Scene| match scene.evaluate(&auditor).remove(rule.as_str()) {
        Some(Verdict::Fail { findings }) => findings[0].score.value(),
        other => panic!("{other:?}"),
    };
    assert_eq!(score(&scene), 5);
    scene
        .overrides
        .scores
        .insert((rule.clone(), None), Score::new(1).unwrap());
    assert_eq!(score(&scene), 1);
    scene
        .overrides
        .scores
        .insert((rule.clone(), Some(account.clone())), Score::new(9).unwrap());
    assert_eq!(score(&scene), 9);
    scene.overrides.disabled.insert((rule.clone(), None), true);
    let verdict = scene.evaluate(&auditor).remove(rule.as_str());
    assert!(matches!(verdict, Some(Verdict::NotApplicable { .. })), "{verdict:?}");
    // Off everywhere, but the account has a setting of its own.
    scene
        .overrides
        .disabled
        .insert((rule.clone(), Some(account.clone())), false);
    assert_eq!(score(&scene), 9);
    scene.overrides.disabled.insert((rule.clone(), Some(account)), true);
    let verdict = scene.evaluate(&auditor).remove(rule.as_str());
    assert!(matches!(verdict, Some(Verdict::NotApplicable { .. })), "{verdict:?}");
}

#[test]
fn many_threads_share_one_auditor_and_get_the_same() {
    let auditor = built_in();
    let scene = || {
        Scene::new(
            "aws.ec2.security-group",
            json!({ "GroupName": "default", "IpPermissions": [{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }] }),
        )
    };
    let expected = scene().evaluate(&auditor);
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..20).map(|_| scene().evaluate(&auditor)).collect::<Vec<_>>()))
            .collect();
        for handle in handles {
            assert!(handle.join().unwrap().iter().all(|verdicts| *verdicts == expected));
        }
    });
}
