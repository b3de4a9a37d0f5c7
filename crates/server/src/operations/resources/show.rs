//! `GET /api/v1/resources/{resource}`

use std::collections::BTreeMap;

use security_monkey_model::Role;
use security_monkey_model::{TechnologyId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::ToSchema;

use crate::extract::{Json, Path, Query};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::resource::{ResourceReference, ResourceSummary};
use axum::extract::State;
use security_monkey_store::ResourceRow;

operation!(Access::Role(Role::View));

/// A VPC is referred to by everything in it; the page shows the first.
const MOST_SOURCES: usize = 100;

/// Which moment.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// The configuration at this instant instead of the newest.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
}

/// A reference to another resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ResourceLink {
    /// The technology pointed to.
    #[schema(value_type = String)]
    pub technology: TechnologyId,
    /// The identifier or ARN pointed to.
    pub aws_id: String,
    /// The resource, when we know it.
    pub resource: Option<ResourceReference>,
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ResourceDetail {
    /// What the list shows of it.
    #[serde(flatten)]
    pub summary: ResourceSummary,
    /// Its tags now.
    pub tags: BTreeMap<String, String>,
    /// Everything AWS returned, secrets replaced by digests; of a deleted resource the last we saw; null: it was not there
    /// at the instant asked for.
    #[schema(value_type = Option<serde_json::Value>)]
    pub document: Option<serde_json::Value>,
    /// What it refers to.
    pub links: Vec<ResourceLink>,
    /// What refers to it; at most 100.
    pub linked_from: Vec<ResourceReference>,
}

/// One resource with its configuration and links.
///
/// With `as_of`, the configuration is the one it had at that instant.
#[utoipa::path(
    get,
    path = "/api/v1/resources/{resource}",
    operation_id = "showResource",
    tag = "resources",
    params(("resource" = i64, Path, description = "The resource's number"), Parameters),
    responses((status = 200, description = "The resource", body = ResourceDetail))
)]
async fn handle(
    State(state): State<ServerState>,
    Path(resource): Path<i64>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<ResourceDetail>, Problem> {
    let row = ResourceRow(resource);
    let found = state.store.resource(row).await.map_err(store_problem)?;
    let detail = found.ok_or_else(|| Problem::not_found("resource", resource))?;
    let document = match parameters.as_of {
        None => Some(detail.document),
        Some(at) => {
            let revision = state.store.as_of(row, at).await.map_err(store_problem)?;
            revision.and_then(|revision| revision.document)
        }
    };
    let targets = state.store.linked(row).await.map_err(store_problem)?;
    let links = detail
        .links
        .into_iter()
        .map(|link| ResourceLink {
            resource: targets
                .iter()
                .find(|target| {
                    target.key.scope.technology == link.to
                        && (target.key.id.as_str() == link.id || target.arn.as_deref() == Some(link.id.as_str()))
                })
                .map(ResourceReference::from),
            technology: link.to,
            aws_id: link.id,
        })
        .collect();
    let mut sources = state.store.dependents(&[row]).await.map_err(store_problem)?;
    sources.truncate(MOST_SOURCES);
    let sources = state.store.current(&sources).await.map_err(store_problem)?;
    Ok(Json(ResourceDetail {
        summary: detail.summary.into(),
        tags: detail.tags,
        document,
        links,
        linked_from: sources.iter().map(ResourceReference::from).collect(),
    }))
}
