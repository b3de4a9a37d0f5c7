//! Ways to raise one's own privileges: published methods (`data/escalation.toml`), each held against what the identity can
//! really do. A method counts only if the reference evaluator allows every step of it, on a resource that makes it an
//! escalation: a key for oneself is none, a role passed only to a service that the method does not use is none, nor is a policy
//! attached that grants little.

use std::collections::HashSet;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::facts::Facts;
use crate::effective::{EffectivePermissions, effective};
use crate::evaluate::{Caller, PolicySet, Request, StatementRef};
use crate::example::{self, Effort, Wanted};

mod callers;
mod facts;
mod request;
#[cfg(test)]
mod tests;
mod together;

/// A published method.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
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
    #[schemars(!default)]
    pub any: Vec<String>,
    /// What one gains control of.
    pub target: Target,
}

/// What a method gains control of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One's own identity: its policies, its group, its boundary.
    #[serde(rename = "self")]
    Own,
    /// Another user, group or role.
    Principal,
    /// A role passed to or used by a service.
    Role,
}

/// A method that works for an identity.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Escalation {
    /// The method.
    #[serde(flatten)]
    pub method: &'static Method,
    /// Its steps, each with the request that is allowed.
    pub steps: Vec<Step>,
}

/// One step of a method.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
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

/// What the search for all methods may cost; see [`Effort`].
const MOST_EFFORT: u64 = 10_000_000;

/// The methods that were found to work for an identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Escalations {
    /// The methods.
    pub found: Vec<Escalation>,
    /// Whether the search went to its end; if not, there may be more. Hundreds of statements full of wildcards cut it short, and so do
    /// dozens of conditions or of resources that only conditions tell apart.
    pub is_complete: bool,
}

/// The methods that work for an identity with these policies. `caller` is the identity.
pub fn escalations(caller: &Caller, policies: &PolicySet<'_>) -> Escalations {
    escalations_within(&effective(policies), caller, policies)
}

/// The same for a caller whose effective permissions under these policies are known already.
pub fn escalations_within(
    permissions: &EffectivePermissions,
    caller: &Caller,
    policies: &PolicySet<'_>,
) -> Escalations {
    let mut search = Search::new(permissions, policies);
    search.ask(caller, &Effort::of(MOST_EFFORT));
    search.end()
}

/// The methods that work for some user or role with these policies, of whom nothing else is known but the partition and perhaps the
/// account: where that is not, it may be any, one of those that the policies name as well.
pub fn escalations_of_anybody(
    permissions: &EffectivePermissions,
    partition: &str,
    account: Option<&str>,
    policies: &PolicySet<'_>,
) -> Escalations {
    let for_others = Effort::of(MOST_EFFORT);
    let (callers, are_all) = callers::anybody(partition, account, policies, &for_others);
    let mut search = Search::new(permissions, policies);
    for (position, caller) in callers.iter().enumerate() {
        // A plain user and a plain role as if they were asked for alone; whoever else a policy may mean shares what is left.
        if position < 2 {
            search.ask(caller, &Effort::of(MOST_EFFORT));
        } else {
            search.ask(caller, &for_others);
        }
    }
    search.is_cut_short |= !are_all;
    search.end()
}

/// What is found for one caller after the other.
struct Search<'p> {
    permissions: &'p EffectivePermissions,
    policies: &'p PolicySet<'p>,
    found: Vec<Escalation>,
    /// Methods that some search gave up on.
    in_doubt: HashSet<&'static str>,
    is_cut_short: bool,
}

impl<'p> Search<'p> {
    fn new(permissions: &'p EffectivePermissions, policies: &'p PolicySet<'p>) -> Self {
        Self {
            permissions,
            policies,
            found: Vec::new(),
            in_doubt: HashSet::new(),
            is_cut_short: false,
        }
    }

    /// Looks for methods that are not found yet.
    fn ask(&mut self, caller: &Caller, effort: &Effort) {
        // Most identities lack most actions; what the list does not know is left to the evaluator.
        let may = |action: &String| {
            self.permissions.allows(action).unwrap_or(true) && !request::is_in_vain(action, self.policies)
        };
        for method in methods() {
            let is_known = self.found.iter().any(|known| known.method.id == method.id);
            if is_known || !method.all.iter().all(may) || !(method.any.is_empty() || method.any.iter().any(may)) {
                continue;
            }
            effort.settle();
            let question = Question {
                method,
                caller,
                policies: self.policies,
                effort,
            };
            if let Some(steps) = question.all_steps() {
                self.in_doubt.remove(method.id.as_str());
                self.found.push(Escalation { method, steps });
            } else if effort.is_in_doubt() {
                self.in_doubt.insert(&method.id);
            }
        }
        self.is_cut_short |= effort.is_spent();
    }

    fn end(self) -> Escalations {
        Escalations {
            is_complete: !self.is_cut_short && self.in_doubt.is_empty(),
            found: self.found,
        }
    }
}

/// A method asked for a caller.
#[derive(Clone, Copy)]
struct Question<'q> {
    method: &'static Method,
    caller: &'q Caller,
    policies: &'q PolicySet<'q>,
    effort: &'q Effort,
}

impl Question<'_> {
    /// The steps of the method, if every one of them is allowed.
    fn all_steps(&self) -> Option<Vec<Step>> {
        let steps = |action: &String| self.steps(action);
        let all: Option<Vec<Vec<Step>>> = self.method.all.iter().map(steps).collect();
        let mut found: Vec<Step> = all?.into_iter().flatten().collect();
        if !self.method.any.is_empty() {
            found.extend(self.effort.look(|| self.method.any.iter().find_map(steps))?);
        }
        facts::agreed(&together::on_one_principal(found, self)?, self)
    }

    /// Looks for requests for the action that are allowed and serve the method: one for each kind of resource that it has to be allowed
    /// for.
    fn steps(&self, action: &str) -> Option<Vec<Step>> {
        let wanted = request::wanted(action, self.method, self.caller, self.caller.account()?);
        let nothing = (&Facts::default(), "");
        wanted
            .iter()
            .map(|wanted| self.step_on(wanted, action, nothing))
            .collect()
    }

    /// The same on one of these resources, of which facts may be known.
    fn step_on(&self, wanted: &Wanted, action: &str, (facts, resource): (&Facts, &str)) -> Option<Step> {
        let mut probes = request::probes(action, self.method, self.caller, self.policies, self.effort);
        for probe in &mut probes {
            facts.put_into(probe, resource);
        }
        let mut probes = probes.iter();
        let first = || probes.find_map(|probe| example::find(probe, wanted, self.policies, self.effort));
        let (mut witness, by) = self.effort.look(first)?;
        witness.context.forget_absent();
        Some(Step {
            action: action.to_owned(),
            witness,
            by,
        })
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
