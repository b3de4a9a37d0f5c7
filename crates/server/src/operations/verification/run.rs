//! `POST /api/v1/verification`

use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::failure::store_problem;
use crate::operation::Patience;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::state::ServerState;
use axum::extract::State;

operation!(Access::Role(Role::Admin), Patience::Unlimited);

/// What was checked, and what is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Verification {
    /// Revisions read and hashed.
    pub revisions: u64,
    /// Decisions read.
    pub decisions: u64,
    /// Links of the chain.
    pub chain_entries: u64,
    /// The hash of the newest link: note it elsewhere, and a later check proves that nothing before it was rewritten.
    pub head: String,
    /// What is wrong; empty: the history is as it was written.
    pub problems: Vec<String>,
}

/// Check the whole history: every revision against its digest, every decision, and the hash chain over both.
///
/// Reads the whole database: minutes on a large one.
#[utoipa::path(
    post,
    path = "/api/v1/verification",
    operation_id = "verifyHistory",
    tag = "verification",
    responses((status = 200, description = "The result; problems are in it", body = Verification))
)]
async fn handle(State(state): State<ServerState>) -> Result<Json<Verification>, Problem> {
    let Ok(_permit) = state.verifying.try_acquire() else {
        return Err(Problem::new(
            Code::Conflict,
            "a verification is running; wait for it to end",
        ));
    };
    let report = state.store.verify(&mut |_| {}).await.map_err(store_problem)?;
    Ok(Json(Verification {
        revisions: report.revisions,
        decisions: report.decisions,
        chain_entries: report.chain_entries,
        head: report.head,
        problems: report.problems.iter().map(ToString::to_string).collect(),
    }))
}
