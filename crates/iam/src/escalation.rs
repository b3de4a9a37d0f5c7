//! Ways to raise one's own privileges: published methods (`data/escalation.toml`), each held against what the identity can
//! really do. A method counts only if the reference evaluator allows every step of it, on a resource that makes it an
//! escalation: a key for oneself is none, a role passed only to a service that the method does not use is none.

use std::cell::Cell;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::document::{Effect, Polarity, Statement, Version};
use crate::evaluate::{self, Caller, NamedPolicy, PolicySet, Request, StatementRef};
use crate::pattern::language::{Search, find};
use crate::pattern::{self, Case, Token};

mod circumstances;
#[cfg(test)]
mod tests;

/// A published method.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Stable, never reused.
    pub id: String,
    /// What happens.
    pub title: String,
    /// Where it is published.
    pub source: String,
    /// Every one of these actions is needed.
    pub all: Vec<String>,
    /// And one of these, if there are any.
    #[serde(default)]
    pub any: Vec<String>,
    /// What one gains control of.
    pub target: Target,
}

/// What a method gains control of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One's own identity: its policies, its group, its boundary.
    #[serde(rename = "self")]
    Own,
    /// Another user, group or role.
    Principal,
    /// A role passed to or used by a service.
    Role,
    /// Credentials or data.
    Secret,
}

/// A method that works for an identity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Escalation {
    /// The method.
    #[serde(flatten)]
    pub method: &'static Method,
    /// Its steps, each with the request that is allowed.
    pub steps: Vec<Step>,
}

/// One step of a method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The action.
    pub action: String,
    /// A request for it that the reference evaluator allows.
    pub witness: Request,
    /// The statements that allow it.
    pub by: Vec<StatementRef>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodFile {
    method: Vec<Method>,
}

/// Every published method.
pub fn methods() -> &'static [Method] {
    static METHODS: OnceLock<Vec<Method>> = OnceLock::new();
    METHODS.get_or_init(|| {
        // The data is part of the program; that it reads is tested.
        toml::from_str::<MethodFile>(include_str!("../data/escalation.toml"))
            .map(|file| file.method)
            .unwrap_or_default()
    })
}

/// The methods that work for an identity with these policies. `caller` is the identity.
pub fn escalations(caller: &Caller, policies: &PolicySet<'_>) -> Vec<Escalation> {
    let permissions = crate::effective::effective(policies);
    // What the list does not know is left to the evaluator.
    let may = |action: &String| permissions.allows(action).unwrap_or(true);
    let mut found = Vec::new();
    for method in methods() {
        if !method.all.iter().all(may) || !(method.any.is_empty() || method.any.iter().any(may)) {
            continue;
        }
        let steps: Option<Vec<Step>> = method
            .all
            .iter()
            .map(|action| step(action, method, caller, policies))
            .collect();
        let Some(mut steps) = steps else { continue };
        if !method.any.is_empty() {
            let Some(one) = method
                .any
                .iter()
                .find_map(|action| step(action, method, caller, policies))
            else {
                continue;
            };
            steps.push(one);
        }
        found.push(Escalation { method, steps });
    }
    found
}

/// Looks for a request for the action that is allowed and serves the method.
fn step(action: &str, method: &Method, caller: &Caller, policies: &PolicySet<'_>) -> Option<Step> {
    let account = caller.account()?;
    let targets = targets(action, method, caller, account);
    for named in &policies.identity {
        for statement in named
            .policy
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Allow)
        {
            if !evaluate::action_matches(&statement.action, action) {
                continue;
            }
            for resource in resources(statement, named.policy.version, action, caller, &targets, policies) {
                let mut request = Request::new(caller.clone(), action, resource).owned_by(account);
                fix_context(&mut request, method);
                if let Some((witness, by)) = circumstances::allowed(&request, statement, named.policy.version, policies)
                {
                    return Some(Step {
                        action: action.to_owned(),
                        witness,
                        by,
                    });
                }
            }
        }
    }
    None
}

/// Resources that serve the method: patterns that must match, and the caller's own ARN where it must not.
struct Targets {
    wanted: Vec<Vec<Token>>,
    excluded: Vec<Vec<Token>>,
}

fn targets(action: &str, method: &Method, caller: &Caller, account: &str) -> Targets {
    let own = caller.principal_arn().unwrap_or_default();
    let (service, name) = action.split_once(':').unwrap_or((action, ""));
    let kinds: &[&str] = match (service, name) {
        ("iam", "PassRole") | ("sts", _) => &["role/*"],
        ("iam", "CreatePolicyVersion" | "SetDefaultPolicyVersion") => &["policy/*"],
        ("iam", name) if name.contains("Group") => &["group/*"],
        ("iam", name) if name.contains("Role") => &["role/*"],
        ("iam", _) => &["user/*"],
        _ => &[],
    };
    if kinds.is_empty() {
        // Other services: any resource of the account, or of no account.
        return Targets {
            wanted: vec![pattern::tokens("*")],
            excluded: Vec::new(),
        };
    }
    let mut wanted: Vec<Vec<Token>> = kinds
        .iter()
        .map(|kind| pattern::tokens(&format!("arn:aws:iam::{account}:{kind}")))
        .collect();
    let mut excluded = Vec::new();
    match method.target {
        Target::Principal | Target::Role | Target::Secret => excluded.push(pattern::tokens(&own)),
        // Oneself, where the action names a user or role of the caller's kind; groups and policies are taken as attached.
        Target::Own => match (caller, kinds) {
            (Caller::User { .. }, ["user/*"]) | (Caller::RoleSession { .. }, ["role/*"]) => {
                wanted = vec![pattern::tokens(&own)];
            }
            _ => {}
        },
    }
    Targets { wanted, excluded }
}

/// Concrete resources that the statement covers and that serve the method.
fn resources(
    statement: &Statement,
    version: Version,
    action: &str,
    caller: &Caller,
    targets: &Targets,
    policies: &PolicySet<'_>,
) -> Vec<String> {
    let probe = Request::new(caller.clone(), action, "");
    let read = |statement: &Statement, version: Version| -> Vec<Vec<Token>> {
        statement
            .resource
            .iter()
            .flat_map(|element| &element.patterns)
            .filter_map(|pattern| evaluate::tokens(&pattern.text, version, &probe))
            .collect()
    };
    let listed = read(statement, version);
    let (mut must, mut must_not) = (vec![targets.wanted.clone()], targets.excluded.clone());
    match statement.resource.as_ref().map(|element| element.polarity) {
        Some(Polarity::Is) => must.push(listed),
        Some(Polarity::Not) => must_not.extend(listed),
        None => {}
    }
    // First a resource that no Deny covers, then any.
    let (mut avoided, mut spared) = (must_not.clone(), must.clone());
    let of = |layer: &mut dyn Iterator<Item = &NamedPolicy<'_>>, effect: Effect| -> Vec<(Polarity, Vec<Vec<Token>>)> {
        layer
            .flat_map(|named| named.policy.statements.iter().map(move |statement| (statement, named)))
            .filter(|(other, _)| other.effect == effect && evaluate::action_matches(&other.action, action))
            .filter_map(|(other, named)| {
                let element = other.resource.as_ref()?;
                let is_everything = element.patterns.iter().any(|pattern| pattern.text == "*");
                (!is_everything).then(|| (element.polarity, read(other, named.policy.version)))
            })
            .collect()
    };
    let bounding = || {
        let sessions = policies.session.iter().flatten();
        let organisation = policies.service_control.iter().flatten();
        policies.boundary.iter().chain(sessions).chain(organisation)
    };
    for (polarity, listed) in of(&mut policies.identity.iter().chain(bounding()), Effect::Deny) {
        match polarity {
            Polarity::Is => avoided.extend(listed),
            Polarity::Not => spared.push(listed),
        }
    }
    let mut questions = vec![
        (spared, avoided.clone()),
        (must.clone(), avoided),
        (must.clone(), must_not.clone()),
    ];
    // What bounds the identity may allow other resources than the shortest of the statement's.
    for (polarity, listed) in of(&mut bounding(), Effect::Allow) {
        let (mut must, mut must_not) = (must.clone(), must_not.clone());
        match polarity {
            Polarity::Is => must.push(listed),
            Polarity::Not => must_not.extend(listed),
        }
        questions.push((must, must_not));
    }
    let mut found: Vec<String> = Vec::new();
    for (must, must_not) in questions {
        if let Search::Found(resource) = find(&must, &must_not, Case::Sensitive, &Cell::new(0)) {
            let resource = match resource.as_str() {
                "" => "*".to_owned(),
                // A role or user needs a name.
                unnamed if unnamed.ends_with('/') => format!("{resource}witness"),
                _ => resource,
            };
            if !found.contains(&resource) {
                found.push(resource);
            }
        }
    }
    found
}

/// Context keys that such a request has whatever the policies say.
fn fix_context(request: &mut Request, method: &Method) {
    if request.action.eq_ignore_ascii_case("iam:PassRole") {
        let service = method
            .all
            .iter()
            .chain(&method.any)
            .filter_map(|action| action.split(':').next())
            .find(|service| !matches!(*service, "iam" | "sts"));
        if let Some(service) = service {
            request.context.set("iam:PassedToService", passed_to(service));
        }
    }
}

/// The service principal to which an action's service passes a role.
fn passed_to(service: &str) -> String {
    match service {
        "ecs" | "batch" => "ecs-tasks.amazonaws.com".to_owned(),
        "autoscaling" | "imagebuilder" => "ec2.amazonaws.com".to_owned(),
        "apprunner" => "tasks.apprunner.amazonaws.com".to_owned(),
        other => format!("{other}.amazonaws.com"),
    }
}

/// Actions of the methods that the list does not know: for the test of the data.
#[cfg(test)]
fn unknown_actions() -> Vec<&'static str> {
    methods()
        .iter()
        .flat_map(|method| method.all.iter().chain(&method.any))
        .map(String::as_str)
        .filter(|action| crate::actions::list().find(action).is_none())
        .collect()
}
