//! `GET /api/v1/summary`

use security_monkey_model::Role;
use security_monkey_model::{AccountId, TechnologyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::words::{GapCause, GradedScore, Severity};
use axum::extract::State;
use std::cmp::Reverse;
use std::collections::HashMap;

operation!(Access::Role(Role::View));

/// How many open findings have a severity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SeverityCount {
    /// The label.
    pub severity: Severity,
    /// How many are open.
    pub open: u64,
}

/// What is known of one account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AccountCount {
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
pub(crate) struct TechnologyCount {
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
pub(crate) struct GapCount {
    /// The cause.
    pub cause: GapCause,
    /// How many gaps.
    pub count: u64,
    /// Whether nobody needs to act: the service or region is not there.
    pub is_expected: bool,
}

/// Counts for the dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Summary {
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
async fn handle(State(state): State<ServerState>) -> Result<Json<Summary>, Problem> {
    let since = state.now().plus_seconds(-24 * 3600);
    let summary = state.store.summary(&[], since).await.map_err(store_problem)?;
    let names: HashMap<_, _> = state
        .store
        .accounts()
        .await
        .map_err(store_problem)?
        .into_iter()
        .map(|account| (account.id, account.name))
        .collect();
    let mut accounts: Vec<AccountCount> = summary
        .by_account
        .into_iter()
        .map(|(account, count)| AccountCount {
            name: names.get(&account).cloned().unwrap_or_else(|| account.to_string()),
            account,
            resources: count.resources,
            open_findings: count.open_findings,
            score: count.highest_score.map(Into::into),
        })
        .collect();
    accounts.sort_by_key(|count| Reverse((count.score.map(|score| score.value), count.open_findings)));
    let mut technologies: Vec<TechnologyCount> = summary
        .by_technology
        .into_iter()
        .map(|(technology, count)| TechnologyCount {
            technology,
            resources: count.resources,
            open_findings: count.open_findings,
            score: count.highest_score.map(Into::into),
        })
        .collect();
    technologies.sort_by_key(|count| Reverse((count.score.map(|score| score.value), count.open_findings)));
    Ok(Json(Summary {
        severities: summary
            .open_by_severity
            .into_iter()
            .map(|(severity, open)| SeverityCount {
                severity: severity.into(),
                open,
            })
            .collect(),
        justified_findings: summary.justified,
        resources: summary.resources,
        accounts,
        technologies,
        gaps: summary
            .gaps_by_cause
            .into_iter()
            .map(|(cause, count)| GapCount {
                cause: cause.into(),
                count,
                is_expected: cause.is_expected(),
            })
            .collect(),
        changes_last_day: summary.changes_since,
        opened_last_day: summary.opened_since,
    }))
}
