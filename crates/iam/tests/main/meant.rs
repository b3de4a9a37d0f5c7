//! Accounts and organisations that a policy means without naming them in full, and facts of the resource that nobody told.

use security_monkey_iam::reach::{Accepts, Reach, ReachContext, reach_of_resource_policy};
use security_monkey_iam::{AccountDirectory, Policy};

use crate::reach::{allow, deny, directory};

/// Who gets in, farthest first; each with a witness, as nothing here is near a limit.
fn reach(statements: &str, directory: &AccountDirectory) -> Vec<Reach> {
    let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let policy = Policy::parse(&document).unwrap();
    let context = ReachContext {
        resource: Some("arn:aws:s3:::records"),
        accepts: Accepts::Anonymous,
    };
    let findings = reach_of_resource_policy(&policy, directory, context);
    assert!(findings.iter().all(|finding| finding.witness.is_some()), "{document}");
    findings.iter().map(|finding| finding.class).collect()
}

fn denying_all_but(condition: &str) -> String {
    format!("{}, {}", allow(r#""*""#, ""), deny(condition))
}

/// IAM User Guide, "AWS global condition context keys", `aws:ResourceOrgID`: a fact of the resource, whoever asks.
#[test]
fn the_organisation_of_the_resource_is_not_known_unless_one_was_told() {
    let nobody = AccountDirectory::new().seen_from("111111111111");
    let ours = |ids: &[&str]| {
        let told = ids.iter().fold(AccountDirectory::new(), |directory, id| {
            directory.with_organisation(*id)
        });
        told.seen_from("111111111111")
    };
    let open = allow(r#""*""#, r#"{"StringEquals": {"aws:ResourceOrgID": "o-ours1234567"}}"#);
    assert_eq!(reach(&open, &nobody), [Reach::Internet]);
    assert_eq!(reach(&open, &ours(&["o-ours1234567"])), [Reach::Internet]);
    assert_eq!(reach(&open, &ours(&["o-another0000"])), []);
    for ids in [["o-aaaa000000", "o-ours1234567"], ["o-zzzz000000", "o-ours1234567"]] {
        assert_eq!(reach(&open, &ours(&ids)), [Reach::Internet], "{ids:?}");
    }
    let paths = allow(
        r#""*""#,
        r#"{"ForAnyValue:StringLike": {"aws:ResourceOrgPaths": "o-ours1234567/r-ab12/ou-ab12-11111111/*"}}"#,
    );
    assert_eq!(reach(&paths, &nobody), [Reach::Internet]);
}

/// IAM User Guide, "Data perimeters": the organisation of the caller is compared with that of the resource.
#[test]
fn the_organisation_of_the_resource_is_ours_even_if_it_has_no_name() {
    let nobody = AccountDirectory::new().seen_from("111111111111");
    let same = allow(
        r#""*""#,
        r#"{"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}"#,
    );
    assert_eq!(reach(&same, &nobody), [Reach::Organisation]);
    let others = denying_all_but(r#"{"StringNotEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}"#);
    assert!(reach(&others, &nobody).contains(&Reach::Organisation));
    let service = allow(
        r#"{"Service": "cloudtrail.amazonaws.com"}"#,
        r#"{"StringEquals": {"aws:SourceOrgID": "${aws:ResourceOrgID}"}}"#,
    );
    assert_eq!(reach(&service, &nobody), [Reach::AwsService { guarded: true }]);
}

/// A wildcard before or in an account id still lets that account in; compared as text it lets in strangers as well, whose paths may hold
/// colons: `arn:aws:iam::222222222222:role/:111111111111:role/x`. Source: IAM API Reference, "CreateRole", on the characters of `Path`.
#[test]
fn accounts_behind_wildcards_are_meant() {
    let any = vec![Reach::AnyAwsAccount];
    let own = vec![Reach::SameAccount];
    let cases = [
        (
            r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*111111111111:role/x"}}"#,
            &any,
        ),
        (r#"{"StringLike": {"aws:PrincipalArn": "*111111111111:role/x"}}"#, &any),
        (r#"{"StringLike": {"aws:PrincipalArn": "*:iam::111111111111:*"}}"#, &any),
        (
            r#"{"StringLike": {"aws:PrincipalArn": "arn:*:iam::111111111111:role/x"}}"#,
            &any,
        ),
        (
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:*:iam::111111111111:role/x"}}"#,
            &own,
        ),
        (
            r#"{"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*111111111111:role/x"}}"#,
            &own,
        ),
        (
            r#"{"StringLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}}"#,
            &own,
        ),
        (r#"{"StringLike": {"aws:PrincipalAccount": "*111111111111"}}"#, &own),
        (r#"{"StringLike": {"aws:PrincipalAccount": "111111111111*"}}"#, &own),
        (r#"{"NumericLessThan": {"aws:PrincipalAccount": "111111111112"}}"#, &any),
        (r#"{"NumericEquals": {"aws:PrincipalAccount": "111111111111"}}"#, &own),
        (
            r#"{"StringEqualsIgnoreCase": {"aws:PrincipalArn": "ARN:AWS:IAM::111111111111:ROLE/X"}}"#,
            &own,
        ),
        (
            r#"{"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}"#,
            &own,
        ),
    ];
    for (condition, expected) in cases {
        assert_eq!(
            reach(&allow(r#""*""#, condition), &directory()),
            *expected,
            "{condition}"
        );
    }
    let friend = r#"{"StringLike": {"aws:PrincipalAccount": "22222222222?"}}"#;
    assert!(reach(&allow(r#""*""#, friend), &directory()).contains(&Reach::AnyAwsAccount));
}

#[test]
fn denies_that_spare_accounts_behind_wildcards_let_them_in() {
    let cases = [
        (
            r#"{"StringNotLike": {"aws:PrincipalArn": "*:111111111111:role/*"}}"#,
            Reach::AnyAwsAccount,
        ),
        (
            r#"{"StringNotLike": {"aws:PrincipalArn": "*:iam::111111111111:*"}}"#,
            Reach::AnyAwsAccount,
        ),
        (
            r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*111111111111:role/x"}}"#,
            Reach::SameAccount,
        ),
        (
            r#"{"StringNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}}"#,
            Reach::SameAccount,
        ),
    ];
    for (condition, expected) in cases {
        let document = denying_all_but(condition);
        assert_eq!(reach(&document, &directory()).first(), Some(&expected), "{condition}");
    }
}
