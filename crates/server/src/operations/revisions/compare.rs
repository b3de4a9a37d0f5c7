//! `GET /api/v1/revisions/{revision}/difference`

use security_monkey_model::Role;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::ToSchema;

use crate::extract::{Json, Path, Query};
use crate::failure::store_problem;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::resource::Revision;
use axum::extract::State;
use security_monkey_model::document;
use security_monkey_store::RevisionId;

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
pub(crate) enum DifferenceKind {
    /// Only the newer document has it.
    Added,
    /// Only the older document had it.
    Removed,
    /// Both have a value, and they differ.
    Changed,
}

/// One place where two documents differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Difference {
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
pub(crate) struct Comparison {
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
async fn handle(
    State(state): State<ServerState>,
    Path(revision): Path<i64>,
    Query(parameters): Query<Parameters>,
) -> Result<Json<Comparison>, Problem> {
    let after = state
        .store
        .revision(RevisionId(revision))
        .await
        .map_err(store_problem)?;
    let after = after.ok_or_else(|| Problem::not_found("revision", revision))?;
    let before = match parameters.before {
        Some(before) => {
            let found = state.store.revision(RevisionId(before)).await.map_err(store_problem)?;
            Some(found.ok_or_else(|| Problem::not_found("revision", before))?)
        }
        None => state
            .store
            .revision_before(RevisionId(revision))
            .await
            .map_err(store_problem)?,
    };
    // Off the async threads: two large documents take milliseconds.
    let comparison = tokio::task::spawn_blocking(move || {
        let empty = serde_json::json!({});
        let old = before
            .as_ref()
            .and_then(|revision| revision.document.as_ref())
            .unwrap_or(&empty);
        let new = after.document.as_ref().unwrap_or(&empty);
        let differences = document::difference(old, new)
            .into_iter()
            .map(Difference::from)
            .collect();
        Comparison {
            before: before.map(Revision::from),
            after: after.into(),
            differences,
        }
    });
    comparison.await.map(Json).map_err(|error| Problem::internal(&error))
}

impl From<document::Difference> for Difference {
    fn from(difference: document::Difference) -> Self {
        let (kind, before, after) = match difference.kind {
            document::DifferenceKind::Added { after } => (DifferenceKind::Added, serde_json::Value::Null, after),
            document::DifferenceKind::Removed { before } => (DifferenceKind::Removed, before, serde_json::Value::Null),
            document::DifferenceKind::Changed { before, after } => (DifferenceKind::Changed, before, after),
        };
        Self {
            path: difference.path,
            kind,
            before,
            after,
        }
    }
}
