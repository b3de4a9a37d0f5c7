//! A rule that is broken is unknown, never silent: its findings stay, and the other rules go on.

use std::sync::Arc;

use security_monkey_auditor::{Auditor, Origin, RuleSet, RuleSources};
use security_monkey_engine::{Engine, EngineParts, RuleLoading, TechnologyShapes};
use security_monkey_model::VerdictKind;

use crate::again::{only_in_ireland, user_rule, with_rules};
use crate::faults::group;
use crate::world::{ONE, World, gaps, scan};

const GROUPS: &str = "aws.ec2.security-group";
const ADMIN_PORT: &str = "aws.ec2.security-group.admin-port-open";
const NAMED: &str = "aws.ec2.security-group.named";
const FILE: &str = "aws/ec2/security-group.named.rego";

/// A rule with this condition.
fn rule(condition: &str) -> String {
    let body = format!(
        "{condition}\n\tfinding := {{\"subject\": \"name\", \"message\": \"named so\", \"evidence\": \"GroupName\"}}"
    );
    user_rule(NAMED, GROUPS, &body)
}

/// An engine whose user has a rule, which has found something.
async fn with_a_finding(world: &World) {
    let engine = with_rules(world, &[GROUPS], FILE, &rule("input.config.GroupName == \"sg-1\"")).await;
    only_in_ireland(world, &engine).await;
    world.groups(&[group("sg-1", 22)]);
    scan(&engine).await;
    assert_eq!(world.states(NAMED).await, ["name open"]);
}

/// The user's rule no longer loads: it was not withdrawn, so nothing is known of what it found.
pub(crate) async fn a_rule_left_out_keeps_its_findings(world: World) {
    with_a_finding(&world).await;
    let text = rule("input.config.GroupName = = \"sg-1\"");
    let sources = RuleSources::embedded().with_file(FILE, &text, Origin::User);
    let shapes = TechnologyShapes(&world.parts(&[]).technologies);
    let (rules, errors) = RuleSet::load(&sources, &shapes);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(rules.get(&NAMED.parse().unwrap()).is_none());
    let parts = |loading| EngineParts {
        auditor: Arc::new(Auditor::new(rules.clone())),
        rules: loading,
        ..world.parts(&[GROUPS])
    };
    let engine = Engine::new(parts(RuleLoading::SomeLeftOut)).await.unwrap();
    // A change, so that everything about the group is evaluated anew.
    world.groups(&[group("sg-1", 3389)]);
    let report = scan(&engine).await;
    assert_eq!((report.revisions(), gaps(&report)), (1, Vec::new()));
    assert_eq!(engine.keep_house_once(&mut None).await.unwrap().retired_findings, 0);
    assert_eq!(world.states(NAMED).await, ["name open"]);
    assert_eq!(
        world.states(ADMIN_PORT).await,
        ["0.0.0.0/0 tcp/22 resolved", "0.0.0.0/0 tcp/3389 open"]
    );

    // Were it withdrawn, its findings would be gone.
    let engine = Engine::new(parts(RuleLoading::Complete)).await.unwrap();
    assert_eq!(engine.keep_house_once(&mut None).await.unwrap().retired_findings, 1);
    assert_eq!(world.states(NAMED).await, ["name resolved"]);
}

pub(crate) async fn a_rule_that_fails_while_it_runs_says_so_and_keeps_its_findings(world: World) {
    with_a_finding(&world).await;
    let failing = rule("to_number(input.config.GroupName) > 0");
    let engine = with_rules(&world, &[GROUPS], FILE, &failing).await;
    world.groups(&[group("sg-1", 3389), group("sg-2", 22)]);
    let report = scan(&engine).await;
    assert_eq!((report.revisions(), gaps(&report)), (2, Vec::new()));
    let line = failing.lines().position(|line| line.contains("to_number")).unwrap() + 1;
    for name in ["sg-1", "sg-2"] {
        let (verdict, reason) = world.verdict(name, NAMED).await.unwrap();
        assert_eq!(verdict, VerdictKind::Unknown);
        assert!(
            reason.contains(&format!("the rule failed at {FILE}:{line}:"))
                && reason.contains("could not parse string as number"),
            "{reason}"
        );
    }
    assert_eq!(world.states(NAMED).await, ["name open"]);
    let mut others = world.states(ADMIN_PORT).await;
    others.dedup();
    assert_eq!(
        others,
        [
            "0.0.0.0/0 tcp/22 open",
            "0.0.0.0/0 tcp/22 resolved",
            "0.0.0.0/0 tcp/3389 open"
        ],
        "the other rules go on"
    );

    // Mended, it is evaluated again, and knows again.
    let engine = with_rules(&world, &[GROUPS], FILE, &rule("input.config.GroupName == \"sg-2\"")).await;
    scan(&engine).await;
    assert_eq!(world.states(NAMED).await, ["name open", "name resolved"]);
    assert_eq!(world.resource("sg-1").await.summary.key.scope.account.as_str(), ONE);
}
