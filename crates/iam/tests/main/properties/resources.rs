//! Who can reach buckets, keys and roles by everything that opens and closes them, against the evaluator and AWS's rules for what
//! stands beside a policy, told here once more.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::{
    Caller, GrantConstraints, KeyGrant, NamedPolicy, PolicySet, Request, ResourceKind, evaluate, resource_policy_allows,
};
use security_monkey_iam::reach::{
    Access, AclGrant, BlockPublicAccess, Bucket, Grantee, ObjectOwnership, Reach, Through, reach_of_bucket,
    reach_of_key, reach_of_trust_policy,
};

use super::aim::{Asked, Dice, aimed};
use super::config;
use super::generate::{ABOUT_KEY, ABOUT_ROLE, BUCKET, VENDOR_ID, document, document_about};
use super::lists::pick;
use super::public::{IsPublic, is_public};
use super::reach::{
    Tally, aimed_at, are_allowed, classes, each_is_found, is_about_accounts, is_of_class, is_small, matches_one,
    seeded, source_account,
};
use super::requests::{any_request, service_request};
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
    (rarely(), rarely(), rarely(), prop::bool::weighted(0.3)).prop_map(
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

/// Whether a way in is the one that lets a request in, and is proven or says why not; where a search may have been cut short, that will do.
fn covers(access: &Access, request: &Request, expected: &[Reach], may_be_cut: bool) -> bool {
    // A restricted public policy still lets services and the owner's account in, and says so.
    let is_spared = matches!(request.caller, Caller::Service { .. }) || request.caller.account() == Some(OWN);
    let is_open = access
        .blocked_by
        .is_none_or(|why| why.starts_with("RestrictPublicBuckets") && is_spared);
    let account = request.caller.account().or(source_account(request));
    let is_its_account = !is_about_accounts(access.class) || access.account.as_deref() == account;
    let is_told =
        access.witness.is_some() || may_be_cut || access.unproven.is_some_and(|why| !why.contains("cut short"));
    is_open
        && is_its_account
        && is_told
        && expected.contains(&access.class)
        && matches_one(&access.actions, &request.action)
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
            retiring: None,
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
    let count = |counter: &Cell<u32>, is: bool| counter.set(counter.get() + u32::from(is));
    let key = document_about(ABOUT_KEY);
    let surroundings = (document(), acl(), key, grants());
    let checked = TestRunner::new(config(150)).run(&surroundings, |(document, acl, key, grants)| {
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
            prop_assert!(access.witness.is_some() != access.unproven.is_some(), "{access:?}");
            let is_cut = access.unproven.is_some_and(|why| why.contains("cut short"));
            prop_assert!(
                !is_cut || !is_small(&policy) || !is_small(&key),
                "{access:?}: {document} {key:?}"
            );
            count(&all, true);
            count(&cut_short, is_cut);
        }
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{} of {} ways cut short", cut_short.get(), all.get());
    assert!(
        all.get() > 200 && cut_short.get() * 20 <= all.get(),
        "{} of {}",
        cut_short.get(),
        all.get()
    );
}

const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// How often a policy was public, was not, and neither is said; and how many requests got in.
#[derive(Default)]
struct Seen {
    verdicts: [Cell<u32>; 3],
    asked: Cell<u32>,
    let_in: Cell<u32>,
}

/// A bucket with everything that decides about it.
fn bucket_holds(
    (document, bucket): (Option<&str>, &Bucket<'_>),
    requests: Vec<(Request, u64)>,
    seen: &Seen,
) -> Result<(), TestCaseError> {
    let none = Policy::parse(r#"{"Version": "2012-10-17", "Statement": []}"#).unwrap();
    let policy = bucket.policy.unwrap_or(&none);
    let requests = aimed_at(policy, requests, OF_BUCKET_AND_ACL);
    let verdict = is_public(policy, &requests);
    let add = |counter: &Cell<u32>| counter.set(counter.get() + 1);
    add(&seen.verdicts[verdict as usize]);
    let found = reach_of_bucket(bucket, Some(OWN_ID), &directory());
    for request in &requests {
        add(&seen.asked);
        if is_let_in(request, bucket, verdict != IsPublic::No) {
            add(&seen.let_in);
            let mut expected = classes(request, policy);
            // What an account may do in its own bucket by the ACL is not listed.
            expected.extend((request.caller.account() == Some(OWN)).then_some(Reach::SameAccount));
            let is_found = found
                .iter()
                .any(|access| covers(access, request, &expected, !is_small(policy)));
            prop_assert!(is_found, "{request} gets in: {document:?} {bucket:?} {found:?}");
        }
    }
    for access in found.iter().filter(|access| access.blocked_by.is_none()) {
        if let Some(witness) = &access.witness {
            prop_assert!(
                is_let_in(witness, bucket, verdict == IsPublic::Yes),
                "{witness} does not get in: {document:?} {bucket:?} {access:?}"
            );
            let of = (access.class, access.who.as_str(), access.account.as_deref());
            let is_by_policy = matches!(access.through, Through::Policy { .. });
            prop_assert!(
                !is_by_policy || is_of_class(witness, of, policy, document.unwrap_or_default()),
                "{witness} is not {}: {document:?}",
                access.class
            );
        }
    }
    Ok(())
}

#[test]
fn buckets() {
    let surroundings = (
        prop::option::weighted(0.95, document()),
        acl(),
        ownership(),
        (block(), block()),
        seeded(prop_oneof![3 => any_request(), 1 => service_request()], 40),
    );
    let seen = Seen::default();
    let checked = TestRunner::new(config(140)).run(
        &surroundings,
        |(document, acl, object_ownership, (bucket_block, account_block), requests)| {
            let policy = document.as_ref().map(|document| Policy::parse(document).unwrap());
            let bucket = Bucket {
                arn: BUCKET,
                policy: policy.as_ref(),
                acl,
                object_ownership,
                bucket_block,
                account_block,
            };
            bucket_holds((document.as_deref(), &bucket), requests, &seen)
        },
    );
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    let [yes, no, unsaid] = [0, 1, 2].map(|at: usize| seen.verdicts[at].get());
    let (asked, let_in) = (seen.asked.get(), seen.let_in.get());
    println!("public {yes}, not {no}, unsaid {unsaid}; {let_in} of {asked} requests let in");
    assert!(
        yes * 5 > yes + no + unsaid && no * 5 > yes + no + unsaid,
        "{yes}, {no}, {unsaid}"
    );
    assert!(let_in * 100 >= 15 * asked, "{let_in} of {asked} let in");
}

/// What ACLs speak of as well.
const OF_BUCKET_AND_ACL: Asked<'_> = Asked {
    actions: &[
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "s3:GetBucketAcl",
        "s3:PutBucketAcl",
    ],
    resource: BUCKET,
};

const OF_KEY: Asked<'_> = Asked {
    actions: &["kms:Decrypt", "kms:Encrypt", "kms:DescribeKey", "kms:CreateGrant"],
    resource: KEY,
};

const OF_ROLE: Asked<'_> = Asked {
    actions: &["sts:AssumeRole", "sts:TagSession"],
    resource: "",
};

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn keys(document in document_about(ABOUT_KEY), grants in grants(), requests in prop::collection::vec((any_request(), any::<u64>(), any::<bool>()), 40)) {
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
        for (request, seed, has_team) in requests {
            let context = [("kms:EncryptionContext:Team", "a")];
            let request = about(request, KEY, OF_KEY.actions, if has_team { &context } else { &[] });
            let request = aimed(request, &policy, OF_KEY, &mut Dice::new(seed));
            // Requests without credentials are not answered.
            if request.caller != Caller::Anonymous && evaluate(&request, &set).is_allowed() {
                let expected = classes(&request, &policy);
                prop_assert!(found.iter().any(|access| covers(access, &request, &expected, !is_small(&policy))), "{} gets in: {:?} {} {:?}", request, grants, document, found);
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
}

#[test]
fn roles() {
    let tally = Tally::default();
    let surroundings = (document_about(ABOUT_ROLE), seeded(any_request(), 40));
    let checked = TestRunner::new(config(150)).run(&surroundings, |(document, requests)| {
        let policy = Policy::parse(&document).unwrap();
        let found = reach_of_trust_policy(ROLE, &policy, &directory());
        let signed = requests
            .into_iter()
            .filter(|(request, _)| request.caller != Caller::Anonymous);
        let of_role = signed.map(|(request, seed)| (about(request, ROLE, OF_ROLE.actions, &[]), seed));
        let requests = aimed_at(&policy, of_role.collect(), OF_ROLE);
        each_is_found(&found, &policy, &document, &requests, &tally)?;
        are_allowed(&found, &policy, &document)
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
    tally.assert_telling("roles");
}
