//! `PUT /api/v1/subscriptions/{subscription}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::subscription::{Subscription, SubscriptionSettings};
use crate::wire::subscription::{check_target, of_caller};
use axum::extract::State;
use security_monkey_store::Author;

operation!(Access::Role(Role::View));

/// Replace a subscription: an own one; an admin any.
#[utoipa::path(
    put,
    path = "/api/v1/subscriptions/{subscription}",
    operation_id = "updateSubscription",
    tag = "subscriptions",
    params(("subscription" = i64, Path, description = "The subscription's number")),
    request_body = SubscriptionSettings,
    responses((status = 200, description = "The subscription as it is now", body = Subscription))
)]
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(subscription): Path<i64>,
    Json(body): Json<SubscriptionSettings>,
) -> Result<Json<Subscription>, Problem> {
    let before = of_caller(&state, &caller, subscription).await?;
    let spec = body.into_spec(before.spec.owner.clone(), Some(&before.spec))?;
    check_target(&state, &caller, &spec)?;
    let by = Author::User(caller.email);
    state
        .engine
        .update_subscription(before.id, &spec, &by)
        .await
        .map_err(engine_problem)?;
    Subscription::load(&state, before.id).await.map(Json)
}
