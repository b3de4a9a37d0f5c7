use security_monkey_model::document::difference;
use security_monkey_model::{Actor, Change, Event, EventBody, FindingStatus, GapCause, Score, Subject, Timestamp};
use serde_json::{Value, json};

use super::*;

fn key() -> ResourceKey {
    serde_json::from_value(json!({
        "account": "123456789012", "region": "eu-west-1", "technology": "aws.ec2.security-group", "id": "sg-1"
    }))
    .unwrap()
}

fn context() -> RenderContext {
    RenderContext {
        link_base: Some("https://monkey.example.com".into()),
        account_name: Some("prod".into()),
        resource: Some(4),
        advice: Some(Advice {
            rationale: "Anybody can try passwords.".into(),
            remediation: "Limit the source to your own networks.".into(),
            references: vec!["https://docs.aws.amazon.com/vpc/".into(), "javascript:alert(1)".into()],
        }),
        also: Vec::new(),
    }
}

fn event(body: EventBody) -> Event {
    Event {
        id: 17,
        at: Timestamp::parse("2026-11-22T03:00:00Z").unwrap(),
        body,
    }
}

fn changed(name: &str, before: &Value, after: &Value) -> Event {
    event(EventBody::ResourceChanged {
        resource: key(),
        name: name.into(),
        arn: Some("arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1".into()),
        change: Change::Changed,
        revision: 9,
        actor: Some(Actor {
            principal: "arn:aws:iam::123456789012:user/ann".into(),
            source_ip: Some("203.0.113.9".into()),
            action: Some("ec2:AuthorizeSecurityGroupIngress".into()),
            at: None,
        }),
        differences: difference(before, after),
    })
}

fn finding(status: FindingStatus) -> Event {
    event(EventBody::FindingChanged {
        finding: 12,
        resource: key(),
        name: "web".into(),
        arn: None,
        rule: "aws.ec2.security-group.admin-port-open".parse().unwrap(),
        title: "Administration port open to the internet".into(),
        subject: Subject::parse("0.0.0.0/0 tcp/22").unwrap(),
        message: "port 22 is open to 0.0.0.0/0".into(),
        score: Score::new(8).unwrap(),
        status,
    })
}

fn both(content: &Content) -> String {
    format!("{}\n\n{}\n{}", content.subject, content.text, content.html)
}

#[test]
fn a_change_shows_who_did_what() {
    let before = json!({"Ingress": [{"Port": 443}], "Description": "web", "Old": true});
    let after = json!({"Ingress": [{"Port": 443}, {"Port": 22, "Cidr": "0.0.0.0/0"}], "Description": "web <b>"});
    insta::assert_snapshot!(both(&render(&changed("web", &before, &after), &context())));
}

#[test]
fn a_finding_says_how_bad_and_what_to_do() {
    insta::assert_snapshot!(both(&render(&finding(FindingStatus::Open), &context())));
}

#[test]
fn a_resolved_finding_gives_no_advice() {
    let content = render(&finding(FindingStatus::Resolved), &context());
    assert!(content.subject.starts_with("[resolved] "), "{}", content.subject);
    assert!(!content.text.contains("What to do"), "{}", content.text);
}

#[test]
fn a_gap_says_that_nothing_counts_as_deleted() {
    let gap = |cause| {
        event(EventBody::CoverageChanged {
            scope: key().scope,
            cause,
            message: "ec2:DescribeSecurityGroups: AccessDenied".into(),
        })
    };
    insta::assert_snapshot!(both(&render(&gap(Some(GapCause::Denied)), &context())));
    let again = render(&gap(None), &RenderContext::default());
    assert_eq!(
        again.subject,
        "Can read aws.ec2.security-group in 123456789012 eu-west-1 again"
    );
    assert_eq!(again.link, None);
}

#[test]
fn a_secret_shows_only_that_it_changed() {
    let digest = |byte: &str| json!({"Env": {"PASSWORD": {"$digest": format!("sha256:{}", byte.repeat(32))}}});
    let content = render(&changed("f", &digest("ab"), &digest("cd")), &context());
    let whole = both(&content);
    assert!(whole.contains("(secret, digest abababab…)"), "{whole}");
    assert!(!whole.contains("ababababab"), "{whole}");
}

#[test]
fn what_an_attacker_names_is_neither_markup_nor_disguise() {
    let name = "<script>alert(1)</script>\u{202e}evil\r\nBcc: all@example.com";
    let before = json!({"Tag": "</pre><img src=x onerror=alert(1)>"});
    let content = render(&changed(name, &before, &json!({"Tag": "a\u{200b}b"})), &context());
    assert!(
        !content.subject.contains(['\r', '\n', '\u{202e}']),
        "{:?}",
        content.subject
    );
    for forbidden in ["<script", "<img", "javascript:alert(1)\""] {
        assert!(!content.html.contains(forbidden), "{}", content.html);
    }
    assert!(content.text.contains("a\\u{200b}b"), "{}", content.text);
    let finding = render(&finding(FindingStatus::Open), &context());
    assert!(!finding.html.contains("href=\"javascript"), "{}", finding.html);
}

#[test]
fn a_giant_change_stays_a_message() {
    let after: serde_json::Map<String, Value> = (0..100)
        .map(|index| (format!("Key{index:03}"), json!("x".repeat(9_000))))
        .collect();
    let content = render(&changed("web", &json!({}), &Value::Object(after)), &context());
    assert!(content.text.len() < 80_000, "{}", content.text.len());
    assert!(content.text.contains("… (5000 more characters)"));
    assert!(content.text.contains("more differences"));
    let long = render(&changed(&"n".repeat(2_000), &json!({}), &json!({"a": 1})), &context());
    assert_eq!(long.subject.chars().count(), 200);
}

#[test]
fn many_scopes_out_of_sight_are_one_message() {
    let event = event(EventBody::CoverageChanged {
        scope: key().scope,
        cause: Some(GapCause::Credentials),
        message: "the role cannot be assumed".into(),
    });
    let context = RenderContext {
        also: vec![key().scope; 60],
        ..context()
    };
    let content = render(&event, &context);
    assert_eq!(
        content.subject,
        "Cannot read aws.ec2.security-group in prod eu-west-1 and 60 more scopes: credentials"
    );
    assert!(content.text.contains("… and 10 more"), "{}", content.text);
}

#[test]
fn many_events_are_one_message_with_the_worst_first() {
    let events = [
        changed("web <b>", &json!({}), &json!({"a": 1})),
        finding(FindingStatus::Resolved),
        finding(FindingStatus::Open),
        event(EventBody::CoverageChanged {
            scope: key().scope,
            cause: Some(GapCause::Denied),
            message: "denied".into(),
        }),
    ];
    let events: Vec<_> = events.iter().map(|event| (event, context())).collect();
    insta::assert_snapshot!(both(&render_digest(&events)));
}
