//! Who can reach buckets, keys and roles by everything that opens and closes them, against the evaluator and AWS's rules for what
//! stands beside a policy, told here once more; who gets in by the policy is the code's own answer.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use security_monkey_iam::Policy;
use security_monkey_iam::cidr::read_network;
use security_monkey_iam::document::Condition;
use security_monkey_iam::evaluate::{
    Caller, GrantConstraints, KeyGrant, NamedPolicy, PolicySet, Request, ResourceKind, evaluate, resource_policy_allows,
};
use security_monkey_iam::reach::{
    Access, AclGrant, BlockPublicAccess, Bucket, Grantee, ObjectOwnership, Reach, reach_of_bucket, reach_of_key,
    reach_of_trust_policy,
};

use super::config;
use super::generate::{ABOUT_KEY, ABOUT_ROLE, BUCKET, VENDOR_ID, document, pick, policy_of, statement_about};
use super::reach::{classes, matches_one, reach};
use super::requests::any_request;
use crate::reach::directory;

const OWN: &str = "111111111111";
const OWN_ID: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/1";
const ROLE: &str = "arn:aws:iam::111111111111:role/target";

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

fn acl() -> impl Strategy<Value = Vec<AclGrant>> {
    let grantee = prop_oneof![
        Just(Grantee::Group {
            uri: ALL_USERS.to_owned()
        }),
        Just(Grantee::Group {
            uri: AUTHENTICATED.to_owned()
        }),
        Just(Grantee::CanonicalUser {
            id: VENDOR_ID.to_owned()
        }),
        Just(Grantee::CanonicalUser { id: OWN_ID.to_owned() }),
    ];
    let permission = pick(&["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"]);
    prop::collection::vec(
        (grantee, permission).prop_map(|(grantee, permission)| AclGrant { grantee, permission }),
        0..3,
    )
}

fn block() -> impl Strategy<Value = BlockPublicAccess> {
    let rarely = || prop::bool::weighted(0.25);
    (rarely(), rarely(), rarely(), rarely()).prop_map(
        |(block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets)| BlockPublicAccess {
            block_public_acls,
            ignore_public_acls,
            block_public_policy,
            restrict_public_buckets,
        },
    )
}

fn ownership() -> impl Strategy<Value = ObjectOwnership> {
    prop_oneof![
        Just(ObjectOwnership::BucketOwnerEnforced),
        Just(ObjectOwnership::BucketOwnerPreferred),
        Just(ObjectOwnership::ObjectWriter),
    ]
}

/// Whether S3 lets the request in.
fn is_let_in(request: &Request, bucket: &Bucket<'_>, is_public: bool) -> bool {
    let is_own = request.caller.account() == Some(OWN);
    let restricts = bucket.bucket_block.restrict_public_buckets || bucket.account_block.restrict_public_buckets;
    let ignores = bucket.bucket_block.ignore_public_acls || bucket.account_block.ignore_public_acls;
    let by_policy = bucket
        .policy
        .is_some_and(|policy| resource_policy_allows(policy, request))
        && (is_own || matches!(request.caller, Caller::Service { .. }) || !(restricts && is_public));
    let has_account = request.caller.account().is_some();
    let is_denied = bucket.policy.is_some_and(|policy| {
        let everything = Policy::parse(r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}"#).unwrap();
        let mut with = policy.clone();
        with.statements.extend(everything.statements);
        !resource_policy_allows(&with, request)
    });
    let names = |grantee: &Grantee| match grantee {
        Grantee::Group { uri } if uri == ALL_USERS => !ignores,
        Grantee::Group { .. } => has_account && !ignores,
        Grantee::CanonicalUser { id } => request.canonical_user.as_ref() == Some(id),
        Grantee::Email { .. } => false,
    };
    let is_object = request.resource.contains('/');
    let permits = |permission: &str| match request.action.as_str() {
        "s3:ListBucket" | "s3:ListBucketVersions" | "s3:ListBucketMultipartUploads" => {
            !is_object && matches!(permission, "READ" | "FULL_CONTROL")
        }
        "s3:PutObject" => is_object && matches!(permission, "WRITE" | "FULL_CONTROL"),
        "s3:GetBucketAcl" => !is_object && matches!(permission, "READ_ACP" | "FULL_CONTROL"),
        "s3:PutBucketAcl" => !is_object && matches!(permission, "WRITE_ACP" | "FULL_CONTROL"),
        _ => false,
    };
    let by_acl = bucket.object_ownership != ObjectOwnership::BucketOwnerEnforced
        && !is_denied
        && bucket
            .acl
            .iter()
            .any(|grant| names(&grant.grantee) && permits(&grant.permission));
    by_policy || by_acl
}

fn covers(access: &Access, request: &Request, expected: &[Reach]) -> bool {
    // A restricted public policy still lets the owner's account in, and says so.
    let is_open = access
        .blocked_by
        .is_none_or(|why| why.starts_with("RestrictPublicBuckets") && request.caller.account() == Some(OWN));
    is_open && expected.contains(&access.class) && matches_one(&access.actions, &request.action)
}

/// Whether S3 is certain to call the policy public: somebody unnamed gets in, by a statement that names no network, place, organisation,
/// account, principal or source at all, or only networks wider than a /8 (a /32). Who gets in is the code's own answer: only what S3 counts
/// as a limit is told once more.
fn is_public_to_s3(policy: &Policy) -> bool {
    let limits = |condition: &Condition| {
        let key = condition.key.to_ascii_lowercase();
        let mut values = condition.values.iter().map(|value| value.text.as_str());
        let operator = condition.operator.to_string();
        if operator.contains("Not") || operator.contains("Null") {
            return false;
        }
        if key == "aws:sourceip" {
            let (four, six) = (8, 32);
            return values.all(|text| {
                read_network(text)
                    .is_some_and(|network| network.prefix_len() >= if text.contains(':') { six } else { four })
            });
        }
        let named = [
            "aws:source",
            "aws:principalarn",
            "aws:principalaccount",
            "aws:principalorg",
            "aws:principalisawsservice",
            "aws:userid",
            "kms:calleraccount",
        ];
        named.iter().any(|named| key.starts_with(named))
            && values.all(|text| {
                let is_of_one_account = ["222222222222", "111111111111", "444444444444"]
                    .iter()
                    .any(|account| text.starts_with("arn:") && text.contains(&format!(":{account}")));
                !text.contains("${") && (!text.contains('*') || is_of_one_account)
            })
    };
    let findings = reach(policy);
    let mut public = findings.iter().filter(|finding| finding.class.is_public());
    public.any(|finding| !policy.statements[finding.statement].conditions.iter().any(limits))
}

fn grants() -> impl Strategy<Value = Vec<KeyGrant>> {
    let grantee = pick(&[
        "arn:aws:iam::222222222222:user/bob",
        "arn:aws:iam::444444444444:role/app",
        "arn:aws:iam::333333333333:root",
        "arn:aws:iam::111111111111:role/app",
        "sns.amazonaws.com",
    ]);
    let operations = prop::collection::vec(pick(&["Decrypt", "Encrypt", "DescribeKey", "CreateGrant"]), 1..3);
    let constraints = prop_oneof![
        2 => Just(GrantConstraints::default()),
        1 => Just(GrantConstraints { encryption_context_subset: Some([("Team".to_owned(), "a".to_owned())].into()), ..GrantConstraints::default() }),
        1 => Just(GrantConstraints { encryption_context_equals: Some([("Team".to_owned(), "a".to_owned())].into()), ..GrantConstraints::default() }),
    ];
    prop::collection::vec(
        (grantee, operations, constraints).prop_map(|(grantee, operations, constraints)| KeyGrant {
            id: "g".to_owned(),
            grantee,
            operations,
            constraints,
        }),
        0..3,
    )
}

/// The request as one to a key, or to a role.
fn about(mut request: Request, resource: &str, actions: &[&str], context: &[(&str, &str)]) -> Request {
    let bytes: usize = request.action.bytes().map(usize::from).sum();
    actions[bytes % actions.len()].clone_into(&mut request.action);
    resource.clone_into(&mut request.resource);
    for (key, value) in context {
        request.context.set(key, *value);
    }
    request
}

/// Every open way into a bucket or to a key has an example, or says why not; and the search gives up on few.
#[test]
fn ways_in_are_proven() {
    let (all, cut_short) = (Cell::new(0u32), Cell::new(0u32));
    let key = policy_of(statement_about(ABOUT_KEY).boxed(), 3);
    let surroundings = (document(), acl(), key, grants());
    let checked = TestRunner::new(config(200)).run(&surroundings, |(document, acl, key, grants)| {
        let (policy, key) = (Policy::parse(&document).unwrap(), Policy::parse(&key).unwrap());
        let bucket = Bucket {
            arn: BUCKET,
            policy: Some(&policy),
            acl,
            object_ownership: ObjectOwnership::ObjectWriter,
            bucket_block: BlockPublicAccess::default(),
            account_block: BlockPublicAccess::default(),
        };
        let mut found = reach_of_bucket(&bucket, Some(OWN_ID), &directory());
        found.extend(reach_of_key(KEY, Some(&key), &grants, &directory()));
        for access in found.iter().filter(|access| access.blocked_by.is_none()) {
            all.set(all.get() + 1);
            prop_assert!(access.witness.is_some() != access.unproven.is_some(), "{access:?}");
            cut_short.set(cut_short.get() + u32::from(access.unproven.is_some_and(|why| why.contains("cut short"))));
        }
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{} of {} ways cut short", cut_short.get(), all.get());
    assert!(
        all.get() > 200 && cut_short.get() * 100 <= all.get(),
        "{} of {}",
        cut_short.get(),
        all.get()
    );
}

const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn buckets(document in prop::option::of(document()), acl in acl(), object_ownership in ownership(), blocks in (block(), block()), requests in prop::collection::vec(any_request(), 60)) {
        let policy = document.as_ref().map(|document| Policy::parse(document).unwrap());
        let bucket = Bucket { arn: BUCKET, policy: policy.as_ref(), acl, object_ownership, bucket_block: blocks.0, account_block: blocks.1 };
        let is_public = policy.as_ref().is_some_and(is_public_to_s3);
        let found = reach_of_bucket(&bucket, Some(OWN_ID), &directory());
        let none = Policy::parse(r#"{"Version": "2012-10-17", "Statement": []}"#).unwrap();
        for request in requests {
            if is_let_in(&request, &bucket, is_public) {
                let mut expected = classes(&request, policy.as_ref().unwrap_or(&none));
                // What an account may do in its own bucket by the ACL is not listed.
                expected.extend((request.caller.account() == Some(OWN)).then_some(Reach::SameAccount));
                prop_assert!(found.iter().any(|access| covers(access, &request, &expected)), "{} gets in: {:?} {:?}", request, bucket, found);
            }
        }
        for access in found.iter().filter(|access| access.blocked_by.is_none()) {
            if let Some(witness) = &access.witness {
                prop_assert!(is_let_in(witness, &bucket, is_public), "{} does not get in: {:?} {:?}", witness, bucket, access);
            }
        }
    }

    #[test]
    fn keys(document in policy_of(statement_about(ABOUT_KEY).boxed(), 3), grants in grants(), requests in prop::collection::vec((any_request(), any::<bool>()), 60)) {
        let policy = Policy::parse(&document).unwrap();
        let everything = Policy::parse(EVERYTHING).unwrap();
        let found = reach_of_key(KEY, Some(&policy), &grants, &directory());
        let set = PolicySet {
            identity: vec![NamedPolicy { name: "everything", policy: &everything }],
            resource: Some(NamedPolicy { name: "key", policy: &policy }),
            resource_kind: ResourceKind::PolicyRequired,
            grants: &grants,
            ..PolicySet::default()
        };
        for (request, has_team) in requests {
            let context = [("kms:EncryptionContext:Team", "a")];
            let request = about(request, KEY, &["kms:Decrypt", "kms:Encrypt", "kms:DescribeKey", "kms:CreateGrant"], if has_team { &context } else { &[] });
            // Requests without credentials are not answered.
            if request.caller != Caller::Anonymous && evaluate(&request, &set).is_allowed() {
                let expected = classes(&request, &policy);
                prop_assert!(found.iter().any(|access| covers(access, &request, &expected)), "{} gets in: {:?} {} {:?}", request, grants, document, found);
            }
        }
        for witness in found.iter().filter_map(|access| access.witness.as_ref()) {
            // A federated user has rights that a session policy hands on.
            let is_federated = matches!(witness.caller, Caller::FederatedUser { .. });
            let session = is_federated.then(|| set.identity.clone());
            let set = PolicySet { session, ..set.clone() };
            prop_assert!(evaluate(witness, &set).is_allowed(), "{} does not get in: {:?} {}", witness, grants, document);
        }
    }

    #[test]
    fn roles(document in policy_of(statement_about(ABOUT_ROLE).boxed(), 3), requests in prop::collection::vec(any_request(), 60)) {
        let policy = Policy::parse(&document).unwrap();
        let found = reach_of_trust_policy(ROLE, &policy, &directory());
        for request in requests {
            let request = about(request, ROLE, &["sts:AssumeRole", "sts:TagSession"], &[]);
            if request.caller != Caller::Anonymous && resource_policy_allows(&policy, &request) {
                let expected = classes(&request, &policy);
                let is_found = found.iter().any(|finding| expected.contains(&finding.class) && matches_one(&finding.actions, &request.action));
                prop_assert!(is_found, "{} gets in: {} {:?}", request, document, found);
            }
        }
        for witness in found.iter().filter_map(|finding| finding.witness.as_ref()) {
            prop_assert!(resource_policy_allows(&policy, witness), "{} does not get in: {}", witness, document);
        }
    }
}
