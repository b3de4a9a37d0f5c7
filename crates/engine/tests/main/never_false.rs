//! What could not be read is unknown: never a pass, never a finding resolved, never a resource deleted; in the first scan, in a
//! later one, when audited again, and after a restart.

use security_monkey_aws::ErrorKind;
use security_monkey_engine::{Engine, Selection};
use security_monkey_model::VerdictKind;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::again::{internet_facing_balancer, only_in_ireland, user_rule, with_rules};
use crate::faults::group;
use crate::world::{ONE, World, gaps, scan};

const QUEUES: &str = "aws.sqs.queue";
const OWNED: &str = "aws.sqs.queue.owned";

/// A queue nobody owns fails.
fn owned() -> String {
    user_rule(
        OWNED,
        QUEUES,
        "not input.config.Tags.owner\n\tfinding := {\"subject\": \"owner\", \"message\": \"nobody owns it\", \"evidence\": \"Tags\"}",
    )
}

/// The opposite: without tags there is nothing to find, so that taking unread for absent is a false pass.
fn labelled() -> String {
    user_rule(
        OWNED,
        QUEUES,
        "input.config.Tags.owner == \"mallory\"\n\tfinding := {\"subject\": \"owner\", \"message\": \"owned by mallory\", \"evidence\": \"Tags\"}",
    )
}

fn url(name: &str) -> String {
    format!("https://sqs.eu-west-1.amazonaws.com/{ONE}/{name}")
}

/// Answers for queues, whose tags are as the caller wants.
fn queues(world: &World, names: &[&str]) {
    let urls: Vec<String> = names.iter().map(|name| url(name)).collect();
    let cloud = &world.cloud;
    cloud.set(ONE, "ListQueues", json!({ "QueueUrls": urls }));
    cloud.on(ONE, "*", "GetQueueAttributes", |params| {
        let name = params["QueueUrl"]
            .as_str()
            .unwrap()
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned();
        Ok(json!({"Attributes": {"QueueArn": format!("arn:aws:sqs:eu-west-1:{ONE}:{name}")}}))
    });
}

async fn engine_with(world: &World, rule: &str) -> Engine {
    with_rules(world, &[QUEUES], "aws/sqs/queue.owned.rego", rule).await
}

/// Everything that audits without scanning, as after a restart with other rules: all of it is stale.
async fn restarted(world: &World, rule: &str) -> Engine {
    let engine = engine_with(world, &rule.replace("For the test.", "For the test, in other words.")).await;
    let report = engine.keep_house_once(&mut None).await.unwrap();
    assert!(report.audited_for_rules > 0, "{report:?}");
    engine
}

async fn kind(world: &World, name: &str, rule: &str) -> VerdictKind {
    world.verdict(name, rule).await.unwrap().0
}

/// The gaps of a scan are recorded at its end. A process that dies before has recorded resources with fields that nobody read.
pub(crate) async fn a_killed_first_scan_leaves_unread_fields_unknown(world: World) {
    let engine = engine_with(&world, &labelled()).await;
    only_in_ireland(&world, &engine).await;
    queues(&world, &["jobs"]);
    world.cloud.fail(ONE, "ListQueueTags", ErrorKind::Denied);
    // The second page never comes: the scan is killed between its first batch and its end.
    let shutdown = CancellationToken::new();
    let stop = shutdown.clone();
    world.cloud.on(ONE, "*", "ListQueues", move |params| {
        if params.get("NextToken").is_some() {
            stop.cancel();
        }
        Ok(json!({"QueueUrls": [url("jobs")], "NextToken": "more"}))
    });
    let report = engine.scan_once(&Selection::default(), None, shutdown).await.unwrap();
    assert!(report.is_cancelled && report.scopes.is_empty());
    assert_eq!(kind(&world, "jobs", OWNED).await, VerdictKind::Unknown);

    let engine = restarted(&world, &labelled()).await;
    assert_eq!(kind(&world, "jobs", OWNED).await, VerdictKind::Unknown);

    queues(&world, &["jobs"]);
    world
        .cloud
        .set(ONE, "ListQueueTags", json!({"Tags": {"owner": "mallory"}}));
    assert_eq!(gaps(&scan(&engine).await), Vec::<String>::new());
    assert_eq!(world.states(OWNED).await, ["owner open"]);
}

pub(crate) async fn a_refused_join_is_unknown_first_and_again(world: World) {
    const VPCS: &str = "aws.ec2.vpc";
    const NO_LOGS: &str = "aws.ec2.vpc.no-flow-logs";
    let engine = world.engine(&[VPCS]).await;
    only_in_ireland(&world, &engine).await;
    let cloud = &world.cloud;
    cloud.set(
        ONE,
        "DescribeVpcs",
        json!({"Vpcs": [{"VpcId": "vpc-1", "OwnerId": ONE}]}),
    );
    cloud.fail(ONE, "DescribeFlowLogs", ErrorKind::Denied);
    let report = scan(&engine).await;
    assert_eq!(
        gaps(&report),
        ["eu-west-1 aws.ec2.vpc ec2:DescribeFlowLogs: denied FlowLogs"]
    );
    assert!(report.scopes[0].is_complete, "the VPCs themselves are all there");
    assert_eq!(kind(&world, "vpc-1", NO_LOGS).await, VerdictKind::Unknown);

    cloud.set(ONE, "DescribeFlowLogs", json!({"FlowLogs": []}));
    scan(&engine).await;
    assert_eq!(world.states(NO_LOGS).await, ["FlowLogs open"]);

    // Logs are switched on and nobody may look: neither resolved nor open for sure; the same when audited again.
    cloud.fail(ONE, "DescribeFlowLogs", ErrorKind::Throttled);
    assert_eq!(scan(&engine).await.revisions(), 0);
    assert_eq!(kind(&world, "vpc-1", NO_LOGS).await, VerdictKind::Unknown);
    let text = user_rule(
        "aws.ec2.vpc.other",
        VPCS,
        "count(input.config.FlowLogs) == 0\n\tfinding := {\"subject\": \"x\", \"message\": \"x\", \"evidence\": \"x\"}",
    );
    let engine = with_rules(&world, &[VPCS], "aws/ec2/vpc.other.rego", &text).await;
    assert_eq!(engine.keep_house_once(&mut None).await.unwrap().audited_for_rules, 1);
    assert_eq!(kind(&world, "vpc-1", NO_LOGS).await, VerdictKind::Unknown);
    assert_eq!(kind(&world, "vpc-1", "aws.ec2.vpc.other").await, VerdictKind::Unknown);
    assert_eq!(world.states(NO_LOGS).await, ["FlowLogs open"]);

    cloud.set(
        ONE,
        "DescribeFlowLogs",
        json!({"FlowLogs": [{"ResourceId": "vpc-1", "FlowLogStatus": "ACTIVE"}]}),
    );
    scan(&engine).await;
    assert_eq!(world.states(NO_LOGS).await, ["FlowLogs resolved"]);
}

/// A user whose access keys answer one by one.
fn user(world: &World, keys: &[(&str, &str)]) {
    let cloud = &world.cloud;
    let arn = format!("arn:aws:iam::{ONE}:user/bob");
    cloud.set(
        ONE,
        "GetAccountAuthorizationDetails",
        json!({"UserDetailList": [{"UserId": "AIDA1", "UserName": "bob", "Arn": arn}]}),
    );
    cloud.set(ONE, "ListUsers", json!({"Users": [{"Arn": arn}]}));
    cloud.set(ONE, "ListMFADevices", json!({"MFADevices": []}));
    cloud.none(ONE, "GetLoginProfile", "NoSuchEntity");
    let keys: Vec<Value> = keys
        .iter()
        .map(|(id, status)| json!({"AccessKeyId": id, "UserName": "bob", "Status": status, "CreateDate": "2025-01-01T00:00:00Z"}))
        .collect();
    cloud.set(ONE, "ListAccessKeys", json!({ "AccessKeyMetadata": keys }));
}

fn used_on(world: &World, answer: impl Fn(&str) -> Result<&'static str, ErrorKind> + Send + Sync + 'static) {
    world.cloud.on(ONE, "*", "GetAccessKeyLastUsed", move |params| {
        let date = answer(params["AccessKeyId"].as_str().unwrap())?;
        Ok(json!({"AccessKeyLastUsed": {"LastUsedDate": date, "Region": "eu-west-1", "ServiceName": "s3"}}))
    });
}

pub(crate) async fn a_refused_element_keeps_what_is_known_of_it(world: World) {
    const UNUSED: &str = "aws.iam.user.unused-access-key";
    let engine = world.engine(&["aws.iam.user"]).await;
    world.watch(&engine, ONE).await;
    user(&world, &[("A", "Active"), ("B", "Active")]);
    used_on(&world, |key| {
        Ok(if key == "A" {
            "2026-11-20T00:00:00Z"
        } else {
            "2026-11-21T00:00:00Z"
        })
    });
    assert_eq!(gaps(&scan(&engine).await), Vec::<String>::new());
    assert_eq!(kind(&world, "bob", UNUSED).await, VerdictKind::Pass);

    // One key is switched off, its last use is refused; the other is used today.
    user(&world, &[("A", "Inactive"), ("B", "Active")]);
    used_on(&world, |key| {
        if key == "A" {
            Err(ErrorKind::Denied)
        } else {
            Ok("2026-11-22T00:00:00Z")
        }
    });
    let report = scan(&engine).await;
    assert_eq!(
        gaps(&report),
        ["global aws.iam.user iam:GetAccessKeyLastUsed: denied AccessKeys[].LastUsed"]
    );
    let mut dates: Vec<(String, String)> = world.resource("bob").await.document["AccessKeys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (
                text(&key["AccessKeyId"]),
                text(&key["LastUsed"]["LastUsedDate"])[..10].to_owned(),
            )
        })
        .collect();
    dates.sort();
    assert_eq!(
        dates,
        [
            ("A".to_owned(), "2026-11-20".to_owned()),
            ("B".to_owned(), "2026-11-22".to_owned())
        ]
    );
    assert_eq!(kind(&world, "bob", UNUSED).await, VerdictKind::Unknown);

    // The list itself is refused: nothing is lost, and the rule about the number of keys does not pass either.
    world.cloud.fail(ONE, "ListAccessKeys", ErrorKind::Denied);
    assert_eq!(scan(&engine).await.revisions(), 0);
    let kept = world.resource("bob").await.document;
    assert_eq!(kept["AccessKeys"].as_array().unwrap().len(), 2);
    for rule in [
        UNUSED,
        "aws.iam.user.two-active-access-keys",
        "aws.iam.user.access-key-age",
    ] {
        assert_eq!(kind(&world, "bob", rule).await, VerdictKind::Unknown, "{rule}");
    }
}

pub(crate) async fn refused_tags_are_neither_lost_nor_missing(world: World) {
    let rule = owned().replace("input.config.Tags.owner", "input.resource.tags.owner");
    let engine = engine_with(&world, &rule).await;
    only_in_ireland(&world, &engine).await;
    queues(&world, &["jobs"]);
    world.cloud.fail(ONE, "ListQueueTags", ErrorKind::Denied);
    scan(&engine).await;
    assert_eq!(kind(&world, "jobs", OWNED).await, VerdictKind::Unknown);
    world
        .cloud
        .set(ONE, "ListQueueTags", json!({"Tags": {"owner": "alice"}}));
    scan(&engine).await;
    assert_eq!(kind(&world, "jobs", OWNED).await, VerdictKind::Pass);

    // Something else changes while the tags are refused: their last known values stay, where people search for them too.
    world.cloud.fail(ONE, "ListQueueTags", ErrorKind::Denied);
    world.cloud.set(
        ONE,
        "GetQueueAttributes",
        json!({"Attributes": {"QueueArn": format!("arn:aws:sqs:eu-west-1:{ONE}:jobs"), "VisibilityTimeout": "30"}}),
    );
    assert_eq!(scan(&engine).await.revisions(), 1);
    let kept = world.resource("jobs").await;
    assert_eq!(kept.tags.get("owner").map(String::as_str), Some("alice"));
    assert_eq!(kind(&world, "jobs", OWNED).await, VerdictKind::Unknown);
    restarted(&world, &rule).await;
    assert_eq!(kind(&world, "jobs", OWNED).await, VerdictKind::Unknown);
    assert_eq!(world.states(OWNED).await, Vec::<String>::new());
}

pub(crate) async fn what_was_refused_of_a_neighbour_is_unknown_here(world: World) {
    const NO_TRAIL: &str = "aws.iam.account-summary.no-multi-region-trail";
    let engine = world.engine(&["aws.iam.account-summary", "aws.cloudtrail.trail"]).await;
    only_in_ireland(&world, &engine).await;
    let cloud = &world.cloud;
    cloud.set(
        ONE,
        "GetAccountSummary",
        json!({"SummaryMap": {"AccountMFAEnabled": 1}}),
    );
    let arn = format!("arn:aws:cloudtrail:eu-west-1:{ONE}:trail/all");
    cloud.set(
        ONE,
        "DescribeTrails",
        json!({"trailList": [{
            "Name": "all", "TrailARN": arn, "HomeRegion": "eu-west-1", "IsMultiRegionTrail": true, "S3BucketName": "b"
        }]}),
    );
    cloud.set(ONE, "ListTags", json!({"ResourceTagList": []}));
    cloud.set(ONE, "GetEventSelectors", json!({"EventSelectors": []}));
    cloud.fail(ONE, "GetTrailStatus", ErrorKind::Denied);
    scan(&engine).await;
    let resources = world.resources().await;
    let summary = resources
        .iter()
        .find(|one| one.key.scope.technology.as_str() == "aws.iam.account-summary");
    let name = summary.unwrap().name.clone();
    let (verdict, reason) = world.verdict(&name, NO_TRAIL).await.unwrap();
    assert_eq!(verdict, VerdictKind::Unknown, "{reason}");
    assert!(reason.contains("Status of aws.cloudtrail.trail"), "{reason}");
    assert_eq!(world.states(NO_TRAIL).await, Vec::<String>::new());

    // It can be read, and does not log: the account fails although nothing of the account itself has changed.
    cloud.set(ONE, "GetTrailStatus", json!({"IsLogging": false}));
    scan(&engine).await;
    assert_eq!(world.states(NO_TRAIL).await, ["trail open"]);

    // Refused again: the trail has no new revision, and still the account's verdict follows.
    cloud.fail(ONE, "GetTrailStatus", ErrorKind::Denied);
    assert_eq!(scan(&engine).await.revisions(), 0);
    assert_eq!(kind(&world, &name, NO_TRAIL).await, VerdictKind::Unknown);
    assert_eq!(world.states(NO_TRAIL).await, ["trail open"]);
}

pub(crate) async fn a_neighbour_out_of_sight_is_unknown_then_as_last_seen(world: World) {
    const OPEN: &str = "aws.elbv2.load-balancer.open-to-internet";
    let engine = world
        .engine(&["aws.ec2.security-group", "aws.elbv2.load-balancer"])
        .await;
    only_in_ireland(&world, &engine).await;
    internet_facing_balancer(&world);
    let cloud = &world.cloud;
    cloud.fail(ONE, "DescribeSecurityGroups", ErrorKind::Denied);
    scan(&engine).await;
    let (verdict, reason) = world.verdict("front", OPEN).await.unwrap();
    assert_eq!(verdict, VerdictKind::Unknown, "{reason}");

    cloud.set(
        ONE,
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [group("sg-1", 443)]}),
    );
    scan(&engine).await;
    assert_eq!(world.states(OPEN).await, ["HTTPS/443 0.0.0.0/0 open"]);

    // The groups are out of sight: the group is as last seen, and nothing is resolved or deleted by that.
    cloud.fail(ONE, "DescribeSecurityGroups", ErrorKind::Timeout);
    assert_eq!(scan(&engine).await.revisions(), 0);
    assert!(world.resource("sg-1").await.summary.is_active);
    assert_eq!(world.states(OPEN).await, ["HTTPS/443 0.0.0.0/0 open"]);
}

pub(crate) async fn an_absence_is_unknown_again_after_a_restart_until_every_region_was_seen(world: World) {
    const NO_TRAIL: &str = "aws.iam.account-summary.no-multi-region-trail";
    let technologies = ["aws.iam.account-summary", "aws.cloudtrail.trail"];
    let engine = world.engine(&technologies).await;
    world.watch(&engine, ONE).await;
    let cloud = &world.cloud;
    cloud.set(
        ONE,
        "GetAccountSummary",
        json!({"SummaryMap": {"AccountMFAEnabled": 1}}),
    );
    cloud.set(ONE, "DescribeTrails", json!({"trailList": []}));
    scan(&engine).await;
    let name = world.resources().await[0].name.clone();
    assert_eq!(world.states(NO_TRAIL).await, ["trail open"]);

    // A new process has not asked for the regions yet: nothing it says may rest on having seen all of them.
    let engine = world.engine(&technologies).await;
    world.release_lease("audit/time").await;
    let report = engine.keep_house_once(&mut None).await.unwrap();
    assert!(report.audited_for_time > 0, "{report:?}");
    assert_eq!(kind(&world, &name, NO_TRAIL).await, VerdictKind::Unknown);
    assert_eq!(world.states(NO_TRAIL).await, ["trail open"]);

    // One region fails, and a trail that is there now could be in it.
    cloud.on(ONE, "eu-west-1", "DescribeTrails", |_| Err(ErrorKind::Throttled));
    scan(&engine).await;
    assert_eq!(kind(&world, &name, NO_TRAIL).await, VerdictKind::Unknown);
    cloud.set_in(ONE, "eu-west-1", "DescribeTrails", json!({"trailList": []}));
    scan(&engine).await;
    assert_eq!(kind(&world, &name, NO_TRAIL).await, VerdictKind::Fail);
    assert_eq!(world.states(NO_TRAIL).await, ["trail open"]);
}

/// Gaps of a scope are those of its last scan. One that broke off early knows nothing of the fields that the scan before missed.
pub(crate) async fn a_listing_that_broke_off_keeps_what_was_unread_before(world: World) {
    let engine = engine_with(&world, &labelled()).await;
    only_in_ireland(&world, &engine).await;
    queues(&world, &["jobs"]);
    world.cloud.fail(ONE, "ListQueueTags", ErrorKind::Denied);
    scan(&engine).await;
    world.cloud.fail(ONE, "ListQueues", ErrorKind::Throttled);
    let report = scan(&engine).await;
    assert_eq!(gaps(&report), ["eu-west-1 aws.sqs.queue sqs:ListQueues: throttled -"]);
    restarted(&world, &labelled()).await;
    assert_eq!(kind(&world, "jobs", OWNED).await, VerdictKind::Unknown);
    assert!(world.resource("jobs").await.summary.is_active);
}

/// Ephemeral values change in every scan: such a resource must not wait for a durable change to be audited by a new rule.
pub(crate) async fn an_ephemeral_change_hides_no_new_rule(world: World) {
    let engine = world.engine(&["aws.iam.user"]).await;
    world.watch(&engine, ONE).await;
    user(&world, &[("A", "Active")]);
    used_on(&world, |_| Ok("2026-11-20T00:00:00Z"));
    scan(&engine).await;
    let id = "aws.iam.user.used-recently";
    let text = user_rule(
        id,
        "aws.iam.user",
        "some key in input.config.AccessKeys\n\tstartswith(key.LastUsed.LastUsedDate, \"2026-11-22\")\n\tfinding := {\"subject\": key.AccessKeyId, \"message\": \"used\", \"evidence\": \"x\"}",
    );
    let engine = with_rules(&world, &["aws.iam.user"], "aws/iam/user.used-recently.rego", &text).await;
    used_on(&world, |_| Ok("2026-11-21T00:00:00Z"));
    assert_eq!(scan(&engine).await.revisions(), 0);
    assert_eq!(kind(&world, "bob", id).await, VerdictKind::Pass);
    used_on(&world, |_| Ok("2026-11-22T00:00:00Z"));
    assert_eq!(scan(&engine).await.revisions(), 0);
    assert_eq!(world.states(id).await, ["A open"]);
}
