//! Findings as lists and pages show them.

use security_monkey_model::{RuleId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::resource::ResourceReference;
use super::words::{FindingStatus, GradedScore};

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
    /// How bad.
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
    /// When it was found first.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// When its status changed last.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// The justification that holds now.
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
