//! What people decided: insert-only, in the hash chain; and their comments.

use security_monkey_model::{AccountId, Digest, RuleId, Timestamp, UserEmail};
use serde::{Deserialize, Serialize};

use crate::chain::Leaves;
use crate::db::{Builder, Param, Row, Statement, Transaction, containing, statements};
use crate::record::json;
use crate::{CommentId, Cursor, DecisionId, FindingId, Page, PageOf, ResourceRow, Result, Store, StoreError};

statements! {
    COMMENTS = "select id, resource, author, at, body from comment where resource = $1 and id < $2 order by id desc limit $3";
    RESOURCE = "select id from resource where id = $1";
    COMMENT = "insert into comment (resource, author, at, body) values ($1, $2, $3, $4) returning id";
}

/// Who did something in Security Monkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// Security Monkey itself, or the operator at the command line.
    System,
    /// A user.
    User(UserEmail),
}

impl Author {
    /// The text of the database: the address, or `system`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::System => "system",
            Self::User(email) => email.as_str(),
        }
    }
}

/// The kinds of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    /// A finding was accepted.
    Justified,
    /// An acceptance was taken back.
    JustificationRevoked,
    /// An acceptance ran out.
    JustificationExpired,
    /// A rule's score was overridden, or the rule switched off or on.
    RuleSetting,
    /// An account was created or changed.
    AccountChanged,
    /// A user was created or changed.
    UserChanged,
    /// A resource was commented on.
    Commented,
}

impl DecisionKind {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Justified,
        Self::JustificationRevoked,
        Self::JustificationExpired,
        Self::RuleSetting,
        Self::AccountChanged,
        Self::UserChanged,
        Self::Commented,
    ];

    /// The kind's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Justified => "justified",
            Self::JustificationRevoked => "justification-revoked",
            Self::JustificationExpired => "justification-expired",
            Self::RuleSetting => "rule-setting",
            Self::AccountChanged => "account-changed",
            Self::UserChanged => "user-changed",
            Self::Commented => "commented",
        }
    }

    /// The kind with this text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Its number.
    pub id: DecisionId,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub by: Author,
    /// What kind it is.
    pub kind: DecisionKind,
    /// The finding it is about.
    pub finding: Option<FindingId>,
    /// The resource it is about.
    pub resource: Option<ResourceRow>,
    /// The rule it is about.
    pub rule: Option<RuleId>,
    /// Its content as JSON (reason, expiry, new value).
    pub body: serde_json::Value,
}

/// Which decisions are wanted; empty fields do not restrict.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DecisionFilter {
    /// About this finding.
    pub finding: Option<FindingId>,
    /// About this resource or any of its findings.
    pub resource: Option<ResourceRow>,
    /// About this rule or any of its findings.
    pub rule: Option<RuleId>,
    /// Changes of this account, and settings of rules in it.
    pub account: Option<AccountId>,
    /// Changes of this user.
    pub user: Option<UserEmail>,
    /// Of these kinds.
    pub kinds: Vec<DecisionKind>,
    /// Made by this author.
    pub by: Option<Author>,
    /// Made at this instant or later.
    pub since: Option<Timestamp>,
    /// Made before this instant.
    pub until: Option<Timestamp>,
}

/// A comment on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its number.
    pub id: CommentId,
    /// The resource.
    pub resource: ResourceRow,
    /// Who wrote it.
    pub by: Author,
    /// When.
    pub at: Timestamp,
    /// The text; never empty, at most 10,000 characters.
    pub text: String,
}

/// Longest comment or reason, in characters.
pub(crate) const MOST_CHARACTERS: usize = 10_000;

/// A decision on its way into the database.
pub(crate) struct NewDecision {
    pub(crate) kind: DecisionKind,
    pub(crate) finding: Option<FindingId>,
    pub(crate) resource: Option<ResourceRow>,
    pub(crate) rule: Option<RuleId>,
    pub(crate) body: serde_json::Value,
}

impl NewDecision {
    /// A decision about neither a finding, a resource nor a rule.
    pub(crate) const fn about(kind: DecisionKind, body: serde_json::Value) -> Self {
        Self {
            kind,
            finding: None,
            resource: None,
            rule: None,
            body,
        }
    }
}

/// What is hashed of a decision, all as the database holds it.
pub(crate) fn leaf(
    at: Timestamp,
    author: &str,
    kind: &str,
    finding: Option<i64>,
    resource: Option<i64>,
    rule: Option<&str>,
    body: &str,
) -> Digest {
    let number = |number: Option<i64>| number.map(|number| number.to_be_bytes().to_vec()).unwrap_or_default();
    Digest::of_parts(&[
        b"decision",
        &at.as_micros().to_be_bytes(),
        author.as_bytes(),
        kind.as_bytes(),
        &number(finding),
        &number(resource),
        rule.unwrap_or_default().as_bytes(),
        body.as_bytes(),
    ])
}

impl Transaction {
    /// Writes decisions, and the chain's entry for them and the leaves given.
    pub(crate) async fn decide(
        &mut self,
        by: &Author,
        at: Timestamp,
        decisions: Vec<NewDecision>,
        mut leaves: Leaves,
    ) -> Result<()> {
        let recording = self.new_recording(at).await?;
        let mut rows: Vec<[Param; 8]> = Vec::with_capacity(decisions.len());
        let mut digests = Vec::with_capacity(decisions.len());
        for decision in decisions {
            // As it will stand there: PostgreSQL's text has no NUL, and JSON writes none.
            let body = json(&decision.body)?;
            let (finding, resource) = (decision.finding.map(|id| id.0), decision.resource.map(|row| row.0));
            let rule = decision.rule.as_ref().map(RuleId::as_str);
            digests.push(leaf(
                at,
                by.as_str(),
                decision.kind.as_str(),
                finding,
                resource,
                rule,
                &body,
            ));
            rows.push([
                recording.into(),
                at.into(),
                by.as_str().into(),
                decision.kind.as_str().into(),
                finding.into(),
                resource.into(),
                rule.into(),
                body.into(),
            ]);
        }
        let head = "insert into decision (recording, at, author, kind, finding, resource, rule, body)";
        let returned = self.insert(head, rows, "returning id").await?;
        for (row, digest) in returned.iter().zip(digests) {
            leaves.add_decision(row.integer("id")?, digest);
        }
        self.append_to_chain(recording, at, leaves).await
    }
}

pub(crate) fn read_author(row: &Row) -> Result<Author> {
    match row.text("author")?.as_str() {
        "system" => Ok(Author::System),
        _ => Ok(Author::User(row.id("author")?)),
    }
}

/// A text a person wrote: trimmed, neither empty nor too long.
pub(crate) fn written(what: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(StoreError::InvalidRequest(format!("{what} must not be empty")));
    }
    if text.chars().count() > MOST_CHARACTERS {
        let what = format!("{what} has more than {MOST_CHARACTERS} characters");
        return Err(StoreError::InvalidRequest(what));
    }
    Ok(text.replace('\0', "\u{fffd}"))
}

impl Store {
    /// Decisions, newest first.
    pub async fn decisions(&self, filter: &DecisionFilter, page: &Page) -> Result<PageOf<Decision>> {
        let mut query = Builder::new("select id, at, author, kind, finding, resource, rule, body from decision");
        if let Some(finding) = filter.finding {
            query.condition("finding = ").value(finding);
        }
        if let Some(resource) = filter.resource {
            query.condition("(resource = ").value(resource);
            query
                .push(" or finding in (select f.id from finding f where f.resource = ")
                .value(resource)
                .push("))");
        }
        let kinds: Vec<&str> = filter.kinds.iter().map(|kind| kind.as_str()).collect();
        query.any_of("kind in", &kinds);
        if let Some(by) = &filter.by {
            query.condition("author = ").value(by.as_str());
        }
        if let Some(rule) = &filter.rule {
            query.condition("rule = ").value(rule.as_str());
        }
        // Accounts and users stand in the content only, which is canonical JSON of ours.
        if let Some(account) = &filter.account {
            query
                .condition("((kind = 'account-changed' and body like ")
                .value(containing(&format!("\"id\":{}", json(account)?))?)
                .push(" escape '\\') or (kind = 'rule-setting' and body like ")
                .value(containing(&format!("\"account\":{}", json(account)?))?)
                .push(" escape '\\'))");
        }
        if let Some(user) = &filter.user {
            query
                .condition("kind = 'user-changed' and body like ")
                .value(containing(&format!("\"user\":{}", json(user)?))?)
                .push(" escape '\\'");
        }
        if let Some(since) = filter.since {
            query.condition("at >= ").value(since);
        }
        if let Some(until) = filter.until {
            query.condition("at < ").value(until);
        }
        if let Some([id]) = page.numbers()? {
            query.condition("id < ").value(id);
        }
        query.push(" order by id desc limit ").value(page.rows());
        let rows = self.db.fetch(query.build()).await?;
        let decisions = rows.iter().map(|row| {
            Ok(Decision {
                id: DecisionId(row.integer("id")?),
                at: row.time("at")?,
                by: read_author(row)?,
                kind: row.word("kind", DecisionKind::parse)?,
                finding: row.optional_integer("finding")?.map(FindingId),
                resource: row.optional_integer("resource")?.map(ResourceRow),
                rule: row.optional_text("rule")?.map(|_| row.id("rule")).transpose()?,
                body: row.json("body")?,
            })
        });
        let decisions = decisions.collect::<Result<Vec<_>>>()?;
        Ok(PageOf::cut(decisions, page, |decision| Cursor::of(&[decision.id.0])))
    }

    /// Comments on a resource, newest first.
    pub async fn comments(&self, resource: ResourceRow, page: &Page) -> Result<PageOf<Comment>> {
        let before = page.numbers()?.map_or(i64::MAX, |[id]| id);
        let query = Statement::of(COMMENTS).bind(resource).bind(before).bind(page.rows());
        let rows = self.db.fetch(query).await?;
        let comments = rows.iter().map(|row| {
            Ok(Comment {
                id: CommentId(row.integer("id")?),
                resource: ResourceRow(row.integer("resource")?),
                by: read_author(row)?,
                at: row.time("at")?,
                text: row.text("body")?,
            })
        });
        let comments = comments.collect::<Result<Vec<_>>>()?;
        Ok(PageOf::cut(comments, page, |comment| Cursor::of(&[comment.id.0])))
    }

    /// Comments on a resource.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for an unknown resource, [`StoreError::InvalidRequest`] for an empty or too long text.
    pub async fn comment(&self, resource: ResourceRow, by: &Author, text: &str, at: Timestamp) -> Result<CommentId> {
        let text = written("a comment", text)?;
        let mut transaction = self.db.begin().await?;
        if transaction
            .fetch_optional(Statement::of(RESOURCE).bind(resource))
            .await?
            .is_none()
        {
            return Err(StoreError::NotFound(format!("resource {resource}")));
        }
        let comment = Statement::of(COMMENT)
            .bind(resource)
            .bind(by.as_str())
            .bind(at)
            .bind(text.as_str());
        let id = CommentId(transaction.fetch_one(comment).await?.integer("id")?);
        let decision = NewDecision {
            resource: Some(resource),
            ..NewDecision::about(
                DecisionKind::Commented,
                serde_json::json!({ "comment": id, "text": text }),
            )
        };
        transaction.decide(by, at, vec![decision], Leaves::default()).await?;
        transaction.commit().await?;
        Ok(id)
    }
}
