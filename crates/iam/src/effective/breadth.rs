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

/// One resource of each kind that permissions hang on, by a name that no policy gives.
const SOME: [&str; 4] = [
    "group/nobody-in-particular",
    "policy/nobody-in-particular",
    "role/nobody-in-particular",
    "user/nobody-in-particular",
];

/// Whether the statement is about users, groups, roles and policies of any name.
pub(super) fn is_broad(statement: &Statement) -> bool {
    let Some(element) = &statement.resource else {
        return true;
    };
    SOME.iter().all(|resource| {
        let is_listed = element.patterns.iter().any(|pattern| reaches(&pattern.text, resource));
        is_listed == (element.polarity == Polarity::Is)
    })
}

/// Whether a pattern takes in a resource of IAM, of whatever account the pattern is about.
fn reaches(text: &str, resource: &str) -> bool {
    let text = complete(text);
    match Arn::read(&text) {
        Some(arn) => {
            pattern::matches(arn.service, "iam", Case::Sensitive)
                && pattern::matches(arn.resource, resource, Case::Sensitive)
        }
        // No ARN: "*", "arn*", "*:iam::*".
        None => pattern::matches(&text, &format!("arn:aws:iam::000000000000:{resource}"), Case::Sensitive),
    }
}
