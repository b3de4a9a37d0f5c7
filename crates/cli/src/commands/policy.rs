//! `policy explain|diff|expand|minimise`: questions about IAM policies, answered by the crate `iam`.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use security_monkey_iam::actions::{self, by_level};
use security_monkey_iam::document::{Effect, Policy as Document};
use security_monkey_iam::effective::{Administrator, effective};
use security_monkey_iam::escalation::escalations;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet};
use security_monkey_iam::parse::{Options, Parsed, parse};
use security_monkey_iam::reach::{Accepts, ReachContext};
use security_monkey_iam::{AccountDirectory, diff, normalise, reach_of_resource_policy};
use security_monkey_model::AccountId;
use serde_json::{Value, json};

use crate::arguments::Policy;

/// The account a policy is taken to belong to when none is named.
const SOME_ACCOUNT: &str = "111111111111";

pub(super) fn run(action: &Policy) -> anyhow::Result<ExitCode> {
    match action {
        Policy::Explain { file, account, json } => explain(&read(file)?, account.as_ref(), *json),
        Policy::Diff { before, after, json } => difference(&read(before)?.policy, &read(after)?.policy, *json)?,
        Policy::Expand { file, json } => expand(&read(file)?.policy, *json),
        Policy::Minimise { file, json } => minimise(&read(file)?.policy, *json)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads FILE, or stdin for `-`.
fn read(file: &Path) -> anyhow::Result<Parsed> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("read stdin")?;
        text
    } else {
        std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?
    };
    parse(&text, Options::default()).map_err(|error| anyhow!("{}: {error}", file.display()))
}

fn explain(parsed: &Parsed, account: Option<&AccountId>, is_json: bool) {
    let own = account.map_or(SOME_ACCOUNT, AccountId::as_str);
    let directory = AccountDirectory::new().seen_from(own);
    let policy = &parsed.policy;
    let is_of_resource = policy.statements.iter().any(|statement| statement.principal.is_some());
    let answer = if is_of_resource {
        let context = ReachContext {
            resource: None,
            accepts: Accepts::Anonymous,
        };
        json!({
            "kind": "resource policy",
            "problems": parsed.problems,
            "statements": normalise(policy, &directory),
            "reach": reach_of_resource_policy(policy, &directory, context),
        })
    } else {
        let set = PolicySet {
            identity: vec![NamedPolicy { name: "policy", policy }],
            ..PolicySet::default()
        };
        let caller = Caller::User {
            arn: format!("arn:aws:iam::{own}:user/somebody"),
        };
        let permissions = effective(&set);
        json!({
            "kind": "identity policy",
            "problems": parsed.problems,
            "administrator": permissions.administrator(),
            "actions_by_level": permissions.levels().into_iter().map(|(level, count)| (format!("{level:?}").to_lowercase(), json!(count))).collect::<serde_json::Map<_, _>>(),
            "unknown_actions": permissions.unknown,
            "escalations": escalations(&caller, &set),
            "is_administrator": permissions.administrator() != Administrator::No,
        })
    };
    if is_json {
        println!("{answer:#}");
        return;
    }
    for problem in &parsed.problems {
        eprintln!("note: {problem}");
    }
    if is_of_resource {
        explain_reach(&answer);
    } else {
        explain_identity(&answer);
    }
}

fn explain_reach(answer: &Value) {
    let reach = elements(&answer["reach"]);
    if reach.is_empty() {
        println!("nobody can reach it through this policy");
    }
    for finding in reach {
        println!(
            "{} ({}) may {}",
            text(&finding["who"]),
            words(&finding["class"]),
            list(&finding["actions"])
        );
        let number = finding["statement"].as_u64().unwrap_or_default();
        println!(
            "  because of statement {}",
            finding["sid"]
                .as_str()
                .map_or_else(|| format!("#{number}"), ToOwned::to_owned)
        );
        for (member, said) in [("restricting", "only with"), ("ineffective", "not restricted by")] {
            for condition in elements(&finding[member]) {
                println!("  {said} {condition}");
            }
        }
        if !finding["witness"].is_null() {
            println!("  for example {}", finding["witness"]);
        }
    }
}

fn explain_identity(answer: &Value) {
    println!("administrator: {}", words(&answer["administrator"]));
    for (level, count) in answer["actions_by_level"].as_object().into_iter().flatten() {
        println!("{count} actions of level {level}");
    }
    for action in elements(&answer["unknown_actions"]) {
        println!("unknown action: {}", text(action));
    }
    for path in elements(&answer["escalations"]) {
        println!("can become more: {}", text(&path["method"]["title"]));
        println!("  source: {}", text(&path["method"]["source"]));
        for step in elements(&path["steps"]) {
            println!("  with {}", text(&step["action"]));
        }
    }
}

fn difference(before: &Document, after: &Document, is_json: bool) -> anyhow::Result<()> {
    let found = serde_json::to_value(diff::diff(before, after))?;
    if is_json {
        println!("{found:#}");
        return Ok(());
    }
    println!("{}", words(&found["direction"]));
    for (member, sign) in [("gained", "+"), ("lost", "-")] {
        for delta in elements(&found[member]) {
            let who = list(&delta["principals"]);
            println!(
                "{sign} {}{} on {}",
                if who.is_empty() {
                    String::new()
                } else {
                    format!("{who}: ")
                },
                list(&delta["actions"]),
                list(&delta["resources"])
            );
            for condition in elements(&delta["conditions"]) {
                println!("    when {}", text(condition));
            }
            println!("    for example {}", delta["witness"]);
        }
    }
    Ok(())
}

fn expand(policy: &Document, is_json: bool) {
    let mut rows = Vec::new();
    for statement in &policy.statements {
        let expansion = actions::expand_element(&statement.action);
        let levels: Vec<Value> = by_level(expansion.actions.iter().map(String::as_str))
            .into_iter()
            .map(|(level, names)| json!({"level": format!("{level:?}").to_lowercase(), "actions": names}))
            .collect();
        rows.push(json!({
            "statement": policy.statement_name(statement.index),
            "effect": statement.effect.to_string(),
            "levels": levels,
            "unknown": expansion.unknown,
        }));
    }
    if is_json {
        println!("{:#}", Value::Array(rows));
        return;
    }
    for row in rows {
        println!("{} {}", text(&row["effect"]), text(&row["statement"]));
        for level in elements(&row["levels"]) {
            println!("  {}", text(&level["level"]));
            for action in elements(&level["actions"]) {
                println!("    {}", text(action));
            }
        }
        for unknown in elements(&row["unknown"]) {
            println!("  matches no known action: {}", text(unknown));
        }
    }
    let (source, version) = actions::list().source;
    eprintln!("actions as published in {source} {version}");
}

fn minimise(policy: &Document, is_json: bool) -> anyhow::Result<()> {
    let mut allowed = BTreeSet::new();
    for statement in policy
        .statements
        .iter()
        .filter(|statement| statement.effect == Effect::Allow)
    {
        allowed.extend(actions::expand_element(&statement.action).actions);
    }
    let minimised = serde_json::to_value(actions::minimise(allowed.iter().map(String::as_str), 0))?;
    if is_json {
        println!("{minimised:#}");
    } else {
        for pattern in elements(&minimised["patterns"]) {
            println!("{}", text(pattern));
        }
    }
    eprintln!(
        "{} actions that the policy allows; the patterns match no other known action",
        allowed.len()
    );
    Ok(())
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn words(value: &Value) -> String {
    text(value).replace('_', " ")
}

fn list(value: &Value) -> String {
    elements(value).iter().map(text).collect::<Vec<_>>().join(", ")
}
