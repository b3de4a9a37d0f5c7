//! The least-privilege IAM policy for what is enabled.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::technology::Technology;

/// The policy that allows exactly the calls of these technologies, and `ec2:DescribeRegions` to find the regions.
///
/// One statement on all resources: the calls list resources, and most of their actions know no resource-level permissions.
pub fn iam_policy(technologies: &[&Technology]) -> Value {
    let mut actions: BTreeSet<String> = ["ec2:DescribeRegions".to_owned()].into();
    actions.extend(technologies.iter().flat_map(|technology| technology.iam_actions()));
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "SecurityMonkeyRead",
            "Effect": "Allow",
            "Action": actions,
            "Resource": "*",
        }],
    })
}
