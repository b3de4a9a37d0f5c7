//! Policies in a document: found by shape, normalised by `iam`, with a stable subject for each statement.

use std::collections::BTreeMap;

use security_monkey_iam::document::Polarity;
use security_monkey_iam::reach::Accepts;
use security_monkey_iam::{
    AccountDirectory, NormalisedStatement, Policy, ReachContext, ReachFinding, normalise, parse,
    reach_of_resource_policy,
};
use security_monkey_model::{Digest, Document};
use serde::Serialize;
use serde_json::json;

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
    /// Patterns of the statement's `NotAction`, lower case; the finding's `actions` put them into words then.
    pub not_actions: Vec<String>,
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

/// A policy in a document, read.
pub(super) struct Found {
    /// Where it stands.
    pub(super) path: String,
    /// The member of the document it stands in.
    pub(super) member: String,
    /// Its name, if AWS gives it one beside it.
    pub(super) name: String,
    pub(super) is_default: bool,
    pub(super) policy: Policy,
    /// A stable name for each statement.
    pub(super) subjects: Vec<String>,
}

impl Found {
    /// Where a statement stands in the document.
    pub(super) fn at(&self, index: usize) -> String {
        if self.policy.single_statement {
            format!("{}.Statement", self.path)
        } else {
            format!("{}.Statement[{index}]", self.path)
        }
    }

    /// Whether it says what somebody may do, not who may come in; and is in force.
    pub(super) fn is_of_identity(&self) -> bool {
        self.is_default
            && self
                .policy
                .statements
                .iter()
                .all(|statement| statement.principal.is_none())
    }

    /// Patterns of a statement's `NotAction`, lower case.
    fn not_actions(&self, index: usize) -> Vec<String> {
        let statement = self.policy.statements.get(index);
        let action = statement.map(|statement| &statement.action);
        let excluding = action.filter(|action| action.polarity == Polarity::Not);
        let patterns = excluding.into_iter().flat_map(|action| &action.patterns);
        patterns.map(|pattern| pattern.text.to_lowercase()).collect()
    }

    pub(super) fn derive(&self, directory: &AccountDirectory) -> DerivedPolicy {
        let statements = normalise(&self.policy, directory).into_iter().zip(&self.subjects);
        DerivedPolicy {
            path: self.path.clone(),
            member: self.member.clone(),
            name: self.name.clone(),
            is_default: self.is_default,
            statements: statements
                .map(|(statement, subject)| DerivedStatement {
                    subject: subject.clone(),
                    at: self.at(statement.index),
                    statement,
                })
                .collect(),
        }
    }

    pub(super) fn reach(&self, directory: &AccountDirectory) -> Vec<DerivedReach> {
        let statements = &self.policy.statements;
        if statements.iter().all(|statement| statement.principal.is_none()) {
            return Vec::new();
        }
        let context = ReachContext {
            resource: None,
            accepts: Accepts::of_policy(&self.policy, None),
        };
        reach_of_resource_policy(&self.policy, directory, context)
            .into_iter()
            .map(|finding| DerivedReach {
                path: self.path.clone(),
                member: self.member.clone(),
                subject: self.subjects.get(finding.statement).cloned().unwrap_or_default(),
                at: self.at(finding.statement),
                not_actions: self.not_actions(finding.statement),
                finding,
            })
            .collect()
    }
}

/// The policies of a document. Those that could not be read go to `unreadable`, as path and reason.
pub(super) fn find(document: &Document, unreadable: &mut Vec<(String, String)>) -> Vec<Found> {
    let mut search = Search {
        found: Vec::new(),
        unreadable,
    };
    search.visit(document, &mut String::new(), "", Beside::default(), DEPTH);
    search.found
}

/// What a policy that could not be read may say at worst for somebody who looks for what denies: everything is denied.
pub(super) fn denying(path: &str) -> Option<Found> {
    let value = json!({ "Statement": [{ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" }] });
    let policy = parse::from_value(&value, parse::PolicyKind::Any).ok()?.policy;
    Some(Found {
        path: path.to_owned(),
        member: path.split(['.', '[']).next().unwrap_or(path).to_owned(),
        name: String::new(),
        is_default: true,
        subjects: subjects(&value, &policy, ""),
        policy,
    })
}

struct Search<'a> {
    found: Vec<Found>,
    unreadable: &'a mut Vec<(String, String)>,
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
                if statement_of(value).is_some_and(|statement| statement.is_object() || statement.is_array()) {
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
                for (key, below) in members.iter().filter(|(key, _)| !are_keys_chosen(key)) {
                    if length > 0 {
                        path.push('.');
                    }
                    path.push_str(key);
                    let top = if length == 0 { key } else { member };
                    self.visit(below, path, top, beside, depth - 1);
                    path.truncate(length);
                }
            }
            Document::Array(elements) if depth > 0 => {
                for (index, below) in elements.iter().enumerate() {
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                    self.visit(below, path, member, beside, depth - 1);
                    path.truncate(length);
                }
            }
            Document::String(text) if holds_policies(path) && is_policy_text(text) => {
                let reason = "it is a text, and no JSON".to_owned();
                self.unreadable.push((path.clone(), reason));
            }
            _ => {}
        }
    }

    fn policy(&mut self, value: &Document, path: &str, member: &str, beside: Beside<'_>) {
        match parse::from_value(value, parse::PolicyKind::Any) {
            Ok(parsed) => self.found.push(Found {
                path: path.to_owned(),
                member: member.to_owned(),
                name: beside.name.to_owned(),
                is_default: !beside.is_old_version,
                subjects: subjects(value, &parsed.policy, beside.name),
                policy: parsed.policy,
            }),
            Err(error) => self.unreadable.push((path.to_owned(), error.to_string())),
        }
    }
}

/// The statements of a policy. Old tools stored other letter case, which AWS returns as it is.
fn statement_of(policy: &Document) -> Option<&Document> {
    let mut members = policy.as_object()?.iter();
    let (_, statement) = members.find(|(name, _)| name.eq_ignore_ascii_case("Statement"))?;
    Some(statement)
}

/// Whether AWS gives policies in the member at the end of a path: `Policy`, `PolicyDocument`, `Documents[0]`. Other texts are what people
/// write (descriptions, names), and say nothing of who may do what, whatever is in them. The names are those of `models/json-text.toml`.
fn holds_policies(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    let name = last.split('[').next().unwrap_or(last).to_ascii_lowercase();
    let name = ["text", "body", "json"]
        .iter()
        .find_map(|form| name.strip_suffix(form))
        .unwrap_or(&name);
    ["policy", "policies", "document", "documents"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// Whether a member's keys are people's words (tags, environment variables), so that nothing can be told from them.
fn are_keys_chosen(member: &str) -> bool {
    matches!(member, "Tags" | "TagSet" | "TagList" | "Variables")
}

/// Whether a text is a policy that could not be read as JSON: percent-encoded, cut off or mistyped. Taken for a mere text it would
/// let nobody in.
fn is_policy_text(text: &str) -> bool {
    let text = text.trim_start_matches(|first: char| first == '\u{feff}' || first.is_whitespace());
    let begins = text.starts_with('{') || text.get(..3).is_some_and(|first| first.eq_ignore_ascii_case("%7b"));
    begins && text.to_ascii_lowercase().contains("statement")
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
    let statement = match statement_of(policy).unwrap_or(&Document::Null) {
        Document::Array(statements) => statements.get(index).unwrap_or(&Document::Null),
        single => single,
    };
    let digest = Digest::of_document(statement).to_string();
    format!("statement {}", digest.get(..12).unwrap_or(&digest))
}
