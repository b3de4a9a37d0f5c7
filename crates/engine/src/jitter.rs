//! Spreading work over time, repeatably: the same seed and name give the same offset.

use std::time::Duration;

use security_monkey_model::Timestamp;

/// The duration, up to a tenth shorter or longer, depending on seed and name.
pub(crate) fn spread(duration: Duration, seed: u64, name: &str) -> Duration {
    let permille = u32::try_from(number(seed, name) % 201).unwrap_or(100) + 900;
    duration.saturating_mul(permille) / 1000
}

/// The first beat at or after an instant, of beats that far apart. They are shifted by the name, so that not all of them are at once; and
/// where one distance is a multiple of another, its beats are among the other's.
pub(crate) fn next_beat(earliest: Timestamp, apart: Duration, name: &str) -> Timestamp {
    let apart = i64::try_from(apart.as_micros()).unwrap_or(i64::MAX).max(1);
    // Within a day: far from where reckoning with it could overflow.
    let shift = i64::try_from(number(0, name) % 86_400_000_000).unwrap_or_default();
    let missed = (earliest.as_micros() - shift).rem_euclid(apart);
    let wait = if missed == 0 { 0 } else { apart - missed };
    Timestamp::from_micros(earliest.as_micros().saturating_add(wait))
}

/// A number made of seed and name.
fn number(seed: u64, name: &str) -> u64 {
    // FNV-1a over the name, then splitmix64's finisher: evenly spread, and no randomness taken from the air.
    let mut state = seed ^ 0xcbf2_9ce4_8422_2325;
    for byte in name.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

/// The instant this much later.
pub(crate) fn after(at: Timestamp, duration: Duration) -> Timestamp {
    let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.as_micros().saturating_add(micros))
}

/// How long to wait after so many failures: `first`, doubled each time, at most `longest`.
pub(crate) fn back_off(first: Duration, failures: u32, longest: Duration) -> Duration {
    first
        .saturating_mul(1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX))
        .min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_repeatable_and_within_a_tenth() {
        let hour = Duration::from_hours(1);
        let offsets: Vec<Duration> = (0..1000)
            .map(|index| spread(hour, 7, &format!("scope {index}")))
            .collect();
        assert_eq!(offsets[3], spread(hour, 7, "scope 3"));
        assert!(
            offsets
                .iter()
                .all(|offset| (Duration::from_mins(54)..=Duration::from_mins(66)).contains(offset))
        );
        let early = offsets.iter().filter(|offset| **offset < hour).count();
        assert!((400..600).contains(&early), "{early} of 1000 are early");
    }

    #[test]
    fn beats_of_longer_waits_are_among_those_of_shorter_ones() {
        let now = Timestamp::from_micros(1_795_352_377_123_456);
        let shifts: std::collections::BTreeSet<i64> = (0..100)
            .map(|index| next_beat(now, Duration::from_secs(30), &format!("subscription {index}")).as_micros())
            .collect();
        assert!(shifts.len() > 90, "spread: {}", shifts.len());
        for doublings in 0..10 {
            let apart = Duration::from_secs(30 << doublings);
            let beat = next_beat(now, apart, "subscription 3");
            assert!(now <= beat && beat < after(now, apart), "{beat}");
            assert_eq!(next_beat(beat, Duration::from_secs(30), "subscription 3"), beat);
            assert_eq!(next_beat(beat, apart, "subscription 3"), beat);
        }
    }

    #[test]
    fn waiting_doubles_up_to_its_bound() {
        let wait = |failures| back_off(Duration::from_mins(1), failures, Duration::from_hours(1)).as_secs();
        assert_eq!(
            [wait(1), wait(2), wait(3), wait(7), wait(99)],
            [60, 120, 240, 3600, 3600]
        );
    }
}
