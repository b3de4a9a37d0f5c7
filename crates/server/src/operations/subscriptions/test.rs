//! `POST /api/v1/subscriptions/{subscription}/test`

use security_monkey_model::Role;

use crate::extract::Path;
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::subscription::{check_target, of_caller};
use axum::extract::State;
use axum::http::StatusCode;

operation!(Access::Role(Role::View));

/// Send a test message to a subscription: an own one; an admin any.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions/{subscription}/test",
    operation_id = "testSubscription",
    tag = "subscriptions",
    params(("subscription" = i64, Path, description = "The subscription's number")),
    responses((status = 204, description = "The receiver took it"))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(subscription): Path<i64>,
) -> Result<StatusCode, Problem> {
    let found = of_caller(&state, &caller, subscription).await?;
    check_target(&state, &caller, &found.spec)?;
    state.engine.test_subscription(found.id).await.map_err(engine_problem)?;
    Ok(StatusCode::NO_CONTENT)
}
