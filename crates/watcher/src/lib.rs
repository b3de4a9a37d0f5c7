//! Watches: technology files, and scans of (account, region, technology) into resources and coverage gaps.
//!
//! * A *technology* is one TOML file: which calls list the resources and read their details, where their id, name, ARN, tags and
//!   links are, and which paths are ephemeral, secret or unordered. [`Technologies::load`] checks every file against AWS's API table.
//! * A *scan* ([`Scanner::scan`]) is a stream of batches and gaps. What could not be read is data, never silence.
//!
//! Deliberately knows no service by name, no database, no schedule and no rule: it says what is there now, and where it could
//! not look. Retrying, limits and credentials are the client's work.

mod permissions;
mod reference;
mod regions;
mod scan;
pub mod technology;

pub use permissions::iam_policy;
pub use reference::{technologies_page, technology_schema};
pub use regions::{RegionStatus, regions};
pub use scan::{Limits, ScanItem, ScanPlace, Scanner, gap_cause};
pub use technology::{DocumentShape, SourceFile, Technologies, Technology, TechnologyFileError};
