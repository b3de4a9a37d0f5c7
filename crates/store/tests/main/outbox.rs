//! Events, deliveries, leases.

use std::time::Duration;

use security_monkey_model::{AccountId, Role, Score};
use security_monkey_store::outbox::{Delivery, DeliveryState};
use security_monkey_store::record::{LeaseHold, RecordBatch};
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::subscription::{EventKind, SubscriptionFilter, SubscriptionSpec};
use security_monkey_store::{Author, Page, StoreError, SubscriptionId};
use serde_json::json;

use crate::fixture::{Fixture, OPEN_PORT, alice, at, complete, email, fails, open, resource, revision, rules, scope};

const LEASE: Duration = Duration::from_mins(1);

fn spec(filter: SubscriptionFilter) -> SubscriptionSpec {
    SubscriptionSpec {
        owner: Some(email("alice@example.org")),
        channel: "smtp".to_owned(),
        target: "alice@example.org".to_owned(),
        settings: json!({"digest": false}),
        filter,
        enabled: true,
    }
}

async fn subscribe(fixture: &Fixture, filter: SubscriptionFilter) -> SubscriptionId {
    if fixture.store.users().await.unwrap().is_empty() {
        let alice = email("alice@example.org");
        let added = fixture
            .store
            .add_user(&alice, Role::Admin, None, &Author::System, at(0));
        added.await.unwrap();
    }
    fixture
        .store
        .add_subscription(&spec(filter), &alice(), at(0))
        .await
        .unwrap()
}

async fn subscribe_to_findings(fixture: &Fixture) -> SubscriptionId {
    let filter = SubscriptionFilter {
        events: vec![EventKind::FindingChanged],
        ..SubscriptionFilter::default()
    };
    subscribe(fixture, filter).await
}

async fn claim(fixture: &Fixture, when: i64) -> Vec<Delivery> {
    let store = &fixture.store;
    store.claim_deliveries(&["smtp"], at(when), LEASE, 10).await.unwrap()
}

/// Two events: a resource, and a finding of score 5 on it.
async fn two_events(fixture: &Fixture) {
    let evaluations = [("sg-1", vec![fails(OPEN_PORT, &[("tcp/22", 5)])])];
    fixture
        .scan_with(
            &scope(),
            &[resource("sg-1", json!({}))],
            &evaluations,
            ScanEnd::default(),
            at(10),
        )
        .await;
}

async fn expand(fixture: &Fixture) -> usize {
    let mut events = 0;
    loop {
        match fixture.store.expand_deliveries(at(20)).await.unwrap() {
            0 => return events,
            taken => events += taken,
        }
    }
}

pub(crate) async fn an_event_reaches_each_subscription_once(fixture: &Fixture) {
    let all = subscribe(fixture, SubscriptionFilter::default()).await;
    let high = SubscriptionFilter {
        min_score: Score::new(6).ok(),
        events: vec![EventKind::FindingChanged],
        ..SubscriptionFilter::default()
    };
    subscribe(fixture, high).await;
    let elsewhere = SubscriptionFilter {
        accounts: vec![AccountId::parse("999999999999").unwrap()],
        ..SubscriptionFilter::default()
    };
    subscribe(fixture, elsewhere).await;
    let disabled = SubscriptionSpec {
        enabled: false,
        ..spec(SubscriptionFilter::default())
    };
    fixture
        .store
        .add_subscription(&disabled, &alice(), at(0))
        .await
        .unwrap();
    two_events(fixture).await;
    let late = fixture
        .store
        .add_subscription(&spec(SubscriptionFilter::default()), &alice(), at(15))
        .await
        .unwrap();
    assert_eq!(expand(fixture).await, 2);
    assert_eq!(expand(fixture).await, 0);
    let claimed = claim(fixture, 20).await;
    let to: Vec<_> = claimed
        .iter()
        .map(|delivery| (delivery.event.id, delivery.subscription.id))
        .collect();
    assert_eq!(to, [(1, all), (2, all)], "not to {late}, which came later");
    assert_eq!(claimed[0].subscription.spec, spec(SubscriptionFilter::default()));
    for delivery in claimed {
        fixture
            .store
            .delivery_sent(delivery.id, delivery.fence, at(21))
            .await
            .unwrap();
    }
    assert_eq!(claim(fixture, 9_999).await, []);
    let listed = fixture
        .store
        .deliveries(Some(DeliveryState::Sent), &Page::default())
        .await
        .unwrap()
        .items;
    assert_eq!(
        listed
            .iter()
            .map(|delivery| (delivery.event, delivery.sent_at))
            .collect::<Vec<_>>(),
        [(2, Some(at(21))), (1, Some(at(21)))]
    );
}

pub(crate) async fn a_delivery_is_claimed_once(fixture: &Fixture) {
    for _ in 0..30 {
        subscribe(fixture, SubscriptionFilter::default()).await;
    }
    two_events(fixture).await;
    expand(fixture).await;
    let stores = [
        open(&fixture.url).await,
        open(&fixture.url).await,
        open(&fixture.url).await,
    ];
    let claims = stores.iter().map(async |store| {
        let mut claimed = Vec::new();
        loop {
            let part = store
                .claim_deliveries(&["webhook", "smtp"], at(20), LEASE, 4)
                .await
                .unwrap();
            if part.is_empty() {
                // Nothing is left that another one is not claiming just now.
                return claimed;
            }
            claimed.extend(part.into_iter().map(|delivery| delivery.id));
        }
    });
    let mut claimed: Vec<_> = futures::future::join_all(claims).await.into_iter().flatten().collect();
    claimed.sort();
    let count = claimed.len();
    claimed.dedup();
    assert_eq!((claimed.len(), count), (60, 60));
    assert_eq!(
        fixture
            .store
            .claim_deliveries(&["webhook"], at(9_999), LEASE, 10)
            .await
            .unwrap(),
        []
    );
}

pub(crate) async fn a_failed_delivery_comes_back_until_given_up(fixture: &Fixture) {
    subscribe_to_findings(fixture).await;
    two_events(fixture).await;
    expand(fixture).await;
    let claim = async |when| claim(fixture, when).await;
    let first = claim(20).await;
    assert_eq!((first.len(), first[0].attempts), (1, 0));
    fixture
        .store
        .delivery_failed(first[0].id, first[0].fence, "451 greylisted", Some(at(300)))
        .await
        .unwrap();
    assert_eq!(claim(299).await, []);
    let second = claim(300).await;
    assert_eq!((second[0].id, second[0].attempts), (first[0].id, 1));
    fixture
        .store
        .delivery_failed(second[0].id, second[0].fence, "550 no such user", None)
        .await
        .unwrap();
    assert_eq!(claim(99_999).await, []);
    let listed = fixture.store.deliveries(None, &Page::default()).await.unwrap().items;
    assert_eq!(
        (listed[0].state, listed[0].attempts, listed[0].error.as_deref()),
        (DeliveryState::Failed, 2, Some("550 no such user"))
    );
}

pub(crate) async fn a_lost_claim_settles_nothing(fixture: &Fixture) {
    let id = subscribe_to_findings(fixture).await;
    two_events(fixture).await;
    expand(fixture).await;
    let claim = async |when| claim(fixture, when).await;
    let slow = claim(20).await.remove(0);
    assert_eq!(claim(79).await, []);
    let quick = claim(80).await.remove(0);
    assert_eq!(slow.id, quick.id);
    for lost in [
        fixture.store.delivery_sent(slow.id, slow.fence, at(81)).await,
        fixture
            .store
            .delivery_failed(slow.id, slow.fence, "too late", None)
            .await,
    ] {
        assert!(matches!(lost, Err(StoreError::LeaseLost { .. })), "{lost:?}");
    }
    fixture.store.delete_subscription(id, &alice(), at(82)).await.unwrap();
    assert!(matches!(
        fixture.store.delivery_sent(quick.id, quick.fence, at(83)).await,
        Err(StoreError::LeaseLost { .. })
    ));
    assert_eq!(fixture.store.subscription(id).await.unwrap(), None);
}

pub(crate) async fn old_events_are_forgotten_when_settled(fixture: &Fixture) {
    let id = subscribe_to_findings(fixture).await;
    let mut paused = spec(SubscriptionFilter::default());
    paused.enabled = false;
    two_events(fixture).await;
    assert_eq!(
        fixture.store.prune_events(at(9_999)).await.unwrap(),
        0,
        "not expanded yet"
    );
    expand(fixture).await;
    fixture
        .store
        .update_subscription(id, &paused, &alice(), at(30))
        .await
        .unwrap();
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"B": 1}))], at(40))
        .await;
    expand(fixture).await;
    assert_eq!(claim(fixture, 50).await, [], "paused");
    assert_eq!(
        fixture.store.prune_events(at(40)).await.unwrap(),
        1,
        "one is still to be delivered"
    );
    assert_eq!(fixture.store.last_event().await.unwrap(), 3);
    fixture
        .store
        .update_subscription(id, &spec(SubscriptionFilter::default()), &alice(), at(50))
        .await
        .unwrap();
    assert_eq!(claim(fixture, 50).await.len(), 1);
}

/// The owner's rights are asked again for each event and each message, not only when the subscription was made.
pub(crate) async fn who_is_disabled_or_demoted_hears_nothing(fixture: &Fixture) {
    let store = &fixture.store;
    let mail = subscribe(fixture, SubscriptionFilter::default()).await;
    let webhook = SubscriptionSpec {
        channel: "webhook".to_owned(),
        target: "https://example.org/hook".to_owned(),
        ..spec(SubscriptionFilter::default())
    };
    let webhook = store.add_subscription(&webhook, &alice(), at(0)).await.unwrap();
    let elsewhere = SubscriptionSpec {
        target: "bob@example.org".to_owned(),
        ..spec(SubscriptionFilter::default())
    };
    let elsewhere = store.add_subscription(&elsewhere, &alice(), at(0)).await.unwrap();
    let ours = SubscriptionSpec {
        owner: None,
        ..spec(SubscriptionFilter::default())
    };
    let ours = store.add_subscription(&ours, &alice(), at(0)).await.unwrap();
    let nobodys = SubscriptionSpec {
        owner: Some(email("nobody@example.org")),
        target: "nobody@example.org".to_owned(),
        ..spec(SubscriptionFilter::default())
    };
    store.add_subscription(&nobodys, &alice(), at(0)).await.unwrap();
    let user = email("alice@example.org");
    let pending = "select distinct cast(subscription as text) from delivery where state = 'pending' order by 1";
    let numbers = |ids: &[SubscriptionId]| ids.iter().map(|id| id.0.to_string()).collect::<Vec<_>>();

    two_events(fixture).await;
    expand(fixture).await;
    assert_eq!(fixture.texts(pending).await, numbers(&[mail, webhook, elsewhere, ours]));
    // Demoted: what waits for her webhook, and for her mail to others, is dropped.
    store
        .set_role(&user, Role::Justify, &Author::System, at(21))
        .await
        .unwrap();
    assert_eq!(fixture.texts(pending).await, numbers(&[mail, ours]));
    // And so it is behind the store's back: neither claimed nor made.
    store
        .set_role(&user, Role::Admin, &Author::System, at(22))
        .await
        .unwrap();
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"Round": 2}))], at(23))
        .await;
    expand(fixture).await;
    assert_eq!(fixture.texts(pending).await, numbers(&[mail, webhook, elsewhere, ours]));
    let claimed = async || {
        let claimed = store
            .claim_deliveries(&["smtp", "webhook"], at(30), LEASE, 100)
            .await
            .unwrap();
        let mut ids: Vec<_> = claimed.iter().map(|delivery| delivery.subscription.id).collect();
        ids.sort_unstable();
        ids.dedup();
        fixture.sql("update delivery set due_at = 0").await;
        ids
    };
    assert_eq!(claimed().await, [mail, webhook, elsewhere, ours]);
    fixture.sql("update app_user set role = 'view'").await;
    assert_eq!(claimed().await, [mail, ours]);
    fixture.sql("update app_user set disabled_at = 1").await;
    assert_eq!(claimed().await, [ours]);
    fixture.sql("update app_user set disabled_at = null").await;
    store.set_disabled(&user, true, &Author::System, at(31)).await.unwrap();
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"Round": 3}))], at(32))
        .await;
    expand(fixture).await;
    assert_eq!(claimed().await, [ours]);
    // Back again: she hears of what happens from then on, and of nothing in between.
    store.set_disabled(&user, false, &Author::System, at(33)).await.unwrap();
    assert_eq!(claimed().await, [ours]);
    fixture
        .scan(&scope(), &[resource("sg-1", json!({"Round": 4}))], at(34))
        .await;
    expand(fixture).await;
    assert_eq!(claimed().await, [mail, ours]);
}

/// A clock that was ahead once must not hold back messages for as long as it was ahead.
pub(crate) async fn a_clock_that_was_ahead_delays_no_message_and_keeps_no_lease(fixture: &Fixture) {
    const YEAR: i64 = 365 * 24 * 3_600;
    let store = &fixture.store;
    subscribe(fixture, SubscriptionFilter::default()).await;
    // Made, put off and subscribed to by a process a year ahead.
    let late = spec(SubscriptionFilter::default());
    store.add_subscription(&late, &alice(), at(YEAR)).await.unwrap();
    two_events(fixture).await;
    expand(fixture).await;
    fixture
        .sql(&format!("update delivery set due_at = {}", at(YEAR).as_micros()))
        .await;
    let claim = async |when| store.claim_deliveries(&["smtp"], when, LEASE, 100).await.unwrap().len();
    assert_eq!(claim(at(30)).await, 4);
    assert_eq!(claim(at(30)).await, 0, "claimed until the claim ends");

    let hour = Duration::from_hours(1);
    let held = store
        .acquire_lease("scan", "one", Duration::MAX)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        store.acquire_lease("scan", "two", hour).await.unwrap(),
        None,
        "no lease is longer than the longest"
    );
    fixture
        .sql(&format!("update lease set ends_at = ends_at + {}", YEAR * 1_000_000))
        .await;
    let taken = store.acquire_lease("scan", "two", hour).await.unwrap().unwrap();
    assert!(taken.fence > held.fence);
    assert_eq!(store.acquire_lease("scan", "three", hour).await.unwrap(), None);
    assert!(!store.renew_lease(&held, hour).await.unwrap());
}

pub(crate) async fn a_lease_has_one_holder(fixture: &Fixture) {
    let store = &fixture.store;
    let hour = Duration::from_hours(1);
    let held = store.acquire_lease("scan", "one", hour).await.unwrap().unwrap();
    assert_eq!(store.acquire_lease("scan", "two", hour).await.unwrap(), None);
    assert!(store.acquire_lease("other", "two", hour).await.unwrap().is_some());
    assert!(store.renew_lease(&held, hour).await.unwrap());
    store.release_lease(&held).await.unwrap();
    // One that ends at once: as if its holder had died.
    let brief = store
        .acquire_lease("scan", "two", Duration::ZERO)
        .await
        .unwrap()
        .unwrap();
    assert!(brief.fence > held.fence);
    let taken = store.acquire_lease("scan", "three", hour).await.unwrap().unwrap();
    assert!(taken.fence > brief.fence);
    assert!(!store.renew_lease(&brief, hour).await.unwrap());
    store.release_lease(&brief).await.unwrap();
    assert_eq!(
        store.acquire_lease("scan", "four", hour).await.unwrap(),
        None,
        "releasing a lost lease frees nothing"
    );

    let stores = [
        open(&fixture.url).await,
        open(&fixture.url).await,
        open(&fixture.url).await,
    ];
    let race = stores
        .iter()
        .map(async |store| store.acquire_lease("race", "x", hour).await.unwrap());
    let winners = futures::future::join_all(race).await;
    assert_eq!(winners.iter().flatten().count(), 1);
}

pub(crate) async fn a_lost_lease_records_nothing(fixture: &Fixture) {
    let store = &fixture.store;
    let lost = store
        .acquire_lease("scan", "one", Duration::ZERO)
        .await
        .unwrap()
        .unwrap();
    let held = store.acquire_lease("scan", "two", LEASE).await.unwrap().unwrap();
    fixture.scan(&scope(), &[resource("sg-1", json!({}))], at(1)).await;
    let scan = store.begin_scan(&scope(), at(2)).await.unwrap();
    let record = async |lease: &LeaseHold| {
        let batch = RecordBatch {
            scan,
            scope: &scope(),
            at: at(2),
            observations: vec![revision(resource("sg-2", json!({})))],
            evaluations: Vec::new(),
            rules: &rules(),
            lease: Some(lease.clone()),
        };
        store.record(batch).await
    };
    let finish = async |lease: &LeaseHold| {
        let mut end = complete(std::collections::BTreeSet::new());
        end.lease = Some(lease.clone());
        store.finish_scan(scan, end, at(3)).await
    };
    assert!(matches!(record(&lost).await, Err(StoreError::LeaseLost { .. })));
    assert!(matches!(finish(&lost).await, Err(StoreError::LeaseLost { .. })));
    assert_eq!(
        fixture
            .number("select count(*) from resource where is_active = 1")
            .await,
        1
    );
    assert_eq!(record(&held).await.unwrap().created, 1);
    assert_eq!(finish(&held).await.unwrap().deleted.len(), 2);
}
