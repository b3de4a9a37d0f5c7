//! Policies inside of what AWS's command line prints, and documents that hold none.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use security_monkey_iam::Policy;
use security_monkey_iam::explain::{Paper, Question, Surroundings, rule};
use security_monkey_iam::parse::{Mode, Options, Parsed, PolicyKind, ProblemCode, SizeLimit, from_value, parse};
use serde_json::{Value, json};

fn document() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" }] })
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        write!(encoded, "%{byte:02X}").unwrap();
    }
    encoded
}

/// AWS CLI Command Reference, "Output" of these commands.
fn wrapped() -> Vec<Value> {
    let (policy, text) = (document(), document().to_string());
    vec![
        json!({ "Policy": text }),
        json!({ "Policy": text, "PolicyName": "default" }),
        json!({ "PolicyVersion": { "Document": policy, "VersionId": "v1", "IsDefaultVersion": true } }),
        json!({ "PolicyVersion": { "Document": percent_encoded(&text), "VersionId": "v1" } }),
        json!({ "RoleName": "r", "PolicyName": "p", "PolicyDocument": policy }),
        json!({ "Role": { "Path": "/", "AssumeRolePolicyDocument": policy } }),
        json!({ "Attributes": { "Policy": text } }),
        json!({ "ARN": "a", "Name": "n", "ResourcePolicy": text }),
        json!({ "registryId": "1", "repositoryName": "r", "policyText": text }),
        json!({ "Policy": { "PolicySummary": { "Id": "p-1" }, "Content": text } }),
        json!(text),
        json!(json!(text).to_string()),
        json!(percent_encoded(&text)),
    ]
}

#[test]
fn what_the_command_line_of_aws_prints_is_read_and_said_to_be_wrapped() {
    let wanted = Policy::from_value(&document()).unwrap();
    for value in wrapped() {
        let read = [
            parse(&value.to_string(), Options::default()),
            parse(&format!("{value:#}"), Options::default()),
            from_value(&value, PolicyKind::Any),
        ];
        for (position, parsed) in read.into_iter().enumerate() {
            let parsed = parsed.and_then(Parsed::with_statement).unwrap();
            assert_eq!(parsed.policy.statements.len(), 1, "{value}");
            assert_eq!(parsed.policy.statements[0].sid, wanted.statements[0].sid, "{value}");
            // A decoded string is how AWS's client hands policies over.
            let is_usual = position == 2 && value.as_str().is_some_and(|text| text.starts_with('{'));
            let is_said = |code: ProblemCode| matches!(code, ProblemCode::Wrapped | ProblemCode::PercentEncoded);
            let first = parsed.problems.first();
            assert_eq!(first.is_some_and(|problem| is_said(problem.code)), !is_usual, "{value}");
        }
    }
}

#[test]
fn a_strict_reader_takes_no_wrapped_policy() {
    let strict = Options {
        mode: Mode::Strict,
        ..Options::default()
    };
    for value in wrapped() {
        parse(&value.to_string(), strict).unwrap_err();
    }
}

#[test]
fn places_are_those_in_the_text_of_the_policy_itself() {
    let statement = r#"{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#;
    let inner = format!("{{\"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {statement}]}}");
    let place = |text: String| {
        let question = Question {
            principal: None,
            action: "s3:GetObject",
            context: &BTreeMap::new(),
            now_epoch_seconds: None,
        };
        let paper = Paper::read("p", text).unwrap();
        let ruling = rule(&question, &paper, &Surroundings::default());
        assert!(ruling.decision.is_allowed());
        ruling.places[0].map(|place| (place.line, place.column))
    };
    assert_eq!(place(inner.clone()), Some((3, 5)));
    // An object keeps its lines in the file; a string and what is encoded have lines of their own.
    let in_object = format!("{{\"PolicyVersion\": {{\n\"é\": 1,\n\"Document\": {inner}}}}}");
    assert_eq!(place(in_object), Some((5, 5)));
    assert_eq!(place(json!({ "Policy": inner }).to_string()), Some((3, 5)));
    assert_eq!(place(percent_encoded(&inner)), Some((3, 5)));
}

#[test]
fn the_size_of_a_wrapped_policy_is_its_own() {
    let long = "x".repeat(10_000);
    let options = Options {
        limit: Some(SizeLimit::ServiceControlPolicy),
        ..Options::default()
    };
    let sizes = |value: Value| {
        let parsed = parse(&value.to_string(), options).unwrap();
        let too_large = |code: ProblemCode| code == ProblemCode::TooLarge;
        parsed.problems.iter().any(|problem| too_large(problem.code))
    };
    // Described at length, outside of the policy.
    assert!(!sizes(
        json!({ "PolicyVersion": { "A": long, "B": long, "Document": document(), "Z": long } })
    ));
    let mut large = document();
    large["Id"] = json!(format!("{long}{long}"));
    assert!(sizes(json!({ "PolicyVersion": { "Document": large } })));
}

/// What people give by mistake, and what they are told to do.
#[test]
fn a_document_without_a_statement_is_refused_with_what_to_do() {
    let said = |value: Value| {
        // AWS itself returns policies without statements: reading alone fails at nothing.
        let parsed = parse(&value.to_string(), Options::default()).unwrap();
        assert!(parsed.policy.statements.is_empty() && !parsed.has_statement, "{value}");
        let error = parsed.with_statement().unwrap_err();
        assert_eq!(error.problems.len(), 1, "{value}: {error}");
        assert_eq!(error.problems[0].code, ProblemCode::MissingElement);
        error.problems[0].message.clone()
    };
    assert_eq!(said(json!({})), "a policy needs a Statement, this document is empty");
    assert_eq!(
        said(json!({ "Version": "2012-10-17" })),
        "a policy needs a Statement, here stand Version"
    );
    let properties = json!({ "Properties": { "PolicyDocument": document() } });
    let template = said(json!({ "AWSTemplateFormatVersion": "2010-09-09", "Resources": { "Reader": properties } }));
    assert_eq!(
        template,
        "a policy needs a Statement, here stand AWSTemplateFormatVersion, Resources; this is a template of CloudFormation: take the policy \
         out and give that, like jq '.Resources.Reader.Properties.PolicyDocument' FILE"
    );
    let several =
        said(json!({ "resourcePolicies": [{ "policyDocument": document().to_string() }, { "a-b": document() }] }));
    assert!(
        several.contains(
            "it holds policies: take one out and give that, like jq '.resourcePolicies[0].policyDocument | fromjson' FILE; others stand under \
             resourcePolicies[1].\"a-b\""
        ),
        "{several}"
    );
    let described = said(json!({ "Policy": { "PolicyName": "x", "DefaultVersionId": "v3" } }));
    assert!(described.contains("aws iam get-policy-version"), "{described}");
    // A hundred other members take nothing away.
    let many: serde_json::Map<String, Value> = (0..150).map(|number| (format!("m{number:03}"), json!(1))).collect();
    assert!(said(Value::Object(many)).contains("here stand m000, m001, m002, m003, m004, m005, …"));
}

#[test]
fn an_empty_list_of_statements_is_a_statement() {
    let parsed = parse(r#"{"Version": "2012-10-17", "Statement": []}"#, Options::default()).unwrap();
    assert!(parsed.with_statement().unwrap().policy.statements.is_empty());
}

#[test]
fn surroundings_refuse_policies_without_a_statement_too() {
    Surroundings::read(r#"{"boundary": {}}"#).unwrap_err();
    let text = json!({ "identity": [{ "PolicyVersion": { "Document": document() } }] }).to_string();
    assert_eq!(
        Surroundings::read(&text).unwrap().identity[0].policy.statements.len(),
        1
    );
}
