//! `PUT /api/v1/rules/{rule}/settings`

use security_monkey_model::AccountId;
use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::{Json, Path};
use crate::failure::engine_problem;
use crate::guard::Caller;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::finding::check_reason;
use crate::wire::rule::Rule;
use crate::wire::rule::rules_with_settings;
use crate::wire::words::score;
use axum::extract::State;
use security_monkey_model::RuleId;
use security_monkey_store::Author;
use security_monkey_store::rule_setting::RuleSetting;

operation!(Access::Role(Role::Admin));

/// How a rule is to behave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleSettings {
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
async fn handle(
    State(state): State<ServerState>,
    caller: Caller,
    Path(rule): Path<RuleId>,
    Json(body): Json<RuleSettings>,
) -> Result<Json<Rule>, Problem> {
    if !state.catalogue.rules.iter().any(|one| one.id == rule) {
        return Err(Problem::not_found("rule", rule));
    }
    check_reason(&body.reason)?;
    let setting = RuleSetting {
        rule: rule.clone(),
        account: body.account,
        is_disabled: body.is_disabled,
        score: score(body.score)?,
        reason: body.reason,
        by: Author::User(caller.email),
        at: state.now(),
    };
    state.engine.put_rule_setting(&setting).await.map_err(engine_problem)?;
    let rules = rules_with_settings(&state).await?;
    rules
        .into_iter()
        .find(|one| one.id == rule)
        .map(Json)
        .ok_or_else(|| Problem::not_found("rule", rule))
}
