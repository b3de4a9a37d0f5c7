//! Ways to raise one's own privileges: published methods (`data/escalation.toml`), each held against what the identity can
//! really do. A method counts only if the reference evaluator allows every step of it, on a resource that makes it an
//! escalation: a key for oneself is none, a role passed only to a service that the method does not use is none.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::effective::{EffectivePermissions, effective};
use crate::evaluate::{Caller, PolicySet, Request, StatementRef};
use crate::example::{self, Wanted};
use crate::pattern;

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
    escalations_within(&effective(policies), caller, policies)
}

/// The same for a caller whose effective permissions under these policies are known already.
pub fn escalations_within(
    permissions: &EffectivePermissions,
    caller: &Caller,
    policies: &PolicySet<'_>,
) -> Vec<Escalation> {
    // Most identities lack most actions; what the list does not know is left to the evaluator.
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
    let wanted = wanted(action, method, caller, caller.account()?);
    let mut probe = Request::new(caller.clone(), action, "");
    fix_context(&mut probe, method);
    let (witness, by) = example::find(&probe, &wanted, policies)?;
    Some(Step {
        action: action.to_owned(),
        witness,
        by,
    })
}

/// Resources that serve the method: patterns that must match, and the caller's own ARN where it must not.
fn wanted(action: &str, method: &Method, caller: &Caller, account: &str) -> Wanted {
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
        return Wanted::anything();
    }
    let mut wanted: Vec<_> = kinds
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
    Wanted {
        one_of: wanted,
        none_of: excluded,
    }
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
