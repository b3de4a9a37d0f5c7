//! Scans against an account in memory: what is read, what is a gap, what is asked.

use std::collections::BTreeMap;

use futures::stream::StreamExt as _;
use security_monkey_aws::ErrorKind;
use security_monkey_model::{GapCause, TechnologyId};
use security_monkey_watcher::{ScanItem, Technology};
use serde_json::{Value, json};

use crate::fake::{Fake, place, scan, scanner, technologies};

fn authorization_details() -> Value {
    json!({
        "UserDetailList": [{"UserId": "AIDA1", "UserName": "alice", "Arn": "arn:aws:iam::123456789012:user/alice", "GroupList": ["b", "a"],
            "Tags": [{"Key": "team", "Value": "red"}],
            "AttachedManagedPolicies": [{"PolicyName": "P", "PolicyArn": "arn:aws:iam::123456789012:policy/P"}]}],
        "GroupDetailList": [{"GroupId": "AGPA1", "GroupName": "a", "Arn": "arn:aws:iam::123456789012:group/a"}],
        "RoleDetailList": [{"RoleId": "AROA1", "RoleName": "r", "Arn": "arn:aws:iam::123456789012:role/r"}],
        "Policies": [{"PolicyId": "ANPA1", "PolicyName": "P", "Arn": "arn:aws:iam::123456789012:policy/P"},
                     {"PolicyId": "ANPA2", "PolicyName": "ReadOnlyAccess", "Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
    })
}

fn iam() -> Fake {
    Fake::default()
        .always("GetAccountAuthorizationDetails", authorization_details())
        .always(
            "ListUsers",
            json!({"Users": [{"Arn": "arn:aws:iam::123456789012:user/alice", "PasswordLastUsed": "2026-01-01T00:00:00Z", "UserName": "ALICE"}]}),
        )
        .always("ListRoles", json!({"Roles": [{"Arn": "arn:aws:iam::123456789012:role/r", "MaxSessionDuration": 3600}]}))
        .always("ListAccessKeys", json!({"AccessKeyMetadata": [{"AccessKeyId": "AKIA2"}, {"AccessKeyId": "AKIA1"}]}))
        .on("GetAccessKeyLastUsed", |_, params| {
            Ok(json!({"UserName": "alice", "AccessKeyLastUsed": {"Region": format!("of {}", params["AccessKeyId"].as_str().unwrap())}}))
        })
        .always("ListMFADevices", json!({"MFADevices": []}))
        .fails("GetLoginProfile", ErrorKind::NotFound, "NoSuchEntity")
        .always("ListPolicyTags", json!({"Tags": [{"Key": "k", "Value": "v"}]}))
}

const IAM: [&str; 4] = [
    "aws.iam.user",
    "aws.iam.role",
    "aws.iam.group",
    "aws.iam.managed-policy",
];

#[tokio::test]
async fn technologies_share_a_list_call() {
    let api = iam();
    let report = scan(&api, "global", &IAM).await;
    assert_eq!(api.count("GetAccountAuthorizationDetails"), 1);
    for technology in IAM {
        assert!(report.ends[technology].complete, "{technology}");
        assert_eq!(report.gaps(technology), [], "{technology}");
    }
    let user = report.only("aws.iam.user");
    assert_eq!((user.id.as_str(), user.name.as_str()), ("AIDA1", "alice"));
    assert_eq!(user.tags["team"], "red");
    assert_eq!(user.document["PasswordLastUsed"], "2026-01-01T00:00:00Z");
    assert_eq!(
        user.document["UserName"], "alice",
        "a join adds members, it does not change any"
    );
    assert_eq!(
        user.document["GroupList"],
        json!(["a", "b"]),
        "sorted: its order means nothing"
    );
    assert_eq!(
        user.document["AccessKeys"],
        json!([{"AccessKeyId": "AKIA1", "LastUsed": {"Region": "of AKIA1"}}, {"AccessKeyId": "AKIA2", "LastUsed": {"Region": "of AKIA2"}}])
    );
    assert!(user.document.get("LoginProfile").is_none(), "absent, and not a gap");
    let links: Vec<String> = user
        .links
        .iter()
        .map(|link| format!("{} {}", link.to, link.id))
        .collect();
    assert_eq!(
        links,
        [
            "aws.iam.group arn:aws:iam::123456789012:group/a",
            "aws.iam.group arn:aws:iam::123456789012:group/b",
            "aws.iam.managed-policy arn:aws:iam::123456789012:policy/P"
        ]
    );
    // AWS's own policies are not asked for tags.
    assert_eq!(api.count("ListPolicyTags"), 1);
    assert_eq!(report.resources["aws.iam.managed-policy"].len(), 2);
    // Calls of global technologies go to the partition's region.
    assert!(
        api.asked().iter().all(|(_, region, _)| region == "us-east-1"),
        "{:?}",
        api.asked()
    );
    assert_eq!(report.ends["aws.iam.user"].calls, 7);
}

#[tokio::test]
async fn a_denied_listing_hides_resources_and_a_denied_detail_does_not() {
    let report = scan(
        &Fake::default(),
        "eu-west-1",
        &["aws.ec2.security-group", "aws.ec2.vpc"],
    )
    .await;
    assert_eq!(report.gaps("aws.ec2.security-group").len(), 1);
    let gap = &report.gaps("aws.ec2.security-group")[0];
    assert!(gap.hides_resources());
    assert_eq!(
        (gap.cause, gap.operation.as_str()),
        (GapCause::Denied, "ec2:DescribeSecurityGroups")
    );
    assert!(gap.message.contains("hint:"), "{}", gap.message);
    assert!(!report.ends["aws.ec2.security-group"].complete);

    let api = Fake::default()
        .always(
            "ListBuckets",
            json!({"Buckets": [{"Name": "b", "BucketRegion": "eu-central-1"}]}),
        )
        .fails("GetBucketPolicy", ErrorKind::Denied, "AccessDenied")
        .fails("GetBucketTagging", ErrorKind::NotFound, "NoSuchTagSet")
        .on("GetBucketAcl", |_, _| Ok(json!({"Grants": []})));
    let report = scan(&api, "global", &["aws.s3.bucket"]).await;
    let bucket = report.only("aws.s3.bucket");
    assert!(report.ends["aws.s3.bucket"].complete, "the listing was read whole");
    assert!(bucket.unread.contains(&"Policy".to_owned()), "{:?}", bucket.unread);
    assert!(!bucket.unread.contains(&"TagSet".to_owned()));
    assert!(!bucket.unread.contains(&"Acl".to_owned()));
    let gap = report
        .gaps("aws.s3.bucket")
        .iter()
        .find(|gap| gap.field.as_deref() == Some("Policy"))
        .unwrap();
    assert_eq!(gap.resource.as_ref().unwrap().as_str(), "b");
    assert_eq!(
        (gap.cause, gap.code.as_deref()),
        (GapCause::Denied, Some("AccessDenied"))
    );
    assert!(!gap.hides_resources());
    // Detail calls go where the bucket lives, and its location is not asked for when the list gives it.
    assert!(
        api.asked()
            .iter()
            .skip(1)
            .all(|(_, region, _)| region == "eu-central-1")
    );
    assert_eq!(api.count("GetBucketLocation"), 0);
    assert_eq!(bucket.home_region.as_ref().unwrap().as_str(), "eu-central-1");
    assert_eq!(bucket.arn.as_deref(), Some("arn:aws:s3:::b"));
}

#[tokio::test]
async fn an_unread_location_is_not_guessed() {
    let buckets = json!({"Buckets": [{"Name": "b"}]});
    let api = Fake::default()
        .always("ListBuckets", buckets.clone())
        .always("GetBucketLocation", json!({"LocationConstraint": "eu-west-3"}))
        .always("GetBucketAcl", json!({}));
    let report = scan(&api, "global", &["aws.s3.bucket"]).await;
    assert_eq!(
        report.only("aws.s3.bucket").home_region.as_ref().unwrap().as_str(),
        "eu-west-3"
    );
    assert!(
        api.asked()
            .contains(&("GetBucketAcl".into(), "eu-west-3".into(), json!({"Bucket": "b"})))
    );

    let api = Fake::default().always("ListBuckets", buckets.clone());
    let report = scan(&api, "global", &["aws.s3.bucket"]).await;
    assert_eq!(report.only("aws.s3.bucket").home_region, None);

    let api = Fake::default()
        .always("ListBuckets", buckets)
        .always("GetBucketLocation", json!({}));
    let report = scan(&api, "global", &["aws.s3.bucket"]).await;
    assert_eq!(
        report.only("aws.s3.bucket").home_region.as_ref().unwrap().as_str(),
        "us-east-1"
    );
}

#[tokio::test]
async fn each_cause_of_a_failed_listing_is_its_own_gap() {
    for (kind, cause) in [
        (ErrorKind::Throttled, GapCause::Throttled),
        (ErrorKind::NotAvailableInRegion, GapCause::NotAvailableInRegion),
        (ErrorKind::RegionDisabled, GapCause::RegionDisabled),
        (ErrorKind::NotSubscribed, GapCause::NotSubscribed),
        (ErrorKind::Timeout, GapCause::Timeout),
        (ErrorKind::Malformed, GapCause::Malformed),
        (ErrorKind::Credentials, GapCause::Credentials),
        (ErrorKind::ExpiredCredentials, GapCause::Credentials),
        (ErrorKind::Transport, GapCause::Transport),
        (ErrorKind::Service, GapCause::ServiceError),
    ] {
        let api = Fake::default().on("DescribeSecurityGroups", move |_, _| Err(kind));
        let report = scan(&api, "eu-west-1", &["aws.ec2.security-group"]).await;
        assert_eq!(report.gaps("aws.ec2.security-group")[0].cause, cause);
        assert!(!report.ends["aws.ec2.security-group"].complete);
    }
}

#[tokio::test]
async fn what_came_before_a_failed_page_is_kept_and_the_listing_is_incomplete() {
    let api = Fake::default().on("DescribeSecurityGroups", |_, params| match params.get("NextToken") {
        None => Ok(json!({"SecurityGroups": [{"GroupId": "sg-1", "OwnerId": "123456789012"}], "NextToken": "2"})),
        Some(_) => Err(ErrorKind::Throttled),
    });
    let report = scan(&api, "eu-west-1", &["aws.ec2.security-group"]).await;
    assert_eq!(report.only("aws.ec2.security-group").id.as_str(), "sg-1");
    assert_eq!(report.gaps("aws.ec2.security-group").len(), 1);
    assert!(!report.ends["aws.ec2.security-group"].complete);
}

#[tokio::test]
async fn an_account_without_a_password_policy_is_a_resource_and_no_gap() {
    let api = Fake::default().fails("GetAccountPasswordPolicy", ErrorKind::NotFound, "NoSuchEntity");
    let report = scan(&api, "global", &["aws.iam.password-policy"]).await;
    let policy = report.only("aws.iam.password-policy");
    assert_eq!((policy.id.as_str(), &policy.document), ("123456789012", &json!({})));
    assert_eq!(policy.unread, [""; 0]);
    assert_eq!(report.gaps("aws.iam.password-policy"), []);

    let report = scan(&Fake::default(), "global", &["aws.iam.password-policy"]).await;
    assert_eq!(report.only("aws.iam.password-policy").unread, ["PasswordPolicy"]);
    assert_eq!(report.gaps("aws.iam.password-policy").len(), 1);
}

#[tokio::test]
async fn a_failed_join_is_a_gap_of_the_field_on_every_resource() {
    let api = Fake::default().always(
        "DescribeVpcs",
        json!({"Vpcs": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}]}),
    );
    let report = scan(&api, "eu-west-1", &["aws.ec2.vpc"]).await;
    assert!(
        report.resources["aws.ec2.vpc"]
            .iter()
            .all(|vpc| vpc.unread == ["FlowLogs"])
    );
    let gaps = report.gaps("aws.ec2.vpc");
    assert_eq!(gaps.len(), 1);
    assert_eq!(
        (gaps[0].resource.as_ref(), gaps[0].field.as_deref()),
        (None, Some("FlowLogs"))
    );
    assert!(report.ends["aws.ec2.vpc"].complete);

    let api = Fake::default()
        .always(
            "DescribeVpcs",
            json!({"Vpcs": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}]}),
        )
        .always(
            "DescribeFlowLogs",
            json!({"FlowLogs": [{"FlowLogId": "fl-1", "ResourceId": "vpc-2"}, {"ResourceId": "subnet-9"}]}),
        );
    let report = scan(&api, "eu-west-1", &["aws.ec2.vpc"]).await;
    let logs: Vec<&Value> = report.resources["aws.ec2.vpc"]
        .iter()
        .map(|vpc| &vpc.document["FlowLogs"])
        .collect();
    assert_eq!(
        logs,
        [&json!([]), &json!([{"FlowLogId": "fl-1", "ResourceId": "vpc-2"}])]
    );
}

#[tokio::test]
async fn one_deleted_resource_does_not_spoil_a_batch_call() {
    let balancers: Vec<Value> = (0..45)
        .map(|number| json!({"LoadBalancerArn": format!("arn:lb/{number}")}))
        .collect();
    let api = Fake::default()
        .always("DescribeLoadBalancers", json!({ "LoadBalancers": balancers }))
        .code("DescribeTags", "LoadBalancerNotFound")
        .on("DescribeTags", |_, params| {
            let arns = params["ResourceArns"].as_array().unwrap();
            assert!(arns.len() <= 20);
            if arns.contains(&json!("arn:lb/7")) {
                return Err(ErrorKind::NotFound);
            }
            Ok(json!({"TagDescriptions": arns.iter().map(|arn| json!({"ResourceArn": arn, "Tags": [{"Key": "arn", "Value": arn}]})).collect::<Vec<_>>()}))
        })
        .always("DescribeListeners", json!({"Listeners": []}))
        .always("DescribeLoadBalancerAttributes", json!({"Attributes": []}));
    let report = scan(&api, "eu-west-1", &["aws.elbv2.load-balancer"]).await;
    for balancer in &report.resources["aws.elbv2.load-balancer"] {
        if balancer.id.as_str() == "arn:lb/7" {
            assert_eq!(balancer.unread, ["Tags"]);
        } else {
            assert_eq!(balancer.tags["arn"], balancer.id.as_str());
        }
    }
    assert_eq!(
        (report.gaps("aws.elbv2.load-balancer").len(), report.gone.len()),
        (0, 1)
    );
    assert_eq!(api.count("DescribeTags"), 3 + 20);
}

#[tokio::test]
async fn what_depends_on_an_unread_field_is_unread_and_not_asked() {
    let api = Fake::default()
        .always(
            "ListKeys",
            json!({"Keys": [{"KeyId": "k", "KeyArn": "arn:aws:kms:eu-west-1:123456789012:key/k"}]}),
        )
        .always(
            "ListAliases",
            json!({"Aliases": [{"AliasName": "alias/a", "TargetKeyId": "k"}, {"AliasName": "alias/none"}]}),
        )
        .always("GetKeyPolicy", json!({"Policy": "{\"Statement\": []}"}));
    let report = scan(&api, "eu-west-1", &["aws.kms.key"]).await;
    let key = report.only("aws.kms.key");
    assert_eq!(api.count("GetKeyRotationStatus"), 0, "who manages the key is not known");
    for field in ["Rotation", "Grants", "KeyManager", "KeyState"] {
        assert!(key.unread.contains(&field.to_owned()), "{field} of {:?}", key.unread);
    }
    assert!(!key.unread.contains(&"KeyId".to_owned()), "the list call gave it");
    assert_eq!(
        key.document["Policy"],
        json!({"Statement": []}),
        "a text that holds JSON"
    );
    assert_eq!(key.document["Aliases"][0]["AliasName"], "alias/a");
    assert_eq!(report.gaps("aws.kms.key").len(), 1, "{:?}", report.gaps("aws.kms.key"));

    // A key AWS manages is not asked for what its owner alone may see.
    let api = Fake::default()
        .always("ListKeys", json!({"Keys": [{"KeyId": "k", "KeyArn": "arn"}]}))
        .always("ListAliases", json!({"Aliases": []}))
        .always(
            "DescribeKey",
            json!({"KeyMetadata": {"KeyId": "k", "KeyManager": "AWS"}}),
        )
        .always("GetKeyPolicy", json!({"Policy": {}}));
    let report = scan(&api, "eu-west-1", &["aws.kms.key"]).await;
    assert_eq!(report.only("aws.kms.key").unread, [""; 0]);
    assert_eq!(api.asked().len(), 4);
}

/// A key is named by its description, which may have 8,192 characters: more than a database can index.
#[tokio::test]
async fn a_long_description_is_shortened_as_a_name_and_whole_in_the_document() {
    let (fits, long) = ("é".repeat(256), "é".repeat(257));
    let (description, tag) = (long.clone(), json!([{"TagKey": long, "TagValue": fits}]));
    let api = Fake::default()
        .always("ListKeys", json!({"Keys": [{"KeyId": "k", "KeyArn": "arn"}]}))
        .always("ListAliases", json!({"Aliases": []}))
        .on("DescribeKey", move |_, _| {
            Ok(json!({"KeyMetadata": {"KeyId": "k", "KeyManager": "CUSTOMER", "Description": description}}))
        })
        .always("ListResourceTags", json!({ "Tags": tag }));
    let report = scan(&api, "eu-west-1", &["aws.kms.key"]).await;
    let key = report.only("aws.kms.key");
    let shortened = format!("{}…", "é".repeat(255));
    assert_eq!(key.name, shortened);
    assert_eq!(
        key.tags,
        BTreeMap::from([(shortened, fits)]),
        "what fits is not shortened"
    );
    assert_eq!(key.document["Description"], json!(long));
}

#[tokio::test]
async fn a_trail_is_a_resource_of_its_home_region_only() {
    let api = Fake::default()
        .always(
            "DescribeTrails",
            json!({"trailList": [{"TrailARN": "arn:here", "HomeRegion": "eu-west-1"}, {"TrailARN": "arn:there", "HomeRegion": "us-east-1"}]}),
        )
        .always("ListTags", json!({"ResourceTagList": [{"ResourceId": "arn:here", "TagsList": [{"Key": "a"}]}]}))
        .always("GetTrailStatus", json!({"IsLogging": true}))
        .always("GetEventSelectors", json!({"TrailARN": "arn:here", "EventSelectors": []}));
    let report = scan(&api, "eu-west-1", &["aws.cloudtrail.trail"]).await;
    let trail = report.only("aws.cloudtrail.trail");
    assert_eq!(trail.id.as_str(), "arn:here");
    assert_eq!(trail.document["Status"]["IsLogging"], true);
    assert_eq!(trail.tags["a"], "");
    assert!(report.ends["aws.cloudtrail.trail"].complete);
}

#[tokio::test]
async fn secrets_never_leave_the_watcher() {
    let api = Fake::default()
        .always(
            "ListFunctions",
            json!({"Functions": [{"FunctionName": "f", "FunctionArn": "arn:f", "Environment": {"Variables": {"PASSWORD": "hunter2", "EMPTY": ""}}}]}),
        )
        .always("ListFunctionUrlConfigs", json!({"FunctionUrlConfigs": []}))
        .always("ListTags", json!({"Tags": {"a": "b"}}))
        .fails("GetPolicy", ErrorKind::NotFound, "ResourceNotFoundException")
        .always("DescribeInstances", json!({"Reservations": [{"OwnerId": "1", "Instances": [{"InstanceId": "i-1"}]}]}))
        .always("DescribeInstanceAttribute", json!({"InstanceId": "i-1", "UserData": {"Value": "aHVudGVyMg=="}}));
    let report = scan(&api, "eu-west-1", &["aws.lambda.function", "aws.ec2.instance"]).await;
    let text = format!("{report:?}");
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
    let function = report.only("aws.lambda.function");
    assert!(function.document["Environment"]["Variables"]["PASSWORD"]["$digest"].is_string());
    assert_eq!(function.tags["a"], "b");
    let instance = report.only("aws.ec2.instance");
    assert!(instance.document["UserData"]["$digest"].is_string());
    assert_eq!(instance.document["Reservation"], json!({"OwnerId": "1"}));
}

#[tokio::test]
async fn policies_of_aliases_are_read() {
    let api = Fake::default()
        .always(
            "ListFunctions",
            json!({"Functions": [{"FunctionName": "f", "FunctionArn": "arn:f"}]}),
        )
        .always("ListFunctionUrlConfigs", json!({"FunctionUrlConfigs": []}))
        .always("ListTags", json!({"Tags": {}}))
        .always("ListAliases", json!({"Aliases": [{"Name": "live"}, {"Name": "test"}]}))
        .code("GetPolicy", "ResourceNotFoundException")
        .on("GetPolicy", |_, params| {
            match params.get("Qualifier").and_then(Value::as_str) {
                Some("live") => Ok(json!({"Policy": "{\"Statement\": []}", "RevisionId": "1"})),
                _ => Err(ErrorKind::NotFound),
            }
        });
    let report = scan(&api, "eu-west-1", &["aws.lambda.function"]).await;
    let function = report.only("aws.lambda.function");
    assert_eq!(
        function.document["Aliases"],
        json!([{"Name": "live", "Policy": {"Statement": []}}, {"Name": "test"}])
    );
    assert_eq!(function.document.get("Policy"), None);
    assert_eq!(report.gaps("aws.lambda.function"), [], "no policy is not a gap");
}

#[tokio::test]
async fn members_newer_than_the_api_table_stay_and_are_reported() {
    let api = Fake::default()
        .always(
            "ListTopics",
            json!({"Topics": [{"TopicArn": "arn:aws:sns:eu-west-1:123456789012:t", "NewMember": "x"}]}),
        )
        .unknown("ListTopics", &["/Topics[]/NewMember"])
        .always("ListSubscriptionsByTopic", json!({"Subscriptions": []}))
        .always(
            "GetTopicAttributes",
            json!({"Attributes": {"Policy": {"Statement": []}}}),
        )
        .always("ListTagsForResource", json!({"Tags": []}));
    let report = scan(&api, "eu-west-1", &["aws.sns.topic"]).await;
    let topic = report.only("aws.sns.topic");
    assert_eq!(topic.document["NewMember"], "x");
    assert_eq!(topic.name, "t");
    assert_eq!(
        report.ends["aws.sns.topic"].unknown_members,
        ["sns:ListTopics /Topics[]/NewMember"]
    );
}

#[tokio::test]
async fn subscriptions_of_other_accounts_are_seen() {
    let topic = "arn:aws:sns:eu-west-1:123456789012:t";
    let foreign = json!({"SubscriptionArn": format!("{topic}:1"), "Owner": "999999999999", "TopicArn": topic});
    let answer = json!({ "Subscriptions": [foreign] });
    let api = Fake::default()
        .always("ListTopics", json!({"Topics": [{"TopicArn": topic}]}))
        // The requester's own.
        .always("ListSubscriptions", json!({"Subscriptions": []}))
        .on("ListSubscriptionsByTopic", move |_, params| {
            assert_eq!(params["TopicArn"], topic);
            Ok(answer.clone())
        });
    let report = scan(&api, "eu-west-1", &["aws.sns.topic"]).await;
    let found = &report.only("aws.sns.topic").document["Subscriptions"];
    assert_eq!(found[0]["Owner"], "999999999999");
}

#[tokio::test]
async fn an_element_that_cannot_be_a_resource_makes_the_listing_incomplete() {
    let api = Fake::default().always(
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [{"GroupName": "no id"}, "text", {"GroupId": "sg-1"}, {"GroupId": "sg-1"}, {"GroupId": "sg-2", "A": 1}, {"GroupId": "sg-2", "A": 2}]}),
    );
    let report = scan(&api, "eu-west-1", &["aws.ec2.security-group"]).await;
    let ids: Vec<&str> = report.resources["aws.ec2.security-group"]
        .iter()
        .map(|group| group.id.as_str())
        .collect();
    assert_eq!(ids, ["sg-1", "sg-2"]);
    let messages: Vec<&str> = report
        .gaps("aws.ec2.security-group")
        .iter()
        .map(|gap| gap.message.as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "an element of the answer has no id (`{GroupId}`)",
            "an element of the answer is not an object",
            "the answer has two different resources with the id `sg-2`; the later one counts",
        ]
    );
    assert!(!report.ends["aws.ec2.security-group"].complete);
}

/// Pages are fetched as batches are taken: however long the list, at most a page and a batch are in memory.
#[tokio::test]
async fn a_long_list_is_read_no_faster_than_it_is_taken() {
    const PAGES: usize = 40;
    const PER_PAGE: usize = 500;
    let api = Fake::default().on("DescribeSecurityGroups", |_, params| {
        let page: usize = params
            .get("NextToken")
            .and_then(Value::as_str)
            .map_or(0, |token| token.parse().unwrap());
        let groups: Vec<Value> = (0..PER_PAGE)
            .map(|number| json!({"GroupId": format!("sg-{}", page * PER_PAGE + number)}))
            .collect();
        let mut answer = json!({ "SecurityGroups": groups });
        if page + 1 < PAGES {
            answer["NextToken"] = json!((page + 1).to_string());
        }
        Ok(answer)
    });
    let technologies = technologies();
    let groups = technologies
        .get(&TechnologyId::parse("aws.ec2.security-group").unwrap())
        .unwrap()
        .clone();
    let chosen: [&Technology; 1] = [&groups];
    let (scanner, place) = (scanner(), place("eu-west-1"));
    let mut items = std::pin::pin!(scanner.scan(&api, &place, &chosen));
    let (mut batches, mut resources) = (0, 0);
    while let Some(item) = items.next().await {
        if let ScanItem::Batch { resources: batch, .. } = item {
            batches += 1;
            resources += batch.len();
            assert!(batch.len() <= 500);
            let fetched = api.count("DescribeSecurityGroups");
            assert!(
                fetched <= batches + 2,
                "{fetched} pages fetched when {batches} batches were taken"
            );
        }
    }
    assert_eq!(resources, PAGES * PER_PAGE);
}

#[tokio::test]
async fn two_scans_of_the_same_account_report_the_same() {
    let one = format!("{:?}", scan(&iam(), "global", &IAM).await);
    let two = format!("{:?}", scan(&iam(), "global", &IAM).await);
    assert_eq!(one, two);
}

#[tokio::test]
async fn regions_tell_which_are_switched_on() {
    let api = Fake::default().always(
        "DescribeRegions",
        json!({"Regions": [
            {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"},
            {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
            {"RegionName": "af-south-1", "OptInStatus": "opted-in"},
        ]}),
    );
    let regions = security_monkey_watcher::regions(&api, "aws").await.unwrap();
    let found: Vec<(&str, bool)> = regions
        .iter()
        .map(|status| (status.region.as_str(), status.is_enabled))
        .collect();
    assert_eq!(
        found,
        [("af-south-1", true), ("eu-west-1", true), ("me-south-1", false)]
    );
    let api = Fake::default().always("DescribeRegions", json!({}));
    assert_eq!(
        security_monkey_watcher::regions(&api, "aws").await.unwrap_err().kind,
        ErrorKind::Malformed
    );
}
