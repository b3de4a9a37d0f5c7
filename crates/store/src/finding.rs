//! Findings and verdicts: what is at fault, since when, and whether somebody accepted it.

use security_monkey_model::{
    AccountId, FindingStatus, Justification, Region, ResourceKey, RuleId, Scope, Score, Subject, TechnologyId,
    Timestamp, UserEmail, VerdictKind,
};

use crate::chain::Leaves;
use crate::db::{Builder, Row, Statement, Transaction, containing, statements};
use crate::decision::{DecisionKind, NewDecision, written};
use crate::record::deletion::resolve;
use crate::record::evaluation::{HELD, Held, as_score, finding_event, push_changed_at, refresh_scores, write_steps};
use crate::record::{IDENTITY, Identity, RuleFacts, read_key};
use crate::{Author, Cursor, FindingId, Page, PageOf, ResourceRow, Result, Store, StoreError};

statements! {
    HISTORY = "select at, status, score, message from finding_change where finding = $1 order by at, id";
    VERDICTS = "select rule, verdict, reason, since from verdict where resource = $1 order by rule";
    REVOKE = "update finding set justified_by = null, justified_why = null, justified_at = null, justified_until = null,
        changed_at = case when status = 'justified' and changed_at < $2 then $2 else changed_at end,
        is_live = case when status = 'justified' then 1 else is_live end,
        status = case when status = 'justified' then 'open' else status end
        where id = $1 and justified_by is not null";
    EXPIRED = "select id from finding where status = 'justified' and justified_until is not null and justified_until <= $1
        order by id limit 500";
    UNKNOWN = "select account, region, technology, count(*) as unknown from verdict join resource on resource.id = verdict.resource
        where verdict.verdict = 'unknown' and is_active = 1 group by account, region, technology order by account, technology, region";
    FORGET_VERDICTS = "delete from verdict where rule = $1";
    RULES = "select distinct rule from finding where status <> 'resolved' order by rule";
}

/// Which findings are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FindingFilter {
    /// In one of these states.
    pub statuses: Vec<FindingStatus>,
    /// In these accounts.
    pub accounts: Vec<AccountId>,
    /// On resources living in these regions.
    pub regions: Vec<Region>,
    /// On these technologies.
    pub technologies: Vec<TechnologyId>,
    /// Of these rules.
    pub rules: Vec<RuleId>,
    /// Of at least this score.
    pub min_score: Option<Score>,
    /// Of at most this score.
    pub max_score: Option<Score>,
    /// On this resource.
    pub resource: Option<ResourceRow>,
    /// Message, subject, rule, resource name or ARN contains this, ignoring case.
    pub text: Option<String>,
    /// As of this instant: the findings there were then, with status, score and message of then. Everything else speaks of now.
    pub as_of: Option<Timestamp>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingSummary {
    /// Its number.
    pub id: FindingId,
    /// The resource's number.
    pub resource: ResourceRow,
    /// The resource.
    pub key: ResourceKey,
    /// What people call the resource.
    pub name: String,
    /// The resource's ARN, if it has one.
    pub arn: Option<String>,
    /// Where the resource lives.
    pub home_region: Region,
    /// The rule.
    pub rule: RuleId,
    /// The part at fault.
    pub subject: Subject,
    /// One sentence.
    pub message: String,
    /// What shows it.
    pub evidence: serde_json::Value,
    /// How bad, overrides applied.
    pub score: Score,
    /// How bad by the rule itself.
    pub rule_score: Score,
    /// Where in its life it is.
    pub status: FindingStatus,
    /// When it was first found.
    pub opened_at: Timestamp,
    /// When its status last changed.
    pub changed_at: Timestamp,
    /// The acceptance in force, or one that ran out and was not renewed (then the status is open again).
    pub justification: Option<Justification>,
}

/// One step in a finding's life.
#[derive(Debug, Clone, PartialEq)]
pub struct FindingChange {
    /// When.
    pub at: Timestamp,
    /// What it became.
    pub status: FindingStatus,
    /// Its score then.
    pub score: Score,
    /// Its message then.
    pub message: String,
}

/// What a rule last said of a resource.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleVerdict {
    /// The rule.
    pub rule: RuleId,
    /// What it said.
    pub verdict: VerdictKind,
    /// Why not applicable or unknown; empty otherwise.
    pub reason: String,
    /// Since when it says so.
    pub since: Timestamp,
}

/// Most findings that one call justifies.
const MOST_AT_ONCE: usize = 1_000;
/// Justifications that one transaction lets expire, findings that one resolves.
const CHUNK: usize = 500;

const SUMMARY: &str =
    "select finding.id, finding.resource, finding.account, resource.region, finding.technology, resource.aws_id,
    resource.name, resource.arn, finding.home_region, rule, subject, evidence, rule_score, opened_at,
    finding.changed_at, justified_by, justified_why, justified_at, justified_until";
const NOW: &str = ", finding.message, finding.score, finding.status
    from finding join resource on resource.id = finding.resource";
const THEN: &str = ", finding_change.message, finding_change.score, finding_change.status
    from finding join resource on resource.id = finding.resource
    join finding_change on finding_change.id = (select h.id from finding_change h where h.finding = finding.id and h.at <= ";

fn read_summary(row: &Row) -> Result<FindingSummary> {
    let justification = match (row.optional_text("justified_by")?, row.optional_time("justified_at")?) {
        (Some(by), Some(at)) => Some(Justification {
            // The operator at the command line has no address.
            by: if by == "system" {
                UserEmail::parse("system@localhost")
            } else {
                UserEmail::parse(&by)
            }
            .map_err(|error| StoreError::Corrupt(error.to_string()))?,
            reason: row.optional_text("justified_why")?.unwrap_or_default(),
            at,
            expires_at: row.optional_time("justified_until")?,
        }),
        _ => None,
    };
    Ok(FindingSummary {
        id: FindingId(row.integer("id")?),
        resource: ResourceRow(row.integer("resource")?),
        key: read_key(row)?,
        name: row.text("name")?,
        arn: row.optional_text("arn")?,
        home_region: row.id("home_region")?,
        rule: row.id("rule")?,
        subject: row.id("subject")?,
        message: row.text("message")?,
        evidence: row.json("evidence")?,
        score: as_score(row.integer("score")?),
        rule_score: as_score(row.integer("rule_score")?),
        status: row.word("status", FindingStatus::parse)?,
        opened_at: row.time("opened_at")?,
        changed_at: row.time("changed_at")?,
        justification,
    })
}

/// The resources of findings, by number.
pub(crate) async fn identities(transaction: &mut Transaction, held: &[Held]) -> Result<Vec<Identity>> {
    let mut query = Builder::new("select ");
    query.push(IDENTITY).push(" from resource where id in ");
    let rows: std::collections::BTreeSet<ResourceRow> = held.iter().map(|held| held.row).collect();
    query.list(rows);
    transaction
        .fetch(query.build())
        .await?
        .iter()
        .map(Identity::read)
        .collect()
}

/// Reads findings to change them.
async fn hold(transaction: &mut Transaction, findings: &[FindingId]) -> Result<Vec<Held>> {
    transaction
        .hold_resources(|query| {
            query.push("(select f.resource from finding f where f.id in ");
            query.list(findings.iter().copied()).push(")");
        })
        .await?;
    let mut query = Builder::new("select ");
    query
        .push(HELD)
        .push(" from finding where id in ")
        .list(findings.iter().copied());
    let held = transaction
        .fetch(query.build())
        .await?
        .iter()
        .map(Held::read)
        .collect::<Result<Vec<_>>>()?;
    match findings.iter().find(|id| !held.iter().any(|held| held.id == **id)) {
        Some(missing) => Err(StoreError::NotFound(format!("finding {missing}"))),
        None => Ok(held),
    }
}

/// Holds the resources with findings of a rule (in one account, if given).
pub(crate) async fn hold_rule(transaction: &mut Transaction, rule: &RuleId, account: Option<&AccountId>) -> Result<()> {
    transaction
        .hold_resources(|query| {
            query
                .push("(select f.resource from finding f where f.rule = ")
                .value(rule.as_str());
            if let Some(account) = account {
                query.push(" and f.account = ").value(account.as_str());
            }
            query.push(")");
        })
        .await
}

/// Opens justified findings again, in a transaction that then ends.
async fn open_again(
    mut transaction: Transaction,
    held: &[Held],
    kind: DecisionKind,
    by: &Author,
    reason: Option<&str>,
    at: Timestamp,
) -> Result<()> {
    let resources = identities(&mut transaction, held).await?;
    let (mut events, mut steps, mut decisions) = (Vec::new(), Vec::new(), Vec::new());
    for finding in held {
        if finding.status == FindingStatus::Justified {
            let status = FindingStatus::Open;
            steps.push(finding.step_to(status, at));
            if let Some(resource) = resources.iter().find(|resource| resource.row == finding.row) {
                let (rule, subject, message) = (&finding.rule, &finding.subject, &finding.message);
                let facts = RuleFacts::new();
                events.push(finding_event(
                    finding.id,
                    resource,
                    rule,
                    subject,
                    message,
                    finding.score,
                    status,
                    &facts,
                ));
            }
        }
        decisions.push(NewDecision {
            kind,
            finding: Some(finding.id),
            resource: Some(finding.row),
            rule: Some(finding.rule.clone()),
            body: serde_json::json!({ "subject": finding.subject, "reason": reason }),
        });
    }
    write_steps(&mut transaction, steps).await?;
    refresh_scores(&mut transaction, held.iter().map(|finding| finding.row).collect()).await?;
    transaction.decide(by, at, decisions, Leaves::default()).await?;
    transaction.write_events(at, &events).await?;
    transaction.commit().await
}

impl Store {
    /// Findings: highest score first, then newest.
    pub async fn findings(&self, filter: &FindingFilter, page: &Page) -> Result<PageOf<FindingSummary>> {
        let mut query = Builder::new(SUMMARY);
        let [status, score_of, place, order] = match filter.as_of {
            None => {
                query.push(NOW);
                [
                    "finding.status in",
                    "finding.score",
                    "(finding.score, finding.id) < (",
                    " order by finding.score desc, finding.id desc limit ",
                ]
            }
            Some(at) => {
                query
                    .push(THEN)
                    .value(at)
                    .push(" order by h.at desc, h.id desc limit 1)");
                [
                    "finding_change.status in",
                    "finding_change.score",
                    "(finding_change.score, finding.id) < (",
                    " order by finding_change.score desc, finding.id desc limit ",
                ]
            }
        };
        let statuses: Vec<&str> = filter.statuses.iter().map(|status| status.as_str()).collect();
        query.any_of(status, &statuses);
        query.any_of("finding.account in", &filter.accounts);
        query.any_of("finding.home_region in", &filter.regions);
        query.any_of("finding.technology in", &filter.technologies);
        query.any_of("finding.rule in", &filter.rules);
        if let Some(least) = filter.min_score {
            query.condition(score_of).push(" >= ").value(i64::from(least.value()));
        }
        if let Some(most) = filter.max_score {
            query.condition(score_of).push(" <= ").value(i64::from(most.value()));
        }
        if let Some(resource) = filter.resource {
            query.condition("finding.resource = ").value(resource);
        }
        if let Some(text) = &filter.text {
            query
                .condition("finding.search like ")
                .value(containing(text)?)
                .push(" escape '\\'");
        }
        if let Some([score, id]) = page.numbers()? {
            query.condition(place).value(score).push(", ").value(id).push(")");
        }
        query.push(order).value(page.rows());
        let rows = self.db.fetch(query.build()).await?;
        let findings = rows.iter().map(read_summary).collect::<Result<Vec<_>>>()?;
        let cursor = |last: &FindingSummary| Cursor::of(&[i64::from(last.score.value()), last.id.0]);
        Ok(PageOf::cut(findings, page, cursor))
    }

    /// One finding.
    pub async fn finding(&self, id: FindingId) -> Result<Option<FindingSummary>> {
        let mut query = Builder::new(SUMMARY);
        query.push(NOW).condition("finding.id = ").value(id);
        let row = self.db.fetch_optional(query.build()).await?;
        row.as_ref().map(read_summary).transpose()
    }

    /// The life of a finding, oldest first.
    pub async fn finding_history(&self, id: FindingId) -> Result<Vec<FindingChange>> {
        let rows = self.db.fetch(Statement::of(HISTORY).bind(id)).await?;
        rows.iter()
            .map(|row| {
                Ok(FindingChange {
                    at: row.time("at")?,
                    status: row.word("status", FindingStatus::parse)?,
                    score: as_score(row.integer("score")?),
                    message: row.text("message")?,
                })
            })
            .collect()
    }

    /// What the rules last said of a resource, by rule.
    pub async fn verdicts_of(&self, resource: ResourceRow) -> Result<Vec<RuleVerdict>> {
        let rows = self.db.fetch(Statement::of(VERDICTS).bind(resource)).await?;
        rows.iter()
            .map(|row| {
                Ok(RuleVerdict {
                    rule: row.id("rule")?,
                    verdict: row.word("verdict", VerdictKind::parse)?,
                    reason: row.text("reason")?,
                    since: row.time("since")?,
                })
            })
            .collect()
    }

    /// How many verdicts of resources that exist are unknown, by scope; scopes without any are left out.
    pub async fn unknown_verdicts(&self) -> Result<Vec<(Scope, u64)>> {
        let rows = self.db.fetch(Statement::of(UNKNOWN)).await?;
        rows.iter()
            .map(|row| {
                let scope = Scope {
                    account: row.id("account")?,
                    region: row.id("region")?,
                    technology: row.id("technology")?,
                };
                Ok((scope, row.count("unknown")?))
            })
            .collect()
    }

    /// Accepts findings, all or none, in one transaction; replaces an acceptance in force. A resolved finding may be accepted
    /// too: it stays resolved, and comes back as justified.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::InvalidRequest`] for an empty reason, an expiry in the past, or more than 1,000 findings.
    pub async fn justify(
        &self,
        findings: &[FindingId],
        by: &Author,
        reason: &str,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<()> {
        let reason = written("a reason", reason)?;
        if expires_at.is_some_and(|expires_at| expires_at <= at) {
            return Err(StoreError::InvalidRequest(
                "a justification cannot end in the past".to_owned(),
            ));
        }
        if findings.len() > MOST_AT_ONCE {
            let what = format!("at most {MOST_AT_ONCE} findings can be justified at once");
            return Err(StoreError::InvalidRequest(what));
        }
        if findings.is_empty() {
            return Ok(());
        }
        let mut transaction = self.db.begin().await?;
        let held = hold(&mut transaction, findings).await?;
        let mut query = Builder::new("update finding set justified_by = ");
        query
            .value(by.as_str())
            .push(", justified_why = ")
            .value(reason.as_str());
        query
            .push(", justified_at = ")
            .value(at)
            .push(", justified_until = ")
            .value(expires_at);
        query.push(", status = case when status = 'resolved' then status else 'justified' end, is_live = 0");
        query.push(", changed_at = case when status in ('resolved', 'justified') then changed_at else ");
        push_changed_at(&mut query, at);
        query.push(" end where id in ").list(findings.iter().copied());
        transaction.execute(query.build()).await?;
        let became = held
            .iter()
            .filter(|held| !matches!(held.status, FindingStatus::Resolved | FindingStatus::Justified));
        let steps = became.map(|held| held.step_to(FindingStatus::Justified, at)).collect();
        write_steps(&mut transaction, steps).await?;
        refresh_scores(&mut transaction, held.iter().map(|held| held.row).collect()).await?;
        let decisions = held.iter().map(|held| NewDecision {
            kind: DecisionKind::Justified,
            finding: Some(held.id),
            resource: Some(held.row),
            rule: Some(held.rule.clone()),
            body: serde_json::json!({
                "subject": held.subject, "score": held.score(), "message": held.message, "reason": reason, "expires_at": expires_at,
            }),
        });
        let decisions = decisions.collect();
        transaction.decide(by, at, decisions, Leaves::default()).await?;
        transaction.commit().await
    }

    /// Takes an acceptance back; a finding that is at fault is open again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Conflict`] when there is none.
    pub async fn revoke_justification(
        &self,
        finding: FindingId,
        by: &Author,
        reason: &str,
        at: Timestamp,
    ) -> Result<()> {
        let reason = written("a reason", reason)?;
        let mut transaction = self.db.begin().await?;
        let held = hold(&mut transaction, &[finding]).await?;
        if transaction
            .execute(Statement::of(REVOKE).bind(finding).bind(at))
            .await?
            == 0
        {
            return Err(StoreError::Conflict(format!("finding {finding} is not justified")));
        }
        open_again(
            transaction,
            &held,
            DecisionKind::JustificationRevoked,
            by,
            Some(&reason),
            at,
        )
        .await
    }

    /// Opens findings again whose acceptance ran out by this instant, with events and decisions; returns how many. Call it often
    /// (once a minute): it costs one index probe when there is nothing to do.
    pub async fn expire_justifications(&self, at: Timestamp) -> Result<usize> {
        let mut expired = 0;
        loop {
            // Looked up outside a transaction: most of the time there are none, and SQLite has one writer.
            let rows = self.db.fetch(Statement::of(EXPIRED).bind(at)).await?;
            let ids = rows
                .iter()
                .map(|row| Ok(FindingId(row.integer("id")?)))
                .collect::<Result<Vec<_>>>()?;
            if ids.is_empty() {
                return Ok(expired);
            }
            let mut transaction = self.db.begin().await?;
            let mut held = hold(&mut transaction, &ids).await?;
            let mut query = Builder::new("update finding set status = 'open', is_live = 1, changed_at = ");
            push_changed_at(&mut query, at);
            query
                .push(" where status = 'justified' and justified_until <= ")
                .value(at);
            query
                .push(" and id in ")
                .list(ids.iter().copied())
                .push(" returning id");
            let opened = transaction.fetch(query.build()).await?;
            let opened = opened.iter().map(|row| row.integer("id")).collect::<Result<Vec<_>>>()?;
            // Another process may have been quicker with some.
            held.retain(|held| opened.contains(&held.id.0));
            if !held.is_empty() {
                open_again(
                    transaction,
                    &held,
                    DecisionKind::JustificationExpired,
                    &Author::System,
                    None,
                    at,
                )
                .await?;
            }
            expired += opened.len();
        }
    }

    /// Resolves the findings of rules that no longer exist and forgets their verdicts; returns how many findings.
    pub async fn retire_rules(&self, rules: &[RuleId], at: Timestamp) -> Result<usize> {
        let mut resolved = 0;
        for rule in rules {
            resolved += self.resolve_findings_of_rule(rule, at).await?;
            self.db
                .execute(Statement::of(FORGET_VERDICTS).bind(rule.as_str()))
                .await?;
        }
        Ok(resolved)
    }

    async fn resolve_findings_of_rule(&self, rule: &RuleId, at: Timestamp) -> Result<usize> {
        let mut resolved = 0;
        loop {
            let mut transaction = self.db.begin().await?;
            hold_rule(&mut transaction, rule, None).await?;
            let mut query = Builder::new("select ");
            query
                .push(HELD)
                .push(" from finding where status <> 'resolved' and rule = ")
                .value(rule.as_str());
            query
                .push(" order by id limit ")
                .value(i64::try_from(CHUNK).unwrap_or(1));
            let held = transaction
                .fetch(query.build())
                .await?
                .iter()
                .map(Held::read)
                .collect::<Result<Vec<_>>>()?;
            if held.is_empty() {
                return Ok(resolved);
            }
            let resources = identities(&mut transaction, &held).await?;
            let events = resolve(&mut transaction, &held, &resources, &RuleFacts::new(), at).await?;
            transaction.lock_head().await?;
            transaction.write_events(at, &events).await?;
            transaction.commit().await?;
            resolved += held.len();
        }
    }

    /// The rules that have findings which are not resolved, for comparison with those that exist.
    pub async fn rules_with_findings(&self) -> Result<Vec<RuleId>> {
        let rows = self.db.fetch(Statement::of(RULES)).await?;
        rows.iter().map(|row| row.id("rule")).collect()
    }
}
