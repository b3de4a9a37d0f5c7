//! What a change of a policy means, against the evaluator on both sides.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use security_monkey_iam::Policy;
use security_monkey_iam::diff::{Delta, Direction, allows, diff};
use security_monkey_iam::evaluate::Request;
use security_monkey_iam::pattern::{self, Case};

use super::config;
use super::generate::{any_request, document};

/// Whether a list of patterns, as a difference words them, has the text.
fn lists(patterns: &[String], text: &str, case: Case) -> bool {
    let matches = |pattern: &String| {
        if pattern.starts_with("not ") {
            let mut others = pattern.split(", ").filter_map(|part| part.strip_prefix("not "));
            return !others.any(|other| pattern::matches(other, text, case));
        }
        pattern::matches(pattern, text, case)
    };
    patterns.iter().any(matches)
}

/// Whether a difference speaks of a request: its statement lets it in, and its action and resource are among those listed.
fn covers(delta: &Delta, policy: &Policy, request: &Request) -> bool {
    let mut only = policy.clone();
    only.statements.retain(|statement| statement.index == delta.statement);
    allows(&only, request)
        && lists(&delta.actions, &request.action, Case::Insensitive)
        && lists(&delta.resources, &request.resource, Case::Sensitive)
}

/// What diff calls gained is allowed after and not before, what it calls lost the other way round; the direction says which
/// of the two there are; and a random request whose answer differs is among them, unless the search says that it was cut short.
#[test]
fn gains_and_losses_are_real_and_complete() {
    let pair = (
        document(),
        document(),
        any::<bool>(),
        prop::collection::vec(any_request(), 60),
    );
    let (all, cut_short, undecided) = (Cell::new(0u32), Cell::new(0u32), Cell::new(0u32));
    let checked = TestRunner::new(config(300)).run(&pair, |(before, after, is_same, requests)| {
        let old = Policy::parse(&before).unwrap();
        let new = Policy::parse(if is_same { &before } else { &after }).unwrap();
        let found = diff(&old, &new);
        for delta in &found.gained {
            prop_assert!(
                allows(&new, &delta.witness) && !allows(&old, &delta.witness),
                "{}",
                delta.witness
            );
            prop_assert!(covers(delta, &new, &delta.witness), "{}", delta.witness);
        }
        for delta in &found.lost {
            prop_assert!(
                allows(&old, &delta.witness) && !allows(&new, &delta.witness),
                "{}",
                delta.witness
            );
            prop_assert!(covers(delta, &old, &delta.witness), "{}", delta.witness);
        }
        let has = (!found.gained.is_empty(), !found.lost.is_empty());
        let says = match found.direction {
            Direction::Neutral | Direction::Undecided => (false, false),
            Direction::Widened => (true, false),
            Direction::Narrowed => (false, true),
            Direction::Both => (true, true),
        };
        prop_assert_eq!(has, says);
        prop_assert!(!is_same || found.direction == Direction::Neutral);
        all.set(all.get() + 1);
        undecided.set(undecided.get() + u32::from(found.direction == Direction::Undecided));
        if !found.is_complete {
            cut_short.set(cut_short.get() + 1);
        }
        for request in requests {
            let (was, is) = (allows(&old, &request), allows(&new, &request));
            if was == is {
                continue;
            }
            prop_assert!(found.direction != Direction::Neutral, "{request} tells them apart");
            let (deltas, side) = if is { (&found.gained, &new) } else { (&found.lost, &old) };
            let is_covered = deltas.iter().any(|delta| covers(delta, side, &request));
            prop_assert!(
                is_covered || !found.is_complete,
                "{request} is {}, and {deltas:?} does not say so: {before} {after}",
                if is { "gained" } else { "lost" }
            );
        }
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    println!(
        "{} cut short, {} undecided of {}",
        cut_short.get(),
        undecided.get(),
        all.get()
    );
    assert!(
        cut_short.get() * 10 <= all.get(),
        "{} of {} cut short",
        cut_short.get(),
        all.get()
    );
}
