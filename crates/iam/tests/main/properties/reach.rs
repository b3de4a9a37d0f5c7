//! Who can reach a resource, against the evaluator: every witness gets in, and whoever gets in belongs to a class that is
//! reported for the very statement that lets them in.

use std::cell::Cell;
use std::net::IpAddr;

use ipnet::IpNet;
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

use super::aim::{Asked, Dice, aimed};
use super::config;
use super::generate::{BUCKET, STRANGER, document, federated_document, guardrail, large_document, statement};
use super::public::names_anybody;
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

pub(super) fn is_about_accounts(class: Reach) -> bool {
    matches!(
        class,
        Reach::SameAccount | Reach::FriendlyAccount | Reach::ThirdPartyAccount | Reach::UnknownAccount
    )
}

/// The account for which a service asks, as far as the request says.
pub(super) fn source_account(request: &Request) -> Option<&str> {
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
        Some(named) if named != "o-evil1234567" => found.push(Reach::UnknownOrganisation),
        _ => {}
    }
    found
}

/// Whether the policy names the network that the request comes from. A large part of the internet is nobody's network.
pub(super) fn is_in_named_network(request: &Request, policy: &Policy) -> bool {
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
                    (Some(network), Ok(address)) => {
                        network.contains::<&IpAddr>(&address) && !(is_wide(network) && is_on_the_internet(address))
                    }
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

/// Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", section "The meaning of \"public\"".
fn is_wide(network: IpNet) -> bool {
    network.prefix_len() < if network.addr().is_ipv6() { 32 } else { 8 }
}

/// Not private, and of no special purpose. Source: IANA's special-purpose address registries.
fn is_on_the_internet(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => match address.octets() {
            [0 | 10 | 127 | 224..=255, ..] | [192, 0, 0, _] | [192, 168, ..] | [169, 254, ..] => false,
            [100, second, ..] => !(64..128).contains(&second),
            [172, second, ..] => !(16..32).contains(&second),
            _ => true,
        },
        IpAddr::V6(address) => address.segments()[0] >> 13 == 1,
    }
}

/// The policy with this Allow statement only, and every Deny.
pub(super) fn with_only(policy: &Policy, index: usize) -> Policy {
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

/// What was looked at, and how much of it says something.
#[derive(Default)]
pub(super) struct Tally {
    asked: Cell<u32>,
    let_in: Cell<u32>,
    findings: Cell<u32>,
    unproven: Cell<u32>,
    /// Policies with such findings.
    cut_short: Cell<u32>,
    small_findings: Cell<u32>,
    small_unproven: Cell<u32>,
}

impl Tally {
    fn add(counter: &Cell<u32>, count: usize) {
        counter.set(counter.get() + u32::try_from(count).unwrap());
    }

    fn count(&self, findings: &[ReachFinding], policy: &Policy) {
        let unproven = findings.iter().filter(|finding| finding.witness.is_none()).count();
        Self::add(&self.findings, findings.len());
        Self::add(&self.unproven, unproven);
        Self::add(&self.cut_short, usize::from(unproven > 0));
        if is_small(policy) {
            Self::add(&self.small_findings, findings.len());
            Self::add(&self.small_unproven, unproven);
        }
    }

    /// Nothing is shown by requests that nobody lets in, nor by findings that say "perhaps" where there is nothing to give up on.
    pub(super) fn assert_telling(&self, name: &str) {
        let [asked, let_in] = [&self.asked, &self.let_in].map(Cell::get);
        let [findings, unproven, cut_short] = [&self.findings, &self.unproven, &self.cut_short].map(Cell::get);
        let [small_findings, small_unproven] = [&self.small_findings, &self.small_unproven].map(Cell::get);
        println!(
            "{name}: {let_in} of {asked} requests let in; {unproven} of {findings} findings without proof, in {cut_short} policies; \
             {small_unproven} of {small_findings} in small ones"
        );
        assert!(let_in * 100 >= 15 * asked, "{name}: {let_in} of {asked} let in");
        assert!(
            small_findings > 50,
            "{name}: {small_findings} findings: the policies let too few in"
        );
        assert!(
            small_unproven * 1000 <= small_findings,
            "{name}: {small_unproven} of {small_findings} without proof"
        );
    }
}

/// Whether no search for the policy can come near its budget: at most three statements with lists of at most three.
pub(super) fn is_small(policy: &Policy) -> bool {
    let short = |count: usize| count <= 3;
    short(policy.statements.len())
        && policy.statements.iter().all(|statement| {
            short(statement.action.patterns.len())
                && short(statement.resource.as_ref().map_or(0, |element| element.patterns.len()))
                && short(statement.principal.as_ref().map_or(0, |element| element.entries.len()))
                && statement
                    .conditions
                    .iter()
                    .all(|condition| short(condition.values.len()))
        })
}

/// For every statement that lets a request in, a finding of that statement says so: the class of whoever asks or a wider one, the
/// account where the class is about accounts, the action. A finding without proof will do only where a search may have been cut short.
pub(super) fn each_is_found(
    findings: &[ReachFinding],
    policy: &Policy,
    document: &str,
    requests: &[Request],
    tally: &Tally,
) -> Result<(), TestCaseError> {
    tally.count(findings, policy);
    Tally::add(&tally.asked, requests.len());
    let may_be_cut = !is_small(policy);
    for request in requests
        .iter()
        .filter(|request| resource_policy_allows(policy, request))
    {
        Tally::add(&tally.let_in, 1);
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
                finding.statement == allow.index
                    && expected.contains(&finding.class)
                    && (!is_about_accounts(finding.class)
                        || finding.account.as_deref() == request.caller.account().or(source_account(request)))
                    && matches_one(&finding.actions, &request.action)
                    && (finding.witness.is_some() || may_be_cut)
            };
            prop_assert!(
                findings.iter().any(says_so),
                "{} gets in by statement {}, which is none of {:?}: {}",
                request,
                allow.index,
                findings
                    .iter()
                    .map(|finding| (
                        finding.statement,
                        finding.class,
                        &finding.who,
                        &finding.actions,
                        finding.witness.is_some()
                    ))
                    .collect::<Vec<_>>(),
                document
            );
        }
    }
    Ok(())
}

/// Requests with what aims them.
pub(super) fn seeded(
    requests: impl Strategy<Value = Request>,
    count: usize,
) -> impl Strategy<Value = Vec<(Request, u64)>> {
    prop::collection::vec((requests, any::<u64>()), count)
}

pub(super) fn aimed_at(policy: &Policy, requests: Vec<(Request, u64)>, asked: Asked<'_>) -> Vec<Request> {
    let aimed = |(request, seed)| aimed(request, policy, asked, &mut Dice::new(seed));
    requests.into_iter().map(aimed).collect()
}

/// Holds what is found of policies against requests aimed at them.
fn hold(
    name: &str,
    documents: impl Strategy<Value = String>,
    requests: impl Strategy<Value = Request>,
    (find, asked): (impl Fn(&Policy) -> Vec<ReachFinding>, Asked<'_>),
) {
    let tally = Tally::default();
    let checked = TestRunner::new(config(140)).run(&(documents, seeded(requests, 40)), |(document, requests)| {
        let policy = Policy::parse(&document).unwrap();
        let findings = find(&policy);
        each_is_found(
            &findings,
            &policy,
            &document,
            &aimed_at(&policy, requests, asked),
            &tally,
        )?;
        are_allowed(&findings, &policy, &document)
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    tally.assert_telling(name);
}

/// Every witness is let in by the finding's own statement, does what the finding says, and is of its class.
pub(super) fn are_allowed(findings: &[ReachFinding], policy: &Policy, document: &str) -> Result<(), TestCaseError> {
    for finding in findings {
        let Some(witness) = &finding.witness else { continue };
        let only = with_only(policy, finding.statement);
        prop_assert!(resource_policy_allows(&only, witness), "{witness} by {document}");
        prop_assert!(
            matches_one(&finding.actions, &witness.action),
            "{witness} by {document}"
        );
        let account = finding.account.as_deref();
        prop_assert!(
            is_of_class(witness, (finding.class, &finding.who, account), policy, document),
            "{witness} is not {}: {document}",
            finding.class
        );
    }
    Ok(())
}

/// Whether the requester is one of those that a class is about.
pub(super) fn is_of_class(
    witness: &Request,
    (class, who, account): (Reach, &str, Option<&str>),
    policy: &Policy,
    document: &str,
) -> bool {
    let of = witness.caller.account().or(source_account(witness));
    // A service by its name is said to act for whomever it acts for.
    let who = who.rsplit(' ').next().unwrap_or_default();
    let is = |key: &str| witness.context.get(key).is_some_and(|values| values == [who]);
    match class {
        Reach::Internet => witness.caller == Caller::Anonymous,
        // Somebody whom nobody has named.
        Reach::AnyAwsAccount => {
            witness.caller != Caller::Anonymous && of.is_none_or(|account| !document.contains(account))
        }
        Reach::Network => is_in_named_network(witness, policy),
        // A principal by its name, held to the organisation as well.
        Reach::Organisation if !who.starts_with("o-") => account.is_none() || account == of,
        Reach::Organisation | Reach::UnknownOrganisation => {
            let path = witness.context.get("aws:PrincipalOrgPaths");
            let is_in = path.is_some_and(|values| values.iter().any(|value| value.starts_with(who)));
            is("aws:PrincipalOrgID") || is("aws:SourceOrgID") || is_in
        }
        Reach::AwsService { .. } => matches!(witness.caller, Caller::Service { .. }),
        Reach::Federation { .. } => matches!(witness.caller, Caller::Federated { .. }),
        // Buckets say nothing of their account: a service may act for one of any account that is named.
        class if is_about_accounts(class) => account.is_none() || account == of || of.is_none(),
        _ => true,
    }
}

/// Every witness is allowed, for the finding's own statement; the search gives up on few policies, and on no small one.
#[test]
fn every_witness_is_allowed() {
    let tally = Tally::default();
    let checked = TestRunner::new(config(250)).run(&document(), |document| {
        let policy = Policy::parse(&document).unwrap();
        let findings = reach(&policy);
        tally.count(&findings, &policy);
        are_allowed(&findings, &policy, &document)
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    tally.assert_telling("witnesses");
    let (unproven, findings) = (tally.unproven.get(), tally.findings.get());
    assert!(unproven * 20 <= findings, "{unproven} of {findings} without proof");
}

/// What is asked of the bucket.
pub(super) const OF_BUCKET: Asked<'_> = Asked {
    actions: &[
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:GetBucketPolicy",
        "s3:DeleteObject",
        "s3:PutObjectAcl",
    ],
    resource: BUCKET,
};

/// Policies on which searches give up: nobody who gets in is called excluded, and what could not be decided is said.
#[test]
fn where_a_search_is_cut_short_nobody_is_excluded() {
    let tally = Tally::default();
    let requests = prop_oneof![2 => stranger_request(), 1 => named_request(), 1 => service_request()];
    let large = (large_document(), seeded(requests, 60));
    let checked = TestRunner::new(config(10)).run(&large, |(document, requests)| {
        let policy = Policy::parse(&document).unwrap();
        let findings = reach(&policy);
        let requests = aimed_at(&policy, requests, OF_BUCKET);
        each_is_found(&findings, &policy, &document, &requests, &tally)?;
        are_allowed(&findings, &policy, &document)
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    let [asked, let_in, findings, unproven, cut_short] = [
        &tally.asked,
        &tally.let_in,
        &tally.findings,
        &tally.unproven,
        &tally.cut_short,
    ]
    .map(Cell::get);
    println!(
        "large: {let_in} of {asked} requests let in; {unproven} of {findings} findings without proof, in {cut_short} policies"
    );
    assert!(let_in * 100 >= 15 * asked, "{let_in} of {asked} let in");
    assert!(cut_short > 0, "no search gave up");
}

#[test]
fn where_strangers_are_excluded_none_gets_in() {
    hold("strangers", document(), stranger_request(), (reach, OF_BUCKET));
}

#[test]
fn whoever_gets_in_is_found() {
    hold("named", document(), named_request(), (reach, OF_BUCKET));
}

#[test]
fn whomever_a_service_acts_for_is_found() {
    hold("services", document(), service_request(), (reach, OF_BUCKET));
}

#[test]
fn whose_token_gets_in_is_found() {
    let find = |policy: &Policy| reach_of_trust_policy("arn:aws:iam::111111111111:role/target", policy, &directory());
    let asked = Asked {
        actions: &["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        resource: "",
    };
    hold("tokens", federated_document(), federated_request(), (find, asked));
}

proptest! {
    #![proptest_config(config(120))]

    /// Under a resource control policy: as the evaluator reads both, each in its version.
    #[test]
    fn what_a_guardrail_leaves_is_found(document in document(), guardrail in guardrail(), requests in seeded(prop_oneof![any_request(), service_request()], 40)) {
        let (policy, above) = (Policy::parse(&document).unwrap(), Policy::parse(&guardrail).unwrap());
        let bound = under_resource_control(&policy, Some(BUCKET), [&above]);
        let findings = reach(&bound);
        let set = PolicySet { resource_control: vec![vec![NamedPolicy { name: "guardrail", policy: &above }]], ..PolicySet::default() };
        let passes = |request: &Request| !matches!(evaluate(request, &set), Decision::ExplicitDeny { .. });
        let tally = Tally::default();
        for request in aimed_at(&policy, requests, OF_BUCKET) {
            let request = request.with("aws:ResourceOrgID", "o-ours1234567");
            let by_both = resource_policy_allows(&policy, &request) && passes(&request);
            prop_assert_eq!(by_both, resource_policy_allows(&bound, &request), "{} by {} under {}", request, document, guardrail);
            if by_both {
                each_is_found(&findings, &bound, &format!("{document} under {guardrail}"), std::slice::from_ref(&request), &tally)?;
            }
        }
        for witness in findings.iter().filter_map(|finding| finding.witness.as_ref()) {
            prop_assert!(resource_policy_allows(&policy, witness) && passes(witness), "{} by {} under {}", witness, document, guardrail);
        }
    }
}

/// One statement by itself: where the search finds strangers, what rules read says "public". The search may know better that a
/// resource, an action or several conditions together rule them out, but not often.
#[test]
fn normalised_statements_agree_with_the_search() {
    let (public, alone) = (Cell::new(0), Cell::new(0));
    let checked = TestRunner::new(config(400)).run(&statement(), |statement| {
        let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        let policy = Policy::parse(&document).unwrap();
        let by_search = reach(&policy)
            .iter()
            .any(|finding| finding.class.is_public() && finding.witness.is_some());
        let by_form = normalise(&policy, &directory())
            .iter()
            .any(|statement| statement.public);
        let may_be = policy
            .statements
            .iter()
            .any(|one| one.effect == Effect::Allow && names_anybody(one));
        prop_assert!(by_form || !by_search, "the search finds strangers: {statement}");
        prop_assert!(may_be || !by_form, "nobody unnamed is allowed anything: {statement}");
        Tally::add(&public, usize::from(by_form));
        Tally::add(&alone, usize::from(by_form && !by_search));
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    let (public, alone) = (public.get(), alone.get());
    println!("{public} public by their form, {alone} of them not by the search");
    assert!(public > 50 && alone * 3 <= public, "{alone} of {public}");
}
