//! The analyses against the reference evaluator, on random policies biased to be interesting.
//!
//! Budgets are fixed, so that the ordinary run is short. For a longer run set proptest's own `PROPTEST_CASES` to a multiple
//! of 256: the budgets grow by the same factor.

use proptest::prelude::*;
use security_monkey_iam::Policy;
use security_monkey_iam::actions::{ActionInfo, expand, list, minimise};
use security_monkey_iam::diff::{Direction, allows, diff};
use security_monkey_iam::evaluate::{Caller, Request, resource_policy_allows};
use security_monkey_iam::reach::{Accepts, Reach, ReachContext, normalise, reach_of_resource_policy};

use crate::reach::directory;

const BUCKET: &str = "arn:aws:s3:::records";
const STRANGER: &str = "987654321098";

fn pick(choices: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(choices).prop_map(str::to_owned)
}

fn json_list(items: &[String]) -> String {
    format!(
        "[{}]",
        items
            .iter()
            .map(|item| format!("{item:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

fn list_of(choices: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(pick(choices), 1..=most).prop_map(|items| json_list(&items))
}

fn principal() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => Just(r#""Principal": "*""#.to_owned()),
        2 => Just(r#""Principal": {"AWS": "*"}"#.to_owned()),
        3 => list_of(&["111111111111", "222222222222", "arn:aws:iam::333333333333:root", "arn:aws:iam::444444444444:role/app", "arn:aws:iam::222222222222:user/bob", "arn:aws:iam::*:role/app"], 2)
            .prop_map(|list| format!(r#""Principal": {{"AWS": {list}}}"#)),
        1 => Just(r#""Principal": {"Service": "sns.amazonaws.com"}"#.to_owned()),
        1 => list_of(&["arn:aws:iam::222222222222:user/bob", "arn:aws:iam::222222222222:root", "333333333333"], 2).prop_map(|list| format!(r#""NotPrincipal": {{"AWS": {list}}}"#)),
    ]
}

fn condition() -> impl Strategy<Value = (String, String)> {
    let string_operator = pick(&[
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIfExists",
        "StringNotEqualsIfExists",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotLike",
    ]);
    let arn_operator = pick(&[
        "ArnLike",
        "ArnEquals",
        "ArnNotLike",
        "StringLike",
        "StringNotLike",
        "ArnLikeIfExists",
    ]);
    let entry = |operator: String, key: &str, list: String| (operator, format!(r#""{key}": {list}"#));
    prop_oneof![
        4 => (pick(&["IpAddress", "NotIpAddress", "IpAddressIfExists", "NotIpAddressIfExists"]), list_of(&["203.0.113.0/24", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "10.0.0.0/8", "::/0", "198.51.100.7", "64.0.0.0/2"], 3))
            .prop_map(move |(operator, list)| entry(operator, "aws:SourceIp", list)),
        2 => (string_operator.clone(), pick(&["aws:SourceVpc", "aws:SourceVpce"]), list_of(&["vpc-ours", "vpce-ours", "vpc-*", "*"], 2)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        3 => (string_operator.clone(), list_of(&["o-ours1234567", "o-theirs12345", "o-*"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:PrincipalOrgID", list)),
        3 => (string_operator.clone(), pick(&["aws:PrincipalAccount", "kms:CallerAccount"]), list_of(&["111111111111", "222222222222", "444444444444", "*", "9*"], 2)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        2 => (arn_operator.clone(), list_of(&["arn:aws:iam::222222222222:role/*", "arn:aws:iam::*:role/app", "arn:aws:iam::*:user/*", "*"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:PrincipalArn", list)),
        2 => (arn_operator, list_of(&["arn:aws:sns:us-east-1:111111111111:t", "arn:aws:sns:*:*:*", "arn:aws:s3:::ours", "arn:aws:sns:*:444444444444:*"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:SourceArn", list)),
        2 => (string_operator.clone(), list_of(&["111111111111", "444444444444"], 2)).prop_map(move |(operator, list)| entry(operator, "aws:SourceAccount", list)),
        2 => (pick(&["Bool", "BoolIfExists"]), pick(&["aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:PrincipalIsAWSService"]), list_of(&["true", "false"], 1)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        2 => (pick(&["aws:SourceVpc", "aws:PrincipalOrgID", "aws:SourceIp", "aws:SourceArn", "aws:PrincipalAccount", "aws:username", "s3:prefix"]), list_of(&["true", "false"], 1)).prop_map(move |(key, list)| entry("Null".to_owned(), &key, list)),
        2 => (string_operator, pick(&["aws:UserAgent", "aws:Referer", "s3:prefix", "aws:username", "aws:PrincipalType"]), list_of(&["secret", "home/*", "bob", "User", "Anonymous"], 2)).prop_map(move |(operator, key, list)| entry(operator, &key, list)),
        1 => (pick(&["NumericLessThan", "NumericGreaterThanEquals", "NumericEquals"]), list_of(&["10", "100"], 1)).prop_map(move |(operator, list)| entry(operator, "s3:max-keys", list)),
    ]
}

fn statement() -> impl Strategy<Value = String> {
    let effect = prop_oneof![3 => Just("Allow"), 2 => Just("Deny")];
    let action = prop_oneof![
        4 => list_of(&["s3:GetObject", "s3:*", "s3:Get*", "s3:Put*", "*", "s3:ListBucket"], 2).prop_map(|list| format!(r#""Action": {list}"#)),
        1 => list_of(&["s3:GetObject", "s3:Put*", "iam:*"], 2).prop_map(|list| format!(r#""NotAction": {list}"#)),
    ];
    let resource = prop_oneof![
        4 => list_of(&["arn:aws:s3:::records", "arn:aws:s3:::records/*", "*", "arn:aws:s3:::records/public/*", "arn:aws:s3:::other/*"], 2).prop_map(|list| format!(r#""Resource": {list}"#)),
        1 => list_of(&["arn:aws:s3:::records/public/*", "arn:aws:s3:::records"], 2).prop_map(|list| format!(r#""NotResource": {list}"#)),
    ];
    (
        effect,
        principal(),
        action,
        resource,
        prop::collection::vec(condition(), 0..3),
    )
        .prop_map(|(effect, principal, action, resource, conditions)| {
            let mut blocks: Vec<(String, Vec<String>)> = Vec::new();
            for (operator, entry) in conditions {
                match blocks.iter_mut().find(|(known, _)| *known == operator) {
                    Some((_, entries)) => entries.push(entry),
                    None => blocks.push((operator, vec![entry])),
                }
            }
            let blocks: Vec<String> = blocks
                .into_iter()
                .map(|(operator, entries)| format!(r#""{operator}": {{{}}}"#, entries.join(", ")))
                .collect();
            format!(
                r#"{{"Effect": "{effect}", {principal}, {action}, {resource}, "Condition": {{{}}}}}"#,
                blocks.join(", ")
            )
        })
}

fn document() -> impl Strategy<Value = String> {
    prop::collection::vec(statement(), 1..4).prop_map(|statements| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(", ")
        )
    })
}

fn maybe(choices: &'static [&'static str]) -> impl Strategy<Value = Option<String>> {
    prop::option::of(pick(choices))
}

/// Through a VPC's endpoint a request has both keys. Source: "AWS global condition context keys", availability of `aws:SourceVpc` and
/// `aws:SourceVpce`.
fn set_place(request: &mut Request, (key, value): (&str, String)) {
    if key == "aws:SourceVpc" {
        request.context.set("aws:SourceVpce", "vpce-evil");
    }
    request.context.set(key, value);
}

/// A request of somebody nobody means: own account or none, public addresses no policy above singles out, own VPC.
fn stranger_request() -> impl Strategy<Value = Request> {
    let caller = prop_oneof![
        Just(Caller::Anonymous),
        pick(&["app", "other"]).prop_map(|name| Caller::RoleSession {
            role_arn: format!("arn:aws:iam::{STRANGER}:role/{name}"),
            session: "s".to_owned()
        }),
        pick(&["bob", "secret", "eve"]).prop_map(|name| Caller::User {
            arn: format!("arn:aws:iam::{STRANGER}:user/{name}")
        }),
    ];
    let place = prop_oneof![
        pick(&["5.5.5.5", "70.1.1.1", "150.1.1.1", "2600:1f18::9", "203.0.114.1"])
            .prop_map(|address| ("aws:SourceIp", address)),
        Just(("aws:SourceVpc", "vpc-evil".to_owned())),
    ];
    let rest = (
        maybe(&["true", "false"]),
        maybe(&["true", "false"]),
        maybe(&["secret", "other"]),
        maybe(&["secret", "home/x", "home/", "bob"]),
        maybe(&["5", "10", "50", "100"]),
        maybe(&["o-evil1234567"]),
    );
    (caller, place, what(), rest).prop_map(
        |(caller, place, (action, resource), (secure, mfa, agent, prefix, keys, organisation))| {
            let mut request = Request::new(caller, action, resource).owned_by("111111111111");
            let is_signed = request.caller.account().is_some();
            set_place(&mut request, place);
            request
                .context
                .set("aws:SecureTransport", secure.unwrap_or_else(|| "true".to_owned()));
            let values = [
                ("aws:UserAgent", agent),
                ("s3:prefix", prefix),
                ("s3:max-keys", keys),
                ("aws:MultiFactorAuthPresent", mfa.filter(|_| is_signed)),
                ("aws:PrincipalOrgID", organisation.filter(|_| is_signed)),
            ];
            for (key, value) in values {
                if let Some(value) = value {
                    request.context.set(key, value);
                }
            }
            request
        },
    )
}

fn what() -> impl Strategy<Value = (String, String)> {
    (
        pick(&[
            "s3:GetObject",
            "s3:PutObject",
            "s3:ListBucket",
            "s3:GetBucketPolicy",
            "s3:DeleteObject",
        ]),
        pick(&[
            "arn:aws:s3:::records",
            "arn:aws:s3:::records/x",
            "arn:aws:s3:::records/public/y",
        ]),
    )
}

/// A request of an account the directory knows or the policies name.
fn named_request() -> impl Strategy<Value = Request> {
    let caller = (
        pick(&["111111111111", "222222222222", "333333333333", "444444444444"]),
        pick(&["role/app", "user/bob", "root"]),
    )
        .prop_map(|(account, name)| match name.as_str() {
            "root" => Caller::Root { account },
            "user/bob" => Caller::User {
                arn: format!("arn:aws:iam::{account}:user/bob"),
            },
            _ => Caller::RoleSession {
                role_arn: format!("arn:aws:iam::{account}:role/app"),
                session: "s".to_owned(),
            },
        });
    let place = prop_oneof![
        pick(&["5.5.5.5", "203.0.113.9", "198.51.100.7", "10.1.1.1", "70.1.1.1"])
            .prop_map(|address| ("aws:SourceIp", address)),
        pick(&["vpc-ours", "vpc-evil"]).prop_map(|id| ("aws:SourceVpc", id)),
    ];
    (
        caller,
        place,
        what(),
        maybe(&["o-theirs12345", "o-ours1234567"]),
        maybe(&["true", "false"]),
    )
        .prop_map(|(caller, place, (action, resource), organisation, mfa)| {
            let mut request = Request::new(caller, action, resource)
                .owned_by("111111111111")
                .with("aws:SecureTransport", "true");
            set_place(&mut request, place);
            if let Some(organisation) = organisation {
                request.context.set("aws:PrincipalOrgID", organisation);
            }
            if let Some(mfa) = mfa {
                request.context.set("aws:MultiFactorAuthPresent", mfa);
            }
            request
        })
}

pub(crate) fn config(cases: u32) -> ProptestConfig {
    let longer = ProptestConfig::default().cases / 256;
    ProptestConfig {
        cases: cases * longer.max(1),
        failure_persistence: None,
        max_shrink_iters: 5_000,
        ..ProptestConfig::default()
    }
}

fn reach(policy: &Policy) -> Vec<security_monkey_iam::ReachFinding> {
    reach_of_resource_policy(
        policy,
        &directory(),
        ReachContext {
            resource: Some(BUCKET),
            accepts: Accepts::Anonymous,
        },
    )
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn every_witness_is_allowed(document in document()) {
        let policy = Policy::parse(&document).unwrap();
        for finding in reach(&policy) {
            if let Some(witness) = &finding.witness {
                prop_assert!(resource_policy_allows(&policy, witness), "{} by {}", witness, document);
            }
        }
    }

    #[test]
    fn where_strangers_are_excluded_none_gets_in(document in document(), requests in prop::collection::vec(stranger_request(), 60)) {
        let policy = Policy::parse(&document).unwrap();
        let farthest = reach(&policy).iter().map(|finding| finding.class).max();
        for request in requests {
            if resource_policy_allows(&policy, &request) {
                let least = if request.caller == Caller::Anonymous { Reach::Internet } else { Reach::AnyAwsAccount };
                prop_assert!(farthest.is_some_and(|class| class >= least), "{} gets in, but the farthest is {:?}: {}", request, farthest, document);
            }
        }
    }

    #[test]
    fn whoever_gets_in_is_found(document in document(), requests in prop::collection::vec(named_request(), 60)) {
        let policy = Policy::parse(&document).unwrap();
        let farthest = reach(&policy).iter().map(|finding| finding.class).max();
        for request in requests {
            if resource_policy_allows(&policy, &request) {
                let is_ours = request.context.get("aws:PrincipalOrgID").is_some_and(|values| values[0] == "o-ours1234567");
                let least = match request.caller.account() {
                    Some("111111111111") => Reach::SameAccount,
                    Some("222222222222") => Reach::FriendlyAccount,
                    _ if is_ours => Reach::Organisation,
                    Some("333333333333") => Reach::ThirdPartyAccount,
                    _ => Reach::UnknownAccount,
                };
                // Our own account inside a circle drawn by organisation or source is within that circle.
                prop_assert!(farthest.is_some_and(|class| class >= least), "{} gets in, but the farthest is {:?}: {}", request, farthest, document);
            }
        }
    }

    /// One statement by itself: what rules read says "public" where the search finds strangers, and only there. The search may
    /// know better that a resource or an action rules them out.
    #[test]
    fn normalised_statements_do_not_miss_strangers(statement in statement()) {
        let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)).unwrap();
        let by_search = reach(&policy).iter().any(|finding| finding.class.is_public() && finding.witness.is_some());
        let by_form = normalise(&policy, &directory()).iter().any(|statement| statement.public);
        prop_assert!(by_form || !by_search, "the search finds strangers: {statement}");
    }
}

fn any_request() -> impl Strategy<Value = Request> {
    prop_oneof![stranger_request(), named_request()]
}

proptest! {
    #![proptest_config(config(120))]

    /// What diff calls gained is allowed after and not before, what it calls lost the other way round; and where it calls a change
    /// neutral, or names nothing gained, no request says otherwise.
    #[test]
    fn gains_and_losses_are_real_and_complete(old in document(), new in document(), is_same in any::<bool>(), requests in prop::collection::vec(any_request(), 60)) {
        let (old, new) = (Policy::parse(&old).unwrap(), Policy::parse(if is_same { &old } else { &new }).unwrap());
        let found = diff(&old, &new);
        for delta in &found.gained {
            prop_assert!(allows(&new, &delta.witness) && !allows(&old, &delta.witness), "{}", delta.witness);
        }
        for delta in &found.lost {
            prop_assert!(allows(&old, &delta.witness) && !allows(&new, &delta.witness), "{}", delta.witness);
        }
        prop_assert!(!is_same || found.direction == Direction::Neutral);
        for request in requests {
            let (before, after) = (allows(&old, &request), allows(&new, &request));
            if before != after {
                prop_assert!(found.direction != Direction::Neutral, "{} tells them apart", request);
            }
        }
    }

    #[test]
    fn minimised_actions_expand_to_the_same(picks in prop::collection::vec(0usize..20_000, 1..40), shortest in 0usize..6) {
        let all: Vec<String> = list().all().map(ActionInfo::full_name).collect();
        let mut wanted: Vec<String> = picks.into_iter().filter_map(|position| all.get(position).cloned()).collect();
        wanted.sort();
        wanted.dedup();
        let minimised = minimise(wanted.iter().map(String::as_str), shortest);
        prop_assert_eq!(expand(minimised.patterns.iter().map(String::as_str)).actions, wanted);
    }
}
