//! Whether comments, rule settings, accounts and users are what people decided.
//!
//! None of these tables is in the hash chain; the decisions about them are. What decisions do not hold is not looked at: password hashes,
//! sessions, tokens, subscriptions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::VerifyReport;
use super::decided::{Decided, Setting, User, comment};
use crate::db::{Statement, Transaction, statements};
use crate::{Result, Store};

statements! {
    COMMENTS = "select id, resource, author, at, body from comment where id > $1 order by id limit $2";
    SETTINGS = "select rule, account, is_disabled, score, reason, author, at from rule_setting order by rule, account";
    ACCOUNTS = "select id, name, body from account order by id";
    USERS = "select email, role, disabled_at, created_at from app_user order by email";
}

/// Comments read at once.
const COMMENTS_AT_ONCE: i64 = 500;

/// What is wrong with something shown, if anything.
fn compare<T: PartialEq>(shown: &T, decided: Option<&T>) -> Option<&'static str> {
    match decided {
        None => Some("nobody decided so"),
        Some(decided) if decided != shown => Some("it is not what was decided last"),
        Some(_) => None,
    }
}

impl Store {
    pub(super) async fn verify_shown(
        &self,
        snapshot: &mut Transaction,
        decided: &Decided,
        report: &mut VerifyReport,
    ) -> Result<()> {
        self.verify_comments(snapshot, decided, report).await?;
        self.verify_settings(snapshot, decided, report).await?;
        self.verify_accounts(snapshot, decided, report).await?;
        self.verify_users(snapshot, decided, report).await
    }

    async fn verify_comments(
        &self,
        snapshot: &mut Transaction,
        decided: &Decided,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let (mut after, mut left) = (0, decided.comments.keys().collect::<BTreeSet<_>>());
        loop {
            let query = Statement::of(COMMENTS).bind(after).bind(COMMENTS_AT_ONCE);
            let rows = snapshot.fetch(query).await?;
            let Some(last) = rows.last() else { break };
            after = last.integer("id")?;
            for row in &rows {
                let id = row.integer("id")?;
                left.remove(&id);
                let resource = Some(row.integer("resource")?);
                let shown = comment(resource, &row.text("author")?, row.time("at")?, &row.text("body")?);
                if let Some(what) = compare(&shown, decided.comments.get(&id)) {
                    report.problem(format!("comment {id}"), what);
                }
            }
        }
        for id in left {
            report.problem(format!("comment {id}"), "it is gone");
        }
        Ok(())
    }

    async fn verify_settings(
        &self,
        snapshot: &mut Transaction,
        decided: &Decided,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let place = |(rule, account): &(String, String)| {
            let account = if account.is_empty() { "all accounts" } else { account };
            format!("setting of rule {rule} in {account}")
        };
        let wanted = decided.settings.iter().filter(|(_, setting)| setting.is_some());
        let mut left: BTreeSet<_> = wanted.map(|(key, _)| key.clone()).collect();
        for row in snapshot.fetch(Statement::of(SETTINGS)).await? {
            let key = (row.text("rule")?, row.text("account")?);
            left.remove(&key);
            let shown = Setting {
                is_disabled: row.is_true("is_disabled")?,
                score: row.optional_integer("score")?,
                reason: row.text("reason")?,
                author: row.text("author")?,
                at: row.time("at")?,
            };
            let last = decided.settings.get(&key).and_then(Option::as_ref);
            if let Some(what) = compare(&shown, last) {
                report.problem(place(&key), what);
            }
        }
        for key in left {
            report.problem(place(&key), "it is gone");
        }
        Ok(())
    }

    async fn verify_accounts(
        &self,
        snapshot: &mut Transaction,
        decided: &Decided,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let mut left: BTreeSet<&String> = decided.accounts.keys().collect();
        for row in snapshot.fetch(Statement::of(ACCOUNTS)).await? {
            let id = row.text("id")?;
            left.remove(&id);
            let shown: Value = row.json("body")?;
            let name = shown.get("name").and_then(Value::as_str).map(str::trim);
            let what = if name == Some(row.text("name")?.as_str()) {
                compare(&shown, decided.accounts.get(&id))
            } else {
                Some("it is not what was decided last")
            };
            if let Some(what) = what {
                report.problem(format!("account {id}"), what);
            }
        }
        for id in left {
            report.problem(format!("account {id}"), "it is gone");
        }
        Ok(())
    }

    async fn verify_users(
        &self,
        snapshot: &mut Transaction,
        decided: &Decided,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let mut left: BTreeSet<&String> = decided.users.keys().collect();
        for row in snapshot.fetch(Statement::of(USERS)).await? {
            let email = row.text("email")?;
            left.remove(&email);
            let shown = User {
                role: row.text("role")?,
                disabled_at: row.optional_time("disabled_at")?,
                created_at: Some(row.time("created_at")?),
            };
            if let Some(what) = compare(&shown, decided.users.get(&email)) {
                report.problem(format!("user {email}"), what);
            }
        }
        for email in left {
            report.problem(format!("user {email}"), "it is gone");
        }
        Ok(())
    }
}
