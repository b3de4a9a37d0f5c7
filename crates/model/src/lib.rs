//! The words of Security Monkey, as types: ids, resources, revisions, findings, decisions, documents.
//!
//! Owns: what a value of each word may be, and the algorithms on documents (canonical form, hashing, structural
//! difference, masking) that the history's trust rests on. Deliberately knows no I/O, no database, no wire format of the
//! REST API and no AWS service: a technology name never appears here.

pub mod account;
pub mod clock;
pub mod document;
pub mod event;
pub mod finding;
pub mod gap;
pub mod identifier;
pub mod resource;
pub mod user;

pub use account::{Account, AccountId, AccountKind, AssumeRole};
pub use clock::{Clock, FixedClock, SystemClock, Timestamp};
pub use document::{Digest, Document};
pub use event::{Event, EventBody};
pub use finding::{EvaluatedFinding, Evaluation, FindingStatus, Justification, Score, Severity, Verdict, VerdictKind};
pub use gap::{CoverageGap, GapCause};
pub use identifier::{InvalidId, Region, ResourceId, RuleId, Subject, TechnologyId};
pub use resource::{Actor, Change, Link, ObservedResource, ResourceKey, Scope};
pub use user::{Role, UserEmail};
