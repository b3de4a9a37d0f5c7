//! What an identity can do under all its layers.

use security_monkey_iam::Policy;
use security_monkey_iam::actions::AccessLevel;
use security_monkey_iam::effective::{Administrator, effective, effective_in};
use security_monkey_iam::evaluate::{NamedPolicy, PolicySet};

fn policy(statements: &str) -> Policy {
    Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()
}

fn named(policy: &Policy) -> NamedPolicy<'_> {
    NamedPolicy { name: "p", policy }
}

#[test]
fn layers_bound_each_other() {
    let all = policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#);
    let s3 = policy(
        r#"{"Effect": "Allow", "Action": ["s3:Get*", "s3:PutObject"], "Resource": "*"}, {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::secret/*"}"#,
    );
    let no_put = policy(r#"{"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}"#);
    let alone = PolicySet {
        identity: vec![named(&all)],
        ..PolicySet::default()
    };
    assert_eq!(effective(&alone).administrator(), Administrator::Full);
    let bounded = PolicySet {
        boundary: Some(named(&s3)),
        service_control: vec![vec![named(&all)], vec![named(&no_put)]],
        ..alone
    };
    let permissions = effective(&bounded);
    assert_eq!(permissions.administrator(), Administrator::No);
    let answers = |action: &str| (permissions.allows(action), permissions.allows_without_limit(action));
    assert_eq!(answers("s3:getbucketpolicy"), (Some(true), Some(true)));
    assert_eq!(answers("s3:GetObject"), (Some(true), Some(false)));
    assert_eq!(answers("s3:PutObject"), (Some(false), Some(false)));
    assert_eq!(answers("ec2:RunInstances"), (Some(false), Some(false)));
    assert_eq!(answers("nosuch:Thing"), (None, None));
    assert!(
        permissions.levels()[&AccessLevel::Read] > 10
            && !permissions.levels().contains_key(&AccessLevel::PermissionsManagement)
    );
}

#[test]
fn limits_and_full_services_are_told_apart() {
    let some = policy(
        r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}, {"Effect": "Allow", "Action": "sns:*", "Resource": "arn:aws:sns:*:*:x"},
        {"Effect": "Allow", "Action": ["iam:*", "brandnew:Thing"], "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#,
    );
    let permissions = effective(&PolicySet {
        identity: vec![named(&some)],
        ..PolicySet::default()
    });
    assert!(
        permissions.has_full_access_to("sqs")
            && !permissions.has_full_access_to("sns")
            && !permissions.has_full_access_to("nosuch")
    );
    assert_eq!(permissions.administrator(), Administrator::UnderConditions);
    assert_eq!(permissions.unknown, ["brandnew:Thing"]);
    let iam = policy(r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}"#);
    assert_eq!(
        effective(&PolicySet {
            identity: vec![named(&iam)],
            ..PolicySet::default()
        })
        .administrator(),
        Administrator::ByIam
    );
}

fn administrator(statements: &str) -> Administrator {
    let policy = policy(statements);
    effective(&PolicySet {
        identity: vec![named(&policy)],
        ..PolicySet::default()
    })
    .administrator()
}

#[test]
fn an_administrator_under_conditions_is_called_one() {
    let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let deny = |rest: &str| format!(r#"{all}, {{"Effect": "Deny", {rest}}}"#);
    let mfa = r#""Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#;
    let region = r#""Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1"]}}"#;
    let iam = |rest: &str| format!(r#"{{"Effect": "Allow", "Action": "iam:*", {rest}}}"#);
    for statements in [
        deny(&format!(r#""NotAction": ["iam:ListUsers", "sts:*"], "Resource": "*", {mfa}"#)),
        deny(&format!(r#""Action": "*", "Resource": "*", {region}"#)),
        deny(r#""Action": ["iam:DeleteRolePermissionsBoundary", "iam:CreateUser"], "Resource": "*""#),
        deny(r#""Action": "*", "Resource": "arn:aws:iam::111111111111:role/audit""#),
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#.to_owned(),
        iam(r#""Resource": "arn:aws:iam::111111111111:*""#),
        iam(r#""Resource": ["arn:aws:iam::*:user/*", "arn:aws:iam::*:role/*", "arn:aws:iam::*:group/*", "arn:aws:iam::*:policy/*"]"#),
        iam(r#""NotResource": "arn:aws:iam::111111111111:role/audit""#),
    ] {
        assert_eq!(administrator(&statements), Administrator::UnderConditions, "{statements}");
    }
    for statements in [
        deny(r#""Action": "iam:*", "Resource": "*""#),
        deny(r#""Action": "iam:*", "Resource": "arn:aws:iam::111111111111:*""#),
        deny(r#""Action": "iam:*", "NotResource": "arn:aws:iam::111111111111:user/${aws:username}""#),
        deny(r#""Action": ["iam:Attach*", "iam:Put*", "iam:CreatePolicyVersion"], "Resource": "*""#),
        iam(r#""Resource": "arn:aws:iam::111111111111:user/${aws:username}""#),
        iam(r#""Resource": "arn:aws:iam::111111111111:mfa/*""#),
        iam(r#""Resource": "arn:aws:iam::111111111111:user/*""#),
        r#"{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}"#.to_owned(),
        r#"{"Effect": "Allow", "Action": ["iam:Get*", "iam:List*", "iam:AttachRolePolicy"], "Resource": "*"}"#
            .to_owned(),
    ] {
        assert_eq!(administrator(&statements), Administrator::No, "{statements}");
    }
    assert_eq!(
        administrator(&deny(r#""Action": "s3:DeleteBucket", "Resource": "*""#)),
        Administrator::ByIam
    );
    // A boundary of one's own user leaves no administrator.
    let (all, own) = (
        policy(all),
        policy(&iam(r#""Resource": "arn:aws:iam::*:user/${aws:username}""#)),
    );
    let bounded = PolicySet {
        identity: vec![named(&all)],
        boundary: Some(named(&own)),
        ..PolicySet::default()
    };
    assert_eq!(effective(&bounded).administrator(), Administrator::No);
}

#[test]
fn an_administrator_in_several_statements_is_one_as_in_a_single_one() {
    let on = |effect: &str, action: &str, kind: &str| {
        format!(r#"{{"Effect": "{effect}", "Action": "{action}", "Resource": "arn:aws:iam::111111111111:{kind}/*"}}"#)
    };
    let kinds = ["user", "group", "role", "policy"];
    for action in ["iam:*", "*"] {
        let each = kinds.map(|kind| on("Allow", action, kind));
        assert_eq!(
            administrator(&each.join(",")),
            Administrator::UnderConditions,
            "{action}"
        );
        assert_eq!(administrator(&each[1..].join(",")), Administrator::No, "{action}");
        // In several policies, and under a boundary in several statements.
        let policies = each.clone().map(|statement| policy(&statement));
        let (all, bound) = (
            policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#),
            policy(&each.join(",")),
        );
        let several = PolicySet {
            identity: policies.iter().map(named).collect(),
            ..PolicySet::default()
        };
        let bounded = PolicySet {
            identity: vec![named(&all)],
            boundary: Some(named(&bound)),
            ..PolicySet::default()
        };
        for set in [several, bounded] {
            assert_eq!(
                effective(&set).administrator(),
                Administrator::UnderConditions,
                "{action}"
            );
        }
    }
    let all = r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}"#;
    let denied = kinds.map(|kind| on("Deny", "iam:*", kind));
    assert_eq!(
        administrator(&format!("{all}, {}", denied.join(","))),
        Administrator::No
    );
    assert_eq!(
        administrator(&format!("{all}, {}", denied[1..].join(","))),
        Administrator::UnderConditions
    );
}

#[test]
fn an_administrator_of_another_account_is_none() {
    let in_account = |account: Option<&str>, resource: &str| {
        let policy = policy(&format!(
            r#"{{"Effect": "Allow", "Action": "iam:*", "Resource": "{resource}"}}"#
        ));
        let set = PolicySet {
            identity: vec![named(&policy)],
            ..PolicySet::default()
        };
        effective_in(account, &set).administrator()
    };
    let own = Some("111111111111");
    for resource in [
        "arn:aws:iam::111111111111:*",
        "arn:aws:iam::1111*:*",
        "arn:aws:iam::${aws:PrincipalAccount}:*",
    ] {
        assert_eq!(in_account(own, resource), Administrator::UnderConditions, "{resource}");
        assert_eq!(in_account(None, resource), Administrator::UnderConditions, "{resource}");
    }
    for resource in [
        "arn:aws:iam::222222222222:*",
        "arn:aws:iam::aws:*",
        "*:iam::222222222222:*",
    ] {
        assert_eq!(in_account(own, resource), Administrator::No, "{resource}");
    }
    // Whose it is, is not known.
    assert_eq!(
        in_account(None, "arn:aws:iam::222222222222:*"),
        Administrator::UnderConditions
    );
    assert_eq!(in_account(None, "arn:aws:iam::aws:*"), Administrator::No);
}

#[test]
fn rights_are_told_by_access_level_and_by_limit() {
    let some = policy(
        r#"{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket", "sqs:SendMessage"], "Resource": "arn:aws:s3:::records/*"},
        {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "iam:AttachUserPolicy"], "Resource": "*"}"#,
    );
    let permissions = effective(&PolicySet {
        identity: vec![named(&some)],
        ..PolicySet::default()
    });
    // Not of level Read, and data all the same.
    let key = policy(r#"{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*"}"#);
    let of_key = effective(&PolicySet {
        identity: vec![named(&key)],
        ..PolicySet::default()
    });
    assert_eq!(of_key.data_exposing().unlimited, ["kms:Decrypt"]);
    assert_eq!(of_key.rights(AccessLevel::Read).count(), 0);
    let exposing = permissions.data_exposing();
    assert_eq!(exposing.limited, ["s3:GetObject"]);
    assert_eq!(exposing.unlimited, ["secretsmanager:GetSecretValue"]);
    let granting = permissions.permissions_management();
    assert_eq!(
        (granting.unlimited.as_slice(), granting.count()),
        (&["iam:AttachUserPolicy".to_owned()][..], 1)
    );
    // A bucket is listed, not its objects.
    assert_eq!(permissions.rights(AccessLevel::List).count(), 0);
}
