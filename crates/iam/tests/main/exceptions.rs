//! Exceptions of AWS's evaluation logic, each with the page that makes it.

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::{
    Caller, Decision, KeyGrant, Layer, NamedPolicy, PolicySet, Request, ResourceKind, evaluate,
};
use security_monkey_iam::reach::{
    Accepts, Reach, ReachContext, reach_of_resource_policy, reach_of_trust_policy, under_resource_control,
};

use crate::reach::{allow, classes, directory};

const OWN: &str = "111111111111";

fn policy(document: &str) -> Policy {
    Policy::parse(document).unwrap()
}

fn named(policy: &Policy) -> NamedPolicy<'_> {
    NamedPolicy { name: "p", policy }
}

fn everything() -> Policy {
    policy(r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#)
}

fn role(name: &str) -> Caller {
    Caller::RoleSession {
        role_arn: format!("arn:aws:iam::{OWN}:role/{name}"),
        session: "s".to_owned(),
    }
}

/// IAM User Guide, "AWS JSON policy elements: NotPrincipal", key points: whoever has a permissions boundary is denied, listed or not.
#[test]
fn a_boundary_makes_a_deny_of_all_others_a_deny() {
    let all = everything();
    let resource = policy(
        r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::111111111111:role/app", "arn:aws:iam::111111111111:root"]}, "Action": "s3:Get*", "Resource": "*"}]}"#,
    );
    let free = PolicySet {
        identity: vec![named(&all)],
        resource: Some(named(&resource)),
        ..PolicySet::default()
    };
    let bounded = PolicySet {
        boundary: Some(named(&all)),
        ..free.clone()
    };
    let ask = |action: &str| Request::new(role("app"), action, "arn:aws:s3:::records/x").owned_by(OWN);
    assert!(evaluate(&ask("s3:GetObject"), &free).is_allowed());
    assert!(matches!(
        evaluate(&ask("s3:GetObject"), &bounded),
        Decision::ExplicitDeny { .. }
    ));
    assert!(evaluate(&ask("s3:PutObject"), &bounded).is_allowed());
}

/// IAM User Guide, "Permissions for GetFederationToken".
#[test]
fn a_federated_user_without_session_policy_has_only_what_a_resource_gives() {
    let all = everything();
    let federated = Caller::FederatedUser {
        arn: format!("arn:aws:sts::{OWN}:federated-user/bob"),
        user: None,
    };
    let ask = Request::new(federated, "s3:GetObject", "arn:aws:s3:::records/x").owned_by(OWN);
    let identity = PolicySet {
        identity: vec![named(&all)],
        ..PolicySet::default()
    };
    assert!(!evaluate(&ask, &identity).is_allowed());
    let handed_on = PolicySet {
        session: Some(vec![named(&all)]),
        ..identity.clone()
    };
    assert!(evaluate(&ask, &handed_on).is_allowed());
    let resource = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:sts::111111111111:federated-user/bob"}, "Action": "s3:*", "Resource": "*"}}"#,
    );
    let by_resource = PolicySet {
        resource: Some(named(&resource)),
        ..identity
    };
    assert!(evaluate(&ask, &by_resource).is_allowed());
    // Its account delegates to policies that it does not have.
    let account = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": "*"}}"#,
    );
    let by_account = PolicySet {
        resource: Some(named(&account)),
        ..by_resource
    };
    assert!(!evaluate(&ask, &by_account).is_allowed());
}

/// IAM User Guide, "Policy evaluation for requests within a single account", on STS federated user principals; "Permissions for
/// GetFederationToken", on sessions without session policies.
#[test]
fn a_federated_user_is_named_by_whoever_made_it() {
    let session = "arn:aws:sts::111111111111:federated-user/sam";
    let user = "arn:aws:iam::111111111111:user/alice";
    let sam = || Caller::read(session).unwrap();
    let ask = |caller| Request::new(caller, "s3:GetObject", "arn:aws:s3:::records/x").owned_by(OWN);
    let of = |effect: &str, principal: &str| {
        policy(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", "Principal": {{"AWS": "{principal}"}}, "Action": "s3:*", "Resource": "*"}}}}"#
        ))
    };
    let (of_user, of_session, of_everybody) = (of("Allow", user), of("Allow", session), of("Allow", "*"));
    let (nothing, all) = (of("Deny", "222222222222"), everything());
    let decide = |resource: &Policy, boundary: Option<&Policy>, session: Option<&Policy>| {
        let set = PolicySet {
            boundary: boundary.map(named),
            session: session.map(|session| vec![named(session)]),
            resource: Some(named(resource)),
            ..PolicySet::default()
        };
        evaluate(&ask(sam().federated_by(user).unwrap()), &set)
    };
    let refused = |missing| Decision::ImplicitDeny { missing };
    for (boundary, session_policy, missing) in [
        (Some(&nothing), Some(&all), Layer::Boundary),
        (Some(&all), Some(&nothing), Layer::Session),
        (Some(&all), None, Layer::Session),
        (None, None, Layer::Session),
    ] {
        assert_eq!(decide(&of_user, boundary, session_policy), refused(missing));
        assert!(decide(&of_session, boundary, session_policy).is_allowed());
    }
    assert!(decide(&of_user, None, Some(&all)).is_allowed());
    assert!(decide(&of_user, Some(&all), Some(&all)).is_allowed());
    assert!(decide(&of_everybody, None, None).is_allowed());
    assert!(decide(&of_everybody, Some(&all), None).is_allowed());

    let denied = of("Deny", user);
    let set = PolicySet {
        identity: vec![named(&all)],
        session: Some(vec![named(&all)]),
        resource: Some(named(&denied)),
        ..PolicySet::default()
    };
    assert!(!evaluate(&ask(sam().federated_by(user).unwrap()), &set).is_allowed());
    assert!(evaluate(&ask(sam()), &set).is_allowed());
}

/// A grant of a key to a user, like the key's policy.
#[test]
fn a_key_grant_to_a_user_needs_session_policies_to_reach_its_sessions() {
    let user = "arn:aws:iam::111111111111:user/alice";
    let grants = [KeyGrant {
        retiring: None,
        grantee: user.to_owned(),
        operations: vec!["Decrypt".to_owned()],
        ..KeyGrant::default()
    }];
    let sam = Caller::read("arn:aws:sts::111111111111:federated-user/sam").unwrap();
    let ask = |caller| Request::new(caller, "kms:Decrypt", "arn:aws:kms:us-east-1:111111111111:key/1").owned_by(OWN);
    let all = everything();
    let decide = |caller: Caller, session| {
        let set = PolicySet {
            session,
            grants: &grants,
            resource_kind: ResourceKind::PolicyRequired,
            ..PolicySet::default()
        };
        evaluate(&ask(caller), &set).is_allowed()
    };
    let session = || Some(vec![named(&all)]);
    assert!(!decide(sam.clone(), session()));
    let sam = sam.federated_by(user).unwrap();
    assert!(decide(sam.clone(), session()));
    assert!(!decide(sam, None));
    assert!(decide(Caller::read(user).unwrap(), None));
}

#[test]
fn a_session_is_federated_by_a_user_of_its_account_only() {
    let sam = || Caller::read("arn:aws:sts::111111111111:federated-user/sam").unwrap();
    assert!(
        sam()
            .federated_by("arn:aws:iam::111111111111:user/team/alice")
            .is_some()
    );
    for user in [
        "arn:aws:iam::222222222222:user/alice",
        "arn:aws-cn:iam::111111111111:user/alice",
        "arn:aws:iam::111111111111:role/alice",
        "alice",
    ] {
        assert_eq!(sam().federated_by(user), None, "{user}");
    }
    assert_eq!(role("alice").federated_by("arn:aws:iam::111111111111:user/alice"), None);
}

/// S3 API Reference, "PutBucketPolicy": the root user of the owner's account can always mend the policy.
#[test]
fn no_bucket_policy_locks_out_the_owner() {
    let closed = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}}"#,
    );
    let set = PolicySet {
        resource: Some(named(&closed)),
        ..PolicySet::default()
    };
    let decide = |account: &str, action: &str| {
        let root = Caller::Root {
            account: account.to_owned(),
        };
        evaluate(&Request::new(root, action, "arn:aws:s3:::records").owned_by(OWN), &set).is_allowed()
    };
    for action in ["s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:deletebucketpolicy"] {
        assert!(decide(OWN, action), "{action}");
        assert!(!decide("222222222222", action), "{action}");
    }
    assert!(!decide(OWN, "s3:ListBucket") && !decide(OWN, "s3:PutBucketAcl"));
    let guardrail = PolicySet {
        resource_control: vec![vec![named(&closed)]],
        ..set
    };
    let root = Caller::Root {
        account: OWN.to_owned(),
    };
    assert!(
        !evaluate(
            &Request::new(root, "s3:PutBucketPolicy", "arn:aws:s3:::records").owned_by(OWN),
            &guardrail
        )
        .is_allowed()
    );
}

const CLOSED: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}"#;

/// Organizations User Guide, "Resource control policies (RCPs)", what they do not restrict; KMS Developer Guide, "Resource control policies
/// in AWS KMS".
#[test]
fn resource_control_spares_linked_roles_and_managed_keys() {
    let closed = policy(CLOSED);
    let trust = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Service": "autoscaling.amazonaws.com"}, "Action": "sts:AssumeRole"}}"#,
    );
    let set = PolicySet {
        resource: Some(named(&trust)),
        resource_control: vec![vec![named(&closed)]],
        ..PolicySet::default()
    };
    let service = Caller::Service {
        name: "autoscaling.amazonaws.com".to_owned(),
    };
    let assume = |path: &str| {
        let arn = format!("arn:aws:iam::{OWN}:role/{path}");
        evaluate(
            &Request::new(service.clone(), "sts:AssumeRole", arn).owned_by(OWN),
            &set,
        )
        .is_allowed()
    };
    assert!(assume(
        "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    ));
    assert!(!assume("service-role/autoscaling"));

    let all = everything();
    let keys = PolicySet {
        identity: vec![named(&all)],
        resource_control: vec![vec![named(&closed)]],
        ..PolicySet::default()
    };
    let ask = |resource: &str| {
        Request::new(
            role("app"),
            "kms:Decrypt",
            format!("arn:aws:kms:us-east-1:{OWN}:{resource}"),
        )
        .owned_by(OWN)
    };
    assert!(!evaluate(&ask("key/1"), &keys).is_allowed());
    assert!(!evaluate(&ask("alias/app"), &keys).is_allowed());
    assert!(evaluate(&ask("alias/aws/s3"), &keys).is_allowed());
    assert!(evaluate(&ask("key/1").with("kms:ResourceAliases", "alias/aws/s3"), &keys).is_allowed());

    let linked =
        format!("arn:aws:iam::{OWN}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling");
    assert_eq!(under_resource_control(&trust, Some(&linked), [&closed]), trust);
}

/// Retiring a grant stays possible for whoever the key's policy lets.
#[test]
fn a_key_under_resource_control_lets_grants_be_retired() {
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let open = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": ["kms:RetireGrant", "kms:Decrypt"], "Resource": "*"}}"#,
    );
    let actions = |deny: &str| {
        let guardrail = policy(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "Principal": "*", {deny}, "Resource": "*"}}}}"#
        ));
        let bound = under_resource_control(&open, Some(key), [&guardrail]);
        let context = ReachContext {
            resource: Some(key),
            accepts: Accepts::SignedOnly,
        };
        let found = reach_of_resource_policy(&bound, &directory(), context);
        found
            .into_iter()
            .flat_map(|finding| finding.actions)
            .collect::<Vec<_>>()
    };
    for deny in [
        r#""Action": "*""#,
        r#""Action": ["kms:*"]"#,
        r#""Action": ["kms:Decrypt", "kms:RetireGrant"]"#,
        r#""NotAction": "s3:*""#,
    ] {
        assert_eq!(actions(deny), ["kms:RetireGrant"], "{deny}");
    }
}

/// Each policy is read in its own version: IAM User Guide, "IAM JSON policy elements: Version".
#[test]
fn a_guardrail_keeps_its_version_over_a_policy_without_one() {
    let bucket = "arn:aws:s3:::records";
    let context = ReachContext {
        resource: Some(bucket),
        accepts: Accepts::Anonymous,
    };
    let old = policy(
        r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/${aws:username}"}]}"#,
    );
    let guardrail = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}}"#,
    );
    let bound = under_resource_control(&old, Some(bucket), [&guardrail]);
    let found = reach_of_resource_policy(&bound, &directory(), context);
    let classes: Vec<Reach> = found.iter().map(|finding| finding.class).collect();
    let service = Reach::AwsService { guarded: false };
    assert_eq!(classes, [Reach::Organisation, service, Reach::SameAccount]);
    // What looks like a variable in the old policy is the name of an object.
    let witness = found[0].witness.as_ref().unwrap();
    assert_eq!(witness.resource, "arn:aws:s3:::records/${aws:username}");
    // And that of a condition is shown as it was written.
    let of_team = policy(
        r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3:GetObject", "Resource": "*",
            "Condition": {"StringLike": {"aws:PrincipalTag/team": "${$}{team}*"}}}}"#,
    );
    let other_guardrail = policy(
        CLOSED
            .replace("\"*\", \"Resource", "\"s3:PutObject\", \"Resource")
            .as_str(),
    );
    let bound = under_resource_control(&of_team, Some(bucket), [&other_guardrail, &guardrail]);
    let found = reach_of_resource_policy(&bound, &directory(), context);
    let notes = found[0].restricting.iter().chain(&found[0].ineffective);
    assert_eq!(notes.flat_map(|note| &note.values).collect::<Vec<_>>(), ["${$}{team}*"]);
    // And the other way round.
    let old_guardrail = policy(
        r#"{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::records/${aws:username}"}}"#,
    );
    let new = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/${aws:PrincipalAccount}"}}"#,
    );
    let bound = under_resource_control(&new, Some(bucket), [&old_guardrail]);
    let found = reach_of_resource_policy(&bound, &directory(), context);
    assert_eq!(
        found[0].witness.as_ref().unwrap().resource,
        "arn:aws:s3:::records/222222222222"
    );
}

/// A skill's id guards a function like the account or ARN of a source does; Alexa's services have names of their own.
#[test]
fn the_id_of_a_skill_guards_a_function() {
    for service in ["alexa-connectedhome.amazon.com", "alexa-appkit.amazon.com"] {
        assert_eq!(
            Caller::read(service),
            Some(Caller::Service {
                name: service.to_owned()
            })
        );
        let principal = format!(r#"{{"Service": "{service}"}}"#);
        let guarded = Reach::AwsService { guarded: true };
        let token = r#"{"StringEquals": {"lambda:EventSourceToken": "amzn1.ask.skill.1"}}"#;
        assert_eq!(classes(&allow(&principal, token)), [guarded]);
        let any = r#"{"StringLike": {"lambda:EventSourceToken": "amzn1.ask.skill.*"}}"#;
        assert_eq!(classes(&allow(&principal, any)), [Reach::AwsService { guarded: false }]);
        assert_eq!(classes(&allow(&principal, "")), [Reach::AwsService { guarded: false }]);
        // Held to the token, and open to whoever has it.
        assert_eq!(classes(&allow(r#""*""#, token)), [guarded]);
    }
    assert!(matches!(Caller::read("www.amazon.com"), Some(Caller::Federated { .. })));
}

/// To be answered without credentials is the exception.
#[test]
fn only_some_services_answer_without_credentials() {
    for (prefix, expected) in [
        ("s3", Accepts::Anonymous),
        ("SQS", Accepts::Anonymous),
        ("mediastore", Accepts::Anonymous),
        ("s*", Accepts::Anonymous),
        ("glacier", Accepts::SignedOnly),
        ("kms", Accepts::SignedOnly),
        ("g*", Accepts::SignedOnly),
    ] {
        assert_eq!(Accepts::of_service(prefix), expected, "{prefix}");
    }
    let vault = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "glacier:*", "Resource": "arn:aws:glacier:us-east-1:111111111111:vaults/v"}}"#,
    );
    let resource = Some("arn:aws:glacier:us-east-1:111111111111:vaults/v");
    let context = ReachContext {
        resource,
        accepts: Accepts::of_policy(&vault, resource),
    };
    let found = reach_of_resource_policy(&vault, &directory(), context);
    assert_eq!(found[0].class, Reach::AnyAwsAccount);
}

/// An identity's policy, and the trust policy of the role that it asks for.
fn trusted<'p>(identity: &'p Policy, trust: &'p Policy) -> PolicySet<'p> {
    PolicySet {
        identity: vec![named(identity)],
        resource: Some(named(trust)),
        resource_kind: ResourceKind::PolicyRequired,
        ..PolicySet::default()
    }
}

/// IAM User Guide, "Compare AWS STS credentials": `AssumeRole` is for users and roles. STS answers root users "Roles may not be assumed by
/// root accounts."
#[test]
fn a_root_user_takes_no_role() {
    let trust = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"}}"#,
    );
    let all = everything();
    let set = trusted(&all, &trust);
    let ask = |caller: Caller, action: &str| {
        let request = Request::new(caller, action, "arn:aws:iam::111111111111:role/admin").owned_by(OWN);
        evaluate(&request, &set)
    };
    let root = || Caller::Root {
        account: OWN.to_owned(),
    };
    for action in ["sts:AssumeRole", "sts:assumerole"] {
        assert!(ask(role("app"), action).is_allowed());
        let Decision::ExplicitDeny { by } = ask(root(), action) else {
            panic!("{action}: {}", ask(root(), action));
        };
        assert_eq!(by.layer, Layer::Aws);
    }
    assert!(ask(root(), "iam:GetRole").is_allowed());
    assert!(ask(root(), "sts:GetSessionToken").is_allowed());
}

/// Nobody is left where a trust policy takes root users only, and no root user stands for its account.
#[test]
fn a_trust_policy_for_root_users_only_lets_nobody_in() {
    let classes = |action: &str, condition: &str| -> Vec<Reach> {
        let trust = policy(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "222222222222"}}, "Action": {action}, "Condition": {condition}}}}}"#
        ));
        let found = reach_of_trust_policy("arn:aws:iam::111111111111:role/app", &trust, &directory());
        for finding in &found {
            let witness = finding.witness.as_ref().unwrap();
            let is_root = matches!(witness.caller, Caller::Root { .. });
            assert!(!is_root || witness.action != "sts:AssumeRole", "{witness}");
        }
        found.iter().map(|finding| finding.class).collect()
    };
    let root = r#"{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::222222222222:root"}}"#;
    let of_type = r#"{"StringEquals": {"aws:PrincipalType": "Account"}}"#;
    for condition in [root, of_type] {
        assert_eq!(classes(r#""sts:AssumeRole""#, condition), [], "{condition}");
    }
    assert_eq!(classes(r#""sts:AssumeRole""#, "{}"), [Reach::FriendlyAccount]);
    let not_root = r#"{"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::222222222222:root"}}"#;
    assert_eq!(classes(r#""sts:*""#, not_root), [Reach::FriendlyAccount]);
}

/// IAM User Guide, "Policy evaluation for requests within a single account", on roles: what a resource's policy gives everybody of some ARNs
/// is limited by neither boundary nor session policy, what it gives the role is.
#[test]
fn what_everybody_of_an_arn_is_given_no_boundary_takes_away() {
    let other =
        policy(r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}"#);
    let gives = |principal: &str, condition: &str| {
        policy(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "s3:*", "Resource": "*", "Condition": {condition}}}}}"#
        ))
    };
    let is_allowed = |resource: &Policy| {
        let request = Request::new(role("app"), "s3:GetObject", "arn:aws:s3:::records/x").owned_by(OWN);
        let set = PolicySet {
            identity: vec![named(&other)],
            resource: Some(named(resource)),
            ..PolicySet::default()
        };
        let bounded = PolicySet {
            boundary: Some(named(&other)),
            ..set.clone()
        };
        let in_session = PolicySet {
            session: Some(vec![named(&other)]),
            ..set.clone()
        };
        [set, bounded, in_session].map(|set| evaluate(&request, &set).is_allowed())
    };
    let by_arn = r#"{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/app"}}"#;
    assert_eq!(is_allowed(&gives(r#""*""#, by_arn)), [true; 3]);
    assert_eq!(is_allowed(&gives(r#"{"AWS": "*"}"#, by_arn)), [true; 3]);
    let is_limited = [true, false, false];
    assert_eq!(is_allowed(&gives(r#""*""#, "{}")), is_limited);
    let negated = r#"{"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/other"}}"#;
    assert_eq!(is_allowed(&gives(r#""*""#, negated)), is_limited);
    let has_arn = r#"{"Null": {"aws:PrincipalArn": "false"}}"#;
    assert_eq!(is_allowed(&gives(r#""*""#, has_arn)), is_limited);
    let by_name = gives(r#"{"AWS": "arn:aws:iam::111111111111:role/app"}"#, by_arn);
    assert_eq!(is_allowed(&by_name), is_limited);
}

/// IAM User Guide, "Compare AWS STS credentials", column "Who can call".
#[test]
fn temporary_credentials_are_not_for_every_other() {
    let all = everything();
    let set = PolicySet {
        identity: vec![named(&all)],
        session: Some(vec![named(&all)]),
        ..PolicySet::default()
    };
    let federated = Caller::read("arn:aws:sts::111111111111:federated-user/bob").unwrap();
    let user = Caller::read("arn:aws:iam::111111111111:user/bob").unwrap();
    let is_allowed = |caller: &Caller, action: &str| {
        let request = Request::new(caller.clone(), action, "arn:aws:iam::111111111111:role/app").owned_by(OWN);
        evaluate(&request, &set).is_allowed()
    };
    for (action, by_user, by_role, by_federated) in [
        ("sts:AssumeRole", true, true, false),
        ("sts:GetFederationToken", true, false, false),
        ("sts:GetSessionToken", true, false, false),
        ("sts:DecodeAuthorizationMessage", true, true, true),
    ] {
        assert_eq!(is_allowed(&user, action), by_user, "{action}");
        assert_eq!(is_allowed(&role("app"), action), by_role, "{action}");
        assert_eq!(is_allowed(&federated, action), by_federated, "{action}");
    }
}

/// STS API Reference, "`AssumeRole`", "`AssumeRoleWithWebIdentity`" and "`AssumeRoleWithSAML`": the first takes credentials, the others a
/// token or an assertion in their place.
#[test]
fn credentials_and_tokens_take_roles_each_in_their_own_way() {
    let trust = policy(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole*"}}"#,
    );
    let all = everything();
    let set = trusted(&all, &trust);
    let is_allowed = |caller: &str, action: &str| {
        let caller = Caller::read(caller).unwrap();
        let request = Request::new(caller, action, "arn:aws:iam::111111111111:role/app").owned_by(OWN);
        evaluate(&request, &set).is_allowed()
    };
    let actions = [
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
    ];
    for (caller, expected) in [
        ("arn:aws:iam::111111111111:user/bob", 0),
        ("arn:aws:iam::111111111111:role/app", 0),
        ("ec2.amazonaws.com", 0),
        ("accounts.google.com", 1),
        ("arn:aws:iam::111111111111:oidc-provider/gitlab.example", 1),
        ("arn:aws:iam::111111111111:saml-provider/corp", 2),
    ] {
        for (position, action) in actions.iter().enumerate() {
            assert_eq!(is_allowed(caller, action), position == expected, "{caller} {action}");
        }
    }
}
