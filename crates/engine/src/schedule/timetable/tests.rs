use std::sync::LazyLock;

use security_monkey_aws::models::Models;
use security_monkey_aws::{Api, AwsError, Call, Response};
use security_monkey_model::Region;
use security_monkey_watcher::Technologies;

use super::*;

struct NoApi;

impl Api for NoApi {
    fn call<'a>(&'a self, _: &'a str, _: Call<'a>) -> futures::future::BoxFuture<'a, Result<Response, AwsError>> {
        Box::pin(std::future::pending())
    }
}

static TECHNOLOGIES: LazyLock<Technologies> = LazyLock::new(|| Technologies::built_in(Models::embedded()).0);
const NOW: Timestamp = Timestamp::from_micros(1_795_352_377_000_000);
const HOUR: Duration = Duration::from_hours(1);

fn account(number: u8) -> Account {
    Account::watched(format!("{number:012}").parse().unwrap(), format!("account {number}"))
}

fn plan(account: &Account, regions: &[&str]) -> Arc<AccountPlan> {
    let id = "aws.ec2.security-group".parse().unwrap();
    let technology = TECHNOLOGIES.get(&id).unwrap();
    let units = regions.iter().map(|region| {
        let key = UnitKey {
            account: account.id.clone(),
            region: Region::parse(region).unwrap(),
            service: technology.service().to_owned(),
        };
        (key, vec![Arc::clone(technology)])
    });
    Arc::new(AccountPlan {
        account: account.clone(),
        api: Arc::new(NoApi),
        regions: Arc::default(),
        partition: "aws".into(),
        units: units.collect(),
        switched_off: BTreeSet::new(),
    })
}

fn status(key: &UnitKey, started: Timestamp, finished: Option<Timestamp>) -> ScopeTimes {
    ScopeTimes {
        scope: key.scope(&"aws.ec2.security-group".parse().unwrap()),
        last_started_at: Some(started),
        last_finished_at: finished,
        is_complete: finished.is_some(),
    }
}

/// A timetable with one planned account.
fn planned(statuses: impl Fn(&UnitKey) -> Vec<ScopeTimes>) -> (Timetable, Account, Arc<AccountPlan>) {
    let (mut timetable, account) = (Timetable::new(7), account(1));
    timetable.follow(std::iter::once(&account), NOW);
    assert_eq!(timetable.take_unplanned(NOW, 4).len(), 1);
    let plan = plan(&account, &["eu-west-1", "us-east-1"]);
    let statuses: Vec<ScopeTimes> = plan.units.keys().flat_map(&statuses).collect();
    timetable.planned(&account, Arc::clone(&plan), &statuses, &|_| HOUR, NOW, after(NOW, HOUR));
    (timetable, account, plan)
}

fn places(due: &[Due]) -> Vec<&str> {
    due.iter().map(|due| due.key.region.as_str()).collect()
}

#[test]
fn an_account_is_planned_once_and_scanned_at_once() {
    let (mut timetable, ..) = planned(|_| Vec::new());
    assert!(timetable.take_unplanned(NOW, 4).is_empty());
    let due = timetable.take_due(NOW, 10);
    assert_eq!(places(&due), ["eu-west-1", "us-east-1"]);
    assert_eq!(timetable.running(), 2);
    assert!(
        timetable.take_due(NOW, 10).is_empty(),
        "what is running does not run twice"
    );
}

#[test]
fn no_more_scans_than_there_is_room_for() {
    let (mut timetable, ..) = planned(|_| Vec::new());
    assert_eq!(timetable.take_due(NOW, 1).len(), 1);
    assert_eq!(timetable.take_due(NOW, 0).len(), 0);
    assert_eq!(timetable.take_due(NOW, 1).len(), 1);
}

#[test]
fn what_another_process_scanned_waits_for_its_interval_and_what_it_did_not_finish_does_not() {
    let (mut timetable, ..) = planned(|key| match key.region.as_str() {
        "eu-west-1" => vec![status(key, NOW.plus_seconds(-60), Some(NOW.plus_seconds(-30)))],
        // Killed in the middle: begun after the last end.
        _ => vec![status(key, NOW.plus_seconds(-60), Some(NOW.plus_seconds(-600)))],
    });
    let due = timetable.take_due(NOW, 10);
    assert_eq!(places(&due), ["us-east-1"]);
    assert!(timetable.take_due(NOW.plus_seconds(50 * 60), 10).is_empty());
    assert_eq!(
        places(&timetable.take_due(NOW.plus_seconds(66 * 60), 10)),
        ["eu-west-1"]
    );
}

#[test]
fn a_scan_that_is_said_to_lie_a_year_ahead_is_due_now() {
    const YEAR: i64 = 365 * 24 * 3_600;
    let (mut timetable, ..) = planned(|key| match key.region.as_str() {
        "eu-west-1" => vec![status(key, NOW.plus_seconds(YEAR), Some(NOW.plus_seconds(YEAR + 30)))],
        // Another process's clock is a little ahead: nothing is wrong with that.
        _ => vec![status(key, NOW.plus_seconds(60), Some(NOW.plus_seconds(90)))],
    });
    assert_eq!(places(&timetable.take_due(NOW, 10)), ["eu-west-1"]);
    // It was set right while the scan was under way.
    let (mut timetable, ..) = planned(|key| vec![status(key, NOW.plus_seconds(-60), Some(NOW.plus_seconds(YEAR)))]);
    assert_eq!(places(&timetable.take_due(NOW, 10)), ["eu-west-1", "us-east-1"]);
}

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    const YEAR: i64 = 365 * 24 * 3_600;
    let (mut timetable, account, plan) = planned(|_| Vec::new());
    let ahead = NOW.plus_seconds(YEAR);
    timetable.follow(std::iter::once(&account), ahead);
    timetable.take_unplanned(ahead, 4);
    let statuses: Vec<ScopeTimes> = plan.units.keys().map(|key| status(key, ahead, Some(ahead))).collect();
    timetable.planned(
        &account,
        Arc::clone(&plan),
        &statuses,
        &|_| HOUR,
        ahead,
        after(ahead, HOUR),
    );
    let now = NOW.plus_seconds(7_200);
    assert!(timetable.take_unplanned(now, 4).is_empty());
    timetable.follow(std::iter::once(&account), now);
    assert_eq!(timetable.take_unplanned(now, 4), std::slice::from_ref(&account));
    timetable.planned(&account, plan, &statuses, &|_| HOUR, now, after(now, HOUR));
    assert_eq!(places(&timetable.take_due(now, 10)), ["eu-west-1", "us-east-1"]);
}

#[test]
fn a_scan_is_due_again_after_its_interval_with_jitter() {
    let (mut timetable, _, plan) = planned(|_| Vec::new());
    timetable.take_due(NOW, 10);
    for key in plan.units.keys() {
        timetable.scanned(key, NOW, &|_| HOUR);
    }
    assert_eq!(timetable.running(), 0);
    assert!(timetable.take_due(NOW.plus_seconds(53 * 60), 10).is_empty());
    assert_eq!(timetable.take_due(NOW.plus_seconds(67 * 60), 10).len(), 2);
}

#[test]
fn technologies_of_one_service_keep_their_own_intervals() {
    let (often, seldom) = ("aws.ec2.security-group", "aws.ec2.vpc");
    let ids = [often, seldom].map(|id| id.parse::<TechnologyId>().unwrap());
    let account = account(1);
    let key = UnitKey {
        account: account.id.clone(),
        region: Region::parse("eu-west-1").unwrap(),
        service: "ec2".to_owned(),
    };
    let both = ids.iter().map(|id| Arc::clone(TECHNOLOGIES.get(id).unwrap())).collect();
    let mut plan = Arc::into_inner(plan(&account, &[])).unwrap();
    plan.units.insert(key.clone(), both);
    let plan = Arc::new(plan);
    let interval = |id: &TechnologyId| if id.as_str() == often { HOUR } else { HOUR * 6 };
    let names = |due: Vec<Due>| -> Vec<String> {
        let technologies = due.iter().flat_map(|due| &due.technologies);
        technologies.map(|technology| technology.id().to_string()).collect()
    };

    let mut timetable = Timetable::new(7);
    timetable.follow(std::iter::once(&account), NOW);
    timetable.take_unplanned(NOW, 4);
    // The seldom one was scanned by another process two hours ago, the other one just then as well: only that is overdue.
    let scanned = NOW.plus_seconds(-2 * 3_600);
    let statuses = ids.each_ref().map(|id| ScopeTimes {
        scope: key.scope(id),
        last_started_at: Some(scanned),
        last_finished_at: Some(scanned),
        is_complete: true,
    });
    timetable.planned(&account, plan, &statuses, &interval, NOW, after(NOW, HOUR * 24));
    assert_eq!(names(timetable.take_due(NOW, 10)), [often]);
    // While one is scanned, the other waits for its unit even when its time has come.
    let later = NOW.plus_seconds(5 * 3_600);
    assert_eq!(names(timetable.take_due(later, 10)), Vec::<String>::new());
    // What was not scanned keeps its time; what was is due an interval after its end.
    timetable.scanned(&key, later, &interval);
    assert_eq!(names(timetable.take_due(later, 10)), [seldom]);
    timetable.scanned(&key, later, &interval);
    assert_eq!(
        names(timetable.take_due(later.plus_seconds(50 * 60), 10)),
        Vec::<String>::new()
    );
    assert_eq!(names(timetable.take_due(later.plus_seconds(67 * 60), 10)), [often]);
    timetable.scanned(&key, later.plus_seconds(67 * 60), &interval);
    // Both at once where both are due.
    assert_eq!(
        names(timetable.take_due(later.plus_seconds(7 * 3_600), 10)),
        [often, seldom]
    );
}

#[test]
fn a_requested_scan_is_due_now_even_while_it_runs() {
    let (mut timetable, _, plan) = planned(|_| Vec::new());
    let due = timetable.take_due(NOW, 10);
    assert!(!due[0].is_requested);
    timetable.request(
        &Selection {
            regions: vec![Region::parse("us-east-1").unwrap()],
            ..Selection::default()
        },
        NOW,
    );
    for key in plan.units.keys() {
        timetable.scanned(key, NOW, &|_| HOUR);
    }
    let due = timetable.take_due(NOW, 10);
    assert_eq!(places(&due), ["us-east-1"]);
    assert!(due[0].is_requested);
    timetable.scanned(&due[0].key, NOW, &|_| HOUR);
    assert!(timetable.take_due(NOW, 10).is_empty(), "a request holds once");
}

#[test]
fn accounts_come_change_and_go_without_a_restart() {
    let (mut timetable, first, _) = planned(|_| Vec::new());
    let second = account(2);
    timetable.follow([&first, &second].into_iter(), NOW);
    assert_eq!(timetable.take_unplanned(NOW, 4), std::slice::from_ref(&second));

    let mut changed = first.clone();
    changed.regions = vec![Region::parse("eu-north-1").unwrap()];
    timetable.follow([&changed, &second].into_iter(), NOW);
    assert!(timetable.take_due(NOW, 10).is_empty(), "the old plan no longer holds");
    assert_eq!(timetable.take_unplanned(NOW, 4), [changed.clone()]);
    // Changed once more while it is being planned: that plan is for nobody.
    timetable.follow([&first, &second].into_iter(), NOW);
    timetable.planned(
        &changed,
        plan(&changed, &["eu-north-1"]),
        &[],
        &|_| HOUR,
        NOW,
        after(NOW, HOUR),
    );
    assert!(timetable.take_due(NOW, 10).is_empty());
    assert_eq!(timetable.take_unplanned(NOW, 4), [first]);

    timetable.follow(std::iter::empty(), NOW);
    assert!(timetable.take_due(NOW, 10).is_empty());
    assert!(timetable.take_unplanned(after(NOW, HOUR), 4).is_empty());
}

#[test]
fn an_unreadable_account_waits_longer_each_time_and_is_not_scanned() {
    let (mut timetable, account, plan) = planned(|_| Vec::new());
    timetable.plan_again(&account.id, NOW);
    assert_eq!(timetable.take_unplanned(NOW, 4).len(), 1);
    timetable.unreadable(&account, NOW.plus_seconds(60));
    assert_eq!(timetable.failures(&account.id), 1);
    assert!(timetable.take_due(NOW, 10).is_empty());
    assert!(timetable.take_unplanned(NOW.plus_seconds(59), 4).is_empty());
    assert_eq!(timetable.take_unplanned(NOW.plus_seconds(60), 4).len(), 1);
    timetable.planned(&account, plan, &[], &|_| HOUR, NOW, after(NOW, HOUR));
    assert_eq!(timetable.failures(&account.id), 0);
    assert_eq!(timetable.take_due(NOW, 10).len(), 2);
}
