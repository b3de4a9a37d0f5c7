//! `PUT /api/v1/rules/{rule}/settings`

use security_monkey_model::AccountId;
use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::rule::Rule;

operation!(Access::Role(Role::Admin));

/// How a rule is to behave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// Only in this account; null: everywhere.
    #[schema(value_type = Option<String>)]
    pub account: Option<AccountId>,
    /// Whether it is switched off there.
    pub is_disabled: bool,
    /// The score it has there; null: its own.
    #[schema(minimum = 0, maximum = 10)]
    pub score: Option<u8>,
    /// Why; 1 to 2,000 characters.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// Disable a rule or override its score, everywhere or in one account. A decision: who, when and why are kept.
#[utoipa::path(
    put,
    path = "/api/v1/rules/{rule}/settings",
    operation_id = "configureRule",
    tag = "rules",
    params(("rule" = String, Path, description = "The rule's id")),
    request_body = RuleSettings,
    responses((status = 200, description = "The rule as it behaves now", body = Rule))
)]
async fn handle(_: Path<String>, _: Json<RuleSettings>) -> Result<Json<Rule>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
