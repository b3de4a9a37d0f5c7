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
    let statements = r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity",
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
