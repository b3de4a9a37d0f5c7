//! Documents: what AWS returned of a resource, as JSON, and the algorithms the history rests on.
//!
//! * canonical form and hash: [`canonical_bytes`], [`Digest`]
//! * structural difference: [`difference`]
//! * masking: ephemeral paths removed, secret paths digested, unordered lists sorted: [`DocumentRules`]
//! * paths shared by all of them: [`Path`]

mod canonical;
mod difference;
mod path;
mod rules;

pub use canonical::{Digest, canonical_bytes};
pub use difference::{Difference, DifferenceKind, difference};
pub use path::{InvalidPath, Path, Segment};
pub use rules::{DocumentRules, Salt};

/// A resource's configuration. `serde_json` without `preserve_order`: objects are sorted by key.
pub type Document = serde_json::Value;
