//! `GET /api/v1/events`

use security_monkey_model::Role;
use security_monkey_model::{AccountId, Region, TechnologyId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa::ToSchema;

use crate::extract::{Json, Query};
use crate::failure::store_problem;
use crate::operation::Patience;
use crate::operation::{Access, operation};
use crate::problem::Problem;
use crate::state::ServerState;
use crate::wire::subscription::EventKind;
use crate::wire::words::{Change, FindingStatus, GradedScore};
use axum::extract::State;
use security_monkey_model::EventBody;
use security_monkey_store::subscription::EventKind as StoreEventKind;
use std::time::Duration;

operation!(Access::Role(Role::View), Patience::Unlimited);

/// The most events of one answer.
const MOST_EVENTS: u32 = 200;
/// The longest wait of one request: proxies give up after a minute.
const LONGEST_WAIT_SECONDS: u8 = 30;
/// How often the store is asked while waiting: one probe of an index.
const LOOK_EVERY: Duration = Duration::from_secs(1);

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
pub(crate) struct Event {
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
pub(crate) struct News {
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
async fn handle(State(state): State<ServerState>, Query(parameters): Query<Parameters>) -> Result<Json<News>, Problem> {
    let newest = state.store.last_event().await.map_err(store_problem)?;
    let Some(after) = parameters.after else {
        return Ok(Json(News {
            events: Vec::new(),
            next: newest,
        }));
    };
    let wait = parameters.wait_seconds.unwrap_or(0).min(LONGEST_WAIT_SECONDS);
    let mut events = state
        .store
        .events_after(after, MOST_EVENTS)
        .await
        .map_err(store_problem)?;
    // Beyond the permitted number of waiting callers, answer at once: they ask again.
    if events.is_empty()
        && wait > 0
        && let Ok(_permit) = state.waiting.try_acquire()
    {
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.tick().await;
        for _ in 0..wait {
            tokio::select! {
                () = state.shutdown.cancelled() => break,
                _ = looks.tick() => {}
            }
            events = state
                .store
                .events_after(after, MOST_EVENTS)
                .await
                .map_err(store_problem)?;
            if !events.is_empty() {
                break;
            }
        }
    }
    let next = events.last().map_or(after, |event| event.id);
    Ok(Json(News {
        events: events.into_iter().map(Event::from).collect(),
        next,
    }))
}

impl From<security_monkey_model::Event> for Event {
    fn from(event: security_monkey_model::Event) -> Self {
        let kind = StoreEventKind::of(&event.body).into();
        let (scope, name, message) = match &event.body {
            EventBody::ResourceChanged {
                resource, name, change, ..
            } => (&resource.scope, Some(name), format!("{name} {}", change.as_str())),
            EventBody::FindingChanged {
                resource,
                name,
                message,
                ..
            } => (&resource.scope, Some(name), message.clone()),
            EventBody::CoverageChanged { scope, message, .. } => (scope, None, message.clone()),
        };
        let mut wire = Self {
            id: event.id,
            at: event.at,
            kind,
            account: scope.account.clone(),
            region: scope.region.clone(),
            technology: scope.technology.clone(),
            name: name.cloned(),
            change: None,
            revision: None,
            finding: None,
            status: None,
            score: None,
            message,
        };
        match event.body {
            EventBody::ResourceChanged { change, revision, .. } => {
                wire.change = Some(change.into());
                wire.revision = Some(revision);
            }
            EventBody::FindingChanged {
                finding, status, score, ..
            } => {
                wire.finding = Some(finding);
                wire.status = Some(status.into());
                wire.score = Some(score.into());
            }
            EventBody::CoverageChanged { .. } => {}
        }
        wire
    }
}
