//! Our own rules on documents in AWS's own shape, enriched by Rust: what the tests beside the rules cannot show, because they
//! write `input.derived` by hand.

use security_monkey_model::Verdict;
use serde_json::json;

use super::scene::{Scene, built_in, set, with_rule};

fn group(permissions: &serde_json::Value) -> serde_json::Value {
    json!({ "GroupId": "sg-1", "GroupName": "web", "IpPermissions": permissions, "IpPermissionsEgress": [] })
}

#[test]
fn security_group_rules_read_permissions_as_aws_returns_them() {
    let auditor = built_in();
    let scene = Scene::new(
        "aws.ec2.security-group",
        group(&json!([
            { "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }, { "CidrIp": "10.0.0.0/8" }], "Ipv6Ranges": [{ "CidrIpv6": "::/0" }] },
            { "IpProtocol": "tcp", "FromPort": 3306, "ToPort": 3306, "IpRanges": [{ "CidrIp": "82.10.0.0/16" }], "UserIdGroupPairs": [{ "GroupId": "sg-9", "UserId": "999999999999" }, { "GroupId": "sg-8", "UserId": "111111111111" }] },
        ])),
    );
    assert_eq!(
        scene.subjects(&auditor, "aws.ec2.security-group.admin-port-open"),
        set(["0.0.0.0/0 tcp/22", "::/0 tcp/22"])
    );
    assert_eq!(
        scene.subjects(&auditor, "aws.ec2.security-group.service-port-open"),
        set([])
    );
    assert_eq!(
        scene.subjects(&auditor, "aws.ec2.security-group.all-ports-open"),
        set([])
    );
    assert_eq!(
        scene.subjects(&auditor, "aws.ec2.security-group.wide-public-range"),
        set(["82.10.0.0/16 tcp/3306"])
    );
    assert_eq!(
        scene.subjects(&auditor, "aws.ec2.security-group.unknown-account"),
        set(["999999999999/sg-9"])
    );
}

#[test]
fn two_halves_of_the_internet_are_the_internet() {
    let auditor = built_in();
    let halves = json!([{ "IpProtocol": "tcp", "FromPort": 3389, "ToPort": 3389, "IpRanges": [{ "CidrIp": "0.0.0.0/1" }, { "CidrIp": "128.0.0.0/1" }] }]);
    assert_eq!(
        Scene::new("aws.ec2.security-group", group(&halves))
            .subjects(&auditor, "aws.ec2.security-group.admin-port-open"),
        set(["0.0.0.0/1 tcp/3389", "128.0.0.0/1 tcp/3389"])
    );
}

#[test]
fn a_network_beside_the_internet_is_not_the_internet() {
    let auditor = built_in();
    let beside = json!([{ "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }, { "CidrIp": "203.0.113.5/32" }], "Ipv6Ranges": [{ "CidrIpv6": "2001:db8::/48" }] }]);
    assert_eq!(
        Scene::new("aws.ec2.security-group", group(&beside))
            .subjects(&auditor, "aws.ec2.security-group.admin-port-open"),
        set(["0.0.0.0/0 tcp/22"])
    );
    // Halves of one family count together, whatever stands there of the other.
    let mixed = json!([{ "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{ "CidrIp": "0.0.0.0/1" }, { "CidrIp": "128.0.0.0/1" }], "Ipv6Ranges": [{ "CidrIpv6": "::/0" }] }]);
    assert_eq!(
        Scene::new("aws.ec2.security-group", group(&mixed))
            .subjects(&auditor, "aws.ec2.security-group.admin-port-open"),
        set(["0.0.0.0/1 tcp/22", "128.0.0.0/1 tcp/22", "::/0 tcp/22"])
    );
}

#[test]
fn all_protocols_are_all_ports() {
    let auditor = built_in();
    let all = json!([{ "IpProtocol": "-1", "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }]);
    let scene = Scene::new("aws.ec2.security-group", group(&all));
    assert_eq!(
        scene.subjects(&auditor, "aws.ec2.security-group.all-ports-open"),
        set(["0.0.0.0/0 all"])
    );
    assert_eq!(
        scene.subjects(&auditor, "aws.ec2.security-group.admin-port-open"),
        set([])
    );
    let icmp = json!([{ "IpProtocol": "icmp", "FromPort": 8, "ToPort": -1, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }]);
    assert_eq!(
        Scene::new("aws.ec2.security-group", group(&icmp)).subjects(&auditor, "aws.ec2.security-group.all-ports-open"),
        set([])
    );
}

fn bucket(policy: &serde_json::Value, block: &serde_json::Value) -> Scene {
    let document = json!({ "Name": "b", "Policy": policy, "PublicAccessBlock": block, "Acl": { "Owner": { "ID": "me" }, "Grants": [{ "Grantee": { "Type": "CanonicalUser", "ID": "me" }, "Permission": "FULL_CONTROL" }] } });
    Scene::new("aws.s3.bucket", document).collection("aws.s3.account-public-access-block", true, vec![json!({})])
}

#[test]
fn a_public_bucket_is_found_by_its_policy_and_excused_by_blocks_and_denies() {
    let auditor = built_in();
    let open = json!({ "Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" });
    let policy = json!({ "Version": "2012-10-17", "Statement": [open] });
    let rule = "aws.s3.bucket.public";
    assert_eq!(
        bucket(&policy, &json!({})).subjects(&auditor, rule),
        set(["policy Open"])
    );
    assert_eq!(
        bucket(&policy, &json!({ "RestrictPublicBuckets": true })).subjects(&auditor, rule),
        set([])
    );
    let denied = json!({ "Version": "2012-10-17", "Statement": [open, { "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }] });
    assert_eq!(bucket(&denied, &json!({})).subjects(&auditor, rule), set([]));
    let mut organisation = open.clone();
    organisation["Condition"] = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-ours" } });
    let inside = json!({ "Version": "2012-10-17", "Statement": [organisation] });
    assert_eq!(bucket(&inside, &json!({})).subjects(&auditor, rule), set([]));
    let mut by_account = bucket(&policy, &json!({}));
    by_account.collections = vec![(
        "aws.s3.account-public-access-block",
        true,
        vec![json!({ "PublicAccessBlock": { "RestrictPublicBuckets": true } })],
    )];
    assert_eq!(by_account.subjects(&auditor, rule), set([]));
}

#[test]
fn a_bucket_that_only_the_unread_account_block_could_excuse_is_unknown_and_a_private_one_passes() {
    let auditor = built_in();
    let policy = json!({ "Statement": { "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*" } });
    let mut scene = bucket(&policy, &json!({}));
    scene.collections.clear();
    assert!(
        scene
            .unknown(&auditor, "aws.s3.bucket.public")
            .contains("aws.s3.account-public-access-block")
    );
    assert!(
        scene
            .unknown(&auditor, "aws.s3.bucket.public-write")
            .contains("could excuse it")
    );
    let mut private = bucket(&json!(null), &json!({}));
    private.collections.clear();
    assert_eq!(private.subjects(&auditor, "aws.s3.bucket.public"), set([]));
}

#[test]
fn a_bucket_that_denies_plain_requests_passes_as_aws_documents_it() {
    // https://repost.aws/knowledge-center/s3-bucket-policy-for-config-rule
    let auditor = built_in();
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "RestrictToTLSRequestsOnly", "Action": "s3:*", "Effect": "Deny", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": { "Bool": { "aws:SecureTransport": "false" } }, "Principal": "*" }] });
    assert_eq!(
        bucket(&policy, &json!({})).subjects(&auditor, "aws.s3.bucket.insecure-transport"),
        set([])
    );
    assert_eq!(
        bucket(&json!(null), &json!({})).subjects(&auditor, "aws.s3.bucket.insecure-transport"),
        set(["Policy"])
    );
}

#[test]
fn sharing_is_classified_by_the_account_directory() {
    let auditor = built_in();
    let to = |account: &str| json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "Share", "Effect": "Allow", "Principal": { "AWS": format!("arn:aws:iam::{account}:root") }, "Action": "sns:Publish", "Resource": "arn:aws:sns:eu-west-1:123456789012:t" }] });
    let topic = |policy: serde_json::Value| {
        Scene::new(
            "aws.sns.topic",
            json!({ "TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "Attributes": { "Policy": policy } }),
        )
    };
    let rule = "aws.sns.topic.unknown-account";
    assert_eq!(
        topic(to("999999999999")).subjects(&auditor, rule),
        set(["999999999999"])
    );
    for known in ["123456789012", "111111111111", "222222222222"] {
        assert_eq!(topic(to(known)).subjects(&auditor, rule), set([]), "{known}");
    }
    let default = json!({ "Version": "2008-10-17", "Statement": [{ "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": { "AWS": "*" }, "Action": ["SNS:Publish"], "Resource": "arn:aws:sns:eu-west-1:123456789012:t", "Condition": { "StringEquals": { "AWS:SourceOwner": "123456789012" } } }] });
    assert_eq!(topic(default).subjects(&auditor, "aws.sns.topic.public"), set([]));
}

#[test]
fn the_policy_of_a_function_s_alias_is_judged_as_its_own() {
    let auditor = built_in();
    let open = |principal: &str| json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "Open", "Effect": "Allow", "Principal": { "AWS": principal }, "Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:eu-west-1:123456789012:function:f:live" }] });
    let function = |principal: &str| {
        Scene::new(
            "aws.lambda.function",
            json!({ "FunctionName": "f", "Aliases": [{ "Name": "test" }, { "Name": "live", "Policy": open(principal) }] }),
        )
    };
    assert_eq!(
        function("*").subjects(&auditor, "aws.lambda.function.public"),
        set(["live/Open"])
    );
    assert_eq!(
        function("999999999999").subjects(&auditor, "aws.lambda.function.unknown-account"),
        set(["live/999999999999"])
    );
    assert_eq!(
        function("123456789012").subjects(&auditor, "aws.lambda.function.public"),
        set([])
    );
}

#[test]
fn role_trust_is_judged_by_who_can_take_the_role() {
    let auditor = built_in();
    let role = |principal: serde_json::Value, condition: serde_json::Value| {
        let action = if principal.get("Federated").is_some() {
            "sts:AssumeRoleWithWebIdentity"
        } else {
            "sts:AssumeRole"
        };
        Scene::new(
            "aws.iam.role",
            json!({ "Arn": "arn:aws:iam::123456789012:role/r", "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition }] } }),
        )
    };
    let none = json!({});
    assert_eq!(
        role(json!({ "AWS": "*" }), none.clone())
            .subjects(&auditor, "aws.iam.role.trust-public")
            .len(),
        1
    );
    assert_eq!(
        role(json!({ "AWS": "arn:aws:iam::123456789012:root" }), none.clone())
            .subjects(&auditor, "aws.iam.role.trust-public"),
        set([])
    );
    assert_eq!(
        role(json!({ "AWS": "999999999999" }), none.clone()).subjects(&auditor, "aws.iam.role.trust-unknown-account"),
        set(["999999999999"])
    );
    let github = json!({ "Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" });
    let rule = "aws.iam.role.trust-unpinned-federation";
    assert_eq!(
        role(
            github.clone(),
            json!({ "StringEquals": { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } })
        )
        .subjects(&auditor, rule)
        .len(),
        1
    );
    assert_eq!(
        role(
            github,
            json!({ "StringLike": { "token.actions.githubusercontent.com:sub": "repo:acme/site:*" } })
        )
        .subjects(&auditor, rule),
        set([])
    );
    let pool = json!({ "cognito-identity.amazonaws.com:aud": "us-east-1:pool" });
    for (method, expected) in [("unauthenticated", 1), ("authenticated", 0)] {
        let condition = json!({
            "StringEquals": pool,
            "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": method },
        });
        let found = role(json!({ "Federated": "cognito-identity.amazonaws.com" }), condition).subjects(&auditor, rule);
        assert_eq!(found.len(), expected, "{method}");
    }
}

#[test]
fn inline_and_managed_policies_are_judged_by_the_version_in_force() {
    let auditor = built_in();
    let admin = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let user = Scene::new(
        "aws.iam.user",
        json!({ "UserName": "u", "UserPolicyList": [{ "PolicyName": "everything", "PolicyDocument": admin }] }),
    );
    assert_eq!(
        user.subjects(&auditor, "aws.iam.identity.inline-administrator"),
        set(["everything/All"])
    );
    let policy = |is_default: bool| {
        Scene::new(
            "aws.iam.managed-policy",
            json!({ "Arn": "arn:aws:iam::123456789012:policy/p", "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": is_default, "Document": admin }] }),
        )
    };
    assert_eq!(
        policy(true).subjects(&auditor, "aws.iam.managed-policy.administrator"),
        set(["All"])
    );
    assert_eq!(
        policy(false).subjects(&auditor, "aws.iam.managed-policy.administrator"),
        set([])
    );
}

#[test]
fn a_load_balancer_inherits_what_its_security_groups_accept_on_its_listener_ports() {
    let auditor = built_in();
    let balancer = json!({ "Scheme": "internet-facing", "Type": "application", "SecurityGroups": ["sg-1"], "Listeners": [{ "Protocol": "HTTPS", "Port": 443 }] });
    let open = group(
        &json!([{ "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }, { "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{ "CidrIp": "0.0.0.0/0" }] }]),
    );
    let rule = "aws.elbv2.load-balancer.open-to-internet";
    let scene = Scene::new("aws.elbv2.load-balancer", balancer.clone()).link("aws.ec2.security-group", "sg-1", open);
    assert_eq!(scene.subjects(&auditor, rule), set(["HTTPS/443 0.0.0.0/0"]));
    let mut missing = Scene::new("aws.elbv2.load-balancer", balancer);
    missing.missing_links = vec![("aws.ec2.security-group", "sg-1")];
    assert_eq!(
        missing.unknown(&auditor, rule),
        "the linked aws.ec2.security-group sg-1 is not recorded"
    );
}

#[test]
fn an_account_without_a_trail_fails_only_when_all_trails_are_known() {
    let auditor = built_in();
    let summary = json!({ "SummaryMap": { "AccountAccessKeysPresent": 0, "AccountMFAEnabled": 1 } });
    let rule = "aws.iam.account-summary.no-multi-region-trail";
    let scene = |complete, trails| {
        Scene::new("aws.iam.account-summary", summary.clone()).collection("aws.cloudtrail.trail", complete, trails)
    };
    let good = json!({ "IsMultiRegionTrail": true, "Status": { "IsLogging": true } });
    assert_eq!(scene(true, vec![]).subjects(&auditor, rule), set(["trail"]));
    assert_eq!(scene(true, vec![good.clone()]).subjects(&auditor, rule), set([]));
    assert!(
        scene(false, vec![])
            .unknown(&auditor, rule)
            .contains("not completely known")
    );
    // A trail that is there is proof enough, whatever else could not be read.
    assert_eq!(scene(false, vec![good]).subjects(&auditor, rule), set([]));
}

#[test]
fn key_age_follows_the_clock_of_the_context() {
    let auditor = built_in();
    let user = |created: &str| {
        Scene::new(
            "aws.iam.user",
            json!({ "AccessKeys": [{ "AccessKeyId": "AKIA", "Status": "Active", "CreateDate": created }] }),
        )
    };
    assert_eq!(
        user("2026-06-23T13:00:00Z").subjects(&auditor, "aws.iam.user.access-key-age"),
        set([])
    );
    assert_eq!(
        user("2026-06-22T11:00:00Z").subjects(&auditor, "aws.iam.user.access-key-age"),
        set(["AKIA"])
    );
}

#[test]
fn a_policy_that_cannot_be_understood_is_unknown() {
    let auditor = built_in();
    let scene = Scene::new(
        "aws.sqs.queue",
        json!({ "Attributes": { "Policy": { "Statement": [{ "Effect": "Perhaps", "Principal": "*", "Action": "sqs:*" }] } } }),
    );
    assert!(
        scene
            .unknown(&auditor, "aws.sqs.queue.public")
            .contains("Attributes.Policy")
    );
}

/// What AWS returns as it was once stored: not JSON after all, or in other letter case. A policy nobody could read lets nobody out of
/// the question.
#[test]
fn a_policy_in_another_spelling_is_no_missing_policy() {
    let auditor = built_in();
    let rule = "aws.s3.bucket.public";
    let of = |policy: &serde_json::Value| {
        Scene::new("aws.s3.bucket", json!({ "Name": "b", "Policy": policy })).collection(
            "aws.s3.account-public-access-block",
            true,
            vec![],
        )
    };
    let lower = json!({ "version": "2012-10-17", "statement": { "sid": "World", "effect": "Allow", "principal": "*", "action": "s3:GetObject", "resource": "*" } });
    assert_eq!(of(&lower).subjects(&auditor, rule), set(["policy World"]));
    for text in [
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "#,
        "%7B%22Statement%22%3A%5B%5D%7D",
        "\u{feff} {'Statement': []}",
    ] {
        let reason = of(&json!(text)).unknown(&auditor, rule);
        assert!(reason.contains("Policy could not be understood"), "{text}: {reason}");
    }
    assert_eq!(
        of(&json!("a statement")).subjects(&auditor, rule),
        set([]),
        "no policy at all"
    );
}

/// Descriptions and tags are anybody's words, who may change nothing else.
#[test]
fn a_text_that_looks_like_a_policy_blinds_no_rule() {
    let auditor = built_in();
    let looks = r#"{"Statement""#;
    let open = json!({ "Statement": { "Sid": "World", "Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*" } });
    let key = json!({ "Description": looks, "Tags": [{ "Key": "Policy", "Value": looks }], "Policy": open });
    let subjects = Scene::new("aws.kms.key", key).subjects(&auditor, "aws.kms.key.public");
    assert_eq!(subjects, set(["World"]));
    let open = json!({ "Statement": { "Sid": "World", "Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction", "Resource": "*" } });
    let function =
        json!({ "Tags": { "Policy": looks }, "Environment": { "Variables": { "POLICY": looks } }, "Policy": open });
    let subjects = Scene::new("aws.lambda.function", function).subjects(&auditor, "aws.lambda.function.public");
    assert_eq!(subjects, set(["World"]));
}

#[test]
fn a_policy_in_a_list_of_texts_is_no_missing_policy() {
    let body = "findings contains finding if {\n\tsome way in input.derived.reach\n\tfinding := {\"subject\": way.subject, \"message\": \"m\", \"evidence\": 1}\n}";
    let auditor = with_rule("anybody", "", body);
    let scene = Scene::new(
        "acme.test.thing",
        json!({ "Policies": ["%7B%22Statement%22%3A%5B%5D%7D"] }),
    );
    let reason = scene.unknown(&auditor, "acme.test.anybody");
    assert!(reason.contains("Policies[0] could not be understood"), "{reason}");
}

#[test]
fn what_stands_in_a_readable_policy_is_told_beside_one_nobody_could_read() {
    let auditor = built_in();
    let inline = |name: &str, document: serde_json::Value| json!({ "PolicyName": name, "PolicyDocument": document });
    let all = json!({ "Statement": { "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" } });
    let anybody =
        json!({ "Statement": { "Sid": "World", "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole" } });
    let role = Scene::new(
        "aws.iam.role",
        json!({ "AssumeRolePolicyDocument": anybody, "RolePolicyList": [inline("a", all), inline("b", json!("%7B%22Statement"))] }),
    );
    for (rule, subject) in [
        ("aws.iam.role.trust-public", "World"),
        ("aws.iam.identity.inline-administrator", "a/All"),
    ] {
        let (reason, subjects) = role.unknown_but(&auditor, rule);
        assert!(reason.contains("RolePolicyList[1].PolicyDocument"), "{rule}: {reason}");
        assert_eq!(subjects, set([subject]), "{rule}");
    }
    // That a bucket's policy denies nothing is no news of a policy nobody could read.
    let bucket = Scene::new("aws.s3.bucket", json!({ "Name": "b", "Policy": "%7B%22Statement" }));
    bucket.unknown(&auditor, "aws.s3.bucket.insecure-transport");
    // Nor is that something is allowed, to a rule that asks whether something denies it.
    let body = "findings contains finding if {\n\tsome policy in input.derived.policies\n\tsome statement in policy.statements\n\tstatement.effect == \"Allow\"\n\tnot is_denied\n\tfinding := {\"subject\": statement.subject, \"message\": \"m\", \"evidence\": 1}\n}\n\nis_denied if {\n\tsome policy in input.derived.policies\n\tsome statement in policy.statements\n\tstatement.effect == \"Deny\"\n}";
    let weighing = with_rule("weighing", "", body);
    let scene = Scene::new("acme.test.thing", role.document);
    scene.unknown(&weighing, "acme.test.weighing");
}

#[test]
fn every_rule_of_a_technology_gives_exactly_one_verdict_even_on_an_empty_document() {
    let auditor = built_in();
    let technologies: std::collections::BTreeSet<String> = auditor
        .rules()
        .rules()
        .iter()
        .flat_map(|rule| rule.technologies.iter().map(|id| id.as_str().to_owned()))
        .collect();
    assert!(technologies.len() >= 19, "{technologies:?}");
    for technology in technologies {
        let scene = Scene::new(Box::leak(technology.clone().into_boxed_str()), json!({}));
        let verdicts = scene.evaluate(&auditor);
        let id = security_monkey_model::TechnologyId::parse(&technology).unwrap();
        assert_eq!(
            verdicts.len(),
            auditor.rules().for_technology(&id).count(),
            "{technology}"
        );
        for (rule, verdict) in verdicts {
            if let Verdict::Unknown { reason, .. } = verdict {
                assert!(!reason.contains("the rule failed"), "{rule}: {reason}");
            }
        }
    }
}

fn managed(name: &str, statement: &serde_json::Value) -> serde_json::Value {
    json!({
        "Arn": format!("arn:aws:iam::123456789012:policy/{name}"),
        "PolicyVersionList": [
            { "VersionId": "v2", "IsDefaultVersion": true, "Document": { "Version": "2012-10-17", "Statement": [statement] } },
            { "VersionId": "v1", "IsDefaultVersion": false, "Document": { "Version": "2012-10-17", "Statement": [{ "Sid": "Old", "Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*" }] } },
        ],
    })
}

fn user(inline: &serde_json::Value, attached: &[&str], boundary: Option<&str>) -> serde_json::Value {
    let arn =
        |name: &&str| json!({ "PolicyName": name, "PolicyArn": format!("arn:aws:iam::123456789012:policy/{name}") });
    let mut user = json!({
        "Arn": "arn:aws:iam::123456789012:user/u",
        "UserPolicyList": [{ "PolicyName": "inline", "PolicyDocument": { "Version": "2012-10-17", "Statement": [inline] } }],
        "AttachedManagedPolicies": attached.iter().map(arn).collect::<Vec<_>>(),
    });
    if let Some(name) = boundary {
        user["PermissionsBoundary"] =
            json!({ "PermissionsBoundaryArn": format!("arn:aws:iam::123456789012:policy/{name}") });
    }
    user
}

const ESCALATION: &str = "aws.iam.identity.privilege-escalation";

/// A user of an account whose groups and policies are completely known.
fn identity(user: serde_json::Value) -> Scene {
    in_groups(user, vec![], vec![])
}

fn in_groups(user: serde_json::Value, groups: Vec<serde_json::Value>, policies: Vec<serde_json::Value>) -> Scene {
    Scene::new("aws.iam.user", user)
        .collection("aws.iam.group", true, groups)
        .collection("aws.iam.managed-policy", true, policies)
}

/// A group `staff` with an inline policy and attached ones.
fn staff(inline: &serde_json::Value, attached: &[&str]) -> serde_json::Value {
    let attached = attached
        .iter()
        .map(|name| json!({ "PolicyName": name, "PolicyArn": format!("arn:aws:iam::123456789012:policy/{name}") }));
    json!({
        "GroupName": "staff",
        "Arn": "arn:aws:iam::123456789012:group/people/staff",
        "GroupPolicyList": [{ "PolicyName": "inline", "PolicyDocument": { "Version": "2012-10-17", "Statement": [inline] } }],
        "AttachedManagedPolicies": attached.collect::<Vec<_>>(),
    })
}

fn member(mut user: serde_json::Value) -> serde_json::Value {
    user["GroupList"] = json!(["staff"]);
    user
}

fn pass_role() -> serde_json::Value {
    json!({ "Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*" })
}

#[test]
fn a_users_groups_take_part_and_what_they_bring_alone_is_told_there() {
    let auditor = built_in();
    let read = json!({ "Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*" });
    let run = json!({ "Sid": "Run", "Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*" });
    let attach = json!({ "Sid": "Attach", "Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*" });
    let scene = |inline: &serde_json::Value, group: serde_json::Value, policies: Vec<serde_json::Value>| {
        in_groups(member(user(inline, &[], None)), vec![group], policies)
    };
    // The user passes, the group creates: by its inline policy, by an attached one.
    let inline = scene(&pass_role(), staff(&run, &[]), vec![]);
    assert_eq!(
        inline.subjects(&auditor, ESCALATION),
        set(["inline/Pass + staff/inline/Run"])
    );
    let attached = scene(&pass_role(), staff(&read, &["run"]), vec![managed("run", &run)]);
    assert_eq!(attached.subjects(&auditor, ESCALATION), set(["inline/Pass + run/Run"]));
    // Somebody else's group does not.
    let stranger = in_groups(user(&pass_role(), &[], None), vec![staff(&run, &[])], vec![]);
    assert_eq!(stranger.subjects(&auditor, ESCALATION), set([]));
    // All of it by the group: told at the group.
    let alone = scene(&read, staff(&attach, &[]), vec![]);
    assert_eq!(alone.subjects(&auditor, ESCALATION), set([]));
    let group = Scene {
        technology: "aws.iam.group",
        ..in_groups(staff(&attach, &[]), vec![], vec![])
    };
    assert_eq!(group.subjects(&auditor, ESCALATION), set(["inline/Attach"]));
}

#[test]
fn what_is_not_known_of_a_users_groups_leaves_the_question_open() {
    let auditor = built_in();
    let scene = |groups: Vec<serde_json::Value>| in_groups(member(user(&pass_role(), &[], None)), groups, vec![]);
    let why = |scene: &Scene| scene.unknown(&auditor, ESCALATION);
    assert!(why(&scene(vec![])).contains("the group is not recorded"));
    assert!(why(&scene(vec![staff(&pass_role(), &["run"])])).contains("the policy is not recorded"));
    // Who is in no group is answered, whatever is not known of groups.
    let alone = identity(user(&pass_role(), &[], None)).collection("aws.iam.group", false, vec![]);
    assert_eq!(alone.subjects(&auditor, ESCALATION), set([]));
    let mut unread = scene(vec![staff(&pass_role(), &[])]);
    unread.collected_unread = vec!["GroupPolicyList"];
    assert!(why(&unread).contains("GroupPolicyList"));
}

#[test]
fn a_linked_policy_that_cannot_be_understood_concerns_the_rules_that_follow_it() {
    let auditor = built_in();
    let odd = json!({ "Effect": "Perhaps" });
    let not_understood = |scene: &Scene| {
        let verdicts = scene.evaluate(&auditor).into_iter();
        let unknown = verdicts.filter(|(_, verdict)| format!("{verdict:?}").contains("could not be understood"));
        unknown.map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    let linked =
        identity(user(&pass_role(), &["odd"], None)).link("aws.iam.managed-policy", "odd", managed("odd", &odd));
    let following = ["aws.iam.identity.combined-administrator", ESCALATION];
    assert_eq!(not_understood(&linked), following);
    let of_group = in_groups(member(user(&pass_role(), &[], None)), vec![staff(&odd, &[])], vec![]);
    assert_eq!(not_understood(&of_group), following);
    // In the user's own policy it is every rule that reads policies.
    let own = not_understood(&identity(user(&odd, &[], None)));
    assert!(own.len() > 2 && own.iter().any(|rule| rule == ESCALATION), "{own:?}");
}

#[test]
fn a_managed_policy_in_force_that_allows_an_escalation_is_told_once() {
    let auditor = built_in();
    let rule = "aws.iam.managed-policy.privilege-escalation";
    let pass = managed(
        "pass",
        &json!({ "Sid": "Run", "Effect": "Allow", "Action": ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*" }),
    );
    let scene = Scene::new("aws.iam.managed-policy", pass.clone());
    assert_eq!(scene.subjects(&auditor, rule), set(["Run"]));
    let read = json!({ "Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*" });
    let harmless = Scene::new("aws.iam.managed-policy", managed("read", &read));
    assert_eq!(harmless.subjects(&auditor, rule), set([]));
    let has_it = identity(user(&read, &["pass"], None)).link("aws.iam.managed-policy", "pass", pass);
    assert_eq!(has_it.subjects(&auditor, ESCALATION), set([]));
}

#[test]
fn inline_and_attached_policies_together_allow_what_neither_does_alone() {
    let auditor = built_in();
    let pass = json!({ "Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*" });
    let create = managed(
        "create",
        &json!({ "Sid": "Create", "Effect": "Allow", "Action": ["lambda:CreateFunction", "lambda:InvokeFunction"], "Resource": "*" }),
    );
    let alone = identity(user(&pass, &[], None));
    assert_eq!(alone.subjects(&auditor, ESCALATION), set([]));
    let both = identity(user(&pass, &["create"], None)).link("aws.iam.managed-policy", "create", create);
    assert_eq!(
        both.subjects(&auditor, ESCALATION),
        set(["inline/Pass + create/Create"])
    );
}

#[test]
fn a_boundary_that_leaves_the_step_out_prevents_the_escalation() {
    let auditor = built_in();
    let attach = json!({ "Sid": "Attach", "Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*" });
    let free = identity(user(&attach, &[], None));
    assert_eq!(free.subjects(&auditor, ESCALATION), set(["inline/Attach"]));
    let limit = managed(
        "limit",
        &json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }),
    );
    let bound = identity(user(&attach, &[], Some("limit"))).link("aws.iam.managed-policy", "limit", limit.clone());
    assert_eq!(bound.subjects(&auditor, ESCALATION), set([]));
    // A boundary whose text could not be read proves nothing.
    let mut unread = identity(user(&attach, &[], Some("limit"))).link("aws.iam.managed-policy", "limit", limit);
    unread.linked_unread = vec!["PolicyVersionList"];
    assert!(unread.unknown(&auditor, ESCALATION).contains("PolicyVersionList"));
}

#[test]
fn an_administrator_needs_no_escalation() {
    let auditor = built_in();
    let all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let scene = identity(user(&all, &[], None));
    assert_eq!(scene.subjects(&auditor, ESCALATION), set([]));
}
