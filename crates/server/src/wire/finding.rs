//! Findings as lists and pages show them.

use security_monkey_model::{Region, RuleId, Timestamp};
use security_monkey_store::{self as store, FindingId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::resource::ResourceReference;
use super::words::{FindingStatus, GradedScore};
use crate::catalogue::Catalogue;
use crate::failure::store_problem;
use crate::problem::Problem;
use crate::state::ServerState;

/// A person accepted a finding: who, why, until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Justification {
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Until when it holds; null: until revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl From<security_monkey_model::Justification> for Justification {
    fn from(justification: security_monkey_model::Justification) -> Self {
        Self {
            by: justification.by.to_string(),
            reason: justification.reason,
            at: justification.at,
            expires_at: justification.expires_at,
        }
    }
}

/// A finding as the list shows it. Its identity is (rule, resource, subject).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FindingSummary {
    /// Our number of it.
    pub id: i64,
    /// Where its life stands.
    pub status: FindingStatus,
    /// How bad, settings applied.
    pub score: GradedScore,
    /// The rule.
    #[schema(value_type = String)]
    pub rule: RuleId,
    /// The rule's title; the rule's id when the rule is no longer loaded.
    pub title: String,
    /// The part of the resource at fault.
    pub subject: String,
    /// The finding in one sentence.
    pub message: String,
    /// The resource at fault.
    pub resource: ResourceReference,
    /// Where the resource lives.
    #[schema(value_type = String)]
    pub home_region: Region,
    /// When it was found first.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// When its status changed last.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// The justification that holds now, or that ran out and was not renewed (then the status is open again).
    pub justification: Option<Justification>,
}

/// Why a finding is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewJustification {
    /// Why; 1 to 2,000 characters.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
    /// Until when it holds; null or left out: until revoked.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

/// The longest reason, in characters.
pub(crate) const LONGEST_REASON: usize = 2_000;

/// Refuses an empty reason and one too long to read.
pub(crate) fn check_reason(reason: &str) -> Result<(), Problem> {
    let length = reason.chars().count();
    if reason.trim().is_empty() || length > LONGEST_REASON {
        return Err(Problem::invalid(format!(
            "body: reason: 1 to {LONGEST_REASON} characters are wanted"
        )));
    }
    Ok(())
}

impl NewJustification {
    /// Refuses what cannot be meant: no reason, or an end that has passed.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), Problem> {
        check_reason(&self.reason)?;
        if self.expires_at.is_some_and(|at| at <= now) {
            return Err(Problem::invalid("body: expires_at: an instant in the future is wanted"));
        }
        Ok(())
    }
}

impl FindingSummary {
    /// The store's finding with the title of its rule.
    pub(crate) fn titled(finding: store::finding::FindingSummary, catalogue: &Catalogue) -> Self {
        Self {
            id: finding.id.0,
            status: finding.status.into(),
            score: finding.score.into(),
            title: catalogue.title_of(&finding.rule).to_owned(),
            rule: finding.rule,
            subject: finding.subject.into(),
            message: finding.message,
            resource: ResourceReference {
                id: finding.resource.0,
                account: finding.key.scope.account,
                region: finding.key.scope.region,
                technology: finding.key.scope.technology,
                aws_id: finding.key.id.into(),
                name: finding.name,
                arn: finding.arn,
            },
            home_region: finding.home_region,
            opened_at: finding.opened_at,
            changed_at: finding.changed_at,
            justification: finding.justification.map(Into::into),
        }
    }

    /// The finding as it is now.
    pub(crate) async fn load(state: &ServerState, id: FindingId) -> Result<Self, Problem> {
        let found = state.store.finding(id).await.map_err(store_problem)?;
        found
            .map(|finding| Self::titled(finding, &state.catalogue))
            .ok_or_else(|| Problem::not_found("finding", id))
    }
}
