//! Answers about one document and what stands around it, for machines and in words.

use std::collections::BTreeMap;

use security_monkey_iam::diff::diff;
use security_monkey_iam::evaluate::Caller;
use security_monkey_iam::explain::{Explanation, Kind, Paper, Question, Ruling, Surroundings, explain, rule};
use security_monkey_iam::reach::Reach;

const BUCKET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*"},
    {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
  ]
}"#;

fn paper(text: &str) -> Paper {
    Paper::read("policy.json", text).unwrap()
}

fn around(text: &str) -> Surroundings {
    Surroundings::read(text).unwrap()
}

fn ways(document: &str, surroundings: &str) -> Vec<(Reach, bool)> {
    match explain(&paper(document), &around(surroundings)) {
        Explanation::Reach { reach, .. } => reach
            .iter()
            .map(|access| (access.class, access.blocked_by.is_some()))
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn asked(document: &str, surroundings: &str, principal: &str, action: &str, context: &[(&str, &str)]) -> Ruling {
    let context: BTreeMap<String, Vec<String>> = context
        .iter()
        .map(|(key, value)| ((*key).to_owned(), vec![(*value).to_owned()]))
        .collect();
    let question = Question {
        principal: Some(Caller::read(principal).unwrap()),
        action,
        context: &context,
        now_epoch_seconds: None,
    };
    rule(&question, &paper(document), &around(surroundings))
}

#[test]
fn a_bucket_is_explained_with_its_acl_and_block_public_access() {
    let acl = r#""acl": {"Owner": {"ID": "us"}, "Grants": [
        {"Grantee": {"Type": "CanonicalUser", "ID": "us"}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}, "Permission": "READ"}]}"#;
    let bucket = r#""kind": "bucket", "resource": "arn:aws:s3:::records""#;
    assert_eq!(
        ways(BUCKET, &format!("{{{bucket}, {acl}}}")),
        [(Reach::Internet, false), (Reach::AnyAwsAccount, false)]
    );
    let blocked = r#""public_access_block": {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": true, "RestrictPublicBuckets": true}}"#;
    assert_eq!(
        ways(BUCKET, &format!("{{{bucket}, {acl}, {blocked}}}")),
        [(Reach::Internet, true), (Reach::AnyAwsAccount, true)]
    );
    let owned = r#""object_ownership": "BucketOwnerEnforced""#;
    assert_eq!(
        ways(BUCKET, &format!("{{{bucket}, {acl}, {owned}}}")),
        [(Reach::Internet, false), (Reach::AnyAwsAccount, true)]
    );
}

#[test]
fn keys_trusts_functions_and_others_are_explained_by_kind() {
    let key = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "kms:*", "Resource": "*"}}"#;
    let grants = r#"{"kind": "key", "grants": {"Grants": [{"GrantId": "g", "GranteePrincipal": "arn:aws:iam::333333333333:role/x", "Operations": ["Decrypt"]}]}, "third_parties": {"333333333333": "vendor"}}"#;
    assert_eq!(
        ways(key, grants),
        [(Reach::ThirdPartyAccount, false), (Reach::SameAccount, false)]
    );
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}"#;
    assert_eq!(ways(trust, "{}"), [(Reach::AnyAwsAccount, false)]);
    let function = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": "*"}}"#;
    assert_eq!(
        ways(function, r#"{"kind": "function", "function_url_auth": "NONE"}"#),
        [(Reach::Internet, false)]
    );
    assert_eq!(
        ways(function, r#"{"kind": "function"}"#),
        [(Reach::AnyAwsAccount, false)]
    );
    // Services that answer signed requests only, told by the actions.
    let secret = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}}"#;
    assert_eq!(ways(secret, "{}"), [(Reach::AnyAwsAccount, false)]);
}

#[test]
fn guardrails_of_the_organisation_close_ways_in() {
    let guardrail = r#"{"resource_control": [[{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-ours1234567"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}]}]],
        "organisations": ["o-ours1234567"]}"#;
    let found = ways(BUCKET, guardrail);
    assert!(
        found.iter().all(|(class, _)| *class <= Reach::Organisation) && !found.is_empty(),
        "{found:?}"
    );
}

#[test]
fn an_identity_is_explained_under_its_boundary() {
    let all = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["iam:*", "nosuch:Thing"], "Resource": "*"}}"#;
    let said = explain(&paper(all), &Surroundings::default()).to_string();
    for words in [
        "as good as an administrator",
        "of level Permissions management",
        "matches no published action: nosuch:Thing",
        "ways to more rights, which an administrator has anyway",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let some = all.replace("iam:*", "iam:Put*");
    let said = explain(&paper(&some), &Surroundings::default()).to_string();
    for words in [
        "not an administrator by itself",
        "ways to more rights\n",
        "Write an inline policy of a user",
        "iam:PutUserPolicy on arn:aws:iam::111111111111:user/somebody",
        "published: Rhino Security Labs",
        // Found for a role only.
        "Write an inline policy of one's role",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let boundary = r#"{"boundary": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}}"#;
    let said = explain(&paper(all), &around(boundary)).to_string();
    assert!(
        said.contains("not an administrator") && said.contains("allows no action") && !said.contains("ways to"),
        "{said}"
    );
    let guardrail = explain(
        &paper(
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}"#,
        ),
        &around(r#"{"kind": "service-control"}"#),
    );
    assert!(
        guardrail
            .to_string()
            .starts_with("service-control policy: it grants nothing, it limits"),
        "{guardrail}"
    );
    assert!(matches!(guardrail, Explanation::Guardrail { never_allowed, .. } if never_allowed > 100));
    let region = explain(
        &paper(
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}]}"#,
        ),
        &around(r#"{"kind": "service-control"}"#),
    );
    assert!(
        matches!(region, Explanation::Guardrail { never_allowed: 0, actions_left, actions_unlimited, .. } if actions_unlimited > 100 && actions_left > actions_unlimited),
        "{region}"
    );
}

#[test]
fn a_request_is_ruled_upon_with_the_statement_and_its_place() {
    let stranger = |transport: &str| {
        asked(
            BUCKET,
            r#"{"resource": "arn:aws:s3:::records/x"}"#,
            "*",
            "s3:GetObject",
            &[("aws:SecureTransport", transport)],
        )
    };
    assert_eq!(
        stranger("true").to_string(),
        "allowed: anybody, without credentials asks for s3:GetObject on arn:aws:s3:::records/x with aws:securetransport=true\n  by statement \"Read\" of resource policy policy.json (line 4, column 5)\n"
    );
    assert_eq!(
        stranger("false").to_string(),
        "denied: anybody, without credentials asks for s3:GetObject on arn:aws:s3:::records/x with aws:securetransport=false\n  by statement \"Tls\" of resource policy policy.json (line 5, column 5)\n"
    );
}

#[test]
fn a_request_that_is_not_allowed_says_what_was_missing_and_what_was_not_given() {
    let of_friend = |surroundings: &str| {
        asked(
            BUCKET,
            surroundings,
            "arn:aws:iam::222222222222:user/bob",
            "s3:GetObject",
            &[],
        )
    };
    let alone = of_friend(r#"{"resource": "arn:aws:s3:::records/x", "account": "111111111111"}"#);
    let said = alone.to_string();
    assert!(
        said.contains("no identity policy allows it")
            && said.contains("does its half")
            && said.contains("hint: no policy of the caller was given; its account 222222222222"),
        "{said}"
    );
    let both = of_friend(
        r#"{"resource": "arn:aws:s3:::records/x", "account": "111111111111", "identity": [{"Version": "2012-10-17", "Statement": {"Sid": "Mine", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}}]}"#,
    );
    assert!(
        both.decision.is_allowed()
            && both
                .to_string()
                .contains("statement \"Mine\" of identity policy identity[0]"),
        "{both}"
    );
    let key = asked(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}"#,
        r#"{"resource": "arn:aws:kms:us-east-1:111111111111:key/1"}"#,
        "arn:aws:iam::111111111111:user/alice",
        "kms:Decrypt",
        &[],
    );
    assert!(
        key.to_string()
            .contains("hint: no policy of the resource was given, and this kind of resource needs one"),
        "{key}"
    );
}

#[test]
fn callers_are_read_as_people_write_them() {
    let kinds = [
        ("*", "anonymous"),
        ("111111111111", "root"),
        ("arn:aws:iam::111111111111:root", "root"),
        ("arn:aws:iam::111111111111:user/team/alice", "user"),
        ("arn:aws:iam::111111111111:role/app", "role_session"),
        ("arn:aws:sts::111111111111:assumed-role/app/s", "role_session"),
        ("arn:aws:sts::111111111111:federated-user/sam", "federated_user"),
        ("sns.amazonaws.com", "service"),
        ("states.us-east-1.amazonaws.com", "service"),
        ("ec2.amazonaws.com.cn", "service"),
        ("cognito-identity.amazonaws.com", "federated"),
        ("accounts.google.com", "federated"),
        ("arn:aws:iam::111111111111:saml-provider/okta", "federated"),
        (
            "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com",
            "federated",
        ),
    ];
    for (text, kind) in kinds {
        let caller = Caller::read(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(serde_json::to_value(&caller).unwrap()["type"], kind, "{text}");
    }
    for nobody in [
        "",
        "bob",
        "arn:aws:iam::111111111111:group/x",
        "arn:aws:s3:::bucket",
        "o-ours1234567",
        "aws:x.y",
    ] {
        assert_eq!(Caller::read(nobody), None, "{nobody}");
    }
}

#[test]
fn mistakes_in_the_surroundings_are_named() {
    let error = |text: &str| Surroundings::read(text).unwrap_err().to_string();
    for (text, wanted) in [
        ("null", "expected an object with members such as"),
        ("3", "expected an object with members such as"),
        (
            r#"{"acl": 1}"#,
            "expected an ACL as `aws s3api get-bucket-acl` prints it",
        ),
        (r#"{"acl": {"Grants": [1]}}"#, "expected a grant of an ACL, an object"),
    ] {
        let said = error(text);
        assert!(said.contains(wanted) && !said.contains("struct"), "{text}: {said}");
    }
    assert!(error(r#"{"boundry": {}}"#).contains("unknown field `boundry`"));
    assert!(error(r#"{"networks": ["here"]}"#).contains("\"here\" is no address or network"));
    let broken = error(r#"{"service_control": [[{"Statement": {"Effect": "Permit"}}]]}"#);
    assert!(
        broken.starts_with("service_control[0][0]: Statement.Effect"),
        "{broken}"
    );
}

#[test]
fn the_kind_is_guessed_by_principals_and_resource() {
    let guess = |text: &str, resource| Kind::guess(&paper(text).policy, resource);
    assert_eq!(guess(BUCKET, None), Kind::Resource);
    assert_eq!(guess(BUCKET, Some("arn:aws:s3:::records")), Kind::Bucket);
    assert_eq!(
        guess(BUCKET, Some("arn:aws:kms:us-east-1:111111111111:key/1")),
        Kind::Key
    );
    assert_eq!(
        guess(BUCKET, Some("arn:aws:lambda:us-east-1:111111111111:function:f")),
        Kind::Function
    );
    assert_eq!(
        guess(BUCKET, Some("arn:aws:sqs:us-east-1:111111111111:q")),
        Kind::Resource
    );
    assert_eq!(
        guess(
            r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}"#,
            None
        ),
        Kind::Trust
    );
    assert_eq!(
        guess(
            r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#,
            None
        ),
        Kind::Identity
    );
    for (kind, name) in Kind::ALL {
        assert_eq!((Kind::from_name(name), kind.name()), (Some(kind), name));
    }
}

#[test]
fn reach_and_differences_read_well() {
    let narrow = BUCKET.replace(
        r#""Resource": "arn:aws:s3:::records/*"}"#,
        r#""Resource": "arn:aws:s3:::records/*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringLike": {"aws:UserAgent": "x*"}}}"#,
    );
    let said = explain(&paper(&narrow), &around(r#"{"resource": "arn:aws:s3:::records"}"#)).to_string();
    for words in [
        "bucket policy, 2 statements",
        "anybody in certain networks, *\n  may s3:GetObject\n  by statement \"Read\"",
        "only if aws:SourceIp IpAddress 203.0.113.0/24: the source addresses are fixed",
        "no restriction: aws:UserAgent StringLike x*: the client sets this header as it likes",
        "for example: ",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let said = diff(&paper(&narrow).policy, &paper(BUCKET).policy).to_string();
    for words in [
        "widened: it allows more than before\n",
        "+ * may s3:GetObject on arn:aws:s3:::records/*",
        "by statement \"Read\" of the new policy",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

/// The policy of a repository has no Resource, like a trust policy, and was taken for one.
#[test]
fn the_policy_of_a_repository_is_no_trust_policy() {
    let repository = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "ecr:BatchGetImage"}}"#;
    for resource in [None, Some("arn:aws:ecr:us-east-1:111111111111:repository/app")] {
        assert_eq!(Kind::guess(&paper(repository).policy, resource), Kind::Resource);
    }
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "STS:AssumeRole"}}"#;
    assert_eq!(Kind::guess(&paper(trust).policy, None), Kind::Trust);
}

/// Policies of an organisation that only deny, as AWS's examples do, were said to allow nothing.
#[test]
fn a_deny_list_stands_beside_full_access() {
    let denies = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}}"#;
    let identity = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let user = "arn:aws:iam::111111111111:user/alice";
    let under = format!(r#"{{"service_control": [[{denies}]]}}"#);
    assert!(asked(identity, &under, user, "s3:GetObject", &[]).decision.is_allowed());
    assert!(
        !asked(identity, &under, user, "organizations:LeaveOrganization", &[])
            .decision
            .is_allowed()
    );
    for kind in ["service-control", "resource-control"] {
        let Explanation::Guardrail { never_allowed, .. } =
            explain(&paper(denies), &around(&format!(r#"{{"kind": "{kind}"}}"#)))
        else {
            panic!("{kind}")
        };
        assert_eq!(never_allowed, 1, "{kind}");
    }
}

#[test]
fn ways_to_more_rights_are_told_with_their_context_and_in_the_partition_of_the_policy() {
    let text = |document: &str| explain(&paper(document), &Surroundings::default()).to_string();
    let attach = text(
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}}"#,
    );
    let step = "    iam:AttachUserPolicy on arn:aws:iam::111111111111:user/somebody with aws:multifactorauthpresent=true, iam:policyarn=arn:aws:iam::aws:policy/AdministratorAccess\n";
    assert!(attach.contains(step), "{attach}");
    for partition in ["aws-us-gov", "aws-cn"] {
        let pass = text(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": ["arn:*:ec2:*:*:*", "arn:{partition}:iam::111111111111:role/*"]}}}}"#
        ));
        assert!(
            pass.contains(&format!("iam:PassRole on arn:{partition}:iam::111111111111:role/")),
            "{pass}"
        );
    }
}

#[test]
fn an_administrator_is_not_told_a_hundred_ways_to_more_rights() {
    let document = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"#;
    let explained = explain(&paper(document), &Surroundings::default());
    let text = explained.to_string();
    assert!(
        text.starts_with("identity policy: an administrator under conditions"),
        "{text}"
    );
    assert!(
        text.contains("ways to more rights, which an administrator has anyway") && !text.contains("published:"),
        "{text}"
    );
    assert!(text.lines().count() < 12, "{text}");
    let Explanation::Permissions { escalations, .. } = explained else {
        panic!("{explained:?}")
    };
    assert!(escalations.len() > 60);
}

#[test]
fn an_example_by_an_unpublished_action_says_so() {
    let allow = |action: &str| {
        paper(&format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "{action}", "Resource": "arn:aws:s3:::a"}}}}"#
        ))
        .policy
    };
    let text = diff(&allow("s3:GetBucketAcl"), &allow("s3:GetBucketAc*")).to_string();
    assert!(
        text.contains("for example, only by an action that AWS has not published: "),
        "{text}"
    );
    let text = diff(&allow("s3:GetBucketAcl"), &allow("s3:Get*")).to_string();
    assert!(
        text.contains("for example: ") && text.contains(" asks for s3:Get"),
        "{text}"
    );
}
