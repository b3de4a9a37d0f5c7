//! Verdicts and findings: what a rule says, and the life of what it says.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::identifier::{InvalidId, RuleId, Subject};
use crate::user::UserEmail;

/// How bad: 0 to 10, set in the rule, overridable per rule and account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

impl schemars::JsonSchema for Score {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Score".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "minimum": 0, "maximum": 10, "description": "How bad: 0 informational, 1-3 low, 4-6 medium, 7-8 high, 9-10 critical" })
    }
}

impl Score {
    /// A score from 0 to 10.
    ///
    /// # Errors
    /// Above 10.
    pub fn new(value: u8) -> Result<Self, InvalidId> {
        if value <= 10 {
            Ok(Self(value))
        } else {
            Err(InvalidId::new("a score", &value.to_string(), "0 to 10"))
        }
    }

    /// The number.
    pub const fn value(self) -> u8 {
        self.0
    }

    /// The label people read.
    pub const fn severity(self) -> Severity {
        match self.0 {
            0 => Severity::Informational,
            1..=3 => Severity::Low,
            4..=6 => Severity::Medium,
            7..=8 => Severity::High,
            _ => Severity::Critical,
        }
    }
}

impl TryFrom<u8> for Score {
    type Error = InvalidId;
    fn try_from(value: u8) -> Result<Self, Self::Error> {
        Self::new(value)
    }
}

impl From<Score> for u8 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// A score's label: 0 informational, 1-3 low, 4-6 medium, 7-8 high, 9-10 critical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Score 0.
    Informational,
    /// Scores 1 to 3.
    Low,
    /// Scores 4 to 6.
    Medium,
    /// Scores 7 and 8.
    High,
    /// Scores 9 and 10.
    Critical,
}

impl Severity {
    /// All labels, mildest first.
    pub const ALL: [Self; 5] = [Self::Informational, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The label's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The label with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }

    /// The lowest score with this label.
    pub const fn least_score(self) -> Score {
        Score(match self {
            Self::Informational => 0,
            Self::Low => 1,
            Self::Medium => 4,
            Self::High => 7,
            Self::Critical => 9,
        })
    }
}

/// One failing subject, as a rule's evaluation states it. Its identity is (rule, resource, subject), never text, never score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluatedFinding {
    /// The part of the resource at fault.
    pub subject: Subject,
    /// One sentence for people; may change its wording without becoming another finding.
    pub message: String,
    /// The path in the document (or the value) that shows it; any JSON.
    pub evidence: serde_json::Value,
    /// The score of this finding: the rule's, unless the rule grades its findings.
    pub score: Score,
}

/// What a rule says of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// Looked, and found nothing.
    Pass,
    /// Found these; never empty.
    Fail {
        /// One or more, with distinct subjects.
        findings: Vec<EvaluatedFinding>,
    },
    /// The rule has nothing to say of this resource.
    NotApplicable {
        /// Why not, for people.
        reason: String,
    },
    /// The rule could not be evaluated, or not on all of the resource: an error, a budget, a missing input. Resolves nothing.
    Unknown {
        /// What was missing or went wrong.
        reason: String,
        /// What is at fault whatever the missing part says, with distinct subjects. Opens and stays as that of a failure does.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        findings: Vec<EvaluatedFinding>,
    },
}

impl Verdict {
    /// *Unknown*, with nothing proven.
    pub const fn unknown(reason: String) -> Self {
        let findings = Vec::new();
        Self::Unknown { reason, findings }
    }

    /// What is at fault for certain.
    pub fn findings(&self) -> &[EvaluatedFinding] {
        match self {
            Self::Pass | Self::NotApplicable { .. } => &[],
            Self::Fail { findings } | Self::Unknown { findings, .. } => findings,
        }
    }

    /// Whether what was at fault before and is not named now is mended.
    pub const fn resolves_the_rest(&self) -> bool {
        match self {
            Self::Pass | Self::Fail { .. } | Self::NotApplicable { .. } => true,
            Self::Unknown { .. } => false,
        }
    }

    /// The verdict without its details.
    pub const fn kind(&self) -> VerdictKind {
        match self {
            Self::Pass => VerdictKind::Pass,
            Self::Fail { .. } => VerdictKind::Fail,
            Self::NotApplicable { .. } => VerdictKind::NotApplicable,
            Self::Unknown { .. } => VerdictKind::Unknown,
        }
    }
}

/// The four verdicts, as texts of API and database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// Looked, and found nothing.
    Pass,
    /// At least one finding.
    Fail,
    /// Nothing to say.
    NotApplicable,
    /// Could not tell.
    Unknown,
}

impl VerdictKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Pass, Self::Fail, Self::NotApplicable, Self::Unknown];

    /// The kind's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
            Self::Unknown => "unknown",
        }
    }

    /// The kind with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One rule evaluated on one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The rule.
    pub rule: RuleId,
    /// What it says.
    pub verdict: Verdict,
}

/// The life of a finding; the other axis than the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingStatus {
    /// At fault now, nobody accepted it.
    Open,
    /// At fault now, and a person accepted it (until the justification expires).
    Justified,
    /// No longer at fault.
    Resolved,
    /// At fault again after it was resolved; as open as open.
    Reopened,
}

impl FindingStatus {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Open, Self::Justified, Self::Resolved, Self::Reopened];

    /// The state's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Justified => "justified",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
        }
    }

    /// The state with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// A person accepts one finding: who, why, until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Justification {
    /// Who decided.
    pub by: UserEmail,
    /// Why; never empty.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Until when it holds; none: until revoked.
    pub expires_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_has_the_label_of_the_style_guide() {
        let labels: Vec<_> = (0..=10)
            .map(|value| Score::new(value).unwrap().severity().as_str())
            .collect();
        assert_eq!(
            labels,
            [
                "informational",
                "low",
                "low",
                "low",
                "medium",
                "medium",
                "medium",
                "high",
                "high",
                "critical",
                "critical"
            ]
        );
        assert!(Score::new(11).is_err());
        for severity in Severity::ALL {
            assert_eq!(severity.least_score().severity(), severity);
        }
    }
}
