//! Moments at which somebody may ask.

use super::{Situation, Values, literals, some};
use crate::evaluate::{self, Caller};

const SOME_TIME: &str = "2026-01-15T12:00:00Z";

/// What the clock may say: nothing before the earliest request, where that is known. Tokens may have been issued before.
pub(super) fn times(situation: &Situation<'_>) -> Vec<Values> {
    let (key, asker) = (situation.key, situation.asker);
    let mut found = vec![some(SOME_TIME)];
    found.extend(literals(situation.conditions));
    if key.is("aws:TokenIssueTime") {
        // Access keys of users are no token.
        let has_keys = |caller: &Caller| matches!(caller, Caller::User { .. } | Caller::Root { .. });
        found.extend(asker.caller.as_deref().is_some_and(has_keys).then_some(None));
        return found;
    }
    let Some(earliest) = situation.earliest_request else {
        return found;
    };
    let earliest_millisecond = earliest.saturating_mul(1000);
    let is_past = |text: &String| millisecond(text).is_some_and(|moment| moment < earliest_millisecond);
    found.retain(|values| !values.iter().flatten().any(is_past));
    // It stands for all until the next moment that a condition names.
    let as_date = evaluate::write_date(earliest_millisecond).filter(|_| !key.is("aws:EpochTime"));
    found.insert(0, some(&as_date.unwrap_or_else(|| earliest.to_string())));
    found
}

/// Of a date, or of seconds with a fraction between two that a condition names.
fn millisecond(text: &str) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it saturates, at moments that nobody lives to see"
    )]
    let of_number = |seconds: f64| (seconds * 1000.0) as i64;
    evaluate::read_date(text.trim()).or_else(|| text.parse().ok().map(of_number))
}
