//! Permissions boundaries, session policies and federated users.

use security_monkey_iam::evaluate::Caller;

use super::asked::{ACCOUNT, Layers, identity, request, session, user, who};

/// IAM User Guide, "Permissions boundaries for IAM entities"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>), the first example: Shirley's boundary has three services; her policy allows
/// something else, so that she may do nothing.
#[test]
fn a_boundary_limits_and_grants_nothing() {
    let boundary = r#"{"Effect": "Allow", "Action": ["s3:*", "cloudwatch:*", "ec2:*"], "Resource": "*"}"#;
    let shirley = user("shirley");
    let table = |create, list| {
        [
            ("iam:CreateUser", "arn:aws:iam::111111111111:user/new", &[][..], create),
            ("s3:ListBucket", "arn:aws:s3:::records", &[], list),
        ]
    };
    let with = |policies| Layers {
        boundary: Some(boundary),
        ..identity(policies)
    };
    with(&[r#"{"Effect": "Allow", "Action": "iam:CreateUser", "Resource": "*"}"#])
        .answer(&shirley, &table(false, false));
    with(&[r#"{"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}"#]).answer(&shirley, &table(false, true));
    with(&[]).answer(&shirley, &table(false, false));
}

/// The same page, section "Delegating responsibility to others using permissions boundaries": María lets Zhang create users only with the company's boundary; Nikhil,
/// whom he creates, stays within it.
#[test]
fn delegation_by_boundaries() {
    let company = r#"{"Effect": "Allow", "Action": ["s3:*", "cloudwatch:*", "ec2:*", "dynamodb:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:ListUsers", "iam:GetAccountPasswordPolicy"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:*AccessKey*", "iam:ChangePassword", "iam:GetUser"], "Resource": "arn:aws:iam::*:user/${aws:username}"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]},
        {"Effect": "Deny", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:instance/i-1"}"#;
    let delegated = r#"{"Effect": "Allow", "Action": ["iam:AttachUserPolicy", "iam:CreateUser", "iam:PutUserPermissionsBoundary"], "Resource": "*",
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/CompanyBoundary"}}},
        {"Effect": "Allow", "Action": ["cloudwatch:*", "iam:GetUser", "iam:*Group*", "iam:CreatePolicy", "iam:SetDefaultPolicyVersion"], "Resource": "*"},
        {"Effect": "Deny", "Action": ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"], "Resource": "arn:aws:iam::111111111111:policy/*Boundary"},
        {"Effect": "Deny", "Action": "iam:DeleteUserPermissionsBoundary", "Resource": "*"}"#;
    let his = r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, {"Effect": "Allow", "Action": ["cloudwatch:GetDashboard", "s3:ListBucket"], "Resource": "*"}"#;
    let nikhil = "arn:aws:iam::111111111111:user/nikhil";
    let with_boundary: &[(&str, &str)] = &[(
        "iam:PermissionsBoundary",
        "arn:aws:iam::111111111111:policy/CompanyBoundary",
    )];
    let with_another: &[(&str, &str)] = &[("iam:PermissionsBoundary", "arn:aws:iam::111111111111:policy/Mine")];
    Layers {
        boundary: Some(delegated),
        identity: &[his],
        ..Layers::default()
    }
    .answer(
        &user("zhang"),
        &[
            ("iam:CreateUser", nikhil, &[], false),
            ("iam:CreateUser", nikhil, with_another, false),
            ("iam:CreateUser", nikhil, with_boundary, true),
            ("iam:AttachUserPolicy", nikhil, with_boundary, true),
            ("iam:DeleteUserPermissionsBoundary", nikhil, with_boundary, false),
            (
                "iam:SetDefaultPolicyVersion",
                "arn:aws:iam::111111111111:policy/CompanyBoundary",
                &[],
                false,
            ),
            (
                "iam:SetDefaultPolicyVersion",
                "arn:aws:iam::111111111111:policy/other",
                &[],
                true,
            ),
            ("cloudwatch:GetDashboard", "*", &[], true),
            ("cloudwatch:PutDashboard", "*", &[], false),
            ("s3:ListBucket", "arn:aws:s3:::zhang", &[], false),
        ],
    );
    let given = r#"{"Effect": "Allow", "Action": ["iam:*", "s3:Get*", "s3:List*"], "Resource": "*"}"#;
    Layers {
        boundary: Some(company),
        identity: &[given],
        ..Layers::default()
    }
    .answer(
        &user("nikhil"),
        &[
            ("iam:ChangePassword", nikhil, &[], true),
            ("iam:ChangePassword", "arn:aws:iam::111111111111:user/zhang", &[], false),
            (
                "iam:CreateUser",
                "arn:aws:iam::111111111111:user/new",
                with_boundary,
                false,
            ),
            ("s3:GetObject", "arn:aws:s3:::records/a", &[], true),
            ("s3:GetObject", "arn:aws:s3:::logs/a", &[], false),
            (
                "ec2:StartInstances",
                "arn:aws:ec2:us-east-1:111111111111:instance/i-2",
                &[],
                false,
            ),
        ],
    );
}

/// The same page, "Evaluating effective permissions with boundaries", resource-based policies: one that names a user, or a role's very session, gives what a boundary
/// does not take away; one that names the role leaves it to the boundary.
#[test]
fn a_boundary_and_the_policy_of_a_resource() {
    let to = |arn: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{arn}"}}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"}}"#
        )
    };
    let boundary = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#;
    let reads = |principal: &str, caller: &Caller| {
        let resource = to(principal);
        let layers = Layers {
            boundary: Some(boundary),
            resource: Some(&resource),
            ..Layers::default()
        };
        layers
            .decide(&request(caller, "s3:GetObject", "arn:aws:s3:::records/a", &[]))
            .is_allowed()
    };
    assert!(reads("arn:aws:iam::111111111111:user/alice", &user("alice")));
    assert!(reads(
        "arn:aws:sts::111111111111:assumed-role/app/session",
        &session("app")
    ));
    assert!(!reads("arn:aws:iam::111111111111:role/app", &session("app")));
    assert!(!reads("arn:aws:iam::111111111111:root", &user("alice")));
}

/// IAM User Guide, "Policies and permissions in IAM", section "Session policies"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html>): they limit what the role has and grant nothing by themselves; a policy of a resource that names the role
/// adds to the role before that, one that names the session adds to the session.
#[test]
fn session_policies() {
    let role = r#"{"Effect": "Allow", "Action": ["s3:GetObject", "sqs:*"], "Resource": "*"}"#;
    let passed = r#"{"Effect": "Allow", "Action": ["s3:*", "sns:*"], "Resource": "*"}"#;
    let to = |arn: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{arn}"}}, "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": "arn:aws:s3:::records/*"}}"#
        )
    };
    let (to_role, to_session) = (
        to("arn:aws:iam::111111111111:role/app"),
        to("arn:aws:sts::111111111111:assumed-role/app/session"),
    );
    let only_reads = r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
    let table = |put| {
        [
            ("s3:GetObject", "arn:aws:s3:::records/a", &[][..], true),
            ("sqs:SendMessage", "*", &[], false),
            ("sns:Publish", "*", &[], false),
            ("s3:PutObject", "arn:aws:s3:::records/a", &[], put),
        ]
    };
    let plain = Layers {
        session: Some(&[passed]),
        identity: &[role],
        ..Layers::default()
    };
    plain.answer(&session("app"), &table(false));
    Layers {
        resource: Some(&to_role),
        ..plain
    }
    .answer(&session("app"), &table(true));
    Layers {
        resource: Some(&to_role),
        session: Some(&[only_reads]),
        ..plain
    }
    .answer(&session("app"), &table(false));
    Layers {
        resource: Some(&to_session),
        session: Some(&[only_reads]),
        ..plain
    }
    .answer(&session("app"), &table(true));
    // Several session policies: what one of them allows, unless another denies it.
    let several = Layers {
        session: Some(&[only_reads, r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#]),
        ..plain
    };
    several.answer(
        &session("app"),
        &[("s3:GetObject", "*", &[], true), ("sqs:SendMessage", "*", &[], true)],
    );
}

/// IAM User Guide, "Permissions for GetFederationToken"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html>): what the user and the session policy have in common; and Carol, named by the
/// bucket's policy, has what that gives.
#[test]
fn federated_users() {
    let token_app = r#"{"Effect": "Allow", "Action": ["sts:GetFederationToken", "dynamodb:ListTables", "sqs:ReceiveMessage", "s3:ListBucket"], "Resource": "*"}"#;
    let passed = r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::app"}, {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::app/*"}"#;
    let bucket = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:sts::111111111111:federated-user/carol"}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::app/*"}"#;
    let federated = |name: &str| who(&format!("arn:aws:sts::{ACCOUNT}:federated-user/{name}"));
    let table = |get| {
        [
            ("s3:ListBucket", "arn:aws:s3:::app", &[][..], true),
            ("s3:ListBucket", "arn:aws:s3:::other", &[], false),
            ("sqs:ReceiveMessage", "*", &[], false),
            ("dynamodb:ListTables", "*", &[], false),
            ("s3:GetObject", "arn:aws:s3:::app/a", &[], get),
        ]
    };
    let layers = Layers {
        session: Some(&[passed]),
        identity: &[token_app],
        ..Layers::default()
    };
    layers.answer(&federated("carol"), &table(false));
    let layers = Layers {
        resource: Some(bucket),
        ..layers
    };
    layers.answer(&federated("carol"), &table(true));
    layers.answer(&federated("dave"), &table(false));
}
