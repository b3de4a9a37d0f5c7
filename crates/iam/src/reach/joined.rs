//! Statements of several policies as one policy, for analyses that take one. Each statement is read in the version of its own policy.

use crate::document::{Policy, Statement, Text, Version};

/// Adds the statements of `other` that `which` picks. Where the versions differ, the younger is that of the result, and what looks like
/// a variable in the older policy is spelled as the text it is.
pub(super) fn add_statements(policy: &mut Policy, other: &Policy, which: impl Fn(&Statement) -> bool) {
    let differ = policy.version != other.version;
    if differ {
        for statement in &mut policy.statements {
            spell_out(statement, policy.version);
        }
        policy.version = Version::V2012;
    }
    for statement in other.statements.iter().filter(|statement| which(statement)) {
        let mut added = statement.clone();
        added.index = policy.statements.len();
        if differ {
            spell_out(&mut added, other.version);
        }
        policy.statements.push(added);
    }
}

/// A text of a statement as it was written, before its policy was joined with a younger one.
pub(super) fn as_written(text: &str, statement: &Statement, policy: &Policy) -> String {
    if statement.version == policy.version {
        text.to_owned()
    } else {
        text.replace(SPELLED_OUT, "${")
    }
}

/// What begins a variable, as plain text of version 2012-10-17.
const SPELLED_OUT: &str = "${$}{";

/// The statement as version 2012-10-17 reads it, in which `${$}` is a plain dollar.
fn spell_out(statement: &mut Statement, version: Version) {
    if version == Version::V2012 {
        return;
    }
    let resources = statement.resource.iter_mut().flat_map(|element| &mut element.patterns);
    let values = statement
        .conditions
        .iter_mut()
        .flat_map(|condition| &mut condition.values);
    for Text { text, .. } in resources.chain(values) {
        if text.contains("${") {
            *text = text.replace("${", SPELLED_OUT);
        }
    }
}
