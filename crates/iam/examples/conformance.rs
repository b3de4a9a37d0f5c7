//! Runs cases recorded from other projects' test suites: `conformance FOLDER`, where the folder holds `<suite>.jsonl` with
//! one case a line (`suite`, `test`, `question`, `args`, `kwargs`, `expected`). Prints agreement per suite and question, and
//! each disagreement. What the disagreements mean is in `docs/reference/iam-conformance.md`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a command-line tool for developers"
)]

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_iam::actions::{AccessLevel, by_level, expand_element};
use security_monkey_iam::cidr::{NetworkSet, read_network};
use security_monkey_iam::document::Effect;
use security_monkey_iam::effective::{Administrator, effective};
use security_monkey_iam::escalation::escalations;
use security_monkey_iam::evaluate::{Caller, NamedPolicy, PolicySet};
use security_monkey_iam::keys::{Authority, authority};
use security_monkey_iam::parse::{Mode, Options, PolicyKind, ProblemCode, parse};
use security_monkey_iam::reach::{
    Accepts, Reach, ReachContext, ReachFinding, RestrictedBy, assess, normalise, reach_of_resource_policy,
};
use security_monkey_iam::{AccountDirectory, Policy};
use serde_json::{Value, json};

#[derive(Default)]
struct Tally {
    agreed: usize,
    disagreed: usize,
    not_asked: usize,
}

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| {
        println!("usage: conformance FOLDER");
        std::process::exit(2);
    });
    let mut tallies: BTreeMap<(String, String), Tally> = BTreeMap::new();
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for path in files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
    {
        for (number, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
            let case: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
            let tally = tallies.entry((text("suite"), text("question"))).or_default();
            match answer(&text("question"), &case["args"], &case["kwargs"], &case["expected"]) {
                None => {
                    tally.not_asked += 1;
                    let policy = case["args"].as_array().and_then(|args| {
                        args.iter()
                            .find(|value| value.get("Statement").is_some() || value.is_string())
                    });
                    let refused = policy.and_then(|policy| Policy::from_value(policy).err());
                    println!(
                        "{}:{} {} not asked: {}",
                        text("suite"),
                        number + 1,
                        text("question"),
                        refused.map_or_else(|| case["args"].to_string(), |error| error.to_string())
                    );
                }
                Some((ours, theirs)) if ours == theirs => tally.agreed += 1,
                Some((ours, theirs)) => {
                    tally.disagreed += 1;
                    println!(
                        "{}:{} {} {}\n    args {}\n    kwargs {}\n    ours {ours}\n    theirs {theirs}",
                        text("suite"),
                        number + 1,
                        text("test"),
                        text("question"),
                        case["args"],
                        case["kwargs"]
                    );
                }
            }
        }
    }
    println!("\n| suite | question | agree | disagree | not asked |\n|---|---|---|---|---|");
    for ((suite, question), tally) in tallies {
        println!(
            "| {suite} | `{question}` | {} | {} | {} |",
            tally.agreed, tally.disagreed, tally.not_asked
        );
    }
}

/// Our answer and theirs, in one form. `None`: a question this crate does not answer.
fn answer(question: &str, args: &Value, options: &Value, expected: &Value) -> Option<(Value, Value)> {
    let first = &args[0];
    Some(match question {
        "is_policy_public" => (json!(is_policy_public(first, &args[1], options)), expected.clone()),
        "is_condition_block_restrictive" => {
            let statement =
                json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": first});
            let findings = reach(
                &json!({"Version": "2012-10-17", "Statement": [statement]}),
                &directory(&args[1], options),
            );
            let other_accounts = options["is_cross_account_allowed"].as_bool().unwrap_or(false);
            let is_far = |finding: &ReachFinding| {
                finding.class.is_public()
                    || !other_accounts && matches!(finding.class, Reach::UnknownAccount | Reach::FriendlyAccount)
            };
            (json!(!findings.iter().any(is_far)), expected.clone())
        }
        "is_condition_block_restrictive_organization" => {
            (json!(restricts(first, RestrictedBy::Organisation)), expected.clone())
        }
        "is_condition_restricting_from_private_ip" => (json!(only_private(first)), expected.clone()),
        "has_public_principal" => {
            let mut statement = first.clone();
            statement["Effect"] = json!("Allow");
            statement["Action"] = json!("*");
            statement.as_object_mut()?.remove("Condition");
            let policy = Policy::from_value(&json!({"Statement": [statement]})).ok();
            (
                json!(policy.is_some_and(|policy| normalise(&policy, &AccountDirectory::new())[0].public)),
                expected.clone(),
            )
        }
        "check_privilege_escalation" => {
            let policy = Policy::from_value(first).ok()?;
            let user = Caller::User {
                arn: "arn:aws:iam::123456789012:user/x".to_owned(),
            };
            let role = Caller::RoleSession {
                role_arn: "arn:aws:iam::123456789012:role/x".to_owned(),
                session: "s".to_owned(),
            };
            let set = identity(&policy);
            let found = !escalations(&user, &set).found.is_empty() || !escalations(&role, &set).found.is_empty();
            (json!(found), json!(expected.as_str() != Some("")))
        }
        "check_full_service_access" => {
            let policy = Policy::from_value(&args[1]).ok()?;
            (
                json!(effective(&identity(&policy)).has_full_access_to(first.as_str()?)),
                expected.clone(),
            )
        }
        "check_admin_access" => {
            let policy = Policy::from_value(first).ok()?;
            (
                json!(effective(&identity(&policy)).administrator() >= Administrator::ByIam),
                expected.clone(),
            )
        }
        "get_effective_actions" => {
            let policy = Policy::from_value(first).ok()?;
            let ours: BTreeSet<String> = effective(&identity(&policy))
                .actions()
                .map(|info| info.full_name().to_ascii_lowercase())
                .collect();
            // The lists are of different dates: compare what both know.
            let theirs: BTreeSet<String> = strings(expected)
                .into_iter()
                .map(|action| action.to_ascii_lowercase())
                .filter(|action| security_monkey_iam::actions::list().find(action).is_some())
                .collect();
            (json!(theirs.difference(&ours).count()), json!(0))
        }
        "PolicyChecker.check" => custodian(first, options, expected)?,
        "Statement.is_internet_accessible" => (
            json!(public(&json!({"Version": "2012-10-17", "Statement": [first]}))),
            expected.clone(),
        ),
        "Policy.is_internet_accessible" => (json!(public(first)), expected.clone()),
        "Policy.internet_accessible_actions" => {
            let findings = reach(first, &AccountDirectory::new());
            let actions: BTreeSet<String> = findings
                .iter()
                .filter(|finding| finding.class.is_public())
                .flat_map(|finding| finding.actions.clone())
                .map(|action| action.to_ascii_lowercase())
                .collect();
            (json!(actions), sorted(expected))
        }
        "Statement.actions_expanded" => {
            let policy = Policy::from_value(&json!({"Statement": [first]})).ok()?;
            let ours: BTreeSet<String> = expand_element(&policy.statements[0].action)
                .actions
                .into_iter()
                .map(|action| action.to_ascii_lowercase())
                .collect();
            let theirs: BTreeSet<String> = strings(expected)
                .into_iter()
                .filter(|action| security_monkey_iam::actions::list().find(action).is_some())
                .collect();
            (json!(theirs.difference(&ours).count()), json!(0))
        }
        "Policy.principals" => {
            let policy = Policy::from_value(first).ok()?;
            let ours: BTreeSet<String> = normalise(&policy, &AccountDirectory::new())
                .into_iter()
                .flat_map(|statement| statement.principals)
                .map(|principal| principal.value)
                .collect();
            (json!(ours), sorted(expected))
        }
        "Policy.condition_entries" => (json!(entries(first, false)?), sorted(expected)),
        "Policy.whos_allowed" => (json!(entries(first, true)?), sorted(expected)),
        "Statement.condition_accounts" => (values_of(first, "account")?, sorted(expected)),
        "Statement.condition_arns" => (values_of(first, "arn")?, sorted(expected)),
        "Statement.condition_cidrs" => (values_of(first, "cidr")?, sorted(expected)),
        "Policy.action_summary" => (levels(first)?, expected.clone()),
        "analyze_policy_string" => parliament(first, expected)?,
        _ => return None,
    })
}

/// What the conditions of a condition key's authority are called there.
fn category(key: &str) -> Option<&'static str> {
    Some(match authority(key) {
        Authority::CallerAccount | Authority::SourceAccount => "account",
        Authority::CallerArn | Authority::SourceArn => "arn",
        Authority::SourceAddress | Authority::VpcAddress => "cidr",
        Authority::CallerOrganisation => "organization",
        Authority::CallerId => "userid",
        _ => return None,
    })
}

/// Values of conditions with their categories, and the principals if asked for.
fn entries(document: &Value, with_principals: bool) -> Option<BTreeSet<String>> {
    let policy = Policy::from_value(document).ok()?;
    let mut found = BTreeSet::new();
    for statement in normalise(&policy, &AccountDirectory::new()) {
        for condition in &statement.conditions {
            let Some(category) = category(&condition.key) else {
                continue;
            };
            for value in &condition.values {
                found.insert(format!("Condition(category='{category}', value='{value}')"));
            }
        }
        for principal in statement.principals.iter().filter(|_| with_principals) {
            found.insert(format!("Principal(category='principal', value='{}')", principal.value));
        }
    }
    Some(found)
}

fn values_of(statement: &Value, wanted: &str) -> Option<Value> {
    let policy = Policy::from_value(&json!({"Statement": [statement]})).ok()?;
    let statement = normalise(&policy, &AccountDirectory::new()).into_iter().next()?;
    let matching = statement
        .conditions
        .into_iter()
        .filter(|condition| category(&condition.key) == Some(wanted));
    let values: BTreeSet<String> = matching.flat_map(|condition| condition.values).collect();
    Some(json!(values))
}

fn levels(document: &Value) -> Option<Value> {
    let policy = Policy::from_value(document).ok()?;
    let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for statement in &policy.statements {
        for (level, actions) in by_level(expand_element(&statement.action).actions.iter().map(String::as_str)) {
            let name = match level {
                AccessLevel::PermissionsManagement => "Permissions",
                other => other.name(),
            };
            for service in actions.iter().filter_map(|action| action.split(':').next()) {
                found.entry(service.to_owned()).or_default().insert(name);
            }
        }
    }
    Some(json!(found))
}

fn identity(policy: &Policy) -> PolicySet<'_> {
    PolicySet {
        identity: vec![NamedPolicy { name: "policy", policy }],
        ..PolicySet::default()
    }
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn sorted(value: &Value) -> Value {
    json!(strings(value).into_iter().collect::<BTreeSet<_>>())
}

fn directory(account: &Value, options: &Value) -> AccountDirectory {
    let mut directory = AccountDirectory::new();
    for key in ["allowed_accounts", "trusted_account_ids"] {
        for friend in strings(&options[key]) {
            directory = directory.with_friendly(friend.clone(), friend);
        }
    }
    for organisation in strings(&options["allowed_orgid"]) {
        directory = directory.with_organisation(organisation);
    }
    for unit in strings(&options["allowed_org_units"]) {
        directory = directory.with_organisation(unit.split('/').next().unwrap_or(&unit));
    }
    directory.seen_from(account.as_str().unwrap_or("000000000000"))
}

fn reach(document: &Value, directory: &AccountDirectory) -> Vec<ReachFinding> {
    let Ok(policy) = Policy::from_value(document) else {
        return Vec::new();
    };
    reach_of_resource_policy(
        &policy,
        directory,
        ReachContext {
            resource: None,
            accepts: Accepts::Anonymous,
        },
    )
}

fn public(document: &Value) -> bool {
    reach(document, &AccountDirectory::new().seen_from("012345678910"))
        .iter()
        .any(|finding| finding.class.is_public())
}

fn is_policy_public(document: &Value, account: &Value, options: &Value) -> bool {
    let findings = reach(document, &directory(account, options));
    let cross_account = options["is_cross_account_allowed"].as_bool().unwrap_or(true);
    let unguarded_services = options["check_cross_service_confused_deputy"]
        .as_bool()
        .unwrap_or(false);
    let trusted = NetworkSet::new(
        strings(&options["trusted_ips"])
            .iter()
            .filter_map(|text| read_network(text)),
    );
    let untrusted_network = |finding: &ReachFinding| {
        let mut addresses = finding
            .restricting
            .iter()
            .filter(|note| note.key.eq_ignore_ascii_case("aws:SourceIp"))
            .flat_map(|note| &note.values);
        !strings(&options["trusted_ips"]).is_empty()
            && addresses.any(|value| read_network(value).is_some_and(|network| !trusted.contains(network.addr())))
    };
    findings.iter().any(|finding| match finding.class {
        Reach::Internet | Reach::AnyAwsAccount => true,
        Reach::Network => untrusted_network(finding),
        Reach::UnknownAccount | Reach::UnknownOrganisation | Reach::ThirdPartyAccount => !cross_account,
        Reach::AwsService { guarded: false } => unguarded_services,
        _ => false,
    })
}

fn conditions(block: &Value) -> Option<Policy> {
    Policy::from_value(&json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": block}]})).ok()
}

fn restricts(block: &Value, by: RestrictedBy) -> bool {
    conditions(block).is_some_and(|policy| {
        policy.statements[0]
            .conditions
            .iter()
            .any(|condition| assess(condition).restricts == Some(by))
    })
}

fn only_private(block: &Value) -> bool {
    conditions(block).is_some_and(|policy| {
        policy.statements[0]
            .conditions
            .iter()
            .filter(|condition| condition.key.eq_ignore_ascii_case("aws:SourceIp"))
            .any(|condition| {
                let networks: Vec<_> = condition
                    .values
                    .iter()
                    .filter_map(|value| read_network(&value.text))
                    .collect();
                !networks.is_empty() && NetworkSet::new(networks).is_private()
            })
    })
}

/// The positions of the statements that let in somebody who is not allowed.
fn custodian(document: &Value, options: &Value, expected: &Value) -> Option<(Value, Value)> {
    let document: Value = document.as_str().map_or_else(
        || document.clone(),
        |text| serde_json::from_str(text).unwrap_or(Value::Null),
    );
    let policy = Policy::from_value(&document).ok()?;
    let own = strings(&options["allowed_accounts"])
        .first()
        .cloned()
        .unwrap_or_default();
    let everyone_only = options["everyone_only"].as_bool().unwrap_or(false);
    let networks: Vec<String> = strings(&options["allowed_vpc"])
        .into_iter()
        .chain(strings(&options["allowed_vpce"]))
        .collect();
    let findings = reach(&document, &directory(&json!(own), options));
    let is_violation = |finding: &ReachFinding| match finding.class {
        Reach::Internet | Reach::AnyAwsAccount => true,
        Reach::Network => {
            let notes = finding
                .restricting
                .iter()
                .filter(|note| note.key.to_ascii_lowercase().starts_with("aws:sourcevpc"));
            !everyone_only
                && !options["allowed_vpc"].is_null()
                && !notes
                    .flat_map(|note| &note.values)
                    .all(|value| networks.contains(value))
        }
        Reach::UnknownAccount | Reach::UnknownOrganisation | Reach::ThirdPartyAccount => !everyone_only,
        Reach::Federation { .. } => finding
            .account
            .as_ref()
            .is_some_and(|account| !strings(&options["allowed_accounts"]).contains(account)),
        _ => false,
    };
    let checked = strings(&options["check_actions"]);
    let is_checked = |finding: &ReachFinding| {
        checked.is_empty()
            || finding.actions.iter().any(|action| {
                action == "*"
                    || checked.iter().any(|wanted| {
                        security_monkey_iam::pattern::matches(
                            action,
                            wanted,
                            security_monkey_iam::pattern::Case::Insensitive,
                        )
                    })
            })
    };
    let ours: BTreeSet<usize> = findings
        .iter()
        .filter(|finding| is_violation(finding) && is_checked(finding))
        .map(|finding| finding.statement)
        .collect();
    let statements = match &document["Statement"] {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    };
    let expected = expected.as_array()?;
    let is_inverse = options["return_allowed"].as_bool() == Some(true);
    // Asked for what is allowed, they return every statement that is no violation, Denies included.
    let ours: BTreeSet<usize> = if is_inverse {
        (0..statements.len())
            .filter(|position| !ours.contains(position))
            .collect()
    } else {
        ours
    };
    let theirs: BTreeSet<usize> = statements
        .iter()
        .enumerate()
        .filter(|(position, statement)| {
            expected.contains(statement)
                && policy
                    .statements
                    .get(*position)
                    .is_some_and(|statement| is_inverse || statement.effect == Effect::Allow)
        })
        .map(|(position, _)| position)
        .collect();
    Some((json!(ours), json!(theirs)))
}

/// Of a linter's findings those that are about well-formedness.
fn parliament(text: &Value, expected: &Value) -> Option<(Value, Value)> {
    let kind = if text.as_str()?.contains("\"Principal\"") {
        PolicyKind::Any
    } else {
        PolicyKind::Identity
    };
    let options = Options {
        mode: Mode::Strict,
        kind,
        limit: None,
    };
    let codes: BTreeSet<&str> = match parse(text.as_str()?, options) {
        Ok(_) => BTreeSet::new(),
        Err(error) => error
            .problems
            .iter()
            .map(|problem| match problem.code {
                ProblemCode::DuplicateSid => "DUPLICATE_SID",
                ProblemCode::InvalidValue if problem.path.ends_with("Sid") => "INVALID_SID",
                ProblemCode::InvalidValue if problem.path.contains("Resource") => "INVALID_ARN",
                _ => "MALFORMED",
            })
            .collect(),
    };
    let known = ["DUPLICATE_SID", "INVALID_SID", "INVALID_ARN", "MALFORMED"];
    let theirs: BTreeSet<String> = strings(expected.get("finding_ids")?)
        .into_iter()
        .filter(|id| known.contains(&id.as_str()))
        .collect();
    Some((json!(codes), json!(theirs)))
}
