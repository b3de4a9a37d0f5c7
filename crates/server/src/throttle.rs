//! Throttling of failed sign-ins, by user and client address, by user, and by address.
//!
//! In memory: a restart forgets, and several servers count apart; each multiplies an attacker's budget by one, which the
//! cost of argon2id bears. The first failures are free; after them every further failure doubles the wait. A success
//! clears the pair of user and address only, so that an attacker's own account does not clear the address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use security_monkey_model::Timestamp;

/// Entries kept at most; the oldest go first. About 100 bytes each.
const MOST_ENTRIES: usize = 50_000;
/// Failures are forgotten this long after the last one.
const MEMORY_SECONDS: i64 = 3600;
/// The longest wait.
const LONGEST_WAIT_SECONDS: i64 = 900;

/// Free failures: an attacker with one address against one user; many addresses against one user (generous, because a
/// stranger must not be able to lock a user out cheaply); one address against many users (an office behind one address).
const FREE: [(Kind, u32); 3] = [(Kind::Pair, 5), (Kind::User, 50), (Kind::Address, 30)];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Pair,
    User,
    Address,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
    blocked_until: Timestamp,
}

/// Counts failed sign-ins.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    failures: Mutex<HashMap<(Kind, String), Failures>>,
}

impl Throttle {
    /// How many seconds this user must wait before trying from this address; none: they may try now.
    pub(crate) fn wait_seconds(&self, user: &str, address: &str, now: Timestamp) -> Option<u64> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        keys(user, address)
            .iter()
            .filter_map(|key| failures.get(key))
            .map(|entry| entry.blocked_until.micros_since(now))
            .filter(|micros| *micros > 0)
            .max()
            .map(|micros| u64::try_from(micros).unwrap_or(0).div_ceil(1_000_000))
    }

    /// Counts an attempt as failed before its password is looked at, so that attempts made at the same time do not all pass.
    pub(crate) fn count_failure(&self, user: &str, address: &str, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() + FREE.len() > MOST_ENTRIES {
            failures.retain(|_, entry| now.micros_since(entry.last) < MEMORY_SECONDS * 1_000_000);
        }
        if failures.len() + FREE.len() > MOST_ENTRIES {
            let mut times: Vec<Timestamp> = failures.values().map(|entry| entry.last).collect();
            let middle = times.len() / 2;
            let (_, median, _) = times.select_nth_unstable(middle);
            let median = *median;
            failures.retain(|_, entry| entry.last > median);
        }
        for (key, (_, free)) in keys(user, address).into_iter().zip(FREE) {
            let entry = failures.entry(key).or_insert(Failures {
                count: 0,
                last: now,
                blocked_until: now,
            });
            if now.micros_since(entry.last) >= MEMORY_SECONDS * 1_000_000 {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
            if entry.count >= free {
                let wait = 1_i64
                    .checked_shl(entry.count - free)
                    .filter(|seconds| *seconds > 0)
                    .map_or(LONGEST_WAIT_SECONDS, |seconds| seconds.min(LONGEST_WAIT_SECONDS));
                entry.blocked_until = now.plus_seconds(wait);
            }
        }
    }

    /// Takes back what [`Self::count_failure`] counted: the password was right.
    pub(crate) fn forgive(&self, user: &str, address: &str, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys(user, address) {
            if key.0 == Kind::Pair {
                failures.remove(&key);
            } else if let Some(entry) = failures.get_mut(&key) {
                entry.count = entry.count.saturating_sub(1);
                entry.blocked_until = now;
            }
        }
    }
}

fn keys(user: &str, address: &str) -> [(Kind, String); 3] {
    [
        (Kind::Pair, format!("{user} {address}")),
        (Kind::User, user.to_owned()),
        (Kind::Address, address.to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_795_000_000_000_000);

    #[test]
    fn the_wait_doubles_after_the_free_failures_and_ends() {
        let throttle = Throttle::default();
        for _ in 0..4 {
            throttle.count_failure("ada@example.com", "192.0.2.1", START);
            assert_eq!(throttle.wait_seconds("ada@example.com", "192.0.2.1", START), None);
        }
        let mut waits = Vec::new();
        for _ in 0..12 {
            throttle.count_failure("ada@example.com", "192.0.2.1", START);
            waits.extend(throttle.wait_seconds("ada@example.com", "192.0.2.1", START));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        let later = START.plus_seconds(900);
        assert_eq!(throttle.wait_seconds("ada@example.com", "192.0.2.1", later), None);
    }

    #[test]
    fn one_user_failing_does_not_stop_another_or_another_address() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.count_failure("ada@example.com", "192.0.2.1", START);
        }
        assert!(throttle.wait_seconds("ada@example.com", "192.0.2.1", START).is_some());
        assert_eq!(throttle.wait_seconds("ada@example.com", "192.0.2.2", START), None);
        assert_eq!(throttle.wait_seconds("bob@example.com", "192.0.2.1", START), None);
    }

    #[test]
    fn many_users_from_one_address_stop_the_address() {
        let throttle = Throttle::default();
        for number in 0..40 {
            throttle.count_failure(&format!("user{number}@example.com"), "192.0.2.1", START);
        }
        assert!(throttle.wait_seconds("new@example.com", "192.0.2.1", START).is_some());
        assert_eq!(throttle.wait_seconds("new@example.com", "192.0.2.2", START), None);
    }

    #[test]
    fn a_success_clears_the_pair() {
        let throttle = Throttle::default();
        for _ in 0..5 {
            throttle.count_failure("ada@example.com", "192.0.2.1", START);
        }
        throttle.forgive("ada@example.com", "192.0.2.1", START);
        assert_eq!(throttle.wait_seconds("ada@example.com", "192.0.2.1", START), None);
    }

    #[test]
    fn a_flood_of_addresses_stays_within_bounds() {
        let throttle = Throttle::default();
        for number in 0..60_000_i64 {
            throttle.count_failure(
                &format!("{number}"),
                &format!("{number}"),
                START.plus_seconds(number / 1000),
            );
        }
        assert!(throttle.failures.lock().unwrap().len() <= MOST_ENTRIES);
    }
}
