//! `input.derived`: what Rust works out of a document once, so that rules stay one-liners.
//!
//! Goes by the shape of the document, never by the technology: an object with `Statement` is a policy wherever it
//! stands, `IpPermissions` are permissions of a security group wherever they stand. A part is only worked out when a rule
//! of the resource's technology reads it.

mod escalation;
mod grants;
mod network;
mod policy;
mod prefix_list;

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_iam::AccountDirectory;
use security_monkey_model::document::{Path, Segment};
use security_monkey_model::{Document, TechnologyId};
use serde::Serialize;

pub use escalation::{DerivedAdministration, DerivedEscalation, DerivedMethod};
pub use grants::DerivedGrant;
pub use network::Permission;
pub use policy::{DerivedPolicy, DerivedReach, DerivedStatement};

use crate::rego::RefStep;
use crate::rule_set::ReadPath;
use crate::view::{Collection, LinkedResource};

/// What is derived of one document. Parts nobody reads stay empty.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Derived {
    /// Every policy in the document, statement by statement.
    pub policies: Vec<DerivedPolicy>,
    /// Who can reach the resource through its policies, denies and conditions taken into account.
    pub reach: Vec<DerivedReach>,
    /// The statements that make the identity an administrator, if it is one without conditions; attached policies, groups and boundary
    /// taken into account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administration: Option<DerivedAdministration>,
    /// Ways to raise one's own privileges that the policies of the identity allow, attached policies and boundary taken into account
    /// where they are linked, groups where they are collected.
    pub escalations: Vec<DerivedEscalation>,
    /// Who holds the grants of a KMS key.
    pub grants: Vec<DerivedGrant>,
    /// What may come in, by source.
    pub ingress: Vec<Permission>,
    /// What may go out, by destination.
    pub egress: Vec<Permission>,
    /// Policies of the document that could not be read: path and reason. A rule that reads policies is unknown then.
    #[serde(skip)]
    pub unreadable: Vec<(String, String)>,
    /// The same of policies that stand elsewhere. Only a rule that reads a part which follows links is unknown then.
    #[serde(skip)]
    pub unreadable_elsewhere: Vec<(String, String)>,
    /// Where openings stand of which it is not known for whom they are, and why; see [`Assumption`].
    #[serde(skip)]
    pub unresolved: Vec<(String, String)>,
}

/// Whom an opening is taken to be for whose addresses are not known: a prefix list that was not read, for one. A rule that says the same under
/// both assumptions has its answer; any other's is *unknown*. So a permission nobody could read never passes for a closed one to a rule
/// that asks whether everybody, a public or private network or an unknown account may come in, and does not disturb a rule that asks
/// about other ports. A rule that looks for one certain network, account, owner or a small network is not met by the six networks
/// that stand for everybody, and does not learn of the opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assumption {
    /// For nobody.
    Nobody,
    /// For everybody: a network of every class.
    Everybody,
}

/// Works out the wanted parts. `directory` must look from the account that owns the resource.
pub fn derive(
    document: &Document,
    linked: &[LinkedResource],
    collections: &BTreeMap<TechnologyId, Collection>,
    parts: &BTreeSet<String>,
    directory: &AccountDirectory,
    assumption: Assumption,
) -> Derived {
    let mut derived = Derived::default();
    let wants = |part: &str| parts.contains(part);
    let of_identity = wants("escalations") || wants("administration");
    if wants("policies") || wants("reach") || of_identity {
        let found = policy::find(document, &mut derived.unreadable);
        if wants("policies") {
            let denying: Vec<_> = match assumption {
                Assumption::Nobody => Vec::new(),
                Assumption::Everybody => {
                    let unread = derived.unreadable.iter();
                    unread.filter_map(|(path, _)| policy::denying(path)).collect()
                }
            };
            let all = found.iter().chain(&denying);
            derived.policies = all.map(|policy| policy.derive(directory)).collect();
        }
        if wants("reach") {
            derived.reach = found.iter().flat_map(|policy| policy.reach(directory)).collect();
        }
        if of_identity {
            let around = escalation::Surroundings {
                linked,
                collections,
                directory,
            };
            escalation::collect(document, found, &around, &mut derived);
        }
    }
    if wants("grants") {
        derived.grants = grants::grants(document, directory);
    }
    let around = network::Surroundings {
        collections,
        directory,
        assumption,
    };
    if wants("ingress") {
        derived.ingress = network::permissions(document, "IpPermissions", &around, &mut derived.unresolved);
    }
    if wants("egress") {
        derived.egress = network::permissions(document, "IpPermissionsEgress", &around, &mut derived.unresolved);
    }
    derived
}

/// Whether a derived part takes linked and collected resources into account.
pub(crate) fn follows_links(part: &str) -> bool {
    matches!(part, "escalations" | "administration")
}

/// Whether a derived part depends on this document path, given as technology files write paths.
pub(crate) fn depends_on(part: &str, path: &str) -> bool {
    if path == "*" {
        return true;
    }
    let top = path.split(['.', '[']).next().unwrap_or(path);
    match part {
        "ingress" => top == "IpPermissions",
        "egress" => top == "IpPermissionsEgress",
        "grants" => top == "Grants",
        // A policy that was never read has no shape to go by: go by the names AWS gives such members.
        _ => {
            let last = path.rsplit(['.', ']']).next().unwrap_or(path).to_lowercase();
            ["polic", "document", "attributes", "versions", "boundar"]
                .iter()
                .any(|word| last.contains(word))
        }
    }
}

/// Whether a path that was not read hides something from a rule: it lies on or above a path that the rule reads or, unless the
/// rule only gives that path a name, below it.
pub(crate) fn hides(unread: &str, read: &ReadPath) -> bool {
    let Ok(path) = Path::parse(unread) else {
        // Not understood: rather unknown than wrong.
        return true;
    };
    if read.is_binding && path.segments().len() > read.steps.len() {
        return false;
    }
    read.steps.iter().zip(path.segments()).all(|pair| match pair {
        (RefStep::Member(name), Segment::Member(segment)) => name == segment,
        (RefStep::Member(_), Segment::Elements) => false,
        (RefStep::Element, _) | (_, Segment::Members) => true,
    })
}
