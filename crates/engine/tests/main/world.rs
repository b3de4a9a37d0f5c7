//! An engine with a store of its own, a cloud in memory, and a clock that stands still.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use security_monkey_auditor::{Auditor, Origin, RuleSet, RuleSources};
use security_monkey_aws::models::Models;
use security_monkey_engine::{
    AccountClients, Engine, EngineParts, EngineSettings, RuleLoading, ScanReport, Selection, TechnologyShapes,
};
use security_monkey_model::{Account, FixedClock, Scope, Timestamp, VerdictKind};
use security_monkey_notifier::Channel;
use security_monkey_store::finding::{FindingFilter, FindingSummary};
use security_monkey_store::record::LeaseHold;
use security_monkey_store::resource::{ResourceDetail, ResourceFilter, ResourceSummary};
use security_monkey_store::{Author, Page, Store, StoreOptions};
use security_monkey_testkit::postgres::{Database, Postgres};
use security_monkey_watcher::Technologies;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::cloud::Cloud;

/// 2026-11-22T03:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_micros(1_795_316_400_000_000);
/// The first account.
pub(crate) const ONE: &str = "111111111111";
/// The second account.
pub(crate) const TWO: &str = "222222222222";

static TECHNOLOGIES: LazyLock<Arc<Technologies>> = LazyLock::new(|| {
    let (technologies, errors) = Technologies::built_in(Models::embedded());
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(technologies)
});

static RULES: LazyLock<RuleSet> = LazyLock::new(|| rules(&RuleSources::embedded()));

/// Loads rules that have no errors.
pub(crate) fn rules(sources: &RuleSources) -> RuleSet {
    let (rules, errors) = RuleSet::load(sources, &TechnologyShapes(&TECHNOLOGIES));
    assert!(errors.is_empty(), "{errors:?}");
    rules
}

/// The built-in rules and one of the user's.
pub(crate) fn rules_with(path: &str, text: &str) -> RuleSet {
    rules(&RuleSources::embedded().with_file(path, text, Origin::User))
}

pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) cloud: Cloud,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) url: String,
    /// Dropped last.
    kept: Kept,
}

enum Kept {
    #[expect(dead_code, reason = "held for its Drop only")]
    Folder(tempfile::TempDir),
    Database(Database),
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        Self::sqlite_with(StoreOptions::default()).await
    }

    pub(crate) async fn sqlite_with(options: StoreOptions) -> Self {
        Self::sqlite_of(options, [7; 32]).await
    }

    /// Another installation.
    pub(crate) async fn sqlite_salted(salt: [u8; 32]) -> Self {
        Self::sqlite_of(StoreOptions::default(), salt).await
    }

    async fn sqlite_of(options: StoreOptions, salt: [u8; 32]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let store = Store::connect(&url, options).await.unwrap();
        store.migrate(salt, START).await.unwrap();
        Self::of(store, url, Kept::Folder(folder))
    }

    /// On a PostgreSQL server of its own whose disk is all but full: see [`World::make_room`].
    pub(crate) async fn on_a_full_postgres() -> Self {
        let server = Postgres::start_with_full_disk("engine", 3_149_824).unwrap();
        let database = server.database().unwrap();
        let url = database.url();
        let store = Store::connect(&url, StoreOptions::default()).await.unwrap();
        store.migrate([7; 32], START).await.unwrap();
        Self::of(store, url, Kept::Database(database))
    }

    /// The same world with room on its disk.
    pub(crate) async fn make_room(mut self) -> Self {
        if let Kept::Database(database) = &self.kept {
            database.server().make_room().unwrap();
        }
        self.store.close().await;
        self.store = self.other_store().await;
        self
    }

    pub(crate) async fn postgres() -> Self {
        let prepare = async |url: String| {
            let store = Store::connect(&url, StoreOptions::default()).await?;
            store.migrate([7; 32], START).await?;
            store.close().await;
            Ok(())
        };
        let server = Postgres::start().unwrap();
        let database = server.database_like("engine", prepare).await.unwrap();
        let url = database.url();
        let store = Store::connect(&url, StoreOptions::default()).await.unwrap();
        Self::of(store, url, Kept::Database(database))
    }

    fn of(store: Store, url: String, kept: Kept) -> Self {
        Self {
            store,
            cloud: Cloud::default(),
            clock: Arc::new(FixedClock::at(START)),
            url,
            kept,
        }
    }

    /// Another connection to the same database: another process, as far as the database can tell.
    pub(crate) async fn other_store(&self) -> Store {
        Store::connect(&self.url, StoreOptions::default()).await.unwrap()
    }

    /// The parts of an engine that watches these technologies of the cloud in memory.
    pub(crate) fn parts(&self, technologies: &[&str]) -> EngineParts {
        EngineParts {
            store: self.store.clone(),
            technologies: Arc::clone(&TECHNOLOGIES),
            auditor: Arc::new(Auditor::new(RULES.clone())),
            clients: Arc::new(self.cloud.clone()) as Arc<dyn AccountClients>,
            clock: self.clock.clone(),
            channels: Vec::<Arc<dyn Channel>>::new(),
            process: "test".to_owned(),
            seed: 7,
            rules: RuleLoading::Complete,
            settings: EngineSettings {
                technologies: technologies.iter().map(|id| id.parse().unwrap()).collect(),
                poll: Duration::from_millis(20),
                deployment: Some("monkey.example.com".to_owned()),
                link_base: Some("https://monkey.example.com".to_owned()),
                ..EngineSettings::default()
            },
        }
    }

    pub(crate) async fn engine(&self, technologies: &[&str]) -> Engine {
        Engine::new(self.parts(technologies)).await.unwrap()
    }

    /// Lets a lease run out that a process has kept, as time would.
    pub(crate) async fn release_lease(&self, name: &str) {
        // Fences count up from one, and only one process ever held it.
        let hold = LeaseHold {
            name: name.to_owned(),
            fence: 1,
        };
        self.store.release_lease(&hold).await.unwrap();
    }

    /// The first account has these security groups in eu-west-1, and none elsewhere.
    pub(crate) fn groups(&self, groups: &[Value]) {
        let none = json!({"SecurityGroups": []});
        self.cloud.set(ONE, "DescribeSecurityGroups", none);
        let groups = json!({ "SecurityGroups": groups });
        self.cloud.set_in(ONE, "eu-west-1", "DescribeSecurityGroups", groups);
    }

    /// Watches an account.
    pub(crate) async fn watch(&self, engine: &Engine, account: &str) -> Account {
        let account = Account::watched(account.parse().unwrap(), format!("account {}", &account[..1]));
        engine.put_account(&account, &Author::System).await.unwrap();
        account
    }

    pub(crate) async fn resources(&self) -> Vec<ResourceSummary> {
        let page = Page::first(Page::MOST);
        self.store
            .resources(&ResourceFilter::default(), &page)
            .await
            .unwrap()
            .items
    }

    /// The only resource with this name.
    pub(crate) async fn resource(&self, name: &str) -> ResourceDetail {
        let resources = self.resources().await;
        let mut found = resources.iter().filter(|resource| resource.name == name);
        let resource = found.next().unwrap_or_else(|| panic!("no {name} in {resources:?}"));
        assert!(found.next().is_none(), "several {name}");
        self.store.resource(resource.row).await.unwrap().unwrap()
    }

    pub(crate) async fn revisions(&self, name: &str) -> Vec<&'static str> {
        let row = self.resource(name).await.summary.row;
        let history = self.store.history(row, &Page::first(100)).await.unwrap().items;
        history.iter().map(|revision| revision.change.as_str()).collect()
    }

    pub(crate) async fn findings(&self, rule: &str) -> Vec<FindingSummary> {
        let filter = FindingFilter {
            rules: vec![rule.parse().unwrap()],
            ..FindingFilter::default()
        };
        self.store.findings(&filter, &Page::first(100)).await.unwrap().items
    }

    /// Subjects and states of a rule's findings.
    pub(crate) async fn states(&self, rule: &str) -> Vec<String> {
        let findings = self.findings(rule).await;
        let mut states: Vec<String> = findings
            .iter()
            .map(|finding| format!("{} {}", finding.subject, finding.status.as_str()))
            .collect();
        states.sort();
        states
    }

    /// What a rule last said of a resource.
    pub(crate) async fn verdict(&self, name: &str, rule: &str) -> Option<(VerdictKind, String)> {
        let row = self.resource(name).await.summary.row;
        let verdicts = self.store.verdicts_of(row).await.unwrap();
        let verdict = verdicts.into_iter().find(|verdict| verdict.rule.as_str() == rule)?;
        Some((verdict.verdict, verdict.reason))
    }
}

/// Scans everything once; nothing may fail.
pub(crate) async fn scan(engine: &Engine) -> ScanReport {
    let report = engine
        .scan_once(&Selection::default(), None, CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(report.failed, []);
    report
}

/// The report's gaps as lines.
pub(crate) fn gaps(report: &ScanReport) -> Vec<String> {
    let line = |(scope, gap): (&Scope, &security_monkey_model::CoverageGap)| {
        format!(
            "{} {} {}: {} {}",
            scope.region,
            scope.technology,
            gap.operation,
            gap.cause.as_str(),
            gap.field.as_deref().unwrap_or("-")
        )
    };
    report.gaps().map(line).collect()
}

/// Waits until the condition holds. The limit is for what never comes: a busy machine may take its time.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(2), wait).await;
    assert!(waited.is_ok(), "waited in vain until {what}");
}
