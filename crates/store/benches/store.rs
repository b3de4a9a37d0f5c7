//! What the store does per second, and what a revision takes: `cargo bench -p security-monkey-store -- <url> [resources]`.
//!
//! Into an empty database (`sqlite:/some/new.db`, or a fresh PostgreSQL database) it records `resources` (200,000) resources
//! of 2 KB in 60 accounts five times over, and then reads; in one that it has filled before it only reads. See `docs/reference/performance-store.md`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a measurement that fails has failed")]
#![expect(clippy::cast_precision_loss, reason = "shown with one digit")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use security_monkey_model::{Change, Digest, Document, ObservedResource, ResourceId, Scope, Timestamp};
use security_monkey_store::record::{Observation, RecordBatch, RuleFacts};
use security_monkey_store::resource::ResourceFilter;
use security_monkey_store::scan::ScanEnd;
use security_monkey_store::{Page, ResourceRow, Store, StoreOptions};
use serde_json::json;

const ACCOUNTS: u64 = 60;
const BATCH: usize = 500;
const START: i64 = 1_795_316_400_000_000;

/// A small generator (splitmix64): the same estate in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn at(round: i64) -> Timestamp {
    Timestamp::from_micros(START).plus_seconds(round * 86_400)
}

fn scope(account: u64, technology: u64) -> Scope {
    let technologies = ["aws.ec2.security-group", "aws.ec2.instance", "aws.s3.bucket"];
    Scope {
        account: format!("{:012}", 100_000_000_000 + account).parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
        technology: technologies[usize::try_from(technology).unwrap()].parse().unwrap(),
    }
}

/// About 2.1 KB of JSON like a security group's: ids and addresses that do not repeat in a frame of names that do.
fn document(id: &str, account: &str, numbers: &mut Numbers, round: i64) -> Document {
    let permissions: Vec<Document> = (0..7)
        .map(|_| {
            let port = numbers.below(65_536);
            let ranges: Vec<Document> = (0..2)
                .map(|_| {
                    let address = numbers.next();
                    json!({
                        "CidrIp": format!("10.{}.{}.0/{}", address & 0xff, (address >> 8) & 0xff, 16 + (address >> 16) % 16),
                        "Description": format!("team {} ticket {}", address % 97, (address >> 20) % 100_000),
                    })
                })
                .collect();
            json!({
                "IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": ranges, "Ipv6Ranges": [], "PrefixListIds": [],
                "UserIdGroupPairs": [{"GroupId": format!("sg-{:017x}", numbers.next() >> 1), "UserId": account}],
            })
        })
        .collect();
    json!({
        "GroupId": id, "GroupName": format!("service-{}-{}", numbers.below(500), numbers.below(10_000)), "OwnerId": account,
        "VpcId": format!("vpc-{:017x}", numbers.below(4_000)), "Description": "managed by terraform", "IpPermissions": permissions,
        "IpPermissionsEgress": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        "Tags": [{"Key": "Name", "Value": format!("service-{}", numbers.below(500))}, {"Key": "revision", "Value": round.to_string()}],
    })
}

fn resource(id: &str, account: &str, numbers: &mut Numbers, round: i64) -> ObservedResource {
    ObservedResource {
        document: document(id, account, numbers, round),
        arn: Some(format!("arn:aws:ec2:eu-west-1:{account}:security-group/{id}")),
        name: format!("service-{}", numbers.below(500)),
        id: ResourceId::parse(id).unwrap(),
        home_region: None,
        tags: BTreeMap::from([("Name".to_owned(), format!("service-{}", numbers.below(500)))]),
        links: Vec::new(),
        unread: Vec::new(),
    }
}

/// Time of the parts, summed up.
#[derive(Default)]
struct Spent {
    making: Duration,
    recording: Duration,
    heads: Duration,
    revisions: usize,
}

async fn round(store: &Store, resources: u64, round: i64, spent: &mut Spent) {
    for account in 0..ACCOUNTS {
        for technology in 0..3 {
            let scope = scope(account, technology);
            let scan = store.begin_scan(&scope, at(round)).await.unwrap();
            let mut seen = std::collections::BTreeSet::new();
            let ids: Vec<u64> = (0..resources)
                .filter(|n| n % (ACCOUNTS * 3) == account * 3 + technology)
                .collect();
            for part in ids.chunks(BATCH) {
                let begun = Instant::now();
                let observations: Vec<Observation> = part
                    .iter()
                    .map(|n| {
                        let mut numbers = Numbers(*n);
                        let id = format!("sg-{:017x}", Numbers(*n).next() >> 1);
                        // The second and later rounds differ in one permission's worth of the document.
                        let mut resource = resource(&id, scope.account.as_str(), &mut numbers, round);
                        resource.document["IpPermissions"][0]["FromPort"] = json!(round);
                        Observation::Revision {
                            full: Digest::of_document(&resource.document),
                            durable: Digest::of_document(&resource.document),
                            resource,
                            change: Change::Changed,
                            actor: None,
                            differences: Vec::new(),
                        }
                    })
                    .collect();
                spent.making += begun.elapsed();
                let begun = Instant::now();
                let ids: Vec<ResourceId> = observations
                    .iter()
                    .map(|observation| match observation {
                        Observation::Revision { resource, .. } | Observation::Ephemeral { resource, .. } => {
                            resource.id.clone()
                        }
                    })
                    .collect();
                store.heads(&scope, &ids).await.unwrap();
                spent.heads += begun.elapsed();
                let begun = Instant::now();
                spent.revisions += observations.len();
                let rules = RuleFacts::new();
                let batch = RecordBatch {
                    scan,
                    scope: &scope,
                    at: at(round),
                    observations,
                    evaluations: Vec::new(),
                    rules: &rules,
                    lease: None,
                };
                let report = store.record(batch).await.unwrap();
                seen.extend(report.rows.into_values());
                spent.recording += begun.elapsed();
            }
            let end = ScanEnd {
                seen,
                is_listing_complete: true,
                ..ScanEnd::default()
            };
            store.finish_scan(scan, end, at(round)).await.unwrap();
        }
    }
}

fn percentiles(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let of = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!(
        "{what}: p50 {:.2} ms, p99 {:.2} ms, worst {:.2} ms ({} times)",
        of(50),
        of(99),
        of(100),
        times.len()
    );
}

/// User and system time of this process so far, in seconds (PostgreSQL's own is not in it).
fn processor_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return f64::NAN;
    };
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(f64::NAN)
    };
    (ticks(11) + ticks(12)) / 100.0
}

async fn sizes(url: &str) {
    use sqlx::Connection as _;
    if url.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
        for table in ["revision", "event", "resource", "current_document", "resource_words"] {
            let sql = format!(
                "select count(*), pg_table_size('{table}')::bigint, pg_indexes_size('{table}')::bigint from {table}"
            );
            let (rows, table_bytes, index_bytes): (i64, i64, i64) = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .fetch_one(&mut connection)
                .await
                .unwrap();
            let rows = rows.max(1);
            println!(
                "{table}: {rows} rows, {} + {} bytes each (table + indexes)",
                table_bytes / rows,
                index_bytes / rows
            );
        }
        let total: (i64,) = sqlx::query_as("select pg_database_size(current_database())")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        println!("whole database: {} MB", total.0 / 1_000_000);
    } else {
        let mut connection = sqlx::SqliteConnection::connect(url).await.unwrap();
        let body: (i64, i64) = sqlx::query_as("select count(*), sum(length(body)) from revision")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        println!("revision: {} rows, body {} bytes each", body.0, body.1 / body.0.max(1));
        let pages: (i64, i64) = sqlx::query_as("select page_count, page_size from pragma_page_count, pragma_page_size")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        println!("whole database: {} MB", pages.0 * pages.1 / 1_000_000);
    }
}

async fn measure(url: &str, resources: u64) {
    let store = Store::connect(url, StoreOptions::default()).await.unwrap();
    store.migrate([7; 32], at(0)).await.unwrap();
    if store
        .resources(&ResourceFilter::default(), &Page::first(1))
        .await
        .unwrap()
        .items
        .is_empty()
    {
        measure_recording(&store, url, resources).await;
    }
    measure_reading(&store, resources).await;
}

async fn measure_recording(store: &Store, url: &str, resources: u64) {
    // As a deployment does once there are enough documents.
    round(store, 4_000, 0, &mut Spent::default()).await;
    store.maintain(at(0)).await.unwrap();
    for number in 1..=5 {
        let mut spent = Spent::default();
        let (begun, processor) = (Instant::now(), processor_seconds());
        round(store, resources, number, &mut spent).await;
        let per_second = |time: Duration| spent.revisions as f64 / time.as_secs_f64();
        println!(
            "round {number}: {} revisions in {:.1} s; recorded {:.0}/s, heads of {:.0}/s; processor {:.1} s of which making documents {:.1} s",
            spent.revisions,
            begun.elapsed().as_secs_f64(),
            per_second(spent.recording),
            per_second(spent.heads),
            processor_seconds() - processor,
            spent.making.as_secs_f64(),
        );
        if number == 2 || number == 5 {
            sizes(url).await;
        }
    }
}

async fn measure_reading(store: &Store, resources: u64) {
    store.refresh_statistics().await.unwrap();
    let mut numbers = Numbers(42);
    let mut times = Vec::new();
    for _ in 0..2_000 {
        let row = ResourceRow(i64::try_from(numbers.below(resources)).unwrap() + 1);
        let begun = Instant::now();
        let history = store.history(row, &Page::first(50)).await.unwrap();
        times.push(begun.elapsed());
        assert!(history.items.len() >= 5);
    }
    percentiles("history of one resource", times);
    let mut times = Vec::new();
    for _ in 0..2_000 {
        let row = ResourceRow(i64::try_from(numbers.below(resources)).unwrap() + 1);
        let begun = Instant::now();
        let then = store.as_of(row, at(3)).await.unwrap();
        times.push(begun.elapsed());
        assert!(then.unwrap().document.is_some());
    }
    percentiles("document of one resource as of an instant", times);
    for (what, limit, count) in [("first 100", 100, 300), ("all, 1,000 a page", 1_000, 60)] {
        let mut times = Vec::new();
        for number in 0..count {
            let filter = ResourceFilter {
                accounts: vec![scope(number % ACCOUNTS, 0).account],
                as_of: Some(at(3)),
                ..ResourceFilter::default()
            };
            let begun = Instant::now();
            let (mut page, mut found) = (Page::first(limit), 0);
            loop {
                let part = store.resources(&filter, &page).await.unwrap();
                found += part.items.len();
                match part.next {
                    Some(next) if limit == 1_000 => page = Page::after(next, limit),
                    _ => break,
                }
            }
            times.push(begun.elapsed());
            assert!(found > 0);
        }
        percentiles(&format!("as-of list of one account ({what})"), times);
    }
    let begun = Instant::now();
    let report = store.verify(&mut |_| {}).await.unwrap();
    assert_eq!(report.problems, []);
    println!(
        "verify: {} revisions in {:.1} s",
        report.revisions,
        begun.elapsed().as_secs_f64()
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let Some(url) = arguments.first() else {
        println!(
            "give the URL of an empty database: cargo bench -p security-monkey-store -- sqlite:/some/new.db [resources]"
        );
        return;
    };
    let resources = arguments.get(1).map_or(200_000, |text| match text.parse() {
        Ok(number) => number,
        Err(error) => panic!("'{text}' is no number of resources: {error}"),
    });
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(measure(url, resources));
}
