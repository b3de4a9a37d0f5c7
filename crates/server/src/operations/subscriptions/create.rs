//! `POST /api/v1/subscriptions`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::subscription::check_target;
use crate::wire::subscription::{Subscription, SubscriptionSettings};
use axum::extract::State;
use axum::http::StatusCode;
use security_monkey_store::Author;

operation!(Access::Role(Role::View));

/// Subscribe. By mail to the own address; an admin by any channel to anybody.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions",
    operation_id = "createSubscription",
    tag = "subscriptions",
    request_body = SubscriptionSettings,
    responses((status = 201, description = "The subscription", body = Subscription))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Json(body): Json<SubscriptionSettings>,
) -> Result<(StatusCode, Json<Subscription>), Problem> {
    let spec = body.into_spec(Some(caller.email.clone()), None)?;
    check_target(&state, &caller, &spec)?;
    let by = Author::User(caller.email);
    let id = state
        .engine
        .add_subscription(&spec, &by)
        .await
        .map_err(engine_problem)?;
    let subscription = Subscription::load(&state, id).await?;
    Ok((StatusCode::CREATED, Json(subscription)))
}
