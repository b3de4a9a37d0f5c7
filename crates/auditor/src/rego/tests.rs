//! What the limit does to an evaluation, told by a clock of the test's own: the real one depends on the machine.

use std::cell::Cell;
use std::time::Duration;

use serde_json::json;

use super::*;

/// Far more work units than the engine does between two looks at the clock.
const LONG: &str = "package rules.long\n\nnumbers contains n if some n in input.list\n\nfindings contains sprintf(\"%v-%v\", [a, b]) if {\n\tsome a in numbers\n\tsome b in numbers\n\ta < b\n}\n";

const FINDINGS: &str = "data.rules.long.findings";

/// No evaluation keeps to it.
const NO_TIME: Duration = Duration::from_nanos(1);

fn long() -> Prepared {
    let parsed = Parsed::parse("long.rego", LONG).unwrap();
    let mut prepared = Prepared::new(&[&parsed], &[FINDINGS.to_owned()]).unwrap();
    prepared.set_input(convert(&json!({ "list": (0..60).collect::<Vec<_>>() })));
    prepared
}

fn count(found: &Value) -> usize {
    found.as_set().unwrap().len()
}

#[test]
fn a_rule_that_waited_for_the_processor_is_asked_again_until_it_is_done() {
    let readings = Cell::new(0);
    let standing_still = || {
        readings.set(readings.get() + 1);
        Duration::ZERO
    };
    let found = long().evaluate_within(FINDINGS, NO_TIME, standing_still).unwrap();
    assert_eq!(count(&found), 60 * 59 / 2);
    assert!(readings.get() > 2, "it was not stopped even once");
}

#[test]
fn a_rule_that_had_its_processor_time_is_not_asked_again() {
    let readings = Cell::new(0);
    let running = || {
        readings.set(readings.get() + 1);
        NO_TIME * readings.get()
    };
    let stopped = long().evaluate_within(FINDINGS, NO_TIME, running);
    assert_eq!(stopped, Err(EvaluationError::TooLong));
    assert_eq!(readings.get(), 2);
}

#[test]
fn nothing_of_an_evaluation_that_was_stopped_stays() {
    let mut prepared = long();
    assert_eq!(prepared.attempt(FINDINGS, NO_TIME), Err(EvaluationError::TooLong));
    assert!(prepared.working.is_none(), "the engine was kept");
    prepared.set_input(convert(&json!({ "list": [1, 2] })));
    assert_eq!(count(&prepared.evaluate(FINDINGS).unwrap()), 1);
}

#[test]
fn the_clock_of_the_thread_stands_while_the_thread_waits() {
    let before = patience::processor_time();
    let (tell, told) = std::sync::mpsc::channel();
    let other = std::thread::spawn(move || {
        while patience::processor_time() < Duration::from_millis(200) {}
        tell.send(()).unwrap();
    });
    told.recv().unwrap();
    other.join().unwrap();
    let used = patience::processor_time().saturating_sub(before);
    assert!(used < Duration::from_millis(100), "{used:?}");
    while patience::processor_time() == before {}
}
