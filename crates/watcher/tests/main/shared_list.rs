//! List calls that several technologies, or several tables of one, use.

use security_monkey_aws::models::Models;
use security_monkey_watcher::{SourceFile, Technologies};
use serde_json::json;

use crate::fake::{Fake, Report, scan_of};

/// A technology of S3 buckets; each table of `lists` is a list call of its own.
fn buckets(kind: &str, lists: &[&str]) -> SourceFile {
    let lists: Vec<String> = lists
        .iter()
        .map(|rest| format!("[[list]]\noperation = \"ListBuckets\"\nitems = \"Buckets[]\"\n{rest}\n"))
        .collect();
    let lists = lists.concat();
    let path = format!("aws/s3/{kind}.toml");
    SourceFile {
        display_name: path.clone(),
        text: format!(
            r#"id = "aws.s3.{kind}"
resource_type = "AWS::S3::Bucket"
title = "S3 bucket"
plural = "S3 buckets"
description = "A container."
documentation = "https://docs.aws.amazon.com/s3"
service = "s3"
reach = "global"

{lists}
[resource]
id = "{{Name}}"
"#
        ),
        path,
        is_built_in: false,
    }
}

async fn scan_files(files: Vec<SourceFile>, ids: &[&str]) -> (Report, usize) {
    let (technologies, errors) = Technologies::load(files, Models::embedded());
    assert!(errors.is_empty(), "{errors:?}");
    let api = Fake::default().always("ListBuckets", json!({"Buckets": [{"Name": "a-log"}, {"Name": "b"}]}));
    let report = scan_of(&technologies, &api, "global", ids).await;
    (report, api.count("ListBuckets"))
}

fn ids<'r>(report: &'r Report, technology: &str) -> Vec<&'r str> {
    assert!(report.ends[technology].complete);
    report.resources[technology]
        .iter()
        .map(|resource| resource.id.as_str())
        .collect()
}

#[tokio::test]
async fn the_first_of_two_technologies_with_the_same_items_does_not_empty_the_list() {
    const LOGS: &str = r#"where = [{ path = "Name", is = ["*-log"] }]"#;
    for order in [["aws.s3.log", "aws.s3.any"], ["aws.s3.any", "aws.s3.log"]] {
        let files = vec![buckets("any", &[""]), buckets("log", &[LOGS])];
        let (report, calls) = scan_files(files, &order).await;
        assert_eq!(ids(&report, "aws.s3.any"), ["a-log", "b"], "{order:?}");
        assert_eq!(ids(&report, "aws.s3.log"), ["a-log"], "{order:?}");
        assert_eq!(calls, 1, "the call is still made once");
    }
}

#[tokio::test]
async fn the_first_of_two_lists_of_a_technology_does_not_empty_the_second() {
    let lists = [
        r#"where = [{ path = "Name", is = ["*-log"] }]"#,
        r#"where = [{ path = "Name", is = ["b"] }]"#,
    ];
    let (report, calls) = scan_files(vec![buckets("some", &lists)], &["aws.s3.some"]).await;
    assert_eq!(ids(&report, "aws.s3.some"), ["a-log", "b"]);
    assert_eq!(calls, 1);
}
