//! How the kinds of policy work together: within an account, across accounts, with boundaries and sessions.

use super::asked::{ACCOUNT, EVERYTHING, Layers, OTHER, identity, request, session, user, who};
use security_monkey_iam::evaluate::{Caller, Decision, Layer, ResourceKind};

/// IAM User Guide, "Policy evaluation for requests within a single account"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html>): Carlos may list and read buckets
/// by his own policy, and write to his log bucket by the bucket's; what nobody allows is denied.
#[test]
fn either_policy_of_one_account_is_enough() {
    let own = r#"{"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "s3:ListBucket"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::carlos", "arn:aws:s3:::carlos/*"]},
        {"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::accounting", "arn:aws:s3:::accounting/*"]}"#;
    let bucket = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:user/carlos"}, "Action": ["s3:PutObject", "s3:GetObject"], "Resource": ["arn:aws:s3:::logs/*", "arn:aws:s3:::accounting/*"]}"#;
    let layers = Layers {
        resource: Some(bucket),
        identity: &[own],
        ..Layers::default()
    };
    layers.answer(
        &user("carlos"),
        &[
            ("s3:ListBucket", "arn:aws:s3:::logs", &[], true),
            ("s3:PutObject", "arn:aws:s3:::logs/1", &[], true),
            ("s3:GetObject", "arn:aws:s3:::carlos/1", &[], true),
            ("s3:DeleteObject", "arn:aws:s3:::logs/1", &[], false),
            // A Deny of either overrides the other's Allow.
            ("s3:GetObject", "arn:aws:s3:::accounting/1", &[], false),
        ],
    );
    layers.answer(
        &user("zhang"),
        &[
            ("s3:ListBucket", "arn:aws:s3:::logs", &[], true),
            ("s3:PutObject", "arn:aws:s3:::logs/1", &[], false),
        ],
    );
}

/// IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>): a Deny of any kind of policy
/// ends it; the root user needs no Allow of its own; every bounding kind must allow.
#[test]
fn every_kind_of_policy_has_its_say() {
    let s3 = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    let no_writes = r#"{"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}"#;
    let no_writes_by_anybody = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:Put*", "Resource": "*"}"#;
    let alice = user("alice");
    let get: (&str, &str, &[(&str, &str)], bool) = ("s3:GetObject", "arn:aws:s3:::records/a", &[], true);
    let put = |expected| ("s3:PutObject", "arn:aws:s3:::records/a", &[][..], expected);
    let full = Layers {
        boundary: Some(s3),
        session: Some(&[s3]),
        service_control: &[&[EVERYTHING], &[EVERYTHING]],
        identity: &[s3],
        ..Layers::default()
    };
    full.answer(
        &session("app"),
        &[get, put(true), ("ec2:RunInstances", "*", &[], false)],
    );
    let variants = [
        Layers {
            identity: &[s3, no_writes],
            ..full
        },
        Layers {
            boundary: Some(&[s3, no_writes].join(",")),
            ..full
        },
        Layers {
            session: Some(&[s3, no_writes]),
            ..full
        },
        Layers {
            service_control: &[&[EVERYTHING], &[EVERYTHING, no_writes]],
            ..full
        },
        Layers {
            resource_control: &[&[no_writes_by_anybody]],
            ..full
        },
        Layers {
            resource: Some(no_writes_by_anybody),
            ..full
        },
    ]
    .map(|layers| {
        (
            layers.decide(&request(&session("app"), "s3:GetObject", "arn:aws:s3:::records/a", &[])),
            layers.decide(&request(&session("app"), "s3:PutObject", "arn:aws:s3:::records/a", &[])),
        )
    });
    for (read, write) in variants {
        assert!(
            read.is_allowed() && matches!(write, Decision::ExplicitDeny { .. }),
            "{read}; {write}"
        );
    }
    let silent = [
        (Layers { identity: &[], ..full }, Layer::Identity),
        (
            Layers {
                boundary: Some(no_writes),
                ..full
            },
            Layer::Boundary,
        ),
        (
            Layers {
                session: Some(&[no_writes]),
                ..full
            },
            Layer::Session,
        ),
        (
            Layers {
                service_control: &[&[EVERYTHING], &[no_writes]],
                ..full
            },
            Layer::ServiceControl,
        ),
    ];
    for (layers, missing) in silent {
        let read = layers.decide(&request(&session("app"), "s3:GetObject", "arn:aws:s3:::records/a", &[]));
        assert_eq!(read, Decision::ImplicitDeny { missing });
    }
    let root = who(ACCOUNT);
    identity(&[]).answer(&root, &[get, put(true)]);
    Layers {
        service_control: &[&[EVERYTHING, no_writes]],
        ..Layers::default()
    }
    .answer(&root, &[get, put(false)]);
    identity(&[]).answer(&alice, &[put(false)]);
}

/// IAM User Guide, "Cross-account policy evaluation logic"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>): both accounts decide, each with all its kinds of
/// policy; what bounds the caller bounds it also where the other account's policy names it.
#[test]
fn across_accounts_each_side_decides_with_all_its_policies() {
    let reads = r#"{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}"#;
    let s3 = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;
    let theirs = r#"{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111111111111:user/alice", "arn:aws:iam::111111111111:role/app"]}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::theirs/*"}"#;
    let both = Layers {
        resource: Some(theirs),
        identity: &[s3],
        ..Layers::default()
    };
    let get = |expected| [("s3:GetObject", "arn:aws:s3:::theirs/a", &[][..], expected)];
    let put = |expected| [("s3:PutObject", "arn:aws:s3:::theirs/a", &[][..], expected)];
    for caller in [user("alice"), session("app")] {
        both.answer_for(OTHER, &caller, &get(true));
        both.answer_for(OTHER, &caller, &put(true));
        both.answer_for(
            OTHER,
            &caller,
            &[("s3:DeleteObject", "arn:aws:s3:::theirs/a", &[], false)],
        );
        let narrowed = [
            Layers {
                identity: &[reads],
                ..both
            },
            Layers {
                boundary: Some(reads),
                ..both
            },
            Layers {
                session: Some(&[reads]),
                ..both
            },
            Layers {
                service_control: &[&[EVERYTHING], &[reads]],
                ..both
            },
            Layers {
                resource_control: &[&[
                    r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}"#,
                ]],
                ..both
            },
        ];
        for layers in narrowed {
            layers.answer_for(OTHER, &caller, &get(true));
            layers.answer_for(OTHER, &caller, &put(false));
        }
        // A policy of the bucket alone is not enough, whoever it names.
        Layers { identity: &[], ..both }.answer_for(OTHER, &caller, &get(false));
        Layers { resource: None, ..both }.answer_for(OTHER, &caller, &get(false));
    }
    both.answer_for(OTHER, &user("bob"), &get(false));
}

/// IAM User Guide, "Cross account resource access in IAM"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies-cross-account-resource-access.html>): a policy that names the whole account lets that account
/// decide who of it.
#[test]
fn an_account_named_across_accounts_delegates() {
    let theirs = r#"{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sqs:*", "Resource": "arn:aws:sqs:us-east-1:222222222222:jobs"}"#;
    let sends = r#"{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:*:222222222222:*"}"#;
    let layers = Layers {
        resource: Some(theirs),
        identity: &[sends],
        ..Layers::default()
    };
    let jobs = "arn:aws:sqs:us-east-1:222222222222:jobs";
    let table = [
        ("sqs:SendMessage", jobs, &[][..], true),
        ("sqs:ReceiveMessage", jobs, &[], false),
    ];
    layers.answer_for(OTHER, &user("alice"), &table);
    layers.answer_for(
        OTHER,
        &who("arn:aws:iam::333333333333:user/eve"),
        &[("sqs:SendMessage", jobs, &[], false)],
    );
    // The account's root user is covered as well, and needs no policy of its own.
    Layers {
        resource: Some(theirs),
        ..Layers::default()
    }
    .answer_for(OTHER, &who(ACCOUNT), &[("sqs:ReceiveMessage", jobs, &[], true)]);
}

/// IAM User Guide, "AWS JSON policy elements: NotPrincipal"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>): the user and its account must both stand there; for a session its
/// role as well. It exempts and grants nothing.
#[test]
fn not_principal_with_deny() {
    let bob = "arn:aws:iam::222222222222:user/bob";
    let deny = |principals: &str| {
        format!(r#"{{"Effect": "Deny", "NotPrincipal": {{"AWS": {principals}}}, "Action": "s3:*", "Resource": "*"}}"#)
    };
    let decide = |principals: &str, caller: &str| {
        let resource = format!(
            r#"{}, {{"Effect": "Allow", "Principal": {{"AWS": "222222222222"}}, "Action": "s3:GetObject", "Resource": "*"}}"#,
            deny(principals)
        );
        let layers = Layers {
            resource: Some(&resource),
            identity: &[EVERYTHING],
            ..Layers::default()
        };
        layers
            .decide(&request(&who(caller), "s3:GetObject", "arn:aws:s3:::records/a", &[]))
            .is_allowed()
    };
    let listed = r#"["arn:aws:iam::222222222222:user/bob", "arn:aws:iam::222222222222:root"]"#;
    assert!(decide(listed, bob));
    assert!(!decide(listed, "arn:aws:iam::222222222222:user/carol"));
    assert!(!decide(listed, "arn:aws:iam::111111111111:user/bob"));
    let session = "arn:aws:sts::222222222222:assumed-role/reader/audit";
    let listed = r#"["arn:aws:sts::222222222222:assumed-role/reader/audit", "arn:aws:iam::222222222222:role/reader", "arn:aws:iam::222222222222:root"]"#;
    assert!(decide(listed, session));
    assert!(!decide(listed, "arn:aws:sts::222222222222:assumed-role/writer/audit"));
    // By itself it lets nobody in.
    let alone = deny(listed);
    let layers = Layers {
        resource: Some(&alone),
        identity: &[EVERYTHING],
        ..Layers::default()
    };
    layers.answer(&who(session), &[("s3:GetObject", "arn:aws:s3:::records/a", &[], false)]);
}

/// IAM User Guide, "IAM roles", "Update a role trust policy"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>) and "Policy evaluation logic": the trust policy has the first word, also within one
/// account; naming the account leaves it to the caller's policies.
#[test]
fn a_role_is_assumed_by_whom_it_trusts() {
    let role = "arn:aws:iam::111111111111:role/admin";
    let may = r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111111111111:role/admin"}"#;
    let assume = |trust: &str, own: &[&str], caller: &Caller| {
        let trust = format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{trust}"}}, "Action": "sts:AssumeRole"}}"#);
        let layers = Layers {
            resource: Some(&trust),
            kind: ResourceKind::PolicyRequired,
            ..identity(own)
        };
        layers
            .decide(&request(caller, "sts:AssumeRole", role, &[]))
            .is_allowed()
    };
    let alice = user("alice");
    assert!(assume("arn:aws:iam::111111111111:user/alice", &[], &alice));
    assert!(assume("arn:aws:iam::111111111111:root", &[may], &alice));
    assert!(!assume("arn:aws:iam::111111111111:root", &[], &alice));
    assert!(!assume("arn:aws:iam::111111111111:user/bob", &[may], &alice));
    let from_outside = who("arn:aws:iam::222222222222:user/alice");
    assert!(assume("arn:aws:iam::222222222222:user/alice", &[may], &from_outside));
    assert!(!assume("arn:aws:iam::222222222222:user/alice", &[], &from_outside));
}
