//! `GET /api/v1/resources/{resource}`

use std::collections::BTreeMap;

use security_monkey_model::Role;
use security_monkey_model::{TechnologyId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::ToSchema;

use crate::extract::{Json, Path, Query};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::resource::{ResourceReference, ResourceSummary};

operation!(Access::Role(Role::View));

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
pub struct ResourceLink {
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
pub struct ResourceDetail {
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
    /// What refers to it.
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
async fn handle(_: Path<i64>, _: Query<Parameters>) -> Result<Json<ResourceDetail>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
