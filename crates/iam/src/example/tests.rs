use super::{Effort, Wanted, find};
use crate::Policy;
use crate::evaluate::{Caller, NamedPolicy, PolicySet, Request};

/// Statements of nested wildcards.
pub(crate) fn nested_wildcards(statements: usize, letter: char) -> Policy {
    let statements: Vec<String> = (0..statements)
        .map(|index| {
            format!(
                r#"{{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:*:*:*:*{letter}*{index}*{letter}*?*{index}*"}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        statements.join(",")
    );
    Policy::parse(&text).unwrap()
}

/// What a search costs is counted, and it stops where it should: after the question that went over the limit. One question about
/// patterns costs two million steps at most.
#[test]
fn a_search_stops_at_its_effort_whatever_the_policies() {
    const ONE_QUESTION: u64 = 2_000_000;
    let (identity, boundary) = (nested_wildcards(100, 'a'), nested_wildcards(100, 'b'));
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "worst",
            policy: &identity,
        }],
        boundary: Some(NamedPolicy {
            name: "boundary",
            policy: &boundary,
        }),
        ..PolicySet::default()
    };
    let caller = Caller::read("arn:aws:iam::111111111111:user/alice").unwrap();
    let spent = |limit: u64| {
        let effort = Effort::of(limit);
        let probe = Request::new(caller.clone(), "s3:GetObject", "");
        let found = find(&probe, &Wanted::anything(), &set, &effort);
        assert!(found.is_some() || effort.is_spent(), "{limit}");
        effort.spent.get()
    };
    for limit in [0, 1_000, 100_000, 1_000_000] {
        let spent = spent(limit);
        assert!(spent <= limit + 2 * ONE_QUESTION, "{limit}: {spent}");
    }
}

/// Without it hundreds of statements cost as much as one.
#[test]
fn every_statement_that_is_looked_at_is_charged() {
    let caller = Caller::read("arn:aws:iam::111111111111:user/alice").unwrap();
    let spent = |others: usize| {
        let other = r#", {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"}"#.repeat(others);
        let text = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}{other}]}}"#
        );
        let policy = Policy::parse(&text).unwrap();
        let set = PolicySet {
            identity: vec![NamedPolicy {
                name: "p",
                policy: &policy,
            }],
            ..PolicySet::default()
        };
        let effort = Effort::of(1_000_000);
        assert!(
            find(
                &Request::new(caller.clone(), "s3:GetObject", ""),
                &Wanted::anything(),
                &set,
                &effort
            )
            .is_some()
        );
        effort.spent.get()
    };
    let (few, many) = (spent(10), spent(110));
    assert!(many >= few + 100, "{few} {many}");
}
