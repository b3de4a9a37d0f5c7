//! Networks, VPCs and VPC endpoints that the surroundings call ours.

use security_monkey_iam::explain::{Explanation, Paper, Surroundings, explain};

fn policy(condition: &str) -> Paper {
    let document = format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::records/*", "Condition": {condition}}}}}"#
    );
    Paper::read("policy", &document).unwrap()
}

const KNOWN: &str = r#"{"resource": "arn:aws:s3:::records", "networks": ["203.0.113.0/24", "2001:db8::/32"], "vpcs": ["vpc-1"], "vpc_endpoints": ["vpce-1"]}"#;

/// They were read and changed no answer.
#[test]
fn places_of_ours_are_named_in_the_answer() {
    let cases = [
        (
            r#"{"IpAddress": {"aws:SourceIp": ["203.0.113.128/25", "198.51.100.7", "2001:db8:1::/48", "203.0.0.0/16"]}}"#,
            "aws:SourceIp IpAddress 203.0.113.128/25 (ours) or 198.51.100.7 or 2001:db8:1::/48 (ours) or 203.0.0.0/16",
            2,
        ),
        (
            r#"{"StringEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}"#,
            "aws:SourceVpc StringEquals vpc-1 (ours) or vpc-2",
            1,
        ),
        (
            r#"{"StringEquals": {"AWS:sourceVpce": ["vpce-2", "vpce-1"]}}"#,
            "AWS:sourceVpce StringEquals vpce-2 or vpce-1 (ours)",
            1,
        ),
        // The id of one kind is none of another.
        (
            r#"{"StringEquals": {"aws:SourceVpc": "vpce-1"}}"#,
            "aws:SourceVpc StringEquals vpce-1",
            0,
        ),
    ];
    let surroundings = Surroundings::read(KNOWN).unwrap();
    for (condition, words, ours) in cases {
        let explanation = explain(&policy(condition), &surroundings);
        let said = explanation.to_string();
        assert!(said.contains(&format!("only if {words}: ")), "{words}: {said}");
        let Explanation::Reach { reach, .. } = explanation else {
            panic!("{explanation:?}")
        };
        assert_eq!(reach[0].restricting[0].ours.len(), ours, "{condition}");
        // Whoever reads the answer as data sees the member only where there is something in it.
        let data = serde_json::to_value(&reach[0].restricting[0]).unwrap();
        assert_eq!(data.get("ours").is_some(), ours > 0, "{data}");
    }
}
