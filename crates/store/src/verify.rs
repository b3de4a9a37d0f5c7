//! Whether the history is what was recorded.

pub(crate) mod acceptance;
mod decided;
pub(crate) mod shown;

use std::sync::Arc;

use security_monkey_model::{Change, Digest};

use crate::body::{self, Dictionary};
use crate::chain::{Leaves, entry_hash, revision_leaf};
use crate::db::{Row, Statement, Transaction, statements};
use crate::record::read_key;
use crate::{Result, Store, StoreError};
use decided::Decided;

statements! {
    HEAD = "select seq, hash from chain_head where id = 1";
    ENTRIES_AFTER = "select seq, at, recording, revisions, first_revision, last_revision, decisions, first_decision, last_decision,
        digest, hash from chain where seq > $1 and seq <= $2 order by seq limit $3";
    REVISIONS_OF = "select revision.id, observed_at, change, revision.full_digest, revision.durable_digest, actor, dictionary, body,
        account, region, technology, aws_id from revision join resource on resource.id = revision.resource
        where recording = $1 and revision.id between $2 and $3 order by revision.id";
    DECISIONS_OF = "select id, at, author, kind, finding, resource, rule, body from decision
        where recording = $1 and id between $2 and $3 order by id";
    // Entries outside of what is walked prove nothing: a row beyond either end is no part of the chain.
    EXTRA_ENTRIES = "select seq as id from chain where seq < 1 or seq > $1 order by seq limit 100";
    EXTRA_REVISIONS = "select r.id from revision r left join chain c on c.recording = r.recording and c.seq between 1 and $1
        where c.seq is null or r.id < c.first_revision or r.id > c.last_revision order by r.id limit 100";
    EXTRA_DECISIONS = "select d.id from decision d left join chain c on c.recording = d.recording and c.seq between 1 and $1
        where c.seq is null or d.id < c.first_decision or d.id > c.last_decision order by d.id limit 100";
    // Numbers begin at 1, and so does every walk by number.
    BELOW_RESOURCES = "select id from resource where id < 1 order by id limit 100";
    BELOW_FINDINGS = "select id from finding where id < 1 order by id limit 100";
    BELOW_COMMENTS = "select id from comment where id < 1 order by id limit 100";
    // What is shown as the present of each resource, beside the last of its history: in the order that people are shown, for the
    // chain's entries hold when a revision was observed, and not its number.
    PRESENT = "select resource.id, resource.account, resource.region, resource.technology, aws_id, is_active, latest_revision,
        resource.full_digest, resource.durable_digest, latest_change, current_document.body,
        (select r.id from revision r where r.resource = resource.id order by r.observed_at desc, r.id desc limit 1) as newest,
        revision.change, revision.durable_digest as recorded_durable
        from resource left join current_document on current_document.resource = resource.id
        left join revision on revision.id = latest_revision
        where resource.id > $1 order by resource.id limit $2";
}

/// How far verification has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifyProgress {
    /// Chain entries checked.
    pub done: u64,
    /// Chain entries in all.
    pub total: u64,
}

/// What verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Revisions checked.
    pub revisions: u64,
    /// Decisions checked.
    pub decisions: u64,
    /// Chain entries checked.
    pub chain_entries: u64,
    /// The hash of the newest entry, in hexadecimal: note it elsewhere, and a later verification proves that nothing before it was rewritten.
    pub head: String,
    /// What is wrong, first places first; at most 100 are named. Empty: the history is as it was recorded.
    pub problems: Vec<Problem>,
}

/// One place where the history is not what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Problem {
    /// Where: "revision 17 of 111111111111 eu-west-1 aws.ec2.security-group sg-1", "chain entry 4".
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

/// Most problems that are named.
const MOST_PROBLEMS: usize = 100;
/// Entries read at once.
const ENTRIES: i64 = 200;
/// Resources read at once.
const RESOURCES: i64 = 500;

impl VerifyReport {
    fn problem(&mut self, place: String, what: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem {
                place,
                what: what.into(),
            });
        }
    }
}

/// A revision as read, with what is needed to check it without the database.
struct Stored {
    id: i64,
    place: String,
    leaf: Digest,
    full: Digest,
    change: Change,
    dictionary: Option<Arc<Dictionary>>,
    body: Vec<u8>,
}

impl Stored {
    /// What is wrong with the body, if anything.
    fn check(&self) -> Option<String> {
        if self.change == Change::Deleted {
            return (!self.body.is_empty()).then(|| "a deletion has a body".to_owned());
        }
        match body::decode(self.dictionary.as_deref(), &self.body) {
            Err(error) => Some(error.to_string()),
            Ok(canonical) if Digest::of(&canonical) != self.full => {
                Some("its body does not have its digest".to_owned())
            }
            Ok(_) => None,
        }
    }
}

/// A resource as it is shown now, and the last of its history.
struct Present {
    place: String,
    document: Option<String>,
    full: Digest,
    is_newest: bool,
    is_as_recorded: bool,
}

impl Present {
    fn read(row: &Row) -> Result<Self> {
        let change = row.optional_text("change")?;
        let is_active = row.is_true("is_active")?;
        let is_deleted = change.as_deref() == Some(Change::Deleted.as_str());
        Ok(Self {
            place: format!("resource {} {}", row.integer("id")?, read_key(row)?),
            document: row.optional_text("body")?,
            full: row.digest("full_digest")?,
            is_newest: row.optional_integer("newest")? == Some(row.integer("latest_revision")?),
            is_as_recorded: change == Some(row.text("latest_change")?)
                && is_active != is_deleted
                && row.optional_digest("recorded_durable")? == Some(row.digest("durable_digest")?),
        })
    }

    /// What is wrong with it, if anything.
    fn check(&self) -> Option<&'static str> {
        if !self.is_newest {
            return Some("what is shown of it is not its newest revision");
        }
        if !self.is_as_recorded {
            return Some("what is shown of it is not what its newest revision says");
        }
        match &self.document {
            None => Some("its current document is missing"),
            Some(document) if Digest::of(document.as_bytes()) != self.full => {
                Some("its current document does not have its digest")
            }
            Some(_) => None,
        }
    }
}

impl Store {
    /// Checks the whole history end to end: every revision's body against its digest, every revision and decision against its
    /// chain entry, and the chain itself; then what is shown as the present of each resource against the last of its history, and
    /// what is shown as decided (which findings are accepted, comments, rule settings, accounts, users' roles) against the decisions.
    ///
    /// What it cannot see by itself is a history rewritten as a whole, or cut off at its end together with its head: for that, note the
    /// report's `head` elsewhere, and give it to [`Store::verify_since`] later. Ephemeral values are in no revision, so a changed one is
    /// only found when the document no longer has its digest.
    pub async fn verify(&self, progress: &mut (dyn FnMut(VerifyProgress) + Send)) -> Result<VerifyReport> {
        self.verify_since(None, progress).await
    }

    /// Checks the whole history as [`Store::verify`] does, and that it leads through a head that an earlier verification reported:
    /// else what came before that head was rewritten or cut off, which is one more problem.
    pub async fn verify_since(
        &self,
        noted: Option<&Digest>,
        progress: &mut (dyn FnMut(VerifyProgress) + Send),
    ) -> Result<VerifyReport> {
        let mut report = VerifyReport::default();
        // While it reads, others record: all of it is read as it stands now.
        let snapshot = &mut self.db.snapshot().await?;
        let head = snapshot.fetch_optional(Statement::of(HEAD)).await?;
        let head = head.ok_or_else(|| StoreError::NotMigrated {
            database: self.name().to_owned(),
        })?;
        let total = head.count("seq")?;
        let mut decided = Decided::default();
        // The head of a history without entries.
        let mut before = Digest::of(b"security-monkey");
        let mut is_noted_met = noted.is_none_or(|noted| *noted == before);
        let mut seq = 0;
        progress(VerifyProgress { done: 0, total });
        loop {
            let entries = snapshot
                .fetch(
                    Statement::of(ENTRIES_AFTER)
                        .bind(seq)
                        .bind(head.integer("seq")?)
                        .bind(ENTRIES),
                )
                .await?;
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                let number = entry.integer("seq")?;
                if number != seq + 1 {
                    report.problem(format!("chain entry {}", seq + 1), "it is missing");
                }
                seq = number;
                let (digest, hash) = (entry.digest("digest")?, entry.digest("hash")?);
                let computed = entry_hash(&before, number, entry.time("at")?, entry.integer("recording")?, &digest);
                if computed != hash {
                    report.problem(
                        format!("chain entry {number}"),
                        "its hash does not follow from it and the entry before",
                    );
                }
                // Only what the walk itself computes counts: a row that merely holds the noted hash proves nothing.
                is_noted_met |= noted.is_some_and(|noted| *noted == computed && computed == hash);
                before = hash;
                self.verify_entry(snapshot, entry, &digest, &mut decided, &mut report)
                    .await?;
                report.chain_entries += 1;
            }
            progress(VerifyProgress {
                done: report.chain_entries,
                total,
            });
        }
        if seq != head.integer("seq")? || before != head.digest("hash")? {
            report.problem(
                "chain head".to_owned(),
                "the last entries are missing, or the head was changed",
            );
        }
        report.head = before.to_string();
        if let Some(noted) = noted
            && !is_noted_met
        {
            report.problem(
                format!("head {noted}"),
                "the history does not lead through it: what was recorded before it was noted has been rewritten or cut off",
            );
        }
        for (sql, table, what) in [
            (EXTRA_ENTRIES, "chain entry", "it is outside of the chain"),
            (EXTRA_REVISIONS, "revision", "no chain entry knows it"),
            (EXTRA_DECISIONS, "decision", "no chain entry knows it"),
        ] {
            for row in snapshot.fetch(Statement::of(sql).bind(head.integer("seq")?)).await? {
                report.problem(format!("{table} {}", row.integer("id")?), what);
            }
        }
        for (sql, table) in [
            (BELOW_RESOURCES, "resource"),
            (BELOW_FINDINGS, "finding"),
            (BELOW_COMMENTS, "comment"),
        ] {
            for row in snapshot.fetch(Statement::of(sql)).await? {
                report.problem(
                    format!("{table} {}", row.integer("id")?),
                    "no such number was ever given out",
                );
            }
        }
        self.verify_present(snapshot, &mut report).await?;
        self.verify_acceptances(snapshot, &decided, &mut report).await?;
        self.verify_shown(snapshot, &decided, &mut report).await?;
        Ok(report)
    }

    async fn verify_present(&self, snapshot: &mut Transaction, report: &mut VerifyReport) -> Result<()> {
        let mut after = 0;
        loop {
            let rows = snapshot
                .fetch(Statement::of(PRESENT).bind(after).bind(RESOURCES))
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.integer("id")?;
            let presents = rows.iter().map(Present::read).collect::<Result<Vec<_>>>()?;
            let checked = crate::off_the_async_threads(move || {
                let wrong = presents
                    .into_iter()
                    .filter_map(|present| Some((present.check()?, present.place)));
                wrong.collect::<Vec<_>>()
            });
            for (what, place) in checked.await? {
                report.problem(place, what);
            }
        }
    }

    async fn verify_entry(
        &self,
        snapshot: &mut Transaction,
        entry: &Row,
        digest: &Digest,
        decided: &mut Decided,
        report: &mut VerifyReport,
    ) -> Result<()> {
        let mut leaves = Leaves::default();
        let place = format!("chain entry {}", entry.integer("seq")?);
        let recording = entry.integer("recording")?;
        let rows = snapshot
            .fetch(
                Statement::of(REVISIONS_OF)
                    .bind(recording)
                    .bind(entry.integer("first_revision")?)
                    .bind(entry.integer("last_revision")?),
            )
            .await?;
        let (found, wanted) = (
            i64::try_from(rows.len()).unwrap_or(i64::MAX),
            entry.integer("revisions")?,
        );
        if found != wanted {
            report.problem(
                place.clone(),
                format!("it has {wanted} revisions, and {found} are there"),
            );
        }
        let mut stored = Vec::with_capacity(rows.len());
        for row in rows {
            let key = read_key(&row)?;
            let (full, durable) = (row.digest("full_digest")?, row.digest("durable_digest")?);
            let change = row.word("change", Change::parse)?;
            let (id, actor) = (row.integer("id")?, row.optional_text("actor")?);
            let place = format!("revision {id} of {key}");
            let dictionary = match self.dictionary(row.integer("dictionary")?).await {
                Ok(dictionary) => dictionary,
                Err(StoreError::Corrupt(what)) => {
                    report.problem(place.clone(), what);
                    None
                }
                Err(other) => return Err(other),
            };
            stored.push(Stored {
                id,
                place,
                leaf: revision_leaf(
                    &key,
                    row.time("observed_at")?,
                    change,
                    &full,
                    &durable,
                    actor.as_deref(),
                ),
                full,
                change,
                dictionary,
                body: row.bytes("body")?,
            });
        }
        let checked = crate::off_the_async_threads(move || {
            stored
                .into_iter()
                .map(|stored| (stored.check(), stored.place, stored.id, stored.leaf))
                .collect::<Vec<_>>()
        });
        for (problem, place, id, leaf) in checked.await? {
            if let Some(what) = problem {
                report.problem(place, what);
            }
            leaves.add_revision(id, leaf);
            report.revisions += 1;
        }
        let rows = snapshot
            .fetch(
                Statement::of(DECISIONS_OF)
                    .bind(recording)
                    .bind(entry.integer("first_decision")?)
                    .bind(entry.integer("last_decision")?),
            )
            .await?;
        let (found, wanted) = (
            i64::try_from(rows.len()).unwrap_or(i64::MAX),
            entry.integer("decisions")?,
        );
        if found != wanted {
            report.problem(
                place.clone(),
                format!("it has {wanted} decisions, and {found} are there"),
            );
        }
        for row in rows {
            let leaf = crate::decision::leaf(
                row.time("at")?,
                &row.text("author")?,
                &row.text("kind")?,
                row.optional_integer("finding")?,
                row.optional_integer("resource")?,
                row.optional_text("rule")?.as_deref(),
                &row.text("body")?,
            );
            leaves.add_decision(row.integer("id")?, leaf);
            report.decisions += 1;
            if !decided.follow(&row)? {
                report.problem(format!("decision {}", row.integer("id")?), "it cannot be read");
            }
        }
        if leaves.digest() != *digest {
            report.problem(place, "its revisions or decisions are not those that were recorded");
        }
        Ok(())
    }
}
