//! What can be wrong with a policy document, with its place and what AWS would say.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::document::Span;

/// Something in a policy document that AWS would refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of problem.
    pub code: ProblemCode,
    /// JSON path of the place, `Statement[0].Principal.AWS[1]`; empty for the whole document.
    pub path: String,
    /// Where in the source text (the decoded text, where it was percent-encoded).
    pub span: Span,
    /// Line and column of that place, for people; `None` where the policy was not read from text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What is wrong and what to do.
    pub message: String,
    /// The code and, where they are known, the words of AWS's answer to a policy with this problem.
    pub aws_says: String,
}

/// A place in a text, both numbers from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        formatter.write_str(&self.message)?;
        match self.place {
            Some(place) => write!(formatter, " ({place})"),
            None => Ok(()),
        }
    }
}

/// Kinds of problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// Not JSON at all.
    NotJson,
    /// Percent-encoded, as IAM's API returns it.
    PercentEncoded,
    /// Inside of something else: of what AWS's command line prints, or of a string.
    Wrapped,
    /// A value of the wrong JSON type.
    WrongType,
    /// An element that does not exist or may not stand here.
    UnknownElement,
    /// An element in other letter case than AWS's.
    LetterCase,
    /// A member that stands twice in one object.
    DuplicateMember,
    /// An element that must be there.
    MissingElement,
    /// Two elements that exclude each other.
    ConflictingElements,
    /// An `Effect`, `Version`, action, ARN or principal that does not have the required form.
    InvalidValue,
    /// A condition operator that does not exist.
    UnknownOperator,
    /// A Sid that stands twice.
    DuplicateSid,
    /// Larger than AWS accepts.
    TooLarge,
    /// A form that AWS no longer accepts.
    LegacyForm,
}

/// The policy cannot be read: every problem found, in the order of the text; past [`super::MOST_PROBLEMS`] they are not listed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ParseError {
    /// At least one problem.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            write!(formatter, "{problem}; AWS would answer \"{}\"", problem.aws_says)?;
        }
        Ok(())
    }
}
