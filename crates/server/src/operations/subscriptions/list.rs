//! `GET /api/v1/subscriptions`

use security_monkey_model::Role;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::extract::{Json, Query};
use crate::failure::store_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::state::ServerState;
use crate::wire::subscription::Subscription;
use axum::extract::State;

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
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Vec<Subscription>>, Problem> {
    if parameters.all && caller.role < Role::Admin {
        return Err(Problem::new(
            Code::RoleTooLow,
            "everybody's subscriptions are for admins",
        ));
    }
    let owner = (!parameters.all).then_some(&caller.email);
    let subscriptions = state.store.subscriptions(owner).await.map_err(store_problem)?;
    Ok(Json(subscriptions.into_iter().map(Subscription::from).collect()))
}
