//! `GET /api/v1/events`

use security_monkey_model::Role;
use security_monkey_model::{AccountId, Region, TechnologyId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::ToSchema;

use crate::extract::{Json, Query};
use crate::operation::Patience;
use crate::operation::{Access, operation};
use crate::problem::{Code, Problem};
use crate::wire::subscription::EventKind;
use crate::wire::words::{Change, FindingStatus, GradedScore};

operation!(Access::Role(Role::View), Patience::Unlimited);

/// Since when.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Parameters {
    /// The number `next` of the answer before; left out: nothing old, only where to go on.
    after: Option<i64>,
    /// Wait at most this long for news.
    #[param(minimum = 0, maximum = 30, default = 0)]
    wait_seconds: Option<u8>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its number; increases.
    pub id: i64,
    /// When we recorded it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: EventKind,
    /// The account.
    #[schema(value_type = String)]
    pub account: AccountId,
    /// The region.
    #[schema(value_type = String)]
    pub region: Region,
    /// The technology.
    #[schema(value_type = String)]
    pub technology: TechnologyId,
    /// The resource's name; null for coverage.
    pub name: Option<String>,
    /// The kind of change, of a resource.
    pub change: Option<Change>,
    /// The revision, of a resource.
    pub revision: Option<i64>,
    /// The finding, of a finding.
    pub finding: Option<i64>,
    /// The state a finding came to.
    pub status: Option<FindingStatus>,
    /// How bad, of a finding.
    pub score: Option<GradedScore>,
    /// For people.
    pub message: String,
}

/// News.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct News {
    /// At most 200 events, oldest first.
    pub events: Vec<Event>,
    /// Give this as `after` next time.
    pub next: i64,
}

/// What has happened since an event, oldest first. Waits for news when there is none (long poll).
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "listEvents",
    tag = "events",
    params(Parameters),
    responses((status = 200, description = "The events", body = News))
)]
async fn handle(_: Query<Parameters>) -> Result<Json<News>, Problem> {
    Err(Problem::new(Code::NotOffered, "not built yet"))
}
