use security_monkey_model::Scope;

use super::*;

fn scope(region: &str) -> Scope {
    Scope {
        account: "123456789012".parse().unwrap(),
        region: region.parse().unwrap(),
        technology: "aws.ec2.vpc".parse().unwrap(),
    }
}

#[test]
fn a_scan_that_another_process_makes_all_of_is_not_done() {
    let arguments = Scan {
        regions: Vec::new(),
        technologies: Vec::new(),
        accounts: Vec::new(),
        record: true,
        format: Format::Table,
        min_severity: None,
        fail_on: SeverityName::High,
        fail_on_gaps: false,
    };
    // Exit codes cannot be compared otherwise.
    let has_code = |report: &ScanReport, expected: u8| {
        format!("{:?}", code(&arguments, report, &[])) == format!("{:?}", ExitCode::from(expected))
    };
    let looked_at = ScopeReport {
        is_complete: true,
        calls: 1,
        ..ScopeReport::new(scope("eu-west-1"))
    };
    let whole = ScanReport {
        scopes: vec![looked_at],
        ..ScanReport::default()
    };
    assert!(!is_blind(&whole) && has_code(&whole, 0));
    let partly = ScanReport {
        busy: vec![scope("us-east-1")],
        ..whole
    };
    assert!(!is_blind(&partly) && has_code(&partly, 0));
    let all_busy = ScanReport {
        busy: vec![scope("eu-west-1"), scope("us-east-1")],
        ..ScanReport::default()
    };
    assert!(is_blind(&all_busy) && has_code(&all_busy, 2));
    assert!(is_left_to_another(&all_busy));
    // Something else was in the way as well.
    let failed = FailedScope {
        scope: scope("us-east-1"),
        message: "the disk is full".to_owned(),
    };
    for otherwise in [
        ScanReport {
            failed: vec![failed],
            ..all_busy.clone()
        },
        ScanReport {
            is_cancelled: true,
            ..all_busy.clone()
        },
        ScanReport {
            failures: vec!["a scan panicked".to_owned()],
            ..all_busy
        },
    ] {
        assert!(!is_left_to_another(&otherwise), "{otherwise:?}");
    }
}

#[test]
fn what_was_left_to_another_process_is_in_the_document() {
    let report = ScanReport {
        busy: vec![scope("us-east-1")],
        ..ScanReport::default()
    };
    let document = document(&report, &[], &[]);
    let left_out = json!([{"account": "123456789012", "region": "us-east-1", "technology": "aws.ec2.vpc"}]);
    assert_eq!(document["busy"], left_out, "{document:#}");
    assert_eq!(document["is_complete"], false);
}

#[test]
fn no_finding_is_severe_enough_for_none() {
    let score = |value: u8| Score::new(value).unwrap();
    assert!(is_at_least(score(0), SeverityName::Informational));
    assert!(is_at_least(score(7), SeverityName::High) && !is_at_least(score(6), SeverityName::High));
    assert!(!is_at_least(score(10), SeverityName::None));
}
