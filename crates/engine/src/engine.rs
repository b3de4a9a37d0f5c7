//! The engine and its parts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use security_monkey_auditor::{Auditor, Rule, RuleSet};
use security_monkey_model::{AccountId, Clock, Region, Scope, TechnologyId, Timestamp};
use security_monkey_notifier::Channel;
use security_monkey_store::Store;
use security_monkey_store::record::{RuleFact, RuleFacts};
use security_monkey_watcher::{Scanner, Technologies};

use crate::clients::AccountClients;
use crate::error::EngineError;
use crate::knowledge::Knowledge;
use crate::report::Selection;
use crate::settings::EngineSettings;

/// What an engine is composed of. The composition (`cli`, or a test) picks each.
pub struct EngineParts {
    /// The history; migrated.
    pub store: Store,
    /// What can be watched.
    pub technologies: Arc<Technologies>,
    /// The rules, ready to be evaluated.
    pub auditor: Arc<Auditor>,
    /// Who answers AWS calls.
    pub clients: Arc<dyn AccountClients>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// How messages travel.
    pub channels: Vec<Arc<dyn Channel>>,
    /// This process's name in leases; must differ between processes that share a database (host name, process id and a random part).
    pub process: String,
    /// Spreads the times of scans and retries; any number, different per process.
    pub seed: u64,
    /// Whether `auditor` has all the rules there should be.
    pub rules: RuleLoading,
    /// What the operator set.
    pub settings: EngineSettings,
}

/// Whether rules had to be left out when they were loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleLoading {
    /// All rules work: findings of rules that are no longer there are resolved.
    Complete,
    /// Some were broken and left out: findings of rules that are not there stay as they are.
    SomeLeftOut,
}

/// Watches, records, audits and notifies. Cheap to clone: all clones are one engine.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: EngineParts,
    pub(crate) scanner: Scanner,
    /// What events want to know of the rules.
    pub(crate) rule_facts: RuleFacts,
    /// This deployment's name in messages.
    pub(crate) deployment: String,
    pub(crate) knowledge: tokio::sync::Mutex<Option<Arc<Knowledge>>>,
    /// The regions of each account, as last planned.
    pub(crate) regions: Mutex<BTreeMap<AccountId, BTreeSet<Region>>>,
    /// Parts of the estate that people want scanned now, and the bell for them.
    pub(crate) requests: Mutex<Vec<Selection>>,
    pub(crate) wake: tokio::sync::Notify,
    /// How often technologies are scanned, as last set.
    pub(crate) intervals: Mutex<Intervals>,
    /// Scopes that this process has finished at least once.
    finished: Mutex<BTreeSet<Scope>>,
}

/// How often technologies are scanned where that differs from what they say themselves.
#[derive(Debug, Default)]
pub(crate) struct Intervals {
    pub(crate) by_technology: BTreeMap<TechnologyId, Duration>,
    /// How often they were set.
    pub(crate) generation: u64,
}

impl Inner {
    /// Whether the scope is finished for the first time in this process: what was known of its completeness before is not known here.
    pub(crate) fn note_first_scan(&self, scope: &Scope) -> bool {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.insert(scope.clone())
    }
}

impl Engine {
    /// An engine of these parts. Starts nothing; reads the deployment's salt from the store.
    ///
    /// # Errors
    /// The store cannot be read, or has not been migrated.
    pub async fn new(parts: EngineParts) -> Result<Self, EngineError> {
        let salt = parts.store.salt().await?;
        let deployment = match &parts.settings.deployment {
            Some(name) => name.clone(),
            None => format!("{}.security-monkey.local", salt.public_name()),
        };
        let rules = parts.auditor.rules().rules();
        let fact = |rule: &Rule| RuleFact {
            title: rule.title.clone(),
            score: rule.score,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                scanner: Scanner::new(salt, parts.settings.limits),
                rule_facts: rules.iter().map(|rule| (rule.id.clone(), fact(rule))).collect(),
                deployment,
                knowledge: tokio::sync::Mutex::default(),
                regions: Mutex::default(),
                finished: Mutex::default(),
                requests: Mutex::default(),
                wake: tokio::sync::Notify::new(),
                intervals: Mutex::new(Intervals {
                    by_technology: parts.settings.intervals.clone(),
                    generation: 0,
                }),
                parts,
            }),
        })
    }

    /// The history, for reading. Writes go through the engine's own operations.
    pub fn store(&self) -> &Store {
        &self.inner.parts.store
    }

    /// What can be watched.
    pub fn technologies(&self) -> &Technologies {
        &self.inner.parts.technologies
    }

    /// The rules.
    pub fn rules(&self) -> &RuleSet {
        self.inner.parts.auditor.rules()
    }

    /// What the operator set.
    pub fn settings(&self) -> &EngineSettings {
        &self.inner.parts.settings
    }

    /// Sets how often technologies are scanned, in place of [`EngineSettings::intervals`]; those left out are scanned as often as they say
    /// themselves. A running [`Engine::run`] plans anew at once: what the new interval makes overdue is scanned now.
    pub fn set_intervals(&self, intervals: BTreeMap<TechnologyId, Duration>) {
        let mut known = self.inner.intervals.lock().unwrap_or_else(PoisonError::into_inner);
        if known.by_technology == intervals {
            return;
        }
        known.by_technology = intervals;
        known.generation += 1;
        drop(known);
        self.inner.wake.notify_one();
    }

    /// The names of the channels that are set up.
    pub fn channels(&self) -> Vec<&'static str> {
        self.inner.parts.channels.iter().map(|channel| channel.name()).collect()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.parts.clock.now()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("process", &self.inner.parts.process)
            .field("settings", &self.inner.parts.settings)
            .finish_non_exhaustive()
    }
}
