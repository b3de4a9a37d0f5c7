//! Reads a policy document from text or from an already decoded value.
//!
//! Two modes. *Strict* is what AWS accepts when a policy is written: everything else is a problem. *Lenient*
//! reads what AWS itself returns and what old tools stored (percent-encoded text, other letter case, a bare
//! principal string, duplicate members) and reports the same things as problems beside the policy; only what
//! cannot be given a meaning at all fails. Reading never panics and is bounded in size and depth.

use std::borrow::Cow;

use crate::document::{Effect, Element, Polarity, Policy, Span, Statement, Text, Version};
use crate::json::{self, Kind, Member, Node};

mod answer;
mod conditions;
mod kinds;
mod limits;
mod percent;
mod principals;
mod problem;
mod spelling;
mod wrapped;

pub use limits::{SizeLimit, policy_size};
pub use problem::{ParseError, Place, Problem, ProblemCode};

/// How forgiving the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// What AWS accepts when a policy is written.
    Strict,
    /// What AWS returns, legacy forms included.
    #[default]
    Lenient,
}

/// What a policy is attached to; decides whether `Principal` and `Resource` must, may or must not stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PolicyKind {
    /// Not known: `Principal` and `Resource` may be absent or present.
    #[default]
    Any,
    /// Attached to a user, group or role, or a permission boundary or session policy: no `Principal`.
    Identity,
    /// Attached to a resource: `Principal` required.
    Resource,
    /// The trust policy of a role: `Principal` required, no `Resource`.
    Trust,
    /// A service control policy: no `Principal`.
    ServiceControl,
    /// A resource control policy: `Principal` must be `*`.
    ResourceControl,
}

/// How to read a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// How forgiving.
    pub mode: Mode,
    /// What the policy is attached to.
    pub kind: PolicyKind,
    /// The size limit to hold, if any.
    pub limit: Option<SizeLimit>,
}

/// A policy and what is wrong with it without making it unreadable.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The policy.
    pub policy: Policy,
    /// What a strict reader would refuse. Empty after a strict read.
    pub problems: Vec<Problem>,
    /// Whether the document has a `Statement` at all; see [`Parsed::with_statement`].
    pub has_statement: bool,
    /// The text that places and spans refer to, where the policy stood encoded or wrapped in the text given.
    pub text: Option<String>,
}

/// The most problems that are listed for one document: nobody reads more, and each costs a look at the text.
pub const MOST_PROBLEMS: usize = 100;

/// Reads a policy from text. Leniently, also one inside of what AWS's command line prints: then the last problem but those of the policy
/// says where it stood.
pub fn parse(text: &str, options: Options) -> Result<Parsed, ParseError> {
    Reader::new(options).read(text)
}

/// Reads a policy from a decoded value, leniently: what the AWS client hands over. A string is read as text.
pub fn from_value(value: &serde_json::Value, kind: PolicyKind) -> Result<Parsed, ParseError> {
    let options = Options {
        mode: Mode::Lenient,
        kind,
        limit: None,
    };
    if let serde_json::Value::String(text) = value {
        return parse(text, options);
    }
    let mut reader = Reader::new(options);
    let node = json::from_value(value);
    let Some(inner) = wrapped::inner(&node) else {
        return reader.finish(&node, None);
    };
    reader.unwrapped(&inner);
    match &inner.node.kind {
        Kind::String(text) => reader.read(text),
        _ => reader.finish(inner.node, None),
    }
}

impl Policy {
    /// Reads a policy leniently and drops what a strict reader would say about it.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parse(text, Options::default()).map(|parsed| parsed.policy)
    }

    /// Reads a policy from a decoded value, leniently.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, ParseError> {
        from_value(value, PolicyKind::Any).map(|parsed| parsed.policy)
    }
}

/// A step of the JSON path to where the reader is.
#[derive(Debug, Clone)]
enum Step {
    Name(Cow<'static, str>),
    Index(usize),
}

struct Reader {
    options: Options,
    /// The language of the policy, once it is read.
    version: Version,
    path: Vec<Step>,
    problems: Vec<Problem>,
    fatal: bool,
    has_statement: bool,
    /// How many layers were taken off around the policy.
    layers: usize,
}

const POLICY_ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_ELEMENTS: [&str; 10] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Conditions",
];
const PRINCIPAL_KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];

impl Reader {
    fn new(options: Options) -> Self {
        Self {
            options,
            version: Version::default(),
            path: Vec::new(),
            problems: Vec::new(),
            fatal: false,
            has_statement: false,
            layers: 0,
        }
    }

    fn read(mut self, text: &str) -> Result<Parsed, ParseError> {
        // AWS returns documents of IAM percent-encoded (RFC 3986); such text starts with %7B for '{'.
        let decoded = percent::decode_document(text);
        if decoded.is_some() {
            let message = "the document is percent-encoded".to_owned();
            self.problem(ProblemCode::PercentEncoded, Span::default(), message);
        }
        let source = decoded.as_deref().unwrap_or(text);
        let node = match json::read(source) {
            Ok(node) => node,
            Err(error) => {
                self.check_size(source);
                let span = Span {
                    start: error.offset,
                    end: error.offset,
                };
                let message = format!("not valid JSON: {}", error.message);
                self.fatal(ProblemCode::NotJson, span, message);
                self.find_places(source);
                return Err(ParseError {
                    problems: self.problems,
                });
            }
        };
        let may_be_wrapped = self.options.mode == Mode::Lenient && self.layers < wrapped::MOST_LAYERS;
        if let Some(inner) = wrapped::inner(&node).filter(|_| may_be_wrapped) {
            self.unwrapped(&inner);
            let inner = wrapped::text_of(inner.node, source);
            let mut parsed = self.read(&inner)?;
            parsed.text.get_or_insert_with(|| inner.into_owned());
            return Ok(parsed);
        }
        self.check_size(source);
        let mut parsed = self.finish(&node, Some(source))?;
        parsed.text = decoded;
        Ok(parsed)
    }

    fn check_size(&mut self, source: &str) {
        let Some(limit) = self.options.limit else { return };
        // Around a policy that was taken out of something, blanks may stand in place of the rest.
        let size = limit.measure(if self.layers > 0 { source.trim() } else { source });
        if size > limit.limit() {
            let (unit, noun, most) = (limit.unit(), limit.noun(), limit.limit());
            let message = format!("the policy has {size} {unit}, {noun} allows {most}");
            self.problem(ProblemCode::TooLarge, Span::default(), message);
        }
    }

    /// Records what only a strict reader minds.
    fn problem(&mut self, code: ProblemCode, span: Span, message: String) {
        let named = |step: &Step| match step {
            // AWS's answers differ by the elements that it knows.
            Step::Name(name) => POLICY_ELEMENTS
                .iter()
                .chain(&STATEMENT_ELEMENTS)
                .copied()
                .filter(|element| !matches!(*element, "Id" | "Conditions"))
                .find(|element| element == name),
            Step::Index(_) => None,
        };
        let element = self.path.iter().rev().find_map(named).unwrap_or_default();
        self.problem_of((element, ""), code, span, message);
    }

    /// The same, for an element and what stands there: AWS's answer depends on them.
    fn problem_of(&mut self, (element, value): (&str, &str), code: ProblemCode, span: Span, message: String) {
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let path = self.path_text();
        let refused = answer::Refused {
            kind: self.options.kind,
            limit: self.options.limit,
            code,
            element,
            value,
        };
        self.problems.push(Problem {
            code,
            path,
            span,
            place: None,
            message,
            aws_says: refused.answer(),
        });
    }

    fn find_places(&mut self, source: &str) {
        for problem in &mut self.problems {
            let (line, column) = problem.span.line_and_column(source);
            problem.place = Some(Place { line, column });
        }
    }

    /// Records what no reader can give a meaning.
    fn fatal(&mut self, code: ProblemCode, span: Span, message: String) {
        self.fatal = true;
        self.problem(code, span, message);
    }

    fn path_text(&self) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Step::Index(index) => {
                    text.push('[');
                    text.push_str(&index.to_string());
                    text.push(']');
                }
            }
        }
        text
    }

    fn at<T>(&mut self, name: impl Into<Cow<'static, str>>, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Name(name.into()));
        let result = read(self);
        self.path.pop();
        result
    }

    fn finish(mut self, node: &Node<'_>, source: Option<&str>) -> Result<Parsed, ParseError> {
        let policy = self.policy(node);
        if let Some(source) = source {
            self.find_places(source);
        }
        match policy {
            Some(policy) if !self.fatal && (self.options.mode == Mode::Lenient || self.problems.is_empty()) => {
                Ok(Parsed {
                    policy,
                    problems: self.problems,
                    has_statement: self.has_statement,
                    text: None,
                })
            }
            _ => Err(ParseError {
                problems: self.problems,
            }),
        }
    }

    /// Members of an object by AWS's name: unknown ones are reported, of duplicates the last counts, as in every
    /// JSON reader that does not refuse them.
    fn members<'n, 'a, const N: usize>(
        &mut self,
        members: &'n [Member<'a>],
        known: &[&'static str; N],
    ) -> [Option<&'n Member<'a>>; N] {
        let mut found = [None; N];
        for member in members {
            let exact = known.iter().position(|name| *name == member.name);
            let position = exact.or_else(|| known.iter().position(|name| name.eq_ignore_ascii_case(&member.name)));
            let Some(position) = position else {
                let hint = self.hint(&member.name, known);
                self.problem_of(
                    (&member.name, ""),
                    ProblemCode::UnknownElement,
                    member.name_span,
                    format!("there is no element {:?} here{hint}", member.name),
                );
                continue;
            };
            if exact.is_none() {
                self.problem_of(
                    (&member.name, ""),
                    ProblemCode::LetterCase,
                    member.name_span,
                    format!("{:?} must be written {:?}", member.name, known[position]),
                );
            }
            if found[position].is_some() {
                self.problem(
                    ProblemCode::DuplicateMember,
                    member.name_span,
                    format!("{:?} stands more than once; the last one counts here", member.name),
                );
            }
            found[position] = Some(member);
        }
        found
    }

    fn policy(&mut self, node: &Node<'_>) -> Option<Policy> {
        let Kind::Object(members) = &node.kind else {
            self.fatal(
                ProblemCode::WrongType,
                node.span,
                format!("a policy is an object, this is {}", node.kind.noun()),
            );
            return None;
        };
        self.has_statement = wrapped::has_statement(node);
        if !self.has_statement {
            let message = format!("a policy needs a Statement{}", wrapped::found_instead(node));
            self.problem_of(("Statement", ""), ProblemCode::MissingElement, node.span, message);
        }
        let [version, id, statement] = self.members(members, &POLICY_ELEMENTS);
        let written = version;
        let version = written.map_or(Version::V2008, |member| {
            self.at("Version", |reader| reader.version(&member.value))
        });
        self.check_version(written, version, node);
        self.version = version;
        let id = id.and_then(|member| self.at("Id", |reader| reader.plain_string(&member.value)));
        let mut statements = Vec::new();
        let mut single_statement = false;
        match statement.map(|member| &member.value) {
            None => {}
            Some(Node {
                kind: Kind::Array(items),
                span,
            }) => {
                if items.is_empty() {
                    self.at("Statement", |reader| {
                        reader.problem(
                            ProblemCode::MissingElement,
                            *span,
                            "the list of statements is empty".to_owned(),
                        );
                    });
                }
                statements.reserve(items.len());
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Name(Cow::Borrowed("Statement")));
                    self.path.push(Step::Index(index));
                    if let Some(statement) = self.statement(item, index) {
                        statements.push(statement);
                    }
                    self.path.truncate(self.path.len().saturating_sub(2));
                }
            }
            Some(value) => {
                single_statement = true;
                statements.extend(self.at("Statement", |reader| reader.statement(value, 0)));
            }
        }
        self.unique_sids(&statements);
        Some(Policy {
            version,
            id,
            statements,
            single_statement,
        })
    }

    fn unique_sids(&mut self, statements: &[Statement]) {
        let mut seen = foldhash::HashSet::default();
        for statement in statements {
            let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty()) else {
                continue;
            };
            if !seen.insert(sid) {
                self.problem(
                    ProblemCode::DuplicateSid,
                    statement.span,
                    format!("the Sid {sid:?} stands more than once"),
                );
            }
        }
    }

    fn version(&mut self, node: &Node<'_>) -> Version {
        match &node.kind {
            Kind::String(text) if text == "2012-10-17" => Version::V2012,
            Kind::String(text) if text == "2008-10-17" => Version::V2008,
            Kind::String(text) => {
                self.problem(
                    ProblemCode::InvalidValue,
                    node.span,
                    format!("{text:?} is no version; write \"2012-10-17\""),
                );
                // AWS refuses other versions; the younger of the two is the safer reading of a date after 2008.
                if text.as_ref() > "2008-10-17" {
                    Version::V2012
                } else {
                    Version::V2008
                }
            }
            other => {
                self.problem(
                    ProblemCode::WrongType,
                    node.span,
                    format!("a version is a string, this is {}", other.noun()),
                );
                Version::V2008
            }
        }
    }

    fn plain_string(&mut self, node: &Node<'_>) -> Option<String> {
        match &node.kind {
            Kind::String(text) => Some(text.clone().into_owned()),
            other => {
                self.problem(
                    ProblemCode::WrongType,
                    node.span,
                    format!("a string was expected, this is {}", other.noun()),
                );
                None
            }
        }
    }

    fn statement(&mut self, node: &Node<'_>, index: usize) -> Option<Statement> {
        let Kind::Object(members) = &node.kind else {
            self.fatal(
                ProblemCode::WrongType,
                node.span,
                format!("a statement is an object, this is {}", node.kind.noun()),
            );
            return None;
        };
        let [
            sid,
            effect,
            principal,
            not_principal,
            action,
            not_action,
            resource,
            not_resource,
            condition,
            conditions,
        ] = self.members(members, &STATEMENT_ELEMENTS);
        let sid = sid.and_then(|member| self.at("Sid", |reader| reader.sid(&member.value)));
        let effect = if let Some(member) = effect {
            self.at("Effect", |reader| reader.effect(&member.value))?
        } else {
            self.problem_of(
                ("Effect", ""),
                ProblemCode::MissingElement,
                node.span,
                "a statement needs an Effect".to_owned(),
            );
            // AWS refuses it at the door; nothing is allowed by a statement without effect.
            return None;
        };
        let principal = self.principal_element(principal, not_principal, node.span);
        let is_action_missing = action.is_none() && not_action.is_none();
        let action = self.element(("Action", action), ("NotAction", not_action));
        let Some(action) = action else {
            if is_action_missing {
                self.problem_of(
                    ("Action", ""),
                    ProblemCode::MissingElement,
                    node.span,
                    "a statement needs an Action or a NotAction".to_owned(),
                );
            }
            return None;
        };
        for pattern in &action.patterns {
            self.check_action(pattern, action.polarity);
        }
        let resource = self.element(("Resource", resource), ("NotResource", not_resource));
        self.check_resource(&action, resource.as_ref(), node.span);
        let mut flattened = Vec::new();
        if let Some(member) = condition {
            self.at("Condition", |reader| reader.conditions(&member.value, &mut flattened));
        }
        if let Some(member) = conditions {
            self.problem_of(
                ("Conditions", ""),
                ProblemCode::UnknownElement,
                member.name_span,
                "\"Conditions\" must be written \"Condition\"".to_owned(),
            );
        }
        let statement = Statement {
            index,
            version: self.version,
            sid,
            effect,
            principal,
            action,
            resource,
            conditions: flattened,
            span: node.span,
        };
        self.check_kind(&statement);
        Some(statement)
    }

    fn sid(&mut self, node: &Node<'_>) -> Option<String> {
        let text = self.plain_string(node)?;
        // IAM allows letters and digits only; S3, SQS and others allow more (spaces, dashes), so only identity
        // policies are held to it. Source: "IAM JSON policy elements: Sid".
        if self.options.kind == PolicyKind::Identity && !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.problem(
                ProblemCode::InvalidValue,
                node.span,
                format!("the Sid {text:?} may only have letters and digits"),
            );
        }
        Some(text)
    }

    fn effect(&mut self, node: &Node<'_>) -> Option<Effect> {
        let Kind::String(text) = &node.kind else {
            self.fatal(
                ProblemCode::WrongType,
                node.span,
                format!("an Effect is a string, this is {}", node.kind.noun()),
            );
            return None;
        };
        let effect = match text.as_ref() {
            "Allow" => return Some(Effect::Allow),
            "Deny" => return Some(Effect::Deny),
            other if other.eq_ignore_ascii_case("allow") => Effect::Allow,
            other if other.eq_ignore_ascii_case("deny") => Effect::Deny,
            other => {
                self.fatal = true;
                self.problem_of(
                    ("Effect", other),
                    ProblemCode::InvalidValue,
                    node.span,
                    format!("an Effect is \"Allow\" or \"Deny\", not {other:?}"),
                );
                return None;
            }
        };
        self.problem_of(
            ("Effect", text),
            ProblemCode::LetterCase,
            node.span,
            format!("an Effect is case-sensitive: write \"{effect}\""),
        );
        Some(effect)
    }

    fn element(
        &mut self,
        is: (&'static str, Option<&Member<'_>>),
        not: (&'static str, Option<&Member<'_>>),
    ) -> Option<Element> {
        if let (Some(_), Some(member)) = (is.1, not.1) {
            self.fatal(
                ProblemCode::ConflictingElements,
                member.name_span,
                format!("a statement has {} or {}, not both", is.0, not.0),
            );
            return None;
        }
        let (member, polarity, name) = match (is.1, not.1) {
            (Some(member), _) => (member, Polarity::Is, is.0),
            (_, Some(member)) => (member, Polarity::Not, not.0),
            (None, None) => return None,
        };
        let patterns = self.at(name, |reader| {
            let patterns = reader.strings(&member.value);
            if matches!(&member.value.kind, Kind::Array(items) if items.is_empty()) {
                reader.problem(
                    ProblemCode::MissingElement,
                    member.value.span,
                    "the list is empty".to_owned(),
                );
            }
            patterns
        });
        Some(Element {
            polarity,
            patterns,
            span: member.value.span,
        })
    }

    /// A string or a list of strings.
    fn strings(&mut self, node: &Node<'_>) -> Vec<Text> {
        match &node.kind {
            Kind::String(text) => vec![Text {
                text: text.clone().into_owned(),
                span: node.span,
            }],
            Kind::Array(items) => {
                let mut texts = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    if let Kind::String(text) = &item.kind {
                        texts.push(Text {
                            text: text.clone().into_owned(),
                            span: item.span,
                        });
                    } else {
                        self.path.push(Step::Index(index));
                        self.fatal(
                            ProblemCode::WrongType,
                            item.span,
                            format!("a string was expected, this is {}", item.kind.noun()),
                        );
                        self.path.pop();
                    }
                }
                texts
            }
            other => {
                self.fatal(
                    ProblemCode::WrongType,
                    node.span,
                    format!("a string or a list of strings was expected, this is {}", other.noun()),
                );
                Vec::new()
            }
        }
    }

    fn check_action(&mut self, pattern: &Text, polarity: Polarity) {
        let text = pattern.text.as_str();
        let valid = text == "*"
            || text
                .split_once(':')
                .is_some_and(|(service, name)| !service.is_empty() && !name.is_empty() && !name.contains(':'));
        if !valid {
            let name = polarity.name("Action", "NotAction");
            self.at(name, |reader| {
                reader.problem_of(
                    (name, text),
                    ProblemCode::InvalidValue,
                    pattern.span,
                    format!("an action is written \"service:Name\", not {text:?}"),
                );
            });
        } else if text.starts_with("*:") && text != "*:*"
            || (text != "*"
                && text
                    .split(':')
                    .next()
                    .is_some_and(|service| service.contains(['*', '?']) && service != "*"))
        {
            let name = polarity.name("Action", "NotAction");
            self.at(name, |reader| {
                reader.problem_of(
                    (name, text),
                    ProblemCode::InvalidValue,
                    pattern.span,
                    format!("the service of {text:?} may not have a wildcard"),
                );
            });
        }
    }

    fn check_resource(&mut self, action: &Element, resource: Option<&Element>, statement: Span) {
        // Policies of repositories have none. Source: ECR User Guide, "Private repository policy examples in Amazon ECR".
        let is_of_repository = self.options.kind == PolicyKind::Resource
            && action.patterns.iter().all(|pattern| {
                let service = pattern.text.split(':').next().unwrap_or("");
                service.eq_ignore_ascii_case("ecr") || service.eq_ignore_ascii_case("ecr-public")
            });
        match (self.options.kind, resource) {
            (PolicyKind::Trust, Some(element)) => self.problem_of(
                (element.polarity.name("Resource", "NotResource"), ""),
                ProblemCode::UnknownElement,
                element.span,
                "a trust policy has no Resource: the role itself is meant".to_owned(),
            ),
            (
                PolicyKind::Identity | PolicyKind::Resource | PolicyKind::ServiceControl | PolicyKind::ResourceControl,
                None,
            ) if !is_of_repository => {
                self.problem_of(
                    ("Resource", ""),
                    ProblemCode::MissingElement,
                    statement,
                    "a statement needs a Resource or a NotResource".to_owned(),
                );
            }
            _ => {}
        }
        let Some(element) = resource else { return };
        let name = element.polarity.name("Resource", "NotResource");
        for pattern in &element.patterns {
            let text = pattern.text.as_str();
            let arn = text.starts_with("arn:") && text.splitn(6, ':').count() == 6;
            // "*" may stand for the rest of an ARN: arn:aws:s3:::*, but also arn:aws:* in practice.
            let shortened = text.starts_with("arn:") && text.ends_with('*');
            let variable = text.starts_with("${");
            let all = text.bytes().all(|byte| byte == b'*') && !text.is_empty();
            if !(arn || shortened || variable || all) {
                self.at(name, |reader| {
                    reader.problem_of(
                        (name, text),
                        ProblemCode::InvalidValue,
                        pattern.span,
                        format!("a resource is \"*\" or an ARN of six parts, not {text:?}"),
                    );
                });
            }
        }
    }
}
