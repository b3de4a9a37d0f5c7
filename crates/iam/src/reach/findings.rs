//! Who can reach a resource through its policy, with proof.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use super::Reach;
use super::any_value::{AnyValue, Widened};
use super::enumerate::scenarios;
use super::joined::{add_statements, as_written};
use super::mirrored::mirrored;
use super::opening::{Opening, Ways};
use super::restriction::assess_among;
use super::scenario::Scenario;
use super::solve::{Answer, Searcher};
use super::strangers::Strangers;
use crate::arn::Arn;
use crate::directory::AccountDirectory;
use crate::document::{Effect, Operator, Polarity, Policy, Span, Statement, Text};
use crate::evaluate::{self, Request};
use crate::pattern::{self, Case, has_wildcard};

/// The resource a policy is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReachContext<'a> {
    /// ARN of the resource; `None` takes the policy's own resources.
    pub resource: Option<&'a str>,
    /// Which requesters the service answers at all.
    pub accepts: Accepts,
}

/// Which requesters a service answers at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accepts {
    /// Also requests without credentials.
    Anonymous,
    /// Signed requests only: KMS, STS, Secrets Manager, ECR and most others.
    SignedOnly,
}

/// Services that answer requests without credentials if a policy lets them in. Sources: the developer guides of S3, SNS, SQS, API Gateway,
/// `OpenSearch` and `CloudSearch` on access policies; EFS User Guide, "Using IAM to control file system data access" (anonymous access);
/// `MediaStore` User Guide, "Container policies"; VPC Lattice User Guide, "Auth policies" (anonymous principals); Lambda Developer Guide,
/// "Control access to Lambda function URLs".
const ANSWER_ANYBODY: [&str; 14] = [
    "s3",
    "s3-object-lambda",
    "s3-outposts",
    "sns",
    "sqs",
    "execute-api",
    "es",
    "aoss",
    "cloudsearch",
    "elasticfilesystem",
    "mediastore",
    "vpc-lattice-svcs",
    "vpc-lattice",
    "lambda",
];

impl Accepts {
    /// By the prefix of the service's actions, or a pattern of prefixes. To be answered without credentials is the exception.
    pub fn of_service(prefix: &str) -> Self {
        let may_be = |known: &&str| pattern::matches(prefix, known, Case::Insensitive);
        if ANSWER_ANYBODY.iter().any(may_be) {
            Self::Anonymous
        } else {
            Self::SignedOnly
        }
    }

    /// By an action or a pattern of actions. Of a Lambda function only its URL answers requests without credentials.
    /// Source: Lambda Developer Guide, "Control access to Lambda function URLs".
    pub fn of_action(pattern: &str) -> Self {
        match pattern.split_once(':') {
            Some((service, _)) if service.eq_ignore_ascii_case("lambda") => {
                if pattern::matches(pattern, "lambda:InvokeFunctionUrl", Case::Insensitive) {
                    Self::Anonymous
                } else {
                    Self::SignedOnly
                }
            }
            Some((service, _)) => Self::of_service(service),
            None => Self::Anonymous,
        }
    }

    /// By the actions that a statement is about.
    pub(super) fn of_statement(statement: &Statement) -> Self {
        let names_actions = statement.action.polarity == Polarity::Is;
        let is_signed = |pattern: &str| Self::of_action(pattern) == Self::SignedOnly;
        if names_actions && statement.action.patterns.iter().all(|pattern| is_signed(&pattern.text)) {
            Self::SignedOnly
        } else {
            Self::Anonymous
        }
    }

    /// By the service of the resource where it is known, else by what the policy allows.
    pub fn of_policy(policy: &Policy, resource: Option<&str>) -> Self {
        if let Some(arn) = resource.and_then(Arn::read) {
            return Self::of_service(arn.service);
        }
        let mut allows = policy.allows();
        if allows.all(|statement| Self::of_statement(statement) == Self::SignedOnly) {
            Self::SignedOnly
        } else {
            Self::Anonymous
        }
    }
}

/// Somebody who can reach the resource, and the proof.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReachFinding {
    /// How far.
    #[serde(flatten)]
    pub class: Reach,
    /// Who: `*`, an account, an ARN, an organisation, a service, a provider.
    pub who: String,
    /// The account, where one is meant.
    pub account: Option<String>,
    /// The name of the account, if we know one.
    pub name: Option<String>,
    /// The action patterns that can be used, denies taken into account.
    pub actions: Vec<String>,
    /// Position of the statement that allows it.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// Where it stands in the source text.
    pub span: Span,
    /// The conditions that restrict.
    pub restricting: Vec<ConditionNote>,
    /// The conditions that do not, and why not.
    pub ineffective: Vec<ConditionNote>,
    /// A request that the policy allows, confirmed by the reference evaluator. `None` only where the search ran out
    /// of its budget: then the class could not be excluded.
    pub witness: Option<Request>,
}

/// A condition in words.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ConditionNote {
    /// The operator.
    pub operator: Operator,
    /// The key as written.
    pub key: String,
    /// The values as written.
    pub values: Vec<String>,
    /// Those of them that name a network, VPC or VPC endpoint of ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub ours: Vec<String>,
    /// Why it does or does not restrict.
    pub why: &'static str,
}

/// Who can reach the resource that `policy` is attached to, farthest first. `directory` must look from the account that
/// owns the resource.
pub fn reach_of_resource_policy(
    policy: &Policy,
    directory: &AccountDirectory,
    context: ReachContext<'_>,
) -> Vec<ReachFinding> {
    // The search is for the policy turned around, which means the same; words are those of the policy as it is written.
    let written = policy;
    let mirrored = mirrored(policy);
    let policy = mirrored.as_ref().unwrap_or(policy);
    let widened = Widened::of(policy);
    // Widening changes resources only.
    let strangers = Strangers::of(&[policy], directory);
    let search_in = |policy| Searcher::new(policy, directory, context.resource, strangers.clone());
    let search = Solver {
        searcher: search_in(policy),
        any_value: widened.searched(search_in),
        written: mirrored.is_some().then_some(written),
    };
    let mut findings = Vec::new();
    for statement in policy.allows() {
        let opening = Opening::new(statement, &search.searcher.denials, policy);
        // What nobody farther may do yet: whoever may do the rest is contained in somebody found already.
        let mut left_by_anybody = Left::All;
        for group in scenarios(statement, directory, context.accepts, &search.searcher) {
            // Services and holders of tokens are part of anybody, and none of each other.
            let mut left = if group.is_part_of_anybody {
                left_by_anybody.clone()
            } else {
                Left::All
            };
            let found_before = findings.len();
            let at_last = group.first_of.len() + group.otherwise.len();
            let scenarios = group.first_of.iter().chain(&group.otherwise).chain(&group.at_last);
            for (position, scenario) in scenarios.enumerate() {
                if position >= at_last && findings.len() > found_before {
                    break;
                }
                let Some((witness, actions)) = what_is_open(&search, &opening, scenario, &left) else {
                    continue;
                };
                if position < group.first_of.len() {
                    left = left.without(&search.searcher, statement, &actions);
                }
                findings.push(finding((written, statement), scenario, directory, actions, witness));
            }
            if !group.is_part_of_anybody {
                left_by_anybody = left;
            }
        }
    }
    findings.sort_by(|left, right| {
        (right.class, left.statement, &left.who).cmp(&(left.class, right.statement, &right.who))
    });
    findings.dedup_by(|left, right| {
        left.class == right.class && left.who == right.who && left.statement == right.statement
    });
    findings
}

/// What finds out who gets in.
struct Solver<'p, 'w> {
    searcher: Searcher<'p>,
    any_value: AnyValue<'w>,
    /// The policy as it is written, where the search is for it turned around.
    written: Option<&'p Policy>,
}

impl<'p: 'w, 'w> Solver<'p, 'w> {
    /// [`Searcher::solve`], not held to the values that it tries for variables.
    fn solve(&self, opening: &Opening<'p>, ways: &Ways<'_, 'p>, only_action: Option<&str>) -> Answer {
        let answer = self.any_value.solve(&self.searcher, opening, ways, only_action);
        match (&answer, self.written) {
            (Answer::Allowed(request), Some(written)) if !evaluate::resource_policy_allows(written, request) => {
                Answer::Unknown
            }
            _ => answer,
        }
    }
}

/// The policy of a resource with the Denies of the resource control policies above it, for analyses that take one policy.
/// Of those policies only Denies limit: the one that allows everything cannot be detached. The statements of the policy keep
/// their positions, and each policy its version. Source: Organizations User Guide, "RCP evaluation".
///
/// A resource of a service that such policies do not cover stays as it is: by its ARN or, without one, by the policy's actions; so does
/// a role linked to a service. Retiring a grant is out of their reach.
pub fn under_resource_control<'r>(
    policy: &Policy,
    resource: Option<&str>,
    guardrails: impl IntoIterator<Item = &'r Policy>,
) -> Policy {
    let mut bound = policy.clone();
    if !is_under_resource_control(policy, resource) {
        return bound;
    }
    let first = bound.statements.len();
    for guardrail in guardrails {
        add_statements(&mut bound, guardrail, |statement| statement.effect == Effect::Deny);
    }
    if resource.and_then(Arn::read).is_some_and(|arn| arn.service == "kms") {
        bound.statements.iter_mut().skip(first).for_each(spare_retiring);
    }
    bound
}

/// Takes retiring a grant out of a Deny about a key, where that can be said: of all actions, and of all but some.
fn spare_retiring(deny: &mut Statement) {
    const RETIRING: &str = "kms:RetireGrant";
    let is_everything = |pattern: &Text| matches!(pattern.text.to_ascii_lowercase().as_str(), "*" | "*:*" | "kms:*");
    let retiring = Text {
        text: RETIRING.to_owned(),
        span: deny.action.span,
    };
    match deny.action.polarity {
        Polarity::Not => deny.action.patterns.push(retiring),
        Polarity::Is if deny.action.patterns.iter().any(is_everything) => {
            deny.action.polarity = Polarity::Not;
            deny.action.patterns = vec![retiring];
        }
        Polarity::Is => deny
            .action
            .patterns
            .retain(|pattern| !pattern.text.eq_ignore_ascii_case(RETIRING)),
    }
}

fn is_under_resource_control(policy: &Policy, resource: Option<&str>) -> bool {
    match resource.and_then(Arn::read) {
        // What is asked of a role is a token.
        Some(arn) if arn.service == "iam" => {
            evaluate::has_resource_control("sts") && !arn.resource.starts_with("role/aws-service-role/")
        }
        Some(arn) => evaluate::has_resource_control(arn.service),
        None => policy
            .statements
            .iter()
            .flat_map(|statement| &statement.action.patterns)
            .any(|pattern| match pattern.text.split_once(':') {
                Some((service, _)) => has_wildcard(service) || evaluate::has_resource_control(service),
                None => true,
            }),
    }
}

fn finding(
    (policy, statement): (&Policy, &Statement),
    scenario: &Scenario<'_>,
    directory: &AccountDirectory,
    actions: Vec<Cow<'_, str>>,
    witness: Option<Request>,
) -> ReachFinding {
    let (mut restricting, mut ineffective) = (Vec::new(), Vec::new());
    let mut written = policy.statements.iter();
    let written = written
        .find(|written| written.index == statement.index)
        .unwrap_or(statement);
    for (condition, meant) in written.conditions.iter().zip(&statement.conditions) {
        let assessment = assess_among(meant, &statement.conditions);
        let values = condition.values.iter();
        let values: Vec<String> = values.map(|value| as_written(&value.text, statement, policy)).collect();
        let is_ours = |value: &&String| directory.is_our_place(&condition.key, value);
        let note = ConditionNote {
            operator: condition.operator,
            key: condition.key.clone(),
            ours: values.iter().filter(is_ours).cloned().collect(),
            values,
            why: assessment.why,
        };
        if assessment.restricts.is_some() {
            restricting.push(note);
        } else {
            ineffective.push(note);
        }
    }
    ReachFinding {
        class: scenario.class,
        who: scenario.who.clone(),
        account: scenario.account.clone(),
        name: scenario
            .account
            .as_deref()
            .and_then(|account| directory.name(account))
            .map(str::to_owned),
        actions: actions.into_iter().map(Cow::into_owned).collect(),
        statement: statement.index,
        sid: statement.sid.clone(),
        span: statement.span,
        restricting,
        ineffective,
        witness,
    }
}

/// The action patterns as written, `NotAction` as what it means.
fn statement_actions(statement: &Statement) -> Vec<Cow<'_, str>> {
    let texts = statement.action.patterns.iter().map(|pattern| pattern.text.as_str());
    match statement.action.polarity {
        Polarity::Is => texts.map(Cow::Borrowed).collect(),
        Polarity::Not => vec![Cow::Owned(format!("* except {}", texts.collect::<Vec<_>>().join(", ")))],
    }
}

/// Action patterns of a statement that are not yet known to be open to somebody farther.
#[derive(Debug, Clone)]
enum Left<'p> {
    All,
    Patterns(Vec<Cow<'p, str>>),
}

impl<'p> Left<'p> {
    /// What is left once somebody may use these.
    fn without(&self, searcher: &Searcher<'_>, statement: &'p Statement, used: &[Cow<'p, str>]) -> Self {
        let known = match self {
            Self::All if is_divisible(searcher, statement) => statement_actions(statement),
            Self::All => Vec::new(),
            Self::Patterns(patterns) => patterns.clone(),
        };
        Self::Patterns(known.into_iter().filter(|pattern| !used.contains(pattern)).collect())
    }
}

/// Whether Denies, or how a role is taken, may leave some of a statement's action patterns to one requester and others to another.
fn is_divisible(searcher: &Searcher<'_>, statement: &Statement) -> bool {
    let takes_roles = |pattern: &Text| {
        let service = pattern.text.get(..4);
        service.is_some_and(|service| service.eq_ignore_ascii_case("sts:"))
    };
    let patterns = &statement.action.patterns;
    statement.action.polarity == Polarity::Is
        && patterns.len() > 1
        && (!searcher.denials.all.is_empty() || patterns.iter().any(takes_roles))
}

/// What a scenario may do of what is left, with an example; `None` for nothing.
fn what_is_open<'p: 'w, 'w>(
    search: &Solver<'p, 'w>,
    opening: &Opening<'p>,
    scenario: &Scenario<'p>,
    left: &Left<'p>,
) -> Option<(Option<Request>, Vec<Cow<'p, str>>)> {
    let (statement, ways) = (opening.statement, Ways::of(scenario));
    let (mut witness, patterns) = match left {
        Left::All => match search.solve(opening, &ways, None) {
            Answer::Excluded => return None,
            Answer::Unknown => return Some((None, statement_actions(statement))),
            Answer::Allowed(request) if !is_divisible(&search.searcher, statement) => {
                return Some((Some(*request), statement_actions(statement)));
            }
            Answer::Allowed(request) => (Some(*request), statement_actions(statement)),
        },
        Left::Patterns(patterns) => (None, patterns.clone()),
    };
    let mut usable = Vec::new();
    for pattern in patterns {
        let does_another = |request| search.searcher.allows_through(opening, &ways, &pattern, request);
        if !witness.as_ref().is_some_and(does_another) {
            match search.solve(opening, &ways, Some(&pattern)) {
                Answer::Excluded => continue,
                Answer::Unknown => {}
                Answer::Allowed(request) => witness = witness.or(Some(*request)),
            }
        }
        usable.push(pattern);
    }
    (!usable.is_empty()).then_some((witness, usable))
}
