//! What happens between two calls of a scan, or comes from somewhere that is not AWS: nothing of it reads as a deletion.

use security_monkey_aws::ErrorKind;
use security_monkey_model::VerdictKind;
use serde_json::{Value, json};

use crate::again::only_in_ireland;
use crate::faults::bucket;
use crate::world::{ONE, World, gaps, scan};

const BUCKETS: &str = "aws.s3.bucket";
const TRAILS: &str = "aws.cloudtrail.trail";
const SUMMARY: &str = "aws.iam.account-summary";
const NO_TRAIL: &str = "aws.iam.account-summary.no-multi-region-trail";

/// A bucket deleted after it was listed: no gap, no change, no deletion until a list does without it.
pub(crate) async fn what_is_deleted_between_its_list_and_its_details_is_left_to_the_next_list(world: World) {
    let engine = world.engine(&[BUCKETS]).await;
    world.watch(&engine, ONE).await;
    bucket(&world);
    scan(&engine).await;
    let before = world.resource("logs").await.document;

    // Everything about it says not found; the list, made before, still has it.
    let calls = [
        "GetBucketPolicy",
        "GetBucketAcl",
        "GetPublicAccessBlock",
        "GetBucketOwnershipControls",
        "GetBucketEncryption",
        "GetBucketVersioning",
        "GetBucketLogging",
        "GetBucketLifecycleConfiguration",
        "GetBucketReplication",
        "GetBucketWebsite",
        "GetBucketCors",
        "GetBucketNotificationConfiguration",
        "GetObjectLockConfiguration",
        "GetBucketTagging",
    ];
    for call in calls {
        world.cloud.fail(ONE, call, ErrorKind::NotFound);
    }
    let report = scan(&engine).await;
    assert_eq!((report.revisions(), gaps(&report)), (0, Vec::new()));
    assert!(report.scopes[0].is_complete);
    assert_eq!(world.resource("logs").await.document, before);

    // The next list has it too: it is not gone, and cannot be read.
    for _ in 0..2 {
        let report = scan(&engine).await;
        assert_eq!(gaps(&report).len(), 1, "{:?}", gaps(&report));
        assert_eq!(report.revisions(), 0);
        assert!(world.resource("logs").await.summary.is_active);
    }
    // The next list does without it.
    world.cloud.set(ONE, "ListBuckets", json!({"Buckets": []}));
    let report = scan(&engine).await;
    assert_eq!((report.scopes[0].deleted, gaps(&report)), (1, Vec::new()));
    assert_eq!(world.revisions("logs").await, ["deleted", "created"]);
}

/// `{}` with status 200, from a proxy or a captive portal, is no empty list.
pub(crate) async fn an_answer_without_its_list_deletes_nothing(world: World) {
    let engine = world.engine(&[BUCKETS, "aws.sqs.queue"]).await;
    only_in_ireland(&world, &engine).await;
    bucket(&world);
    world
        .cloud
        .set(ONE, "ListQueues", json!({"QueueUrls": ["https://sqs/1/jobs"]}));
    world.cloud.set(ONE, "GetQueueAttributes", json!({"Attributes": {}}));
    world.cloud.set(ONE, "ListQueueTags", json!({}));
    scan(&engine).await;

    world.cloud.set(ONE, "ListBuckets", json!({}));
    let report = scan(&engine).await;
    assert_eq!(gaps(&report), ["global aws.s3.bucket s3:ListBuckets: malformed -"]);
    assert_eq!(report.revisions(), 0);
    assert!(world.resource("logs").await.summary.is_active);

    // SQS is the one that does answer so when there are none.
    world.cloud.set(ONE, "ListQueues", json!({}));
    assert_eq!(gaps(&scan(&engine).await).len(), 1);
    assert_eq!(world.revisions("jobs").await, ["deleted", "created"]);
}

/// A trail of all regions, whose own region nobody scans, is seen where it is at work: once, and it counts.
pub(crate) async fn a_trail_of_another_region_counts_and_is_there_once(world: World) {
    let engine = world.engine(&[TRAILS, SUMMARY]).await;
    let mut account = world.watch(&engine, ONE).await;
    account.regions = ["eu-central-1", "eu-west-1"]
        .map(|region| region.parse().unwrap())
        .to_vec();
    engine
        .put_account(&account, &security_monkey_store::Author::System)
        .await
        .unwrap();
    let cloud = &world.cloud;
    let trail = |home: &str| -> Value {
        json!({"TrailARN": format!("arn:aws:cloudtrail:{home}:{ONE}:trail/all"), "Name": "all", "HomeRegion": home, "IsMultiRegionTrail": true})
    };
    cloud.set(ONE, "GetAccountSummary", json!({"SummaryMap": {}}));
    cloud.set(ONE, "DescribeTrails", json!({"trailList": [trail("us-east-1")]}));
    cloud.set(ONE, "ListTags", json!({"ResourceTagList": []}));
    // Told at home only.
    cloud.fail(ONE, "GetTrailStatus", ErrorKind::NotFound);
    cloud.set_in(ONE, "us-east-1", "GetTrailStatus", json!({"IsLogging": true}));
    cloud.set(ONE, "GetEventSelectors", json!({"EventSelectors": []}));
    let report = scan(&engine).await;
    assert_eq!(gaps(&report), Vec::<String>::new());
    assert_eq!(world.resource("all").await.document["Status"]["IsLogging"], true);
    let summary = world.resources().await;
    let summary = summary
        .iter()
        .find(|resource| resource.key.scope.technology.as_str() == SUMMARY);
    let name = summary.unwrap().name.clone();
    assert_eq!(world.verdict(&name, NO_TRAIL).await.unwrap().0, VerdictKind::Pass);
    assert_eq!(world.states(NO_TRAIL).await, Vec::<String>::new());
    assert_eq!(scan(&engine).await.revisions(), 0);
}
