//! The typed policy: every element of the IAM policy language with its place in the source text.
//!
//! A value of these types was read by [`crate::parse`], so it is well formed; what it *means* is decided in
//! [`crate::evaluate`] and the analyses above it. Nothing here looks at accounts or requests.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

pub use crate::json::Span;

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The language version; decides whether `${…}` is a variable.
    pub version: Version,
    /// The `Id` element, which has no effect.
    pub id: Option<String>,
    /// The statements in the order written.
    pub statements: Vec<Statement>,
    /// Whether `Statement` is one object instead of a list (paths then have no index).
    pub single_statement: bool,
}

impl Policy {
    /// The statements that allow, in order.
    pub fn allows(&self) -> impl Iterator<Item = &Statement> + Clone {
        self.of_effect(Effect::Allow)
    }

    /// The statements that deny, in order.
    pub fn denies(&self) -> impl Iterator<Item = &Statement> + Clone {
        self.of_effect(Effect::Deny)
    }

    fn of_effect(&self, effect: Effect) -> impl Iterator<Item = &Statement> + Clone {
        self.statements
            .iter()
            .filter(move |statement| statement.effect == effect)
    }

    /// JSON path of a statement: `Statement[2]`, or `Statement` where there is no list.
    pub fn statement_path(&self, index: usize) -> String {
        if self.single_statement {
            "Statement".to_owned()
        } else {
            format!("Statement[{index}]")
        }
    }

    /// The name of a statement for messages: its Sid, else its path.
    pub fn statement_name(&self, index: usize) -> String {
        match self
            .statements
            .get(index)
            .and_then(|statement| statement.sid.as_deref())
        {
            Some(sid) if !sid.is_empty() => sid.to_owned(),
            _ => self.statement_path(index),
        }
    }
}

/// `Version`: absent means 2008-10-17, in which policy variables are plain text.
/// Source: IAM User Guide, "IAM JSON policy elements: Version".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Version {
    /// The old language, and the default where `Version` is missing.
    #[default]
    #[serde(rename = "2008-10-17")]
    V2008,
    /// The current language, with policy variables.
    #[serde(rename = "2012-10-17")]
    V2012,
}

/// `Effect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
pub enum Effect {
    /// Grants what the statement matches.
    Allow,
    /// Forbids what the statement matches, whatever else allows it.
    Deny,
}

impl fmt::Display for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        })
    }
}

/// Whether an element lists what it matches (`Action`) or what it leaves out (`NotAction`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Polarity {
    /// `Principal`, `Action`, `Resource`.
    Is,
    /// `NotPrincipal`, `NotAction`, `NotResource`.
    Not,
}

impl Polarity {
    /// The name of the element: `is` or `not`.
    pub(crate) fn name(self, is: &'static str, not: &'static str) -> &'static str {
        match self {
            Self::Is => is,
            Self::Not => not,
        }
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Position in the policy, from 0.
    pub index: usize,
    /// The language it was written in: that of its policy, also where it is read among those of another.
    pub version: Version,
    /// The `Sid`, which has no effect.
    pub sid: Option<String>,
    /// Allow or deny.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; absent in policies of identities and organisations.
    pub principal: Option<PrincipalElement>,
    /// `Action` or `NotAction`.
    pub action: Element,
    /// `Resource` or `NotResource`; absent in trust policies, where the role itself is meant.
    pub resource: Option<Element>,
    /// All conditions, flattened: every one must hold.
    pub conditions: Vec<Condition>,
    /// Where the statement stands.
    pub span: Span,
}

impl Statement {
    /// Where variables may stand: the patterns of resources, and the values of conditions. Source: IAM User Guide, "IAM policy elements:
    /// Variables and tags", section "Where you can use policy variables".
    pub(crate) fn texts_with_variables(&self) -> impl Iterator<Item = &Text> {
        let resources = self.resource.iter().flat_map(|element| &element.patterns);
        resources.chain(self.conditions.iter().flat_map(|condition| &condition.values))
    }
}

/// `Action`, `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Which of the two forms.
    pub polarity: Polarity,
    /// The patterns, at least one unless the source had an empty list.
    pub patterns: Vec<Text>,
    /// Where the element stands.
    pub span: Span,
}

/// A string of the policy with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The string, escapes decoded.
    pub text: String,
    /// Where it stands, quotes included.
    pub span: Span,
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalElement {
    /// Which of the two forms.
    pub polarity: Polarity,
    /// The principals named.
    pub entries: Vec<PrincipalEntry>,
    /// Where the element stands.
    pub span: Span,
}

/// One principal of a `Principal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalEntry {
    /// The member it stood under.
    pub kind: PrincipalKind,
    /// The value as written: an ARN, an account id, a service name, `*`.
    pub value: String,
    /// Where it stands.
    pub span: Span,
}

impl PrincipalEntry {
    /// Whether this names everybody: `"*"` or `{"AWS": "*"}`, which mean the same in a resource policy.
    /// Source: IAM User Guide, "AWS JSON policy elements: Principal", section "All principals".
    pub fn is_anyone(&self) -> bool {
        match self.kind {
            PrincipalKind::Anyone => true,
            PrincipalKind::Aws => self.value == "*",
            _ => false,
        }
    }
}

/// The kinds of principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// `"Principal": "*"`.
    Anyone,
    /// An account, user, role or session.
    Aws,
    /// An AWS service, such as `sns.amazonaws.com`.
    Service,
    /// An identity provider.
    Federated,
    /// An account by the canonical user id of S3.
    CanonicalUser,
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Anyone => "*",
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        })
    }
}

/// One condition: an operator, a key and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The operator with its modifiers.
    pub operator: Operator,
    /// The context key as written; keys compare without case.
    pub key: String,
    /// The values: any of them may match (for negated operators: none may).
    pub values: Vec<Text>,
    /// Where the key and its values stand.
    pub span: Span,
}

/// A condition operator with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// What is compared, and how.
    pub kind: OperatorKind,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub quantifier: Option<Quantifier>,
    /// Whether an absent key satisfies the condition (`…IfExists`).
    pub if_exists: bool,
}

/// `ForAllValues` or `ForAnyValue`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// Every value of the request must match; true where there is none.
    ForAllValues,
    /// Some value of the request must match; false where there is none.
    ForAnyValue,
}

/// Every condition operator. Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are AWS's own")]
pub enum OperatorKind {
    StringEquals,
    StringNotEquals,
    StringEqualsIgnoreCase,
    StringNotEqualsIgnoreCase,
    StringLike,
    StringNotLike,
    NumericEquals,
    NumericNotEquals,
    NumericLessThan,
    NumericLessThanEquals,
    NumericGreaterThan,
    NumericGreaterThanEquals,
    DateEquals,
    DateNotEquals,
    DateLessThan,
    DateLessThanEquals,
    DateGreaterThan,
    DateGreaterThanEquals,
    Bool,
    BinaryEquals,
    IpAddress,
    NotIpAddress,
    ArnEquals,
    ArnNotEquals,
    ArnLike,
    ArnNotLike,
    Null,
}

impl OperatorKind {
    /// Every operator with its name.
    pub const ALL: [(Self, &'static str); 27] = [
        (Self::StringEquals, "StringEquals"),
        (Self::StringNotEquals, "StringNotEquals"),
        (Self::StringEqualsIgnoreCase, "StringEqualsIgnoreCase"),
        (Self::StringNotEqualsIgnoreCase, "StringNotEqualsIgnoreCase"),
        (Self::StringLike, "StringLike"),
        (Self::StringNotLike, "StringNotLike"),
        (Self::NumericEquals, "NumericEquals"),
        (Self::NumericNotEquals, "NumericNotEquals"),
        (Self::NumericLessThan, "NumericLessThan"),
        (Self::NumericLessThanEquals, "NumericLessThanEquals"),
        (Self::NumericGreaterThan, "NumericGreaterThan"),
        (Self::NumericGreaterThanEquals, "NumericGreaterThanEquals"),
        (Self::DateEquals, "DateEquals"),
        (Self::DateNotEquals, "DateNotEquals"),
        (Self::DateLessThan, "DateLessThan"),
        (Self::DateLessThanEquals, "DateLessThanEquals"),
        (Self::DateGreaterThan, "DateGreaterThan"),
        (Self::DateGreaterThanEquals, "DateGreaterThanEquals"),
        (Self::Bool, "Bool"),
        (Self::BinaryEquals, "BinaryEquals"),
        (Self::IpAddress, "IpAddress"),
        (Self::NotIpAddress, "NotIpAddress"),
        (Self::ArnEquals, "ArnEquals"),
        (Self::ArnNotEquals, "ArnNotEquals"),
        (Self::ArnLike, "ArnLike"),
        (Self::ArnNotLike, "ArnNotLike"),
        (Self::Null, "Null"),
    ];

    /// AWS's spelling.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(kind, _)| *kind == self)
            .map_or("", |(_, name)| name)
    }

    /// Whether this is one of the `Not…` operators, which are true where the key is absent.
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }
}

impl Operator {
    /// An operator without modifiers.
    pub const fn plain(kind: OperatorKind) -> Self {
        Self {
            kind,
            quantifier: None,
            if_exists: false,
        }
    }

    /// Reads an operator's name, without regard to case as AWS does; `None` if there is no such operator.
    pub fn from_name(name: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = strip_prefix_ignore_case(name, "ForAllValues:") {
            (Some(Quantifier::ForAllValues), rest)
        } else if let Some(rest) = strip_prefix_ignore_case(name, "ForAnyValue:") {
            (Some(Quantifier::ForAnyValue), rest)
        } else {
            (None, name)
        };
        let (base, if_exists) = strip_suffix_ignore_case(rest, "IfExists").map_or((rest, false), |base| (base, true));
        let (kind, _) = OperatorKind::ALL
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(base))?;
        // There is no NullIfExists: Null itself asks for existence.
        if *kind == OperatorKind::Null && if_exists {
            return None;
        }
        Some(Self {
            kind: *kind,
            quantifier,
            if_exists,
        })
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.quantifier {
            Some(Quantifier::ForAllValues) => "ForAllValues:",
            Some(Quantifier::ForAnyValue) => "ForAnyValue:",
            None => "",
        })?;
        formatter.write_str(self.kind.name())?;
        formatter.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

impl Serialize for Operator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Operator {
    fn schema_name() -> Cow<'static, str> {
        "Operator".into()
    }

    /// A pattern: a list would repeat every operator six times.
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let others = OperatorKind::ALL.iter().filter(|(kind, _)| *kind != OperatorKind::Null);
        let others: Vec<&str> = others.map(|(_, name)| *name).collect();
        json_schema!({
            "description": "A condition operator with its modifiers, in AWS's spelling.",
            "type": "string",
            "pattern": format!("^(ForAllValues:|ForAnyValue:)?(Null|({})(IfExists)?)$", others.join("|")),
        })
    }
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

fn strip_suffix_ignore_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    let tail = text.get(at..)?;
    tail.eq_ignore_ascii_case(suffix).then(|| &text[..at])
}
