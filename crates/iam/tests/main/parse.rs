//! Reading policies: forms, legacy forms, mistakes with their places, and the promise never to panic.

use proptest::prelude::*;
use security_monkey_iam::Policy;
use security_monkey_iam::document::{Effect, Polarity, PrincipalKind, Version};
use security_monkey_iam::parse::{
    MOST_PROBLEMS, Mode, Options, PolicyKind, ProblemCode, SizeLimit, from_value, parse, policy_size,
};

fn strict(kind: PolicyKind) -> Options {
    Options {
        mode: Mode::Strict,
        kind,
        limit: None,
    }
}

fn problems(text: &str, kind: PolicyKind) -> Vec<(ProblemCode, String, String)> {
    match parse(text, strict(kind)) {
        Ok(_) => Vec::new(),
        Err(error) => error
            .problems
            .iter()
            .map(|problem| {
                (
                    problem.code,
                    problem.path.clone(),
                    problem.span.slice(text).unwrap_or("").to_owned(),
                )
            })
            .collect(),
    }
}

#[test]
fn reads_every_element_with_its_place() {
    let text = r#"{"Version": "2012-10-17", "Id": "x", "Statement": [{"Sid": "One", "Effect": "Allow",
        "Principal": {"AWS": ["111111111111", "arn:aws:iam::222222222222:role/r"], "Service": "sns.amazonaws.com", "Federated": "accounts.google.com", "CanonicalUser": "ab12"},
        "NotAction": "s3:Get*", "NotResource": ["arn:aws:s3:::a", "arn:aws:s3:::b/*"],
        "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*", "b"]}, "Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"s3:max-keys": 10}}}]}"#;
    let policy = parse(text, strict(PolicyKind::Resource)).unwrap().policy;
    assert_eq!(policy.version, Version::V2012);
    let statement = &policy.statements[0];
    assert_eq!(
        (statement.sid.as_deref(), statement.effect),
        (Some("One"), Effect::Allow)
    );
    let principal = statement.principal.as_ref().unwrap();
    let entries: Vec<_> = principal
        .entries
        .iter()
        .map(|entry| (entry.kind, entry.value.as_str()))
        .collect();
    assert_eq!(
        entries,
        [
            (PrincipalKind::Aws, "111111111111"),
            (PrincipalKind::Aws, "arn:aws:iam::222222222222:role/r"),
            (PrincipalKind::Service, "sns.amazonaws.com"),
            (PrincipalKind::Federated, "accounts.google.com"),
            (PrincipalKind::CanonicalUser, "ab12")
        ]
    );
    assert_eq!(
        principal.entries[1].span.slice(text),
        Some(r#""arn:aws:iam::222222222222:role/r""#)
    );
    assert_eq!(statement.action.polarity, Polarity::Not);
    assert_eq!(
        statement.resource.as_ref().unwrap().patterns[1].span.slice(text),
        Some(r#""arn:aws:s3:::b/*""#)
    );
    let conditions: Vec<_> = statement
        .conditions
        .iter()
        .map(|condition| {
            (
                condition.operator.to_string(),
                condition.key.as_str(),
                condition
                    .values
                    .iter()
                    .map(|value| value.text.as_str())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    assert_eq!(
        conditions,
        [
            (
                "ForAnyValue:StringLikeIfExists".to_owned(),
                "aws:TagKeys",
                vec!["a*", "b"]
            ),
            ("Bool".to_owned(), "aws:SecureTransport", vec!["true"]),
            ("NumericLessThan".to_owned(), "s3:max-keys", vec!["10"])
        ]
    );
    assert!(statement.span.slice(text).unwrap().starts_with(r#"{"Sid""#));
    assert_eq!(
        statement.conditions[1].span.line_and_column(text),
        (
            4,
            text.lines().nth(3).unwrap().find(r#""aws:SecureTransport"#).unwrap() + 1
        )
    );
}

#[test]
fn mistakes_are_named_with_path_and_place() {
    use PolicyKind::{Any, Identity, Resource, Trust};
    use ProblemCode as Code;
    let statement = |body: &str| format!(r#"{{"Version": "2012-10-17", "Statement": [{{{body}}}]}}"#);
    let cases = [
        (
            statement(r#""effect": "Allow", "Action": "s3:*", "Resource": "*""#),
            Any,
            Code::LetterCase,
            "Statement[0]",
            r#""effect""#,
        ),
        (
            statement(r#""Effect": "allow", "Action": "s3:*", "Resource": "*""#),
            Any,
            Code::LetterCase,
            "Statement[0].Effect",
            r#""allow""#,
        ),
        (
            statement(r#""Effect": "Permit", "Action": "s3:*", "Resource": "*""#),
            Any,
            Code::InvalidValue,
            "Statement[0].Effect",
            r#""Permit""#,
        ),
        (
            statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Resources": "*""#),
            Any,
            Code::UnknownElement,
            "Statement[0]",
            r#""Resources""#,
        ),
        (
            statement(r#""Effect": "Allow", "Action": "s3:*", "Action": "ec2:*", "Resource": "*""#),
            Any,
            Code::DuplicateMember,
            "Statement[0]",
            r#""Action""#,
        ),
        (
            statement(r#""Effect": "Allow", "Action": "s3:*", "NotAction": "ec2:*", "Resource": "*""#),
            Any,
            Code::ConflictingElements,
            "Statement[0]",
            r#""NotAction""#,
        ),
        (
            statement(r#""Effect": "Allow", "Action": "GetObject", "Resource": "*""#),
            Any,
            Code::InvalidValue,
            "Statement[0].Action",
            r#""GetObject""#,
        ),
        (
            statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "my-bucket""#),
            Any,
            Code::InvalidValue,
            "Statement[0].Resource",
            r#""my-bucket""#,
        ),
        (
            statement(r#""Effect": "Allow", "Action": ["s3:*", 5], "Resource": "*""#),
            Any,
            Code::WrongType,
            "Statement[0].Action[1]",
            "5",
        ),
        (
            statement(r#""Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*""#),
            Identity,
            Code::UnknownElement,
            "Statement[0]",
            r#""Principal""#,
        ),
        (
            statement(
                r#""Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/*"}, "Action": "s3:*", "Resource": "*""#,
            ),
            Resource,
            Code::InvalidValue,
            "Statement[0].Principal.AWS",
            r#""arn:aws:iam::111111111111:role/*""#,
        ),
        (
            statement(
                r#""Effect": "Allow", "Principal": "arn:aws:iam::111111111111:root", "Action": "s3:*", "Resource": "*""#,
            ),
            Resource,
            Code::LegacyForm,
            "Statement[0].Principal",
            r#""arn:aws:iam::111111111111:root""#,
        ),
        (
            statement(r#""Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Resource": "*""#),
            Trust,
            Code::UnknownElement,
            "Statement[0]",
            r#""*""#,
        ),
        (
            statement(
                r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEqual": {"a:b": "c"}}"#,
            ),
            Any,
            Code::UnknownOperator,
            "Statement[0].Condition.StringEqual",
            r#""StringEqual""#,
        ),
        (
            statement(
                r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "yes"}}"#,
            ),
            Any,
            Code::InvalidValue,
            "Statement[0].Condition.Bool",
            r#""yes""#,
        ),
        (
            r#"{"Version": "2020-01-01", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}"#
                .to_owned(),
            Any,
            Code::InvalidValue,
            "Version",
            r#""2020-01-01""#,
        ),
    ];
    for (text, kind, code, path, place) in cases {
        assert_eq!(
            problems(&text, kind),
            [(code, path.to_owned(), place.to_owned())],
            "{text}"
        );
    }
    let twice = r#"{"Statement": [{"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}, {"Sid": "A", "Effect": "Deny", "Action": "*", "Resource": "*"}]}"#;
    assert_eq!(problems(twice, Any)[0].0, Code::DuplicateSid);
    let message = parse(
        &statement(
            r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEqual": {"a:b": "c"}}"#,
        ),
        strict(Any),
    )
    .unwrap_err()
    .to_string();
    assert!(
        message.contains(r#"did you mean "StringEquals"?"#) && message.contains("MalformedPolicyDocument"),
        "{message}"
    );
}

#[test]
fn what_is_not_json_names_the_byte() {
    for (text, offset) in [
        ("", 0),
        ("{", 1),
        (r#"{"Statement": [}"#, 15),
        (r#"{"a" 1}"#, 5),
        ("nul", 0),
        (r#"{"a": "b"#, 8),
        (r"{} x", 3),
        ("{\"a\": \"\u{1}\"}", 7),
        ("01", 2),
        (r#""\q""#, 3),
    ] {
        let error = parse(text, Options::default()).unwrap_err();
        assert_eq!(
            (error.problems[0].code, error.problems[0].span.start),
            (ProblemCode::NotJson, offset),
            "{text:?}: {error}"
        );
    }
    let deep = "[".repeat(100_000);
    assert!(
        parse(&deep, Options::default())
            .unwrap_err()
            .to_string()
            .contains("nested deeper")
    );
}

#[test]
fn problems_say_line_and_column() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\"Effect\": \"Permit\", \"Action\": \"s3:*\", \"Resource\": \"*\"}]\n}";
    let error = parse(text, Options::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Statement[0].Effect: an Effect is \"Allow\" or \"Deny\", not \"Permit\" (line 3, column 28)"),
        "{error}"
    );
    let value = serde_json::from_str(text).unwrap();
    assert_eq!(from_value(&value, PolicyKind::Any).unwrap_err().problems[0].place, None);
}

/// A megabyte of repeated members took minutes: each was compared with all before it.
#[test]
fn documents_of_nothing_but_mistakes_are_read_quickly_and_their_list_ends() {
    let many = |member: &str| vec![member; 900_000 / (member.len() + 1)].join(",");
    let numbered = |name: &str, value: &str| {
        let members: Vec<String> = (0..50_000)
            .map(|number| format!(r#""{name}{number}":{value}"#))
            .collect();
        members.join(",")
    };
    let in_condition = |inside: String| {
        format!(
            r#"{{"Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {{{inside}}}}}}}"#
        )
    };
    let documents = [
        in_condition(many(r#""Bool":{}"#)),
        in_condition(format!(r#""Bool": {{{}}}"#, many(r#""a":"true""#))),
        in_condition(numbered("B", "{}")),
        format!("{{{}}}", numbered("Statemen", "1")),
    ];
    for document in documents {
        let problems = match parse(&document, Options::default()) {
            Ok(parsed) => parsed.problems,
            Err(error) => error.problems,
        };
        assert_eq!(problems.len(), MOST_PROBLEMS);
    }
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    let text = "\u{feff}{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}}";
    let parsed = parse(text, strict(PolicyKind::Any)).unwrap();
    assert_eq!(parsed.policy.statements[0].action.span.slice(text), Some("\"s3:*\""));
}

#[test]
fn lenient_reading_takes_what_aws_returns() {
    let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    let parsed = parse(encoded, Options::default()).unwrap();
    assert_eq!(parsed.policy.statements[0].action.patterns[0].text, "s3:*");
    assert_eq!(parsed.problems[0].code, ProblemCode::PercentEncoded);
    let indented = parse(&format!("%0A{encoded}"), Options::default()).unwrap();
    assert_eq!(indented.policy.statements.len(), 1);
    // A value that is text, as some APIs return it.
    let value = serde_json::Value::String(encoded.to_owned());
    assert_eq!(from_value(&value, PolicyKind::Any).unwrap().policy, parsed.policy);
    let legacy = r#"{"version": "2012-10-17", "statement": {"effect": "ALLOW", "principal": ["111111111111", "sns.amazonaws.com"], "action": "sns:Publish", "resource": "*"}}"#;
    let parsed = parse(legacy, Options::default()).unwrap();
    let entries = &parsed.policy.statements[0].principal.as_ref().unwrap().entries;
    assert_eq!(
        (entries[0].kind, entries[1].kind),
        (PrincipalKind::Aws, PrincipalKind::Service)
    );
    assert!(parsed.policy.single_statement && parsed.problems.len() >= 5);
    assert!(parse(legacy, strict(PolicyKind::Any)).is_err());
}

/// A policy of exactly so many characters, none of them white space outside of a name.
fn policy_of_size(characters: usize) -> String {
    let with = |name: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{name}"}}}}"#
        )
    };
    let text = with(&"x".repeat(characters - with("").len()));
    assert_eq!(text.len(), characters);
    text
}

#[test]
fn sizes_are_counted_as_aws_does() {
    assert_eq!(policy_size("{ \"a\" :\n\t1 }"), 7);
    // The limit, and whether white space and the length of a character count.
    let cases = [
        (SizeLimit::ManagedPolicy, 6_144, false, false),
        (SizeLimit::UserInlinePolicies, 2_048, false, false),
        (SizeLimit::GroupInlinePolicies, 5_120, false, false),
        (SizeLimit::RoleInlinePolicies, 10_240, false, false),
        (SizeLimit::TrustPolicy, 2_048, false, false),
        (SizeLimit::ServiceControlPolicy, 10_240, true, false),
        (SizeLimit::ResourceControlPolicy, 5_120, true, false),
        (SizeLimit::BucketPolicy, 20_480, true, true),
        (SizeLimit::KeyPolicy, 32_768, true, true),
        (SizeLimit::SessionPolicy, 2_048, true, false),
        (SizeLimit::FunctionPolicy, 20_480, true, true),
    ];
    for (limit, most, counts_space, counts_bytes) in cases {
        let options = Options {
            limit: Some(limit),
            ..strict(PolicyKind::Any)
        };
        let is_too_large = |text: &str| match parse(text, options) {
            Ok(_) => false,
            Err(error) => {
                assert_eq!(error.problems.len(), 1, "{limit:?}: {error}");
                error.problems[0].code == ProblemCode::TooLarge
            }
        };
        assert!(!is_too_large(&policy_of_size(most)), "{limit:?}");
        assert!(is_too_large(&policy_of_size(most + 1)), "{limit:?}");
        let spaced = policy_of_size(most).replace(":{", ":\n\t {");
        assert_eq!(is_too_large(&spaced), counts_space, "{limit:?}");
        let accented = policy_of_size(most).replacen('x', "é", 1);
        assert_eq!(is_too_large(&accented), counts_bytes, "{limit:?}");
        // Inline policies share one limit; nothing else does.
        let half = policy_of_size(most / 2);
        assert_eq!(limit.total([half.as_str(), &half]), most, "{limit:?}");
    }
    assert!(parse(&policy_of_size(40_000), strict(PolicyKind::Any)).is_ok());
}

/// Only effect, first action and the number of conditions were compared.
#[test]
fn text_and_value_read_alike() {
    let everything = r#"{"Version": "2012-10-17", "Id": "x", "Statement": [
        {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": ["111111111111", "arn:aws:iam::111111111111:role/a"], "Service": "sns.amazonaws.com"}, "NotAction": ["s3:Get*", "s3:Put*"], "NotResource": "arn:aws:s3:::a/*",
         "Condition": {"Bool": {"a:b": false, "a:c": "true"}, "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["x", "y\u00e9"]}, "NumericLessThan": {"s3:max-keys": 10, "d": 1.5}}},
        {"Effect": "Deny", "NotPrincipal": {"CanonicalUser": "ab12", "Federated": ["accounts.google.com"]}, "Action": "*", "Resource": ["*"]},
        {"Effect": "Deny", "Principal": "*", "Action": "*"}]}"#;
    let legacy =
        r#"{"Statement": {"Effect": "ALLOW", "principal": "arn:aws:iam::111111111111:root", "Action": "s3:*"}}"#;
    for text in [everything, legacy] {
        let from_text = crate::reading::comparable(Policy::parse(text).unwrap());
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(
            crate::reading::comparable(Policy::from_value(&value).unwrap()),
            from_text
        );
    }
}

/// JSON-like noise made of the pieces policies are made of.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just("\"Statement\"".to_owned()),
        Just("\"Effect\"".to_owned()),
        Just("\"Allow\"".to_owned()),
        Just("\"Principal\"".to_owned()),
        Just("\"AWS\"".to_owned()),
        Just("\"Action\"".to_owned()),
        Just("\"Resource\"".to_owned()),
        Just("\"Condition\"".to_owned()),
        Just("\"StringLike\"".to_owned()),
        Just("\"*\"".to_owned()),
        Just("\"${aws:username\"".to_owned()),
        Just("\\u12".to_owned()),
        Just("%7B".to_owned()),
        Just("-1e".to_owned()),
        Just("null".to_owned()),
        "\\PC{0,4}",
        Just("\"\\ud800\"".to_owned()),
        Just("\"\\ud800\\u0041\"".to_owned()),
        Just("\"\\ud83d\\ude00\"".to_owned()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(crate::properties::config(400))]

    #[test]
    fn reading_never_panics(text in noise()) {
        for mode in [Mode::Strict, Mode::Lenient] {
            for kind in [PolicyKind::Any, PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Trust] {
                let _ = parse(&text, Options { mode, kind, limit: Some(SizeLimit::BucketPolicy) });
            }
        }
    }

    #[test]
    fn our_reader_accepts_exactly_json(text in noise()) {
        let ours = !matches!(parse(&text, Options::default()), Err(error) if error.problems.iter().any(|problem| problem.code == ProblemCode::NotJson));
        let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        let is_encoded = text.trim_start().starts_with('%');
        let spaces_differ = text.contains(|character: char| character.is_whitespace() || character == '\u{feff}');
        // Half of a pair, which serde_json refuses and policies do not have.
        prop_assert!(ours == is_json || is_encoded || spaces_differ || text.contains("\\ud800"), "{}", text);
    }
}

#[test]
fn half_of_a_pair_of_surrogates_is_replaced_and_what_follows_stays() {
    let cases = [
        (r"\ud800\u0041", "\u{fffd}A"),
        (r"\ud800", "\u{fffd}"),
        (r"\ud800\ud800\u0041", "\u{fffd}\u{fffd}A"),
        (r"\udc00x", "\u{fffd}x"),
        (r"\ud83d\ude00", "\u{1f600}"),
    ];
    for (written, read) in cases {
        let text = format!(r#"{{"Id": "{written}", "Statement": []}}"#);
        assert_eq!(Policy::parse(&text).unwrap().id.as_deref(), Some(read), "{written}");
    }
    assert!(Policy::parse(r#"{"Id": "\ud800\u00", "Statement": []}"#).is_err());
}

/// Organizations User Guide, "RCP syntax"; IAM User Guide, "AWS JSON policy elements: NotPrincipal".
#[test]
fn what_a_kind_of_policy_refuses_is_a_problem_of_a_strict_reader_only() {
    use PolicyKind::{Any, Resource, ResourceControl, Trust};
    let everybody = r#""Principal": "*""#;
    let statement = |effect: &str, principal: &str, action: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", {principal}, {action}, "Resource": "*"}}}}"#
        )
    };
    let deny = |principal: &str| statement("Deny", principal, r#""Action": "s3:*""#);
    let trust =
        |rest: &str| format!(r#"{{"Version": "2012-10-17", "Statement": {{{rest}, "Action": "sts:AssumeRole"}}}}"#);
    let others = r#""NotPrincipal": {"AWS": "111111111111"}"#;
    let refused = [
        (
            ResourceControl,
            deny(r#""Principal": {"AWS": "111111111111"}"#),
            ProblemCode::InvalidValue,
        ),
        (
            ResourceControl,
            deny(r#""Principal": {"Service": "sns.amazonaws.com"}"#),
            ProblemCode::InvalidValue,
        ),
        (ResourceControl, deny(others), ProblemCode::UnknownElement),
        (
            ResourceControl,
            statement("Allow", everybody, r#""Action": "s3:*""#),
            ProblemCode::InvalidValue,
        ),
        (
            ResourceControl,
            statement("Deny", everybody, r#""NotAction": "s3:*""#),
            ProblemCode::UnknownElement,
        ),
        (
            ResourceControl,
            deny(everybody).replace(r#""Version": "2012-10-17", "#, ""),
            ProblemCode::MissingElement,
        ),
        (
            ResourceControl,
            deny(everybody).replace("2012", "2008"),
            ProblemCode::InvalidValue,
        ),
        (
            Resource,
            statement("Allow", others, r#""Action": "s3:*""#),
            ProblemCode::InvalidValue,
        ),
        (
            Any,
            statement("Allow", others, r#""Action": "s3:*""#),
            ProblemCode::InvalidValue,
        ),
        (
            Trust,
            trust(&format!(r#""Effect": "Deny", {others}"#)),
            ProblemCode::UnknownElement,
        ),
        (
            Trust,
            trust(r#""Effect": "Allow", "Principal": {}"#),
            ProblemCode::MissingElement,
        ),
        (
            Resource,
            deny(r#""Principal": {"AWS": []}"#),
            ProblemCode::MissingElement,
        ),
        (Resource, deny(r#""NotPrincipal": {}"#), ProblemCode::MissingElement),
    ];
    for (kind, text, code) in &refused {
        let codes: Vec<ProblemCode> = problems(text, *kind).into_iter().map(|(code, ..)| code).collect();
        assert_eq!(codes, [*code], "{kind:?} {text}");
        let lenient = Options {
            mode: Mode::Lenient,
            ..strict(*kind)
        };
        let read = parse(text, lenient).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read.policy.statements.len(), 1, "{text}");
        assert_eq!(read.problems.len(), 1, "{text}");
    }
    let accepted = [
        (ResourceControl, deny(everybody)),
        (ResourceControl, deny(r#""Principal": {"AWS": "*"}"#)),
        (
            ResourceControl,
            deny(everybody).replace(r#""Resource""#, r#""NotResource""#),
        ),
        (ResourceControl, statement("Allow", everybody, r#""Action": "*""#)),
        (Resource, deny(others)),
        (
            Trust,
            trust(r#""Effect": "Allow", "Principal": {"AWS": "111111111111"}"#),
        ),
    ];
    for (kind, text) in &accepted {
        assert_eq!(problems(text, *kind), [], "{kind:?} {text}");
    }
}
