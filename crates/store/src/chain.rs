//! The hash chain: one entry per transaction that recorded revisions or decisions.
//!
//! An entry's digest covers the leaves of its transaction (sorted, so that their order does not matter), and its hash
//! covers the entry before. The head's row is locked by whoever appends, until their transaction ends: so entries and events
//! are numbered in the order of commits, without gaps. Take it last: everything after it is serialised.

use security_monkey_model::{Change, Digest, ResourceKey, Timestamp};

use crate::Result;
use crate::db::{Statement, Transaction, statements};

statements! {
    LOCK_HEAD = "update chain_head set seq = seq where id = 1 returning seq, hash";
    MOVE_HEAD = "update chain_head set seq = $1, hash = $2 where id = 1";
    APPEND = "insert into chain (seq, at, recording, revisions, first_revision, last_revision,
        decisions, first_decision, last_decision, digest, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    NEW_RECORDING = "insert into recording (at) values ($1) returning id";
}

/// What one transaction adds to the chain.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    digests: Vec<Digest>,
    revisions: Range,
    decisions: Range,
}

/// How many rows, and the lowest and highest of their numbers.
#[derive(Debug, Default, Clone, Copy)]
struct Range {
    count: i64,
    first: i64,
    last: i64,
}

impl Range {
    fn add(&mut self, number: i64) {
        self.first = if self.count == 0 {
            number
        } else {
            self.first.min(number)
        };
        self.last = self.last.max(number);
        self.count += 1;
    }
}

impl Leaves {
    pub(crate) fn add_revision(&mut self, number: i64, leaf: Digest) {
        self.revisions.add(number);
        self.digests.push(leaf);
    }

    pub(crate) fn add_decision(&mut self, number: i64, leaf: Digest) {
        self.decisions.add(number);
        self.digests.push(leaf);
    }

    /// The digest of all leaves, in whatever order they came.
    pub(crate) fn digest(&mut self) -> Digest {
        self.digests.sort_unstable();
        let parts: Vec<&[u8]> = self.digests.iter().map(|digest| &digest.as_bytes()[..]).collect();
        Digest::of_parts(&parts)
    }
}

/// What is hashed of a revision.
pub(crate) fn revision_leaf(
    key: &ResourceKey,
    observed_at: Timestamp,
    change: Change,
    full: &Digest,
    durable: &Digest,
    actor: Option<&str>,
) -> Digest {
    Digest::of_parts(&[
        b"revision",
        key.scope.account.as_str().as_bytes(),
        key.scope.region.as_str().as_bytes(),
        key.scope.technology.as_str().as_bytes(),
        key.id.as_str().as_bytes(),
        &observed_at.as_micros().to_be_bytes(),
        change.as_str().as_bytes(),
        full.as_bytes(),
        durable.as_bytes(),
        actor.unwrap_or_default().as_bytes(),
    ])
}

/// What is hashed of an entry.
pub(crate) fn entry_hash(before: &Digest, seq: i64, at: Timestamp, recording: i64, digest: &Digest) -> Digest {
    Digest::of_parts(&[
        before.as_bytes(),
        &seq.to_be_bytes(),
        &at.as_micros().to_be_bytes(),
        &recording.to_be_bytes(),
        digest.as_bytes(),
    ])
}

impl Transaction {
    /// The number under which this transaction's revisions and decisions are kept.
    pub(crate) async fn new_recording(&mut self, at: Timestamp) -> Result<i64> {
        self.fetch_one(Statement::of(NEW_RECORDING).bind(at))
            .await?
            .integer("id")
    }

    /// Locks the head until the transaction ends: needed before events are written, so that their numbers follow commits.
    pub(crate) async fn lock_head(&mut self) -> Result<(i64, Digest)> {
        let row = self.fetch_one(Statement::of(LOCK_HEAD)).await?;
        Ok((row.integer("seq")?, row.digest("hash")?))
    }

    /// Appends an entry for the leaves, if there are any; locks the head in any case.
    pub(crate) async fn append_to_chain(&mut self, recording: i64, at: Timestamp, mut leaves: Leaves) -> Result<()> {
        let (seq, before) = self.lock_head().await?;
        if leaves.digests.is_empty() {
            return Ok(());
        }
        let seq = seq + 1;
        let digest = leaves.digest();
        let hash = entry_hash(&before, seq, at, recording, &digest);
        let entry = Statement::of(APPEND)
            .bind(seq)
            .bind(at)
            .bind(recording)
            .bind(leaves.revisions.count)
            .bind(leaves.revisions.first)
            .bind(leaves.revisions.last)
            .bind(leaves.decisions.count)
            .bind(leaves.decisions.first)
            .bind(leaves.decisions.last)
            .bind(&digest)
            .bind(&hash);
        self.execute(entry).await?;
        self.execute(Statement::of(MOVE_HEAD).bind(seq).bind(&hash)).await?;
        Ok(())
    }
}
