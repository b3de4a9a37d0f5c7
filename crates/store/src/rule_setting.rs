//! Rules switched off or scored differently, per rule and account.

use std::collections::BTreeSet;

use security_monkey_model::{AccountId, EventBody, FindingStatus, RuleId, Score, Timestamp};

use crate::chain::Leaves;
use crate::db::{Builder, Statement, Transaction, statements};
use crate::decision::{DecisionKind, NewDecision, read_author};
use crate::finding::{hold_rule, identities};
use crate::record::RuleFacts;
use crate::record::deletion::resolve;
use crate::record::evaluation::{HELD, Held, Settings, Step, as_score, refresh_scores, write_steps};
use crate::{Author, ResourceRow, Result, Store};

statements! {
    ALL = "select rule, account, is_disabled, score, reason, author, at from rule_setting order by rule, account";
    PUT = "insert into rule_setting (rule, account, is_disabled, score, reason, author, at) values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (rule, account) do update set is_disabled = excluded.is_disabled, score = excluded.score,
        reason = excluded.reason, author = excluded.author, at = excluded.at";
    REMOVE = "delete from rule_setting where rule = $1 and account = $2";
}

/// What the operator decided about one rule in one account, or in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSetting {
    /// The rule.
    pub rule: RuleId,
    /// The account; none: all accounts that have no setting of their own for the rule.
    pub account: Option<AccountId>,
    /// Whether the rule is switched off there.
    pub is_disabled: bool,
    /// The score in place of the rule's own.
    pub score: Option<Score>,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: Author,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// All settings, by rule and account.
    pub async fn rule_settings(&self) -> Result<Vec<RuleSetting>> {
        let rows = self.db.fetch(Statement::of(ALL)).await?;
        rows.iter()
            .map(|row| {
                let account = row.text("account")?;
                Ok(RuleSetting {
                    rule: row.id("rule")?,
                    account: if account.is_empty() {
                        None
                    } else {
                        Some(row.id("account")?)
                    },
                    is_disabled: row.is_true("is_disabled")?,
                    score: row.optional_integer("score")?.map(as_score),
                    reason: row.text("reason")?,
                    by: read_author(row)?,
                    at: row.time("at")?,
                })
            })
            .collect()
    }

    /// Creates or replaces a setting (one that neither disables nor scores removes it) and applies it at once: findings get
    /// the new score, those of a disabled rule are resolved. A decision, in the hash chain. Evaluations recorded afterwards
    /// are scored by the store: give it the rules' own scores. After enabling a rule again, evaluate its resources again.
    pub async fn put_rule_setting(&self, setting: &RuleSetting) -> Result<()> {
        let mut transaction = self.db.begin().await?;
        let account = setting.account.as_ref().map_or("", AccountId::as_str);
        if setting.is_disabled || setting.score.is_some() {
            let put = Statement::of(PUT)
                .bind(setting.rule.as_str())
                .bind(account)
                .bind(setting.is_disabled)
                .bind(setting.score.map(|score| i64::from(score.value())))
                .bind(setting.reason.as_str())
                .bind(setting.by.as_str())
                .bind(setting.at);
            transaction.execute(put).await?;
        } else {
            transaction
                .execute(Statement::of(REMOVE).bind(setting.rule.as_str()).bind(account))
                .await?;
        }
        let events = apply(&mut transaction, setting).await?;
        transaction.change_configuration().await?;
        let decision = NewDecision {
            rule: Some(setting.rule.clone()),
            ..NewDecision::about(
                DecisionKind::RuleSetting,
                serde_json::json!({
                    "account": setting.account, "is_disabled": setting.is_disabled, "score": setting.score, "reason": setting.reason,
                }),
            )
        };
        transaction
            .decide(&setting.by, setting.at, vec![decision], Leaves::default())
            .await?;
        transaction.write_events(setting.at, &events).await?;
        transaction.commit().await
    }
}

/// Brings the rule's findings to what the settings now say; returns the events, still to be written.
async fn apply(transaction: &mut Transaction, setting: &RuleSetting) -> Result<Vec<EventBody>> {
    hold_rule(transaction, &setting.rule, setting.account.as_ref()).await?;
    let settings = Settings::read(transaction).await?;
    let mut query = Builder::new("select finding.account, ");
    query
        .push(HELD)
        .push(" from finding where rule = ")
        .value(setting.rule.as_str());
    if let Some(account) = &setting.account {
        query.push(" and account = ").value(account.as_str());
    }
    let (mut disabled, mut steps, mut rescored, mut affected) =
        (vec![], vec![], vec![], BTreeSet::<ResourceRow>::new());
    for row in transaction.fetch(query.build()).await? {
        let held = Held::read(&row)?;
        let (is_disabled, score) = settings.of(&setting.rule, &row.id("account")?);
        let score = score.unwrap_or(held.rule_score);
        if score != held.score {
            rescored.push([held.id.into(), score.into()]);
            steps.push(Step {
                score,
                ..held.step_to(held.status, setting.at)
            });
            affected.insert(held.row);
        }
        if is_disabled && held.status != FindingStatus::Resolved {
            disabled.push(held);
        }
    }
    let head = "update finding set score = v.column2 from (";
    transaction
        .update(head, rescored, ") as v where finding.id = v.column1")
        .await?;
    write_steps(transaction, steps).await?;
    refresh_scores(transaction, affected.into_iter().collect()).await?;
    let mut events = Vec::new();
    for disabled in disabled.chunks(500) {
        let resources = identities(transaction, disabled).await?;
        events.extend(resolve(transaction, disabled, &resources, &RuleFacts::new(), setting.at).await?);
    }
    Ok(events)
}
