//! Policies inside of what AWS's command line prints: `{"Policy": "…"}`, `{"PolicyVersion": {"Document": …}}`, a string of JSON. They are
//! read, and said to be wrapped; where a policy stands in any other document, the place is named and left to people.

use std::borrow::Cow;

use serde_json::Value;

use super::{ParseError, Parsed, Problem, ProblemCode, Reader, percent};
use crate::json::{Kind, Node, Span};

/// Where the answers of AWS's operations hold one policy, by the names of the members. Source: AWS CLI Command Reference, "Output" of each.
const ANSWERS: [(&[&str], &str); 20] = [
    // Also of access points, functions, keys, file systems, tables, streams, vaults of backups and buses.
    (&["Policy"], "aws s3api get-bucket-policy"),
    (&["PolicyVersion", "Document"], "aws iam get-policy-version"),
    (&["PolicyDocument"], "aws iam get-role-policy"),
    (&["Role", "AssumeRolePolicyDocument"], "aws iam get-role"),
    (&["AssumeRolePolicyDocument"], "an entry of aws iam list-roles"),
    (&["Document"], "a version of a policy"),
    (&["Attributes", "Policy"], "aws sqs get-queue-attributes"),
    (&["ResourcePolicy"], "aws secretsmanager get-resource-policy"),
    (&["policyText"], "aws ecr get-repository-policy"),
    (&["Policy", "Content"], "aws organizations describe-policy"),
    (&["Content"], "an answer of AWS Organizations"),
    (&["policy", "Policy"], "aws glacier get-vault-access-policy"),
    (
        &["policy", "document"],
        "aws codeartifact get-domain-permissions-policy",
    ),
    (&["policy"], "aws apigateway get-rest-api"),
    (&["PolicyInJson"], "aws glue get-resource-policy"),
    (&["InlinePolicy"], "aws sso-admin get-inline-policy-for-permission-set"),
    (&["DomainStatus", "AccessPolicies"], "aws opensearch describe-domain"),
    (&["AccessPolicies"], "a domain of OpenSearch"),
    (&["policyDocument"], "an entry of aws logs describe-resource-policies"),
    (&["PolicyVersion", "PolicyDocument"], "a version of a policy"),
];

/// How many layers are taken off: a string within a string within an answer is more than any tool makes.
pub(super) const MOST_LAYERS: usize = 4;
/// How many places of policies are named.
const MOST_PLACES: usize = 5;
/// How many members are named.
const MOST_MEMBERS: usize = 6;

/// A policy inside of something.
pub(super) struct Inner<'n, 'a> {
    pub(super) node: &'n Node<'a>,
    /// The outermost member, where there is one.
    pub(super) member: &'static str,
    /// What is said about it.
    pub(super) note: String,
}

/// The policy in a document that is none itself; `None` where it is one, or none is known to stand there.
pub(super) fn inner<'n, 'a>(node: &'n Node<'a>) -> Option<Inner<'n, 'a>> {
    match &node.kind {
        Kind::String(text) if is_document(text) => Some(Inner {
            node,
            member: "",
            note: "the document is a string that holds the policy; what it holds is read".to_owned(),
        }),
        Kind::Object(_) if !has_statement(node) => ANSWERS.iter().find_map(|(path, command)| {
            let node = path.iter().try_fold(node, |node, name| member(node, name))?;
            let is_policy = match &node.kind {
                Kind::String(text) => is_document(text),
                _ => has_statement(node),
            };
            let place = path.join(".");
            is_policy.then(|| Inner {
                node,
                member: path.first().copied().unwrap_or_default(),
                note: format!("the policy stands under {place}, as in {command}; what stands there is read"),
            })
        }),
        _ => None,
    }
}

/// The text of an inner policy: of a string what it holds; of an object the text around it made blank, so that lines and columns stay.
pub(super) fn text_of<'s>(node: &'s Node<'_>, source: &str) -> Cow<'s, str> {
    if let Kind::String(text) = &node.kind {
        return Cow::Borrowed(text);
    }
    let (start, end) = (node.span.start as usize, node.span.end as usize);
    let before = source.get(..start).unwrap_or_default();
    let mut text: String = before
        .chars()
        .map(|character| if character == '\n' { '\n' } else { ' ' })
        .collect();
    text.push_str(source.get(start..end).unwrap_or_default());
    Cow::Owned(text)
}

/// Whether there is a `Statement`, in whatever letter case.
pub(super) fn has_statement(node: &Node<'_>) -> bool {
    let Kind::Object(members) = &node.kind else {
        return false;
    };
    members
        .iter()
        .any(|member| member.name.eq_ignore_ascii_case("Statement"))
}

fn member<'n, 'a>(node: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    let Kind::Object(members) = &node.kind else {
        return None;
    };
    let member = members.iter().rev().find(|member| member.name == name)?;
    Some(&member.value)
}

/// Whether a string looks like a policy: an object of JSON, perhaps encoded once more.
fn is_document(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with('{') && text.contains("tatement")
        || text.starts_with("\"{")
        || percent::decode_document(text).is_some()
}

/// What a document without a Statement holds instead, and what to do about it.
pub(super) fn found_instead(node: &Node<'_>) -> String {
    let Kind::Object(members) = &node.kind else {
        return String::new();
    };
    if members.is_empty() {
        return ", this document is empty".to_owned();
    }
    let mut names: Vec<&str> = members.iter().take(MOST_MEMBERS).map(|member| &*member.name).collect();
    if members.len() > MOST_MEMBERS {
        names.push("…");
    }
    let text = format!(", here stand {}", names.join(", "));
    let mut places = Vec::new();
    find_policies(node, &mut String::new(), &mut places);
    let is_template = member(node, "AWSTemplateFormatVersion").is_some() || member(node, "Resources").is_some();
    let what = if is_template {
        "this is a template of CloudFormation"
    } else {
        "it holds policies"
    };
    let is_description = member(node, "Policy").is_some_and(|policy| member(policy, "DefaultVersionId").is_some());
    let hint = match places.split_first() {
        Some((first, [])) => format!("; {what}: take the policy out and give that, like jq '.{first}' FILE"),
        Some((first, others)) => format!(
            "; {what}: take one out and give that, like jq '.{first}' FILE; others stand under {}",
            others.join(", ")
        ),
        None if is_template => format!(
            "; {what}: take the property with the policy out and give that, like jq '.Resources.NAME.Properties.PolicyDocument' FILE"
        ),
        None if is_description => {
            "; this describes a managed policy: aws iam get-policy-version prints the policy itself".to_owned()
        }
        None => String::new(),
    };
    text + &hint
}

/// The places of policies, in the spelling of `jq`.
fn find_policies(node: &Node<'_>, path: &mut String, places: &mut Vec<String>) {
    if places.len() >= MOST_PLACES {
        return;
    }
    let length = path.len();
    match &node.kind {
        Kind::Object(_) if has_statement(node) => places.push(path.clone()),
        Kind::String(text) if is_document(text) => places.push(format!("{path} | fromjson")),
        Kind::Object(members) => {
            for member in members {
                if !path.is_empty() {
                    path.push('.');
                }
                if member
                    .name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                {
                    path.push_str(&member.name);
                } else {
                    path.push_str(&Value::from(&*member.name).to_string());
                }
                find_policies(&member.value, path, places);
                path.truncate(length);
            }
        }
        Kind::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push('[');
                path.push_str(&index.to_string());
                path.push(']');
                find_policies(item, path, places);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

impl Reader {
    /// Says that a policy stood inside of something.
    pub(super) fn unwrapped(&mut self, inner: &Inner<'_, '_>) {
        self.layers += 1;
        self.problem_of(
            (inner.member, ""),
            ProblemCode::Wrapped,
            Span::default(),
            inner.note.clone(),
        );
    }
}

impl Parsed {
    /// The same, but an error where the document has no Statement: for documents that people give, of which an empty policy is hardly ever
    /// meant. What AWS returns is read without this: some services return a policy without statements.
    pub fn with_statement(mut self) -> Result<Self, ParseError> {
        if self.has_statement {
            return Ok(self);
        }
        let is_told = |problem: &Problem| {
            problem.path.is_empty() && matches!(problem.code, ProblemCode::MissingElement | ProblemCode::Wrapped)
        };
        self.problems.retain(is_told);
        Err(ParseError {
            problems: self.problems,
        })
    }
}
