//! Which claims of a token pin a role to somebody.

use security_monkey_iam::evaluate::{Caller, Request, resource_policy_allows};
use security_monkey_iam::reach::{Accepts, Reach, ReachContext, reach_of_resource_policy};
use security_monkey_iam::{AccountDirectory, Policy};

fn is_pinned(provider: &str, claim: &str, value: &str) -> bool {
    let document = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"Federated": "arn:aws:iam::111111111111:oidc-provider/{provider}"}},
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {{"StringLike": {{"{provider}:{claim}": "{value}"}}}}}}}}"#
    );
    let policy = Policy::parse(&document).unwrap();
    let context = ReachContext {
        resource: Some("arn:aws:iam::111111111111:role/deploy"),
        accepts: Accepts::SignedOnly,
    };
    let found = reach_of_resource_policy(&policy, &AccountDirectory::new().seen_from("111111111111"), context);
    assert_eq!(found.len(), 1, "{provider} {claim} {value}");
    // What is said of the condition must not contradict the class.
    let restricts = found[0].restricting.iter().any(|note| note.key.ends_with(claim));
    let pinned = found[0].class == Reach::Federation { pinned: true };
    assert_eq!(restricts, pinned, "{provider} {claim} {value}: {:?}", found[0]);
    pinned
}

/// A prefix of the owner's name, which anybody may register, was taken for the owner; and owners of other claims than the
/// subject were not seen.
#[test]
fn an_owner_is_named_to_its_end() {
    let github = "token.actions.githubusercontent.com";
    let cluster = "oidc.eks.us-east-1.amazonaws.com/id/ABC";
    let cases = [
        (github, "sub", "repo:octo-org/*", true),
        (github, "sub", "repo:octo-org/octo-repo:ref:refs/heads/*", true),
        (github, "sub", "repo:octo-org*", false),
        (github, "sub", "repo:*", false),
        (github, "sub", "*", false),
        (github, "repository", "octo-org/*", true),
        (github, "repository", "octo-org*", false),
        (
            github,
            "workflow_ref",
            "octo-org/octo-automation/.github/workflows/oidc.yml@*",
            true,
        ),
        (github, "repository_owner_id", "123*", false),
        (github, "repository_owner_id", "123", true),
        (github, "ref", "refs/heads/main", false),
        ("app.terraform.io", "sub", "organization:my-org:*", true),
        ("app.terraform.io", "sub", "organization:my-org*", false),
        ("gitlab.com", "sub", "project_path:mygroup/*", true),
        ("gitlab.com", "sub", "project_path:mygroup*", false),
        (cluster, "sub", "system:serviceaccount:builds:*", true),
        (cluster, "sub", "system:serviceaccount:*:builder", false),
        (cluster, "sub", "system:serviceaccount:builds*", false),
        (cluster, "sub", "system:serviceaccount:builds:builder", true),
    ];
    for (provider, claim, value, expected) in cases {
        assert_eq!(
            is_pinned(provider, claim, value),
            expected,
            "{provider} {claim} {value}"
        );
    }
}

/// A public workflow may be called from anybody's repository: whose code runs is not on whose behalf.
/// Source: GitHub, "Using OpenID Connect with reusable workflows".
#[test]
fn the_workflow_of_a_job_names_no_owner() {
    let github = "token.actions.githubusercontent.com";
    for value in [
        "octo-org/octo-automation/.github/workflows/oidc.yml@*",
        "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main",
    ] {
        assert!(!is_pinned(github, "job_workflow_ref", value), "{value}");
    }
}

#[test]
fn a_trust_policy_names_one_provider() {
    let policy = Policy::parse(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"Federated": "accounts.google.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}}"#,
    )
    .unwrap();
    let allows = |provider: &str| {
        let role = "arn:aws:iam::111111111111:role/deploy";
        let request = Request::new(Caller::read(provider).unwrap(), "sts:AssumeRoleWithWebIdentity", role);
        resource_policy_allows(&policy, &request)
    };
    assert!(allows("accounts.google.com"));
    assert!(!allows("graph.facebook.com") && !allows("sns.amazonaws.com"));
}

/// AWS refuses wildcards in principal ARNs; old documents have them.
#[test]
fn wildcards_of_old_principals_name_whom_they_match() {
    let allows = |principal: &str, who: &str| {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{principal}"}}, "Action": "s3:*", "Resource": "*"}}}}"#
        );
        let request = Request::new(Caller::read(who).unwrap(), "s3:GetObject", "arn:aws:s3:::records/a");
        resource_policy_allows(&Policy::parse(&document).unwrap(), &request)
    };
    let bob = "arn:aws:iam::111111111111:user/bob";
    assert!(allows("arn:aws:iam::111111111111:user/b*", bob));
    assert!(!allows("arn:aws:iam::111111111111:user/c*", bob));
    assert!(allows("arn:aws:iam::*:root", "111111111111"));
    assert!(!allows("arn:aws:iam::*:user/*", "111111111111"));
}
