//! `GET /api/v1/decisions/export`

use security_monkey_model::Role;

use crate::csv;
use crate::extract::Query;
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::decision::DecisionParameters;
use axum::extract::State;
use axum::response::Response;
use security_monkey_store::Page;
use security_monkey_store::decision::Decision;

operation!(Access::Role(Role::Admin));

const COLUMNS: [&str; 9] = [
    "id", "at", "by", "kind", "finding", "resource", "rule", "reason", "content",
];

/// Decisions as CSV, newest first, all pages.
///
/// Cells that a spreadsheet would take for a formula are prefixed with an apostrophe.
#[utoipa::path(
    get,
    path = "/api/v1/decisions/export",
    operation_id = "exportDecisions",
    tag = "decisions",
    params(DecisionParameters),
    responses((status = 200, description = "One line per decision, after a header line", body = String, content_type = "text/csv"))
)]
async fn handle(
    State(state): State<ServerState>,
    Query(parameters): Query<DecisionParameters>,
) -> Result<Response, Problem> {
    let filter = parameters.into_filter()?;
    let next_page = move |after| {
        let (state, filter) = (state.clone(), filter.clone());
        async move {
            let page = Page { after, limit: 500 };
            state.store.decisions(&filter, &page).await.map_err(store_problem)
        }
    };
    csv::download("decisions.csv", &COLUMNS, next_page, line).await
}

fn line(decision: &Decision) -> String {
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    let reason = decision.body.get("reason").and_then(serde_json::Value::as_str);
    csv::line([
        decision.id.to_string().as_str(),
        &decision.at.to_string(),
        decision.by.as_str(),
        decision.kind.as_str(),
        &number(decision.finding.map(|finding| finding.0)),
        &number(decision.resource.map(|resource| resource.0)),
        decision.rule.as_ref().map_or("", |rule| rule.as_str()),
        reason.unwrap_or_default(),
        &decision.body.to_string(),
    ])
}
