//! `POST /api/v1/verification`

use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::extract::Json;
use crate::operation::Patience;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};

operation!(Access::Role(Role::Admin), Patience::Unlimited);

/// What was checked, and what is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Verification {
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
async fn handle() -> Result<Json<Verification>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
