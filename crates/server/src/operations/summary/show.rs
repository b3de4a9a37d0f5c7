//! `GET /api/v1/summary`

use security_monkey_model::Role;
use security_monkey_model::{AccountId, TechnologyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::words::{GapCause, GradedScore, Severity};

operation!(Access::Role(Role::View));

/// How many open findings have a severity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeverityCount {
    /// The label.
    pub severity: Severity,
    /// How many are open.
    pub open: u64,
}

/// What is known of one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountCount {
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// What people call it; its number when it is not configured.
    pub name: String,
    /// Active resources.
    pub resources: u64,
    /// Open findings.
    pub open_findings: u64,
    /// The highest score of an open finding.
    pub score: Option<GradedScore>,
}

/// What is known of one technology.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TechnologyCount {
    /// The technology.
    #[schema(value_type = String)]
    pub technology: TechnologyId,
    /// Active resources.
    pub resources: u64,
    /// Open findings.
    pub open_findings: u64,
    /// The highest score of an open finding.
    pub score: Option<GradedScore>,
}

/// How many coverage gaps have a cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GapCount {
    /// The cause.
    pub cause: GapCause,
    /// How many gaps.
    pub count: u64,
    /// Whether nobody needs to act: the service or region is not there.
    pub is_expected: bool,
}

/// Counts for the dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// Open findings by severity, critical first; every severity is there.
    pub severities: Vec<SeverityCount>,
    /// Findings justified now.
    pub justified_findings: u64,
    /// Active resources.
    pub resources: u64,
    /// By account, worst first.
    pub accounts: Vec<AccountCount>,
    /// By technology, worst first.
    pub technologies: Vec<TechnologyCount>,
    /// Coverage gaps by cause.
    pub gaps: Vec<GapCount>,
    /// Revisions recorded in the last 24 hours.
    pub changes_last_day: u64,
    /// Findings opened in the last 24 hours and still open.
    pub opened_last_day: u64,
}

/// Counts for the dashboard.
#[utoipa::path(
    get,
    path = "/api/v1/summary",
    operation_id = "showSummary",
    tag = "summary",
    responses((status = 200, description = "The counts", body = Summary))
)]
async fn handle() -> Result<Json<Summary>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
