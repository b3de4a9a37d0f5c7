//! Grants of a KMS key in the decision about one request.

use security_monkey_iam::evaluate::{
    Caller, Decision, GrantConstraints, KeyGrant, Layer, NamedPolicy, PolicySet, Request, ResourceKind, evaluate,
};
use security_monkey_iam::reach::reach_of_key;
use security_monkey_iam::{AccountDirectory, Policy};

const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/1";
const ROLE: &str = "arn:aws:iam::111111111111:role/app";

fn policy(statements: &str) -> Policy {
    Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()
}

fn named(policy: &Policy) -> NamedPolicy<'_> {
    NamedPolicy { name: "p", policy }
}

fn role(arn: &str) -> Caller {
    Caller::RoleSession {
        role_arn: arn.to_owned(),
        session: "s".to_owned(),
    }
}

fn grant(grantee: &str, operations: &[&str]) -> KeyGrant {
    KeyGrant {
        id: "0123".to_owned(),
        retiring: None,
        grantee: grantee.to_owned(),
        operations: operations.iter().map(|operation| (*operation).to_owned()).collect(),
        ..KeyGrant::default()
    }
}

fn ask(caller: Caller, action: &str) -> Request {
    Request::new(caller, action, KEY).owned_by("111111111111")
}

/// The key's policy delegates to its account, as the default one does; nobody has a policy of their own.
fn decide(request: &Request, grants: &[KeyGrant]) -> Decision {
    let delegating = policy(
        r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "kms:*", "Resource": "*"}"#,
    );
    let set = PolicySet {
        resource: Some(NamedPolicy {
            name: "key",
            policy: &delegating,
        }),
        resource_kind: ResourceKind::PolicyRequired,
        grants,
        ..PolicySet::default()
    };
    evaluate(request, &set)
}

/// KMS Developer Guide, "Troubleshooting AWS KMS permissions" (<https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html>): a
/// grant allows like a policy, and is what a caller of another account may trust a key by.
#[test]
fn a_grant_is_enough_for_its_grantee_and_its_operations() {
    let grants = [grant(ROLE, &["Decrypt", "GenerateDataKey"])];
    let decision = decide(&ask(role(ROLE), "kms:Decrypt"), &grants);
    let Decision::Allowed { by } = &decision else {
        panic!("{decision}");
    };
    assert_eq!((by[0].layer, by[0].policy.as_str()), (Layer::Grant, "0123"));
    assert_eq!(decision.to_string(), "allowed by grant 0123");
    let is_allowed = |caller: Caller, action: &str| decide(&ask(caller, action), &grants).is_allowed();
    assert!(is_allowed(role(ROLE), "KMS:generatedatakey"));
    assert!(!is_allowed(role(ROLE), "kms:Encrypt") && !is_allowed(role(ROLE), "s3:Decrypt"));
    assert!(!is_allowed(role("arn:aws:iam::111111111111:role/other"), "kms:Decrypt"));
    assert!(!decide(&ask(role(ROLE), "kms:Decrypt"), &[]).is_allowed());
    // Somebody of another account, and a service.
    let stranger = "arn:aws:iam::222222222222:role/app";
    let grants = [
        grant(stranger, &["Decrypt"]),
        grant("dynamodb.us-east-1.amazonaws.com", &["Decrypt"]),
    ];
    assert!(decide(&ask(role(stranger), "kms:Decrypt"), &grants).is_allowed());
    let service = |name: &str| Caller::Service { name: name.to_owned() };
    assert!(
        decide(
            &ask(service("dynamodb.us-east-1.amazonaws.com"), "kms:Decrypt"),
            &grants
        )
        .is_allowed()
    );
    assert!(!decide(&ask(service("rds.amazonaws.com"), "kms:Decrypt"), &grants).is_allowed());
}

#[test]
fn a_grant_to_an_account_leaves_the_rest_to_its_policies() {
    let grants = [grant("arn:aws:iam::222222222222:root", &["Decrypt"])];
    let caller = role("arn:aws:iam::222222222222:role/app");
    assert_eq!(
        decide(&ask(caller.clone(), "kms:Decrypt"), &grants),
        Decision::ImplicitDeny {
            missing: Layer::Identity
        }
    );
    let own = policy(r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}"#);
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "own",
            policy: &own,
        }],
        resource_kind: ResourceKind::PolicyRequired,
        grants: &grants,
        ..PolicySet::default()
    };
    assert!(evaluate(&ask(caller, "kms:Decrypt"), &set).is_allowed());
}

#[test]
fn denies_and_what_bounds_the_grantee_still_count() {
    let grants = [grant(ROLE, &["Decrypt"])];
    let request = ask(role(ROLE), "kms:Decrypt");
    let deny = policy(r#"{"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}"#);
    let other = policy(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#);
    let with = || PolicySet {
        resource_kind: ResourceKind::PolicyRequired,
        grants: &grants,
        ..PolicySet::default()
    };
    assert!(evaluate(&request, &with()).is_allowed());
    let denied = PolicySet {
        identity: vec![named(&deny)],
        ..with()
    };
    assert!(matches!(evaluate(&request, &denied), Decision::ExplicitDeny { .. }));
    let bound = [
        PolicySet {
            boundary: Some(named(&other)),
            ..with()
        },
        PolicySet {
            session: Some(vec![named(&other)]),
            ..with()
        },
        PolicySet {
            service_control: vec![vec![named(&other)]],
            ..with()
        },
    ];
    for set in bound {
        assert!(!evaluate(&request, &set).is_allowed());
    }
}

/// KMS API Reference, "GrantConstraints" (<https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>): the pairs of the
/// Department example, names without case, values with.
#[test]
fn constraints_hold_the_encryption_context() {
    let pairs = || {
        Some(
            [("Department", "Finance"), ("Classification", "Public")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        )
    };
    let constrained = |constraints: GrantConstraints| {
        [KeyGrant {
            constraints,
            ..grant(ROLE, &["Decrypt", "DescribeKey"])
        }]
    };
    let subset = constrained(GrantConstraints {
        encryption_context_subset: pairs(),
        ..GrantConstraints::default()
    });
    let equals = constrained(GrantConstraints {
        encryption_context_equals: pairs(),
        ..GrantConstraints::default()
    });
    let with = |context: &[(&str, &str)]| {
        let mut request = ask(role(ROLE), "kms:Decrypt");
        for (name, value) in context {
            request.context.set(&format!("kms:EncryptionContext:{name}"), *value);
        }
        (
            decide(&request, &subset).is_allowed(),
            decide(&request, &equals).is_allowed(),
        )
    };
    let both = [("Department", "Finance"), ("classification", "Public")];
    assert_eq!(with(&both), (true, true));
    assert_eq!(with(&[both[0], both[1], ("Customer", "12345")]), (true, false));
    assert_eq!(with(&both[..1]), (false, false));
    assert_eq!(with(&[("Department", "finance"), both[1]]), (false, false));
    assert_eq!(with(&[]), (false, false));
    // An operation without an encryption context is not held to one.
    assert!(decide(&ask(role(ROLE), "kms:DescribeKey"), &equals).is_allowed());
    let source = constrained(GrantConstraints {
        source_arn: Some("arn:aws:s3:::records".to_owned()),
        ..GrantConstraints::default()
    });
    let from = |arn: &str| decide(&ask(role(ROLE), "kms:Decrypt").with("aws:SourceArn", arn), &source).is_allowed();
    assert!(from("arn:aws:s3:::records") && !from("arn:aws:s3:::other"));
}

/// Organizations User Guide, "Resource control policies (RCPs)"
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>): they reach the services of the list only.
#[test]
fn resource_control_policies_reach_the_services_they_cover() {
    let deny = policy(r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#);
    let open = policy(r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#);
    let set = PolicySet {
        resource: Some(NamedPolicy {
            name: "open",
            policy: &open,
        }),
        resource_control: vec![vec![NamedPolicy {
            name: "rcp",
            policy: &deny,
        }]],
        ..PolicySet::default()
    };
    let is_allowed = |action: &str| evaluate(&ask(Caller::Anonymous, action), &set).is_allowed();
    assert!(!is_allowed("s3:GetObject") && !is_allowed("SQS:SendMessage") && !is_allowed("sts:AssumeRole"));
    assert!(is_allowed("sns:Publish") && is_allowed("lambda:InvokeFunction") && is_allowed("kms:RetireGrant"));
}

/// What a grant asks of a request is in the request that shows it.
#[test]
fn the_example_of_a_grant_meets_its_constraints() {
    let mut limited = grant("arn:aws:iam::222222222222:user/jane.doe", &["Decrypt"]);
    limited.constraints = GrantConstraints {
        encryption_context_subset: Some([("Project".to_owned(), "records".to_owned())].into()),
        source_arn: Some("arn:aws:s3:::records".to_owned()),
        ..GrantConstraints::default()
    };
    let directory = AccountDirectory::new().seen_from("111111111111");
    let found = reach_of_key(KEY, None, &[limited], &directory);
    let witness = found[0].witness.as_ref().unwrap();
    assert_eq!(witness.values("kms:EncryptionContext:project").unwrap()[0], "records");
    assert_eq!(witness.values("aws:SourceArn").unwrap()[0], "arn:aws:s3:::records");
}

/// Who of an account may use a grant to it is the account's to say: a Deny that only others of it evade leaves an example of them.
#[test]
fn a_grant_to_an_account_has_an_example_under_denies() {
    let directory = AccountDirectory::new().seen_from("111111111111");
    let limited = grant("arn:aws:iam::333333333333:root", &["Decrypt"]);
    let roots = r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*:root"}}}"#;
    let elsewhere = r#"{"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::222222222222:user/bob"}, "Action": "kms:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    for deny in [roots, elsewhere] {
        let key = policy(deny);
        let found = reach_of_key(KEY, Some(&key), std::slice::from_ref(&limited), &directory);
        let [access] = found.as_slice() else {
            panic!("{found:?}")
        };
        let witness = access.witness.as_ref().unwrap_or_else(|| panic!("{access:?}"));
        assert_eq!(witness.caller.account(), Some("333333333333"), "{deny}");
        assert!(access.unproven.is_none(), "{access:?}");
    }
}

/// KMS Developer Guide, "Retiring and revoking grants": whom the grant names for it may retire it, and may nothing else.
#[test]
fn the_retiring_principal_may_retire_the_grant() {
    let key = "arn:aws:kms:eu-west-1:111111111111:key/k";
    let grants = [KeyGrant {
        retiring: Some("arn:aws:iam::111111111111:user/alice".to_owned()),
        ..grant("arn:aws:iam::111111111111:role/app", &["Decrypt"])
    }];
    let is_allowed = |who: &str, action: &str| {
        let set = PolicySet {
            grants: &grants,
            resource_kind: ResourceKind::PolicyRequired,
            ..PolicySet::default()
        };
        let request = Request::new(Caller::read(who).unwrap(), action, key).owned_by("111111111111");
        evaluate(&request, &set).is_allowed()
    };
    let (alice, app) = (
        "arn:aws:iam::111111111111:user/alice",
        "arn:aws:iam::111111111111:role/app",
    );
    assert!(is_allowed(alice, "kms:RetireGrant") && !is_allowed(alice, "kms:Decrypt"));
    assert!(is_allowed(app, "kms:Decrypt") && !is_allowed(app, "kms:RetireGrant"));
    assert!(!is_allowed("arn:aws:iam::111111111111:user/bob", "kms:RetireGrant"));
}
