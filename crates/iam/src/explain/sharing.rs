//! With whom a snapshot or an image is shared: read from what AWS's command line prints.

use serde_json::Value;

use super::{Explanation, Surroundings};
use crate::reach::{Sharing, reach_of_shared};

/// A list of those that something is shared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharingList {
    of: &'static str,
    actions: &'static [&'static str],
    with: Vec<Sharing>,
}

/// An answer: the member it is known by, where the lists stand, what is shared, and what sharing allows.
type Answer = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// Sources: EC2 API Reference, "DescribeSnapshotAttribute" and "DescribeImageAttribute"; RDS API Reference, "DBSnapshotAttributesResult" and
/// "DBClusterSnapshotAttributesResult".
const ANSWERS: [Answer; 4] = [
    (
        "CreateVolumePermissions",
        "",
        "an EBS snapshot",
        &["ec2:CreateVolume", "ec2:CopySnapshot"],
    ),
    ("LaunchPermissions", "", "an image", &["ec2:RunInstances"]),
    (
        "DBSnapshotAttributesResult",
        "DBSnapshotAttributes",
        "a database snapshot",
        &["rds:RestoreDBInstanceFromDBSnapshot", "rds:CopyDBSnapshot"],
    ),
    (
        "DBClusterSnapshotAttributesResult",
        "DBClusterSnapshotAttributes",
        "a snapshot of a database cluster",
        &["rds:RestoreDBClusterFromSnapshot", "rds:CopyDBClusterSnapshot"],
    ),
];

/// What can be shared, as answers name it.
pub(super) fn kinds() -> [&'static str; ANSWERS.len()] {
    ANSWERS.map(|(_, _, of, _)| of)
}

impl SharingList {
    /// Reads what `aws ec2 describe-snapshot-attribute --attribute createVolumePermission`, `aws ec2 describe-image-attribute --attribute
    /// launchPermission`, `aws rds describe-db-snapshot-attributes` and `describe-db-cluster-snapshot-attributes` print; `None`: it is none of
    /// these.
    pub fn read(text: &str) -> Option<Self> {
        let answer: Value = serde_json::from_str(text).ok()?;
        ANSWERS.iter().find_map(|(member, inner, of, actions)| {
            let found = answer.get(member)?;
            let with = if inner.is_empty() {
                found.as_array()?.iter().map(entry).collect::<Option<_>>()?
            } else {
                let attributes = found.get(inner)?.as_array()?.iter();
                // Who may restore it; other attributes say who owns it.
                let restore = attributes.filter(|attribute| attribute["AttributeName"] == "restore");
                let values = restore.filter_map(|attribute| attribute["AttributeValues"].as_array());
                values
                    .flatten()
                    .map(|value| Some(named(value.as_str()?)))
                    .collect::<Option<_>>()?
            };
            Some(Self { of, actions, with })
        })
    }

    /// Says with whom it is shared.
    pub fn explain(&self, around: &Surroundings) -> Explanation {
        let directory = around.directory.seen_from(around.own_account());
        Explanation::Sharing {
            of: self.of,
            reach: reach_of_shared(&self.with, self.actions, &directory),
        }
    }
}

/// `{"Group": "all"}`, `{"UserId": "…"}`, `{"OrganizationArn": "…"}`, `{"OrganizationalUnitArn": "…"}`.
fn entry(value: &Value) -> Option<Sharing> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    if let Some(arn) = text("OrganizationArn").or(text("OrganizationalUnitArn")) {
        return Some(Sharing::Organisation { arn: arn.to_owned() });
    }
    text("Group").or(text("UserId")).map(named)
}

fn named(text: &str) -> Sharing {
    if text == "all" {
        Sharing::Everybody
    } else {
        Sharing::Account { id: text.to_owned() }
    }
}
