//! Who can reach a resource, against the evaluator: every witness gets in, and whoever gets in belongs to a class that is
//! reported for the very statement that lets them in.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use security_monkey_iam::arn::account_of;
use security_monkey_iam::cidr::read_network;
use security_monkey_iam::document::{Effect, Policy};
use security_monkey_iam::evaluate::{
    Caller, Decision, NamedPolicy, PolicySet, Request, evaluate, resource_policy_allows,
};
use security_monkey_iam::pattern::{self, Case};
use security_monkey_iam::reach::{
    Accepts, Reach, ReachContext, ReachFinding, normalise, reach_of_resource_policy, reach_of_trust_policy,
    under_resource_control,
};

use super::config;
use super::generate::{BUCKET, STRANGER, document, federated_document, guardrail, statement};
use super::requests::{any_request, federated_request, named_request, service_request, stranger_request};
use crate::reach::directory;

pub(super) fn reach(policy: &Policy) -> Vec<ReachFinding> {
    reach_of_resource_policy(
        policy,
        &directory(),
        ReachContext {
            resource: Some(BUCKET),
            accepts: Accepts::Anonymous,
        },
    )
}

/// The classes one of which must be reported where this request gets in: its own, and the circles that contain it.
pub(super) fn classes(request: &Request, policy: &Policy) -> Vec<Reach> {
    let mut found = vec![Reach::Internet];
    if is_in_named_network(request, policy) {
        found.push(Reach::Network);
    }
    match &request.caller {
        Caller::Service { .. } => return service_classes(request, found),
        Caller::Federated { .. } => {
            found.extend([Reach::AnyAwsAccount, Reach::Federation { pinned: false }]);
            let claim = |name: &str| {
                request
                    .context
                    .get(&format!("token.actions.githubusercontent.com:{name}"))
            };
            let is_meant = claim("repository").is_some_and(|values| values[0].starts_with("octo-org/"));
            found.extend(is_meant.then_some(Reach::Federation { pinned: true }));
            return found;
        }
        _ => {}
    }
    let Some(account) = request.caller.account() else {
        return found;
    };
    found.push(Reach::AnyAwsAccount);
    found.push(account_class(account));
    match request.context.get("aws:PrincipalOrgID") {
        Some([organisation]) if organisation == "o-ours1234567" => found.push(Reach::Organisation),
        Some(_) => found.push(Reach::UnknownOrganisation),
        None => {}
    }
    found
}

fn account_class(account: &str) -> Reach {
    match account {
        "111111111111" => Reach::SameAccount,
        "222222222222" => Reach::FriendlyAccount,
        "333333333333" => Reach::ThirdPartyAccount,
        _ => Reach::UnknownAccount,
    }
}

/// The account for which a service asks, as far as the request says.
fn source_account(request: &Request) -> Option<&str> {
    let value = |key: &str| request.context.get(key).and_then(|values| values.first());
    let by_arn = || value("aws:SourceArn").and_then(|arn| account_of(arn));
    value("aws:SourceAccount").map(String::as_str).or_else(by_arn)
}

/// A service may ask for anybody, unless conditions tie it to an account, a resource or an organisation.
fn service_classes(request: &Request, mut found: Vec<Reach>) -> Vec<Reach> {
    found.push(Reach::AnyAwsAccount);
    found.push(Reach::AwsService { guarded: false });
    let value = |key: &str| {
        request
            .context
            .get(key)
            .and_then(|values| values.first())
            .map(String::as_str)
    };
    match source_account(request).map(account_class) {
        Some(Reach::SameAccount) => found.push(Reach::AwsService { guarded: true }),
        Some(Reach::UnknownAccount) if source_account(request) == Some(STRANGER) => {}
        Some(class) => found.push(class),
        None => {}
    }
    if value("aws:SourceArn") == Some("arn:aws:s3:::ours") {
        found.push(Reach::AwsService { guarded: true });
    }
    match value("aws:SourceOrgID") {
        Some("o-ours1234567") => found.push(Reach::AwsService { guarded: true }),
        Some("o-theirs12345") => found.push(Reach::UnknownOrganisation),
        _ => {}
    }
    found
}

/// Whether the policy names the network that the request comes from.
fn is_in_named_network(request: &Request, policy: &Policy) -> bool {
    let mut conditions = policy.statements.iter().flat_map(|statement| &statement.conditions);
    conditions.any(|condition| {
        let is_network = ["aws:SourceIp", "aws:SourceVpc", "aws:SourceVpce"]
            .iter()
            .any(|key| condition.key.eq_ignore_ascii_case(key));
        let named = |value: &str| {
            condition
                .values
                .iter()
                .any(|pattern| match (read_network(&pattern.text), value.parse()) {
                    (Some(network), Ok(address)) => network.contains::<&std::net::IpAddr>(&address),
                    _ => {
                        pattern::matches(&pattern.text, value, Case::Sensitive)
                            || matches!(pattern.text.as_str(), "true" | "false")
                    }
                })
        };
        is_network
            && request
                .context
                .get(&condition.key)
                .is_some_and(|values| values.iter().any(|value| named(value)))
    })
}

/// The policy with this Allow statement only, and every Deny.
fn with_only(policy: &Policy, index: usize) -> Policy {
    let mut only = policy.clone();
    only.statements
        .retain(|statement| statement.index == index || statement.effect == Effect::Deny);
    only
}

pub(super) fn matches_one(patterns: &[String], action: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_prefix("* except ") {
        Some(others) => !others
            .split(", ")
            .any(|other| pattern::matches(other, action, Case::Insensitive)),
        None => pattern::matches(pattern, action, Case::Insensitive),
    })
}

/// For every statement that lets a request in, a finding of that statement says so: the class of whoever asks or a wider one, the
/// account where the class is about accounts, the action.
fn each_is_found(document: &str, requests: &[Request]) -> Result<(), TestCaseError> {
    let policy = Policy::parse(document).unwrap();
    each_is_found_among(&reach(&policy), &policy, document, requests)
}

fn each_is_found_among(
    findings: &[ReachFinding],
    policy: &Policy,
    document: &str,
    requests: &[Request],
) -> Result<(), TestCaseError> {
    for request in requests
        .iter()
        .filter(|request| resource_policy_allows(policy, request))
    {
        let expected = classes(request, policy);
        for allow in policy
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Allow)
        {
            if !resource_policy_allows(&with_only(policy, allow.index), request) {
                continue;
            }
            let says_so = |finding: &ReachFinding| {
                let is_about_accounts = matches!(
                    finding.class,
                    Reach::SameAccount | Reach::FriendlyAccount | Reach::ThirdPartyAccount | Reach::UnknownAccount
                );
                finding.statement == allow.index
                    && expected.contains(&finding.class)
                    && (!is_about_accounts
                        || finding.account.as_deref() == request.caller.account().or(source_account(request)))
                    && matches_one(&finding.actions, &request.action)
            };
            prop_assert!(
                findings.iter().any(says_so),
                "{} gets in by statement {}, which is none of {:?}: {}",
                request,
                allow.index,
                findings
                    .iter()
                    .map(|finding| (finding.statement, finding.class, &finding.who, &finding.actions))
                    .collect::<Vec<_>>(),
                document
            );
        }
    }
    Ok(())
}

/// Every witness is allowed, for the finding's own statement; and the search gives up on few.
#[test]
fn every_witness_is_allowed() {
    let (all, unproven) = (Cell::new(0u32), Cell::new(0u32));
    let checked = TestRunner::new(config(400)).run(&document(), |document| {
        let policy = Policy::parse(&document).unwrap();
        for finding in reach(&policy) {
            all.set(all.get() + 1);
            let Some(witness) = &finding.witness else {
                println!("no witness of {:?} {}: {document}", finding.class, finding.who);
                unproven.set(unproven.get() + 1);
                continue;
            };
            let only = with_only(&policy, finding.statement);
            prop_assert!(resource_policy_allows(&only, witness), "{witness} by {document}");
            prop_assert!(
                matches_one(&finding.actions, &witness.action),
                "{witness} by {document}"
            );
        }
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{} of {} findings without witness", unproven.get(), all.get());
    assert!(all.get() > 100, "{} findings: the policies let too few in", all.get());
    assert!(
        unproven.get() * 100 <= all.get(),
        "{} of {} findings have no witness",
        unproven.get(),
        all.get()
    );
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn where_strangers_are_excluded_none_gets_in(document in document(), requests in prop::collection::vec(stranger_request(), 60)) {
        each_is_found(&document, &requests)?;
    }

    #[test]
    fn whoever_gets_in_is_found(document in document(), requests in prop::collection::vec(named_request(), 60)) {
        each_is_found(&document, &requests)?;
    }

    #[test]
    fn whomever_a_service_acts_for_is_found(document in document(), requests in prop::collection::vec(service_request(), 60)) {
        each_is_found(&document, &requests)?;
    }

    #[test]
    fn whose_token_gets_in_is_found(document in federated_document(), requests in prop::collection::vec(federated_request(), 30)) {
        let policy = Policy::parse(&document).unwrap();
        let findings = reach_of_trust_policy("arn:aws:iam::111111111111:role/target", &policy, &directory());
        each_is_found_among(&findings, &policy, &document, &requests)?;
        for finding in &findings {
            if let Some(witness) = &finding.witness {
                prop_assert!(resource_policy_allows(&with_only(&policy, finding.statement), witness), "{witness} by {document}");
            }
        }
    }

    /// Under a resource control policy: as the evaluator reads both, each in its version.
    #[test]
    fn what_a_guardrail_leaves_is_found(document in document(), guardrail in guardrail(), requests in prop::collection::vec(prop_oneof![any_request(), service_request()], 60)) {
        let (policy, above) = (Policy::parse(&document).unwrap(), Policy::parse(&guardrail).unwrap());
        let bound = under_resource_control(&policy, Some(BUCKET), [&above]);
        let findings = reach(&bound);
        let set = PolicySet { resource_control: vec![vec![NamedPolicy { name: "guardrail", policy: &above }]], ..PolicySet::default() };
        let passes = |request: &Request| !matches!(evaluate(request, &set), Decision::ExplicitDeny { .. });
        for request in requests {
            let request = request.with("aws:ResourceOrgID", "o-ours1234567");
            let by_both = resource_policy_allows(&policy, &request) && passes(&request);
            prop_assert_eq!(by_both, resource_policy_allows(&bound, &request), "{} by {} under {}", request, document, guardrail);
            if by_both {
                each_is_found_among(&findings, &bound, &format!("{document} under {guardrail}"), std::slice::from_ref(&request))?;
            }
        }
        for witness in findings.iter().filter_map(|finding| finding.witness.as_ref()) {
            prop_assert!(resource_policy_allows(&policy, witness) && passes(witness), "{} by {} under {}", witness, document, guardrail);
        }
    }

    /// One statement by itself: where the search finds strangers, what rules read says "public". The search may know better that a
    /// resource or an action rules them out.
    #[test]
    fn normalised_statements_do_not_miss_strangers(statement in statement()) {
        let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)).unwrap();
        let by_search = reach(&policy).iter().any(|finding| finding.class.is_public() && finding.witness.is_some());
        let by_form = normalise(&policy, &directory()).iter().any(|statement| statement.public);
        prop_assert!(by_form || !by_search, "the search finds strangers: {statement}");
    }
}
