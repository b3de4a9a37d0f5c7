//! `PUT /api/v1/subscriptions/{subscription}`

use security_monkey_model::Role;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::subscription::{Subscription, SubscriptionSettings};

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
async fn handle(_: Path<i64>, _: Json<SubscriptionSettings>) -> Result<Json<Subscription>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
