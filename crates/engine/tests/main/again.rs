//! What has not changed itself is audited again: because of its neighbours, the time, the rules.

use std::sync::Arc;

use security_monkey_auditor::Auditor;
use security_monkey_aws::ErrorKind;
use security_monkey_engine::{Engine, EngineParts};
use security_monkey_model::{Account, AccountKind, Score, VerdictKind};
use security_monkey_store::Author;
use security_monkey_store::rule_setting::RuleSetting;
use serde_json::{Value, json};

use crate::faults::group;
use crate::world::{ONE, START, World, gaps, rules_with, scan};

const GROUPS: &str = "aws.ec2.security-group";
const BALANCERS: &str = "aws.elbv2.load-balancer";
const ADMIN_PORT: &str = "aws.ec2.security-group.admin-port-open";

pub(crate) async fn only_in_ireland(world: &World, engine: &Engine) {
    let mut account = world.watch(engine, ONE).await;
    account.regions = vec!["eu-west-1".parse().unwrap()];
    engine.put_account(&account, &Author::System).await.unwrap();
}

/// A balancer that faces the internet behind the group `sg-1`.
pub(crate) fn internet_facing_balancer(world: &World) {
    let arn = format!("arn:aws:elasticloadbalancing:eu-west-1:{ONE}:loadbalancer/app/front/1");
    let cloud = &world.cloud;
    cloud.set(
        ONE,
        "DescribeLoadBalancers",
        json!({"LoadBalancers": [{
            "LoadBalancerArn": arn, "LoadBalancerName": "front", "Scheme": "internet-facing", "Type": "application",
            "SecurityGroups": ["sg-1"], "VpcId": "vpc-1"
        }]}),
    );
    cloud.set(ONE, "DescribeTags", json!({"TagDescriptions": []}));
    cloud.set(
        ONE,
        "DescribeListeners",
        json!({"Listeners": [{"ListenerArn": "l", "Port": 443, "Protocol": "HTTPS"}]}),
    );
    cloud.set(ONE, "DescribeRules", json!({"Rules": []}));
    cloud.set(ONE, "DescribeLoadBalancerAttributes", json!({"Attributes": []}));
}

pub(crate) async fn a_load_balancer_is_audited_again_when_its_security_group_opens(world: World) {
    const OPEN: &str = "aws.elbv2.load-balancer.open-to-internet";
    let engine = world.engine(&[GROUPS, BALANCERS]).await;
    only_in_ireland(&world, &engine).await;
    internet_facing_balancer(&world);
    let cloud = &world.cloud;
    cloud.set(
        ONE,
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [group("sg-1", 8080)]}),
    );
    assert_eq!(gaps(&scan(&engine).await), Vec::<String>::new());
    // Whichever of the two was read first: the balancer was audited with its group known.
    assert_eq!(
        world.verdict("front", OPEN).await,
        Some((VerdictKind::Pass, String::new()))
    );

    cloud.set(
        ONE,
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [group("sg-1", 443)]}),
    );
    let report = scan(&engine).await;
    assert_eq!((report.revisions(), report.audited_again), (1, 1));
    assert_eq!(world.states(OPEN).await, ["HTTPS/443 0.0.0.0/0 open"]);
    assert_eq!(world.revisions("front").await, ["created"]);

    // A group that is no longer there leaves the rule without what it reads: unknown, and nothing resolved.
    cloud.set(ONE, "DescribeSecurityGroups", json!({"SecurityGroups": []}));
    scan(&engine).await;
    let (verdict, reason) = world.verdict("front", OPEN).await.unwrap();
    assert_eq!(verdict, VerdictKind::Unknown, "{reason}");
    assert_eq!(world.states(OPEN).await, ["HTTPS/443 0.0.0.0/0 open"]);
}

pub(crate) async fn an_absence_is_unknown_until_everything_was_seen(world: World) {
    const NO_TRAIL: &str = "aws.iam.account-summary.no-multi-region-trail";
    let engine = world.engine(&["aws.iam.account-summary", "aws.cloudtrail.trail"]).await;
    world.watch(&engine, ONE).await;
    let cloud = &world.cloud;
    cloud.set(
        ONE,
        "GetAccountSummary",
        json!({"SummaryMap": {"AccountMFAEnabled": 1}}),
    );
    cloud.set_in(ONE, "us-east-1", "DescribeTrails", json!({"trailList": []}));
    let report = scan(&engine).await;
    assert_eq!(
        gaps(&report),
        ["eu-west-1 aws.cloudtrail.trail cloudtrail:DescribeTrails: denied -"]
    );
    let name = world.resources().await[0].name.clone();
    let (verdict, reason) = world.verdict(&name, NO_TRAIL).await.unwrap();
    assert_eq!(verdict, VerdictKind::Unknown, "{reason}");
    assert_eq!(world.states(NO_TRAIL).await, Vec::<String>::new());

    cloud.set(ONE, "DescribeTrails", json!({"trailList": []}));
    scan(&engine).await;
    assert_eq!(world.states(NO_TRAIL).await, ["trail open"]);
    assert_eq!(world.revisions(&name).await, ["created"]);

    let arn = format!("arn:aws:cloudtrail:eu-west-1:{ONE}:trail/all");
    let trail = json!({"trailList": [{
        "Name": "all", "TrailARN": arn, "HomeRegion": "eu-west-1", "IsMultiRegionTrail": true, "S3BucketName": "b"
    }]});
    cloud.set_in(ONE, "eu-west-1", "DescribeTrails", trail.clone());
    cloud.set_in(ONE, "us-east-1", "DescribeTrails", trail);
    cloud.set(ONE, "ListTags", json!({"ResourceTagList": []}));
    cloud.set(ONE, "GetTrailStatus", json!({"IsLogging": true}));
    cloud.set(ONE, "GetEventSelectors", json!({"EventSelectors": []}));
    scan(&engine).await;
    assert_eq!(world.states(NO_TRAIL).await, ["trail resolved"]);
}

fn queue(policy: &str) -> Value {
    json!({"Attributes": {"QueueArn": format!("arn:aws:sqs:eu-west-1:{ONE}:jobs"), "Policy": policy}})
}

pub(crate) async fn a_verdict_left_unknown_is_made_up_for(world: World) {
    // A user's rule over a field that may be refused.
    let rule = "aws/sqs/queue.own-tags.rego";
    let text = user_rule(
        "aws.sqs.queue.own-tags",
        "aws.sqs.queue",
        "not input.config.Tags.owner\n\tfinding := {\"subject\": \"owner\", \"message\": \"nobody owns it\", \"evidence\": \"Tags\"}",
    );
    let engine = with_rules(&world, &["aws.sqs.queue"], rule, &text).await;
    only_in_ireland(&world, &engine).await;
    let cloud = &world.cloud;
    let url = format!("https://sqs.eu-west-1.amazonaws.com/{ONE}/jobs");
    cloud.set(ONE, "ListQueues", json!({"QueueUrls": [url]}));
    cloud.set(ONE, "GetQueueAttributes", queue(r#"{"Statement": []}"#));
    cloud.fail(ONE, "ListQueueTags", ErrorKind::Denied);
    scan(&engine).await;
    let name = world.resources().await[0].name.clone();
    let id = "aws.sqs.queue.own-tags";
    let (verdict, reason) = world.verdict(&name, id).await.unwrap();
    assert_eq!(
        (verdict, reason.as_str()),
        (VerdictKind::Unknown, "Tags could not be read")
    );

    // Auditing again for another reason keeps to what could not be read.
    let mut seen = None;
    engine.keep_house_once(&mut seen).await.unwrap();
    assert_eq!(world.verdict(&name, id).await.unwrap().0, VerdictKind::Unknown);

    cloud.set(ONE, "ListQueueTags", json!({"Tags": {}}));
    scan(&engine).await;
    assert_eq!(world.states(id).await, ["owner open"]);

    // Refused again while the known value stands: no revision, and the verdict says that it is not known any more.
    cloud.fail(ONE, "ListQueueTags", ErrorKind::Denied);
    let report = scan(&engine).await;
    assert_eq!(report.revisions(), 0);
    assert_eq!(world.verdict(&name, id).await.unwrap().0, VerdictKind::Unknown);
    assert_eq!(world.states(id).await, ["owner open"], "unknown resolves nothing");
    cloud.set(ONE, "ListQueueTags", json!({"Tags": {}}));
    assert_eq!(scan(&engine).await.revisions(), 0);
    assert_eq!(world.verdict(&name, id).await.unwrap().0, VerdictKind::Fail);
}

pub(crate) async fn time_alone_opens_a_finding(world: World) {
    let text = user_rule(
        "aws.ec2.security-group.old",
        "aws.ec2.security-group",
        "input.now_ns > time.parse_rfc3339_ns(\"2026-12-01T00:00:00Z\")\n\tfinding := {\"subject\": \"age\", \"message\": \"too old\", \"evidence\": \"GroupId\"}",
    )
    .replace("#   score: 5", "#   score: 5\n#   time_dependent: true");
    let engine = with_rules(&world, &[GROUPS], "aws/ec2/security-group.old.rego", &text).await;
    only_in_ireland(&world, &engine).await;
    world.groups(&[group("sg-1", 443)]);
    scan(&engine).await;
    let mut seen = None;
    engine.keep_house_once(&mut seen).await.unwrap();
    assert_eq!(world.states("aws.ec2.security-group.old").await, Vec::<String>::new());

    world.clock.advance_seconds(10 * 24 * 3600);
    // The lease that says "done today" runs on the database's clock: another process of a day later has its own settings.
    let mut parts = parts_with_rules(&world, &[GROUPS], "aws/ec2/security-group.old.rego", &text);
    parts.settings.time_dependent_audits = std::time::Duration::from_millis(1);
    let report = engine.keep_house_once(&mut seen).await.unwrap();
    assert_eq!(report.audited_for_time, 0, "once a day is enough");
    world.release_lease("audit/time").await;
    let report = Engine::new(parts)
        .await
        .unwrap()
        .keep_house_once(&mut seen)
        .await
        .unwrap();
    assert_eq!(report.audited_for_time, 1);
    assert_eq!(world.states("aws.ec2.security-group.old").await, ["age open"]);
    assert_eq!(world.revisions("sg-1").await, ["created"]);
}

pub(crate) async fn changed_rules_are_applied_to_what_has_not_changed(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    only_in_ireland(&world, &engine).await;
    world.groups(&[group("sg-1", 443)]);
    scan(&engine).await;

    let id = "aws.ec2.security-group.named";
    let rule = |message: &str| {
        let body = format!(
            "input.config.GroupName == \"sg-1\"\n\tfinding := {{\"subject\": \"name\", \"message\": \"{message}\", \"evidence\": \"GroupName\"}}"
        );
        user_rule(id, "aws.ec2.security-group", &body)
    };
    // Without a scan: the round of the house finds what is stale.
    let engine = with_rules(&world, &[GROUPS], "aws/ec2/security-group.named.rego", &rule("first")).await;
    let report = engine.keep_house_once(&mut None).await.unwrap();
    assert_eq!(report.audited_for_rules, 1);
    assert_eq!(world.findings(id).await[0].message, "first");
    assert_eq!(engine.keep_house_once(&mut None).await.unwrap().audited_for_rules, 0);

    // With a scan: nothing has changed in AWS, and still it is evaluated.
    let engine = with_rules(&world, &[GROUPS], "aws/ec2/security-group.named.rego", &rule("second")).await;
    assert_eq!(scan(&engine).await.revisions(), 0);
    let findings = world.findings(id).await;
    assert_eq!((findings.len(), findings[0].message.as_str()), (1, "second"));

    // The rule is gone: so are its findings.
    let engine = world.engine(&[GROUPS]).await;
    let report = engine.keep_house_once(&mut None).await.unwrap();
    assert_eq!(report.retired_findings, 1);
    assert_eq!(world.states(id).await, ["name resolved"]);
}

pub(crate) async fn processes_that_know_other_networks_say_so(world: World) {
    let knowing = async |networks: &[&str], process: &str| {
        let mut parts = world.parts(&[GROUPS]);
        parts.settings.trusted_networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        process.clone_into(&mut parts.process);
        Engine::new(parts).await.unwrap()
    };
    let serving = knowing(&["203.0.113.0/24", "198.51.100.0/24"], "serving").await;
    let same = knowing(&["198.51.100.7/24", "203.0.113.0/24"], "same").await;
    let other = knowing(&[], "other").await;
    only_in_ireland(&world, &serving).await;
    world.groups(&[group("sg-1", 443)]);
    let round = async |engine: &Engine| engine.keep_house_once(&mut None).await.unwrap().is_at_odds_with_others;
    let scan = async |engine: &Engine| scan(engine).await.is_at_odds_with_others;
    assert!(!round(&serving).await && !scan(&same).await && !round(&serving).await);
    // Both say so, each time that the other one was at it.
    for _ in 0..2 {
        assert!(scan(&other).await && round(&serving).await);
    }
    assert!(!round(&serving).await, "said once");
}

pub(crate) async fn a_rule_switched_on_again_is_evaluated_again(world: World) {
    let engine = with_an_open_group(&world).await;
    let mut seen = None;
    engine.keep_house_once(&mut seen).await.unwrap();
    let setting = |is_disabled| rule_setting(Some(ONE), is_disabled);
    engine.put_rule_setting(&setting(true)).await.unwrap();
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 resolved"]);
    engine.keep_house_once(&mut seen).await.unwrap();
    let (verdict, reason) = world.verdict("sg-1", ADMIN_PORT).await.unwrap();
    assert_eq!(
        (verdict, reason.as_str()),
        (VerdictKind::NotApplicable, "the rule is switched off")
    );
    engine.put_rule_setting(&setting(false)).await.unwrap();
    assert_eq!(engine.keep_house_once(&mut seen).await.unwrap().audited_for_rules, 1);
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 reopened"]);
}

/// An engine that has seen one group, open to the world on port 22.
async fn with_an_open_group(world: &World) -> Engine {
    let engine = world.engine(&[GROUPS]).await;
    only_in_ireland(world, &engine).await;
    world.groups(&[group("sg-1", 22)]);
    scan(&engine).await;
    engine
}

fn rule_setting(account: Option<&str>, is_disabled: bool) -> RuleSetting {
    RuleSetting {
        rule: ADMIN_PORT.parse().unwrap(),
        account: account.map(|account| account.parse().unwrap()),
        is_disabled,
        score: None,
        reason: "for the test".to_owned(),
        by: Author::System,
        at: START,
    }
}

pub(crate) async fn an_accounts_own_setting_outweighs_the_general_one(world: World) {
    let engine = with_an_open_group(&world).await;
    let mut seen = None;
    engine.keep_house_once(&mut seen).await.unwrap();
    let own = RuleSetting {
        score: Some(Score::new(9).unwrap()),
        ..rule_setting(Some(ONE), false)
    };
    engine.put_rule_setting(&own).await.unwrap();
    engine.put_rule_setting(&rule_setting(None, true)).await.unwrap();
    engine.keep_house_once(&mut seen).await.unwrap();
    world.clock.advance_seconds(60);
    scan(&engine).await;
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 open"]);
    assert_eq!(world.verdict("sg-1", ADMIN_PORT).await.unwrap().0, VerdictKind::Fail);
}

pub(crate) async fn an_account_that_becomes_known_is_audited_again(world: World) {
    const UNKNOWN: &str = "aws.ec2.security-group.unknown-account";
    let engine = world.engine(&[GROUPS]).await;
    only_in_ireland(&world, &engine).await;
    let mut peered = group("sg-1", 443);
    peered["IpPermissions"][0]["UserIdGroupPairs"] = json!([{"GroupId": "sg-9", "UserId": "333333333333"}]);
    world.groups(&[peered]);
    scan(&engine).await;
    let mut seen = None;
    engine.keep_house_once(&mut seen).await.unwrap();
    let state = async || world.states(UNKNOWN).await;
    assert_eq!(state().await, ["333333333333/sg-9 open"]);

    // Done as the remediation says: without a scan, and without a change in AWS.
    let mut peer = Account::watched("333333333333".parse().unwrap(), "partner");
    let mut audited = async |peer: &Account| {
        engine.put_account(peer, &Author::System).await.unwrap();
        engine.keep_house_once(&mut seen).await.unwrap().audited_for_rules
    };
    peer.kind = AccountKind::Friendly;
    assert_eq!(audited(&peer).await, 1);
    assert_eq!(state().await, ["333333333333/sg-9 resolved"]);
    assert_eq!(world.verdict("sg-1", UNKNOWN).await.unwrap().0, VerdictKind::Pass);

    // What rules do not go by has nothing audited again.
    "our partner".clone_into(&mut peer.name);
    "since 2026".clone_into(&mut peer.notes);
    assert_eq!(audited(&peer).await, 0);
    peer.kind = AccountKind::ThirdParty;
    assert_eq!(audited(&peer).await, 1);
    assert_eq!(audited(&peer).await, 0);

    // Known networks and organisations are set at start: the next process audits, and so does a scan.
    let mut parts = world.parts(&[GROUPS]);
    parts.settings.organisations = vec!["o-0123456789".to_owned()];
    let engine = Engine::new(parts).await.unwrap();
    assert_eq!(engine.keep_house_once(&mut None).await.unwrap().audited_for_rules, 1);
    assert_eq!(engine.keep_house_once(&mut None).await.unwrap().audited_for_rules, 0);
}

pub(crate) async fn a_port_open_to_everybody_is_told_beside_a_list_nobody_read(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    only_in_ireland(&world, &engine).await;
    let mut half_known = group("sg-1", 22);
    half_known["IpPermissions"][0]["PrefixListIds"] = json!([{"PrefixListId": "pl-1"}]);
    world.groups(&[half_known.clone()]);
    scan(&engine).await;
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 open"]);
    let (verdict, reason) = world.verdict("sg-1", ADMIN_PORT).await.unwrap();
    assert_eq!(verdict, VerdictKind::Unknown);
    assert!(reason.contains("pl-1"), "{reason}");

    // Closed, as far as anybody has seen: the list may hold the same network.
    half_known["IpPermissions"][0]["IpRanges"] = json!([]);
    world.groups(&[half_known]);
    scan(&engine).await;
    assert_eq!(world.states(ADMIN_PORT).await, ["0.0.0.0/0 tcp/22 open"]);
}

pub(crate) async fn a_network_that_becomes_known_is_audited_again_by_the_next_scan(world: World) {
    const WIDE: &str = "aws.ec2.security-group.wide-public-range";
    let engine = world.engine(&[GROUPS]).await;
    only_in_ireland(&world, &engine).await;
    let mut wide = group("sg-1", 443);
    wide["IpPermissions"][0]["IpRanges"] = json!([{"CidrIp": "11.0.0.0/8"}]);
    world.groups(&[wide]);
    scan(&engine).await;
    assert_eq!(world.verdict("sg-1", WIDE).await.unwrap().0, VerdictKind::Fail);

    let mut parts = world.parts(&[GROUPS]);
    parts.settings.trusted_networks = vec!["11.0.0.0/8".parse().unwrap()];
    assert_eq!(scan(&Engine::new(parts).await.unwrap()).await.revisions(), 0);
    assert_eq!(world.verdict("sg-1", WIDE).await.unwrap().0, VerdictKind::Pass);

    // And it is unknown again when it is taken off.
    scan(&engine).await;
    assert_eq!(world.verdict("sg-1", WIDE).await.unwrap().0, VerdictKind::Fail);
}

pub(crate) fn user_rule(id: &str, technology: &str, body: &str) -> String {
    let package = id.replace('-', "_");
    format!(
        "# METADATA\n# title: Rule of the test\n# description: For the test.\n# custom:\n#   id: {id}\n#   technology: {technology}\n#   score: 5\n#   rationale: For the test.\n#   remediation: Nothing.\npackage rules.{package}\n\nfindings contains finding if {{\n\t{body}\n}}\n"
    )
}

fn parts_with_rules(world: &World, technologies: &[&str], path: &str, text: &str) -> EngineParts {
    EngineParts {
        auditor: Arc::new(Auditor::new(rules_with(path, text))),
        ..world.parts(technologies)
    }
}

pub(crate) async fn with_rules(world: &World, technologies: &[&str], path: &str, text: &str) -> Engine {
    Engine::new(parts_with_rules(world, technologies, path, text))
        .await
        .unwrap()
}
