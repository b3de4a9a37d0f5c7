//! Policies in a document: found by shape, normalised by `iam`, with a stable subject for each statement.

use std::collections::BTreeMap;

use security_monkey_iam::reach::Accepts;
use security_monkey_iam::{
    AccountDirectory, NormalisedStatement, Policy, ReachContext, ReachFinding, normalise, parse,
    reach_of_resource_policy,
};
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
    /// False for a version of a managed policy that is not in force.
    pub is_default: bool,
    /// Its statements.
    pub statements: Vec<DerivedStatement>,
}

/// Somebody who can reach the resource through one of its policies, denies and conditions taken into account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DerivedReach {
    /// Where the policy stands.
    pub path: String,
    /// The member of the document it stands in.
    pub member: String,
    /// Subject of the statement that lets them in; see [`DerivedStatement::subject`].
    pub subject: String,
    /// Path of that statement in the document.
    pub at: String,
    /// Everything `iam` says of it, an example request included.
    #[serde(flatten)]
    pub finding: ReachFinding,
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

/// What to work out of each policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) statements: bool,
    pub(super) reach: bool,
}

pub(super) fn collect(document: &Document, directory: &AccountDirectory, wanted: Wanted, derived: &mut Derived) {
    let mut search = Search {
        directory,
        wanted,
        derived,
    };
    search.visit(document, &mut String::new(), "", Beside::default(), DEPTH);
}

struct Search<'a> {
    directory: &'a AccountDirectory,
    wanted: Wanted,
    derived: &'a mut Derived,
}

/// What AWS says beside a policy document.
#[derive(Debug, Clone, Copy, Default)]
struct Beside<'a> {
    name: &'a str,
    is_old_version: bool,
}

impl Search<'_> {
    fn visit<'d>(&mut self, value: &'d Document, path: &mut String, member: &str, beside: Beside<'d>, depth: usize) {
        let length = path.len();
        match value {
            Document::Object(members) => {
                if members
                    .get("Statement")
                    .is_some_and(|statement| statement.is_object() || statement.is_array())
                {
                    self.policy(value, path, member, beside);
                    return;
                }
                if depth == 0 {
                    return;
                }
                let beside = Beside {
                    name: members.get("PolicyName").and_then(Document::as_str).unwrap_or_default(),
                    is_old_version: members.get("IsDefaultVersion") == Some(&Document::Bool(false)),
                };
                for (key, below) in members {
                    if below.is_object() || below.is_array() {
                        if length > 0 {
                            path.push('.');
                        }
                        path.push_str(key);
                        let top = if length == 0 { key } else { member };
                        self.visit(below, path, top, beside, depth - 1);
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
                        self.visit(below, path, member, beside, depth - 1);
                        path.truncate(length);
                    }
                }
            }
            _ => {}
        }
    }

    fn policy(&mut self, value: &Document, path: &str, member: &str, beside: Beside<'_>) {
        let policy = match parse::from_value(value, parse::PolicyKind::Any) {
            Ok(parsed) => parsed.policy,
            Err(error) => {
                self.derived.unreadable.push((path.to_owned(), error.to_string()));
                return;
            }
        };
        let subjects = subjects(value, &policy, beside.name);
        let at = |index: usize| {
            if policy.single_statement {
                format!("{path}.Statement")
            } else {
                format!("{path}.Statement[{index}]")
            }
        };
        if self.wanted.reach && policy.statements.iter().any(|statement| statement.principal.is_some()) {
            // Nobody can take a role without credentials; the other resources that have policies may answer anybody.
            let is_trust = policy.statements.iter().all(|statement| statement.resource.is_none());
            let context = ReachContext {
                resource: None,
                accepts: if is_trust {
                    Accepts::SignedOnly
                } else {
                    Accepts::Anonymous
                },
            };
            for finding in reach_of_resource_policy(&policy, self.directory, context) {
                self.derived.reach.push(DerivedReach {
                    path: path.to_owned(),
                    member: member.to_owned(),
                    subject: subjects.get(finding.statement).cloned().unwrap_or_default(),
                    at: at(finding.statement),
                    finding,
                });
            }
        }
        if self.wanted.statements {
            let statements = normalise(&policy, self.directory).into_iter().zip(subjects);
            let statements = statements
                .map(|(statement, subject)| DerivedStatement {
                    subject,
                    at: at(statement.index),
                    statement,
                })
                .collect();
            self.derived.policies.push(DerivedPolicy {
                path: path.to_owned(),
                member: member.to_owned(),
                name: beside.name.to_owned(),
                is_default: !beside.is_old_version,
                statements,
            });
        }
    }
}

/// A stable name for each statement.
fn subjects(value: &Document, policy: &Policy, name: &str) -> Vec<String> {
    let mut sids: BTreeMap<&str, usize> = BTreeMap::new();
    for statement in &policy.statements {
        *sids.entry(statement.sid.as_deref().unwrap_or_default()).or_default() += 1;
    }
    let subject = |statement: &security_monkey_iam::document::Statement| {
        let own = match statement.sid.as_deref() {
            Some(sid) if !sid.is_empty() && sids.get(sid) == Some(&1) => sid.to_owned(),
            _ => digest_of(value, statement.index),
        };
        if name.is_empty() { own } else { format!("{name}/{own}") }
    };
    policy.statements.iter().map(subject).collect()
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
