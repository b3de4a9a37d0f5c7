//! Lists of resources.

use std::collections::BTreeMap;

use security_monkey_model::{Change, ObservedResource, Region};
use security_monkey_store::resource::{ResourceFilter, ResourceOrder};
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{Cursor, Page, StoreError};
use serde_json::json;

use crate::fixture::{Fixture, OPEN_PORT, at, fails, resource, scope, scope_of};

async fn ids(fixture: &Fixture, filter: &ResourceFilter) -> Vec<String> {
    let page = fixture.store.resources(filter, &Page::first(1_000)).await.unwrap();
    assert_eq!(page.next, None);
    page.items
        .iter()
        .map(|resource| resource.key.id.as_str().to_owned())
        .collect()
}

pub(crate) async fn every_order_pages_through_everything_once(fixture: &Fixture) {
    for n in 0..23_u8 {
        // Names that a dictionary sorts otherwise than bytes do; scores and instants that repeat.
        let name = ["zebra", "Zebra", "äpfel", "a.b", "A-b", "_x", "10"][usize::from(n) % 7];
        let one = ObservedResource {
            name: name.to_owned(),
            ..resource(&format!("id-{n}"), json!({"N": n}))
        };
        let scope = scope_of("111111111111", &format!("region-{}", n % 3), "aws.ec2.security-group");
        let evaluations = vec![fails(OPEN_PORT, &[("x", n % 4)])];
        let evaluations = if n % 5 == 0 {
            vec![]
        } else {
            vec![(one.id.as_str(), evaluations)]
        };
        let when = at(i64::from(n % 6));
        fixture
            .scan_with(
                &scope,
                std::slice::from_ref(&one),
                &evaluations,
                ScanEnd::default(),
                when,
            )
            .await;
    }
    for order in [
        ResourceOrder::Row,
        ResourceOrder::Score,
        ResourceOrder::Changed,
        ResourceOrder::Name,
    ] {
        for as_of in [None, Some(at(1_000))] {
            let filter = ResourceFilter {
                order,
                as_of,
                ..ResourceFilter::default()
            };
            let whole = fixture.store.resources(&filter, &Page::first(100)).await.unwrap().items;
            assert_eq!(whole.len(), 23);
            let mut paged = Vec::new();
            let mut page = Page::first(4);
            loop {
                let part = fixture.store.resources(&filter, &page).await.unwrap();
                paged.extend(part.items);
                match part.next {
                    Some(next) => page = Page::after(next, 4),
                    None => break,
                }
            }
            assert_eq!(paged, whole, "{order:?} {as_of:?}");
            let is_sorted = match order {
                ResourceOrder::Row => whole.is_sorted_by_key(|resource| resource.row),
                ResourceOrder::Score => {
                    whole.is_sorted_by_key(|resource| std::cmp::Reverse((resource.scores.highest, resource.row)))
                }
                ResourceOrder::Changed => {
                    whole.is_sorted_by_key(|resource| std::cmp::Reverse((resource.changed_at, resource.row)))
                }
                ResourceOrder::Name => {
                    whole.is_sorted_by(|one, two| (one.name.as_bytes(), one.row) < (two.name.as_bytes(), two.row))
                }
            };
            assert!(is_sorted, "{order:?}");
        }
    }
}

/// Found by every word in it, however many there are; what is not kept is refused, not missed.
pub(crate) async fn every_word_of_a_long_policy_is_found(fixture: &Fixture) {
    let statements: Vec<_> = (0..300)
        .map(|n| {
            json!({
                "Sid": format!("statement{n}"), "Effect": "Allow", "Action": [format!("s3:Get{n}"), format!("s3:Put{n}")],
                "Principal": format!("arn:aws:iam::{:012}:root", 700_000_000_000_u64 + n),
                "Condition": {"IpAddress": {"aws:SourceIp": format!("10.{}.{}.0/24", n / 200, n % 200)}},
            })
        })
        .collect();
    let prose: Vec<String> = (0..60).map(|n| format!("word{n}")).collect();
    let policy = json!({
        "Description": prose.join(" "), "Port": 3389, "Public": true,
        "Policy": {"Statement": statements, "Zuletzt": {"Principal": "arn:aws:iam::999988887777:root"}},
    });
    let endless: Vec<String> = (0..6_000).map(|n| format!("value{n}")).collect();
    let resources = [
        resource("sg-1", policy),
        resource("sg-2", json!({ "Endless": endless })),
        resource("sg-3", json!({"Port": 443})),
    ];
    fixture.scan(&scope(), &resources, at(1)).await;
    let found = async |text: &str| {
        let filter = ResourceFilter {
            text: Some(text.to_owned()),
            ..ResourceFilter::default()
        };
        let page = fixture.store.resources(&filter, &Page::default()).await?;
        Ok::<_, StoreError>(
            page.items
                .iter()
                .map(|found| found.key.id.to_string())
                .collect::<Vec<_>>(),
        )
    };
    for text in [
        "999988887777",
        "700000000299",
        "10.1.99.0/24",
        "s3:put299",
        "word59",
        "3389",
        "true",
        "arn:aws:iam::999988887777:root word0 338",
    ] {
        assert_eq!(found(text).await.unwrap(), ["sg-1", "sg-2"], "{text}");
    }
    // One that has more words than are kept is found by any: its document says whether it is meant.
    assert_eq!(found("443").await.unwrap(), ["sg-2", "sg-3"]);
    assert_eq!(found("value5999").await.unwrap(), ["sg-2"]);
    assert_eq!(found("nowhere").await.unwrap(), ["sg-2"]);
    for refused in [
        "22",
        "word1 x",
        "2026-11-22T03:00",
        &"abc ".repeat(1_100),
        &"x".repeat(201),
    ] {
        let error = found(refused).await.unwrap_err();
        assert!(matches!(error, StoreError::InvalidRequest(_)), "{refused}: {error:?}");
    }
}

pub(crate) async fn filters_find_what_they_name(fixture: &Fixture) {
    let bucket = ObservedResource {
        name: "Company_Logs".to_owned(),
        arn: Some("arn:aws:s3:::company_logs".to_owned()),
        home_region: Some(Region::parse("eu-central-1").unwrap()),
        tags: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
        ..resource(
            "company_logs",
            json!({"Owner": "0123456789AB", "Policy": {"Principal": "arn:aws:iam::333333333333:role/Reader"}}),
        )
    };
    let group = ObservedResource {
        tags: BTreeMap::from([("team".to_owned(), "red".to_owned())]),
        ..resource(
            "sg-1",
            json!({"Cidr": "203.0.113.0/24", "Description": "the old web servers"}),
        )
    };
    fixture
        .scan(&scope_of("222222222222", "global", "aws.s3.bucket"), &[bucket], at(1))
        .await;
    fixture
        .scan(&scope(), &[group, resource("sg-2", json!({"Gone": true}))], at(2))
        .await;
    let none = ResourceFilter::default;
    let text = |text: &str| ResourceFilter {
        text: Some(text.to_owned()),
        ..none()
    };
    let cases: Vec<(ResourceFilter, &[&str])> = vec![
        (none(), &["company_logs", "sg-1", "sg-2"]),
        (
            ResourceFilter {
                accounts: vec![scope().account],
                ..none()
            },
            &["sg-1", "sg-2"],
        ),
        (
            ResourceFilter {
                regions: vec![Region::parse("eu-central-1").unwrap()],
                ..none()
            },
            &["company_logs"],
        ),
        (
            ResourceFilter {
                regions: vec![Region::global()],
                ..none()
            },
            &[],
        ),
        (
            ResourceFilter {
                technologies: vec![scope().technology],
                ..none()
            },
            &["sg-1", "sg-2"],
        ),
        (
            ResourceFilter {
                name: Some("PANY_LO".to_owned()),
                ..none()
            },
            &["company_logs"],
        ),
        (
            ResourceFilter {
                name: Some("company%logs".to_owned()),
                ..none()
            },
            &[],
        ),
        (
            ResourceFilter {
                name: Some("arn:aws:s3".to_owned()),
                ..none()
            },
            &["company_logs"],
        ),
        (
            ResourceFilter {
                tag: Some(("team".to_owned(), None)),
                ..none()
            },
            &["company_logs", "sg-1"],
        ),
        (
            ResourceFilter {
                tag: Some(("team".to_owned(), Some("red".to_owned()))),
                ..none()
            },
            &["sg-1"],
        ),
        (text("203.0.113"), &["sg-1"]),
        (text("web OLD"), &["sg-1"]),
        (text("web company"), &[]),
        (text("reader"), &["company_logs"]),
        (text("333333333333"), &["company_logs"]),
        (text("0123456789ab"), &["company_logs"]),
        (text(""), &["company_logs", "sg-1", "sg-2"]),
    ];
    for (filter, wanted) in cases {
        assert_eq!(ids(fixture, &filter).await, wanted, "{filter:?}");
    }
    // What is no longer in the document is no longer found; what came in is.
    fixture
        .scan(
            &scope(),
            &[resource(
                "sg-1",
                json!({"Cidr": "198.51.100.0/24", "Description": "the old web servers"}),
            )],
            at(3),
        )
        .await;
    assert_eq!(ids(fixture, &text("203.0.113")).await, [""; 0]);
    assert_eq!(ids(fixture, &text("198.51")).await, ["sg-1"]);
    assert_eq!(ids(fixture, &text("servers")).await, ["sg-1"]);
    for (active, wanted) in [(true, vec!["company_logs", "sg-1"]), (false, vec!["sg-2"])] {
        let filter = ResourceFilter {
            active: Some(active),
            ..none()
        };
        assert_eq!(ids(fixture, &filter).await, wanted);
    }
}

pub(crate) async fn an_as_of_list_shows_what_was_there(fixture: &Fixture) {
    fixture
        .scan(
            &scope(),
            &[resource("a", json!({"V": 1})), resource("b", json!({"V": 1}))],
            at(10),
        )
        .await;
    fixture
        .scan(
            &scope(),
            &[resource("a", json!({"V": 2})), resource("c", json!({"V": 1}))],
            at(20),
        )
        .await;
    fixture.scan(&scope(), &[resource("b", json!({"V": 3}))], at(30)).await;
    for (when, wanted) in [
        (9, vec![]),
        (10, vec![("a", Change::Created, 1), ("b", Change::Created, 1)]),
        (20, vec![("a", Change::Changed, 2), ("c", Change::Created, 1)]),
        (30, vec![("b", Change::Reappeared, 3)]),
    ] {
        let filter = ResourceFilter {
            accounts: vec![scope().account],
            as_of: Some(at(when)),
            ..ResourceFilter::default()
        };
        let page = fixture.store.resources(&filter, &Page::default()).await.unwrap();
        let mut found = Vec::new();
        for resource in &page.items {
            let revision = fixture.store.revision(resource.revision).await.unwrap().unwrap();
            let version = revision.document.unwrap()["V"].as_i64().unwrap();
            found.push((resource.key.id.as_str(), resource.change, version));
        }
        assert_eq!(found, wanted, "at {when}");
    }
}

pub(crate) async fn a_tampered_cursor_is_refused(fixture: &Fixture) {
    for order in [
        ResourceOrder::Row,
        ResourceOrder::Score,
        ResourceOrder::Changed,
        ResourceOrder::Name,
    ] {
        for cursor in ["", "x", "1.2.3", "1;drop table resource", "-"] {
            let filter = ResourceFilter {
                order,
                ..ResourceFilter::default()
            };
            let page = Page::after(Cursor(cursor.to_owned()), 10);
            let refused = fixture.store.resources(&filter, &page).await;
            // A name may be anything after the number.
            if order == ResourceOrder::Name && cursor == "1.2.3" {
                assert!(refused.is_ok());
            } else {
                assert!(
                    matches!(refused, Err(StoreError::InvalidRequest(_))),
                    "{order:?} {cursor:?}: {refused:?}"
                );
            }
        }
    }
    let huge = Page::first(u32::MAX);
    assert!(fixture.store.resources(&ResourceFilter::default(), &huge).await.is_ok());
}
