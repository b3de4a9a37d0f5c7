//! The worst documents that fit into AWS's limits, and larger ones: every question is answered, and what could not be looked at is
//! said. `benches/policy` measures them; here the searches' own counts end them.

use security_monkey_iam::Policy;
use security_monkey_iam::actions::{expand, list, minimise};
use security_monkey_iam::diff::{Direction, allows, diff};
use security_monkey_iam::effective::effective;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet, Request, evaluate, resource_policy_allows};
use security_monkey_iam::parse::{Options, SizeLimit, parse};
use security_monkey_iam::reach::{Accepts, ReachContext, reach_of_resource_policy};

/// Statements of nested wildcards, every second one a Deny.
fn worst(statements: usize, principal: &str) -> String {
    let stars = "a*".repeat(20);
    let statements: Vec<String> = (0..statements)
        .map(|number| {
            let effect = if number % 2 == 0 { "Allow" } else { "Deny" };
            format!(
                r#"{{"Effect":"{effect}",{principal}"Action":"s3:*{stars}b","Resource":"arn:aws:s3:::{stars}{number}*","Condition":{{"StringLike":{{"aws:userid":"*{stars}c"}}}}}}"#
            )
        })
        .collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

const EVERYBODY: &str = r#""Principal":"*","#;

#[test]
fn a_bucket_policy_at_its_limit_is_read_and_analysed() {
    let full = (1..)
        .map(|count| worst(count, EVERYBODY))
        .take_while(|text| text.len() <= 20 * 1024);
    let text = full.last().unwrap();
    assert!(text.len() > 20 * 1024 - 400);
    let options = Options {
        limit: Some(SizeLimit::BucketPolicy),
        ..Options::default()
    };
    let parsed = parse(&text, options).unwrap();
    assert!(parsed.problems.is_empty());
    let directory = security_monkey_iam::AccountDirectory::new().seen_from("111111111111");
    let context = ReachContext {
        resource: None,
        accepts: Accepts::Anonymous,
    };
    let found = reach_of_resource_policy(&parsed.policy, &directory, context);
    let witnesses: Vec<&Request> = found.iter().filter_map(|finding| finding.witness.as_ref()).collect();
    assert!(!witnesses.is_empty(), "none of {}", found.len());
    // What could not be decided is said as well, without proof.
    assert!(witnesses.len() < found.len(), "{} of {}", witnesses.len(), found.len());
    for witness in witnesses {
        assert!(resource_policy_allows(&parsed.policy, witness), "{witness}");
    }
}

#[test]
fn a_thousand_statements_are_decided_for_a_text_that_nearly_matches_all() {
    let policy = Policy::parse(&worst(1_000, "")).unwrap();
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "worst",
            policy: &policy,
        }],
        ..PolicySet::default()
    };
    let role = Caller::read("arn:aws:iam::111111111111:role/app").unwrap();
    let near = format!("arn:aws:s3:::{}", "a".repeat(1_000));
    let request = Request::new(role, format!("s3:{}b", "a".repeat(100)), near).with("aws:userid", "a".repeat(1_000));
    assert!(!evaluate(&request, &set).is_allowed());
    let permissions = effective(&set);
    assert_eq!(permissions.actions().count(), 0);
}

/// Allows beside as many Denies, each with a pattern of callers of its own, which is asked again for every statement and account.
#[test]
fn as_many_patterns_of_callers_as_statements_are_answered() {
    let roles = |number: usize| format!("arn:aws:iam::5{number:011}:role/*team*{number}*");
    let statement = |effect: &str, number: usize| {
        format!(
            r#"{{"Effect":"{effect}",{EVERYBODY}"Action":"s3:*","Resource":"*","Condition":{{"ArnLike":{{"aws:PrincipalArn":"{}"}}}}}}"#,
            roles(number)
        )
    };
    for count in [20, 60] {
        let allows = (0..count).map(|number| statement("Allow", number));
        let denies = (0..count).map(|number| statement("Deny", count + number));
        let statements: Vec<String> = allows.chain(denies).collect();
        let policy = Policy::parse(&format!(r#"{{"Statement":[{}]}}"#, statements.join(","))).unwrap();
        let context = ReachContext {
            resource: Some("arn:aws:s3:::records"),
            accepts: Accepts::Anonymous,
        };
        let found = reach_of_resource_policy(&policy, &security_monkey_iam::AccountDirectory::new(), context);
        assert_eq!(found.len(), count);
        assert!(found.iter().all(|finding| finding.witness.is_some()), "{count}");
    }
}

#[test]
fn a_comparison_that_was_cut_short_says_so() {
    let old = worst(120, EVERYBODY);
    let changed = old.replace("c\"}}}", "d\"}}}");
    let difference = diff(&Policy::parse(&old).unwrap(), &Policy::parse(&changed).unwrap());
    assert!(!difference.is_complete, "{difference:?}");
}

/// Denies of all but what many conditions list. Each of the conditions was worked out again for each caller, and the choice of values
/// that evades all the Denies was looked for in the order of the statements: half a minute, without an answer.
#[test]
fn one_deny_less_among_many_under_conditions_is_a_gain() {
    const KEYS: [&str; 10] = [
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:PrincipalOrgID",
        "aws:PrincipalAccount",
        "aws:PrincipalArn",
        "aws:userid",
        "aws:PrincipalTag/a",
        "aws:PrincipalTag/b",
        "aws:RequestedRegion",
        "aws:SourceAccount",
    ];
    let statement = |number: usize| {
        let values: Vec<String> = (0..4).map(|at| format!("*{number}*{at}*")).collect();
        let on_keys: Vec<String> = KEYS.iter().map(|key| format!("{key:?}: {values:?}")).collect();
        format!(
            r#"{{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{"StringNotLike": {{{}}}}}}}"#,
            on_keys.join(", ")
        )
    };
    let with_denies = |count: usize| {
        let allow = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#.to_owned();
        let statements: Vec<String> = std::iter::once(allow).chain((0..count).map(statement)).collect();
        Policy::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(",")
        ))
        .unwrap()
    };
    let (more, fewer) = (with_denies(10), with_denies(9));
    let gain = diff(&more, &fewer);
    assert_eq!(gain.direction, Direction::Widened);
    assert!(allows(&fewer, &gain.gained[0].witness) && !allows(&more, &gain.gained[0].witness));
    assert_eq!(diff(&fewer, &more).direction, Direction::Narrowed);
}

/// Variables make the same conditions other ones for each caller; what that may cost is bounded, and said.
#[test]
fn conditions_that_read_differently_for_each_caller_are_answered() {
    let with_denies = |count: usize| {
        let deny = |number: usize| {
            let on_keys: Vec<String> = (0..10)
                .map(|key| format!(r#""aws:PrincipalTag/{key}": ["*{number}*{key}*", "${{aws:username}}x*"]"#))
                .collect();
            format!(
                r#"{{"Effect": "Deny",{EVERYBODY}"Action": "*", "Resource": "*", "Condition": {{"StringNotLike": {{{}}}}}}}"#,
                on_keys.join(", ")
            )
        };
        let names: Vec<String> = (0..40).map(|number| format!("\"user{number}\"")).collect();
        let allow = format!(
            r#"{{"Effect": "Allow",{EVERYBODY}"Action": "*", "Resource": "*", "Condition": {{"StringNotEquals": {{"aws:username": [{}]}}}}}}"#,
            names.join(", ")
        );
        let statements: Vec<String> = std::iter::once(allow).chain((0..count).map(deny)).collect();
        Policy::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(",")
        ))
        .unwrap()
    };
    let difference = diff(&with_denies(12), &with_denies(11));
    assert!(
        difference.direction == Direction::Widened || !difference.is_complete,
        "{difference:?}"
    );
    assert!(difference.lost.is_empty());
}

/// More networks than values are tried: those that only one of the lists has come first.
#[test]
fn one_network_less_in_a_long_list_is_a_loss() {
    let from = |count: usize| {
        let networks: Vec<String> = (0..count)
            .map(|number| format!("{}.{}.7.0/24", 11 + number / 200, number % 200))
            .collect();
        let text = format!(
            r#"{{"Statement": {{"Effect": "Allow",{EVERYBODY}"Action": "s3:*", "Resource": "*", "Condition": {{"IpAddress": {{"aws:SourceIp": {networks:?}}}}}}}}}"#
        );
        Policy::parse(&text).unwrap()
    };
    let (more, fewer) = (from(1_200), from(1_199));
    assert_eq!(diff(&more, &fewer).direction, Direction::Narrowed);
    let wider = diff(&fewer, &more);
    assert_eq!(wider.direction, Direction::Widened);
    assert!(!wider.is_complete);
}

#[test]
fn actions_expand_and_minimise_under_any_patterns() {
    let patterns: Vec<String> = (0..50)
        .map(|number| format!("s3:{}{number}*", "*e*t".repeat(30)))
        .collect();
    let expansion = expand(patterns.iter().map(String::as_str));
    assert!(expansion.actions.is_empty() && expansion.unknown.len() == patterns.len());
    let every_second: Vec<String> = list()
        .of_service("ec2")
        .iter()
        .step_by(2)
        .map(security_monkey_iam::actions::ActionInfo::full_name)
        .collect();
    let minimised = minimise(every_second.iter().map(String::as_str), 0);
    let again = expand(minimised.patterns.iter().map(String::as_str)).actions;
    assert_eq!(again.len(), every_second.len());
}
