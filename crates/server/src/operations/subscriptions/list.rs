//! `GET /api/v1/subscriptions`

use security_monkey_model::Role;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{Json, Query};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::subscription::Subscription;

operation!(Access::Role(Role::View));

/// Whose.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// Everybody's, not only the own; for admins.
    #[serde(default)]
    all: bool,
}

/// Subscriptions: the own ones; for an admin with `all`, everybody's.
#[utoipa::path(
    get,
    path = "/api/v1/subscriptions",
    operation_id = "listSubscriptions",
    tag = "subscriptions",
    params(Parameters),
    responses((status = 200, description = "The subscriptions", body = Vec<Subscription>))
)]
async fn handle(_: Query<Parameters>) -> Result<Json<Vec<Subscription>>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
