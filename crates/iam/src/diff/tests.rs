use super::{Direction, allows, diff};
use crate::Policy;

mod variables;

fn policy(statements: &str) -> Policy {
    Policy::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#)).unwrap()
}

fn direction(old: &str, new: &str) -> Direction {
    let (old, new) = (policy(old), policy(new));
    let found = diff(&old, &new);
    for delta in &found.gained {
        assert!(
            allows(&new, &delta.witness) && !allows(&old, &delta.witness),
            "{}",
            delta.witness
        );
    }
    for delta in &found.lost {
        assert!(
            allows(&old, &delta.witness) && !allows(&new, &delta.witness),
            "{}",
            delta.witness
        );
    }
    found.direction
}

#[test]
fn spelling_is_neutral() {
    let cases = [
        (
            r#"[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]"#,
            r#"{"Sid": "x", "Effect": "Allow", "Action": ["S3:getobject"], "Resource": ["*"]}"#,
        ),
        (
            r#"[{"Effect": "Allow", "Action": ["a:B", "c:D"], "Resource": "*"}, {"Effect": "Deny", "Action": "x:Y", "Resource": "*"}]"#,
            r#"[{"Effect": "Deny", "Action": "x:Y", "Resource": "*"}, {"Effect": "Allow", "Action": ["c:D", "a:B", "a:B"], "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]"#,
            r#"[{"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "s3:*", "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": "*"}]"#,
            r#"[{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "s3:*", "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Action": ["s3:*", "s3:GetObject"], "Resource": "*"}]"#,
            r#"[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]"#,
            r#"[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::x/*"}]"#,
        ),
        (
            r#"{"Effect": "Allow", "Principal": {"AWS": ["111111111111", "222222222222"]}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]}"#,
            r#"[{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::a/*"},
                {"Effect": "Allow", "Principal": {"AWS": ["222222222222", "111111111111"]}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::b/*"},
                {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::a/*"}]"#,
        ),
        (
            r#"[{"Effect": "Deny", "Action": ["s3:GetObject", "s3:PutObject"], "NotResource": "arn:aws:s3:::a/*"}, {"Effect": "Allow", "Action": "*", "Resource": "*"}]"#,
            r#"[{"Effect": "Deny", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::a/*"}, {"Effect": "Deny", "Action": "s3:PutObject", "NotResource": "arn:aws:s3:::a/*"},
                {"Effect": "Allow", "Action": "*", "Resource": "*"}]"#,
        ),
        (
            r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}"#,
            r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.128.0.0/9", "10.0.0.0/9"]}}}"#,
        ),
    ];
    for (old, new) in cases {
        assert_eq!(direction(old, new), Direction::Neutral, "{old} {new}");
        assert_eq!(direction(new, old), Direction::Neutral, "{new} {old}");
    }
}

fn allow_if(condition: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {{{condition}}}}}"#)
}

#[test]
fn operators_that_mean_the_same_are_neutral() {
    for (one, other) in [
        (
            r#""StringEquals": {"aws:PrincipalTag/a": "x"}"#,
            r#""StringLike": {"aws:PrincipalTag/a": "x"}"#,
        ),
        (
            r#""StringNotEquals": {"aws:PrincipalTag/a": "x"}"#,
            r#""StringNotEqualsIfExists": {"aws:PrincipalTag/a": "x"}"#,
        ),
        (
            r#""StringNotLike": {"aws:PrincipalTag/a": "x"}"#,
            r#""StringNotEqualsIfExists": {"aws:PrincipalTag/a": "x"}"#,
        ),
        (
            r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}"#,
            r#""ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}"#,
        ),
        (
            r#""ForAllValues:StringEquals": {"aws:TagKeys": "x"}"#,
            r#""ForAllValues:StringEqualsIfExists": {"aws:TagKeys": "x"}"#,
        ),
    ] {
        assert_eq!(
            direction(&allow_if(one), &allow_if(other)),
            Direction::Neutral,
            "{one} {other}"
        );
        assert_eq!(
            direction(&allow_if(other), &allow_if(one)),
            Direction::Neutral,
            "{other} {one}"
        );
    }
    for (narrow, wide) in [
        (
            r#""StringEquals": {"aws:PrincipalTag/a": "x*"}"#,
            r#""StringLike": {"aws:PrincipalTag/a": "x*"}"#,
        ),
        (
            r#""StringEquals": {"aws:PrincipalTag/a": "x"}"#,
            r#""StringEqualsIfExists": {"aws:PrincipalTag/a": "x"}"#,
        ),
        (
            r#""ForAnyValue:StringNotEquals": {"aws:TagKeys": "x"}"#,
            r#""ForAnyValue:StringNotEqualsIfExists": {"aws:TagKeys": "x"}"#,
        ),
    ] {
        assert_eq!(
            direction(&allow_if(narrow), &allow_if(wide)),
            Direction::Widened,
            "{narrow} {wide}"
        );
    }
}

#[test]
fn a_deny_of_what_nothing_allows_is_neutral() {
    let allow = r#"{"Effect": "Allow", "Action": ["s3:Get*", "sqs:*"], "Resource": "arn:aws:s3:::a/*"}"#;
    let with = |deny: &str| format!(r#"[{allow}, {{"Effect": "Deny", {deny}}}]"#);
    for deny in [
        r#""Action": "ec2:*", "Resource": "*""#,
        r#""NotAction": ["s3:*", "sqs:*"], "Resource": "*""#,
        r#""Action": "s3:*", "Resource": "arn:aws:s3:::b/*""#,
        r#""Action": "s3:Put*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}"#,
    ] {
        assert_eq!(
            direction(&format!("[{allow}]"), &with(deny)),
            Direction::Neutral,
            "{deny}"
        );
        assert_eq!(
            direction(&with(deny), &format!("[{allow}]")),
            Direction::Neutral,
            "{deny}"
        );
    }
    for deny in [
        r#""Action": "s3:GetObject", "Resource": "*""#,
        r#""NotAction": "s3:*", "Resource": "*""#,
        r#""Action": "s3:*", "NotResource": "arn:aws:s3:::b/*""#,
    ] {
        assert_eq!(
            direction(&format!("[{allow}]"), &with(deny)),
            Direction::Narrowed,
            "{deny}"
        );
    }
}

#[test]
fn examples_are_by_published_actions_where_there_is_one() {
    let allow = |actions: &str| {
        policy(&format!(
            r#"{{"Effect": "Allow", "Action": {actions}, "Resource": "arn:aws:s3:::a/*"}}"#
        ))
    };
    let gained = |old: &str, new: &str| {
        let found = diff(&allow(old), &allow(new));
        assert_eq!(found.direction, Direction::Widened, "{old} {new}");
        let delta = &found.gained[0];
        (delta.witness.action.clone(), delta.is_action_published)
    };
    for (old, new) in [
        (r#""s3:GetObject""#, r#""s3:Get*""#),
        (r#""sqs:Send*""#, r#"["sqs:Send*", "SQS:*"]"#),
        (r#""s3:*""#, r#""*""#),
        (r#""kms:Describe*""#, r#"["kms:describe*", "glue:?*"]"#),
        (r#""s3:GetObject""#, r#"["s3:GetObjectk*", "s3:GetObject", "s3:PutO*"]"#),
    ] {
        let (action, is_published) = gained(old, new);
        let listed = crate::actions::list()
            .find(&action)
            .map(crate::actions::ActionInfo::full_name);
        assert_eq!(
            (listed.as_deref(), is_published),
            (Some(action.as_str()), true),
            "{old} {new}"
        );
    }
    // The policies are about S3.
    assert!(gained(r#""sqs:*""#, r#""*""#).0.starts_with("s3:"));
    assert_eq!(
        gained(r#""s3:GetObject""#, r#"["s3:GetObject", "s3:BrandNew"]"#),
        ("s3:BrandNew".to_owned(), false)
    );
    let (action, is_published) = gained(r#""s3:GetBucketAcl""#, r#""s3:GetBucketAc*""#);
    assert!(
        action.starts_with("s3:") && action.len() > 3 && !is_published,
        "{action}"
    );
}

#[test]
fn directions() {
    let cases = [
        (
            r#"[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]"#,
            r#"[{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]"#,
            r#"[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"}]"#,
            r#"[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:*", "Resource": "*"}]"#,
            r#"[{"Effect": "Allow", "Principal": {"AWS": ["111111111111", "222222222222"]}, "Action": "s3:*", "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}]"#,
            r#"[{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}]"#,
            r#"[{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]"#,
        ),
        (
            r#"[{"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}]"#,
            r#"[{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]"#,
        ),
        ("[]", r#"[{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]"#),
    ];
    for (old, new) in cases {
        assert_eq!(direction(old, new), Direction::Widened, "{old} {new}");
        assert_eq!(direction(new, old), Direction::Narrowed, "{new} {old}");
    }
    let both = direction(
        r#"[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]"#,
        r#"[{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]"#,
    );
    assert_eq!(both, Direction::Both);
}

#[test]
fn a_gain_says_what_was_gained() {
    let old = policy(
        r#"[{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}]"#,
    );
    let new = policy(
        r#"[{"Sid": "More", "Effect": "Allow", "Principal": {"AWS": ["111111111111", "333333333333"]}, "Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": "arn:aws:s3:::a/*"}]"#,
    );
    let found = diff(&old, &new);
    assert_eq!(found.gained.len(), 1);
    assert_eq!(found.gained[0].actions, ["s3:DeleteObject", "s3:GetObject"]);
    assert_eq!(found.gained[0].sid.as_deref(), Some("More"));
    assert!(found.gained[0].principals.contains(&"333333333333".to_owned()));
}

/// What a condition on the caller tells apart is found with callers that have it by themselves, and each place has its own keys.
#[test]
fn witnesses_are_requests_that_can_be_made() {
    let old = policy(r#"[{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]"#);
    let narrower = [
        (
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}"#,
            "aws:principalarn",
        ),
        (
            r#"{"StringEquals": {"aws:PrincipalAccount": "222222222222"}}"#,
            "aws:principalaccount",
        ),
        (r#"{"StringLike": {"aws:username": "b*"}}"#, "aws:username"),
    ];
    for (condition, key) in narrower {
        let new = policy(&format!(
            r#"[{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": {condition}}}]"#
        ));
        let found = diff(&new, &old);
        assert_eq!(
            (found.direction, found.is_complete),
            (Direction::Widened, true),
            "{condition}"
        );
        // The other way: nobody gains, and the loss is that of a caller, not of a made-up key.
        let found = diff(&old, &new);
        assert_eq!(found.direction, Direction::Narrowed, "{condition}");
        assert_eq!(found.lost[0].witness.context.get(key), None);
    }
    let from = |place: &str| {
        policy(&format!(
            r#"[{{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Condition": {place}}}]"#
        ))
    };
    let both = r#"{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}}"#;
    let vpc = from(r#"{"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#);
    let found = diff(&from(both), &vpc);
    assert_eq!(found.direction, Direction::Widened);
    assert_eq!(found.gained[0].witness.context.get("aws:sourceip"), None);
}

/// What is not told apart is said to be left out.
#[test]
fn what_was_left_out_is_said() {
    let list = |values: &[String]| format!("[{}]", values.join(", "));
    let names = |count: usize| -> Vec<String> {
        let home = |number: usize| format!(r#""arn:aws:s3:::home/user{number}/*""#);
        (0..count).map(home).collect()
    };
    let own =
        policy(r#"[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::home/${aws:username}/*"}]"#);
    let of = |resources: &[String]| {
        policy(&format!(
            r#"[{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": {}}}]"#,
            list(resources)
        ))
    };
    assert!(diff(&own, &of(&names(3))).is_complete);
    assert!(!diff(&own, &of(&names(30))).is_complete);
    let prefixes = |count: usize, end: &str| {
        let prefixes: Vec<String> = (0..count).map(|number| format!(r#""*a{number}*b{end}*""#)).collect();
        policy(&format!(
            r#"[{{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": {{"StringLike": {{"s3:prefix": {}}}}}}}]"#,
            list(&prefixes)
        ))
    };
    assert!(diff(&prefixes(1, "c"), &prefixes(1, "d")).is_complete);
    assert!(!diff(&prefixes(12, "c"), &prefixes(12, "d")).is_complete);
}

/// Nobody owns a queue of another account's ARN.
#[test]
fn the_account_in_an_arn_owns_the_resource() {
    let queue = |account: &str| {
        policy(&format!(
            r#"[{{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:{account}:q"}}]"#
        ))
    };
    let own = queue("${aws:ResourceAccount}");
    let found = diff(&queue("222222222222"), &own);
    assert_eq!(found.direction, Direction::Widened, "{found:?}");
    let witness = &found.gained[0].witness;
    let owner = witness.resource_account.as_deref().unwrap();
    assert!(witness.resource.contains(owner), "{witness}");
}

/// An account's id has twelve digits, whatever a pattern would take.
#[test]
fn the_resource_of_a_witness_is_of_an_account_that_there_may_be() {
    let nothing = policy(r#"[{"Effect": "Deny", "Action": "*", "Resource": "*"}]"#);
    let queues = |account: &str| {
        policy(&format!(
            r#"[{{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:{account}:q"}}]"#
        ))
    };
    for account in ["*", "?*", "4*", "*56", "1111222?3333"] {
        let found = diff(&nothing, &queues(account));
        let witness = &found.gained[0].witness;
        let named = witness.resource.split(':').nth(4).unwrap();
        assert!(crate::arn::is_account_id(named), "{account}: {witness}");
        let owner = witness.resource_account.as_deref();
        assert!(owner.is_none_or(|owner| owner == named), "{account}: {witness}");
    }
    // No account has an id of letters.
    let none = diff(&nothing, &queues("a*"));
    assert!(none.gained.is_empty() && !none.is_complete, "{none:?}");
    // Rest APIs have none in their ARN.
    let api =
        r#"[{"Effect": "Allow", "Action": "apigateway:GET", "Resource": "arn:aws:apigateway:us-east-1::/restapis/*"}]"#;
    let found = diff(&nothing, &policy(api));
    assert!(
        found.gained[0]
            .witness
            .resource
            .starts_with("arn:aws:apigateway:us-east-1::/restapis/")
    );
}

/// Wildcards in every part reach over colons, and the shortest text for some combinations of patterns is no ARN.
#[test]
fn wildcards_in_every_part_leave_nothing_undecided() {
    let allow = |resources: &str| {
        policy(&format!(
            r#"[{{"Effect": "Allow", "Action": "iam:*", "Resource": {resources}}}]"#
        ))
    };
    let old = allow(r#"["arn:*:iam:*:11*:user/*", "arn:aws:?am:*:*:role/app"]"#);
    let new = allow(r#"["arn:aws*:i*:*:111111111111:*", "arn:aws:?am:*:*:role/app"]"#);
    let found = diff(&old, &new);
    assert_eq!(
        (found.direction, found.is_complete),
        (Direction::Both, true),
        "{found:?}"
    );
    for delta in found.gained.iter().chain(&found.lost) {
        let account = delta.witness.resource.split(':').nth(4).unwrap();
        assert!(crate::arn::is_account_id(account), "{}", delta.witness);
    }
}

/// No possible ARN is in upper case, but who knows what AWS makes of it.
#[test]
fn a_resource_that_there_can_not_be_is_compared_and_said_to_be_odd() {
    let allow = |resource: &str| {
        policy(&format!(
            r#"[{{"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::a", "{resource}"]}}]"#
        ))
    };
    for odd in ["arn:aws:S3:::b", "my-bucket/*", "arn:aws-new:s3:::b"] {
        let found = diff(&allow("arn:aws:s3:::a"), &allow(odd));
        assert_eq!(
            (found.direction, found.is_complete),
            (Direction::Widened, false),
            "{odd}"
        );
    }
}

#[test]
fn one_resource_more_in_a_long_list_is_a_gain() {
    let many: Vec<String> = (0..150)
        .map(|number| format!("arn:aws:s3:::bucket-{number}/*"))
        .collect();
    let listed = |count: usize| {
        policy(&format!(
            r#"[{{"Effect": "Allow", "Action": "s3:*", "Resource": {:?}}}]"#,
            &many[..count]
        ))
    };
    let found = diff(&listed(149), &listed(150));
    assert_eq!((found.direction, found.is_complete), (Direction::Widened, true));
}

/// The name of a user says nothing about its path.
#[test]
fn a_user_by_name_within_a_path_tells_policies_apart() {
    let of = |name: &str| {
        format!(
            r#"[{{"Effect": "Allow", "Principal": {{"AWS": "222222222222"}}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*", "Condition": {{"StringEquals": {{"aws:username": "{name}"}}, "ArnLike": {{"aws:PrincipalArn": "arn:aws:iam::222222222222:user/team/*"}}}}}}]"#
        )
    };
    assert_eq!(direction(&of("bob"), &of("eve")), Direction::Both);
}

fn trust(principal: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {principal}, "Condition": {{{condition}}}}}"#
    )
}

/// Root users cannot assume roles; users and roles of the account that a trust policy names can.
#[test]
fn an_account_in_a_trust_policy_lets_its_users_and_roles_in() {
    let account = r#"{"AWS": "222222222222"}"#;
    let role = |account: &str| format!(r#"{{"AWS": "arn:aws:iam::{account}:role/a"}}"#);
    let plain = trust(account, "");
    let widened = [
        (trust(&role("222222222222"), ""), plain.clone()),
        (
            trust(r#"{"AWS": "111111111111"}"#, ""),
            trust(r#"{"AWS": ["111111111111", "222222222222"]}"#, ""),
        ),
        (
            trust(account, r#""StringEquals": {"sts:ExternalId": "x"}"#),
            plain.clone(),
        ),
        (
            trust(account, r#""StringEquals": {"aws:PrincipalOrgID": "o-1"}"#),
            plain.clone(),
        ),
        (
            trust(account, r#""Bool": {"aws:MultiFactorAuthPresent": "true"}"#),
            plain.clone(),
        ),
        (
            trust(
                account,
                r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/app-*"}"#,
            ),
            plain.clone(),
        ),
        (
            format!(
                r#"[{plain}, {{"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": "*", "Condition": {{"BoolIfExists": {{"aws:MultiFactorAuthPresent": "false"}}}}}}]"#
            ),
            plain.clone(),
        ),
    ];
    let both = [
        (trust(&role("111111111111"), ""), plain.clone()),
        (trust(r#"{"Service": "ec2.amazonaws.com"}"#, ""), plain.clone()),
        (trust(r#"{"AWS": "arn:aws:iam::111111111111:root"}"#, ""), plain.clone()),
    ];
    let told = |old: &str, new: &str| {
        let found = diff(&policy(old), &policy(new));
        assert!(found.is_complete, "{old} {new}");
        assert!(
            found
                .gained
                .iter()
                .all(|delta| delta.witness.caller.account() == Some("222222222222"))
        );
        (direction(old, new), direction(new, old))
    };
    for (old, new) in widened {
        assert_eq!(
            told(&old, &new),
            (Direction::Widened, Direction::Narrowed),
            "{old} {new}"
        );
    }
    for (old, new) in both {
        assert_eq!(told(&old, &new).0, Direction::Both, "{old} {new}");
    }
}

/// The root user's id is its account's, and those of users, of roles and of federated users are unlike each other.
#[test]
fn ids_of_sessions_of_an_account_are_gained() {
    let decrypt = |principal: &str, ids: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "kms:Decrypt", "Principal": {principal}, "Resource": "*", "Condition": {{"StringLike": {{"aws:userid": {ids}}}}}}}"#
        )
    };
    let account = r#"{"AWS": "111111111111"}"#;
    let encrypt = |principal: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "kms:Encrypt", "Principal": {principal}, "Resource": "*"}}"#)
    };
    for (more, kind) in [
        ("AROAY:*", "role_session"),
        ("AIDAY", "user"),
        ("111111111111:bob", "federated_user"),
        ("111111111111", "root"),
    ] {
        for principal in [account, r#""*""#] {
            let old = format!("[{}, {}]", decrypt(principal, r#""AROAX:*""#), encrypt(principal));
            let new = decrypt(principal, &format!(r#"["AROAX:*", "{more}"]"#));
            assert_eq!(direction(&old, &new), Direction::Both, "{principal} {more}");
            let found = diff(&policy(&old), &policy(&new));
            let caller = serde_json::to_value(&found.gained[0].witness.caller).unwrap();
            assert_eq!(caller["type"], kind, "{principal} {more}");
        }
    }
}

#[test]
fn federated_users_are_gained_by_their_kind() {
    let get = |principal: &str, kinds: &str| {
        format!(
            r#"{{"Effect": "Allow", {principal} "Action": "s3:GetObject", "Resource": "*", "Condition": {{"StringEquals": {{"aws:PrincipalType": {kinds}}}}}}}"#
        )
    };
    let put =
        |principal: &str| format!(r#"{{"Effect": "Allow", {principal} "Action": "s3:PutObject", "Resource": "*"}}"#);
    for principal in [
        "",
        r#""Principal": {"AWS": "111111111111"},"#,
        r#""Principal": {"AWS": "arn:aws:iam::111111111111:user/bob"},"#,
    ] {
        let old = format!("[{}, {}]", get(principal, r#""User""#), put(principal));
        let new = get(principal, r#"["User", "FederatedUser"]"#);
        assert_eq!(direction(&old, &new), Direction::Both, "{principal}");
        assert_eq!(direction(&new, &old), Direction::Both, "{principal}");
    }
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "arn:aws:s3:::{resource}"}}"#)
}

#[test]
fn resources_with_a_tag_of_the_caller_are_gained() {
    let team = "records/${aws:PrincipalTag/team}/x";
    let put = allow("s3:PutObject", team);
    let denied = r#"{"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/${aws:PrincipalTag/team}/*"}"#;
    let two = "records/${aws:PrincipalTag/team}-${aws:PrincipalTag/project}/x";
    for (old, new) in [
        (allow("s3:GetObject", "r/x"), put.clone()),
        (allow("s3:GetObject", "records/*"), put.clone()),
        // Only of the team whose resources are named.
        (allow("s3:*", "records/red/x"), put.clone()),
        (
            allow("s3:PutObject", "records/b*"),
            allow("s3:PutObject", "records/a${aws:PrincipalTag/team}"),
        ),
        (allow("s3:GetObject", "r/x"), allow("s3:PutObject", two)),
        (
            format!("[{}, {denied}]", allow("s3:*", "b/*")),
            format!("[{}, {}]", allow("s3:Get*", "b/*"), allow("s3:Put*", "b/*")),
        ),
        // The default stands in for whoever has no tag.
        (
            allow("s3:PutObject", "records/x/x"),
            allow("s3:PutObject", "records/${aws:PrincipalTag/team, 'x'}/x"),
        ),
    ] {
        let gains = [Direction::Both, Direction::Widened];
        assert!(gains.contains(&direction(&old, &new)), "{old} {new}");
    }
    // What a condition asks of the tag, the resource has.
    let if_red = put.replace(
        r#""Effect""#,
        r#""Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}, "Effect""#,
    );
    let found = diff(&policy(&allow("s3:GetObject", "r/x")), &policy(&if_red));
    assert_eq!(found.gained[0].witness.resource, "arn:aws:s3:::records/red/x");
}

/// What was left out may be a gain, if nothing shows that there is none.
#[test]
fn a_loss_in_an_incomplete_search_is_undecided() {
    let own = allow("s3:GetObject", "r/${aws:PrincipalTag/team}");
    let only_if = |condition: &str| own.replace(r#""Effect""#, &format!(r#""Condition": {{{condition}}}, "Effect""#));
    let (wide, narrow) = (
        only_if(r#""StringLike": {"aws:ResourceTag/a": "x*"}"#),
        only_if(r#""StringEquals": {"aws:ResourceTag/a": "xy"}"#),
    );
    let found = diff(&policy(&wide), &policy(&narrow));
    assert_eq!(
        (found.direction, found.is_complete),
        (Direction::Undecided, false),
        "{found:?}"
    );
    assert!(found.gained.is_empty() && !found.lost.is_empty());
    let text = found.to_string();
    assert!(
        text.starts_with("undecided: it no longer allows some that it did, and may"),
        "{text}"
    );
    let if_tagged = |values: &str| only_if(&format!(r#""StringNotEquals": {{"aws:ResourceTag/a": {values}}}"#));
    let deny = own.replace("Allow", "Deny");
    for (old, new) in [
        (format!("[{}, {own}]", allow("s3:GetObject", "r/x")), own.clone()),
        (own.clone(), if_tagged(r#""x""#)),
        (if_tagged(r#""x""#), if_tagged(r#"["x", "y"]"#)),
        (allow("s3:*", "r/*"), format!("[{}, {deny}]", allow("s3:*", "r/*"))),
    ] {
        assert_eq!(direction(&old, &new), Direction::Narrowed, "{old} {new}");
        assert_eq!(direction(&new, &old), Direction::Widened, "{new} {old}");
    }
}

#[test]
fn addresses_and_moments_of_examples_are_such() {
    let nothing = policy("[]");
    for (key, outside) in [
        ("aws:SourceIp", r#""0.0.0.0/0""#),
        ("aws:SourceIp", r#"["203.0.113.0/24", "2001:db8::/32"]"#),
        ("aws:VpcSourceIp", r#""10.0.0.0/8""#),
    ] {
        let condition = format!(r#""Null": {{"{key}": "false"}}, "NotIpAddress": {{"{key}": {outside}}}"#);
        let found = diff(&nothing, &policy(&allow_if(&condition)));
        let value = &found.gained[0].witness.context.get(key).unwrap()[0];
        assert!(value.parse::<std::net::IpAddr>().is_ok(), "{condition}: {value}");
    }
    let found = diff(
        &nothing,
        &policy(&allow_if(r#""Null": {"aws:TokenIssueTime": "false"}"#)),
    );
    let value = &found.gained[0].witness.context.get("aws:tokenissuetime").unwrap()[0];
    assert!(crate::evaluate::read_date(value).is_some(), "{value}");
}

/// A root user has no tags and takes no roles.
#[test]
fn examples_by_root_have_nothing_that_root_never_has() {
    let root = r#""StringEquals": {"aws:PrincipalType": "Account"}, "#;
    let of = |condition: &str| {
        policy(&format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "111111111111"}}, "Action": "s3:GetObject", "Resource": "*", "Condition": {{{root}{condition}}}}}"#
        ))
    };
    for key in [
        "aws:PrincipalTag/a",
        "aws:SourceIdentity",
        "aws:FederatedProvider",
        "aws:RoleSessionName",
    ] {
        let found = diff(&policy("[]"), &of(&format!(r#""StringLike": {{"{key}": "*"}}"#)));
        assert!(found.gained.is_empty(), "{key}: {found:?}");
        let found = diff(&policy("[]"), &of(&format!(r#""StringNotEquals": {{"{key}": "x"}}"#)));
        assert_eq!(found.gained[0].witness.context.iter().count(), 0, "{key}");
    }
}

/// The letters of a variable are none of its value.
#[test]
fn a_variable_is_not_within_a_pattern_of_its_name() {
    let named = policy(&allow("s3:GetObject", "r/*team*"));
    let own = policy(&allow("s3:GetObject", "r/${aws:PrincipalTag/team}"));
    assert!(!super::same::gains_nothing(&named, &own));
    let all = policy(&allow("s3:GetObject", "r/*"));
    assert!(super::same::gains_nothing(&all, &own) && !super::same::gains_nothing(&own, &all));
}

/// What a pattern of texts matches among addresses is not looked for: then nobody says that nothing is gained.
#[test]
fn a_pattern_of_addresses_leaves_a_comparison_open() {
    let from = |condition: &str, action: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*", "Condition": {condition}}}"#)
    };
    let old = policy(&format!("[{}]", from("{}", "s3:PutObject")));
    let new = policy(&format!(
        "[{}]",
        from(r#"{"StringLike": {"aws:SourceIp": "52.*"}}"#, "s3:GetObject")
    ));
    let found = diff(&old, &new);
    assert!(
        found.direction != Direction::Narrowed && !found.is_complete,
        "{found:?}"
    );
}
