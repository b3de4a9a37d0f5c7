//! Lists of a policy: mostly of one or two values, at times of a few, rarely as long as those of teams, repositories and accounts are.

use std::sync::LazyLock;

use proptest::prelude::*;
use security_monkey_iam::actions::{ActionInfo, list};

/// How long the lists of one policy may get. Said once for the whole policy: searches get large where long lists meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Small,
    /// Up to six values.
    Few,
    /// Up to forty.
    Many,
}

/// What lists are made of.
#[derive(Clone, Copy)]
pub(super) struct Values {
    /// A few values that meet each other and the requests.
    pub(super) few: &'static [&'static str],
    /// The value of a number, for long lists.
    pub(super) many: fn(usize) -> String,
}

pub(super) fn pick(choices: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(choices).prop_map(str::to_owned)
}

fn json_list(items: &[String]) -> String {
    format!(
        "[{}]",
        items
            .iter()
            .map(|item| format!("{item:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// A list of at most so many choices.
pub(super) fn list_of(choices: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(pick(choices), 1..=most).prop_map(|items| json_list(&items))
}

/// A list of the size; a small one has at most `most` values.
pub(super) fn list_sized(values: Values, most: usize, size: Size) -> BoxedStrategy<String> {
    let of = move |few: u32, many: u32, count: std::ops::RangeInclusive<usize>| {
        let one = prop_oneof![
            few => pick(values.few),
            many => (0usize..60).prop_map(values.many),
        ];
        prop::collection::vec(one, count)
            .prop_map(|items| json_list(&items))
            .boxed()
    };
    let small = list_of(values.few, most).boxed();
    match size {
        Size::Small => small,
        Size::Few => prop_oneof![2 => small, 1 => of(1, 1, 3..=6)].boxed(),
        Size::Many => prop_oneof![3 => small, 1 => of(1, 1, 3..=6), 2 => of(1, 8, 10..=40)].boxed(),
    }
}

/// Where the number has no value of its own.
pub(super) fn account(number: usize) -> String {
    format!("5555555555{number:02}")
}

fn action_of(service: &str, number: usize) -> String {
    let all: Vec<&ActionInfo> = list().of_service(service).iter().collect();
    let name = all[number * 7 % all.len()].full_name();
    // Some as a pattern.
    match number % 3 {
        0 => format!("{}*", &name[..name.len() - 3]),
        _ => name,
    }
}

pub(super) fn s3_action(number: usize) -> String {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| (0..60).map(|number| action_of("s3", number)).collect());
    ALL[number].clone()
}

pub(super) fn kms_action(number: usize) -> String {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| (0..60).map(|number| action_of("kms", number)).collect());
    ALL[number].clone()
}

pub(super) fn iam_action(number: usize) -> String {
    static ALL: LazyLock<Vec<String>> = LazyLock::new(|| (0..60).map(|number| action_of("iam", number)).collect());
    ALL[number].clone()
}

pub(super) fn sts_action(number: usize) -> String {
    [
        "sts:AssumeRole",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "sts:Assume*",
    ][number % 4]
        .to_owned()
}

pub(super) fn prefix_of_bucket(number: usize) -> String {
    match number % 4 {
        0 => format!("arn:aws:s3:::records/*/team{number}/*"),
        1 => format!("arn:aws:s3:::records/team{number}"),
        _ => format!("arn:aws:s3:::records/team{number}/*"),
    }
}

pub(super) fn key(number: usize) -> String {
    match number % 3 {
        0 => format!("arn:aws:kms:*:111111111111:key/{number}*"),
        _ => format!("arn:aws:kms:us-east-1:111111111111:key/{number}"),
    }
}

pub(super) fn principal(number: usize) -> String {
    match number % 3 {
        0 => account(number),
        1 => format!("arn:aws:iam::{}:root", account(number)),
        _ => format!("arn:aws:iam::{}:role/team{number}", account(number)),
    }
}

/// Of principals, some of them roles of IAM Identity Center, whose names end in what nobody chooses.
pub(super) fn principal_pattern(number: usize) -> String {
    match number % 4 {
        0 => format!("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Team{number}_*"),
        1 => format!("arn:aws:iam::{}:role/*", account(number)),
        2 => format!("arn:aws:iam::222222222222:role/*team{number}*"),
        _ => format!("arn:aws:iam::*:user/team{number}/*"),
    }
}

pub(super) fn source(number: usize) -> String {
    match number % 4 {
        0 => format!("arn:aws:sns:us-*:{}:prod-*", account(number)),
        1 => format!("arn:aws:sns:*:*:*team{number}*"),
        2 => format!("arn:aws:sns:us-east-1:{}:t", account(number)),
        _ => format!("arn:aws:cloudwatch:*:{}:alarm:*", account(number)),
    }
}

pub(super) fn service(number: usize) -> String {
    ["events", "s3", "config", "cloudtrail", "logs", "sqs"][number % 6].to_owned() + ".amazonaws.com"
}

pub(super) fn network(number: usize) -> String {
    match number % 3 {
        0 => format!("{}.0.0.0/6", number / 3 * 12),
        1 => format!("203.0.{number}.0/24"),
        _ => format!("2600:{number:x}::/32"),
    }
}

pub(super) fn vpc(number: usize) -> String {
    format!("vpc{}-team{number}", ["", "e", "*"][number % 3])
}

pub(super) fn organisation(number: usize) -> String {
    format!("o-others{number:05}")
}

pub(super) fn path_in_organisation(number: usize) -> String {
    let end = ["", "*", "ou-ab12-11111111/"][number % 3];
    format!("{}/r-ab12/{end}", organisation(number))
}

/// Names of no sort: prefixes, agents, users.
pub(super) fn name(number: usize) -> String {
    match number % 4 {
        0 => format!("team{number}/*"),
        1 => format!("*team{number}"),
        2 => format!("team{number}"),
        _ => format!("t*m{number}*"),
    }
}
