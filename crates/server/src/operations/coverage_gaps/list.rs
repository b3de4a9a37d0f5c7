//! `GET /api/v1/coverage-gaps`

use security_monkey_model::Role;
use security_monkey_model::{AccountId, Region, TechnologyId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::ToSchema;

use crate::extract::{Json, Query};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::page::PageOf;
use crate::wire::page::page;
use crate::wire::words::GapCause;
use axum::extract::State;
use security_monkey_store::gap::{GapFilter, GapSummary};

operation!(Access::Role(Role::View));

/// Which gaps.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// Only these accounts.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    account: Vec<AccountId>,
    /// Only these regions.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    region: Vec<Region>,
    /// Only these technologies.
    #[serde(default)]
    #[param(value_type = Vec<String>)]
    technology: Vec<TechnologyId>,
    /// Only with these causes.
    #[serde(default)]
    cause: Vec<GapCause>,
    /// Without those nobody needs to act on.
    #[serde(default)]
    hide_expected: bool,
    /// The cursor `next` of the page before; leave it out for the first page.
    after: Option<String>,
    /// At most this many items.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
}

/// One thing a scan could not read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CoverageGap {
    /// Its number, while it is open.
    pub id: i64,
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// The region.
    #[schema(value_type = String)]
    pub region: Region,
    /// The technology.
    #[schema(value_type = String)]
    pub technology: TechnologyId,
    /// The resource whose field could not be read (AWS's id); null: the listing itself, so absence proves nothing there.
    pub aws_id: Option<String>,
    /// The place in the document that could not be read; null: all of it.
    pub field: Option<String>,
    /// The AWS call.
    #[schema(example = "s3:GetBucketPolicy")]
    pub operation: String,
    /// The kind of failure.
    pub cause: GapCause,
    /// AWS's error code.
    pub code: Option<String>,
    /// For people, with what to do where we know.
    pub message: String,
    /// Whether nobody needs to act: the service or region is not there.
    pub is_expected: bool,
    /// Since when it could not be read.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// Coverage gaps: what the last scans could not read, and why.
#[utoipa::path(
    get,
    path = "/api/v1/coverage-gaps",
    operation_id = "listCoverageGaps",
    tag = "coverage-gaps",
    params(Parameters),
    responses((status = 200, description = "A page of gaps", body = PageOf<CoverageGap>))
)]
async fn handle(
    State(state): State<ServerState>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<PageOf<CoverageGap>>, Problem> {
    let page = page(parameters.after, parameters.limit)?;
    let filter = GapFilter {
        accounts: parameters.account,
        regions: parameters.region,
        technologies: parameters.technology,
        causes: parameters.cause.into_iter().map(Into::into).collect(),
        resource: None,
        hides_expected: parameters.hide_expected,
    };
    let gaps = state.store.gaps(&filter, &page).await.map_err(store_problem)?;
    Ok(Json(PageOf::of(gaps, CoverageGap::from)))
}

impl From<GapSummary> for CoverageGap {
    fn from(summary: GapSummary) -> Self {
        let GapSummary { id, scope, gap, since } = summary;
        Self {
            id,
            account: scope.account,
            region: scope.region,
            technology: scope.technology,
            aws_id: gap.resource.map(String::from),
            field: gap.field,
            operation: gap.operation,
            cause: gap.cause.into(),
            code: gap.code,
            message: gap.message,
            is_expected: gap.cause.is_expected(),
            since,
        }
    }
}
