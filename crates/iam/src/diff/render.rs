//! A difference in words.

use std::fmt;

use super::{Delta, Direction, PolicyDiff};

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Neutral => "neutral: nobody gains or loses anything",
            Self::Widened => "widened: it allows more than before",
            Self::Narrowed => "narrowed: it allows less than before",
            Self::Both => "both: it allows some that it did not, and no longer some that it did",
            Self::Undecided => "undecided: it may allow some that it did not",
        })
    }
}

impl fmt::Display for PolicyDiff {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.direction {
            Direction::Undecided if self.lost.is_empty() => {
                formatter.write_str("undecided: the texts differ, and no request was found that tells them apart\n")?;
            }
            Direction::Undecided => {
                formatter.write_str(
                    "undecided: it no longer allows some that it did, and may allow some that it did not\n",
                )?;
            }
            direction => writeln!(formatter, "{direction}")?,
        }
        self.gained
            .iter()
            .try_for_each(|delta| write_delta(formatter, delta, '+', "new"))?;
        self.lost
            .iter()
            .try_for_each(|delta| write_delta(formatter, delta, '-', "old"))?;
        if !self.is_complete {
            writeln!(
                formatter,
                "\nThe policies are too large or their variables too open to try everything: there may be more than this."
            )?;
        }
        Ok(())
    }
}

fn write_delta(formatter: &mut fmt::Formatter<'_>, delta: &Delta, sign: char, side: &str) -> fmt::Result {
    write!(formatter, "\n{sign} ")?;
    if !delta.principals.is_empty() {
        write!(formatter, "{} may ", delta.principals.join(", "))?;
    }
    write!(formatter, "{}", delta.actions.join(", "))?;
    if delta.resources.iter().any(|resource| !resource.is_empty()) {
        write!(formatter, " on {}", delta.resources.join(", "))?;
    }
    writeln!(formatter)?;
    for condition in &delta.conditions {
        writeln!(formatter, "    only if {condition}")?;
    }
    match delta.sid.as_deref().filter(|sid| !sid.is_empty()) {
        Some(sid) => writeln!(formatter, "    by statement \"{sid}\" of the {side} policy")?,
        None => writeln!(
            formatter,
            "    by statement {} of the {side} policy",
            delta.statement + 1
        )?,
    }
    let by = if delta.is_action_published {
        ""
    } else {
        ", only by an action that AWS has not published"
    };
    writeln!(formatter, "    for example{by}: {}", delta.witness)
}
