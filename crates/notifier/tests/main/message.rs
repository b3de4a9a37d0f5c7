//! Messages to send in the tests.

use security_monkey_model::{Event, EventBody, FindingStatus, Score, Subject, Timestamp};
use security_monkey_notifier::{Message, MessageId, RenderContext, render};

/// A finding's message: event 17 to subscription 3.
pub(super) fn finding() -> Message {
    let event = Event {
        id: 17,
        at: Timestamp::parse("2026-11-22T03:00:00Z").unwrap(),
        body: EventBody::FindingChanged {
            finding: 12,
            resource: serde_json::from_value(serde_json::json!({
                "account": "123456789012", "region": "eu-west-1", "technology": "aws.ec2.security-group", "id": "sg-1"
            }))
            .unwrap(),
            name: "web — früh".into(),
            arn: None,
            rule: "aws.ec2.security-group.admin-port-open".parse().unwrap(),
            title: "Administration port open to the internet".into(),
            subject: Subject::parse("0.0.0.0/0 tcp/22").unwrap(),
            message: "port 22 is open to 0.0.0.0/0".into(),
            score: Score::new(8).unwrap(),
            status: FindingStatus::Open,
        },
    };
    Message {
        id: MessageId {
            deployment: "monkey.example.com".into(),
            event: event.id,
            at: event.at,
            subscription: 3,
        },
        at: event.at,
        content: render(&event, &RenderContext::default()),
        payload: serde_json::to_value(&event).unwrap(),
    }
}
