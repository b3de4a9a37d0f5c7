//! Evaluations become verdicts and findings: who opens, stays, resolves or comes back.
//!
//! A finding is (rule, resource, subject). A rule that passes or does not apply resolves its findings of the resource; one that could not
//! tell resolves none, and opens what it could prove all the same; one that was not evaluated changes none. A justification stays with its finding through all of that.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_model::{
    AccountId, Evaluation, EventBody, FindingStatus, RuleId, Score, Severity, Subject, Timestamp, Verdict, VerdictKind,
};

use super::{Identity, RuleFacts, json};
use crate::db::{Builder, Param, Row, Statement, Transaction, statements};
use crate::{FindingId, ResourceRow, Result};

/// Longest reason of a verdict that is kept.
const MOST_REASON: usize = 2_000;

statements! {
    SETTINGS = "select rule, account, is_disabled, score from rule_setting";
}

/// One resource and what the rules said of it.
pub(crate) struct Evaluated {
    pub(crate) resource: Identity,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) ruleset: Option<security_monkey_model::Digest>,
    /// Paths that could not be read, where that has changed.
    pub(crate) unread: Option<String>,
}

/// What applying evaluations did.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) events: Vec<EventBody>,
    pub(crate) opened: usize,
    pub(crate) resolved: usize,
}

/// A finding as the database holds it.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) id: FindingId,
    pub(crate) row: ResourceRow,
    pub(crate) rule: RuleId,
    pub(crate) subject: Subject,
    pub(crate) message: String,
    evidence: String,
    pub(crate) score: i64,
    pub(crate) rule_score: i64,
    pub(crate) status: FindingStatus,
    changed_at: Timestamp,
    is_justified: bool,
    justified_until: Option<Timestamp>,
}

/// The columns of [`Held`].
pub(crate) const HELD: &str =
    "finding.id, finding.resource, finding.rule, finding.subject, finding.message, finding.evidence,
    finding.score, finding.rule_score, finding.status, finding.changed_at, finding.justified_by, finding.justified_until";

/// What a finding's `changed_at` becomes at the instant `$at`: see [`Held::instant`].
pub(crate) fn push_changed_at(query: &mut Builder, at: Timestamp) {
    query
        .push("case when changed_at > ")
        .value(at)
        .push(" then changed_at else ")
        .value(at)
        .push(" end");
}

impl Held {
    pub(crate) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            id: FindingId(row.integer("id")?),
            row: ResourceRow(row.integer("resource")?),
            rule: row.id("rule")?,
            subject: row.id("subject")?,
            message: row.text("message")?,
            evidence: row.text("evidence")?,
            score: row.integer("score")?,
            rule_score: row.integer("rule_score")?,
            status: row.word("status", FindingStatus::parse)?,
            changed_at: row.time("changed_at")?,
            is_justified: row.optional_text("justified_by")?.is_some(),
            justified_until: row.optional_time("justified_until")?,
        })
    }

    /// The instant at which something happens to this finding: never before what happened to it last. Processes that share a database
    /// have clocks of their own; without this, one that is behind would bring an acceptance back that another has seen run out.
    pub(crate) fn instant(&self, at: Timestamp) -> Timestamp {
        at.max(self.changed_at)
    }

    /// The step to another status.
    pub(crate) fn step_to(&self, status: FindingStatus, at: Timestamp) -> Step {
        Step {
            id: self.id,
            at: self.instant(at),
            status,
            score: self.score,
            message: self.message.clone(),
        }
    }

    /// Whether an acceptance is in force at this instant.
    fn is_accepted(&self, at: Timestamp) -> bool {
        self.is_justified && self.justified_until.is_none_or(|until| until > self.instant(at))
    }

    /// The state of this finding now that it is at fault.
    pub(crate) fn status_at_fault(&self, at: Timestamp) -> FindingStatus {
        match self.status {
            _ if self.is_accepted(at) => FindingStatus::Justified,
            FindingStatus::Justified => FindingStatus::Open,
            FindingStatus::Resolved => FindingStatus::Reopened,
            same => same,
        }
    }

    pub(crate) fn score(&self) -> Score {
        as_score(self.score)
    }
}

pub(crate) fn as_score(number: i64) -> Score {
    // Only scores are ever written; whatever else stands there is shown as the worst.
    u8::try_from(number)
        .ok()
        .and_then(|number| Score::new(number).ok())
        .unwrap_or(Severity::Critical.least_score())
}

pub(crate) const fn is_live(status: FindingStatus) -> bool {
    matches!(status, FindingStatus::Open | FindingStatus::Reopened)
}

/// A finding that becomes something else.
pub(crate) struct Step {
    pub(crate) id: FindingId,
    pub(crate) at: Timestamp,
    pub(crate) status: FindingStatus,
    pub(crate) score: i64,
    pub(crate) message: String,
}

/// What the operator decided about rules, by rule and account.
pub(crate) struct Settings(BTreeMap<(String, String), (bool, Option<i64>)>);

impl Settings {
    pub(crate) async fn read(transaction: &mut Transaction) -> Result<Self> {
        let mut found = BTreeMap::new();
        for row in transaction.fetch(Statement::of(SETTINGS)).await? {
            let setting = (row.is_true("is_disabled")?, row.optional_integer("score")?);
            found.insert((row.text("rule")?, row.text("account")?), setting);
        }
        Ok(Self(found))
    }

    /// Whether the rule is off in the account, and its score there.
    pub(crate) fn of(&self, rule: &RuleId, account: &AccountId) -> (bool, Option<i64>) {
        let of = |account: &str| self.0.get(&(rule.as_str().to_owned(), account.to_owned()));
        of(account.as_str())
            .or_else(|| of(""))
            .copied()
            .unwrap_or((false, None))
    }
}

/// Everything that one call of [`apply`] will write.
#[derive(Default)]
struct Writes {
    new: BTreeMap<(ResourceRow, RuleId, Subject), New>,
    updates: Vec<[Param; 9]>,
    steps: Vec<Step>,
    verdicts: Vec<[Param; 5]>,
    affected: BTreeSet<ResourceRow>,
    rulesets: Vec<[Param; 2]>,
    unread: Vec<[Param; 2]>,
    outcome: Outcome,
}

struct New {
    score: i64,
    rule_score: i64,
    message: String,
    evidence: String,
}

/// Applies evaluations in a transaction; the events it returns are still to be written.
pub(crate) async fn apply(
    transaction: &mut Transaction,
    evaluated: &[Evaluated],
    rules: &RuleFacts,
    at: Timestamp,
) -> Result<Outcome> {
    if evaluated.is_empty() {
        return Ok(Outcome::default());
    }
    let settings = Settings::read(transaction).await?;
    let rows: Vec<ResourceRow> = evaluated.iter().map(|evaluated| evaluated.resource.row).collect();
    let held = held(transaction, &rows).await?;
    let verdicts = verdicts(transaction, &rows).await?;
    let mut writes = Writes::default();
    for evaluated in evaluated {
        let resource = &evaluated.resource;
        for evaluation in &evaluated.evaluations {
            let (is_disabled, score) = settings.of(&evaluation.rule, &resource.key.scope.account);
            let disabled = Verdict::NotApplicable {
                reason: "the rule is switched off".to_owned(),
            };
            let verdict = if is_disabled { &disabled } else { &evaluation.verdict };
            let of_rule = (resource.row, evaluation.rule.clone());
            writes.verdict(&of_rule, verdict, verdicts.get(&of_rule), at);
            let before = held.get(&of_rule).map_or(&[][..], Vec::as_slice);
            writes.findings(resource, &evaluation.rule, verdict, before, score, rules, at)?;
        }
        if let Some(ruleset) = &evaluated.ruleset {
            writes.rulesets.push([resource.row.into(), ruleset.into()]);
        }
        if let Some(unread) = &evaluated.unread {
            writes.unread.push([resource.row.into(), unread.as_str().into()]);
        }
    }
    write(transaction, writes, evaluated, rules, at).await
}

async fn held(
    transaction: &mut Transaction,
    rows: &[ResourceRow],
) -> Result<BTreeMap<(ResourceRow, RuleId), Vec<Held>>> {
    let mut query = Builder::new("select ");
    query
        .push(HELD)
        .push(" from finding where resource in ")
        .list(rows.iter().copied());
    let mut found: BTreeMap<_, Vec<Held>> = BTreeMap::new();
    for row in transaction.fetch(query.build()).await? {
        let held = Held::read(&row)?;
        found.entry((held.row, held.rule.clone())).or_default().push(held);
    }
    Ok(found)
}

async fn verdicts(
    transaction: &mut Transaction,
    rows: &[ResourceRow],
) -> Result<BTreeMap<(ResourceRow, RuleId), (VerdictKind, String)>> {
    let mut query = Builder::new("select resource, rule, verdict, reason from verdict where resource in ");
    query.list(rows.iter().copied());
    let mut found = BTreeMap::new();
    for row in transaction.fetch(query.build()).await? {
        let key = (ResourceRow(row.integer("resource")?), row.id("rule")?);
        found.insert(key, (row.word("verdict", VerdictKind::parse)?, row.text("reason")?));
    }
    Ok(found)
}

impl Writes {
    /// A verdict is written when it differs from the one before.
    fn verdict(
        &mut self,
        (row, rule): &(ResourceRow, RuleId),
        verdict: &Verdict,
        before: Option<&(VerdictKind, String)>,
        at: Timestamp,
    ) {
        let reason: String = match verdict {
            Verdict::Pass | Verdict::Fail { .. } => String::new(),
            Verdict::NotApplicable { reason } | Verdict::Unknown { reason, .. } => {
                reason.chars().take(MOST_REASON).collect()
            }
        };
        let reason = reason.replace('\0', "\u{fffd}");
        if before.is_none_or(|(kind, why)| *kind != verdict.kind() || *why != reason) {
            self.verdicts.push([
                (*row).into(),
                rule.as_str().into(),
                verdict.kind().as_str().into(),
                reason.into(),
                at.into(),
            ]);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one caller, which owns all of it")]
    fn findings(
        &mut self,
        resource: &Identity,
        rule: &RuleId,
        verdict: &Verdict,
        before: &[Held],
        override_score: Option<i64>,
        rules: &RuleFacts,
        at: Timestamp,
    ) -> Result<()> {
        let mut subjects: BTreeSet<&Subject> = BTreeSet::new();
        for finding in verdict.findings() {
            if !subjects.insert(&finding.subject) {
                continue; // The auditor refuses a rule that says this; the first is kept.
            }
            let rule_score = i64::from(finding.score.value());
            let new = New {
                score: override_score.unwrap_or(rule_score),
                rule_score,
                message: finding.message.replace('\0', "\u{fffd}"),
                evidence: json(&finding.evidence)?,
            };
            match before.iter().find(|held| held.subject == finding.subject) {
                Some(held) => self.still_at_fault(resource, held, &new, rules, at),
                None => {
                    self.new
                        .insert((resource.row, rule.clone(), finding.subject.clone()), new);
                }
            }
        }
        let resolves = verdict.resolves_the_rest();
        for held in before.iter().filter(|_| resolves) {
            if held.status != FindingStatus::Resolved && !subjects.contains(&held.subject) {
                self.resolve(resource, held, rules, at);
            }
        }
        Ok(())
    }

    fn still_at_fault(&mut self, resource: &Identity, held: &Held, new: &New, rules: &RuleFacts, at: Timestamp) {
        let status = held.status_at_fault(at);
        let is_same = status == held.status && new.score == held.score;
        if is_same && new.rule_score == held.rule_score && new.message == held.message && new.evidence == held.evidence
        {
            return;
        }
        self.update(resource, held, status, new, at);
        if !is_same {
            self.step(resource, held, status, new, rules, at);
        }
        if status != held.status && is_live(status) {
            self.outcome.opened += 1;
        }
    }

    fn resolve(&mut self, resource: &Identity, held: &Held, rules: &RuleFacts, at: Timestamp) {
        let same = New {
            score: held.score,
            rule_score: held.rule_score,
            message: held.message.clone(),
            evidence: held.evidence.clone(),
        };
        self.update(resource, held, FindingStatus::Resolved, &same, at);
        self.step(resource, held, FindingStatus::Resolved, &same, rules, at);
        self.outcome.resolved += 1;
    }

    fn update(&mut self, resource: &Identity, held: &Held, status: FindingStatus, new: &New, at: Timestamp) {
        self.updates.push([
            held.id.into(),
            new.message.as_str().into(),
            new.evidence.as_str().into(),
            search_text(resource, &held.rule, &held.subject, &new.message).into(),
            new.score.into(),
            new.rule_score.into(),
            status.as_str().into(),
            is_live(status).into(),
            Some(held.instant(at)).filter(|_| status != held.status).into(),
        ]);
        self.affected.insert(resource.row);
    }

    fn step(
        &mut self,
        resource: &Identity,
        held: &Held,
        status: FindingStatus,
        new: &New,
        rules: &RuleFacts,
        at: Timestamp,
    ) {
        let (score, message) = (new.score, new.message.as_str());
        self.steps.push(Step {
            score,
            message: message.to_owned(),
            ..held.step_to(status, at)
        });
        if status != held.status {
            let event = finding_event(
                held.id,
                resource,
                &held.rule,
                &held.subject,
                message,
                score,
                status,
                rules,
            );
            self.outcome.events.push(event);
        }
    }
}

/// What the findings' search looks at.
fn search_text(resource: &Identity, rule: &RuleId, subject: &Subject, message: &str) -> String {
    let arn = resource.arn.as_deref().unwrap_or_default();
    format!(
        "{message}\n{subject}\n{rule}\n{}\n{arn}\n{}",
        resource.name, resource.key.id
    )
    .to_lowercase()
}

#[expect(clippy::too_many_arguments, reason = "an event has that many parts")]
pub(crate) fn finding_event(
    id: FindingId,
    resource: &Identity,
    rule: &RuleId,
    subject: &Subject,
    message: &str,
    score: i64,
    status: FindingStatus,
    rules: &RuleFacts,
) -> EventBody {
    EventBody::FindingChanged {
        finding: id.0,
        resource: resource.key.clone(),
        name: resource.name.clone(),
        arn: resource.arn.clone(),
        rule: rule.clone(),
        title: rules
            .get(rule)
            .map_or_else(|| rule.to_string(), |fact| fact.title.clone()),
        subject: subject.clone(),
        message: message.to_owned(),
        score: as_score(score),
        status,
    }
}

async fn write(
    transaction: &mut Transaction,
    writes: Writes,
    evaluated: &[Evaluated],
    rules: &RuleFacts,
    at: Timestamp,
) -> Result<Outcome> {
    let Writes {
        new,
        updates,
        mut steps,
        verdicts,
        mut affected,
        rulesets,
        unread,
        mut outcome,
    } = writes;
    let identities: BTreeMap<ResourceRow, &Identity> = evaluated
        .iter()
        .map(|evaluated| (evaluated.resource.row, &evaluated.resource))
        .collect();
    let mut rows: Vec<[Param; 14]> = Vec::with_capacity(new.len());
    for ((row, rule, subject), new) in &new {
        let Some(resource) = identities.get(row) else { continue };
        rows.push([
            (*row).into(),
            resource.key.scope.account.as_str().into(),
            resource.home_region.as_str().into(),
            resource.key.scope.technology.as_str().into(),
            rule.as_str().into(),
            subject.as_str().into(),
            new.message.as_str().into(),
            new.evidence.as_str().into(),
            search_text(resource, rule, subject, &new.message).into(),
            new.score.into(),
            new.rule_score.into(),
            FindingStatus::Open.as_str().into(),
            at.into(),
            at.into(),
        ]);
        affected.insert(*row);
    }
    let head =
        "insert into finding (resource, account, home_region, technology, rule, subject, message, evidence, search,
        score, rule_score, status, opened_at, changed_at)";
    for row in transaction
        .insert(head, rows, "returning id, resource, rule, subject")
        .await?
    {
        let id = FindingId(row.integer("id")?);
        let key = (
            ResourceRow(row.integer("resource")?),
            row.id("rule")?,
            row.id("subject")?,
        );
        let (Some(resource), Some(new)) = (identities.get(&key.0), new.get(&key)) else {
            continue;
        };
        let status = FindingStatus::Open;
        outcome.opened += 1;
        let event = finding_event(id, resource, &key.1, &key.2, &new.message, new.score, status, rules);
        outcome.events.push(event);
        steps.push(Step {
            id,
            at,
            status,
            score: new.score,
            message: new.message.clone(),
        });
    }
    let head = "update finding set message = v.column2, evidence = v.column3, search = v.column4, score = v.column5,
        rule_score = v.column6, status = v.column7, is_live = v.column8, changed_at = coalesce(v.column9, changed_at) from (";
    transaction
        .update(head, updates, ") as v where finding.id = v.column1")
        .await?;
    write_steps(transaction, steps).await?;
    let head = "insert into verdict (resource, rule, verdict, reason, since)";
    let tail = "on conflict (resource, rule) do update set verdict = excluded.verdict, reason = excluded.reason,
        since = case when verdict.verdict = excluded.verdict then verdict.since else excluded.since end";
    transaction.insert(head, verdicts, tail).await?;
    let head = "update resource set ruleset = v.column2 from (";
    let tail = ") as v where resource.id = v.column1 and (ruleset is null or ruleset <> v.column2)";
    transaction.update(head, rulesets, tail).await?;
    let head = "update resource set unread = v.column2 from (";
    transaction
        .update(head, unread, ") as v where resource.id = v.column1")
        .await?;
    refresh_scores(transaction, affected.into_iter().collect()).await?;
    Ok(outcome)
}

pub(crate) async fn write_steps(transaction: &mut Transaction, steps: Vec<Step>) -> Result<()> {
    let rows: Vec<[Param; 5]> = steps
        .into_iter()
        .map(|step| {
            let Step {
                id,
                at,
                status,
                score,
                message,
            } = step;
            [
                id.into(),
                at.into(),
                status.as_str().into(),
                score.into(),
                message.into(),
            ]
        })
        .collect();
    transaction
        .insert(
            "insert into finding_change (finding, at, status, score, message)",
            rows,
            "",
        )
        .await?;
    Ok(())
}

/// Counts the findings of these resources again for the list.
pub(crate) async fn refresh_scores(transaction: &mut Transaction, rows: Vec<ResourceRow>) -> Result<()> {
    for rows in rows.chunks(500) {
        let mut query = Builder::new(
            "update resource set
                highest_score = coalesce((select max(f.score) from finding f where f.resource = resource.id and f.is_live = 1), -1),
                open_findings = (select count(*) from finding f where f.resource = resource.id and f.is_live = 1),
                justified_findings = (select count(*) from finding f where f.resource = resource.id and f.status = 'justified')
            where id in ",
        );
        query.list(rows.iter().copied());
        transaction.execute(query.build()).await?;
    }
    Ok(())
}
