use std::collections::HashSet;

use super::{escalations, methods, unknown_actions};
use crate::Policy;
use crate::evaluate::{Caller, NamedPolicy, PolicySet};
use crate::example::tests::nested_wildcards;

fn alice() -> Caller {
    Caller::User {
        arn: "arn:aws:iam::111111111111:user/alice".to_owned(),
    }
}

fn found(document: &str, boundary: Option<&str>) -> Vec<String> {
    found_by(&alice(), document, boundary)
}

fn found_by(caller: &Caller, document: &str, boundary: Option<&str>) -> Vec<String> {
    let policy = Policy::parse(document).unwrap();
    let boundary = boundary.map(|text| Policy::parse(text).unwrap());
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &policy,
        }],
        boundary: boundary.as_ref().map(|policy| NamedPolicy { name: "b", policy }),
        ..PolicySet::default()
    };
    escalations(caller, &set)
        .found
        .into_iter()
        .map(|escalation| escalation.method.id.clone())
        .collect()
}

fn allow(actions: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {actions}, "Resource": {resource}, "Condition": {condition}}}]}}"#
    )
}

#[test]
fn the_methods_read_have_unique_ids_and_known_actions() {
    assert!(methods().len() > 70);
    let ids: HashSet<&str> = methods().iter().map(|method| method.id.as_str()).collect();
    assert_eq!(ids.len(), methods().len());
    // Services that AWS has closed are gone from the list; their methods stay for old policies.
    let unknown: HashSet<&str> = unknown_actions()
        .into_iter()
        .filter(|action| !action.starts_with("codestar:"))
        .collect();
    assert_eq!(unknown, HashSet::new());
}

#[test]
fn every_method_is_found_when_its_actions_are_allowed_and_not_without_one_of_them() {
    for method in methods() {
        let mut actions = method.all.clone();
        actions.extend(method.any.first().cloned());
        let deny = r#"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#;
        let document = |actions: &[String]| {
            allow(&serde_json::to_string(actions).unwrap(), r#""*""#, "{}").replace("}]}", &format!("}}, {deny}]}}"))
        };
        // A user cannot put a policy on itself as a role; "self" methods for roles need a role.
        let is_for_roles =
            method.target == super::Target::Own && method.all.iter().any(|action| action.contains("Role"));
        if !is_for_roles {
            assert!(found(&document(&actions), None).contains(&method.id), "{}", method.id);
        }
        for missing in 0..actions.len() {
            let mut fewer = actions.clone();
            fewer.remove(missing);
            if !fewer.is_empty() {
                assert!(
                    !found(&document(&fewer), None).contains(&method.id),
                    "{} without {}",
                    method.id,
                    actions[missing]
                );
            }
        }
    }
}

#[test]
fn resource_limits_are_honoured() {
    let own = r#""arn:aws:iam::111111111111:user/${aws:username}""#;
    assert!(
        found(&allow(r#""iam:CreateAccessKey""#, own, "{}"), None).is_empty(),
        "a key for oneself"
    );
    assert_eq!(
        found(
            &allow(
                r#""iam:CreateAccessKey""#,
                r#""arn:aws:iam::111111111111:user/bob""#,
                "{}"
            ),
            None
        ),
        ["iam-create-access-key"]
    );
    assert!(
        found(
            &allow(
                r#""iam:PutUserPolicy""#,
                r#""arn:aws:iam::111111111111:user/bob""#,
                "{}"
            ),
            None
        )
        .is_empty(),
        "another user's policy"
    );
    assert_eq!(
        found(&allow(r#""iam:PutUserPolicy""#, own, "{}"), None),
        ["iam-put-user-policy"]
    );
    assert!(
        found(
            &allow(r#"["iam:PassRole", "ec2:RunInstances"]"#, r#""arn:aws:s3:::x""#, "{}"),
            None
        )
        .is_empty(),
        "no role"
    );
}

#[test]
fn a_role_passed_to_another_service_is_no_way() {
    let actions = r#"["iam:PassRole", "ec2:RunInstances"]"#;
    let to =
        |service: &str| format!(r#"{{"StringEqualsIfExists": {{"iam:PassedToService": "{service}.amazonaws.com"}}}}"#);
    assert_eq!(
        found(&allow(actions, r#""*""#, &to("ec2")), None),
        ["pass-role-ec2-run-instances"]
    );
    assert!(found(&allow(actions, r#""*""#, &to("lambda")), None).is_empty());
}

/// Both the document and the instance have to be allowed, and not every document runs what one likes.
/// Source: Service Authorization Reference, "Actions defined by AWS Systems Manager", `SendCommand`.
#[test]
fn sending_a_command_takes_a_document_that_runs_commands() {
    let send = |actions: &str, resources: &[&str]| {
        let resources = serde_json::to_string(resources).unwrap();
        found(&allow(actions, &resources, "{}"), None)
    };
    let (instances, own) = ("arn:aws:ec2:*:*:instance/*", "arn:aws:ssm:*:111111111111:document/*");
    let only = r#""ssm:SendCommand""#;
    let way = ["ssm-send-command"];
    for document in [
        "arn:aws:ssm:*::document/AWS-RunShellScript",
        "arn:aws:ssm:us-east-1::document/AWS-RunPowerShellScript",
        "arn:aws:ssm:*:*:document/AWS-Run*",
        "arn:aws:ssm:*",
    ] {
        assert_eq!(send(only, &[instances, document]), way, "{document}");
        assert!(
            send(only, &["arn:aws:s3:::scripts/*", document]).is_empty() || document.ends_with(":*"),
            "{document}"
        );
    }
    assert_eq!(
        send(
            only,
            &[
                "arn:aws:ssm:*:*:managed-instance/*",
                "arn:aws:ssm:*::document/AWS-RunShellScript"
            ]
        ),
        way
    );
    for document in [
        "arn:aws:ssm:*::document/AWS-UpdateSSMAgent",
        "arn:aws:ssm:*::document/AWS-Update*",
        "arn:aws:ssm:*:111111111111:document/deploy",
        own,
    ] {
        assert!(send(only, &[instances, document]).is_empty(), "{document}");
    }
    assert!(send(only, &[instances]).is_empty(), "no document");
    // A document of one's own.
    for write in ["ssm:CreateDocument", "ssm:UpdateDocument"] {
        let both = format!(r#"["ssm:SendCommand", "{write}"]"#);
        assert_eq!(
            send(&both, &[instances, own]),
            ["ssm-send-command-own-document"],
            "{write}"
        );
        assert!(send(&both, &[instances, "arn:aws:ssm:*::document/AWS-UpdateSSMAgent"]).is_empty());
        assert!(send(&both, &[instances, "arn:aws:ssm:*:222222222222:document/*"]).is_empty());
    }
}

/// A role for pods, devices or environments is passed to a principal that is not called as the service.
#[test]
fn a_role_is_passed_to_whom_the_service_names() {
    let passed = |actions: &str, service: &str| {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {actions}, "Resource": "*"}},
                {{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {{"StringEquals": {{"iam:PassedToService": "{service}"}}}}}}]}}"#
        );
        found(&document, None)
    };
    let cases = [
        (
            r#""eks:CreatePodIdentityAssociation""#,
            "pods.eks.amazonaws.com",
            "pass-role-eks-pod-identity",
        ),
        (
            r#""iot:CreateRoleAlias""#,
            "credentials.iot.amazonaws.com",
            "pass-role-iot-role-alias",
        ),
        (
            r#""iot:CreateTopicRule""#,
            "iot.amazonaws.com",
            "pass-role-iot-topic-rule",
        ),
        (
            r#""airflow:CreateEnvironment""#,
            "airflow.amazonaws.com",
            "pass-role-airflow",
        ),
        (
            r#"["ec2:CreateLaunchTemplate", "ec2:CreateFleet"]"#,
            "ec2.amazonaws.com",
            "pass-role-ec2-fleet",
        ),
        (
            r#"["ec2:CreateLaunchTemplate", "autoscaling:CreateAutoScalingGroup"]"#,
            "ec2.amazonaws.com",
            "pass-role-autoscaling-launch-template",
        ),
        (
            r#"["codebuild:UpdateProject", "codebuild:StartBuildBatch"]"#,
            "codebuild.amazonaws.com",
            "pass-role-codebuild-update",
        ),
    ];
    for (actions, service, way) in cases {
        assert!(
            passed(actions, service).iter().any(|id| id == way),
            "{actions} by {service}"
        );
        assert!(
            !passed(actions, "lambda.amazonaws.com").iter().any(|id| id == way),
            "{actions}"
        );
    }
}

#[test]
fn boundaries_and_denies_close_ways() {
    let all = allow(r#""*""#, r#""*""#, "{}");
    assert!(found(&all, None).len() > 60);
    assert!(found(&all, Some(&allow(r#""s3:*""#, r#""*""#, "{}"))).is_empty());
    let denied = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*"}, {"Effect": "Deny", "Action": "iam:Put*", "Resource": "*"}]}"#;
    assert!(found(denied, None).is_empty());
}

/// Every layer's conditions are the requester's circumstances: found where they can be met, closed where they cannot.
fn under(document: &str, service_control: &str) -> Vec<String> {
    let (policy, organisation) = (
        Policy::parse(document).unwrap(),
        Policy::parse(service_control).unwrap(),
    );
    let full = Policy::parse(&allow(r#""*""#, r#""*""#, "{}")).unwrap();
    let named = |policy| NamedPolicy { name: "p", policy };
    let set = PolicySet {
        identity: vec![named(&policy)],
        service_control: vec![vec![named(&full), named(&organisation)]],
        ..PolicySet::default()
    };
    let found = escalations(&alice(), &set).found;
    for step in found.iter().flat_map(|escalation| &escalation.steps) {
        assert!(
            crate::evaluate::evaluate(&step.witness, &set).is_allowed(),
            "{}",
            step.witness
        );
    }
    found
        .into_iter()
        .map(|escalation| escalation.method.id.clone())
        .collect()
}

#[test]
fn a_region_lock_of_the_organisation_does_not_hide_a_way() {
    let deny = |condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "NotAction": ["sts:*"], "Resource": "*", "Condition": {condition}}}}}"#
        )
    };
    let start = allow(r#"["iam:PassRole", "ec2:RunInstances"]"#, r#""*""#, "{}");
    let way = ["pass-role-ec2-run-instances".to_owned()];
    let region = r#"{"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}"#;
    assert_eq!(under(&start, &deny(region)), way);
    // The Allow asks for one of those regions, and for another one.
    let in_region = |region: &str| {
        allow(
            r#"["iam:PassRole", "ec2:RunInstances"]"#,
            r#""*""#,
            &format!(r#"{{"StringEquals": {{"aws:RequestedRegion": ["us-east-1", "{region}"]}}}}"#),
        )
    };
    assert_eq!(under(&in_region("eu-central-1"), &deny(region)), way);
    assert!(under(&in_region("us-east-2"), &deny(region)).is_empty());
    assert_eq!(
        under(
            &start,
            &deny(r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#)
        ),
        way
    );
    // Several Denies, each to be evaded.
    let both = r#"{"StringNotLike": {"aws:RequestedRegion": "eu-*"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#;
    assert_eq!(under(&start, &deny(both)), way);
    // A fact of the caller cannot be chosen.
    assert!(
        under(
            &start,
            &deny(r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#)
        )
        .is_empty()
    );
    assert!(
        under(
            &start,
            &deny(r#"{"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}"#)
        )
        .is_empty()
    );
}

#[test]
fn a_deny_of_all_but_some_roles_leaves_those() {
    let pass = allow(r#"["iam:PassRole", "ec2:RunInstances"]"#, r#""*""#, "{}");
    let deny = |resources: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Deny", "Action": "iam:PassRole", "NotResource": {resources}}}}}"#
        )
    };
    assert_eq!(
        under(&pass, &deny(r#""arn:aws:iam::*:role/application/*""#)),
        ["pass-role-ec2-run-instances"]
    );
    assert!(under(&pass, &deny(r#""arn:aws:iam::222222222222:role/*""#)).is_empty());
}

/// AWS's own policies for self-service name an account by `*`, and users by their name below any path.
#[test]
fn a_wildcard_for_the_account_does_not_make_somebody_else_of_oneself() {
    let key = |resources: &str| found(&allow(r#""iam:CreateAccessKey""#, resources, "{}"), None);
    for own in [
        r#""arn:aws:iam::*:user/${aws:username}""#,
        r#"["arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::*:mfa/*"]"#,
        r#"["arn:aws:iam::*:user/*/${aws:username}", "arn:aws:iam::*:user/${aws:username}"]"#,
        r#""arn:*:iam::*:*/alice""#,
    ] {
        assert!(key(own).is_empty(), "{own}");
    }
    let way = ["iam-create-access-key"];
    for others in [
        r#""arn:aws:iam::*:user/*/bob""#,
        r#""arn:aws:iam::*:user/*/${aws:username}x""#,
        r#""arn:aws:iam::*:user/alice*""#,
        r#""arn:aws:iam::*:*""#,
    ] {
        assert_eq!(key(others), way, "{others}");
    }
    // A path of one's own does not make another user of the same name.
    let carol = Caller::User {
        arn: "arn:aws:iam::111111111111:user/staff/carol".to_owned(),
    };
    let of_carol = |resource: &str| found_by(&carol, &allow(r#""iam:CreateAccessKey""#, resource, "{}"), None);
    assert!(of_carol(r#""arn:aws:iam::*:user/*carol""#).len() == 1, "notcarol");
    assert!(of_carol(r#"["arn:aws:iam::*:user/carol", "arn:aws:iam::*:user/*/carol"]"#).is_empty());
}

#[test]
fn ways_are_found_in_every_partition() {
    let way = ["pass-role-ec2-run-instances"];
    let document = |partition: &str, condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"}},
                {{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:{partition}:iam::111111111111:role/*", "Condition": {condition}}}]}}"#
        )
    };
    for partition in ["aws", "aws-us-gov", "aws-cn"] {
        let user = Caller::User {
            arn: format!("arn:{partition}:iam::111111111111:user/alice"),
        };
        let role = Caller::RoleSession {
            role_arn: format!("arn:{partition}:iam::111111111111:role/app"),
            session: "s".to_owned(),
        };
        for caller in [user, role] {
            assert_eq!(found_by(&caller, &document(partition, "{}"), None), way, "{caller}");
            assert!(
                found_by(&caller, &document("aws-iso", "{}"), None).is_empty(),
                "{caller}"
            );
            let to = |service: &str| {
                document(
                    partition,
                    &format!(r#"{{"StringEquals": {{"iam:PassedToService": "{service}"}}}}"#),
                )
            };
            assert_eq!(found_by(&caller, &to("ec2.amazonaws.com"), None), way, "{caller}");
            let is_in_china = partition == "aws-cn";
            assert_eq!(
                found_by(&caller, &to("ec2.amazonaws.com.cn"), None).len(),
                usize::from(is_in_china),
                "{caller}"
            );
        }
    }
}

#[test]
fn a_condition_that_compares_with_a_variable_does_not_hide_a_way() {
    let way = ["lambda-update-function-code"];
    let code = |condition: &str| allow(r#""lambda:UpdateFunctionCode""#, r#""*""#, condition);
    for condition in [
        r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}"#,
        r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}", "aws:PrincipalTag/team": ["red", "blue"]}}"#,
        r#"{"StringLike": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}-*"}}"#,
        r#"{"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}"#,
        r#"{"StringEquals": {"aws:username": "${aws:ResourceTag/owner}"}}"#,
        r#"{"StringEquals": {"aws:ResourceTag/a": "${aws:RequestTag/b}", "aws:RequestTag/b": "${aws:ResourceTag/a}"}}"#,
    ] {
        assert_eq!(
            under(&code(condition), &allow(r#""*""#, r#""*""#, "{}")),
            way,
            "{condition}"
        );
    }
    let differ = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "lambda:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}}"#;
    assert_eq!(under(&code("{}"), differ), way);
    // Without the tag there is nothing to compare with.
    for condition in [
        r#"{"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}, "Null": {"aws:PrincipalTag/team": "true"}}"#,
        r#"{"StringEquals": {"aws:username": "${aws:PrincipalArn}"}}"#,
    ] {
        assert!(found(&code(condition), None).is_empty(), "{condition}");
    }
    // A variable in a resource.
    let of_team = r#""arn:aws:iam::111111111111:role/${aws:PrincipalTag/team}""#;
    assert_eq!(
        found(&allow(r#""sts:AssumeRole""#, of_team, "{}"), None),
        ["sts-assume-role"]
    );
}

#[test]
fn attaching_only_a_policy_that_grants_little_is_no_way() {
    let attach = |condition: &str| found(&allow(r#""iam:AttachUserPolicy""#, r#""*""#, condition), None);
    let only =
        |operator: &str, policies: &str| attach(&format!(r#"{{"{operator}": {{"iam:PolicyARN": {policies}}}}}"#));
    assert!(only("ArnEquals", r#""arn:aws:iam::aws:policy/ReadOnlyAccess""#).is_empty());
    assert!(only("ArnLike", r#""arn:aws:iam::aws:policy/job-function/*""#).is_empty());
    assert!(
        only(
            "ArnEquals",
            r#"["arn:aws:iam::111111111111:policy/reader", "arn:aws:iam::aws:policy/ReadOnlyAccess"]"#
        )
        .is_empty()
    );
    let way = ["iam-attach-user-policy"];
    assert_eq!(attach("{}"), way);
    for (operator, policies) in [
        (
            "ArnEquals",
            r#"["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/AdministratorAccess"]"#,
        ),
        ("ArnNotEquals", r#""arn:aws:iam::aws:policy/AdministratorAccess""#),
        ("ArnLike", r#""arn:aws:iam::aws:policy/*""#),
        ("ArnLike", r#""arn:aws:iam::*:policy/team/*""#),
        (
            "ArnNotEquals",
            r#"["arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::aws:policy/IAMFullAccess", "arn:aws:iam::aws:policy/PowerUserAccess"]"#,
        ),
    ] {
        assert_eq!(only(operator, policies), way, "{operator} {policies}");
    }
}

#[test]
fn attaching_only_a_policy_of_aws_that_makes_an_administrator_is_a_way() {
    let with = |key: &str, name: &str| format!(r#"{{"ArnEquals": {{"{key}": "arn:aws:iam::aws:policy/{name}"}}}}"#);
    let amplify = "AdministratorAccess-Amplify";
    for name in ["AdministratorAccess", "IAMFullAccess", "PowerUserAccess", amplify] {
        for kind in ["User", "Group", "Role"] {
            let attach = format!(
                r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "iam:Attach{kind}Policy", "Resource": "*", "Condition": {}}},
                    {{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}}]}}"#,
                with("iam:PolicyARN", name)
            );
            let way = format!("iam-attach-{}-policy", kind.to_lowercase());
            assert!(
                found(&attach, None).iter().any(|id| id.starts_with(&way)),
                "{kind} {name}"
            );
        }
    }
    // As a boundary it limits.
    let bound = |name: &str| {
        let condition = with("iam:PermissionsBoundary", name);
        found(
            &allow(r#""iam:PutUserPermissionsBoundary""#, r#""*""#, &condition),
            None,
        )
        .len()
    };
    assert_eq!([bound("IAMFullAccess"), bound(amplify)], [1, 0]);
}

#[test]
fn writing_the_policies_of_those_under_a_boundary_is_no_way() {
    let with = |operator: &str| {
        format!(r#"{{"{operator}": {{"iam:PermissionsBoundary": "arn:aws:iam::111111111111:policy/bound"}}}}"#)
    };
    for action in [
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
        "iam:PutUserPermissionsBoundary",
    ] {
        let ask = |condition: &str| found(&allow(&format!("{action:?}"), r#""*""#, condition), None);
        assert_eq!(ask("{}").len(), 1, "{action}");
        assert!(ask(&with("StringEquals")).is_empty(), "{action}");
        assert_eq!(ask(&with("StringNotEquals")).len(), 1, "{action}");
    }
    let of_roles = r#"["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy", "sts:AssumeRole"]"#;
    let assume = ["sts-assume-role"];
    let delegated = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {of_roles}, "Resource": "*"}},
            {{"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": {}}}]}}"#,
        with("StringNotEquals")
    );
    assert_eq!(found(&delegated, None), assume);
    // Whoever has a boundary has the key.
    let everything = allow(r#""*""#, r#""*""#, "{}");
    let own = allow(r#""iam:PutUserPolicy""#, r#""*""#, &with("StringEquals"));
    assert_eq!(found(&own, Some(&everything)), ["iam-put-user-policy"]);
}

#[test]
fn any_of_several_alternatives_completes_a_method() {
    for method in methods().iter().filter(|method| !method.any.is_empty()) {
        let with = |more: &[&String]| {
            let actions: Vec<&String> = method.all.iter().chain(more.iter().copied()).collect();
            found(&allow(&serde_json::to_string(&actions).unwrap(), r#""*""#, "{}"), None).contains(&method.id)
        };
        assert!(!with(&[]), "{} without any", method.id);
        for one in &method.any {
            assert!(with(&[one]), "{} with {one}", method.id);
        }
    }
}

#[test]
fn a_role_raises_itself_by_role_actions_and_not_by_a_users() {
    let role = Caller::RoleSession {
        role_arn: "arn:aws:iam::111111111111:role/app".to_owned(),
        session: "s".to_owned(),
    };
    let of_role = |actions: &str, resource: &str| {
        let policy = Policy::parse(&allow(actions, resource, "{}")).unwrap();
        let set = PolicySet {
            identity: vec![NamedPolicy {
                name: "p",
                policy: &policy,
            }],
            ..PolicySet::default()
        };
        let ways = escalations(&role, &set).found;
        for step in ways.iter().flat_map(|way| &way.steps) {
            assert!(
                crate::evaluate::evaluate(&step.witness, &set).is_allowed(),
                "{}",
                step.witness
            );
        }
        ways.into_iter().map(|way| way.method.id.clone()).collect::<Vec<_>>()
    };
    let own = r#""arn:aws:iam::111111111111:role/app""#;
    let other = r#""arn:aws:iam::111111111111:role/other""#;
    assert_eq!(of_role(r#""iam:AttachRolePolicy""#, own), ["iam-attach-role-policy"]);
    assert!(of_role(r#""iam:AttachRolePolicy""#, other).is_empty());
    // Another role has to be assumed as well, and oneself is no other.
    let both = r#"["iam:AttachRolePolicy", "sts:AssumeRole"]"#;
    assert_eq!(
        of_role(both, other),
        ["iam-attach-role-policy-assume", "sts-assume-role"]
    );
    assert_eq!(of_role(both, own), ["iam-attach-role-policy"]);
    // A boundary of its own that it may remove.
    assert!(of_role(r#""iam:CreateAccessKey""#, own).is_empty());
}

/// Providers and instance profiles are resources of their own kind, and what is in a profile is passed to instances.
#[test]
fn providers_and_profiles_are_told_from_users_and_roles() {
    let on = |actions: &str, resource: &str| found(&allow(actions, resource, "{}"), None);
    let saml = r#""iam:UpdateSAMLProvider""#;
    assert_eq!(
        on(saml, r#""arn:aws:iam::111111111111:saml-provider/directory""#),
        ["iam-update-saml-provider"]
    );
    assert!(on(saml, r#""arn:aws:iam::111111111111:user/*""#).is_empty());
    let thumbprint = r#""iam:UpdateOpenIDConnectProviderThumbprint""#;
    assert_eq!(
        on(
            thumbprint,
            r#""arn:aws:iam::*:oidc-provider/token.actions.githubusercontent.com""#
        ),
        ["iam-update-oidc-provider-thumbprint"]
    );
    assert!(on(thumbprint, r#""arn:aws:iam::*:saml-provider/*""#).is_empty());
    let into_profile = |profile: &str, service: &str| {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": "{profile}"}},
                {{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": {{"StringEquals": {{"iam:PassedToService": "{service}"}}}}}}]}}"#
        );
        found(&document, None)
    };
    let profile = "arn:aws:iam::111111111111:instance-profile/web";
    assert_eq!(
        into_profile(profile, "ec2.amazonaws.com"),
        ["iam-add-role-to-instance-profile"]
    );
    assert!(into_profile(profile, "lambda.amazonaws.com").is_empty());
    assert!(into_profile("arn:aws:iam::111111111111:role/web", "ec2.amazonaws.com").is_empty());
}

/// Hundreds of statements of nested wildcards under a boundary like them kept the search busy for more than seven minutes.
#[test]
fn the_worst_identity_is_answered() {
    let (identity, boundary) = (nested_wildcards(200, 'a'), nested_wildcards(200, 'b'));
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "worst",
            policy: &identity,
        }],
        boundary: Some(NamedPolicy {
            name: "boundary",
            policy: &boundary,
        }),
        ..PolicySet::default()
    };
    assert!(!escalations(&alice(), &set).is_complete);
}

/// What is denied by name leaves every other name. Source: IAM User Guide, "IAM JSON policy elements: Resource".
#[test]
fn a_deny_on_some_names_hides_no_way() {
    let denied = |action: &str, patterns: &[String]| {
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Resource": "*"},
            {"Effect": "Deny", "Action": action, "Resource": patterns},
        ]});
        found(&document.to_string(), None)
    };
    for (action, kind, way) in [
        ("iam:CreateAccessKey", "user", "iam-create-access-key"),
        ("sts:AssumeRole", "role", "sts-assume-role"),
        ("iam:UpdateAssumeRolePolicy", "role", "iam-update-assume-role-policy"),
        ("iam:CreatePolicyVersion", "policy", "iam-create-policy-version"),
        ("iam:AddUserToGroup", "group", "iam-add-user-to-group"),
    ] {
        for name in ["w*", "*s", "*w*", "???????", "witness", "a*", "*a"] {
            let pattern = format!("arn:aws:iam::*:{kind}/{name}");
            assert_eq!(denied(action, &[pattern]), [way], "{action} but on {name}");
        }
        let letters = ('a'..='z').map(|letter| format!("arn:aws:iam::*:{kind}/{letter}*"));
        assert_eq!(
            denied(action, &letters.collect::<Vec<_>>()),
            [way],
            "{action} but on any letter"
        );
        assert!(
            denied(action, &[format!("arn:aws:iam::*:{kind}/*")]).is_empty(),
            "{action} on none"
        );
        // A path ends before a name.
        assert!(
            denied(action, &[format!("arn:aws:iam::*:{kind}/?*")]).is_empty(),
            "{action} on none"
        );
    }
}

/// The same where a variable makes the name.
#[test]
fn a_deny_on_some_names_leaves_other_values_of_a_variable() {
    let denied = |pattern: &str| {
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/${aws:PrincipalTag/team}-*"},
            {"Effect": "Deny", "Action": "iam:*", "Resource": format!("arn:aws:iam::*:user/{pattern}")},
        ]});
        found(&document.to_string(), None)
    };
    for pattern in ["w*", "*s-*", "???????-*"] {
        assert_eq!(denied(pattern), ["iam-create-access-key"], "{pattern}");
    }
    assert!(denied("*").is_empty());
}

/// The same where a boundary allows other names only, or denies the usual one.
#[test]
fn a_boundary_on_some_names_hides_no_way() {
    let key = allow(r#""iam:CreateAccessKey""#, r#""*""#, "{}");
    for boundary in [
        r#"{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:iam::*:user/w*"}"#,
        r#"{"Effect": "Allow", "Action": "*", "Resource": ["arn:aws:iam::*:user/b*", "arn:aws:iam::*:user/*/"]}"#,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:iam::*:user/*s"}"#,
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:iam::*:user/???"}"#,
    ] {
        let boundary = format!(r#"{{"Version": "2012-10-17", "Statement": [{boundary}]}}"#);
        assert_eq!(found(&key, Some(&boundary)), ["iam-create-access-key"], "{boundary}");
    }
}

#[test]
fn a_condition_on_some_policies_hides_no_way() {
    let attached = |patterns: &str| {
        let condition = format!(r#"{{"ArnNotLike": {{"iam:PolicyARN": {patterns}}}}}"#);
        found(&allow(r#""iam:AttachUserPolicy""#, r#""*""#, &condition), None)
    };
    let way = ["iam-attach-user-policy"];
    assert_eq!(
        attached(r#"["arn:aws:iam::aws:policy/*", "arn:aws:iam::*:policy/w*"]"#),
        way
    );
    assert!(attached(r#"["arn:aws:iam::aws:policy/*", "arn:aws:iam::*:policy/*"]"#).is_empty());
}

/// More kinds of resources than are told apart, every one of them denied under a condition that holds.
#[test]
fn a_search_that_gives_up_is_not_complete() {
    let complete = |kinds: u32| {
        let deny = |resource: String| {
            serde_json::json!({"Effect": "Deny", "Action": "*", "Resource": resource,
                "Condition": {"StringNotEquals": {"aws:PrincipalType": "Nobody"}}})
        };
        let mut statements = vec![
            serde_json::json!({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}),
            deny("*".to_owned()),
        ];
        statements.extend((0..kinds).map(|kind| deny(format!("*{kind}*"))));
        let policy =
            Policy::from_value(&serde_json::json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
        let set = PolicySet {
            identity: vec![NamedPolicy {
                name: "p",
                policy: &policy,
            }],
            ..PolicySet::default()
        };
        let ways = escalations(&alice(), &set);
        assert!(ways.found.is_empty());
        ways.is_complete
    };
    assert!(complete(2));
    assert!(!complete(9));
}

/// Every request came over TLS or did not, at some time. Source: IAM User Guide, "AWS global condition context keys",
/// the "Availability" of each.
#[test]
fn a_key_that_every_request_has_is_not_left_out_to_evade_a_deny() {
    let denied = |conditions: &[serde_json::Value]| {
        let mut statements =
            vec![serde_json::json!({"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"})];
        statements.extend(conditions.iter().map(|condition| {
            serde_json::json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": condition})
        }));
        let document = serde_json::json!({"Version": "2012-10-17", "Statement": statements});
        found(&document.to_string(), None)
    };
    let way = ["iam-create-access-key"];
    let tls = |value: &str| serde_json::json!({"Bool": {"aws:SecureTransport": value}});
    assert_eq!(denied(&[tls("true")]), way);
    assert_eq!(denied(&[tls("false")]), way);
    assert!(denied(&[tls("true"), tls("false")]).is_empty());
    let absent = serde_json::json!({"Null": {"aws:SecureTransport": "false"}});
    assert!(denied(&[absent]).is_empty());
    // Other keys may be absent.
    let mfa = |value: &str| serde_json::json!({"Bool": {"aws:MultiFactorAuthPresent": value}});
    assert_eq!(denied(&[mfa("true"), mfa("false")]), way);
}
