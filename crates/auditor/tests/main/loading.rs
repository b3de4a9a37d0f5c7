//! Loading: what is refused, with place and hint; and that a broken file never keeps another from working.

use std::collections::BTreeMap;

use security_monkey_auditor::rule_set::ParameterOverrides;
use security_monkey_auditor::{AnyShape, Origin, RuleError, RuleSet, RuleSources, Shape, ShapeSource, Step, run_tests};
use security_monkey_model::{RuleId, TechnologyId};

use super::scene::rule_text;

const BODY: &str = "findings contains {\"subject\": \"s\", \"message\": \"m\"} if input.config.on";

fn load(files: &[(&str, &str)]) -> (RuleSet, Vec<RuleError>) {
    let sources = files.iter().fold(RuleSources::embedded(), |sources, (path, text)| {
        sources.with_file(path, text, Origin::User)
    });
    RuleSet::load(&sources, &AnyShape)
}

/// The only error of one user rule, as shown.
fn refused(slug: &str, custom: &str, body: &str) -> String {
    let (rules, errors) = load(&[(&format!("acme/test/{slug}.rego"), &rule_text(slug, custom, body))]);
    assert!(
        rules
            .get(&RuleId::parse(&format!("acme.test.{slug}")).unwrap())
            .is_none(),
        "it was loaded"
    );
    assert!(rules.rules().len() > 20, "the others work");
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(shown.len(), 1, "{}", shown.join("\n"));
    shown.into_iter().next().unwrap()
}

#[test]
fn defects_are_reported_with_file_line_and_hint() {
    for (slug, custom, body, wanted) in [
        (
            "recursion",
            "",
            "f(x) := f(x)\nfindings contains {\"subject\": \"s\", \"message\": \"m\"} if f(1)",
            "acme/test/recursion.rego:10:1: 'f' reaches itself: recursion is not allowed\nhint: walk nested values with walk(), or unroll the levels AWS documents",
        ),
        (
            "clock",
            "",
            "findings contains {\"subject\": \"s\", \"message\": \"m\"} if time.now_ns() > 0",
            "acme/test/clock.rego:10:55: time.now_ns may not be used in rules: its result depends on the clock\nhint: use input.now_ns and declare time_dependent: true",
        ),
        (
            "memory",
            "",
            "findings contains {\"subject\": \"s\", \"message\": \"m\"} if count(numbers.range(1, 300000000)) > 0",
            "acme/test/memory.rego:10:61: numbers.range may not be used in rules: it can take all memory in one step\nhint: write the numbers, or iterate over what the input holds",
        ),
        (
            "undeclared",
            "",
            "findings contains {\"subject\": \"s\", \"message\": \"m\"} if input.now_ns > 0",
            "acme/test/undeclared.rego:10:55: the rule reads input.now_ns without declaring it\nhint: add 'time_dependent: true' to the metadata, so that it is evaluated every day",
        ),
        (
            "typo",
            "",
            "findings contains {\"subject\": \"s\", \"message\": \"m\"} if input.confg.on",
            "acme/test/typo.rego:10:55: input has no member 'confg'\nhint: did you mean 'config'?",
        ),
        (
            "derived",
            "",
            "findings contains {\"subject\": \"s\", \"message\": \"m\"} if some p in input.derived.ingres",
            "acme/test/derived.rego:10:65: input.derived has no member 'ingres'\nhint: did you mean 'ingress'?",
        ),
        (
            "parameter",
            "#   parameters: {days: 9}\n",
            "findings contains {\"subject\": \"s\", \"message\": \"m\"} if input.config.age > input.parameters.day",
            "acme/test/parameter.rego:11:74: the rule declares no parameter 'day'\nhint: did you mean 'days'?",
        ),
        (
            "link",
            "",
            "findings contains {\"subject\": \"s\", \"message\": \"m\"} if some l in input.links[\"acme.test.other\"]",
            "acme/test/link.rego:10:65: the rule reads input.links[\"acme.test.other\"] without declaring it\nhint: add 'links: [acme.test.other]' to the metadata",
        ),
        (
            "others",
            "",
            "findings contains {\"subject\": \"s\", \"message\": \"m\"} if data.rules.aws.s3.bucket.public.findings",
            "acme/test/others.rego:10:55: the rule reads data of other packages\nhint: rules see input and data.lib.<name> only, so that one rule's defect stays its own",
        ),
        (
            "entry",
            "",
            "allow if input.config.on",
            "acme/test/entry.rego:8: the rule defines no 'findings'\nhint: write 'findings contains finding if { … finding := {\"subject\": …, \"message\": …, \"evidence\": …} }'",
        ),
        (
            "shadow",
            "",
            "port := 22\nfindings contains {\"subject\": \"s\", \"message\": \"m\"} if some port in input.config.ports",
            "acme/test/shadow.rego:11:1: the local name 'port' in 'findings' hides a definition of the same name\nhint: rename one of them",
        ),
    ] {
        assert_eq!(refused(slug, custom, body), wanted, "{slug}");
    }
}

#[test]
fn defects_of_the_metadata_are_reported_with_their_line() {
    let unknown_key = refused("key", "#   severity: high\n", BODY);
    assert!(unknown_key.starts_with("acme/test/key.rego:8:"), "{unknown_key}");
    assert!(unknown_key.contains("unknown field `severity`"), "{unknown_key}");
    let (_, errors) = load(&[(
        "acme/test/none.rego",
        "package rules.acme.test.none\n\nfindings contains 1 if input.config.on",
    )]);
    assert_eq!(
        errors[0].to_string().lines().next(),
        Some("acme/test/none.rego:1: the rule has no metadata")
    );
    let (_, errors) = load(&[("acme/test/moved.rego", &rule_text("original", "", BODY))]);
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "acme/test/moved.rego:5: the id 'acme.test.original' differs from the file's path\nhint: write 'id: acme.test.moved', or move the file to acme/test/original.rego"
        ]
    );
}

#[test]
fn syntax_errors_and_undefined_names_carry_their_place() {
    let syntax = refused("syntax", "", "findings contains {");
    assert!(syntax.starts_with("acme/test/syntax.rego:1"), "{syntax}");
    let undefined = refused(
        "undefined",
        "",
        "findings contains {\"subject\": \"s\", \"message\": \"m\"} if nowhere > 1",
    );
    assert!(undefined.starts_with("acme/test/undefined.rego:10:"), "{undefined}");
    assert!(undefined.contains("nowhere"), "{undefined}");
    let function = refused(
        "function",
        "",
        "findings contains {\"subject\": \"s\", \"message\": \"m\"} if strings.shout(input.config.on)",
    );
    assert!(function.starts_with("acme/test/function.rego:10:"), "{function}");
}

#[test]
fn mutual_recursion_through_three_definitions_is_refused() {
    let (_, errors) = load(&[(
        "acme/test/cycle.rego",
        &rule_text(
            "cycle",
            "",
            "a if b\nb if c\nc if a\nfindings contains {\"subject\": \"s\", \"message\": \"m\"} if a",
        ),
    )]);
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors.iter().all(|error| error.message.contains("reaches itself")));
}

#[test]
fn an_id_is_never_used_twice() {
    let text = rule_text("x", "", BODY)
        .replace("acme.test.x", "aws.s3.bucket.public")
        .replace("rules.acme.test.x", "rules.aws.s3.bucket.public");
    let (rules, errors) = load(&[("aws/s3/bucket.public.rego", &text)]);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].message.contains("already used"));
    assert_eq!(
        rules
            .get(&RuleId::parse("aws.s3.bucket.public").unwrap())
            .unwrap()
            .origin,
        Origin::BuiltIn
    );
}

#[test]
fn deep_nesting_is_refused_before_it_hangs_the_parser() {
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{", "}"),
        ("f(", ")"),
        ("{\"a\": ", "}"),
        ("[x | x := ", "]"),
    ] {
        let deep = format!("y := {}1{}\n{BODY}", open.repeat(40), close.repeat(40));
        assert!(
            refused("deep", "", &deep).contains("nested more than 10 deep"),
            "{open}"
        );
        // As deep as allowed (the file's own braces are closed again), loading must come to an end.
        let allowed = format!("y := {}1{}\n{BODY}", open.repeat(10), close.repeat(10));
        let _ = load(&[("acme/test/deep.rego", &rule_text("deep", "", &allowed))]);
    }
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let long = format!("{}\n{}", rule_text("long", "", BODY), "# filler\n".repeat(40_000));
    let (_, errors) = load(&[("acme/test/long.rego", &long)]);
    assert_eq!(
        errors[0].to_string().lines().next(),
        Some("acme/test/long.rego: the file is longer than 256 KiB")
    );
}

#[test]
fn a_user_folder_is_read_and_its_tests_are_run() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("acme/test");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join("good.rego"), rule_text("good", "", BODY)).unwrap();
    std::fs::write(place.join("bad.rego"), rule_text("bad", "", "findings contains {")).unwrap();
    let test = "package rules.acme.test.good_test\n\nimport data.rules.acme.test.good\n\ntest_fail_on if count(good.findings) == 1 with input as {\"config\": {\"on\": true}}\n\ntest_pass_off if count(good.findings) == 1 with input as {\"config\": {}}\n";
    std::fs::write(place.join("good_test.rego"), test).unwrap();
    let sources = RuleSources::embedded().with_folder(folder.path()).unwrap();
    let (rules, errors) = RuleSet::load(&sources, &AnyShape);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].file.ends_with("acme/test/bad.rego"));
    let good = RuleId::parse("acme.test.good").unwrap();
    assert_eq!(rules.get(&good).unwrap().origin, Origin::User);
    let report = run_tests(&rules, &|id| *id == good);
    let failed: Vec<&str> = report
        .tests
        .iter()
        .filter(|test| test.failure.is_some())
        .map(|test| test.name.as_str())
        .collect();
    assert_eq!(failed, ["test_pass_off"], "a test that does not hold must fail");
    assert_eq!(report.tests.len(), 2);
    assert_eq!(report.untested[0].lacks, ["missing"]);
    assert!(!report.is_success());
    assert!(
        RuleSources::embedded()
            .with_folder(&folder.path().join("nowhere"))
            .is_err()
    );
}

#[test]
fn libraries_of_the_user_are_shared_and_cannot_replace_ours() {
    let rule = rule_text(
        "uses",
        "",
        &format!(
            "import data.lib.mine\n\n{}",
            BODY.replace("input.config.on", "mine.yes(input.config.on)")
        ),
    );
    let (rules, errors) = load(&[
        ("lib/mine.rego", "package lib.mine\n\nyes(x) if x == true\n"),
        ("lib/network.rego", "package lib.network\n\ncovers(x, y) if false\n"),
        ("acme/test/uses.rego", &rule),
    ]);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].message.contains("already a library 'network'"));
    assert!(rules.get(&RuleId::parse("acme.test.uses").unwrap()).is_some());
    let (_, errors) = load(&[("lib/peeks.rego", "package lib.peeks\n\nyes if input.config.on\n")]);
    assert!(errors[0].message.contains("reads input"));
}

#[test]
fn parameters_are_overridden_by_name_and_type() {
    let rule = RuleId::parse("aws.iam.user.access-key-age").unwrap();
    let with = |name: &str, value: serde_json::Value| {
        let overrides: ParameterOverrides =
            BTreeMap::from([(rule.clone(), BTreeMap::from([(name.to_owned(), value)]))]);
        RuleSet::load_with(&RuleSources::embedded(), &AnyShape, &overrides)
    };
    let (rules, errors) = with("days", serde_json::json!(30));
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(rules.get(&rule).unwrap().parameters["days"], 30);
    let (plain, _) = RuleSet::load(&RuleSources::embedded(), &AnyShape);
    assert_ne!(plain.get(&rule).unwrap().version, rules.get(&rule).unwrap().version);
    assert_ne!(
        plain.digest_for(&rules.get(&rule).unwrap().technologies[0]),
        rules.digest_for(&rules.get(&rule).unwrap().technologies[0])
    );
    assert!(
        with("day", serde_json::json!(30)).1[0]
            .to_string()
            .contains("did you mean 'days'?")
    );
    assert!(
        with("days", serde_json::json!("30")).1[0]
            .to_string()
            .contains("another type")
    );
}

/// One technology with a list of objects, a map and a policy.
struct Things;

impl ShapeSource for Things {
    fn has_technology(&self, technology: &TechnologyId) -> bool {
        technology.as_str() == "acme.test.thing"
    }

    fn technologies(&self) -> Vec<TechnologyId> {
        vec![TechnologyId::parse("acme.test.thing").unwrap()]
    }

    fn shape(&self, _: &TechnologyId, path: &[Step]) -> Option<Shape> {
        let members = |names: &[&str]| Some(Shape::Members(names.iter().map(|&name| name.to_owned()).collect()));
        let words: Vec<&str> = path
            .iter()
            .map(|step| match step {
                Step::Member(name) => name.as_str(),
                Step::Element => "[]",
            })
            .collect();
        match words.as_slice() {
            [] => members(&["Name", "Rules", "Policy", "Labels"]),
            ["Rules"] => Some(Shape::List),
            ["Rules", "[]"] => members(&["FromPort", "ToPort"]),
            ["Labels"] => Some(Shape::Map),
            ["Policy", ..] => Some(Shape::Open),
            _ => Some(Shape::Scalar),
        }
    }
}

#[test]
fn paths_are_checked_against_the_shape_of_the_technology_also_through_names() {
    let check = |body: &str| {
        let sources =
            RuleSources::empty().with_file("acme/test/shape.rego", &rule_text("shape", "", body), Origin::User);
        let (rules, errors) = RuleSet::load(&sources, &Things);
        assert_eq!(rules.rules().is_empty(), !errors.is_empty());
        errors.first().map(ToString::to_string)
    };
    let finding = "findings contains {\"subject\": \"s\", \"message\": \"m\"} if {\n";
    for good in [
        "\tsome rule in input.config.Rules\n\trule.FromPort == 1\n}",
        "\tinput.config.Policy.Statement[_].Effect == \"Allow\"\n}",
        "\tinput.config.Labels.anything == \"x\"\n}",
        "\tobject.get(input.config, \"Name\", \"\") == \"\"\n}",
        "\tevery rule in input.config.Rules { rule.ToPort > 1 }\n}",
        "\tchosen := input.config.Rules[_]\n\tchosen.FromPort == 1\n}",
    ] {
        assert_eq!(check(&format!("{finding}{good}")), None, "{good}");
    }
    for (bad, wanted) in [
        (
            "\tsome rule in input.config.Rules\n\trule.FromPrt == 1\n}",
            "input.config.Rules[_] of acme.test.thing has no member 'FromPrt'\nhint: did you mean 'FromPort'?",
        ),
        (
            "\tsome rule in input.config.Ruls\n\trule.FromPort == 1\n}",
            "input.config of acme.test.thing has no member 'Ruls'\nhint: did you mean 'Rules'?",
        ),
        (
            "\tobject.get(input.config, \"Nme\", \"\") == \"\"\n}",
            "input.config of acme.test.thing has no member 'Nme'\nhint: did you mean 'Name'?",
        ),
        (
            "\tobject.get(input.config, [\"Name\", \"First\"], \"\") == \"\"\n}",
            "input.config.Name of acme.test.thing is a single value",
        ),
        (
            "\tinput.config.Rules.FromPort == 1\n}",
            "input.config.Rules of acme.test.thing is a list, it has no member 'FromPort'",
        ),
        (
            "\tevery rule in input.config.Rules { rule.Port > 1 }\n}",
            "has no member 'Port'",
        ),
        (
            "\tchosen := input.config.Rules[0]\n\tchosen.Port == 1\n}",
            "has no member 'Port'",
        ),
        (
            "\tports := [rule.Port | some rule in input.config.Rules]\n\tcount(ports) > 0\n}",
            "has no member 'Port'",
        ),
    ] {
        let shown = check(&format!("{finding}{bad}")).unwrap_or_default();
        assert!(shown.contains(wanted), "{bad}\n{shown}");
    }
    let other = rule_text("shape", "", BODY).replace("acme.test.thing", "acme.test.thnig");
    let (_, errors) = RuleSet::load(
        &RuleSources::empty().with_file("acme/test/shape.rego", &other, Origin::User),
        &Things,
    );
    assert_eq!(
        errors[0].to_string(),
        "acme/test/shape.rego:6: there is no technology 'acme.test.thnig'\nhint: did you mean 'acme.test.thing'?"
    );
}
