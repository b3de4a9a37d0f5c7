//! What a change of a policy means, against the evaluator on both sides.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use security_monkey_iam::Policy;
use security_monkey_iam::arn::{Arn, is_account_id};
use security_monkey_iam::diff::{Delta, Direction, allows, diff};
use security_monkey_iam::document::Version;
use security_monkey_iam::evaluate::{Caller, Request};
use security_monkey_iam::pattern::{self, Case};

use super::aim::{Asked, Dice, aimed};
use super::generate::{document, document_with_variables};
use super::lists::pick;
use super::reach::{OF_BUCKET, seeded};
use super::requests::{any_request, service_request};
use super::{config, identity};

/// A pattern of resources as it reads for the request in a policy of the version; AWS completes an ARN that is cut short.
fn as_compared(pattern: &str, (version, request): (Version, &Request)) -> String {
    let mut text = pattern.to_owned();
    for key in [
        "aws:username",
        "aws:PrincipalAccount",
        "aws:PrincipalType",
        "aws:PrincipalTag/team",
    ] {
        let values = request.values(key).unwrap_or_default();
        if let (Version::V2012, Some(value)) = (version, values.first()) {
            text = text.replace(&format!("${{{key}}}"), value);
        }
    }
    let missing = if text.starts_with("arn:") {
        5_usize.saturating_sub(text.matches(':').count())
    } else {
        0
    };
    format!("{text}{}", ":*".repeat(missing))
}

/// Whether a list of patterns, as a difference words them, has the text, which is of the request.
fn lists(patterns: &[String], text: &str, case: Case, of: (Version, &Request)) -> bool {
    let is_of = |pattern: &str| pattern::matches(&as_compared(pattern, of), text, case);
    let matches = |pattern: &String| {
        if pattern.starts_with("not ") {
            let mut others = pattern.split(", ").filter_map(|part| part.strip_prefix("not "));
            return !others.any(is_of);
        }
        is_of(pattern)
    };
    patterns.iter().any(matches)
}

/// Whether a difference speaks of a request: its statement lets it in, and its action and resource are among those listed.
fn covers(delta: &Delta, policy: &Policy, request: &Request) -> bool {
    let mut only = policy.clone();
    only.statements.retain(|statement| statement.index == delta.statement);
    let of = (policy.version, request);
    allows(&only, request)
        && lists(&delta.actions, &request.action, Case::Insensitive, of)
        && lists(&delta.resources, &request.resource, Case::Sensitive, of)
}

/// Whether there may be such a resource: differences are of these only.
fn may_be_there(resource: &str) -> bool {
    let label = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    resource == "*"
        || Arn::read(resource).is_some_and(|arn| {
            ["aws", "aws-cn", "aws-us-gov"].contains(&arn.partition)
                && !arn.service.is_empty()
                && [arn.service, arn.region].iter().all(|part| part.chars().all(label))
                && (arn.account.is_empty() || is_account_id(arn.account))
                && !arn.resource.is_empty()
        })
}

/// How often the search said that it was cut short, and how often it could not tell.
#[derive(Default)]
struct Counts {
    all: Cell<u32>,
    cut_short: Cell<u32>,
    undecided: Cell<u32>,
    /// Requests, and those whose answer changes.
    asked: Cell<u32>,
    told_apart: Cell<u32>,
}

impl Counts {
    /// `most` of a hundred may be cut short.
    fn assert_bounded(&self, most: u32) {
        let (all, cut_short, undecided) = (self.all.get(), self.cut_short.get(), self.undecided.get());
        let (asked, told_apart) = (self.asked.get(), self.told_apart.get());
        println!(
            "{cut_short} cut short, {undecided} undecided of {all}; {told_apart} of {asked} requests tell them apart"
        );
        assert!(cut_short * 100 <= all * most, "{cut_short} of {all} cut short");
        assert!(undecided * 20 <= all, "{undecided} of {all} undecided");
        assert!(
            told_apart * 100 >= 15 * asked,
            "{told_apart} of {asked} tell them apart"
        );
    }
}

/// What diff calls gained is allowed after and not before, what it calls lost the other way round; the direction says which
/// of the two there are; and a random request whose answer differs is among them, unless the search says that it was cut short.
fn is_real_and_complete(
    before: &str,
    after: &str,
    (requests, asked): (Vec<(Request, u64)>, Asked<'_>),
    counts: &Counts,
) -> Result<(), TestCaseError> {
    let (old, new) = (Policy::parse(before).unwrap(), Policy::parse(after).unwrap());
    let found = diff(&old, &new);
    for (deltas, with, without) in [(&found.gained, &new, &old), (&found.lost, &old, &new)] {
        for delta in deltas {
            let witness = &delta.witness;
            prop_assert!(
                allows(with, witness) && !allows(without, witness),
                "{witness}: {before} {after}"
            );
            prop_assert!(covers(delta, with, witness), "{witness}: {before} {after}");
        }
    }
    let has = (!found.gained.is_empty(), !found.lost.is_empty());
    let says = match found.direction {
        Direction::Neutral => (false, false),
        Direction::Undecided => (false, has.1 && !found.is_complete),
        Direction::Widened => (true, false),
        Direction::Narrowed => (false, true),
        Direction::Both => (true, true),
    };
    prop_assert_eq!(has, says);
    prop_assert!(before != after || found.direction == Direction::Neutral);
    let count = |counter: &Cell<u32>, is: bool| counter.set(counter.get() + u32::from(is));
    count(&counts.all, true);
    count(&counts.undecided, found.direction == Direction::Undecided && !has.1);
    count(&counts.cut_short, !found.is_complete);
    let aim = |(request, seed): (Request, u64)| {
        let side = if seed % 2 == 0 { &old } else { &new };
        aimed(request, side, asked, &mut Dice::new(seed))
    };
    let asked = requests.into_iter().map(aim);
    for request in asked.filter(|request| may_be_there(&request.resource)) {
        let (was, is) = (allows(&old, &request), allows(&new, &request));
        count(&counts.asked, true);
        if was == is {
            continue;
        }
        count(&counts.told_apart, true);
        prop_assert!(
            found.direction != Direction::Neutral,
            "{request} tells them apart: {before} {after}"
        );
        let (deltas, side) = if is { (&found.gained, &new) } else { (&found.lost, &old) };
        let is_covered = deltas.iter().any(|delta| covers(delta, side, &request));
        prop_assert!(
            is_covered || !found.is_complete,
            "{request} is {}, and {deltas:?} does not say so: {before} {after}",
            if is { "gained" } else { "lost" }
        );
    }
    Ok(())
}

#[test]
fn gains_and_losses_are_real_and_complete() {
    let pair = (
        document(),
        document(),
        prop::bool::weighted(0.1),
        seeded(prop_oneof![3 => any_request(), 1 => service_request()], 40),
    );
    let counts = Counts::default();
    let checked = TestRunner::new(config(60)).run(&pair, |(before, after, is_same, requests)| {
        is_real_and_complete(
            &before,
            if is_same { &before } else { &after },
            (requests, OF_BUCKET),
            &counts,
        )
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    counts.assert_bounded(15);
}

/// Requests of users of more names, in accounts of which a policy names one.
fn request_of_users() -> impl Strategy<Value = Request> {
    let user = (
        pick(&["111111111111", "222222222222", "333333333333"]),
        pick(&["bob", "eve", "x-bob", "b", "User", "team/bob"]),
    );
    (any_request(), user).prop_map(|(mut request, (account, name))| {
        if let Caller::User { arn } = &mut request.caller {
            *arn = format!("arn:aws:iam::{account}:user/{name}");
        }
        request
    })
}

#[test]
fn gains_and_losses_by_variables_are_real_and_complete() {
    let requests = prop_oneof![1 => any_request(), 3 => request_of_users(), 1 => service_request()];
    let pair = (
        document_with_variables(),
        document_with_variables(),
        seeded(requests, 40),
    );
    let counts = Counts::default();
    let checked = TestRunner::new(config(40)).run(&pair, |(before, after, requests)| {
        is_real_and_complete(&before, &after, (requests, OF_BUCKET), &counts)
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    counts.assert_bounded(75);
}

#[test]
fn gains_and_losses_of_identities_are_real_and_complete() {
    let pair = (
        identity::document(),
        identity::document(),
        seeded(identity::any_request(), 40),
    );
    let counts = Counts::default();
    let checked = TestRunner::new(config(40)).run(&pair, |(before, after, requests)| {
        is_real_and_complete(&before, &after, (requests, identity::OF_IDENTITY), &counts)
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    counts.assert_bounded(10);
}
