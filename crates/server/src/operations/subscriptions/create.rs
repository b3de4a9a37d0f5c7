//! `POST /api/v1/subscriptions`

use security_monkey_model::Role;

use crate::extract::Json;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::subscription::{Subscription, SubscriptionSettings};

operation!(Access::Role(Role::View));

/// Subscribe.
#[utoipa::path(
    post,
    path = "/api/v1/subscriptions",
    operation_id = "createSubscription",
    tag = "subscriptions",
    request_body = SubscriptionSettings,
    responses((status = 201, description = "The subscription", body = Subscription))
)]
async fn handle(_: Json<SubscriptionSettings>) -> Result<Json<Subscription>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
