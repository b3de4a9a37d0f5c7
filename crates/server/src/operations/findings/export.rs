//! `GET /api/v1/findings/export`

use security_monkey_model::Role;

use crate::catalogue::Catalogue;
use crate::csv;
use crate::extract::Query;
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::finding_filter::FindingParameters;
use axum::extract::State;
use axum::response::Response;
use security_monkey_model::Timestamp;
use security_monkey_store::Page;
use security_monkey_store::finding::FindingSummary;

operation!(Access::Role(Role::View));

const COLUMNS: [&str; 20] = [
    "id",
    "status",
    "severity",
    "score",
    "rule",
    "title",
    "account",
    "region",
    "technology",
    "aws_id",
    "name",
    "arn",
    "subject",
    "message",
    "opened_at",
    "changed_at",
    "justified_by",
    "justification",
    "justified_at",
    "justification_expires_at",
];

/// Findings as CSV, worst first, all pages.
///
/// Cells that a spreadsheet would take for a formula are prefixed with an apostrophe.
#[utoipa::path(
    get,
    path = "/api/v1/findings/export",
    operation_id = "exportFindings",
    tag = "findings",
    params(FindingParameters),
    responses((status = 200, description = "One line per finding, after a header line", body = String, content_type = "text/csv"))
)]
async fn handle(
    State(state): State<ServerState>,
    Query(parameters): Query<FindingParameters>,
) -> Result<Response, Problem> {
    let filter = parameters.into_filter()?;
    let titles = state.clone();
    let next_page = move |after| {
        let (state, filter) = (state.clone(), filter.clone());
        async move {
            let page = Page { after, limit: 500 };
            state.store.findings(&filter, &page).await.map_err(store_problem)
        }
    };
    csv::download("findings.csv", &COLUMNS, next_page, move |finding| {
        line(finding, &titles.catalogue)
    })
    .await
}

fn line(finding: &FindingSummary, catalogue: &Catalogue) -> String {
    let justification = finding.justification.as_ref();
    let optional_time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    csv::line([
        finding.id.to_string().as_str(),
        finding.status.as_str(),
        finding.score.severity().as_str(),
        finding.score.value().to_string().as_str(),
        finding.rule.as_str(),
        catalogue.title_of(&finding.rule),
        finding.key.scope.account.as_str(),
        finding.home_region.as_str(),
        finding.key.scope.technology.as_str(),
        finding.key.id.as_str(),
        &finding.name,
        finding.arn.as_deref().unwrap_or_default(),
        finding.subject.as_str(),
        &finding.message,
        &finding.opened_at.to_string(),
        &finding.changed_at.to_string(),
        justification.map_or("", |justification| justification.by.as_str()),
        justification.map_or("", |justification| justification.reason.as_str()),
        &optional_time(justification.map(|justification| justification.at)),
        &optional_time(justification.and_then(|justification| justification.expires_at)),
    ])
}
