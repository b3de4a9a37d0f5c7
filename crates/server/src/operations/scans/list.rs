//! `GET /api/v1/scans`

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
use axum::extract::State;
use security_monkey_store::scan::{self, ScanFilter};

operation!(Access::Role(Role::View));

/// Which scans.
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
    /// Only scans that ended incomplete (true) or complete (false).
    is_incomplete: Option<bool>,
    /// The cursor `next` of the page before; leave it out for the first page.
    after: Option<String>,
    /// At most this many items.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
}

/// One pass over an account, region and technology.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Scan {
    /// Its number.
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
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it ended; null: it is running, or its process died.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Whether the listing was complete.
    pub is_complete: bool,
    /// Resources seen.
    pub resources: u64,
    /// Resources seen for the first time, or again after a deletion.
    pub created: u64,
    /// Resources changed durably.
    pub changed: u64,
    /// Resources found deleted.
    pub deleted: u64,
    /// Things it could not read.
    pub gaps: u64,
    /// Calls made to AWS.
    pub calls: u64,
}

/// Scans, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/scans",
    operation_id = "listScans",
    tag = "scans",
    params(Parameters),
    responses((status = 200, description = "A page of scans", body = PageOf<Scan>))
)]
async fn handle(
    State(state): State<ServerState>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<PageOf<Scan>>, Problem> {
    let page = page(parameters.after, parameters.limit)?;
    let filter = ScanFilter {
        accounts: parameters.account,
        regions: parameters.region,
        technologies: parameters.technology,
        incomplete: parameters.is_incomplete,
    };
    let scans = state.store.scans(&filter, &page).await.map_err(store_problem)?;
    Ok(Json(PageOf::of(scans, Scan::from)))
}

impl From<scan::Scan> for Scan {
    fn from(scan: scan::Scan) -> Self {
        Self {
            id: scan.id.0,
            account: scan.scope.account,
            region: scan.scope.region,
            technology: scan.scope.technology,
            started_at: scan.started_at,
            finished_at: scan.finished_at,
            is_complete: scan.is_complete,
            resources: scan.resources,
            created: scan.created,
            changed: scan.changed,
            deleted: scan.deleted,
            gaps: scan.gaps,
            calls: scan.calls,
        }
    }
}
