//! When each scope is due next. No I/O: what is due is asked, what was done is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use security_monkey_model::{Account, AccountId, Scope, TechnologyId, Timestamp};
use security_monkey_store::scan::ScopeTimes;
use security_monkey_watcher::Technology;

use crate::ahead::is_ahead;
use crate::jitter::{after, spread};
use crate::plan::{AccountPlan, UnitKey};
use crate::report::Selection;

/// All accounts with what is planned for them.
#[derive(Default)]
pub(super) struct Timetable {
    seed: u64,
    accounts: BTreeMap<AccountId, Entry>,
    running: usize,
    /// Which intervals the plans are made for.
    intervals: u64,
    /// When accounts were last followed.
    followed_at: Option<Timestamp>,
}

struct Entry {
    account: Account,
    plan: Option<Arc<AccountPlan>>,
    next_plan: Timestamp,
    is_planning: bool,
    failures: u32,
    units: BTreeMap<UnitKey, UnitEntry>,
}

#[derive(Default)]
struct UnitEntry {
    due: BTreeMap<TechnologyId, Timestamp>,
    /// Asked for by a person: scanned even if another process was just there.
    requested: BTreeSet<TechnologyId>,
    /// What is being scanned now; empty: nothing.
    running: BTreeSet<TechnologyId>,
    /// When that began.
    began: Option<Timestamp>,
}

impl UnitEntry {
    fn is_running(&self) -> bool {
        !self.running.is_empty()
    }
}

/// When an account is planned that is no longer there.
const NEVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// A unit to be scanned now.
pub(super) struct Due {
    pub(super) key: UnitKey,
    pub(super) technologies: Vec<Arc<Technology>>,
    pub(super) plan: Arc<AccountPlan>,
    /// Asked for by a person: scanned even if another process was just there.
    pub(super) is_requested: bool,
}

impl Timetable {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// Scans running now.
    pub(super) fn running(&self) -> usize {
        self.running
    }

    /// Takes over the configured accounts: new ones are due at once, changed ones are planned anew, others are forgotten.
    pub(super) fn follow<'a>(&mut self, accounts: impl Iterator<Item = &'a Account>, now: Timestamp) {
        self.follow_clock(now);
        let mut gone: BTreeSet<_> = self.accounts.keys().cloned().collect();
        for account in accounts {
            gone.remove(&account.id);
            match self.accounts.get_mut(&account.id) {
                Some(entry) if entry.account == *account => {}
                Some(entry) => {
                    entry.account = account.clone();
                    entry.plan = None;
                    entry.next_plan = now;
                    entry.failures = 0;
                }
                None => {
                    let entry = Entry {
                        account: account.clone(),
                        plan: None,
                        next_plan: now,
                        is_planning: false,
                        failures: 0,
                        units: BTreeMap::new(),
                    };
                    self.accounts.insert(account.id.clone(), entry);
                }
            }
        }
        for id in gone {
            // A scan under way ends by itself; its entry stays until then so that it is counted.
            if let Some(entry) = self.accounts.get_mut(&id) {
                entry.plan = None;
                entry.units.retain(|_, unit| unit.is_running());
                if entry.units.is_empty() && !entry.is_planning {
                    self.accounts.remove(&id);
                } else {
                    entry.next_plan = NEVER;
                }
            }
        }
    }

    /// Plans everything anew when the clock was set back: what is due was reckoned with a time that will not come for long.
    fn follow_clock(&mut self, now: Timestamp) {
        let before = self.followed_at.replace(now);
        if before.is_none_or(|before| !is_ahead(before, now)) {
            return;
        }
        tracing::warn!(%now, "the clock was set back; everything is planned anew");
        for entry in self.accounts.values_mut().filter(|entry| entry.next_plan != NEVER) {
            entry.next_plan = now;
        }
    }

    /// Plans everything anew when other intervals are set than the plans were made for.
    pub(super) fn follow_intervals(&mut self, generation: u64, now: Timestamp) {
        if std::mem::replace(&mut self.intervals, generation) == generation {
            return;
        }
        // Accounts that cannot be read keep their wait.
        for entry in self.accounts.values_mut().filter(|entry| entry.plan.is_some()) {
            entry.next_plan = now;
        }
    }

    /// Makes scopes due now.
    pub(super) fn request(&mut self, selection: &Selection, now: Timestamp) {
        for entry in self.accounts.values_mut() {
            if !selection.accounts.is_empty() && !selection.accounts.contains(&entry.account.id) {
                continue;
            }
            if entry.plan.is_none() {
                entry.next_plan = now;
            }
            for (key, unit) in &mut entry.units {
                for (technology, due) in &mut unit.due {
                    if selection.contains(&key.scope(technology)) {
                        *due = now;
                        unit.requested.insert(technology.clone());
                    }
                }
            }
        }
    }

    /// Accounts to be planned now; they count as being planned from here on.
    pub(super) fn take_unplanned(&mut self, now: Timestamp, most: usize) -> Vec<Account> {
        let planning = self.accounts.values().filter(|entry| entry.is_planning).count();
        let mut found = Vec::new();
        for entry in self.accounts.values_mut() {
            if found.len() + planning >= most {
                break;
            }
            if !entry.is_planning && entry.next_plan <= now {
                entry.is_planning = true;
                found.push(entry.account.clone());
            }
        }
        found
    }

    /// Units to be scanned now, those due longest first; they count as running from here on.
    pub(super) fn take_due(&mut self, now: Timestamp, most: usize) -> Vec<Due> {
        if most == 0 {
            return Vec::new();
        }
        let mut candidates: Vec<(Timestamp, UnitKey)> = Vec::new();
        for entry in self.accounts.values().filter(|entry| entry.plan.is_some()) {
            for (key, unit) in entry.units.iter().filter(|(_, unit)| !unit.is_running()) {
                if let Some(due) = unit.due.values().min()
                    && *due <= now
                {
                    candidates.push((*due, key.clone()));
                }
            }
        }
        candidates.sort();
        candidates.truncate(most);
        let due: Vec<Due> = candidates
            .into_iter()
            .filter_map(|(_, key)| self.take(key, now))
            .collect();
        self.running += due.len();
        due
    }

    fn take(&mut self, key: UnitKey, now: Timestamp) -> Option<Due> {
        let entry = self.accounts.get_mut(&key.account)?;
        let plan = Arc::clone(entry.plan.as_ref()?);
        let unit = entry.units.get_mut(&key)?;
        let planned = plan.units.get(&key)?;
        let technologies: Vec<Arc<Technology>> = planned
            .iter()
            .filter(|technology| unit.due.get(technology.id()).is_some_and(|due| *due <= now))
            .cloned()
            .collect();
        let is_requested = technologies
            .iter()
            .any(|technology| unit.requested.contains(technology.id()));
        for technology in &technologies {
            unit.requested.remove(technology.id());
        }
        unit.running = technologies.iter().map(|technology| technology.id().clone()).collect();
        unit.began = Some(now);
        Some(Due {
            key,
            technologies,
            plan,
            is_requested,
        })
    }

    pub(super) fn failures(&self, account: &AccountId) -> u32 {
        self.accounts.get(account).map_or(0, |entry| entry.failures)
    }

    /// An account was planned. A scope is due an interval after its last finished scan began; one that was never finished is due now, and
    /// so is one whose last scan is said to lie ahead.
    pub(super) fn planned(
        &mut self,
        account: &Account,
        plan: Arc<AccountPlan>,
        statuses: &[ScopeTimes],
        interval: &dyn Fn(&TechnologyId) -> Duration,
        now: Timestamp,
        next_plan: Timestamp,
    ) {
        let seed = self.seed;
        let Some(entry) = self.accounts.get_mut(&account.id) else {
            return;
        };
        entry.is_planning = false;
        if entry.account != *account {
            // It was changed meanwhile: planned for somebody else.
            return;
        }
        let last: BTreeMap<&Scope, &ScopeTimes> = statuses.iter().map(|status| (&status.scope, status)).collect();
        let (mut units, mut ahead): (BTreeMap<UnitKey, UnitEntry>, usize) = (BTreeMap::new(), 0);
        for (key, technologies) in &plan.units {
            let mut unit = entry.units.remove(key).unwrap_or_default();
            unit.due = technologies
                .iter()
                .map(|technology| {
                    let scope = key.scope(technology.id());
                    let due = match last.get(&scope) {
                        _ if unit.requested.contains(technology.id()) => now,
                        Some(ScopeTimes {
                            last_started_at: Some(started),
                            last_finished_at: Some(finished),
                            ..
                        }) if is_ahead(*started, now) || is_ahead(*finished, now) => {
                            ahead += 1;
                            now
                        }
                        Some(ScopeTimes {
                            last_started_at: Some(started),
                            last_finished_at: Some(finished),
                            ..
                        }) if finished >= started => {
                            after(*started, spread(interval(technology.id()), seed, &scope.to_string()))
                        }
                        _ => now,
                    };
                    (technology.id().clone(), due)
                })
                .collect();
            units.insert(key.clone(), unit);
        }
        if ahead > 0 {
            tracing::warn!(
                account = %account.id, scopes = ahead,
                "last scans are said to lie in the future: a clock was ahead; they are scanned now"
            );
        }
        // What is no longer planned but still running is kept until it ends.
        units.extend(
            std::mem::take(&mut entry.units)
                .into_iter()
                .filter(|(_, unit)| unit.is_running())
                .map(|(key, mut unit)| {
                    unit.due.clear();
                    (key, unit)
                }),
        );
        entry.units = units;
        entry.plan = Some(plan);
        entry.next_plan = next_plan;
        entry.failures = 0;
    }

    /// Nothing of an account can be read: nothing of it is scanned until it is planned again.
    pub(super) fn unreadable(&mut self, account: &Account, next_plan: Timestamp) {
        if let Some(entry) = self.accounts.get_mut(&account.id) {
            entry.is_planning = false;
            if entry.account == *account {
                entry.plan = None;
                entry.failures = entry.failures.saturating_add(1);
                entry.next_plan = next_plan;
            }
        }
    }

    /// An account could not be planned because of us; what was planned before holds.
    pub(super) fn unplanned(&mut self, account: &Account, next_plan: Timestamp) {
        if let Some(entry) = self.accounts.get_mut(&account.id) {
            entry.is_planning = false;
            entry.next_plan = next_plan;
        }
    }

    pub(super) fn plan_again(&mut self, account: &AccountId, now: Timestamp) {
        if let Some(entry) = self.accounts.get_mut(account) {
            entry.next_plan = now;
        }
    }

    /// A unit's scan has ended: what was due is due again after `wait`, or now if the clock was set back meanwhile: what was
    /// recorded lies ahead then.
    pub(super) fn scanned(&mut self, key: &UnitKey, now: Timestamp, wait: &dyn Fn(&TechnologyId) -> Duration) {
        self.running = self.running.saturating_sub(1);
        let seed = self.seed;
        let Some(unit) = self
            .accounts
            .get_mut(&key.account)
            .and_then(|entry| entry.units.get_mut(key))
        else {
            return;
        };
        let is_behind = unit.began.take().is_some_and(|began| is_ahead(began, now));
        for technology in std::mem::take(&mut unit.running) {
            if !unit.requested.contains(&technology)
                && let Some(due) = unit.due.get_mut(&technology)
            {
                let wait = spread(wait(&technology), seed, &key.scope(&technology).to_string());
                *due = if is_behind { now } else { after(now, wait) };
            }
        }
    }
}

#[cfg(test)]
mod tests;
