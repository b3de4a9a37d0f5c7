//! Ways to raise one's own privileges as others list them: each is one of ours, and is found where its actions are allowed.

use std::collections::BTreeSet;

use security_monkey_iam::Policy;
use security_monkey_iam::escalation::{escalations, methods};
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet};

struct Published {
    list: &'static str,
    actions: Vec<&'static str>,
    ours: Option<&'static str>,
}

fn published() -> Vec<Published> {
    let lines = include_str!("../published/escalation.tsv").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let fields: Vec<&str> = line.split('\t').collect();
            let ours = (fields[2] != "-").then_some(fields[2]);
            // What is none of ours says why.
            assert_eq!(fields.len(), if ours.is_some() { 3 } else { 4 }, "{line}");
            Published {
                list: fields[0],
                actions: fields[1].split(',').collect(),
                ours,
            }
        })
        .collect()
}

/// The ways of a user and of a role that may do these things to everything.
fn found(actions: &[&str]) -> BTreeSet<&'static str> {
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}});
    let policy = Policy::from_value(&document).unwrap();
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &policy,
        }],
        ..PolicySet::default()
    };
    let callers = [
        "arn:aws:iam::111111111111:user/alice",
        "arn:aws:iam::111111111111:role/app",
    ];
    callers
        .iter()
        .flat_map(|arn| escalations(&Caller::read(arn).unwrap(), &set).found)
        .map(|way| way.method.id.as_str())
        .collect()
}

#[test]
fn every_published_way_is_found() {
    let published = published();
    for list in ["rhino ", "prowler", "hacktricks"] {
        assert!(
            published.iter().filter(|way| way.list.starts_with(list)).count() > 15,
            "{list}"
        );
    }
    for Published { list, actions, ours } in published {
        let found = found(&actions);
        match ours {
            Some(id) => assert!(found.contains(id), "{list} {actions:?}: {found:?} has no {id}"),
            None => assert!(found.is_empty(), "{list} {actions:?}: {found:?}"),
        }
    }
}

#[test]
fn what_is_called_published_says_where() {
    for method in methods() {
        assert!(method.source.len() > 10, "{}", method.id);
    }
    let ids: BTreeSet<&str> = methods().iter().map(|method| method.id.as_str()).collect();
    let ours: Vec<&str> = published().iter().filter_map(|way| way.ours).collect();
    assert!(ours.len() > 15, "{ours:?}");
    for id in ours {
        assert!(ids.contains(id), "{id}");
    }
}

/// The ways of alice.
fn ways_of_alice(statements: &serde_json::Value) -> Vec<&'static str> {
    let policy = Policy::from_value(&serde_json::json!({"Version": "2012-10-17", "Statement": statements})).unwrap();
    let set = PolicySet {
        identity: vec![NamedPolicy {
            name: "p",
            policy: &policy,
        }],
        ..PolicySet::default()
    };
    let alice = Caller::read("arn:aws:iam::111111111111:user/alice").unwrap();
    let ways = escalations(&alice, &set).found;
    ways.iter().map(|way| way.method.id.as_str()).collect()
}

#[test]
fn removing_what_denies_is_a_way_for_oneself_only() {
    for (action, way) in [
        ("iam:DeleteUserPolicy", "iam-delete-user-policy"),
        ("iam:DetachUserPolicy", "iam-detach-user-policy"),
    ] {
        let on = |user: &str| {
            ways_of_alice(
                &serde_json::json!([{"Effect": "Allow", "Action": action, "Resource": format!("arn:aws:iam::111111111111:user/{user}")},
                    {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]),
            )
        };
        assert_eq!(on("alice"), [way]);
        assert!(on("bob").is_empty(), "{action}");
    }
    // Whatever policy it is.
    let guardrail = serde_json::json!({"Effect": "Allow", "Action": "iam:DetachUserPolicy", "Resource": "*",
        "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::111111111111:policy/guardrail"}}});
    assert_eq!(ways_of_alice(&guardrail), ["iam-detach-user-policy"]);
}

/// Source: IAM API Reference, "DeletePolicyVersion": the default version cannot be deleted.
#[test]
fn leaving_what_a_group_is_denied_is_a_way_only_if_something_is_denied() {
    let deny = serde_json::json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
    for (action, way) in [
        ("iam:DeleteGroupPolicy", &["iam-delete-group-policy"][..]),
        ("iam:DetachGroupPolicy", &["iam-detach-group-policy"]),
        ("iam:RemoveUserFromGroup", &["iam-remove-user-from-group"]),
        ("iam:DeletePolicyVersion", &[]),
    ] {
        let allow = serde_json::json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        assert_eq!(ways_of_alice(&serde_json::json!([allow, deny])), way, "{action}");
        assert!(ways_of_alice(&serde_json::json!([allow])).is_empty(), "{action}");
    }
}

/// Source: IAM User Guide, "Perform a privileged task on an AWS Organizations member account".
#[test]
fn the_root_user_of_another_account_is_one_that_may_be_given_a_password() {
    let root = |resource: &str, task: &str| {
        let task = format!("arn:aws:iam::aws:policy/root-task/{task}");
        ways_of_alice(
            &serde_json::json!([{"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": resource,
            "Condition": {"ArnLike": {"sts:TaskPolicyArn": task}}}]),
        )
    };
    let way = ["sts-assume-root"];
    assert_eq!(root("*", "*"), way);
    assert_eq!(root("arn:aws:iam::222222222222:root", "IAMCreateRootUserPassword"), way);
    assert!(root("arn:aws:iam::111111111111:root", "*").is_empty());
    assert!(root("arn:aws:iam::222222222222:role/x", "*").is_empty());
    assert!(root("*", "IAMAuditRootUserCredentials").is_empty());
}

/// Source: Systems Manager User Guide, "Additional sample IAM policies for Session Manager".
#[test]
fn resuming_a_session_of_ones_own_is_no_way() {
    let on = |session: &str| {
        let resource = format!("arn:aws:ssm:*:*:session/{session}");
        ways_of_alice(&serde_json::json!({"Effect": "Allow", "Action": "ssm:ResumeSession", "Resource": resource}))
    };
    for own in ["${aws:username}-*", "${aws:userid}-*", "alice-*"] {
        assert!(on(own).is_empty(), "{own}");
    }
    for other in ["*", "bob-*"] {
        assert_eq!(on(other), ["ssm-resume-session"], "{other}");
    }
}

/// Source: Service Authorization Reference, the resource types of each action.
#[test]
fn a_resource_that_the_action_does_not_have_is_no_way() {
    let on = |action: &str, resource: &str| {
        let statements = serde_json::json!([{"Effect": "Allow", "Action": action, "Resource": resource}]);
        ways_of_alice(&statements)
    };
    for (action, resource) in [
        ("lambda:UpdateFunctionCode", "arn:aws:s3:::x"),
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:*:111111111111:layer:x"),
        ("glue:UpdateDevEndpoint", "arn:aws:glue:*:111111111111:job/x"),
        (
            "codebuild:StartBuild",
            "arn:aws:codebuild:*:111111111111:report-group/x",
        ),
        (
            "cloudformation:UpdateStack",
            "arn:aws:cloudformation:*:111111111111:stackset/x",
        ),
        ("ecs:ExecuteCommand", "arn:aws:ecs:*:111111111111:service/x"),
        ("ssm:StartSession", "arn:aws:ssm:*:*:document/x"),
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:*:222222222222:function:*"),
    ] {
        assert!(on(action, resource).is_empty(), "{action} on {resource}");
    }
    for (action, resource, way) in [
        (
            "lambda:UpdateFunctionCode",
            "arn:aws:lambda:eu-west-1:111111111111:function:x",
            "lambda-update-function-code",
        ),
        (
            "lambda:UpdateFunctionCode",
            "arn:aws:lambda:*:*:function:w*",
            "lambda-update-function-code",
        ),
        (
            "glue:UpdateDevEndpoint",
            "arn:aws:glue:*:111111111111:devEndpoint/*",
            "glue-update-endpoint",
        ),
        (
            "codebuild:StartBuild",
            "arn:aws:codebuild:*:111111111111:project/x",
            "codebuild-start-build",
        ),
        (
            "cloudformation:UpdateStack",
            "arn:aws:cloudformation:*:111111111111:stack/x/*",
            "cloudformation-update-stack",
        ),
        (
            "ecs:ExecuteCommand",
            "arn:aws:ecs:*:111111111111:task/*",
            "ecs-execute-command",
        ),
        ("ssm:StartSession", "arn:aws:ec2:*:*:instance/i-1", "ssm-start-session"),
        ("ssm:StartSession", "*", "ssm-start-session"),
        (
            "lambda:UpdateFunctionCode",
            "arn:aws:lambda:*:*:function:x:live",
            "lambda-update-function-code",
        ),
    ] {
        assert_eq!(on(action, resource), [way], "{action} on {resource}");
    }
    let denied = serde_json::json!([{"Effect": "Allow", "Action": "lambda:UpdateFunctionCode", "Resource": "*"},
        {"Effect": "Deny", "Action": "lambda:*", "Resource": "arn:aws:lambda:*:*:function:*"}]);
    assert!(ways_of_alice(&denied).is_empty());
}

/// Source: IAM User Guide, "Create a service-linked role", and "Update a role trust policy".
#[test]
fn a_role_that_a_service_made_for_itself_is_no_way() {
    let on = |actions: &[&str], role: &str| {
        let resource = format!("arn:aws:iam::111111111111:role/{role}");
        ways_of_alice(&serde_json::json!([
            {"Effect": "Allow", "Action": actions, "Resource": resource},
            {"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*"},
        ]))
    };
    let taken: &[&str] = &["sts:AssumeRole"];
    let given: &[&str] = &["iam:AttachRolePolicy", "sts:AssumeRole"];
    let trusted: &[&str] = &["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"];
    let passed: &[&str] = &["iam:PassRole"];
    for actions in [taken, given, trusted, passed] {
        for linked in [
            "aws-service-role/*",
            "aws-service-role/ec2.amazonaws.com/AWSServiceRoleForEC2",
        ] {
            assert!(on(actions, linked).is_empty(), "{actions:?} {linked}");
        }
        for other in ["aws-*", "aws-service-role*", "*"] {
            assert!(!on(actions, other).is_empty(), "{actions:?} {other}");
        }
    }
}
