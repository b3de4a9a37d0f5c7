//! Cases from AWS's documentation and of each rule of the evaluation logic.

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::{
    Caller, Decision, Layer, NamedPolicy, PolicySet, Request, ResourceKind, evaluate, resource_policy_allows,
};

const ALICE: &str = "arn:aws:iam::111111111111:user/alice";
const ROLE: &str = "arn:aws:iam::111111111111:role/app";

pub(crate) fn policy(document: &str) -> Policy {
    Policy::parse(document).unwrap_or_else(|error| panic!("{error}"))
}

fn named(policy: &Policy) -> NamedPolicy<'_> {
    NamedPolicy { name: "test", policy }
}

fn alice() -> Caller {
    Caller::User { arn: ALICE.to_owned() }
}

fn session() -> Caller {
    Caller::RoleSession {
        role_arn: ROLE.to_owned(),
        session: "s1".to_owned(),
    }
}

fn get_object(caller: Caller) -> Request {
    Request::new(caller, "s3:GetObject", "arn:aws:s3:::records/2026").owned_by("111111111111")
}

const ALLOW_ALL: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const ALLOW_EC2: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}"#;
const DENY_ALL: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Sid": "no", "Effect": "Deny", "Action": "*", "Resource": "*"}}"#;

fn bucket_policy(principal: &str) -> Policy {
    policy(&format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"}}}}"#
    ))
}

fn missing(decision: &Decision) -> Option<Layer> {
    if let Decision::ImplicitDeny { missing } = decision {
        Some(*missing)
    } else {
        None
    }
}

#[test]
fn within_one_account_identity_or_resource_policy_may_allow() {
    // Policy evaluation logic, "Evaluating identity-based policies with resource-based policies".
    let (all, ec2, to_alice) = (
        policy(ALLOW_ALL),
        policy(ALLOW_EC2),
        bucket_policy(&format!(r#"{{"AWS": "{ALICE}"}}"#)),
    );
    let request = get_object(alice());
    let by_identity = PolicySet {
        identity: vec![named(&all)],
        ..PolicySet::default()
    };
    assert!(evaluate(&request, &by_identity).is_allowed());
    let by_resource = PolicySet {
        identity: vec![named(&ec2)],
        resource: Some(named(&to_alice)),
        ..PolicySet::default()
    };
    assert!(evaluate(&request, &by_resource).is_allowed());
    let by_none = PolicySet {
        identity: vec![named(&ec2)],
        ..PolicySet::default()
    };
    assert_eq!(missing(&evaluate(&request, &by_none)), Some(Layer::Identity));
}

#[test]
fn a_resource_policy_that_names_the_account_delegates_to_it() {
    let (all, ec2, to_account) = (
        policy(ALLOW_ALL),
        policy(ALLOW_EC2),
        bucket_policy(r#"{"AWS": "arn:aws:iam::111111111111:root"}"#),
    );
    let with = |identity| PolicySet {
        identity: vec![named(identity)],
        resource: Some(named(&to_account)),
        ..PolicySet::default()
    };
    assert!(evaluate(&get_object(alice()), &with(&all)).is_allowed());
    assert_eq!(
        missing(&evaluate(&get_object(alice()), &with(&ec2))),
        Some(Layer::Identity)
    );
}

#[test]
fn an_explicit_deny_anywhere_wins() {
    let (all, none) = (policy(ALLOW_ALL), policy(DENY_ALL));
    let base = || PolicySet {
        identity: vec![named(&all)],
        ..PolicySet::default()
    };
    let denied_by = |set: &PolicySet<'_>| match evaluate(&get_object(session()), set) {
        Decision::ExplicitDeny { by } => Some((by.layer, by.sid)),
        _ => None,
    };
    let expected = |layer| Some((layer, Some("no".to_owned())));
    assert_eq!(
        denied_by(&PolicySet {
            identity: vec![named(&all), named(&none)],
            ..base()
        }),
        expected(Layer::Identity)
    );
    assert_eq!(
        denied_by(&PolicySet {
            boundary: Some(named(&none)),
            ..base()
        }),
        expected(Layer::Boundary)
    );
    assert_eq!(
        denied_by(&PolicySet {
            session: Some(vec![named(&none)]),
            ..base()
        }),
        expected(Layer::Session)
    );
    assert_eq!(
        denied_by(&PolicySet {
            service_control: vec![vec![named(&all)], vec![named(&all), named(&none)]],
            ..base()
        }),
        expected(Layer::ServiceControl)
    );
}

#[test]
fn every_bounding_layer_must_allow() {
    let (all, ec2) = (policy(ALLOW_ALL), policy(ALLOW_EC2));
    let base = || PolicySet {
        identity: vec![named(&all)],
        ..PolicySet::default()
    };
    let request = get_object(session());
    assert_eq!(
        missing(&evaluate(
            &request,
            &PolicySet {
                boundary: Some(named(&ec2)),
                ..base()
            }
        )),
        Some(Layer::Boundary)
    );
    assert_eq!(
        missing(&evaluate(
            &request,
            &PolicySet {
                session: Some(vec![named(&ec2)]),
                ..base()
            }
        )),
        Some(Layer::Session)
    );
    assert_eq!(
        missing(&evaluate(
            &request,
            &PolicySet {
                session: Some(vec![]),
                ..base()
            }
        )),
        Some(Layer::Session)
    );
    // SCP evaluation: every level must allow; one allowing policy at a level is enough.
    let one_level = PolicySet {
        service_control: vec![vec![named(&ec2), named(&all)]],
        ..base()
    };
    assert!(evaluate(&request, &one_level).is_allowed());
    let two_levels = PolicySet {
        service_control: vec![vec![named(&all)], vec![named(&ec2)]],
        ..base()
    };
    assert_eq!(missing(&evaluate(&request, &two_levels)), Some(Layer::ServiceControl));
}

/// Every real policy of this kind only denies, and was said to allow nothing.
#[test]
fn resource_control_policies_take_away_and_need_not_allow() {
    // Organizations User Guide, "RCP evaluation": RCPFullAWSAccess stands at every level and cannot be detached.
    let all = policy(ALLOW_ALL);
    let perimeter = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours1234567"}}}}"#,
    );
    let set = PolicySet {
        identity: vec![named(&all)],
        resource_control: vec![vec![named(&perimeter)]],
        ..PolicySet::default()
    };
    let ours = get_object(alice()).with("aws:PrincipalOrgID", "o-ours1234567");
    assert!(evaluate(&ours, &set).is_allowed());
    assert!(matches!(
        evaluate(&get_object(alice()), &set),
        Decision::ExplicitDeny { by } if by.layer == Layer::ResourceControl
    ));
}

#[test]
fn boundaries_and_resource_policies_within_one_account() {
    // Permissions boundaries, "Resource-based policies": a user's ARN and a session's ARN are not limited by an implicit
    // deny of the boundary, a role's ARN is.
    let ec2 = policy(ALLOW_EC2);
    let decide = |caller: Caller, principal: &str| {
        let resource = bucket_policy(principal);
        let set = PolicySet {
            identity: vec![named(&ec2)],
            boundary: Some(named(&ec2)),
            resource: Some(named(&resource)),
            ..PolicySet::default()
        };
        evaluate(&get_object(caller), &set)
    };
    assert!(decide(alice(), &format!(r#"{{"AWS": "{ALICE}"}}"#)).is_allowed());
    assert!(decide(session(), r#"{"AWS": "arn:aws:sts::111111111111:assumed-role/app/s1"}"#).is_allowed());
    assert_eq!(
        missing(&decide(session(), &format!(r#"{{"AWS": "{ROLE}"}}"#))),
        Some(Layer::Boundary)
    );
    // Without a boundary the role's ARN needs no identity policy.
    let resource = bucket_policy(&format!(r#"{{"AWS": "{ROLE}"}}"#));
    let set = PolicySet {
        identity: vec![named(&ec2)],
        resource: Some(named(&resource)),
        ..PolicySet::default()
    };
    assert!(evaluate(&get_object(session()), &set).is_allowed());
}

#[test]
fn across_accounts_both_sides_must_allow() {
    // "Cross-account policy evaluation logic".
    let (all, ec2) = (policy(ALLOW_ALL), policy(ALLOW_EC2));
    let request = Request {
        resource_account: Some("222222222222".to_owned()),
        ..get_object(alice())
    };
    let (to_alice, to_account) = (
        bucket_policy(&format!(r#"{{"AWS": "{ALICE}"}}"#)),
        bucket_policy(r#"{"AWS": "111111111111"}"#),
    );
    for resource in [&to_alice, &to_account] {
        let set = |identity| PolicySet {
            identity: vec![named(identity)],
            resource: Some(named(resource)),
            ..PolicySet::default()
        };
        assert!(evaluate(&request, &set(&all)).is_allowed());
        assert_eq!(missing(&evaluate(&request, &set(&ec2))), Some(Layer::Identity));
    }
    let set = PolicySet {
        identity: vec![named(&all)],
        ..PolicySet::default()
    };
    assert_eq!(missing(&evaluate(&request, &set)), Some(Layer::Resource));
    let other = bucket_policy(r#"{"AWS": "333333333333"}"#);
    let set = PolicySet {
        identity: vec![named(&all)],
        resource: Some(named(&other)),
        ..PolicySet::default()
    };
    assert_eq!(missing(&evaluate(&request, &set)), Some(Layer::Resource));
}

#[test]
fn policies_of_the_organisation_do_not_bind_service_linked_roles() {
    // Organizations User Guide, "Service control policies (SCPs)" and "Resource control policies (RCPs)"; KMS Developer Guide,
    // "Resource control policies in AWS KMS": kms:RetireGrant is not effective in an RCP.
    let (all, none) = (policy(ALLOW_ALL), policy(DENY_ALL));
    let none_of_ours = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#,
    );
    let linked = || Caller::RoleSession {
        role_arn:
            "arn:aws:iam::111111111111:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
                .to_owned(),
        session: "s".to_owned(),
    };
    let by_account = PolicySet {
        identity: vec![named(&all)],
        service_control: vec![vec![named(&none)]],
        ..PolicySet::default()
    };
    let by_owner = PolicySet {
        identity: vec![named(&all)],
        resource_control: vec![vec![named(&none_of_ours)]],
        ..PolicySet::default()
    };
    for set in [&by_account, &by_owner] {
        assert!(evaluate(&get_object(linked()), set).is_allowed());
        assert!(!evaluate(&get_object(session()), set).is_allowed());
    }
    let retire = |caller| {
        Request::new(caller, "kms:RetireGrant", "arn:aws:kms:us-east-1:111111111111:key/1").owned_by("111111111111")
    };
    assert!(evaluate(&retire(session()), &by_owner).is_allowed());
    assert!(!evaluate(&retire(session()), &by_account).is_allowed());
}

#[test]
fn federated_users_are_named_by_their_session() {
    // AWS JSON policy elements: Principal, "AWS STS federated user principals"; "Permissions boundaries for IAM entities".
    let arn = "arn:aws:sts::111111111111:federated-user/sam";
    let sam = || Caller::FederatedUser {
        arn: arn.to_owned(),
        user: None,
    };
    let ec2 = policy(ALLOW_EC2);
    let decide = |principal: &str| {
        let resource = bucket_policy(principal);
        let set = PolicySet {
            session: Some(vec![named(&ec2)]),
            resource: Some(named(&resource)),
            ..PolicySet::default()
        };
        evaluate(&get_object(sam()), &set)
    };
    assert!(decide(&format!(r#"{{"AWS": "{arn}"}}"#)).is_allowed());
    assert_eq!(missing(&decide(r#""*""#)), Some(Layer::Session));
    assert_eq!(missing(&decide(r#"{"AWS": "111111111111"}"#)), Some(Layer::Identity));
    assert!(!decide(&format!(r#"{{"AWS": "{ALICE}"}}"#)).is_allowed());
    assert_eq!(
        get_object(sam()).values("aws:PrincipalType").unwrap()[0],
        "FederatedUser"
    );
    assert_eq!(get_object(sam()).values("aws:PrincipalArn").unwrap()[0], arn);
}

#[test]
fn roles_and_keys_need_their_own_policy() {
    // Policy evaluation logic: trust policies and key policies are exceptions; KMS Developer Guide, "Default key policy".
    let all = policy(ALLOW_ALL);
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let request = Request::new(alice(), "kms:Decrypt", key).owned_by("111111111111");
    let required = || PolicySet {
        identity: vec![named(&all)],
        resource_kind: ResourceKind::PolicyRequired,
        ..PolicySet::default()
    };
    assert_eq!(missing(&evaluate(&request, &required())), Some(Layer::Resource));
    let delegating = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"}}"#,
    );
    let set = PolicySet {
        resource: Some(named(&delegating)),
        ..required()
    };
    assert!(evaluate(&request, &set).is_allowed());
    let set = PolicySet {
        identity: vec![],
        ..set
    };
    assert_eq!(missing(&evaluate(&request, &set)), Some(Layer::Identity));
    let direct = policy(&format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{ALICE}"}}, "Action": "kms:Decrypt", "Resource": "*"}}}}"#
    ));
    let set = PolicySet {
        identity: vec![],
        resource: Some(named(&direct)),
        ..required()
    };
    assert!(evaluate(&request, &set).is_allowed());
}

#[test]
fn strangers_services_and_tokens_stand_on_the_resource_policy_alone() {
    let to_all = bucket_policy(r#""*""#);
    let to_logs = bucket_policy(r#"{"Service": "logging.s3.amazonaws.com"}"#);
    let service = Caller::Service {
        name: "logging.s3.amazonaws.com".to_owned(),
    };
    let with = |resource| PolicySet {
        resource: Some(named(resource)),
        ..PolicySet::default()
    };
    assert!(evaluate(&get_object(Caller::Anonymous), &with(&to_all)).is_allowed());
    assert!(evaluate(&get_object(service.clone()), &with(&to_logs)).is_allowed());
    assert_eq!(
        missing(&evaluate(&get_object(Caller::Anonymous), &with(&to_logs))),
        Some(Layer::Resource)
    );
    let other = Caller::Service {
        name: "sns.amazonaws.com".to_owned(),
    };
    assert!(!evaluate(&get_object(other), &with(&to_logs)).is_allowed());
}

#[test]
fn not_principal() {
    // AWS JSON policy elements: NotPrincipal.
    let deny_all_but = policy(
        r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"},
        {"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:root"]}, "Action": "s3:*", "Resource": "*"}]}"#,
    );
    assert!(resource_policy_allows(&deny_all_but, &get_object(alice())));
    let bob = Caller::User {
        arn: "arn:aws:iam::111111111111:user/bob".to_owned(),
    };
    assert!(!resource_policy_allows(&deny_all_but, &get_object(bob)));
    assert!(resource_policy_allows(
        &deny_all_but,
        &get_object(Caller::Root {
            account: "111111111111".to_owned()
        })
    ));
    assert!(!resource_policy_allows(&deny_all_but, &get_object(Caller::Anonymous)));
    let allow_all_but = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111111111111:user/alice"}, "Action": "s3:GetObject", "Resource": "*"}}"#,
    );
    assert!(resource_policy_allows(&allow_all_but, &get_object(Caller::Anonymous)));
    assert!(!resource_policy_allows(&allow_all_but, &get_object(alice())));
}

#[test]
fn variables() {
    // IAM policy elements: Variables and tags.
    let home = |version: &str| {
        policy(&format!(
            r#"{{"Version": "{version}", "Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${{aws:username}}/*"}}}}"#
        ))
    };
    let request = |resource: &str| Request::new(alice(), "s3:GetObject", resource);
    let allowed = |policy: &Policy, request: &Request| {
        evaluate(
            request,
            &PolicySet {
                identity: vec![named(policy)],
                ..PolicySet::default()
            },
        )
        .is_allowed()
    };
    assert!(allowed(&home("2012-10-17"), &request("arn:aws:s3:::home/alice/x")));
    assert!(!allowed(&home("2012-10-17"), &request("arn:aws:s3:::home/bob/x")));
    // In the old version it is text.
    assert!(!allowed(&home("2008-10-17"), &request("arn:aws:s3:::home/alice/x")));
    assert!(allowed(
        &home("2008-10-17"),
        &request("arn:aws:s3:::home/${aws:username}/x")
    ));
    // No value and no default: no match. A role's session has no user name.
    assert!(!allowed(
        &home("2012-10-17"),
        &Request::new(session(), "s3:GetObject", "arn:aws:s3:::home//x")
    ));
    let team = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::team-${aws:PrincipalTag/team, 'company-wide'}/*"}}"#,
    );
    assert!(allowed(&team, &request("arn:aws:s3:::team-company-wide/x")));
    assert!(allowed(
        &team,
        &request("arn:aws:s3:::team-red/x").with("aws:PrincipalTag/team", "red")
    ));
    assert!(!allowed(
        &team,
        &request("arn:aws:s3:::team-company-wide/x").with("aws:PrincipalTag/team", "red")
    ));
    // What a variable stands for is no pattern.
    assert!(!allowed(
        &team,
        &request("arn:aws:s3:::team-red/x").with("aws:PrincipalTag/team", "*")
    ));
}

#[test]
fn actions_compare_without_case_and_resources_with_case() {
    let document = policy(
        r#"{"Statement": [{"Effect": "Allow", "Action": "S3:get*", "Resource": "arn:aws:s3:::Records/*"}, {"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "NotResource": "arn:aws:sqs:*"}]}"#,
    );
    let allowed = |action: &str, resource: &str| {
        evaluate(
            &Request::new(alice(), action, resource),
            &PolicySet {
                identity: vec![named(&document)],
                ..PolicySet::default()
            },
        )
        .is_allowed()
    };
    assert!(allowed("s3:GetObject", "arn:aws:s3:::Records/x"));
    assert!(!allowed("s3:GetObject", "arn:aws:s3:::records/x"));
    assert!(allowed("sns:Publish", "arn:aws:sns:us-east-1:1:t"));
    assert!(!allowed("iam:GetUser", "*"));
    assert!(!allowed("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:q"));
}

#[test]
fn answers_name_the_deciding_statement() {
    let document = policy(
        r#"{"Statement": [{"Sid": "Other", "Effect": "Allow", "Action": "ec2:*", "Resource": "*"}, {"Sid": "Read", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#,
    );
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "reader",
            policy: &document,
        }],
        ..PolicySet::default()
    };
    let decision = evaluate(&get_object(alice()), &set);
    assert_eq!(
        decision.to_string(),
        r#"allowed by statement "Read" of identity policy reader"#
    );
    let decision = evaluate(&Request::new(alice(), "sqs:SendMessage", "*"), &set);
    assert_eq!(decision.to_string(), "not allowed: no identity policy allows it");
}

#[test]
fn a_statement_that_names_the_caller_more_directly_decides_wherever_it_stands() {
    // "Permissions boundaries for IAM entities": a user's ARN is not limited by an implicit deny; its account's is. The most direct
    // of several Allow statements counts, the first of equals is named.
    let order = |first: &str, second: &str| {
        policy(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Sid": "First", "Effect": "Allow", "Principal": {{"AWS": "{first}"}}, "Action": "s3:*", "Resource": "*"}}, {{"Sid": "Second", "Effect": "Allow", "Principal": {{"AWS": "{second}"}}, "Action": "s3:*", "Resource": "*"}}]}}"#
        ))
    };
    let decide = |resource: &Policy| {
        let set = PolicySet {
            resource: Some(named(resource)),
            ..PolicySet::default()
        };
        match evaluate(&get_object(alice()), &set) {
            Decision::Allowed { by } => by[0].sid.clone(),
            _ => None,
        }
    };
    assert_eq!(decide(&order("111111111111", ALICE)).as_deref(), Some("Second"));
    assert_eq!(decide(&order(ALICE, "111111111111")).as_deref(), Some("First"));
    assert_eq!(decide(&order(ALICE, ALICE)).as_deref(), Some("First"));
    assert_eq!(decide(&order("111111111111", "111111111111")), None);
}

#[test]
fn an_allowed_request_names_each_statement_once() {
    // A role named by the resource's policy, bounded: the resource's statement stands in for the identity's, then the boundary's.
    let all = policy(ALLOW_ALL);
    let resource = bucket_policy(&format!(r#"{{"AWS": "{ROLE}"}}"#));
    let layers = |set: &PolicySet<'_>| match evaluate(&get_object(session()), set) {
        Decision::Allowed { by } => by.iter().map(|statement| statement.layer).collect::<Vec<_>>(),
        other => panic!("{other}"),
    };
    let bounded = PolicySet {
        boundary: Some(named(&all)),
        resource: Some(named(&resource)),
        ..PolicySet::default()
    };
    assert_eq!(layers(&bounded), [Layer::Resource, Layer::Boundary]);
    let required = PolicySet {
        resource_kind: ResourceKind::PolicyRequired,
        ..bounded.clone()
    };
    assert_eq!(layers(&required), [Layer::Resource, Layer::Boundary]);
    let by_both = PolicySet {
        identity: vec![named(&all)],
        session: Some(vec![named(&all)]),
        ..bounded
    };
    assert_eq!(layers(&by_both), [Layer::Identity, Layer::Boundary, Layer::Session]);
}

/// IAM User Guide, "AWS JSON policy elements: Principal"; names with wildcards, which AWS refuses, are in old documents.
#[test]
fn principals_are_named_by_account_canonical_user_and_pattern() {
    let root = || Caller::Root {
        account: "111111111111".to_owned(),
    };
    let lets_in = |principal: &str, caller: Caller| {
        let request = Request {
            canonical_user: Some("a1".to_owned()),
            ..get_object(caller)
        };
        resource_policy_allows(&bucket_policy(principal), &request)
    };
    assert!(lets_in(r#"{"AWS": "*"}"#, Caller::Anonymous));
    // A canonical user is an account, and nobody without credentials belongs to one.
    assert!(lets_in(r#"{"CanonicalUser": "a1"}"#, alice()) && lets_in(r#"{"CanonicalUser": "*"}"#, alice()));
    assert!(!lets_in(r#"{"CanonicalUser": "b2"}"#, alice()));
    assert!(!lets_in(r#"{"CanonicalUser": "a1"}"#, Caller::Anonymous));
    // A pattern names whom it matches, and all of an account whose root user it matches.
    let users = r#"{"AWS": "arn:aws:iam::111111111111:user/*"}"#;
    assert!(lets_in(users, alice()) && !lets_in(users, session()) && !lets_in(users, root()));
    let roles = r#"{"AWS": "arn:aws:iam::111111111111:role/*"}"#;
    assert!(lets_in(roles, session()) && !lets_in(roles, alice()));
    let all = r#"{"AWS": "arn:aws:iam::*:root"}"#;
    assert!(lets_in(all, alice()) && lets_in(all, root()));
}
