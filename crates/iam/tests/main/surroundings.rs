//! What stands beside a policy: ACLs, block public access, grants, sharing lists.

use security_monkey_iam::Policy;
use security_monkey_iam::reach::{
    AclGrant, BlockPublicAccess, Bucket, Grantee, KeyGrant, ObjectOwnership, Reach, Sharing, reach_of_bucket,
    reach_of_function, reach_of_key, reach_of_shared, reach_of_trust_policy,
};

use crate::reach::directory;

const PUBLIC: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
    {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::records/*"},
    {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": "arn:aws:s3:::records/*"}]}"#;

fn group(name: &str, permission: &str) -> AclGrant {
    let uri = format!("http://acs.amazonaws.com/groups/{name}");
    AclGrant {
        grantee: Grantee::Group { uri },
        permission: permission.to_owned(),
    }
}

/// Class and whether it is blocked, for each way in.
fn ways(bucket: &Bucket<'_>) -> Vec<(Reach, bool)> {
    let found = reach_of_bucket(bucket, Some("owner"), &directory());
    found
        .iter()
        .map(|access| (access.class, access.blocked_by.is_some()))
        .collect()
}

fn bucket(policy: Option<&Policy>, acl: Vec<AclGrant>) -> Bucket<'_> {
    Bucket {
        arn: "arn:aws:s3:::records",
        policy,
        acl,
        object_ownership: ObjectOwnership::ObjectWriter,
        bucket_block: BlockPublicAccess::default(),
        account_block: BlockPublicAccess::default(),
    }
}

#[test]
fn acl_grants_are_ways_in_unless_acls_are_off() {
    let canonical = |id: &str| AclGrant {
        grantee: Grantee::CanonicalUser { id: id.to_owned() },
        permission: "READ".to_owned(),
    };
    let acl = vec![
        group("global/AllUsers", "READ"),
        group("global/AuthenticatedUsers", "WRITE"),
        group("s3/LogDelivery", "WRITE"),
        canonical("owner"),
        canonical("stranger"),
        canonical(&"a".repeat(64)),
    ];
    let open = bucket(None, acl);
    let service = Reach::AwsService { guarded: true };
    let classes = [
        Reach::Internet,
        Reach::AnyAwsAccount,
        Reach::UnknownAccount,
        Reach::ThirdPartyAccount,
        service,
    ];
    assert_eq!(ways(&open), classes.map(|class| (class, false)));
    let ignored = Bucket {
        account_block: BlockPublicAccess {
            ignore_public_acls: true,
            ..BlockPublicAccess::default()
        },
        ..open.clone()
    };
    assert_eq!(ways(&ignored), classes.map(|class| (class, class.is_public())));
    let enforced = Bucket {
        object_ownership: ObjectOwnership::BucketOwnerEnforced,
        ..open.clone()
    };
    assert_eq!(ways(&enforced), classes.map(|class| (class, true)));
    // Refusing new public ACLs does nothing about those there are.
    let late = Bucket {
        bucket_block: BlockPublicAccess {
            block_public_acls: true,
            ..BlockPublicAccess::default()
        },
        ..open
    };
    assert_eq!(ways(&late), classes.map(|class| (class, false)));
}

#[test]
fn restricting_public_buckets_also_shuts_out_other_accounts() {
    let policy = Policy::parse(PUBLIC).unwrap();
    let classes = [Reach::Internet, Reach::FriendlyAccount, Reach::SameAccount];
    assert_eq!(
        ways(&bucket(Some(&policy), vec![])),
        classes.map(|class| (class, false))
    );
    let blocks = |block| Bucket {
        bucket_block: block,
        ..bucket(Some(&policy), vec![])
    };
    let restricted = BlockPublicAccess {
        restrict_public_buckets: true,
        ..BlockPublicAccess::default()
    };
    assert_eq!(
        ways(&blocks(restricted)),
        [
            (Reach::Internet, true),
            (Reach::FriendlyAccount, true),
            (Reach::SameAccount, false)
        ]
    );
    let late = BlockPublicAccess {
        block_public_policy: true,
        ..BlockPublicAccess::default()
    };
    assert_eq!(ways(&blocks(late)), classes.map(|class| (class, false)));
}

#[test]
fn keys_are_reached_by_policy_and_by_grant() {
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let open = Policy::parse(r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}]}"#).unwrap();
    let limited = Policy::parse(r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*", "Condition": {"StringEquals": {"kms:CallerAccount": "111111111111", "kms:ViaService": "s3.us-east-1.amazonaws.com"}}}]}"#).unwrap();
    let grant = |grantee: &str| KeyGrant {
        id: "g".to_owned(),
        grantee: grantee.to_owned(),
        operations: vec!["Decrypt".to_owned()],
        ..KeyGrant::default()
    };
    let classes = |policy: &Policy, grants: &[KeyGrant]| {
        reach_of_key(key, Some(policy), grants, &directory())
            .iter()
            .map(|access| access.class)
            .collect::<Vec<_>>()
    };
    // KMS answers signed requests only.
    assert_eq!(classes(&open, &[]), [Reach::AnyAwsAccount]);
    let grants = [
        grant("arn:aws:iam::444444444444:role/x"),
        grant("arn:aws:iam::333333333333:root"),
        grant("rds.amazonaws.com"),
    ];
    assert_eq!(
        classes(&limited, &grants),
        [
            Reach::UnknownAccount,
            Reach::ThirdPartyAccount,
            Reach::AwsService { guarded: true },
            Reach::SameAccount
        ]
    );
}

#[test]
fn roles_functions_and_shared_copies() {
    let directory = directory();
    let trust = |principal: &str, condition: &str| {
        let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole", "Condition": {condition}}}}}"#)).unwrap();
        reach_of_trust_policy("arn:aws:iam::111111111111:role/r", &policy, &directory)
            .iter()
            .map(|finding| finding.class)
            .collect::<Vec<_>>()
    };
    assert_eq!(trust(r#"{"AWS": "*"}"#, "{}"), [Reach::AnyAwsAccount]);
    assert_eq!(
        trust(
            r#"{"AWS": "arn:aws:iam::333333333333:root"}"#,
            r#"{"StringEquals": {"sts:ExternalId": "x"}}"#
        ),
        [Reach::ThirdPartyAccount]
    );
    assert_eq!(
        trust(r#"{"Service": "ec2.amazonaws.com"}"#, "{}"),
        [Reach::AwsService { guarded: false }]
    );
    let url = Policy::parse(r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": "*", "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}}"#).unwrap();
    let function = "arn:aws:lambda:us-east-1:111111111111:function:f";
    assert_eq!(
        reach_of_function(function, &url, Some("NONE"), &directory)[0].class,
        Reach::Internet
    );
    assert_eq!(
        reach_of_function(function, &url, None, &directory)[0].class,
        Reach::AnyAwsAccount
    );
    let account = |id: &str| Sharing::Account { id: id.to_owned() };
    let organisation = Sharing::Organisation {
        arn: "arn:aws:organizations::111111111111:organization/o-ours1234567".to_owned(),
    };
    let shared = reach_of_shared(
        &[
            account("222222222222"),
            Sharing::Everybody,
            account("444444444444"),
            organisation,
        ],
        &["ec2:CreateVolume"],
        &directory,
    );
    let classes: Vec<_> = shared.iter().map(|access| access.class).collect();
    assert_eq!(
        classes,
        [
            Reach::AnyAwsAccount,
            Reach::UnknownAccount,
            Reach::Organisation,
            Reach::FriendlyAccount
        ]
    );
}
