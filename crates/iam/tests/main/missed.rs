//! Ways in that are easily missed: names, services and partitions that the policy does not spell out.

use security_monkey_iam::Policy;
use security_monkey_iam::evaluate::resource_policy_allows;
use security_monkey_iam::reach::{
    Accepts, BlockPublicAccess, Bucket, ObjectOwnership, Reach, ReachContext, ReachFinding, reach_of_bucket,
    reach_of_resource_policy,
};

use crate::reach::{allow, classes, deny, directory};

fn found(resource: &str, statements: &str) -> Vec<ReachFinding> {
    let policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap();
    let context = ReachContext {
        resource: Some(resource),
        accepts: Accepts::of_policy(&policy, Some(resource)),
    };
    let found = reach_of_resource_policy(&policy, &directory(), context);
    for finding in &found {
        let witness = finding.witness.as_ref().unwrap_or_else(|| panic!("{finding:?}"));
        assert!(resource_policy_allows(&policy, witness), "{witness}");
    }
    found
}

fn is_of(found: &[ReachFinding]) -> Vec<Reach> {
    found.iter().map(|finding| finding.class).collect()
}

#[test]
fn an_alarm_of_strangers_whose_name_two_patterns_match() {
    let topic = "arn:aws:sns:us-east-1:111111111111:alarms";
    let alarms = |allowed: &str, spared: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Service": "cloudwatch.amazonaws.com"}}, "Action": "sns:Publish", "Resource": "{topic}", "Condition": {{"ArnLike": {{"aws:SourceArn": "{allowed}"}}}}}},
            {{"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*", "Condition": {{"ArnNotLike": {{"aws:SourceArn": "{spared}"}}}}}}"#
        )
    };
    let prod = "arn:aws:cloudwatch:*:*:alarm:prod-*";
    let classes = |spared: &str| is_of(&found(topic, &alarms(prod, spared)));
    let open = [Reach::AwsService { guarded: false }];
    assert_eq!(classes("arn:aws:cloudwatch:*:*:alarm:*-high"), open);
    assert_eq!(classes("arn:aws:cloudwatch:*:*:alarm:prod-*:*"), open);
    assert_eq!(classes("arn:aws:cloudwatch:us-*:*:alarm:*-high"), open);
    assert_eq!(classes("arn:aws:cloudwatch:*:*:alarm:test-*"), []);
    assert_eq!(classes("arn:aws:events:*:*:alarm:*-high"), []);
}

#[test]
fn a_source_of_one_service_outside_the_regions_of_another_pattern() {
    let from_service = |condition: &str| {
        let deny = deny(&format!(r#"{{"ArnLike": {{"aws:SourceArn": {condition}}}}}"#));
        let sns = r#"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}"#;
        classes(&format!(
            "{}, {deny}",
            allow(r#"{"Service": "sns.amazonaws.com"}"#, sns)
        ))
    };
    let open = [Reach::AwsService { guarded: false }];
    assert_eq!(from_service(r#""arn:aws:*:us-east-1:*:*""#), open);
    assert_eq!(
        from_service(r#"["arn:aws:*:us-east-1:*:*", "arn:aws:*:eu-*:*:*"]"#),
        open
    );
    assert_eq!(from_service(r#""arn:*:*:us-east-1:*:*""#), open);
    assert_eq!(from_service(r#""arn:aws:events:*:*:*""#), open);
    assert_eq!(
        from_service(r#"["arn:aws:s3:::*", "arn:aws:sns:us-east-1:*:*", "arn:aws:sns:*:*:prod-*"]"#),
        open
    );
    assert_eq!(from_service(r#""arn:aws:*:*:*:*""#), []);
}

/// The account of an ARN is its fifth part, whatever stands behind it.
#[test]
fn a_source_of_ours_is_nobody_elses_whose_number_its_name_has() {
    let sources = r#"{"ArnLikeIfExists": {"aws:SourceArn": ["arn:aws:sns:*:*:*team29*", "arn:aws:cloudwatch:*:555555555503:alarm:*"]}, "ArnLike": {"aws:SourceArn": "arn:aws:sns:us-east-1:111111111111*"}}"#;
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        allow(r#""*""#, sources)
    );
    let policy = Policy::parse(&policy).unwrap();
    let context = ReachContext {
        resource: Some("arn:aws:s3:::records"),
        accepts: Accepts::Anonymous,
    };
    let mut sources = 0;
    for finding in reach_of_resource_policy(&policy, &directory(), context) {
        let Some(source) = finding
            .witness
            .as_ref()
            .and_then(|witness| witness.values("aws:SourceArn"))
        else {
            continue;
        };
        let account = security_monkey_iam::arn::account_of(&source[0]).map(str::to_owned);
        assert!(finding.account.is_none() || finding.account == account, "{finding:?}");
        sources += 1;
    }
    assert!(sources > 0);
}

#[test]
fn a_service_that_only_conditions_speak_of() {
    let services = allow(r#""*""#, r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}}"#);
    for denied in ["logging.s3.amazonaws.com", "sns.amazonaws.com"] {
        let one = deny(&format!(
            r#"{{"StringEquals": {{"aws:PrincipalServiceName": "{denied}"}}}}"#
        ));
        assert_eq!(
            classes(&format!("{services}, {one}")),
            [Reach::AwsService { guarded: false }],
            "{denied}"
        );
    }
    let common = ["sns", "events", "s3", "config", "cloudtrail"].map(|name| format!(r#""{name}.amazonaws.com""#));
    let all = deny(&format!(
        r#"{{"StringEquals": {{"aws:PrincipalServiceName": [{}]}}}}"#,
        common.join(", ")
    ));
    assert_eq!(
        classes(&format!("{services}, {all}")),
        [Reach::AwsService { guarded: false }]
    );
}

#[test]
fn a_federated_user_where_only_the_kind_is_asked_for() {
    let kind = r#"{"StringEquals": {"aws:PrincipalType": "FederatedUser"}}"#;
    assert_eq!(classes(&allow(r#""*""#, kind)), [Reach::AnyAwsAccount]);
    let own = allow(r#"{"AWS": "111111111111"}"#, kind);
    assert_eq!(classes(&own), [Reach::SameAccount]);
}

/// IAM User Guide, "Policy evaluation for requests within a single account": what is given to a user reaches the sessions it federates.
#[test]
fn the_sessions_that_a_named_user_federates() {
    let user = r#"{"AWS": "arn:aws:iam::222222222222:user/team/bob"}"#;
    let session = "arn:aws:sts::222222222222:federated-user/deploy-1";
    for condition in [
        r#"{"StringEquals": {"aws:PrincipalType": "FederatedUser"}}"#.to_owned(),
        format!(r#"{{"ArnEquals": {{"aws:PrincipalArn": "{session}"}}}}"#),
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:sts::*:federated-user/deploy-*"}}"#.to_owned(),
    ] {
        let found = found("arn:aws:s3:::records", &allow(user, &condition));
        assert_eq!(is_of(&found), [Reach::FriendlyAccount], "{condition}");
        let caller = &found[0].witness.as_ref().unwrap().caller;
        assert!(
            caller
                .to_string()
                .ends_with("(made by arn:aws:iam::222222222222:user/team/bob)"),
            "{caller}"
        );
    }
    let elsewhere = r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:sts::333333333333:federated-user/deploy-*"}}"#;
    assert_eq!(classes(&allow(user, elsewhere)), []);
    let role = r#"{"AWS": "arn:aws:iam::222222222222:role/team/bob"}"#;
    assert_eq!(
        classes(&allow(
            role,
            r#"{"StringEquals": {"aws:PrincipalType": "FederatedUser"}}"#
        )),
        []
    );
}

#[test]
fn a_user_by_name_within_a_path() {
    let team = r#"{"StringEquals": {"aws:username": "bob"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:user/team/*"}}"#;
    assert_eq!(
        classes(&allow(r#"{"AWS": "222222222222"}"#, team)),
        [Reach::FriendlyAccount]
    );
    assert_eq!(classes(&allow(r#""*""#, team)), [Reach::FriendlyAccount]);
    let other = team.replace("user/team/*", "role/team/*");
    assert_eq!(classes(&allow(r#"{"AWS": "222222222222"}"#, &other)), []);
}

#[test]
fn holders_of_tokens_beside_services() {
    let statements = r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole*",
            "Condition": {"StringLikeIfExists": {"token.actions.githubusercontent.com:sub": "repo:octo-org/*"}}},
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}"#;
    let found = is_of(&found("arn:aws:iam::111111111111:role/deploy", statements));
    assert!(found.contains(&Reach::AwsService { guarded: false }), "{found:?}");
    assert!(
        found.iter().any(|class| matches!(class, Reach::Federation { .. })),
        "{found:?}"
    );
}

#[test]
fn principals_of_the_partition_of_the_resource() {
    let bucket = "arn:aws-cn:s3:::records";
    for partition in ["*", "aws-cn"] {
        let statements = format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "*"}}, "Action": "s3:GetObject", "Resource": "{bucket}/*", "Condition": {{"ArnLike": {{"aws:PrincipalArn": "arn:{partition}:iam::*:role/app*"}}}}}},
            {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {{"ArnNotLike": {{"aws:PrincipalArn": "arn:{partition}:iam::*:role/*-prod"}}}}}}"#
        );
        let found = found(bucket, &statements);
        assert_eq!(is_of(&found), [Reach::AnyAwsAccount], "{partition}");
        let caller = &found[0].witness.as_ref().unwrap().caller;
        assert_eq!(caller.partition(), "aws-cn", "{partition}");
    }
}

#[test]
fn a_tag_that_only_the_resources_ask_for() {
    let team = allow(r#""*""#, "").replace("records/*", "records/${aws:PrincipalTag/team}/*");
    let others = |resources: &str| {
        format!(r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "NotResource": {resources}}}"#)
    };
    for spared in [
        r#""arn:aws:s3:::records/red/*""#,
        r#"["arn:aws:s3:::records/b?ue/*", "arn:aws:s3:::others/*"]"#,
    ] {
        let found = classes(&format!("{team}, {}", others(spared)));
        assert_eq!(found, [Reach::AnyAwsAccount], "{spared}");
    }
    assert_eq!(
        classes(&format!("{team}, {}", others(r#""arn:aws:s3:::others/red/*""#))),
        []
    );
}

/// Values of variables that the search does not guess: the last of many, one behind a wildcard, two at once, another than the default,
/// part of a name, and what one statement spares of another.
#[test]
fn any_value_of_a_tag_that_only_the_resources_ask_for() {
    let team = |resource: &str| allow(r#""*""#, "").replace("records/*", resource);
    let but = |element: &str, resources: &[String]| {
        let resources: Vec<String> = resources
            .iter()
            .map(|name| format!(r#""arn:aws:s3:::records/{name}""#))
            .collect();
        format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "{element}": [{}]}}"#,
            resources.join(", ")
        )
    };
    let all: Vec<String> = (1..=20).map(|number| format!("team-{number:02}/*")).collect();
    let one = |name: &str| [name.to_owned()];
    let tag = "${aws:PrincipalTag/team}";
    let cases = [
        (
            format!("records/{tag}/*"),
            format!("{}, {}", but("NotResource", &all), but("Resource", &all[..19])),
            "arn:aws:s3:::records/team-20/",
        ),
        (
            format!("records/*/{tag}/*"),
            but("NotResource", &one("2026/red/*")),
            "arn:aws:s3:::records/2026/red/",
        ),
        (
            format!("records/{tag}-${{aws:PrincipalTag/unit}}/*"),
            but("NotResource", &one("red-blue/*")),
            "arn:aws:s3:::records/red-blue/",
        ),
        (
            "records/${aws:PrincipalTag/team, 'none'}/*".to_owned(),
            format!(
                "{}, {}",
                but("Resource", &one("none/*")),
                but("NotResource", &one("re?/*"))
            ),
            "arn:aws:s3:::records/re",
        ),
        (
            format!("records/{tag}/{tag}/*"),
            but("NotResource", &one("red/re?/*")),
            "arn:aws:s3:::records/red/red/",
        ),
    ];
    for (resource, denies, expected) in cases {
        let found = found("arn:aws:s3:::records", &format!("{}, {denies}", team(&resource)));
        assert_eq!(is_of(&found), [Reach::AnyAwsAccount], "{resource}");
        let witness = found[0].witness.as_ref().unwrap();
        assert!(witness.resource.starts_with(expected), "{witness}");
    }
    // Services and tokens may bring tags too.
    let service = allow(r#"{"Service": "rolesanywhere.amazonaws.com"}"#, "");
    let service = service.replace("records/*", &format!("records/{tag}-${{aws:PrincipalTag/unit}}/*"));
    let denies = but("NotResource", &one("red-blue/*"));
    assert!(classes(&format!("{service}, {denies}")).contains(&Reach::AwsService { guarded: false }));
    // Whatever the tag, the end of the name differs.
    let apart = format!(
        "{}, {}",
        team(&format!("records/{tag}.txt")),
        but("NotResource", &one("red*.csv"))
    );
    assert_eq!(classes(&apart), []);
}

/// What one operator takes for the same and another does not.
#[test]
fn a_text_in_another_case_than_the_one_that_is_denied() {
    let allow = allow(
        r#""*""#,
        r#"{"StringEqualsIgnoreCase": {"aws:Referer": "Hello-World-42"}}"#,
    );
    let denies = |condition: &str| classes(&format!("{allow}, {}", deny(condition)));
    for denied in [
        r#"{"StringEquals": {"aws:Referer": ["Hello-World-42", "hello-world-42", "HELLO-WORLD-42"]}}"#,
        r#"{"StringLike": {"aws:Referer": "Hello*"}}"#,
        r#"{"StringNotLike": {"aws:Referer": "hello*"}}"#,
        r#"{"StringLike": {"aws:Referer": "*-World-*"}}"#,
    ] {
        assert_eq!(denies(denied), [Reach::Internet], "{denied}");
    }
    for closed in [
        r#"{"StringEqualsIgnoreCase": {"aws:Referer": "hello-WORLD-42"}}"#,
        r#"{"StringNotLike": {"aws:Referer": "hello-mars*"}}"#,
        r#"{"StringLike": {"aws:Referer": "?????-?????-42"}}"#,
    ] {
        assert_eq!(denies(closed), [], "{closed}");
    }
}

/// Where values of variables that conditions hold would be needed, the answer is open and not "nobody".
#[test]
fn a_tag_that_conditions_and_resources_ask_for_is_not_excluded() {
    let statements = format!(
        r#"{}, {{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "NotResource": "arn:aws:s3:::records/red/*"}}"#,
        allow(r#""*""#, r#"{"StringEquals": {"aws:PrincipalTag/team": "red"}}"#)
            .replace("records/*", "records/${aws:PrincipalTag/team}/*")
    );
    assert!(classes(&statements).contains(&Reach::AnyAwsAccount));
}

/// Statements keep the numbers that they were written under.
#[test]
fn a_public_statement_behind_one_that_is_left_out() {
    let statements = format!(
        "{}, {}",
        deny(r#"{"Null": {"aws:SourceIp": "true"}}"#),
        allow(r#""*""#, "")
    );
    let mut policy = Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap();
    policy.statements.remove(0);
    let bucket = Bucket {
        arn: "arn:aws:s3:::records",
        policy: Some(&policy),
        acl: Vec::new(),
        object_ownership: ObjectOwnership::BucketOwnerEnforced,
        bucket_block: BlockPublicAccess {
            restrict_public_buckets: true,
            ..BlockPublicAccess::default()
        },
        account_block: BlockPublicAccess::default(),
    };
    let found = reach_of_bucket(&bucket, None, &directory());
    assert!(
        found
            .iter()
            .any(|access| access.class == Reach::Internet && access.blocked_by.is_some()),
        "{found:?}"
    );
}

/// A service by its name that acts for members of our organisation, the owner's account left out.
#[test]
fn a_service_for_other_accounts_of_our_organisation() {
    let service = r#"{"Service": "sns.amazonaws.com"}"#;
    let others = r#"{"StringEquals": {"aws:SourceOrgID": "o-ours1234567"}, "StringNotLike": {"aws:SourceAccount": "111111111111"}}"#;
    let guarded = Reach::AwsService { guarded: true };
    assert_eq!(classes(&allow(service, others)), [guarded]);
    // Said once where our own account is meant as well.
    let all = r#"{"StringEquals": {"aws:SourceOrgID": "o-ours1234567"}}"#;
    assert_eq!(classes(&allow(service, all)), [guarded]);
}

/// An account that is named as a source may be of any organisation but ours.
#[test]
fn a_service_for_an_account_of_another_organisation() {
    let unlike_ours = r#"{"ForAnyValue:StringNotLike": {"aws:SourceOrgID": "o-ours1234567"}, "ArnLike": {"aws:SourceArn": ["arn:aws:s3:::ours", "arn:aws:sns:us-east-1:444444444444:t"]}}"#;
    assert!(classes(&allow(r#""*""#, unlike_ours)).contains(&Reach::UnknownAccount));
    let theirs = r#"{"StringEquals": {"aws:SourceOrgID": "o-theirs12345", "aws:SourceAccount": "444444444444"}}"#;
    assert!(classes(&allow(r#""*""#, theirs)).contains(&Reach::UnknownAccount));
    // Ours is known to be of ours.
    let own = r#"{"StringNotEquals": {"aws:SourceOrgID": "o-ours1234567"}, "StringEquals": {"aws:SourceAccount": "111111111111"}, "Null": {"aws:SourceOrgID": "false"}}"#;
    assert_eq!(classes(&allow(r#""*""#, own)), []);
}

/// A Deny of whatever acts for a topic, or for nothing that it names, leaves what acts for a rule or a bucket, or from another region.
#[test]
fn a_service_for_what_no_pattern_spells() {
    let open = allow(r#""*""#, "");
    for denied in ["arn:aws:sns:*:*:*", "arn:aws:*:us-east-1:*:*"] {
        let deny = deny(&format!(r#"{{"ArnLikeIfExists": {{"aws:SourceArn": "{denied}"}}}}"#));
        let found = classes(&format!("{open}, {deny}"));
        assert_eq!(found, [Reach::AwsService { guarded: false }], "{denied}");
    }
}
