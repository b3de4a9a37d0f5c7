//! `DELETE /api/v1/subscriptions/{subscription}`

use security_monkey_model::Role;

use crate::extract::Path;
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::subscription::of_caller;
use axum::extract::State;
use axum::http::StatusCode;
use security_monkey_store::Author;

operation!(Access::Role(Role::View));

/// Unsubscribe: an own one; an admin any.
#[utoipa::path(
    delete,
    path = "/api/v1/subscriptions/{subscription}",
    operation_id = "deleteSubscription",
    tag = "subscriptions",
    params(("subscription" = i64, Path, description = "The subscription's number")),
    responses((status = 204, description = "It is gone"))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(subscription): Path<i64>,
) -> Result<StatusCode, Problem> {
    let before = of_caller(&state, &caller, subscription).await?;
    state
        .engine
        .delete_subscription(before.id, &Author::User(caller.email))
        .await
        .map_err(engine_problem)?;
    Ok(StatusCode::NO_CONTENT)
}
