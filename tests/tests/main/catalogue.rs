//! What the commands show of what there is: technologies, rules, accounts.

use serde_json::{Value, json};

use crate::product::{command, ran};

#[test]
fn a_technology_is_shown_with_its_calls_permissions_and_links() {
    let folder = tempfile::tempdir().expect("a folder");
    let shown = ran(command(
        folder.path(),
        &["technologies", "show", "aws.ec2.security-group"],
    ));
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert_eq!(
        shown.stdout,
        "security group (AWS::EC2::SecurityGroup)\n\
         A stateful firewall around network interfaces: which addresses, prefix lists and other groups may reach which ports.\n\
         \n\
         documentation: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html\n\
         file: technologies/aws/ec2/security-group.toml\n\
         calls:\n  ec2:DescribeSecurityGroups\n\
         permissions:\n  ec2:DescribeSecurityGroups\n\
         links to: aws.ec2.managed-prefix-list, aws.ec2.security-group, aws.ec2.vpc\n"
    );
    let missing = ran(command(folder.path(), &["technologies", "show", "aws.ec2.nothing"]));
    assert_eq!(missing.code, Some(2));
    assert_eq!(
        missing.stderr,
        "error: there is no technology aws.ec2.nothing\nhint: security-monkey technologies list\n"
    );
}

#[test]
fn a_rule_is_shown_with_why_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let rule = "aws.ec2.security-group.admin-port-open";
    let shown = ran(command(folder.path(), &["rules", "show", rule]));
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let list: Value =
        serde_json::from_str(&ran(command(folder.path(), &["rules", "list", "-f", "json"])).stdout).expect("JSON");
    let row = (list.as_array().expect("rules").iter())
        .find(|row| row["id"] == rule)
        .expect("the rule");
    let text = |member: &str| row[member].as_str().expect("a text").trim().to_owned();
    for part in [
        format!("{}\n{rule}, score 8 (high)\n", text("title")),
        text("description"),
        format!("Why it matters:\n{}\n", text("rationale")),
        format!("What to do:\n{}\n", text("remediation")),
        "technologies: aws.ec2.security-group\n".to_owned(),
        "parameters:\n  ports: 22, 3389\n".to_owned(),
        "time dependent: no\n".to_owned(),
        "references: https://docs.aws.amazon.com/".to_owned(),
        "equivalents:\n  cis:\n    3.0: 5.2, 5.3\n".to_owned(),
        "  security_monkey: Internet Accessible\n".to_owned(),
        "file: rules/aws/ec2/security-group.admin-port-open.rego\n".to_owned(),
    ] {
        assert!(
            shown.stdout.contains(&part),
            "'{part}' is missing in:\n{}",
            shown.stdout
        );
    }
    assert!(
        !shown.stdout.lines().any(|line| line.ends_with(' ')),
        "{}",
        shown.stdout
    );
    let of_one = ran(command(
        folder.path(),
        &["rules", "list", "-t", "aws.sqs.queue", "-f", "json"],
    ));
    let of_one: Value = serde_json::from_str(&of_one.stdout).expect("JSON");
    let of_one = of_one.as_array().expect("rules");
    assert!(!of_one.is_empty());
    assert!(
        of_one
            .iter()
            .all(|row| row["technologies"].to_string().contains("aws.sqs.queue")),
        "{of_one:#?}"
    );
}

#[test]
fn accounts_are_listed_as_they_are_and_switched_off_and_on() {
    const READER: &str = "arn:aws:iam::111111111111:role/Reader";
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let answer = ran(command(folder.path(), &[&["accounts"], arguments].concat()));
        assert_eq!(answer.code, Some(0), "{arguments:?}: {}", answer.stderr);
        answer.stdout
    };
    let add = [
        "add",
        "111111111111",
        "--name",
        "main",
        "--role",
        READER,
        "--region",
        "eu-west-1",
    ];
    assert_eq!(run(&add), "111111111111 main (watched)\n");
    assert_eq!(
        run(&["add", "222222222222", "--name", "vendor", "--kind", "third-party"]),
        "222222222222 vendor (third-party)\n"
    );
    let listed = || serde_json::from_str::<Value>(&run(&["list", "-f", "json"])).expect("JSON");
    let mut main = json!({
        "id": "111111111111", "name": "main", "kind": "watched", "is_scanned": true, "roles": [READER], "regions": ["eu-west-1"],
    });
    let vendor = json!({
        "id": "222222222222", "name": "vendor", "kind": "third-party", "is_scanned": false, "roles": [], "regions": [],
    });
    assert_eq!(listed(), json!([main, vendor]));
    let csv = format!(
        "id,name,kind,is_scanned,roles,regions\n111111111111,main,watched,true,{READER},eu-west-1\n222222222222,vendor,third-party,false,,\n"
    );
    assert_eq!(run(&["list", "-f", "csv"]), csv);

    assert_eq!(
        run(&["disable", "111111111111"]),
        "111111111111 is no longer scanned; its history stays\n"
    );
    main["is_scanned"] = json!(false);
    assert_eq!(listed(), json!([main, vendor]));
    assert_eq!(run(&["enable", "111111111111"]), "111111111111 is scanned\n");
    main["is_scanned"] = json!(true);
    assert_eq!(listed(), json!([main, vendor]));
    for verb in ["enable", "disable"] {
        let missing = ran(command(folder.path(), &["accounts", verb, "333333333333"]));
        assert_eq!(
            (missing.code, &*missing.stderr),
            (
                Some(2),
                "error: there is no account 333333333333\nhint: security-monkey accounts list\n"
            )
        );
    }
    let unknown = ran(command(
        folder.path(),
        &["accounts", "add", "333333333333", "--without", "aws.s3.bukket"],
    ));
    assert_eq!(
        (unknown.code, &*unknown.stderr),
        (
            Some(2),
            "error: there is no technology aws.s3.bukket\nhint: security-monkey technologies list\n"
        )
    );
}
