//! A store with a database of its own, and short ways to put things into it.

use std::collections::{BTreeMap, BTreeSet};

use security_monkey_model::{
    AccountId, Change, CoverageGap, Digest, Document, EvaluatedFinding, Evaluation, GapCause, Link, ObservedResource,
    Region, ResourceId, RuleId, Scope, Score, Subject, TechnologyId, Timestamp, UserEmail, Verdict,
};
use security_monkey_store::record::{Observation, RecordBatch, RecordReport, ResourceEvaluations, RuleFact, RuleFacts};
use security_monkey_store::resource::ResourceFilter;
use security_monkey_store::scan::{FinishReport, ScanEnd};
use security_monkey_store::{Author, Page, ResourceRow, ScanId, Store, StoreOptions};
use security_monkey_testkit::postgres::{Database, Postgres};
use serde_json::json;

/// 2026-11-22T03:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_795_316_400_000_000);

pub(crate) fn at(seconds: i64) -> Timestamp {
    START.plus_seconds(seconds)
}

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) url: String,
    /// Dropped last.
    _database: Kept,
}

#[expect(dead_code, reason = "held for their Drop only")]
enum Kept {
    Folder(tempfile::TempDir),
    Database(Database),
}

impl Fixture {
    pub(crate) async fn sqlite() -> Self {
        let fixture = Self::empty_sqlite().await;
        fixture.store.migrate([7; 32], START).await.unwrap();
        fixture
    }

    pub(crate) async fn empty_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        Self {
            store: open(&url).await,
            url,
            _database: Kept::Folder(folder),
        }
    }

    pub(crate) async fn postgres() -> Self {
        let server = Postgres::start().unwrap();
        let database = server
            .database_like("store", async |url| {
                let store = open(&url).await;
                store.migrate([7; 32], START).await?;
                store.close().await;
                Ok(())
            })
            .await
            .unwrap();
        Self {
            store: open(&database.url()).await,
            url: database.url(),
            _database: Kept::Database(database),
        }
    }

    /// A database of the same engine without a schema.
    pub(crate) async fn empty(&self) -> Self {
        if !self.is_postgres() {
            return Self::empty_sqlite().await;
        }
        let database = Postgres::start().unwrap().database().unwrap();
        Self {
            store: open(&database.url()).await,
            url: database.url(),
            _database: Kept::Database(database),
        }
    }

    pub(crate) fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Runs SQL behind the store's back.
    pub(crate) async fn sql(&self, sql: &str) {
        use sqlx::Connection as _;
        let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
        if self.is_postgres() {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sql.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            sql.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// One number, asked behind the store's back.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        use sqlx::Connection as _;
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }

    /// Texts, asked behind the store's back.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        use sqlx::Connection as _;
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        if self.is_postgres() {
            let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
        } else {
            let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap()
        }
    }

    /// Runs the inserts of a data file, which are written as SQLite dumps them.
    pub(crate) async fn load(&self, inserts: &str) {
        if !self.is_postgres() {
            return self.sql(inserts).await;
        }
        let mut sql = inserts.replace(") values (", ") overriding system value values (");
        sql = sql.replace(" x'", " '\\x");
        // The numbers given out from here on follow those of the file.
        let tables = [
            "scope",
            "scan",
            "resource",
            "recording",
            "revision",
            "decision",
            "finding",
            "finding_change",
            "gap",
            "event",
        ];
        for table in tables {
            let next = format!("(select coalesce(max(id), 0) + 1 from {table})");
            let sequence = format!("select setval(pg_get_serial_sequence('{table}', 'id'), {next});\n");
            sql.push_str(&sequence);
        }
        self.sql(&sql).await;
    }

    /// Makes every write to these tables fail.
    pub(crate) async fn forbid_writes(&self, tables: &[&str]) {
        if self.is_postgres() {
            self.sql("create function forbid() returns trigger language plpgsql as $$ begin raise exception 'written: %', tg_table_name; end $$")
                .await;
        }
        for table in tables {
            for event in ["insert", "update", "delete"] {
                let body = if self.is_postgres() {
                    "for each row execute function forbid()".to_owned()
                } else {
                    format!("begin select raise(abort, 'written: {table}'); end")
                };
                self.sql(&format!(
                    "create trigger forbid_{event}_{table} before {event} on {table} {body}"
                ))
                .await;
            }
        }
    }

    /// Scans a scope completely: these resources, these evaluations, and no others.
    pub(crate) async fn scan(&self, scope: &Scope, resources: &[ObservedResource], when: Timestamp) -> FinishReport {
        self.scan_with(
            scope,
            resources,
            &[],
            ScanEnd {
                is_listing_complete: true,
                ..ScanEnd::default()
            },
            when,
        )
        .await
    }

    /// Scans a scope as the engine does: heads, one batch of what differs, the end.
    pub(crate) async fn scan_with(
        &self,
        scope: &Scope,
        resources: &[ObservedResource],
        evaluations: &[(&str, Vec<Evaluation>)],
        mut end: ScanEnd,
        when: Timestamp,
    ) -> FinishReport {
        let scan = self.store.begin_scan(scope, when).await.unwrap();
        let report = self.record(scan, scope, resources, evaluations, when).await;
        end.seen.extend(report.rows.values().copied());
        let ids: Vec<ResourceId> = resources.iter().map(|resource| resource.id.clone()).collect();
        end.seen
            .extend(self.store.heads(scope, &ids).await.unwrap().iter().map(|head| head.row));
        self.store.finish_scan(scan, end, when).await.unwrap()
    }

    /// Records what differs from the heads.
    pub(crate) async fn record(
        &self,
        scan: ScanId,
        scope: &Scope,
        resources: &[ObservedResource],
        evaluations: &[(&str, Vec<Evaluation>)],
        when: Timestamp,
    ) -> RecordReport {
        let ids: Vec<ResourceId> = resources.iter().map(|resource| resource.id.clone()).collect();
        let heads: BTreeMap<_, _> = self
            .store
            .heads(scope, &ids)
            .await
            .unwrap()
            .into_iter()
            .map(|head| (head.id.clone(), head))
            .collect();
        let observations = resources
            .iter()
            .filter(|resource| {
                heads
                    .get(&resource.id)
                    .is_none_or(|head| !head.is_active || head.full != Digest::of_document(&resource.document))
            })
            .map(|resource| match heads.get(&resource.id) {
                Some(head) if head.is_active && head.durable == durable(&resource.document) => Observation::Ephemeral {
                    row: head.row,
                    resource: resource.clone(),
                    full: Digest::of_document(&resource.document),
                },
                _ => revision(resource.clone()),
            })
            .collect();
        let evaluations = evaluations
            .iter()
            .map(|(id, evaluations)| ResourceEvaluations {
                id: ResourceId::parse(id).unwrap(),
                evaluations: evaluations.clone(),
                ruleset: Digest::of(b"rules"),
                unread: Vec::new(),
            })
            .collect();
        let batch = RecordBatch {
            scan,
            scope,
            at: when,
            observations,
            evaluations,
            rules: &rules(),
            lease: None,
        };
        self.store.record(batch).await.unwrap()
    }

    /// The number of the only resource with this id.
    pub(crate) async fn row(&self, id: &str) -> ResourceRow {
        let filter = ResourceFilter::default();
        let all = self.store.resources(&filter, &Page::first(1_000)).await.unwrap();
        let found: Vec<_> = all
            .items
            .iter()
            .filter(|resource| resource.key.id.as_str() == id)
            .collect();
        assert_eq!(found.len(), 1, "resources with id {id}");
        found[0].row
    }

    pub(crate) async fn assert_verifies(&self) {
        let report = self.store.verify(&mut |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
    }
}

pub(crate) async fn open(url: &str) -> Store {
    Store::connect(url, StoreOptions::default()).await.unwrap()
}

pub(crate) fn scope() -> Scope {
    scope_of("111111111111", "eu-west-1", "aws.ec2.security-group")
}

pub(crate) fn scope_of(account: &str, region: &str, technology: &str) -> Scope {
    Scope {
        account: AccountId::parse(account).unwrap(),
        region: Region::parse(region).unwrap(),
        technology: TechnologyId::parse(technology).unwrap(),
    }
}

/// A resource whose member `Ephemeral` is ephemeral.
pub(crate) fn resource(id: &str, document: Document) -> ObservedResource {
    ObservedResource {
        id: ResourceId::parse(id).unwrap(),
        name: format!("name of {id}"),
        arn: Some(format!("arn:aws:ec2:eu-west-1:111111111111:security-group/{id}")),
        home_region: None,
        tags: BTreeMap::from([("Name".to_owned(), id.to_owned())]),
        links: Vec::new(),
        document,
        unread: Vec::new(),
    }
}

pub(crate) fn linked(id: &str, links: &[(&str, &str)]) -> ObservedResource {
    ObservedResource {
        links: links
            .iter()
            .map(|(to, id)| Link {
                to: TechnologyId::parse(to).unwrap(),
                id: (*id).to_owned(),
            })
            .collect(),
        ..resource(id, json!({ "Id": id, "Links": links }))
    }
}

pub(crate) fn durable(document: &Document) -> Digest {
    let mut document = document.clone();
    if let Some(members) = document.as_object_mut() {
        members.remove("Ephemeral");
    }
    Digest::of_document(&document)
}

pub(crate) fn revision(resource: ObservedResource) -> Observation {
    Observation::Revision {
        full: Digest::of_document(&resource.document),
        durable: durable(&resource.document),
        change: Change::Changed,
        actor: None,
        differences: Vec::new(),
        resource,
    }
}

pub(crate) fn rule(id: &str) -> RuleId {
    RuleId::parse(id).unwrap()
}

pub(crate) const OPEN_PORT: &str = "aws.ec2.security-group.open-port";
pub(crate) const UNUSED: &str = "aws.ec2.security-group.unused";

pub(crate) fn rules() -> RuleFacts {
    RuleFacts::from([(
        rule(OPEN_PORT),
        RuleFact {
            title: "A port is open".to_owned(),
            score: Score::new(8).unwrap(),
        },
    )])
}

/// The rule fails with these subjects and their scores.
pub(crate) fn fails(id: &str, subjects: &[(&str, u8)]) -> Evaluation {
    let findings = subjects
        .iter()
        .map(|(subject, score)| EvaluatedFinding {
            subject: Subject::parse(subject).unwrap(),
            message: format!("{subject} is open"),
            evidence: json!({ "subject": subject }),
            score: Score::new(*score).unwrap(),
        })
        .collect();
    Evaluation {
        rule: rule(id),
        verdict: Verdict::Fail { findings },
    }
}

pub(crate) fn passes(id: &str) -> Evaluation {
    Evaluation {
        rule: rule(id),
        verdict: Verdict::Pass,
    }
}

pub(crate) fn unknown(id: &str) -> Evaluation {
    Evaluation {
        rule: rule(id),
        verdict: Verdict::unknown("the policy could not be read".to_owned()),
    }
}

/// *Unknown*, and at fault all the same.
pub(crate) fn unknown_but_fails(id: &str, subjects: &[(&str, u8)]) -> Evaluation {
    Evaluation {
        verdict: Verdict::Unknown {
            reason: "the policy could not be read".to_owned(),
            findings: fails(id, subjects).verdict.findings().to_vec(),
        },
        ..unknown(id)
    }
}

pub(crate) fn gap(resource: Option<&str>, cause: GapCause) -> CoverageGap {
    CoverageGap {
        resource: resource.map(|id| ResourceId::parse(id).unwrap()),
        field: resource.map(|_| "Policy".to_owned()),
        operation: "ec2:DescribeSecurityGroups".to_owned(),
        cause,
        code: Some("AccessDenied".to_owned()),
        message: "not allowed".to_owned(),
    }
}

pub(crate) fn complete(seen: BTreeSet<ResourceRow>) -> ScanEnd {
    ScanEnd {
        seen,
        is_listing_complete: true,
        ..ScanEnd::default()
    }
}

pub(crate) fn email(text: &str) -> UserEmail {
    UserEmail::parse(text).unwrap()
}

pub(crate) fn alice() -> Author {
    Author::User(email("alice@example.org"))
}
