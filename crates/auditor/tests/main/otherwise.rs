//! The same permission written otherwise: by exclusion, by wildcards, by several statements, by a grant, by a service.

use security_monkey_model::Verdict;
use serde_json::{Value, json};

use super::scene::{Scene, built_in, set};

const COMBINED: &str = "aws.iam.identity.combined-administrator";
const ESCALATION: &str = "aws.iam.identity.privilege-escalation";

fn most() -> Value {
    json!({ "Sid": "Most", "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" })
}

fn rest() -> Value {
    json!({ "Sid": "Rest", "Effect": "Allow", "Action": "iam:*", "Resource": "*" })
}

fn managed(name: &str, statements: &[Value]) -> Value {
    json!({
        "Arn": format!("arn:aws:iam::123456789012:policy/{name}"),
        "PolicyVersionList": [{ "VersionId": "v1", "IsDefaultVersion": true, "Document": { "Version": "2012-10-17", "Statement": statements } }],
    })
}

fn role(inline: &[Value], attached: &[&str]) -> Value {
    let arn =
        |name: &&str| json!({ "PolicyName": name, "PolicyArn": format!("arn:aws:iam::123456789012:policy/{name}") });
    json!({
        "Arn": "arn:aws:iam::123456789012:role/r",
        "RolePolicyList": [{ "PolicyName": "inline", "PolicyDocument": { "Version": "2012-10-17", "Statement": inline } }],
        "AttachedManagedPolicies": attached.iter().map(arn).collect::<Vec<_>>(),
    })
}

#[test]
fn an_administrator_made_of_two_statements_of_a_managed_policy_is_told() {
    let auditor = built_in();
    let rule = "aws.iam.managed-policy.administrator";
    let both = Scene::new("aws.iam.managed-policy", managed("p", &[most(), rest()]));
    assert_eq!(both.subjects(&auditor, rule), set(["Most + Rest"]));
    let one = Scene::new("aws.iam.managed-policy", managed("p", &[most()]));
    assert_eq!(one.subjects(&auditor, rule), set([]));
    let denied = json!({ "Effect": "Deny", "Action": "organizations:*", "Resource": "*" });
    let less = Scene::new("aws.iam.managed-policy", managed("p", &[most(), rest(), denied]));
    assert_eq!(less.subjects(&auditor, rule), set([]));
}

#[test]
fn an_administrator_made_of_inline_and_attached_policies_is_told_once() {
    let auditor = built_in();
    let collected = |scene: Scene| {
        let scene = scene.collection("aws.iam.group", true, Vec::new());
        scene.collection("aws.iam.managed-policy", true, Vec::new())
    };
    let inline = collected(Scene::new("aws.iam.role", role(&[most(), rest()], &[])));
    assert_eq!(inline.subjects(&auditor, COMBINED), set(["inline/Most + inline/Rest"]));
    assert_eq!(inline.subjects(&auditor, ESCALATION), set([]));
    let mixed = |attached: &[Value]| {
        collected(Scene::new("aws.iam.role", role(&[most()], &["rest"]))).link(
            "aws.iam.managed-policy",
            "rest",
            managed("rest", attached),
        )
    };
    assert_eq!(
        mixed(&[rest()]).subjects(&auditor, COMBINED),
        set(["inline/Most + rest/Rest"])
    );
    // Statements that are not needed for it are not named.
    let read = json!({ "Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*" });
    assert_eq!(
        mixed(&[read, rest()]).subjects(&auditor, COMBINED),
        set(["inline/Most + rest/Rest"])
    );
    // What one customer managed policy grants is told there.
    let whole = json!({ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" });
    assert_eq!(mixed(&[whole]).subjects(&auditor, COMBINED), set([]));
    // And where the attached policy is not known, nobody says that there is nothing.
    let mut unread = mixed(&[rest()]);
    unread.linked_unread = vec!["PolicyVersionList"];
    assert!(unread.unknown(&auditor, COMBINED).contains("PolicyVersionList"));
}

fn bucket(statement: &Value) -> Scene {
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let document = json!({ "Name": "b", "Policy": policy, "PublicAccessBlock": {} });
    Scene::new("aws.s3.bucket", document).collection("aws.s3.account-public-access-block", true, vec![json!({})])
}

#[test]
fn public_writing_is_found_by_exclusion_and_by_wildcard() {
    let auditor = built_in();
    let rule = "aws.s3.bucket.public-write";
    let by_exclusion = |left_out: &str| json!({ "Sid": "Open", "Effect": "Allow", "Principal": "*", "NotAction": left_out, "Resource": "arn:aws:s3:::b/*" });
    assert_eq!(
        bucket(&by_exclusion("s3:GetObject")).subjects(&auditor, rule),
        set(["policy Open"])
    );
    let reads = json!({ "Sid": "Open", "Effect": "Allow", "Principal": "*", "NotAction": ["s3:P*", "s3:D*", "s3:A*", "s3:B*", "s3:O*", "s3:R*"], "Resource": "arn:aws:s3:::b/*" });
    assert_eq!(bucket(&reads).subjects(&auditor, rule), set([]));
    let by_wildcard = json!({ "Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": "s3:P*", "Resource": "arn:aws:s3:::b/*" });
    assert_eq!(bucket(&by_wildcard).subjects(&auditor, rule), set(["policy Open"]));
}

#[test]
fn foreign_administration_is_found_by_exclusion() {
    let auditor = built_in();
    let share = |left_out: &str| json!({ "Sid": "Share", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111111111111:root" }, "NotAction": left_out, "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] });
    let rule = "aws.s3.bucket.foreign-administration";
    let subjects = bucket(&share("s3:DeleteBucket")).subjects(&auditor, rule);
    assert_eq!(subjects, set(["Share 111111111111"]));
    assert_eq!(bucket(&share("s3:*")).subjects(&auditor, rule), set([]));
}

#[test]
fn a_bucket_that_denies_plain_requests_in_part_fails() {
    let auditor = built_in();
    let rule = "aws.s3.bucket.insecure-transport";
    let deny = |resources: &[&str], operator: &str, value: &str| {
        bucket(
            &json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources, "Condition": { operator: { "aws:SecureTransport": value } } }),
        )
        .subjects(&auditor, rule)
    };
    let whole = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"];
    assert_eq!(deny(&whole, "Bool", "false"), set([]));
    assert_eq!(deny(&whole, "BoolIfExists", "false"), set([]));
    assert_eq!(deny(&whole, "StringNotEquals", "true"), set([]));
    assert_eq!(deny(&["arn:aws:s3:::b*"], "Bool", "false"), set([]));
    assert_eq!(deny(&whole, "StringNotEquals", "false"), set(["Policy"]));
    assert_eq!(deny(&whole, "Null", "false"), set(["Policy"]));
    assert_eq!(deny(&["arn:aws:s3:::b/*"], "Bool", "false"), set(["Policy"]));
    assert_eq!(
        deny(&["arn:aws:s3:::b", "arn:aws:s3:::b/private/*"], "Bool", "false"),
        set(["Policy"])
    );
}

#[test]
fn a_grant_of_a_key_to_an_unknown_account_is_told() {
    let auditor = built_in();
    let rule = "aws.kms.key.unknown-account";
    let grant = |to: &str| json!({ "GrantId": to, "GranteePrincipal": to, "Operations": ["Decrypt"] });
    let key = |grants: &[Value]| {
        Scene::new(
            "aws.kms.key",
            json!({ "KeyManager": "CUSTOMER", "Grants": grants, "Policy": { "Statement": [] } }),
        )
    };
    let held = [
        grant("arn:aws:iam::999999999999:role/x"),
        grant("arn:aws:sts::999999999999:assumed-role/y/z"),
        grant("arn:aws:iam::123456789012:role/own"),
        grant("arn:aws:iam::111111111111:role/ours"),
        grant("arn:aws:iam::222222222222:role/vendor"),
        grant("dynamodb.eu-west-1.amazonaws.com"),
        grant("AROAEXAMPLE"),
    ];
    assert_eq!(key(&held).subjects(&auditor, rule), set(["grant 999999999999"]));
    assert_eq!(key(&held[2..]).subjects(&auditor, rule), set([]));
    // A policy that AWS left out takes nothing back of what a grant allows.
    let mut without = key(&held);
    without.document.as_object_mut().unwrap().remove("Policy");
    let (reason, subjects) = without.unknown_but(&auditor, rule);
    assert_eq!(reason, "AWS did not return the key's policy");
    assert_eq!(subjects, set(["grant 999999999999"]));
    let unread = key(&[]).unread("Grants");
    assert!(unread.unknown(&auditor, rule).contains("Grants"));
}

#[test]
fn an_old_tls_policy_is_told_beside_one_nobody_knows() {
    let auditor = built_in();
    let listener = |port: u16, policy: &str| json!({ "ListenerArn": format!("l-{port}"), "Protocol": "HTTPS", "Port": port, "SslPolicy": policy });
    let document = json!({ "Listeners": [listener(443, "ELBSecurityPolicy-TLS-1-0-2015-04"), listener(444, "ELBSecurityPolicy-New")] });
    let scene = Scene::new("aws.elbv2.load-balancer", document);
    let (reason, subjects) = scene.unknown_but(&auditor, "aws.elbv2.load-balancer.weak-tls");
    assert!(reason.contains("ELBSecurityPolicy-New"), "{reason}");
    assert_eq!(subjects, set(["HTTPS/443"]));
}

#[test]
fn a_service_that_anybody_can_make_act_on_a_resource_is_told() {
    let auditor = built_in();
    let allow = |service: &str, action: &str, condition: &Value| {
        let mut statement = json!({ "Sid": "Service", "Effect": "Allow", "Principal": { "Service": service }, "Action": action, "Resource": "*" });
        if !condition.is_null() {
            statement["Condition"] = condition.clone();
        }
        json!({ "Version": "2012-10-17", "Statement": [statement] })
    };
    let of_account = json!({ "StringEquals": { "aws:SourceAccount": "123456789012" } });
    for (technology, service, action) in [
        ("aws.sqs.queue", "sns.amazonaws.com", "sqs:SendMessage"),
        ("aws.sns.topic", "s3.amazonaws.com", "sns:Publish"),
        ("aws.lambda.function", "s3.amazonaws.com", "lambda:InvokeFunction"),
        ("aws.s3.bucket", "logging.s3.amazonaws.com", "s3:PutObject"),
        ("aws.kms.key", "logs.eu-west-1.amazonaws.com", "kms:Decrypt"),
    ] {
        let scene = |condition: &Value| {
            let policy = allow(service, action, condition);
            let document = if matches!(technology, "aws.sqs.queue" | "aws.sns.topic") {
                json!({ "Attributes": { "Policy": policy } })
            } else {
                json!({ "Name": "b", "Policy": policy })
            };
            Scene::new(technology, document)
        };
        let rule = format!("{technology}.unguarded-service");
        assert_eq!(
            scene(&Value::Null).subjects(&auditor, &rule),
            set([service]),
            "{technology}"
        );
        assert_eq!(scene(&of_account).subjects(&auditor, &rule), set([]), "{technology}");
    }
    let for_its_log_group = json!({ "ArnLike": { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:123456789012:log-group:*" } });
    let key = json!({ "Policy": allow("logs.eu-west-1.amazonaws.com", "kms:Decrypt", &for_its_log_group) });
    assert_eq!(
        Scene::new("aws.kms.key", key).subjects(&auditor, "aws.kms.key.unguarded-service"),
        set([])
    );
}

#[test]
fn a_service_linked_role_and_a_root_user_without_credentials_have_no_finding() {
    let auditor = built_in();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Service": "support.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let linked = json!({ "Path": "/aws-service-role/support.amazonaws.com/", "AssumeRolePolicyDocument": trust });
    let verdict = Scene::new("aws.iam.role", linked)
        .evaluate(&auditor)
        .remove("aws.iam.role.unguarded-service");
    assert!(matches!(verdict, Some(Verdict::NotApplicable { .. })), "{verdict:?}");
    let summary = json!({ "SummaryMap": { "AccountMFAEnabled": 0, "AccountPasswordPresent": 0, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0 } });
    let verdict = Scene::new("aws.iam.account-summary", summary)
        .evaluate(&auditor)
        .remove("aws.iam.account-summary.root-without-mfa");
    assert!(matches!(verdict, Some(Verdict::NotApplicable { .. })), "{verdict:?}");
}
