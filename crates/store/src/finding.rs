//! Findings and verdicts: what is at fault, since when, and whether somebody accepted it.

use security_monkey_model::{
    AccountId, FindingStatus, Justification, Region, ResourceKey, RuleId, Score, Subject, TechnologyId, Timestamp,
    VerdictKind,
};

use crate::{Author, FindingId, Page, PageOf, ResourceRow, Result, Store, StoreError};

/// Which findings are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FindingFilter {
    /// In one of these states.
    pub statuses: Vec<FindingStatus>,
    /// In these accounts.
    pub accounts: Vec<AccountId>,
    /// On resources living in these regions.
    pub regions: Vec<Region>,
    /// On these technologies.
    pub technologies: Vec<TechnologyId>,
    /// Of these rules.
    pub rules: Vec<RuleId>,
    /// Of at least this score.
    pub min_score: Option<Score>,
    /// On this resource.
    pub resource: Option<ResourceRow>,
    /// Message, subject, rule, resource name or ARN contains this, ignoring ASCII case.
    pub text: Option<String>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingSummary {
    /// Its number.
    pub id: FindingId,
    /// The resource's number.
    pub resource: ResourceRow,
    /// The resource.
    pub key: ResourceKey,
    /// What people call the resource.
    pub name: String,
    /// The resource's ARN, if it has one.
    pub arn: Option<String>,
    /// Where the resource lives.
    pub home_region: Region,
    /// The rule.
    pub rule: RuleId,
    /// The part at fault.
    pub subject: Subject,
    /// One sentence.
    pub message: String,
    /// What shows it.
    pub evidence: serde_json::Value,
    /// How bad, overrides applied.
    pub score: Score,
    /// How bad by the rule itself.
    pub rule_score: Score,
    /// Where in its life it is.
    pub status: FindingStatus,
    /// When it was first found.
    pub opened_at: Timestamp,
    /// When its status last changed.
    pub changed_at: Timestamp,
    /// The acceptance in force, or one that ran out and was not renewed (then the status is open again).
    pub justification: Option<Justification>,
}

/// One step in a finding's life.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingChange {
    /// When.
    pub at: Timestamp,
    /// What it became.
    pub status: FindingStatus,
    /// Its score then.
    pub score: Score,
    /// Its message then.
    pub message: String,
}

/// What a rule last said of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleVerdict {
    /// The rule.
    pub rule: RuleId,
    /// What it said.
    pub verdict: VerdictKind,
    /// Why not applicable or unknown; empty otherwise.
    pub reason: String,
    /// Since when it says so.
    pub since: Timestamp,
}

impl Store {
    /// Findings: highest score first, then newest.
    pub async fn findings(&self, filter: &FindingFilter, page: &Page) -> Result<PageOf<FindingSummary>> {
        let _ = (filter, page);
        Err(StoreError::NotYet)
    }

    /// One finding.
    pub async fn finding(&self, id: FindingId) -> Result<Option<FindingSummary>> {
        let _ = id;
        Err(StoreError::NotYet)
    }

    /// The life of a finding, oldest first.
    pub async fn finding_history(&self, id: FindingId) -> Result<Vec<FindingChange>> {
        let _ = id;
        Err(StoreError::NotYet)
    }

    /// What the rules last said of a resource, by rule.
    pub async fn verdicts_of(&self, resource: ResourceRow) -> Result<Vec<RuleVerdict>> {
        let _ = resource;
        Err(StoreError::NotYet)
    }

    /// Accepts findings, all or none, in one transaction; replaces an acceptance in force. A resolved finding may be accepted
    /// too: it stays resolved, and comes back as justified.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::InvalidRequest`] for an empty reason, an expiry in the past, or more than 1,000 findings.
    pub async fn justify(
        &self,
        findings: &[FindingId],
        by: &Author,
        reason: &str,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<()> {
        let _ = (findings, by, reason, expires_at, at);
        Err(StoreError::NotYet)
    }

    /// Takes an acceptance back; the finding is open again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Conflict`] when there is none.
    pub async fn revoke_justification(
        &self,
        finding: FindingId,
        by: &Author,
        reason: &str,
        at: Timestamp,
    ) -> Result<()> {
        let _ = (finding, by, reason, at);
        Err(StoreError::NotYet)
    }

    /// Opens findings again whose acceptance ran out by this instant, with events and decisions; returns how many. Call it often
    /// (once a minute): it costs one index probe when there is nothing to do.
    pub async fn expire_justifications(&self, at: Timestamp) -> Result<usize> {
        let _ = at;
        Err(StoreError::NotYet)
    }

    /// Resolves the findings of rules that no longer exist and forgets their verdicts; returns how many findings.
    pub async fn retire_rules(&self, rules: &[RuleId], at: Timestamp) -> Result<usize> {
        let _ = (rules, at);
        Err(StoreError::NotYet)
    }

    /// The rules that have findings which are not resolved, for comparison with those that exist.
    pub async fn rules_with_findings(&self) -> Result<Vec<RuleId>> {
        Err(StoreError::NotYet)
    }
}
