//! Trust policies of roles and the confused deputy: who may assume, and what the analysis says of it.

use security_monkey_iam::AccountDirectory;
use security_monkey_iam::evaluate::{Caller, ResourceKind, resource_policy_allows};
use security_monkey_iam::reach::{Reach, reach_of_trust_policy};

use super::asked::{ACCOUNT, EVERYTHING, Layers, policy, request, who};

const ROLE: &str = "arn:aws:iam::111111111111:role/deploy";

/// The classes that a trust policy reaches; each with an example that the evaluator allows.
fn classes(trust: &str) -> Vec<Reach> {
    let directory = AccountDirectory::new()
        .with_third_party("333333333333", "vendor")
        .seen_from(ACCOUNT);
    let trust = policy(trust);
    let found = reach_of_trust_policy(ROLE, &trust, &directory);
    for finding in &found {
        assert!(
            resource_policy_allows(&trust, finding.witness.as_ref().unwrap()),
            "{finding:?}"
        );
    }
    found.into_iter().map(|finding| finding.class).collect()
}

/// Requests to assume the role, with their contexts.
fn assumed(trust: &str, action: &str, caller: &Caller, table: &[(&[(&str, &str)], bool)]) {
    let layers = Layers {
        resource: Some(trust),
        kind: ResourceKind::PolicyRequired,
        ..Layers::default()
    };
    for (context, expected) in table {
        let request = request(caller, action, ROLE, context);
        let decision = layers.decide(&request);
        assert_eq!(decision.is_allowed(), *expected, "{request}: {decision}");
    }
}

/// IAM User Guide, "Create a role for OpenID Connect federation (console)", section "Configuring a role for GitHub OIDC identity provider"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>): the subject names the owner and the branch; without it every repository of GitHub may assume the role.
#[test]
fn github_actions() {
    let provider = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";
    let trust = |condition: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}"#
        )
    };
    let pinned = trust(
        r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:org/repo:ref:refs/heads/branch"}}"#,
    );
    let audience = ("token.actions.githubusercontent.com:aud", "sts.amazonaws.com");
    let subject = "token.actions.githubusercontent.com:sub";
    assumed(
        &pinned,
        "sts:AssumeRoleWithWebIdentity",
        &who(provider),
        &[
            (&[audience, (subject, "repo:org/repo:ref:refs/heads/branch")], true),
            (&[audience, (subject, "repo:org/other:ref:refs/heads/branch")], false),
            (&[audience], false),
            (&[(subject, "repo:org/repo:ref:refs/heads/branch")], false),
        ],
    );
    assumed(
        &pinned,
        "sts:AssumeRoleWithWebIdentity",
        &who("accounts.google.com"),
        &[(&[audience, (subject, "repo:org/repo:ref:refs/heads/branch")], false)],
    );
    assert_eq!(classes(&pinned), [Reach::Federation { pinned: true }]);
    let only_audience = trust(r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#);
    assert_eq!(classes(&only_audience), [Reach::Federation { pinned: false }]);
}

/// EKS User Guide, "Assign IAM roles to Kubernetes service accounts"
/// (<https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>): one service account of one namespace, or by `StringLike` several.
#[test]
fn service_accounts_of_a_cluster() {
    let cluster = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
    let provider = format!("arn:aws:iam::111111111111:oidc-provider/{cluster}");
    let trust = |operator: &str, subject: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {{"{operator}": {{"{cluster}:sub": "system:serviceaccount:{subject}", "{cluster}:aud": "sts.amazonaws.com"}}}}}}"#
        )
    };
    let (sub, aud) = (format!("{cluster}:sub"), format!("{cluster}:aud"));
    let token = |subject| [(sub.as_str(), subject), (aud.as_str(), "sts.amazonaws.com")];
    let one = trust("StringEquals", "default:my-account");
    assumed(
        &one,
        "sts:AssumeRoleWithWebIdentity",
        &who(&provider),
        &[
            (&token("system:serviceaccount:default:my-account"), true),
            (&token("system:serviceaccount:default:another"), false),
            (&token("system:serviceaccount:kube-system:my-account"), false),
        ],
    );
    assert_eq!(classes(&one), [Reach::Federation { pinned: true }]);
    let several = trust("StringLike", "default:my-*");
    assumed(
        &several,
        "sts:AssumeRoleWithWebIdentity",
        &who(&provider),
        &[
            (&token("system:serviceaccount:default:my-other"), true),
            (&token("system:serviceaccount:other:my-other"), false),
        ],
    );
}

/// Cognito Developer Guide, "IAM roles" / "Role trust and permissions"
/// (<https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html>): the pool by its audience, authenticated users by the method; without the audience any pool of any account.
#[test]
fn identity_pools() {
    let trust = |condition: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Federated": "cognito-identity.amazonaws.com"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}"#
        )
    };
    let pool = "us-east-1:12345678-corner-cafe-123456790ab";
    let ours = trust(&format!(
        r#"{{"StringEquals": {{"cognito-identity.amazonaws.com:aud": "{pool}"}}, "ForAnyValue:StringLike": {{"cognito-identity.amazonaws.com:amr": "authenticated"}}}}"#
    ));
    let (audience, method) = (
        "cognito-identity.amazonaws.com:aud",
        "cognito-identity.amazonaws.com:amr",
    );
    assumed(
        &ours,
        "sts:AssumeRoleWithWebIdentity",
        &who("cognito-identity.amazonaws.com"),
        &[
            (&[(audience, pool), (method, "authenticated|graph.facebook.com")], true),
            (&[(audience, pool), (method, "unauthenticated")], false),
            (&[(audience, "us-east-1:another"), (method, "authenticated")], false),
            (&[(audience, pool)], false),
        ],
    );
    assert_eq!(classes(&ours), [Reach::Federation { pinned: true }]);
    let any_pool = trust(r#"{"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}}"#);
    assert_eq!(classes(&any_pool), [Reach::Federation { pinned: false }]);
    // The role for guests on the same page.
    let guests = trust(&format!(
        r#"{{"StringEquals": {{"{audience}": "{pool}"}}, "ForAnyValue:StringLike": {{"{method}": "unauthenticated"}}}}"#
    ));
    assert_eq!(classes(&guests), [Reach::Federation { pinned: false }]);
}

/// IAM User Guide, "Create a role for SAML 2.0 federation (console)"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_saml.html>): the audience is AWS's sign-in.
#[test]
fn saml() {
    let provider = "arn:aws:iam::111111111111:saml-provider/directory";
    let trust = format!(
        r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithSAML", "Condition": {{"StringEquals": {{"SAML:aud": "https://signin.aws.amazon.com/saml"}}}}}}"#
    );
    assumed(
        &trust,
        "sts:AssumeRoleWithSAML",
        &who(provider),
        &[
            (&[("SAML:aud", "https://signin.aws.amazon.com/saml")], true),
            (&[("saml:AUD", "https://signin.aws.amazon.com/saml")], true),
            (&[], false),
        ],
    );
    assumed(
        &trust,
        "sts:AssumeRole",
        &who(provider),
        &[(&[("SAML:aud", "https://signin.aws.amazon.com/saml")], false)],
    );
}

/// IAM User Guide, "Access to AWS accounts owned by third parties"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>): the vendor's account, and the external id that it uses for us.
#[test]
fn a_third_party_with_an_external_id() {
    let trust = r#"{"Effect": "Allow", "Principal": {"AWS": "333333333333"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "12345"}}}"#;
    let vendor = who("arn:aws:iam::333333333333:user/tool");
    let layers = Layers {
        identity: &[EVERYTHING],
        resource: Some(trust),
        kind: ResourceKind::PolicyRequired,
        ..Layers::default()
    };
    layers.answer(
        &vendor,
        &[
            ("sts:AssumeRole", ROLE, &[("sts:ExternalId", "12345")], true),
            ("sts:AssumeRole", ROLE, &[("sts:ExternalId", "54321")], false),
            ("sts:AssumeRole", ROLE, &[], false),
        ],
    );
    assert_eq!(classes(trust), [Reach::ThirdPartyAccount]);
}

/// IAM User Guide, "The confused deputy problem", section "Cross-service confused deputy prevention"
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>): a service is held to our account by `aws:SourceAccount` or the resource's ARN.
#[test]
fn services_on_our_behalf() {
    let trust = |condition: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Service": "scheduler.amazonaws.com"}}, "Action": "sts:AssumeRole"{condition}}}"#
        )
    };
    let guarded = trust(
        r#", "Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}, "ArnLike": {"aws:SourceArn": "arn:aws:scheduler:*:111111111111:*"}}"#,
    );
    assumed(
        &guarded,
        "sts:AssumeRole",
        &who("scheduler.amazonaws.com"),
        &[
            (
                &[
                    ("aws:SourceAccount", "111111111111"),
                    ("aws:SourceArn", "arn:aws:scheduler:us-east-1:111111111111:schedule/a"),
                ],
                true,
            ),
            (
                &[
                    ("aws:SourceAccount", "222222222222"),
                    ("aws:SourceArn", "arn:aws:scheduler:us-east-1:222222222222:schedule/a"),
                ],
                false,
            ),
            (&[("aws:SourceAccount", "111111111111")], false),
            (&[], false),
        ],
    );
    assert_eq!(classes(&guarded), [Reach::AwsService { guarded: true }]);
    assert_eq!(classes(&trust("")), [Reach::AwsService { guarded: false }]);
    assumed(&trust(""), "sts:AssumeRole", &who("ec2.amazonaws.com"), &[(&[], false)]);
}

/// IAM Roles Anywhere User Guide, "Attribute mapping and trust policy"
/// (<https://docs.aws.amazon.com/rolesanywhere/latest/userguide/attribute-mapping-and-trust-policy.html>): the service comes with the names in a certificate for principal tags, for a trust anchor.
#[test]
fn holders_of_certificates() {
    let statement = |effect: &str, condition: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": {{"Service": "rolesanywhere.amazonaws.com"}}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], "Condition": {condition}}}"#
        )
    };
    let (tag, source) = ("aws:PrincipalTag/x509Issuer/CN", "aws:SourceArn");
    let anchor = "arn:aws:rolesanywhere:us-east-1:111111111111:trust-anchor/a";
    let guarded = statement(
        "Allow",
        &format!(r#"{{"StringEquals": {{"{tag}": "Bob"}}, "ArnEquals": {{"{source}": "{anchor}"}}}}"#),
    );
    assumed(
        &guarded,
        "sts:AssumeRole",
        &who("rolesanywhere.amazonaws.com"),
        &[
            (&[(tag, "Bob"), (source, anchor)], true),
            (&[(tag, "Eve"), (source, anchor)], false),
            (&[(source, anchor)], false),
        ],
    );
    assert_eq!(classes(&guarded), [Reach::AwsService { guarded: true }]);
    let any_anchor = statement("Allow", &format!(r#"{{"StringEquals": {{"{tag}": "Bob"}}}}"#));
    assert_eq!(classes(&any_anchor), [Reach::AwsService { guarded: false }]);
    // The same as two statements.
    let others = statement("Deny", &format!(r#"{{"StringNotEquals": {{"{tag}": "Bob"}}}}"#));
    let of_anchor = statement("Allow", &format!(r#"{{"ArnEquals": {{"{source}": "{anchor}"}}}}"#));
    assert_eq!(
        classes(&format!("{of_anchor}, {others}")),
        [Reach::AwsService { guarded: true }]
    );
}
