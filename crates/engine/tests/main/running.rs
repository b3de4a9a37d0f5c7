//! The loop: what is due is done, by one process at a time, until it is told to stop.

use std::time::Duration;

use security_monkey_aws::ErrorKind;
use security_monkey_engine::{Engine, EngineParts, Selection};
use security_monkey_store::gap::GapFilter;
use security_monkey_store::{Author, Page};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::faults::group;
use crate::world::{ONE, TWO, World, until};

const GROUPS: &str = "aws.ec2.security-group";

/// A running engine; told to stop at the end of the test.
pub(crate) struct Run {
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Run {
    #[expect(clippy::disallowed_methods, reason = "owned by this value, and awaited by stop()")]
    pub(crate) fn start(engine: &Engine) -> Self {
        let shutdown = CancellationToken::new();
        let (engine, token) = (engine.clone(), shutdown.clone());
        let task = tokio::spawn(async move { engine.run(token).await });
        Self { shutdown, task }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(Duration::from_mins(2), self.task)
            .await
            .unwrap()
            .unwrap();
    }
}

async fn count(world: &World) -> usize {
    world.resources().await.len()
}

pub(crate) async fn a_new_account_is_scanned_without_a_restart(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    for account in [ONE, TWO] {
        let groups = json!({"SecurityGroups": [group(&format!("sg-{account}"), 22)]});
        world.cloud.set(account, "DescribeSecurityGroups", groups);
    }
    world.watch(&engine, ONE).await;
    let run = Run::start(&engine);
    until("the first account is scanned", async || count(&world).await == 2).await;
    let mut second = world.watch(&engine, TWO).await;
    until("the second account is scanned", async || count(&world).await == 4).await;

    // Switched off, it is not looked at any more, and nothing of it is deleted.
    second.enabled = false;
    engine.put_account(&second, &Author::System).await.unwrap();
    world
        .cloud
        .set(TWO, "DescribeSecurityGroups", json!({"SecurityGroups": []}));
    let asked = world.cloud.count("DescribeSecurityGroups");
    world.clock.advance_seconds(3600);
    until("the first account is scanned again", async || {
        world.cloud.count("DescribeSecurityGroups") == asked + 2
    })
    .await;
    run.stop().await;
    assert_eq!(world.cloud.count("DescribeSecurityGroups"), asked + 2);
    assert!(world.resources().await.iter().all(|resource| resource.is_active));
}

pub(crate) async fn a_new_interval_takes_effect_without_a_restart(world: World) {
    let every = |interval: Duration| [(GROUPS.parse().unwrap(), interval)].into();
    let mut parts = world.parts(&[GROUPS]);
    parts.settings.intervals = every(Duration::from_hours(24));
    let engine = Engine::new(parts).await.unwrap();
    world.cloud.set(
        ONE,
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [group("sg-1", 22)]}),
    );
    world.watch(&engine, ONE).await;
    let run = Run::start(&engine);
    until("both regions are scanned", async || {
        let scopes = world.store.scopes(None).await.unwrap();
        scopes.len() == 2 && scopes.iter().all(|scope| scope.is_complete)
    })
    .await;
    engine.set_intervals(every(Duration::from_mins(30)));
    let mut steps_left = 23 * 360;
    until("the shorter interval counts", async || {
        // Time flies, but not for as long as the old interval.
        if steps_left > 0 {
            steps_left -= 1;
            world.clock.advance_seconds(10);
        }
        world.store.scopes(None).await.unwrap();
        world.cloud.count("DescribeSecurityGroups") >= 4
    })
    .await;
    run.stop().await;
}

/// A clock that was a year ahead once: what it recorded lies in the future, and everything is scanned all the same.
pub(crate) async fn a_clock_that_was_ahead_stops_no_scan(world: World) {
    const YEAR: i64 = 365 * 24 * 3_600;
    let engine = world.engine(&[GROUPS]).await;
    let groups = json!({"SecurityGroups": [group("sg-1", 22)]});
    world.cloud.set(ONE, "DescribeSecurityGroups", groups);
    world.watch(&engine, ONE).await;
    let scanned = async |times: usize| {
        until("both regions are scanned so many times", async || {
            let scopes = world.store.scopes(None).await.unwrap();
            let have_ended = scopes
                .iter()
                .all(|scope| scope.last_finished_at >= scope.last_started_at);
            have_ended && world.cloud.count("DescribeSecurityGroups") == 2 * times
        })
        .await;
    };
    world.clock.advance_seconds(YEAR);
    let run = Run::start(&engine);
    scanned(1).await;
    run.stop().await;
    world.clock.advance_seconds(-YEAR);
    // After a restart, and then while it runs.
    let engine = world.engine(&[GROUPS]).await;
    let run = Run::start(&engine);
    scanned(2).await;
    run.stop().await;
    world.clock.advance_seconds(YEAR);
    let engine = world.engine(&[GROUPS]).await;
    let run = Run::start(&engine);
    scanned(3).await;
    world.clock.advance_seconds(-YEAR);
    scanned(4).await;
    run.stop().await;
}

pub(crate) async fn two_processes_share_the_work(world: World) {
    let first = world.engine(&[GROUPS]).await;
    for account in [ONE, TWO] {
        world.cloud.set(
            account,
            "DescribeSecurityGroups",
            json!({"SecurityGroups": [group("sg-1", 22)]}),
        );
        world.watch(&first, account).await;
    }
    let second = Engine::new(EngineParts {
        store: world.other_store().await,
        process: "other".to_owned(),
        seed: 8,
        ..world.parts(&[GROUPS])
    })
    .await
    .unwrap();
    let runs = [Run::start(&first), Run::start(&second)];
    until("everything is scanned", async || count(&world).await == 4).await;
    // A scan shows its resources before it ends; wait for the ends.
    until("every scan has ended", async || {
        let scopes = world.store.scopes(None).await.unwrap();
        scopes.len() == 4 && scopes.iter().all(|scope| scope.is_complete)
    })
    .await;
    for run in runs {
        run.stop().await;
    }
    assert_eq!(world.cloud.count("DescribeSecurityGroups"), 4, "each scope once");
}

pub(crate) async fn a_person_can_ask_for_a_scan(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    world.watch(&engine, ONE).await;
    world.cloud.set(
        ONE,
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [group("sg-1", 22)]}),
    );
    let run = Run::start(&engine);
    until("both regions are scanned", async || {
        let scopes = world.store.scopes(None).await.unwrap();
        scopes.len() == 2 && scopes.iter().all(|scope| scope.is_complete)
    })
    .await;
    world.cloud.set(
        ONE,
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [group("sg-1", 22), group("sg-2", 22)]}),
    );
    let selection = Selection {
        regions: vec!["eu-west-1".parse().unwrap()],
        ..Selection::default()
    };
    engine.request_scan(&selection).await.unwrap();
    until("the new group is there", async || count(&world).await == 3).await;
    run.stop().await;
    assert_eq!(world.cloud.count("DescribeSecurityGroups"), 3);
    let unknown = Selection {
        accounts: vec![TWO.parse().unwrap()],
        ..Selection::default()
    };
    assert!(engine.request_scan(&unknown).await.is_err());
}

pub(crate) async fn an_unreadable_account_is_tried_again_later(world: World) {
    let engine = world.engine(&[GROUPS]).await;
    world.cloud.fail(ONE, "GetCallerIdentity", ErrorKind::Credentials);
    world.cloud.set(
        ONE,
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [group("sg-1", 22)]}),
    );
    world.watch(&engine, ONE).await;
    let run = Run::start(&engine);
    until("it was tried", async || world.cloud.count("GetCallerIdentity") == 1).await;
    assert_eq!(
        world.cloud.count("DescribeSecurityGroups"),
        0,
        "what cannot be read is not asked for"
    );
    world.cloud.forget(ONE, "GetCallerIdentity");
    until("it is scanned", async || {
        // Time flies until its wait is over.
        world.clock.advance_seconds(10);
        count(&world).await == 2
    })
    .await;
    run.stop().await;
}

/// Credentials fail for a minute, long after a scan and long before the next: what is out of sight must not stay so for an interval.
pub(crate) async fn an_account_that_was_scanned_before_is_scanned_again_at_once(world: World) {
    let mut parts = world.parts(&[GROUPS]);
    // Never due for its age, as far as this test's clock flies.
    parts.settings.intervals = [(GROUPS.parse().unwrap(), Duration::from_hours(24))].into();
    let engine = Engine::new(parts).await.unwrap();
    world.watch(&engine, ONE).await;
    let groups = json!({"SecurityGroups": [group("sg-1", 22)]});
    world.cloud.set(ONE, "DescribeSecurityGroups", groups.clone());
    let scopes = async || world.store.scopes(None).await.unwrap();
    let run = Run::start(&engine);
    until("both regions are scanned", async || {
        let scopes = scopes().await;
        scopes.len() == 2 && scopes.iter().all(|scope| scope.is_complete)
    })
    .await;
    run.stop().await;

    // Met when the account is planned, and by a scan under way.
    for is_met_by_a_scan in [false, true] {
        world.clock.advance_seconds(3_600);
        if is_met_by_a_scan {
            world.cloud.fail(ONE, "DescribeSecurityGroups", ErrorKind::Credentials);
            crate::world::scan(&engine).await;
        }
        world.cloud.fail(ONE, "GetCallerIdentity", ErrorKind::Credentials);
        let run = Run::start(&engine);
        until("both regions are out of sight", async || {
            let scopes = scopes().await;
            scopes
                .iter()
                .all(|scope| !scope.is_complete && scope.last_started_at.is_none())
        })
        .await;
        let asked = world.cloud.count("DescribeSecurityGroups");
        world.cloud.forget(ONE, "GetCallerIdentity");
        world.cloud.set(ONE, "DescribeSecurityGroups", groups.clone());
        let mut steps_left = 4 * 360;
        until("they are scanned again at once", async || {
            // Time flies until the wait for the credentials is over, an hour at most, but not for as long as an interval.
            if steps_left > 0 {
                steps_left -= 1;
                world.clock.advance_seconds(10);
            }
            scopes().await.iter().all(|scope| scope.is_complete)
        })
        .await;
        run.stop().await;
        assert_eq!(world.cloud.count("DescribeSecurityGroups"), asked + 2);
        let gaps = world.store.gaps(&GapFilter::default(), &Page::first(10)).await.unwrap();
        assert_eq!(gaps.items, []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_in_the_middle_of_a_scan_ends_soon_and_the_next_run_goes_on() {
    let world = World::sqlite().await;
    let engine = world.engine(&[GROUPS]).await;
    world.cloud.set(
        ONE,
        "DescribeSecurityGroups",
        json!({"SecurityGroups": [group("sg-1", 22)]}),
    );
    world.watch(&engine, ONE).await;
    world.cloud.hold("DescribeSecurityGroups");
    let run = Run::start(&engine);
    world.cloud.reached().await;
    run.stop().await;
    assert_eq!(count(&world).await, 0);
    world.cloud.release();
    let engine = world.engine(&[GROUPS]).await;
    let run = Run::start(&engine);
    until("it is scanned", async || count(&world).await == 2).await;
    run.stop().await;
}
