//! What stands beside a policy: ACLs, block public access, grants, sharing lists.

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::{Caller, resource_policy_allows};
use security_monkey_iam::reach::{
    Accepts, AclGrant, BlockPublicAccess, Bucket, Grantee, KeyGrant, ObjectOwnership, Reach, ReachContext, Sharing,
    reach_of_bucket, reach_of_function, reach_of_key, reach_of_resource_policy, reach_of_shared, reach_of_trust_policy,
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
fn an_acl_grant_to_an_account_that_nobody_told_under_denies() {
    let acl = || {
        vec![AclGrant {
            grantee: Grantee::CanonicalUser { id: "b".repeat(64) },
            permission: "READ".to_owned(),
        }]
    };
    for (condition, is_blocked) in [
        (r#""StringNotEquals": {"aws:PrincipalAccount": "222222222222"}"#, false),
        (r#""StringEquals": {"aws:PrincipalAccount": "222222222222"}"#, false),
        (r#""StringLike": {"aws:PrincipalAccount": "0*"}"#, false),
        (
            r#""ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::555566667777:role/x"}"#,
            false,
        ),
        (r#""StringLike": {"aws:PrincipalAccount": "*"}"#, true),
    ] {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {{{condition}}}}}}}"#
        );
        let policy = Policy::parse(&policy).unwrap();
        let found = ways(&bucket(Some(&policy), acl()));
        assert_eq!(found, [(Reach::UnknownAccount, is_blocked)], "{condition}");
    }
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
        retiring: None,
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

/// A policy that allows `*` is shown by something its resource answers. IAM User Guide, "Roles terms and concepts", on trust policies; KMS
/// Developer Guide, "Key policies in AWS KMS"; Lambda Developer Guide, "Resource-based IAM policies in Lambda".
#[test]
fn the_example_asks_for_what_the_resource_answers() {
    let directory = directory();
    let everything = |deny: &str| {
        let allow = r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}"#;
        Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{allow}{deny}]}}"#)).unwrap()
    };
    let deny = |element: &str| format!(r#", {{"Effect": "Deny", "Principal": "*", {element}, "Resource": "*"}}"#);
    let asked = |arn: &str, deny: &str| -> Option<String> {
        let context = ReachContext {
            resource: Some(arn),
            accepts: Accepts::SignedOnly,
        };
        let found = reach_of_resource_policy(&everything(deny), &directory, context);
        found.into_iter().next().map(|finding| finding.witness.unwrap().action)
    };
    for (arn, likely, denied, left) in [
        ("iam::111111111111:role/r", "sts:AssumeRole", "sts:AssumeR*", "sts:"),
        ("kms:us-east-1:111111111111:key/1", "kms:Decrypt", "kms:D*", "kms:"),
        (
            "lambda:us-east-1:111111111111:function:f",
            "lambda:InvokeFunction",
            "lambda:Invoke*",
            "lambda:",
        ),
        ("sqs:us-east-1:111111111111:q", "sqs:SendMessage", "sqs:Send*", "sqs:"),
        ("es:us-east-1:111111111111:domain/d", "es:ESHttpGet", "s3:*", "es:"),
    ] {
        let arn = format!("arn:aws:{arn}");
        assert_eq!(asked(&arn, "").as_deref(), Some(likely));
        let other = asked(&arn, &deny(&format!(r#""Action": "{denied}""#))).unwrap();
        assert!(other.starts_with(left), "{other}");
    }
    // Where nothing is left that it answers, nobody gets in.
    let role = "arn:aws:iam::111111111111:role/r";
    assert_eq!(asked(role, &deny(r#""Action": "sts:*""#)), None);
    let tags = asked(role, &deny(r#""NotAction": ["s3:*", "sts:TagSession"]"#)).unwrap();
    assert!(tags.eq_ignore_ascii_case("sts:TagSession"), "{tags}");
}

/// What we call public and what S3 does are two things: it sums up no networks.
#[test]
fn s3_closes_only_what_it_calls_public_itself() {
    let restrict = BlockPublicAccess {
        restrict_public_buckets: true,
        ..BlockPublicAccess::default()
    };
    let ways = |condition: &str| {
        let policy = Policy::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*", "Condition": {condition}}}]}}"#
        ))
        .unwrap();
        ways(&Bucket {
            bucket_block: restrict,
            ..bucket(Some(&policy), Vec::new())
        })
    };
    let slices = r#"{"IpAddress": {"aws:SourceIp": ["3.0.0.0/8", "52.0.0.0/8"]}}"#;
    assert_eq!(ways(slices), [(Reach::Internet, false)]);
    let half = r#"{"IpAddress": {"aws:SourceIp": ["3.0.0.0/8", "128.0.0.0/1"]}}"#;
    assert_eq!(ways(half), [(Reach::Internet, true)]);
    let six = r#"{"IpAddress": {"aws:SourceIp": ["2000::/31"]}}"#;
    assert_eq!(ways(six), [(Reach::Internet, true)]);
    // How S3 judges modifiers is not said: nothing is certain to be closed.
    let absent = r#"{"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}"#;
    assert_eq!(ways(absent), [(Reach::Internet, false)]);
    let any = r#"{"StringLike": {"aws:SourceVpc": "vpc-*"}}"#;
    assert_eq!(ways(any), [(Reach::Internet, true)]);
    assert_eq!(
        ways(r#"{"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}"#),
        [(Reach::Internet, true)]
    );
    assert_eq!(
        ways(r#"{"StringEquals": {"aws:Referer": "x"}}"#),
        [(Reach::Internet, true)]
    );
}

#[test]
fn what_the_policy_of_a_key_denies_no_grant_gives() {
    let key = "arn:aws:kms:us-east-1:111111111111:key/1";
    let grant = |grantee: &str| KeyGrant {
        id: "g".to_owned(),
        retiring: None,
        grantee: grantee.to_owned(),
        operations: vec!["Decrypt".to_owned(), "Encrypt".to_owned()],
        ..KeyGrant::default()
    };
    let reach = |deny: &str, grantee: &str| {
        let policy = Policy::parse(&format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Principal": "*", "Resource": "*", {deny}}}]}}"#
        ))
        .unwrap();
        let mut found = reach_of_key(key, Some(&policy), &[grant(grantee)], &directory());
        assert_eq!(found.len(), 1);
        found.remove(0)
    };
    for grantee in [
        "arn:aws:iam::444444444444:role/app",
        "444444444444",
        "sns.amazonaws.com",
    ] {
        let all = reach(r#""Action": "kms:*""#, grantee);
        assert!(all.blocked_by.is_some() && all.witness.is_none(), "{all:?}");
        let some = reach(r#""Action": "kms:Decrypt""#, grantee);
        assert!(some.blocked_by.is_none() && some.witness.is_some(), "{some:?}");
        assert_eq!(some.actions, ["kms:Encrypt"]);
    }
    // Only from elsewhere: the witness comes from there.
    let elsewhere =
        r#""Action": "kms:*", "Condition": {"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}"#;
    let spared = reach(elsewhere, "arn:aws:iam::444444444444:role/app");
    assert!(spared.blocked_by.is_none() && spared.witness.is_some(), "{spared:?}");
}

/// Sharing lists, addresses and groups of services are no policies that a request could be held against: they say so.
#[test]
fn a_way_in_without_example_says_why() {
    let shared = reach_of_shared(&[Sharing::Everybody], &["ec2:CreateVolume"], &directory());
    let email = AclGrant {
        grantee: Grantee::Email {
            address: "somebody@example.com".to_owned(),
        },
        permission: "READ".to_owned(),
    };
    let acl = bucket(
        None,
        vec![
            email,
            group("s3/LogDelivery", "WRITE"),
            group("global/AllUsers", "READ"),
        ],
    );
    let granted = reach_of_bucket(&acl, Some("owner"), &directory());
    assert_eq!((shared.len(), granted.len()), (1, 3));
    for access in shared.iter().chain(&granted) {
        assert_eq!(access.unproven.is_some(), access.class != Reach::Internet, "{access:?}");
        assert_eq!(access.witness.is_some(), access.class == Reach::Internet, "{access:?}");
    }
}

/// A policy that opens the URL of a function to anybody was said to open it to accounts, by a signed request to a URL that takes no
/// signatures.
#[test]
fn a_policy_that_asks_for_an_open_url_is_taken_to_have_one() {
    let function = "arn:aws:lambda:us-east-1:111111111111:function:f";
    let classes = |condition: &str, url: Option<&str>| -> Vec<Reach> {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": "*", "Condition": {condition}}}}}"#
        );
        let policy = Policy::parse(&document).unwrap();
        let found = reach_of_function(function, &policy, url, &directory());
        for finding in &found {
            let witness = finding.witness.as_ref().unwrap();
            assert!(resource_policy_allows(&policy, witness), "{witness} by {document}");
            let is_open = finding.class == Reach::Internet;
            assert_eq!(witness.caller == Caller::Anonymous, is_open, "{witness} by {document}");
        }
        found.iter().map(|finding| finding.class).collect()
    };
    let none = r#"{"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}"#;
    let not_signed = r#"{"StringNotEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}"#;
    let signed = r#"{"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}}"#;
    for condition in [none, not_signed] {
        assert_eq!(classes(condition, None), [Reach::Internet], "{condition}");
        assert_eq!(classes(condition, Some("NONE")), [Reach::Internet], "{condition}");
        assert_eq!(classes(condition, Some("AWS_IAM")), [], "{condition}");
    }
    for either in [
        r#"{"StringEquals": {"lambda:FunctionUrlAuthType": ["NONE", "AWS_IAM"]}}"#,
        r#"{"StringLike": {"lambda:FunctionUrlAuthType": "*"}}"#,
    ] {
        assert_eq!(classes(either, None), [Reach::Internet], "{either}");
    }
    for url in [None, Some("AWS_IAM")] {
        assert_eq!(classes(signed, url), [Reach::AnyAwsAccount], "{url:?}");
        assert_eq!(classes("{}", url), [Reach::AnyAwsAccount], "{url:?}");
    }
}

/// Lambda Developer Guide, "Control access to Lambda function URLs": since October 2025 a URL asks for two actions. Older URLs were exempt,
/// so the way in stays; that it may be closed is said.
#[test]
fn a_function_url_that_lacks_the_second_action_is_open_perhaps() {
    let function = "arn:aws:lambda:us-east-1:111111111111:function:f";
    let by_url = r#"{"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": "*", "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}"#;
    let by_call = r#"{"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": "*", "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}}"#;
    let ways = |statements: &str| -> Vec<(Reach, bool)> {
        let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let policy = Policy::parse(&document).unwrap();
        let found = reach_of_function(function, &policy, None, &directory());
        found
            .iter()
            .map(|access| (access.class, access.may_lack.is_some()))
            .collect()
    };
    assert_eq!(ways(by_url), [(Reach::Internet, true)]);
    assert_eq!(ways(by_call), [(Reach::AnyAwsAccount, true)]);
    let both = format!("{by_url}, {by_call}");
    assert_eq!(ways(&both), [(Reach::Internet, false), (Reach::AnyAwsAccount, false)]);
    let denied = r#"{"Effect": "Deny", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": "*"}"#;
    assert_eq!(ways(&format!("{both}, {denied}")), [(Reach::Internet, true)]);
    // One pattern for both, and calls that are not those of a URL.
    assert_eq!(
        ways(&by_url.replace("InvokeFunctionUrl", "InvokeFunction*")),
        [(Reach::Internet, false)]
    );
    let plain = r#"{"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": "*"}"#;
    assert_eq!(ways(plain), [(Reach::AnyAwsAccount, false)]);
    // Within the account the caller's own policies may allow the rest.
    let own = by_url.replace(
        r#""*", "Action""#,
        r#"{"AWS": "arn:aws:iam::111111111111:role/r"}, "Action""#,
    );
    let own = own.replace("NONE", "AWS_IAM");
    assert_eq!(ways(&own), [(Reach::SameAccount, false)]);
}
