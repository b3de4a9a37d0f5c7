//! `GET /api/v1/revisions/{revision}/difference`

use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::ToSchema;

use crate::extract::{Json, Path, Query};
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::resource::Revision;

operation!(Access::Role(Role::View));

/// What to compare with.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// The older revision's number; left out: the revision before of the same resource.
    before: Option<i64>,
}

/// What happened at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DifferenceKind {
    /// Only the newer document has it.
    Added,
    /// Only the older document had it.
    Removed,
    /// Both have a value, and they differ.
    Changed,
}

/// One place where two documents differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// JSON pointer (RFC 6901): in the newer document, or for a removal in the older one.
    #[schema(example = "/Policy/Statement/0/Principal")]
    pub path: String,
    /// What happened there.
    pub kind: DifferenceKind,
    /// The old value; null when added.
    #[schema(value_type = serde_json::Value)]
    pub before: serde_json::Value,
    /// The new value; null when removed.
    #[schema(value_type = serde_json::Value)]
    pub after: serde_json::Value,
}

/// Two revisions and what differs between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The older one; null: there is none before the first revision.
    pub before: Option<Revision>,
    /// The newer one.
    pub after: Revision,
    /// Every place where they differ, in document order.
    pub differences: Vec<Difference>,
}

/// What differs between two revisions, of the same resource or of different ones.
#[utoipa::path(
    get,
    path = "/api/v1/revisions/{revision}/difference",
    operation_id = "compareRevisions",
    tag = "revisions",
    params(("revision" = i64, Path, description = "The newer revision's number"), Parameters),
    responses((status = 200, description = "The difference", body = Comparison))
)]
async fn handle(_: Path<i64>, _: Query<Parameters>) -> Result<Json<Comparison>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
