//! The rules that come with the program, against the technologies that come with it.

use security_monkey_auditor::{Origin, RuleSet, RuleSources, lint};
use security_monkey_aws::models::Models;
use security_monkey_engine::TechnologyShapes;
use security_monkey_iam::actions;
use security_monkey_watcher::Technologies;

use crate::again::user_rule;

#[test]
fn every_rule_fits_its_technologies_without_errors_or_remarks() {
    let (technologies, errors) = Technologies::built_in(Models::embedded());
    assert_eq!(errors, []);
    let shapes = TechnologyShapes(&technologies);
    let (rules, errors) = RuleSet::load(&RuleSources::embedded(), &shapes);
    let shown: Vec<String> = errors.iter().chain(&lint(&rules)).map(ToString::to_string).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    assert!(rules.rules().len() > 50, "only {} rules", rules.rules().len());

    // These shapes do refuse: a member that AWS does not have, and a technology that there is none of.
    let body = |path: &str| {
        format!("input.config.{path}\n\tfinding := {{\"subject\": \"x\", \"message\": \"x\", \"evidence\": \"x\"}}")
    };
    for (technology, path, wanted) in [
        ("aws.s3.bucket", "Versionning.Status", "did you mean 'Versioning'?"),
        ("aws.s3.bukket", "Versioning.Status", "did you mean 'aws.s3.bucket'?"),
    ] {
        let text = user_rule("aws.s3.bucket.typo", technology, &body(path));
        let sources = RuleSources::embedded().with_file("aws/s3/bucket.typo.rego", &text, Origin::User);
        let (left, errors) = RuleSet::load(&sources, &shapes);
        let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(
            shown.len() == 1 && shown[0].contains("aws/s3/bucket.typo.rego:") && shown[0].contains(wanted),
            "{shown:?}"
        );
        assert_eq!(left.rules().len(), rules.rules().len(), "the others work");
    }
}

/// A mistyped action would be asked for by `iam-policy`, granted, and help nothing.
#[test]
fn every_action_named_for_an_operation_is_one_of_iams() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/iam-actions.toml")).unwrap();
    let file: toml::Table = toml::from_str(&text).unwrap();
    let values = |table: &str| {
        let values = file[table].as_table().unwrap().values();
        values
            .map(|value| value.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let list = actions::list();
    for action in values("actions").into_iter().chain(values("services")) {
        assert!(
            list.all().any(|known| known.full_name().eq_ignore_ascii_case(&action)),
            "{action}"
        );
    }
    for prefix in values("prefixes") {
        assert!(list.service(&prefix).is_some(), "{prefix}");
    }
}
