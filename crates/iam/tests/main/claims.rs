//! Which claims of a token pin a role to somebody.

use security_monkey_iam::evaluate::{Caller, Request, resource_policy_allows};
use security_monkey_iam::reach::{
    Accepts, Reach, ReachContext, normalise, reach_of_resource_policy, reach_of_trust_policy,
};
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
        (github, "sub", "repo:${aws:PrincipalTag/owner}/*", false),
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

/// Whoever owns a repository of GitHub chooses which claims its subjects list. One that lists no owner was taken for pinned.
/// Source: GitHub Docs, "OpenID Connect reference", section "Customizing the subject claims for an organization or repository".
#[test]
fn a_subject_of_github_names_an_owner_among_its_claims() {
    let workflow = "octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main";
    let workflow_only = format!("job_workflow_ref:{workflow}");
    let with_workflow = format!("repo:octo-org/octo-repo:environment:prod:job_workflow_ref:{workflow}");
    let behind_workflow = format!("job_workflow_ref:{workflow}:repo:octo-org/*");
    let cases = [
        ("environment:prod", false),
        ("environment:prod:*", false),
        ("ref:refs/heads/main", false),
        ("ref:refs/heads/*", false),
        ("workflow:deploy", false),
        ("workflow:deploy:*", false),
        ("repository_visibility:private", false),
        ("runner_environment:self-hosted:*", false),
        ("event_name:push:*", false),
        ("base_ref:main:*", false),
        ("head_ref::event_name:push", false),
        ("repo_property_team:payments", false),
        (&workflow_only, false),
        (
            "job_workflow_ref:octo-org/octo-automation/.github/workflows/oidc.yml@*",
            false,
        ),
        ("repo:octo-org/octo-repo:pull_request", true),
        ("repo:octo-org@123456/octo-repo@456789:*", true),
        ("repo:octo-org@*", false),
        ("repository:octo-org/octo-repo", true),
        ("repository_id:456789", true),
        ("repository_id:456*", false),
        ("repository_owner:monalisa", true),
        ("repository_owner:monalisa*", false),
        ("repository_owner:monalisa:repository_visibility:private", true),
        ("repository_owner_id:123456:*", true),
        ("repository_owner_id:*:ref:refs/heads/main", false),
        ("enterprise:octocorp:*", true),
        ("enterprise_id:12*", false),
        ("workflow_ref:octo-org/octo-repo/.github/workflows/*", true),
        // Among several, wherever it stands.
        (&with_workflow, true),
        (&behind_workflow, true),
        ("environment:prod:repository_owner:monalisa", true),
        ("environment:prod:repository_owner:monalisa*", false),
        ("pull_request:repository_owner:monalisa", true),
        // A value is no name of a claim.
        ("environment:repo:octo-org/octo-repo", false),
        ("environment:repository_owner", false),
        ("*:repo:octo-org/octo-repo", false),
    ];
    let issuers = [
        "token.actions.githubusercontent.com",
        "token.actions.githubusercontent.com/octocat-inc",
        "token.actions.octocorp.ghe.com",
        "github.example.com/_services/token",
    ];
    for (value, expected) in cases {
        for issuer in issuers {
            assert_eq!(is_pinned(issuer, "sub", value), expected, "{issuer} {value}");
        }
    }
}

/// What the subjects of other providers look like: see the pages at the table of providers.
#[test]
fn subjects_of_other_providers_name_an_owner_in_their_own_way() {
    let circle = "oidc.circleci.com/org/1b2c";
    let bitbucket = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc";
    let pulumi = "api.pulumi.com/oidc";
    let own = "login.example.com";
    let cases = [
        (circle, "org/1b2c/project/*", true),
        (circle, "org/*/project/3d4e/user/5f6a", false),
        (circle, "org/1b2c/project/3d4e/user/5f6a", true),
        (bitbucket, "{9a8b-7c6d}:*", true),
        (bitbucket, "{9a8b-7c6d}*:*", true),
        (bitbucket, "{9a8b*", false),
        (bitbucket, "*:{1234}", false),
        (pulumi, "pulumi:deploy:org:contoso:*", true),
        (pulumi, "pulumi:environments:org:contoso:env:*", true),
        (pulumi, "pulumi:deploy:*", false),
        (pulumi, "pulumi:deploy:org:contoso*", false),
        ("agent.buildkite.com", "organization:acme:pipeline:*", true),
        ("agent.buildkite.com", "organization:acme*", false),
        ("app.terraform.io", "organization:*:project:x:*", false),
        (
            "gitlab.com",
            "project_path:mygroup/project:ref_type:branch:ref:main",
            true,
        ),
        ("accounts.google.com", "110169484474386276334", true),
        ("accounts.google.com", "1101*", false),
        // Of providers nobody knows: behind the kind of name.
        (own, "user:alice:*", true),
        (own, "user:*", false),
        (own, "alice", true),
        (own, "environment:prod", true),
        (own, "system:serviceaccount:builds:*", true),
        (own, "system:serviceaccount:*", false),
    ];
    for (issuer, value, expected) in cases {
        assert_eq!(is_pinned(issuer, "sub", value), expected, "{issuer} {value}");
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

/// A workflow in a stranger's repository that runs on comments or stars has whoever comments there for its actor.
/// Source: GitHub Docs, "OpenID Connect reference" (`actor`: the account that initiated the run), and "Events that trigger workflows".
#[test]
fn the_actor_of_a_run_names_no_owner() {
    let github = "token.actions.githubusercontent.com";
    let cases = [
        ("actor", "octocat"),
        ("actor_id", "583231"),
        ("sub", "actor:octocat:*"),
        ("sub", "actor_id:583231"),
    ];
    for (claim, value) in cases {
        assert!(!is_pinned(github, claim, value), "{claim} {value}");
    }
    let with_owner = "actor:octocat:repository_owner:octo-org";
    assert!(is_pinned(github, "sub", with_owner), "{with_owner}");
}

/// A role that any guest of an identity pool may take was called pinned: the id of the pool is in the code of its applications.
/// Source: Cognito Developer Guide, "Role trust and permissions", and "Identity pools authentication flow".
#[test]
fn the_id_of_a_pool_keeps_no_guest_away() {
    let pools = "cognito-identity.amazonaws.com";
    let pool = format!(r#""StringEquals": {{"{pools}:aud": "us-east-1:pool"}}"#);
    let method = |operator: &str, value: &str| format!(r#""{operator}": {{"{pools}:amr": {value}}}"#);
    let signed_in = r#""authenticated""#;
    let cases = [
        (pool.clone(), false),
        (
            format!("{pool}, {}", method("ForAnyValue:StringLike", r#""unauthenticated""#)),
            false,
        ),
        (
            format!(
                "{pool}, {}",
                method("ForAnyValue:StringLike", r#"["authenticated", "unauthenticated"]"#)
            ),
            false,
        ),
        (
            format!("{pool}, {}", method("ForAnyValue:StringLike", r#""*authenticated""#)),
            false,
        ),
        (format!("{pool}, {}", method("ForAnyValue:StringLike", signed_in)), true),
        (
            format!("{pool}, {}", method("ForAllValues:StringEquals", signed_in)),
            true,
        ),
        (
            format!(
                "{pool}, {}",
                method("ForAnyValue:StringEquals", r#""graph.facebook.com""#)
            ),
            true,
        ),
        (
            format!("{pool}, {}", method("StringNotEquals", r#""unauthenticated""#)),
            true,
        ),
        (method("ForAnyValue:StringLike", signed_in), false),
        (
            format!(
                r#""StringLike": {{"{pools}:aud": "us-east-1:*"}}, {}"#,
                method("ForAnyValue:StringLike", signed_in)
            ),
            false,
        ),
        (
            format!(r#""StringEquals": {{"{pools}:sub": "us-east-1:somebody"}}"#),
            true,
        ),
    ];
    let directory = AccountDirectory::new().seen_from("111111111111");
    for (conditions, expected) in cases {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {{"Federated": "{pools}"}},
                "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {{{conditions}}}}}}}"#
        );
        let policy = Policy::parse(&document).unwrap();
        let found = reach_of_trust_policy("arn:aws:iam::111111111111:role/app", &policy, &directory);
        assert_eq!(found.len(), 1, "{conditions}");
        assert_eq!(found[0].class, Reach::Federation { pinned: expected }, "{conditions}");
        let witness = found[0].witness.as_ref().unwrap();
        assert!(resource_policy_allows(&policy, witness), "{witness} by {conditions}");
        // What is said of the conditions, and what rules read, is the same.
        assert_eq!(!found[0].restricting.is_empty(), expected, "{:?}", found[0]);
        let principal = normalise(&policy, &directory)[0].principals[0].class;
        assert_eq!(principal, found[0].class, "{conditions}");
    }
    let anybody = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {{{pool}}}}}}}"#
    );
    let policy = Policy::parse(&anybody).unwrap();
    let found = reach_of_trust_policy("arn:aws:iam::111111111111:role/app", &policy, &directory);
    let classes: Vec<Reach> = found.iter().map(|finding| finding.class).collect();
    assert_eq!(classes, [Reach::Federation { pinned: false }]);
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

/// STS API Reference, "`AssumeRoleWithWebIdentity`": whoever has a token of some provider asks without credentials.
#[test]
fn roles_for_whoever_has_a_token() {
    let trust = |action: &str| {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "{action}"}}}}"#
        );
        let policy = security_monkey_iam::Policy::parse(&policy).unwrap();
        let role = "arn:aws:iam::111111111111:role/app";
        let found = security_monkey_iam::reach::reach_of_trust_policy(role, &policy, &crate::reach::directory());
        assert!(found.iter().all(|finding| finding.witness.is_some()), "{found:?}");
        found.iter().map(|finding| finding.class).collect::<Vec<_>>()
    };
    let open = Reach::Federation { pinned: false };
    assert_eq!(trust("sts:AssumeRoleWithWebIdentity"), [open]);
    assert!(trust("sts:AssumeRole*").contains(&Reach::AnyAwsAccount));
}

#[test]
fn whoever_has_a_token_gains_what_everybody_may() {
    let trust = |principal: &str, action: &str| {
        let policy = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "{action}"}}}}"#
        );
        Policy::parse(&policy).unwrap()
    };
    for action in ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"] {
        let own = trust(r#"{"AWS": "111111111111"}"#, action);
        let open = trust(r#""*""#, action);
        let change = security_monkey_iam::diff::diff(&own, &open);
        assert!(!change.gained.is_empty(), "{action}: {change:?}");
    }
}
