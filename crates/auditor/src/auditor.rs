//! Evaluation: every rule of a resource's technology on that resource.

mod findings;
mod input;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use security_monkey_iam::AccountDirectory;
use security_monkey_model::{
    AccountId, EvaluatedFinding, Evaluation, RuleId, Score, Subject, TechnologyId, Timestamp, Verdict,
};

use self::input::Input;
use crate::enrich::{self, Assumption};
use crate::rego::Prepared;
use crate::rule::Rule;
use crate::rule_set::{Code, RuleSet};
use crate::view::ResourceView;

/// What people decided about rules: `None` as the account means all accounts; the account's own entry wins.
#[derive(Debug, Clone, Default)]
pub struct RuleOverrides {
    /// Scores instead of the rule's.
    pub scores: BTreeMap<(RuleId, Option<AccountId>), Score>,
    /// Whether rules are switched off: their verdict is *not applicable* then.
    pub disabled: BTreeMap<(RuleId, Option<AccountId>), bool>,
}

impl RuleOverrides {
    /// Whether the rule is switched off in the account: by the account's own setting, else by the general one.
    pub fn is_disabled(&self, rule: &RuleId, account: &AccountId) -> bool {
        if self.disabled.is_empty() {
            return false;
        }
        let own = self.disabled.get(&(rule.clone(), Some(account.clone())));
        own.or_else(|| self.disabled.get(&(rule.clone(), None)))
            .copied()
            .unwrap_or_default()
    }
}

/// What evaluation depends on besides the resource.
#[derive(Debug, Clone, Copy)]
pub struct AuditContext<'a> {
    /// The present, for rules about age: `input.now_ns`.
    pub now: Timestamp,
    /// Which accounts, organisations and networks we know. Seen from each resource's own account by the auditor.
    pub directory: &'a AccountDirectory,
    /// What people decided about rules.
    pub overrides: &'a RuleOverrides,
}

/// Evaluates rules. Shared between threads; each evaluation takes one set of prepared engines from a pool. CPU-bound: call
/// it off the async threads.
#[derive(Debug)]
pub struct Auditor {
    rules: RuleSet,
    idle: Mutex<Vec<Worker>>,
}

/// One thread's engines, by the rule's index; made on first use.
type Worker = BTreeMap<usize, Prepared>;

impl Auditor {
    /// An auditor over these rules.
    pub fn new(rules: RuleSet) -> Self {
        Self {
            rules,
            idle: Mutex::default(),
        }
    }

    /// Its rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Evaluates every rule of the resource's technology, by rule id. One evaluation per rule, always: a rule that could not
    /// be evaluated says so as [`Verdict::Unknown`].
    pub fn evaluate(&self, resource: &ResourceView<'_>, context: &AuditContext<'_>) -> Vec<Evaluation> {
        self.evaluate_some(resource, context, &|_| true)
    }

    /// Evaluates some rules only, such as the time-dependent ones.
    pub fn evaluate_some(
        &self,
        resource: &ResourceView<'_>,
        context: &AuditContext<'_>,
        wanted: &dyn Fn(&Rule) -> bool,
    ) -> Vec<Evaluation> {
        let loaded = &self.rules.inner;
        let indices = loaded
            .by_technology
            .get(&resource.key.scope.technology)
            .map_or(&[][..], Vec::as_slice);
        let chosen: Vec<(usize, &Rule, &Code)> = indices
            .iter()
            .filter_map(|&index| Some((index, loaded.rules.get(index)?, loaded.code.get(index)?)))
            .filter(|(_, rule, _)| wanted(rule))
            .collect();
        if chosen.is_empty() {
            return Vec::new();
        }
        let taken = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut worker = taken.unwrap_or_default();
        let codes: Vec<&Code> = chosen.iter().map(|(.., code)| *code).collect();
        let input = Input::new(resource, context, &codes, Assumption::Nobody);
        let inputs = Inputs {
            worst: input
                .is_assumed()
                .then(|| Input::new(resource, context, &codes, Assumption::Everybody)),
            input,
        };
        let evaluations = chosen
            .iter()
            .map(|&(index, rule, code)| Evaluation {
                rule: rule.id.clone(),
                verdict: verdict(
                    rule,
                    code,
                    resource,
                    context,
                    &inputs,
                    worker.entry(index).or_insert_with(|| code.prepared.clone()),
                ),
            })
            .collect();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        evaluations
    }
}

/// What rules are asked about.
struct Inputs<'a> {
    input: Input<'a>,
    /// The same under the other assumption, where something rests on one.
    worst: Option<Input<'a>>,
}

fn verdict(
    rule: &Rule,
    code: &Code,
    resource: &ResourceView<'_>,
    context: &AuditContext<'_>,
    inputs: &Inputs<'_>,
    engine: &mut Prepared,
) -> Verdict {
    let input = &inputs.input;
    let account = &resource.key.scope.account;
    if context.overrides.is_disabled(&rule.id, account) {
        return Verdict::NotApplicable {
            reason: "the rule is switched off".into(),
        };
    }
    if let Some(reason) = missing_input(rule, code, resource) {
        return Verdict::unknown(reason);
    }
    let score = score_of(rule, account, context.overrides);
    if let Some((path, reason)) = input.unreadable_policy(rule, code) {
        let reason = format!("the policy at {path} could not be understood: {reason}");
        let findings = in_readable_policies(rule, code, inputs, engine, score);
        return unless_excused(Verdict::Unknown { reason, findings }, rule, code, resource);
    }
    engine.set_input(input.for_rule(code));
    let answer = findings::evaluate(rule, code, engine, score);
    if let (Ok(answer), Some(worst)) = (&answer, &inputs.worst)
        && let Some((path, why)) = input.unresolved_opening(rule, code)
    {
        engine.set_input(worst.for_rule(code));
        let other = findings::evaluate(rule, code, engine, score);
        if other.as_ref() != Ok(answer) {
            let reason = format!("it is not known who is meant by {path}: {why}");
            let findings = other.map_or_else(|_| Vec::new(), |other| in_both(answer, &other));
            return unless_excused(Verdict::Unknown { reason, findings }, rule, code, resource);
        }
    }
    answer.map_or_else(Verdict::unknown, |verdict| {
        unless_excused(verdict, rule, code, resource)
    })
}

/// What the rule finds in the policies that could be read: at fault too if the others deny everything, and not without any policy, as
/// where it finds that one is missing.
fn in_readable_policies(
    rule: &Rule,
    code: &Code,
    inputs: &Inputs<'_>,
    engine: &mut Prepared,
    score: findings::Scoring,
) -> Vec<EvaluatedFinding> {
    let Some(worst) = inputs.worst.as_ref().filter(|_| Input::sees_policies_singly(code)) else {
        return Vec::new();
    };
    let mut with = |input| {
        engine.set_input(input);
        findings::evaluate(rule, code, engine, score)
    };
    let (Ok(found), Ok(denied), Ok(without)) = (
        with(inputs.input.for_rule(code)),
        with(worst.for_rule(code)),
        with(inputs.input.for_rule_without_policies(code)),
    ) else {
        return Vec::new();
    };
    let is_missing = |subject: &Subject| without.findings().iter().any(|finding| finding.subject == *subject);
    let mut proven = in_both(&found, &denied);
    proven.retain(|finding| !is_missing(&finding.subject));
    proven
}

/// What is at fault under either assumption, as one of them states it.
fn in_both(one: &Verdict, other: &Verdict) -> Vec<EvaluatedFinding> {
    let subjects: BTreeSet<&Subject> = other.findings().iter().map(|finding| &finding.subject).collect();
    let found = one.findings().iter();
    found
        .filter(|finding| subjects.contains(&finding.subject))
        .cloned()
        .collect()
}

/// A verdict whose findings may be excused by something that is not known proves nothing.
fn unless_excused(verdict: Verdict, rule: &Rule, code: &Code, resource: &ResourceView<'_>) -> Verdict {
    let excuse = Some(&verdict)
        .filter(|verdict| !verdict.findings().is_empty())
        .and_then(|_| unknown_excuse(rule, code, resource));
    match (excuse, verdict) {
        (Some(excuse), Verdict::Unknown { reason, .. }) => Verdict::unknown(format!("{reason}; {excuse}")),
        (Some(excuse), _) => Verdict::unknown(excuse),
        (None, verdict) => verdict,
    }
}

/// What may excuse a failure, and is not known.
fn unknown_excuse(rule: &Rule, code: &Code, resource: &ResourceView<'_>) -> Option<String> {
    if let Some(technology) = incomplete(&rule.excused_by, resource) {
        return Some(format!(
            "it fails by itself, but the account's resources of {technology}, which could excuse it, are not completely known"
        ));
    }
    let hidden = hidden_in(&rule.excused_by, code, resource)?;
    Some(format!(
        "it fails by itself, but what could excuse it is not known: {hidden}"
    ))
}

/// Why the rule cannot be evaluated, if something it reads is not known.
fn missing_input(rule: &Rule, code: &Code, resource: &ResourceView<'_>) -> Option<String> {
    for unread in resource.unread {
        let read_directly = code.reads.config.iter().any(|read| enrich::hides(unread, read));
        let read_derived = code.reads.derived.iter().any(|part| enrich::depends_on(part, unread));
        if read_directly || read_derived {
            return Some(format!("{unread} could not be read"));
        }
    }
    if code.reads.resource.contains("tags") && resource.are_tags_unread {
        return Some("its tags could not be read".to_owned());
    }
    for link in resource
        .links
        .iter()
        .filter(|link| rule.links.contains(&link.technology))
    {
        let is_derived = |unread: &String| {
            let own = code.reads.derived.iter().filter(|part| enrich::follows_links(part));
            let mut parts = code.reads.linked_derived.iter().chain(own);
            parts.any(|part| enrich::depends_on(part, unread))
        };
        let hidden = unread_of(code, &link.technology, &link.unread)
            .or_else(|| link.unread.iter().find(|path| is_derived(path)));
        if let Some(path) = hidden {
            let (technology, id) = (&link.technology, &link.id);
            return Some(format!("{path} of the linked {technology} {id} could not be read"));
        }
    }
    if let Some(link) = resource.missing_links.iter().find(|link| rule.links.contains(&link.to)) {
        return Some(format!("the linked {} {} is not recorded", link.to, link.id));
    }
    // What is derived from collections says itself what was missing for this resource.
    if code.reads.collections
        && let Some(technology) = incomplete(&rule.reads, resource)
    {
        return Some(format!(
            "the account's resources of {technology} are not completely known"
        ));
    }
    hidden_in(&rule.reads, code, resource)
}

/// The first of these paths that hides something the rule reads of a linked or collected resource.
fn unread_of<'a>(code: &Code, technology: &TechnologyId, unread: &'a [String]) -> Option<&'a String> {
    let reads = code.reads.others.get(technology)?;
    unread
        .iter()
        .find(|path| reads.iter().any(|read| enrich::hides(path, read)))
}

/// What could not be read, and the rule reads, of a resource of these collections.
fn hidden_in(technologies: &[TechnologyId], code: &Code, resource: &ResourceView<'_>) -> Option<String> {
    technologies.iter().find_map(|technology| {
        let mut partly = resource.collections.get(technology)?.partly_unread();
        partly.find_map(|one| {
            let path = unread_of(code, technology, &one.unread)?;
            Some(format!("{path} of {technology} {} could not be read", one.id))
        })
    })
}

/// The first of these collections that is incomplete or absent.
fn incomplete(technologies: &[TechnologyId], resource: &ResourceView<'_>) -> Option<String> {
    technologies
        .iter()
        .find(|technology| {
            !resource
                .collections
                .get(*technology)
                .is_some_and(crate::Collection::is_complete)
        })
        .map(|technology| technology.as_str().to_owned())
}

/// The score that somebody set for the rule in this account, or everywhere. It then holds for graded findings too.
fn score_of(rule: &Rule, account: &AccountId, overrides: &RuleOverrides) -> findings::Scoring {
    if overrides.scores.is_empty() {
        return findings::Scoring::OfRule(rule.score);
    }
    let own = overrides.scores.get(&(rule.id.clone(), Some(account.clone())));
    let general = overrides.scores.get(&(rule.id.clone(), None));
    own.or(general).map_or(findings::Scoring::OfRule(rule.score), |score| {
        findings::Scoring::Overridden(*score)
    })
}
