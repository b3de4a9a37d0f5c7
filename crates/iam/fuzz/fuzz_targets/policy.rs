//! Any text: reading it never panics, and whatever can be read can be analysed, with proof that holds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use security_monkey_iam::diff::{Direction, diff};
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, Request, evaluate, resource_policy_allows};
use security_monkey_iam::parse::{Mode, Options, PolicyKind, SizeLimit, from_value, parse};
use security_monkey_iam::reach::{Accepts, ReachContext};
use security_monkey_iam::{AccountDirectory, actions, normalise, reach_of_resource_policy};

const KINDS: [PolicyKind; 6] = [
    PolicyKind::Any,
    PolicyKind::Identity,
    PolicyKind::Resource,
    PolicyKind::Trust,
    PolicyKind::ServiceControl,
    PolicyKind::ResourceControl,
];

fuzz_target!(|text: &str| {
    for mode in [Mode::Strict, Mode::Lenient] {
        for kind in KINDS {
            let limit = Some(SizeLimit::BucketPolicy);
            match parse(text, Options { mode, kind, limit }) {
                Ok(parsed) => parsed.problems.iter().for_each(|problem| drop(problem.to_string())),
                Err(error) => assert!(!error.problems.is_empty() && !error.to_string().is_empty()),
            }
        }
    }
    if let Ok(value) = serde_json::from_str(text) {
        let _ = from_value(&value, PolicyKind::Any);
    }
    let Ok(parsed) = parse(text, Options::default()) else {
        return;
    };
    let policy = &parsed.policy;
    for statement in &policy.statements {
        assert!(statement.span.end as usize <= text.len() || text.trim_start().starts_with('%'));
        actions::expand_element(&statement.action);
    }
    let directory = AccountDirectory::new()
        .with_organisation("o-ours1234567")
        .seen_from("111111111111");
    normalise(policy, &directory);
    for resource in [None, Some("arn:aws:s3:::records")] {
        let context = ReachContext {
            resource,
            accepts: Accepts::Anonymous,
        };
        for finding in reach_of_resource_policy(policy, &directory, context) {
            if let Some(witness) = &finding.witness {
                assert!(resource_policy_allows(policy, witness), "{witness}");
            }
        }
    }
    assert_eq!(diff(policy, policy).direction, Direction::Neutral);
    let named = NamedPolicy { name: "policy", policy };
    let set = PolicySet {
        identity: vec![named],
        boundary: Some(named),
        session: Some(vec![named]),
        resource: Some(named),
        ..PolicySet::default()
    };
    let caller = Caller::RoleSession {
        role_arn: "arn:aws:iam::111111111111:role/witness".to_owned(),
        session: "s".to_owned(),
    };
    let request = Request::new(caller, "s3:GetObject", "arn:aws:s3:::records/x").with("aws:SourceIp", "203.0.113.7");
    drop(evaluate(&request, &set).to_string());
});
