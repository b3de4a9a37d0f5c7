//! Whether what is shown as accepted is what people decided: the state of findings beside their decisions.
//!
//! Decisions are in the hash chain, the state of a finding is not: without this, whoever can write to the table of findings could
//! silence one without a trace.

use std::collections::BTreeSet;

use security_monkey_model::FindingStatus;

use super::VerifyReport;
use super::decided::{Acceptance, Decided, acceptance};
use crate::db::{Builder, Row, Statement, Transaction, statements};
use crate::decision::DecisionKind;
use crate::{Result, Store};

statements! {
    ACCEPTED = "select id, rule, subject, status, changed_at, justified_by, justified_why, justified_at, justified_until from finding
        where id > $1 and (justified_by is not null or status = 'justified') order by id limit $2";
}

/// Findings read at once.
const FINDINGS: usize = 500;

impl Store {
    pub(super) async fn verify_acceptances(
        &self,
        snapshot: &mut Transaction,
        decided: &Decided,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let mut left: BTreeSet<i64> = decided.acceptances.keys().copied().collect();
        let mut after = 0;
        loop {
            let query = Statement::of(ACCEPTED)
                .bind(after)
                .bind(i64::try_from(FINDINGS).unwrap_or(1));
            let rows = snapshot.fetch(query).await?;
            let Some(last) = rows.last() else { break };
            after = last.integer("id")?;
            for row in &rows {
                left.remove(&row.integer("id")?);
                examine(row, decided, report)?;
            }
        }
        // Those that somebody decided about, and that do not say so: right when the acceptance was taken back.
        let ids: Vec<i64> = left.iter().copied().collect();
        for ids in ids.chunks(FINDINGS) {
            let mut query = Builder::new(
                "select id, rule, subject, status, changed_at, justified_by, justified_why, justified_at, justified_until
                from finding where id in ",
            );
            for row in snapshot.fetch(query.list(ids.iter().copied()).build()).await? {
                left.remove(&row.integer("id")?);
                examine(&row, decided, report)?;
            }
        }
        for id in left {
            report.problem(format!("finding {id}"), "somebody decided about it, and it is gone");
        }
        Ok(())
    }
}

fn examine(row: &Row, decided: &Decided, report: &mut VerifyReport) -> Result<()> {
    let id = row.integer("id")?;
    if let Some(what) = check(row, decided.acceptances.get(&id))? {
        let (rule, subject) = (row.text("rule")?, row.text("subject")?);
        report.problem(format!("finding {id} of {rule} ({subject})"), what);
    }
    Ok(())
}

/// What is wrong with a finding's acceptance, if anything.
fn check(row: &Row, decided: Option<&Acceptance>) -> Result<Option<&'static str>> {
    let status = row.word("status", FindingStatus::parse)?;
    let last = decided.map(|decided| decided.last);
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
    let Some(accepted) = decided.and_then(|decided| decided.accepted) else {
        return Ok(Some("it is shown as accepted, and nobody decided so"));
    };
    let why = row.optional_text("justified_why")?.unwrap_or_default();
    let at = row.optional_time("justified_at")?;
    if at.is_none_or(|at| acceptance(&by, at, &why, until) != accepted) {
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
