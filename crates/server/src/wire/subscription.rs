//! Subscriptions as the API shows and takes them.

use security_monkey_model::{AccountId, Role, Score, TechnologyId, Timestamp};
use security_monkey_store::SubscriptionId;
use security_monkey_store::subscription as store;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::failure::store_problem;
use crate::guard::Caller;
use crate::problem::{Code, Problem};
use crate::state::ServerState;

/// The kind of thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// A revision was recorded.
    ResourceChanged,
    /// A finding came to life, ended, or came back.
    FindingChanged,
    /// A place became unreadable, or readable again.
    CoverageChanged,
}

impl From<store::EventKind> for EventKind {
    fn from(kind: store::EventKind) -> Self {
        match kind {
            store::EventKind::ResourceChanged => Self::ResourceChanged,
            store::EventKind::FindingChanged => Self::FindingChanged,
            store::EventKind::CoverageChanged => Self::CoverageChanged,
        }
    }
}

impl From<EventKind> for store::EventKind {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::ResourceChanged => Self::ResourceChanged,
            EventKind::FindingChanged => Self::FindingChanged,
            EventKind::CoverageChanged => Self::CoverageChanged,
        }
    }
}

/// What somebody wants to hear, and how. Empty lists do not restrict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionSettings {
    /// The channel: `smtp`, `webhook`.
    #[schema(example = "smtp")]
    pub channel: String,
    /// Where to: an address, a URL.
    #[schema(example = "ada@example.com")]
    pub target: String,
    /// What else the channel wants to know; secrets in it are never shown again.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub settings: serde_json::Value,
    /// Only in these accounts.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub accounts: Vec<AccountId>,
    /// Only on these technologies.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub technologies: Vec<TechnologyId>,
    /// Only these kinds of events.
    #[serde(default)]
    pub events: Vec<EventKind>,
    /// Only findings of at least this score.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10)]
    pub min_score: Option<u8>,
    /// Whether it is served now.
    pub is_enabled: bool,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Subscription {
    /// Its number.
    pub id: i64,
    /// Whose it is; null: the deployment's.
    pub owner: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What, and how.
    #[serde(flatten)]
    pub settings: SubscriptionSettings,
}

impl From<store::Subscription> for Subscription {
    fn from(subscription: store::Subscription) -> Self {
        let store::SubscriptionSpec {
            owner,
            channel,
            target,
            settings,
            filter,
            enabled,
        } = subscription.spec;
        Self {
            id: subscription.id.0,
            owner: owner.map(String::from),
            created_at: subscription.created_at,
            settings: SubscriptionSettings {
                channel,
                target,
                settings: without_secrets(settings),
                accounts: filter.accounts,
                technologies: filter.technologies,
                events: filter.events.into_iter().map(Into::into).collect(),
                min_score: filter.min_score.map(Score::value),
                is_enabled: enabled,
            },
        }
    }
}

/// What stands in a settings member for a secret that is not shown; sent back, it means "as it was".
pub const KEPT_SECRET: &str = "•••";

/// Members of a channel's settings whose name says they are secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret", "password", "token", "key"]
        .iter()
        .any(|word| name.contains(word))
}

fn without_secrets(settings: serde_json::Value) -> serde_json::Value {
    match settings {
        serde_json::Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| {
                let shown = if is_secret(&name) && !value.is_null() {
                    KEPT_SECRET.into()
                } else {
                    value
                };
                (name, shown)
            })
            .collect(),
        other => other,
    }
}

impl SubscriptionSettings {
    /// The store's form, owned by this user; secrets sent back masked are taken from `before`.
    pub fn into_spec(
        self,
        owner: Option<security_monkey_model::UserEmail>,
        before: Option<&store::SubscriptionSpec>,
    ) -> Result<store::SubscriptionSpec, Problem> {
        let mut settings = match self.settings {
            serde_json::Value::Null => serde_json::json!({}),
            object @ serde_json::Value::Object(_) => object,
            _ => return Err(Problem::invalid("body: settings: a JSON object is wanted")),
        };
        if let (Some(members), Some(before)) = (settings.as_object_mut(), before) {
            for (name, value) in members {
                if value == KEPT_SECRET && is_secret(name) {
                    *value = before.settings.get(name).cloned().unwrap_or_default();
                }
            }
        }
        if self.target.is_empty() || self.target.len() > 2048 || self.target.chars().any(char::is_control) {
            return Err(Problem::invalid(
                "body: target: 1 to 2048 bytes without control characters are wanted",
            ));
        }
        Ok(store::SubscriptionSpec {
            owner,
            channel: self.channel,
            target: self.target,
            settings,
            filter: store::SubscriptionFilter {
                accounts: self.accounts,
                technologies: self.technologies,
                events: self.events.into_iter().map(Into::into).collect(),
                min_score: self
                    .min_score
                    .map(Score::new)
                    .transpose()
                    .map_err(|error| Problem::invalid(format!("body: min_score: {error}")))?,
            },
            enabled: self.is_enabled,
        })
    }
}

impl Subscription {
    /// The subscription as it is now.
    pub(crate) async fn load(state: &ServerState, id: SubscriptionId) -> Result<Self, Problem> {
        let found = state.store.subscription(id).await.map_err(store_problem)?;
        found
            .map(Self::from)
            .ok_or_else(|| Problem::not_found("subscription", id))
    }
}

/// The subscription with this number, if the caller may change it; one that is not theirs does not exist for them.
pub(crate) async fn of_caller(state: &ServerState, caller: &Caller, id: i64) -> Result<store::Subscription, Problem> {
    let found = state
        .store
        .subscription(SubscriptionId(id))
        .await
        .map_err(store_problem)?;
    found
        .filter(|found| caller.role == Role::Admin || found.spec.owner.as_ref() == Some(&caller.email))
        .ok_or_else(|| Problem::not_found("subscription of yours", id))
}

/// Refuses channels that are not there, and targets that only an admin may choose: our mail server and our network place are
/// not everybody's to point at others.
pub(crate) fn check_target(
    state: &ServerState,
    caller: &Caller,
    spec: &store::SubscriptionSpec,
) -> Result<(), Problem> {
    if !state.catalogue.channels.contains(&spec.channel.as_str()) {
        let known = state.catalogue.channels.join(", ");
        return Err(Problem::invalid(format!(
            "body: channel: '{}' is not switched on; there are: {known}",
            spec.channel
        )));
    }
    if spec.is_permitted(&caller.email, caller.role) {
        return Ok(());
    }
    Err(Problem::new(
        Code::RoleTooLow,
        "other channels than mail to the own address are for admins to set up",
    ))
}
