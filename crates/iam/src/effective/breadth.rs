//! Whether a statement is about practically all of IAM: what an administrator under conditions has, and somebody who may look after
//! one path or their own keys has not.

use crate::arn::{Arn, complete};
use crate::document::{Polarity, Statement};
use crate::pattern::{self, Case};

/// Actions each of which grants any permission to somebody.
pub(super) const GRANTING: [&str; 7] = [
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
];

/// How many kinds of resources permissions hang on.
pub(super) const KINDS: usize = 4;

/// One resource of each kind that permissions hang on, by a name that no policy gives.
const SOME: [&str; KINDS] = [
    "group/nobody-in-particular",
    "policy/nobody-in-particular",
    "role/nobody-in-particular",
    "user/nobody-in-particular",
];

/// Of which kinds of resources, of any name, the statement is about: those of this account, or where it is not known of some account.
pub(super) fn broad_kinds(statement: &Statement, account: Option<&str>) -> [bool; KINDS] {
    let Some(element) = &statement.resource else {
        return [true; KINDS];
    };
    let mut listed = [false; KINDS];
    for pattern in &element.patterns {
        add_reached(&pattern.text, account, &mut listed);
    }
    listed.map(|is_listed| is_listed == (element.polarity == Polarity::Is))
}

/// Adds the kinds of which a pattern takes in a resource of IAM. Most patterns are of other services.
fn add_reached(text: &str, account: Option<&str>, listed: &mut [bool; KINDS]) {
    let text = complete(text);
    let arn = Arn::read(&text);
    if arn.is_some_and(|arn| !pattern::matches(arn.service, "iam", Case::Sensitive) || !is_of(arn.account, account)) {
        return;
    }
    for (is_listed, resource) in listed.iter_mut().zip(SOME) {
        *is_listed |= if let Some(arn) = arn {
            pattern::matches(arn.resource, resource, Case::Sensitive)
        } else {
            // No ARN: "*", "arn*", "*:iam::*".
            let account = account.unwrap_or("000000000000");
            pattern::matches(&text, &format!("arn:aws:iam::{account}:{resource}"), Case::Sensitive)
        };
    }
}

/// Whether the account part of a pattern takes in the account, or some account where it is not known. A variable may stand for any.
fn is_of(pattern: &str, account: Option<&str>) -> bool {
    match account {
        _ if pattern.contains('$') => true,
        Some(account) => pattern::matches(pattern, account, Case::Sensitive),
        None => pattern
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'?')),
    }
}
