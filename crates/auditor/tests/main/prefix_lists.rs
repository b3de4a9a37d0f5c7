//! Security groups that name prefix lists: the list counts as what is in it, and as open question where that is not known.

use security_monkey_model::Verdict;
use serde_json::{Value, json};

use super::scene::{Scene, built_in, set, with_rule};

const ADMIN: &str = "aws.ec2.security-group.admin-port-open";
const LISTS: &str = "aws.ec2.managed-prefix-list";

/// A group that accepts a port from a prefix list.
fn group(port: u16, list: &str) -> Value {
    json!({ "GroupId": "sg-1", "GroupName": "web", "IpPermissionsEgress": [], "IpPermissions": [
        { "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [], "PrefixListIds": [{ "PrefixListId": list }] },
    ] })
}

fn list(id: &str, owner: &str, networks: &[&str]) -> Value {
    let entries: Vec<Value> = networks.iter().map(|network| json!({ "Cidr": network })).collect();
    json!({ "PrefixListId": id, "PrefixListName": "a list", "OwnerId": owner, "Entries": entries })
}

fn scene(port: u16, lists: Vec<Value>) -> Scene {
    Scene::new("aws.ec2.security-group", group(port, "pl-1")).collection(LISTS, true, lists)
}

#[test]
fn a_prefix_list_that_holds_the_internet_opens_the_port() {
    let auditor = built_in();
    let open = scene(22, vec![list("pl-1", "123456789012", &["10.0.0.0/8", "0.0.0.0/0"])]);
    assert_eq!(open.subjects(&auditor, ADMIN), set(["0.0.0.0/0 tcp/22"]));
    let Some(Verdict::Fail { findings }) = open.evaluate(&auditor).remove(ADMIN) else {
        panic!("no failure");
    };
    assert_eq!(findings[0].evidence, json!("IpPermissions[0].PrefixListIds[0]"));
    assert_eq!(
        findings[0].message,
        "port 22 is open to 0.0.0.0/0 (in the prefix list pl-1)"
    );

    let six = scene(22, vec![list("pl-1", "123456789012", &["::/0"])]);
    assert_eq!(six.subjects(&auditor, ADMIN), set(["::/0 tcp/22"]));
    let private = scene(22, vec![list("pl-1", "123456789012", &["10.0.0.0/8"])]);
    assert_eq!(private.subjects(&auditor, ADMIN), set([]));
    let empty = scene(22, vec![list("pl-1", "123456789012", &[])]);
    assert_eq!(empty.subjects(&auditor, ADMIN), set([]));
    let other = scene(443, vec![list("pl-1", "123456789012", &["0.0.0.0/0"])]);
    assert_eq!(other.subjects(&auditor, ADMIN), set([]));
}

#[test]
fn networks_of_a_list_count_together_with_those_beside_it() {
    let auditor = built_in();
    let mut document = group(22, "pl-1");
    document["IpPermissions"][0]["IpRanges"] = json!([{ "CidrIp": "20.0.0.0/8" }]);
    let lists = vec![list("pl-1", "123456789012", &["40.0.0.0/8"])];
    let together = Scene::new("aws.ec2.security-group", document).collection(LISTS, true, lists);
    assert_eq!(
        together.subjects(&auditor, ADMIN),
        set(["20.0.0.0/8 tcp/22", "40.0.0.0/8 tcp/22"])
    );
}

/// Not scanned, in another place, denied: whatever the reason, nobody has seen that the port is closed.
#[test]
fn a_prefix_list_that_was_not_read_never_passes() {
    let auditor = built_in();
    let bare = Scene::new("aws.ec2.security-group", group(22, "pl-1"));
    let reason =
        "it is not known who is meant by IpPermissions[0].PrefixListIds[0]: the prefix list pl-1 is not recorded";
    assert_eq!(bare.unknown(&auditor, ADMIN), reason);
    let others = scene(22, vec![list("pl-2", "123456789012", &["10.0.0.0/8"])]);
    assert_eq!(others.unknown(&auditor, ADMIN), reason);

    let mut denied = scene(22, vec![list("pl-1", "123456789012", &["10.0.0.0/8"])]);
    denied.collected_unread = vec!["Entries"];
    assert!(denied.unknown(&auditor, ADMIN).ends_with("could not be read"));
    let without = json!({ "PrefixListId": "pl-1", "OwnerId": "123456789012" });
    assert!(
        scene(22, vec![without])
            .unknown(&auditor, ADMIN)
            .ends_with("could not be read")
    );
}

#[test]
fn an_unread_prefix_list_does_not_disturb_rules_about_other_ports() {
    let auditor = built_in();
    let verdicts = Scene::new("aws.ec2.security-group", group(22, "pl-1")).evaluate(&auditor);
    for (rule, is_answered) in [
        ("aws.ec2.security-group.admin-port-open", false),
        ("aws.ec2.security-group.wide-public-range", false),
        ("aws.ec2.security-group.unknown-account", false),
        ("aws.ec2.security-group.service-port-open", true),
        ("aws.ec2.security-group.all-ports-open", true),
        ("aws.ec2.security-group.launch-wizard", true),
    ] {
        let verdict = &verdicts[rule];
        assert_eq!(matches!(verdict, Verdict::Pass), is_answered, "{rule}: {verdict:?}");
        assert_eq!(
            matches!(verdict, Verdict::Unknown { .. }),
            !is_answered,
            "{rule}: {verdict:?}"
        );
    }
    let mut default = Scene::new("aws.ec2.security-group", group(443, "pl-1"));
    default.document["GroupName"] = json!("default");
    assert_eq!(
        default.subjects(&auditor, "aws.ec2.security-group.default-allows-traffic"),
        set(["ingress pl-1 tcp/443"]),
        "whoever is in the list"
    );
}

#[test]
fn an_unread_prefix_list_hides_no_proven_failure() {
    let auditor = built_in();
    let mut document = group(22, "pl-1");
    document["IpPermissions"][0]["IpRanges"] = json!([{ "CidrIp": "0.0.0.0/0" }, { "CidrIp": "52.0.0.0/12" }]);
    document["IpPermissions"][0]["UserIdGroupPairs"] = json!([{ "UserId": "999999999999", "GroupId": "sg-9" }]);
    let scene = Scene::new("aws.ec2.security-group", document);
    for (rule, subject) in [
        ("admin-port-open", "0.0.0.0/0 tcp/22"),
        ("wide-public-range", "52.0.0.0/12 tcp/22"),
        ("unknown-account", "999999999999/sg-9"),
    ] {
        let (reason, subjects) = scene.unknown_but(&auditor, &format!("aws.ec2.security-group.{rule}"));
        assert!(reason.contains("pl-1"), "{rule}: {reason}");
        assert_eq!(subjects, set([subject]), "{rule}");
    }
}

/// A rule may also find that something is missing, which an unread list may hold.
#[test]
fn what_an_unread_prefix_list_could_mend_is_not_proven() {
    let body = "findings contains finding if {\n\tevery permission in input.derived.ingress { not permission.internet }\n\tfinding := {\"subject\": \"closed\", \"message\": \"m\", \"evidence\": 1}\n}";
    let auditor = with_rule("must-be-open", "", body);
    let rule = "acme.test.must-be-open";
    let unread = Scene::new("acme.test.thing", group(8080, "pl-1"));
    assert!(unread.unknown(&auditor, rule).contains("pl-1"));
}

/// <https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html>: addresses of AWS's services.
#[test]
fn a_prefix_list_of_aws_is_not_the_internet() {
    let auditor = built_in();
    let mut cloudfront = list("pl-1", "AWS", &[]);
    cloudfront.as_object_mut().unwrap().remove("Entries");
    cloudfront["PrefixListName"] = json!("com.amazonaws.global.cloudfront.origin-facing");
    let verdicts = scene(22, vec![cloudfront]).evaluate(&auditor);
    for rule in ["admin-port-open", "wide-public-range", "unknown-account"] {
        let verdict = &verdicts[&format!("aws.ec2.security-group.{rule}")];
        assert_eq!(verdict, &Verdict::Pass, "{rule}");
    }
}

#[test]
fn a_prefix_list_of_an_unknown_account_is_told() {
    let auditor = built_in();
    let rule = "aws.ec2.security-group.unknown-account";
    let of = |owner| scene(443, vec![list("pl-1", owner, &["10.0.0.0/8"])]).subjects(&auditor, rule);
    assert_eq!(of("999999999999"), set(["999999999999/pl-1"]));
    assert_eq!(of("111111111111"), set([]));
    assert_eq!(of("123456789012"), set([]));
}

#[test]
fn what_a_linked_group_accepts_through_a_prefix_list_counts_for_the_resource() {
    let auditor = built_in();
    let cases = [
        (
            "aws.ec2.instance",
            json!({ "State": { "Name": "running" }, "PublicIpAddress": "52.1.2.3" }),
            22,
            "tcp/22 0.0.0.0/0",
        ),
        (
            "aws.rds.db-instance",
            json!({ "PubliclyAccessible": true, "Endpoint": { "Port": 5432 } }),
            5432,
            "sg-1 0.0.0.0/0",
        ),
        (
            "aws.elbv2.load-balancer",
            json!({ "Scheme": "internet-facing", "Type": "application", "SecurityGroups": ["sg-1"], "Listeners": [{ "Protocol": "HTTPS", "Port": 443 }] }),
            443,
            "HTTPS/443 0.0.0.0/0",
        ),
    ];
    for (technology, document, port, subject) in cases {
        let rule = format!("{technology}.open-to-internet");
        let scene =
            || Scene::new(technology, document.clone()).link("aws.ec2.security-group", "sg-1", group(port, "pl-1"));
        let known = |networks| scene().collection(LISTS, true, vec![list("pl-1", "123456789012", networks)]);
        assert_eq!(
            known(&["0.0.0.0/0"]).subjects(&auditor, &rule),
            set([subject]),
            "{rule}"
        );
        assert_eq!(known(&["10.0.0.0/8"]).subjects(&auditor, &rule), set([]), "{rule}");
        assert_eq!(
            scene().unknown(&auditor, &rule),
            "it is not known who is meant by IpPermissions[0].PrefixListIds[0] of the linked aws.ec2.security-group sg-1: \
             the prefix list pl-1 is not recorded"
        );
    }
}

/// Rules of the user do not know of prefix lists; they must not pass either.
#[test]
fn a_rule_that_does_not_know_of_prefix_lists_is_unknown_about_one_that_was_not_read() {
    let body = "findings contains finding if {\n\tsome permission in input.derived.ingress\n\tpermission.class == \"public\"\n\tfinding := {\"subject\": permission.cidr, \"message\": \"m\", \"evidence\": permission.path}\n}";
    let auditor = with_rule("any-public", "", body);
    let rule = "acme.test.any-public";
    let unread = Scene::new("acme.test.thing", group(8080, "pl-1"));
    assert!(unread.unknown(&auditor, rule).contains("pl-1"));
    let read = unread.collection(
        "acme.test.list",
        true,
        vec![list("pl-1", "123456789012", &["52.0.0.0/16"])],
    );
    assert_eq!(read.subjects(&auditor, rule), set(["52.0.0.0/16"]));
}

#[test]
fn a_network_that_is_none_never_passes() {
    let auditor = built_in();
    let mut document = group(22, "pl-1");
    document["IpPermissions"][0] =
        json!({ "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{ "CidrIp": "everywhere" }] });
    assert_eq!(
        Scene::new("aws.ec2.security-group", document).unknown(&auditor, ADMIN),
        "it is not known who is meant by IpPermissions[0].IpRanges[0]: 'everywhere' is no network"
    );
}
