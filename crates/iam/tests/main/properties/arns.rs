//! Patterns of resources with wildcards in every part, whole and cut short.

use proptest::prelude::*;

use super::lists::pick;

/// Six parts, or fewer: AWS completes what is missing.
fn pattern() -> impl Strategy<Value = String> {
    (
        pick(&["aws", "aws", "*", "aws*"]),
        pick(&["s3", "iam", "iam", "lambda", "lambda", "*", "?am", "la*"]),
        pick(&["", "*", "*", "eu-west-1", "eu-*"]),
        pick(&["", "*", "*", "111111111111", "11*", "${aws:PrincipalAccount}"]),
        pick(&[
            "*",
            "records/*",
            "user/*",
            "role/app",
            "r*",
            "function:f",
            "*a*",
            "user/${aws:username}",
        ]),
        2..=6_usize,
        any::<bool>(),
    )
        .prop_map(|(partition, service, region, account, resource, parts, has_star)| {
            let whole = ["arn", &partition, &service, &region, &account, &resource];
            let kept: Vec<&str> = whole.into_iter().take(parts).collect();
            // What stands at the end of a shortened ARN is mostly a wildcard: "arn:aws:lambda:*".
            let star = if has_star && parts < 6 { ":*" } else { "" };
            format!("{}{star}", kept.join(":"))
        })
}

/// A list of them, as JSON.
pub(super) fn patterns(most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(pattern(), 1..=most).prop_map(|patterns| format!("{patterns:?}"))
}
