//! How fast we ask: per (account, region, service) so many requests at once and per second.
//!
//! The number at once follows AWS's answers: one more after each full round of successes, half after a throttle (additive
//! increase, multiplicative decrease). It is ours and not the SDK's adaptive mode, whose floor of half a request a second
//! was measured to pause 18-20 s per retry. Services with documented low rates have a fixed rate besides.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::models::Models;
use crate::options::SessionError;

static EMBEDDED: &str = include_str!("../data/limits.toml");

/// The limits of all services.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    default: Limit,
    service: BTreeMap<String, Limit>,
}

/// How fast one service may be asked, per account and region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// Requests at once in the beginning.
    pub start: usize,
    /// Requests at once, at most.
    pub max: usize,
    /// Requests per second; `None`: as many as the concurrency gives.
    pub per_second: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default: Option<Entry>,
    #[serde(default)]
    service: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    concurrency: Option<Concurrency>,
    per_second: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Concurrency {
    start: usize,
    max: usize,
}

impl Default for Limits {
    /// Ours, from `data/limits.toml`.
    fn default() -> Self {
        let none = Self {
            default: Limit {
                start: 8,
                max: 32,
                per_second: None,
            },
            service: BTreeMap::new(),
        };
        // The file is a constant that a test parses.
        none.clone().overridden(EMBEDDED).unwrap_or(none)
    }
}

impl Limits {
    /// These limits with the entries of a TOML text of the same form put over them.
    pub fn overridden(mut self, toml: &str) -> Result<Self, SessionError> {
        let file: File = toml::from_str(toml).map_err(|error| SessionError::Limits(error.to_string()))?;
        if let Some(entry) = file.default {
            self.default = merge("default", self.default, &entry)?;
        }
        for (name, entry) in file.service {
            if !Models::embedded().services().any(|known| known == name) {
                return Err(SessionError::Limits(format!(
                    "service.{name}: AWS has no service `{name}`; use botocore's name"
                )));
            }
            let limit = merge(&name, self.of(&name), &entry)?;
            self.service.insert(name, limit);
        }
        Ok(self)
    }

    /// The limit of a service.
    pub fn of(&self, service: &str) -> Limit {
        self.service.get(service).copied().unwrap_or(self.default)
    }
}

fn merge(name: &str, mut limit: Limit, entry: &Entry) -> Result<Limit, SessionError> {
    if let Some(concurrency) = &entry.concurrency {
        (limit.start, limit.max) = (concurrency.start, concurrency.max);
    }
    limit.per_second = entry.per_second.or(limit.per_second);
    if limit.start == 0 || limit.max < limit.start {
        return Err(SessionError::Limits(format!(
            "{name}: concurrency wants 1 <= start <= max"
        )));
    }
    if limit.per_second.is_some_and(|rate| !rate.is_finite() || rate <= 0.0) {
        return Err(SessionError::Limits(format!("{name}: per_second must be above 0")));
    }
    Ok(limit)
}

/// Whose requests share a limit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LimitKey {
    pub(crate) account: Arc<str>,
    /// The signing region, so that all regions share the one limit of a global service.
    pub(crate) region: String,
    pub(crate) service: String,
}

/// The gates of all keys.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    gates: Mutex<HashMap<LimitKey, Arc<Gate>>>,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            gates: Mutex::default(),
        }
    }

    pub(crate) fn gate(&self, key: LimitKey) -> Arc<Gate> {
        let limit = self.limits.of(&key.service);
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(key).or_insert_with(|| Arc::new(Gate::new(limit))).clone()
    }
}

/// The limit of one key as it stands now.
#[derive(Debug)]
pub(crate) struct Gate {
    limit: Limit,
    permits: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Requests allowed at once now.
    allowed: usize,
    /// Permits that exist beyond `allowed`: taken out of use when they come back.
    surplus: usize,
    /// Successes since the last change.
    successes: usize,
    /// Counts decreases: answers to requests sent before a decrease say nothing about it.
    generation: u64,
    /// When the next request may start, for services with a fixed rate.
    next: Option<Instant>,
}

/// The right to have one request under way.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    held: Option<OwnedSemaphorePermit>,
    generation: u64,
}

impl Gate {
    fn new(limit: Limit) -> Self {
        let state = State {
            allowed: limit.start,
            surplus: 0,
            successes: 0,
            generation: 0,
            next: None,
        };
        Self {
            limit,
            permits: Arc::new(Semaphore::new(limit.start)),
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request may start.
    pub(crate) async fn acquire(self: &Arc<Self>) -> Permit {
        let held = self.permits.clone().acquire_owned().await.ok();
        if let Some(start) = self.reserve() {
            tokio::time::sleep_until(start).await;
        }
        let generation = self.state().generation;
        Permit {
            gate: self.clone(),
            held,
            generation,
        }
    }

    /// The start of the next free interval; a second's worth may start at once after a pause.
    fn reserve(&self) -> Option<Instant> {
        let rate = self.limit.per_second?;
        let interval = Duration::from_secs_f64(1.0 / rate);
        let now = Instant::now();
        let earliest = now.checked_sub(Duration::from_secs(1)).unwrap_or(now);
        let mut state = self.state();
        let start = state.next.map_or(earliest, |next| next.max(earliest));
        state.next = Some(start + interval);
        (start > now).then_some(start)
    }

    #[cfg(test)]
    fn allowed(&self) -> usize {
        self.state().allowed
    }
}

impl Permit {
    /// AWS answered.
    pub(crate) fn succeeded(&self) {
        let mut state = self.gate.state();
        state.successes += 1;
        if state.successes < state.allowed || state.allowed >= self.gate.limit.max {
            return;
        }
        state.successes = 0;
        state.allowed += 1;
        if state.surplus > 0 {
            state.surplus -= 1;
        } else {
            self.gate.permits.add_permits(1);
        }
    }

    /// AWS throttled us.
    pub(crate) fn throttled(&mut self) {
        let mut state = self.gate.state();
        if state.generation != self.generation {
            return;
        }
        let allowed = (state.allowed / 2).max(1);
        state.surplus += state.allowed - allowed;
        state.allowed = allowed;
        state.successes = 0;
        state.generation += 1;
        self.generation = state.generation;
        // Those not in use go at once, the others as they come back.
        while state.surplus > 0 {
            let Ok(idle) = self.gate.permits.clone().try_acquire_owned() else {
                break;
            };
            idle.forget();
            state.surplus -= 1;
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        if state.surplus > 0
            && let Some(permit) = self.held.take()
        {
            permit.forget();
            state.surplus -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
