//! The answers in words.

use std::fmt;

use super::{ClosedStatement, Explanation, MissingEffect, MissingKey, Obstacle, Ruling};
use crate::document::OperatorKind;
use crate::effective::{Administrator, Rights};
use crate::escalation::Escalation;
use crate::evaluate::{Decision, StatementRef};
use crate::parse::Place;
use crate::reach::{Access, ConditionNote, Reach, Through};

/// The most names listed in one line.
const MOST_NAMES: usize = 12;

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reach {
                kind,
                statements,
                reach,
                lets_nobody_in,
            } => {
                writeln!(
                    formatter,
                    "{} policy, {}",
                    kind.name(),
                    counted(statements.len(), "statement")
                )?;
                if reach.is_empty() {
                    writeln!(formatter, "\nnobody can reach it through this policy")?;
                }
                reach.iter().try_for_each(|access| write_access(formatter, access))?;
                lets_nobody_in
                    .iter()
                    .try_for_each(|statement| write_closed(formatter, statement))
            }
            Self::Permissions {
                administrator,
                actions_by_level,
                data_exposing,
                permissions_management,
                unknown_actions,
                escalations,
                are_all_escalations,
                ..
            } => {
                writeln!(formatter, "identity policy: {}", administrator_words(*administrator))?;
                writeln!(formatter)?;
                if actions_by_level.is_empty() {
                    writeln!(formatter, "it allows no action that AWS has published")?;
                }
                for (level, count) in actions_by_level {
                    let noun = if *count == 1 { "action" } else { "actions" };
                    writeln!(formatter, "{count:>6} {noun} of level {}", level.name())?;
                }
                write_rights(
                    formatter,
                    "may read data (AWS's access level Read, and what hands data out otherwise)",
                    data_exposing,
                )?;
                write_rights(
                    formatter,
                    "may grant permissions (AWS's access level Permissions management)",
                    permissions_management,
                )?;
                for action in unknown_actions {
                    writeln!(formatter, "matches no published action: {action}")?;
                }
                write_ways(formatter, escalations, *administrator)?;
                if !are_all_escalations {
                    writeln!(
                        formatter,
                        "\nthe search for ways to more rights was cut short: there may be more"
                    )?;
                }
                Ok(())
            }
            Self::Sharing { of, reach } => {
                writeln!(formatter, "sharing of {of}")?;
                if reach.is_empty() {
                    writeln!(formatter, "\nit is shared with nobody")?;
                }
                reach.iter().try_for_each(|access| write_access(formatter, access))
            }
            Self::Guardrail {
                kind,
                actions_left,
                actions_unlimited,
                actions_published,
                never_allowed,
                unknown_actions,
            } => {
                writeln!(formatter, "{} policy: it grants nothing, it limits", kind.name())?;
                writeln!(
                    formatter,
                    "\nof {actions_published} published actions it leaves {actions_unlimited} as they are, {} on some resources or under some conditions, and {never_allowed} never",
                    actions_left - actions_unlimited
                )?;
                unknown_actions
                    .iter()
                    .try_for_each(|action| writeln!(formatter, "matches no published action: {action}"))
            }
        }
    }
}

/// Ways to more rights, each with its steps; only how many there are for those who need none.
fn write_ways(formatter: &mut fmt::Formatter<'_>, ways: &[Escalation], administrator: Administrator) -> fmt::Result {
    if ways.is_empty() {
        return Ok(());
    }
    let count = counted(ways.len(), "way");
    if administrator != Administrator::No {
        return writeln!(
            formatter,
            "\n{count} to more rights, which an administrator has anyway: --json lists them"
        );
    }
    writeln!(formatter, "\n{count} to more rights")?;
    for way in ways {
        writeln!(formatter, "\n  {}", way.method.title)?;
        for step in &way.steps {
            write!(formatter, "    {} on {}", step.action, step.witness.resource)?;
            if step.witness.context.iter().next().is_some() {
                write!(formatter, " with {}", step.witness.context)?;
            }
            writeln!(formatter)?;
        }
        writeln!(formatter, "    published: {}", way.method.source)?;
    }
    Ok(())
}

/// Which rights of a kind there are, by name where they are few.
fn write_rights(formatter: &mut fmt::Formatter<'_>, what: &str, rights: &Rights) -> fmt::Result {
    for (actions, how) in [
        (&rights.unlimited, "on everything"),
        (&rights.limited, "on some resources or under some conditions"),
    ] {
        // Where they are many, their number stands above.
        if (1..=3 * MOST_NAMES).contains(&actions.len()) {
            writeln!(formatter, "\n{what} {how}: {}", actions.join(", "))?;
        }
    }
    Ok(())
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn administrator_words(administrator: Administrator) -> &'static str {
    match administrator {
        Administrator::Full => "an administrator: every action on every resource",
        Administrator::ByIam => "as good as an administrator: everything in IAM",
        Administrator::UnderConditions => {
            "an administrator under conditions: nearly everything in IAM, as far as its conditions and exceptions leave it"
        }
        Administrator::No => "not an administrator by itself",
    }
}

fn write_access(formatter: &mut fmt::Formatter<'_>, access: &Access) -> fmt::Result {
    let who = match (access.class, access.who.as_str()) {
        (Reach::Internet, "*") => "the internet: anybody, without credentials".to_owned(),
        (Reach::AnyAwsAccount, "*") => "any AWS account: anybody with credentials of their own".to_owned(),
        (class, who) => match &access.name {
            Some(name) => format!("{class} \"{name}\", {who}"),
            None => format!("{class}, {who}"),
        },
    };
    writeln!(formatter, "\n{who}")?;
    writeln!(formatter, "  may {}", names(&access.actions))?;
    match &access.through {
        Through::Policy { statement, sid, .. } => {
            writeln!(formatter, "  by {}", statement_name(*statement, sid.as_deref()))?;
        }
        Through::Acl => writeln!(formatter, "  by the bucket's ACL")?,
        Through::KeyGrant { id } => writeln!(formatter, "  by grant {id}")?,
        Through::Sharing => writeln!(formatter, "  by sharing")?,
    }
    if let Some(setting) = access.blocked_by {
        writeln!(formatter, "  but not today: {setting}")?;
    }
    if let Some(besides) = access.may_lack {
        writeln!(formatter, "  perhaps not: {besides}")?;
    }
    for note in &access.restricting {
        writeln!(formatter, "  only if {}: {}", condition(note), note.why)?;
    }
    for note in &access.ineffective {
        writeln!(formatter, "  no restriction: {}: {}", condition(note), note.why)?;
    }
    match &access.witness {
        Some(witness) => writeln!(formatter, "  for example: {witness}"),
        None if matches!(access.through, Through::Policy { .. }) => writeln!(
            formatter,
            "  no example: it could not be excluded, nor shown, within the budget of the search"
        ),
        None => Ok(()),
    }
}

fn write_closed(formatter: &mut fmt::Formatter<'_>, closed: &ClosedStatement) -> fmt::Result {
    writeln!(
        formatter,
        "\n{} lets nobody in",
        statement_name(closed.statement, closed.sid.as_deref())
    )?;
    for obstacle in &closed.because {
        match obstacle {
            Obstacle::Condition {
                condition: note,
                without_it,
            } => writeln!(
                formatter,
                "  nobody meets {}: {}; without it: {without_it}",
                condition(note),
                note.why
            ),
            Obstacle::Conditions { without_them } => {
                writeln!(
                    formatter,
                    "  nobody meets all its conditions; without them: {without_them}"
                )
            }
            Obstacle::Deny {
                statement,
                sid,
                without_it,
            } => {
                let name = match statement {
                    Some(position) => statement_name(*position, sid.as_deref()),
                    None => "a resource control policy".to_owned(),
                };
                writeln!(formatter, "  {name} denies all it allows; without it: {without_it}")
            }
            Obstacle::Denies { without_them } => {
                writeln!(
                    formatter,
                    "  Denies together cover all it allows; without them: {without_them}"
                )
            }
            Obstacle::Resource => writeln!(formatter, "  it is about other resources or actions"),
            Obstacle::Principal => writeln!(formatter, "  its principals are nobody who could ask"),
            Obstacle::Unknown => writeln!(formatter, "  why not was not looked into: there is too much to try"),
        }?;
    }
    Ok(())
}

fn statement_name(position: usize, sid: Option<&str>) -> String {
    match sid.filter(|sid| !sid.is_empty()) {
        Some(sid) => format!("statement \"{sid}\""),
        None => format!("statement {}", position + 1),
    }
}

fn condition(note: &ConditionNote) -> String {
    if note.operator.kind == OperatorKind::Null {
        let is_absent = note.values.iter().any(|value| value.eq_ignore_ascii_case("true"));
        return format!("{} is {}", note.key, if is_absent { "absent" } else { "there" });
    }
    let named = |value: &String| {
        let whose = if note.ours.contains(value) { " (ours)" } else { "" };
        format!("{value}{whose}")
    };
    let values: Vec<String> = note.values.iter().map(named).collect();
    format!("{} {} {}", note.key, note.operator, values.join(" or "))
}

fn names(names: &[String]) -> String {
    if names.len() <= MOST_NAMES {
        return names.join(", ");
    }
    let listed = names.get(..MOST_NAMES).unwrap_or(names);
    format!("{} and {} more", listed.join(", "), names.len() - MOST_NAMES)
}

impl fmt::Display for Ruling {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match &self.decision {
            Decision::Allowed { .. } => "allowed",
            Decision::ExplicitDeny { .. } => "denied",
            Decision::ImplicitDeny { .. } => "not allowed",
        };
        writeln!(formatter, "{word}: {}", self.request)?;
        let mut places = self.places.iter();
        let mut write = |statement: &StatementRef| {
            let place: Option<Place> = places.next().copied().flatten();
            match place {
                Some(place) => writeln!(formatter, "  by {statement} ({place})"),
                None => writeln!(formatter, "  by {statement}"),
            }
        };
        match &self.decision {
            Decision::Allowed { by } => by.iter().try_for_each(&mut write)?,
            Decision::ExplicitDeny { by } => write(by)?,
            Decision::ImplicitDeny { missing } => {
                writeln!(formatter, "  no {missing} allows it")?;
                if self.resource_policy_allows == Some(true) {
                    writeln!(
                        formatter,
                        "  the resource's policy does its half: it would let the request in"
                    )?;
                }
            }
        }
        if let Some(hint) = &self.hint {
            writeln!(formatter, "  hint: {hint}")?;
        }
        if self.assumed_context.iter().next().is_some() {
            writeln!(formatter, "  taken as usual: {}", self.assumed_context)?;
        }
        self.missing_context
            .iter()
            .try_for_each(|missing| write_missing(formatter, missing))?;
        let is_idle = |missing: &&MissingKey| missing.changes_decision == MissingEffect::Never;
        let idle: Vec<&str> = self
            .missing_context
            .iter()
            .filter(is_idle)
            .map(|missing| &*missing.key)
            .collect();
        if !idle.is_empty() {
            writeln!(formatter, "  not given, and without consequence: {}", idle.join(", "))?;
        }
        self.notes
            .iter()
            .try_for_each(|note| writeln!(formatter, "  note: {note}"))
    }
}

/// A key that may decide, with the first statement that asks for it.
fn write_missing(formatter: &mut fmt::Formatter<'_>, missing: &MissingKey) -> fmt::Result {
    let consequence = match missing.changes_decision {
        MissingEffect::Never => return Ok(()),
        MissingEffect::Alone => "the answer depends on it",
        MissingEffect::WithOthers => "the answer depends on it together with others that were not given",
        MissingEffect::Unknown => "the answer may depend on it: there are too many combinations to try",
    };
    write!(formatter, "  not given: {}: {consequence}", missing.key)?;
    match missing.asked_by.first() {
        Some(statement) => writeln!(formatter, " ({statement})"),
        None => writeln!(formatter),
    }
}
