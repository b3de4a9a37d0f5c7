//! Whether what is shown as accepted is what people decided: the state of findings beside their decisions.
//!
//! Decisions are in the hash chain, the state of a finding is not: without this, whoever can write to the table of findings could
//! silence one without a trace.

use security_monkey_model::{FindingStatus, Timestamp};
use serde::Deserialize;

use super::VerifyReport;
use crate::db::{Row, Statement, statements};
use crate::decision::DecisionKind;
use crate::{Result, Store};

statements! {
    // With the last decision about each finding's acceptance, and the last that accepted it.
    ACCEPTED = "select finding.id, finding.rule, finding.subject, finding.status, finding.changed_at, justified_by, justified_why,
        justified_at, justified_until, d.kind as last_kind, j.author as decided_by, j.at as decided_at, j.body as decided
        from finding
        left join decision d on d.id = (select max(d2.id) from decision d2 where d2.finding = finding.id
            and d2.kind in ('justified', 'justification-revoked', 'justification-expired'))
        left join decision j on j.id = (select max(j2.id) from decision j2 where j2.finding = finding.id and j2.kind = 'justified')
        where finding.id > $1 and (justified_by is not null or finding.status = 'justified' or d.id is not null)
        order by finding.id limit $2";
}

/// Findings read at once.
const FINDINGS: i64 = 500;

/// The content of a decision that accepts a finding.
#[derive(Deserialize)]
struct Decided {
    reason: String,
    expires_at: Option<Timestamp>,
}

impl Store {
    pub(super) async fn verify_acceptances(&self, report: &mut VerifyReport) -> Result<()> {
        let mut after = 0;
        loop {
            let query = Statement::of(ACCEPTED).bind(after).bind(FINDINGS);
            let rows = self.db.fetch(query).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.integer("id")?;
            for row in &rows {
                if let Some(what) = check(row)? {
                    let (id, rule, subject) = (row.integer("id")?, row.text("rule")?, row.text("subject")?);
                    report.problem(format!("finding {id} of {rule} ({subject})"), what);
                }
            }
        }
    }
}

/// What is wrong with a finding's acceptance, if anything.
fn check(row: &Row) -> Result<Option<&'static str>> {
    let status = row.word("status", FindingStatus::parse)?;
    let last = row.optional_text("last_kind")?;
    let last = last.as_deref().and_then(DecisionKind::parse);
    let Some(by) = row.optional_text("justified_by")? else {
        return Ok(match (status, last) {
            (FindingStatus::Justified, _) => Some("it is shown as accepted, and by nobody"),
            (_, None | Some(DecisionKind::JustificationRevoked)) => None,
            (_, Some(_)) => Some("somebody accepted it, and it does not say so"),
        });
    };
    let until = row.optional_time("justified_until")?;
    if last == Some(DecisionKind::JustificationRevoked) {
        return Ok(Some("its acceptance was taken back, and it is still shown"));
    }
    let (Some(decided_by), Some(decided_at), Some(decided)) = (
        row.optional_text("decided_by")?,
        row.optional_time("decided_at")?,
        row.optional_text("decided")?,
    ) else {
        return Ok(Some("it is shown as accepted, and nobody decided so"));
    };
    let Ok(decided) = serde_json::from_str::<Decided>(&decided) else {
        return Ok(Some("the decision that accepted it cannot be read"));
    };
    let is_as_decided = by == decided_by
        && row.optional_time("justified_at")? == Some(decided_at)
        && row.optional_text("justified_why")?.as_deref() == Some(decided.reason.as_str())
        && until == decided.expires_at;
    if !is_as_decided {
        return Ok(Some("its acceptance is not what was decided"));
    }
    let is_over = last == Some(DecisionKind::JustificationExpired);
    // One that ran out is also noticed when the rule is evaluated, without a decision.
    let has_run_out =
        is_over || until.is_some_and(|until| row.time("changed_at").is_ok_and(|changed| until <= changed));
    Ok(match status {
        FindingStatus::Justified if is_over => Some("its acceptance ran out, and it is still shown as accepted"),
        FindingStatus::Open | FindingStatus::Reopened if !has_run_out => Some("it was accepted, and is shown as open"),
        _ => None,
    })
}
