//! Ways in that were once overlooked, each found by an evaluator that allowed the request.

use security_monkey_iam::reach::Reach;

use crate::reach::{allow, deny, findings};

const OF_SERVICE: Reach = Reach::AwsService { guarded: false };
const GUARDED: Reach = Reach::AwsService { guarded: true };
const PINNED: Reach = Reach::Federation { pinned: true };
const OPEN: Reach = Reach::Federation { pinned: false };

/// The classes, each with a request that is let in.
fn classes(statements: &str) -> Vec<Reach> {
    crate::reach::classes(statements)
}

fn is(statements: &str, expected: &[Reach]) {
    assert_eq!(classes(statements), expected, "{statements}");
}

/// A trust policy's Allow for tokens of a provider.
fn trust(provider: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {condition}}}"#
    )
}

const EKS: &str = "arn:aws:iam::111111111111:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABC";
const GITHUB: &str = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com";

/// IAM User Guide, "AWS global condition context keys", `aws:SourceVpc`: tokens come through endpoints like other requests.
#[test]
fn tokens_come_through_endpoints_too() {
    let pod = r#""StringEquals": {"oidc.eks.us-east-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:ns:sa""#;
    is(
        &trust(EKS, &format!(r#"{{{pod}, "aws:SourceVpc": "vpc-1"}}}}"#)),
        &[PINNED],
    );
    let outside = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}}"#;
    is(
        &format!("{}, {outside}", trust(EKS, &format!("{{{pod}}}}}"))),
        &[PINNED],
    );
    let address = r#""IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}"#;
    is(&trust(EKS, &format!("{{{pod}}}, {address}}}")), &[PINNED]);
    let any = r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "aws:SourceVpce": "vpce-1"}}"#;
    is(&trust(GITHUB, any), &[OPEN]);
}

/// IAM User Guide, "Create a role for OpenID Connect federation": hosted runners of everybody share addresses.
#[test]
fn an_address_pins_no_token() {
    let runners = r#""IpAddress": {"aws:SourceIp": "140.82.112.0/20"}"#;
    for claims in [
        r#""StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}"#,
        r#""StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}"#,
    ] {
        is(&trust(GITHUB, &format!("{{{claims}, {runners}}}")), &[OPEN]);
    }
    let ours = r#""StringLike": {"token.actions.githubusercontent.com:sub": "repo:ours/*"}"#;
    is(&trust(GITHUB, &format!("{{{ours}, {runners}}}")), &[PINNED]);
    let guests = r#""StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:1"}"#;
    is(
        &trust("cognito-identity.amazonaws.com", &format!("{{{guests}, {runners}}}")),
        &[OPEN],
    );
}

#[test]
fn a_unit_of_an_organisation_that_the_pattern_leaves_open() {
    let of_ours = r#""StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}"#;
    let unit = r#""ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*/ou-ab12-11111111/*"}"#;
    is(
        &allow(r#""*""#, &format!("{{{of_ours}, {unit}}}")),
        &[Reach::Organisation],
    );
    let others = deny(r#"{"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "*/ou-ab12-11111111/*"}}"#);
    is(
        &format!("{}, {others}", allow(r#""*""#, &format!("{{{of_ours}}}"))),
        &[Reach::Organisation],
    );
    let another = deny(r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*ou-ab12-22222222/*"}}"#);
    is(
        &format!("{}, {others}, {another}", allow(r#""*""#, &format!("{{{of_ours}}}"))),
        &[Reach::Organisation],
    );
    let service = r#"{"StringEquals": {"aws:SourceOrgID": "o-ours1234567"}, "ForAnyValue:StringLike": {"aws:SourceOrgPaths": "*/ou-ab12-11111111/*"}}"#;
    is(&allow(r#"{"Service": "s3.amazonaws.com"}"#, service), &[GUARDED]);
    // A unit that is at once one and another is none.
    let both = r#""ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "*/ou-ab12-11111111/"}, "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*/ou-ab12-22222222/"}"#;
    is(&allow(r#""*""#, &format!("{{{of_ours}, {both}}}")), &[]);
}

/// What is known of the caller or the resource, compared with what is still to be chosen.
#[test]
fn a_comparison_means_the_same_from_either_side() {
    let same = |one: &str, other: &str| allow(r#""*""#, &format!(r#"{{"StringEquals": {{"{one}": "${{{other}}}"}}}}"#));
    for (one, other, expected) in [
        ("aws:ResourceOrgID", "aws:PrincipalOrgID", Reach::Organisation),
        ("aws:PrincipalAccount", "aws:PrincipalTag/account", Reach::AnyAwsAccount),
        ("aws:ResourceAccount", "aws:PrincipalTag/owner", Reach::AnyAwsAccount),
        ("aws:ResourceAccount", "aws:UserAgent", Reach::Internet),
        ("aws:username", "aws:PrincipalTag/name", Reach::AnyAwsAccount),
    ] {
        is(&same(one, other), &[expected]);
        is(&same(other, one), &[expected]);
    }
    let written = r#"{"Version": "2012-10-17", "Statement": [STATEMENT]}"#
        .replace("STATEMENT", &same("aws:ResourceOrgID", "aws:PrincipalOrgID"));
    let found = findings(&written);
    let notes = found[0].restricting.iter().chain(&found[0].ineffective);
    let keys: Vec<&str> = notes.map(|note| note.key.as_str()).collect();
    assert_eq!(keys, ["aws:ResourceOrgID"], "as it is written");
    let policy = security_monkey_iam::Policy::parse(&written).unwrap();
    let described = &security_monkey_iam::reach::normalise(&policy, &crate::reach::directory())[0];
    assert_eq!(described.principals[0].class, Reach::Organisation);
    assert_eq!(described.conditions[0].key, "aws:resourceorgid");
    // Of an account in the middle of an ARN no example is made, and nobody is not said either.
    let policy = written.replace(
        r#""StringEquals": {"aws:ResourceOrgID": "${aws:PrincipalOrgID}"}"#,
        r#""ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalTag/account}:role/*"}"#,
    );
    let policy = security_monkey_iam::Policy::parse(&policy).unwrap();
    let context = security_monkey_iam::reach::ReachContext {
        resource: Some("arn:aws:s3:::records"),
        accepts: security_monkey_iam::reach::Accepts::Anonymous,
    };
    let found = security_monkey_iam::reach::reach_of_resource_policy(&policy, &crate::reach::directory(), context);
    assert!(
        found.iter().any(|finding| finding.class == Reach::AnyAwsAccount),
        "{found:?}"
    );
}

/// Lambda Developer Guide, "Using source function ARN to control function access behavior".
#[test]
fn functions_and_instances_ask_with_their_roles() {
    let role = r#"{"AWS": "arn:aws:iam::444444444444:role/lambda-exec"}"#;
    let function = r#"{"ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:us-east-1:444444444444:function:f"}}"#;
    is(&allow(role, function), &[Reach::UnknownAccount]);
    is(
        &allow(role, r#"{"Null": {"ec2:SourceInstanceARN": "false"}}"#),
        &[Reach::UnknownAccount],
    );
    let ours = r#"{"StringEquals": {"aws:PrincipalOrgID": "o-ours1234567"}, "ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:f"}}"#;
    is(&allow(r#""*""#, ours), &[Reach::Organisation]);
    // Strangers have functions of their own, and none of ours.
    is(
        &allow(
            r#""*""#,
            r#"{"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:111111111111:function:*"}}"#,
        ),
        &[Reach::SameAccount],
    );
    is(
        &allow(
            r#""*""#,
            r#"{"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:function:f"}}"#,
        ),
        &[Reach::AnyAwsAccount],
    );
}

/// Decision 0305: what a Deny with `NotPrincipal` spares.
#[test]
fn whoever_is_spared_and_has_no_account() {
    let spared = |who: &str| {
        format!(
            r#"{}, {{"Effect": "Deny", "NotPrincipal": {who}, "Action": "s3:*", "Resource": "arn:aws:s3:::records/*"}}"#,
            allow(r#""*""#, "")
        )
    };
    assert!(classes(&spared(r#"{"Service": "cloudtrail.amazonaws.com"}"#)).contains(&OF_SERVICE));
    is(
        &spared(r#"{"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE"}"#),
        &[GUARDED],
    );
    is(
        &spared(&format!(r#"{{"CanonicalUser": "{}"}}"#, "c".repeat(64))),
        &[Reach::UnknownAccount],
    );
}

#[test]
fn tags_that_all_have_to_be_there_and_one_that_must_not() {
    let named = r#"{"AWS": "444444444444"}"#;
    let required = |tag: &str| {
        deny(&format!(
            r#"{{"ForAllValues:StringNotEquals": {{"s3:RequestObjectTagKeys": "{tag}"}}}}"#
        ))
    };
    let all: Vec<String> = ["Owner", "Cost", "Env", "App", "Team"].map(required).to_vec();
    let forbidden = deny(r#"{"ForAnyValue:StringLike": {"s3:RequestObjectTagKeys": "aws:*"}}"#);
    is(
        &format!("{}, {}, {forbidden}", allow(named, ""), all.join(", ")),
        &[Reach::UnknownAccount],
    );
    let impossible = deny(r#"{"ForAnyValue:StringEquals": {"s3:RequestObjectTagKeys": "Env"}}"#);
    is(&format!("{}, {}, {impossible}", allow(named, ""), all.join(", ")), &[]);
}

/// Texts that the search makes up are no less denied than others, and there are others.
#[test]
fn a_pattern_that_the_texts_made_up_for_examples_match() {
    for pattern in ["*s", "*e*", "w*", "*i*"] {
        let denied = deny(&format!(
            r#"{{"StringLikeIfExists": {{"aws:UserAgent": "{pattern}"}}}}"#
        ));
        is(&format!("{}, {denied}", allow(r#""*""#, "")), &[Reach::Internet]);
    }
    let letters: Vec<String> = ('a'..='z')
        .chain('A'..='Z')
        .map(|letter| format!(r#""*{letter}*""#))
        .collect();
    let denied = deny(&format!(
        r#"{{"StringLikeIfExists": {{"aws:UserAgent": [{}]}}}}"#,
        letters.join(", ")
    ));
    is(&format!("{}, {denied}", allow(r#""*""#, "")), &[Reach::Internet]);
    let organisation = deny(r#"{"StringLikeIfExists": {"aws:PrincipalOrgID": "o-s*"}}"#);
    is(
        &format!(
            "{}, {organisation}",
            allow(r#""*""#, r#"{"Null": {"aws:PrincipalOrgID": "false"}}"#)
        ),
        &[Reach::AnyAwsAccount],
    );
    let subject = trust(
        GITHUB,
        r#"{"Null": {"token.actions.githubusercontent.com:sub": "false"}}"#,
    );
    let denied = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": "*s*"}}}"#;
    is(&format!("{subject}, {denied}"), &[OPEN]);
}

/// The shortest text of two patterns is not the only one.
#[test]
fn a_text_beside_the_one_that_is_excluded() {
    let agent = |operator: &str, text: &str| format!(r#"{{"{operator}": {{"aws:UserAgent": "{text}"}}}}"#);
    let app = allow(r#""*""#, &agent("StringLike", "app*"));
    let v2 = deny(&agent("StringNotLike", "*v2"));
    for operator in ["StringEquals", "StringLike", "StringEqualsIgnoreCase"] {
        is(
            &format!("{app}, {v2}, {}", deny(&agent(operator, "appv2"))),
            &[Reach::Internet],
        );
    }
    let id = |operator: &str, text: &str| format!(r#"{{"{operator}": {{"aws:userid": "{text}"}}}}"#);
    let session = allow(r#""*""#, &id("StringLike", "AROA12345678901234567:*"));
    let ours = deny(&id("StringNotLike", "*@example.com"));
    let root = deny(&id("StringEquals", "AROA12345678901234567:root@example.com"));
    is(&format!("{session}, {ours}, {root}"), &[Reach::UnknownAccount]);
    // Whose id it is, is not said: not ours will do.
    let own = deny(r#"{"StringEquals": {"aws:PrincipalAccount": "111111111111"}}"#);
    is(&format!("{session}, {own}"), &[Reach::UnknownAccount]);
}

#[test]
fn services_that_a_pattern_of_names_matches() {
    for pattern in ["cloudtrail*", "*cloudtrail*", "log*", "cloudtrail.*", "*.amazonaws.com"] {
        let named = format!(r#"{{"StringLike": {{"aws:PrincipalServiceName": "{pattern}"}}}}"#);
        is(&allow(r#""*""#, &named), &[OF_SERVICE]);
    }
}

/// Names of services, places and texts that the search makes up are denied like others.
#[test]
fn whoever_is_left_by_patterns_of_what_is_made_up() {
    let services = allow(r#""*""#, r#"{"Bool": {"aws:PrincipalIsAWSService": "true"}}"#);
    let denied = deny(r#"{"StringLike": {"aws:PrincipalServiceName": ["s*", "e*", "c*"]}}"#);
    is(&format!("{services}, {denied}"), &[OF_SERVICE]);
    let some = allow(r#""*""#, r#"{"StringLike": {"aws:PrincipalServiceName": "l*"}}"#);
    let denied = deny(r#"{"StringLike": {"aws:PrincipalServiceName": ["logging*", "la*"]}}"#);
    is(&format!("{some}, {denied}"), &[OF_SERVICE]);
    let place = allow(r#""*""#, r#"{"Null": {"aws:PrincipalOrgPaths": "false"}}"#);
    let denied = deny(r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-s*"}}"#);
    is(&format!("{place}, {denied}"), &[Reach::AnyAwsAccount]);
    let agent = allow(r#""*""#, r#"{"Null": {"aws:UserAgent": "false"}}"#);
    let vowels = deny(r#"{"StringLike": {"aws:UserAgent": ["*i*", "*o*", "*u*", "*U*"]}}"#);
    let empty = deny(r#"{"StringEquals": {"aws:UserAgent": ""}}"#);
    is(&format!("{agent}, {vowels}, {empty}"), &[Reach::Internet]);
}

/// Examples of what a function or an instance asks name one.
#[test]
fn a_function_is_a_function() {
    let there = allow(r#""*""#, r#"{"Null": {"lambda:SourceFunctionArn": "false"}}"#);
    is(&there, &[Reach::AnyAwsAccount]);
    let functions = deny(r#"{"ArnLike": {"lambda:SourceFunctionArn": "arn:aws:lambda:*:*:*"}}"#);
    is(&format!("{there}, {functions}"), &[]);
}

/// Each half of a policy leaves some accounts; those that both leave have nothing that either spells out.
#[test]
fn accounts_and_organisations_that_several_patterns_leave() {
    let denied = |key: &str, text: &str| deny(&format!(r#"{{"StringEquals": {{"{key}": {text}}}}}"#));
    let unlike = |key: &str, text: &str| deny(&format!(r#"{{"StringNotLike": {{"{key}": "{text}"}}}}"#));
    let strangers = [Reach::AnyAwsAccount];
    for (key, first, last, made) in [
        ("aws:PrincipalAccount", "1*", "*1", "199999999999"),
        ("aws:PrincipalOrgID", "o-a*", "*z", "o-ax"),
    ] {
        let open = allow(r#""*""#, &format!(r#"{{"StringLike": {{"{key}": "{first}"}}}}"#));
        is(&format!("{open}, {}", unlike(key, last)), &strangers);
        is(
            &format!(
                "{open}, {}, {}",
                unlike(key, last),
                denied(key, &format!(r#""{made}""#))
            ),
            &strangers,
        );
        let several = format!(r#"["{made}", "{made}5", "188888888881", "o-azz", "o-az", "o-awitness"]"#);
        is(&format!("{open}, {}", denied(key, &several)), &strangers);
        is(
            &format!("{open}, {}, {}", unlike(key, last), denied(key, &several)),
            &strangers,
        );
        is(&format!("{open}, {}", unlike(key, "9*")), &[]);
    }
    // Twelve digits leave one account, and that one is named.
    let one = allow(r#""*""#, r#"{"StringLike": {"aws:PrincipalAccount": "*199999999991"}}"#);
    is(
        &format!("{one}, {}", denied("aws:PrincipalAccount", r#""199999999991""#)),
        &[],
    );
    let ours = allow(r#""*""#, r#"{"StringLike": {"aws:PrincipalAccount": "?11111111111"}}"#);
    let not_ours = denied("aws:PrincipalAccount", r#""111111111111""#);
    is(&format!("{ours}, {not_ours}"), &strangers);
}

/// The same of what services act for.
#[test]
fn owners_of_sources_that_several_patterns_leave() {
    let services = |key: &str, text: &str| {
        allow(
            r#"{"Service": "sns.amazonaws.com"}"#,
            &format!(r#"{{"StringLike": {{"{key}": "{text}"}}}}"#),
        )
    };
    for (key, first, last, made) in [
        ("aws:SourceAccount", "1*", "*1", "199999999999"),
        ("aws:SourceOrgID", "o-a*", "*z", "o-ax"),
    ] {
        let open = services(key, first);
        let unlike = deny(&format!(r#"{{"StringNotLike": {{"{key}": "{last}"}}}}"#));
        let denied = deny(&format!(
            r#"{{"StringEquals": {{"{key}": ["{made}", "o-a", "o-awitness"]}}}}"#
        ));
        is(&format!("{open}, {unlike}"), &[OF_SERVICE]);
        is(&format!("{open}, {denied}"), &[OF_SERVICE]);
        is(&format!("{open}, {unlike}, {denied}"), &[OF_SERVICE]);
    }
}

/// More account ids of a pattern are named than are told apart: then nobody says that nobody is left.
#[test]
fn hundreds_of_accounts_that_a_pattern_would_match() {
    let ids: Vec<String> = (0..300).map(|number| format!(r#""1{number:011}""#)).collect();
    let open = allow(r#""*""#, r#"{"StringLike": {"aws:PrincipalAccount": "1*"}}"#);
    let named = deny(&format!(
        r#"{{"StringEquals": {{"aws:PrincipalAccount": [{}]}}}}"#,
        ids.join(", ")
    ));
    assert!(classes(&format!("{open}, {named}")).contains(&Reach::AnyAwsAccount));
}

/// What stands in the policy itself; a search that was cut short has no request to show.
fn reaches(statements: &str, class: Reach) -> bool {
    let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let policy = security_monkey_iam::Policy::parse(&policy).unwrap();
    let context = security_monkey_iam::ReachContext {
        resource: Some("arn:aws:s3:::records"),
        accepts: security_monkey_iam::reach::Accepts::Anonymous,
    };
    let found = security_monkey_iam::reach_of_resource_policy(&policy, &crate::reach::directory(), context);
    found.iter().any(|finding| finding.class == class)
}

/// One key that conditions read as text and as something else.
#[test]
fn texts_that_are_numbers_moments_or_addresses_too() {
    let open = |condition: &str| allow(r#""*""#, condition);
    for statements in [
        open(r#"{"StringLike": {"s3:max-keys": "?7"}, "NumericGreaterThan": {"s3:max-keys": "50"}}"#),
        open(
            r#"{"NumericGreaterThan": {"aws:EpochTime": "1798761600"}, "DateGreaterThan": {"aws:EpochTime": "1830297600"}}"#,
        ),
        open(r#"{"StringLike": {"aws:SourceIp": "*.7"}, "IpAddress": {"aws:SourceIp": "128.0.0.0/1"}}"#),
        format!(
            "{}, {}",
            open(""),
            deny(r#"{"StringNotLike": {"aws:SourceIp": "*.7"}}"#)
        ),
    ] {
        assert!(reaches(&statements, Reach::Internet), "{statements}");
    }
    // An operator beside another one of its kind is no riddle.
    is(
        &open(r#"{"NumericGreaterThan": {"s3:max-keys": "5"}, "NumericLessThan": {"s3:max-keys": "5"}}"#),
        &[],
    );
}

#[test]
fn account_ids_that_are_compared_as_numbers() {
    let open = |condition: &str| allow(r#""*""#, condition);
    for statements in [
        open(
            r#"{"NumericGreaterThanEquals": {"aws:PrincipalAccount": "222222220000"}, "NumericLessThanEquals": {"aws:PrincipalAccount": "222222229999"}}"#,
        ),
        open(r#"{"NumericGreaterThan": {"aws:PrincipalAccount": "999999999998"}}"#),
        open(r#"{"NumericEquals": {"aws:PrincipalAccount": "12345678901"}}"#),
        open(
            r#"{"NumericLessThan": {"aws:PrincipalAccount": "222222222222"}, "StringLike": {"aws:PrincipalAccount": "22222222*"}}"#,
        ),
        format!(
            "{}, {}",
            open(r#"{"StringLike": {"aws:PrincipalAccount": "?2*"}}"#),
            deny(r#"{"NumericGreaterThan": {"aws:PrincipalAccount": "222222222220"}}"#)
        ),
    ] {
        assert!(reaches(&statements, Reach::AnyAwsAccount), "{statements}");
    }
    // Where no number is asked for, who is fixed stays fixed.
    let fixed = r#"{"StringEquals": {"aws:PrincipalAccount": "222222222222"}}"#;
    is(&open(fixed), &[Reach::FriendlyAccount]);
}

#[test]
fn networks_whose_ids_two_patterns_match() {
    for (key, first, last) in [
        ("aws:SourceVpc", "vpc-*", "*1"),
        ("aws:SourceVpce", "vpce-0a*", "vpce-*f"),
    ] {
        let open = allow(r#""*""#, &format!(r#"{{"StringLike": {{"{key}": "{first}"}}}}"#));
        let unlike = deny(&format!(r#"{{"StringNotLike": {{"{key}": "{last}"}}}}"#));
        is(&format!("{open}, {unlike}"), &[Reach::Internet]);
        let other = deny(&format!(r#"{{"StringNotLike": {{"{key}": "x-*"}}}}"#));
        is(&format!("{open}, {other}"), &[]);
    }
}

/// IAM User Guide, "AWS JSON policy elements: Principal": a canonical user is an account, whichever.
#[test]
fn a_canonical_user_of_an_account_that_nobody_told() {
    let user = format!(r#"{{"CanonicalUser": "{}"}}"#, "b".repeat(64));
    let open = allow(&user, "");
    let unknown = [Reach::UnknownAccount];
    is(&open, &unknown);
    for denied in [
        r#"{"StringEquals": {"aws:PrincipalAccount": "000000000000"}}"#,
        r#"{"StringLike": {"aws:PrincipalAccount": "0*"}}"#,
        r#"{"StringNotEquals": {"aws:PrincipalAccount": "222222222222"}}"#,
        r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/x"}}"#,
    ] {
        is(&format!("{open}, {}", deny(denied)), &unknown);
    }
    is(
        &allow(&user, r#"{"StringEquals": {"aws:PrincipalAccount": "222222222222"}}"#),
        &unknown,
    );
    // Whose account is known.
    let known = format!(r#"{{"CanonicalUser": "{}"}}"#, "a".repeat(64));
    is(
        &allow(&known, r#"{"StringEquals": {"aws:PrincipalAccount": "222222222222"}}"#),
        &[],
    );
}

/// IAM User Guide, "IAM policy elements: Variables and tags": strangers choose the names of their users, and their account is whichever it is.
#[test]
fn names_and_accounts_that_variables_stand_for() {
    let statement = |effect: &str, action: &str, resource: &str, condition: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": "*", "Action": "{action}", {resource}, "Condition": {condition}}}"#
        )
    };
    let on = |element: &str, inside: &str| format!(r#""{element}": "arn:aws:s3:::records/{inside}""#);
    let get = |inside: &str| statement("Allow", "s3:GetObject", &on("Resource", inside), "{}");
    let but = |inside: &str| statement("Deny", "s3:*", &on("NotResource", inside), "{}");
    let strangers = Reach::AnyAwsAccount;
    let by_name = get("${aws:username}/*");
    assert!(reaches(&format!("{by_name}, {}", but("team-*")), strangers));
    assert!(reaches(&format!("{by_name}, {}", but("bob/*")), strangers));
    assert!(reaches(
        &format!("{}, {}", get("${aws:PrincipalAccount}/*"), but("2*")),
        strangers
    ));
    let of_friends = format!("{}, {}", get("${aws:PrincipalAccount}/*"), but("222222222222/*"));
    assert!(reaches(&of_friends, Reach::FriendlyAccount) && !reaches(&of_friends, strangers));
    let bucket = r#""Resource": "arn:aws:s3:::records""#;
    let list = |effect: &str, condition: &str| statement(effect, "s3:ListBucket", bucket, condition);
    let own = list("Allow", r#"{"StringLike": {"s3:prefix": "${aws:username}/*"}}"#);
    let team = list("Deny", r#"{"StringNotLike": {"s3:prefix": "team-*"}}"#);
    assert!(reaches(&format!("{own}, {team}"), strangers));
    let tag = |effect: &str, condition: &str| list(effect, &format!("{{{condition}}}"));
    let tagged = tag("Allow", r#""StringEquals": {"aws:PrincipalTag/t": "u"}"#);
    let other = tag(
        "Deny",
        r#""StringNotEquals": {"aws:PrincipalTag/t": "${aws:username}"}"#,
    );
    assert!(reaches(&format!("{tagged}, {other}"), strangers));
    let account = r#""StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalTag/acct}", "aws:PrincipalTag/acct": "222222222222"}"#;
    assert!(reaches(&tag("Allow", account), Reach::FriendlyAccount));
}

#[test]
fn every_unique_id_that_is_let_in_is_told() {
    let ids = r#"{"StringLike": {"aws:userid": ["AROAAAAAAAAAAAAAAAAAA:*", "AIDAAAAAAAAAAAAAAAAAA"]}}"#;
    let policy = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        allow(r#""*""#, ids)
    );
    let found = findings(&policy);
    assert_eq!(found[0].class, Reach::UnknownAccount);
    assert_eq!(found[0].who, "AIDAAAAAAAAAAAAAAAAAA, AROAAAAAAAAAAAAAAAAAA:*");
}

/// IAM User Guide, "AWS global condition context keys", `aws:TokenIssueTime`: requests with access keys of users have no such key.
#[test]
fn users_with_access_keys_whose_names_are_told_apart() {
    let names = r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*a*"}, "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*b*"}, "StringNotLike": {"aws:PrincipalArn": ["*ab*", "*ba*"]}}"#;
    let open = allow(r#""*""#, names);
    let no_tokens = deny(r#"{"Null": {"aws:TokenIssueTime": "false"}}"#);
    assert!(reaches(&format!("{open}, {no_tokens}"), Reach::AnyAwsAccount));
}

/// One example between two bounds may be left out by its text.
#[test]
fn texts_that_are_left_out_between_two_bounds() {
    let open = |condition: &str| allow(r#""*""#, condition);
    for condition in [
        r#"{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "10"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "20"}, "StringNotEquals": {"aws:MultiFactorAuthAge": ["11", "15", "19"]}}"#,
        r#"{"StringLike": {"aws:SourceIp": "5*.9"}}"#,
        r#"{"StringLike": {"aws:SourceIp": "*.4?.*"}, "StringNotLike": {"aws:SourceIp": "198.*"}}"#,
    ] {
        let found = [Reach::Internet, Reach::AnyAwsAccount];
        assert!(
            found.iter().any(|class| reaches(&open(condition), *class)),
            "{condition}"
        );
    }
}

#[test]
fn strangers_where_every_example_is_named() {
    let open = |condition: &str| allow(r#""*""#, condition);
    let first: Vec<String> = (1..10).map(|digit| format!(r#""{digit}*""#)).collect();
    let zeros = format!(
        r#"{{"StringNotLike": {{"aws:PrincipalAccount": [{}]}}, "StringNotEquals": {{"aws:PrincipalAccount": "000000000000"}}, "StringLike": {{"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}}}"#,
        first.join(", ")
    );
    assert!(reaches(&open(&zeros), Reach::AnyAwsAccount));
    let examples = [
        "999988887777",
        "888877776666",
        "777766665555",
        "666655554444",
        "555544443333",
        "444433332222",
        "333322221111",
        "222211110000",
        "111100009999",
    ];
    let all_but = format!(
        r#"{{"StringNotEquals": {{"aws:PrincipalAccount": {examples:?}}}, "StringLike": {{"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}}}"#
    );
    assert!(reaches(&open(&all_but), Reach::AnyAwsAccount));
    assert!(reaches(
        &open(r#"{"NumericLessThan": {"aws:PrincipalAccount": "1e11"}}"#),
        Reach::AnyAwsAccount
    ));
}

#[test]
fn an_account_in_the_place_of_a_variable_among_many() {
    let on = |effect: &str, element: &str, inside: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": "*", "Action": "s3:GetObject", "{element}": "arn:aws:s3:::records/{inside}"}}"#
        )
    };
    let mut statements = vec![
        on("Allow", "Resource", "${aws:PrincipalAccount}/*"),
        on("Deny", "NotResource", "900000000009/*"),
    ];
    statements.extend((0..17).map(|number| on("Deny", "Resource", &format!("1000000000{number:02}/*"))));
    assert!(reaches(&statements.join(", "), Reach::UnknownAccount));
}

#[test]
fn an_account_in_the_place_of_a_variable_behind_a_wildcard() {
    let on = |effect: &str, element: &str, inside: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": "*", "Action": "s3:GetObject", "{element}": "arn:aws:s3:::records/{inside}"}}"#
        )
    };
    for (allowed, left, expected) in [
        // The wildcards take the account, and the variable something else.
        ("*/${aws:PrincipalAccount}/*", "*/900000000009/*", Reach::Internet),
        ("${aws:PrincipalAccount}/*", "*900000000009/*", Reach::Internet),
        ("a/${aws:PrincipalAccount}/b", "*/900000000009/*", Reach::UnknownAccount),
        ("a/${aws:PrincipalAccount}/b", "?/900000000009/b", Reach::UnknownAccount),
    ] {
        let statements = [on("Allow", "Resource", allowed), on("Deny", "NotResource", left)];
        is(&statements.join(", "), &[expected]);
    }
}

/// S3 User Guide, "Configuring IAM policies for using access points": whoever owns one says in its policy whom it lets through.
#[test]
fn access_points_of_the_account_may_let_others_through() {
    for (key, value) in [
        ("s3:DataAccessPointAccount", "111111111111"),
        (
            "s3:DataAccessPointArn",
            "arn:aws:s3:eu-west-1:111111111111:accesspoint/a",
        ),
    ] {
        let open = allow(r#""*""#, &format!(r#"{{"StringLike": {{"{key}": "{value}"}}}}"#));
        let found = findings(&format!(r#"{{"Version": "2012-10-17", "Statement": [{open}]}}"#));
        assert!(!found.is_empty());
        for finding in found {
            let says =
                |note: &security_monkey_iam::reach::ConditionNote| note.why.contains("say whom they let through");
            assert!(finding.restricting.iter().any(says), "{finding:?}");
        }
    }
}

/// IAM User Guide, "IAM policy elements: Variables and tags": a dollar and a brace in an Allow are a variable, a dollar in a Deny is text.
#[test]
fn a_deny_of_texts_with_a_dollar_leaves_what_stands_in_the_place_of_variables() {
    let on = |effect: &str, inside: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/{inside}"}}"#
        )
    };
    for key in ["aws:username", "aws:PrincipalAccount"] {
        let alone = on("Allow", &format!("${{{key}}}"));
        let expected = classes(&alone);
        assert!(!expected.is_empty());
        is(&format!("{alone}, {}", on("Deny", "$*")), &expected);
    }
}
