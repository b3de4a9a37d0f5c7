use schemars::generate::SchemaSettings;
use security_monkey_testkit::generated;

use super::*;

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
