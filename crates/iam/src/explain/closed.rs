//! Why an Allow lets nobody in: what has to go for somebody to get in is what keeps them out.

use schemars::JsonSchema;
use serde::Serialize;

use crate::document::{Effect, Polarity, Policy, Statement};
use crate::reach::{Access, ConditionNote, Reach, Through, assess};

/// An Allow that lets nobody in.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ClosedStatement {
    /// Its position in the policy.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// What keeps everybody out. Where several are listed, each does so by itself.
    pub because: Vec<Obstacle>,
}

/// What keeps everybody out of an Allow.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Obstacle {
    /// A condition of the statement that nobody meets.
    Condition {
        /// The condition.
        condition: ConditionNote,
        /// How far the statement would reach without it and without any Deny.
        without_it: Reach,
    },
    /// Conditions that nobody meets together.
    Conditions {
        /// How far the statement would reach without conditions and without any Deny.
        without_them: Reach,
    },
    /// A Deny that covers all whom the statement allows.
    Deny {
        /// Its position in the policy; none where it is one of a resource control policy.
        statement: Option<usize>,
        /// Its Sid.
        sid: Option<String>,
        /// How far the statement would reach without it.
        without_it: Reach,
    },
    /// Denies that cover all whom the statement allows, together.
    Denies {
        /// How far the statement would reach without any.
        without_them: Reach,
    },
    /// The statement is about other resources or actions.
    Resource,
    /// Its principals are nobody who could ask.
    Principal,
    /// Not looked into: there are too many such statements, or Denies, or conditions.
    Unknown,
}

/// How many searches may be spent on reasons.
const MOST_SEARCHES: usize = 24;

/// The Allow statements among the first `own` that none of `found` goes through. `search` finds who reaches the resource under a policy;
/// statements from `own` on are those of resource control policies.
pub(super) fn closed(
    policy: &Policy,
    own: usize,
    found: &[Access],
    search: &dyn Fn(&Policy) -> Vec<Access>,
) -> Vec<ClosedStatement> {
    let mut reasons = Reasons {
        policy,
        own,
        search,
        left: MOST_SEARCHES,
    };
    let allows = policy.statements.iter().take(own);
    allows
        .filter(|statement| statement.effect == Effect::Allow && farthest(found, statement).is_none())
        .map(|statement| ClosedStatement {
            statement: statement.index,
            sid: statement.sid.clone(),
            because: reasons.of(statement).unwrap_or_else(|Spent| vec![Obstacle::Unknown]),
        })
        .collect()
}

/// How far a statement reaches.
fn farthest(found: &[Access], allow: &Statement) -> Option<Reach> {
    let is_through =
        |access: &&Access| matches!(access.through, Through::Policy { statement, .. } if statement == allow.index);
    found.iter().filter(is_through).map(|access| access.class).max()
}

/// The searches are spent.
struct Spent;

struct Reasons<'r> {
    policy: &'r Policy,
    own: usize,
    search: &'r dyn Fn(&Policy) -> Vec<Access>,
    left: usize,
}

impl Reasons<'_> {
    fn of(&mut self, allow: &Statement) -> Result<Vec<Obstacle>, Spent> {
        if let Some(without_them) = self.reach(allow, |_| false)? {
            return self.denies(allow, without_them);
        }
        let mut because = Vec::new();
        for position in 0..allow.conditions.len() {
            let mut freed = allow.clone();
            let condition = freed.conditions.remove(position);
            if let Some(without_it) = self.reach(&freed, |_| false)? {
                let condition = ConditionNote {
                    operator: condition.operator,
                    key: condition.key.clone(),
                    values: condition.values.iter().map(|value| value.text.clone()).collect(),
                    ours: Vec::new(),
                    why: assess(&condition).why,
                };
                because.push(Obstacle::Condition { condition, without_it });
            }
        }
        if !because.is_empty() {
            return Ok(because);
        }
        let mut freed = allow.clone();
        freed.conditions.clear();
        if let Some(without_them) = self.reach(&freed, |_| false)? {
            return Ok(vec![Obstacle::Conditions { without_them }]);
        }
        freed.resource = None;
        let is_elsewhere = self.reach(&freed, |_| false)?.is_some();
        Ok(vec![if is_elsewhere {
            Obstacle::Resource
        } else {
            Obstacle::Principal
        }])
    }

    fn denies(&mut self, allow: &Statement, without_them: Reach) -> Result<Vec<Obstacle>, Spent> {
        let mut because = Vec::new();
        for deny in self.policy.denies() {
            if let Some(without_it) = self.reach(allow, |other| other.index != deny.index)? {
                because.push(Obstacle::Deny {
                    statement: (deny.index < self.own).then_some(deny.index),
                    sid: deny.sid.clone(),
                    without_it,
                });
            }
        }
        if because.is_empty() {
            because.push(Obstacle::Denies { without_them });
        }
        Ok(because)
    }

    /// How far `allow` reaches as the only Allow, beside some of the Denies.
    fn reach(&mut self, allow: &Statement, keeps: impl Fn(&Statement) -> bool) -> Result<Option<Reach>, Spent> {
        self.left = self.left.checked_sub(1).ok_or(Spent)?;
        let mut policy = self.policy.clone();
        for statement in &mut policy.statements {
            if statement.index == allow.index {
                *statement = allow.clone();
            } else if statement.effect == Effect::Allow || !keeps(statement) {
                // Out of action, so that the others keep their positions.
                statement.effect = Effect::Deny;
                statement.action.polarity = Polarity::Is;
                statement.action.patterns.clear();
            }
        }
        Ok(farthest(&(self.search)(&policy), allow))
    }
}
