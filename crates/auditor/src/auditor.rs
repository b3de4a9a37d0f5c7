//! Evaluation: every rule of a resource's technology on that resource.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_model::{AccountId, Evaluation, RuleId, Score, Timestamp};

use crate::rule_set::RuleSet;
use crate::view::ResourceView;

/// What people decided about rules: `None` as the account means all accounts; the account's own entry wins.
#[derive(Debug, Clone, Default)]
pub struct RuleOverrides {
    /// Scores instead of the rule's.
    pub scores: BTreeMap<(RuleId, Option<AccountId>), Score>,
    /// Rules that are switched off: their verdict is *not applicable*.
    pub disabled: BTreeSet<(RuleId, Option<AccountId>)>,
}

/// What evaluation depends on besides the resource.
#[derive(Debug, Clone, Copy)]
pub struct AuditContext<'a> {
    /// The present, for rules about age: `input.now_ns`.
    pub now: Timestamp,
    // directory: &iam::AccountDirectory joins as soon as it is on main
    /// What people decided about rules.
    pub overrides: &'a RuleOverrides,
}

/// Evaluates rules. Shared between threads; each evaluation takes one prepared engine from a pool. CPU-bound: call it off
/// the async threads.
#[derive(Debug)]
pub struct Auditor {
    rules: RuleSet,
}

impl Auditor {
    /// An auditor over these rules.
    pub fn new(rules: RuleSet) -> Self {
        Self { rules }
    }

    /// Its rules.
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// Evaluates every rule of the resource's technology, by rule id. One evaluation per rule, always: a rule that could not
    /// be evaluated says so as [`Verdict::Unknown`](security_monkey_model::Verdict::Unknown).
    pub fn evaluate(&self, resource: &ResourceView<'_>, context: &AuditContext<'_>) -> Vec<Evaluation> {
        let _ = (resource, context);
        Vec::new()
    }

    /// Evaluates some rules only, such as the time-dependent ones.
    pub fn evaluate_some(
        &self,
        resource: &ResourceView<'_>,
        context: &AuditContext<'_>,
        wanted: &dyn Fn(&crate::Rule) -> bool,
    ) -> Vec<Evaluation> {
        let _ = (resource, context, wanted);
        Vec::new()
    }
}
