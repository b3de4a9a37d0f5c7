//! `policy expand`: the published actions of each statement by access level.

use std::fmt;

use schemars::JsonSchema;
use security_monkey_iam::actions::{self, AccessLevel, by_level};
use security_monkey_iam::document::{Effect, Policy};
use serde::Serialize;

/// The actions of a policy, a statement at a time.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Expanded(Vec<StatementActions>);

/// The actions of one statement.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct StatementActions {
    /// Its Sid, else its place like `Statement[2]`.
    statement: String,
    /// Whether it allows or denies them.
    effect: Effect,
    /// The published actions that it is about; a level without any is left out.
    levels: Vec<LevelActions>,
    /// Action patterns that match no action AWS has published.
    unknown: Vec<String>,
}

/// The actions of one access level.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LevelActions {
    /// The level.
    level: AccessLevel,
    /// The level as AWS writes it.
    #[schemars(extend("enum" = AccessLevel::ALL.map(AccessLevel::name)))]
    name: &'static str,
    /// The actions as AWS spells them, sorted.
    actions: Vec<String>,
}

/// Replaces the patterns of every statement by the actions they match.
pub(super) fn expand(policy: &Policy) -> Expanded {
    let statements = policy.statements.iter().map(|statement| {
        let expansion = actions::expand_element(&statement.action);
        let levels = by_level(expansion.actions.iter().map(String::as_str));
        let levels = levels.into_iter().map(|(level, actions)| LevelActions {
            level,
            name: level.name(),
            actions,
        });
        StatementActions {
            statement: policy.statement_name(statement.index),
            effect: statement.effect,
            levels: levels.collect(),
            unknown: expansion.unknown,
        }
    });
    Expanded(statements.collect())
}

impl fmt::Display for Expanded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for statement in &self.0 {
            writeln!(formatter, "{} {}", statement.effect, statement.statement)?;
            for level in &statement.levels {
                writeln!(formatter, "  {}", level.name)?;
                for action in &level.actions {
                    writeln!(formatter, "    {action}")?;
                }
            }
            for unknown in &statement.unknown {
                writeln!(formatter, "  matches no published action: {unknown}")?;
            }
        }
        Ok(())
    }
}
