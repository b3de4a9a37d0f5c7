//! What is not in an answer: an empty list, an answer that is none, a resource deleted between its list and its own calls.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt as _};
use futures::stream::StreamExt as _;
use security_monkey_aws::models::{Models, Service, Shape, ShapeId};
use security_monkey_aws::{Api, AwsError, Call, ErrorKind, Response};
use security_monkey_model::{GapCause, Region};
use security_monkey_watcher::{ScanPlace, Technology};
use serde_json::{Map, Value, json};

use crate::fake::{Fake, Report, place, scan, scanner, technologies};

/// Answers every call in one way.
struct Everything<F>(F);

impl<F: Fn(&Call<'_>) -> Result<Value, (ErrorKind, String)> + Send + Sync> Api for Everything<F> {
    fn call<'a>(&'a self, region: &'a str, call: Call<'a>) -> BoxFuture<'a, Result<Response, AwsError>> {
        let answer = (self.0)(&call);
        async move {
            let value = answer.map_err(|(kind, code)| AwsError {
                kind,
                service: call.service.to_owned(),
                operation: call.operation.to_owned(),
                region: region.to_owned(),
                code: Some(code),
                message: "the test says so".to_owned(),
                request_id: None,
            })?;
            Ok(Response {
                value,
                ..Response::default()
            })
        }
        .boxed()
    }
}

/// An answer with one of everything, and no next page.
fn sample(service: &Service, shape: ShapeId, depth: usize) -> Value {
    match service.shape(shape) {
        Shape::Structure(structure) if depth > 0 => {
            let members = structure.members().iter();
            let members = members.filter(|member| !member.name.contains("Token") && !member.name.contains("Marker"));
            Value::Object(
                members
                    .filter(|member| !["IsTruncated", "Truncated"].contains(&member.name.as_str()))
                    .map(|member| match member.name.as_str() {
                        "OwnerId" => (member.name.clone(), json!("123456789012")),
                        name => (name.to_owned(), sample(service, member.shape, depth - 1)),
                    })
                    .collect(),
            )
        }
        Shape::List(list) if depth > 0 => json!([sample(service, list.element, depth - 1)]),
        Shape::Map(map) if depth > 0 => json!({"a": sample(service, map.value, depth - 1)}),
        Shape::Structure(_) | Shape::Map(_) => Value::Object(Map::new()),
        Shape::List(_) => json!([]),
        Shape::Scalar(_) => json!("us-east-1"),
    }
}

fn answer_to(call: &Call<'_>) -> Value {
    let service = Models::embedded().service(call.service).unwrap();
    let output = service.operation(call.operation).unwrap().output;
    output.map_or(Value::Null, |output| sample(service, output, 6))
}

fn global_or(technology: &Technology) -> ScanPlace {
    place(if technology.is_global() { "global" } else { "us-east-1" })
}

async fn scan_one(api: &dyn Api, place: &ScanPlace, technology: &Technology) -> Report {
    let (scanner, mut report) = (scanner(), Report::default());
    let chosen = [technology];
    let mut items = std::pin::pin!(scanner.scan(api, place, &chosen));
    while let Some(item) = items.next().await {
        report.add(item);
    }
    report
}

/// `{}` with status 200 came from no AWS service: taken for an empty list, it would delete everything.
#[tokio::test]
async fn an_answer_without_its_list_is_no_empty_list() {
    let technologies = technologies();
    let api = Everything(|_: &Call<'_>| Ok(json!({})));
    let mut judged = 0;
    for technology in technologies
        .all()
        .filter(|technology| !technology.file().lists.is_empty())
    {
        let id = technology.id().as_str();
        let report = scan_one(&api, &global_or(technology), technology).await;
        let end = &report.ends[id];
        assert_eq!(end.resources, 0, "{id}");
        if id == "aws.sqs.queue" {
            assert!(end.complete, "SQS leaves an empty list out");
            continue;
        }
        judged += 1;
        assert!(!end.complete, "{id}");
        let gap = report.gaps(id).iter().find(|gap| gap.hides_resources()).unwrap();
        assert_eq!(gap.cause, GapCause::Malformed, "{id}");
        assert!(gap.message.contains("not even an empty one"), "{}", gap.message);
    }
    assert!(judged > 10, "{judged}");

    let empty = Fake::default().always("DescribeTrails", json!({"trailList": []}));
    let report = scan(&empty, "eu-west-1", &["aws.cloudtrail.trail"]).await;
    assert!(report.ends["aws.cloudtrail.trail"].complete);
    let counted = Fake::default()
        .always("ListKeys", json!({"Truncated": false}))
        .always("ListAliases", json!({"Aliases": []}));
    let report = scan(&counted, "eu-west-1", &["aws.kms.key"]).await;
    assert!(!report.ends["aws.kms.key"].complete, "other members make it no list");
}

/// IAM puts four lists into one answer; a page may hold some of them only.
#[tokio::test]
async fn a_page_with_another_of_its_lists_is_an_answer() {
    let api = Fake::default()
        .on("GetAccountAuthorizationDetails", |_, params| {
            Ok(match params.get("Marker") {
                None => json!({"GroupDetailList": [{"GroupId": "AGPA1", "GroupName": "a"}], "IsTruncated": true, "Marker": "more"}),
                Some(_) => json!({"UserDetailList": [], "IsTruncated": false}),
            })
        });
    let report = scan(&api, "global", &["aws.iam.group"]).await;
    assert_eq!(report.gaps("aws.iam.group"), []);
    assert_eq!(report.only("aws.iam.group").name, "a");

    let broken_off = Fake::default().on("GetAccountAuthorizationDetails", |_, params| {
        Ok(match params.get("Marker") {
            None => json!({"GroupDetailList": [], "IsTruncated": true, "Marker": "more"}),
            Some(_) => json!({}),
        })
    });
    let report = scan(&broken_off, "global", &["aws.iam.group"]).await;
    assert!(!report.ends["aws.iam.group"].complete, "the second page was no answer");
}

#[tokio::test]
async fn a_join_or_batch_without_its_list_leaves_its_field_unread() {
    let api = Fake::default()
        .always("DescribeVpcs", json!({"Vpcs": [{"VpcId": "vpc-1"}]}))
        .always("DescribeFlowLogs", json!({}))
        .always(
            "DescribeLoadBalancers",
            json!({"LoadBalancers": [{"LoadBalancerArn": "arn:lb"}]}),
        )
        .always("DescribeTags", json!({}))
        .always("DescribeListeners", json!({"Listeners": []}))
        .always("DescribeLoadBalancerAttributes", json!({"Attributes": []}));
    let report = scan(&api, "eu-west-1", &["aws.ec2.vpc", "aws.elbv2.load-balancer"]).await;
    assert_eq!(report.only("aws.ec2.vpc").unread, ["FlowLogs"]);
    assert_eq!(report.only("aws.elbv2.load-balancer").unread, ["Tags"]);
    for technology in ["aws.ec2.vpc", "aws.elbv2.load-balancer"] {
        assert!(report.ends[technology].complete, "{technology}");
        assert_eq!(report.gaps(technology)[0].cause, GapCause::Malformed, "{technology}");
    }
}

/// `{}` with status 200 to a call of a resource's own: none of its grants, keys or listeners has gone.
#[tokio::test]
async fn a_detail_without_its_list_leaves_its_field_unread() {
    let technologies = technologies();
    let mut judged = BTreeSet::new();
    for technology in technologies.all() {
        let (id, file) = (technology.id().as_str(), technology.file());
        for hollow in &file.details {
            let operation = hollow.operation.as_str();
            // The one call without `into`, DescribeKey, fills members of the document.
            let field = hollow.into.as_deref().unwrap_or("KeyManager");
            let api = Everything(|call: &Call<'_>| {
                let is_meant = call.operation == operation;
                Ok(if is_meant { json!({}) } else { answer_to(call) })
            });
            let report = scan_one(&api, &global_or(technology), technology).await;
            let resource = report.only(id);
            let gaps = report.gaps(id);
            if gaps.is_empty() {
                continue; // it may leave it out
            }
            assert!(
                gaps.iter().all(|gap| gap.cause == GapCause::Malformed
                    && gap.operation.ends_with(operation)
                    && gap.message.contains("not even an empty one")),
                "{id} {operation}: {gaps:?}"
            );
            let is_unread = |path: &String| path == field || path.ends_with(&format!(".{field}"));
            assert!(
                resource.unread.iter().any(is_unread),
                "{id} {operation}: {:?}",
                resource.unread
            );
            judged.insert(format!("{id} {operation}"));
        }
    }
    for call in [
        "aws.kms.key ListGrants",
        "aws.elbv2.load-balancer DescribeListeners",
        "aws.lambda.function ListAliases",
        "aws.lambda.function GetPolicy",
        "aws.iam.user ListAccessKeys",
        "aws.iam.user GetLoginProfile",
        "aws.iam.account-summary GetAccountSummary",
        "aws.rds.db-snapshot DescribeDBSnapshotAttributes",
        "aws.s3.bucket GetBucketPolicy",
        "aws.sqs.queue GetQueueAttributes",
        "aws.s3.bucket GetBucketAcl",
        "aws.s3.bucket GetBucketLifecycleConfiguration",
        "aws.s3.bucket GetBucketWebsite",
        "aws.cloudtrail.trail GetTrailStatus",
        "aws.cloudtrail.trail GetEventSelectors",
        "aws.kms.key DescribeKey",
        "aws.kms.key GetKeyPolicy",
        "aws.kms.key GetKeyRotationStatus",
        "aws.iam.user GetAccessKeyLastUsed",
        "aws.ec2.instance DescribeInstanceAttribute",
    ] {
        assert!(judged.contains(call), "{call}: {judged:?}");
    }

    let api = Fake::default()
        .always(
            "DescribeManagedPrefixLists",
            json!({"PrefixLists": [{"PrefixListId": "pl-1", "OwnerId": "123456789012"}]}),
        )
        .always("GetManagedPrefixListEntries", json!({}));
    let report = scan(&api, "eu-west-1", &["aws.ec2.managed-prefix-list"]).await;
    assert_eq!(report.only("aws.ec2.managed-prefix-list").unread, ["Entries"]);
    assert_eq!(report.gaps("aws.ec2.managed-prefix-list").len(), 1);
    for said in [
        "ListQueueTags",
        "GetBucketLogging",
        "GetBucketVersioning",
        "GetBucketNotificationConfiguration",
    ] {
        assert!(
            !judged.iter().any(|call| call.ends_with(said)),
            "{said}: AWS leaves it out"
        );
    }
}

/// Either of two members is an answer, and so is an empty list.
#[tokio::test]
async fn a_detail_with_one_of_what_it_expects_is_an_answer() {
    for selectors in [
        json!({"EventSelectors": []}),
        json!({"AdvancedEventSelectors": [{"Name": "a"}]}),
    ] {
        let api = Fake::default()
            .always("DescribeTrails", json!({"trailList": [{"TrailARN": "arn:here"}]}))
            .always("ListTags", json!({"ResourceTagList": []}))
            .always("GetTrailStatus", json!({"IsLogging": false}))
            .always("GetEventSelectors", selectors.clone());
        let report = scan(&api, "eu-west-1", &["aws.cloudtrail.trail"]).await;
        let trail = report.only("aws.cloudtrail.trail");
        assert_eq!(trail.unread, [""; 0], "{selectors}");
        assert_eq!(trail.document["Selectors"], selectors);
    }
}

/// Whatever its own calls answer when it is gone, and be it a code that otherwise means "there is none": nothing of it is taken
/// for removed, and it is no gap.
#[tokio::test]
async fn a_resource_deleted_after_its_list_is_gone_and_no_gap() {
    let technologies = technologies();
    let mut judged = BTreeSet::new();
    for technology in technologies
        .all()
        .filter(|technology| !technology.file().lists.is_empty())
    {
        let (id, file) = (technology.id().as_str(), technology.file());
        let own: Vec<_> = file.details.iter().filter(|call| call.each.is_none()).collect();
        if own.iter().all(|call| !call.absent.is_empty()) {
            continue; // none of its own calls, or none that would tell
        }
        let api = Everything(
            |call: &Call<'_>| match own.iter().find(|known| known.operation == call.operation) {
                Some(known) => {
                    let code = known.absent.first().map_or("ResourceNotFoundException", String::as_str);
                    Err((ErrorKind::NotFound, code.to_owned()))
                }
                None => Ok(answer_to(call)),
            },
        );
        let report = scan_one(&api, &global_or(technology), technology).await;
        let end = &report.ends[id];
        assert!(
            end.complete && end.resources == 1,
            "{id}: {end:?} {:?}",
            report.gaps(id)
        );
        assert_eq!(report.gaps(id), [], "{id}");
        let [gone] = &report.gone[..] else {
            panic!("{id}: {:?}", report.gone);
        };
        let resource = report.only(id);
        assert_eq!(gone.resource.as_ref(), Some(&resource.id), "{id}");
        for call in own {
            let filled = call.into.as_ref();
            assert!(
                filled.is_none_or(|into| resource.unread.contains(into)),
                "{id} {}: {:?}",
                call.operation,
                resource.unread
            );
        }
        judged.insert(id.to_owned());
    }
    for id in [
        "aws.s3.bucket",
        "aws.iam.user",
        "aws.kms.key",
        "aws.sqs.queue",
        "aws.lambda.function",
        "aws.ec2.instance",
    ] {
        assert!(judged.contains(id), "{judged:?}");
    }
}

/// One call that does not know it, among others that do, is not the end of it.
#[tokio::test]
async fn a_resource_that_other_calls_know_is_not_gone() {
    let api = Fake::default()
        .always(
            "GetAccountAuthorizationDetails",
            json!({"UserDetailList": [{"UserId": "AIDA1", "UserName": "alice"}]}),
        )
        .always("ListUsers", json!({"Users": []}))
        .fails("ListAccessKeys", ErrorKind::NotFound, "NoSuchEntity")
        .always("ListMFADevices", json!({"MFADevices": [{"SerialNumber": "m"}]}))
        .fails("GetLoginProfile", ErrorKind::NotFound, "NoSuchEntity");
    let report = scan(&api, "global", &["aws.iam.user"]).await;
    let user = report.only("aws.iam.user");
    assert_eq!(user.document["MFADevices"], json!([{"SerialNumber": "m"}]));
    assert_eq!(
        user.unread,
        ["AccessKeys", "LoginProfile"],
        "no such password, or no such user?"
    );
    assert_eq!((report.gaps("aws.iam.user").len(), report.gone.len()), (0, 1));
}

/// The only one of its kind was in no list, so nothing says that it was there.
#[tokio::test]
async fn what_no_list_has_shown_cannot_be_gone() {
    let api = Fake::default().fails("GetAccountSummary", ErrorKind::NotFound, "NoSuchEntity");
    let report = scan(&api, "global", &["aws.iam.account-summary"]).await;
    assert_eq!(
        (report.gone.len(), report.gaps("aws.iam.account-summary").len()),
        (0, 1)
    );
}

fn scanned_in(region: &str, all: &[&str]) -> ScanPlace {
    ScanPlace {
        regions: Arc::new(all.iter().map(|region| Region::parse(region).unwrap()).collect()),
        ..place(region)
    }
}

/// A trail of all regions is shown in each; where its home is not scanned, it is a resource of exactly one of the others.
#[tokio::test]
async fn a_trail_whose_home_is_not_scanned_is_a_resource_once() {
    let api = Fake::default()
        .always(
            "DescribeTrails",
            json!({"trailList": [
                {"TrailARN": "arn:here", "HomeRegion": "eu-west-1"},
                {"TrailARN": "arn:there", "HomeRegion": "us-east-1", "IsMultiRegionTrail": true},
            ]}),
        )
        .on("ListTags", |region, params| {
            let arn = &params["ResourceIdList"][0];
            Ok(json!({"ResourceTagList": [{"ResourceId": arn, "TagsList": [{"Key": "asked-in", "Value": region}]}]}))
        })
        .on("GetTrailStatus", |region, _| {
            Ok(json!({"IsLogging": region == "us-east-1"}))
        })
        .always("GetEventSelectors", json!({"EventSelectors": []}));
    let technologies = technologies();
    let trail = technologies
        .all()
        .find(|one| one.id().as_str() == "aws.cloudtrail.trail")
        .unwrap();
    let mut found = Vec::new();
    let regions = ["eu-central-1", "eu-west-1"];
    for region in regions {
        let report = scan_one(&api, &scanned_in(region, &regions), trail).await;
        assert!(report.ends["aws.cloudtrail.trail"].complete);
        for trail in report.resources.values().flatten() {
            found.push(format!("{} in {region}", trail.id));
            if trail.id.as_str() == "arn:there" {
                assert_eq!(trail.document["Status"]["IsLogging"], true, "asked at home");
                assert_eq!(trail.tags["asked-in"], "us-east-1");
                assert_eq!(trail.home_region.as_ref().unwrap().as_str(), "us-east-1");
            }
        }
    }
    assert_eq!(found, ["arn:there in eu-central-1", "arn:here in eu-west-1"]);
}
