//! What people decided, as the decisions in the chain say it: the last about each finding, rule, account and user, and every comment.
//!
//! Followed entry by entry while the chain is walked, in its order: the numbers of decisions are in no hash, so that "the last one" by
//! number could be another one tomorrow. Texts are kept as digests, for there may be a hundred thousand of them.

use std::collections::BTreeMap;

use security_monkey_model::{Digest, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::Result;
use crate::db::Row;
use crate::decision::DecisionKind;

/// What was decided, up to the entry followed last.
#[derive(Default)]
pub(super) struct Decided {
    pub(super) acceptances: BTreeMap<i64, Acceptance>,
    pub(super) comments: BTreeMap<i64, Digest>,
    /// By rule and account (empty: all accounts); none: taken back.
    pub(super) settings: BTreeMap<(String, String), Option<Setting>>,
    pub(super) accounts: BTreeMap<String, Value>,
    pub(super) users: BTreeMap<String, User>,
}

/// The decisions about one finding.
pub(super) struct Acceptance {
    /// The last one.
    pub(super) last: DecisionKind,
    /// The last that accepted it: see [`acceptance`].
    pub(super) accepted: Option<Digest>,
}

/// A rule's setting.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) is_disabled: bool,
    pub(super) score: Option<i64>,
    pub(super) reason: String,
    pub(super) author: String,
    pub(super) at: Timestamp,
}

/// What decisions hold of a user.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct User {
    pub(super) role: String,
    pub(super) disabled_at: Option<Timestamp>,
    pub(super) created_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct JustifiedBody {
    reason: String,
    expires_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct CommentedBody {
    comment: i64,
    text: String,
}

#[derive(Deserialize)]
struct SettingBody {
    account: Option<String>,
    is_disabled: bool,
    score: Option<i64>,
    reason: String,
}

#[derive(Deserialize)]
struct AccountBody {
    account: Value,
}

#[derive(Deserialize)]
struct UserBody {
    user: String,
    change: UserChange,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum UserChange {
    Added { role: String },
    Role(String),
    Disabled(bool),
    Password,
}

/// Who accepted a finding, when, why and until when.
pub(super) fn acceptance(by: &str, at: Timestamp, why: &str, until: Option<Timestamp>) -> Digest {
    let until = until.map(|until| until.as_micros().to_be_bytes());
    Digest::of_parts(&[
        by.as_bytes(),
        &at.as_micros().to_be_bytes(),
        why.as_bytes(),
        until.as_ref().map_or(&[][..], |until| &until[..]),
    ])
}

/// Who said what of which resource, and when.
pub(super) fn comment(resource: Option<i64>, author: &str, at: Timestamp, text: &str) -> Digest {
    Digest::of_parts(&[
        &resource.unwrap_or_default().to_be_bytes(),
        author.as_bytes(),
        &at.as_micros().to_be_bytes(),
        text.as_bytes(),
    ])
}

impl Decided {
    /// Takes the next decision into account; false: it cannot be read.
    pub(super) fn follow(&mut self, row: &Row) -> Result<bool> {
        let Some(kind) = DecisionKind::parse(&row.text("kind")?) else {
            return Ok(false);
        };
        let (at, author, body) = (row.time("at")?, row.text("author")?, row.text("body")?);
        let followed = match kind {
            DecisionKind::Justified | DecisionKind::JustificationRevoked | DecisionKind::JustificationExpired => {
                self.accept(kind, row.optional_integer("finding")?, at, &author, &body)
            }
            DecisionKind::Commented => serde_json::from_str::<CommentedBody>(&body)
                .ok()
                .map(|said| {
                    let resource = row.optional_integer("resource");
                    resource.map(|resource| {
                        let digest = comment(resource, &author, at, &said.text);
                        self.comments.insert(said.comment, digest);
                    })
                })
                .transpose()?,
            DecisionKind::RuleSetting => row
                .optional_text("rule")?
                .and_then(|rule| self.set(rule, at, author, &body)),
            DecisionKind::AccountChanged => {
                serde_json::from_str::<AccountBody>(&body)
                    .ok()
                    .and_then(|AccountBody { account }| {
                        let id = account.get("id")?.as_str()?.to_owned();
                        self.accounts.insert(id, account);
                        Some(())
                    })
            }
            DecisionKind::UserChanged => self.change_user(at, &body),
        };
        Ok(followed.is_some())
    }

    fn accept(
        &mut self,
        kind: DecisionKind,
        finding: Option<i64>,
        at: Timestamp,
        author: &str,
        body: &str,
    ) -> Option<()> {
        let accepted = match kind {
            DecisionKind::Justified => {
                let body: JustifiedBody = serde_json::from_str(body).ok()?;
                Some(acceptance(author, at, &body.reason, body.expires_at))
            }
            _ => None,
        };
        let before = self.acceptances.entry(finding?).or_insert(Acceptance {
            last: kind,
            accepted: None,
        });
        before.last = kind;
        before.accepted = accepted.or(before.accepted);
        Some(())
    }

    fn set(&mut self, rule: String, at: Timestamp, author: String, body: &str) -> Option<()> {
        let SettingBody {
            account,
            is_disabled,
            score,
            reason,
        } = serde_json::from_str(body).ok()?;
        // One that neither disables nor scores takes the setting back.
        let setting = (is_disabled || score.is_some()).then_some(Setting {
            is_disabled,
            score,
            reason,
            author,
            at,
        });
        self.settings.insert((rule, account.unwrap_or_default()), setting);
        Some(())
    }

    fn change_user(&mut self, at: Timestamp, body: &str) -> Option<()> {
        let UserBody { user, change } = serde_json::from_str(body).ok()?;
        let user = self.users.entry(user).or_default();
        match change {
            UserChange::Added { role } => {
                user.role = role;
                user.created_at = Some(at);
            }
            UserChange::Role(role) => user.role = role,
            UserChange::Disabled(is_disabled) => user.disabled_at = Some(at).filter(|_| is_disabled),
            UserChange::Password => {}
        }
        Some(())
    }
}
