//! Resources and revisions as lists and references show them.

use security_monkey_model::{AccountId, Region, TechnologyId, Timestamp};
use security_monkey_store::{self as store, ResourceRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::{Change, GradedScore};
use crate::failure::store_problem;
use crate::problem::Problem;
use crate::state::ServerState;

/// Enough of a resource to name it and to link to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResourceReference {
    /// Our number of it: what paths of this API take.
    pub id: i64,
    /// The account it is in.
    #[schema(value_type = String, example = "123456789012")]
    pub account: AccountId,
    /// The region of the scan that reads it; `global` for a global technology.
    #[schema(value_type = String, example = "eu-west-1")]
    pub region: Region,
    /// The technology.
    #[schema(value_type = String)]
    pub technology: TechnologyId,
    /// AWS's stable identifier in that place.
    pub aws_id: String,
    /// What people call it.
    pub name: String,
    /// Its ARN, if it has one.
    pub arn: Option<String>,
}

/// A resource as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResourceSummary {
    /// Which resource.
    #[serde(flatten)]
    pub resource: ResourceReference,
    /// Where it lives: a bucket's own region, though the scan that reads it is global.
    #[schema(value_type = String, example = "eu-west-1")]
    pub home_region: Region,
    /// Whether it is there, as far as we know: false after a complete listing without it.
    pub is_active: bool,
    /// When we saw it first.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen: Timestamp,
    /// When we saw it last.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen: Timestamp,
    /// Its newest revision; with `as_of` the one of then.
    pub revision: i64,
    /// The kind of step that revision is.
    pub change: Change,
    /// When that revision was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// How many findings are open or reopened.
    pub open_findings: u32,
    /// How many findings are justified.
    pub justified_findings: u32,
    /// The highest score of an open finding; null: none is open.
    pub score: Option<GradedScore>,
}

/// Who made a change in AWS, when an event told us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Actor {
    /// The principal's ARN.
    pub principal: String,
    /// Source address of the call.
    pub source_ip: Option<String>,
    /// The API call: `ec2:AuthorizeSecurityGroupIngress`.
    pub action: Option<String>,
    /// When AWS says it happened.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

impl From<security_monkey_model::Actor> for Actor {
    fn from(actor: security_monkey_model::Actor) -> Self {
        Self {
            principal: actor.principal,
            source_ip: actor.source_ip,
            action: actor.action,
            at: actor.at,
        }
    }
}

/// A revision as the timeline shows it: the state of a resource from `observed_at` on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevisionSummary {
    /// The revision's number.
    pub id: i64,
    /// The resource's number.
    pub resource: i64,
    /// When we saw this state first.
    #[schema(value_type = String, format = DateTime)]
    pub observed_at: Timestamp,
    /// The kind of step.
    pub change: Change,
    /// Who did it, if known.
    pub actor: Option<Actor>,
    /// SHA-256 of the whole document, hexadecimal.
    pub digest: String,
}

/// A revision with its document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Revision {
    /// Which revision.
    #[serde(flatten)]
    pub revision: RevisionSummary,
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// The region of the scan.
    #[schema(value_type = String)]
    pub region: Region,
    /// The technology.
    #[schema(value_type = String)]
    pub technology: TechnologyId,
    /// AWS's stable identifier in that place.
    pub aws_id: String,
    /// Everything AWS returned, secrets replaced by digests; null: the revision is a deletion.
    #[schema(value_type = Option<serde_json::Value>)]
    pub document: Option<serde_json::Value>,
}

impl From<&store::resource::CurrentResource> for ResourceReference {
    fn from(resource: &store::resource::CurrentResource) -> Self {
        Self {
            id: resource.row.0,
            account: resource.key.scope.account.clone(),
            region: resource.key.scope.region.clone(),
            technology: resource.key.scope.technology.clone(),
            aws_id: resource.key.id.to_string(),
            name: resource.name.clone(),
            arn: resource.arn.clone(),
        }
    }
}

impl From<store::resource::ResourceSummary> for ResourceSummary {
    fn from(summary: store::resource::ResourceSummary) -> Self {
        Self {
            resource: ResourceReference {
                id: summary.row.0,
                account: summary.key.scope.account,
                region: summary.key.scope.region,
                technology: summary.key.scope.technology,
                aws_id: summary.key.id.into(),
                name: summary.name,
                arn: summary.arn,
            },
            home_region: summary.home_region,
            is_active: summary.is_active,
            first_seen: summary.first_seen,
            last_seen: summary.last_seen,
            revision: summary.revision.0,
            change: summary.change.into(),
            changed_at: summary.changed_at,
            open_findings: summary.scores.open,
            justified_findings: summary.scores.justified,
            score: summary.scores.highest.map(Into::into),
        }
    }
}

impl From<store::revision::RevisionSummary> for RevisionSummary {
    fn from(revision: store::revision::RevisionSummary) -> Self {
        Self {
            id: revision.id.0,
            resource: revision.resource.0,
            observed_at: revision.observed_at,
            change: revision.change.into(),
            actor: revision.actor.map(Into::into),
            digest: revision.full.to_string(),
        }
    }
}

impl From<store::revision::Revision> for Revision {
    fn from(revision: store::revision::Revision) -> Self {
        Self {
            revision: revision.summary.into(),
            account: revision.key.scope.account,
            region: revision.key.scope.region,
            technology: revision.key.scope.technology,
            aws_id: revision.key.id.into(),
            document: revision.document,
        }
    }
}

/// The row of a resource that exists; lists below an unknown resource are not found, rather than empty.
pub(crate) async fn known(state: &ServerState, resource: i64) -> Result<ResourceRow, Problem> {
    let row = ResourceRow(resource);
    match state.store.resource(row).await.map_err(store_problem)? {
        Some(_) => Ok(row),
        None => Err(Problem::not_found("resource", resource)),
    }
}
