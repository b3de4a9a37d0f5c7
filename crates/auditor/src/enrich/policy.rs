//! Policies in a document: found by shape, normalised by `iam`, with a stable subject for each statement.

use std::collections::BTreeMap;

use security_monkey_iam::{AccountDirectory, NormalisedStatement, normalise, parse};
use security_monkey_model::{Digest, Document};
use serde::Serialize;

use super::Derived;

/// Policies are looked for this deep: managed policies stand four levels down (`PolicyVersionList[].Document`).
const DEPTH: usize = 6;

/// One policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DerivedPolicy {
    /// Where it stands: `AssumeRolePolicyDocument`, `UserPolicyList[0].PolicyDocument`.
    pub path: String,
    /// The member of the document it stands in: `UserPolicyList`.
    pub member: String,
    /// Its name where AWS gives it one beside the document (inline policies), else empty.
    pub name: String,
    /// Its statements.
    pub statements: Vec<DerivedStatement>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DerivedStatement {
    /// What to name a finding by: the Sid where it is unique, else a digest of the statement; never its position. Begins with
    /// the policy's name where there is one.
    pub subject: String,
    /// Path of the statement in the document.
    pub at: String,
    /// Everything `iam` says of it.
    #[serde(flatten)]
    pub statement: NormalisedStatement,
}

pub(super) fn collect(document: &Document, directory: &AccountDirectory, derived: &mut Derived) {
    let mut search = Search { directory, derived };
    search.visit(document, &mut String::new(), "", "", DEPTH);
}

struct Search<'a> {
    directory: &'a AccountDirectory,
    derived: &'a mut Derived,
}

impl Search<'_> {
    fn visit(&mut self, value: &Document, path: &mut String, member: &str, name: &str, depth: usize) {
        let length = path.len();
        match value {
            Document::Object(members) => {
                if members
                    .get("Statement")
                    .is_some_and(|statement| statement.is_object() || statement.is_array())
                {
                    self.policy(value, path, member, name);
                    return;
                }
                if depth == 0 {
                    return;
                }
                let name = members.get("PolicyName").and_then(Document::as_str).unwrap_or_default();
                for (key, below) in members {
                    if below.is_object() || below.is_array() {
                        if length > 0 {
                            path.push('.');
                        }
                        path.push_str(key);
                        let top = if length == 0 { key } else { member };
                        self.visit(below, path, top, name, depth - 1);
                        path.truncate(length);
                    }
                }
            }
            Document::Array(elements) if depth > 0 => {
                for (index, below) in elements.iter().enumerate() {
                    if below.is_object() || below.is_array() {
                        path.push('[');
                        path.push_str(&index.to_string());
                        path.push(']');
                        self.visit(below, path, member, name, depth - 1);
                        path.truncate(length);
                    }
                }
            }
            _ => {}
        }
    }

    fn policy(&mut self, value: &Document, path: &str, member: &str, name: &str) {
        let policy = match parse::from_value(value, parse::PolicyKind::Any) {
            Ok(parsed) => parsed.policy,
            Err(error) => {
                self.derived.unreadable.push((path.to_owned(), error.to_string()));
                return;
            }
        };
        let normalised = normalise(&policy, self.directory);
        let mut sids: BTreeMap<&str, usize> = BTreeMap::new();
        for statement in &normalised {
            *sids.entry(statement.sid.as_deref().unwrap_or_default()).or_default() += 1;
        }
        let subjects: Vec<String> = normalised
            .iter()
            .map(|statement| {
                let own = match statement.sid.as_deref() {
                    Some(sid) if !sid.is_empty() && sids.get(sid) == Some(&1) => sid.to_owned(),
                    _ => digest_of(value, statement.index),
                };
                if name.is_empty() { own } else { format!("{name}/{own}") }
            })
            .collect();
        let statements = normalised
            .into_iter()
            .zip(subjects)
            .map(|(statement, subject)| DerivedStatement {
                subject,
                at: if policy.single_statement {
                    format!("{path}.Statement")
                } else {
                    format!("{path}.Statement[{}]", statement.index)
                },
                statement,
            })
            .collect();
        self.derived.policies.push(DerivedPolicy {
            path: path.to_owned(),
            member: member.to_owned(),
            name: name.to_owned(),
            statements,
        });
    }
}

/// A statement without a name of its own is named by what it says, so that moving it keeps a finding's identity.
fn digest_of(policy: &Document, index: usize) -> String {
    let statement = match &policy["Statement"] {
        Document::Array(statements) => statements.get(index).unwrap_or(&Document::Null),
        single => single,
    };
    let digest = Digest::of_document(statement).to_string();
    format!("statement {}", digest.get(..12).unwrap_or(&digest))
}
