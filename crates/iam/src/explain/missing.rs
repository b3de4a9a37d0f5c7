//! Context keys that a question about one request leaves open: which of them every request has, and which decide.

use schemars::JsonSchema;
use serde::Serialize;

use crate::arn::Arn;
use crate::document::{self, Condition, Statement, Version};
use crate::evaluate::{
    self, Caller, Context, Layer, NamedPolicy, PolicySet, Request, StatementRef, action_matches, deny_covers_caller,
    evaluate, has_variable, principal_covers, read_for, resource_matches, variables,
};
use crate::keys::{follows_from_caller, is_of_credentials};
use crate::reach::values_worth_trying;

/// A key that was not given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MissingKey {
    /// The key, as the first condition that asks for it writes it.
    pub key: String,
    /// Whether the decision depends on it.
    pub changes_decision: Effect,
    /// The statements that ask for it.
    pub asked_by: Vec<StatementRef>,
}

/// Whether a value of a key that was not given would change the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[schemars(rename = "MissingEffect")]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A value by itself does.
    Alone,
    /// A value does beside one of another key that was not given.
    WithOthers,
    /// No value does, of those that the conditions tell apart.
    Never,
    /// There are too many combinations to try.
    Unknown,
}

/// What trying values may cost, in statements evaluated.
const MOST_EFFORT: usize = 200_000;
/// The most values of one key that are tried.
const MOST_VALUES: usize = 64;

/// A statement for the caller, the action and the resource of a request, whatever its conditions say.
struct Applicable<'p> {
    layer: Layer,
    policy: NamedPolicy<'p>,
    statement: &'p Statement,
}

impl Applicable<'_> {
    fn version(&self) -> Version {
        self.policy.policy.version
    }

    /// The keys that its conditions and variables ask for and the request does not have.
    fn open_keys(&self, request: &Request) -> Vec<&str> {
        let statement = self.statement;
        let variables = statement
            .texts_with_variables()
            .flat_map(|text| keys_of_variables(&text.text, self.version(), request));
        let conditions = statement.conditions.iter().map(|condition| condition.key.as_str());
        conditions
            .filter(|key| request.values(key).is_none())
            .chain(variables)
            .collect()
    }
}

fn applicable<'p>(request: &Request, set: &PolicySet<'p>) -> Vec<Applicable<'p>> {
    let mut found = Vec::new();
    let mut add = |layer: Layer, policy: NamedPolicy<'p>| {
        let statements = policy.policy.statements.iter();
        let applies = statements.filter(|statement| is_for(statement, policy.policy.version, request));
        found.extend(applies.map(|statement| Applicable {
            layer,
            policy,
            statement,
        }));
    };
    let layers = [
        (Layer::Identity, set.identity.as_slice()),
        (Layer::Boundary, set.boundary.as_slice()),
        (Layer::Session, set.session.as_deref().unwrap_or_default()),
        (Layer::Resource, set.resource.as_slice()),
    ];
    for (layer, policies) in layers {
        for policy in policies {
            add(layer, *policy);
        }
    }
    for policy in set.service_control.iter().flatten() {
        add(Layer::ServiceControl, *policy);
    }
    for policy in set.resource_control.iter().flatten() {
        add(Layer::ResourceControl, *policy);
    }
    found
}

/// The keys of variables in a text that the request does not have, those with a default included: with a value they read otherwise.
fn keys_of_variables<'t>(text: &'t str, version: Version, request: &Request) -> Vec<&'t str> {
    if !has_variable(text, version) {
        return Vec::new();
    }
    variables(text).filter(|key| request.values(key).is_none()).collect()
}

fn is_for(statement: &Statement, version: Version, request: &Request) -> bool {
    let is_for_caller = statement
        .principal
        .as_ref()
        .is_none_or(|element| match statement.effect {
            document::Effect::Allow => principal_covers(element, request),
            document::Effect::Deny => deny_covers_caller(statement, request),
        });
    is_for_caller
        && action_matches(&statement.action, &request.action)
        && statement.resource.as_ref().is_none_or(|element| {
            let mut patterns = element.patterns.iter();
            resource_matches(element, version, request)
                || patterns.any(|pattern| !keys_of_variables(&pattern.text, version, request).is_empty())
        })
}

/// Gives the request the keys that conditions ask for, were not given, and are in every request with a value that the request itself or
/// common use tells. Source of what is in every request: IAM User Guide, "AWS global condition context keys", the "Availability" of each.
pub(super) fn assume(request: &mut Request, set: &PolicySet<'_>, now_epoch_seconds: Option<i64>) -> Context {
    let mut assumed = Context::new();
    for statement in applicable(request, set) {
        for key in statement.open_keys(request) {
            if let Some(value) = usual_value(key, request, now_epoch_seconds) {
                assumed.set(key, value);
            }
        }
    }
    for (key, values) in assumed.iter() {
        request.context.set_all(key, values.to_vec());
    }
    assumed
}

fn usual_value(key: &str, request: &Request, now_epoch_seconds: Option<i64>) -> Option<String> {
    match key.to_ascii_lowercase().as_str() {
        // The clients of AWS use TLS unless they are told not to.
        "aws:securetransport" => Some("true".to_owned()),
        // Somebody asks directly.
        "aws:viaawsservice" => Some("false".to_owned()),
        "aws:requestedregion" => requested_region(&request.resource),
        "aws:epochtime" => now_epoch_seconds.map(|seconds| seconds.to_string()),
        "aws:currenttime" => evaluate::write_date(now_epoch_seconds?.checked_mul(1000)?),
        _ => None,
    }
}

/// The region of the endpoint: that of the resource; IAM has one, in us-east-1. Source: the page above, `aws:RequestedRegion`.
fn requested_region(resource: &str) -> Option<String> {
    let arn = Arn::read(resource)?;
    let region = match (arn.partition, arn.service) {
        ("aws", "iam") => "us-east-1",
        _ => arn.region,
    };
    let is_region = region.starts_with(|character: char| character.is_ascii_lowercase())
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_region.then(|| region.to_owned())
}

/// The keys that statements for this request ask for and that it neither has nor can have said by its caller.
pub(super) fn missing(request: &Request, set: &PolicySet<'_>) -> Vec<MissingKey> {
    let statements = applicable(request, set);
    let mut found: Vec<MissingKey> = Vec::new();
    for statement in &statements {
        for key in statement.open_keys(request) {
            if is_told_by_caller(key, request) {
                continue;
            }
            let reference = StatementRef {
                layer: statement.layer,
                policy: statement.policy.name.to_owned(),
                index: statement.statement.index,
                sid: statement.statement.sid.clone(),
                span: statement.statement.span,
            };
            match found.iter_mut().find(|known| known.key.eq_ignore_ascii_case(key)) {
                Some(known) if known.asked_by.contains(&reference) => {}
                Some(known) => known.asked_by.push(reference),
                None => found.push(MissingKey {
                    key: key.to_owned(),
                    changes_decision: Effect::Unknown,
                    asked_by: vec![reference],
                }),
            }
        }
    }
    let values = found
        .iter()
        .map(|missing| values_of(&missing.key, &statements, request));
    let trial = Trial {
        request,
        set,
        values: values.collect(),
        left: (MOST_EFFORT / set.statements().count().max(1)).max(100),
    };
    let effects = trial.effects(&found);
    for (missing, effect) in found.iter_mut().zip(effects) {
        missing.changes_decision = effect;
    }
    found
}

/// Whether that the request lacks the key is known from who asks.
fn is_told_by_caller(key: &str, request: &Request) -> bool {
    let is_of_owner = key.eq_ignore_ascii_case("aws:ResourceAccount") && request.resource_account.is_none();
    follows_from_caller(key) && !is_of_owner
        || matches!(
            request.caller,
            Caller::Anonymous | Caller::Service { .. } | Caller::Federated { .. }
        ) && is_of_credentials(key)
}

/// Values that the conditions tell apart, and for variables the names that stand in the request.
fn values_of(key: &str, statements: &[Applicable<'_>], request: &Request) -> Vec<Vec<String>> {
    let mut conditions: Vec<(&Condition, Version)> = Vec::new();
    for statement in statements {
        let of = statement.statement.conditions.iter();
        conditions.extend(of.map(|condition| (condition, statement.version())));
    }
    // As they read with what the request has.
    let asking: Vec<_> = conditions
        .iter()
        .filter(|(condition, _)| condition.key.eq_ignore_ascii_case(key))
        .map(|(condition, version)| read_for(condition, *version, request))
        .collect();
    let asking: Vec<&Condition> = asking.iter().map(AsRef::as_ref).collect();
    let (values, _) = values_worth_trying(&asking);
    // What a key is compared with that has this one as a variable.
    let is_compared = |(condition, version): &&(&Condition, Version)| {
        let mut texts = condition.values.iter().map(|value| value.text.as_str());
        let is_named = |text| variables(text).any(|named| named.eq_ignore_ascii_case(key));
        texts.any(|text| has_variable(text, *version) && is_named(text))
    };
    let compared = conditions.iter().filter(is_compared);
    let compared = compared.filter_map(|(condition, _)| request.values(&condition.key));
    let compared = compared.flatten().map(|value| vec![value.into_owned()]);
    let named = request.resource.split([':', '/']).filter(|name| !name.is_empty());
    let named = named.map(|name| vec![name.to_owned()]);
    let tried = values.into_iter().flatten().chain(compared).chain(named);
    let mut distinct: Vec<Vec<String>> = Vec::new();
    for values in tried {
        if !distinct.contains(&values) {
            distinct.push(values);
        }
    }
    distinct.truncate(MOST_VALUES);
    distinct
}

/// Trying values of the keys that were not given.
struct Trial<'t, 'p> {
    request: &'t Request,
    set: &'t PolicySet<'p>,
    /// Of each key.
    values: Vec<Vec<Vec<String>>>,
    /// Evaluations that may still be spent.
    left: usize,
}

impl Trial<'_, '_> {
    fn effects(mut self, keys: &[MissingKey]) -> Vec<Effect> {
        let is_allowed = evaluate(self.request, self.set).is_allowed();
        let alone: Vec<bool> = (0..keys.len())
            .map(|position| self.changes(keys, position, self.request, is_allowed))
            .collect();
        (0..keys.len())
            .map(|position| match alone.get(position) {
                Some(true) => Effect::Alone,
                _ => match self.changes_beside(keys, position, 0, self.request) {
                    Some(true) => Effect::WithOthers,
                    Some(false) => Effect::Never,
                    None => Effect::Unknown,
                },
            })
            .collect()
    }

    /// Whether some value of a key decides otherwise than `is_allowed`.
    fn changes(&mut self, keys: &[MissingKey], position: usize, request: &Request, is_allowed: bool) -> bool {
        let (Some(key), Some(values)) = (keys.get(position), self.values.get(position)) else {
            return false;
        };
        self.left = self.left.saturating_sub(values.len());
        values.iter().any(|values| {
            let mut request = request.clone();
            request.context.set_all(&key.key, values.clone());
            evaluate(&request, self.set).is_allowed() != is_allowed
        })
    }

    /// The same beside every combination of the keys from `next` on; `None`: not all could be tried.
    fn changes_beside(&mut self, keys: &[MissingKey], position: usize, next: usize, request: &Request) -> Option<bool> {
        if self.left == 0 {
            return None;
        }
        let (Some(key), Some(values)) = (keys.get(next), self.values.get(next)) else {
            self.left = self.left.saturating_sub(1);
            let is_allowed = evaluate(request, self.set).is_allowed();
            return Some(self.changes(keys, position, request, is_allowed));
        };
        let mut combinations = vec![request.clone()];
        if next != position {
            combinations.extend(values.iter().map(|values| {
                let mut request = request.clone();
                request.context.set_all(&key.key, values.clone());
                request
            }));
        }
        for request in combinations {
            match self.changes_beside(keys, position, next + 1, &request) {
                Some(false) => {}
                found => return found,
            }
        }
        Some(false)
    }
}
