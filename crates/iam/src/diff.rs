//! What does a change of a policy mean? Widened, narrowed, both or neutral, with what was gained and lost, and for each
//! gain a request that the new policy allows and the old one does not.
//!
//! The question is answered by requests, not by text: for every statement of either policy the requests that tell the two
//! apart are looked for among those that the statements' principals, actions, resources and conditions suggest, and each is
//! confirmed by the reference evaluator on both sides. Reordering, Sids, white space and equivalent spellings therefore
//! make no difference. The search is bounded; a difference it cannot witness is reported as undecided, never as neutral,
//! where the texts differ in a way that is no mere spelling.

use circumstances::Side;
use schemars::JsonSchema;
use search::Search;
use serde::Serialize;

use crate::document::{Effect, Element, Polarity, Policy, PrincipalEntry, Statement};
use crate::evaluate::{self, Request};

mod bound;
mod callers;
mod circumstances;
mod filled;
mod render;
mod requests;
mod same;
mod search;
#[cfg(test)]
mod tests;
mod values;

/// The direction of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Nobody gains or loses anything.
    Neutral,
    /// More is allowed, and no loss was found.
    Widened,
    /// Less is allowed, and nothing more.
    Narrowed,
    /// Some more, some less.
    Both,
    /// No gain was found, and there may be some: what was left out of the search, or texts that differ and that no request tells apart.
    Undecided,
}

/// What a change means.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PolicyDiff {
    /// The direction.
    pub direction: Direction,
    /// What is allowed now and was not.
    pub gained: Vec<Delta>,
    /// What was allowed and is not now.
    pub lost: Vec<Delta>,
    /// Whether the search went through everything it knows to try; if not, there may be gains and losses beside those listed.
    pub is_complete: bool,
}

/// Something gained or lost.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Delta {
    /// Who: principals as the statement names them; empty for a policy of an identity.
    pub principals: Vec<String>,
    /// The action patterns.
    pub actions: Vec<String>,
    /// The resource patterns.
    pub resources: Vec<String>,
    /// The conditions, in words.
    pub conditions: Vec<String>,
    /// Position of the statement that allows it, in the new policy for a gain, in the old one for a loss.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// A request that one side allows and the other does not.
    pub witness: Request,
    /// Whether AWS has published the witness's action. If not, no published action tells the two policies apart here.
    pub is_action_published: bool,
}

/// Compares two policies.
pub fn diff(old: &Policy, new: &Policy) -> PolicyDiff {
    if same::is_same(old, new) {
        return PolicyDiff {
            direction: Direction::Neutral,
            gained: Vec::new(),
            lost: Vec::new(),
            is_complete: true,
        };
    }
    let search = Search::new(old, new);
    let gained = search.deltas(Side::New, &same::unchanged_allows(old, new));
    let lost = search.deltas(Side::Old, &same::unchanged_allows(new, old));
    let direction = match (gained.is_empty(), lost.is_empty()) {
        (false, true) => Direction::Widened,
        (true, false) if search.is_complete() || same::gains_nothing(old, new) => Direction::Narrowed,
        (false, false) => Direction::Both,
        (true, true) if same::is_equivalent(old, new) => Direction::Neutral,
        // There may be gains that were not looked for, or no request told the texts apart.
        (true, _) => Direction::Undecided,
    };
    PolicyDiff {
        direction,
        gained,
        lost,
        is_complete: search.is_complete(),
    }
}

/// Whether a policy by itself allows a request: as a resource's policy where it has principals, else as an identity's.
pub fn allows(policy: &Policy, request: &Request) -> bool {
    let has_principals = policy.statements.iter().any(|statement| statement.principal.is_some());
    if has_principals {
        return evaluate::resource_policy_allows(policy, request);
    }
    !policy
        .statements
        .iter()
        .any(|statement| evaluate::denies(statement, policy, request))
        && policy
            .statements
            .iter()
            .any(|statement| allows_by(statement, policy, request))
}

fn allows_by(statement: &Statement, policy: &Policy, request: &Request) -> bool {
    statement.effect == Effect::Allow && evaluate::statement_applies(statement, policy, request)
}

fn describe(statement: &Statement, witness: Request, is_action_published: bool) -> Delta {
    let conditions = statement.conditions.iter().map(|condition| {
        let values: Vec<&str> = condition.values.iter().map(|value| value.text.as_str()).collect();
        format!("{} {} {}", condition.key, condition.operator, values.join(" | "))
    });
    Delta {
        principals: Vec::new(),
        actions: Vec::new(),
        resources: Vec::new(),
        conditions: conditions.collect(),
        statement: statement.index,
        sid: statement.sid.clone(),
        witness,
        is_action_published,
    }
}

fn push_new(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

/// The patterns of an element in words.
fn words(element: &Element) -> Vec<String> {
    let prefix = if element.polarity == Polarity::Not { "not " } else { "" };
    element
        .patterns
        .iter()
        .map(|pattern| format!("{prefix}{}", pattern.text))
        .collect()
}

fn entry_words(entry: &PrincipalEntry, polarity: Polarity) -> String {
    let prefix = if polarity == Polarity::Not { "not " } else { "" };
    format!("{prefix}{}", entry.value)
}
