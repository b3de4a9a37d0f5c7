use schemars::generate::SchemaSettings;
use security_monkey_testkit::generated;

use super::*;
use crate::arguments::Request;

/// Compares `schemas/policy-VERB.json` with the type that the verb prints.
fn check<T: JsonSchema>(verb: &str) {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert(
        "title".to_owned(),
        format!("What security-monkey policy {verb} --json prints").into(),
    );
    generated::check(
        &format!("schemas/policy-{verb}.json"),
        &format!("{:#}\n", schema.as_value()),
    );
}

#[test]
fn the_generated_schema_of_explain_is_current() {
    check::<explain::Answer>("explain");
}

#[test]
fn the_generated_schema_of_diff_is_current() {
    check::<diff::PolicyDiff>("diff");
}

#[test]
fn the_generated_schema_of_expand_is_current() {
    check::<expand::Expanded>("expand");
}

#[test]
fn the_generated_schema_of_minimise_is_current() {
    check::<Minimised>("minimise");
}

fn context(given: &[&str]) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let request = Request {
        action: None,
        principal: None,
        federating_user: None,
        context: given.iter().map(|text| (*text).to_owned()).collect(),
    };
    Ok(explain::context(&request)?.into_iter().collect())
}

/// Keys of tags may hold whatever tags may: `+ - = . _ : / @` beside letters and digits.
#[test]
fn a_context_key_with_an_equals_sign_is_given_as_json() {
    let one = |key: &str, values: &[&str]| (key.to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
    let given = context(&[r#"{"aws:RequestTag/a=b": "x=y"}"#]).unwrap();
    assert_eq!(given, [one("aws:requesttag/a=b", &["x=y"])]);
    let several = [
        r#" {"aws:TagKeys": ["a=b", "c"], "aws:SecureTransport": true}"#,
        "aws:TagKeys=d=e",
    ];
    assert_eq!(
        context(&several).unwrap(),
        [
            one("aws:securetransport", &["true"]),
            one("aws:tagkeys", &["a=b", "c", "d=e"])
        ]
    );
    assert_eq!(context(&["s3:prefix="]).unwrap(), [one("s3:prefix", &[""])]);
    for wrong in [r#"{"a": {"b": "c"}}"#, r#"{"a": null}"#, r#"{"a"}"#, "aws:SourceIp"] {
        assert!(context(&[wrong]).is_err(), "{wrong}");
    }
}
