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
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures::StreamExt as _;
use futures::stream;
use security_monkey_model::Timestamp;
use security_monkey_store::finding::{FindingFilter, FindingSummary};
use security_monkey_store::{Cursor, Page, PageOf};

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
    // The first page is read before the answer begins, so that a failure is still a problem.
    let first = next_page(&state, &filter, None).await?;
    let header = Bytes::from(csv::line(COLUMNS.iter().copied()));
    let lines = stream::try_unfold(Some(first), move |page| {
        let (state, filter) = (state.clone(), filter.clone());
        async move {
            let Some(page) = page else { return Ok(None) };
            let text: String = page
                .items
                .iter()
                .map(|finding| line(finding, &state.catalogue))
                .collect();
            let next = match page.next {
                None => None,
                Some(cursor) => Some(
                    next_page(&state, &filter, Some(cursor))
                        .await
                        .map_err(|problem| std::io::Error::other(problem.detail))?,
                ),
            };
            Ok::<_, std::io::Error>(Some((Bytes::from(text), next)))
        }
    });
    let body = Body::from_stream(stream::once(async { Ok(header) }).chain(lines));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"findings.csv\""),
    ];
    Ok((headers, body).into_response())
}

async fn next_page(
    state: &ServerState,
    filter: &FindingFilter,
    after: Option<Cursor>,
) -> Result<PageOf<FindingSummary>, Problem> {
    let page = Page { after, limit: 500 };
    state.store.findings(filter, &page).await.map_err(store_problem)
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
